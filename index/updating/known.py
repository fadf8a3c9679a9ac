"""The vectors that an index has already: what is written anew, moved or comes back is not embedded again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.errors import ArticlebotError
from index.store.segments.segment import SENTENCES, VECTORS, Segment
from index.store.segments.texts import EmbeddedText, TextKind, embedded_texts
from index.store.segments.vectors import VectorRows, Vectors, checksum

_ROWS = (
    "SELECT row FROM main.articles WHERE id IN (SELECT value FROM json_each(?1)) "
    "OR digest IN (SELECT value FROM json_each(?2))"
)


class KnownVectors:
    """The vectors that segments have, of articles that have gone too.

    Sought by article, its id or its text: of the articles that an update writes, those that were there have most of
    their texts still. One that is not the vector of its text, which a checksum tells, counts as none.
    """

    def __init__(self, segments: Sequence[Segment], made_by: str, dimension: int) -> None:
        """Takes segments and what their vectors are; those that another embedder made are none."""
        self._segments = segments
        self._made_by = made_by
        self._dimension = dimension

    def of(self, kind: TextKind, texts: Collection[EmbeddedText]) -> dict[tuple[str, str], bytes]:
        """Returns vectors in half precision by (language, text), of those of these texts that have one."""
        found: dict[tuple[str, str], bytes] = {}
        if texts:
            wanted = {(each.language, each.text) for each in texts}
            of = tuple(json.dumps(sorted(some)) for some in ({t.article for t in texts}, {t.digest for t in texts}))
            for segment in self._segments:
                try:
                    found.update(self._of_segment(segment, kind, wanted, of))
                except (ArticlebotError, OSError, ValueError, sqlite3.Error):
                    continue
        return found

    def _of_segment(
        self, segment: Segment, kind: TextKind, wanted: set[tuple[str, str]], of: tuple[str, ...]
    ) -> Iterator[tuple[tuple[str, str], bytes]]:
        """Yields those that a segment has."""
        articles = [row for (row,) in segment.db.execute(_ROWS, of)]
        texts = embedded_texts(segment, kind, articles) if articles else ()
        rows = {key: each.row for each in texts if (key := (each.language, each.text)) in wanted}
        if not rows:
            return
        file = VECTORS if kind == "passage" else SENTENCES
        numbers = np.array(list(rows.values()), np.int64)
        sums = segment.sums(file)[numbers].tolist()
        vectors = self._read(segment.folder / file, kind, numbers)
        for (language, text), vector, wanted_sum in zip(rows, map(bytes, vectors), sums, strict=True):
            if checksum(self._made_by, language, text, vector) == wanted_sum:
                yield (language, text), vector

    def _read(self, path: Path, kind: TextKind, rows: NDArray[np.int64]) -> NDArray[np.float16]:
        if kind == "passage":
            return Vectors.open(path).rows(rows).astype(np.float16)
        stored = VectorRows.open(path, self._dimension)
        return np.concatenate([stored[row : row + 1] for row in rows.tolist()])
