"""What became of the questions of a set -> its metrics, how sure they are, and the whole curve of refusing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from retrieval.answering.answer import MARKER, Answer
from retrieval.learning.sets import DataError, Question
from retrieval.pipeline.generative import FAILED

THRESHOLDS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_BINS = 10


@dataclass(frozen=True, slots=True)
class Judged:
    """A question as it would be answered if nothing that can be answered were refused."""

    answerable: bool
    probability: float  # that the articles hold the answer
    answered: bool  # a sentence fits
    right: bool  # a gold answer stands in the first 600 characters


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question."""

    question: Question
    hit: bool
    answer: Answer
    right: bool  # found, and a gold answer in the first 600 characters
    cited: bool  # a citation overlaps a gold passage
    citations: int
    verbatim: int  # citations whose quote is verbatim in the article
    second: bool | None = None  # asked after another question it is answered the same; None: it is no such question
    judged: Judged | None = None  # None: small talk


@dataclass(slots=True)
class Report:
    """The outcomes of one set and their metrics; shares are None where there is nothing to share."""

    name: str
    outcomes: list[Outcome] = field(default_factory=list)
    prices: tuple[float, float] = (0.0, 0.0)  # of a million tokens into and out of a language model

    def metrics(self) -> dict[str, float | int | None]:
        """Returns counts, shares (0 to 1) and seconds by name, in the order to show them.

        With a language model also the sentences dropped, the questions that it failed at, the mean tokens of a
        question, the cost of all.
        """
        shares = {name: _mean(outcomes) for name, outcomes in self._shared().items()}
        second, answered, refused = shares.pop("second"), shares["answered"], shares["refused"]
        citations = sum(o.citations for o in self.outcomes)
        seconds = sorted(o.answer.seconds for o in self.outcomes)
        return {
            "questions": len(self.outcomes),
            "answerable": sum(o.question.answerable for o in self.outcomes),
            **shares,
            "balanced": None if answered is None or refused is None else (answered + refused) / 2,
            "second": second,
            "valid": sum(o.verbatim for o in self.outcomes) / citations if citations else None,
            "characters": _mean([len(MARKER.sub("", o.answer.text)) for o in self.outcomes if o.answer.found]),
            "p50": _percentile(seconds, 0.50),
            "p95": _percentile(seconds, 0.95),
        } | self._of_llm()

    def _of_llm(self) -> dict[str, float | int | None]:
        """Returns what a language model cost, and what of it was left out; nothing where none was asked."""
        usages = [o.answer.usage for o in self.outcomes if o.answer.usage]
        if not usages:
            return {}
        came_in, came_out = sum(u["input"] for u in usages), sum(u["output"] for u in usages)
        return {
            "dropped": sum(bool(sentence) for o in self.outcomes for sentence, _ in o.answer.dropped),
            "failed": sum(usage.get(FAILED, 0) for usage in usages),
            "tokens in": came_in / len(usages),
            "tokens out": came_out / len(usages),
            "cost": (came_in * self.prices[0] + came_out * self.prices[1]) / 1e6,
        }

    def intervals(self) -> dict[str, tuple[float, float]]:
        """Returns the 95 % interval of each share that was measured, by name."""
        shares = self._shared().items()
        found = {name: confidence(sum(told) / len(told), len(told)) for name, told in shares if told}
        balanced = self.metrics()["balanced"]
        if balanced is not None:  # of two independent shares
            halves = [(high - low) / 2 for low, high in (found["answered"], found["refused"])]
            half = math.hypot(*halves) / 2
            found["balanced"] = (max(balanced - half, 0.0), min(balanced + half, 1.0))
        return found

    def _shared(self) -> dict[str, list[bool]]:
        """Returns what each share is of: one for each question that counts."""
        held = [o for o in self.outcomes if o.question.answerable]
        return {
            "hit@4000": [o.hit for o in held],
            "answer@600": [o.right for o in held],
            "cited": [o.cited for o in held if o.answer.found],
            "answered": [o.answer.found for o in held],
            "refused": [not o.answer.found for o in self.outcomes if not o.question.answerable],
            "second": [o.second for o in self.outcomes if o.second is not None],
        }

    @property
    def judged(self) -> list[Judged]:
        """The questions, but for small talk, as they would be answered if none were refused."""
        return [o.judged for o in self.outcomes if o.judged]


def curve(judged: Sequence[Judged]) -> list[dict[str, float]]:
    """Returns answered, refused, balanced and answer@600 by the threshold from which on it is answered."""
    held, other = [j for j in judged if j.answerable], [j for j in judged if not j.answerable]
    rows = []
    for threshold in THRESHOLDS:
        answered = _mean([j.answered and j.probability >= threshold for j in held]) or 0.0
        refused = _mean([not (j.answered and j.probability >= threshold) for j in other]) or 0.0
        right = _mean([j.right and j.probability >= threshold for j in held]) or 0.0
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
        share = _mean([j.answerable for j in inside]) or 0.0
        low, high = confidence(share, len(inside))
        rows.append(
            {"from": number / _BINS, "to": (number + 1) / _BINS, "questions": len(inside),
             "told": _mean([j.probability for j in inside]) or 0.0, "answerable": share, "low": low, "high": high}
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


def read_floors(floors: Sequence[str]) -> dict[str, float]:
    """Reads "hit@4000=0.9" into metric -> least value."""
    read = {}
    known = Report("").metrics()
    for floor in floors:
        name, _, value = floor.partition("=")
        try:
            read[name] = float(value)
        except ValueError:
            raise DataError(f"floor {floor!r}: wanted METRIC=NUMBER, for instance hit@4000=0.9") from None
        if name not in known:
            raise DataError(f"floor {floor!r}: no metric {name!r}; there are {', '.join(known)}")
    return read


def below_floors(reports: Sequence[Report], floors: dict[str, float]) -> list[str]:
    """Returns a line for each metric of a set that is below its floor, or cannot be told."""
    missed = []
    for report in reports:
        metrics = report.metrics()
        for name, least in floors.items():
            value = metrics[name]
            if value is None or value < least:
                told = "not measured" if value is None else f"{value:.3f}"
                missed.append(f"{report.name}: {name} {told}, floor {least}")
    return missed


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _percentile(ordered: Sequence[float], share: float) -> float | None:
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else None
