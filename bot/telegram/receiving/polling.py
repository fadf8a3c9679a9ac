"""Receives updates: each is in the inbox, on the disk, before Telegram is told that it came."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from telegram import Bot
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.telegram.operating.metrics import Metrics
from bot.telegram.sending.outbox import RefusedTokenError
from bot.telegram.sending.retries import FIRST_WAIT_S, seconds
from bot.telegram.sending.wire import UPDATE_TYPES, PollingRequest
from bot.telegram.state.inbox import Inbox, Waiting, is_update

log = logging.getLogger(__name__)

LONGEST_WAIT_S = 10.0  # between polls that fail


@dataclass(slots=True)
class Poller:
    """Polls until it is cancelled."""

    bot: Bot
    request: PollingRequest
    inbox: Inbox
    metrics: Metrics
    deliver: Callable[[Sequence[Waiting]], None]  # told what came, once it is on the disk
    timeout_s: int = 20  # that Telegram shall hold a poll that brings nothing

    async def run(self) -> None:
        """Receives for ever.

        Raises:
            RefusedTokenError: Telegram refuses the token, also when asked again.
        """
        offset: int | None = None
        wait_s, refused = FIRST_WAIT_S, 0
        while True:
            try:
                offset = await self._poll(offset)
                wait_s, refused = FIRST_WAIT_S, 0
                continue
            except RetryAfter as error:
                await asyncio.sleep(seconds(error))
                continue
            except InvalidToken as error:
                refused += 1
                if refused > 1:
                    raise RefusedTokenError from error
            except Conflict:
                log.warning("another bot polls with this token; stop one of the two")
            except TelegramError as error:
                log.info("poll: %s; again in %.1f s", type(error).__name__, wait_s)
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)

    async def _poll(self, offset: int | None) -> int | None:
        """Polls once and returns the offset that confirms what came.

        An offset is sent only once: ids may begin anew after a quiet week, and an old offset would drop those.
        """
        self.request.take()  # what a poll brought that failed afterwards: it will come again
        await self.bot.get_updates(offset=offset, timeout=self.timeout_s, allowed_updates=UPDATE_TYPES)
        came = self.request.take()
        self.metrics.heard_now()
        if not came:
            return None
        self.metrics.add("updates", len(came))
        fresh = self.inbox.put(came)
        self.deliver(fresh)
        ids = [raw["update_id"] for raw in came if is_update(raw)]
        if not ids:
            log.warning("a poll brought %d items without an id; they cannot be confirmed", len(came))
            self.metrics.add("poison", len(came))
            await asyncio.sleep(1.0)
            return offset
        return int(max(ids)) + 1
