"""Inline queries: the best passages for what someone types after the bot's name, in any chat."""

from __future__ import annotations

from telegram import InlineQueryResultArticle, InputTextMessageContent, LinkPreviewOptions

from bot.telegram.answering.context import Context
from bot.telegram.answering.rendering import about
from bot.telegram.request import Request
from bot.telegram.sending.formatting import Block, TextRun, paginate
from index.article import Passage
from retrieval.answering.words import in_language

MOST_RESULTS = 3
_TITLE, _DESCRIPTION = 200, 150  # characters


async def answer_inline(bot: Context, request: Request) -> None:
    """Offers passages for one query; nothing is answered and nothing remembered."""
    passages = await bot.in_thread(_passages, bot, request.text) if request.text else []
    await bot.outbox.offer(
        request.callback_id, [_result(number, each, request.language) for number, each in enumerate(passages, start=1)]
    )


def _passages(bot: Context, words: str) -> list[Passage]:
    return bot.newest().search(words, k=MOST_RESULTS)


def _result(number: int, passage: Passage, language: str) -> InlineQueryResultArticle:
    where = about(passage.source, passage.url, passage.published, language)
    spoken = in_language(passage.language, language)
    told = (f" — {where}" if where else "") + (f" {spoken}" if spoken else "")
    head = Block.of(TextRun(passage.title, bold=True, link=passage.url), told)
    page = paginate([head, Block.of(passage.text, is_quote=True, gap="\n")])[0]
    return InlineQueryResultArticle(
        id=str(number),
        title=passage.title[:_TITLE] or "—",
        description=passage.text[:_DESCRIPTION],
        input_message_content=InputTextMessageContent(
            page.text, entities=page.entities, link_preview_options=LinkPreviewOptions(is_disabled=True)
        ),
    )
