"""What every request is answered with: the index, the store, Telegram."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from telegram import Bot, InlineKeyboardMarkup, User

from bot.settings import Settings
from bot.telegram.operating.metrics import Metrics
from bot.telegram.request import Request
from bot.telegram.sending.formatting import Block, paginate
from bot.telegram.sending.outbox import Outbox
from bot.telegram.sending.pacing import Pace, Pacer
from bot.telegram.state.access import Access
from bot.telegram.state.answers import FormattedText
from bot.telegram.state.follows import Follows
from bot.telegram.state.inbox import Inbox
from bot.telegram.state.memory import Memory
from bot.telegram.state.shelf import Shelf
from bot.telegram.state.store import Store
from bot.telegram.texts import text
from index.errors import ArticlebotError
from retrieval import ArticleQA

log = logging.getLogger(__name__)

P = ParamSpec("P")
_T = TypeVar("_T")

AT_A_TIME = 2  # answers that are worked out at once
THREADS = 8  # more than are ever at work: two answers, one change of the index, lists and inline searches


class Context:
    """The parts of the bot that its handlers share."""

    me: User  # once Telegram has told, before anything is asked

    def __init__(
        self, settings: Settings, api: Bot, qa: ArticleQA, store: Store, metrics: Metrics, pace: Pace | None = None
    ) -> None:
        self.settings = settings
        self.qa = qa
        self.store = store
        self.metrics = metrics
        self.inbox = Inbox(store)
        self.memory = Memory(store)
        self.follows = Follows(store, self.memory)
        self.access = Access(store, settings)
        self.outbox = Outbox(api, Pacer(pace or Pace()), metrics, self.move, store.check)
        self.shelf = Shelf.of(settings)
        # The end of the bot does not wait for it, unlike the event loop's own. What is cut off there is safe: answers
        # are worked out again, and an index is never half written.
        self.pool = ThreadPoolExecutor(THREADS, thread_name_prefix="work")
        self.answering = asyncio.Semaphore(AT_A_TIME)
        self.writing = asyncio.Lock()  # the index

    async def in_thread(self, function: Callable[P, _T], *arguments: P.args, **named: P.kwargs) -> _T:
        """Returns the result of a call that would hold up the event loop."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.pool, lambda: function(*arguments, **named))

    def move(self, old: int, new: int) -> None:
        """Takes over what is known of a group that got a new id."""
        with self.store.transaction():
            self.memory.move(old, new)
            self.access.move(old, new)

    def newest(self) -> ArticleQA:
        """Returns the index at its live generation; a question that is on its way keeps its own."""
        try:
            if self.qa.refresh():
                generation = self.qa.generation
                self.metrics.answers_from(generation.name, generation.manifest["created"], len(generation.failed()))
                log.info("index: %s", self.qa)
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
