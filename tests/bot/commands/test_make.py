"""What `make ask` and `make bot` leave behind: the index that commands without --index ask, where there is no other."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.bot.conftest import Run

ROOT = Path(__file__).parents[3]
BRIDGE = "Combien de mois ont duré les travaux du pont de Saint-Aubin ?"
LIGHTHOUSE = "En quelle année le phare de Kerbrat a-t-il été automatisé ?"
NOTE = "articlebot: no .articlebot/index, so this is .articlebot/{}, of `make`\n"

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="no make here, so none of its recipes either")


@pytest.fixture
def clone(tmp_path: Path, articles: Path) -> Path:
    """A clone that is set up: the real Makefile, our command, three articles for those to start with."""
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    shutil.copytree(articles, tmp_path / "seeds" / "articles")
    command = tmp_path / ".venv" / "bin" / "articlebot"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m bot.cli "$@"\n')
    command.chmod(0o755)
    soon = time.time() + 60  # after the files that they are made from
    for name in (".torch", ".ready", ".ready-dev"):
        (tmp_path / ".venv" / name).touch()
        os.utime(tmp_path / ".venv" / name, (soon, soon))
        soon += 1
    return tmp_path


def call(clone: Path, *command: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command, cwd=clone, input=typed, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False
    )
    assert "pip" not in done.stdout + done.stderr
    return done


def asked(clone: Path, question: str) -> tuple[str, str]:
    done = call(clone, ".venv/bin/articlebot", "ask", question)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def test_command_answers_from_the_index_that_make_asked_last(clone: Path, phare: Path) -> None:
    made = call(clone, "make", "ask", f"Q={BRIDGE}")
    assert made.returncode == 0, made.stderr
    out, err = asked(clone, BRIDGE)
    assert out == made.stdout
    assert "14 mois" in out
    assert err == NOTE.format("starter")
    # one's own articles have an index of their own
    assert "1987" in call(clone, "make", "ask", f"ARTICLES={phare}", f"Q={LIGHTHOUSE}").stdout
    out, err = asked(clone, LIGHTHOUSE)
    assert ("1987" in out, err) == (True, NOTE.format("phare"))
    call(clone, "make", "ask", f"Q={BRIDGE}")
    assert asked(clone, BRIDGE)[1] == NOTE.format("starter")
    # what looks after an index looks after this one
    done = call(clone, ".venv/bin/articlebot", "index")
    assert "3 unchanged" in done.stdout
    assert call(clone, ".venv/bin/articlebot", "status").stdout.startswith("index     .articlebot/starter,")
    assert "3 articles" in call(clone, ".venv/bin/articlebot", "backup", "backup.tar").stdout


def test_ones_own_index_holds_nothing_of_what_make_indexed_and_counts_from_then_on(clone: Path, phare: Path) -> None:
    call(clone, "make", "ask", f"Q={BRIDGE}")
    assert "1 added" in call(clone, ".venv/bin/articlebot", "index", str(phare)).stdout
    out, err = asked(clone, LIGHTHOUSE)
    assert ("1987" in out, err) == (True, "")
    assert "14 mois" not in asked(clone, BRIDGE)[0]
    again = call(clone, "make", "ask", f"Q={BRIDGE}")
    assert "14 mois" in again.stdout
    assert "this asks .articlebot/starter; commands without --index ask .articlebot/index\n" in again.stderr
    assert "1987" in asked(clone, LIGHTHOUSE)[0]


def test_folder_named_as_one_of_ours_gets_an_index_beside(clone: Path, phare: Path) -> None:
    shutil.copytree(phare, clone / "starter")
    call(clone, "make", "ask", "ARTICLES=starter", f"Q={LIGHTHOUSE}")
    assert asked(clone, LIGHTHOUSE)[1] == NOTE.format("starter-articles")


def test_bot_of_make_leaves_its_index_as_well(clone: Path) -> None:
    done = call(clone, "make", "bot", "DEMO=1", typed=f"{BRIDGE}\n/quit\n")
    assert "14 mois" in done.stdout, done.stderr
    assert asked(clone, BRIDGE)[1] == NOTE.format("starter")


def test_index_that_was_named_is_never_another_one(run: Run, index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(index, ".articlebot/starter")
    Path(".articlebot/latest").write_text(".articlebot/starter\n")
    assert run("status").out.startswith("index     .articlebot/starter,")
    for arguments, setting in ((["--index", "mine"], ""), ([], "mine"), ([], ".articlebot/index")):
        monkeypatch.setenv("ARTICLEBOT_INDEX", setting)
        done = run("status", *arguments)
        assert (done.code, done.out) == (1, "")
        assert done.err.startswith(f"articlebot: {setting or 'mine'}: no index there; make one with")


def test_damaged_index_of_ones_own_is_told_and_no_other_asked(run: Run, index: Path) -> None:
    for name in ("starter", "index"):
        shutil.copytree(index, f".articlebot/{name}")
    Path(".articlebot/latest").write_text(".articlebot/starter\n")
    Path(".articlebot/index/CURRENT").unlink()
    done = run("status")
    assert (done.code, done.err) == (
        1, "articlebot: .articlebot/index/CURRENT: missing; run `articlebot index --full`\n"
    )  # fmt: skip


@pytest.mark.parametrize("left", ["", "nowhere\n", "\0\n"])
def test_what_is_there_is_named_where_it_is_not_known_which_was_made_last(run: Run, index: Path, left: str) -> None:
    shutil.copytree(index, ".articlebot/mine")
    Path(".articlebot/latest").write_text(left)
    done = run("ask", LIGHTHOUSE)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("articlebot: .articlebot/index: no index there; make one with ")
    assert done.err.endswith("or name one that is there: --index .articlebot/mine\n")
