"""The words of the passages on disk and their search: BM25 over all passages that are left, of several segments.

Postings of our own, and no library: the statistics of a question (how many passages hold a word, how long they are)
must be those of an index built from scratch. tantivy counts what has gone until it merges, and from Python it can
neither be made to merge nor told the statistics. Formula and rounding are tantivy's, hence the scores. Measured at
250,000 passages: 2.3 ms a question, as tantivy took; 3.3 times its bytes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from index.errors import why
from index.store.manifest import DamagedIndexError
from index.store.segments.segment import Places
from index.store.segments.words import LENGTHS, MOST_TIMES, Words, term_hash

_K1, _B = 1.2, 0.75
_LOOK = 2_000  # rows of a list, from which on a look at how good the best are so far pays
_KEPT = 10_000  # frequencies of terms
_SLACK = 1e-5  # of what float32 rounds


@dataclass(slots=True)
class _Asked:
    """The terms of one question, the rarest first, and how good the best rows of all segments are so far."""

    wanted: int
    idf: NDArray[np.float64]  # (terms,)
    weights: NDArray[np.float64]  # of each code, for an idf of 1
    least: float = 0.0  # so good at least is whatever is among the best

    @property
    def rest(self) -> list[float]:
        """What each term and all after it can bring a passage at most; 0 after the last."""
        return [*np.cumsum((self.idf * (_K1 + 1))[::-1])[::-1].tolist(), 0.0]

    def look(self, scores: NDArray[np.floating[Any]]) -> None:
        """Raises `least` by what these rows are known to score."""
        if len(scores) >= self.wanted:
            kth = float(np.partition(scores, len(scores) - self.wanted)[-self.wanted])
            self.least = max(self.least, kth * (1 - _SLACK))


class Lexical:
    """BM25 (k1 = 1.2, b = 0.75) over the passages of several segments that are left."""

    def __init__(self, parts: Sequence[Words], places: Places | None = None) -> None:
        self._parts = parts
        self._places = Places([len(words.lengths) for words in parts]) if places is None else places
        self._left = self._places.left()
        self._frequencies: dict[str, int] = {}  # of terms that were asked for
        self._gone = [np.flatnonzero(~left) if left is not None else np.empty(0, np.int64) for left in self._left]
        total = sum(
            int(words.lengths.sum()) - int(words.lengths[gone].sum())
            for words, gone in zip(parts, self._gone, strict=True)
        )
        self._weights = bm25_weights(total / max(len(self._places), 1))

    @classmethod
    def open(cls, *paths: Path, places: Places | None = None) -> Self:
        """Opens the words of segments; raises IndexFormatError where one is not whole."""
        parts = []
        for path in paths:
            try:
                parts.append(Words(path))
            except (ValueError, TypeError) as error:
                raise DamagedIndexError(f"{path}: not a readable word index ({why(error)})") from error
        return cls(parts, places)

    @property
    def count(self) -> int:
        """Number of passages."""
        return len(self._places)

    @property
    def sizes(self) -> list[int]:
        """Number of passages of each segment, gone ones too."""
        return [len(words.lengths) for words in self._parts]

    def look_up(self, terms: Collection[str]) -> None:
        """Finds out how many passages hold each of these terms: here each is as fast alone."""

    def document_frequency(self, term: str) -> int:
        """Number of passages that hold this term."""
        if len(self._frequencies) > _KEPT:
            self._frequencies.clear()
        if (count := self._frequencies.get(term)) is None:  # another thread may clear them at any time
            count = self._frequencies[term] = int(self._found([term])[1][0])
        return count

    def terms_beginning(self, letters: str) -> list[tuple[str, int]]:
        """Returns the terms that begin with these letters, in order, and the number of passages that hold each."""
        pattern = re.compile(rb"\n(" + re.escape(letters.encode()) + rb"[^\n]*)")
        found = {match[1].decode() for words in self._parts for match in pattern.finditer(words.spelt.data)}
        terms = sorted(found)
        return [(term, int(n)) for term, n in zip(terms, self._found(terms)[1], strict=True) if n]

    def search(
        self, terms: Sequence[str], k: int, *, among: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Returns rows and BM25 scores of the k best that hold any of the terms, best first, then by row.

        A list of passages is read only while one that is in it and in longer ones alone could be among the best
        (MaxScore; Turtle and Flood, "Query evaluation: strategies and optimizations", 1995).

        Args:
            terms: to look for.
            k: how many.
            among: (passages,), which rows to search: the k best of these, whatever else holds the terms. None: all.
        """
        distinct = list(dict.fromkeys(terms))
        lists, counts = self._found(distinct)
        order = np.array(sorted(np.flatnonzero(counts), key=lambda i: (counts[i], distinct[i])), np.int64)
        idf = bm25_idf(len(self._places), counts[order])
        asked = _Asked(max(k, 1), idf, self._weights)
        inside = self._left if among is None else self._places.left(among)
        found = [np.empty(0, np.int64)]
        scored = [np.empty(0, np.float64)]
        for part in sorted(range(len(self._parts)), key=lambda i: -len(self._parts[i].lengths)):
            rows, scores = _best(self._parts[part], [lists[part][i] for i in order.tolist()], inside[part], asked)
            found.append(self._places.rows[rows + self._places.bases[part]].astype(np.int64))
            scored.append(scores)
        rows, scores = np.concatenate(found), np.concatenate(scored)
        best = np.lexsort((rows, -scores))[: max(k, 1)]
        return rows[best], scores[best].astype(np.float32)

    def _found(self, terms: Sequence[str]) -> tuple[list[list[slice]], NDArray[np.int64]]:
        """Returns by segment where the passages of each term are, and how many passages that are left hold each."""
        hashes = np.array([term_hash(term) for term in terms], np.uint64)
        lists = [words.find(hashes) for words in self._parts]
        counts = np.zeros(len(terms), np.int64)
        for words, gone, own in zip(self._parts, self._gone, lists, strict=True):
            counts += np.array([at.stop - at.start - _common(words.rows[at], gone) for at in own], np.int64)
        return lists, counts


def _best(
    words: Words, lists: Sequence[slice], inside: NDArray[np.bool_] | None, asked: _Asked
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Returns rows of one segment and their scores, all that are among the best of all segments among them."""
    rows = _candidates(words, lists, inside, asked)
    scores = np.zeros(len(rows))
    # always in this order and in float64: the same to the bit in whatever segment
    for at, idf in zip(lists, asked.idf.tolist(), strict=True):
        held = words.rows[at]
        if len(held) and len(rows):
            place = np.minimum(np.searchsorted(held, rows), len(held) - 1)
            scores += np.where(held[place] == rows, asked.weights[words.codes[at][place]] * idf, 0.0)
    asked.look(scores)
    good = scores >= asked.least
    return rows[good].astype(np.int64), scores[good]


def _candidates(
    words: Words, lists: Sequence[slice], inside: NDArray[np.bool_] | None, asked: _Asked
) -> NDArray[np.int32]:
    """Returns the rows of one segment that can be among the best of all segments, rising."""
    about = np.zeros(len(words.lengths), np.float32)  # what is known of each score
    touched: list[NDArray[np.int32]] = [np.empty(0, np.int32)]
    rest, weights, stop = asked.rest, asked.weights.astype(np.float32), len(lists)
    for number, at in enumerate(lists):
        rows = words.rows[at]
        if len(rows) > _LOOK:
            touched = [np.concatenate(touched)]
            asked.look(_scores_inside(about, touched[0], inside)[1])
        if asked.least > rest[number]:
            stop = number
            break
        touched.append(rows[about[rows] == 0])
        about[rows] += weights[words.codes[at]] * np.float32(asked.idf[number])
    rows, scores = _scores_inside(about, np.concatenate(touched), inside)
    asked.look(scores)
    return np.sort(rows[scores + rest[stop] * (1 + _SLACK) >= asked.least])


def _scores_inside(
    about: NDArray[np.float32], rows: NDArray[np.int32], inside: NDArray[np.bool_] | None
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    rows = rows if inside is None else rows[inside[rows]]
    return rows, about[rows]


def _common(rows: NDArray[np.int32], others: NDArray[np.int64]) -> int:
    """Returns how many of `others` are among the rows; both rise."""
    if not len(rows) or not len(others):
        return 0
    return int(np.count_nonzero(rows[np.minimum(np.searchsorted(rows, others), len(rows) - 1)] == others))


def bm25_idf(passages: int, holding: NDArray[np.number[Any]]) -> NDArray[np.float64]:
    """Returns the idf of terms that so many of the passages hold."""
    return np.asarray(np.log(1 + (passages - holding + 0.5) / (holding + 0.5)), np.float64)


def bm25_weights(mean_length: float) -> NDArray[np.float64]:
    """Returns the BM25 weight of each code for an idf of 1."""
    times = np.arange(MOST_TIMES + 1)[:, None]
    weights = times * (_K1 + 1) / np.maximum(times + _K1 * (1 - _B + _B * LENGTHS / max(mean_length, 1e-9)), 1e-9)
    return np.asarray(weights.ravel(), np.float64)
