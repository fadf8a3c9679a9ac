from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from retrieval.learning.reader.judging import area_under_curve, judge_reader, token_f1
from retrieval.learning.reader.making import make_reader
from retrieval.learning.reader.near_misses import Example, NearMiss
from retrieval.learning.sets import DataError
from retrieval.reader.reading import LONGEST_ANSWER, READER_FILE, Reader
from tests.retrieval.learning.reader.conftest import write_people
from tests.retrieval.reader.marking import Marking


def test_a_folder_becomes_a_reader_that_reads(folder: Path, tmp_path: Path) -> None:
    shipped, out = READER_FILE.read_bytes(), tmp_path / "out"
    done = CliRunner().invoke(app, ["train", "reader", str(folder), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert done.output.count("on articles left out: words") == 1
    assert f"written: {out / 'reader.onnx'}; to use it, copy it to {READER_FILE}\n" in done.output
    assert f"written: {out / 'reader.json'}; to use it, copy it to " in done.output
    assert READER_FILE.read_bytes() == shipped
    card = json.loads((out / "reader.json").read_text(encoding="utf-8"))
    assert (card["questions"], card["languages"]) == (6, ["en", "fr"])
    (found,) = Reader(out / "reader.onnx").read("Quand ?", [("", "En 1932.")])
    assert found.answer(0, 8) is not None
    further = tmp_path / "further"
    people = write_people(tmp_path / "people")
    start = str(out / "reader.onnx")
    done = CliRunner().invoke(app, ["train", "reader", str(people), "--start", start, "--out", str(further)])
    assert done.exit_code == 0, done.output
    assert f"written: {further / 'reader.onnx'}" in done.output
    assert {path.name for path in further.iterdir()} == {"reader.onnx", "reader.json"}
    told = json.loads((further / "reader.json").read_text(encoding="utf-8"))
    assert (told["from"], told["rounds"]) == (card["sha256"], 1)
    assert set(told["sources"]) == {"people"}
    (moved,) = Reader(further / "reader.onnx").read("Quand ?", [("", "En 1932.")])
    assert 0 < abs(moved.answerable - found.answerable) < 2
    trained: list[str] = []
    make_reader(folder, out, progress=lambda what, _done, _all: trained.append(what))
    assert trained == []  # all of it was there
    with pytest.raises(DataError, match=r"reader.onnx: made with \{'seed': 0\}, wanted \{'seed': 1\}; give another"):
        make_reader(folder, out, seed=1)


def test_a_folder_that_is_none_is_one_line(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["train", "reader", str(tmp_path), "--out", str(tmp_path / "work")])
    assert done.exit_code == 1
    assert "passages.jsonl: cannot be read (No such file or directory)" in " ".join(done.output.split())


def test_figures_are_shares_of_what_was_found() -> None:
    examples = [
        Example("Quand ?", "", "Il a ouvert en 1932 au printemps.", ((15, 19),)),
        Example("Quand ?", "", "Il a ouvert en 1932 au printemps.", ((23, 32),)),
        Example("Quand ?", "", "Rien ici.", (), NearMiss.ALTERED),
        Example("Quand ?", "", "Un péage de 1932.", (), NearMiss.WITHOUT_ANSWER),
    ]
    figures = judge_reader(Marking("1932", 1.0), examples)
    assert (figures.examples, figures.words, figures.exact) == (4, 0.5, 0.5)
    assert figures.apart == {"altered": 1.0, "without-answer": 0.5, "all": 0.75}


def test_what_people_wrote_is_told_from_what_else_is_of_their_source() -> None:
    examples = [
        Example("Quand ?", "", "Il a ouvert en 1932.", ((15, 19),), source="a"),
        Example("Quand ?", "", "Rien ici.", (), NearMiss.WRITTEN, "a"),
        Example("Quand ?", "", "Rien là.", ((5, 8),), source="b"),
        Example("Quand ?", "", "Un péage de 1932.", (), NearMiss.WRITTEN, "b"),
        Example("Quand ?", "", "En 1932.", ((3, 7),)),
        Example("Quand ?", "", "Toujours rien.", (), NearMiss.ALTERED),
        Example("Quand ?", "", "Toujours rien.", (), NearMiss.SAME_ARTICLE, "a"),
    ]
    figures = judge_reader(Marking("1932", 1.0), examples)
    assert figures.apart == {"a": 1.0, "b": 0.0, "altered": 1.0, "all": pytest.approx(8.5 / 12)}


def test_words_in_common_count_without_accents_and_articles_of_elision() -> None:
    assert token_f1("l'Été 2025", "été 2025") == 1.0
    assert token_f1("en été", "été") == pytest.approx(2 / 3)
    assert token_f1("hiver", "été") == 0.0
    assert token_f1("", "été") == 0.0


def test_chance_is_a_half() -> None:
    assert area_under_curve([], [1.0]) == area_under_curve([1.0], [1.0]) == 0.5
    assert area_under_curve([2.0, 0.0], [1.0]) == 0.5
    assert LONGEST_ANSWER > 0
