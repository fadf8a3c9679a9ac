"""Makes one score of a passage's three: how its scores spread over the index, and how far to listen to which."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FUSION_FILE = Path(__file__).with_name("fusion.json")


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

    def save(self, path: Path) -> None:
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
