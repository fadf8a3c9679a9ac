"""PDF files: the lines that pypdf finds on their pages, and what they declare; typesetting.py makes paragraphs."""

from __future__ import annotations

import io
import logging
import re
import struct
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from index.errors import why
from index.reading.content import ArticleError, Content, clean_text, language_code, telling_title
from index.reading.typesetting import Line, headline, paragraphs
from index.text.dates import declared_date, head_date

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

MAX_PAGES = 2_000
_FAULTS = (  # what pypdf raises on broken files beside its own errors
    ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, OSError, RuntimeError, TypeError,
    ValueError, struct.error, zlib.error,
)  # fmt: skip
_XMP_DATE = re.compile(r"prism:(?:publicationDate|coverDate)(?:=[\"']|[^>]*>)\s*(?:<[^>]*>\s*)*([^<\"']{4,40})")
_LIGATURES = str.maketrans({0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl"})


def read_pdf(data: bytes) -> Content:
    """Returns what a PDF holds, a paragraph a line, without the lines that every page repeats.

    Title: the property, else the largest line of the first page. Day: as PRISM metadata or the head of the text say;
    never that of creating or saving.

    Raises:
        ArticleError: it is no PDF, a broken, encrypted or scanned one, or one of too many pages.
    """
    from pypdf import PdfReader  # 0.3 s
    from pypdf.errors import DependencyError, PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it warns about files that we report as failed
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise _encrypted()
        pages = list(_pages(reader))
        body = clean_text("\n".join(paragraphs(pages)))
        title = telling_title((reader.metadata and reader.metadata.title) or "") or headline(pages)
        language = language_code(str(reader.root_object.get("/Lang") or ""))
        day = declared_date(_declared_day(reader)) or head_date(body[:4_000].split("\n"))
    except ArticleError:
        raise
    except DependencyError as error:  # a cipher that is not known here
        raise _encrypted() from error
    except (PyPdfError, *_FAULTS) as error:
        raise ArticleError(f"a broken PDF ({why(error)}), a whole one wanted; save or download it again") from error
    _check(body, pages)
    return Content(title, body, day, language)


def _encrypted() -> ArticleError:
    return ArticleError("an encrypted PDF, an open one wanted; save a copy without password")


def _check(body: str, pages: list[list[Line]]) -> None:
    if not any(map(str.isalnum, body)):
        found = f"a PDF of {len(pages):,} pages without text"
        raise ArticleError(f"{found}, probably scanned, text wanted; run text recognition (OCR) on it first")
    unreadable = sum(character == "\ufffd" or "\ue000" <= character <= "\uf8ff" for character in body)
    if unreadable * 10 > len(body):
        found = f"a PDF of which {unreadable:,} of {len(body):,} characters cannot be told from its fonts"
        raise ArticleError(f"{found}, text wanted; run text recognition (OCR) on it first")


def _pages(reader: PdfReader) -> Iterator[list[Line]]:
    """Yields the lines of each page in the order that the file writes them, which is that of reading."""
    count = len(reader.pages)
    if count > MAX_PAGES:
        raise ArticleError(f"a PDF of {count:,} pages, at most {MAX_PAGES:,}; split it")
    for page in reader.pages:
        yield _lines(page)


def _lines(page: PageObject) -> list[Line]:
    lines: list[Line] = []
    words: list[tuple[str, float, float, float]] = []

    def finish() -> None:
        text = clean_text("".join(word for word, *_ in words)).translate(_LIGATURES)
        shown = [word for word in words if word[0].strip()]
        if shown and text.strip():
            # a word in small print or a note's number does not make the line smaller
            size = max(shown, key=lambda word: len(word[0]))[3]
            lines.append(Line(" ".join(text.split()), shown[0][1], shown[0][2], size))
        words.clear()

    def take(text: str, outer: Any, inner: Any, _font: object, size: float) -> None:  # noqa: ANN401  lists of numbers
        x = inner[4] * outer[0] + inner[5] * outer[2] + outer[4]
        y = inner[4] * outer[1] + inner[5] * outer[3] + outer[5]
        height = abs(size * inner[3] * outer[3]) or abs(size)
        for number, part in enumerate(text.split("\n")):
            if number:
                finish()
            words.append((part, x, y, height))

    page.extract_text(visitor_text=take)
    finish()
    return lines


def _declared_day(reader: PdfReader) -> str:
    """Returns the publication date of the metadata; the dates of creation and change are those of saving."""
    metadata = reader.root_object.get("/Metadata")
    if metadata is None:
        return ""
    written = metadata.get_object().get_data()[:1_000_000].decode("utf-8", "replace")
    match = _XMP_DATE.search(written)
    return match[1] if match else ""
