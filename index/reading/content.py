"""What one article of a file holds before its cleaning, and the error of bytes that hold none."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from index.errors import ArticlebotError
from index.text.visible import whole


class ArticleError(ArticlebotError, ValueError):
    """A file that cannot be read as an article: value found, value wanted, next step, on one line."""


@dataclass(frozen=True, slots=True)
class Content:
    """What one article's bytes hold, before cleaning (index/reading/cleaning.py). "" or None: they do not say."""

    title: str  # declared, or shown as the title; a first line is still part of the body
    body: str
    published: date | None
    language: str  # two lower-case letters
    source: str = ""
    url: str = ""  # http or https
    author: str = ""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One article of a file: what it holds, or why it could not be read."""

    key: str  # tells it from the file's others; "" in a file that holds one article
    content: Content | ArticleError


_CONTROLS = {code: None for code in range(0x20) if chr(code) not in "\t\n"} | {0x7F: None, ord("\v"): "\n"}
_CONTROLS |= {ord("\f"): "\n", ord("\r"): "\n"}


def clean_text(written: str) -> str:
    r"""Returns a text as lines end by `\n`, without control characters but tabs, and without single surrogates."""
    return whole(written).replace("\r\n", "\n").translate(_CONTROLS)


def clean_line(written: str) -> str:
    """Returns a value of metadata, white space collapsed, without control characters."""
    return " ".join(clean_text(written).split())


def language_code(declared: str) -> str:
    """Returns the two letters a declared language ("fr-FR") begins with, in lower case; "" where it is no such code."""
    match = re.match(r"\s*([A-Za-z]{2})(?![A-Za-z])", declared)
    return match[1].lower() if match else ""


def web_address(written: str) -> str:
    """Returns an http or https address; "" for anything else."""
    return written.strip() if re.fullmatch(r"\s*https?://\S+\s*", written, re.IGNORECASE) else ""


_NO_TITLE = re.compile(
    r"(?:microsoft word|powerpoint|microsoft powerpoint) ?- .*|(?:untitled|sans titre|document|unknown|titre|title)"
    r"[ -]?\d*|\(anonymous\)|[\w.() -]*\.(?:docx?|dotx?|odt|rtf|indd|qxd|qxp|pdf|ps|tex|dvi|txt|html?|pages)|\W*",
    re.IGNORECASE,
)


def telling_title(declared: str) -> str:
    """Returns the title that a program wrote into a file's properties; "" where it is a file's name or none."""
    title = clean_line(declared)
    return "" if _NO_TITLE.fullmatch(title) else title


_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, which begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CHARSET = re.compile(rb"(?i)<(?:meta|\?xml)\b[^>]*?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)")
# Declared Latin-1 is not in the list: such pages are UTF-8 or cp1252, which are tried anyway.
_DECLARABLE = re.compile(r"(windows-|cp)125[013-8]|iso-8859-\d\d?|koi8-[ru]|gb18030|big5|cp9\d\d|euc-jp")
_WIDER = {"gbk": "gb18030", "gb2312": "gb18030", "shift_jis": "cp932", "euc-kr": "cp949"}
_STRANGE = [chr(code) for code in range(0x20) if chr(code) not in "\t\n\v\f\r\x1b"] + ["\x7f"]


def decode(data: bytes, *, is_html: bool = False) -> str:
    r"""Returns the characters of a file, `\r\n` and `\r` as `\n`: BOM, `<meta>` (HTML), UTF-8, UTF-16, cp1252.

    Raises:
        ArticleError: the bytes are in none of these, or are not text.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            text = _decoded(data[len(bom) :], (encoding,))
            break
    else:
        text = _decoded(data, _encodings(data, is_html=is_html))
    controls = sum(map(text.count, _STRANGE))
    if "\0" in text or (controls >= 3 and controls * 100 > len(text)):
        raise ArticleError(
            f"a binary file ({controls:,} control characters among {len(text):,}), text wanted; export it as UTF-8 text"
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(data: bytes, encodings: Iterator[str] | tuple[str, ...]) -> str:
    tried = []
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):  # LookupError: declared, but no such encoding
            tried.append(encoding)
    found = f"a binary file, or text that is not {' or '.join(tried)}"
    raise ArticleError(f"{found}, UTF-8 wanted; save the file as UTF-8")


def _encodings(data: bytes, *, is_html: bool) -> Iterator[str]:
    declared = _CHARSET.search(data[:4096]) if is_html else None
    if declared:
        name = declared[1].decode("ascii", "replace").lower()
        name = _WIDER.get(name, name)
        if _DECLARABLE.fullmatch(name) and name != "iso-8859-1":
            yield name
    # UTF-16 without a BOM: spaces, digits and Latin letters leave NULs on one side of each pair.
    even, odd = data[:4000:2].count(0), data[1:4000:2].count(0)
    if max(even, odd) * 40 > len(data[:4000]) and min(even, odd) * 10 <= max(even, odd):
        yield "utf-16-le" if odd > even else "utf-16-be"
    yield "utf-8"
    yield "cp1252"
