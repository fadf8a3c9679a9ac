"""From the bytes of one file to its articles, by format: their declared titles, bodies and metadata."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, AnyStr, NamedTuple

from index.reading.content import ArticleError, Content, FileEntry, decode

MAX_INFLATED_BYTES = 60_000_000


class _Kind(NamedTuple):
    """How files of a suffix are read."""

    reader: str  # module and function, loaded on first use: asking reads no files
    library: str = ""  # that it needs
    gets: str = "bytes"  # "text", "page" (text whose encoding <meta> may declare), or "bytes"


_OF_TEXT = _Kind("plain.read_plain", "yaml", "text")
_OF_PAGES = _Kind("exports.pages.read_pages", "trafilatura", "page")
# What is read here and now; large libraries, each of which may loop, crash or take all memory on hostile bytes, are
# used in a process of their own (isolation.py).
_SIMPLE = {
    ".md": _OF_TEXT,
    ".markdown": _OF_TEXT,
    ".txt": _OF_TEXT,
    ".jsonl": _Kind("exports.jsonl.read_jsonl", "json", "text"),
}
_ISOLATED = {
    ".html": _OF_PAGES,
    ".htm": _OF_PAGES,
    ".xhtml": _Kind("exports.pages.read_xhtml", "trafilatura", "page"),
    ".pdf": _Kind("pdf.read_pdf", "pypdf"),
    ".docx": _Kind("office.docx.read_docx", "lxml.etree"),
    ".odt": _Kind("office.odt.read_odt", "lxml.etree"),
    ".rtf": _Kind("office.rtf.read_rtf", "striprtf.striprtf"),
    ".epub": _Kind("office.epub.read_epub", "lxml.html"),
    ".eml": _Kind("exports.mail.read_mail", "trafilatura"),
    ".mbox": _Kind("exports.mail.read_mailbox", "trafilatura"),
    ".mhtml": _Kind("exports.mail.read_saved_page", "trafilatura"),
    ".mht": _Kind("exports.mail.read_saved_page", "trafilatura"),
    ".json": _Kind("exports.collections.read_json", "lxml.html", "text"),
    ".csv": _Kind("exports.collections.read_csv", "lxml.html", "text"),
}
WORDPRESS_MARK = b"wordpress.org/export/"  # the namespace of its version
_WORDPRESS = {".xml": _Kind("exports.wordpress.read_wordpress", "lxml.html")}  # other XML lists articles on the web
_KINDS = _SIMPLE | _ISOLATED | _WORDPRESS
SUFFIXES = (*_SIMPLE, *_ISOLATED, ".gz")  # of .gz those that hold one of the others: "page.html.gz"
SIMPLE_SUFFIXES = frozenset(_SIMPLE)
MANY_SUFFIXES = frozenset([".jsonl", ".mbox", ".json", ".csv", ".xml"])  # of files that never are one article
_PAGES = frozenset([".html", ".htm", ".xhtml"])
_PRESS = frozenset([".txt", ".rtf", ".docx", ".odt", ".pdf"])  # in which archives of the press export


def read_suffix(name: str) -> str:
    """Returns the suffix by which a file of this name is read, ".html.gz" a whole one; "" where it is not."""
    stem, suffix = os.path.splitext(name.lower())  # noqa: PTH122  for each of many
    packed = suffix == ".gz"
    suffix = os.path.splitext(stem)[1] if packed else suffix  # noqa: PTH122
    return suffix + ".gz" * packed if suffix in _KINDS else ""


def is_read(path: str) -> bool:
    """Whether a file is of a kind that is read; of XML only what WordPress exports, which its beginning tells."""
    kind = read_suffix(path)
    if kind not in _WORDPRESS:
        return kind in _KINDS or (kind.endswith(".gz") and kind.removesuffix(".gz") not in _WORDPRESS)
    with suppress(OSError), Path(path).open("rb") as file:
        return WORDPRESS_MARK in file.read(4_000)
    return False


def read_entries(data: bytes, suffix: str) -> list[FileEntry]:
    """Returns all articles of a file's bytes, in order, and those that could not be read; `suffix` as `read_suffix`.

    Raises:
        ArticleError: as `read_content`: nothing of the file can be read.
    """
    suffix = _known(suffix)
    if suffix.endswith(".gz"):
        data, suffix = _inflated(data), suffix.removesuffix(".gz")
    found = reader_of(suffix)(_prepared(data, suffix))
    if isinstance(found, Content) and suffix in _PRESS:
        from index.reading.exports.press import read_press

        return read_press(found.body) or [FileEntry("", found)]
    if isinstance(found, Content):
        return [FileEntry("", found)]
    if not found:
        raise ArticleError(f"a {suffix} file in which no article has words, one that has wanted; leave it out")
    return found


def read_content(data: bytes, suffix: str) -> Content:
    r"""Returns what a file of one article holds; `suffix` as `read_suffix`, in any case. A page is one article.

    Of .md and .txt the body is the file's characters after decoding and `\r\n` to `\n`, without front matter;
    of the others, their paragraphs a line each. A date that cannot be read is None.

    Raises:
        ArticleError: unknown suffix, nothing in the file, not of its kind (binary, broken, encrypted), too large
            within, broken or unsafe front matter; not exactly one article.
    """
    suffix = _known(suffix)
    if suffix in _PAGES:
        from index.reading.html import read_html

        return read_html(_prepared(data, suffix))
    content = only(read_entries(data, suffix)).content
    if isinstance(content, ArticleError):
        raise content
    return content


def reader_of(suffix: str) -> Callable[[Any], Content | list[FileEntry]]:
    """Returns the function that reads files of this suffix, its library loaded."""
    kind = _KINDS[suffix.removesuffix(".gz")]
    if kind.library:
        import_module(kind.library)
    module, _, name = kind.reader.rpartition(".")
    read: Callable[[Any], Content | list[FileEntry]] = getattr(import_module(f"index.reading.{module}"), name)
    return read


def only(entries: list[FileEntry]) -> FileEntry:
    """Returns the one entry of a file; raises ArticleError where there are several, or none."""
    if len(entries) != 1:
        raise ArticleError(f"{len(entries):,} articles in one file, one wanted; index the file instead")
    return entries[0]


def _known(suffix: str) -> str:
    kind = read_suffix(f"a{suffix}")
    if not kind:
        raise ArticleError(f"a file of kind '{suffix}', one of {' '.join(SUFFIXES)} wanted; convert it first")
    return kind


def _prepared(data: bytes, suffix: str) -> Any:  # noqa: ANN401  bytes or str
    gets = _KINDS[suffix].gets
    if gets == "bytes":
        return _filled(data)
    return _filled(decode(data, is_html=gets == "page"))


def _inflated(data: bytes) -> bytes:
    inflater = zlib.decompressobj(31)
    try:
        inflated = inflater.decompress(data, MAX_INFLATED_BYTES)
    except zlib.error as error:
        raise ArticleError(f"a broken .gz file ({error}), a whole one wanted; save or download it again") from error
    if inflater.unconsumed_tail:
        raise ArticleError(f"more than {MAX_INFLATED_BYTES:,} bytes when unpacked, at most that wanted; split it")
    if not inflater.eof:
        raise ArticleError("a broken .gz file (it ends too early), a whole one wanted; save or download it again")
    return inflated


def _filled(content: AnyStr) -> AnyStr:
    if not content.strip():
        raise ArticleError("an empty file, text wanted; write the article into it or remove it")
    return content
