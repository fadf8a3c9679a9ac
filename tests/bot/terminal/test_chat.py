from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING

import pytest

from bot.terminal import chat
from index.text.by_language import ByLanguage

if TYPE_CHECKING:
    from tests.bot.conftest import Run

FIRST = "Combien de mois ont duré les travaux du pont de Saint-Aubin ?"
FOLLOW_UP = "Et quand ?"
UNDERSTOOD = "Quand ont duré les travaux du pont de Saint-Aubin ?"


def test_follow_up_is_understood(run: Run, index: Path) -> None:
    done = run("chat", "--index", index, typed=f"{FIRST}\n{FOLLOW_UP}\n")
    assert (done.code, done.err) == (0, "")
    first, second = done.out.split(f"Question comprise : {UNDERSTOOD}\n")
    assert "14 mois" in first
    assert "mardi 4 mars 2025" in second


def test_new_subject_forgets_what_was_said(run: Run, index: Path) -> None:
    done = run("chat", "--index", index, typed=f"{FIRST}\n/new\n{FOLLOW_UP}\n")
    assert "Question comprise" not in done.out
    assert done.err == "New subject.\n"


@pytest.mark.parametrize(("name", "words"), [("fr_FR.UTF-8", "Nouveau sujet."), ("C.UTF-8", "New subject.")])
def test_our_words_follow_the_locale(
    run: Run, index: Path, monkeypatch: pytest.MonkeyPatch, name: str, words: str
) -> None:
    monkeypatch.setenv("LC_ALL", name)
    assert run("chat", "--index", index, typed="/new").err == f"{words}\n"


@pytest.mark.parametrize("command", ["/quit", "/exit", "/q", " /quit "])
def test_quit_ends_and_empty_lines_ask_nothing(run: Run, index: Path, command: str) -> None:
    done = run("chat", "--index", index, typed=f"\n  \n{command}\n{FIRST}\n")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_answers_are_separated_by_an_empty_line(run: Run, index: Path) -> None:
    assert run("chat", "--index", index, typed="bonjour\nmerci").out == (
        "Bonjour ! Posez-moi une question sur les articles.\n\nAvec plaisir.\n\n"
    )


def test_bytes_that_are_no_text_are_answered_like_others(run: Run, index: Path) -> None:
    done = run("chat", "--index", index, typed=b"\xff\xfe caf\xe9 ?\nmerci\n")
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith("Avec plaisir.\n\n")


def test_json_is_a_line_an_answer(run: Run, index: Path) -> None:
    done = run("chat", "--json", "--index", index, typed=f"{FIRST}\n{FOLLOW_UP}\n")
    first, second = (json.loads(line) for line in done.out.splitlines())
    assert (first["question"], first["found"]) == (FIRST, True)
    assert second["standalone_question"] == UNDERSTOOD


FERRY = "Why was the ferry to Tarsey cancelled?"


def test_sources_are_those_of_the_last_answer_that_has_any(run: Run, index: Path) -> None:
    before = run("chat", "--index", index, typed="/sources")
    assert (before.code, before.out, before.err) == (0, "", "There is no answer with citations yet.\n")
    done = run("chat", "--index", index, typed=f"{FIRST}\n{FERRY}\nthanks\n/new\n/Sources\n")
    *_, thanks, sources = done.out.removesuffix("\n\n").split("\n\n")
    assert "welcome" in thanks
    title, quote, *_ = sources.splitlines()
    assert title.endswith(
        " Storm stops the Tarsey ferry — The Tarsey Post, 17 January 2025 — https://example.org/ferry"
    )
    assert quote.endswith("“The ferry between Brenholm and Tarsey was cancelled on Friday because of a storm.”")
    assert run("chat", "--index", index, typed=f"{FIRST}\n/sources\n").out.count(" — articles/pont.md\n") == 1


@pytest.mark.parametrize(
    ("locale", "typed", "said"),
    [
        ("fr_FR.UTF-8", "/aide", "/aide : commande inconnue ; il y a /sources, /new, /help, /quit.\n"),
        ("C", "/source now", "/source: unknown command; there are /sources, /new, /help, /quit.\n"),
        ("C", "/", "/: unknown command; there are /sources, /new, /help, /quit.\n"),
        ("fr_FR.UTF-8", "/sources", "Il n’y a pas encore de réponse avec des citations.\n"),
    ],
)
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_command_that_is_none_is_told_and_asks_nothing(
    run: Run, index: Path, monkeypatch: pytest.MonkeyPatch, locale: str, typed: str, said: str, options: list[str]
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    done = run("chat", "--index", index, *options, typed=typed)
    assert (done.code, done.out, done.err) == (0, "", said)


@pytest.mark.parametrize(("locale", "words"), [("fr_FR.UTF-8", "cette aide"), ("C", "this help")])
def test_help_tells_every_command(
    run: Run, index: Path, monkeypatch: pytest.MonkeyPatch, locale: str, words: str
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    done = run("chat", "--index", index, typed="/help")
    assert done.out == ""
    assert re.findall(r"^(/\w+) ", done.err, re.MULTILINE) == ["/sources", "/new", "/help", "/quit"]
    assert words in done.err


def test_path_is_a_question(run: Run, index: Path) -> None:
    done = run("chat", "--index", index, "--json", typed="/etc/passwd est-il cité ?")
    assert json.loads(done.out)["question"] == "/etc/passwd est-il cité ?"


def test_json_stays_a_line_an_answer_whatever_commands_say(run: Run, index: Path) -> None:
    done = run("chat", "--json", "--index", index, typed=f"/help\n{FIRST}\n/sources\n/new\n/huh\n{FERRY}\n/quit\n")
    assert [json.loads(line)["question"] for line in done.out.splitlines()] == [FIRST, FERRY]
    assert "[1] Le pont de Saint-Aubin rouvre aux voitures — Le Courrier, 4 mars 2025 — articles/pont.md\n" in done.err


class Terminal:
    """A chat on a terminal of 80 columns."""

    def __init__(self, index: Path) -> None:
        self._ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "bot.cli", "chat", "--passages", "--index", str(index)]
        environment = {**os.environ, "TERM": "dumb", "LC_ALL": "C.UTF-8", "PYTHONPATH": str(Path(__file__).parents[3])}
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
        )
        os.close(theirs)
        self.screen = ""

    def type(self, line: str) -> None:
        os.write(self._ours, line.encode())

    def read_until(self, text: str, times: int = 1, nudge: Callable[[], None] = lambda: None) -> None:
        """Reads until the screen holds the text; `nudge` is called at once, and again where nothing comes."""
        end = time.monotonic() + 120
        data = self.screen.encode()
        nudge()
        while self.screen.count(text) < times:
            assert time.monotonic() < end, self.screen
            if not select.select([self._ours], [], [], 1)[0]:
                nudge()
                continue
            data += os.read(self._ours, 4096)
            self.screen = data.decode(errors="ignore").replace("\r\n", "\n")

    def close(self) -> int:
        code = self.process.wait(timeout=120)
        os.close(self._ours)
        return code


def test_terminal_has_a_prompt_and_lines_of_its_width_and_ctrl_d_ends(index: Path) -> None:
    terminal = Terminal(index)
    terminal.read_until("› ")
    assert terminal.screen.startswith("Ask a question; /new starts a new subject, /sources shows")
    terminal.type(f"{FIRST}\n")
    terminal.read_until("› ", times=2)
    lines = terminal.screen.splitlines()
    assert max(map(len, lines)) <= 80
    at = lines.index("[1] Le pont de Saint-Aubin rouvre aux voitures — Le Courrier, 4 mars 2025")
    assert lines[at - 1] == ""
    assert lines[at + 1 : at + 3] == [
        "    Le pont de Saint-Aubin a rouvert aux voitures mardi 4 mars 2025. «\u202fLes",
        "    travaux ont duré 14 mois.\u202f» Ils ont coûté 3,5 millions d’euros.",
    ]
    terminal.type("\x04")
    assert terminal.close() == 0


def test_ctrl_c_at_the_prompt_is_exit_130_without_a_traceback(index: Path) -> None:
    terminal = Terminal(index)
    terminal.read_until("› ")
    # again, as a person would: Python misses a signal between the prompt and the wait for a key
    terminal.read_until("articlebot: stopped\n", nudge=lambda: terminal.process.send_signal(signal.SIGINT))
    assert "Traceback" not in terminal.screen
    assert terminal.close() == 130


def test_a_chat_says_the_same_in_each_of_its_languages() -> None:
    words = ByLanguage("", Path(chat.__file__).with_name("our_words"))
    gaps = {
        language: {key: sorted(name for _, name, _, _ in Formatter().parse(said) if name) for key, said in of.items()}
        for language, of in words.items()
    }
    assert gaps["fr"] == gaps["en"]
