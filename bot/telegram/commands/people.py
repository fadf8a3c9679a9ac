"""What people type with a slash, and talk that is no question."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.telegram.answering.rendering import dated, one_button, outlet, sources_pages
from bot.telegram.operating.threads import Threads
from bot.telegram.receiving.access import Access, Role
from bot.telegram.receiving.reception import ADMIN_COMMANDS
from bot.telegram.request import Request
from bot.telegram.sending.markup import Block, Run, paginate, plain_page
from bot.telegram.sending.outbox import Outbox
from bot.telegram.state.articles import ArticleList, list_articles
from bot.telegram.state.library import Library
from bot.telegram.state.memory import Memory, Page
from bot.telegram.texts import LANGUAGES, text

PEOPLE_COMMANDS = ("ask", "new", "sources", "articles", "lang", "feedback", "forget", "privacy", "help")
A_PAGE = 10  # articles shown at once
FORGET_S = 60.0  # that forgetting waits for a person's questions in other chats, and for a backup that reads the file
LOOK_S = 0.5  # between two looks


@dataclass(slots=True)
class Commands:
    """Answers commands; those of admins are handed on."""

    outbox: Outbox
    memory: Memory
    access: Access
    library: Library
    threads: Threads
    retention_days: int
    llm: str  # name of the language model, "" where none is set up
    admin: Callable[[Request, str], Awaitable[None]]

    async def run(self, request: Request, language: str) -> None:
        """Answers one command."""
        known = {
            "start": self._start, "help": self._help, "new": self._new, "ask": self._ask, "sources": self._sources,
            "articles": self._articles, "lang": self._lang, "feedback": self._feedback, "forget": self._forget,
            "privacy": self._privacy,
        }  # fmt: skip
        if request.command in ADMIN_COMMANDS:
            await self.admin(request, language)
        elif request.command in known:
            await known[request.command](request, language)
        elif not request.place.is_group:  # in a group it is meant for another bot
            await self.say(request, [plain_page(text("unknown_command", language))])

    async def say(self, request: Request, pages: Iterable[Page], keyboard: InlineKeyboardMarkup | None = None) -> None:
        """Sends messages of ours, the first as a reply where others talk too."""
        reply_to = request.message_id if request.place.is_group else 0
        for page in pages:
            await self.outbox.send(request.place, page, reply_to=reply_to, keyboard=keyboard)
            reply_to = 0

    async def unreadable(self, request: Request, language: str) -> None:
        """Answers a voice message, a sticker, a picture without words."""
        await self.say(request, [plain_page(text("text_only", language))])

    async def edited(self, request: Request, language: str) -> None:
        """Offers to answer an edited question again."""
        if self.memory.was_asked(request.place, request.message_id):
            number = self.memory.put_edit(request)
            button = one_button(text("answer_again", language), f"e:{number}")
            await self.outbox.send(
                request.place, plain_page(text("edited", language)), reply_to=request.message_id, keyboard=button
            )

    async def _start(self, request: Request, language: str) -> None:
        words = text("start", language, example=text("example", language))
        await self.say(request, [plain_page(words)])

    async def _help(self, request: Request, language: str) -> None:
        lines = [f"/{name} — {meaning}" for name, meaning in offered(language)]
        if self.access.role(request.user_id, request.place) >= Role.ADMIN:
            lines += ["", text("for_admins", language)]
            lines += [f"/{name} — {text(name, language)}" for name in ADMIN_COMMANDS]
        await self.say(request, [plain_page(text("help", language, commands="\n".join(lines)))])

    async def _new(self, request: Request, language: str) -> None:
        self.memory.new_subject(request.place, request.user_id)
        await self.say(request, [plain_page(text("new_subject", language))])

    async def _ask(self, request: Request, language: str) -> None:
        await self.say(request, [plain_page(text("ask_what", language, example=text("example", language)))])

    async def _sources(self, request: Request, language: str) -> None:
        given = self.memory.last_answer(request.place, request.user_id)
        await self.say(request, sources_pages(given) if given else [plain_page(text("no_sources", language))])

    async def _articles(self, request: Request, language: str) -> None:
        page, keyboard = await self.articles_page(0, language)
        await self.say(request, [page], keyboard)

    async def articles_page(self, first: int, language: str) -> tuple[Page, InlineKeyboardMarkup | None]:
        """Returns the articles from the first-th on, newest first, and the buttons to go on."""
        listed = await self.threads.run(list_articles, self.library, first, A_PAGE)
        if not listed.count:
            return plain_page(text("list_none", language)), None
        page = paginate(list(_article_lines(listed, language)))[0]
        row = []
        if first > 0:
            earlier = max(first - A_PAGE, 0)
            row.append(InlineKeyboardButton(text("earlier", language), callback_data=f"a:{earlier}"))
        if first + A_PAGE < listed.count:
            row.append(InlineKeyboardButton(text("later", language), callback_data=f"a:{first + A_PAGE}"))
        return page, InlineKeyboardMarkup([row]) if row else None

    async def _lang(self, request: Request, language: str) -> None:
        wanted = request.text.lower()
        if wanted in LANGUAGES:
            self.memory.set_language(request.user_id, wanted)
        key = "language_set" if wanted in LANGUAGES else "which_language"
        await self.say(request, [plain_page(text(key, wanted if wanted in LANGUAGES else language))])

    async def _feedback(self, request: Request, language: str) -> None:
        given = self.memory.last_answer(request.place, request.user_id)
        if not request.text:
            key = "feedback_what"
        elif given is None:
            key = "no_answer_yet"
        else:
            self.memory.rate(given.id, request.user_id, 0, request.text)
            key = "thanks"
        await self.say(request, [plain_page(text(key, language))])

    async def _forget(self, request: Request, language: str) -> None:
        until = time.monotonic() + FORGET_S
        while not (is_all := self.memory.forget(request.user_id, request.update_id)) and time.monotonic() < until:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_S)  # a backup that reads the file tells nobody when it is done
        await self.say(request, [plain_page(text("forgotten" if is_all else "forgotten_so_far", language))])

    async def _privacy(self, request: Request, language: str) -> None:
        llm = text("privacy_llm", language, llm=self.llm) if self.llm else ""
        words = text("privacy_text", language, days=self.retention_days, llm=llm)
        await self.say(request, [plain_page(words)])


def offered(language: str) -> list[tuple[str, str]]:
    """Returns the commands that Telegram offers, with what each does."""
    return [(name, text("help_command" if name == "help" else name, language)) for name in PEOPLE_COMMANDS]


def _article_lines(listed: ArticleList, language: str) -> Iterable[Block]:
    first, last = (dated(day, language) or "?" for day in (listed.first, listed.last))
    yield Block.of(text("list_head", language, count=listed.count, first=first, last=last))
    for number, each in enumerate(listed.articles):
        where = ", ".join(part for part in (outlet(each.source, each.url), dated(each.published, language)) if part)
        yield Block.of(
            "• ", Run(each.title[:200], link=each.url), f" — {where} · {each.code}" if where else f" · {each.code}",
            gap="\n" if number else "\n\n",
        )  # fmt: skip
