from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.answering.answer import Answer
from retrieval.learning.calibration import confidence, resampled
from retrieval.learning.overlap import NOTHING, Overlap
from retrieval.learning.report import Outcome, Report, below_floors, read_floors, sentence_reliability
from retrieval.learning.sets import DataError, Question

QUESTION = Question(id="q1", text="Où ?", answers=("ici",), gold=(), answerable=True, history=(), evidence=())


# Metrics


def outcome(
    *, answerable: bool = True, found: bool = True, hit: bool = False, right: bool = False, cited: bool = False,
    citations: int = 0, verbatim: int = 0, seconds: float = 0.0, text: str = "", second: bool | None = None,
    at_once: bool = False, sentences: tuple[bool, ...] = (), words: Overlap = NOTHING, short: str = "",
    sure: float = 0.0,
) -> Outcome:  # fmt: skip
    answer = Answer("q", "q", text, found=found, seconds=seconds, short=short, sentence_probability=sure)
    question = replace(QUESTION, answerable=answerable, answers=QUESTION.answers if answerable else ())
    return Outcome(
        question, hit, answer, right, cited, citations, verbatim, second, at_once=at_once, sentences=sentences,
        words=words,
    )  # fmt: skip


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
        "first": 0.0,
        "@150": 0.0,
        "useful": None,
        "shown": 0.0,
        "words precision": None,
        "words recall": None,
        "words F1": None,
        "short F1": pytest.approx(3 / 8),  # silence, where nothing is to be told
        "short EM": pytest.approx(3 / 8),
        "short F1 answerable": 0.0,
    }
    assert list(metrics)[:4] == ["questions", "answerable", "hit@4000", "answer@600"]
    assert list(metrics)[-11:] == ["p95", *READ]


READ = [
    "first", "@150", "useful", "shown", "words precision", "words recall", "words F1", "short F1", "short EM",
    "short F1 answerable",
]  # fmt: skip


def test_what_is_read_is_measured_as_a_hand_computes() -> None:
    report = Report(
        "hand",
        [
            outcome(at_once=True, sentences=(True, False, True), words=Overlap(12, 5, 4), short="ici"),
            outcome(at_once=True, sentences=(False, True), words=Overlap(8, 6, 6), short="ici ou ailleurs"),
            outcome(found=False, words=Overlap(0, 4, 0), short="ici"),  # a refusal tells nothing in short
            outcome(sentences=(False,), words=Overlap(5, 5, 0), short="là"),
            outcome(answerable=False, sentences=(False, False), words=Overlap(15, 0, 0), short="ici"),
            outcome(answerable=False, found=False),
        ],
    )
    metrics = report.metrics()
    assert {name: metrics[name] for name in READ} == {
        "first": pytest.approx(1 / 4),
        "@150": pytest.approx(2 / 4),
        "useful": pytest.approx(3 / 8),
        "shown": pytest.approx(8 / 4),
        "words precision": pytest.approx(10 / 40),
        "words recall": pytest.approx(10 / 20),
        "words F1": pytest.approx(2 * 0.25 * 0.5 / 0.75),
        "short F1": pytest.approx((1 + 1 / 2 + 0 + 0 + 0 + 1) / 6),  # "ici" of three words: 2 · 1/3 · 1 / (4/3)
        "short EM": pytest.approx(2 / 6),
        "short F1 answerable": pytest.approx((1 + 1 / 2) / 4),
    }
    intervals = report.intervals()
    assert intervals["first"] == confidence(1 / 4, 4)
    assert intervals["@150"] == confidence(2 / 4, 4)
    assert intervals["short EM"] == confidence(2 / 6, 6)
    assert intervals["useful"] == resampled([(2, 3), (1, 2), (0, 0), (0, 1), (0, 2), (0, 0)])
    assert intervals["shown"] == resampled([(3, 1), (2, 1), (1, 1), (2, 1)])
    assert intervals["words F1"] == resampled([(8, 17), (12, 14), (0, 4), (0, 10), (0, 15), (0, 0)])
    assert set(READ) <= set(intervals)


def test_the_first_sentence_is_right_only_where_there_is_one() -> None:
    assert outcome(sentences=(True, False)).is_first_right
    assert not outcome(sentences=(False, True)).is_first_right
    assert not outcome().is_first_right


def test_the_probability_of_the_sentence_is_judged_where_it_is_told_of_an_answer() -> None:
    reports = [
        Report("one", [outcome(sure=0.84, sentences=(True,)), outcome(sure=0.86, sentences=(False, True))]),
        Report(
            "two", [outcome(sure=0.21, found=False), outcome(sentences=(True,)), outcome(sure=0.2, sentences=(False,))]
        ),
    ]
    rows = [row for row in sentence_reliability(reports) if row["questions"]]
    assert [(row["from"], row["questions"], row["told"], row["right"]) for row in rows] == [
        (0.2, 1, 0.2, 0.0),
        (0.8, 2, pytest.approx(0.85), 0.5),
    ]
    assert (rows[1]["low"], rows[1]["high"]) == confidence(0.5, 2)


def test_what_there_is_nothing_of_is_none_not_zero() -> None:
    only_answerable = Report("a", [outcome(found=False)]).metrics()
    assert only_answerable["refused"] is None
    assert only_answerable["balanced"] is None
    assert only_answerable["cited"] is None
    assert only_answerable["valid"] is None
    assert only_answerable["answered"] == 0
    assert Report("b").metrics()["p95"] is None


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


# Intervals of a report


def report_of(*found: tuple[bool, bool, bool]) -> Report:
    """Makes a report of one outcome for each (answerable, found, hit)."""
    report = Report("hand")
    for answerable, is_found, hit in found:
        question = Question("q", "Où ?", ("ici",), (), answerable, (), ())
        answer = Answer("Où ?", "Où ?", "Ici. [1]", found=is_found)
        report.outcomes.append(Outcome(question, hit, answer, hit and is_found, hit and is_found, 0, 0))
    return report


ALWAYS = {"first", "@150", "shown", "short F1", "short EM", "short F1 answerable"}  # no citations: no words


def test_intervals_are_those_of_the_shares_that_were_measured() -> None:
    report = report_of(*[(True, True, True)] * 6, *[(True, False, True)] * 2, *[(False, False, False)] * 4)
    intervals = report.intervals()
    assert set(intervals) == {"hit@4000", "answer@600", "cited", "answered", "refused", "balanced"} | ALWAYS
    assert intervals["hit@4000"] == confidence(1.0, 8)
    assert intervals["answered"] == intervals["answer@600"] == confidence(0.75, 8)
    assert intervals["cited"] == confidence(1.0, 6)
    assert intervals["refused"] == confidence(1.0, 4)
    widths = [high - low for low, high in (confidence(0.75, 8), confidence(1.0, 4))]
    half = math.hypot(*widths) / 4  # the mean of two independent shares
    assert intervals["balanced"] == pytest.approx((0.875 - half, 1.0))


def test_there_is_no_interval_of_what_was_not_measured() -> None:
    assert Report("none").intervals() == {}
    refused = {"hit@4000", "answer@600", "answered", "first", "@150", "short F1", "short EM", "short F1 answerable"}
    assert set(report_of((True, False, False)).intervals()) == refused
    assert set(report_of((False, True, False)).intervals()) == {"refused", "shown", "short F1", "short EM"}


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), max_size=60))
def test_every_interval_holds_its_share(found: list[tuple[bool, bool, bool]]) -> None:
    report = report_of(*found)
    metrics, intervals = report.metrics(), report.intervals()
    for name, (low, high) in intervals.items():
        share = metrics[name]
        assert share is not None
        assert 0 <= low <= share + 1e-12
        assert share - 1e-12 <= high <= 1
    measured = {"hit@4000", "answer@600", "cited", "answered", "refused", "balanced"} | ALWAYS
    assert set(intervals) == {name for name in measured if metrics[name] is not None}
