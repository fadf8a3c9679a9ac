"""ArticleQA: ask an index, and get answers whose every sentence has a verbatim quote."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from index.article import Article
from index.store.generation import Generation
from index.store.postgres.address import Address, IndexPlace
from retrieval.answering.answer import Answer
from retrieval.asking.checks import check_chat_model, check_index, check_input
from retrieval.asking.views import Views, open_view
from retrieval.asking.ways import Asking
from retrieval.pipeline.pipeline import PASSAGES, Pipeline
from retrieval.pipeline.slots import Slots
from retrieval.pipeline.steps import Retrieved, Understood, Unsearched, View
from retrieval.search.retriever import Retriever
from retrieval.understanding.conversation import Conversation

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.retrievers import BaseRetriever
    from langchain_core.runnables import Runnable

    from index.article import Progress
    from retrieval.answering.readings import PassageReader
    from retrieval.asking.langchain import ChainInput
    from retrieval.llm.model import LLM
    from retrieval.search.reranker import Reranker

DEFAULT_INDEX = Path(".articlebot/index")
# Questions computed at once: half of each is Python, one thread at a time, and of more than a few threads each waits
# for all others at every turn; fifty did less together than one alone.
AT_ONCE = 3


class ArticleQA(Asking):
    """Questions and answers over one index; safe to use from several threads."""

    def __init__(
        self, folder: IndexPlace, view: View, llm: LLM | None = None, reranker: Reranker | None = None
    ) -> None:
        self.folder = folder
        self.llm = llm  # that writes the answers; None: they are the articles' own sentences
        self._closing = ExitStack()
        self._views = Views(folder, view, reranker)
        self._pipeline = Pipeline(self._views.of, llm, Slots(AT_ONCE))

    @classmethod
    def open(
        cls,
        folder: str | Path | Address = DEFAULT_INDEX,
        llm: str | BaseChatModel | LLM | None = None,
        *,
        reranker: str | Reranker | None = None,
        reader: PassageReader | bool = True,
    ) -> Self:
        """Opens an index for asking.

        Args:
            folder: the index; or postgresql://USER@HOST/DATABASE.
            llm: "provider:model", a LangChain chat model, or an `LLM` with limits of its own; None: answers are
                the articles' own sentences.
            reranker: what reads the best passages again: a Sentence Transformers CrossEncoder by name or folder, or
                one of your own.
            reader: what reads the best passages where similarity is not sure of an answer: the shipped one, none
                (False), or one of your own.

        Raises:
            ArticlebotError: no index there, a damaged one, or one of the models is not to be had.
        """
        index = check_index(folder)
        writer = _llm(llm)
        with ExitStack() as opening:
            if writer and isinstance(llm, str):  # one that was handed in is its owner's
                opening.callback(writer.close)
            reading_again = _reranker(reranker)
            opened = cls(index, open_view(index, reading_again, _reader(reader)), writer, reading_again)
            opened._closing = opening.pop_all()
        return opened

    @classmethod
    def from_articles(
        cls,
        source: str | Path | Sequence[str | Path],
        folder: str | Path | Address = DEFAULT_INDEX,
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

        build_index(source, check_index(folder), progress=progress)
        return cls.open(folder, llm)

    @property
    def generation(self) -> Generation:
        """The generation that answers come from until the next `refresh`."""
        return self._views.live.generation

    @property
    def engine(self) -> Retriever:
        """What finds the passages."""
        return self._views.live.engine

    @property
    def reader(self) -> PassageReader | None:
        """What reads them where similarity is not sure; None: there is none."""
        return self._views.live.reader

    def refresh(self) -> bool:
        """Takes up what was published since; returns whether there was anything. Questions on their way keep theirs.

        Raises:
            ArticlebotError: the new generation cannot be opened; answers go on coming from the one before.
        """
        return self._views.refresh()

    def understand(
        self, question: str, conversation: Conversation | None = None, today: date | None = None
    ) -> Understood:
        """Returns what a message asks for: the first step of `chain`."""
        return self._pipeline.understand(check_input(question, conversation, today))

    def retrieve(self, understood: Understood, k: int = PASSAGES) -> Retrieved | Unsearched:
        """Returns the passages that may answer: the second step."""
        return self._pipeline.retrieve(understood, k)

    def answer(self, retrieved: Retrieved | Unsearched) -> Answer:
        """Returns the answer to what was retrieved: the other three steps."""
        return next(piece for piece in self._pipeline.run(retrieved) if isinstance(piece, Answer))

    def article(self, article_id: str) -> Article | None:
        """Returns an article of the index, None where it has none of this id."""
        return self.generation.article(article_id)

    @cached_property
    def chain(self) -> Runnable[ChainInput, Answer]:
        """A LangChain Runnable from a question, or {"question", "conversation", "since", …}, to an Answer."""
        from retrieval.asking.langchain import build_chain

        return build_chain(self._pipeline)

    @cached_property
    def retriever(self) -> BaseRetriever:
        """A LangChain BaseRetriever over the same search."""
        from retrieval.asking.langchain import ArticleRetriever

        return ArticleRetriever(qa=self)

    def close(self) -> None:
        """Lets a writer remove this generation once it is old; ends a model server that it started."""
        self.generation.close()
        self._closing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _repr_html_(self) -> str:
        from retrieval.answering.showing.notebook import index_html  # for notebooks only

        return index_html(self.folder, self.generation, self.llm.name if self.llm else "")

    def __repr__(self) -> str:
        counts = self.generation.counts
        return f"ArticleQA({str(self.folder)!r}, {counts['articles']} articles, generation {self.generation.name})"


def _llm(llm: str | BaseChatModel | LLM | None) -> LLM | None:
    if llm is None:
        return None
    from retrieval.llm import connect
    from retrieval.llm.model import LLM

    if isinstance(llm, str):
        return connect(llm)
    if isinstance(llm, LLM):
        return llm
    check_chat_model(llm)
    return LLM(llm, name=type(llm).__name__)


def _reader(reader: PassageReader | bool) -> PassageReader | None:
    if not isinstance(reader, bool):
        return reader
    from retrieval.reader.reading import load_reader

    return load_reader() if reader else None


def _reranker(reranker: str | Reranker | None) -> Reranker | None:
    if not isinstance(reranker, str):
        return reranker
    from retrieval.search.reranker import load_reranker  # torch

    return load_reranker(reranker)
