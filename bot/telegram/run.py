"""Puts the bot together, runs it, and stops it within bounds."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from telegram import Bot

from bot.settings import Settings
from bot.telegram.answering.context import Context
from bot.telegram.answering.news import tell_news
from bot.telegram.commands.registry import listed
from bot.telegram.operating.metrics import Metrics, serve_health
from bot.telegram.receiving.polling import Poller
from bot.telegram.receiving.queues import Queues
from bot.telegram.receiving.reception import Reception
from bot.telegram.sending.outbox import RefusedTokenError
from bot.telegram.sending.pacing import Pace
from bot.telegram.sending.wire import PollingRequest
from bot.telegram.state.access import MINUTE
from bot.telegram.state.memory import DAY
from bot.telegram.state.standby import Standby
from bot.telegram.state.store import LostStateError
from bot.telegram.texts import TEXTS, text
from index.errors import ArticlebotError
from index.store.anywhere.stores import store_of
from retrieval import ArticleQA

log = logging.getLogger(__name__)

STOP_S = 15.0  # given to what is under way when the bot is told to stop
BEAT_S = 1.0  # between two looks whether this bot still leads
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
        self._settings, self._opener, self._connection, self._pace = settings, opener, connection, pace
        self.metrics = Metrics()
        self._standby = Standby(settings.state)
        self._queues = Queues(self._broken)
        self.metrics.waiting.set_function(lambda: self._queues.waiting())
        # seconds without a good poll after which the bot gives up: three polls that bring nothing
        self._deaf_s = 3 * 2 * settings.telegram_timeout
        self._stop = asyncio.Event()
        self._lost: asyncio.Future[None]  # done once the state that is worked on is lost
        self._code = 0

    async def run(self) -> int:
        """Runs until SIGTERM, SIGINT or a failure that only a supervisor can mend; returns the exit code.

        Raises:
            ArticlebotError: the index, the state or the health port cannot be used.
        """
        with contextlib.ExitStack() as cleanup:
            cleanup.callback(self._standby.close)
            qa = self._opener()  # what is missing is told before Telegram is called
            cleanup.callback(qa.close)
            log.info("index: %s", qa)
            self.metrics.answers_from(
                qa.generation.name, qa.generation.manifest["created"], len(qa.generation.failed())
            )
            qa.search("article", k=1)  # loads the models, so that the first who asks does not wait for them
            if self._settings.health_port:
                server = serve_health(self._settings.health_port, self.metrics.registry, self._objections)
                cleanup.callback(server.server_close)
                cleanup.callback(server.shutdown)
            self._listen_to_signals()
            while store := await self._standby.lead(self._stop):
                self.metrics.begin()  # making the model ready, or waiting, may have taken long
                with _watchdog(self.metrics, self._deaf_s):
                    api = self._connection[0]
                    await self._serve(Context(self._settings, api, qa, store, self.metrics, self._pace))
        return self._code

    def stop(self, code: int = 0) -> None:
        """Ends the bot soon; the first code counts."""
        if not self._stop.is_set():
            self._code = code
        self._stop.set()

    def _objections(self) -> list[str]:
        """Returns why the bot is not ready to answer, nothing where it is."""
        if self._standby.reason:
            return [self._standby.reason]
        silence = self.metrics.silence()
        # a poll that brings nothing takes the time that Telegram is asked to hold it, and at most as long again
        is_heard = self.metrics.heard and silence <= self._deaf_s * 2 / 3
        found = [] if is_heard else [f"Telegram last heard {silence:.0f} s ago"]
        try:
            store_of(self._settings.index).live()
        except ArticlebotError as error:
            found.append(str(error))
        return found

    async def _serve(self, context: Context) -> None:
        bot, polls = self._connection
        self._queues, self._lost = Queues(self._broken), asyncio.get_running_loop().create_future()
        await asyncio.gather(polls.initialize(), bot.request.initialize())
        tasks = self._receive(context), _expire(context), tell_news(context, self._queues.put), _beat(context)
        running = [asyncio.create_task(task) for task in tasks]
        stopped = asyncio.create_task(self._stop.wait())
        ends: list[asyncio.Future[Any]] = [*running, stopped, self._lost]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if self._stop.is_set():
                with contextlib.suppress(LostStateError):
                    log.info("stopping; %d requests wait in the inbox", context.inbox.waiting())
        finally:
            failure = await _end([*running, stopped])
            if isinstance(failure, sqlite3.Error | LostStateError):
                self._broken(failure)
            began = time.monotonic()
            if not await self._queues.stop(0 if self._lost.done() else STOP_S) and not self._lost.done():
                log.warning("stopped after %.0f s; the rest is left to the next run", time.monotonic() - began)
            context.pool.shutdown(wait=False, cancel_futures=True)
            await asyncio.gather(polls.shutdown(), bot.request.shutdown())
        if failure and not isinstance(failure, sqlite3.Error | LostStateError):
            raise failure

    async def _receive(self, context: Context) -> None:
        """Finds out who the bot is, takes up what an earlier run left, and polls."""
        try:
            context.me = await context.outbox.me()
            log.info("started as @%s (%d)", context.me.username, context.me.id)
            await context.outbox.poll_only()
            reception = Reception(context, self._queues, self._fail)
            reception.deliver(context.inbox.unfinished())
            introducing = asyncio.create_task(_introduce(context))  # calls for which no question waits
            try:
                await Poller(context, self._connection, reception.deliver).run()
            finally:
                introducing.cancel()
        except RefusedTokenError as error:
            self._fail(error)

    def _broken(self, error: BaseException) -> None:
        """Ends the bot where its file cannot be written, or worse; of many requests that end so the first is told.

        Where its database is lost, or another bot works on it, what is under way ends at once, and the bot waits.
        """
        if self._stop.is_set() or self._lost.done():
            return
        if isinstance(error, LostStateError):
            self._lost.set_result(None)
            self._standby.lose(error)
            return
        if isinstance(error, sqlite3.Error):
            state = getattr(error, "sqlite_errorname", type(error).__name__)
            log.critical("%s: cannot be used any more (%s: %s); make room", self._settings.state, state, error)
        else:
            log.critical("a request could not be finished", exc_info=error)
        self.stop(EXIT_BROKEN)

    def _fail(self, error: Exception) -> None:
        log.critical("%s", error)
        self.stop(EXIT_TOKEN)

    def _listen_to_signals(self) -> None:
        if threading.current_thread() is threading.main_thread():  # a signal only reaches this one
            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, self.stop)


async def _introduce(context: Context) -> None:
    """Tells Telegram what the bot is and which commands it has, in private chats of admins theirs too."""
    for language in (None, *TEXTS):
        spoken = language or "en"
        await context.outbox.list_commands(listed(spoken), language)
        await context.outbox.describe(text("description", spoken), language)
        for admin in context.settings.admins or ():
            commands = [*listed(spoken), *listed(spoken, for_admins=True)]
            await context.outbox.list_commands(commands, language, admin)


async def _beat(context: Context) -> None:
    """Looks for ever whether this bot still leads; raises LostStateError where it does not."""
    while True:
        await asyncio.sleep(BEAT_S)
        context.store.check()


async def _expire(context: Context) -> None:
    """Removes what is too old, at the start and once a day; soon again where a backup kept it on the disk."""
    while True:
        is_gone = context.memory.expire(context.settings.retention_days)
        await asyncio.sleep(DAY if is_gone else MINUTE)


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
