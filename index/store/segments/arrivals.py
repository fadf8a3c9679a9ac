"""When sentences came into the index: the update that first found each in its article, whatever its day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from index.store.segments.segment import Places, Segment

NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Arrivals:
    """The arrivals of a generation's sentences, in microseconds since 1970; 0 where they are not known."""

    segments: Sequence[Segment]
    rows: Places  # where passages lie in them
    article_rows: NDArray[np.int32]  # (passages,), number of the article
    articles: int

    def of(self, row: int) -> NDArray[np.int64]:
        """Returns when each sentence of a passage came, in their order."""
        (number,), (there,) = self.rows.segments_of(np.array([row]))
        first, many = self.segments[number].table[:2, there].tolist()
        return np.asarray(self.segments[number].arrivals[first : first + many])

    @cached_property
    def by_article(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """When the first and the latest sentence of each article came, (articles,) each; without any NEVER and 0."""
        first, latest = np.full(self.articles, NEVER), np.zeros(self.articles, np.int64)
        for number, mine, there in self.rows.by_segment(np.arange(len(self.rows))):
            segment, of = self.segments[number], self.article_rows[mine]
            np.minimum.at(first, of, np.minimum.reduceat(segment.arrivals, segment.table[0])[there])
            np.maximum.at(latest, of, np.maximum.reduceat(segment.arrivals, segment.table[0])[there])
        return first, latest

    @cached_property
    def latest(self) -> int:
        """When the newest sentence came; 0 where nothing is known."""
        return int(self.by_article[1].max(initial=0))
