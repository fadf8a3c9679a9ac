"""A command's one message: progress first, then what came of it, in the person's language."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.telegram.answering.context import Context
from bot.telegram.answering.delivery import Delivery
from bot.telegram.request import Request
from bot.telegram.sending.formatting import Block, paginate
from bot.telegram.sending.outbox import ChatGoneError
from bot.telegram.state.answers import FormattedText, Given
from bot.telegram.texts import said_reason
from index.article import Progress
from index.errors import ArticlebotError

PROGRESS_S = 1.0  # between two looks at how far a change of the index is

_T = TypeVar("_T")
Where: TypeAlias = tuple[int, int]  # chat and message


@dataclass(frozen=True, slots=True)
class Choice:
    """Words, and the buttons under them, row by row."""

    words: str
    rows: tuple[tuple[InlineKeyboardButton, ...], ...]


Command: TypeAlias = Callable[[Context, Request, Where], Awaitable[str | Choice]]


def in_one_message(command: Command) -> Callable[[Context, Request], Awaitable[None]]:
    """Makes a command's words, or what went wrong, the answer: one message, which shows progress until then."""

    @functools.wraps(command)
    async def run(bot: Context, request: Request) -> None:
        delivery = Delivery(bot, request)
        where = await delivery.placeholder()
        try:
            said = await command(bot, request, where)
        except ChatGoneError:  # nobody to tell
            raise
        except ArticlebotError as error:
            said = f"✗ {said_reason(str(error), request.language)}"
        if isinstance(said, Choice):
            delivery.keyboard, said = InlineKeyboardMarkup(said.rows), said.words
        await delivery.finish(Given(tuple(paginate([Block.of(said)]))))

    return run


async def change_index(bot: Context, write: Callable[[Progress], _T], where: Where) -> _T:
    """Changes the index in a thread, one change at a time, and shows how far it is."""
    loop = asyncio.get_running_loop()
    shown: set[asyncio.Task[Any]] = set()
    told = 0.0

    def tell(what: str, done: int, total: int) -> None:
        nonlocal told
        if time.monotonic() - told < PROGRESS_S:
            return
        told = time.monotonic()
        page = FormattedText(f"⏳ {what} {done}/{total}" if total else f"⏳ {what}")
        loop.call_soon_threadsafe(lambda: shown.add(asyncio.ensure_future(bot.outbox.sketch(*where, page))))

    async with bot.writing:
        try:
            return await bot.in_thread(write, tell)
        finally:
            await asyncio.sleep(0)  # what the thread told last has its task then
            await asyncio.gather(*shown, return_exceptions=True)
