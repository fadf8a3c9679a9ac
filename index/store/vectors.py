"""Vectors on disk: those of sentences row by row, those of passages with their search; alone imports faiss."""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Protocol, Self

import faiss
import numpy as np
from numpy.typing import NDArray

from index.store.manifest import DamagedIndexError

FLAT_UP_TO = 100_000  # rows; so many are scanned whole in 4 ms, and nothing is missed
# Lists that more rows are dealt to. Always as many: training costs the same whatever the size, adding and searching
# grow with the rows. 2,048 lists take over four times the training and save less than a third of the search.
LISTS = 1_024
TRAINED_ON = 40  # rows a list
FIRST_PROBED = 16  # lists
LEAST_RECALL = 0.98  # at each depth; else twice as many lists are searched
DEPTHS = (10, 50)  # passages that are shown, and that the retriever takes
_ASKED = 256  # made-up questions that recall is measured with
# How far they lie from a passage, in lengths of its vector. Real questions lie off the passages: with 26,000 vectors of
# real texts in 512 lists, 480 questions of people find 0.95 of the best 50 in 64 lists and 0.98 in 128; so do these
# (0.94 to 0.95, 0.98), while sentences of the articles find 0.985 and 0.995.
_ASIDE = 2.0
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


class Vectors:
    """Unit vectors, one row a passage, in half precision; searched by inner product.

    Half precision moves a cosine by less than 0.0005, halves the file and, by faiss's fp16 codes, takes a
    quarter of the time of a float32 scan (measured at 200,000 rows). Few rows are scanned whole. Many are dealt to
    lists (IVF), of which those nearest to the question are scanned: as many as it takes to find what a scan of all
    would find.
    """

    def __init__(self, index: faiss.Index) -> None:
        self._index = index
        self._lists = int(index.nlist) if isinstance(index, faiss.IndexIVF) else 1

    @staticmethod
    def write(path: Path, vectors: Rows) -> dict[str, float]:
        """Writes (n, dim) unit rows, row i keeps the number i; returns how they are searched, for the manifest.

        The file depends on the rows alone: not on the file before, nor on the number of threads.

        Returns:
            `lists`; `probed`, how many of them a search scans; `recall@10` and `recall@50`, shares of the best so many
            that it finds, measured with questions made up from the rows. One list: all is scanned, nothing is missed.
        """
        faiss.omp_set_num_threads(1)  # with three, k-means ends elsewhere than with two
        index = _inverted(vectors) if len(vectors) > FLAT_UP_TO else _flat(vectors[:0].shape[1])
        for block in blocks(vectors):
            index.add(_rounded(block))
        about: dict[str, float] = {"lists": 1, "probed": 1, **{f"recall@{depth}": 1.0 for depth in DEPTHS}}
        if isinstance(index, faiss.IndexIVF):
            index.make_direct_map()  # for `rows`
            about = _probe_enough(index, _questions(vectors))
        with path.open("wb") as file:  # by Python: faiss says nothing where the last bytes find no room
            faiss.write_index(index, faiss.PyCallbackIOWriter(file.write))  # type: ignore[attr-defined]  # made at import
        return about

    @classmethod
    def open(cls, path: Path) -> Self:
        """Maps the file into memory; raises IndexFormatError where it is not whole."""
        try:
            return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))
        except RuntimeError as error:
            reason = str(error).rsplit(": ", 1)[-1].splitlines()[0]
            raise DamagedIndexError(f"{path}: not a readable vector file ({reason})") from error

    @property
    def count(self) -> int:
        """Number of rows."""
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Length of a row."""
        return int(self._index.d)

    def search(
        self, vector: NDArray[np.float32], k: int, *, among: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Returns rows and cosines of the k nearest (fewer where there are fewer), best first, then by row.

        Args:
            vector: (dim,), unit.
            k: how many.
            among: (rows,), which rows to search: all of these are scanned, none is missed. None: every row, of many
                rows those in the lists that are nearest.
        """
        k = min(k, self.count if among is None else int(np.count_nonzero(among)))
        if k == 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        # One question is one scan: a second thread has nothing to do and spins. 100,000 rows take 3.6 ms instead of
        # 14 where other work runs beside. OpenMP keeps the number by calling thread, hence here and not once.
        faiss.omp_set_num_threads(1)
        question = vector.reshape(1, self.dimension)
        scores, rows = self._index.search(question, k, params=self._among(among))
        if rows[0, -1] < 0:  # faiss pads with row -1 where the nearest lists hold too few
            scores, rows = self._index.search(question, k, params=self._among(np.ones(self.count, np.bool_)))
        order = np.lexsort((rows[0], -scores[0]))
        return rows[0][order], scores[0][order]

    def rows(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Returns the vectors of these rows, (len(rows), dim)."""
        if not len(rows):
            return np.empty((0, self.dimension), np.float32)
        return np.asarray(self._index.reconstruct_batch(rows), np.float32)

    def _among(self, among: NDArray[np.bool_] | None) -> faiss.SearchParameters | None:
        """Returns what makes faiss scan these rows and no others."""
        if among is None:
            return None
        # a bit a row: 83,000 rows of a million as a set of numbers (IDSelectorBatch) take up to six times as long
        chosen = faiss.IDSelectorBitmap(np.packbits(among, bitorder="little"))  # type: ignore[call-arg,arg-type]  # set by faiss
        if self._lists > 1:
            return faiss.SearchParametersIVF(sel=chosen, nprobe=self._lists)  # type: ignore[call-arg]  # set by faiss
        return faiss.SearchParameters(sel=chosen)  # type: ignore[call-arg]  # set by faiss


def blocks(vectors: Rows) -> Iterator[NDArray[Any]]:
    """Yields the rows in order, some thousands at once."""
    for start in range(0, len(vectors), _BLOCK):
        yield vectors[start : start + _BLOCK]


def _rounded(vectors: NDArray[Any]) -> NDArray[np.float32]:
    """Returns them as they will be stored; faiss itself does not round to the nearest half."""
    return vectors.astype(np.float16).astype(np.float32)


def _flat(dimension: int) -> faiss.Index:
    index = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    index.train(np.empty((0, dimension), np.float32))  # fp16 learns nothing; faiss wants to be asked
    return index


def _inverted(vectors: Rows) -> faiss.IndexIVF:
    """Returns an empty index whose lists are learned from an evenly spaced sample of the rows."""
    sample = _sample(vectors, TRAINED_ON * LISTS)
    dimension = sample.shape[1]
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dimension), dimension, LISTS,
        faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT, False,
    )  # fmt: skip
    index.cp.niter = 5  # 10 take twice the time and find 0.003 more
    index.train(sample)
    return index


def _sample(vectors: Rows, most: int) -> NDArray[np.float32]:
    rows = np.linspace(0, len(vectors) - 1, min(most, len(vectors))).astype(np.int64)
    return _rounded(np.concatenate([vectors[row : row + 1] for row in rows.tolist()]))


def _questions(vectors: Rows) -> NDArray[np.float32]:
    """Returns vectors as far from the rows as those of questions are, (at most _ASKED, dim)."""
    questions = _sample(vectors, _ASKED)
    aside = np.random.default_rng(0).standard_normal(questions.shape, np.float32)
    questions += _ASIDE * aside / np.linalg.norm(aside, axis=1, keepdims=True)
    return np.asarray(questions / np.linalg.norm(questions, axis=1, keepdims=True), np.float32)


def _probe_enough(index: faiss.IndexIVF, questions: NDArray[np.float32]) -> dict[str, float]:
    """Sets how many lists a search scans; returns that and the recall reached."""
    deepest = max(DEPTHS)
    index.nprobe = index.nlist
    best = index.search(questions, deepest)[0]
    index.nprobe = FIRST_PROBED
    while True:
        scores = index.search(questions, deepest)[0]
        # by score: of rows that are equal, any will do
        recall = {d: float(np.mean(scores[:, :d] >= best[:, d - 1 : d])) for d in DEPTHS}
        if min(recall.values()) >= LEAST_RECALL or index.nprobe >= index.nlist:
            break
        index.nprobe = min(2 * index.nprobe, index.nlist)
    measured = {f"recall@{depth}": round(share, 4) for depth, share in recall.items()}
    return {"lists": index.nlist, "probed": index.nprobe, **measured}
