"""One immutable generation of the index on disk: what it holds, and reading it."""

from __future__ import annotations

import fcntl
import json
import sqlite3
import weakref
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any, Self

import numpy as np
from numpy.typing import NDArray

from index.article import Passage
from index.errors import ArticlebotError
from index.permission import AccessError, check_readable
from index.store.lexical import Lexical
from index.store.manifest import MANIFEST, IndexFormatError, OldFormatError, read_manifest, wrong_files
from index.store.stored import StoredArticles
from index.store.vector_rows import VectorRows
from index.store.vectors import Vectors

__all__ = ["Generation", "IndexFormatError", "Passage", "Sentences", "live_generation", "lock_generation"]

CURRENT = "CURRENT"
NEXT = ".CURRENT"  # what CURRENT will be, while a generation is made the live one
GENERATIONS = "generations"
VECTORS = "vectors.faiss"
SENTENCES = "sentences.f16"
PASSAGES = "passages.i32"  # of each passage: number of its first sentence, of sentences, of the article, day
LEXICAL = "lexical"
_NAMED = 3  # indexes that are there where none was found
_LARGEST_CHECKED = 8_000_000  # bytes of a file whose checksum is looked at on every open: 5 ms

_PASSAGES = (
    "SELECT p.row, a.row, a.id, a.title, a.source, a.url, a.published, a.language, p.start, p.end, "
    "substr(a.text, p.start + 1, p.end - p.start) FROM passages p JOIN articles a ON a.row = p.article "
    "WHERE p.row IN (SELECT value FROM json_each(?))"
)


@dataclass(frozen=True, slots=True)
class Sentences:
    """The sentences of one passage: offsets in the article's text and unit vectors, row by row."""

    spans: tuple[tuple[int, int], ...]
    vectors: NDArray[np.float32]  # (len(spans), dimension)


def live_generation(folder: Path) -> str:
    """Returns the name of the live generation.

    Raises:
        IndexFormatError: there is none.
        AccessError: it may not be read.
    """
    path = folder / CURRENT
    try:
        name = path.read_bytes().strip()
    except FileNotFoundError as error:
        if (folder / GENERATIONS).exists():
            raise IndexFormatError(f"{path}: missing; run `articlebot index --full`") from error
        raise IndexFormatError(
            f"{folder}: no index there; make one with `articlebot index FOLDER_OF_ARTICLES --index {folder}`"
            + _beside(folder)
        ) from error
    except OSError as error:
        check_index_readable(folder, [path])
        raise IndexFormatError(f"{path}: cannot be read ({error.strerror}), a file wanted") from error
    if not name.isdigit():
        raise IndexFormatError(
            f"{path}: {name[:20]!r}, the number of a generation wanted; run `articlebot index --full`"
        )
    return name.decode()


def is_there(folder: Path) -> bool:
    """Returns whether an index, whole or damaged, is in a folder."""
    try:
        return (folder / CURRENT).exists() or (folder / GENERATIONS).exists()
    except PermissionError:  # what may not be looked at is there
        return True


def _beside(folder: Path) -> str:
    """Returns which indexes are there instead, in words; "" where there are none."""
    with suppress(OSError):
        there = sorted(str(path) for path in folder.parent.iterdir() if (path / CURRENT).exists())
        if there:
            return f", or name one that is there: --index {', '.join(there[:_NAMED])}"
    return ""


def lock_generation(folder: Path, name: str | None = None) -> tuple[Path, IO[bytes]]:
    """Returns the folder of the live generation, or the one named, and its manifest; it stays until that is closed.

    Raises:
        IndexFormatError: it is not there or cannot be read.
        AccessError: it may not be read.
    """
    for _ in range(100):  # a writer may publish and clean between the two reads
        wanted = name or live_generation(folder)
        generation = folder / GENERATIONS / wanted
        try:
            lock = (generation / MANIFEST).open("rb")
        except OSError as error:
            if name is None and live_generation(folder) != wanted:
                continue
            check_index_readable(folder, [generation / MANIFEST])
            raise IndexFormatError(
                f"{generation}: the live generation cannot be read ({error.strerror}); run `articlebot index --full`"
            ) from error
        fcntl.flock(lock, fcntl.LOCK_SH)
        if generation.exists():
            return generation, lock
        lock.close()
    raise IndexFormatError(f"{folder}: its generations vanish while being opened; is something deleting them?")


def check_index_readable(folder: Path, paths: Iterable[Path]) -> None:
    """Raises AccessError where this user may not read one of these files of an index."""
    step = f"let its owner allow it (`chmod -R a+rX {folder}`, `chmod a+x` for a folder above it), or ask {{as_owner}}"
    check_readable(paths, step)


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
                raise IndexFormatError(f"{problem}; run `articlebot index --full`")
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
        if isinstance(error, OldFormatError):
            return error
        if isinstance(error, ArticlebotError):
            return IndexFormatError(str(error))
        if isinstance(
            error, OSError
        ):  # too many open files, a disk that fails: nothing that writing it anew would mend
            return IndexFormatError(f"{folder}: cannot be read ({error}); try again, or run `articlebot verify`")
        return IndexFormatError(f"{folder}: damaged ({error}); run `articlebot index --full`")

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
        found = {record[0]: record for record in self.db.execute(_PASSAGES, (json.dumps(numbers),))}
        also_in = self._also_in({record[1] for record in found.values()})
        return [_passage(found[number], also_in) for number in numbers]

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
        """Returns (4, passages), see `PASSAGES`; without a header, which NumPy cannot read in two threads at once."""
        count = self.counts["passages"]
        if not count:
            return np.empty((4, 0), np.int32)
        # a plain view: slices of an np.memmap cost twice as much
        return np.memmap(self.folder / PASSAGES, np.int32, "r", shape=(4, count)).view(np.ndarray)

    def _check_counts(self) -> None:
        """Raises where articles, passages, sentences, vectors and words are not of one generation."""
        counts = self.counts
        found = {
            "articles": (self._rows_of("articles"), counts["articles"]),
            "passages": (self._rows_of("passages"), counts["passages"]),
            "sentences": (self._rows_of("sentences"), counts["sentences"]),
            "passages with an article": (len(self.article_rows), counts["passages"]),
            "vectors": (self.vectors.count, counts["passages"]),
            "numbers a vector": (self.vectors.dimension, self.manifest["dimension"]),
            "sentence vectors": (len(self._sentence_vectors), counts["sentences"]),
            "lexical documents": (self.lexical.count, counts["passages"]),
        }
        for name, (number, wanted) in found.items():
            if number != wanted:
                raise IndexFormatError(
                    f"{self.folder}: {number} {name}, wanted {wanted}; run `articlebot index --full`"
                )

    def _rows_of(self, table: str) -> int:
        """Returns how many rows a table has that are numbered from 0 on; counting them would read the whole table."""
        (last,) = self.db.execute(f"SELECT max(row) FROM {table}").fetchone()  # noqa: S608  our own names
        return 0 if last is None else int(last) + 1


def _passage(record: tuple[Any, ...], also_in: Mapping[int, tuple[str, ...]]) -> Passage:
    _, article_row, article_id, title, source, url, published, language, start, end, text = record
    return Passage(
        id=f"{article_id}#{start}", article_id=article_id, title=title, source=source, url=url,
        published=date.fromisoformat(published) if published else None, language=language,
        start=start, end=end, text=text, also_in=also_in.get(article_row, ()),
    )  # fmt: skip
