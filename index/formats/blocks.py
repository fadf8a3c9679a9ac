"""The words of a tree of HTML or XHTML elements, a block a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # lxml publishes no types

_BLOCKS = frozenset([
    "address", "article", "blockquote", "body", "br", "dd", "div", "dl", "dt", "figcaption", "figure", "footer",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section",
    "table", "tbody", "tfoot", "thead", "tr", "ul",
])  # fmt: skip
_CELLS = frozenset(["td", "th"])
_SILENT = frozenset(["script", "style", "noscript", "template", "head", "title", "svg", "math"])


def block_lines(root: Any, skip: frozenset[str] = frozenset()) -> Iterator[str]:  # noqa: ANN401  lxml has no types
    """Yield the lines with words, white space collapsed; a row of a table is a line, its cells apart by " | ".

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
    """Return the line that words make, if any, and forget them."""
    cells = [" ".join(cell.split()) for cell in "".join(words).split(_BETWEEN)]
    words.clear()
    line = " | ".join(filter(None, cells))
    return [line] if line else []
