"""Word files: paragraphs, headings, lists and tables of the text; no footnotes, comments or deleted words."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # lxml publishes no types

from index.reading.content import ArticleError, Content, clean_line, clean_text, language_code, telling_title
from index.reading.office.archive import Archive
from index.text.dates import declared_date, head_date

_OLE = bytes.fromhex("D0CF11E0A1B11AE1")  # the container of .doc, and of a .docx with a password
_DC = "{http://purl.org/dc/elements/1.1/}"
_PUBLISH_DATE = "{http://schemas.microsoft.com/office/2006/coverPageProps}PublishDate"
# Fallback says again what its Choice says; moveFrom is where words were; the others are not the text's own
_SKIPPED = frozenset(["Fallback", "moveFrom", "del", "pPrChange", "rPrChange", "rt", "instrText", "sectPr"])
_CHARACTERS = {"tab": " ", "ptab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}


@dataclass(slots=True)
class _Paragraph:
    words: list[str] = field(default_factory=list)
    style: str = ""  # "title", "heading 1", "toc 1": the same in every language of Word
    listed: bool = False

    def text(self) -> str:
        lines = (" ".join(line.split()) for line in clean_text("".join(self.words)).split("\n"))
        text = "\n".join(filter(None, lines))
        return f"- {text}" if self.listed and text else text


def read_docx(data: bytes) -> Content:
    """Returns what a Word file holds, a paragraph, list item or row of a table a line.

    Title: the paragraph that is styled as one, else the property. Day: the cover page's publication date, else as
    written in the head; never that of creating or saving.

    Raises:
        ArticleError: it is no Word file, a broken or encrypted one, or one too large when unpacked.
    """
    if data.startswith(_OLE):
        raise ArticleError("a Word file of the old kind or with a password, an open .docx wanted; save it as one")
    archive = Archive(data, "Word file")
    core = _properties(archive)
    blocks = _blocks(archive.xml(_text_name(archive)), _style_names(archive))
    lines = [text for paragraph in blocks if not paragraph.style.startswith("toc ") and (text := paragraph.text())]
    shown = next((paragraph.text() for paragraph in blocks if paragraph.style == "title" and paragraph.text()), "")
    return Content(
        clean_line(shown) or telling_title(core.get("title", "")),
        "\n".join(lines),
        declared_date(_publish_date(archive)) or head_date("\n".join(lines[:20]).split("\n")),
        language_code(core.get("language", "")),
    )


def _text_name(archive: Archive) -> str:
    if "_rels/.rels" in archive:
        for relation in archive.xml("_rels/.rels").iter("{*}Relationship"):
            if (relation.get("Type") or "").endswith("/officeDocument"):
                return posixpath.normpath((relation.get("Target") or "").lstrip("/"))
    return "word/document.xml"


def _properties(archive: Archive) -> dict[str, str]:
    """Returns title and language as the file's properties say."""
    if "docProps/core.xml" not in archive:
        return {}
    core = archive.xml("docProps/core.xml")
    return {name: core.findtext(f"{_DC}{name}") or "" for name in ("title", "language")}


def _publish_date(archive: Archive) -> str:
    for name in archive.names():
        if name.startswith("customXml/item") and name.count("/") == 1 and "Props" not in name:
            for day in archive.xml(name).iter(_PUBLISH_DATE):
                return day.text or ""
    return ""


def _style_names(archive: Archive) -> dict[str, str]:
    if "word/styles.xml" not in archive:
        return {}
    names = {}
    for style in archive.xml("word/styles.xml").iter("{*}style"):
        name = style.find("{*}name")
        names[_value(style, "styleId")] = _value(name, "val").lower() if name is not None else ""
    return names


def _value(element: Any, name: str) -> str:  # noqa: ANN401  lxml has no types
    """Returns an attribute, which Word writes with the namespace of its element."""
    return element.get(f"{{{etree.QName(element).namespace}}}{name}") or element.get(name) or ""


def _blocks(root: Any, styles: dict[str, str]) -> list[_Paragraph]:  # noqa: ANN401  lxml has no types
    """Returns paragraphs in order; a row of a table as one."""
    own = etree.QName(root).namespace  # that of the text: others have a <t> and a <p> too
    walker = _Walker(styles)
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        name = etree.QName(element)
        if name.localname in _SKIPPED:
            if event == "start":
                walk.skip_subtree()
        elif name.namespace != own:
            continue
        elif event == "start":
            walker.start(name.localname, element)
        else:
            walker.end(name.localname)
    return walker.done


class _Walker:
    """Takes the elements of a text in order and makes its paragraphs."""

    def __init__(self, styles: dict[str, str]) -> None:
        self.done: list[_Paragraph] = []
        self._styles = styles
        self._open: list[_Paragraph] = []  # a text box is within a paragraph and has its own
        self._rows = 0  # how many tables are open, one within the other
        self._cells: list[list[str]] = []  # of the outermost row

    def start(self, name: str, element: Any) -> None:  # noqa: ANN401  lxml has no types
        if name == "tr":
            self._rows += 1
        elif name == "tc" and self._rows == 1:
            self._cells.append([])
        elif name == "p":
            self._open.append(_Paragraph())
        elif self._open:
            self._take(self._open[-1], name, element)

    def _take(self, paragraph: _Paragraph, name: str, element: Any) -> None:  # noqa: ANN401  lxml has no types
        if name == "t":
            paragraph.words.append(element.text or "")
        elif name in _CHARACTERS:
            paragraph.words.append(_CHARACTERS[name])
        elif name == "pStyle":
            identifier = _value(element, "val")
            paragraph.style = self._styles.get(identifier, identifier.lower())
        elif name == "numPr":
            paragraph.listed = True

    def end(self, name: str) -> None:
        if name == "p":
            paragraph = self._open.pop()
            if self._cells:
                self._cells[-1].append(paragraph.text())
            else:
                self.done.append(paragraph)
        elif name == "tr":
            self._rows -= 1
            if not self._rows:
                cells = (" ".join(" ".join(cell).split()) for cell in self._cells)
                self.done.append(_Paragraph([" | ".join(filter(None, cells))]))
                self._cells = []
