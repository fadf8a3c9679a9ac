"""The words of one segment on disk: which passages hold a term, how often, and how long they are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

# Lengths of passages in terms that BM25 tells apart, a byte for each: exact to 40, then within an eighth. As Lucene and
# tantivy round them ("SmallFloat"), with whose scores the weights of search and answers were learned.
LENGTHS = np.array([*range(32), *(24 + ((8 | n % 8) << n // 8 - 1) for n in range(8, 232))])
MOST_TIMES = 255  # that a term counts in a passage
_HEAD = 1_024  # bytes
_BLOCK = 5_000  # passages whose terms are in memory at once
_ARRAYS = {"hashes": "<u8", "first": "<i8", "rows": "<i4", "codes": "<u2", "lengths": "<i4", "spelt": "|u1"}


class Words:
    """The words of one segment.

    Attributes:
        hashes: (terms,), of the terms, rising.
        first: (terms + 1,), where the passages of each begin in `rows` and `codes`.
        rows: passages that hold the term, rising.
        codes: how often it does (times 256) and which of `LENGTHS` the passage's is.
        lengths: (passages,), in terms.
        spelt: the terms in UTF-8 in the order of their hashes, a line break before each.
    """

    hashes: NDArray[np.uint64]
    first: NDArray[np.int64]
    rows: NDArray[np.int32]
    codes: NDArray[np.uint16]
    lengths: NDArray[np.int32]
    spelt: NDArray[np.uint8]

    def __init__(self, path: Path) -> None:
        data = np.memmap(path, np.uint8, "r").view(np.ndarray)
        at = _HEAD
        for (name, kind), count in zip(_ARRAYS.items(), json.loads(bytes(data[:_HEAD])), strict=True):
            size = count * np.dtype(kind).itemsize
            setattr(self, name, data[at : at + size].view(kind)[:count])
            at += _padded(size)
        if at != len(data):
            raise ValueError(f"{len(data)} bytes, wanted {at}")

    @staticmethod
    def merge(path: Path, parts: Sequence[tuple[Words, NDArray[np.int32]]]) -> None:
        """Writes the words of several segments as those of one; no text is read.

        Args:
            path: where to.
            parts: the words of each, and the new row of each of its rows, rising; -1: it goes.
        """
        hashes, first_of = np.unique(np.concatenate([words.hashes for words, _ in parts]), return_index=True)
        blocks = list[_Block]()
        for words, new in parts:
            stay = new[words.rows] >= 0
            begun = np.concatenate([[0], np.cumsum(stay)])
            own = begun[words.first[1:]] - begun[words.first[:-1]]
            place = np.searchsorted(hashes, words.hashes)
            blocks.append(_Block(place, own, new[words.rows[stay]], words.codes[stay]))
        counts, rows, codes = _joined(blocks, len(hashes))
        spelt = [term for words, _ in parts for term in words.terms()]
        left = np.flatnonzero(counts)
        lengths = np.concatenate([words.lengths[new >= 0] for words, new in parts])
        _write(path, hashes[left], counts[left], rows, codes, lengths, [spelt[i] for i in first_of[left].tolist()])

    def terms(self) -> list[bytes]:
        """Returns the terms in the order of their hashes."""
        return self.spelt.tobytes().split(b"\n")[1:]

    def find(self, hashes: NDArray[np.uint64]) -> list[slice]:
        """Returns for each term where its passages are in `rows`; an empty slice where there are none."""
        if not len(self.hashes):
            return [slice(0, 0)] * len(hashes)
        at = np.minimum(np.searchsorted(self.hashes, hashes), len(self.hashes) - 1)
        stop = np.where(self.hashes[at] == hashes, self.first[at + 1], self.first[at])
        return [slice(first, last) for first, last in zip(self.first[at].tolist(), stop.tolist(), strict=True)]


@dataclass(frozen=True, slots=True)
class _Block:
    """The postings of some passages: of each of these terms so many, one term after the other."""

    terms: NDArray[np.integer]  # numbers, each once
    counts: NDArray[np.integer]
    rows: NDArray[np.int32]  # rising for each term
    codes: NDArray[np.uint16]


def _joined(blocks: list[_Block], terms: int) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint16]]:
    """Returns of blocks, whose rows rise from one to the next, counts by term, rows and codes; uses them up."""
    counts = np.zeros(terms, np.int64)
    for block in blocks:
        counts[block.terms] += block.counts
    fill = np.cumsum(counts) - counts
    rows, codes = np.empty(int(counts.sum()), np.int32), np.empty(int(counts.sum()), np.uint16)
    for block in iter(lambda: blocks.pop(0) if blocks else None, None):  # each goes when its postings are placed
        first = fill[block.terms] - (np.cumsum(block.counts) - block.counts)
        at = np.repeat(first, block.counts) + np.arange(len(block.rows))
        rows[at], codes[at] = block.rows, block.codes
        fill[block.terms] += block.counts
    return counts, rows, codes


def write_words(path: Path, passages: Iterable[str]) -> None:
    """Writes the words of a segment; item i is the terms of row i, joined by spaces."""
    numbers: dict[str, int] = {}
    blocks, lengths = list[_Block](), [np.empty(0, np.int64)]
    left, start = iter(passages), 0
    while texts := [joined.split() for joined in islice(left, _BLOCK)]:
        own = np.fromiter(map(len, texts), np.int64, len(texts))
        terms = (numbers.setdefault(term, len(numbers)) for text in texts for term in text)
        of = np.repeat(np.arange(len(texts)), own)
        key, times = np.unique(np.fromiter(terms, np.int64, len(of)) << 32 | of, return_counts=True)
        term, counts = np.unique(key >> 32, return_counts=True)
        row = (key & 0xFFFFFFFF).astype(np.int32)
        code = (np.searchsorted(LENGTHS, own, side="right") - 1)[row]
        codes = (np.minimum(times, MOST_TIMES) << 8 | code).astype(np.uint16)
        blocks.append(_Block(term.astype(np.int32), counts.astype(np.int32), row + np.int32(start), codes))
        lengths.append(own)
        start += len(texts)
    hashes = np.array([term_hash(term) for term in numbers], np.uint64)
    order = np.argsort(hashes)
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order))
    placed = [_Block(place[block.terms], block.counts, block.rows, block.codes) for block in blocks]
    blocks.clear()
    counts, rows, codes = _joined(placed, len(order))
    spelt = list(numbers)
    _write(path, hashes[order], counts, rows, codes, np.concatenate(lengths),
           [spelt[i].encode() for i in order.tolist()])  # fmt: skip


@lru_cache(100_000)
def term_hash(term: str) -> int:
    """Returns 64 bits: two of a million terms are one with a chance of 3e-8."""
    return int.from_bytes(hashlib.blake2b(term.encode(), digest_size=8).digest())


def _padded(size: int) -> int:
    return -(-size // 64) * 64


def _write(
    path: Path, hashes: NDArray[np.uint64], counts: NDArray[np.int64], rows: NDArray[np.int32],
    codes: NDArray[np.uint16], lengths: NDArray[np.integer], spelt: Sequence[bytes],
) -> None:  # fmt: skip
    first = np.concatenate([[0], np.cumsum(counts)])
    letters = np.frombuffer(b"".join(b"\n" + term for term in spelt), np.uint8)
    arrays = [
        np.ascontiguousarray(array, kind)
        for array, kind in zip((hashes, first, rows, codes, lengths, letters), _ARRAYS.values(), strict=True)
    ]
    with path.open("wb") as file:
        file.write(json.dumps([len(array) for array in arrays]).encode().ljust(_HEAD))
        for array in arrays:
            file.write(array.data)
            file.write(bytes(_padded(array.nbytes) - array.nbytes))
