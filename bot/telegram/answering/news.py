"""Tells what is new by itself: to whom a standing question is answered, and once a day all that came."""

from __future__ import annotations

import asyncio
import functools
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeAlias

from bot.telegram.answering.context import Context
from bot.telegram.answering.delivery import Delivery
from bot.telegram.answering.rendering import render
from bot.telegram.request import Request
from bot.telegram.sending.outbox import ChatGoneError, RefusedTokenError
from bot.telegram.state.access import Role
from bot.telegram.state.answers import Given
from bot.telegram.state.follows import Follow
from bot.telegram.texts import text
from retrieval import ArticleQA
from retrieval.asking.news import moment_of
from retrieval.understanding.conversation import Turn

log = logging.getLogger(__name__)

LOOK_S = 2.0  # between two looks whether a new generation is there, or an hour has come
AGAIN_S = 600.0  # after which one is looked at again that failed: what failed it may last

Put: TypeAlias = Callable[[str, Callable[[], Awaitable[None]]], None]  # a job into the queue of a place


async def tell_news(bot: Context, put: Put) -> None:
    """Tells for ever; first what an earlier run had put out and not delivered."""
    for request in bot.follows.left():
        put(request.place.key, functools.partial(_deliver, bot, request))
    resting: dict[int, float] = {}  # what failed, and until when it is left alone
    while True:
        follows = bot.follows.all()
        if follows:
            qa, latest = await bot.in_thread(_newest, bot)
            for follow in sorted(follows, key=lambda each: each.since):  # those of one moment look in the same views
                is_due = follow.is_due(latest, datetime.now().astimezone(), bot.settings.quiet())
                is_rested = time.monotonic() >= resting.get(follow.id, 0.0)
                if is_due and is_rested and not await _look(bot, qa, follow, latest, put):
                    resting[follow.id] = time.monotonic() + AGAIN_S
        await asyncio.sleep(LOOK_S)


def _newest(bot: Context) -> tuple[ArticleQA, int]:
    qa = bot.newest()
    return qa, qa.generation.arrivals.latest


async def _look(bot: Context, qa: ArticleQA, follow: Follow, latest: int, put: Put) -> bool:
    """Looks for what is new to one who follows, up to an arrival, and puts it out; returns whether that went well."""
    if bot.access.role(follow.user_id, follow.place) < Role.MEMBER:
        return True  # may be let in again
    try:
        async with bot.answering:
            told = await bot.in_thread(_news, qa, follow, latest)
    except Exception:  # one question's error is no one else's
        log.exception("follow %d: failed", follow.id)
        return False
    if not bot.follows.is_there(follow):  # ended meanwhile
        return True
    given, turns = told or (None, ())
    quotes = {source.quote for source in given.sources} if given else set()
    if given is None or (follow.question and quotes <= bot.follows.quotes(follow)):  # of an index that was rolled back
        bot.follows.told(follow, latest)
        return True
    request = bot.follows.put_out(follow, given, latest, turns)
    bot.metrics.add("news")
    log.info("follow %d: user %d in %s: news", follow.id, follow.user_id, follow.place.key)
    put(follow.place.key, functools.partial(_deliver, bot, request))
    return True


def _news(qa: ArticleQA, follow: Follow, latest: int) -> tuple[Given, list[Turn]] | None:
    """Returns what is new as its messages, and as what a reply leans on; None where nothing is; runs in a thread."""
    asked = [follow.question] if follow.question else []
    answers = qa.news(moment_of(follow.since), asked, until=moment_of(latest), language=follow.language)
    if not answers:
        return None
    made = datetime.fromisoformat(qa.generation.manifest["created"])
    head = f"🔔 {follow.question}" if follow.question else text("digest_head", follow.language)
    given = render(answers[0], made=made, language=follow.language, head=head)
    return given, [Turn(follow.question, answers[0].text)] if follow.question else []


async def _deliver(bot: Context, request: Request) -> None:
    """Delivers what was put out, as an answer is; the message that notifies names the question alone."""
    given = bot.memory.given(request.update_id)
    try:
        if given:  # else it was forgotten meanwhile
            opening = given.pages[0].text.partition("\n")[0]
            await Delivery(bot, request, opening=opening).finish(given)
    except ChatGoneError:
        log.info("%s: cannot be written to; nothing is followed there any more", request.place.key)
        bot.metrics.add("gone")
        bot.follows.drop_place(request.place)
    except RefusedTokenError:  # who polls ends the bot; the next run delivers
        return
    bot.inbox.done(request.update_id)
