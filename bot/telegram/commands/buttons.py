"""What happens when a button is pressed, also one under an answer of an earlier run or index."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

from bot.telegram.answering.asking import answer
from bot.telegram.answering.context import Context
from bot.telegram.answering.rendering import passage_pages
from bot.telegram.commands import adding, following, getting_in, people
from bot.telegram.request import Action, Request
from bot.telegram.sending.outbox import MessageGoneError
from bot.telegram.state.access import Role
from bot.telegram.state.shelf import Taken

log = logging.getLogger(__name__)


async def press(bot: Context, request: Request) -> None:
    """Acts on one pressed button; anyone could have made up its data: only what this chat was given is shown."""
    if request.button is None:
        await bot.tell(request, "unknown_button")
    else:
        await _ACTIONS[request.button.action](bot, request, *request.button.numbers)


async def _passage(bot: Context, request: Request, answer_id: int, number: int) -> None:
    given = bot.memory.answer(answer_id, request.place.chat_id)
    pages = passage_pages(given, number) if given else []
    if not pages:
        await bot.tell(request, "gone")
        return
    await bot.outbox.press(request.callback_id)
    for page in pages:
        await bot.outbox.send(request.place, page, reply_to=request.message_id)


async def _rate(bot: Context, request: Request, answer_id: int, value: int) -> None:
    if bot.memory.answer(answer_id, request.place.chat_id) is None:
        await bot.tell(request, "gone")
        return
    bot.memory.rate(answer_id, request.user_id, value)
    await bot.tell(request, "thanks")


async def _articles(bot: Context, request: Request, first: int) -> None:
    await bot.outbox.press(request.callback_id)
    page, keyboard = await people.articles_page(bot, first, request.language)
    with suppress(MessageGoneError):
        await bot.outbox.edit(request.place.chat_id, request.message_id, page, keyboard=keyboard)


async def _ask(bot: Context, request: Request, offer_id: int) -> None:
    """Answers an edited question, or an example; the update of the button stands for it, so that it happens once."""
    offer = bot.memory.offer(offer_id, request.place)
    if offer is None:
        await bot.tell(request, "gone")
        return
    await bot.outbox.press(request.callback_id)
    message_id, words = offer
    asked = replace(request, kind="question", message_id=message_id, text=words)
    about = replace(asked, replied_to=message_id)  # where that stands for an article, which is asked then
    await answer(bot, about if bot.memory.articles_of(about) else asked)


async def _add(bot: Context, request: Request, offer_id: int, how: int) -> None:
    """Adds what was offered, in the message that offers it."""
    offer = bot.memory.offer(offer_id, request.place)
    if bot.access.role(request.user_id, request.place) < Role.ADMIN:
        await bot.tell(request, "admins_only")
    elif offer is None:
        await bot.tell(request, "gone")
    else:
        log.info("update %d: admin %d: adds by a button (%s)", request.update_id, request.user_id, Taken(how).name)
        await bot.outbox.press(request.callback_id)
        await adding.add_offered(bot, replace(request, text=offer[1], replied_to=offer[0]), Taken(how))


_ACTIONS: dict[Action, Callable[..., Awaitable[None]]] = {
    Action.PASSAGE: _passage,
    Action.RATE: _rate,
    Action.NEW_SUBJECT: people.new,
    Action.ARTICLES: _articles,
    Action.ASK: _ask,
    Action.LET_IN: getting_in.decide,
    Action.ADD: _add,
    Action.FOLLOW: following.follow_answer,
    Action.UNFOLLOW: following.unfollow_one,
}
