"""One segment of an index, files that are never changed once written, and the order of the passages of several."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ARTICLES = "articles.sqlite"
VECTORS = "vectors.faiss"
SENTENCES = "sentences.f16"  # comes later than the rest, where there are many
ARRIVALS = "arrivals.i64"  # of each sentence: when it came, in microseconds since 1970
PASSAGES_FILE = "passages.i32"  # of each passage: number of its first sentence, of sentences, of the article, day
WORDS = "words.bin"
SUMS = {VECTORS: "vectors.crc", SENTENCES: "sentences.crc"}  # of each vector, for those that are used anew

_GONE = "CREATE TEMP TABLE gone_{0} (row INTEGER PRIMARY KEY)", "INSERT INTO gone_{0} VALUES (?)"
# Takes the place of the table of its name: whatever is asked of the one is asked of what is left of it.
_LEFT = "CREATE TEMP VIEW {0} AS SELECT * FROM main.{0} WHERE row NOT IN temp.gone_{0}"


class Segment:
    """The articles and files that one update wrote, or several that were merged; read from several threads.

    Generations share it by links to its files. What of it has gone since is not written here, but missing from the
    lists of the generation.

    Attributes:
        folder: where its files are, within a generation.
        gone: name of a table -> its rows that are no longer part of the generation.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.gone: dict[str, list[int]] = {"articles": [], "files": []}
        self._connections = threading.local()

    @property
    def db(self) -> sqlite3.Connection:
        """This thread's read-only connection to articles.sqlite; "articles" and "files" are what is left of them."""
        connection = getattr(self._connections, "db", None)
        if connection is None:
            connection = self._connect()
            self._hide_gone(connection)
            self._connections.db = connection
        return connection

    def _connect(self) -> sqlite3.Connection:
        address = f"{(self.folder / ARTICLES).absolute().as_uri()}?mode=ro&immutable=1"
        return sqlite3.connect(address, uri=True, check_same_thread=False, factory=_Connection)

    @property
    def is_filled(self) -> bool:
        """Whether it has the vectors of its sentences."""
        return (self.folder / SENTENCES).exists()

    @cached_property
    def sizes(self) -> dict[str, int]:
        """Number of rows of each table, gone ones too; counting them would read the whole table."""
        with contextlib.closing(self._connect()) as db:  # before it is known what has gone
            last = {
                name: db.execute(f"SELECT max(row) FROM {name}").fetchone()[0]  # noqa: S608  our own names
                for name in ("articles", "files", "passages", "sentences")
            }
        return {name: 0 if row is None else int(row) + 1 for name, row in last.items()}

    @cached_property
    def table(self) -> NDArray[np.int32]:
        """(4, passages), see `PASSAGES_FILE`; without a header, which two threads cannot read at once."""
        count = self.sizes["passages"]
        if not count:
            return np.empty((4, 0), np.int32)
        # a plain view: slices of an np.memmap cost twice as much
        return np.memmap(self.folder / PASSAGES_FILE, np.int32, "r", shape=(4, count)).view(np.ndarray)

    @cached_property
    def arrivals(self) -> NDArray[np.int64]:
        """(sentences,), see `ARRIVALS`; 0 where it was not noted: by an earlier version."""
        path = self.folder / ARRIVALS
        if not path.exists() or not path.stat().st_size:
            return np.zeros(0 if path.exists() else self.sizes["sentences"], np.int64)
        return np.memmap(path, np.int64, "r").view(np.ndarray)

    def sums(self, vectors: str) -> NDArray[np.uint32]:
        """Returns the checksum of each vector in its file of this name; 0 where it was not noted."""
        path = self.folder / SUMS[vectors]
        rows = self.sizes["passages" if vectors == VECTORS else "sentences"]
        if not rows or not path.exists():  # it waits for them, or an earlier version wrote it
            return np.zeros(rows, np.uint32)
        return np.memmap(path, np.uint32, "r", shape=(rows,)).view(np.ndarray)

    def _hide_gone(self, connection: sqlite3.Connection) -> None:
        for name, rows in self.gone.items():
            if rows:
                connection.execute("PRAGMA temp_store=MEMORY")
                create, insert = (statement.format(name) for statement in _GONE)
                connection.execute(create)
                connection.executemany(insert, ((row,) for row in rows))
                connection.execute(_LEFT.format(name))


class _Connection(sqlite3.Connection):
    """Closed with the thread or the generation that it belongs to."""

    def __del__(self) -> None:
        with contextlib.suppress(sqlite3.ProgrammingError):  # one that could not be opened
            self.close()


class Places:
    """Where rows that are numbered in the order of the index lie in segments, whose rows are numbered as written.

    So an index that was updated numbers its rows as one built from scratch does, and answers the same.

    Attributes:
        bases: (segments + 1,), how many rows lie before each segment; the last: in all of them.
        at: (rows,), where each row lies, counted over all segments.
        rows: the other way round, (in all segments,); -1 where it has gone.
    """

    def __init__(self, sizes: Sequence[int], at: NDArray[np.int32] | None = None) -> None:
        self.bases = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64)
        total = int(self.bases[-1])
        self.at = np.arange(total, dtype=np.int32) if at is None else at
        self.rows = np.full(total, -1, np.int32)
        self.rows[self.at] = np.arange(len(self.at), dtype=np.int32)
        self._is_whole = len(self.at) == total

    def __len__(self) -> int:
        return len(self.at)

    def left(self, among: NDArray[np.bool_] | None = None) -> list[NDArray[np.bool_] | None]:
        """Returns by segment which of its rows are left, or left and among these; None: all of them."""
        if among is None and self._is_whole:
            return [None] * (len(self.bases) - 1)
        inside = np.zeros(len(self.rows), np.bool_)
        inside[self.at if among is None else self.at[among]] = True
        parts = (inside[first:last] for first, last in zip(self.bases[:-1], self.bases[1:], strict=True))
        return [None if part.all() else part for part in parts]

    def segments_of(self, rows: NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Returns the segment of each row, and its row there."""
        at = self.at[rows].astype(np.int64)
        segment = np.searchsorted(self.bases, at, "right") - 1
        return segment, at - self.bases[segment]

    def by_segment(self, rows: NDArray[np.integer]) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.int64]]]:
        """Yields each segment that holds some of these rows, their places in `rows`, and their rows there."""
        of, there = self.segments_of(rows)
        for segment in dict.fromkeys(of.tolist()):
            mine = np.flatnonzero(of == segment)
            yield segment, mine, there[mine]
