"""How answers and passages look in a notebook: HTML in which nothing of an article is markup."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from index.article import Passage
from retrieval.answering.words import say, written_date

if TYPE_CHECKING:
    from pathlib import Path

    from index.store.generation import Generation
    from retrieval.answering.answer import Answer, Citation


class Passages(list[Passage]):
    """What a search found, best first: a list that a notebook shows in full."""

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{_of_passage(passage)}</li>" for passage in self)
        return f"<ol>{items}</ol>" if items else "<p>0 passages</p>"


def answer_html(answer: Answer) -> str:
    """Returns the answer, our note, and its sources with each quote marked among its neighbours."""
    parts = [f'<p dir="auto">{_lines(answer.text)}</p>']
    if answer.note:
        parts.append(f"<p><small>{_lines(answer.note)}</small></p>")
    if answer.citations:
        parts.append(f"<p><strong>{escape(say('sources', answer.language))}</strong></p>")
        parts += [_source(answer, citation) for citation in answer.citations]
    return "".join(parts)


def index_html(folder: Path, generation: Generation, llm: str) -> str:
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


def _source(answer: Answer, citation: Citation) -> str:
    before, after = answer.context(citation)
    quote = f"<mark>{_with_highlights(citation.quote, citation.highlights)}</mark>"
    around = " ".join(part for part in (_lines(before), quote, _lines(after)) if part)
    day = written_date(citation.published, answer.language) if citation.published else ""
    about = _about(citation.title, citation.url, citation.source, day)
    return f'<p>[{citation.number}] {about}</p><blockquote dir="auto">{around}</blockquote>'


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
