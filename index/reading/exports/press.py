"""What archives of the press export as text: Nexis in its two forms, Factiva with or without its codes of fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile

from index.reading.content import ArticleError, Content, FileEntry, clean_line
from index.reading.exports.parts import day_within, entries_of
from index.text.bylines import AUTHOR_KEYS, author_named
from index.text.dates import declared_date

_HEADER_LINES = 15
_AUTHOR_CHARACTERS = 60
_COVER_CHARACTERS = 1_000  # before the first article, at most
_LEAD_CHARACTERS = 80  # of what a label names; shorter ones are places, sections and numbers
_WRAPPED_CHARACTERS = 85  # at which the older text of Nexis breaks its lines

# "1 of 12 DOCUMENTS", "Document 1 de 12"
_NEXIS = re.compile(
    r"^[ \t]*(?:(?P<n1>\d{1,4}) (?P<l1>\w{1,4}) (?P<of1>\d{1,4}) (?P<w1>[A-ZÀ-Ý]{6,12})|"
    r"(?P<w2>[^\W\d_]{6,12}) (?P<n2>\d{1,4}) (?P<l2>\w{1,4}) (?P<of2>\d{1,4}))[ \t]*$",
    re.MULTILINE,
)
_NEXIS_END = re.compile(r"^[ \t]*End of Document[ \t]*$", re.MULTILINE)
_LABEL = re.compile(r"([A-ZÀ-Ý][A-ZÀ-Ý' -]{2,30}) ?:(?:[ \t]+(\S.*)|\s*)", re.DOTALL)  # "BYLINE: Ana Rouxel"
_UNI_LABEL = re.compile(r"([^\W\d_][\w-]{2,20}): +(\S.*)")  # "Byline: Ana Rouxel"
_RIGHTS = re.compile(r"[ \t]*(?:Copyright\b|©|\(c\) ?\d{4})", re.IGNORECASE)
# "Document LEMOND0020250312el3c0001p": code of the outlet, day, number
_FACTIVA_END = re.compile(
    r"^(?:AN\b[ \t|]*)?[^\W\d_]{4,12}[ \t]+([A-Z0-9]{4,14}(?:19|20)\d{6}[a-z0-9]{5,16})[ \t|]*$", re.MULTILINE
)
_FACTIVA_FIELD = re.compile(r"([A-Z]{2,3})(?:[ \t]*\|[ \t]*|[ \t]+|$)(.*)")
_FACTIVA_CODES = frozenset([
    "SE", "HD", "BY", "CR", "WC", "PD", "ET", "SN", "SC", "ED", "PG", "VOL", "LA", "CY", "LP", "TD", "CT", "ART",
    "RF", "CO", "IN", "NS", "RE", "IPC", "IPD", "PUB", "AN", "CLM", "CX", "DLN",
])  # fmt: skip
_COUNT = re.compile(r"[\d., \u00a0\u202f]{1,9} [^\W\d_]{3,8}")  # "350 mots"


def read_press(text: str) -> list[FileEntry]:
    """Returns the articles of an archive's export under their numbers there; none where a text is no such export."""
    if marks := _marks(text):
        ends = [*(mark.start() for mark in marks[1:]), len(text)]
        named = ((mark["n1"] or mark["n2"], text[mark.end() : end]) for mark, end in zip(marks, ends, strict=True))
        return _entries((number, _nexis(chunk)) for number, chunk in named)
    if _FACTIVA_END.search(text):
        pieces = _FACTIVA_END.split(text)
        return _entries(zip(pieces[1::2], map(factiva_article, pieces[:-1:2]), strict=True))
    chunks = _NEXIS_END.split(text)[:-1]
    if chunks and all(re.search(r"^Body[ \t]*$", each, re.MULTILINE) for each in chunks):
        return _entries(("", _nexis_uni(each)) for each in chunks)
    return []


def _entries(found: Iterator[tuple[str, Content]]) -> list[FileEntry]:
    empty = ArticleError("no words between its head and its end, an article's text wanted; export it again")
    return entries_of((key, content if content.body.strip() else empty) for key, content in found)


# Nexis ----------------------------------------------------------------------------------------------------------


def _marks(text: str) -> list[re.Match[str]]:
    """Returns the lines that count the articles, each before its own; none where the first is a day, or all is text."""
    first = _NEXIS.search(text)
    if not first or declared_date(first[0].strip()) or len(text[: first.start()].strip()) > _COVER_CHARACTERS:
        return []
    groups = [name for name in ("l1", "of1", "w1", "l2", "of2", "w2") if first[name]]
    marks = [mark for mark in _NEXIS.finditer(text) if all(mark[name] == first[name] for name in groups)]
    return marks if first["w1"] or len(marks) > 1 else []


def _nexis(chunk: str) -> Content:
    """Returns an article of the older form: outlet, day, title, labelled lines, text, labelled lines, rights."""
    blocks = [_unwrapped(block) for block in re.split(r"\n[ \t]*\n", chunk) if block.strip()]
    days = [next(filter(None, map(day_within, block.split("\n"))), None) for block in blocks[:5]]
    at, day = next(((number, day) for number, day in enumerate(days) if day), (-1, None))
    outlet = blocks[0] if at > 0 else ""
    rest = list(takewhile(lambda block: not _RIGHTS.match(block), blocks[at + 1 :]))
    title = rest.pop(0) if rest and not _LABEL.fullmatch(rest[0]) else ""
    labels = [(found[1], found[2] or "") for found in takewhile(bool, map(_LABEL.fullmatch, rest)) if found]
    body = rest[len(labels) :]
    while body and _LABEL.fullmatch(body[-1]) and not body[-1].endswith("."):  # "PARIS: le pont rouvre."
        body.pop()
    leads = [value for _, value in labels if len(value) > _LEAD_CHARACTERS]
    return Content(clean_line(title), "\n".join(leads + body), day, "", clean_line(outlet), author=_author(labels))


def _nexis_uni(chunk: str) -> Content:
    """Returns an article of the newer form: title, outlet, day, labelled lines, "Body", text, labelled lines."""
    head, _, rest = re.split(r"^(Body)[ \t]*$", chunk, maxsplit=1, flags=re.MULTILINE)
    lines = [line.strip() for line in head.split("\n") if line.strip()]
    labels = [(found[1], found[2]) for line in lines if (found := _UNI_LABEL.fullmatch(line))]
    body = re.split(r"^(?:Classification|Load-Date: .*|Graphic)[ \t]*$", rest, maxsplit=1, flags=re.MULTILINE)[0]
    at = next((number for number, line in enumerate(lines) if number and day_within(line)), 0)
    kept = "\n".join(line.strip() for line in body.split("\n") if line.strip())
    title, outlet = (lines[0] if lines else ""), (lines[at - 1] if at > 1 else "")
    return Content(clean_line(title), kept, day_within(lines[at]) if at else None, "", outlet, author=_author(labels))


def _author(labels: list[tuple[str, str]]) -> str:
    return next((author_named(value) for label, value in labels if label.lower() in AUTHOR_KEYS), "")


def _unwrapped(block: str) -> str:
    """Returns the lines of a paragraph as one, and lines apart that are short."""
    lines = [line.strip() for line in block.strip().split("\n")]
    is_wrapped = all(len(line) <= _WRAPPED_CHARACTERS for line in lines) and len(lines[0]) > _WRAPPED_CHARACTERS / 2
    return (" " if is_wrapped else "\n").join(lines)


# Factiva --------------------------------------------------------------------------------------------------------


def factiva_article(chunk: str) -> Content:
    """Returns an article of Factiva, whose fields have codes ("HD", "PD") or stand in lines of their own."""
    lines = [line.strip() for line in chunk.split("\n")]
    fields = _fields(lines)
    if {"HD", "PD"} <= fields.keys():
        text = "\n".join(filter(None, (fields.get(code, "") for code in ("LP", "TD", "CT"))))
        day = declared_date(clean_line(fields["PD"]))
        author, outlet = author_named(fields.get("BY", "")), clean_line(fields.get("SN", ""))
        return Content(clean_line(fields["HD"]), text, day, "", outlet, author=author)
    return _uncoded([line for line in lines if line])


def _fields(lines: list[str]) -> dict[str, str]:
    """Returns what follows each code, up to the next one."""
    fields: dict[str, list[str]] = {}
    taken: list[str] = []
    for line in lines:
        found = _FACTIVA_FIELD.fullmatch(line)
        if found and found[1] in _FACTIVA_CODES and found[1] not in fields:
            taken = fields.setdefault(found[1], [])
            line = found[2].strip(" |")
        if line:
            taken.append(line)
    return {code: "\n".join(values) for code, values in fields.items()}


def _uncoded(lines: list[str]) -> Content:
    """Returns an article of the usual form: title, author, words counted, day, outlet, …, rights, text."""
    counted = next((number for number, line in enumerate(lines[:_HEADER_LINES]) if _COUNT.fullmatch(line)), 0)
    after = lines[counted + 1 : counted + _HEADER_LINES] if counted else []
    at, day = next(((number, day) for number, line in enumerate(after) if (day := declared_date(line))), (-1, None))
    named = [line for line in after[at + 1 :] if not re.match(r"\d\d?[:h]\d\d", line)] if at >= 0 else []
    rights = next((number for number, line in enumerate(after) if _RIGHTS.match(line)), at)
    body = lines[counted + rights + 2 :] if counted else lines[1:]
    title, author = _title_and_author(lines[: counted or 1])
    return Content(title, "\n".join(body), day, "", named[0] if named else "", author=author_named(author))


def _title_and_author(lines: list[str]) -> tuple[str, str]:
    """Returns which of the first lines are these: a section may stand before, and the author may be missing."""
    *before, last = lines or [""]
    title = max(before, key=len, default="")
    if len(last) > _AUTHOR_CHARACTERS or len(last) > 2 * len(title):
        return clean_line(last), ""
    return clean_line(title), last
