"""Makes the weights of the answerer: which sentence answers, how surely, and when the articles do not say."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.article import Progress, no_progress
from retrieval.answering.candidates import Candidate
from retrieval.answering.evidence import Evidence, Seen, see, weigh
from retrieval.answering.readings import PassageReader
from retrieval.answering.weights import Features, Weights
from retrieval.learning.gold import is_right_sentence
from retrieval.learning.lessons import Lesson, all_lessons
from retrieval.learning.sets import DataError, Question

SENTENCE, READ_SENTENCE = ("cosine_z", "words_z", "passage_z", "first", "kind", "denial"), ("read", "headline")
ANSWERABLE = (
    "sentence", "passage", "rarest", "other_language", "sentence_across", "passage_across", "size", "small",
    "coverage", "score", "kind", "names",
)  # fmt: skip
UNREAD_ANSWERABLE, READ_ANSWERABLE = ("sentence_small", "coverage_small"), (
    "read", "read_passage", "seen", "unlike", "seen_across", "coverage_across", "between", "between_across",
)  # fmt: skip
RIGHT, READ_RIGHT = ("share", "holds", "cosine_z"), ("agreement",)
_AS_GOOD = 0.01  # share of the best mean of balanced accuracies that counts for nothing
_L2 = 0.01  # on the weights of standardised features, of a sentence's score


@dataclass(frozen=True, slots=True)
class Observed:
    """One labelled question with what the answerer sees of it."""

    set_name: str
    weight: float  # as of its lesson
    question: Question
    seen: Seen

    def right(self, sentences: Iterable[Candidate]) -> list[bool]:
        """Returns of each of these sentences whether it holds a gold answer."""
        return [self.question.answerable and is_right_sentence(self.question, each) for each in sentences]


def examples(
    lessons: Iterable[Lesson], reader: PassageReader | None = None, learned: Container[str] = ()
) -> list[Observed]:
    """Returns the questions with what the answerer sees of them; not those that the reader has learned."""
    found = []
    for lesson in lessons:
        set_name, weight, qa, question = lesson
        if question.text in learned:
            continue
        results = qa.retrieve(qa.understand(question.text, question.conversation(), question.today)).results
        if results:  # small talk searches nothing
            found.append(Observed(set_name, weight, question, see(results, qa.generation, reader)))
    return found


def train_weights(
    sets: Sequence[Path],
    work: Path,
    before: Weights,
    reader: PassageReader | None = None,
    learned: Container[str] = (),
    progress: Progress = no_progress,
) -> tuple[Weights, list[Observed]]:
    """Returns the answerer's weights, with those for passages that were read, and the examples.

    Args:
        sets: folders of labelled questions.
        work: where their indexes are kept.
        before: whose limits are kept.
        reader: that reads passages; None: nothing is read.
        learned: questions that the reader has learned: what it sees of them says nothing of others.
        progress: called with (what is being done, done so far, in all).
    """
    found = examples(all_lessons(sets, work, progress), reader, learned)
    unread = [replace(example, seen=example.seen.unread()) for example in found]
    weights = train_answerer(unread, before, read=False)
    reading = train_answerer(found, before.reading or before, read=True) if reader else before.reading
    return replace(weights, reading=reading), found


def train_answerer(found: Sequence[Observed], before: Weights, *, read: bool) -> Weights:
    """Returns weights learned from these examples; with `read` also of what a reader saw.

    Each step sees what those before make of the examples: which sentence is best, whether the articles hold the
    answer, whether the sentence gives it. Every set counts the same, and within it answerable and unanswerable
    questions. The threshold is the lowest whose mean of the sets' balanced accuracies is within a hundredth of the
    best; the other limits are the ones of before.
    """
    if all(e.question.answerable for e in found) or not any(e.question.answerable for e in found):
        raise DataError("the sets hold no answerable or no unanswerable questions; both are needed")
    more = (READ_SENTENCE, READ_ANSWERABLE, READ_RIGHT) if read else ((), UNREAD_ANSWERABLE, ())
    sentence, answerable, right = (a + b for a, b in zip((SENTENCE, ANSWERABLE, RIGHT), more, strict=True))
    weights = replace(before, sentence=_rank(found, sentence), reading=None)
    counts = Counter((e.set_name, e.question.answerable) for e in found)
    shares = [e.weight / counts[e.set_name, e.question.answerable] for e in found]
    told = [weigh(e.seen, weights) for e in found]
    weights = replace(
        weights, answerable=_fit([t.features for t in told], [e.question.answerable for e in found], shares, answerable)
    )
    told = [weigh(e.seen, weights) for e in found]
    judged = {e.set_name for e in found if any(e.right(e.seen.choices))}  # long answers are in none
    rows = [
        (features, is_right, share)
        for e, t, share in zip(found, told, shares, strict=True)
        if e.set_name in judged
        for features, is_right in zip(t.sentences, e.right(c for _, c in t.fitting), strict=False)
    ]
    features, labels, of_rows = zip(*rows, strict=True)
    return replace(weights, right=_fit(features, labels, of_rows, right), threshold=_threshold(found, told))


def save_weights(weights: Weights, path: Path) -> None:
    """Writes weights so that a person can read them."""
    path.write_text(json.dumps(_record(weights), indent=1) + "\n", encoding="utf-8")


def _record(weights: Weights) -> dict[str, Any]:
    record = {
        "sentence": weights.sentence, "answerable": weights.answerable, "right": weights.right,
        "threshold": weights.threshold, "least": weights.least, "further": weights.further, "near": weights.near,
    }  # fmt: skip
    return record | ({"reading": _record(weights.reading)} if weights.reading else {})


def balanced(found: Sequence[Observed], weights: Weights) -> dict[str, float]:
    """Returns the balanced accuracy of refusing by set."""
    return _balanced(found, [weigh(e.seen, weights) for e in found], weights.threshold)


def _balanced(found: Sequence[Observed], told: Sequence[Evidence], threshold: float) -> dict[str, float]:
    right: dict[tuple[str, bool], list[bool]] = defaultdict(list)
    for e, t in zip(found, told, strict=True):
        right[e.set_name, e.question.answerable].append((t.probability >= threshold) == e.question.answerable)
    names = sorted({e.set_name for e in found})
    return {name: float(np.mean([np.mean(right[name, a]) for a in (True, False) if right[name, a]])) for name in names}


def _rank(found: Sequence[Observed], names: Sequence[str]) -> dict[str, float]:
    """Returns the weights with which a right sentence is ranked before the others of its question.

    The share of exp(score) that right sentences have among all of a question is made as large as may be, over the
    questions that have any; every set counts the same.
    """
    from scipy.optimize import minimize

    tables, right, share = [], [], []
    # the same questions are asked of few articles, too
    whole = [e for e in found if e.question.answerable and e.weight == 1]
    counts = Counter(e.set_name for e in whole)
    for example in whole:
        choices = example.seen.choices
        of_example = np.array(example.right(choices), dtype=bool)
        if of_example.any() and not of_example.all():
            tables.append(np.array([[c.features[name] for name in names] for c in choices]))
            right.append(of_example)
            share.append(1 / counts[example.set_name])
    if not tables:
        raise DataError("no question of the sets has a right sentence among those found")
    together = np.concatenate(tables)
    deviation = np.maximum(together.std(axis=0), 1e-9)
    tables = [table / deviation for table in tables]

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        value, gradient = _L2 * float(weights @ weights) / 2, _L2 * weights
        for table, is_right, part in zip(tables, right, np.array(share) / sum(share), strict=True):
            scores = table @ weights
            shares = np.exp(scores - scores.max())
            shares /= shares.sum()
            held = float(shares[is_right].sum())
            value -= part * math.log(held)
            gradient = gradient + part * ((shares - np.where(is_right, shares / held, 0.0)) @ table)
        return value, gradient

    learned = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B").x / deviation
    return {name: round(float(weight), 4) for name, weight in zip(names, learned, strict=True)}


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


def _threshold(found: Sequence[Observed], told: Sequence[Evidence]) -> float:
    steps = np.arange(0.05, 0.96, 0.01)
    share = {e.set_name: e.weight for e in found if e.question.answerable}
    accuracies = [_balanced(found, told, float(t)) for t in steps]
    means = np.array(
        [sum(share[name] * accuracy for name, accuracy in of.items() if name in share) for of in accuracies]
    )
    smooth = np.convolve(np.pad(means, 2, mode="edge"), np.ones(5) / 5, mode="valid")  # no lucky single step
    # the lowest that is as good: a wrong answer shows its quote, an answer that was kept back shows nothing
    return round(float(steps[int(np.argmax(smooth >= smooth.max() * (1 - _AS_GOOD)))]), 2)
