"""A generation of an index in a folder: what its files hold, and reading them."""

from __future__ import annotations

import json
import sqlite3
import weakref
from collections.abc import Sequence
from copy import copy
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import IO, Any, Self

import numpy as np
from numpy.typing import NDArray

from index.errors import ArticlebotError
from index.permission import AccessError
from index.store.generation import Generation, Spans
from index.store.live import check_index_readable, lock_generation
from index.store.manifest import DamagedIndexError, IndexFormatError, read_manifest, wrong_files
from index.store.segments.arrivals import Arrivals
from index.store.segments.articles import StoredArticles
from index.store.segments.lexical import Lexical
from index.store.segments.segment import SENTENCES, VECTORS, WORDS, Places
from index.store.segments.vectors import VectorRows, Vectors

_LARGEST_CHECKED = 8_000_000  # bytes of a file whose checksum is looked at on every open: 5 ms

_PASSAGES = (
    "SELECT p.row, a.id, a.title, a.source, a.url, a.published, a.language, a.author, p.start, p.end, "
    "substr(a.text, p.start + 1, p.end - p.start) FROM passages p JOIN main.articles a ON a.row = p.article "
    "WHERE p.row IN (SELECT value FROM json_each(?))"
)
_TERMS = "SELECT row, terms FROM passages WHERE row IN (SELECT value FROM json_each(?))"


class FolderGeneration(StoredArticles, Generation):
    """A generation in a folder.

    Attributes:
        rows: where passages lie in the segments.
    """

    vectors: Vectors
    lexical: Lexical
    rows: Places

    def __init__(self, folder: Path, lock: IO[bytes]) -> None:
        self.folder = folder
        self.name = folder.name
        self._close = weakref.finalize(self, lock.close)  # with the last question that uses it, at the latest
        try:
            self.manifest = read_manifest(lock.read(), folder)
            for problem in wrong_files(folder, self.manifest["files"], _LARGEST_CHECKED):
                raise DamagedIndexError(problem)
            super().__init__(folder)
            Generation.__init__(self)
            self._number_passages()
            folders = [segment.folder for segment in self.segments]
            self.vectors = Vectors.open(*(each / VECTORS for each in folders), places=self.rows)
            self.lexical = Lexical.open(*(each / WORDS for each in folders), places=self.rows)
            dimension = int(self.manifest["dimension"])
            self._sentence_vectors = [
                VectorRows.open(segment.folder / SENTENCES, dimension) if segment.is_filled else None
                for segment in self.segments
            ]
            if None in self._sentence_vectors:
                self.waiting = np.array([each is None for each in self._sentence_vectors])[self._segment]
            self._check_counts()
        except (ArticlebotError, sqlite3.Error, OSError, ValueError) as error:
            lock.close()
            raise self._trouble(error) from error

    def _trouble(self, error: Exception) -> ArticlebotError:
        """Returns what keeps this generation from being opened: who asks may not read it, or it is not whole."""
        folder = self.folder
        try:
            check_index_readable(folder.parent.parent, [folder, *folder.rglob("*")])
        except AccessError as refusal:
            return refusal
        if isinstance(error, ArticlebotError):
            return error
        if isinstance(error, OSError):  # too many open files, a failing disk: nothing that writing it anew would mend
            return IndexFormatError(f"{folder}: cannot be read ({error}); try again, or run `articlebot verify`")
        return DamagedIndexError(f"{folder}: damaged ({error})")

    @classmethod
    def open(cls, folder: Path, name: str | None = None) -> Self:
        """Opens the live generation of the index in `folder`, or the one named.

        Raises:
            IndexFormatError: no index there, another format, or its counts do not agree.
            AccessError: it may not be read.
        """
        return cls(*lock_generation(folder, name))

    def close(self) -> None:
        """Lets a writer remove this generation once it is old."""
        self._close()

    def with_vectors(self, vectors: Vectors, sentences: VectorRows) -> Self:
        """Returns it with other vectors of the same passages and sentences, in their order; open as long as this."""
        other = copy(self)
        other.vectors, other._sentence_vectors, other.waiting = vectors, [sentences], None
        other._vectors_at = np.zeros_like(self._segment), np.cumsum(self._many) - self._many
        return other

    def newest(self, count: int, window: tuple[date, date] | None = None) -> list[int]:
        """Returns the rows of the first passages of the newest articles, newest first, undated ones last.

        Args:
            count: articles at most.
            window: first and last day of publication; articles without a date are left out then.
        """
        first, last = (day.isoformat() for day in window) if window else (None, None)
        query = (
            "SELECT row, published FROM articles a WHERE (?1 IS NULL OR published BETWEEN ?1 AND ?2) "
            "AND EXISTS (SELECT 1 FROM passages WHERE article = a.row) "
            "ORDER BY published DESC, id LIMIT ?3"  # as they are in the index; no date is the smallest, hence last
        )
        found = sorted(self.of_query(query, first, last, count), key=_newest_first)
        return self.opening_rows([row for row, _ in found[:count]])

    def listed_rows(self, window: tuple[date, date] | None = None) -> NDArray[np.int64]:
        """Returns the numbers of the articles, of all or of a time, newest first, undated ones last."""
        first, last = (day.isoformat() for day in window) if window else (None, None)
        query = "SELECT row, published FROM articles WHERE ?1 IS NULL OR published BETWEEN ?1 AND ?2"
        listed = sorted(self.of_query(query, first, last), key=_newest_first)
        return np.array([row for row, _ in listed], np.int64)

    def records_of(self, rows: Sequence[int]) -> dict[int, Sequence[Any]]:
        """Returns by row what `passage_of_record` takes."""
        return dict(self.of_rows(_PASSAGES, rows, self.rows))

    def sentences_in(self, inside: NDArray[np.bool_]) -> int:
        """Returns how many sentences these passages have."""
        return int(self._many[inside].sum())

    def sentence_bytes(self, rows: NDArray[np.int64]) -> Sequence[bytes | None]:
        """Returns the vectors of the sentences of these passages, in half precision; None where they come later."""
        segment, first = self._vectors_at
        places = zip(segment[rows].tolist(), first[rows].tolist(), self._many[rows].tolist(), strict=True)
        return [
            None if (stored := self._sentence_vectors[segment]) is None else stored.read(first, many)
            for segment, first, many in places
        ]

    def spans(self, row: int) -> tuple[tuple[int, int], ...]:
        """Returns the offsets of these sentences alone, without their vectors."""
        segment, first, count = self._segment[row], self._first[row], self._many[row]
        # as one record: at every record another thread may take the interpreter and keep it for milliseconds
        query = "SELECT json_group_array(json_array(start, end)) FROM sentences WHERE row >= ? AND row < ?"
        (spans,) = self.segments[segment].db.execute(query, (int(first), int(first + count))).fetchone()
        return tuple((start, end) for start, end in sorted(json.loads(spans)))

    @cached_property
    def arrivals(self) -> Arrivals:
        """When its sentences came."""
        return Arrivals(self.segments, self.rows, self.article_rows, len(self.places))

    def sentences_of(self, rows: Sequence[int]) -> list[tuple[Spans, NDArray[np.int64]]]:
        """Returns the offsets and the arrivals of the sentences of each of these passages."""
        return [(self.spans(row), self.arrivals.of(row)) for row in rows]

    def terms_of(self, rows: Sequence[int]) -> list[list[str]]:
        """Returns the search terms of the passages of these rows."""
        numbers = [int(row) for row in rows]
        found = self.of_rows(_TERMS, numbers, self.rows)
        return [str(found[number][0]).split() for number in numbers]

    def _number_passages(self) -> None:
        """Lays the passages of all segments out in the order of their articles."""
        tables = [segment.table for segment in self.segments]
        own = np.concatenate([
            np.empty(0, np.int64),
            *(np.bincount(s.table[2], minlength=s.sizes["articles"]) for s in self.segments),
        ])  # fmt: skip  # passages of each article, over all segments
        many = own[self.places.at]
        self.article_rows = np.repeat(np.arange(len(many), dtype=np.int32), many)
        first = np.cumsum(own) - own
        at = np.repeat(first[self.places.at] - (np.cumsum(many) - many), many) + np.arange(many.sum())
        self.rows = Places([table.shape[1] for table in tables], at.astype(np.int32))
        whole = np.concatenate([np.empty((4, 0), np.int32), *tables], axis=1)
        self._first, self._many, self.days = whole[0, at], whole[1, at], whole[3, at]
        self._segment = np.repeat(np.arange(len(tables), dtype=np.int16), [table.shape[1] for table in tables])[at]
        self._vectors_at = self._segment, self._first  # of the sentences' vectors

    def _check_counts(self) -> None:
        """Raises where articles, passages, sentences, vectors and words are not of one generation."""
        counts = self.counts
        numbers = {
            "articles": (len(self.places), counts["articles"]),
            "passages": (len(self.rows), counts["passages"]),
            "sentences": (int(self._many.sum()), counts["sentences"]),
        }
        for name, (number, wanted) in numbers.items():
            self._check(name, number, wanted)
        for segment, (vectors, dimension), words, sentences in zip(
            self.segments, self.vectors.sizes, self.lexical.sizes, self._sentence_vectors, strict=True
        ):
            self._check("vectors", vectors, segment.sizes["passages"])
            self._check("numbers a vector", dimension, int(self.manifest["dimension"]))
            if sentences is not None:
                self._check("sentence vectors", len(sentences), segment.sizes["sentences"])
            self._check("arrivals", len(segment.arrivals), segment.sizes["sentences"])
            self._check("lexical documents", words, segment.sizes["passages"])

    def _check(self, what: str, number: int, wanted: int) -> None:
        if number != wanted:
            raise DamagedIndexError(f"{self.folder}: {number} {what}, wanted {wanted}")


def _newest_first(record: tuple[int, str | None]) -> tuple[int, int]:
    row, published = record
    return -date.fromisoformat(published).toordinal() if published else 1, row
