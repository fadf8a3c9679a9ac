"""Inline queries: the best passages for what someone types after the bot's name, in any chat."""

from __future__ import annotations

from dataclasses import dataclass

from telegram import InlineQueryResultArticle, InputTextMessageContent, LinkPreviewOptions
from telegram.constants import ParseMode

from bot.telegram.answering.rendering import dated, outlet
from bot.telegram.operating.threads import Threads
from bot.telegram.request import Request
from bot.telegram.sending.markup import Block, Run, paginate
from bot.telegram.sending.outbox import Outbox
from bot.telegram.state.library import Library
from index.article import Passage

PASSAGES = 3
_TITLE, _DESCRIPTION = 200, 150  # characters


@dataclass(slots=True)
class Inline:
    """Searches; nothing is answered and nothing remembered."""

    outbox: Outbox
    library: Library
    threads: Threads

    async def search(self, request: Request, language: str) -> None:
        """Offers passages for one query."""
        found = await self.threads.run(self._search, request.text) if request.text else []
        await self.outbox.offer(
            request.callback_id, [_result(number, passage, language) for number, passage in enumerate(found, start=1)]
        )

    def _search(self, words: str) -> list[Passage]:
        return self.library.newest().search(words, k=PASSAGES)


def _result(number: int, passage: Passage, language: str) -> InlineQueryResultArticle:
    where = ", ".join(
        part for part in (outlet(passage.source, passage.url), dated(passage.published, language)) if part
    )
    head = Block.of(Run(passage.title, bold=True, link=passage.url), f" — {where}" if where else "")
    page = paginate([head, Block.of(passage.text, is_quote=True, gap="\n")])[0]
    return InlineQueryResultArticle(
        id=str(number),
        title=passage.title[:_TITLE] or "—",
        description=passage.text[:_DESCRIPTION],
        input_message_content=InputTextMessageContent(
            page.html, parse_mode=ParseMode.HTML, link_preview_options=LinkPreviewOptions(is_disabled=True)
        ),
    )
