"""What every request is answered with: the index, the store, Telegram."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from telegram import InlineKeyboardMarkup, User

from bot.settings import Settings
from bot.telegram.operating.metrics import Metrics
from bot.telegram.operating.threads import Threads
from bot.telegram.request import Request
from bot.telegram.sending.formatting import Block, paginate
from bot.telegram.sending.outbox import Outbox
from bot.telegram.state.access import Access
from bot.telegram.state.answers import FormattedText
from bot.telegram.state.inbox import Inbox
from bot.telegram.state.memory import Memory
from bot.telegram.state.shelf import Shelf
from bot.telegram.state.store import Store
from bot.telegram.texts import text
from index.errors import ArticlebotError
from retrieval import ArticleQA

log = logging.getLogger(__name__)

AT_A_TIME = 2  # answers that are worked out at once


@dataclass(slots=True)
class Context:
    """The parts of the bot that its handlers share."""

    settings: Settings
    me: User
    qa: ArticleQA
    store: Store
    inbox: Inbox
    memory: Memory
    access: Access
    outbox: Outbox
    shelf: Shelf
    metrics: Metrics
    threads: Threads
    answering: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_A_TIME))
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)  # the index

    def newest(self) -> ArticleQA:
        """Returns the index at its live generation; a question that is on its way keeps its own."""
        try:
            self.qa.refresh()
        except ArticlebotError as error:
            log.warning("the index cannot be opened anew, the one before is used: %s", error)
        return self.qa

    async def send(
        self, request: Request, pages: Iterable[FormattedText], keyboard: InlineKeyboardMarkup | None = None
    ) -> None:
        """Sends messages, the first as a reply where others talk too."""
        reply_to = request.message_id if request.place.is_group else 0
        for page in pages:
            await self.outbox.send(request.place, page, reply_to=reply_to, keyboard=keyboard)
            reply_to = 0

    async def tell(self, request: Request, key: str, **values: object) -> None:
        """Says one thing of ours in the way that the request can be answered: a message, words over a button."""
        words = text(key, request.language, **values)
        if request.kind == "inline":
            await self.outbox.offer(request.callback_id, [])
        elif request.kind == "button":
            await self.outbox.press(request.callback_id, words)
        else:
            await self.send(request, paginate([Block.of(words)]))
