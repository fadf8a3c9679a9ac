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
from typing import Any

from telegram import Bot

from bot.settings import Settings
from bot.telegram.answering.context import Context
from bot.telegram.commands.registry import listed
from bot.telegram.operating.health import serve_health
from bot.telegram.operating.metrics import Metrics
from bot.telegram.operating.threads import Threads
from bot.telegram.receiving.polling import Poller
from bot.telegram.receiving.queues import Queues
from bot.telegram.receiving.reception import Reception
from bot.telegram.sending.outbox import Outbox, RefusedTokenError
from bot.telegram.sending.pacing import Pace, Pacer
from bot.telegram.sending.wire import PollingRequest
from bot.telegram.state.access import MINUTE, Access
from bot.telegram.state.inbox import Inbox
from bot.telegram.state.memory import DAY, Memory
from bot.telegram.state.shelf import Shelf
from bot.telegram.state.store import Store
from bot.telegram.texts import LANGUAGES
from retrieval import ArticleQA

log = logging.getLogger(__name__)

STOP_S = 15.0  # given to what is under way when the bot is told to stop
EXIT_BROKEN = 70  # the bot's own file cannot be written, or something that nobody thought of
EXIT_DEAF = 75  # Telegram was not heard for too long: start again
EXIT_TOKEN = 78  # Telegram refuses the token: starting again does not help


class TelegramBot:
    """The whole bot; `run` returns its exit code."""

    def __init__(
        self,
        settings: Settings,
        opener: Callable[[], ArticleQA],
        connection: tuple[Bot, PollingRequest],
        pace: Pace | None = None,
    ) -> None:
        self._settings, self._opener = settings, opener
        self._bot, self._polls = connection
        self.metrics = Metrics()
        self._store = Store.open(settings.state)
        self._inbox = Inbox(self._store)
        self._memory = Memory(self._store)
        self._access = Access(self._store, settings)
        self._queues = Queues(self._broken)
        self._outbox = Outbox(self._bot, Pacer(pace or Pace()), self.metrics, self._move)
        self._threads = Threads()
        # seconds without a good poll after which the bot gives up: three polls that bring nothing
        self._deaf_s = 3 * 2 * settings.telegram_timeout
        self._stop = asyncio.Event()
        self._code = 0

    async def run(self) -> int:
        """Runs until SIGTERM, SIGINT or a failure that only a supervisor can mend; returns the exit code.

        Raises:
            ArticlebotError: the index, the state or the health port cannot be used.
        """
        with contextlib.ExitStack() as cleanup:
            cleanup.callback(self._store.close)
            qa = self._opener()  # what is missing is told before Telegram is called
            cleanup.callback(qa.close)
            log.info("index: %s", qa)
            self.metrics.answers_from(qa.generation.name)
            qa.search("article", k=1)  # loads the models, so that the first who asks does not wait for them
            if self._settings.health_port:
                server = serve_health(self._settings.health_port, self.metrics.registry, self._objections)
                cleanup.callback(server.server_close)
                cleanup.callback(server.shutdown)
            cleanup.enter_context(self._signals())
            self.metrics.begin()  # making the model ready may have taken minutes
            cleanup.enter_context(_watchdog(self.metrics, self._deaf_s))
            await self._serve(qa)
        return self._code

    def stop(self, code: int = 0) -> None:
        """Ends the bot soon; the first code counts."""
        if not self._stop.is_set():
            self._code = code
        self._stop.set()

    def _objections(self) -> list[str]:
        """Returns why the bot is not ready to answer, nothing where it is."""
        silence = self.metrics.silence()
        is_ready = self.metrics.heard and silence <= self._deaf_s
        return [] if is_ready else [f"Telegram last heard {silence:.0f} s ago"]

    async def _serve(self, qa: ArticleQA) -> None:
        await asyncio.gather(self._polls.initialize(), self._bot.request.initialize())
        running = [asyncio.create_task(self._receive(qa)), asyncio.create_task(self._expire())]
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

    async def _receive(self, qa: ArticleQA) -> None:
        """Finds out who the bot is, takes up what an earlier run left, and polls."""
        try:
            me = await self._outbox.me()
            await self._outbox.poll_only()
            context = Context(
                self._settings, me, qa, self._store, self._inbox, self._memory, self._access, self._outbox,
                Shelf.of(self._settings), self.metrics, self._threads,
            )  # fmt: skip
            reception = Reception(context, self._queues, self._move, self._fail)
            reception.deliver(self._inbox.unfinished())
            offering = asyncio.create_task(self._offer_commands())  # three calls, for which no question waits
            timeout_s = max(int(self._settings.telegram_timeout), 1)
            try:
                await Poller(self._bot, self._polls, self._inbox, self.metrics, reception.deliver, timeout_s).run()
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
        for language in (None, *LANGUAGES):
            await self._outbox.list_commands(listed(language or "en"), language)

    async def _expire(self) -> None:
        """Removes what is too old, at the start and once a day; soon again where a backup kept it on the disk."""
        while True:
            is_gone = self._memory.expire(self._settings.retention_days)
            await asyncio.sleep(DAY if is_gone else MINUTE)

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
def _watchdog(metrics: Metrics, deaf_s: float) -> Iterator[None]:
    """Ends the process where no poll succeeds for too long: pools can wedge silently, and so can an event loop."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(min(deaf_s / 10, 5.0)):
            if metrics.silence() > deaf_s:
                log.critical("Telegram not heard for %.0f s; leaving for the supervisor", metrics.silence())
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
