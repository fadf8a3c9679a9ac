"""Books in EPUB: the text of their chapters in reading order, and what the package document says of the book."""

# A book is one article: who cites it names the book, and title page, imprint and contents are no articles.

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import unquote

from lxml import etree, html  # type: ignore[import-untyped]  # lxml publishes no types

from index.reading.content import ArticleError, Content, clean_line, clean_text, decode, language_code
from index.reading.html import block_lines
from index.reading.office.archive import Archive, parse_xml, without_namespaces
from index.text.dates import declared_date, head_date

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_EVENT = "{http://www.idpf.org/2007/opf}event"
_PAGES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")


def read_epub(data: bytes) -> Content:
    """Returns what a book holds, a block of its chapters a line; the source is its author, else its publisher.

    Raises:
        ArticleError: it is no EPUB, a broken or protected one, or one too large when unpacked.
    """
    archive = Archive(data, "EPUB")
    if _CONTAINER not in archive:
        raise archive.broken("no book within")
    root_file = archive.xml(_CONTAINER).find(".//{*}rootfile")
    package_name = (root_file.get("full-path") or "") if root_file is not None else ""
    package = without_namespaces(archive.xml(package_name))
    chapters = list(_chapters(package, package_name))
    if not _protected(archive).isdisjoint(chapters):
        raise ArticleError("a protected EPUB, one without DRM wanted; export it without protection")
    lines = [line for name in chapters for line in _lines(archive, name)]
    return Content(
        next(_values(package, "title"), ""),
        clean_text("\n".join(lines)),
        _published(package) or head_date(lines[:20]),
        language_code(next(_values(package, "language"), "")),
        ", ".join(_values(package, "creator")) or next(_values(package, "publisher"), ""),
    )


def _values(package: Any, name: str) -> Iterator[str]:  # noqa: ANN401  lxml has no types
    for element in package.iterfind(f"metadata//{name}"):
        if value := clean_line("".join(element.itertext())):
            yield value


def _published(package: Any) -> date | None:  # noqa: ANN401  lxml has no types
    """Returns the day of publication; EPUB 2 also has those of creation and modification."""
    for element in package.iterfind("metadata//date"):
        if "publication" in (element.get(_EVENT) or "publication"):
            day = declared_date("".join(element.itertext()))
            if day:
                return day
    return None


def _chapters(package: Any, package_name: str) -> Iterator[str]:  # noqa: ANN401  lxml has no types
    """Yields the names of the book's pages in reading order, without the table of contents."""
    items = {item.get("id"): item for item in package.iterfind("manifest/item")}
    for reference in package.iterfind("spine/itemref"):
        item = items.get(reference.get("idref"))
        if item is None or reference.get("linear") == "no":
            continue
        is_contents = "nav" in (item.get("properties") or "").split()
        if item.get("media-type") in _PAGES and not is_contents:
            href = unquote((item.get("href") or "").partition("#")[0])
            yield posixpath.normpath(posixpath.join(posixpath.dirname(package_name), href))


def _lines(archive: Archive, name: str) -> Iterator[str]:
    root = _page(archive.read(name))
    body = root.find("body")
    return block_lines(root if body is None else body)


def _protected(archive: Archive) -> frozenset[str]:
    """Returns the names of the encrypted parts; fonts often are, without harm."""
    if _ENCRYPTION not in archive:
        return frozenset()
    references = archive.xml(_ENCRYPTION).iter("{*}CipherReference")
    return frozenset(unquote(reference.get("URI") or "") for reference in references)


def _page(data: bytes) -> Any:  # noqa: ANN401  lxml has no types
    try:
        return without_namespaces(parse_xml(data))
    except etree.LxmlError as error:
        if b"<!ENTITY" in data:  # a bomb of entities
            raise ArticleError("a page within that is no XHTML, XHTML wanted; save the book again") from error
        text = decode(data, is_html=True)  # XHTML that is no XML: browsers read it, and so do we
    try:
        return html.document_fromstring(text.encode(), parser=html.HTMLParser(encoding="utf-8"))
    except (etree.LxmlError, ValueError) as error:
        raise ArticleError("a page within that is no XHTML, XHTML wanted; save the book again") from error
