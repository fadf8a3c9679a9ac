from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.learning.calibration import (
    THRESHOLDS,
    Judged,
    by_tenths,
    confidence,
    curve,
    mean,
    reliability,
    resampled,
)


def held(probability: float, *, answered: bool = True, right: bool = False) -> Judged:
    return Judged(True, probability, answered, right)


def other(probability: float, *, answered: bool = True) -> Judged:
    return Judged(False, probability, answered, right=False)


# Intervals


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


def test_a_bootstrap_is_the_same_every_time_and_holds_the_share() -> None:
    pairs = [(1.0, 3.0), (0.0, 2.0), (2.0, 2.0), (1.0, 1.0), (0.0, 3.0)]
    low, high = resampled(pairs)
    assert resampled(pairs) == (low, high)
    assert 0 <= low < 4 / 11 < high <= 1


def test_a_bootstrap_of_questions_is_about_as_wide_as_wilsons_interval_where_each_counts_one() -> None:
    pairs = [(1.0, 1.0)] * 60 + [(0.0, 1.0)] * 40
    assert resampled(pairs) == pytest.approx(confidence(0.6, 100), abs=0.02)


def test_a_bootstrap_draws_questions_with_all_their_sentences() -> None:
    alone = resampled([(1.0, 1.0)] * 20 + [(0.0, 1.0)] * 20)
    together = resampled([(4.0, 4.0)] * 5 + [(0.0, 4.0)] * 5)  # as many sentences, of a quarter of the questions
    assert together[1] - together[0] > 1.5 * (alone[1] - alone[0])


def test_where_all_are_the_same_a_bootstrap_has_no_width_and_empty_answers_do_not_count() -> None:
    assert resampled([(1.0, 2.0)] * 4) == (0.5, 0.5)
    assert resampled([(1.0, 2.0), (0.0, 0.0)]) == (0.5, 0.5)


@given(st.lists(st.integers(0, 3).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=30))
def test_a_bootstrap_holds_what_was_measured(pairs: list[tuple[int, int]]) -> None:
    whole = sum(under for _, under in pairs)
    if whole:
        low, high = resampled(pairs)
        assert 0 <= low <= sum(over for over, _ in pairs) / whole <= high <= 1


def test_the_mean_of_nothing_is_none() -> None:
    assert mean([]) is None
    assert mean([True, False]) == 0.5


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


def test_tenths_carry_the_name_of_what_came_true() -> None:
    rows = by_tenths([(0.72, True), (0.78, False), (0.31, False)], "right")
    assert [(row["questions"], row["told"], row["right"]) for row in rows if row["questions"]] == [
        (1, 0.31, 0.0),
        (2, 0.75, 0.5),
    ]
