"""Vectors on disk: those of sentences row by row, those of passages with their search; alone imports faiss."""

from __future__ import annotations

import os
import tempfile
import weakref
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol, Self

import faiss
import numpy as np
from numpy.typing import NDArray

from index.store.manifest import DamagedIndexError
from index.store.segments.segment import Places

_BLOCK = 16_384  # rows in memory at once
_MORE = 8  # rows beyond those that are wanted: of equal ones at the end faiss chooses none in particular


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
        """Returns an empty file to append to; it has no name and is gone with the process."""
        return cls(tempfile.TemporaryFile(dir=folder), dimension)

    def append(self, vectors: NDArray[Any]) -> None:
        """Adds (n, dimension) rows, rounded to the nearest half, at the end."""
        self._file.write(vectors.astype(np.float16).tobytes())
        self._file.flush()

    def __len__(self) -> int:
        return os.fstat(self._file.fileno()).st_size // self._bytes

    def __getitem__(self, rows: slice, /) -> NDArray[np.float16]:
        start, stop, _ = rows.indices(len(self))
        return self._array(self.read(start, max(stop - start, 0)))

    @property
    def _bytes(self) -> int:
        return self._dimension * np.dtype(np.float16).itemsize

    def read(self, row: int, count: int) -> bytes:
        """Returns the bytes of so many rows from one on."""
        return os.pread(self._file.fileno(), count * self._bytes, row * self._bytes)

    def _array(self, data: bytes) -> NDArray[np.float16]:
        return np.frombuffer(data, np.float16).reshape(-1, self._dimension)


class Vectors:
    """Unit vectors, one row a passage, in half precision; searched by inner product.

    Half precision moves a cosine by less than 0.0005, halves the file and, by faiss's fp16 codes, takes a
    quarter of the time of a float32 scan (measured at 200,000 rows). All are scanned: nothing is learned from the rows
    that a later update would have to learn anew, and nothing is missed.
    """

    def __init__(self, parts: Sequence[faiss.Index], places: Places | None = None) -> None:
        self._parts = parts
        self._places = Places([int(part.ntotal) for part in parts]) if places is None else places
        self._left = self._places.left()

    @staticmethod
    def write(path: Path, vectors: Rows) -> None:
        """Writes (n, dimension) unit rows, row i keeps the number i; the file depends on the rows alone."""
        dimension = vectors[:0].shape[1]
        index = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        index.train(np.empty((0, dimension), np.float32))  # fp16 learns nothing; faiss wants to be asked
        for block in blocks(vectors):
            index.add(_rounded(block))
        with path.open("wb") as file:  # by Python: faiss says nothing where the last bytes find no room
            faiss.write_index(index, faiss.PyCallbackIOWriter(file.write))  # type: ignore[attr-defined]  # made at import

    @classmethod
    def open(cls, *paths: Path, places: Places | None = None) -> Self:
        """Maps the files of segments into memory; raises IndexFormatError where one is not whole."""
        parts = []
        for path in paths:
            try:
                parts.append(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))
            except RuntimeError as error:
                reason = str(error).rsplit(": ", 1)[-1].splitlines()[0]
                raise DamagedIndexError(f"{path}: not a readable vector file ({reason})") from error
        return cls(parts, places)

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, rows: slice, /) -> NDArray[np.float32]:
        return self.rows(np.arange(*rows.indices(len(self))))

    @property
    def count(self) -> int:
        """Number of rows."""
        return len(self)

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """Rows and numbers a row of each segment."""
        return [(int(part.ntotal), int(part.d)) for part in self._parts]

    def search(
        self, vector: NDArray[np.float32], k: int, *, among: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Returns rows and cosines of the k nearest; see `VectorSearch`."""
        _on_one_thread()
        found, scored = [np.empty(0, np.int64)], [np.empty(0, np.float32)]
        insides = self._left if among is None else self._places.left(among)
        for part, inside, base in zip(self._parts, insides, self._places.bases.tolist(), strict=False):
            rows, scores = _nearest(part, vector, k, inside)
            found.append(self._places.rows[rows + base].astype(np.int64))
            scored.append(scores)
        rows, scores = np.concatenate(found), np.concatenate(scored)
        best = np.lexsort((rows, -scores))[:k]
        return rows[best], scores[best]

    def rows(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Returns the vectors of these rows, (len(rows), dim)."""
        _on_one_thread()
        vectors = np.empty((len(rows), int(self._parts[0].d) if self._parts else 0), np.float32)
        for segment, mine, there in self._places.by_segment(np.asarray(rows, np.int64)):
            vectors[mine] = self._parts[segment].reconstruct_batch(there)
        return vectors


def _on_one_thread() -> None:
    """Keeps faiss on one thread: one question is one scan, a second thread has nothing to do and spins.

    100,000 rows take 3.6 ms instead of 14 where other work runs beside. OpenMP keeps the number by calling thread.
    """
    faiss.omp_set_num_threads(1)


def _nearest(
    part: faiss.Index, vector: NDArray[np.float32], k: int, inside: NDArray[np.bool_] | None
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Returns the k nearest rows of a segment and all that are as near as the last of them."""
    count = int(part.ntotal) if inside is None else int(np.count_nonzero(inside))
    chosen = None
    if inside is not None:
        # a bit a row: 83,000 rows of a million as a set of numbers (IDSelectorBatch) take up to six times as long
        bits = faiss.IDSelectorBitmap(np.packbits(inside, bitorder="little"))  # type: ignore[call-arg,arg-type]  # set by faiss
        chosen = faiss.SearchParameters(sel=bits)  # type: ignore[call-arg]  # set by faiss
    more = _MORE
    while count and k > 0:
        wanted = min(k + more, count)
        scores, rows = part.search(vector.reshape(1, -1), wanted, params=chosen)
        if wanted == count or scores[0, -1] < scores[0, k - 1]:
            return rows[0], scores[0]
        more *= 4
    return np.empty(0, np.int64), np.empty(0, np.float32)


@dataclass(frozen=True, slots=True)
class Embedded:
    """Unit vectors, and what tells later that each is that of its text; None: that cannot be told."""

    rows: Rows
    sums: NDArray[np.uint32] | None = None  # (rows,), see `checksum`


def checksum(made_by: str, language: str, text: str, vector: bytes) -> int:
    """Returns the CRC-32 of a vector in half precision with what it was made of: by which embedder, of which text."""
    return zlib.crc32(vector, zlib.crc32(f"{made_by}\n{language}\n{text}".encode()))


class SomeRows:
    """Some of the rows that follow each other, each read when it is asked for."""

    def __init__(self, rows: Rows, start: int, count: int) -> None:
        self._rows, self._start, self._count = rows, start, count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, rows: slice, /) -> NDArray[Any]:
        start, stop, _ = rows.indices(self._count)
        return self._rows[self._start + start : self._start + max(start, stop)]


def blocks(vectors: Rows) -> Iterator[NDArray[Any]]:
    """Yields the rows in order, some thousands at once."""
    for start in range(0, len(vectors), _BLOCK):
        yield vectors[start : start + _BLOCK]


def _rounded(vectors: NDArray[Any]) -> NDArray[np.float32]:
    """Returns them as they will be stored; faiss itself does not round to the nearest half."""
    return vectors.astype(np.float16).astype(np.float32)
