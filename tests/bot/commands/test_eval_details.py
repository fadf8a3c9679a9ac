"""`articlebot eval --details`: intervals, the curve of refusing, and a reliability table beside the metrics."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from bot.terminal.figures import show_calibration
from retrieval.learning import evaluation
from retrieval.learning.calibration import THRESHOLDS, Judged, by_tenths, curve, reliability

if TYPE_CHECKING:
    from tests.bot.conftest import Output, Run

BRIDGE = "Combien de mois ont duré les travaux du pont de Saint-Aubin ?"
METRICS = ["balanced", "answer@600", "answered", "refused"]
READ = {
    "first", "@150", "useful", "shown", "words precision", "words recall", "words F1", "short F1", "short EM",
    "short F1 answerable",
}  # fmt: skip
MEASURED = {"hit@4000", "answer@600", "cited", "answered", "refused", "balanced", "second"} | READ


@pytest.fixture
def labelled(articles: Path, tmp_path: Path) -> Path:
    """A set of three articles with two questions that they answer and two that they do not."""
    folder = tmp_path / "labelled"
    shutil.copytree(articles, folder / "articles")
    common = {"answerable": True, "article": "pont.md"}
    unanswerable = {"answers": list[str](), "article": None, "answerable": False}
    questions: list[dict[str, object]] = [
        {"id": "1", "question": BRIDGE, "answers": ["14 mois"], "passage": "Les travaux ont duré 14 mois.", **common},
        {"id": "2", "question": "Combien ont coûté les travaux du pont ?", "answers": ["3,5 millions"], **common},
        {"id": "3", "question": "Qui a peint la Joconde ?", **unanswerable},
        {"id": "4", "question": "What is the boiling point of tungsten?", **unanswerable},
    ]
    (folder / "questions.jsonl").write_text("".join(json.dumps(each) + "\n" for each in questions))
    return folder


@pytest.fixture
def other(labelled: Path, tmp_path: Path) -> Path:
    """The same under another name."""
    return Path(shutil.copytree(labelled, tmp_path / "other"))


def tables_of(done: Output) -> list[list[str]]:
    """Returns the lines of each table, without white space at their ends."""
    assert (done.code, done.err) == (0, "")
    return [[line.rstrip() for line in table.splitlines()] for table in done.out.rstrip("\n").split("\n\n")]


def test_details_print_intervals_the_curve_and_reliability(run: Run, labelled: Path, other: Path) -> None:
    metrics, *tables = tables_of(run("eval", labelled, other, "--details"))
    curves, bins = tables[: len(METRICS)], tables[len(METRICS)]  # after them those of the sentence, where it is told
    assert metrics[0].split() == ["labelled", "other"]
    rows = [re.split(r" {2,}", line) for line in metrics[1:]]
    values = {name: " ".join(cells).split() for name, *cells in rows}
    for name in MEASURED:
        for share, interval in zip(values[name][::2], values[name][1::2], strict=True):
            low, high = map(float, re.fullmatch(r"(\d\.\d\d)-(\d\.\d\d)", interval).groups())  # type: ignore[union-attr]
            assert low - 0.005 <= float(share) <= high + 0.005
    assert values["questions"] == ["4", "4"]
    assert values["valid"] == ["1.000", "1.000"]  # of citations: no interval

    assert [table[0].split() for table in curves] == [
        [f"{name},", "threshold", "labelled", "other"] for name in METRICS
    ]
    for table in curves:
        rows = [line.split() for line in table[1:]]
        assert [row[0] for row in rows] == [f"{threshold:.1f}" for threshold in THRESHOLDS]
        assert all(re.fullmatch(r"[01]\.\d{3}", share) for row in rows for share in row[1:])
        assert all(len(row) == 3 and row[1] == row[2] for row in rows)  # they are the same set

    assert bins[0].split() == ["probability", "questions", "told", "answerable", "95", "%"]
    tenths = [re.split(r" {2,}", line.strip()) for line in bins[1:]]
    assert sum(int(questions) for _, questions, *_ in tenths) == 8
    for span, questions, told, answerable, interval in tenths:
        first, last = map(float, span.split(" to "))
        assert int(questions) > 0  # empty tenths are not shown
        assert first - 0.005 <= float(told) <= last + 0.005
        low, high = map(float, interval.split("-"))
        assert low - 0.005 <= float(answerable) <= high + 0.005


def test_details_as_json_parse_and_agree_with_the_metrics(run: Run, labelled: Path, other: Path) -> None:
    done = run("eval", labelled, other, "--details", "--json", "--work", "elsewhere")
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    assert list(found) == ["metrics", "intervals", "curves", "reliability", "sentence reliability"]
    for part in ("metrics", "intervals", "curves"):
        assert list(found[part]) == ["labelled", "other"]
    metrics, intervals = found["metrics"]["labelled"], found["intervals"]["labelled"]
    assert set(intervals) == MEASURED
    assert all(low <= metrics[name] <= high for name, (low, high) in intervals.items())
    rows = found["curves"]["labelled"]
    assert [row["threshold"] for row in rows] == list(THRESHOLDS)
    assert set(rows[0]) == {"threshold", *METRICS}
    assert [row["answered"] for row in rows] == sorted((row["answered"] for row in rows), reverse=True)
    assert [row["refused"] for row in rows] == sorted(row["refused"] for row in rows)
    assert rows[0]["answer@600"] >= metrics["answer@600"]  # refusing nothing
    assert sum(row["questions"] for row in found["reliability"]) == 8
    assert Path("elsewhere").is_dir()
    assert not Path(".articlebot").exists()


def test_without_details_there_is_one_table_without_intervals(run: Run, labelled: Path) -> None:
    (metrics,) = tables_of(run("eval", labelled))
    assert all(len(re.split(r" {2,}", line)) == 2 for line in metrics[1:])
    assert set(json.loads(run("eval", labelled, "--json").out)) == {"labelled"}


def test_details_of_a_missed_floor_are_shown_with_exit_1(run: Run, labelled: Path) -> None:
    done = run("eval", labelled, "--details", "--floor", "questions=9")
    assert done.code == 1
    assert "balanced, threshold" in done.out
    assert done.err == "articlebot: labelled: questions 4.000, floor 9.0\n"


def test_details_of_what_is_no_set_are_one_line(run: Run, phare: Path) -> None:
    done = run("eval", phare, "--details")
    assert (done.code, done.out) == (1, "")
    assert done.err.count("\n") == 1
    assert "phare: not a set" in done.err


def test_interrupted_details_print_no_half_table(run: Run, labelled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(evaluation, "outcome_of", interrupt)
    done = run("eval", labelled, "--details")
    assert (done.code, done.out) == (130, "")
    assert done.err == "articlebot: stopped; nothing was measured\n"


def test_calibration_in_a_pipe_is_these_lines(capsys: pytest.CaptureFixture[str]) -> None:
    judged = [
        Judged(answerable=True, probability=0.95, answered=True, right=True),
        Judged(answerable=True, probability=0.15, answered=True, right=False),
        Judged(answerable=False, probability=0.12, answered=True, right=False),
        Judged(answerable=False, probability=0.05, answered=False, right=False),
    ]
    of_sentences = by_tenths([(0.84, True), (0.86, False)], "right")
    show_calibration({"towns": curve(judged)[:3]}, reliability(judged), of_sentences)
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "",
        "balanced, threshold  towns",
        "0.0                  0.750",
        "0.1                  0.750",
        "0.2                  0.750",
        "",
        "answer@600, threshold  towns",
        "0.0                    0.500",
        "0.1                    0.500",
        "0.2                    0.500",
        "",
        "answered, threshold  towns",
        "0.0                  1.000",
        "0.1                  1.000",
        "0.2                  0.500",
        "",
        "refused, threshold  towns",
        "0.0                 0.500",
        "0.1                 0.500",
        "0.2                 1.000",
        "",
        "probability  questions  told  answerable       95 %",
        " 0.0 to 0.1          1  0.05        0.00  0.00-0.79",
        " 0.1 to 0.2          2  0.14        0.50  0.09-0.91",
        " 0.9 to 1.0          1  0.95        1.00  0.21-1.00",
        "",
        "probability of the sentence  questions  told  right       95 %",
        "                 0.8 to 0.9          2  0.85   0.50  0.09-0.91",
    ]


def test_of_sentences_that_tell_no_probability_there_is_no_table(capsys: pytest.CaptureFixture[str]) -> None:
    show_calibration({}, reliability([]), by_tenths([], "right"))
    assert "sentence" not in capsys.readouterr().out
