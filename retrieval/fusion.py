"""Makes one score of a passage's three: how its scores spread over the index, and how far to listen to which."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from index.generation import Generation

if TYPE_CHECKING:
    from retrieval.query import Query

FUSION_FILE = Path(__file__).with_name("fusion.json")
SAMPLE = 300  # passages whose scores give mean and deviation


@dataclass(frozen=True, slots=True)
class Fusion:
    """What `articlebot train fusion` chose; fusion.json, readable.

    fused = cosine z(cosine) + sentence z(best sentence's cosine) + lexical g z(BM25), and then a passage gains
    `neighbour` times what the better of the two passages beside it is ahead of it: a question about a long text
    is about more than 800 characters of it. A follow-up adds `before` times the same score of the question and
    the ones that it leans on together.

    Mean and deviation of each z come from a fixed sample of about 300 passages, so that the sides are comparable;
    the gate g opens with the share of the question's idf mass (rare words, names, numbers) that the articles
    hold. It closes on a question in another language, or about another subject, where BM25 only has frequent
    words to go by. Reciprocal rank fusion, which cannot know that, reaches 0.57 on XQuAD, this 0.95.
    """

    cosine: float
    sentence: float
    lexical: float
    gate_from: float  # coverage from which on words count
    gate_to: float  # coverage from which on they count in full
    neighbour: float
    before: float

    @classmethod
    @lru_cache(maxsize=1)
    def load(cls) -> Fusion:
        """Reads the shipped file."""
        return cls(**json.loads(FUSION_FILE.read_text(encoding="utf-8")))

    def save(self, path: Path = FUSION_FILE) -> None:
        """Writes the constants so that a person can read them."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    def gate(self, coverage: float) -> float:
        """Returns how far to listen to words: 0 up to a coverage of `gate_from`, 1 from `gate_to` on."""
        return min(max((coverage - self.gate_from) / (self.gate_to - self.gate_from), 0.0), 1.0)

    def fuse(self, scores: Sequence[Scores], follows: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Returns one score a passage, (n,).

        Args:
            scores: of n passages in the order of the index: for the question and, where it leans on earlier
                ones, for all of them together.
            follows: (n - 1,) whether passage i + 1 goes on in the same article where passage i ends.
        """
        fused = self._alone(scores[0])
        for leaning in scores[1:]:
            fused = fused + self.before * self._alone(leaning)
        return self._with_neighbours(fused, follows)

    def _alone(self, scores: Scores) -> NDArray[np.float32]:
        lexical = self.lexical * self.gate(scores.coverage)
        fused = self.cosine * scores.cosine_z + self.sentence * scores.sentence_z + lexical * scores.bm25_z
        return np.asarray(fused, np.float32)

    def _with_neighbours(self, fused: NDArray[np.float32], follows: NDArray[np.bool_]) -> NDArray[np.float32]:
        best = fused.copy()
        np.maximum(best[1:], np.where(follows, fused[:-1], -np.inf), out=best[1:])
        np.maximum(best[:-1], np.where(follows, fused[1:], -np.inf), out=best[:-1])
        return fused + self.neighbour * (best - fused)


@dataclass(frozen=True, slots=True)
class Scores:
    """What one query gives to n passages, in the order of the index."""

    cosine: NDArray[np.float32]  # (n,)
    cosine_z: NDArray[np.float32]
    sentence: NDArray[np.float32]  # cosine of the best sentence
    sentence_z: NDArray[np.float32]
    bm25: NDArray[np.float32]
    bm25_z: NDArray[np.float32]
    coverage: float  # of the query, see Query


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
    def of(cls, generation: Generation, usual: Scales = USUAL) -> Sample:
        """Returns the sample of a generation that holds at least one passage."""
        count = generation.vectors.count
        rows = np.linspace(0, count - 1, min(SAMPLE, count)).astype(np.int64)
        sentences, first_sentences = generation.sentence_vectors_of(rows)
        counted = [Counter(generation.terms(row)) for row in rows]
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
        """BM25 of the sampled passages as tantivy computes it but for its rounding of lengths to a byte."""
        scores = np.zeros(len(self.passages), np.float32)
        for searched, idf in query.terms.items():
            if searched in self.counts:
                held, counts = self.counts[searched]
                scores[held] += idf * counts * 2.2 / (counts + 1.2 * (0.25 + 0.75 * self.relative_lengths[held]))
        return scores


def _by_term(counted: Sequence[Counter[str]]) -> dict[str, tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """Returns, for each term, the passages that hold it and how often each does."""
    found: dict[str, dict[int, int]] = {}
    for number, counts in enumerate(counted):
        for term, count in counts.items():
            found.setdefault(term, {})[number] = count
    return {t: (np.array(list(at), np.int64), np.array(list(at.values()), np.float32)) for t, at in found.items()}
