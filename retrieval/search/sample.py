"""How the scores of passages spread over an index: a sample, and what is usual where there are few."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from index.store.generation import Generation

if TYPE_CHECKING:
    from retrieval.search.query import Query

SAMPLE = 300  # passages whose scores give mean and deviation


@dataclass(frozen=True, slots=True)
class Scale:
    """Mean and standard deviation of a score over the sample of passages."""

    mean: float
    deviation: float

    @classmethod
    def of(cls, scores: NDArray[np.float32], usual: Scale) -> Scale:
        """Pools the sample with 30 scores spread as is usual: four passages alone say little of what is far off."""
        count, mean = len(scores), float(scores.mean()) if len(scores) else usual.mean
        pooled = (count * mean + _USUAL_COUNT * usual.mean) / (count + _USUAL_COUNT)
        squares = count * (float(scores.var()) + (mean - pooled) ** 2) if count else 0.0
        squares += _USUAL_COUNT * (usual.deviation**2 + (usual.mean - pooled) ** 2)
        return cls(pooled, math.sqrt(squares / (count + _USUAL_COUNT)))

    def z(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Returns how many deviations each score is above the mean."""
        return (scores - self.mean) / self.deviation


_USUAL_COUNT = 30
Scales: TypeAlias = tuple[Scale, Scale, Scale]  # of cosine, best sentence's cosine and BM25
USUAL: Scales = (Scale(0.16, 0.07), Scale(0.20, 0.07), Scale(1.4, 1.7))


@dataclass(frozen=True, slots=True)
class Sample:
    """A fixed, evenly spaced sample of passages."""

    passages: NDArray[np.float32]
    sentences: NDArray[np.float32]
    first_sentences: NDArray[np.int64]  # of each passage, in `sentences`
    counts: dict[str, tuple[NDArray[np.int64], NDArray[np.float32]]]  # term -> passages that hold it, how often
    relative_lengths: NDArray[np.float32]  # terms of the passage by the mean of the sample
    usual: Scales  # how scores spread with this embedder, which the sample is pooled with

    @classmethod
    def of(cls, generation: Generation, usual: Scales) -> Sample:
        """Returns the sample of a generation that holds at least one passage."""
        count = generation.vectors.count
        rows = np.linspace(0, count - 1, min(SAMPLE, count)).astype(np.int64)
        sentences, first_sentences = generation.sentence_vectors_of(rows)
        counted = [Counter(terms) for terms in generation.terms_of(rows.tolist())]
        lengths = np.array([c.total() for c in counted], np.float32)
        return cls(
            passages=generation.vectors.rows(rows),
            sentences=sentences,
            first_sentences=first_sentences,
            counts=_by_term(counted),
            relative_lengths=lengths / max(float(lengths.mean()), 1.0),
            usual=usual,
        )

    def scales(self, query: Query) -> Scales:
        """Returns how cosine, best sentence's cosine and BM25 of this question spread over the sample."""
        sentences = np.maximum.reduceat(self.sentences @ query.vector, self.first_sentences)
        usual_cosine, usual_sentence, usual_bm25 = self.usual
        return (
            Scale.of(self.passages @ query.vector, usual_cosine),
            Scale.of(sentences, usual_sentence),
            Scale.of(self._bm25(query), usual_bm25),
        )

    def _bm25(self, query: Query) -> NDArray[np.float32]:
        """BM25 of the sampled passages as the index computes it, but for its rounding of lengths."""
        scores = np.zeros(len(self.passages), np.float32)
        for searched, idf in query.terms.items():
            if searched in self.counts:
                held, counts = self.counts[searched]
                scores[held] += idf * counts * 2.2 / (counts + 1.2 * (0.25 + 0.75 * self.relative_lengths[held]))
        return scores


def _by_term(counted: Sequence[Counter[str]]) -> dict[str, tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """Returns, for each term, the passages that hold it and how often each does."""
    counts_of: dict[str, dict[int, int]] = {}
    for number, counts in enumerate(counted):
        for term, count in counts.items():
            counts_of.setdefault(term, {})[number] = count
    return {t: (np.array(list(at), np.int64), np.array(list(at.values()), np.float32)) for t, at in counts_of.items()}
