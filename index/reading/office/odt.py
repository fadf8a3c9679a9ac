"""Files of LibreOffice and OpenOffice (.odt): paragraphs, headings, lists and tables; no notes or deleted words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # lxml publishes no types

from index.reading.content import ArticleError, Content, clean_line, clean_text, language_code, telling_title
from index.reading.office.archive import Archive
from index.text.bylines import byline
from index.text.dates import head_date

_SKIPPED = frozenset(["annotation", "note", "tracked-changes", "ruby-text", "table-of-content", "forms"])
_CHARACTERS = {"tab": " ", "s": " ", "line-break": "\n"}
_PARAGRAPHS = frozenset(["p", "h"])


def read_odt(data: bytes) -> Content:
    """Returns what a text document holds, a paragraph, list item or row of a table a line.

    Title: the paragraph that is styled as one, else the property. Day: as written in the head; never that of saving.

    Raises:
        ArticleError: it is no such document, a broken or encrypted one, or one too large when unpacked.
    """
    archive = Archive(data, "text document")
    manifest = archive.xml("META-INF/manifest.xml") if "META-INF/manifest.xml" in archive else None
    if manifest is not None and next(manifest.iter("{*}encryption-data"), None) is not None:
        raise ArticleError("a text document with a password, an open one wanted; save a copy without password")
    root = archive.xml("content.xml")
    text = root.find(".//{*}body/{*}text")
    if text is None:
        raise archive.broken("no text within")
    blocks = list(_blocks(text, _titles(root)))
    lines = [line for line, _ in blocks]
    meta = archive.xml("meta.xml") if "meta.xml" in archive else None
    title = next((line for line, is_title in blocks if is_title), "") or telling_title(_property(meta, "title"))
    return Content(
        clean_line(title), "\n".join(lines), head_date("\n".join(lines[:20]).split("\n")),
        language_code(_property(meta, "language")), author=byline(lines),
    )  # fmt: skip


def _property(meta: Any, name: str) -> str:  # noqa: ANN401  lxml has no types
    return "" if meta is None else meta.findtext(f".//{{*}}{name}") or ""


def _titles(root: Any) -> frozenset[str]:  # noqa: ANN401  as above
    """Returns the styles of titles: the one of that name, and those made of it."""
    own = (each for each in root.iter("{*}style") if _value(each, "parent-style-name") == "Title")
    return frozenset(["Title", *(_value(each, "name") for each in own)])


def _blocks(text: Any, titles: frozenset[str]) -> Iterator[tuple[str, bool]]:  # noqa: ANN401  as above
    """Yields each line with words, and whether it is the document's title."""
    cells: list[str] = []
    rows = 0
    walk = etree.iterwalk(text, events=("start", "end"))
    for event, element in walk:
        name = etree.QName(element).localname
        starts = event == "start"
        if starts and name in _SKIPPED:
            walk.skip_subtree()
        elif name == "table-row":
            rows += 1 if starts else -1
            if not rows and (line := " | ".join(filter(None, cells))):
                yield line, False
                cells = []
        elif starts and name in _PARAGRAPHS:
            walk.skip_subtree()
            if rows:
                cells.append(" ".join(_words(element).split()))
            elif line := _line(element):
                yield line, _value(element, "style-name") in titles


def _line(element: Any) -> str:  # noqa: ANN401  as above
    lines = (" ".join(line.split()) for line in clean_text(_words(element)).split("\n"))
    text = "\n".join(filter(None, lines))
    listed = any(True for _ in element.iterancestors("{*}list-item"))
    return f"- {text}" if listed and text else text


def _words(element: Any) -> str:  # noqa: ANN401  as above
    words = [element.text or ""]
    walk = etree.iterwalk(element, events=("start", "end", "comment", "pi"))
    for event, each in walk:
        if each is element:
            continue
        if event == "start":
            name = etree.QName(each).localname
            if name in _SKIPPED:
                walk.skip_subtree()
            else:
                words.append(_CHARACTERS.get(name, "") + (each.text or ""))
        else:
            words.append(each.tail or "")
    return "".join(words)


def _value(element: Any, name: str) -> str:  # noqa: ANN401  as above
    """Returns an attribute, whatever its namespace."""
    return next((value for key, value in element.attrib.items() if etree.QName(key).localname == name), "")
