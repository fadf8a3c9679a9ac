"""What admins do by chat: articles in and out, who may ask, how the bot is."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from bot.telegram.answering.context import Context
from bot.telegram.answering.delivery import Delivery
from bot.telegram.request import Request
from bot.telegram.sending.formatting import Block, paginate
from bot.telegram.sending.outbox import ChatGoneError
from bot.telegram.state.access import PAIRING_DIGITS
from bot.telegram.state.answers import FormattedText, Given
from bot.telegram.state.shelf import MOST_BYTES, article_code, file_name
from bot.telegram.texts import text
from index.article import Progress
from index.errors import ArticlebotError
from index.reading import SUFFIXES, read_suffix
from index.store.overview import ArticleInfo, index_status
from index.updating.run import IndexReport
from retrieval.answering.words import quoted

PROGRESS_S = 1.0  # between two looks at how far a change of the index is
_LISTED = 5  # articles that failed and are named

_T = TypeVar("_T")
_Where: TypeAlias = tuple[int, int]  # chat and message


def _in_one_message(
    command: Callable[[Context, Request, _Where], Awaitable[str]],
) -> Callable[[Context, Request], Awaitable[None]]:
    """Makes a command's words, or what went wrong, the answer: one message, which shows progress until then."""

    @functools.wraps(command)
    async def run(bot: Context, request: Request) -> None:
        delivery = Delivery(bot, request)
        where = await delivery.placeholder()
        try:
            words = await command(bot, request, where)
        except ChatGoneError:  # nobody to tell
            raise
        except ArticlebotError as error:
            words = f"✗ {error}"
        await delivery.finish(Given(tuple(paginate([Block.of(words)]))))

    return run


@_in_one_message
async def add(bot: Context, request: Request, where: _Where) -> str:
    """Adds an article: the document that came, or the page at an address."""
    document, kinds, language = request.document, " ".join(SUFFIXES), request.language
    if document is None and not request.text.lower().startswith(("http://", "https://")):
        return text("add_what", language, kinds=kinds)
    if document is None:
        address = request.text.split()[0]
        return await _changed(bot, functools.partial(bot.shelf.read, [address]), request, where)
    name = document.file_name or "document"
    if read_suffix(file_name(name)).removesuffix(".gz") not in SUFFIXES:
        return text("wrong_kind", language, name=file_name(name), kinds=kinds)
    size = document.file_size or 0
    if size > MOST_BYTES:
        return text("too_large", language, size=size // 1_000_000, most=MOST_BYTES // 1_000_000)
    content = await bot.outbox.download(document.file_id)
    return await _changed(bot, functools.partial(bot.shelf.add_document, name, content), request, where)


@_in_one_message
async def remove(bot: Context, request: Request, where: _Where) -> str:
    """Removes the article of a code."""
    language = request.language
    if not request.text:
        return text("remove_what", language)
    article = await bot.in_thread(_article, bot, request.text.strip().lower())
    if article is None:
        return text("not_an_article", language, code=request.text[:20])
    source = await _write(bot, functools.partial(bot.shelf.remove, article.id), where)
    title = quoted(article.title, language)
    if source:
        return text("not_added_here", language, title=title, source=source)
    return text("removed", language, title=title)


def _article(bot: Context, code: str) -> ArticleInfo | None:
    return next((each for each in bot.newest().articles() if article_code(each.id) == code), None)


@_in_one_message
async def reindex(bot: Context, request: Request, where: _Where) -> str:
    """Reads all sources again."""
    return await _changed(bot, functools.partial(bot.shelf.read, []), request, where)


@_in_one_message
async def status(bot: Context, request: Request, _where: _Where) -> str:
    """Tells of the index and the bot."""
    index = await bot.in_thread(index_status, bot.shelf.folder)
    sources = ", ".join(f"{each['name']} ({each['articles']})" for each in index["sources"])
    mentions = "mentions_seen" if bot.me.can_read_all_group_messages else "mentions_hidden"
    return text(
        "status_text", request.language, articles=index["articles"], passages=index["passages"],
        generation=index["generation"], sources=sources or "–", failed=len(index["failures"]),
        questions=bot.metrics.total("questions"), waiting=bot.inbox.waiting() - 1,
        silence=round(bot.metrics.silence()), mentions=text(mentions, request.language),
    )  # fmt: skip


@_in_one_message
async def allow(bot: Context, request: Request, _where: _Where) -> str:
    """Lets in whom a code or a number names, or the group; tells who is let in where nothing is named."""
    code, language = _number(request), request.language
    subject: tuple[str, int] | None
    if not code:
        who = ", ".join(text(kind, language, id=number) for kind, number in bot.access.listed())
        return text("allowed_list", language, who=who or text("nobody", language))
    if len(code) == PAIRING_DIGITS and code.isdecimal():  # a mistyped code must not let in whose number it is
        subject = bot.access.redeem(code, request.user_id)
    elif subject := _subject(code):
        bot.access.allow(*subject, request.user_id)
    if subject is None:
        return text("allow_what", language, code=code[:20])
    return text("allowed", language, who=text(subject[0], language, id=subject[1]))


@_in_one_message
async def deny(bot: Context, request: Request, _where: _Where) -> str:
    """Shuts out whom a number names, or the group."""
    number, language = _number(request), request.language
    subject = _subject(number)
    if subject is None:
        return text("allow_what", language, code=number[:20])
    key = "denied" if bot.access.deny(*subject) else "denied_settings"
    return text(key, language, who=text(subject[0], language, id=subject[1]))


def _number(request: Request) -> str:
    """Returns the code or number that was written, else that of the group where it was not."""
    return request.text.removeprefix("#").strip() or (str(request.place.chat_id) if request.place.is_group else "")


def _subject(number: str) -> tuple[str, int] | None:
    """Returns ("user" or "group", id) of a written number: groups have negative ones."""
    if not number.removeprefix("-").isdecimal() or len(number) > 16:
        return None
    return ("group" if int(number) < 0 else "user", int(number))


async def _changed(bot: Context, write: Callable[[Progress], IndexReport], request: Request, where: _Where) -> str:
    """Changes the index; returns what that changed, in words."""
    report = await _write(bot, write, where)
    articles = (await bot.in_thread(index_status, bot.shelf.folder))["articles"]
    counts = {"added": len(report.added), "changed": len(report.changed), "removed": len(report.removed)}
    lines = [text("indexed", request.language, **counts, articles=articles)] if any(counts.values()) else []
    lines += [
        text("failed_article", request.language, name=Path(failure.id).name, reason=failure.reason)
        for failure in report.failed[:_LISTED]
    ]
    return "\n".join(lines or [text("nothing_new", request.language)])


async def _write(bot: Context, write: Callable[[Progress], _T], where: _Where) -> _T:
    """Changes the index in a thread, one change at a time, and shows how far it is."""
    loop = asyncio.get_running_loop()
    shown: set[asyncio.Task[Any]] = set()
    told = 0.0

    def tell(what: str, done: int, total: int) -> None:
        nonlocal told
        if time.monotonic() - told < PROGRESS_S:
            return
        told = time.monotonic()
        page = FormattedText(f"⏳ {what} {done}/{total}" if total else f"⏳ {what}")
        loop.call_soon_threadsafe(lambda: shown.add(asyncio.ensure_future(bot.outbox.sketch(*where, page))))

    async with bot.writing:
        try:
            return await bot.in_thread(write, tell)
        finally:
            await asyncio.sleep(0)  # what the thread told last has its task then
            await asyncio.gather(*shown, return_exceptions=True)
