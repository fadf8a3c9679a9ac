"""An answer as its messages and buttons."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from urllib.parse import urlsplit

from telegram import InlineKeyboardMarkup

from bot.telegram.request import Action, button
from bot.telegram.sending.formatting import Block, TextRun, paginate
from bot.telegram.state.answers import FormattedText, Given, Source
from bot.telegram.texts import TEXTS, text
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
    if answer.language in TEXTS:
        language = answer.language
    blocks = [Block.of(*_linked(answer))]
    if told := understood(answer):
        blocks.insert(0, Block.of(TextRun(told, italic=True)))
    if answer.note:
        blocks.append(Block.of(*_with_links(answer.note, answer.passages)))
    if answer.citations:
        blocks.append(Block.of(TextRun(_footer(answer, made, language), italic=True)))
    sources = tuple(_source(answer, citation) for citation in answer.citations)
    blocks += [_quote(source, language) for source in sources]
    return Given(tuple(paginate(blocks)), sources, language, keyboard=bool(answer.passages))


def apology(language: str) -> Given:
    """Returns what is said where no answer could be worked out."""
    return Given((FormattedText(text("apology", language)),), language=language)


def sketch(so_far: str) -> FormattedText:
    """Returns the beginning of an answer that is still being written."""
    pages = paginate([Block.of(so_far.rstrip() + " …")])
    return pages[0] if len(pages) == 1 else FormattedText(pages[0].text + " …")


def sources_pages(given: Given) -> list[FormattedText]:
    """Returns the citations of an answer alone."""
    return paginate(_quote(source, given.language) for source in given.sources)


def passage_pages(given: Given, number: int) -> list[FormattedText]:
    """Returns the passage that a citation was taken from, its quote in bold; none where there is no such citation."""
    source = next((each for each in given.sources if each.number == number), None)
    if source is None:
        return []
    before, _, after = source.passage.partition(source.quote)
    return paginate(
        [Block.of(*_head(source, given.language)), Block.of(before, TextRun(source.quote, bold=True), after)]
    )


def answer_keyboard(given: Given) -> InlineKeyboardMarkup | None:
    """Returns the buttons under an answer; their data are ids in the bot's own store."""
    if not given.keyboard:
        return None
    passages = [
        button(f"📄 {source.number}", Action.PASSAGE, given.id, source.number)
        for source in given.sources[:_MOST_BUTTONS]
    ]
    rows = [passages[at : at + _MOST_IN_A_ROW] for at in range(0, len(passages), _MOST_IN_A_ROW)]
    new_topic = button(text("new_topic", given.language), Action.NEW_SUBJECT)
    rating = [button(words, Action.RATE, given.id, value) for words, value in (("👍", 1), ("👎", -1))]
    return InlineKeyboardMarkup([*rows, [*rating, new_topic]])


def about(source: str, url: str, published: date | None, language: str) -> str:
    """Returns the outlet of an article, else the site it is from, and its date, as far as they are known."""
    day = written_date(published, language) if published else ""
    return ", ".join(part for part in (source or urlsplit(url).hostname, day) if part)


def _linked(answer: Answer) -> Iterator[TextRun]:
    """Yields the text of an answer, its markers linked to their articles."""
    links = {citation.number: citation.url for citation in answer.citations}
    at = 0
    for match in _MARKER.finditer(answer.text):
        if int(match[1]) in links:
            yield TextRun(answer.text[at : match.start()])
            yield TextRun(match[0], link=links[int(match[1])])
            at = match.end()
    yield TextRun(answer.text[at:])


def _with_links(note: str, passages: Sequence[Passage]) -> Iterator[TextRun]:
    """Yields our note in italics; titles in it, those of the nearest articles, are linked."""
    at = 0
    places: dict[int, tuple[int, str]] = {}
    for passage in passages:
        where = note.find(passage.title) if passage.url and passage.title else -1
        if where >= 0:
            places.setdefault(where, (len(passage.title), passage.url))
    for start, (length, url) in sorted(places.items()):
        if start >= at:
            yield TextRun(note[at:start], italic=True)
            yield TextRun(note[start : start + length], italic=True, link=url)
            at = start + length
    yield TextRun(note[at:], italic=True)


def _footer(answer: Answer, made: datetime, language: str) -> str:
    """Returns "2 articles · index du 23/11/2026 · 0,4 s"."""
    count = len({citation.article_id for citation in answer.citations})
    articles = text("one_article", language) if count == 1 else text("many_articles", language, count=count)
    day = f"{made:%d/%m/%Y}" if language == "fr" else f"{made:%Y-%m-%d}"
    seconds = f"{answer.seconds:.1f}".replace(".", text("seconds_decimal", language))
    return text("footer", language, articles=articles, day=day, seconds=seconds)


def _quote(source: Source, language: str) -> Block:
    """Returns number, title, outlet and date of a citation, and under them the quote."""
    words = text("quote", language, quote=source.quote)
    return Block.of(*_head(source, language), f"\n{words}", is_quote=True, gap="\n")


def _head(source: Source, language: str) -> tuple[TextRun, TextRun, str]:
    published = date.fromisoformat(source.published) if source.published else None
    where = about(source.source, source.url, published, language)
    title = TextRun(source.title, bold=True, link=source.url)
    return TextRun(f"[{source.number}] ", bold=True), title, f" — {where}" if where else ""


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
