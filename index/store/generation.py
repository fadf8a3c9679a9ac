"""One immutable generation of the index, wherever it is: what a search, an answer and an update ask of it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from index.article import Passage
from index.store.articles import Articles, passage_of_record
from index.text.passages import sentence_text

Spans: TypeAlias = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Sentences:
    """The sentences of one passage: offsets in the article's text and unit vectors, row by row."""

    spans: tuple[tuple[int, int], ...]
    vectors: NDArray[np.float32]  # (len(spans), dimension)


class VectorSearch(Protocol):
    """Unit vectors of all passages, row by row."""

    @property
    def count(self) -> int:
        """Number of rows."""

    def search(
        self, vector: NDArray[np.float32], k: int, *, among: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Returns rows and cosines of the k nearest (fewer where there are fewer), best first, then by row.

        Args:
            vector: (dim,), unit.
            k: how many.
            among: (rows,), which rows to search; None: every row.
        """

    def rows(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Returns the vectors of these rows, (len(rows), dim)."""


class WordSearch(Protocol):
    """BM25 (k1 = 1.2, b = 0.75) over the words of all passages."""

    @property
    def count(self) -> int:
        """Number of passages."""

    def look_up(self, terms: Collection[str]) -> None:
        """Finds out in one go how many passages hold each of these terms, which are asked for next."""

    def document_frequency(self, term: str) -> int:
        """Number of passages that hold this term."""

    def terms_beginning(self, letters: str) -> list[tuple[str, int]]:
        """Returns the terms that begin with these letters, in order, and the number of passages that hold each."""

    def search(
        self, terms: Sequence[str], k: int, *, among: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Returns rows and scores of the k best that hold any of the terms, best first, then by row.

        Args:
            terms: to look for.
            k: how many.
            among: (passages,), which rows to search: the k best of these, whatever else holds the terms. None: all.
        """


class ArrivalTimes(Protocol):
    """The arrivals of a generation's sentences, in microseconds since 1970; 0 where they are not known."""

    def of(self, row: int) -> NDArray[np.int64]:
        """Returns when each sentence of a passage came, in their order."""

    @property
    def by_article(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """When the first and the latest sentence of each article came, (articles,) each; without any NEVER and 0."""

    @property
    def latest(self) -> int:
        """When the newest sentence came; 0 where nothing is known."""


class Generation(Articles):
    """A generation opened for reading; it stays whole while it is open, whatever a writer does beside it.

    Passages are numbered in the order of their articles' ids and of the text, as in an index built from scratch.

    Attributes:
        name: its number, in eight digits.
        manifest: what it says of itself: format, time, model, settings, counts.
        article_rows: (passages,), number of the article; passages of one article follow each other.
        days: (passages,), day of publication as `date.toordinal` numbers it, 0 where it is not known.
        vectors: of the passages, and their search.
        lexical: the words of the passages, and their search.
        searched: (passages,), which of them are searched; None: all.
        waiting: (passages,), which have no vectors of their sentences yet; None: none of them.
        embed: texts as they are embedded and their languages -> unit vectors, for passages that wait; who asks sets it.
    """

    name: str
    manifest: dict[str, Any]
    article_rows: NDArray[np.int32]
    days: NDArray[np.int32]
    vectors: VectorSearch
    lexical: WordSearch
    searched: NDArray[np.bool_] | None = None
    waiting: NDArray[np.bool_] | None = None
    embed: Callable[[Sequence[str], Sequence[str]], NDArray[np.float32]] | None = None

    def __init__(self) -> None:
        self._held: dict[int, NDArray[np.float32]] = {}  # vectors of sentences of rows that wait

    @abstractmethod
    def close(self) -> None:
        """Lets a writer remove this generation once it is old."""

    @property
    @abstractmethod
    def arrivals(self) -> ArrivalTimes:
        """When its sentences came."""

    @abstractmethod
    def listed_rows(self, window: tuple[date, date] | None = None) -> NDArray[np.int64]:
        """Returns the numbers of the articles, of all or of a time, newest first, undated ones last."""

    @abstractmethod
    def spans(self, row: int) -> tuple[tuple[int, int], ...]:
        """Returns the offsets of the sentences of the passage of this row, without their vectors."""

    @abstractmethod
    def sentences_of(self, rows: Sequence[int]) -> list[tuple[Spans, NDArray[np.int64]]]:
        """Returns the offsets and the arrivals of the sentences of each of these passages."""

    @abstractmethod
    def terms_of(self, rows: Sequence[int]) -> list[list[str]]:
        """Returns the search terms of the passages of these rows, each as often as it stands there."""

    @abstractmethod
    def sentences_in(self, inside: NDArray[np.bool_]) -> int:
        """Returns how many sentences these passages have, (passages,), which are those of whole articles."""

    @abstractmethod
    def records_of(self, rows: Sequence[int]) -> dict[int, Sequence[Any]]:
        """Returns by row what `passage_of_record` takes."""

    @abstractmethod
    def sentence_bytes(self, rows: NDArray[np.int64]) -> Sequence[bytes | None]:
        """Returns the vectors of the sentences of these passages, in half precision; None where they come later."""

    @property
    def counts(self) -> dict[str, int]:
        """Number of articles, passages, sentences, failed."""
        return dict(self.manifest["counts"])

    @property
    def sentences_waiting(self) -> int:
        """Number of sentences that are not embedded yet."""
        return 0 if self.waiting is None else self.sentences_in(self.waiting)

    @property
    def fingerprint(self) -> tuple[str, str]:
        """What identifies the embedder whose vectors these are, and the means that they are centred by."""
        return str(self.manifest["embedder"]), str(self.manifest["centring"])

    def newest(self, count: int, window: tuple[date, date] | None = None) -> list[int]:
        """Returns the rows of the first passages of the newest articles, newest first, undated ones last.

        Args:
            count: articles at most.
            window: first and last day of publication; articles without a date are left out then.
        """
        return self.opening_rows(self.listed_rows(window).tolist())[:count]

    def opening_rows(self, articles: Sequence[int]) -> list[int]:
        """Returns the row of the first passage of each of these articles that has any."""
        at = np.searchsorted(self.article_rows, articles).tolist()
        return [row for row, article in zip(at, articles, strict=True) if self.article_rows[row : row + 1] == article]

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """Returns the passages of these rows, in this order, without scores."""
        numbers = [int(row) for row in rows]
        records = self.records_of(numbers)
        also_in = self._also_in({record[0] for record in records.values()})
        return [passage_of_record(records[number], also_in) for number in numbers]

    def sentences(self, row: int) -> Sentences:
        """Returns the sentences of the passage of this row."""
        at = np.array([row])
        self.hold(at)
        return Sentences(self.spans(row), self.sentence_vectors_of(at)[0])

    def sentence_vectors_of(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Returns the unit vectors of all sentences of these passages, (n, dimension), and where each's begin.

        A passage that waits for them, and is not held, has its own vector in their place.
        """
        stored = zip(rows.tolist(), self.sentence_bytes(rows), strict=True)
        parts = [self._held_of(row) if part is None else part for row, part in stored]
        dimension = int(self.manifest["dimension"])
        count = np.array([len(part) for part in parts], np.int64) // (dimension * np.dtype(np.float16).itemsize)
        vectors = np.frombuffer(b"".join(parts), np.float16).reshape(-1, dimension).astype(np.float32)
        return vectors, np.cumsum(count) - count

    def hold(self, rows: NDArray[np.int64]) -> None:
        """Embeds the sentences of those of these passages that wait for it, and keeps their vectors in memory."""
        if self.waiting is None or self.embed is None:
            return
        wanted = [row for row in rows[self.waiting[rows]].tolist() if row not in self._held]
        if not wanted:
            return
        texts, languages, counts = list[str](), list[str](), list[int]()
        for row, passage in zip(wanted, self.passages(wanted), strict=True):
            spans = self.spans(row)
            inner = (passage.text[start - passage.start : end - passage.start] for start, end in spans)
            texts += [sentence_text(passage.title, text) for text in inner]
            languages += [passage.language] * len(spans)
            counts.append(len(spans))
        vectors = np.split(self.embed(texts, languages), np.cumsum(counts)[:-1])
        self._held.update(zip(wanted, vectors, strict=True))

    def terms(self, row: int) -> list[str]:
        """Returns the search terms of the passage of this row."""
        return self.terms_of([row])[0]

    def published(self, first: date, last: date) -> NDArray[np.bool_]:
        """Returns which passages are of articles published from `first` to `last`, (passages,)."""
        return np.asarray((self.days >= first.toordinal()) & (self.days <= last.toordinal()))

    def _held_of(self, row: int) -> bytes:
        """Returns the vectors of the sentences of a passage that waits, or its own one, in half precision."""
        held = self._held.get(row)
        vectors = self.vectors.rows(np.array([row])) if held is None else held
        return vectors.astype(np.float16).tobytes()

    def _also_in(self, article_ids: Collection[str]) -> dict[str, tuple[str, ...]]:
        """Returns the ids of the articles that have the same text, by the id of the article, where there are any."""
        others: dict[str, tuple[str, ...]] = {}
        for _, holder, other in sorted(self.select("same_as, id", "same_as", sorted(article_ids))):
            others[holder] = (*others.get(holder, ()), other)
        return others
