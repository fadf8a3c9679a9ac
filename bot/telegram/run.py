"""Puts the bot together, runs it, and stops it within bounds."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from telegram import Bot, User

from bot.telegram.answering.asking import Asker
from bot.telegram.answering.inline import Inline
from bot.telegram.commands.admin import Admin
from bot.telegram.commands.buttons import Buttons
from bot.telegram.commands.people import Commands, offered
from bot.telegram.operating.counters import Counters
from bot.telegram.operating.health import serve_health
from bot.telegram.operating.threads import Threads
from bot.telegram.receiving.access import MINUTE, Access, Limits
from bot.telegram.receiving.inbox import Inbox
from bot.telegram.receiving.polling import Poller
from bot.telegram.receiving.queues import Queues
from bot.telegram.receiving.reception import Reception
from bot.telegram.sending.outbox import Outbox, RefusedTokenError
from bot.telegram.sending.pacing import Pace, Pacer
from bot.telegram.sending.wire import TELEGRAM_API, PollingRequest
from bot.telegram.state.library import Library
from bot.telegram.state.memory import DAY, Memory
from bot.telegram.state.shelf import MOST_BYTES, Shelf
from bot.telegram.state.store import Store
from bot.telegram.texts import LANGUAGES
from index.store.live import KEPT
from index.updating.gather import Reading
from retrieval import ArticleQA

log = logging.getLogger(__name__)

STOP_S = 15.0  # given to what is under way when the bot is told to stop
EXIT_BROKEN = 70  # the bot's own file cannot be written, or something that nobody thought of
EXIT_DEAF = 75  # Telegram was not heard for too long: start again
EXIT_TOKEN = 78  # Telegram refuses the token: starting again does not help


@dataclass(frozen=True, slots=True)
class BotSettings:
    """What the bot is told from outside."""

    token: str = field(repr=False)
    index: Path
    state: Path
    api: str = TELEGRAM_API
    timeout_s: float = 20.0
    health_port: int = 0
    admins: tuple[int, ...] = ()
    users: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()
    limits: Limits = field(default_factory=Limits)
    retention_days: int = 30
    reading: Reading = field(default_factory=lambda: Reading(max_bytes=MOST_BYTES))  # how articles are added
    kept: int = KEPT  # generations of the index
    llm: str = ""  # only to be named in /privacy
    pace: Pace = field(default_factory=Pace)

    @property
    def deaf_s(self) -> float:
        """Seconds without a good poll after which the bot gives up: three polls that bring nothing."""
        return 3 * 2 * self.timeout_s


class TelegramBot:
    """The whole bot; `run` returns its exit code."""

    def __init__(
        self, settings: BotSettings, opener: Callable[[], ArticleQA], connection: tuple[Bot, PollingRequest]
    ) -> None:
        self._settings = settings
        self._bot, self._polls = connection
        self.counters = Counters()
        self.library = Library(opener)
        self._store = Store.open(settings.state)
        self._inbox = Inbox(self._store)
        self._memory = Memory(self._store)
        self._access = Access(
            self._store, admins=settings.admins, users=settings.users, groups=settings.groups, limits=settings.limits
        )
        self._queues = Queues(self._broken)
        self._outbox = Outbox(self._bot, Pacer(settings.pace), self.counters, self._move)
        self._threads = Threads()
        self._stop = asyncio.Event()
        self._code = 0

    async def run(self) -> int:
        """Runs until SIGTERM, SIGINT or a failure that only a supervisor can mend; returns the exit code.

        Raises:
            ArticlebotError: the index, the state or the health port cannot be used.
        """
        with contextlib.ExitStack() as cleanup:
            cleanup.callback(self._store.close)
            cleanup.callback(self.library.close)
            qa = self.library.newest()  # what is missing is told before Telegram is called
            log.info("index: %s", qa)
            self.counters.generation = qa.generation.name
            qa.search("article", k=1)  # loads the models, so that the first who asks does not wait for them
            if self._settings.health_port:
                server = serve_health(self._settings.health_port, self.counters, self.objections)
                cleanup.callback(server.server_close)
                cleanup.callback(server.shutdown)
            cleanup.enter_context(self._signals())
            self.counters.begin()  # making the model ready may have taken minutes
            cleanup.enter_context(_watchdog(self.counters, self._settings.deaf_s))
            await self._serve()
        return self._code

    def objections(self) -> list[str]:
        """Returns why the bot is not ready to answer, nothing where it is."""
        found = [] if self.library.generation else ["no index open"]
        if not self.counters.heard or self.counters.silence() > self._settings.deaf_s:
            found.append(f"Telegram last heard {self.counters.silence():.0f} s ago")
        return found

    def stop(self, code: int = 0) -> None:
        """Ends the bot soon; the first code counts."""
        if not self._stop.is_set():
            self._code = code
        self._stop.set()

    async def _serve(self) -> None:
        await asyncio.gather(self._polls.initialize(), self._bot.request.initialize())
        running = [asyncio.create_task(self._receive()), asyncio.create_task(self._expire())]
        stopped = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait([*running, stopped], return_when=asyncio.FIRST_COMPLETED)
            log.info("stopping; %d requests wait in the inbox", self._inbox.waiting())
        finally:
            failure = await _end([*running, stopped])
            began = time.monotonic()
            if not await self._queues.stop(STOP_S):
                log.warning("stopped after %.0f s; the rest is left to the next run", time.monotonic() - began)
            self._threads.close()
            await asyncio.gather(self._polls.shutdown(), self._bot.request.shutdown())
        if failure:
            raise failure

    async def _receive(self) -> None:
        """Finds out who the bot is, takes up what an earlier run left, and polls."""
        try:
            me = await self._outbox.me()
            await self._outbox.poll_only()
            reception = self._reception(me)
            reception.deliver(self._inbox.unfinished())
            offering = asyncio.create_task(self._offer_commands())  # three calls, for which no question waits
            timeout_s = max(int(self._settings.timeout_s), 1)
            try:
                await Poller(self._bot, self._polls, self._inbox, self.counters, reception.deliver, timeout_s).run()
            finally:
                offering.cancel()
        except RefusedTokenError as error:
            self._fail(error)

    def _broken(self, error: BaseException) -> None:
        """Ends the bot where a request could not be seen to its end: its file cannot be written, or worse."""
        log.critical("a request could not be finished", exc_info=error)
        self.stop(EXIT_BROKEN)

    def _move(self, old: int, new: int) -> None:
        with self._store.transaction():
            self._memory.move(old, new)
            self._access.move(old, new)

    def _fail(self, error: Exception) -> None:
        log.critical("%s", error)
        self.stop(EXIT_TOKEN)

    async def _offer_commands(self) -> None:
        await self._outbox.list_commands(offered("en"), None)
        for language in LANGUAGES:
            await self._outbox.list_commands(offered(language), language)

    async def _expire(self) -> None:
        """Removes what is too old, at the start and once a day; soon again where a backup kept it on the disk."""
        while True:
            is_gone = self._memory.expire(self._settings.retention_days)
            await asyncio.sleep(DAY if is_gone else MINUTE)

    def _reception(self, me: User) -> Reception:
        """Returns the reception with everything that it hands requests to."""
        settings, outbox, memory = self._settings, self._outbox, self._memory
        asker = Asker(outbox, self._inbox, memory, self.library, self.counters, self._threads)
        shelf = Shelf(settings.index, settings.reading, settings.kept)
        admin = Admin(outbox, self._inbox, self._access, self.library, shelf, self._threads, self.counters, me)
        commands = Commands(
            outbox, memory, self._access, self.library, self._threads, settings.retention_days, settings.llm, admin.run
        )
        buttons = Buttons(outbox, memory, commands, asker.answer)
        return Reception(
            store=self._store, inbox=self._inbox, memory=memory, access=self._access, outbox=outbox,
            queues=self._queues, counters=self.counters, me=me, apologise=asker.apologise, move=self._move,
            fail=self._fail,
            handlers={
                "question": asker.answer, "command": commands.run, "button": buttons.press,
                "edited": commands.edited, "inline": Inline(outbox, self.library, self._threads).search,
                "unreadable": commands.unreadable,
            },
        )  # fmt: skip

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        if threading.current_thread() is not threading.main_thread():  # a signal only reaches the main one
            yield
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)


async def _end(tasks: Sequence[asyncio.Task[Any]]) -> BaseException | None:
    """Cancels tasks; returns the error of one that failed by itself."""
    for task in tasks:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    return next((result for result in results if isinstance(result, Exception)), None)


@contextlib.contextmanager
def _watchdog(counters: Counters, deaf_s: float) -> Iterator[None]:
    """Ends the process where no poll succeeds for too long: pools can wedge silently, and so can an event loop."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(min(deaf_s / 10, 5.0)):
            if counters.silence() > deaf_s:
                log.critical("Telegram not heard for %.0f s; leaving for the supervisor", counters.silence())
                logging.shutdown()
                os._exit(EXIT_DEAF)  # what is unfinished is in the inbox

    thread = threading.Thread(target=watch, daemon=True, name="watchdog")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def end_process(code: int) -> None:
    """Ends the process although a thread may still be at work on an answer that nobody will get now."""
    logging.shutdown()
    if threading.active_count() > 1:
        os._exit(code)
    raise SystemExit(code)
