"""Who is let in: a stranger asks, admins decide by a button or a command, and the stranger is told."""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from dataclasses import replace

from telegram import InlineKeyboardMarkup

from bot.telegram.answering.context import Context
from bot.telegram.commands.replies import Where, in_one_message
from bot.telegram.request import Action, Place, Request, button
from bot.telegram.sending.formatting import Block, clipped, paginate
from bot.telegram.sending.outbox import ChatGoneError, MessageGoneError
from bot.telegram.state.access import PAIRING_DIGITS, subject_of
from bot.telegram.texts import text
from index.text.visible import one_line

log = logging.getLogger(__name__)

_MOST_REQUESTS = 20  # of an hour that admins are told of
_NAME_CHARACTERS = 40


async def refuse(bot: Context, request: Request) -> None:
    """Tells a stranger that it is not for all, and the admins that somebody wants to be let in, once an hour."""
    kind, number = subject_of(request.user_id, request.place)
    code, is_new = bot.access.pairing_code(request.user_id, request.place, request.language)
    await bot.tell(request, f"refused_{kind}" if is_new else "refused_again", id=number, code=code)
    if not is_new or bot.access.requests() > _MOST_REQUESTS:
        return
    for admin in bot.access.admins:
        language = bot.memory.language(admin) or request.language
        asked = {"kind": kind, "id": number, "name": clipped(one_line(request.name), _NAME_CHARACTERS)}
        offer = bot.memory.put_offer(replace(request, place=Place(admin)), json.dumps(asked))
        answers = [button(text(key, language), Action.LET_IN, offer, yes) for key, yes in (("yes", 1), ("no", 0))]
        page = paginate([Block.of(text("asks_in", language, who=_who(asked, language)))])[0]
        with suppress(ChatGoneError):  # an admin who has never written to the bot
            await bot.outbox.send(Place(admin), page, keyboard=InlineKeyboardMarkup([answers]))


async def decide(bot: Context, request: Request, offer_id: int, is_let_in: int) -> None:
    """Lets in who asked, or does not, as an admin says by a button."""
    offer = bot.memory.offer(offer_id, request.place)
    if request.user_id not in bot.access.admins:
        await bot.tell(request, "admins_only")
        return
    if offer is None:
        await bot.tell(request, "gone")
        return
    asked, language = json.loads(offer[1]), request.language
    subject = (asked["kind"], asked["id"])
    await _settle(bot, request, subject, is_let_in=bool(is_let_in))
    await bot.outbox.press(request.callback_id)
    words = text("allowed" if is_let_in else "refused", language, who=_who(asked, language))
    with suppress(MessageGoneError):
        await bot.outbox.edit(request.place.chat_id, request.message_id, paginate([Block.of(words)])[0])


@in_one_message
async def allow(bot: Context, request: Request, _where: Where) -> str:
    """Lets in whom a code or a number names, or the group; tells who is let in where nothing is named."""
    code, language = _number(request), request.language
    if not code:
        who = ", ".join(text(kind, language, id=number) for kind, number in bot.access.listed())
        return text("allowed_list", language, who=who or text("nobody", language))
    # a mistyped code must not let in whose number it is
    is_code = len(code) == PAIRING_DIGITS and code.isdecimal()
    subject = bot.access.redeem(code) if is_code else _subject(code)
    if subject is None:
        return text("allow_what", language, code=code[:20])
    await _settle(bot, request, subject, is_let_in=True)
    return text("allowed", language, who=text(subject[0], language, id=subject[1]))


@in_one_message
async def deny(bot: Context, request: Request, _where: Where) -> str:
    """Shuts out whom a number names, or the group."""
    number, language = _number(request), request.language
    subject = _subject(number)
    if subject is None:
        return text("deny_what", language, code=number[:20])
    was_listed = bot.access.is_listed(*subject)
    await _settle(bot, request, subject, is_let_in=False)
    key = "denied_settings" if bot.access.is_listed(*subject) else "denied" if was_listed else "not_allowed"
    return text(key, language, who=text(subject[0], language, id=subject[1]))


async def _settle(bot: Context, request: Request, subject: tuple[str, int], *, is_let_in: bool) -> None:
    """Lets in or shuts out; who waits for that, or gains by it, is told."""
    kind, number = subject
    language = bot.memory.language(number) or bot.access.language(*subject)
    is_asking, was_listed = bool(bot.access.language(*subject)), bot.access.is_listed(*subject)
    if is_let_in:
        bot.access.allow(*subject, request.user_id)
    else:
        bot.access.deny(*subject)
    log.info("%s %s: %s by admin %d", kind, number, "let in" if is_let_in else "shut out", request.user_id)
    if number == request.place.chat_id or not (is_asking or (is_let_in and not was_listed)):
        return
    words = text("you_are_in" if is_let_in else "you_are_refused", language or request.language)
    with suppress(ChatGoneError):  # who was let in by number alone, before ever writing to the bot
        await bot.outbox.send(Place(number, is_group=kind == "group"), paginate([Block.of(words)])[0])


def _who(asked: dict[str, object], language: str) -> str:
    who = text(str(asked["kind"]), language, id=asked["id"])
    return f"{asked['name']} ({who})" if asked["name"] else who


def _number(request: Request) -> str:
    """Returns the code or number that was written, else that of the group where it was not."""
    return request.text.removeprefix("#").strip() or (str(request.place.chat_id) if request.place.is_group else "")


def _subject(number: str) -> tuple[str, int] | None:
    """Returns ("user" or "group", id) of a written number: groups have negative ones."""
    if not number.removeprefix("-").isdecimal() or len(number) > 16:
        return None
    return ("group" if int(number) < 0 else "user", int(number))
