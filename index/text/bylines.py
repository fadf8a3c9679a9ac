"""Who wrote an article, as files declare it and people write it at the head or the end of a text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.text.by_language import ByLanguage
from index.text.folding import fold
from index.text.function_words import PARTICLES

_HEAD, _TAIL = 4, 3  # lines with words at the beginning and the end in which a byline is looked for
_CHARACTERS = 90  # a longer line is prose

_SAID = ByLanguage("published").alternatives()
_PART = r"(?:d['’]|l['’])?[A-ZÀ-ÖØ-ÞА-ЯЁ][\w’'.-]*"
_NAME = rf"{_PART}(?:\s+(?:(?:{PARTICLES})\s+){{0,2}}{_PART}){{1,4}}"
_AND = rf"\s*,\s*|\s+(?:{_SAID['and']}|&)\s+"
_NAMES = rf"(?P<names>{_NAME}(?:(?:{_AND}){_NAME}){{0,3}})"
_BY = rf"(?i:{_SAID['by']})\s+"
_AFTER = r"(?:\s*(?:[,|·•–—/(-].*)?)"  # an outlet, a place, a day
_WITH_BY = re.compile(rf"[\s*_>#]*{_BY}{_NAMES}{_AFTER}[\s*_.]*")
# « — Ana Rouxel », "Ana Rouxel, Le Courrier": at the end only, where headlines and captions do not stand
_SIGNED = re.compile(rf"[\s*_]*(?:[—–-]+\s*{_NAMES}|(?P<alone>{_NAME})\s*,\s*[A-ZÀ-Þ][^.!?]*)[\s*_.]*")
_NO_NAME = re.compile(rf"https?:|www\.|[@{{}}<>]|^\W*$|^(?:{_SAID['nobody']})$", re.IGNORECASE)


def author_named(declared: str) -> str:
    """Returns the names of a value that declares an author, joined by ", "; "" where it is an address or no name."""
    names = (" ".join(part.split()).strip(" ,;") for part in re.split(r";|\n", declared.replace("\0", "")))
    kept = [re.sub(rf"^{_BY}", "", name) for name in names if name and not _NO_NAME.search(fold(name))]
    return ", ".join(dict.fromkeys(kept))[:200]


def byline(lines: Sequence[str]) -> str:
    """Returns the names of the line "Par Ana Rouxel" at the head or the end, or of a signature at the end."""
    filled = [line for line in lines if line.strip()]
    head, tail = filled[:_HEAD], filled[max(len(filled) - _TAIL, 1) :]
    for line in (*head, *tail):
        if len(line) <= _CHARACTERS and (found := _WITH_BY.fullmatch(line)):
            return _joined(found["names"])
    last = filled[-1] if len(filled) > 2 else ""
    if len(last) <= _CHARACTERS and (found := _SIGNED.fullmatch(last)):
        return _joined(found["names"] or found["alone"])
    return ""


def _joined(names: str) -> str:
    return ", ".join(re.split(_AND, " ".join(names.split())))
