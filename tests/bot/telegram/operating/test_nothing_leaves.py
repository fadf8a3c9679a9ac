"""No word of a person leaves the machine unasked, nor does that of a library: every command, watched from below."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bot.telegram.conftest import ANN
from tests.bot.telegram.person import Person
from tests.bot.telegram.server import TOKEN, WAIT_S, TelegramServer
from tests.guard.guarded import Guard
from tests.index.conftest import FileMaker

MAIN = "from bot.cli import app; app()"
QUESTION = "Combien de mois ont duré les travaux du pont de Saint-Aubin ?"


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    return Guard.make(tmp_path / "guard")


def test_the_guard_sees_what_python_does(guard: Guard) -> None:
    guard.run(
        "import socket, contextlib, pathlib, tempfile\n"
        "with contextlib.suppress(OSError): socket.getaddrinfo('example.invalid', 443)\n"
        "with contextlib.suppress(OSError): socket.create_connection(('192.0.2.1', 80))\n"
        "with socket.create_server(('127.0.0.1', 0)) as here: socket.create_connection(here.getsockname()).close()\n"
        "pathlib.Path.home().joinpath('.cache/tracker').mkdir()\n"
        "pathlib.Path.home().joinpath('.cache/tracker/id').write_text('1')\n"
        "pathlib.Path(tempfile.gettempdir(), 'session').write_text('1')\n"
    )
    assert guard.told() == [
        "Python: socket.getaddrinfo example.invalid",
        "Python: socket.getaddrinfo 192.0.2.1",
        "file: home/.cache/tracker/id",
        "file: tmp/session",
    ]


def test_the_guard_sees_what_native_code_does(guard: Guard) -> None:
    if not guard.sees_native:
        pytest.skip("the watch over native code needs Linux and a C compiler")
    guard.run(
        "import ctypes, socket, struct\n"
        "c = ctypes.CDLL(None)\n"
        "found = ctypes.c_void_p()\n"
        "assert c.getaddrinfo(b'example.invalid', b'443', None, ctypes.byref(found)) != 0\n"
        "assert c.getaddrinfo(b'localhost', b'443', None, ctypes.byref(found)) == 0\n"
        "assert not c.gethostbyname(b'example.invalid')\n"
        "address = struct.pack('=H2s4s8x', socket.AF_INET, (53).to_bytes(2, 'big'), bytes([192, 0, 2, 1]))\n"
        "one = c.socket(socket.AF_INET, socket.SOCK_DGRAM, 0)\n"
        "assert c.connect(one, address, 16) == -1\n"
        "assert c.sendto(one, b'?', 1, 0, address, 16) == -1\n"
    )
    assert guard.told() == [
        "native: looks up example.invalid",
        "native: looks up example.invalid",
        "native: connects to 192.0.2.1",
        "native: sends to 192.0.2.1",
    ]


def test_what_a_person_set_stays_as_it_is(guard: Guard) -> None:
    code = (
        "import os; os.environ['ORT_DISABLE_TELEMETRY'] = '0'\n"
        "import retrieval; print(os.environ['ORT_DISABLE_TELEMETRY'], os.environ['DO_NOT_TRACK'])"
    )
    assert guard.run(code) == "0 1\n"


def test_indexing_asking_and_chatting_leave_nothing(guard: Guard, articles: Path, tmp_path: Path) -> None:
    FileMaker.one_of_each_kind(tmp_path / "files")
    assert guard.run(MAIN, "index", articles, tmp_path / "files", "--index", tmp_path / "index").startswith("19 added;")
    assert "Les travaux ont duré 14 mois. [1]" in guard.run(MAIN, "ask", "--index", tmp_path / "index", QUESTION)
    assert "14 mois" in guard.run(MAIN, "chat", "--index", tmp_path / "index", typed=f"{QUESTION}\n/quit\n")
    assert guard.told() == []


def test_the_library_and_its_chain_leave_nothing(guard: Guard, index: Path) -> None:
    code = (
        "import sys\n"
        "from retrieval import ArticleQA\n"
        "qa = ArticleQA.open(sys.argv[1])\n"
        "print(qa.chain.invoke({'question': sys.argv[2]}).text, qa.retriever.invoke(sys.argv[2])[0].page_content)\n"
        "from langchain_core.language_models.fake_chat_models import FakeListChatModel\n"
        "llm = FakeListChatModel(responses=['Rien.'])\n"
        "print(ArticleQA.open(sys.argv[1], llm).ask(sys.argv[2]).text)\n"
    )
    assert guard.run(code, index, QUESTION).count("14 mois") == 3
    assert guard.told() == []


def test_a_model_through_torch_leaves_nothing(guard: Guard) -> None:
    code = "import index; print(index.load_embedder('multilingual-e5-small@fp32').embed_questions(['a']).shape)"
    assert guard.run(code) == "(1, 384)\n"
    assert guard.told() == []


def test_the_bot_reaches_telegram_and_nobody_else(
    guard: Guard, telegram: TelegramServer, ann: Person, index: Path, tmp_path: Path
) -> None:
    variables = {
        "ARTICLEBOT_TELEGRAM_TOKEN": TOKEN, "ARTICLEBOT_TELEGRAM_API": telegram.api, "ARTICLEBOT_INDEX": str(index),
        "ARTICLEBOT_ALLOWED_USERS": str(ANN), "ARTICLEBOT_STATE": str(tmp_path / "state.sqlite"),
    }  # fmt: skip
    command = [sys.executable, "-c", MAIN, "bot"]
    with subprocess.Popen(command, env=guard.environment(**variables), stderr=subprocess.DEVNULL) as bot:
        try:
            assert "Les travaux ont duré 14 mois. [1]" in ann.ask(QUESTION).text
            bot.send_signal(signal.SIGTERM)
            assert bot.wait(WAIT_S) == 0
        finally:
            bot.kill()
    assert guard.told() == []


def test_the_demo_reaches_nobody(guard: Guard, index: Path) -> None:
    assert "Les travaux ont duré 14 mois. [1]" in guard.run(
        MAIN, "bot", "--demo", "--index", index, typed=f"{QUESTION}\n"
    )
    assert guard.told() == []
