"""`articlebot eval --report`: a page with what was measured and every wrong answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from lxml import html  # type: ignore[import-untyped]  # lxml publishes no types

from retrieval.learning import evaluation
from retrieval.learning.page import page

if TYPE_CHECKING:
    from tests.bot.conftest import Run

SEEDS = Path(__file__).parents[3] / "seeds"
LIMIT = 8


def test_the_page_of_real_questions_tells_what_the_terminal_tells(run: Run) -> None:
    done = run("eval", SEEDS, "--limit", LIMIT, "--details", "--json", "--report", "made/report.html")
    assert (done.code, done.err) == (0, "written: made/report.html\n")
    told = json.loads(done.out)
    metrics, intervals = told["metrics"]["seeds"], told["intervals"]["seeds"]
    shown = html.document_fromstring(Path("made/report.html").read_text(encoding="utf-8"))

    cells = {row.findtext("th"): row.xpath("string(td/text())") for row in shown.iter("tr")}
    assert [name for name in cells if name] == list(metrics)
    assert cells["questions"] == str(LIMIT)
    assert cells["first"] == f"{metrics['first']:.3f}"
    beside = {row.findtext("th"): row.findtext("td/span") for row in shown.iter("tr")}
    assert beside["words F1"] == "{:.2f}–{:.2f}".format(*intervals["words F1"])

    cards = shown.xpath("//article")
    asked = {json.loads(line)["question"] for line in (SEEDS / "questions.jsonl").read_text("utf-8").splitlines()}
    assert {card.findtext("h4") for card in cards} <= asked
    refused = metrics["refused"] if metrics["refused"] is not None else 1.0
    wrong = metrics["answerable"] * (1 - metrics["first"]) + (LIMIT - metrics["answerable"]) * (1 - refused)
    assert len(cards) == round(wrong)
    assert all(card.xpath(".//mark") or "do not say" in card.text_content() for card in cards)


@pytest.mark.parametrize("named", ["folder", "file/report.html"])
def test_a_place_that_cannot_be_written_is_one_line_before_the_long_run(
    run: Run, labelled: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    def never(*_: object, **__: object) -> NoReturn:
        raise AssertionError("asked")

    monkeypatch.setattr(evaluation, "evaluate", never)
    Path("folder").mkdir()
    Path("file").touch()
    done = run("eval", labelled, "--report", named)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"articlebot: {named}: ")
    assert done.err.count("\n") == 1


def test_where_the_page_fails_at_the_end_the_table_is_printed_all_the_same(
    run: Run, labelled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> NoReturn:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(page, "write_synced", full)
    done = run("eval", labelled, "--report", "report.html")
    assert done.code == 1
    assert "words F1" in done.out
    assert done.err == (
        "articlebot: report.html: the page cannot be written (No space left on device); make room, or name another"
        " file\n"
    )
    assert not Path("report.html").exists()
