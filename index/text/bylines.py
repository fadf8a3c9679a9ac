"""Who wrote an article, as files declare it and people write it at the head or the end of a text."""

from __future__ import annotations

import re
from collections.abc import Sequence

AUTHOR_KEYS = ("author", "authors", "auteur", "auteurs", "autrice", "autor", "autores", "byline", "by")
_HEAD, _TAIL = 4, 3  # lines with words at the beginning and the end in which a byline is looked for
_CHARACTERS = 90  # a longer line is prose

_PART = r"(?:d['’]|l['’])?[A-ZÀ-ÖØ-ÞА-ЯЁ][\w’'.-]*"
_PARTICLE = r"(?:de|du|des|la|le|von|van|der|den|zu|da|dos|di|del|bin|ben|al|el|y)"
_NAME = rf"{_PART}(?:\s+(?:{_PARTICLE}\s+){{0,2}}{_PART}){{1,4}}"
_NAMES = rf"(?P<names>{_NAME}(?:(?:\s*,\s*|\s+(?:et|and|und|y|&)\s+){_NAME}){{0,3}})"
_BY = r"(?:(?:[Éé]crit|[Tt]exte|[Ww]ritten|[Ss]igné)\s+)?(?:[Pp]ar|PAR|[Bb]y|BY|[Vv]on|VON|[Pp]or|POR)\s+"
_AFTER = r"(?:\s*(?:[,|·•–—/(-].*)?)"  # an outlet, a place, a day
_WITH_BY = re.compile(rf"[\s*_>#]*{_BY}{_NAMES}{_AFTER}[\s*_.]*")
# « — Ana Rouxel », "Ana Rouxel, Le Courrier": at the end only, where headlines and captions do not stand
_SIGNED = re.compile(rf"[\s*_]*(?:[—–-]+\s*{_NAMES}|(?P<alone>{_NAME})\s*,\s*[A-ZÀ-Þ][^.!?]*)[\s*_.]*")


def author_named(declared: str) -> str:
    """Returns the names of a value that declares an author, joined by ", "; "" where it is an address or no name."""
    names = (" ".join(part.split()).strip(" ,;") for part in re.split(r";|\n", declared.replace("\0", "")))
    kept = [re.sub(r"(?i)^(?:par|by|von|por)\s+", "", name) for name in names if name and not _NO_NAME.search(name)]
    return ", ".join(dict.fromkeys(kept))[:200]


_NO_NAME = re.compile(r"https?:|www\.|[@{}<>]|^\W*$|^(?:admin|redaction|unknown|anonymous|none|null)$", re.IGNORECASE)


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
    return ", ".join(re.split(r"\s*,\s*|\s+(?:et|and|und|y|&)\s+", " ".join(names.split())))
