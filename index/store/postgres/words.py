"""The words of the passages in the database, and BM25 over those that hold the rare words of a question."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from index.store.postgres.database import Database
from index.store.postgres.numbering import Numbering
from index.store.segments.lexical import bm25_idf, bm25_weights
from index.store.segments.words import LENGTHS, MOST_TIMES, term_hash

_KEPT = 50_000  # frequencies of terms
_CANDIDATES = 500  # passages that are looked at, at least, where so many hold a word; fewer take more round trips
_MOST = 12_000  # and at most: beyond, the rest can only add what frequent words are worth
_FEW = 2_000  # passages of a filter that are all looked at
_ENTRY = np.dtype([("hash", ">u4"), ("times", "u1")])
_FREQUENCIES = (
    "SELECT term, sum(passages)::bigint FROM frequencies WHERE term = ANY(%s) AND generation <= %s GROUP BY term"
)
_BEGINNING = (
    "SELECT term, sum(passages)::bigint FROM frequencies WHERE term >= %s AND term < %s AND generation <= %s "
    "GROUP BY term HAVING sum(passages) > 0 ORDER BY term"
)
# as one record: thousands of them would take Python longer than the server
_JOINED = (
    "SELECT string_agg(int8send(passage), ''), string_agg(int4send(length), ''), "
    "string_agg(int4send(octet_length(counted)), ''), string_agg(counted, '') "
    "FROM (SELECT passage, length, counted FROM words WHERE {}) AS held"
)
_HOLDING = _JOINED.format("terms && %s::text[] LIMIT %s")
_THESE = _JOINED.format("passage = ANY(%s) AND terms && %s::text[]")


@dataclass
class PassageWords:
    """BM25 (k1 = 1.2, b = 0.75) over the passages of one generation."""

    database: Database
    numbering: Numbering
    generation: int
    lengths: int  # terms of all its passages
    _frequencies: dict[str, int] = field(default_factory=dict)
    _noting: threading.Lock = field(default_factory=threading.Lock)

    @property
    def count(self) -> int:
        """Number of passages."""
        return int(self.numbering.rows_before[-1])

    def look_up(self, terms: Collection[str]) -> None:
        """Finds out in one go how many passages hold each of these terms, which are asked for next."""
        self._of(terms)

    def document_frequency(self, term: str) -> int:
        """Number of passages that hold this term."""
        return self._of([term])[term]

    def terms_beginning(self, letters: str) -> list[tuple[str, int]]:
        """Returns the terms that begin with these letters, in order, and the number of passages that hold each."""
        found = self.database.rows(_BEGINNING, (letters, letters + chr(0x10FFFF), self.generation))
        return [(str(term), int(n)) for term, n in found]

    def search(
        self, terms: Sequence[str], k: int, *, among: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Returns rows and scores of the k best that hold any of the terms, best first, then by row.

        Passages that hold a rare word are looked at first, then those that hold the next one alone, as long as one of
        these could be among the best (MaxScore), or until very many were: then what is left out holds frequent words
        alone. Formula and rounding are those of an index in a folder.
        """
        wanted = max(k, 1)
        frequencies = self._of(terms)
        order = sorted((t for t in dict.fromkeys(terms) if frequencies[t]), key=lambda t: (frequencies[t], t))
        idf = bm25_idf(self.count, np.array([frequencies[t] for t in order], np.float64))
        rest = [*np.cumsum((idf * 2.2)[::-1])[::-1].tolist(), 0.0]  # what each term and all after it can bring
        rows, scores = np.empty(0, np.int64), np.empty(0)
        inside = np.flatnonzero(among) if among is not None else None
        if inside is not None and len(inside) <= _FEW:
            rows, scores = self._scored(order, idf, order, inside, among)
        else:
            looked, at = 0, 0
            while at < len(order) and looked < _MOST:
                if len(rows) >= wanted and np.partition(scores, -wanted)[-wanted] > rest[at]:
                    break
                taken, many = at, 0
                while at < len(order) and (many < _CANDIDATES or at == taken):
                    many += frequencies[order[at]]
                    at += 1
                if looked and looked + many > _MOST:
                    break
                looked += many
                more = self._scored(order, idf, order[taken:at], None, among)
                rows, first = np.unique(np.concatenate([rows, more[0]]), return_index=True)
                scores = np.concatenate([scores, more[1]])[first]
        best = np.lexsort((rows, -scores))[:wanted]
        return rows[best], scores[best].astype(np.float32)

    def _scored(
        self, terms: Sequence[str], idf: NDArray[np.float64], holding: Sequence[str], these: NDArray[np.int64] | None,
        among: NDArray[np.bool_] | None,
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:  # fmt: skip
        """Returns rows and scores of those passages that hold one of some terms; of these rows, where there are any."""
        if these is None:
            found = self.database.rows(_HOLDING, (list(holding), _MOST))
        else:
            found = self.database.rows(_THESE, (self.numbering.keys_of(these).tolist(), list(holding)))
        keys, lengths, sizes, counted = (part or b"" for part in found[0])
        rows = self.numbering.rows_of(np.frombuffer(keys, ">i8").astype(np.int64))
        good = (rows >= 0) if among is None else (rows >= 0) & among[rows]
        ends = np.cumsum(np.frombuffer(sizes, ">i4") // _ENTRY.itemsize)  # of the entries of each passage
        joined = np.frombuffer(counted, _ENTRY)
        hashes = joined["hash"].astype(np.uint32)
        codes = np.searchsorted(LENGTHS, np.frombuffer(lengths, ">i4"), side="right") - 1
        weights = bm25_weights(self.lengths / max(self.count, 1))
        scores = np.zeros(len(rows))
        for term, weight in zip(terms, idf.tolist(), strict=True):
            at = np.flatnonzero(hashes == term_hash(term) >> 32)
            of = np.searchsorted(ends, at, side="right")
            scores[of] += weights[joined["times"][at].astype(np.int64) << 8 | codes[of]] * weight
        return rows[good], scores[good]

    def _of(self, terms: Collection[str]) -> dict[str, int]:
        """Returns how many passages hold each term."""
        with self._noting:
            known = {term: self._frequencies[term] for term in terms if term in self._frequencies}
        lacking = sorted(set(terms) - known.keys())
        if lacking:
            found = {str(t): int(n) for t, n in self.database.rows(_FREQUENCIES, (lacking, self.generation))}
            known |= {term: found.get(term, 0) for term in lacking}
            with self._noting:
                if len(self._frequencies) > _KEPT:
                    self._frequencies.clear()
                self._frequencies.update(known)
        return known


def counted_terms(joined: str) -> tuple[int, list[str], bytes]:
    """Returns of the terms of a passage, joined by spaces: how many, each once, and how often each stands there."""
    terms = joined.split()
    counts = Counter(terms)
    entries = np.array([(term_hash(t) >> 32, min(n, MOST_TIMES)) for t, n in counts.items()], _ENTRY)
    return len(terms), list(counts), entries.tobytes()


def spelt_terms(terms: Sequence[str], counted: bytes) -> list[str]:
    """Returns the terms of a passage, each as often as it stands there."""
    times = np.frombuffer(counted, _ENTRY)["times"].tolist()
    return [term for term, n in zip(terms, times, strict=True) for _ in range(n)]
