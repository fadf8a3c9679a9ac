"""The passage vectors on disk and their search; the only file that imports faiss."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import faiss
import numpy as np
from numpy.typing import NDArray

from index import ArticlebotError


class VectorsError(ArticlebotError, ValueError):
    """The vector file cannot be read, or holds something else."""


class Vectors:
    """Unit vectors, one row a passage, in half precision; searched exactly by inner product.

    Half precision moves a cosine by less than 0.0005, halves the file and, by faiss's fp16 codes, takes a
    quarter of the time of a float32 scan (measured at 200,000 rows).
    """

    def __init__(self, index: faiss.Index) -> None:
        self._index = index

    @staticmethod
    def write(path: Path, vectors: NDArray[np.float32]) -> None:
        """Writes (n, dim) unit rows; row i keeps the number i."""
        quantizer = faiss.ScalarQuantizer.QT_fp16
        index = faiss.IndexScalarQuantizer(vectors.shape[1], quantizer, faiss.METRIC_INNER_PRODUCT)
        index.train(vectors)  # fp16 learns nothing; faiss wants to be asked
        index.add(vectors)
        with path.open("wb") as file:  # by Python: faiss says nothing where the last bytes find no room
            faiss.write_index(index, faiss.PyCallbackIOWriter(file.write))  # type: ignore[attr-defined]  # made at import

    @classmethod
    def open(cls, path: Path) -> Self:
        """Maps the file into memory; raises VectorsError where it is not whole."""
        try:
            return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))
        except RuntimeError as error:
            reason = str(error).rsplit(": ", 1)[-1].splitlines()[0]
            raise VectorsError(
                f"{path}: not a readable vector file ({reason}); run `articlebot index --full`"
            ) from error

    @property
    def count(self) -> int:
        """Number of rows."""
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Length of a row."""
        return int(self._index.d)

    def search(
        self, vector: NDArray[np.float32], k: int, *, among: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Returns rows and cosines of the k nearest (fewer where there are fewer), best first, then by row.

        Args:
            vector: (dim,), unit.
            k: how many.
            among: rows to search; None: all.
        """
        k = min(k, self.count if among is None else len(among))
        if k == 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        # One question is one scan: a second thread has nothing to do and spins. 100,000 rows take 3.6 ms instead of
        # 14 where other work runs beside. OpenMP keeps the number by calling thread, hence here and not once.
        faiss.omp_set_num_threads(1)
        chosen = None if among is None else faiss.SearchParameters(sel=faiss.IDSelectorBatch(among))  # type: ignore[call-arg]  # set by faiss
        scores, rows = self._index.search(vector.reshape(1, self.dimension), k, params=chosen)
        order = np.lexsort((rows[0], -scores[0]))
        order = order[rows[0][order] >= 0]  # faiss pads with row -1
        return rows[0][order], scores[0][order]

    def rows(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Returns the vectors of these rows, (len(rows), dim)."""
        if not len(rows):
            return np.empty((0, self.dimension), np.float32)
        found: NDArray[np.float32] = self._index.reconstruct_batch(rows)
        return found
