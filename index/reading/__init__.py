"""From the bytes of one file to its declared title, its body and its metadata, by format."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, AnyStr

from index.reading.content import ArticleError, Content, FileEntry, decode

# suffix -> module (its function is read_MODULE), library; loaded on first use: asking reads no files
_TEXTS = dict.fromkeys((".md", ".markdown", ".txt"), ("plain", "yaml"))
# Large libraries, each of which may loop, crash or take all memory on hostile bytes: isolation.py reads these kinds
# in a process of their own.
_LIBRARIES = {
    ".html": ("html", "trafilatura"),
    ".htm": ("html", "trafilatura"),
    ".pdf": ("pdf", "pypdf"),
    ".docx": ("docx", "lxml.etree"),
    ".epub": ("epub", "lxml.html"),
}
LIBRARY_SUFFIXES = frozenset(_LIBRARIES)
MANY_SUFFIXES = frozenset([".jsonl"])
SUFFIXES = (*_TEXTS, *_LIBRARIES, *MANY_SUFFIXES)


def read_entries(data: bytes, suffix: str) -> list[FileEntry]:
    """Returns all articles of a file's bytes, in order, and those that could not be read; `suffix` as `read_content`.

    Raises:
        ArticleError: as `read_content`: nothing of the file can be read.
    """
    if suffix.lower() in MANY_SUFFIXES:
        from index.reading.jsonl import read_jsonl

        return read_jsonl(_text(data, is_html=False))
    return [FileEntry("", read_content(data, suffix))]


def read_content(data: bytes, suffix: str) -> Content:
    r"""Returns what a file of one article holds; `suffix` is one of `SUFFIXES`, in any case.

    Of .md and .txt the body is the file's characters after decoding and `\r\n` to `\n`, without front matter;
    of the others, their paragraphs a line each. A date that cannot be read is None.

    Raises:
        ArticleError: unknown suffix, nothing in the file, not of its kind (binary, broken, encrypted), too large
            within, broken or unsafe front matter; of .jsonl, not exactly one article.
    """
    suffix = suffix.lower()
    if suffix not in SUFFIXES:
        raise ArticleError(f"a file of kind '{suffix}', one of {' '.join(SUFFIXES)} wanted; convert it first")
    if suffix in MANY_SUFFIXES:
        content = only(read_entries(data, suffix)).content
        if isinstance(content, ArticleError):
            raise content
        return content
    if suffix in (".pdf", ".docx", ".epub"):
        return reader_of(suffix)(_filled(data))
    return reader_of(suffix)(_text(data, is_html=suffix not in _TEXTS))


def reader_of(suffix: str) -> Callable[[Any], Content]:
    """Returns the function that reads files of one article of this suffix, its library loaded."""
    module, library = {**_TEXTS, **_LIBRARIES}[suffix]
    import_module(library)
    read: Callable[[Any], Content] = getattr(import_module(f"index.reading.{module}"), f"read_{module}")
    return read


def only(entries: list[FileEntry]) -> FileEntry:
    """Returns the one entry of a file; raises ArticleError where there are several, or none."""
    if len(entries) != 1:
        raise ArticleError(f"{len(entries):,} articles in one file, one wanted; index the file instead")
    return entries[0]


def _text(data: bytes, *, is_html: bool) -> str:
    return _filled(decode(data, is_html=is_html))


def _filled(content: AnyStr) -> AnyStr:
    if not content.strip():
        raise ArticleError("an empty file, text wanted; write the article into it or remove it")
    return content
