"""The tree of a page, and its words a block a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree, html  # type: ignore[import-untyped]  # lxml publishes no types

from index.reading.content import ArticleError

# A parser of other people's pages meets anything; the plain reader then takes over.
PARSER_FAULTS = (AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError, etree.LxmlError)


def parse_html(text: str) -> html.HtmlElement:
    """Returns the tree of a page.

    Raises:
        MemoryError: there is not enough.
        ArticleError: it is no HTML.
    """
    try:
        tree = html.document_fromstring(text.encode(), parser=html.HTMLParser(encoding="utf-8"))
    except PARSER_FAULTS as error:
        if getattr(error, "code", None) == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from error
        raise ArticleError("a page that is not HTML, HTML wanted; save plain text as .txt") from error
    _end_head(tree)
    return tree


_IN_HEAD = frozenset(["base", "link", "meta", "noscript", "object", "script", "style", "template", "title"])


def _end_head(tree: html.HtmlElement) -> None:
    """Ends the head of a page at its first element of the body, whose tag a page may leave out.

    libxml2 is of HTML 4: an <article> or <main> after the <title> stays in the head.
    """
    head = tree.find("head")
    elements = [] if head is None else list(head)
    within = next((at for at, element in enumerate(elements) if not _may_be_in_head(element)), None)
    if within is None:
        return
    body = tree.find("body")
    if body is None:
        body = html.Element("body")
        head.addnext(body)
    last = elements[-1]
    last.tail, body.text = (last.tail or "") + (body.text or ""), None
    for at, element in enumerate(elements[within:]):
        body.insert(at, element)


def _may_be_in_head(element: html.HtmlElement) -> bool:
    """Whether HTML lets an element stand in the head: so it does a comment."""
    return not isinstance(element.tag, str) or element.tag in _IN_HEAD


def body_of(tree: html.HtmlElement) -> html.HtmlElement:
    """Returns the body of a page, all of it where it has none."""
    body = tree.find("body")
    return tree if body is None else body


def words_in(element: html.HtmlElement) -> str:
    """Returns the words of an element on one line."""
    return " ".join("".join(element.itertext()).split())


def take_out(element: html.HtmlElement) -> None:
    """Takes an element out of its tree, with its words but not with those behind it; it may have been before."""
    if element.getparent() is not None:
        element.drop_tree()


_BLOCKS = frozenset([
    "address", "article", "blockquote", "body", "br", "dd", "div", "dl", "dt", "figcaption", "figure", "footer",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section",
    "table", "tbody", "tfoot", "thead", "tr", "ul",
])  # fmt: skip
ASIDE = frozenset(["nav", "aside", "footer"])  # what is beside the article
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
