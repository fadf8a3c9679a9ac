"""How articles and passages of a generation are numbered: the little of it that a reader holds in memory."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from index.store.postgres.database import Database

_ARTICLES = (
    "SELECT a.key, a.first_passage, a.passages, a.sentences, a.day FROM stays s JOIN articles a ON a.key = s.article "
    "WHERE s.born <= {0} AND (s.died IS NULL OR s.died > {0}) ORDER BY a.id"
)
# Of a record in the binary form of COPY: the number of columns, and before each column its bytes; the highest first.
_RECORD = np.dtype([
    ("columns", ">i2"), ("b1", ">i4"), ("key", ">i8"), ("b2", ">i4"), ("first", ">i8"), ("b3", ">i4"),
    ("passages", ">i4"), ("b4", ">i4"), ("sentences", ">i4"), ("b5", ">i4"), ("day", ">i4"),
])  # fmt: skip


@dataclass(frozen=True)
class Numbering:
    """The articles of a generation in the order of their ids.

    Attributes:
        keys: (articles,), their keys in the database.
        first: (articles,), the key of the first passage of each; those after it follow.
        passages: (articles,), how many each has.
        sentences: (articles,), in all of them.
        days: (articles,), of publication as `date.toordinal` numbers it, 0 where it is not known.
    """

    keys: NDArray[np.int64]
    first: NDArray[np.int64]
    passages: NDArray[np.int32]
    sentences: NDArray[np.int32]
    days: NDArray[np.int32]

    @classmethod
    def load(cls, database: Database, generation: int) -> Numbering:
        """Returns that of a generation."""
        data = database.copied(_ARTICLES.format(int(generation)))
        read = np.frombuffer(data, _RECORD)
        kinds = {"keys": ("key", np.int64), "first": ("first", np.int64), "passages": ("passages", np.int32),
                 "sentences": ("sentences", np.int32), "days": ("day", np.int32)}  # fmt: skip
        return cls(**{name: read[column].astype(kind) for name, (column, kind) in kinds.items()})

    @cached_property
    def rows_before(self) -> NDArray[np.int64]:
        """(articles + 1,), how many passages lie before each article; the last: in all of them."""
        return np.concatenate([[0], np.cumsum(self.passages, dtype=np.int64)]).astype(np.int64)

    def keys_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Returns the keys of passages by their rows."""
        article = np.searchsorted(self.rows_before, rows, "right") - 1
        return np.asarray(self.first[article] + (rows - self.rows_before[article]), np.int64)

    def rows_of(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """Returns the rows of passages by their keys; -1 for one that is of no article here."""
        firsts, articles = self._by_first
        if not len(firsts) or not len(keys):
            return np.full(len(keys), -1, np.int64)
        at = np.maximum(np.searchsorted(firsts, keys, "right") - 1, 0)
        article, offset = articles[at], keys - firsts[at]
        inside = (offset >= 0) & (offset < self.passages[article])
        return np.where(inside, self.rows_before[article] + offset, -1)

    def numbers_of(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """Returns the numbers of articles by their keys; -1 for one that is not here."""
        ordered, numbers = self._by_key
        if not len(ordered) or not len(keys):
            return np.full(len(keys), -1, np.int64)
        at = np.minimum(np.searchsorted(ordered, keys), len(ordered) - 1)
        return np.where(ordered[at] == keys, numbers[at], -1)

    @cached_property
    def _by_first(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        own = np.flatnonzero(self.passages)
        order = own[np.argsort(self.first[own], kind="stable")]
        return self.first[order], order

    @cached_property
    def _by_key(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        order = np.argsort(self.keys, kind="stable")
        return self.keys[order], order
