from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.bot.telegram.conftest import ADMIN, ANN, BOB, GROUP
from tests.bot.telegram.server import TOKEN, TelegramServer

ROOT = Path(__file__).parents[4]
MAIN = "from bot.cli import app; app()"
FORUM = -1002

StartProcess: TypeAlias = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def process(telegram: TelegramServer, copy: Path, tmp_path: Path) -> Iterator[StartProcess]:
    """Starts the bot; its log goes to log.txt. Variables are given by their names without ARTICLEBOT_, in small."""
    running: list[subprocess.Popen[bytes]] = []
    about = {
        "telegram_token": TOKEN, "telegram_api": telegram.api, "admins": str(ADMIN), "allowed_users": f"{ANN},{BOB}",
        "allowed_groups": f"{GROUP},{FORUM}", "telegram_timeout": "45", "index": str(copy),
        "state": str(tmp_path / "state.sqlite"),
    }  # fmt: skip

    def start(**other: str) -> subprocess.Popen[bytes]:
        given = {**about, **other}
        variables = {name if name.isupper() else f"ARTICLEBOT_{name.upper()}": given[name] for name in given}
        with (tmp_path / "log.txt").open("ab") as log:
            running.append(
                subprocess.Popen(
                    [sys.executable, "-c", MAIN, "bot"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
                )
            )  # fmt: skip
        return running[-1]

    yield start
    for each in running:
        each.kill()
        each.wait()
