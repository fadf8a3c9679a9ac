from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.answering.answer import Answer
from retrieval.learning.report import (
    THRESHOLDS,
    Judged,
    Outcome,
    Report,
    below_floors,
    confidence,
    curve,
    read_floors,
    reliability,
)
from retrieval.learning.sets import DataError, Question

QUESTION = Question(id="q1", text="Où ?", answers=("ici",), gold=(), answerable=True, history=(), evidence=())


def held(probability: float, *, answered: bool = True, right: bool = False) -> Judged:
    return Judged(True, probability, answered, right)


def other(probability: float, *, answered: bool = True) -> Judged:
    return Judged(False, probability, answered, right=False)


# Metrics


def outcome(
    *, answerable: bool = True, found: bool = True, hit: bool = False, right: bool = False, cited: bool = False,
    citations: int = 0, verbatim: int = 0, seconds: float = 0.0, text: str = "", second: bool | None = None,
) -> Outcome:  # fmt: skip
    answer = Answer("q", "q", text, found=found, seconds=seconds)
    return Outcome(replace(QUESTION, answerable=answerable), hit, answer, right, cited, citations, verbatim, second)


def test_metrics_are_what_a_hand_computes() -> None:
    report = Report(
        "hand",
        [
            outcome(hit=True, right=True, cited=True, citations=2, verbatim=2, seconds=0.1, text="Oui non. [1]"),
            outcome(hit=True, citations=1, verbatim=1, seconds=0.2, text="Oui. [1][2]"),
            outcome(found=False, hit=True, seconds=0.3),
            outcome(found=False, seconds=0.4, second=True),
            outcome(hit=True, right=True, cited=True, citations=1, seconds=0.5, text="Oui. [1]", second=False),
            outcome(answerable=False, found=False, seconds=0.6),
            outcome(answerable=False, found=True, hit=True, right=True, cited=True, seconds=9.0, text="Oui. [1]"),
            outcome(answerable=False, found=False, seconds=0.7),
        ],
    )
    metrics = report.metrics()
    assert metrics == {
        "questions": 8,
        "answerable": 5,
        "hit@4000": pytest.approx(4 / 5),
        "answer@600": pytest.approx(2 / 5),
        "cited": pytest.approx(2 / 3),
        "answered": pytest.approx(3 / 5),
        "refused": pytest.approx(2 / 3),
        "balanced": pytest.approx((3 / 5 + 2 / 3) / 2),
        "second": 0.5,
        "valid": pytest.approx(3 / 4),
        "characters": pytest.approx((8 + 4 + 4 + 4) / 4),
        "p50": 0.5,
        "p95": 9.0,
    }
    assert list(metrics)[:4] == ["questions", "answerable", "hit@4000", "answer@600"]


def test_what_there_is_nothing_of_is_none_not_zero() -> None:
    only_answerable = Report("a", [outcome(found=False)]).metrics()
    assert only_answerable["refused"] is None
    assert only_answerable["balanced"] is None
    assert only_answerable["cited"] is None
    assert only_answerable["valid"] is None
    assert only_answerable["answered"] == 0
    assert Report("b").metrics()["p95"] is None


@pytest.mark.parametrize(
    ("share", "count", "low", "high"),
    [
        (0.5, 10, 0.2366, 0.7634),
        (0.0, 10, 0.0, 0.2775),
        (1.0, 10, 0.7225, 1.0),
        (0.1, 100, 0.0552, 0.1744),
        (0.9, 300, 0.8609, 0.9290),
    ],
)
def test_confidence_is_wilsons_interval(share: float, count: int, low: float, high: float) -> None:
    assert list(confidence(share, count)) == pytest.approx([low, high], abs=1e-4)


def test_confidence_in_nothing_is_none_at_all() -> None:
    assert confidence(0.0, 0) == (0.0, 1.0)


# Floors


def test_floors_are_read() -> None:
    assert read_floors(["hit@4000=0.9", "valid=1"]) == {"hit@4000": 0.9, "valid": 1.0}
    assert read_floors([]) == {}


@pytest.mark.parametrize(
    ("floor", "said"),
    [
        ("hit@4000", "wanted METRIC=NUMBER"),
        ("hit@4000=high", "wanted METRIC=NUMBER"),
        ("hits=0.9", r"no metric 'hits'; there are questions, answerable, hit@4000"),
        ("", "wanted METRIC=NUMBER"),
    ],
)
def test_a_floor_that_cannot_be_read_is_a_clear_line(floor: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read_floors([floor])


def test_metrics_below_their_floors_are_named_with_both_numbers() -> None:
    reports = [Report("one", [outcome(hit=True), outcome()]), Report("two", [outcome(hit=True)])]
    assert below_floors(reports, {"hit@4000": 0.5}) == []
    assert below_floors(reports, {"hit@4000": 0.6}) == ["one: hit@4000 0.500, floor 0.6"]
    assert below_floors(reports[1:], {"balanced": 0.1}) == ["two: balanced not measured, floor 0.1"]


# The curve


def test_the_curve_is_what_a_hand_computes() -> None:
    judged = [
        held(0.95, right=True), held(0.5, right=True), held(0.45), held(0.3, answered=False),
        other(0.05), other(0.5), other(0.85), other(0.9, answered=False),
    ]  # fmt: skip
    rows = {row["threshold"]: row for row in curve(judged)}
    assert list(rows) == list(THRESHOLDS)
    assert rows[0.0] == {"threshold": 0.0, "answered": 0.75, "refused": 0.25, "balanced": 0.5, "answer@600": 0.5}
    assert rows[0.1] == {"threshold": 0.1, "answered": 0.75, "refused": 0.5, "balanced": 0.625, "answer@600": 0.5}
    assert rows[0.5] == {"threshold": 0.5, "answered": 0.5, "refused": 0.5, "balanced": 0.5, "answer@600": 0.5}
    assert rows[0.6] == {"threshold": 0.6, "answered": 0.25, "refused": 0.75, "balanced": 0.5, "answer@600": 0.25}
    assert rows[0.9] == {"threshold": 0.9, "answered": 0.25, "refused": 1.0, "balanced": 0.625, "answer@600": 0.25}


_JUDGED = st.builds(
    lambda answerable, probability, answered, right: Judged(
        answerable, probability, answered, right and answered and answerable
    ),
    st.booleans(), st.floats(0, 1), st.booleans(), st.booleans(),
)  # fmt: skip


@given(st.lists(_JUDGED, max_size=40))
def test_a_higher_threshold_answers_less_and_refuses_more(judged: list[Judged]) -> None:
    rows = curve(judged)
    for lower, higher in pairwise(rows):
        assert lower["threshold"] < higher["threshold"]
        assert lower["answered"] >= higher["answered"]
        assert lower["answer@600"] >= higher["answer@600"]
        assert lower["refused"] <= higher["refused"]
    for row in rows:
        assert row["answer@600"] <= row["answered"]
        assert row["balanced"] == (row["answered"] + row["refused"]) / 2
        assert all(0 <= value <= 1 for value in row.values())


# Reliability


def test_reliability_is_what_a_hand_computes() -> None:
    judged = [other(0.0), other(0.05), held(0.09), held(0.1), other(0.55), held(0.95), held(0.99), held(1.0)]
    rows = reliability(judged)
    assert [(row["from"], row["to"]) for row in rows] == [(n / 10, (n + 1) / 10) for n in range(10)]
    assert [row["questions"] for row in rows] == [3, 1, 0, 0, 0, 1, 0, 0, 0, 3]
    assert rows[0]["told"] == pytest.approx(0.14 / 3)
    assert rows[0]["answerable"] == pytest.approx(1 / 3)
    assert [rows[0]["low"], rows[0]["high"]] == pytest.approx([0.0615, 0.7923], abs=1e-4)
    assert (rows[5]["told"], rows[5]["answerable"]) == (0.55, 0)
    assert rows[9]["told"] == pytest.approx(0.98)
    assert rows[9]["answerable"] == 1
    assert [rows[9]["low"], rows[9]["high"]] == pytest.approx([0.4385, 1.0], abs=1e-4)
    assert [rows[3][name] for name in ("told", "answerable", "low", "high")] == [0, 0, 0, 1]


@given(st.lists(_JUDGED, max_size=40))
def test_every_question_is_in_one_tenth_that_holds_its_probability(judged: list[Judged]) -> None:
    rows = reliability(judged)
    assert sum(row["questions"] for row in rows) == len(judged)
    assert sum(row["questions"] * row["answerable"] for row in rows) == pytest.approx(sum(j.answerable for j in judged))
    for row in rows:
        assert row["low"] - 1e-9 <= row["answerable"] <= row["high"] + 1e-9
        if row["questions"]:
            assert row["from"] - 1e-9 <= row["told"] <= row["to"] + 1e-9


def test_of_nothing_there_is_nothing_to_tell() -> None:
    assert [row["threshold"] for row in curve([])] == list(THRESHOLDS)
    assert {row[name] for row in curve([]) for name in ("answered", "refused", "balanced", "answer@600")} == {0.0}
    assert {row["questions"] for row in reliability([])} == {0}
    assert {(row["low"], row["high"]) for row in reliability([])} == {(0.0, 1.0)}


# Intervals of a report


def report_of(*found: tuple[bool, bool, bool]) -> Report:
    """Makes a report of one outcome for each (answerable, found, hit)."""
    report = Report("hand")
    for answerable, is_found, hit in found:
        question = Question("q", "Où ?", ("ici",), (), answerable, (), ())
        answer = Answer("Où ?", "Où ?", "Ici. [1]", found=is_found)
        report.outcomes.append(Outcome(question, hit, answer, hit and is_found, hit and is_found, 0, 0))
    return report


def test_intervals_are_those_of_the_shares_that_were_measured() -> None:
    report = report_of(*[(True, True, True)] * 6, *[(True, False, True)] * 2, *[(False, False, False)] * 4)
    intervals = report.intervals()
    assert set(intervals) == {"hit@4000", "answer@600", "cited", "answered", "refused", "balanced"}
    assert intervals["hit@4000"] == confidence(1.0, 8)
    assert intervals["answered"] == intervals["answer@600"] == confidence(0.75, 8)
    assert intervals["cited"] == confidence(1.0, 6)
    assert intervals["refused"] == confidence(1.0, 4)
    widths = [high - low for low, high in (confidence(0.75, 8), confidence(1.0, 4))]
    half = math.hypot(*widths) / 4  # the mean of two independent shares
    assert intervals["balanced"] == pytest.approx((0.875 - half, 1.0))


def test_there_is_no_interval_of_what_was_not_measured() -> None:
    assert Report("none").intervals() == {}
    assert set(report_of((True, False, False)).intervals()) == {"hit@4000", "answer@600", "answered"}
    assert set(report_of((False, True, False)).intervals()) == {"refused"}


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), max_size=60))
def test_every_interval_holds_its_share(found: list[tuple[bool, bool, bool]]) -> None:
    report = report_of(*found)
    metrics, intervals = report.metrics(), report.intervals()
    for name, (low, high) in intervals.items():
        share = metrics[name]
        assert share is not None
        assert 0 <= low <= share + 1e-12
        assert share - 1e-12 <= high <= 1
    measured = {"hit@4000", "answer@600", "cited", "answered", "refused", "balanced"}
    assert set(intervals) == {name for name in measured if metrics[name] is not None}
