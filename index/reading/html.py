"""Web pages: what trafilatura extracts, and the title, day, language and address that the page declares."""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from lxml import etree, html  # type: ignore[import-untyped]  # lxml publishes no types

from index.reading.content import ArticleError, Content, language_code, web_address
from index.text.bylines import author_named, byline
from index.text.dates import declared_date, head_date

_DATE_NAME = re.compile(
    r"(?:article|og):published_time|(?:dc\.|dcterms\.)?date(?:[.-]?(?:published|issued|created))?|"
    r"dcterms\.(?:created|issued)|publish-?date|pubdate|parsely-pub-date|sailthru\.date",
    re.IGNORECASE,
)
_ASIDES = frozenset(["nav", "aside", "footer"])
# A parser of other people's pages meets anything; the plain reader then takes over.
_PARSER_FAULTS = (AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError, etree.LxmlError)


def read_html(text: str) -> Content:
    """Returns what a page holds, a paragraph a line; its words a block a line where trafilatura finds none.

    Raises:
        ArticleError: it is no HTML.
    """
    tree = parse_html(text)
    language = language_code(tree.get("lang") or tree.get("xml:lang") or "")
    title, body, source, url, author = _extract(text)
    body = body or "\n".join(block_lines(_body(tree)))
    return Content(
        title or tree.findtext(".//title") or "",
        body,
        _published(tree),
        language,
        source,
        web_address(url),
        author_named(author) or byline(body.split("\n")),
    )


def parse_html(text: str) -> html.HtmlElement:
    """Returns the tree of a page.

    Raises:
        MemoryError: there is not enough.
        ArticleError: it is no HTML.
    """
    try:
        return html.document_fromstring(text.encode(), parser=html.HTMLParser(encoding="utf-8"))
    except _PARSER_FAULTS as error:
        if getattr(error, "code", None) == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from error
        raise ArticleError("a page that is not HTML, HTML wanted; save plain text as .txt") from error


def _body(tree: html.HtmlElement) -> html.HtmlElement:
    body = tree.find("body")
    return tree if body is None else body


def _extract(text: str) -> tuple[str, ...]:
    """Returns title, text, site, address and author; each "" where trafilatura finds none. Never the network."""
    extract = _extractor()
    for recall in (False, True):
        try:
            extracted = extract(text, favor_recall=recall)
        except _PARSER_FAULTS:
            continue
        if extracted and (extracted.text or "").strip():
            found = (extracted.title, extracted.text.strip(), extracted.sitename, extracted.url, extracted.author)
            return tuple(each or "" for each in found)
    return ("",) * 5


@functools.cache
def _extractor() -> Callable[..., Any]:
    from trafilatura import bare_extraction  # 0.9 s

    for name in ("trafilatura", "htmldate"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # it warns about pages that we report as failed
    return functools.partial(
        bare_extraction,
        with_metadata=True,
        include_comments=False,
        include_tables=True,
        date_extraction_params={"extensive_search": False, "original_date": True},
    )


def _published(tree: html.HtmlElement) -> date | None:
    """Returns the day of publication: JSON-LD, `<meta>`, itemprop, `<time>` outside sentences, words at the headline.

    Not htmldate's: it takes days from prose, footers and addresses, and makes 1 February of 31 February.
    """
    declared = map(declared_date, _declared_dates(tree))
    return next(filter(None, declared), None) or head_date(_head_lines(tree))


def _declared_dates(tree: html.HtmlElement) -> Iterator[str]:
    for script in tree.xpath("//script[contains(@type, 'ld+json')]"):
        yield from re.findall(r'"datePublished"\s*:\s*"([^"]+)"', script.text or "")
    for meta in tree.xpath("//meta[@content]"):
        if _DATE_NAME.fullmatch(meta.get("property") or meta.get("name") or meta.get("itemprop") or ""):
            yield meta.get("content")
    yield from tree.xpath("//*[@itemprop='datePublished']/@datetime")
    outside = "not(ancestor::p or ancestor::nav or ancestor::aside or ancestor::footer)"
    for time in tree.xpath(f"//time[{outside}]"):
        yield time.get("datetime") or "".join(time.itertext())


def _head_lines(tree: html.HtmlElement) -> Iterator[str]:
    """Returns the page's lines from its headline on, else from its beginning."""
    headline = next(tree.iter("h1"), None)
    lines = block_lines(_body(tree), skip=_ASIDES)
    if headline is not None and (title := " ".join("".join(headline.itertext()).split())):
        for line in lines:
            if line == title:
                break
        else:
            lines = block_lines(_body(tree), skip=_ASIDES)
    return lines


_BLOCKS = frozenset([
    "address", "article", "blockquote", "body", "br", "dd", "div", "dl", "dt", "figcaption", "figure", "footer",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section",
    "table", "tbody", "tfoot", "thead", "tr", "ul",
])  # fmt: skip
_CELLS = frozenset(["td", "th"])
_SILENT = frozenset(["script", "style", "noscript", "template", "head", "title", "svg", "math"])


def block_lines(root: Any, skip: frozenset[str] = frozenset()) -> Iterator[str]:  # noqa: ANN401  lxml has no types
    """Yields the lines with words, white space collapsed; a row of a table is a line, its cells apart by " | ".

    Args:
        root: element whose tags are without namespace.
        skip: names of elements that are left out, beside scripts and the like.
    """
    silent, words, cells = _SILENT | skip, list[str](), 0
    # iterwalk and not recursion: people nest elements a thousand deep
    walk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, element in walk:
        tag, starts, ends = element.tag, event == "start", event == "end"
        if starts and tag in _CELLS:
            cells += 1
        if tag in _BLOCKS and not cells:
            yield from _line(words)
        if starts and tag in silent:
            walk.skip_subtree()
        elif starts:
            words.append(" " if tag in _BLOCKS else "")  # a block within a cell
            words.append(element.text or "")
        if ends and tag in _CELLS:
            cells -= 1
            words.append("" if cells else _BETWEEN)
        if not starts and element is not root:
            words.append(element.tail or "")
    yield from _line(words)


_BETWEEN = "\0|\0"  # of cells; no tree holds a NUL


def _line(words: list[str]) -> list[str]:
    """Returns the line that words make, if any, and forget them."""
    cells = [" ".join(cell.split()) for cell in "".join(words).split(_BETWEEN)]
    words.clear()
    line = " | ".join(filter(None, cells))
    return [line] if line else []
