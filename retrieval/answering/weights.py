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
# features that mean something else across languages, and in a small index
ACROSS = ("sentence", "passage", "sentence_z", "passage_z", "coverage", "names", "margin")
SMALL = ("sentence", "passage_z", "coverage")


@dataclass(frozen=True, slots=True)
class Weights:
    """What `articlebot train answers` learned; weights.json, readable."""

    sentence: Mapping[str, float]  # feature -> weight of "this sentence holds the answer"
    answerable: Mapping[str, float]  # feature -> weight of "the articles hold the answer"; "intercept" too
    threshold: float  # of the probability, from which on it is answered
    margin: float  # a further sentence may score this much less than the best
    reading: Weights | None = None  # the same once the best passages were read
    sure: tuple[float, float] = (0.0, 1.0)  # below and above these probabilities nothing is read

    @classmethod
    @lru_cache(maxsize=1)
    def load(cls) -> Weights:
        """Reads the shipped file."""
        return cls.of(json.loads(WEIGHTS_FILE.read_text(encoding="utf-8")))

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Weights:
        """Returns the weights of a record as the file has it."""
        reading = record.get("reading")
        sure = tuple(record.get("sure", (0.0, 1.0)))
        return cls(**{**record, "reading": cls.of(reading) if reading else None, "sure": sure})


def weighed(features: Features, weights: Mapping[str, float]) -> float:
    """Returns the weighted sum of the features that have a weight."""
    return sum(weight * features[name] for name, weight in weights.items())


def logistic(x: float) -> float:
    """Returns 1 / (1 + e^-x)."""
    return 1 / (1 + math.exp(-max(min(x, 40.0), -40.0)))
