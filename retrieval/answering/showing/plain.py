"""An answer as plain text: what `print` shows."""

from __future__ import annotations

from collections.abc import Iterator

from index.text.visible import visible
from retrieval.answering.answer import Answer
from retrieval.answering.showing.shown import cited_articles, quote_lines, short_line, shown_text


def plain_text(answer: Answer) -> str:
    """Returns the short answer, the text, our note, and a line an article that is cited; it steers no terminal."""
    return visible("\n".join(_lines(answer)))


def _lines(answer: Answer) -> Iterator[str]:
    if short := short_line(answer):
        yield short
    yield shown_text(answer)
    if answer.note:
        yield from ("", answer.note)
    for number, article in enumerate(cited_articles(answer)):
        if not number:
            yield ""
        about = (article.line(answer.language), article.first.url)
        yield f"{article.numbers} {' — '.join(part for part in about if part)}"
        yield from (f"    {line}" for line in quote_lines(article, answer.language))
