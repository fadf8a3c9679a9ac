"""What happens when a button is pressed, also one under an answer of an earlier run or index."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from bot.telegram.answering.rendering import passage_pages
from bot.telegram.commands.people import Commands
from bot.telegram.request import Request
from bot.telegram.sending.outbox import MessageGoneError, Outbox
from bot.telegram.state.memory import Memory
from bot.telegram.texts import text


@dataclass(slots=True)
class Buttons:
    """Acts on the data of a button, which anyone could have made up: only what this chat was given is shown."""

    outbox: Outbox
    memory: Memory
    commands: Commands
    ask: Callable[[Request, str], Awaitable[None]]

    async def press(self, request: Request, language: str) -> None:
        """Acts on one pressed button."""
        kind, _, data = request.data.partition(":")
        numbers = [int(part) for part in data.split(":") if part.removeprefix("-").isdecimal()]
        if kind == "p" and len(numbers) == 2:
            await self._passage(request, language, *numbers)
        elif kind == "f" and len(numbers) == 2 and numbers[1] in (1, -1):
            await self._rate(request, language, *numbers)
        elif kind == "n":
            self.memory.new_subject(request.place, request.user_id)
            await self.outbox.press(request.callback_id, text("new_subject", language))
        elif kind == "a" and len(numbers) == 1:
            await self._articles(request, language, max(numbers[0], 0))
        elif kind == "e" and len(numbers) == 1:
            await self._again(request, language, numbers[0])
        else:
            await self.outbox.press(request.callback_id)

    async def _passage(self, request: Request, language: str, answer_id: int, number: int) -> None:
        given = self.memory.answer(answer_id, request.place.chat_id)
        pages = passage_pages(given, number) if given else []
        await self.outbox.press(request.callback_id, "" if pages else text("gone", language))
        for page in pages:
            await self.outbox.send(request.place, page, reply_to=request.message_id)

    async def _rate(self, request: Request, language: str, answer_id: int, value: int) -> None:
        if self.memory.answer(answer_id, request.place.chat_id) is None:
            await self.outbox.press(request.callback_id, text("gone", language))
            return
        self.memory.rate(answer_id, request.user_id, value)
        await self.outbox.press(request.callback_id, text("thanks", language))

    async def _articles(self, request: Request, language: str, first: int) -> None:
        await self.outbox.press(request.callback_id)
        page, keyboard = await self.commands.articles_page(first, language)
        with suppress(MessageGoneError):
            await self.outbox.edit(request.place.chat_id, request.message_id, page, keyboard=keyboard)

    async def _again(self, request: Request, language: str, edit_id: int) -> None:
        """Answers an edited question; the update of the button stands for it, so that it happens once."""
        edit = self.memory.edit(edit_id, request.place)
        await self.outbox.press(request.callback_id, "" if edit else text("gone", language))
        if edit:
            message_id, words = edit
            await self.ask(replace(request, kind="question", message_id=message_id, text=words), language)
