"""One immutable generation of the index on disk: what it holds, and reading it."""

from __future__ import annotations

import json
import sqlite3
import weakref
from collections.abc import Collection, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any, Self

import numpy as np
from numpy.typing import NDArray

from index.article import Passage
from index.errors import ArticlebotError
from index.permission import AccessError
from index.store.articles import StoredArticles
from index.store.lexical import Lexical
from index.store.live import check_index_readable, lock_generation
from index.store.manifest import DamagedIndexError, IndexFormatError, read_manifest, wrong_files
from index.store.vectors import VectorRows, Vectors

VECTORS = "vectors.faiss"
SENTENCES = "sentences.f16"
PASSAGES_FILE = "passages.i32"  # of each passage: number of its first sentence, of sentences, of the article, day
LEXICAL = "lexical"
_LARGEST_CHECKED = 8_000_000  # bytes of a file whose checksum is looked at on every open: 5 ms

_PASSAGES = (
    "SELECT p.row, a.row, a.id, a.title, a.source, a.url, a.published, a.language, {author}, p.start, p.end, "
    "substr(a.text, p.start + 1, p.end - p.start) FROM passages p JOIN articles a ON a.row = p.article "
    "WHERE p.row IN (SELECT value FROM json_each(?))"
)


@dataclass(frozen=True, slots=True)
class Sentences:
    """The sentences of one passage: offsets in the article's text and unit vectors, row by row."""

    spans: tuple[tuple[int, int], ...]
    vectors: NDArray[np.float32]  # (len(spans), dimension)


class Generation(StoredArticles):
    """A generation opened for reading; it stays whole while it is open, whatever a writer does beside it.

    Attributes:
        article_rows: (passages,), number of the article; passages of one article follow each other.
        days: (passages,), day of publication as `date.toordinal` numbers it, 0 where it is not known.
        searched: (passages,), which of them are searched; None: all.
    """

    article_rows: NDArray[np.int32]
    days: NDArray[np.int32]
    searched: NDArray[np.bool_] | None = None

    def __init__(self, folder: Path, lock: IO[bytes]) -> None:
        super().__init__(folder)
        self.name = folder.name
        self._close = weakref.finalize(self, lock.close)  # with the last question that uses it, at the latest
        try:
            self.manifest = read_manifest(lock.read(), folder)
            for problem in wrong_files(folder, self.manifest["files"], _LARGEST_CHECKED):
                raise DamagedIndexError(problem)
            self.vectors = Vectors.open(folder / VECTORS)
            self.lexical = Lexical.open(folder / LEXICAL)
            self._sentence_vectors = VectorRows.open(folder / SENTENCES, int(self.manifest["dimension"]))
            self._first, self._many, self.article_rows, self.days = self._map_passages()
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

    @property
    def counts(self) -> dict[str, int]:
        """Number of articles, passages, sentences, failed."""
        return dict(self.manifest["counts"])

    @property
    def fingerprint(self) -> tuple[str, str]:
        """What identifies the embedder whose vectors these are, and the means that they are centred by."""
        return str(self.manifest["embedder"]), str(self.manifest["centring"])

    def with_vectors(self, vectors: Vectors, sentences: VectorRows) -> Self:
        """Returns it with other vectors of the same passages and sentences; it stays open with this one."""
        other = copy(self)
        other.vectors, other._sentence_vectors = vectors, sentences
        return other

    def newest(self, count: int, window: tuple[date, date] | None = None) -> list[int]:
        """Returns the rows of the first passages of the newest articles, newest first, undated ones last.

        Args:
            count: articles at most.
            window: first and last day of publication; articles without a date are left out then.
        """
        first, last = (day.isoformat() for day in window) if window else (None, None)
        query = (
            "SELECT (SELECT min(row) FROM passages WHERE article = a.row) FROM articles a "
            "WHERE (?1 IS NULL OR a.published BETWEEN ?1 AND ?2) "
            "AND EXISTS (SELECT 1 FROM passages WHERE article = a.row) "
            "ORDER BY a.published DESC, a.id LIMIT ?3"  # as they are in the index; no date is the smallest, hence last
        )
        return [row for (row,) in self.db.execute(query, (first, last, count))]

    def listed_rows(self) -> NDArray[np.int64]:
        """Returns the rows of all articles, newest first, undated ones last."""
        query = "SELECT row FROM articles ORDER BY published DESC, id"
        return np.fromiter((row for (row,) in self.db.execute(query)), np.int64)

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """Returns the passages of these rows, in this order, without scores."""
        numbers = [int(row) for row in rows]
        query = _PASSAGES.format(author="a.author" if self.has_authors else "''")
        records = {record[0]: record for record in self.db.execute(query, (json.dumps(numbers),))}
        also_in = self._also_in({record[1] for record in records.values()})
        return [_passage(records[number], also_in) for number in numbers]

    def sentences(self, row: int) -> Sentences:
        """Returns the sentences of the passage of this row."""
        first, count = self._first[row], self._many[row]
        # as one record: at every record another thread may take the interpreter and keep it for milliseconds
        query = "SELECT json_group_array(json_array(start, end)) FROM sentences WHERE row >= ? AND row < ?"
        (spans,) = self.db.execute(query, (int(first), int(first + count))).fetchone()
        inner = tuple((start, end) for start, end in sorted(json.loads(spans)))
        return Sentences(inner, self.sentence_vectors_of(np.array([row]))[0])

    def sentence_vectors_of(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Returns the unit vectors of all sentences of these passages, (n, dimension), and where each's begin."""
        count = self._many[rows].astype(np.int64)
        return self._sentence_vectors.ranges(self._first[rows], count), np.cumsum(count) - count

    def terms(self, row: int) -> list[str]:
        """Returns the search terms of the passage of this row."""
        (joined,) = self.db.execute("SELECT terms FROM passages WHERE row = ?", (int(row),)).fetchone()
        return str(joined).split()

    def published(self, first: date, last: date) -> NDArray[np.bool_]:
        """Returns which passages are of articles published from `first` to `last`, (passages,)."""
        return np.asarray((self.days >= first.toordinal()) & (self.days <= last.toordinal()))

    def _also_in(self, article_rows: Collection[int]) -> dict[int, tuple[str, ...]]:
        """Returns the ids of the articles that have the same text, by article, where there are any."""
        query = "SELECT same_as, id FROM articles WHERE same_as IN (SELECT value FROM json_each(?)) ORDER BY id"
        others: dict[int, tuple[str, ...]] = {}
        for row, other in self.db.execute(query, (json.dumps(sorted(article_rows)),)):
            others[row] = (*others.get(row, ()), other)
        return others

    def _map_passages(self) -> NDArray[np.int32]:
        """Returns (4, passages), see `PASSAGES_FILE`; without a header, which two threads cannot read at once."""
        count = self.counts["passages"]
        if not count:
            return np.empty((4, 0), np.int32)
        # a plain view: slices of an np.memmap cost twice as much
        return np.memmap(self.folder / PASSAGES_FILE, np.int32, "r", shape=(4, count)).view(np.ndarray)

    def _check_counts(self) -> None:
        """Raises where articles, passages, sentences, vectors and words are not of one generation."""
        counts = self.counts
        numbers = {
            "articles": (self._rows_of("articles"), counts["articles"]),
            "passages": (self._rows_of("passages"), counts["passages"]),
            "sentences": (self._rows_of("sentences"), counts["sentences"]),
            "passages with an article": (len(self.article_rows), counts["passages"]),
            "vectors": (self.vectors.count, counts["passages"]),
            "numbers a vector": (self.vectors.dimension, self.manifest["dimension"]),
            "sentence vectors": (len(self._sentence_vectors), counts["sentences"]),
            "lexical documents": (self.lexical.count, counts["passages"]),
        }
        for name, (number, wanted) in numbers.items():
            if number != wanted:
                raise DamagedIndexError(f"{self.folder}: {number} {name}, wanted {wanted}")

    def _rows_of(self, table: str) -> int:
        """Returns how many rows a table has that are numbered from 0 on; counting them would read the whole table."""
        (last,) = self.db.execute(f"SELECT max(row) FROM {table}").fetchone()  # noqa: S608  our own names
        return 0 if last is None else int(last) + 1


def _passage(record: tuple[Any, ...], also_in: Mapping[int, tuple[str, ...]]) -> Passage:
    _, article_row, article_id, title, source, url, published, language, author, start, end, text = record
    return Passage(
        id=f"{article_id}#{start}", article_id=article_id, title=title, source=source, url=url,
        published=date.fromisoformat(published) if published else None, language=language,
        start=start, end=end, text=text, also_in=also_in.get(article_row, ()), author=author,
    )  # fmt: skip
