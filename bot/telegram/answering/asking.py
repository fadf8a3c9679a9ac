"""From a question to its delivered answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import datetime

from bot.telegram.answering.context import Context
from bot.telegram.answering.delivery import Delivery
from bot.telegram.answering.rendering import apology, render, sketch
from bot.telegram.request import Place, Request
from bot.telegram.state.answers import Given
from bot.telegram.state.inbox import MOST_ATTEMPTS
from retrieval import ArticleQA
from retrieval.answering.answer import Answer
from retrieval.asking.ways import How
from retrieval.understanding.conversation import Conversation, Counts

log = logging.getLogger(__name__)

TYPING_S = 4.5  # Telegram shows "typing" for five seconds
SKETCH_CHARACTERS = 40  # new ones that are worth an edit


async def answer(bot: Context, request: Request) -> None:
    """Answers a question: placeholder, answer off the event loop, store, deliver; done before a crash, only the last.

    Raises:
        ChatGoneError: the chat cannot be written to.
    """
    delivery = Delivery(bot, request)
    given = bot.memory.given(request.update_id)
    if given is None:
        where = await delivery.placeholder()
        typing = asyncio.create_task(_typing(bot, request.place))
        try:
            given = await _work_out(bot, request, where)
        finally:
            typing.cancel()
    await delivery.finish(given)


async def apologise(bot: Context, request: Request) -> None:
    """Says that there is no answer, where there is none yet.

    Raises:
        ChatGoneError: the chat cannot be written to.
    """
    await Delivery(bot, request).finish(bot.memory.given(request.update_id) or _apology(bot, request))


def _apology(bot: Context, request: Request) -> Given:
    bot.metrics.add("apologies")
    return bot.memory.keep(request, apology(request.language), ())


async def _work_out(bot: Context, request: Request, where: tuple[int, int]) -> Given:
    """Returns the answer, which is in the store then, with the turn that it adds."""
    conversation, articles = bot.memory.conversation(request), bot.memory.articles_of(request)
    before = len(conversation)
    async with bot.answering:
        # here a crash may be the question's fault, and is counted; elsewhere the question has no part in it
        if bot.inbox.begin(request.update_id) > MOST_ATTEMPTS:
            log.error("update %d: given up after %d attempts", request.update_id, MOST_ATTEMPTS)
            return _apology(bot, request)
        about: How = {"conversation": conversation, "articles": articles or None}
        cited = [] if articles else bot.memory.cited_in(request)
        found, made = await _ask(bot, request.text, about, where, cited)
    bot.metrics.add("questions")
    bot.metrics.add("not_found", int(not found.found))
    bot.metrics.answer_seconds.observe(found.seconds)
    log.info(
        "update %d: user %d in %s: %s in %.1f s", request.update_id, request.user_id, request.place.key,
        "answered" if found.found else "not in the articles", found.seconds,
    )  # fmt: skip
    given = render(found, made=made, language=request.language)
    if articles:  # a reply to the answer stays with them
        bot.memory.hand(request, [request.message_id, where[1]], articles)
    return bot.memory.keep(request, given if given.pages else apology(request.language), conversation.turns[before:])


async def _ask(
    bot: Context, question: str, about: How, where: tuple[int, int], cited: Collection[str]
) -> tuple[Answer, datetime]:
    """Asks in a thread, and meanwhile shows how far the answer is."""
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue[str | None] = asyncio.Queue()

    def tell(piece: str | None) -> None:
        loop.call_soon_threadsafe(pieces.put_nowait, piece)

    showing = asyncio.create_task(_show(bot, pieces, where))
    try:
        return await bot.in_thread(_stream, bot, question, about, tell, cited)
    finally:
        pieces.put_nowait(None)
        await showing


def _stream(
    bot: Context, question: str, about: How, tell: Callable[[str], None], cited: Collection[str]
) -> tuple[Answer, datetime]:
    """Returns the answer and when its index was made; runs in a thread."""
    qa = bot.newest()
    made = datetime.fromisoformat(qa.generation.manifest["created"])
    if qa.llm is None:  # the whole answer is there at once
        return _of_the_same(qa, question, about, cited) or qa.ask(question, **about), made
    for item in qa.stream(question, **about):
        if isinstance(item, Answer):
            return item, made
        tell(item)
    raise RuntimeError("the answer's stream ended without an answer")


def _of_the_same(qa: ArticleQA, question: str, about: How, cited: Collection[str]) -> Answer | None:
    """Returns what the articles say that the answer cites to which a question replies that speaks of it; None: nothing.

    "Combien cela a-t-il coûté ?" is asked of that, before anything else that has a price.
    """
    there, conversation = [each for each in cited if qa.article(each)], about["conversation"]
    leaning = qa.understand(question, conversation).leaning if there else None
    if not conversation or not leaning or not leaning.before or leaning.counts is not Counts.ALWAYS:
        return None
    answer = qa.ask(question, conversation=Conversation(list(conversation.turns)), articles=there)
    if not answer.found:
        return None
    conversation.add(question, answer.text)
    return answer


async def _show(bot: Context, pieces: asyncio.Queue[str | None], where: tuple[int, int]) -> None:
    """Edits what there is of the answer into the placeholder, where Telegram allows it at once."""
    so_far, shown = "", 0
    while (piece := await pieces.get()) is not None:
        so_far += piece
        is_worth_it = len(so_far) - shown >= SKETCH_CHARACTERS and pieces.empty()
        if is_worth_it and await bot.outbox.sketch(*where, sketch(so_far)):
            shown = len(so_far)


async def _typing(bot: Context, place: Place) -> None:
    with suppress(asyncio.CancelledError):
        while True:
            await bot.outbox.typing(place)
            await asyncio.sleep(TYPING_S)
