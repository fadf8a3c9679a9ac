"""An answer as its messages and buttons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from urllib.parse import urlsplit

from telegram import InlineKeyboardMarkup

from bot.telegram.request import Action, button
from bot.telegram.sending.formatting import Block, TextRun, clipped, paginate
from bot.telegram.state.answers import FormattedText, Given, Source
from bot.telegram.texts import TEXTS, text
from index.article import Passage
from retrieval.answering.answer import Answer, Citation, unwrapped
from retrieval.answering.notes import understood
from retrieval.answering.showing.shown import (
    Look,
    Stretch,
    cited_articles,
    quote_lines,
    short_line,
    shown_text,
    stretches,
)
from retrieval.answering.words import OUR_WORDS, in_language, quoted, written_date

_MOST_IN_A_ROW = 8  # buttons; Telegram takes no more
_MOST_BUTTONS = 24  # passages that have a button
_LEAST_BESIDE = 160  # characters beside the text that a message has room for; else half as many as the text
_SHORTEST_TITLE = 24  # characters that a title is cut to
_GAPS = 4  # characters between text, lines of articles, and footer


def render(answer: Answer, *, made: datetime, language: str, head: str = "") -> Given:
    """Returns the messages of an answer, with what its buttons will show.

    Args:
        answer: as the index gave it.
        made: when the index was made.
        language: of the person; our words are in that of the question where we have it.
        head: of what is told unasked, its first line; "": it is an answer, whose question a button follows.
    """
    if answer.language in TEXTS:
        language = answer.language
    blocks = [Block.of(TextRun(told, italic=True))] if (told := understood(answer)) else []
    blocks = [Block.of(TextRun(head, bold=True)), *blocks] if head else blocks
    short = short_line(answer)
    blocks.append(Block.of(TextRun(short, bold=True), "\n" if short else "", *map(_run, stretches(answer))))
    if answer.note:
        blocks.append(Block.of(*_with_links(answer.note, answer.passages)))
    footer = _footer(made, language) if answer.citations else ""
    size = len(shown_text(answer))
    spoken = answer.language if answer.language in OUR_WORDS else language
    blocks += _articles(answer, spoken, max(size // 2, _LEAST_BESIDE) - len(short) - len(footer))
    if footer:
        blocks.append(Block.of(TextRun(footer, italic=True), gap="\n"))
    sources = tuple(_source(answer, citation) for citation in answer.citations or answer.nearest)
    question = "" if head else answer.standalone_question
    return Given(tuple(paginate(blocks)), sources, language, keyboard=bool(answer.passages), question=question)


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
    before, quote, after = source.passage.partition(source.quote)  # a headline is not in it
    return paginate([Block.of(*_head(source, given.language)), Block.of(before, TextRun(quote, bold=True), after)])


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
    following = [button(text("follow_it", given.language), Action.FOLLOW, given.id)] if given.question else []
    return InlineKeyboardMarkup([*rows, rating, [*following, new_topic]])


def about(source: str, url: str, published: date | None, language: str) -> str:
    """Returns the outlet of an article, else the site it is from, and its date, as far as they are known."""
    day = written_date(published, language) if published else ""
    return ", ".join(part for part in (source or urlsplit(url).hostname, day) if part)


def _run(stretch: Stretch) -> TextRun:
    """Returns a stretch of the text; markers are linked to their articles."""
    is_marker = stretch.look == Look.MARKER
    link = stretch.citation.url if is_marker and stretch.citation else ""
    return TextRun(stretch.text, bold=stretch.look == Look.ANSWERS, italic=stretch.look == Look.OURS, link=link)


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


def _articles(answer: Answer, language: str, room: int) -> Iterator[Block]:
    """Yields a line an article, its title cut to what fits in, then its quotes that the text does not hold.

    Args:
        answer: that cites them.
        language: of our words.
        room: characters for these lines.
    """
    articles = cited_articles(answer)
    firsts = [article.first for article in articles]
    wheres = [_after(about(first.source, first.url, first.published, language)) for first in firsts]
    taken = sum(len(f"\n{each.numbers} {where}") for each, where in zip(articles, wheres, strict=True)) + _GAPS
    most = max(_longest([len(article.title) for article in articles], room - taken), _SHORTEST_TITLE)
    gap = "\n\n"
    for article, where in zip(articles, wheres, strict=True):
        title = TextRun(clipped(article.title, most), link=article.first.url)
        yield Block.of(f"{article.numbers} ", title, where, gap=gap)
        gap = "\n"
        for line in quote_lines(article, language):
            yield Block.of(line, is_quote=True, gap=gap)


def _longest(lengths: list[int], room: int) -> int:
    """Returns the most characters of each title with which all fit in; what short ones leave is the others'."""
    for number, length in enumerate(sorted(lengths)):
        share = room // (len(lengths) - number)
        if length > share:
            return share
        room -= length
    return max(lengths, default=0)


def _footer(made: datetime, language: str) -> str:
    """Returns "index du 23/11/2026", as the language writes days."""
    return text("footer", language, day=format(made, text("day_format", language)))


def _quote(source: Source, language: str) -> Block:
    """Returns number, title, outlet and date of a citation, and under them the quote."""
    introduced = in_language(source.language, language)
    words = " ".join(part for part in (introduced, quoted(unwrapped(source.quote), language)) if part)
    return Block.of(*_head(source, language), f"\n{words}", is_quote=True, gap="\n")


def _head(source: Source, language: str) -> tuple[TextRun, TextRun, str]:
    published = date.fromisoformat(source.published) if source.published else None
    where = about(source.source, source.url, published, language)
    title = TextRun(source.title, bold=True, link=source.url)
    return TextRun(f"[{source.number}] ", bold=True), title, _after(where)


def _after(where: str) -> str:
    return f" — {where}" if where else ""


def _source(answer: Answer, citation: Citation) -> Source:
    """Returns a citation to be kept, with the passage around it, or for a headline the first of its article."""
    around = (
        passage.text
        for passage in answer.passages
        if passage.article_id == citation.article_id and (citation.in_title or citation.quote in passage.text)
    )
    published = citation.published.isoformat() if citation.published else ""
    return Source(
        citation.number, citation.title, citation.source, citation.url, published, citation.quote,
        next(around, citation.quote), citation.language if citation.language != answer.language else "",
        citation.article_id,
    )  # fmt: skip
