"""The figures of `make bench`: kept by group, row and system, printed as one table, held against what is wanted."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence
from itertools import pairwise

from tests.benchmarks.search_speed import table

OURS, EXACT, ENCODER, TUTORIAL, WHOLE = "articlebot", "articlebot, fp32", "encode, fp32", "tutorial", "txtai"

EMBEDDING, STARTER, HITS = "embedding", "18 starter articles", "hit@4000"
PASSAGES_A_SECOND, QUESTION = "passages a second", "a question, ms"
INDEXED, NOTHING_NEW, ONE_EDITED = "indexed, articles a second", "update, nothing new, s", "update, one edited, s"
SEARCH, UNREAD, READ = "search", "ask, nothing read", "ask"
COLD, COLD_MB = "cold `articlebot ask`, s", "its memory at most, MB"
P50, P95 = ", p50 ms", ", p95 ms"

_MOST_A_DOUBLING = {
    NOTHING_NEW: 2.0, ONE_EDITED: 2.0, INDEXED: 2.0,
    SEARCH + P50: 1.3, SEARCH + P95: 1.3, UNREAD + P50: 1.3, UNREAD + P95: 1.3, READ + P50: 1.3, READ + P95: 1.3,
    COLD: 1.3,
}  # fmt: skip


class Results:
    """What was measured, each several times."""

    def __init__(self) -> None:
        self._values: dict[str, dict[str, dict[str, list[float]]]] = {}

    def add(self, group: str, row: str, system: str, value: float) -> None:
        """Keeps one more figure."""
        self._values.setdefault(group, {}).setdefault(row, {}).setdefault(system, []).append(value)

    def put(self, group: str, row: str, system: str, values: list[float]) -> None:
        """Keeps these figures alone."""
        self._values.setdefault(group, {}).setdefault(row, {})[system] = values

    def median(self, group: str, row: str, system: str) -> float | None:
        """Returns the median of a cell, None where nothing was measured."""
        values = self._values.get(group, {}).get(row, {}).get(system)
        return statistics.median(values) if values else None

    def names(self, group: str) -> list[str]:
        """Returns the rows of a group."""
        return list(self._values.get(group, {}))

    def table(self) -> str:
        """Returns a table with a column a system; a cell is a median, and the least and the most where they differ."""
        rows = [row for group in self._values.values() for row in group.values()]
        systems = [s for s in (OURS, EXACT, ENCODER, TUTORIAL, WHOLE) if any(s in row for row in rows)]
        width = max(len(row) + 2 for group in self._values.values() for row in group)
        lines = [["".ljust(width), *systems]]
        for name, group in self._values.items():
            lines.append([name.ljust(width), *("" for _ in systems)])
            for row, cells in group.items():
                lines.append([f"  {row}".ljust(width), *(_cell(cells.get(system)) for system in systems)])
        return table(lines)


def _cell(values: list[float] | None) -> str:
    if not values:
        return "-"
    low, middle, high = (figure(value) for value in (min(values), statistics.median(values), max(values)))
    return middle if low == high else f"{middle} ({low}–{high})"


def figure(value: float) -> str:
    """Returns a number with about three digits."""
    decimals = 0 if value >= 100 or value == int(value) >= 10 else 1 if value >= 10 else 2
    return f"{value:,.{decimals}f}"


def group(count: int) -> str:
    """Returns the name of the figures of so many articles."""
    return f"{count:,} articles"


def against_what_is_wanted(results: Results, comparable: Sequence[Sequence[int]]) -> str:
    """Returns a table of ratios and bounds beside what is wanted; `comparable`: numbers of articles, in order."""
    told = [*_ratios(results, comparable[0])]
    for counts in comparable:
        told += _doublings(results, counts)
    rows = [(name, figure(value), wanted) for name, value, wanted in told if value is not None]
    width = max(len(name) for name, _, _ in rows)
    return table([["".ljust(width), "measured", "wanted"], *([name.ljust(width), *rest] for name, *rest in rows)])


def _ratios(results: Results, counts: Sequence[int]) -> Iterator[tuple[str, float | None, str]]:
    def over(where: str, row: str, one: str, other: str) -> float | None:
        a, b = results.median(where, row, one), results.median(where, row, other)
        return a / b if a and b else None

    yield f"passages embedded a second, × {ENCODER}", over(EMBEDDING, PASSAGES_A_SECOND, OURS, ENCODER), "≥ 2.2"
    yield f"question embedded, times faster than {ENCODER}", over(EMBEDDING, QUESTION, ENCODER, OURS), "≥ 3"
    for where in map(group, counts):
        yield f"{where}: indexed a second, × {TUTORIAL}", over(where, INDEXED, OURS, TUTORIAL), "≥ 2"
        yield f"{where}: {UNREAD}{P50}", results.median(where, UNREAD + P50, OURS), "≤ 80 at 1,000 passages"
        yield f"{where}: {READ}{P50}", results.median(where, READ + P50, OURS), "≤ 450"
    yield f"{STARTER}: {COLD}", results.median(STARTER, COLD, OURS), "≤ 2.0"
    yield f"{STARTER}: {COLD_MB}", results.median(STARTER, COLD_MB, OURS), "≤ 500"
    for name in results.names(HITS):
        exact, ours = results.median(HITS, name, EXACT), results.median(HITS, name, OURS)
        yield (
            f"{HITS}, {name}: points below fp32",
            None if exact is None or ours is None else 100 * (exact - ours),
            "≤ 0.5",
        )


def _doublings(results: Results, counts: Sequence[int]) -> Iterator[tuple[str, float | None, str]]:
    """Yields how each of our figures grows from size to size, as if by doublings."""
    for few, many in pairwise(counts):
        for row, most in _MOST_A_DOUBLING.items():
            a, b = results.median(group(few), row, OURS), results.median(group(many), row, OURS)
            if a and b:
                grown = a / b * many / few if row == INDEXED else b / a  # the time of all, where a rate is told
                name = f"{few:,} to {many:,} articles, by doubling: {row}".replace(INDEXED, "indexing")
                yield name, grown ** (1 / math.log2(many / few)), f"≤ {most}"
