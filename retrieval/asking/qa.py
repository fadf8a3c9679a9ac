"""ArticleQA: ask an index, and get answers whose every sentence has a verbatim quote."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from index.article import Article, Passage
from index.embedding.centring import Centring
from index.embedding.embedder import load_embedder
from index.store.filters import Filter
from index.store.generation import Generation, IndexFormatError, live_generation
from retrieval.answering.answer import Answer
from retrieval.asking.checks import QuestionError, check_asked, check_folder, check_model, narrowed
from retrieval.asking.ways import Asking
from retrieval.pipeline.reply import Reply
from retrieval.pipeline.steps import Packed, Retrieved, Understood, View, search
from retrieval.pipeline.understand import WORD, understand
from retrieval.search.duplicates import join_passages
from retrieval.search.retriever import Retriever
from retrieval.understanding.conversation import Conversation, Counts, Leaning

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.retrievers import BaseRetriever
    from langchain_core.runnables import Runnable, RunnableConfig

    from index.updating.build import Progress
    from retrieval.answering.readings import PassageReader
    from retrieval.llm.asking import Said
    from retrieval.llm.model import LLM, Usage
    from retrieval.pipeline.chain import Question
    from retrieval.search.reranker import Reranker

__all__ = ["DEFAULT_INDEX", "PASSAGES", "ArticleQA", "QuestionError"]

DEFAULT_INDEX = Path(".articlebot/index")
PASSAGES = 12  # that an answer is sought in


class ArticleQA(Asking):
    """Questions and answers over one index; safe to use from several threads."""

    def __init__(self, folder: Path, view: View, llm: LLM | None = None, reranker: Reranker | None = None) -> None:
        self.folder = folder
        self._view = view
        self._reranker = reranker
        self.llm = llm  # that writes the answers; None: they are the articles' own sentences
        self._close_llm = False
        self._refreshing = threading.Lock()
        self._last_narrowed: tuple[View, Filter, View] | None = None

    @classmethod
    def open(
        cls,
        folder: str | Path = DEFAULT_INDEX,
        llm: str | BaseChatModel | LLM | None = None,
        *,
        reranker: str | None = None,
        reader: PassageReader | bool = True,
    ) -> Self:
        """Opens an index for asking.

        Args:
            folder: the index.
            llm: "provider:model", a LangChain chat model, or an `LLM` with limits of its own; None: answers are
                the articles' own sentences.
            reranker: a Sentence Transformers CrossEncoder by name or folder, which reads the best passages again.
            reader: what reads the best passages where similarity is not sure of an answer: the shipped one, none
                (False), or one of your own.

        Raises:
            ArticlebotError: no index there, a damaged one, or one of the models is not to be had.
        """
        index = check_folder(folder)
        writer = _llm(llm)
        started = writer if isinstance(llm, str) else None  # one that was handed in is its owner's
        try:
            reading_again = _reranker(reranker)
            view = _view(index, reading_again, _reader(reader))
            opened = cls(index, view, writer, reading_again)
        except BaseException:
            if started:
                started.close()
            raise
        opened._close_llm = started is not None
        return opened

    @classmethod
    def from_articles(
        cls,
        source: str | Path | Sequence[str | Path],
        folder: str | Path = DEFAULT_INDEX,
        llm: str | BaseChatModel | LLM | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """Builds or updates the index with these sources, then opens it.

        Args:
            source: a folder, file or address of articles, or a list of them; as `index.build_index` takes them.
            folder: where the index is, or will be.
            llm: as `open` takes it.
            progress: called with (what is being done, done so far, in all).

        Raises:
            ArticlebotError: a source or the index folder is not what it should be.
        """
        from index.updating.build import build_index  # asking alone needs nothing that writes

        build_index(source, check_folder(folder), progress=progress)
        return cls.open(folder, llm)

    @property
    def generation(self) -> Generation:
        """That answers come from, until the next `refresh`."""
        return self._view.generation

    @property
    def engine(self) -> Retriever:
        """That finds the passages."""
        return self._view.engine

    @property
    def reader(self) -> PassageReader | None:
        """That reads them where similarity is not sure; None: there is none."""
        return self._view.reader

    def refresh(self) -> bool:
        """Takes up what was published since; returns whether there was anything. Questions on their way keep theirs.

        Raises:
            ArticlebotError: the new generation cannot be opened; answers go on coming from the one before.
        """
        with self._refreshing:
            if live_generation(self.folder) == self.generation.name:
                return False
            # the one before closes with its last question
            self._last_narrowed = None
            self._view = _view(self.folder, self._reranker, self.reader)
            return True

    def _stream(
        self, question: str, conversation: Conversation | None, today: date | None, wanted: Filter | None
    ) -> Iterator[str | Answer]:
        started = time.perf_counter()
        packed = self.pack(self.retrieve(self.understand(question, conversation, today, wanted=wanted)))
        reply = self.reply(packed)
        for said in self.claims(packed):
            yield from reply.hear(said)
        for piece in reply.end():
            if isinstance(piece, str):
                yield piece
                continue
            if conversation is not None and piece.passages:
                conversation.add(question, piece.text)
            yield replace(piece, seconds=time.perf_counter() - started)

    def _find(
        self, question: str, conversation: Conversation | None, today: date | None, wanted: Filter | None, k: int
    ) -> list[Passage]:
        results = search(self.understand(question, conversation, today, wanted=wanted), k).results
        return [each.passage for each in results.found] if results else []

    def understand(
        self,
        question: str,
        conversation: Conversation | None = None,
        today: date | None = None,
        config: RunnableConfig | None = None,
        *,
        wanted: Filter | None = None,
    ) -> Understood:
        """Returns what a message asks for: the first step.

        A question that stands alone is that and no more, whatever was said before. A follow-up is made a question of
        its own by the LLM, where there is one; else, and where that fails, it is searched beside the questions that it
        leans on.
        """
        today = check_asked(question, conversation, today)
        usage = _usage() if self.llm else None

        def rewrite(leaning: Leaning, asked: str, language: str) -> str | None:
            return self._rewritten(leaning, asked, conversation, language, usage, config)

        view = self._view_of(wanted)  # to the end, whatever is published meanwhile
        return understand(question, view, conversation, today, rewrite if self.llm else None, usage)

    def retrieve(self, understood: Understood, k: int = PASSAGES) -> Retrieved:
        """Returns the passages that may answer: the second step. Small talk and emoji search nothing.

        The turns before count where the question leans on them, as `Counts` says; where they change nothing, it was
        understood alone.
        """
        if understood.small or not WORD.search(understood.question):
            return Retrieved(understood, None)
        if not understood.leaning.before or self.llm:
            return search(understood, k)
        understood = replace(understood, view=understood.view.keeping())
        alone, counts = search(understood.alone(), k).extracted(), understood.leaning.counts
        if counts != Counts.ALWAYS and not alone.may_need_more(counts):
            return alone
        together = search(understood.together(), k).extracted()
        if counts != Counts.ALWAYS and not together.is_surer(alone):
            return alone
        if together.says_the_same(alone):
            return replace(together, understood=replace(understood, standalone=understood.question))
        return together

    def pack(self, retrieved: Retrieved) -> Packed:
        """Returns what the answer is made of, and what an LLM is told: the third step."""
        understood, results = retrieved.understood, retrieved.results
        if results is None:
            return Packed(understood, None)
        passages = tuple(join_passages([f.passage for f in results.found], understood.view.generation.article))
        if self.llm is None or understood.usage is None or not passages:
            return Packed(understood, results, passages, extract=retrieved.extract)
        from retrieval.llm.asking import Asking

        asking = Asking(
            understood.standalone, understood.language, passages, understood.today, self.llm, understood.usage
        )
        return Packed(understood, results, passages, asking, asking.prompt())

    def claims(self, packed: Packed, config: RunnableConfig | None = None) -> Iterator[Said]:
        """Yields what the LLM says, sentence by sentence, unverified: the fourth step. Nothing without one."""
        if packed.asking and packed.prompt:
            yield from packed.asking.claims(packed.prompt, config)

    def reply(self, packed: Packed) -> Reply:
        """Returns the verified answer as it is written: the last step."""
        return Reply(packed, packed.understood.view)

    def answer(self, retrieved: Retrieved) -> Answer:
        """Returns the answer to what was asked, from what was found: all steps but the first two."""
        packed = self.pack(retrieved)
        reply = self.reply(packed)
        for said in self.claims(packed):
            for _ in reply.hear(said):
                pass
        *_, answer = reply.end()
        assert isinstance(answer, Answer)  # noqa: S101  the last item always is
        return answer

    def article(self, article_id: str) -> Article | None:
        """Returns an article of the index, None where it has none of this id."""
        return self.generation.article(article_id)

    @cached_property
    def chain(self) -> Runnable[Question, Answer]:
        """A LangChain Runnable from a question, or {"question", "conversation", "since", …}, to an Answer."""
        from retrieval.pipeline.chain import build_chain

        return build_chain(self)

    @cached_property
    def retriever(self) -> BaseRetriever:
        """A LangChain BaseRetriever over the same search."""
        from retrieval.asking.retriever import ArticleRetriever

        return ArticleRetriever(qa=self)

    def close(self) -> None:
        """Lets a writer remove this generation once it is old; ends a model server that it started."""
        self.generation.close()
        if self.llm and self._close_llm:
            self.llm.close()

    def _repr_html_(self) -> str:
        from retrieval.answering.notebook import index_html  # for notebooks only

        return index_html(self.folder, self.generation, self.llm.name if self.llm else "")

    def __repr__(self) -> str:
        counts = self.generation.counts
        return f"ArticleQA({str(self.folder)!r}, {counts['articles']} articles, generation {self.generation.name})"

    def _view_of(self, wanted: Filter | None) -> View:
        """Returns the view of the articles that a filter lets in; the last one is kept, as a chat asks on in it."""
        view, last = self._view, self._last_narrowed
        if wanted is None:
            return view
        if last is None or last[0] is not view or last[1] != wanted:
            last = self._last_narrowed = (view, wanted, narrowed(view, wanted))
        return last[2]

    def _rewritten(
        self,
        leaning: Leaning,
        asked: str,
        conversation: Conversation | None,
        language: str,
        usage: Usage | None,
        config: RunnableConfig | None,
    ) -> str | None:
        """Returns a follow-up as the LLM understands it; None where it stands alone, or the LLM is of no use."""
        if self.llm is None or usage is None or not conversation or not (leaning.before or leaning.question != asked):
            return None
        from retrieval.llm.asking import standalone_question

        return standalone_question(self.llm, asked, conversation.turns, language, usage, config)


def _view(folder: Path, reranker: Reranker | None, reader: PassageReader | None) -> View:
    """Opens the live generation with the model that made it."""
    generation = Generation.open(folder)
    embedder = load_embedder(generation.manifest["model"])
    centring = Centring.load(embedder.fingerprint)
    here = (embedder.fingerprint, centring.fingerprint)
    if here != generation.fingerprint:
        generation.close()
        raise IndexFormatError(
            f"{folder}: made with the model {_named(generation.fingerprint)}, here is {_named(here)}; "
            "run `articlebot index` to bring it up to date"
        )
    return View(generation, Retriever(generation, embedder, centring, reranker=reranker), reader)


def _named(fingerprint: tuple[str, str]) -> str:
    return " + means ".join(part for part in fingerprint if part)


def _llm(llm: str | BaseChatModel | LLM | None) -> LLM | None:
    if llm is None:
        return None
    from retrieval.llm.model import LLM, connect

    if isinstance(llm, str):
        return connect(llm)
    if isinstance(llm, LLM):
        return llm
    check_model(llm)
    return LLM(llm, name=type(llm).__name__)


def _usage() -> Usage:
    from retrieval.llm.model import Usage

    return Usage()


def _reader(reader: PassageReader | bool) -> PassageReader | None:
    if not isinstance(reader, bool):
        return reader
    from retrieval.reader.reading import load_reader

    return load_reader() if reader else None


def _reranker(model: str | None) -> Reranker | None:
    if model is None:
        return None
    from retrieval.search.reranker import load_reranker  # torch

    return load_reranker(model)
