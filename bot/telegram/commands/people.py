"""What people type with a slash, and talk that is no question."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

from telegram import InlineKeyboardMarkup

from bot.telegram.answering.context import Context
from bot.telegram.answering.rendering import about, sources_pages
from bot.telegram.request import Action, Request, button
from bot.telegram.sending.formatting import Block, TextRun, clipped, paginate
from bot.telegram.state.answers import FormattedText
from bot.telegram.state.shelf import article_code
from bot.telegram.texts import TEXTS, text
from index.store.anywhere.overview import ArticleInfo
from retrieval.answering.words import written_date

A_PAGE = 10  # articles shown at once
FORGET_S = 60.0  # that forgetting waits for a person's questions in other chats, and for a backup that reads the file
LOOK_S = 0.5  # between two looks
_EXAMPLES = 3  # articles to press on
_BUTTON_CHARACTERS = 60  # of a title on a button


def says(key: str) -> Callable[[Context, Request], Awaitable[None]]:
    """Returns what answers with words of ours alone."""

    async def run(bot: Context, request: Request) -> None:
        await bot.tell(request, key, example=text("example", request.language))

    return run


async def start(bot: Context, request: Request) -> None:
    """Greets, with examples to press."""
    await with_examples(bot, request, "start", example=text("example", request.language))


async def with_examples(bot: Context, request: Request, key: str, **values: object) -> None:
    """Says one thing of ours, and below it questions about the newest articles, as buttons."""
    titles = await bot.in_thread(_newest_titles, bot)
    rows = []
    for title in titles:
        offer = bot.memory.put_offer(request, text("example_about", request.language, title=title))
        rows.append([button(clipped(title, _BUTTON_CHARACTERS), Action.ASK, offer)])
    page = paginate([Block.of(text(key, request.language, **values))])
    await bot.send(request, page, InlineKeyboardMarkup(rows) if rows else None)


def _newest_titles(bot: Context) -> list[str]:
    newest = bot.newest().articles()[: 2 * _EXAMPLES]
    return list(dict.fromkeys(each.title for each in newest if each.title))[:_EXAMPLES]


async def new(bot: Context, request: Request) -> None:
    """Begins a new subject, also where a button asks for it; the answers stay for their buttons."""
    bot.memory.new_subject(request.place, request.user_id)
    await bot.tell(request, "new_subject")


async def sources(bot: Context, request: Request) -> None:
    """Shows the citations of the last answer."""
    given = bot.memory.last_answer(request.place, request.user_id)
    if given is None:
        await bot.tell(request, "no_sources")
    else:
        await bot.send(request, sources_pages(given))


async def articles(bot: Context, request: Request) -> None:
    """Lists the newest articles."""
    page, keyboard = await articles_page(bot, 0, request.language)
    await bot.send(request, [page], keyboard)


async def articles_page(bot: Context, first: int, language: str) -> tuple[FormattedText, InlineKeyboardMarkup | None]:
    """Returns the articles from the first-th on (from 0), newest first, and the buttons to go on."""
    count, head, shown = await bot.in_thread(_articles, bot, first, language)
    if not count:
        return FormattedText(text("list_none", language)), None
    page = paginate([Block.of(head), *_lines(shown, language)])[0]
    row = []
    if first > 0:
        row.append(button("◀", Action.ARTICLES, max(first - A_PAGE, 0)))
    if first + A_PAGE < count:
        row.append(button("▶", Action.ARTICLES, first + A_PAGE))
    return page, InlineKeyboardMarkup([row]) if row else None


def _articles(bot: Context, first: int, language: str) -> tuple[int, str, list[ArticleInfo]]:
    """Returns how many articles there are, a line about them, and some of them."""
    qa = bot.newest()
    listed = qa.articles()
    days = [written_date(day, language) for day in qa.generation.dates() or ()] or ["?", "?"]
    head = text("list_head", language, count=len(listed), first=days[0], last=days[1])
    return len(listed), head, listed[first : first + A_PAGE]


def _lines(shown: list[ArticleInfo], language: str) -> Iterator[Block]:
    for number, each in enumerate(shown):
        where = about(each.source, each.url, each.published, language)
        code = article_code(each.id)
        yield Block.of(
            "• ", TextRun(each.title[:200], link=each.url), f" — {where} · {code}" if where else f" · {code}",
            gap="\n" if number else "\n\n",
        )  # fmt: skip


async def lang(bot: Context, request: Request) -> None:
    """Keeps the language that a person chooses."""
    language = request.text.lower()
    if language not in TEXTS:
        await bot.tell(request, "which_language")
        return
    bot.memory.set_language(request.user_id, language)
    await bot.tell(replace(request, language=language), "language_set")


async def feedback(bot: Context, request: Request) -> None:
    """Keeps what a person thinks of the last answer."""
    given = bot.memory.last_answer(request.place, request.user_id)
    if not request.text:
        await bot.tell(request, "feedback_what")
    elif given is None:
        await bot.tell(request, "no_answer_yet")
    else:
        bot.memory.rate(given.id, request.user_id, 0, request.text)
        await bot.tell(request, "thanks")


async def forget(bot: Context, request: Request) -> None:
    """Erases a person's words, and says so once they are off the disk."""
    until = time.monotonic() + FORGET_S
    while not (is_all := bot.memory.forget(request.user_id, request.update_id)) and time.monotonic() < until:  # noqa: ASYNC110
        await asyncio.sleep(LOOK_S)  # a backup that reads the file tells nobody when it is done
    await bot.tell(request, "forgotten" if is_all else "forgotten_so_far")


async def privacy(bot: Context, request: Request) -> None:
    """Tells what is kept, how long, and who else gets it."""
    llm = text("privacy_llm", request.language, llm=bot.qa.llm.name) if bot.qa.llm else ""
    await bot.tell(request, "privacy_text", days=bot.settings.retention_days, llm=llm)


async def edited(bot: Context, request: Request) -> None:
    """Offers to answer an edited question again."""
    if bot.memory.was_asked(request.place, request.message_id):
        again = button(text("answer_again", request.language), Action.ASK, bot.memory.put_offer(request, request.text))
        page = FormattedText(text("edited", request.language))
        await bot.outbox.send(
            request.place, page, reply_to=request.message_id, keyboard=InlineKeyboardMarkup([[again]])
        )
