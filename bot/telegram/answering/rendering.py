"""An answer as its messages and buttons."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from urllib.parse import urlsplit

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.telegram.sending.markup import Block, Run, paginate
from bot.telegram.state.memory import Given, Page, Source
from bot.telegram.texts import LANGUAGES, text
from index.article import Passage
from retrieval.answering.answer import Answer, Citation
from retrieval.answering.notes import understood
from retrieval.answering.words import written_date

_MARKER = re.compile(r"\[(\d+)\]")
_MOST_IN_A_ROW = 8  # buttons; Telegram takes no more
_MOST_BUTTONS = 24  # passages that have a button


def render(answer: Answer, *, made: datetime, language: str) -> Given:
    """Returns the messages of an answer, with what its buttons will show.

    Args:
        answer: as the index gave it.
        made: when the index was made.
        language: of the person; our words are in that of the question where we have it.
    """
    if answer.language in LANGUAGES:
        language = answer.language
    blocks = [Block.of(*_linked(answer))]
    if told := understood(answer):
        blocks.insert(0, Block.of(Run(told, italic=True)))
    if answer.note:
        blocks.append(Block.of(*_with_links(answer.note, answer.passages)))
    if answer.citations:
        blocks.append(Block.of(Run(_footer(answer, made, language), italic=True)))
    blocks += [_quote(citation, language, "\n") for citation in answer.citations]
    return Given(
        pages=tuple(paginate(blocks)), sources=tuple(_source(answer, citation) for citation in answer.citations),
        language=language, is_answer=True, keyboard=bool(answer.passages),
    )  # fmt: skip


def apology(language: str) -> Given:
    """Returns what is said where no answer could be worked out."""
    return Given(pages=(_only(text("apology", language)),), language=language, is_answer=False)


def sketch(so_far: str) -> Page:
    """Returns the beginning of an answer that is still being written."""
    pages = paginate([Block.of(so_far.rstrip() + " …")])
    return pages[0] if len(pages) == 1 else Page(pages[0].html + " …", pages[0].plain + " …")


def sources_pages(given: Given) -> list[Page]:
    """Returns the citations of an answer alone."""
    return paginate(
        _source_block(source, given.language, text("quote", given.language, quote=source.quote), "\n")
        for source in given.sources
    )


def passage_pages(given: Given, number: int) -> list[Page]:
    """Returns the passage that a citation was taken from, its quote in bold; none where there is no such citation."""
    source = next((each for each in given.sources if each.number == number), None)
    if source is None:
        return []
    before, _, after = source.passage.partition(source.quote)
    head = _source_block(source, given.language, "", "")
    return paginate([head, Block.of(before, Run(source.quote, bold=True), after)])


def answer_keyboard(given: Given) -> InlineKeyboardMarkup | None:
    """Returns the buttons under an answer; their data are ids in the bot's own store."""
    if not given.keyboard:
        return None
    passages = [
        InlineKeyboardButton(
            text("passage", given.language, number=source.number), callback_data=f"p:{given.id}:{source.number}"
        )
        for source in given.sources[:_MOST_BUTTONS]
    ]
    rows = [passages[at : at + _MOST_IN_A_ROW] for at in range(0, len(passages), _MOST_IN_A_ROW)]
    rows.append(
        [
            InlineKeyboardButton("👍", callback_data=f"f:{given.id}:1"),
            InlineKeyboardButton("👎", callback_data=f"f:{given.id}:-1"),
            InlineKeyboardButton(text("new_topic", given.language), callback_data="n"),
        ]
    )
    return InlineKeyboardMarkup(rows)


def one_button(words: str, data: str) -> InlineKeyboardMarkup:
    """Returns a keyboard of one button."""
    return InlineKeyboardMarkup([[InlineKeyboardButton(words, callback_data=data)]])


def outlet(source: str, url: str) -> str:
    """Returns the outlet of an article, else the site it is from, else ""."""
    return source or urlsplit(url).hostname or ""


def dated(published: date | None, language: str) -> str:
    """Returns a date as people write it, "" where it is not known."""
    return written_date(published, language) if published else ""


def _only(words: str) -> Page:
    return paginate([Block.of(words)])[0]


def _linked(answer: Answer) -> Iterator[Run]:
    """Yields the text of an answer, its markers linked to their articles."""
    links = {citation.number: citation.url for citation in answer.citations}
    at = 0
    for match in _MARKER.finditer(answer.text):
        if int(match[1]) in links:
            yield Run(answer.text[at : match.start()])
            yield Run(match[0], link=links[int(match[1])])
            at = match.end()
    yield Run(answer.text[at:])


def _with_links(note: str, passages: Sequence[Passage]) -> Iterator[Run]:
    """Yields our note in italics; titles in it, those of the nearest articles, are linked."""
    at = 0
    places: dict[int, tuple[int, str]] = {}
    for passage in passages:
        where = note.find(passage.title) if passage.url and passage.title else -1
        if where >= 0:
            places.setdefault(where, (len(passage.title), passage.url))
    for start, (length, url) in sorted(places.items()):
        if start >= at:
            yield Run(note[at:start], italic=True)
            yield Run(note[start : start + length], italic=True, link=url)
            at = start + length
    yield Run(note[at:], italic=True)


def _footer(answer: Answer, made: datetime, language: str) -> str:
    """Returns "2 articles · index du 23/11/2026 · 0,4 s"."""
    count = len({citation.article_id for citation in answer.citations})
    articles = text("one_article", language) if count == 1 else text("many_articles", language, count=count)
    day = f"{made:%d/%m/%Y}" if language == "fr" else f"{made:%Y-%m-%d}"
    seconds = f"{answer.seconds:.1f}".replace(".", text("seconds_decimal", language))
    return text("footer", language, articles=articles, day=day, seconds=seconds)


def _quote(citation: Citation, language: str, gap: str) -> Block:
    source = Source(
        citation.number, citation.title, citation.source, citation.url,
        citation.published.isoformat() if citation.published else "", citation.quote, "",
    )  # fmt: skip
    return _source_block(source, language, text("quote", language, quote=citation.quote), gap)


def _source_block(source: Source, language: str, quote: str, gap: str) -> Block:
    """Returns number, title with its link, outlet and date, and under them the quote."""
    published = date.fromisoformat(source.published) if source.published else None
    where = ", ".join(part for part in (outlet(source.source, source.url), dated(published, language)) if part)
    title = (Run(f"[{source.number}] ", bold=True), Run(source.title, bold=True, link=source.url))
    about = f" — {where}" if where else ""
    return Block.of(*title, about, f"\n{quote}" if quote else "", is_quote=bool(quote), gap=gap or "\n\n")


def _source(answer: Answer, citation: Citation) -> Source:
    """Returns a citation to be kept, with the passage around it."""
    around = next(
        (
            passage.text
            for passage in answer.passages
            if passage.article_id == citation.article_id and citation.quote in passage.text
        ),
        citation.quote,
    )
    published = citation.published.isoformat() if citation.published else ""
    return Source(
        citation.number, citation.title, citation.source, citation.url, published, citation.quote, around
    )  # fmt: skip
