"""Articles that come by chat: documents, posts that were forwarded, and addresses."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from telegram import InlineKeyboardMarkup

from bot.telegram.answering.asking import answer
from bot.telegram.answering.context import Context
from bot.telegram.commands.replies import Choice, Where, change_index, in_one_message
from bot.telegram.request import Action, Post, Request, button, named_address
from bot.telegram.sending.formatting import Block, clipped, paginate
from bot.telegram.state.access import Role
from bot.telegram.state.shelf import MOST_BYTES, Added, AlreadyThereError, NameTakenError, Taken, file_name
from bot.telegram.texts import said_reason, text
from index.article import Progress
from index.reading import SUFFIXES, read_suffix
from index.text.visible import one_line
from index.updating.run import IndexReport
from retrieval.answering.words import quoted, written_date

_TITLE_CHARACTERS = 80  # of a post that is offered
_BUTTON_CHARACTERS = 60  # of a question on a button
_LISTED = 5  # articles that failed and are named


@in_one_message
async def add(bot: Context, request: Request, where: Where) -> str | Choice:
    """Adds an article: the document or post that came, or the page at an address."""
    handed = _handed(request)
    if handed is None:
        return text("add_what", request.language, kinds=" ".join(SUFFIXES))
    return await _add(bot, request, where, handed, Taken.ASK)


async def ask(bot: Context, request: Request) -> None:
    """Answers a question; one about what was handed over from that alone, or offers to add that first."""
    kept = bot.memory.articles_of(request)
    if not (kept or request.document or request.post):
        await answer(bot, request)
        return
    about = request.replied_to if kept else _of_message(request).message_id
    if articles := await bot.in_thread(_there, bot, kept, request.post):
        bot.memory.hand(request, [about], articles)
        await answer(bot, replace(request, replied_to=about))
    elif request.document or request.post:
        await offer(bot, request)
    else:
        await bot.tell(request, "not_there")


def _there(bot: Context, kept: list[str], post: Post | None) -> list[str]:
    """Returns which of these ids are in the index; where none is kept, that of a post, which has an address."""
    generation = bot.newest().generation
    if not kept and post and (same := generation.same(post.text, post.url)):
        return [same[0]]
    return [each for each in kept if generation.article(each)]


async def offer(bot: Context, request: Request) -> None:
    """Offers to add what was handed over; whoever may not add is told what else to do with it."""
    handed = _handed(request)
    if handed is None or bot.access.role(request.user_id, request.place) < Role.ADMIN:
        await bot.tell(request, "handed")
        return
    if request.kind == "question":
        handed["question"] = request.text
    offered = bot.memory.put_offer(_of_message(request), json.dumps(handed))
    ways = {"add_it": Taken.ASK, "leave_it": Taken.LEAVE_OUT}
    buttons = [button(text(key, request.language), Action.ADD, offered, way) for key, way in ways.items()]
    page = paginate([Block.of(text("add_handed", request.language, what=_about(request)))])[0]
    await bot.outbox.send(request.place, page, reply_to=request.message_id, keyboard=InlineKeyboardMarkup([buttons]))


async def add_offered(bot: Context, request: Request, taken: Taken) -> None:
    """Adds what a button offers; the message over the button tells what came of it."""

    async def run(bot: Context, request: Request, where: Where) -> str | Choice:
        if taken is Taken.LEAVE_OUT:
            return text("left_it", request.language)
        return await _add(bot, request, where, json.loads(request.text), taken)

    bot.inbox.put_part(request.update_id, 0, request.place.chat_id, request.message_id)
    await in_one_message(run)(bot, request)


def _handed(request: Request) -> dict[str, Any] | None:
    """Returns what is to be added, as an offer keeps it; None where nothing is named."""
    if request.document:
        return {"document": request.document.to_dict()}
    if request.post:
        return {"post": _file_of(request.post)}
    address = named_address(request.text)
    return {"address": address} if address else None


def _about(request: Request) -> str:
    """Returns what is offered: title, length and day, as far as they are known before it is read."""
    language = request.language
    if request.post:
        title = quoted(clipped(_title(request.post), _TITLE_CHARACTERS), language)
        words = text("count_words", language, count=len(request.post.text.split()))
        return f"{title} ({words}, {written_date(request.post.day, language)})"
    if request.document:
        size = text("count_kilobytes", language, count=max(1, (request.document.file_size or 0) // 1_000))
        return f"{request.document.file_name or 'document'} ({size})"
    return named_address(request.text)


def _title(post: Post) -> str:
    return one_line(next(line for line in post.text.splitlines() if line.strip()))


def _file_of(post: Post) -> dict[str, str]:
    """Returns name and content of a post as a document, which keeps its channel, author, day and address."""
    about = {"title": _title(post), "date": post.day.isoformat(), "source": post.source, "author": post.author}
    lines = [
        f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in {**about, "url": post.url}.items() if value
    ]
    content = "\n".join(["---", *lines, "---", post.text, ""])
    name = post.url.removeprefix("https://t.me/") or hashlib.sha256(post.text.encode()).hexdigest()[:12]
    return {"name": f"post-{name.replace('/', '-')}.md", "content": content}


async def _add(bot: Context, request: Request, where: Where, handed: dict[str, Any], taken: Taken) -> str | Choice:
    language = request.language
    try:
        if "address" in handed:
            return await _added(bot, functools.partial(bot.shelf.add_address, handed["address"]), request, where)
        if "post" in handed:
            name, content = handed["post"]["name"], handed["post"]["content"].encode()
        else:
            name = handed["document"].get("file_name") or "document"
            if told := _objection(name, handed["document"].get("file_size") or 0, language):
                return told
            content = await bot.outbox.download(handed["document"]["file_id"])
        write = functools.partial(bot.shelf.add_document, name, content, taken=taken)
        words = await _added(bot, write, request, where)
    except AlreadyThereError as error:
        _hand(bot, request, where, [error.article_id])
        words = text("already_there", language, title=quoted(error.title, language))
    except NameTakenError:
        offered = bot.memory.put_offer(_of_message(request), json.dumps(handed))
        ways = {"replace": Taken.REPLACE, "keep_both": Taken.KEEP_BOTH}
        buttons = tuple(button(text(key, language), Action.ADD, offered, way) for key, way in ways.items())
        return Choice(text("name_taken", language, name=file_name(name)), (buttons,))
    if "question" not in handed or not bot.memory.articles_of(replace(request, replied_to=where[1])):
        return words
    offered = bot.memory.put_offer(_of_message(request), handed["question"])
    return Choice(words, ((button(clipped(f"❓ {handed['question']}", _BUTTON_CHARACTERS), Action.ASK, offered),),))


async def _added(bot: Context, add: Callable[[Progress], Added], request: Request, where: Where) -> str:
    """Adds; returns what that changed, in words. A reply to the message that was handed over, or to these, asks it."""
    articles: list[str] = []

    def write(progress: Progress) -> IndexReport:
        done = add(progress)
        articles.extend(done.articles)
        return done.report

    words = await changed(bot, write, request, where)
    _hand(bot, request, where, articles)
    return words


def _hand(bot: Context, request: Request, where: Where, articles: list[str]) -> None:
    if articles:
        bot.memory.hand(request, {request.message_id, _of_message(request).message_id, where[1]}, articles)


def _of_message(request: Request) -> Request:
    """Returns the request as of the message that holds what is handed over, where it is about an earlier one."""
    is_about_earlier = request.replied_to and (request.document or request.post or request.button)
    return replace(request, message_id=request.replied_to) if is_about_earlier else request


def _objection(name: str, size: int, language: str) -> str:
    """Returns why a document is not even fetched, "" where nothing speaks against it."""
    if read_suffix(file_name(name)).removesuffix(".gz") not in SUFFIXES:
        return text("wrong_kind", language, name=file_name(name), kinds=" ".join(SUFFIXES))
    if size > MOST_BYTES:
        return text("too_large", language, size=size // 1_000_000, most=MOST_BYTES // 1_000_000)
    return ""


async def changed(bot: Context, write: Callable[[Progress], IndexReport], request: Request, where: Where) -> str:
    """Changes the index; returns what that changed, in words."""
    report, language = await change_index(bot, write, where), request.language
    counts = {"added": report.added, "changed": report.changed, "removed": report.removed}
    what = ", ".join(text(f"count_{name}", language, count=len(ids)) for name, ids in counts.items() if ids)
    lines = [text("indexed", language, what=what, articles=report.articles)] if what else []
    lines += [
        text("failed_article", language, name=Path(failure.id).name, reason=said_reason(failure.reason, language))
        for failure in report.failed[:_LISTED]
    ]
    return "\n".join(lines or [text("nothing_new", language)])
