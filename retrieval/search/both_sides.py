"""Query -> the passages that its vector finds and those that its words find, sought side by side."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from index.store.generation import Generation
from retrieval.search.query import Query

LEXICAL_CANDIDATES = 200  # words are cheap to look up, and a passage that vectors found wants its BM25 too
LEXICAL_OF_PERIOD = 2_000  # among which those of a time that is asked about are looked for
_LONG = 50_000  # passages from which on a second thread saves more than it costs

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Found:
    """What each side finds for a query."""

    rows: NDArray[np.int64]  # the best of each side
    lexical: NDArray[np.int64]  # rows that hold a word of it, many more
    bm25: NDArray[np.float32]  # of the lexical ones


def both_sides(generation: Generation, query: Query, depth: int, period: NDArray[np.bool_] | None) -> Found:
    """Returns what each side finds: the `depth` best of all, and the best of a period, (passages,)."""
    vectors, searched = generation.vectors, generation.searched
    among = period if period is not None and period.any() else None
    parts = (searched,) if among is None else (searched, among)
    nearest = _begun(lambda: [vectors.search(query.vector, depth, among=part)[0] for part in parts], vectors.count)
    most = max(LEXICAL_CANDIDATES if among is None else LEXICAL_OF_PERIOD, depth)
    rows, bm25 = generation.lexical.search(list(query.terms), most, among=searched)
    of_period = [] if among is None else [rows[among[rows]][:depth]]
    return Found(np.concatenate([*nearest(), rows[:depth], *of_period]), rows, bm25)


def _begun(search: Callable[[], Result], rows: int) -> Callable[[], Result]:
    """Begins a search of so many rows in another thread where it takes long, and returns what waits for its end."""
    return _other_threads().submit(search).result if rows >= _LONG else search


@cache
def _other_threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(thread_name_prefix="search")
