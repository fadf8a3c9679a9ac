"""The cleaning of an article's text: its title line, and the lines that are nothing but pictures."""

from __future__ import annotations

import re

TITLE_CHARACTERS = 200  # a longer first line is a paragraph
HEAD_CHARACTERS = 80  # of the text, where an article has no title
PICTURE_LINE_CHARACTERS = 10_000  # a longer line has words

_ALT = r"!\[(?:[^\[\]\n]|\[[^\[\]\n]*\])*\]"
_TARGET = r"\((?:[^()\n]|\([^()\n]*\))*\)"
_PICTURE_LINE = re.compile(rf"[ \t]*(?:(?:{_ALT}{_TARGET}|\[{_ALT}{_TARGET}\]{_TARGET})[ \t]*)+")
_HEADING = re.compile(r"[ \t]*#{1,6}[ \t]+")
_UNDERLINE = re.compile(r"[ \t]*(?:=+|-{2,})[ \t]*(?:\n|\Z)")
_MARKER = re.compile(r"[ \t]*(?:[-*+]\s|[>|]|```|~~~)")  # list, quotation, table, code: no title
# of every script; it may stand within quotes, brackets or marks of emphasis
_SENTENCE_END = re.compile(r"[.!?…。！？．।॥؟։።][\"'”’»›)\]*_\s]*$")
_MARKUP = (
    (re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)"), r"\1"),
    (re.compile(r"(\*{1,3})(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<!\w)(_{1,3})(?=\S)(.+?)(?<=\S)\1(?!\w)"), r"\2"),
    (re.compile(r"`([^`]+)`"), r"\1"),
    (re.compile(r"\\([\\`*_{}\[\]()#+.!-])"), r"\1"),
)


def without_pictures(body: str) -> str:
    """Returns a text without the lines that are nothing but Markdown's pictures."""
    # the length first: the pattern takes seconds and a gigabyte for a line of ten million characters
    kept = (
        line
        for line in body.split("\n")
        if "](" not in line or len(line) > PICTURE_LINE_CHARACTERS or not _PICTURE_LINE.fullmatch(line)
    )
    return "\n".join(kept).strip()


def split_title(body: str, given: str) -> tuple[str, str]:
    """Returns title and text; the title line leaves the text only where text remains, and never a whole sentence."""
    line, _, rest = body.partition("\n")
    after = _UNDERLINE.sub("", rest, count=1) if _UNDERLINE.match(rest) else rest
    candidate = title_line(line) if len(line) <= TITLE_CHARACTERS else ""
    has_more = has_words(after)
    if given:
        return given, after.strip() if has_more and candidate.casefold() == given.casefold() else body
    # a line that goes on in lower case is the first of a hard-wrapped paragraph
    is_title = _HEADING.match(line) or not (_MARKER.match(line) or rest[:1].islower())
    if has_more and has_words(candidate) and is_title and (_HEADING.match(line) or not _SENTENCE_END.search(line)):
        return candidate, after.strip()
    return _head(body), body


def _head(text: str) -> str:
    lines = (line for line in text.split("\n") if has_words(line))
    first = next(lines, text).strip()
    return title_line(first, HEAD_CHARACTERS) or first[:HEAD_CHARACTERS]  # "[](…)" is all marks


def title_line(title: str, limit: int = TITLE_CHARACTERS) -> str:
    """Returns a title without Markdown marks, white space collapsed, cut at a word."""
    title = title[:1000]
    if heading := _HEADING.match(title):
        title = re.sub(r"[ \t]+#+[ \t]*$", "", title[heading.end() :])
    for pattern, kept in _MARKUP:
        title = pattern.sub(kept, title)
    line = " ".join(title.split())
    return line if len(line) <= limit else line[: limit + 1].rpartition(" ")[0] or line[:limit]


def has_words(text: str) -> bool:
    """Whether a text holds a letter or a digit."""
    return any(map(str.isalnum, text))
