"""How fast Telegram may be called: room for the whole bot, gaps within a chat, and waits that Telegram asked for."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Pace:
    """Telegram's limits, a little below what it says."""

    a_second: int = 28  # sends and edits of the whole bot; Telegram: 30
    send_s: float = 1.05  # between two messages in a private chat; Telegram: 1
    group_send_s: float = 3.1  # and in a group; Telegram: 20 a minute
    edit_s: float = 1.2  # between two intermediate edits in a private chat
    group_edit_s: float = 3.5


@dataclass(slots=True)
class _Chat:
    next_send: float = 0.0
    last_call: float = 0.0
    held_until: float = 0.0


@dataclass(slots=True)
class Pacer:
    """Gives turns, first come first served; times are monotonic seconds."""

    pace: Pace = field(default_factory=Pace)
    _chats: dict[int, _Chat] = field(default_factory=dict)
    _recent: deque[float] = field(default_factory=deque)
    _door: asyncio.Lock = field(default_factory=asyncio.Lock)
    _queued: int = 0

    async def turn(self, chat_id: int, *, send: bool) -> None:
        """Returns when a message may be sent to the chat, or an edit that must not be lost be made."""
        chat = self._chat(chat_id)
        if send:
            gap = self.pace.group_send_s if chat_id < 0 else self.pace.send_s
            due = max(time.monotonic(), chat.next_send)
            chat.next_send = due + gap
            await asyncio.sleep(due - time.monotonic())
        await self._wait_out(chat)
        await self._room()
        chat.last_call = time.monotonic()

    def may_sketch(self, chat_id: int) -> bool:
        """Whether an intermediate edit may be made at once; it is skipped otherwise. Counts it where it may."""
        chat, now = self._chat(chat_id), time.monotonic()
        gap = self.pace.group_edit_s if chat_id < 0 else self.pace.edit_s
        if now < max(chat.held_until, chat.last_call + gap) or not self.has_room():
            return False
        chat.last_call = now
        self._recent.append(now)
        return True

    def has_room(self) -> bool:
        """Whether nobody waits for the bot's limit."""
        return not self._queued and self._in_last_second() < self.pace.a_second

    def is_held(self, chat_id: int) -> bool:
        """Whether Telegram asked not to be called for this chat now."""
        return time.monotonic() < self._chat(chat_id).held_until

    def hold(self, chat_id: int, seconds: float) -> None:
        """Notes that Telegram wants no call for this chat for so long."""
        chat = self._chat(chat_id)
        chat.held_until = max(chat.held_until, time.monotonic() + seconds)

    def _chat(self, chat_id: int) -> _Chat:
        if len(self._chats) > 10_000:
            now = time.monotonic()
            self._chats = {
                key: chat for key, chat in self._chats.items() if now < max(chat.held_until, chat.last_call + 60)
            }
        return self._chats.setdefault(chat_id, _Chat())

    async def _wait_out(self, chat: _Chat) -> None:
        while (left := chat.held_until - time.monotonic()) > 0:  # noqa: ASYNC110  time is what is waited for
            await asyncio.sleep(left)

    async def _room(self) -> None:
        """Waits, in order, until fewer calls than the limit were made within a second."""
        self._queued += 1
        try:
            async with self._door:
                while self._in_last_second() >= self.pace.a_second:  # noqa: ASYNC110  time is what is waited for
                    await asyncio.sleep(max(self._recent[0] + 1.0 - time.monotonic(), 0.001))
                self._recent.append(time.monotonic())
        finally:
            self._queued -= 1

    def _in_last_second(self) -> int:
        while self._recent and self._recent[0] <= time.monotonic() - 1.0:
            self._recent.popleft()
        return len(self._recent)
