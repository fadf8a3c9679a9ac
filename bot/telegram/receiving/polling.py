"""Receives updates: each is in the inbox, on the disk, before Telegram is told that it came."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from telegram import Bot
from telegram.error import Conflict

from bot.telegram.answering.context import Context
from bot.telegram.sending.wire import UPDATE_TYPES, PollingRequest
from bot.telegram.state.inbox import Waiting, is_update

log = logging.getLogger(__name__)

LONGEST_WAIT_S = 10.0  # between polls that fail


@dataclass(slots=True)
class Poller:
    """Polls until it is cancelled."""

    bot: Context
    connection: tuple[Bot, PollingRequest]
    deliver: Callable[[Sequence[Waiting]], None]  # told what came, once it is on the disk
    _offset: int | None = None  # what came before it is confirmed; sent once: ids may begin anew after a quiet week

    async def run(self) -> None:
        """Receives for ever.

        Raises:
            RefusedTokenError: Telegram refuses the token, also when asked again.
        """
        while True:
            updates = await self.bot.outbox.persist(0, lambda _: self._poll(), LONGEST_WAIT_S)
            ids = [raw["update_id"] for raw in updates if is_update(raw)]
            self.bot.metrics.heard_now()
            self.bot.metrics.add("updates", len(updates))
            self.deliver(self.bot.inbox.put(updates))
            if updates and not ids:
                log.warning("a poll brought %d items without an id; they cannot be confirmed", len(updates))
                self.bot.metrics.add("poison", len(updates))
                await asyncio.sleep(1.0)
            else:
                self._offset = max(ids) + 1 if ids else None

    async def _poll(self) -> list[object]:
        api, request = self.connection
        # that Telegram shall hold a poll without news; not the first one, after which the bot is known to be ready
        timeout_s = max(int(self.bot.settings.telegram_timeout), 1) if self.bot.metrics.heard else 0
        request.take()  # what a poll brought that failed afterwards: it will come again
        try:
            await api.get_updates(offset=self._offset, timeout=timeout_s, allowed_updates=UPDATE_TYPES)
        except Conflict:
            log.warning("another bot polls with this token; stop one of the two")
            raise
        return request.take()
