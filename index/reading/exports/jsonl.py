"""Files of many articles: one JSON object a line."""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any

from index.reading.content import ArticleError, FileEntry, clean_line
from index.reading.exports.records import content_of, key_of, kind_named

MAX_LINES = 20_000
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
        key = key_of(values) or key
        return FileEntry(key, content_of(values))
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
        raise ArticleError(f'{kind_named(values)}, an object like {{"title": …, "text": …}} wanted; correct the line')
    return values
