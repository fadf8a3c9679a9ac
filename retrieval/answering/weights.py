"""The learned weights of answering: read from their file, applied."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

Features: TypeAlias = dict[str, float]  # name -> value

WEIGHTS_FILE = Path(__file__).with_name("weights.json")


@dataclass(frozen=True, slots=True)
class Weights:
    """What `articlebot train answers` learned; weights.json, readable."""

    sentence: Mapping[str, float]  # feature -> weight of a sentence's score, by which it is ranked
    answerable: Mapping[str, float]  # feature -> weight of "the articles hold the answer"; "intercept" too
    right: Mapping[str, float]  # feature -> weight of "this sentence answers"; "intercept" too
    threshold: float  # of the probability that the articles hold it, from which on it is answered
    least: float  # of the probability that the first sentence answers, likewise
    further: float  # of the probability that a further sentence answers, from which on it is shown
    near: float  # of the first sentence's, from which on it is told as the nearest where nothing is answered
    reading: Weights | None = None  # the same once the best passages were read

    @classmethod
    @lru_cache(maxsize=1)
    def load(cls) -> Weights:
        """Reads the shipped file."""
        return cls.of(json.loads(WEIGHTS_FILE.read_text(encoding="utf-8")))

    def where_read(self, was_read: bool) -> Weights:
        """Returns those for a question whose best passages were read, where they were and there are such."""
        return self.reading if was_read and self.reading else self

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Weights:
        """Returns the weights of a record as the file has it."""
        reading = record.get("reading")
        return cls(**{**record, "reading": cls.of(reading) if reading else None})


def weighed(features: Features, weights: Mapping[str, float]) -> float:
    """Returns the weighted sum of the features that have a weight."""
    return sum(weight * features[name] for name, weight in weights.items())


def logistic(x: float) -> float:
    """Returns 1 / (1 + e^-x)."""
    return 1 / (1 + math.exp(-max(min(x, 40.0), -40.0)))


def logit(probability: float) -> float:
    """Returns the log odds of a probability, which 0 and 1 have too."""
    bounded = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(bounded / (1 - bounded))
