"""What one article of a file holds before its cleaning, and the error of bytes that hold none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from index import ArticlebotError


class ArticleError(ArticlebotError, ValueError):
    """A file that cannot be read as an article: value found, value wanted, next step, on one line."""


@dataclass(frozen=True, slots=True)
class Content:
    """What one article's bytes hold, before cleaning (index/cleaning.py). "" or None: they do not say."""

    title: str  # declared, or shown as the title; a first line is still part of the body
    body: str
    published: date | None
    language: str  # two lower-case letters
    source: str
    url: str  # http or https


@dataclass(frozen=True, slots=True)
class Entry:
    """One article of a file: what it holds, or why it could not be read."""

    key: str  # tells it from the file's others; "" in a file that holds one article
    content: Content | ArticleError


def whole(written: str) -> str:
    """Return a text with pairs of surrogates joined and single ones as U+FFFD: no file takes them."""
    return written.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


_CONTROLS = {code: None for code in range(0x20) if chr(code) not in "\t\n"} | {0x7F: None, ord("\v"): "\n"}
_CONTROLS |= {ord("\f"): "\n", ord("\r"): "\n"}


def plain(written: str) -> str:
    r"""Return a text as lines end by `\n`, without control characters but tabs, and without single surrogates."""
    return whole(written).replace("\r\n", "\n").translate(_CONTROLS)


def one_line(written: str) -> str:
    """Return a value of metadata, white space collapsed, without control characters."""
    return " ".join(plain(written).split())


def language_code(declared: str) -> str:
    """Return the two letters a declared language ("fr-FR") begins with, in lower case; "" where it is no such code."""
    match = re.match(r"\s*([A-Za-z]{2})(?![A-Za-z])", declared)
    return match[1].lower() if match else ""


def web_address(written: str) -> str:
    """Return an http or https address; "" for anything else."""
    return written.strip() if re.fullmatch(r"\s*https?://\S+\s*", written, re.IGNORECASE) else ""


_NO_TITLE = re.compile(
    r"(?:microsoft word|powerpoint|microsoft powerpoint) ?- .*|(?:untitled|sans titre|document|unknown|titre|title)"
    r"[ -]?\d*|\(anonymous\)|[\w.() -]*\.(?:docx?|dotx?|odt|rtf|indd|qxd|qxp|pdf|ps|tex|dvi|txt|html?|pages)|\W*",
    re.IGNORECASE,
)


def telling_title(declared: str) -> str:
    """Return the title that a program wrote into a file's properties; "" where it is a file's name or none."""
    title = one_line(declared)
    return "" if _NO_TITLE.fullmatch(title) else title
