"""Takes in what came: who may, how much, in which queue; and sees each to its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from bot.telegram.answering.asking import apologise
from bot.telegram.answering.context import Context
from bot.telegram.answering.inline import answer_inline
from bot.telegram.commands import adding
from bot.telegram.commands.buttons import press
from bot.telegram.commands.getting_in import refuse
from bot.telegram.commands.people import edited, says
from bot.telegram.commands.registry import COMMANDS, run_command
from bot.telegram.receiving.queues import Queues
from bot.telegram.receiving.updates import read_update
from bot.telegram.request import Action, Request, RequestKind
from bot.telegram.sending.formatting import clipped
from bot.telegram.sending.outbox import ChatGoneError, RefusedTokenError
from bot.telegram.state.access import MINUTE, Role, subject_of
from bot.telegram.state.inbox import MOST_ATTEMPTS, Waiting
from bot.telegram.state.store import LostStateError
from bot.telegram.texts import spoken
from index.text.visible import one_line

log = logging.getLogger(__name__)

Handler: TypeAlias = Callable[[Context, Request], Awaitable[None]]

_HANDLERS: dict[RequestKind, Handler] = {
    "question": adding.ask,
    "command": run_command,
    "button": press,
    "edited": edited,
    "inline": answer_inline,
    "handed": adding.offer,
    "unreadable": says("text_only"),  # a voice message, a sticker, a picture without words
}
_LEFT_OUT_SHOWN = 10  # messages that found no room and are named
_LEFT_OUT_CHARACTERS = 80  # of each
_UNORDERED = (Action.PASSAGE, Action.RATE, Action.ARTICLES)  # buttons that need not wait for answers


class RefusalError(Exception):
    """A request is not carried out; `handler` says so, None: nothing is said."""

    def __init__(self, handler: Handler | None = None) -> None:
        super().__init__()
        self.handler = handler


class NoRoomError(Exception):
    """Too much waits in the queue of a request."""


@dataclass(slots=True)
class Reception:
    """Decides what becomes of each update; the only place where access is checked, for all kinds alike."""

    bot: Context
    queues: Queues
    fail: Callable[[Exception], None]  # ends the bot: Telegram refuses the token
    _left_out: dict[str, list[Request]] = field(default_factory=dict)  # by queue, until that is told

    def deliver(self, updates: Sequence[Waiting]) -> None:
        """Puts updates, which are on the disk, into their queues; what is decided here is on the disk afterwards."""
        with self.bot.store.transaction():
            for update in updates:
                if not self._admit(update):
                    self.bot.inbox.done(update.update_id)

    def _admit(self, update: Waiting) -> bool:
        """Returns whether there is something to be done, which is in its queue then."""
        try:
            request = read_update(update.raw, self.bot.me)
        except ValueError as error:
            log.warning("%s", error)
            self.bot.metrics.add("poison")
            return False
        if request is None:
            return False
        if request.kind == "migrated":
            self.bot.move(request.place.chat_id, request.moved_to)
            return False
        handler = _HANDLERS[request.kind]
        try:
            if not update.is_accepted:
                self._check(request)
                self.bot.inbox.accept(update.update_id)
        except NoRoomError:
            return self._leave_out(request)
        except RefusalError as refusal:
            if refusal.handler is None:
                return False
            handler = refusal.handler
        self.queues.put(queue_of(request), lambda: self._see_through(request, handler))
        return True

    def _check(self, request: Request) -> None:
        """Raises RefusalError where the person may not, NoRoomError where too much waits."""
        bot, queue = self.bot, queue_of(request)
        has_room = self.queues.has_room(queue)
        role = bot.access.role(request.user_id, request.place)
        command = COMMANDS.get(request.command)
        if role == Role.STRANGER or (command and command.for_admins and role < Role.ADMIN):
            bot.metrics.add("refusals")
            raise self._refusal(request, role) if has_room else RefusalError()
        if not has_room:
            raise NoRoomError
        if _is_question(request) and not bot.access.count(request.user_id, request.place):
            raise RefusalError(says("too_many") if bot.access.may_say(f"quota {queue}", MINUTE) else None)

    def _refusal(self, request: Request, role: Role) -> RefusalError:
        """Returns what is said to whoever may not; to a stranger once a minute at most, and no code over a button."""
        if role > Role.STRANGER or request.kind in ("button", "inline"):
            return RefusalError(says("admins_only"))
        kind, number = subject_of(request.user_id, request.place)
        return RefusalError(refuse if self.bot.access.may_say(f"refusal {kind} {number}", MINUTE) else None)

    def _leave_out(self, request: Request) -> bool:
        """Sees to it that what finds no room is told: all of a chat in one message, once there is room again.

        Until then it stays in the inbox; after a crash it is looked at anew.
        """
        if request.kind == "inline":  # who types on asks anew
            return False
        if request.kind == "button":  # nobody waits for its words that long
            self.queues.put(f"wait {request.place.key}", lambda: self._see_through(request, says("one_moment")))
            return True
        queue = queue_of(request)
        gathered = self._left_out.setdefault(queue, [])
        gathered.append(request)
        if len(gathered) == 1:
            self.queues.put(queue, lambda: self._see_through(request, self._tell_left_out))
        return True

    async def _tell_left_out(self, bot: Context, first: Request) -> None:
        left_out = self._left_out.pop(queue_of(first))
        lines = [f"• {clipped(one_line(each.said), _LEFT_OUT_CHARACTERS)}" for each in left_out]
        which = "\n".join([*lines[:_LEFT_OUT_SHOWN], *(["• …"] if len(lines) > _LEFT_OUT_SHOWN else [])])
        await bot.tell(first, "left_out", count=len(left_out), which=which)
        for each in left_out:
            bot.inbox.done(each.update_id)

    async def _see_through(self, request: Request, handler: Handler) -> None:
        """Runs a handler to its end: done, apologised, or left in the inbox for the next run."""
        bot, number = self.bot, request.update_id
        request = replace(request, language=bot.memory.language(request.user_id) or spoken(request.language))
        attempt = 0 if _is_counted_later(request) else bot.inbox.begin(number)
        if attempt > 2 * MOST_ATTEMPTS:  # not even being sorry works
            bot.inbox.done(number)
            return
        try:
            if attempt > MOST_ATTEMPTS:
                log.error("update %d: given up after %d attempts", number, attempt - 1)
                handler = _give_up
            await self._unless_gone(handler, request)
        except asyncio.CancelledError:
            bot.inbox.park(number)
            raise
        except RefusedTokenError as error:
            bot.inbox.park(number)
            self.fail(error)
            return
        except LostStateError:  # who leads next goes on with it
            raise
        except Exception:  # the outermost edge of the bot: one question's error is no one else's
            log.exception("update %d: failed", number)
            try:
                await self._unless_gone(_give_up, request)
            except RefusedTokenError as error:
                self.fail(error)
        bot.inbox.done(number)

    async def _unless_gone(self, handler: Handler, request: Request) -> None:
        try:
            await handler(self.bot, request)
        except ChatGoneError:
            log.info("update %d: its chat cannot be written to", request.update_id)
            self.bot.metrics.add("gone")


async def _give_up(bot: Context, request: Request) -> None:
    """Says sorry, once, where someone waits for an answer."""
    if request.kind == "button":
        await bot.tell(request, "apology")
    elif request.kind != "inline":
        await apologise(bot, request)


def _is_counted_later(request: Request) -> bool:
    """Whether attempts are counted by who answers: there a crash tells something of the question itself."""
    is_asking = request.button is not None and request.button.action is Action.ASK
    return request.kind == "question" or is_asking


def _is_question(request: Request) -> bool:
    """Whether it counts for the quota."""
    return request.kind == "inline" or _is_counted_later(request)


def queue_of(request: Request) -> str:
    """Returns the queue of a request: a place's, so that it is answered in order; those apart that need no order."""
    if request.kind == "inline":
        return f"inline {request.user_id}"
    if request.button and request.button.action in _UNORDERED:
        return f"button {request.place.key}"
    command = COMMANDS.get(request.command)
    is_adding = request.button is not None and request.button.action is Action.ADD
    return "index" if is_adding or (command and command.writes) else request.place.key
