"""ArticleQA: ask an index, and get answers whose every sentence has a verbatim quote."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from index import ArticlebotError
from index.articles import Article
from index.centring import Centring
from index.embedder import load_embedder
from index.generation import Generation, IndexFormatError, Passage
from retrieval.answer import Answer, Citation, Draft, verified
from retrieval.conversation import Conversation, leaned_on, the_question_in
from retrieval.dates import Window, find_window
from retrieval.extractive import extract
from retrieval.language import detect_language, say, written_date, written_span
from retrieval.merging import join_passages
from retrieval.query import QUESTION_CHARS
from retrieval.retriever import Results, Retriever, told_by
from retrieval.smalltalk import Smalltalk, smalltalk

if TYPE_CHECKING:
    from langchain_core.retrievers import BaseRetriever
    from langchain_core.runnables import Runnable

    from index.build import Progress
    from retrieval.chain import Question
    from retrieval.reranker import Reranker

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
    window: Window | None  # the time that is asked about
    searched: str  # of a long message the question in it, without a phrase such as "hier"


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
        self.engine = retriever  # that finds the passages

    @classmethod
    def open(cls, folder: str | Path = DEFAULT_INDEX, llm: str | None = None, *, reranker: str | None = None) -> Self:
        """Opens an index for asking.

        Args:
            folder: the index.
            llm: not yet.
            reranker: a Sentence Transformers CrossEncoder by name or folder, which reads the best passages again.

        Raises:
            ArticlebotError: no index there, a damaged one, or its model is not to be had.
        """
        if llm is not None:
            raise QuestionError(f"llm={llm!r}: answers by an LLM are not built yet; leave llm out")
        reading_again = _reranker(reranker)
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
        return cls(Path(folder), generation, Retriever(generation, embedder, centring, reranker=reading_again))

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

    def ask(self, question: str, *, conversation: Conversation | None = None, today: date | None = None) -> Answer:
        """Returns the answer.

        Args:
            question: in any language.
            conversation: read for what the question leans on; gets the new turn.
            today: what "yesterday" is counted from; None: today.

        Raises:
            QuestionError: the question is empty.
        """
        started = time.perf_counter()
        answer = self.reply(self.retrieve(self.understand(question, conversation, today)))
        if conversation is not None and answer.passages:
            conversation.add(question, answer.text)
        return replace(answer, seconds=time.perf_counter() - started)

    def stream(
        self, question: str, *, conversation: Conversation | None = None, today: date | None = None
    ) -> Iterator[str | Answer]:
        """Yields the text in pieces as it is ready, then the Answer as the last item."""
        answer = self.ask(question, conversation=conversation, today=today)
        yield from re.findall(r"\S+\s*", answer.text)
        yield answer

    def search(
        self, question: str, k: int = 5, *, conversation: Conversation | None = None, today: date | None = None
    ) -> list[Passage]:
        """Returns at most k passages, best first, without answering; the conversation is left unchanged."""
        return [found.passage for found in self._search(self.understand(question, conversation, today), k).found]

    def understand(
        self, question: str, conversation: Conversation | None = None, today: date | None = None
    ) -> Understood:
        """Returns what a message asks for: the first step."""
        if not question.strip():
            raise QuestionError("an empty question; ask something in a few words")
        asked = question[:QUESTION_CHARS]  # the rest is not searched either
        language = detect_language(asked, tuple(self.generation.languages))
        before = leaned_on(asked, conversation)
        today = today or date.today()  # the reader's own: "yesterday" is theirs
        asked = the_question_in(asked, language)
        window = find_window(asked, today)
        untimed = asked[: window.start] + asked[window.end :] if window else asked
        searched = untimed if window and window.recent else asked
        return Understood(
            question=question,
            standalone=f"{before} {question}".strip() if before else question,
            before=before,
            language=language,
            small=smalltalk(untimed, first=not conversation or window is not None),
            window=window or (find_window(before, today) if before else None),
            searched=searched if _WORD.search(searched) else asked,
        )

    def retrieve(self, understood: Understood, k: int = PASSAGES) -> Retrieved:
        """Returns the passages that may answer: the second step. Small talk and emoji search nothing."""
        if understood.small or not _WORD.search(understood.question):
            return Retrieved(understood, None)
        return Retrieved(understood, self._search(understood, k))

    def reply(self, retrieved: Retrieved) -> Answer:
        """Returns the verified answer: the last step."""
        understood, results = retrieved.understood, retrieved.results
        if results is None:
            return self._newest(understood) if understood.small == "newest" else _short_word(understood)
        passages = tuple(join_passages([found.passage for found in results.found], self.generation.article))
        extracted = extract(results, self.generation)
        text, citations, dropped = verified(extracted.drafts, self.generation.article)
        empty = Answer(
            question=understood.question, standalone_question=understood.standalone,
            text=say("not_found", understood.language), passages=passages, probability=extracted.probability,
            language=understood.language, window=_days(understood), dropped=dropped,
        )  # fmt: skip
        if not citations:
            return replace(empty, note=self._refusal_note(passages, understood))
        others = {p.language for p in passages for c in citations if p.article_id == c.article_id}
        return replace(
            empty, text=text, citations=citations, found=True,
            note=_join_notes(
                _time_note(understood, [c.published for c in citations]),
                _disagreement(citations, understood.language) if extracted.disagree else "",
                _other_languages(others, understood.language),
                _shortened(understood),
            ),
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

    def _search(self, understood: Understood, k: int) -> Results:
        return self.engine.search(
            understood.searched, k, before=understood.before, language=understood.language, window=understood.window
        )

    def _newest(self, understood: Understood) -> Answer:
        """Returns the first sentences of the newest articles, of the time that is asked about, each cited."""
        window = _days(understood)
        rows = self.generation.newest(NEWEST, window)
        passages = tuple(self.generation.passages(rows))
        drafts = []
        for row, passage in zip(rows, passages, strict=True):
            start, end = self.generation.sentences(row).spans[0]
            quote = passage.text[start - passage.start : end - passage.start]
            drafts.append(Draft(quote, passage, start, end, quote))
        text, citations, dropped = verified(drafts, self.generation.article)
        if not citations:  # an empty index, or nothing of that time
            note = self._refusal_note((), understood)
            return replace(_short_word(understood), text=say("not_found", understood.language), note=note)
        return Answer(
            question=understood.question, standalone_question=understood.standalone, text=text, citations=citations,
            passages=passages, found=True, probability=1.0, language=understood.language,
            note=_join_notes(_time_note(understood, []), say("newest", understood.language)),
            window=window, dropped=dropped,
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
            _time_note(understood, [passage.published for passage in passages]),
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
        language=understood.language, window=_days(understood),
    )  # fmt: skip


def _days(understood: Understood) -> tuple[date, date] | None:
    return (understood.window.first, understood.window.last) if understood.window else None


def _time_note(understood: Understood, published: Sequence[date | None]) -> str:
    """Tells which days "last week" was taken for, and where no article shown is of them."""
    window, language = understood.window, understood.language
    if not window or not window.recent:
        return ""
    inside = any(day and window.first <= day <= told_by(window) for day in published)
    none = "" if inside or not published else say("none_then", language)
    return _join_notes(say("then", language, days=written_span(window.first, window.last, language)), none)


def _disagreement(citations: Sequence[Citation], language: str) -> str:
    """Tells what each article gives, with its date."""
    values = [
        f"{', '.join(c.quote[a:b] for a, b in c.highlights)} ({written_date(c.published, language)})"
        for c in citations
        if c.published
    ]
    return say("disagree", language, values=" ; ".join(values))


def _reranker(model: str | None) -> Reranker | None:
    if model is None:
        return None
    from retrieval.reranker import load_reranker  # torch

    return load_reranker(model)


def _other_languages(languages: set[str], question_language: str) -> str:
    others = sorted(languages - {question_language})
    return say("other_language", question_language, languages=", ".join(others)) if others else ""


def _shortened(understood: Understood) -> str:
    if len(understood.question) <= QUESTION_CHARS:
        return ""
    return say("long", understood.language, count=f"{QUESTION_CHARS:,}".replace(",", "\u202f"))


def _join_notes(*notes: str) -> str:
    return " ".join(note for note in notes if note)
