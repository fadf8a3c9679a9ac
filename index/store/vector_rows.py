"""Vectors in half precision in a file, one row after the other; read where they are wanted, never as a whole."""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

_BLOCK = 16_384  # rows in memory at once


class Rows(Protocol):
    """Unit vectors that are read in slices: an array, or a file too large for memory."""

    def __len__(self) -> int: ...
    def __getitem__(self, rows: slice, /) -> NDArray[Any]: ...


class VectorRows:
    """Vectors in half precision in a file.

    Read by position and not mapped: a million passages have some four million sentences, and pages that were once
    looked at would stay in the memory of the process.
    """

    def __init__(self, file: IO[bytes], dimension: int) -> None:
        self._file = file
        self._dimension = dimension
        weakref.finalize(self, file.close)

    @classmethod
    def open(cls, path: Path, dimension: int) -> Self:
        """Opens a file for reading; raises OSError where that cannot be."""
        return cls(path.open("rb"), dimension)

    @classmethod
    def temporary(cls, folder: Path, dimension: int) -> Self:
        """Returns an empty one to append to; its file has no name and is gone with the process."""
        return cls(tempfile.TemporaryFile(dir=folder), dimension)

    def append(self, vectors: NDArray[Any]) -> None:
        """Adds (n, dimension) rows, rounded to the nearest half, at the end."""
        self._file.write(vectors.astype(np.float16).tobytes())
        self._file.flush()

    def __len__(self) -> int:
        return os.fstat(self._file.fileno()).st_size // self._bytes

    def __getitem__(self, rows: slice, /) -> NDArray[np.float16]:
        start, stop, _ = rows.indices(len(self))
        return self._array(self._read(start, max(stop - start, 0)))

    def ranges(self, first: NDArray[np.integer], count: NDArray[np.integer]) -> NDArray[np.float32]:
        """Returns `count[i]` rows from `first[i]` on, for each i, one after the other."""
        at = zip(first.tolist(), count.tolist(), strict=True)
        return self._array(b"".join(self._read(row, many) for row, many in at)).astype(np.float32)

    @property
    def _bytes(self) -> int:
        return self._dimension * np.dtype(np.float16).itemsize

    def _read(self, row: int, count: int) -> bytes:
        return os.pread(self._file.fileno(), count * self._bytes, row * self._bytes)

    def _array(self, data: bytes) -> NDArray[np.float16]:
        return np.frombuffer(data, np.float16).reshape(-1, self._dimension)


def blocks(vectors: Rows) -> Iterator[NDArray[Any]]:
    """Yields the rows in order, so many at once as are easily held."""
    for start in range(0, len(vectors), _BLOCK):
        yield vectors[start : start + _BLOCK]
