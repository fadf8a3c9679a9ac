"""Readers of pages, ours among them, and what each makes of a page."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from htmldate import find_date
from trafilatura import bare_extraction

from index.reading import read_content
from index.reading.content import ArticleError, decode
from tests.benchmarks.rivals.process import Rival


@dataclass(frozen=True)
class Got:
    """What a reader makes of a page; None: it reads no such thing."""

    day: str | None = ""
    title: str | None = ""
    text: str | None = ""


Reader: TypeAlias = Callable[[bytes], Got]


def characters(page: bytes) -> str:
    """Returns the characters of a page, also of one that we refuse."""
    try:
        return decode(page, is_html=True)
    except ArticleError:
        return page.decode("utf-8", "replace").replace("\0", "")


def ours(page: bytes) -> Got:
    """What an index would hold of a page."""
    try:
        content = read_content(page, ".html")
    except ArticleError:
        return Got()
    return Got(str(content.published or ""), content.title, content.body)


def of_trafilatura(page: bytes, *, precision: bool = False) -> Got:
    """What trafilatura extracts, with the settings it comes with but for comments."""
    text = characters(page)
    found: Any = bare_extraction(text, with_metadata=True, include_comments=False, favor_precision=precision)
    return Got(found.date or "", found.title or "", found.text or "") if found else Got()


def of_htmldate(page: bytes, *, extensive: bool) -> Got:
    """The day that htmldate finds."""
    day = find_date(characters(page), original_date=True, extensive_search=extensive)
    return Got(day or "", None, None)


READERS: Mapping[str, Reader] = {
    "articlebot": ours,
    "trafilatura": of_trafilatura,
    "trafilatura, for precision": lambda page: of_trafilatura(page, precision=True),
    "htmldate, fast": lambda page: of_htmldate(page, extensive=False),
    "htmldate": lambda page: of_htmldate(page, extensive=True),
}


@contextlib.contextmanager
def rivals(python: Path | None, cwd: Path) -> Iterator[Mapping[str, Reader]]:
    """Yields readability-lxml as a reader, where there is a Python that has it; it knows no days."""
    if python is None:
        yield {}
        return
    with Rival("readability-lxml", python.absolute(), "readability").running(cwd) as running:
        yield {running.versions[0]: lambda page: Got(None, *running.tell("read", page=characters(page)).value)}
