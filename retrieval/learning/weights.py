"""Makes the shipped weights of the answerer: what makes a sentence an answer, and when the articles do not say."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.updating.build import Progress
from retrieval.answering.weights import ACROSS, SMALL, Features, Weights
from retrieval.learning.examples import Example, all_lessons, examples
from retrieval.learning.reader.held_out import HeldOut
from retrieval.learning.sets import DataError

SENTENCE = ("cosine_z", "words_z", "passage_z", "first", "position", "kind", "asks", "numbers", "names")
READ_SENTENCE = ("read", "read_passage", "read_both")
ANSWERABLE = (
    "sentence", "passage", "sentence_z", "passage_z", "coverage", "other_language", "chosen", "words", "names",
    "numbers", "kind", "unfit", "score", "margin", "names_nothing", "passage_words", "rarest", "lead", "fused",
    "size", "small",
    *(f"{name}_small" for name in SMALL), *(f"{name}_across" for name in ACROSS),
)  # fmt: skip
READ_ANSWERABLE = ("read_most", "read_some", "read_passage", "read_sentence")
_AS_GOOD = 0.01  # share of the best mean of balanced accuracies that counts for nothing
_TURNS = 2


def train_weights(
    sets: Sequence[Path],
    work: Path,
    before: Weights,
    reader: HeldOut | None = None,
    progress: Progress | None = None,
) -> tuple[Weights, list[Example]]:
    """Returns the answerer's weights, with those for passages that were read, and the examples of the last fit.

    What the features of "answerable" say depends on which sentence is ranked first, so with a reader both are learned
    in two turns, from the questions that it has not learned.
    """
    weights = train_answerer(found := examples(all_lessons(sets, work, progress), before), before)
    if reader is None:
        return replace(weights, reading=before.reading, sure=before.sure), found
    reading = replace(weights, reading=None, sure=(0.0, 1.0))
    for _ in range(_TURNS):
        seen = replace(weights, reading=reading, sure=(0.0, 1.0))
        found = examples(all_lessons(sets, work, progress), seen, reader)
        reading = train_answerer(found, reading, read=True)
    return replace(weights, reading=reading, sure=before.sure), found


def train_answerer(found: Sequence[Example], before: Weights, *, read: bool = False) -> Weights:
    """Returns weights learned from these examples by logistic regression; with `read` also of what a reader saw.

    Sentences: every question counts the same, right and wrong sentences of it too. Answerable: every set counts
    the same, and within it answerable and unanswerable questions. The threshold is the lowest whose mean of the sets'
    balanced accuracies is within a hundredth of the best.
    """
    rows = [
        (e, f, r) for e in found if e.answerable and any(e.right) for f, r in zip(e.sentences, e.right, strict=True)
    ]
    if not rows or all(e.answerable for e in found) or not any(e.answerable for e in found):
        raise DataError("the sets hold no answerable or no unanswerable questions; both are needed")
    share = [1 / e.right.count(right) for e, _, right in rows]
    names = SENTENCE + (READ_SENTENCE if read else ())
    sentence = _fit([f for _, f, _ in rows], [r for _, _, r in rows], share, names)
    sentence.pop("intercept")
    counts = Counter((e.set_name, e.answerable) for e in found)
    answerable = _fit(
        [e.features for e in found],
        [e.answerable for e in found],
        [e.weight / counts[e.set_name, e.answerable] for e in found],
        ANSWERABLE + (READ_ANSWERABLE if read else ()),
    )
    threshold = _threshold(found, answerable)
    return replace(before, sentence=sentence, answerable=answerable, threshold=threshold)


def save_weights(weights: Weights, path: Path) -> None:
    """Writes weights so that a person can read them."""
    path.write_text(json.dumps(_record(weights), indent=1) + "\n", encoding="utf-8")


def _record(weights: Weights) -> dict[str, Any]:
    record = {
        "sentence": weights.sentence, "answerable": weights.answerable, "threshold": weights.threshold,
        "margin": weights.margin,
    }  # fmt: skip
    if weights.reading is None:
        return record
    return record | {"sure": weights.sure, "reading": _record(weights.reading)}


def balanced(found: Sequence[Example], weights: Mapping[str, float], threshold: float) -> dict[str, float]:
    """Returns the balanced accuracy of refusing by set."""
    right: dict[tuple[str, bool], list[bool]] = defaultdict(list)
    for e, probability in zip(found, _probabilities(found, weights), strict=True):
        right[e.set_name, e.answerable].append(bool((probability >= threshold) == e.answerable))
    names = sorted({e.set_name for e in found})
    return {name: float(np.mean([np.mean(right[name, a]) for a in (True, False) if right[name, a]])) for name in names}


def _fit(
    features: Sequence[Features], labels: Sequence[bool], sample_weights: Sequence[float], names: Sequence[str]
) -> dict[str, float]:
    """Returns name -> weight and "intercept" of a logistic regression on standardised features, in their own units."""
    from sklearn.linear_model import LogisticRegression

    table = np.array([[f[name] for name in names] for f in features])
    mean, deviation = table.mean(axis=0), np.maximum(table.std(axis=0), 1e-9)
    scale = len(labels) / sum(sample_weights)
    model = LogisticRegression(C=0.3, max_iter=2000)
    model.fit((table - mean) / deviation, np.array(labels), np.array(sample_weights) * scale)
    weights = model.coef_[0] / deviation
    intercept = float(model.intercept_[0] - (weights * mean).sum())
    return {"intercept": round(intercept, 4), **{n: round(float(w), 4) for n, w in zip(names, weights, strict=True)}}


def _probabilities(found: Sequence[Example], weights: Mapping[str, float]) -> NDArray[np.float64]:
    logits = np.array([sum(w * e.features[name] for name, w in weights.items()) for e in found])
    return np.asarray(1 / (1 + np.exp(-logits)))


def _threshold(found: Sequence[Example], weights: Mapping[str, float]) -> float:
    steps = np.arange(0.05, 0.96, 0.01)
    share = {e.set_name: e.weight for e in found}
    accuracies = [balanced(found, weights, float(t)) for t in steps]
    means = np.array([sum(share[name] * accuracy for name, accuracy in of.items()) for of in accuracies])
    smooth = np.convolve(np.pad(means, 2, mode="edge"), np.ones(5) / 5, mode="valid")  # no lucky single step
    # the lowest that is as good: a wrong answer shows its quote, an answer that was kept back shows nothing
    return round(float(steps[int(np.argmax(smooth >= smooth.max() * (1 - _AS_GOOD)))]), 2)
