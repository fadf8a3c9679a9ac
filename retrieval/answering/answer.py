"""An answer and its citations, and the one verification that every answer passes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any, TypeAlias

from index.article import Article, Passage
from index.text.sentences import split_sentences
from index.text.tables import is_head, written_out

QuotePlace: TypeAlias = tuple[str, bool, int, int]  # article id, whether in its headline, start, end

MARKER = re.compile(r"\s?\[\d+\]")


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered pointer from an answer to a quote; `article.text[start:end] == quote`.

    In a headline it is `article.title[start:end]`.
    """

    number: int  # from 1, in order of appearance
    article_id: str
    title: str
    source: str
    url: str
    published: date | None
    start: int
    end: int
    quote: str
    highlights: tuple[tuple[int, int], ...] = ()  # offset pairs within the quote: the words that answer
    also_in: tuple[str, ...] = ()  # ids of other articles that hold the same text
    in_title: bool = False  # whether the quote is the headline's, and the offsets too
    language: str = ""  # of the article, ISO 639-1
    author: str = ""  # of the article, "" where not known

    @property
    def place(self) -> QuotePlace:
        """Where the quote stands."""
        return self.article_id, self.in_title, self.start, self.end

    def __repr__(self) -> str:
        return f"Citation([{self.number}] {self.article_id!r} {self.start}:{self.end} {self.quote[:40]!r}…)"


@dataclass(frozen=True, slots=True)
class Draft:
    """A sentence that an answerer proposes, with the quote that it rests on."""

    text: str
    passage: Passage
    start: int  # of the quote, characters of the article's text
    end: int
    quote: str
    highlights: tuple[tuple[int, int], ...] = ()
    in_title: bool = False  # whether the quote is the headline's

    @property
    def place(self) -> QuotePlace:
        """Where the quote stands."""
        return self.passage.article_id, self.in_title, self.start, self.end


@dataclass(frozen=True, slots=True)
class Answer:
    """What was asked and what the articles say; print it to read it."""

    question: str
    standalone_question: str
    text: str  # with markers [1] inline; says so where the articles do not hold the answer
    citations: tuple[Citation, ...] = ()
    passages: tuple[Passage, ...] = ()  # that the answer was sought in, best first
    found: bool = False
    probability: float = 0.0  # 0 to 1: that the articles hold the answer
    language: str = "en"  # of the question, ISO 639-1
    note: str = ""  # our own words, never part of `text`
    window: tuple[date, date] | None = None  # dates that the question asks for
    dropped: tuple[tuple[str, str], ...] = ()  # (sentence, why verification removed it)
    usage: dict[str, int] = field(default_factory=dict)  # tokens of an LLM
    seconds: float = 0.0
    short: str = ""  # the words of its first quote that answer, where a reader is sure of them
    sentence_probability: float = 0.0  # 0 to 1: that the first sentence, or the nearest one, answers
    nearest: tuple[Citation, ...] = ()  # not found: what comes closest, where it comes close

    def __str__(self) -> str:
        """What a person reads, also on a terminal."""
        from retrieval.answering.showing.plain import plain_text  # which shows what is defined here

        return plain_text(self)

    def __radd__(self, text: str) -> Answer:
        return self  # LangChain adds up what is streamed: pieces of the text, then the answer itself

    def __repr__(self) -> str:
        return f"Answer({self.text[:48]!r}…, found={self.found}, citations={len(self.citations)})"

    def _repr_html_(self) -> str:
        from retrieval.answering.showing.notebook import answer_html  # for notebooks only

        return answer_html(self)

    def to_dict(self) -> dict[str, Any]:
        """Returns the answer as plain values for JSON; dates in ISO form."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain

    def context(self, citation: Citation) -> tuple[str, str]:
        """Returns the sentences just before and after the quote within its passage, "" where there is none."""
        for passage in () if citation.in_title else self.passages:
            inside = passage.start <= citation.start and citation.end <= passage.end
            if passage.article_id == citation.article_id and inside:
                before = passage.text[: citation.start - passage.start]
                after = passage.text[citation.end - passage.start :]
                return _sentences(before, passage.language)[-1], _sentences(after, passage.language)[0]
        return "", ""


class VerifiedText:
    """An answer as it is written, sentence by sentence; what it has taken in once is never changed.

    A draft stays only if its quote is, character for character, what its article holds at its offsets. One
    quote has one number however often it is used.
    """

    def __init__(self, article_of: Callable[[str], Article | None]) -> None:
        self._article_of = article_of  # the live article of an id, None where there is none
        self._parts: list[str] = []
        self._citations: dict[QuotePlace, Citation] = {}
        self._dropped: list[tuple[str, str]] = []

    def add(self, draft: Draft) -> str:
        """Returns the sentence with its marker, as it was added to the text; "" where it was dropped."""
        article = self._article_of(draft.passage.article_id)
        reason = _objection(draft, article)
        if article is None or reason:
            self.drop(draft.text, reason)
            return ""
        citation = self._citations.setdefault(draft.place, _citation(len(self._citations) + 1, draft))
        # a "[3]" that stands in the article is not a marker of ours
        self._parts.append(f"{unwrapped(MARKER.sub('', _sentence(draft, article)))} [{citation.number}]")
        return self._parts[-1]

    def drop(self, sentence: str, reason: str) -> None:
        """Notes a sentence that was not taken in, and why."""
        self._dropped.append((sentence, reason))

    @property
    def text(self) -> str:
        """The sentences with their markers, in reading order."""
        return " ".join(self._parts)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """In order of appearance."""
        return tuple(self._citations.values())

    @property
    def dropped(self) -> tuple[tuple[str, str], ...]:
        """(sentence, why it was dropped)."""
        return tuple(self._dropped)


def verified(drafts: Iterable[Draft], article_of: Callable[[str], Article | None]) -> VerifiedText:
    """Returns the text of these drafts, the proposed sentences in reading order."""
    written = VerifiedText(article_of)
    for draft in drafts:
        written.add(draft)
    return written


def unwrapped(text: str) -> str:
    """Returns a sentence of a hard-wrapped paragraph in one line; no-break spaces stay."""
    return re.sub(r"[ \t]*\n\s*", " ", text).strip()


def _objection(draft: Draft, article: Article | None) -> str:
    if article is None:
        return f"no article {draft.passage.article_id!r}"
    source = article.title if draft.in_title else article.text
    if not 0 <= draft.start < draft.end <= len(source):
        return f"offsets {draft.start}:{draft.end} are outside the article"
    if source[draft.start : draft.end] != draft.quote:
        return "the quote is not verbatim in its article"
    if not MARKER.sub("", draft.text).strip():
        return "the sentence is empty"
    if _is_the_articles(draft) and is_head(source, draft.start, draft.end):
        return "the head of a table is no sentence"
    return ""


def _is_the_articles(draft: Draft) -> bool:
    """Whether a sentence is the article's own, of its text."""
    return draft.text == draft.quote and not draft.in_title


def _sentence(draft: Draft, article: Article) -> str:
    """Returns the sentence as it is told: a row of a table written out, any other as it was proposed."""
    if not _is_the_articles(draft):
        return draft.text
    return written_out(article.text, draft.start, draft.end, draft.passage.language)


def _citation(number: int, draft: Draft) -> Citation:
    passage = draft.passage
    return Citation(
        number=number, article_id=passage.article_id, title=passage.title, source=passage.source, url=passage.url,
        published=passage.published, start=draft.start, end=draft.end, quote=draft.quote,
        highlights=draft.highlights, also_in=passage.also_in, in_title=draft.in_title,
        language=passage.language, author=passage.author,
    )  # fmt: skip


def timed(answer: Answer, seconds: float) -> Answer:
    """Returns the answer with the seconds that it took."""
    return replace(answer, seconds=seconds)


def _sentences(text: str, language: str) -> list[str]:
    """Returns the sentences of a text but for lines without words, such as the rule of a table."""
    sentences = [text[start:end] for start, end in split_sentences(text, language)]
    return [sentence for sentence in sentences if any(map(str.isalnum, sentence))] or [""]


def _plain(value: Any) -> Any:  # noqa: ANN401  any JSON value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(inner) for inner in value]
    return value
