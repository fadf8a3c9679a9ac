"""Vectors in the database and their search: HNSW over many, an exact scan over few."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.store.postgres.database import Database
from index.store.postgres.numbering import Numbering

if TYPE_CHECKING:
    from psycopg import Connection

EXACT = 20_000  # passages that are compared one by one; from there on HNSW is faster
_MORE = 8  # rows beyond those that are wanted: of equal ones at the end none in particular come
_EF_SEARCH = 300  # candidates that HNSW holds; 120 lose 8 of 100 at a million (tests.benchmarks.rivals.postgres)
_MOST_SCANNED = 200_000  # rows that an iterative search looks at, at most
_SETTINGS = {
    "hnsw.iterative_scan": "relaxed_order", "hnsw.max_scan_tuples": str(_MOST_SCANNED), "enable_seqscan": "off",
}  # fmt: skip
_THESE = "SELECT key, vector <#> %s::halfvec FROM passages WHERE key = ANY(%s) ORDER BY 2 LIMIT %s"
_ROWS = "SELECT key, vector FROM passages WHERE key = ANY(%s)"


class PassageVectors:
    """Unit vectors of the passages of one generation, in half precision."""

    def __init__(self, database: Database, numbering: Numbering, dimension: int, *, is_indexed: bool) -> None:
        self._database = database
        self._numbering = numbering
        self._dimension = dimension
        self._is_indexed = is_indexed  # by HNSW

    @property
    def count(self) -> int:
        """Number of rows."""
        return int(self._numbering.rows_before[-1])

    def search(
        self, vector: NDArray[np.float32], k: int, *, among: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Returns rows and cosines of the k nearest; see `VectorSearch`."""
        inside = self.count if among is None else int(np.count_nonzero(among))
        if not inside or k < 1:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        asked = _text(vector)
        if among is not None and inside <= EXACT:
            keys = self._numbering.keys_of(np.flatnonzero(among))
            found: Sequence[tuple[Any, ...]] = self._database.rows(_THESE, (asked, keys.tolist(), k + _MORE))
        else:
            found = self._nearest(asked, k, among, inside)
        keys = np.array([key for key, _ in found], np.int64)
        rows, scores = self._numbering.rows_of(keys), -np.array([distance for _, distance in found], np.float32)
        best = np.lexsort((rows, -scores))[:k]
        return rows[best], scores[best]

    def rows(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Returns the vectors of these rows, (len(rows), dim)."""
        keys = self._numbering.keys_of(np.asarray(rows, np.int64)).tolist()
        stored = {key: vector_of(data) for key, data in self._database.rows(_ROWS, (keys,))}
        if not keys:
            return np.empty((0, self._dimension), np.float32)
        return np.stack([stored[key] for key in keys])

    def _nearest(self, asked: str, k: int, among: NDArray[np.bool_] | None, inside: int) -> Sequence[tuple[Any, ...]]:
        """Returns the nearest that are of this generation and among these, looking further until they are enough."""
        wanted = min(k + _MORE, inside)
        limit = max(wanted * self.count // inside * 2, wanted + 32)
        by_index = self._is_indexed and self.count > EXACT
        # an expression and a condition as those of the index; a plain column is not looked up there
        typed = f"::halfvec({self._dimension})" if by_index else ""
        query = (
            f"SELECT key, vector{typed} <#> %s::halfvec{typed.removeprefix('::halfvec')} AS distance "
            f"FROM passages WHERE vector_dims(vector) = {self._dimension} ORDER BY distance LIMIT %s"
        )

        def look(connection: Connection[Any]) -> Sequence[tuple[Any, ...]]:
            most = limit
            while True:
                with connection.transaction():
                    settings = _SETTINGS | {"hnsw.ef_search": str(min(max(_EF_SEARCH, most), 1000))} if by_index else {}
                    for name, value in settings.items():
                        connection.execute("SELECT set_config(%s, %s, true)", (name, value))
                    found = connection.execute(query, (asked, most), binary=True).fetchall()
                rows = self._numbering.rows_of(np.array([key for key, _ in found], np.int64))
                good = [at for at, row in enumerate(rows.tolist()) if row >= 0 and (among is None or among[row])]
                if len(good) >= wanted or len(found) < most:
                    return [found[at] for at in good]
                most *= 4

        return self._database.run(look)


def vector_of(data: object) -> NDArray[np.float32]:
    """Returns a vector of the database's binary form: size, two bytes of nothing, halves, the high byte first."""
    raw = data if isinstance(data, bytes | bytearray | memoryview) else str(data)
    if isinstance(raw, str):
        return np.array([float(number) for number in raw.strip("[]").split(",")], np.float32)
    return np.frombuffer(raw, ">f2", offset=4).astype(np.float32)


def vector_bytes(vectors: NDArray[Any]) -> list[bytes]:
    """Returns (n, dimension) vectors, rounded to the nearest half, in the database's binary form."""
    head = int(vectors.shape[1]).to_bytes(2) + bytes(2)
    return [head + row.tobytes() for row in vectors.astype(">f2")]


def _text(vector: NDArray[np.float32]) -> str:
    return "[" + ",".join(f"{number:.9g}" for number in vector.tolist()) + "]"
