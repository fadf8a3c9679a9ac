"""What measures and learns the search, as commands: ablate, train fusion; and a reranker that is not there."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from retrieval.learning import ablation
from retrieval.search.fusion import FUSION_FILE, Fusion

if TYPE_CHECKING:
    from tests.bot.conftest import Run

BRIDGE = "Combien de mois ont duré les travaux du pont de Saint-Aubin ?"
PARTS = [
    "vectors alone", "words alone (BM25)", "reciprocal rank fusion", "ours", "without the best sentence",
    "without the gate", "without neighbours", "without the turns before", "without dates", "without centring",
    "without titles",
]  # fmt: skip
SLIPS = [
    "as asked", "in capitals", "without accents", "with typing slips", "its rarest word alone",
    "with 2,000 words after it",
]  # fmt: skip


FUSION = Path(".articlebot/learned/fusion.json")


def interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def is_one_line(text: str) -> bool:
    return text.endswith("\n") and text.count("\n") == 1


# Ablating


def test_ablate_prints_what_parts_give_and_what_slips_cost(run: Run, labelled: Path) -> None:
    done = run("ablate", labelled)
    assert (done.code, done.err) == (0, "")
    parts, slips = (table.splitlines() for table in done.out.split("\n\n"))
    assert re.fullmatch(r"searched with +labelled", parts[0])
    assert re.fullmatch(r"questions +labelled", slips[0])
    for table, names in ((parts, PARTS), (slips, SLIPS)):
        assert [line.strip().rsplit(maxsplit=1)[0].strip() for line in table[1:]] == names
        assert all(re.fullmatch(r".* [01]\.\d{3}", line) for line in table[1:])
    assert all(line.startswith("  without") for line in parts[5:])  # of "ours"
    assert Path(".articlebot/eval").is_dir()


def test_ablate_as_json_has_both_tables_by_set(run: Run, labelled: Path, tmp_path: Path) -> None:
    other = shutil.copytree(labelled, tmp_path / "other")
    done = run("ablate", labelled, other, "--json", "--work", "elsewhere")
    assert (done.code, done.err) == (0, "")
    tables = json.loads(done.out)
    assert list(tables) == ["parts", "slips"]
    assert list(tables["parts"]) == list(tables["slips"]) == ["labelled", "other"]
    assert [name.strip() for name in tables["parts"]["labelled"]] == PARTS
    assert list(tables["slips"]["labelled"]) == SLIPS
    assert tables["parts"]["labelled"] == tables["parts"]["other"]
    assert tables["parts"]["labelled"]["ours"] == tables["slips"]["labelled"]["as asked"] == 1
    assert Path("elsewhere").is_dir()
    assert not Path(".articlebot").exists()


def test_interrupted_ablate_prints_no_half_table(run: Run, labelled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ablation, "mangle", interrupt)
    done = run("ablate", labelled)
    assert (done.code, done.out) == (130, "")
    assert done.err == "articlebot: stopped; nothing was measured\n"


@pytest.mark.parametrize("command", [["ablate"], ["train", "fusion"]])
def test_what_is_no_set_is_one_line_and_exit_1(run: Run, command: list[str], phare: Path) -> None:
    unanswerable: dict[str, object] = {
        "id": "1",
        "question": "Où ?",
        "answers": [],
        "article": None,
        "answerable": False,
    }
    Path("none/articles").mkdir(parents=True)
    shutil.copy(phare / "phare.md", "none/articles")
    Path("none/questions.jsonl").write_text(json.dumps(unanswerable))
    for folder, message in (
        (phare, "phare: not a set; wanted articles/*.md and questions.jsonl in it"),
        ("nowhere", "nowhere: not a set; wanted articles/*.md and questions.jsonl in it"),
        ("none", "none/questions.jsonl: none of 1 questions is answerable; add some that the articles answer"),
    ):
        done = run(*command, folder)
        assert (done.code, done.out) == (1, "")
        assert is_one_line(done.err)
        assert message in done.err
    assert run(*command).code == 2
    assert not FUSION.exists()


# Learning the constants


def test_train_fusion_writes_constants_where_out_says_and_never_into_the_package(run: Run, labelled: Path) -> None:
    shipped = FUSION_FILE.read_bytes()
    for out, more in ((FUSION, []), (Path("mine/fusion.json"), ["--out", "mine"])):
        done = run("train", "fusion", labelled, *more)
        assert (done.code, done.err) == (0, "")
        said = re.fullmatch(
            r"(\d\.\d{4}), with the constants of before (\d\.\d{4}): 800 / \(800 \+ characters read\), mean\n"
            rf"written: {out}; to use it, copy it to {FUSION_FILE}\n",
            done.out,
        )
        assert said
        assert 0 < float(said[2]) <= float(said[1]) <= 1
        chosen = Fusion(**json.loads(out.read_text()))
        assert chosen.gate_from < chosen.gate_to
        assert chosen.before == Fusion.load().before
        assert FUSION_FILE.read_bytes() == shipped


def test_a_folder_that_cannot_be_made_is_told_before_anything_is_learned(run: Run, labelled: Path) -> None:
    Path("taken").write_text("")
    done = run("train", "fusion", labelled, "--out", "taken/inside")
    assert (done.code, done.out) == (1, "")
    assert done.err == "articlebot: taken/inside: no folder can be made there (Not a directory); name one: --out\n"
    assert not Path(".articlebot").exists()  # no index was made
    assert run("train", "fusion", labelled, "--out", "taken").code == 2


def test_interrupted_train_fusion_writes_nothing(run: Run, labelled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = FUSION_FILE.read_bytes()
    monkeypatch.setattr(ablation, "measure", interrupt)
    done = run("train", "fusion", labelled)
    assert (done.code, done.out) == (130, "")
    assert done.err == "articlebot: stopped; nothing was written\n"
    assert not FUSION.exists()
    assert FUSION_FILE.read_bytes() == shipped


@pytest.mark.parametrize(
    ("command", "file"),
    [
        ("means", "index/embedding/language_means.npz"),
        ("fusion", "retrieval/search/fusion.json"),
        ("reader", "retrieval/reader/reader.onnx"),
        ("answers", "retrieval/answering/weights.json"),
    ],
)
def test_help_says_where_a_learned_file_goes_and_where_to_copy_it(run: Run, command: str, file: str) -> None:
    told = " ".join(run("train", command, "--help").out.replace("│", " ").split())
    assert f"Make {file}: " in told
    assert re.search(r"--out .*copy it over the one that ships", told)
    assert "[default: .articlebot/" in told


# A reranker that is not there


@pytest.mark.parametrize("command", [["ask", BRIDGE], ["chat"]])
def test_reranker_that_is_not_there_is_one_clear_line(run: Run, index: Path, command: list[str]) -> None:
    for name, reason in (("./no-such-folder", r"\(no such folder\)"), ("no-such-folder", r"\(.+\)")):
        done = run(*command, "--index", index, "--reranker", name)
        assert (done.code, done.out) == (1, "")
        assert is_one_line(done.err), done.err
        assert re.match(rf"articlebot: model '{name}' cannot be loaded {reason}; wanted: a CrossEncoder's ", done.err)
