"""From a question to its delivered answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from bot.telegram.answering.delivery import Delivery
from bot.telegram.answering.rendering import apology, render, sketch
from bot.telegram.operating.counters import Counters
from bot.telegram.operating.threads import Threads
from bot.telegram.receiving.inbox import MOST_ATTEMPTS, Inbox
from bot.telegram.request import Request
from bot.telegram.sending.outbox import Outbox
from bot.telegram.state.library import Library
from bot.telegram.state.memory import Given, Memory
from retrieval.answering.answer import Answer
from retrieval.understanding.conversation import Conversation

log = logging.getLogger(__name__)

AT_A_TIME = 2  # answers that are worked out at once
TYPING_S = 4.5  # Telegram shows "typing" for five seconds
SKETCH_CHARACTERS = 40  # new ones that are worth an edit


@dataclass(slots=True)
class Asker:
    """Answers questions: placeholder, answer off the event loop, store, deliver."""

    outbox: Outbox
    inbox: Inbox
    memory: Memory
    library: Library
    counters: Counters
    threads: Threads
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_A_TIME))

    async def answer(self, request: Request, language: str) -> None:
        """Answers a question; done before a crash, it is only delivered.

        Raises:
            ChatGoneError: the chat cannot be written to.
        """
        delivery = Delivery(self.outbox, self.inbox, request, language)
        given = self.memory.given(request.update_id)
        if given is None:
            where = await delivery.placeholder()
            typing = asyncio.create_task(self._typing(request))
            try:
                given = await self._work_out(request, language, where)
            finally:
                typing.cancel()
        await delivery.finish(given)

    async def apologise(self, request: Request, language: str) -> None:
        """Says that there is no answer, where there is none yet.

        Raises:
            ChatGoneError: the chat cannot be written to.
        """
        given = self.memory.given(request.update_id)
        if given is None:
            self.counters.add("apologies")
            given = self.memory.keep(request, apology(language), ())
        await Delivery(self.outbox, self.inbox, request, language).finish(given)

    async def _work_out(self, request: Request, language: str, where: tuple[int, int]) -> Given:
        """Returns the answer, which is in the store then, with the turn that it adds."""
        conversation = self.memory.conversation(request)
        before = len(conversation)
        async with self._slots:
            # here a crash may be the question's fault, and is counted; elsewhere the question has no part in it
            if self.inbox.begin(request.update_id) > MOST_ATTEMPTS:
                log.error("update %d: given up after %d attempts", request.update_id, MOST_ATTEMPTS)
                self.counters.add("apologies")
                return self.memory.keep(request, apology(language), ())
            answer, made = await self._ask(request.text, conversation, where)
        self.counters.add("questions")
        self.counters.add("not_found", int(not answer.found))
        self.counters.seconds += answer.seconds
        given = render(answer, made=made, language=language)
        return self.memory.keep(request, given if given.pages else apology(language), conversation.turns[before:])

    async def _ask(self, question: str, conversation: Conversation, where: tuple[int, int]) -> tuple[Answer, datetime]:
        """Asks in a thread, and meanwhile shows how far the answer is."""
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[str | None] = asyncio.Queue()

        def tell(piece: str | None) -> None:
            loop.call_soon_threadsafe(pieces.put_nowait, piece)

        showing = asyncio.create_task(self._show(pieces, where))
        try:
            return await self.threads.run(self._stream, question, conversation, tell)
        finally:
            pieces.put_nowait(None)
            await showing

    def _stream(
        self, question: str, conversation: Conversation, tell: Callable[[str], None]
    ) -> tuple[Answer, datetime]:
        """Returns the answer and when its index was made; runs in a thread."""
        qa = self.library.newest()
        self.counters.generation = qa.generation.name
        made = datetime.fromisoformat(qa.generation.manifest["created"])
        if qa.llm is None:  # the whole answer is there at once
            return qa.ask(question, conversation=conversation), made
        for item in qa.stream(question, conversation=conversation):
            if isinstance(item, Answer):
                return item, made
            tell(item)
        raise RuntimeError("the answer's stream ended without an answer")

    async def _show(self, pieces: asyncio.Queue[str | None], where: tuple[int, int]) -> None:
        """Edits what there is of the answer into the placeholder, where Telegram allows it at once."""
        so_far, shown = "", 0
        while (piece := await pieces.get()) is not None:
            so_far += piece
            if (
                len(so_far) - shown >= SKETCH_CHARACTERS
                and pieces.empty()
                and await self.outbox.sketch(*where, sketch(so_far))
            ):
                shown = len(so_far)

    async def _typing(self, request: Request) -> None:
        with suppress(asyncio.CancelledError):
            while True:
                await self.outbox.typing(request.place)
                await asyncio.sleep(TYPING_S)
