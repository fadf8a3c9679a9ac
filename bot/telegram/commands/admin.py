"""What admins do by chat: articles in and out, who may ask, how the bot is."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from telegram import User

from bot.telegram.answering.delivery import Delivery
from bot.telegram.operating.counters import Counters
from bot.telegram.operating.threads import Threads
from bot.telegram.receiving.access import CODE_LENGTH, Access
from bot.telegram.receiving.inbox import Inbox
from bot.telegram.request import Request
from bot.telegram.sending.markup import Block, paginate, plain_page
from bot.telegram.sending.outbox import Outbox
from bot.telegram.state.articles import find_article
from bot.telegram.state.library import Library
from bot.telegram.state.memory import Given
from bot.telegram.state.shelf import MOST_BYTES, Shelf, ShelfError, file_name, is_known_kind
from bot.telegram.texts import text
from index.article import Progress
from index.errors import ArticlebotError
from index.reading import SUFFIXES
from index.store.overview import index_status
from index.updating.run import IndexReport

PROGRESS_S = 1.0  # between two looks at how far a change of the index is
_LISTED = 5  # articles that failed and are named


@dataclass(slots=True)
class Admin:
    """Runs the commands of admins; who may call them is decided before."""

    outbox: Outbox
    inbox: Inbox
    access: Access
    library: Library
    shelf: Shelf
    threads: Threads
    counters: Counters
    me: User
    _writing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self, request: Request, language: str) -> None:
        """Runs one command; its answer is one message, which shows progress until then."""
        delivery = Delivery(self.outbox, self.inbox, request, language)
        where = await delivery.placeholder()
        commands = {
            "add": self._add, "remove": self._remove, "reindex": self._reindex, "status": self._status,
            "allow": self._allow, "deny": self._deny,
        }  # fmt: skip
        try:
            words = await commands[request.command](request, language, where)
        except ArticlebotError as error:
            if isinstance(error, ConnectionError):  # the chat is gone: nobody to tell
                raise
            words = f"✗ {error}"
        pages = tuple(paginate([Block.of(words)]))
        await delivery.finish(Given(pages=pages, language=language, is_answer=False))

    async def _add(self, request: Request, language: str, where: tuple[int, int]) -> str:
        document, kinds = request.document, " ".join(SUFFIXES)
        if document is None and not request.text.lower().startswith(("http://", "https://")):
            return text("add_what", language, kinds=kinds)
        if document is None:
            address = request.text.split()[0]
            return await self._write(functools.partial(self.shelf.add_address, address), language, where)
        name = document.file_name or "document"
        if not is_known_kind(name):
            return text("wrong_kind", language, name=file_name(name), kinds=kinds)
        size = document.file_size or 0
        if size > MOST_BYTES:
            return text("too_large", language, size=size // 1_000_000, most=MOST_BYTES // 1_000_000)
        content = await self.outbox.download(document.file_id)
        return await self._write(functools.partial(self.shelf.add_document, name, content), language, where)

    async def _remove(self, request: Request, language: str, where: tuple[int, int]) -> str:
        if not request.text:
            return text("remove_what", language)
        article = await self.threads.run(find_article, self.library, request.text)
        if article is None:
            return text("not_an_article", language, code=request.text[:20])
        try:
            await self._write(functools.partial(self.shelf.remove, article), language, where)
        except ShelfError as error:
            return text("not_added_here", language, title=article.title, source=error)
        return text("removed", language, title=article.title)

    async def _reindex(self, _request: Request, language: str, where: tuple[int, int]) -> str:
        return await self._write(self.shelf.reindex, language, where)

    async def _status(self, _request: Request, language: str, _where: tuple[int, int]) -> str:
        found = await self.threads.run(index_status, self.shelf.folder)
        sources = ", ".join(f"{each['name']} ({each['articles']})" for each in found["sources"])
        seen = bool(self.me.can_read_all_group_messages)
        return text(
            "status_text", language, articles=found["articles"], passages=found["passages"],
            generation=found["generation"], sources=sources or "–", failed=len(found["failures"]),
            questions=self.counters.totals["questions"], waiting=self.inbox.waiting() - 1,
            silence=round(self.counters.silence()),
            mentions=text("mentions_seen" if seen else "mentions_hidden", language),
        )  # fmt: skip

    async def _allow(self, request: Request, language: str, _where: tuple[int, int]) -> str:
        wanted = request.text.removeprefix("#").strip()
        found: tuple[str, int] | None
        if not wanted and request.place.is_group:
            found = ("group", request.place.chat_id)
        elif not wanted:
            who = ", ".join(text(kind, language, id=number) for kind, number in self.access.listed())
            return text("allowed_list", language, who=who or text("nobody", language))
        elif len(wanted) == CODE_LENGTH and wanted.isdecimal():  # a mistyped code must not let in whose number it is
            paired = self.access.redeem(wanted, request.user_id)
            who = text(paired[0], language, id=paired[1]) if paired else ""
            return text("allowed", language, who=who) if who else text("allow_what", language, code=wanted)
        else:
            found = _subject(wanted)
        if found is None:
            return text("allow_what", language, code=wanted[:20])
        self.access.allow(*found, request.user_id)
        return text("allowed", language, who=text(found[0], language, id=found[1]))

    async def _deny(self, request: Request, language: str, _where: tuple[int, int]) -> str:
        wanted = request.text.strip() or (str(request.place.chat_id) if request.place.is_group else "")
        found = _subject(wanted)
        if found is None:
            return text("allow_what", language, code=wanted[:20])
        key = "denied" if self.access.deny(*found) else "denied_settings"
        return text(key, language, who=text(found[0], language, id=found[1]))

    async def _write(self, write: Callable[[Progress], IndexReport], language: str, where: tuple[int, int]) -> str:
        """Changes the index in a thread, one change at a time, and shows how far it is."""
        loop = asyncio.get_running_loop()
        shown: set[asyncio.Task[Any]] = set()

        told = 0.0

        def tell(what: str, done: int, total: int) -> None:
            nonlocal told
            if time.monotonic() - told < PROGRESS_S:
                return
            told = time.monotonic()
            share = f"{done}/{total}" if total else ""
            page = plain_page(text("working", language, what=what, done=share).strip())
            loop.call_soon_threadsafe(lambda: shown.add(asyncio.ensure_future(self.outbox.sketch(*where, page))))

        async with self._writing:
            try:
                report = await self.threads.run(write, tell)
            finally:
                await asyncio.sleep(0)  # what the thread told last has its task then
                await asyncio.gather(*shown, return_exceptions=True)
        articles = (await self.threads.run(index_status, self.shelf.folder))["articles"]
        return _told(report, articles, language)


def _subject(wanted: str) -> tuple[str, int] | None:
    """Returns ("user" or "group", id) of a written number: groups have negative ones."""
    if not wanted.removeprefix("-").isdecimal() or len(wanted) > 16:
        return None
    number = int(wanted)
    return ("group" if number < 0 else "user", number)


def _told(report: IndexReport, articles: int, language: str) -> str:
    counts = {"added": len(report.added), "changed": len(report.changed), "removed": len(report.removed)}
    lines = [text("indexed", language, **counts, articles=articles)] if any(counts.values()) else []
    for failure in report.failed[:_LISTED]:
        name = Path(failure.id).name
        lines.append(text("failed_article", language, name=name, reason=failure.reason))
    return "\n".join(lines or [text("nothing_new", language)])
