from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.answering.answer import Answer
from retrieval.answering.weights import Weights
from retrieval.learning.calibration import THRESHOLDS, Judged, curve, judge, reliability
from retrieval.learning.evaluation import Outcome, Report, confidence, evaluate
from retrieval.learning.sets import Question

ARTICLES = {
    "pont.md": "Le pont de Saint-Aubin a rouvert mardi. Les travaux du pont ont duré quatorze mois.",
    "media.md": "La médiathèque ouvrira le dimanche. Cinq étudiants tiendront l'accueil de la médiathèque.",
}
# (question, article or None, answer)
ASKED = (
    ("Combien de mois ont duré les travaux du pont ?", "pont.md", "quatorze"),
    ("Qui tiendra l'accueil de la médiathèque le dimanche ?", "media.md", "Cinq étudiants"),
    ("Combien de temps ont duré les travaux du pont ?", "pont.md", "deux siècles"),  # the gold answer is wrong
    ("Merci beaucoup", "pont.md", "Avec plaisir"),  # small talk
    ("What is the boiling point of tungsten?", None, ""),
    ("Combien de semaines la médiathèque fermera-t-elle en 1970 ?", None, ""),  # no sentence fits
)


def held(probability: float, *, answered: bool = True, right: bool = False) -> Judged:
    return Judged(True, probability, answered, right)


def other(probability: float, *, answered: bool = True) -> Judged:
    return Judged(False, probability, answered, right=False)


def record(number: int, question: str, file: str | None, answer: str) -> dict[str, Any]:
    return {
        "id": f"q{number}", "question": question, "answers": [answer] if file else [], "article": file,
        "passage": ARTICLES[file] if file else None, "answerable": file is not None, "history": [],
    }  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A set of two articles and six questions, one of them small talk."""
    folder = tmp_path / "towns"
    (folder / "articles").mkdir(parents=True)
    for file, text in ARTICLES.items():
        head = f"---\ntitle: Article {file.removesuffix('.md')}\nlanguage: fr\n---\n"
        (folder / "articles" / file).write_text(head + text + "\n", encoding="utf-8")
    lines = [json.dumps(record(number, *asked), ensure_ascii=False) for number, asked in enumerate(ASKED)]
    (folder / "questions.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


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


# Judging a set


def test_every_question_but_small_talk_is_judged_as_if_nothing_were_refused(folder: Path, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    judged = judge(folder, tmp_path / "work", progress=lambda *step: told.append(step))
    assert [j.answerable for j in judged] == [True, True, True, False, False]
    assert [j.right for j in judged] == [True, True, False, False, False]
    assert [j.answered for j in judged] == [True, True, True, True, False]
    assert all(0 <= j.probability <= 1 for j in judged)
    assert [step for step in told if step[0] == "asking towns"] == [("asking towns", n, 6) for n in range(6)]


def test_what_is_judged_is_what_is_told_and_measured(folder: Path, tmp_path: Path) -> None:
    judged = judge(folder, tmp_path / "work")
    report = evaluate(folder, tmp_path / "work")
    threshold = Weights.load().threshold
    asked = [outcome for outcome in report.outcomes if outcome.question.text != "Merci beaucoup"]
    assert [j.probability for j in judged] == [o.answer.probability for o in asked]
    assert [j.answered and j.probability >= threshold for j in judged] == [o.answer.found for o in asked]
    assert [j.right and j.probability >= threshold for j in judged] == [o.right for o in asked]


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
