from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from pydantic import SecretStr

from bot.settings import Settings
from bot.telegram.run import TelegramBot
from bot.telegram.sending.pacing import Pace
from bot.telegram.sending.wire import connect_api
from bot.telegram.state.standby import open_state
from bot.telegram.state.store import Store
from retrieval import Answer, ArticleQA
from tests.bot.telegram.person import Person
from tests.bot.telegram.server import TOKEN, WAIT_S, TelegramServer

ADMIN, ANN, BOB, STRANGER, GROUP = 11, 21, 22, 99, -1001
UNPACED = Pace(a_second=1000, send_s=0.0, group_send_s=0.0, edit_s=0.0, group_edit_s=0.0)

StartBot: TypeAlias = Callable[..., "RunningBot"]


class Writing:
    """An index that writes its answer piece by piece, as one with a language model does; the answer is the real one."""

    llm: object = True

    def __init__(self, qa: ArticleQA, between: Callable[[int], object] = lambda _: None) -> None:
        self._qa = qa
        self._between = between  # called after each piece, with its number from 1 on

    def stream(self, question: str, **about: Any) -> Iterator[str | Answer]:
        answer = self._qa.ask(question, **about)
        for number, word in enumerate((answer.text * 3).split(), 1):
            yield f"{word} "
            self._between(number)
        yield answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._qa, name)


class RunningBot:
    """A whole bot in a thread of this process: real HTTP, real store, real index."""

    def __init__(self, settings: Settings, opener: Callable[[], ArticleQA], pace: Pace | None = None) -> None:
        self.bot: TelegramBot
        self._ready: Future[None] = Future()
        self._code: Future[int] = Future()
        self._loop: asyncio.AbstractEventLoop
        self._settings, self._opener, self._pace = settings, opener, pace
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.result(WAIT_S)

    def stop(self) -> int:
        """Stops it as SIGTERM would; returns its exit code."""
        if not self._code.done():
            self._loop.call_soon_threadsafe(self.bot.stop)
        return self.code()

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return not self._code.done()

    def code(self) -> int:
        """Waits until it ends; returns its exit code."""
        code = self._code.result(WAIT_S)
        self._thread.join(WAIT_S)
        return code

    def _run(self) -> None:
        async def main() -> int:
            self._loop = asyncio.get_running_loop()
            connection = connect_api(TOKEN, self._settings.telegram_api, self._settings.telegram_timeout)
            self.bot = TelegramBot(self._settings, self._opener, connection, self._pace)
            self._ready.set_result(None)
            return await self.bot.run()

        try:
            self._code.set_result(asyncio.run(main()))
        except BaseException as error:  # noqa: BLE001  told to whoever waits
            (self._code if self._ready.done() else self._ready).set_exception(error)


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    """A Telegram of one's own; at the end, nothing that was sent to it was wrong."""
    server = TelegramServer()
    yield server
    server.close()
    assert server.objections == []


@pytest.fixture
def settings(telegram: TelegramServer, index: Path, tmp_path: Path) -> Settings:
    return Settings(
        telegram_token=SecretStr(TOKEN), index=index, state=tmp_path / "bot.sqlite", telegram_api=telegram.api,
        telegram_timeout=45.0, admins=(ADMIN,), allowed_users=(ANN, BOB), allowed_groups=(GROUP,),
    )  # fmt: skip


@pytest.fixture(params=["file", "database"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A state in a file, and in a database."""
    place = request.getfixturevalue("database") if request.param == "database" else tmp_path / "state" / "bot.sqlite"
    with closing(open_state(place)) as opened:
        assert opened.lead()
        yield opened


@pytest.fixture
def start(settings: Settings) -> Iterator[StartBot]:
    """Starts a bot; what differs from the settings is given by name."""
    running: list[RunningBot] = []

    def start(opener: Callable[[], ArticleQA] | None = None, **other: Any) -> RunningBot:
        with_others = settings.model_copy(update=other)
        running.append(RunningBot(with_others, opener or (lambda: ArticleQA.open(with_others.index)), UNPACED))
        return running[-1]

    yield start
    for bot in running:
        bot.stop()


@pytest.fixture
def ann(telegram: TelegramServer) -> Person:
    """Someone who may ask."""
    return Person(telegram, ANN)


@pytest.fixture
def admin(telegram: TelegramServer) -> Person:
    return Person(telegram, ADMIN, name="Ada")


@pytest.fixture
def stranger(telegram: TelegramServer) -> Person:
    return Person(telegram, STRANGER, name="Sam")
