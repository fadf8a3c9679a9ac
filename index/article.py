"""What passes from stage to stage of an index: articles, files, passages, what failed, how far the work is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Article:
    """One article; `text` is what quotes are verbatim slices of."""

    id: str  # "source-name/relative path", within a .jsonl with "/key", or the canonical URL
    title: str
    text: str
    published: date | None
    language: str  # ISO 639-1; "" where it can be told neither from the file nor from its words
    source: str  # the outlet, "" where not known
    url: str
    author: str = ""  # who wrote it, several joined by ", "; "" where not known


@dataclass(frozen=True, slots=True)
class Failure:
    """An article that could not be read, or (id ending in "/") a folder or a file of them; `reason` is one line."""

    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file that was read whole."""

    digest: str  # SHA-256 of its bytes
    look: str  # size, times and inode when it was read; "" where it could have changed since without being seen


@dataclass(frozen=True, slots=True)
class Passage:
    """A stored span of an article; `text == article.text[start:end]`."""

    id: str  # "{article_id}#{start}"
    article_id: str
    title: str
    source: str
    url: str
    published: date | None
    language: str
    start: int
    end: int
    text: str
    score: float = 0.0  # higher is better; comparable within one search only
    also_in: tuple[str, ...] = ()  # ids of the other articles that hold the same text
    author: str = ""  # of the article, "" where not known

    def __repr__(self) -> str:
        return f"Passage({self.id!r}, score={self.score:.2f}, {self.text[:40]!r}…)"


ABOUT = ("title", "source", "url", "published", "language", "author")  # what a passage says of its article


@dataclass(frozen=True, slots=True)
class PlannedArticle:
    """An article and what the index holds of it."""

    article: Article
    origin: str  # name of the source it came from
    same_as: str | None  # id of the article that has the passages, where the texts are equal
    passages: tuple[PassageSpan, ...]
    terms: tuple[str, ...]  # by passage: its search terms joined by spaces


@dataclass(frozen=True, slots=True)
class PassageSpan:
    """Where a passage and its sentences stand: characters of the article's text."""

    start: int
    end: int
    sentences: tuple[Span, ...]  # at least one; the first starts at `start`, the last ends at `end`


Span: TypeAlias = tuple[int, int]

Progress: TypeAlias = Callable[[str, int, int], None]  # what is being done, done so far, in all


def no_progress(what: str, done: int, total: int) -> None:
    """Is called where nobody wants to know how far the work is."""
