"""Files of many articles: one JSON object a line."""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any

from index.reading.content import ArticleError, Content, FileEntry, clean_line, clean_text, language_code, web_address
from index.text.bylines import AUTHOR_KEYS, author_named, byline
from index.text.dates import declared_date, head_date

MAX_LINES = 20_000
KEY_CHARACTERS = 200
_ID = re.compile(r'"id"\s*:\s*("(?:[^"\\]|\\.){1,200}"|\d{1,20})')


def read_jsonl(text: str) -> list[FileEntry]:
    """Returns the articles of a file in its order; a line that holds none is an entry with the reason.

    The key is the field "id", else the line's number. Blank lines count and hold nothing.

    Raises:
        ArticleError: more than `MAX_LINES` lines.
    """
    lines = text.split("\n")
    filled = len(lines) - lines.count("")
    if filled > MAX_LINES:
        raise ArticleError(f"{filled:,} lines, at most {MAX_LINES:,} articles a file; split it")
    entries, seen = [], set[str]()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        entry = _read_line(number, line)
        if entry.key in seen:
            twice = f"line {number}: the id '{entry.key}' again, one of its own wanted; correct or remove the line"
            entry = FileEntry(entry.key, ArticleError(twice))
        seen.add(entry.key)
        entries.append(entry)
    return entries


def _read_line(number: int, line: str) -> FileEntry:
    key = str(number)
    try:
        values = _parsed(line)
        key = _key(values) or key
        return FileEntry(key, _content(values))
    except ArticleError as error:
        if key == str(number) and (named := _ID.search(line)):
            with contextlib.suppress(ValueError):
                key = clean_line(str(json.loads(named[1]))) or key  # so that the article stays as it was
        return FileEntry(key, ArticleError(f"line {number}: {error}"))


def _parsed(line: str) -> dict[str, Any]:
    try:
        values = json.loads(line)
    except RecursionError as error:
        raise ArticleError("JSON nested too deep, one flat object a line wanted; correct or remove the line") from error
    except ValueError as error:  # a number of thousands of digits has no .msg
        found = getattr(error, "msg", "a number too long")
        raise ArticleError(f"no JSON ({found}), one object a line wanted; correct or remove the line") from error
    if not isinstance(values, dict):
        raise ArticleError(f'{_kind(values)}, an object like {{"title": …, "text": …}} wanted; correct the line')
    return values


def _key(values: dict[str, Any]) -> str:
    """Returns the field "id", a string or a whole number, on one line; "" where there is none."""
    value = values.get("id")
    written = value if isinstance(value, int) and not isinstance(value, bool) else _text(values, "id")
    key = clean_line(str(written))
    if len(key) > KEY_CHARACTERS:
        raise ArticleError(f"an id of {len(key):,} characters, at most {KEY_CHARACTERS}; shorten it")
    return key


def _content(values: dict[str, Any]) -> Content:
    body = clean_text(_text(values, "text"))
    if not body.strip():
        raise ArticleError("no words in the field 'text', the article's text wanted; add it or remove the line")
    return Content(
        clean_line(_text(values, "title")),
        body,
        declared_date(_text(values, "published", "date")) or head_date(body[:4_000].split("\n")),
        language_code(_text(values, "language", "lang")),
        clean_line(_text(values, "source")),
        web_address(clean_line(_text(values, "url"))),
        _author(values) or byline(body.split("\n")),
    )


def _author(values: dict[str, Any]) -> str:
    """Returns who is named as author, a string or a list of them; what is neither is none, and no reason to fail."""
    named = next((values[key] for key in AUTHOR_KEYS if values.get(key)), "")
    return author_named(
        ", ".join(each for each in (named if isinstance(named, list) else [named]) if isinstance(each, str))
    )


def _text(values: dict[str, Any], *names: str) -> str:
    """Returns the first of these fields that says something; "" where none does.

    Raises:
        ArticleError: it is not a string.
    """
    for name in names:
        value = values.get(name)
        if isinstance(value, str) and value.strip():
            return value
        if value is not None and not isinstance(value, str):
            raise ArticleError(f"{_kind(value)} in the field '{name}', a string wanted; correct the line")
    return ""


def _kind(value: object) -> str:
    """Returns what a value of JSON is called."""
    return next(name for kind, name in _KINDS if isinstance(value, kind))


_KINDS = (
    (bool, "true or false"),  # before int, which it is too
    ((int, float), "a number"),
    (str, "a string"),
    (list, "a list"),
    (dict, "an object"),
    (type(None), "null"),
)
