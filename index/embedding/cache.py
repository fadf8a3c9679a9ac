"""The embeddings of a run that is not over: (model fingerprint, hash of the text as embedded) -> vector.

Once it is over, the index has them in its segments, and the file goes.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

CACHE_FILE = "embeddings.sqlite"
_Item = TypeVar("_Item")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS embeddings (
    fingerprint TEXT NOT NULL, hash BLOB NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (fingerprint, hash)
) WITHOUT ROWID
"""
_CHECK = 4  # bytes of a checksum behind each vector: one flipped bit costs one text
COMMIT_EVERY = 64  # texts embedded between two commits: what a kill can lose
_MAPPED = 2**31 - 2**16  # bytes, the most that SQLite maps; an update reads every vector by itself, so in half the time
_BATCH = 500  # below SQLite's limit of variables
# What SQLite says of a file that is no database, or not ours; no space or no permission is not the file's fault.
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_ERROR}


class DamagedCacheError(sqlite3.DatabaseError):
    """The file of the cache was damaged; it has been put aside, and the next opening begins a new one."""


class EmbeddingCache:
    """Vectors in half precision by text; all that is embedded passes through it: what goes on has the same bits."""

    def __init__(self, db: sqlite3.Connection, fingerprint: str, dimension: int) -> None:
        self._db = db
        self._fingerprint = fingerprint
        self.dimension = dimension

    @classmethod
    @contextlib.contextmanager
    def open(cls, path: Path, fingerprint: str, dimension: int) -> Iterator[EmbeddingCache]:
        """Opens the cache.

        Raises:
            DamagedCacheError: now or whenever damage shows; the file has become FILE.damaged, open it again.
        """
        try:
            if not path.exists():
                path.touch()  # by the umask: SQLite would leave out the group
            with contextlib.closing(sqlite3.connect(path)) as db:
                db.execute("PRAGMA journal_mode=WAL")
                db.execute("PRAGMA synchronous=NORMAL")
                db.execute(f"PRAGMA mmap_size={_MAPPED}")
                db.execute(_SCHEMA)
                yield cls(db, fingerprint, dimension)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            path.replace(path.with_name(f"{path.name}.damaged"))
            cls.remove(path)  # what SQLite keeps beside it
            raise DamagedCacheError(f"{path}: damaged ({error})") from error

    @staticmethod
    def remove(path: Path) -> None:
        """Removes the file, whose vectors the index has by now, with what SQLite keeps beside it."""
        for side in ("", "-wal", "-shm"):
            path.with_name(f"{path.name}{side}").unlink(missing_ok=True)

    @classmethod
    @contextlib.contextmanager
    def reading(cls, path: Path) -> Iterator[EmbeddingCache]:
        """Opens a cache to look at it only, whatever its model; raises sqlite3.Error where it cannot be read."""
        # immutable, for SQLite would leave its side files here; but not beside a writer's, whom a -shm tells where
        # this user could not make one
        log, shared = (path.with_name(f"{path.name}-{side}") for side in ("wal", "shm"))
        is_live = log.exists() and (shared.exists() or os.access(path.parent, os.W_OK))
        how = "mode=ro" if is_live else "mode=ro&immutable=1"
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True)) as db:
            yield cls(db, "", 0)

    def missing(self, texts: Iterable[str]) -> set[str]:
        """Returns the texts that have no vector yet, or a damaged one."""
        keys = {text_key(text): text for text in texts}
        whole = {key for key, stored in self._stored(keys) if is_whole(stored)}
        return {text for key, text in keys.items() if key not in whole}

    def wrong(self) -> int:
        """Returns how many of the stored vectors, of all models, are not as they were written."""
        if not self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            return 0  # it has just been begun
        return sum(not is_whole(stored) for (stored,) in self._db.execute("SELECT vector FROM embeddings"))

    def remove_wrong(self) -> None:
        """Removes the vectors that are not as they were written; their texts are embedded again when needed."""
        stored = self._db.execute("SELECT fingerprint, hash, vector FROM embeddings")
        wrong = [(fingerprint, key) for fingerprint, key, vector in stored if not is_whole(vector)]
        with self._db:
            self._db.executemany("DELETE FROM embeddings WHERE fingerprint = ? AND hash = ?", wrong)

    def get(self, texts: Iterable[str]) -> NDArray[np.float32]:
        """Returns the vectors of these texts, (texts, dimension), all of which must be there."""
        keys = [text_key(text) for text in texts]
        vectors_by_key = {key: stored[:-_CHECK] for key, stored in self._stored(keys) if is_whole(stored)}
        joined = b"".join(vectors_by_key.get(key, b"") for key in keys)
        if len(joined) != len(keys) * self.dimension * 2:
            raise sqlite3.DatabaseError("vectors missing or too short")
        vectors = np.frombuffer(joined, np.float16).reshape(-1, self.dimension).astype(np.float32)
        if not (np.abs(np.linalg.norm(vectors, axis=1) - 1) < 0.01).all():
            raise sqlite3.DatabaseError("vectors that are no unit vectors")
        return vectors

    def put(self, texts: Iterable[str], vectors: NDArray[Any]) -> None:
        """Stores unit vectors, replacing what was there, and commits."""
        rows = zip(texts, vectors.astype(np.float16), strict=True)
        with self._db:
            self._db.executemany(
                "INSERT OR REPLACE INTO embeddings VALUES (?, ?, ?)",
                ((self._fingerprint, text_key(text), checked(vector.tobytes())) for text, vector in rows),
            )

    def _stored(self, keys: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
        for batch in batches(sorted(set(keys)), _BATCH):
            marks = ",".join("?" * len(batch))
            query = f"SELECT hash, vector FROM embeddings WHERE fingerprint = ? AND hash IN ({marks})"  # noqa: S608  marks only
            yield from self._db.execute(query, (self._fingerprint, *batch))


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether the file is at fault, not the disk or a permission."""
    # the low byte; the others say more closely what happened
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF in _DAMAGED


def checked(vector: bytes) -> bytes:
    """Returns a vector as it is stored: with a checksum behind it."""
    return vector + zlib.crc32(vector).to_bytes(_CHECK)


def is_whole(stored: bytes) -> bool:
    """Whether a vector is as it was stored."""
    return len(stored) > _CHECK and stored == checked(stored[:-_CHECK])


def text_key(text: str) -> bytes:
    """Returns what a text's vector is stored under."""
    return hashlib.sha256(text.encode()).digest()


def batches(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    """Yields these items in order, so many at once, the rest at the end."""
    left = iter(items)
    while batch := list(itertools.islice(left, size)):
        yield batch
