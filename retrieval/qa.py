"""ArticleQA: ask an index, and get answers whose every sentence has a verbatim quote."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from index import ArticlebotError
from index.articles import Article
from index.centring import Centring
from index.embedder import load_embedder
from index.generation import Generation, IndexFormatError, Passage
from retrieval.answer import Answer, Draft, verified
from retrieval.conversation import Conversation, leaned_on
from retrieval.extractive import extract
from retrieval.language import detect_language, say, written_date
from retrieval.retriever import QUESTION_CHARS, Results, Retriever
from retrieval.smalltalk import Smalltalk, smalltalk

if TYPE_CHECKING:
    from langchain_core.retrievers import BaseRetriever
    from langchain_core.runnables import Runnable

    from index.build import Progress
    from retrieval.chain import Question

DEFAULT_INDEX = Path(".articlebot/index")
PASSAGES = 12  # that an answer is sought in
NEWEST = 5  # articles told of when someone asks what is new
NEAREST = 3  # titles named in a refusal
_WORD = re.compile(r"\w")


class QuestionError(ArticlebotError, ValueError):
    """The question cannot be asked."""


@dataclass(frozen=True, slots=True)
class Understood:
    """A question as it will be searched: the first step of the chain."""

    question: str
    standalone: str  # what is shown: a follow-up with what it leans on
    before: str  # the question of the turn before, where this one leans on it
    language: str
    small: Smalltalk | None


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The question with what was found for it: the second step of the chain."""

    understood: Understood
    results: Results | None  # None: nothing was searched


class ArticleQA:
    """Questions and answers over one index; safe to use from several threads."""

    def __init__(self, folder: Path, generation: Generation, retriever: Retriever) -> None:
        self.folder = folder
        self.generation = generation  # that answers come from
        self._retriever = retriever

    @classmethod
    def open(cls, folder: str | Path = DEFAULT_INDEX, llm: str | None = None) -> Self:
        """Opens an index for asking.

        Raises:
            ArticlebotError: no index there, a damaged one, or its model is not to be had.
        """
        if llm is not None:
            raise QuestionError(f"llm={llm!r}: answers by an LLM are not built yet; leave llm out")
        generation = Generation.open(Path(folder))
        embedder = load_embedder(generation.manifest["model"])
        centring = Centring.load(embedder.fingerprint)
        here = (embedder.fingerprint, centring.fingerprint)
        if here != generation.fingerprint:
            generation.close()
            raise IndexFormatError(
                f"{folder}: made with the model {_named(generation.fingerprint)}, here is {_named(here)}; "
                "run `articlebot index` to bring it up to date"
            )
        return cls(Path(folder), generation, Retriever(generation, embedder, centring))

    @classmethod
    def from_articles(
        cls,
        source: str | Path,
        folder: str | Path = DEFAULT_INDEX,
        llm: str | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """Builds or updates the index with the articles of a folder or file, then opens it."""
        from index.build import build_index  # asking alone needs nothing that writes

        build_index([source], folder, progress=progress)
        return cls.open(folder, llm)

    def ask(self, question: str, *, conversation: Conversation | None = None) -> Answer:
        """Returns the answer; a conversation is read for what the question leans on, and gets the new turn.

        Raises:
            QuestionError: the question is empty.
        """
        started = time.perf_counter()
        answer = self.reply(self.retrieve(self.understand(question, conversation)))
        if conversation is not None and answer.passages:
            conversation.add(question, answer.text)
        return replace(answer, seconds=time.perf_counter() - started)

    def stream(self, question: str, *, conversation: Conversation | None = None) -> Iterator[str | Answer]:
        """Yields the text in pieces as it is ready, then the Answer as the last item."""
        answer = self.ask(question, conversation=conversation)
        yield from re.findall(r"\S+\s*", answer.text)
        yield answer

    def search(self, question: str, k: int = 5, *, conversation: Conversation | None = None) -> list[Passage]:
        """Returns at most k passages, best first, without answering; the conversation is left unchanged."""
        understood = self.understand(question, conversation)
        results = self._retriever.search(question, k, before=understood.before, language=understood.language)
        return [found.passage for found in results.found]

    def understand(self, question: str, conversation: Conversation | None = None) -> Understood:
        """Returns what a message asks for: the first step."""
        if not question.strip():
            raise QuestionError("an empty question; ask something in a few words")
        asked = question[:QUESTION_CHARS]  # the rest is not searched either
        before = leaned_on(asked, conversation)
        return Understood(
            question=question,
            standalone=f"{before} {question}".strip() if before else question,
            before=before,
            language=detect_language(asked, tuple(self.generation.languages)),
            small=smalltalk(asked, first=not conversation),
        )

    def retrieve(self, understood: Understood, k: int = PASSAGES) -> Retrieved:
        """Returns the passages that may answer: the second step. Small talk and emoji search nothing."""
        if understood.small or not _WORD.search(understood.question):
            return Retrieved(understood, None)
        results = self._retriever.search(understood.question, k, before=understood.before, language=understood.language)
        return Retrieved(understood, results)

    def reply(self, retrieved: Retrieved) -> Answer:
        """Returns the verified answer: the last step."""
        understood, results = retrieved.understood, retrieved.results
        if results is None:
            return self._newest(understood) if understood.small == "newest" else _short_word(understood)
        passages = tuple(found.passage for found in results.found)
        extracted = extract(results, self.generation)
        text, citations, dropped = verified(extracted.drafts, self.generation.article)
        empty = Answer(
            question=understood.question, standalone_question=understood.standalone,
            text=say("not_found", understood.language), passages=passages, probability=extracted.probability,
            language=understood.language, dropped=dropped,
        )  # fmt: skip
        if not citations:
            return replace(empty, note=self._refusal_note(passages, understood))
        others = {p.language for p in passages for c in citations if p.article_id == c.article_id}
        return replace(
            empty, text=text, citations=citations, found=True,
            note=_join_notes(_other_languages(others, understood.language), _shortened(understood)),
        )  # fmt: skip

    def article(self, article_id: str) -> Article | None:
        """Returns an article of the index, None where it has none of this id."""
        return self.generation.article(article_id)

    @cached_property
    def chain(self) -> Runnable[Question, Answer]:
        """A LangChain Runnable from a question, or {"question", "conversation"}, to an Answer."""
        from retrieval.chain import build_chain

        return build_chain(self)

    @cached_property
    def retriever(self) -> BaseRetriever:
        """A LangChain BaseRetriever over the same search."""
        from retrieval.langchain_retriever import ArticleRetriever

        return ArticleRetriever(qa=self)

    def close(self) -> None:
        """Lets a writer remove this generation once it is old."""
        self.generation.close()

    def __repr__(self) -> str:
        counts = self.generation.counts
        return f"ArticleQA({str(self.folder)!r}, {counts['articles']} articles, generation {self.generation.name})"

    def _newest(self, understood: Understood) -> Answer:
        """Returns the first sentences of the newest articles, each cited."""
        rows = self.generation.newest(NEWEST)
        passages = tuple(self.generation.passages(rows))
        drafts = []
        for row, passage in zip(rows, passages, strict=True):
            start, end = self.generation.sentences(row).spans[0]
            quote = passage.text[start - passage.start : end - passage.start]
            drafts.append(Draft(quote, passage, start, end, quote))
        text, citations, dropped = verified(drafts, self.generation.article)
        if not citations:  # an empty index
            return replace(_short_word(understood), text=say("not_found", understood.language))
        return Answer(
            question=understood.question, standalone_question=understood.standalone, text=text, citations=citations,
            passages=passages, found=True, probability=1.0, language=understood.language,
            note=say("newest", understood.language), dropped=dropped,
        )  # fmt: skip

    def _refusal_note(self, passages: tuple[Passage, ...], understood: Understood) -> str:
        """Names the nearest articles and what was searched."""
        language = understood.language
        titles: dict[str, str] = {}
        for passage in passages:
            day = f" ({written_date(passage.published, language)})" if passage.published else ""
            titles.setdefault(passage.article_id, f"{passage.title}{day}")
        dates = self.generation.dates()
        span = (
            say("dates", language, first=written_date(dates[0], language), last=written_date(dates[1], language))
            if dates
            else ""
        )
        nearest = " ; ".join(list(titles.values())[:NEAREST])
        return _join_notes(
            say("nearest", language, titles=nearest) if nearest else "",
            say("searched", language, count=self.generation.counts["articles"], dates=span),
            _shortened(understood),
        )


def _named(fingerprint: tuple[str, str]) -> str:
    return " + means ".join(part for part in fingerprint if part)


def _short_word(understood: Understood) -> Answer:
    text = say(understood.small or "empty", understood.language)
    return Answer(
        question=understood.question, standalone_question=understood.standalone, text=text,
        language=understood.language,
    )  # fmt: skip


def _other_languages(languages: set[str], question_language: str) -> str:
    others = sorted(languages - {question_language})
    return say("other_language", question_language, languages=", ".join(others)) if others else ""


def _shortened(understood: Understood) -> str:
    if len(understood.question) <= QUESTION_CHARS:
        return ""
    return say("long", understood.language, count=f"{QUESTION_CHARS:,}".replace(",", "\u202f"))


def _join_notes(*notes: str) -> str:
    return " ".join(note for note in notes if note)
