"""Takes in what came: who may, how much, in which queue; and sees each to its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from telegram import User

from bot.telegram.operating.counters import Counters
from bot.telegram.receiving.access import MINUTE, Access, Role
from bot.telegram.receiving.inbox import MOST_ATTEMPTS, Entry, Inbox
from bot.telegram.receiving.queues import Queues
from bot.telegram.receiving.updates import read_update
from bot.telegram.request import Kind, Request
from bot.telegram.sending.markup import plain_page
from bot.telegram.sending.outbox import ChatGoneError, Outbox, RefusedTokenError
from bot.telegram.state.memory import Memory
from bot.telegram.state.store import Store
from bot.telegram.texts import spoken, text

log = logging.getLogger(__name__)

Handler: TypeAlias = Callable[[Request, str], Awaitable[None]]  # the request, and the language of the person

ADMIN_COMMANDS = ("add", "remove", "reindex", "status", "allow", "deny")
_WRITING = ("add", "remove", "reindex")  # one at a time, beside the questions
_COUNTED: tuple[Kind, ...] = ("question", "inline")


@dataclass(slots=True)
class Reception:
    """Decides what becomes of each update; the only place where access is checked, for all kinds alike."""

    store: Store
    inbox: Inbox
    memory: Memory
    access: Access
    outbox: Outbox
    queues: Queues
    counters: Counters
    me: User
    handlers: Mapping[Kind, Handler]
    apologise: Handler  # for a question that could not be answered
    move: Callable[[int, int], None]  # takes over what is known of a group: (old id, new id)
    fail: Callable[[Exception], None]  # ends the bot: Telegram refuses the token
    _told_to_wait: set[str] = field(default_factory=set)

    def deliver(self, entries: Sequence[Entry]) -> None:
        """Puts updates, which are on the disk, into their queues; what is decided here is on the disk afterwards."""
        with self.store.transaction():
            for entry in entries:
                self._admit(entry)

    def _admit(self, entry: Entry) -> None:
        try:
            request = read_update(entry.raw, self.me)
        except ValueError as error:
            log.warning("%s", error)
            self.counters.add("poison")
            self.inbox.done(entry.update_id)
            return
        if request is None:
            self.inbox.done(entry.update_id)
            return
        if request.kind == "migrated":
            self.move(request.place.chat_id, request.moved_to)
            self.inbox.done(entry.update_id)
            return
        handler = self.handlers[request.kind] if entry.is_accepted else self._decide(request)
        if handler is None:
            self.inbox.done(entry.update_id)
            return
        self.inbox.accept(entry.update_id)
        self.queues.put(_queue(request), lambda: self._see_through(request, handler))

    def _decide(self, request: Request) -> Handler | None:
        """Returns what is to be done; None: nothing, and nothing is said."""
        role = self.access.role(request.user_id, request.place)
        key = _queue(request)
        if role == Role.STRANGER:
            self.counters.add("refusals")
            return self._refusal(request) if self.queues.has_room(key) else None
        if request.kind == "command" and request.command in ADMIN_COMMANDS and role < Role.ADMIN:
            self.counters.add("refusals")
            return self._saying("admins_only") if self.queues.has_room(key) else None
        if not self.queues.has_room(key):
            is_first = key not in self._told_to_wait
            self._told_to_wait.add(key)
            return self._saying("wait") if is_first else None
        self._told_to_wait.discard(key)
        if request.kind in _COUNTED and not self.access.count(request.user_id, request.place):
            return self._saying("too_many") if self.access.may_say(f"quota {key}", MINUTE) else None
        return self.handlers[request.kind]

    def _refusal(self, request: Request) -> Handler | None:
        """Returns how a stranger is told, at most once an hour; buttons and inline queries end at once."""
        if request.kind in ("button", "inline"):
            return self._saying("admins_only")
        code = self.access.pairing_code(request.user_id, request.place)
        if code is None:
            return None
        group = request.place.is_group
        number = request.place.chat_id if group else request.user_id
        return self._saying("refused_group" if group else "refused_user", id=number, code=code)

    def _saying(self, key: str, **values: object) -> Handler:
        """Returns a handler that says one thing of ours, in the way that the request can be answered."""

        async def say(request: Request, language: str) -> None:
            if request.kind == "inline":
                await self.outbox.offer(request.callback_id, [])
            elif request.kind == "button":
                words = text(key if key != "refused_user" else "admins_only", language, **values)
                await self.outbox.press(request.callback_id, words)
            else:
                reply_to = request.message_id if request.place.is_group else 0
                await self.outbox.send(request.place, plain_page(text(key, language, **values)), reply_to=reply_to)

        return say

    async def _see_through(self, request: Request, handler: Handler) -> None:
        """Runs a handler to its end: done, apologised, or left in the inbox for the next run."""
        language = self.memory.language(request.user_id) or spoken(request.language)
        attempt = 0 if _is_counted_later(request) else self.inbox.begin(request.update_id)
        if attempt > 2 * MOST_ATTEMPTS:  # not even being sorry works
            self.inbox.done(request.update_id)
            return
        try:
            if attempt > MOST_ATTEMPTS:
                log.error("update %d: given up after %d attempts", request.update_id, attempt - 1)
                handler = self._give_up
            await handler(request, language)
        except asyncio.CancelledError:
            self.inbox.park(request.update_id)
            raise
        except RefusedTokenError as error:
            self.inbox.park(request.update_id)
            self.fail(error)
            return
        except ChatGoneError:
            self._leave_alone(request)
        except Exception:  # the outermost edge of the bot: one question's error is no one else's
            log.exception("update %d: failed", request.update_id)
            await self._after_failure(request, language)
        self.inbox.done(request.update_id)

    async def _after_failure(self, request: Request, language: str) -> None:
        try:
            await self._give_up(request, language)
        except ChatGoneError:
            self._leave_alone(request)
        except RefusedTokenError as error:
            self.fail(error)

    async def _give_up(self, request: Request, language: str) -> None:
        """Says sorry, once, where someone waits for an answer."""
        if request.kind == "button":
            await self.outbox.press(request.callback_id, text("apology", language))
        elif request.kind != "inline":
            await self.apologise(request, language)

    def _leave_alone(self, request: Request) -> None:
        log.info("update %d: its chat cannot be written to", request.update_id)
        self.counters.add("gone")


def _is_counted_later(request: Request) -> bool:
    """Whether attempts are counted by who answers: there a crash tells something of the question itself."""
    return request.kind == "question" or (request.kind == "button" and request.data.startswith("e:"))


def _queue(request: Request) -> str:
    """Returns the queue of a request: a place's, so that it is answered in order; those apart that need no order."""
    if request.kind == "inline":
        return f"inline {request.user_id}"
    if request.kind == "button" and request.data[:2] in ("p:", "f:", "a:"):
        return f"button {request.place.key}"
    if request.kind == "command" and request.command in _WRITING:
        return "index"
    return request.place.key
