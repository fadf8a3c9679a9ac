"""What admins do by chat: articles out, all read again, how the bot is."""

from __future__ import annotations

import functools

from bot.telegram.answering.context import Context
from bot.telegram.commands.adding import changed
from bot.telegram.commands.replies import Where, change_index, in_one_message
from bot.telegram.request import Request
from bot.telegram.state.shelf import article_code
from bot.telegram.texts import text
from index.store.anywhere.overview import ArticleInfo, index_status
from retrieval.answering.words import quoted


@in_one_message
async def remove(bot: Context, request: Request, where: Where) -> str:
    """Removes the article of a code."""
    language = request.language
    if not request.text:
        return text("remove_what", language)
    article = await bot.in_thread(_article, bot, request.text.strip().lower())
    if article is None:
        return text("not_an_article", language, code=request.text[:20])
    source = await change_index(bot, functools.partial(bot.shelf.remove, article.id), where)
    title = quoted(article.title, language)
    if source:
        return text("not_added_here", language, title=title, source=source)
    return text("removed", language, title=title)


def _article(bot: Context, code: str) -> ArticleInfo | None:
    return next((each for each in bot.newest().articles() if article_code(each.id) == code), None)


@in_one_message
async def reindex(bot: Context, request: Request, where: Where) -> str:
    """Reads all sources again."""
    return await changed(bot, functools.partial(bot.shelf.read, []), request, where)


@in_one_message
async def status(bot: Context, request: Request, _where: Where) -> str:
    """Tells of the index and the bot."""
    index = await bot.in_thread(index_status, bot.shelf.place)
    sources = ", ".join(f"{each['name']} ({each['articles']})" for each in index["sources"])
    mentions = "mentions_seen" if bot.me.can_read_all_group_messages else "mentions_hidden"
    return text(
        "status_text", request.language, articles=index["articles"], passages=index["passages"],
        generation=index["generation"], sources=sources or "–", failed=len(index["failures"]),
        questions=bot.metrics.total("questions"), waiting=bot.inbox.waiting() - 1,
        silence=round(bot.metrics.silence()), mentions=text(mentions, request.language),
    )  # fmt: skip
