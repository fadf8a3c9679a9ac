"""What who runs the bot sees of it: the lines of its log, and whether it is ready."""

from __future__ import annotations

import functools
import logging
import re
import shutil
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from typer.core import TyperGroup
from typer.main import get_command

from bot.cli import app
from bot.settings import Settings
from bot.telegram import operating
from bot.telegram.operating.logs import set_up_log
from bot.telegram.run import EXIT_BROKEN
from bot.telegram.state.file import StateFile
from tests.bot.telegram.server import TOKEN, WAIT_S, TelegramServer

if TYPE_CHECKING:
    from tests.bot.telegram.conftest import StartBot
    from tests.bot.telegram.person import Person

ROOT = Path(__file__).parents[4]
BRIDGE = "Combien de mois ont duré les travaux du pont de Saint-Aubin ?"
CAPITAL = "Quelle est la capitale de l’Australie ?"
LIGHTHOUSE = (
    "---\ntitle: Un phare\ndate: 2024-12-01\nlanguage: fr\n---\nLe phare de Kerbrat a été automatisé en 1987.\n"
)


def test_log_tells_what_happens_by_ids_and_never_by_words(
    start: StartBot, admin: Person, ann: Person, stranger: Person, copy: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "bot")
    start(index=copy)
    ann.ask(BRIDGE)
    ann.ask(CAPITAL, "Les articles ne le disent pas")
    admin.send_document("phare.md", LIGHTHOUSE.encode())
    admin.wait("1 article ajouté")
    ann.ask(BRIDGE)
    admin.say(f"/allow {stranger.id}")
    admin.wait("Autorisé")
    lines = [line for line in caplog.text.splitlines() if " bot." in line]
    for wanted in (
        r"started as @FixtureBot \(\d+\)",
        r"index: ArticleQA\('.*', 3 articles, generation 00000001\)",
        r"update \d+: user 21 in 21/0: answered in \d+\.\d s",
        r"update \d+: user 21 in 21/0: not in the articles in \d+\.\d s",
        r"update \d+: admin 11: /add",
        r"index: ArticleQA\('.*', 4 articles, generation 00000002\)",
        r"update \d+: admin 11: /allow",
        rf"user {stranger.id}: let in by admin 11",
    ):
        assert [line for line in lines if re.search(f" {wanted}$", line)], wanted
    assert len([line for line in lines if "answered in" in line]) == 2  # a line an answer
    for word in ("pont", "Aubin", "14 mois", "Australie", "phare", "Kerbrat"):
        assert not [line for line in lines if word in line], word


def test_errors_are_logged_with_the_systems_state_and_without_their_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = logging.getLogger().handlers[:], logging.getLogger().level
    log, name = logging.getLogger("bot.test"), "motsecret"
    try:
        set_up_log("INFO", TOKEN)
        with sqlite3.connect(":memory:") as db:
            for wrong in (lambda: (tmp_path / name).read_text(), lambda: db.execute(f"SELECT {name}")):
                try:
                    wrong()
                except (OSError, sqlite3.Error):
                    log.exception("failed")
        db.close()
    finally:
        logging.getLogger().handlers[:] = before[0]
        logging.getLogger().setLevel(before[1])
    told = capsys.readouterr().err
    assert f"FileNotFoundError (ENOENT in {tmp_path})" in told
    assert "OperationalError (SQLITE_ERROR)" in told
    assert name not in told


def test_state_that_has_no_room_left_ends_the_bot_in_one_line(
    start: StartBot, ann: Person, caplog: pytest.LogCaptureFixture
) -> None:
    running = start()
    ann.ask(BRIDGE)
    store = running.bot._standby._store
    assert isinstance(store, StateFile)
    fill = functools.partial(store.db.execute, "PRAGMA max_page_count=1")  # not one page more
    running._loop.call_soon_threadsafe(fill)
    while running.is_running:
        ann.say("Où ? " * 800)
        time.sleep(0.02)
    assert running.code() == EXIT_BROKEN
    (told,) = (record.getMessage() for record in caplog.records if record.levelname == "CRITICAL")
    assert re.fullmatch(
        r"/.*bot\.sqlite: cannot be used any more \(SQLITE_FULL: database or disk is full\); make room", told
    )
    assert "Traceback" not in caplog.text


def ready(port: int) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=WAIT_S) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_bot_is_ready_from_its_first_poll_until_two_are_missed_or_the_index_is_gone(
    start: StartBot, telegram: TelegramServer, copy: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    hold = telegram.fault("getUpdates", "hold")
    bot = start(index=copy, health_port=port).bot
    telegram.until(lambda: hold.met)
    status, why = ready(port)
    assert (status, why.startswith("Telegram last heard")) == (503, True)
    hold.is_over = True
    telegram.until(lambda: bot.metrics.total("polls"))
    (first,) = telegram.named("getUpdates")
    assert not int(first.fields.get("timeout", 0))  # Telegram is not asked to wait for news
    assert ready(port) == (200, "ready\n")
    longest_s = 2 * 45.0  # of a poll: held, and then answered late; the next one is under way for that long
    bot.metrics.heard = time.monotonic() - 1.9 * longest_s
    assert ready(port)[0] == 200
    bot.metrics.heard = time.monotonic() - 2 * longest_s
    assert ready(port)[0] == 503
    bot.metrics.heard_now()
    (copy / "CURRENT").unlink()
    status, why = ready(port)
    assert (status, str(copy) in why) == (503, True), why


def test_the_unit_leaves_the_bot_little_of_the_machine() -> None:
    analyse = shutil.which("systemd-analyze")
    if analyse is None:
        pytest.skip("no systemd here to judge the unit")
    unit = Path(operating.__file__).with_name("articlebot.service")
    done = subprocess.run(
        [analyse, "security", "--offline=true", "--threshold=30", unit], capture_output=True, text=True, check=False
    )
    if "unrecognized option" in done.stderr:
        pytest.skip("this systemd is too old to judge a unit that is not installed")
    assert done.returncode == 0, done.stdout[-200:] + done.stderr


def test_the_containers_run_commands_that_there_are_and_write_into_their_volume_alone() -> None:
    folder = Path(operating.__file__).parent
    services = yaml.safe_load((folder / "compose.yaml").read_text(encoding="utf-8"))["services"]
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    for service in services.values():
        name, *arguments = service["command"]
        group.commands[name].make_context(name, arguments)  # raises where it is none
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        assert (folder / service["build"]["context"] / service["build"]["dockerfile"]).samefile(folder / "Dockerfile")
    known = {f"ARTICLEBOT_{name.upper()}" for name in Settings.model_fields}
    assert set(services["bot"]["environment"]) <= known
    copied = re.findall(r"^COPY (.+) \S+$", (folder / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert all((ROOT / name).exists() for names in copied for name in names.split())
