"""What writers share in the database beside the generations: embeddings made before, pages of the web."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.embedding.cache import DamagedCacheError, EmbeddingCache, batches, checked, is_whole, text_key
from index.sources.web.seen import PageStore
from index.store.postgres.database import Database

_AT_ONCE = 2_000  # embeddings
_READ = "SELECT hash, vector FROM embeddings WHERE fingerprint = %s AND hash = ANY(%s)"
_PUT = (
    "INSERT INTO embeddings SELECT %s, hash, vector FROM unnest(%s::bytea[], %s::bytea[]) AS new (hash, vector) "
    "ORDER BY hash ON CONFLICT (fingerprint, hash) DO UPDATE SET vector = EXCLUDED.vector"  # in order: no deadlock
)


class DatabaseCache(EmbeddingCache):
    """Vectors in half precision by text, in the database: what one writer has embedded no other one embeds."""

    def __init__(self, database: Database, fingerprint: str, dimension: int) -> None:
        self._database = database
        self._fingerprint = fingerprint
        self.dimension = dimension

    @classmethod
    @contextlib.contextmanager
    def of(cls, database: Database, fingerprint: str, dimension: int) -> Iterator[DatabaseCache]:
        """Opens it.

        Raises:
            DamagedCacheError: vectors are not as they were written; they are out of the way now, open it again.
        """
        cache = cls(database, fingerprint, dimension)
        try:
            yield cache
        except sqlite3.DatabaseError as error:
            cache.remove_wrong()
            raise DamagedCacheError(f"{database.address}: embeddings are damaged ({error})") from error

    def wrong(self) -> int:
        """Returns how many of the stored vectors, of all models, are not as they were written."""
        return sum(1 for _ in self._wrong())

    def remove_wrong(self) -> None:
        """Removes the vectors that are not as they were written; their texts are embedded again when needed."""
        for batch in batches(self._wrong(), _AT_ONCE):
            for fingerprint, key in batch:
                query = "DELETE FROM embeddings WHERE fingerprint = %s AND hash = %s"
                self._database.run(lambda c, query=query, values=(fingerprint, key): c.execute(query, values))  # type: ignore[misc]

    def put(self, texts: Iterable[str], vectors: NDArray[Any]) -> None:
        """Stores unit vectors, replacing what was there, and commits."""
        keys = [text_key(text) for text in texts]
        whole = dict(zip(keys, (checked(v.tobytes()) for v in vectors.astype(np.float16)), strict=True))
        values = (self._fingerprint, list(whole), list(whole.values()))
        self._database.run(lambda connection: connection.execute(_PUT, values))

    def _stored(self, keys: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
        for batch in batches(sorted(set(keys)), _AT_ONCE):
            for key, stored in self._database.rows(_READ, (self._fingerprint, batch)):
                yield bytes(key), bytes(stored)

    def _wrong(self) -> Iterator[tuple[str, bytes]]:
        with (
            self._database.telling(),
            self._database.connect() as connection,
            connection.transaction(),
            connection.cursor("embeddings", binary=True) as cursor,
        ):
            for fingerprint, key, vector in cursor.execute("SELECT fingerprint, hash, vector FROM embeddings"):
                if not is_whole(bytes(vector)):
                    yield fingerprint, bytes(key)


class DatabasePages(PageStore):
    """Pages of the web by source, in the database."""

    def __init__(self, database: Database) -> None:
        super().__init__(Path())
        self._database = database

    def __str__(self) -> str:
        return f"{self._database.address}, table pages"

    def _read(self, source: str) -> list[tuple[str, str, str]]:
        found = self._database.rows("SELECT address, article, page FROM pages WHERE source = %s", (source,))
        return [(str(address), str(article), str(page)) for address, article, page in found]

    def _write(self, source: str, rows: list[tuple[str, str, str, str]]) -> None:
        with self._database.telling(), self._database.connect() as connection, connection.transaction():
            connection.execute("DELETE FROM pages WHERE source = %s", (source,))
            connection.cursor().executemany("INSERT INTO pages VALUES (%s, %s, %s, %s)", rows)
