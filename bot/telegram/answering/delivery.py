"""Delivers an answer exactly once: placeholders whose ids are kept, then edits, which may be repeated."""

from __future__ import annotations

import time
from dataclasses import dataclass

from telegram import InlineKeyboardMarkup

from bot.telegram.answering.context import Context
from bot.telegram.answering.rendering import answer_keyboard
from bot.telegram.request import Request
from bot.telegram.sending.outbox import MessageGoneError
from bot.telegram.state.answers import FormattedText, Given
from bot.telegram.texts import text

UNNOTICED_S = 20.0  # an edit does not notify: after so long a line of its own says that the answer is there
_MOST_LOST = 3  # placeholders of one part that may be deleted under way


@dataclass(slots=True)
class Delivery:
    """Puts the parts of one answer into messages of their own.

    The text of an answer only ever goes into a message whose id is on the disk. What is sent and then lost is a
    placeholder; a stray one is no second answer.
    """

    bot: Context
    request: Request
    began: float = 0.0  # monotonic seconds when the first placeholder was there
    keyboard: InlineKeyboardMarkup | None = None  # instead of that of an answer
    opening: str = "🔎 …"  # what stands in the first message until it is the answer

    async def placeholder(self, number: int = 0) -> tuple[int, int]:
        """Returns (chat, message) that a part goes into; sends it where there is none yet."""
        where = self.bot.inbox.part(self.request.update_id, number)
        if where is None:
            where = await self._say("…") if number else await self._say(self.opening, self.request.message_id)
            self.bot.inbox.put_part(self.request.update_id, number, *where)
        self.began = self.began or time.monotonic()
        return where

    async def finish(self, given: Given) -> None:
        """Makes the messages say the answer, whatever they said before.

        Where that took long a line tells of it, unless others wait for room to be answered at all.

        Raises:
            ChatGoneError: the chat cannot be written to any more.
        """
        for number in range(len(given.pages)):
            await self._put(given, number)
        if time.monotonic() - self.began > UNNOTICED_S and self.bot.outbox.has_room():
            await self._say(text("answered_above", self.request.language))

    async def _put(self, given: Given, number: int) -> None:
        is_last = number == len(given.pages) - 1
        keyboard = (self.keyboard or answer_keyboard(given)) if is_last else None
        for _ in range(_MOST_LOST):
            where = await self.placeholder(number)
            try:
                await self.bot.outbox.edit(*where, given.pages[number], keyboard=keyboard)
            except MessageGoneError:
                self.bot.inbox.drop_part(self.request.update_id, number)
                continue
            return

    async def _say(self, words: str, reply_to: int = 0) -> tuple[int, int]:
        return await self.bot.outbox.send(self.request.place, FormattedText(words), reply_to=reply_to)
