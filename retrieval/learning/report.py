"""What became of the questions of a set -> its metrics and how sure they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from retrieval.answering.answer import MARKER, Answer
from retrieval.learning.calibration import Judged, by_tenths, confidence, mean, resampled
from retrieval.learning.overlap import NOTHING, Overlap, short_scores
from retrieval.learning.sets import DataError, Question
from retrieval.pipeline.generative import FAILED

_FOUND = ("hit@4000", "answer@600", "cited", "answered", "refused")
_READ = (
    "first", "@150", "useful", "shown", "words precision", "words recall", "words F1",
    "short F1", "short EM", "short F1 answerable",
)  # fmt: skip


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
    at_once: bool = False  # found, and a gold answer in the first 150 characters
    sentences: tuple[bool, ...] = ()  # of each that is shown, in reading order: it tells the answer
    words: Overlap = NOTHING  # of the quotes and of the gold sentences

    @property
    def is_first_right(self) -> bool:
        """Whether the first sentence that is read tells the answer."""
        return self.sentences[:1] == (True,)


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
        values = {name: mean(told) for name, told in self._shared().items()}
        values |= {name: _ratio(pairs) for name, pairs in self._ratios().items()}
        answered, refused = values["answered"], values["refused"]
        citations = sum(o.citations for o in self.outcomes)
        seconds = sorted(o.answer.seconds for o in self.outcomes)
        return {
            "questions": len(self.outcomes),
            "answerable": sum(o.question.answerable for o in self.outcomes),
            **{name: values[name] for name in _FOUND},
            "balanced": None if answered is None or refused is None else (answered + refused) / 2,
            "second": values["second"],
            "valid": sum(o.verbatim for o in self.outcomes) / citations if citations else None,
            "characters": mean([len(MARKER.sub("", o.answer.text)) for o in self.outcomes if o.answer.found]),
            "p50": _percentile(seconds, 0.50),
            "p95": _percentile(seconds, 0.95),
            **{name: values[name] for name in _READ},
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
        """Returns the 95 % interval of each share that was measured, by name; of times and lengths none."""
        shares, ratios = self._shared().items(), self._ratios().items()
        found = {name: confidence(sum(told) / len(told), len(told)) for name, told in shares if told}
        found |= {name: resampled(pairs) for name, pairs in ratios if _ratio(pairs) is not None}
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
            "first": [o.is_first_right for o in held],
            "@150": [o.at_once for o in held],
            "short EM": [is_exact for _, is_exact in map(_short_scores, self.outcomes)],
        }

    def _ratios(self) -> dict[str, list[tuple[float, float]]]:
        """Returns what each measure is the sum of, over the sum of: a pair for each question that counts."""
        short = [(o.question.answerable, _short_scores(o)[0]) for o in self.outcomes]
        words = [o.words for o in self.outcomes]
        return {
            "useful": [(sum(o.sentences), len(o.sentences)) for o in self.outcomes],
            "shown": [(len(o.sentences), 1) for o in self.outcomes if o.answer.found],
            "words precision": [(w.both, w.shown) for w in words],
            "words recall": [(w.both, w.gold) for w in words],
            "words F1": [(2 * w.both, w.shown + w.gold) for w in words],
            "short F1": [(f1, 1) for _, f1 in short],
            "short F1 answerable": [(f1, 1) for is_answerable, f1 in short if is_answerable],
        }

    @property
    def judged(self) -> list[Judged]:
        """The questions, but for small talk, as they would be answered if none were refused."""
        return [o.judged for o in self.outcomes if o.judged]

    @property
    def sentences_told(self) -> list[tuple[float, bool]]:
        """How likely each answer says that its first sentence answers, where it says so, and whether it does."""
        answers = [(o.answer.sentence_probability, o) for o in self.outcomes if o.answer.found]
        return [(probability, o.is_first_right) for probability, o in answers if probability]


def sentence_reliability(reports: Sequence[Report]) -> list[dict[str, float]]:
    """Returns, by tenths of the probability told that the first sentence answers, how often it was right."""
    return by_tenths([told for report in reports for told in report.sentences_told], "right")


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


def _short_scores(outcome: Outcome) -> tuple[float, bool]:
    """Returns token F1 and exact match of the short answer; a refusal has none, an unanswerable question wants none."""
    answer, question = outcome.answer, outcome.question
    return short_scores(answer.short if answer.found else "", question.answers if question.answerable else ())


def _ratio(pairs: Sequence[tuple[float, float]]) -> float | None:
    whole = sum(under for _, under in pairs)
    return sum(over for over, _ in pairs) / whole if whole else None


def _percentile(ordered: Sequence[float], share: float) -> float | None:
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else None
