from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import html  # type: ignore[import-untyped]  # lxml publishes no types

from retrieval.answering.answer import Answer, Citation
from retrieval.learning.calibration import Judged
from retrieval.learning.page import page
from retrieval.learning.page.failures import Fault
from retrieval.learning.page.page import PageError, check_place, report_page, write_page
from retrieval.learning.report import Outcome, Report
from tests.retrieval.learning.conftest import QUESTION

UNANSWERABLE = replace(QUESTION, id="q2", text="Qui a peint le pont ?", answers=(), gold=(), answerable=False)
CITED = Citation(1, "articles/pont.md", "Le pont", "", "", None, 0, 7, "Le pont")
ANSWER = Answer("q", "q", "Le pont. [1]", (CITED,), found=True, probability=0.87, sentence_probability=0.6)
REFUSAL = Answer("q", "q", "Les articles ne le disent pas.")
ROWS = [("questions", [("4", ""), ("1", "")]), ("first <b>", [("0.500", "0.10-0.90"), ("–", "")])]


def outcome(answer: Answer, *sentences: bool, answerable: bool = True) -> Outcome:
    judged = Judged(answerable, answer.probability, answer.found, right=True in sentences)
    question = QUESTION if answerable else UNANSWERABLE
    return Outcome(question, True, answer, False, False, 0, 0, judged=judged, sentences=sentences)


def reports() -> list[Report]:
    told = [outcome(ANSWER, True), outcome(REFUSAL), outcome(ANSWER, False), outcome(ANSWER, False, answerable=False)]
    return [Report("ville & pont", told), Report("autre", [outcome(REFUSAL, answerable=False)])]


def read(of: list[Report]) -> html.HtmlElement:
    return html.document_fromstring(report_page(of, ROWS))


def test_the_page_has_the_metrics_with_their_intervals_by_set() -> None:
    rows = [[cell.xpath("string()") for cell in row] for row in read(reports()).iter("tr")]
    assert rows == [
        ["", "ville & pont", "autre"],
        ["questions", "4", "1"],
        ["first <b>", "0.5000.10–0.90", "–"],
    ]


def test_the_page_has_a_curve_of_each_set_and_a_plot_of_each_probability() -> None:
    captions = [caption.text_content() for caption in read(reports()).iter("figcaption")]
    assert captions == [
        "ville & pont",
        "autre",
        "That the articles hold the answer, of all questions but small talk",
        "That the first sentence answers, of the questions answered",
    ]
    refused = [Report("none", [outcome(REFUSAL)])]  # no sentence, so nothing to tell of any
    assert len(list(read(refused).iter("figcaption"))) == 2


def test_every_wrong_answer_is_shown_by_set_and_by_what_went_wrong() -> None:
    shown = read(reports())
    assert [head.text_content() for head in shown.iter("h3")] == [
        "ville & pont: 3 of 4 questions",
        "autre: 0 of 1 questions",
    ]
    groups = {group.findtext("summary/b"): len(group.findall("article")) for group in shown.iter("details")}
    assert groups == dict.fromkeys(Fault, 1)
    assert [group.get("open") is not None for group in shown.iter("details")] == [True, False, False]


def test_the_page_needs_no_other_file_and_no_script() -> None:
    written = report_page(reports(), ROWS)
    assert not re.search(r"<script|<link|<img|<iframe|https?:|@import|url\(|\bon\w+=", written)
    assert "prefers-color-scheme: dark" in written
    assert "<title>ville &amp; pont, autre: answers measured</title>" in written


# Its place


def inside(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def test_a_page_takes_the_place_of_another_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "deep/er/report.html"
    check_place(file)
    write_page(file, "one")
    write_page(file, "two \ud800")  # half a character of a question
    assert file.read_text(encoding="utf-8") == "two ?"
    assert inside(file.parent) == ["report.html"]


def test_a_page_that_cannot_be_written_leaves_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "report.html"
    write_page(file, "one")

    def full(*_: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(page, "put_in_place", full)
    with pytest.raises(PageError, match=r"report.html: the page cannot be written \(No space left on device\)"):
        write_page(file, "two")
    assert inside(tmp_path) == ["report.html"]
    assert file.read_text(encoding="utf-8") == "one"


def test_a_place_is_tried_before_anything_is_measured(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PageError, match=r"a folder, the name of a file wanted; for instance .*report\.html"):
        check_place(tmp_path)
    with pytest.raises(PageError, match=r"the page cannot be written \((Not a directory|File exists)\)"):
        check_place(tmp_path / "file" / "report.html")
    check_place(tmp_path / "report.html")
    assert inside(tmp_path) == ["file"]
