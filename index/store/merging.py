"""Several segments as one, without reading, cutting or embedding anything: which, and how."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.store.making import MERGED_AFTER, insert, new_articles
from index.store.segments.segment import ARRIVALS, PASSAGES_FILE, SENTENCES, SUMS, VECTORS, WORDS, Places, Segment
from index.store.segments.vectors import VectorRows, Vectors
from index.store.segments.words import Words

_LEVEL = 4  # segments of about one size become one, so many times as large
_SMALLEST = 256  # passages; smaller segments are of one size
MERGED_FIRST = 4_000  # passages that are merged before what is new is published: it waits for no more than that
_GONE = 4  # a segment is written anew of which one in so many articles has gone
_BLOCK = 16_384  # sentences in memory at once


@dataclass
class Part:
    """A segment and what is left of it.

    Attributes:
        segment: which.
        left: "articles" or "files" -> (rows,), those that are left.
    """

    segment: Segment
    left: dict[str, NDArray[np.bool_]]

    @cached_property
    def passages(self) -> NDArray[np.bool_]:
        """(passages,), those of articles that are left."""
        return np.asarray(self.left["articles"][self.segment.table[2]])

    @property
    def sentences(self) -> NDArray[np.bool_]:
        """(sentences,), those of passages that are left."""
        return np.repeat(self.passages, self.segment.table[1])

    @property
    def is_needed(self) -> bool:
        """Whether anything is left."""
        return any(mask.any() for mask in self.left.values())

    @property
    def size(self) -> float:
        """Passages that are left, and what else there is to be copied, as passages."""
        return float(np.count_nonzero(self.passages)) + sum(map(np.count_nonzero, self.left.values())) / 4 + 1

    @property
    def is_worn(self) -> bool:
        """Whether too much of it has gone."""
        articles = self.left["articles"]
        return bool((len(articles) - np.count_nonzero(articles)) * _GONE > len(articles))


def to_merge(parts: Sequence[Part], most: int) -> list[int]:
    """Returns which segments become one, so that few are left and each passage is written again a few times only.

    A level that is full goes, and the next ones with it that become full by that; segments that are worn.

    Args:
        parts: all segments; those that wait for vectors of sentences stay.
        most: passages that are merged at most.
    """
    levels: dict[int, list[int]] = {}
    filled = {number: part for number, part in enumerate(parts) if part.segment.is_filled}
    for number, part in filled.items():
        levels.setdefault(max(int(math.log(part.size / _SMALLEST, _LEVEL)), 0), []).append(number)
    chosen: list[int] = []
    for _, members in sorted(levels.items()):
        if len(members) >= _LEVEL - bool(chosen):
            chosen += members
        elif chosen:
            break
    worn = sorted((number for number, part in filled.items() if part.is_worn), key=lambda number: parts[number].size)
    chosen += [number for number in worn if number not in chosen]
    chosen.sort(key=lambda number: parts[number].size)
    while len(chosen) > 1 and sum(parts[number].size for number in chosen) > most:
        chosen.pop()
    if len(chosen) > 1:
        return sorted(chosen)
    # one that is worn is written anew by itself, a larger one too unless what is new waits for it
    return [number for number in worn if parts[number].size <= most or most >= MERGED_AFTER][:1]


def merge_segments(folder: Path, parts: Sequence[Part]) -> None:
    """Writes what is left of segments as one into a new folder, in their order."""
    folder.mkdir()
    numbers = {name: _renumbered([part.left[name] for part in parts]) for name in ("articles", "files")}
    rows = _renumbered([part.passages for part in parts])
    many = np.concatenate([part.segment.table[1, part.passages] for part in parts])
    first = np.cumsum(many) - many
    of = [new[part.segment.table[2, part.passages]] for new, part in zip(numbers["articles"], parts, strict=True)]
    days = np.concatenate([part.segment.table[3, part.passages] for part in parts])
    (folder / PASSAGES_FILE).write_bytes(np.array([first, many, np.concatenate(of), days], np.int32).tobytes())
    came = [part.segment.arrivals[part.sentences] for part in parts]
    (folder / ARRIVALS).write_bytes(np.concatenate(came).tobytes())
    with new_articles(folder) as db:
        for number, part in enumerate(parts):
            for name in ("articles", "files"):
                insert(db, name, _records(part, name, numbers[name][number]))
            insert(db, "passages", _passages(part, numbers["articles"][number], rows[number], first))
            insert(db, "sentences", _sentences(part, rows[number], first))
    at = np.flatnonzero(np.concatenate([part.passages for part in parts])).astype(np.int32)
    sizes = [len(part.passages) for part in parts]
    vectors = Vectors.open(*(part.segment.folder / VECTORS for part in parts), places=Places(sizes, at))
    Vectors.write(folder / VECTORS, vectors)
    with (folder / SENTENCES).open("wb") as file:
        file.writelines(block for part in parts for block in _sentence_vectors(part, vectors[:0].shape[1]))
    left = {VECTORS: [part.passages for part in parts], SENTENCES: [part.sentences for part in parts]}
    for name, masks in left.items():
        sums = [part.segment.sums(name)[mask] for part, mask in zip(parts, masks, strict=True)]
        (folder / SUMS[name]).write_bytes(np.concatenate(sums).tobytes())
    words = [Words(part.segment.folder / WORDS) for part in parts]
    Words.merge(folder / WORDS, list(zip(words, rows, strict=True)))


def _renumbered(left: Sequence[NDArray[np.bool_]]) -> list[NDArray[np.int32]]:
    """Returns by segment the new number of each row; -1: it has gone."""
    numbers, begun = [], 0
    for mask in left:
        new = np.where(mask, np.cumsum(mask) - 1 + begun, -1).astype(np.int32)
        begun += int(np.count_nonzero(mask))
        numbers.append(new)
    return numbers


def _records(part: Part, table: str, new: NDArray[np.int32]) -> Iterator[Sequence[Any]]:
    query = f"SELECT * FROM main.{table} ORDER BY row"  # noqa: S608  our own names
    return ((int(new[row]), *rest) for row, *rest in part.segment.db.execute(query) if new[row] >= 0)


def _passages(
    part: Part, articles: NDArray[np.int32], rows: NDArray[np.int32], first: NDArray[np.integer]
) -> Iterator[Sequence[Any]]:
    query = "SELECT row, article, start, end, first_sentence, sentences, terms FROM passages ORDER BY row"
    for row, article, start, end, _, count, terms in part.segment.db.execute(query):
        if (new := rows[row]) >= 0:
            yield int(new), int(articles[article]), start, end, int(first[new]), count, terms


def _sentences(part: Part, rows: NDArray[np.int32], first: NDArray[np.integer]) -> Iterator[Sequence[Any]]:
    left = part.passages
    old = np.repeat(left, part.segment.table[1])  # (sentences,), those that are left
    number = int(first[rows[left][0]]) if left.any() else 0
    for row, start, end in part.segment.db.execute("SELECT row, start, end FROM sentences ORDER BY row"):
        if old[row]:
            yield number, start, end
            number += 1


def _sentence_vectors(part: Part, dimension: int) -> Iterator[bytes]:
    """Yields the vectors of the sentences that are left, run by run."""
    vectors = VectorRows.open(part.segment.folder / SENTENCES, dimension)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], part.sentences, [False]]).astype(np.int8)))
    for start, stop in edges.reshape(-1, 2).tolist():
        for begin in range(start, stop, _BLOCK):
            yield vectors.read(begin, min(_BLOCK, stop - begin))
