"""How sure figures are, and what the probabilities that answers tell are worth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

THRESHOLDS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_BINS = 10
_RESAMPLES = 1_000
_LOW, _HIGH = 2.5, 97.5  # per cent


@dataclass(frozen=True, slots=True)
class Judged:
    """A question as it would be answered if nothing that can be answered were refused."""

    answerable: bool
    probability: float  # that the articles hold the answer
    answered: bool  # a sentence fits
    right: bool  # a gold answer stands in the first 600 characters


def curve(judged: Sequence[Judged]) -> list[dict[str, float]]:
    """Returns answered, refused, balanced and answer@600 by the threshold from which on it is answered."""
    held, other = [j for j in judged if j.answerable], [j for j in judged if not j.answerable]
    rows = []
    for threshold in THRESHOLDS:
        answered = mean([j.answered and j.probability >= threshold for j in held]) or 0.0
        refused = mean([not (j.answered and j.probability >= threshold) for j in other]) or 0.0
        right = mean([j.right and j.probability >= threshold for j in held]) or 0.0
        rows.append(
            {"threshold": threshold, "answered": answered, "refused": refused,
             "balanced": (answered + refused) / 2, "answer@600": right}
        )  # fmt: skip
    return rows


def reliability(judged: Sequence[Judged]) -> list[dict[str, float]]:
    """Returns, by tenths of the probability told, how many questions got it and how many of them were answerable."""
    return by_tenths([(j.probability, j.answerable) for j in judged], "answerable")


def by_tenths(told: Sequence[tuple[float, bool]], came: str) -> list[dict[str, float]]:
    """Returns, by tenths of the probability told, how often it was told and the share in which it came true.

    Args:
        told: each probability, and whether it came true.
        came: what that share is called.
    """
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(_BINS)]
    for each in told:
        bins[min(int(each[0] * _BINS), _BINS - 1)].append(each)
    rows = []
    for number, inside in enumerate(bins):
        share = mean([is_true for _, is_true in inside]) or 0.0
        low, high = confidence(share, len(inside))
        rows.append(
            {"from": number / _BINS, "to": (number + 1) / _BINS, "questions": len(inside),
             "told": mean([probability for probability, _ in inside]) or 0.0, came: share, "low": low, "high": high}
        )  # fmt: skip
    return rows


def confidence(share: float, count: int) -> tuple[float, float]:
    """Returns Wilson's 95 % interval of a share of `count` (E. B. Wilson, JASA 22, 1927)."""
    if not count:
        return 0.0, 1.0
    z = 1.959964
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return max(centre - half, 0.0), min(centre + half, 1.0)


def resampled(pairs: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Returns the 95 % interval of sum / sum of these pairs, one a question: a bootstrap, the same every time.

    Questions are drawn, not sentences or words: those of one answer stand or fall together.
    """
    over, under = np.array(pairs, dtype=float).T
    drawn = np.random.default_rng(0).integers(len(pairs), size=(_RESAMPLES, len(pairs)))
    sums, wholes = over[drawn].sum(axis=1), under[drawn].sum(axis=1)
    ratios = sums[wholes > 0] / wholes[wholes > 0]
    low, high = np.percentile(ratios, [_LOW, _HIGH])
    share = over.sum() / under.sum()
    return float(min(low, share)), float(max(high, share))


def mean(values: Sequence[float]) -> float | None:
    """Returns the mean; None of nothing."""
    return sum(values) / len(values) if values else None
