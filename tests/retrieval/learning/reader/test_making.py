from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from retrieval.learning.reader import making
from retrieval.learning.reader.judging import area_under_curve, judge, token_f1
from retrieval.learning.reader.making import held_out, make_reader
from retrieval.learning.reader.near_misses import Example, NearMiss
from retrieval.learning.reader.questions import ReaderDataError
from retrieval.reader import reading
from retrieval.reader.reading import Reader
from tests.retrieval.reader.marking import Marking


def test_a_folder_becomes_a_reader_that_reads(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = tmp_path / "shipped" / "reader.onnx"
    shipped.parent.mkdir()
    monkeypatch.setattr(making, "READER_FILE", shipped)
    work = tmp_path / "work"
    with pytest.raises(ReaderDataError, match=r"reader.onnx: not there; .* run articlebot train reader"):
        held_out(folder, work)
    done = CliRunner().invoke(app, ["train", "reader", str(folder), "--reader-work", str(work)])
    assert done.exit_code == 0, done.output
    assert done.output.count("on articles left out: words") == 1
    card = json.loads(shipped.with_suffix(".json").read_text(encoding="utf-8"))
    assert (card["questions"], card["languages"]) == (8, ["en", "fr"])
    (found,) = Reader(shipped).read("Quand ?", [("", "En 1932.")])
    assert found.answer(0, 8) is not None
    (other,) = held_out(folder, work).read("Quand ?", [("", "En 1932.")])
    assert other.answerable == found.answerable  # none of the two has learned it
    trained: list[str] = []
    make_reader(folder, work, progress=lambda what, _done, _all: trained.append(what))
    assert trained == []  # all of it was there


def test_a_folder_that_is_none_is_one_line(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["train", "reader", str(tmp_path), "--reader-work", str(tmp_path / "work")])
    assert done.exit_code == 1
    assert "passages.jsonl: cannot be read (No such file or directory)" in " ".join(done.output.split())


def test_figures_are_shares_of_what_was_found() -> None:
    examples = [
        Example("Quand ?", "", "Il a ouvert en 1932 au printemps.", ((15, 19),)),
        Example("Quand ?", "", "Il a ouvert en 1932 au printemps.", ((23, 32),)),
        Example("Quand ?", "", "Rien ici.", (), NearMiss.ALTERED),
        Example("Quand ?", "", "Un péage de 1932.", (), NearMiss.WITHOUT_ANSWER),
    ]
    figures = judge(Marking("1932", 1.0), examples)
    assert (figures.examples, figures.words, figures.exact) == (4, 0.5, 0.5)
    assert figures.apart == {"altered": 1.0, "without-answer": 0.5, "all": 0.75}


def test_words_in_common_count_without_accents_and_articles_of_elision() -> None:
    assert token_f1("l'Été 2025", "été 2025") == 1.0
    assert token_f1("en été", "été") == pytest.approx(2 / 3)
    assert token_f1("hiver", "été") == 0.0
    assert token_f1("", "été") == 0.0


def test_chance_is_a_half() -> None:
    assert area_under_curve([], [1.0]) == area_under_curve([1.0], [1.0]) == 0.5
    assert area_under_curve([2.0, 0.0], [1.0]) == 0.5
    assert reading.LONGEST_ANSWER > 0
