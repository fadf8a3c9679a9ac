"""Which of several bots works on a state: waiting to be the one, and finding the database again after a loss."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from enum import StrEnum

from bot.telegram.state.database import StateDatabase
from bot.telegram.state.file import StateFile
from bot.telegram.state.store import LostStateError, StateError, Store
from index.store.postgres.address import Address, IndexPlace

log = logging.getLogger(__name__)

_LOOK_S = 0.5  # between two looks whether the other bot is gone
_LONGEST_WAIT_S = 10.0  # between two looks for a database that is lost
_STEADY_S = 60.0  # after which a loss is not taken for one more of the same


class _Why(StrEnum):
    LOST = "lost"
    OTHER = "another bot"


def open_state(place: IndexPlace) -> Store:
    """Opens the state, a file or a database.

    Raises:
        StateError: it cannot be used; or, of a file, another bot holds it.
        AccessError: this user may not write the file.
    """
    return StateDatabase.open(place) if isinstance(place, Address) else StateFile.open(place)


class Standby:
    """The state of one bot, which leads or waits; its file, which nobody else has, it leads from the start."""

    def __init__(self, place: IndexPlace) -> None:
        self.place = place
        self.reason = f"{place}: not looked at yet"  # why this bot does not work on the state now, "": it does
        self._why: _Why | None = None
        self._store: Store | None = open_state(place)  # what cannot be used is told before anything begins
        self._wait_s, self._since = _LOOK_S / 2, time.monotonic()

    async def lead(self, stop: asyncio.Event) -> Store | None:
        """Waits until this bot is the one that works on the state, and returns that; None: it was told to stop.

        Raises:
            StateError: a newer version of articlebot made it, or this user may not make it.
        """
        while not stop.is_set():
            if self._store is None:
                await _pause(stop, self._wait_s)
                if not stop.is_set():
                    await self._reopen()
            elif self._is_leading(self._store):
                return self._store
            elif self._store:
                await _pause(stop, _LOOK_S)
        return None

    def lose(self, error: Exception) -> None:
        """Lets a state go that is lost."""
        if self._store:
            self._store.close()
        self._store = None
        was_steady = self._why is None and time.monotonic() - self._since > _STEADY_S
        self._wait_s = _LOOK_S if was_steady else min(2 * self._wait_s, _LONGEST_WAIT_S)
        self._note(_Why.LOST, str(error))

    def close(self) -> None:
        """Lets another bot have the state."""
        if self._store:
            self._store.close()

    def _is_leading(self, store: Store) -> bool:
        try:
            is_leading = store.lead()
        except LostStateError as error:
            self.lose(error)
            return False
        if is_leading:
            if self._why:
                log.info("%s: this bot polls now", self.place)
            self._why, self.reason, self._since = None, "", time.monotonic()
        else:
            self._note(_Why.OTHER, f"{self.place}: waiting: another bot of this state polls")
        return is_leading

    async def _reopen(self) -> None:
        try:
            self._store = await asyncio.to_thread(open_state, self.place)
        except StateError as error:
            self.lose(error)

    def _note(self, why: _Why, reason: str) -> None:
        """Says why this bot waits, once."""
        if why is not self._why:
            log.log(logging.WARNING if why is _Why.LOST else logging.INFO, "%s", reason)
        self._why, self.reason = why, reason


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
