"""How sure an answer is, against how often it is right: the whole curve of refusing, and a reliability table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Unpack

from retrieval.answering.answer import verified
from retrieval.answering.extract import extract
from retrieval.answering.weights import Weights
from retrieval.learning.evaluation import Options, confidence, each_question, is_right

THRESHOLDS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_BINS = 10


@dataclass(frozen=True, slots=True)
class Judged:
    """A question as it would be answered if nothing that can be answered were refused."""

    answerable: bool
    probability: float  # that the articles hold the answer
    answered: bool  # a sentence fits
    right: bool  # a gold answer stands in the first 600 characters


def judge(folder: Path, work: Path, *, limit: int | None = None, **options: Unpack[Options]) -> list[Judged]:
    """Returns the questions of a set, but for small talk, with what would be answered; arguments as for `evaluate`."""
    weights = Weights.load()
    reading = replace(weights.reading, threshold=0.0) if weights.reading else None
    everything = replace(weights, threshold=0.0, reading=reading)
    found = []
    for qa, question in each_question(folder, work, limit=limit, **options):
        understood = qa.understand(question.text, question.conversation(), question.today)
        results = qa.retrieve(understood).results
        if results is None:
            continue
        told = extract(results, qa.generation, reader=qa.reader)
        extracted = told if told.drafts else extract(results, qa.generation, everything, qa.reader)
        written = verified(extracted.drafts, qa.generation.article)
        right = is_right(question, written.text)
        found.append(Judged(question.answerable, told.probability, bool(written.citations), right))
    return found


def curve(judged: Sequence[Judged]) -> list[dict[str, float]]:
    """Returns answered, refused, balanced and answer@600 by the threshold from which on it is answered."""
    held, other = [j for j in judged if j.answerable], [j for j in judged if not j.answerable]
    rows = []
    for threshold in THRESHOLDS:
        answered = _mean([j.answered and j.probability >= threshold for j in held])
        refused = _mean([not (j.answered and j.probability >= threshold) for j in other])
        right = _mean([j.right and j.probability >= threshold for j in held])
        rows.append(
            {"threshold": threshold, "answered": answered, "refused": refused,
             "balanced": (answered + refused) / 2, "answer@600": right}
        )  # fmt: skip
    return rows


def reliability(judged: Sequence[Judged]) -> list[dict[str, float]]:
    """Returns, by tenths of the probability told, how many questions got it and how many of them were answerable."""
    bins: list[list[Judged]] = [[] for _ in range(_BINS)]
    for j in judged:
        bins[min(int(j.probability * _BINS), _BINS - 1)].append(j)
    rows = []
    for number, inside in enumerate(bins):
        share = _mean([j.answerable for j in inside])
        low, high = confidence(share, len(inside))
        rows.append(
            {"from": number / _BINS, "to": (number + 1) / _BINS, "questions": len(inside),
             "told": _mean([j.probability for j in inside]), "answerable": share, "low": low, "high": high}
        )  # fmt: skip
    return rows


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
