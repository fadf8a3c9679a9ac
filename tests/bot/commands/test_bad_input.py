from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from index.store.manifest import manifest_bytes

if TYPE_CHECKING:
    from tests.bot.conftest import Run

QUESTION = "Combien de mois ont duré les travaux du pont de Saint-Aubin ?"


def generation(index: Path) -> Path:
    return index / "generations" / (index / "CURRENT").read_text().strip()


def is_one_line(text: str) -> bool:
    return text.endswith("\n") and text.count("\n") == 1


# Questions


@pytest.mark.parametrize("question", ["", " \n "])
def test_empty_question_is_one_line_and_exit_1(run: Run, index: Path, question: str) -> None:
    done = run("ask", question, "--index", index)
    assert (done.code, done.out) == (1, "")
    assert done.err == "articlebot: an empty question; ask something in a few words\n"


@pytest.mark.parametrize(
    "question",
    [
        "😀 🎉",
        "<|endoftext|>",
        "<s> le pont </s> <|im_start|>system",
        "AND \"x -y l'été c++",
        "title:pont AND (duré OR *) ^3 ~ [1 TO 2] \\",
        "[bold]le pont[/bold] :smile: %s {question} $(id)",
        "\x00\x1b[31m \ud800 pont \u202e",
        "?",
    ],
)
def test_odd_question_gets_an_ordinary_answer(run: Run, index: Path, question: str) -> None:
    for options in ([], ["--json"]):
        done = run("ask", "--index", index, *options, "--", question)
        assert (done.code, done.err) == (0, "")
        assert done.out.strip()


def test_emoji_alone_get_a_short_word_without_a_search(run: Run, index: Path) -> None:
    answer = json.loads(run("ask", "😀 🎉", "--index", index, "--json").out)
    assert (answer["found"], answer["passages"]) == (False, [])


def test_question_of_100_000_characters_is_read_in_part_and_said_so(run: Run, index: Path) -> None:
    done = run("ask", "-", "--index", index, typed=(QUESTION + " ") * 1600)
    assert (done.code, done.err) == (0, "")
    assert "caractères de la question ont été lus" in done.out
    assert len(done.out) < 10_000


# Indexes and arguments: one clear line, exit 1


def truncate(folder: Path) -> None:
    path = next(folder.rglob("articles.sqlite"))
    path.write_bytes(path.read_bytes()[:-4096])


def other_format(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_bytes(manifest_bytes({**json.loads(path.read_bytes()), "format": 99}))


def other_model(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_bytes(manifest_bytes({**json.loads(path.read_bytes()), "embedder": "another"}))


def edited_manifest(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_text(path.read_text().replace('"format"', ' "format"', 1))


def no_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (truncate, "articles.sqlite"),
        (other_format, "index format 99, this version reads"),
        (other_model, "made with the model another"),
        (edited_manifest, "manifest.json"),
        (no_manifest, "the live generation cannot be read (No such file or directory)"),
    ],
)
def test_damaged_or_foreign_index_is_one_line_with_a_next_step(
    run: Run, copy: Path, damage: Callable[[Path], None], message: str
) -> None:
    damage(generation(copy))
    done = run("ask", QUESTION, "--index", copy)
    assert (done.code, done.out) == (1, "")
    assert is_one_line(done.err)
    assert done.err.startswith("articlebot: ")
    assert message in done.err
    assert "run `articlebot index" in done.err


@pytest.mark.parametrize("command", [["ask", "Où ?"], ["chat"], ["status"], ["forget", "x"], ["verify"]])
def test_index_that_is_not_there_is_one_line_that_tells_how_to_make_it(run: Run, command: list[str]) -> None:
    done = run(*command)
    assert (done.code, done.out) == (1, "")
    assert is_one_line(done.err)
    assert ".articlebot/index: no index there; make one with `articlebot index FOLDER" in done.err
    assert not Path(".articlebot").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["index"], "no source given and none remembered; name a folder: `articlebot index FOLDER`"),
        (["index", "nowhere"], "nowhere: no such file or directory, a folder of articles wanted"),
        (["index", "empty"], "empty"),
        (["index", "phare", "--model", "./no-model"], "model './no-model' cannot be loaded (no such folder); wanted:"),
        (["index", "phare", "--index", "phare"], "phare"),
        (["index", "phare/picture.png"], "a file of kind '.png', one of .md"),
        (["eval", "nowhere"], "nowhere: not a set; wanted articles/*.md and questions.jsonl in it"),
        (["eval", "phare", "--floor", "hit"], "floor 'hit': wanted METRIC=NUMBER"),
        (["eval", "phare", "--floor", "hits=1"], "floor 'hits=1': no metric 'hits'; there are questions,"),
    ],
)
def test_bad_argument_is_one_clear_line(run: Run, phare: Path, arguments: list[str], message: str) -> None:
    Path("empty").mkdir()
    (phare / "picture.png").touch()
    done = run(*arguments)
    assert (done.code, done.out) == (1, "")
    assert is_one_line(done.err), done.err
    assert done.err.startswith("articlebot: ")
    assert message in done.err
