"""Nothing that articles, names and addresses hold steers a terminal: every command, in a real process."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

from index import build_index
from index.text.visible import json_text, one_line, visible
from retrieval import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[3]
# colours, a link, the clipboard, C1, back to the start of the line, one character back, the reading direction, lines
EVIL = "\x1b[5;31m\x1b]8;;x\x07\x1b]52;c;aGk=\x07\x9b2J\r\x08\x7f\u202e\u2066\u2028\x85\u200f"
QUESTION = "Combien de mois ont duré les travaux du pont de Saint-Aubin ?"
TEXT = f"Les travaux du pont de Saint-Aubin {EVIL}ont duré 14 mois. Ils ont coûté 3,5 millions d’euros."
_OWN = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")  # colours and movements of the cursor, as rich writes them
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f]")

Show: TypeAlias = "Callable[..., str]"


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds a folder of such articles, its index, and a set of questions, each of such a name."""
    folder = tmp_path_factory.mktemp("evil")
    articles = folder / f"news{EVIL}"
    articles.mkdir()
    (articles / f"empty{EVIL}.md").touch()
    record = {"source": f"Le Courrier {EVIL}", "url": f"https://example.org/{EVIL}", "language": "fr"}
    bridge = {**record, "id": f"pont{EVIL}", "title": f"Le pont {EVIL}", "text": TEXT}
    light = {**record, "title": f"Un phare {EVIL}", "text": f"Le phare de Kerbrat {EVIL} a été automatisé en 1987."}
    (articles / f"more{EVIL}.jsonl").write_text(f"{json.dumps(bridge)}\n{json.dumps(light)}\n", encoding="utf-8")
    build_index([articles], folder / f"index{EVIL}")
    labelled = folder / f"set{EVIL}"
    (labelled / "articles").mkdir(parents=True)
    (labelled / "articles" / "a.md").write_text(
        "# Le pont\n\nLes travaux du pont ont duré 14 mois.\n", encoding="utf-8"
    )
    asked = {"id": "1", "question": QUESTION, "answers": ["14 mois"], "article": "a.md", "answerable": True}
    asked["passage"] = "14 mois"
    (labelled / "questions.jsonl").write_text(json.dumps(asked) + "\n")
    return folder


# runs one command after the other, as the command line would, what each shows before a line that ends it
MANY = """
import json, sys
from bot.cli import app
for arguments in json.loads(sys.argv.pop()):
    try:
        app(arguments)
    except SystemExit:
        pass
    finally:
        print(flush=True)
        print("END", flush=True)
"""
ONE = "from bot.cli import app; app()"


def surroundings(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "utf-8", **more}


def on_a_pipe(folder: Path, *arguments: str, code: str = ONE, typed: str = "", **more: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=folder, env=surroundings(**more), input=typed.encode(),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False,
    )  # fmt: skip
    return done.stdout.decode()


def on_a_terminal(folder: Path, *arguments: str, code: str = ONE, typed: str = "", **more: str) -> str:
    ours, theirs = pty.openpty()
    settings = termios.tcgetattr(theirs)
    settings[1] &= ~termios.OPOST  # what is written arrives as it was written
    settings[3] &= ~termios.ECHO
    termios.tcsetattr(theirs, termios.TCSANOW, settings)
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments], cwd=folder, env=surroundings(TERM="xterm-256color", **more),
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    os.write(ours, typed.encode())
    data = b"".join(pieces(ours))
    os.close(ours)
    process.wait(timeout=60)
    raw = data.decode()
    assert "\x1b[5;31m" not in raw
    return _OWN.sub("", raw).replace("\r", "")


def pieces(terminal: int) -> Iterator[bytes]:
    while True:
        try:
            data = os.read(terminal, 65536)
        except OSError:  # the other side is gone
            return
        if not data:
            return
        yield data


@pytest.fixture(scope="module", params=[on_a_pipe, on_a_terminal], ids=["pipe", "terminal"])
def show(request: pytest.FixtureRequest, evil: Path) -> Show:
    """Runs a command; returns what it shows, which steers nothing."""

    def show(*arguments: str, **how: str) -> str:
        text: str = request.param(evil, *arguments, **how)
        assert "Traceback" not in text
        assert _STEERING.findall(text) == [], repr(text)
        return text

    return show


# arguments and what is shown; INDEX and SET stand for the folders of these names, EVIL for itself
COMMANDS: dict[str, tuple[list[str], str]] = {
    "ask": (["ask", QUESTION, "--index", "INDEX"], "ont duré 14 mois. [1]"),
    "ask what is evil itself": (
        ["ask", "phare EVIL 1987 ?", "--index", "INDEX"],
        "Un phare [5;31m]8;;x]52;c;aGk=\ufffd2J",
    ),
    "ask a model": (["ask", QUESTION, "--index", "INDEX", "--llm", "EVIL"], "provider:model"),
    "ask elsewhere": (["ask", QUESTION, "--index", "no-EVIL"], "no-\ufffd"),
    "status": (["status", "--index", "INDEX"], "failed news\ufffd"),
    "verify": (["verify", "--index", "INDEX"], "all is well"),
    "forget": (["forget", "EVIL", "--index", "INDEX"], "remembered: news\ufffd"),
    "rollback": (["rollback", "--index", "INDEX"], "articlebot: index\ufffd"),
    "index": (["index", "--index", "INDEX"], "failed: news\ufffd"),
    "index what is not there": (["index", "no-EVIL", "--index", "INDEX"], "no-\ufffd"),
    "index an address": (["index", "http://127.0.0.1/EVIL", "--index", "INDEX"], "127.0.0.1/"),
    "eval": (["eval", "SET", "--floor", "questions=9"], "set\ufffd"),
    "a wrong argument": (["status", "two", "EVIL"], "unexpected"),
    "a wrong command": (["no-EVIL"], "No such command"),
}


@pytest.fixture(scope="module")
def all_shown(show: Show) -> dict[str, str]:
    """What each of the commands shows."""
    meant = {"INDEX": f"index{EVIL}", "SET": f"set{EVIL}"}
    calls = [[meant.get(each, each.replace("EVIL", EVIL)) for each in arguments] for arguments, _ in COMMANDS.values()]
    return dict(zip(COMMANDS, show(json.dumps(calls), code=MANY).split("\nEND\n"), strict=False))


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_lets_an_article_steer_the_terminal(name: str, all_shown: dict[str, str]) -> None:
    assert COMMANDS[name][1] in " ".join(all_shown[name].split())


def test_nor_does_a_chat(show: Show) -> None:
    text = show("chat", "--index", f"index{EVIL}", typed=f"{QUESTION}\n/sources\n/quit\n")
    assert "ont duré 14 mois. [1]" in text
    assert "\ufffd" in text


def test_nor_does_the_demo_of_the_bot(show: Show) -> None:
    typed = f"{QUESTION}\n/articles\n1\n:file no{EVIL[0]}\n/quit\n"
    text = show("bot", "--demo", "--index", f"index{EVIL}", typed=typed)
    assert "ont duré 14 mois. [1]" in text
    assert "no\ufffd: No such file" in text


def test_nor_does_a_setting(show: Show) -> None:
    assert "ARTICLEBOT_LOG_LEVEL" in show("status", ARTICLEBOT_LOG_LEVEL=EVIL)


def test_nor_does_a_damaged_index_while_it_is_mended(show: Show, evil: Path) -> None:
    folder = evil / f"index{EVIL}"
    next((folder / "generations" / (folder / "CURRENT").read_text()).rglob("vectors.faiss")).unlink()
    assert "vectors.faiss: missing" in show("verify", "--repair", "--index", folder.name)


def test_nor_does_the_log_of_watching(evil: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", ONE, "index", "--watch", "--index", f"index{EVIL}"], cwd=evil, env=surroundings(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    lines = [""]
    while "failed:" not in lines[-1]:
        lines.append(process.stderr.readline().decode())
        assert process.poll() is None, lines
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=60)
    text = "".join(lines) + rest.decode()
    assert "WARNING failed: news\ufffd[5;31m" in text
    assert _STEERING.findall(text) == []


@pytest.mark.parametrize("arguments", [["ask", QUESTION], ["status"]])
def test_json_escapes_it_and_stays_the_same_data(arguments: list[str], evil: Path) -> None:
    raw = on_a_pipe(evil, *arguments, "--json", "--index", f"index{EVIL}")
    assert _STEERING.findall(raw) == []
    assert any("\x9b2J" in each and "\u202e\u2066" in each for each in strings(json.loads(raw)))


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def test_json_keeps_what_the_encoding_of_the_terminal_lacks(evil: Path) -> None:
    raw = on_a_pipe(evil, "ask", QUESTION, "--json", "--index", f"index{EVIL}", PYTHONIOENCODING="ascii")
    assert json.loads(raw)["question"] == QUESTION


def test_every_character_is_replaced_by_one_so_that_offsets_hold() -> None:
    everything = "".join(map(chr, range(0x11_0000)))
    assert len(visible(everything)) == len(everything)
    assert _STEERING.findall(visible(everything)) == []
    assert visible("été\t«Où ?»\n日本 🎉 ‘a’ – b\u00a0c") == "été\t«Où ?»\n日本 🎉 ‘a’ – b\u00a0c"
    assert json.loads(json_text(sorted(everything))) == sorted(everything)
    assert json_text("\ud800") == '"\\ud800"'
    assert one_line("a\r\nb\u2028c\x1bd") == "a b c\ufffdd"


def test_nor_does_what_a_library_warns_about(show: Show) -> None:
    code = "import logging, sys; from bot.cli import main; main(); logging.getLogger('other').warning(sys.argv[1])"
    assert show(EVIL, code=code).startswith("\ufffd[5;31m\ufffd]8;;x")


def test_an_answer_printed_from_python_steers_nothing() -> None:
    assert _STEERING.findall(str(Answer("q", "q", TEXT, note=EVIL))) == []
