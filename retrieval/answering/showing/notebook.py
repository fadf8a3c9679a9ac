"""How answers and passages look in a notebook: HTML in which nothing of an article is markup."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from index.article import Passage
from retrieval.answering.showing.shown import (
    CitedArticle,
    Look,
    Stretch,
    cited_articles,
    quote_lines,
    short_line,
    stretches,
)
from retrieval.answering.words import written_date

if TYPE_CHECKING:
    from index.store.generation import Generation
    from index.store.postgres.address import IndexPlace
    from retrieval.answering.answer import Answer, Citation


class Passages(list[Passage]):
    """What a search found, best first: a list that a notebook shows in full."""

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{_of_passage(passage)}</li>" for passage in self)
        return f"<ol>{items}</ol>" if items else "<p>0 passages</p>"


def answer_html(answer: Answer) -> str:
    """Returns the short answer, the text, our note, and a line an article; unfolded, it shows each quote in place."""
    short, articles = short_line(answer), cited_articles(answer)
    parts = [f'<p dir="auto"><strong>{_lines(short)}</strong></p>'] if short else []
    parts.append(f'<p dir="auto">{"".join(map(_stretch, stretches(answer)))}</p>')
    if answer.note:
        parts.append(f"<p><small>{_lines(answer.note)}</small></p>")
    return "".join([*parts, *(_article(answer, article) for article in articles)])


def index_html(folder: IndexPlace, generation: Generation, llm: str) -> str:
    """Returns what an index holds, in one table."""
    dates = generation.dates()
    rows = {
        "index": str(folder),
        "generation": generation.name,
        "articles": str(generation.counts["articles"]),
        "passages": str(generation.counts["passages"]),
        "languages": ", ".join(f"{language or '?'} {count}" for language, count in generation.languages.items()),
        "dates": f"{dates[0]} to {dates[1]}" if dates else "none",
        "llm": llm or "none",
    }
    cells = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows.items())
    return f"<p><strong>ArticleQA</strong></p><table>{cells}</table>"


def _stretch(stretch: Stretch) -> str:
    tag = {Look.ANSWERS: "strong", Look.OURS: "small"}.get(stretch.look)
    return f"<{tag}>{_lines(stretch.text)}</{tag}>" if tag else _lines(stretch.text)


def _article(answer: Answer, article: CitedArticle) -> str:
    """Returns the line of an article with its quotes in their place folded below it; in sight those not in the text."""
    first, language = article.first, answer.language
    day = written_date(first.published, language) if first.published else ""
    about = f"{article.numbers} {_about(article.title, first.url, first.source, day)}"
    untold = "".join(f'<blockquote dir="auto">{_lines(line)}</blockquote>' for line in quote_lines(article, language))
    folded = "".join(_in_place(answer, article, citation) for citation in article.citations)
    return f"<details><summary>{about}</summary>{folded}</details>{untold}"


def _in_place(answer: Answer, article: CitedArticle, citation: Citation) -> str:
    before, after = answer.context(citation)
    introduced = article.before_quote(citation, answer.language).strip()
    quote = f"<mark>{_with_highlights(citation.quote, citation.highlights)}</mark>"
    around = " ".join(part for part in (escape(introduced), _lines(before), quote, _lines(after)) if part)
    return f'<blockquote dir="auto">{around}</blockquote>'


def _of_passage(passage: Passage) -> str:
    about = _about(passage.title, passage.url, passage.source, str(passage.published or ""))
    return f'{about} <small>{passage.score:.2f}</small><blockquote dir="auto">{_lines(passage.text)}</blockquote>'


def _about(title: str, url: str, source: str, day: str) -> str:
    """Returns the title, with a link where it has an address on the web, then outlet and date."""
    named = f"<strong>{escape(title)}</strong>"
    if url.lower().startswith(("http://", "https://")):
        named = f'<a href="{escape(url)}" rel="noopener noreferrer nofollow" target="_blank">{named}</a>'
    where = ", ".join(escape(part) for part in (source, day) if part)
    return f"{named} — {where}" if where else named


def _with_highlights(quote: str, spans: Iterable[tuple[int, int]]) -> str:
    parts, done = [], 0
    for start, end in sorted(spans):
        parts += [_lines(quote[done:start]), f"<strong>{_lines(quote[start:end])}</strong>"]
        done = end
    return "".join([*parts, _lines(quote[done:])])


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")
