"""Collections of articles in one file of JSON, as programs that gather news keep them, or in a table."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from index.reading.content import ArticleError, Content, FileEntry
from index.reading.exports.parts import entries_of, excerpt
from index.reading.exports.records import ADDRESS_FIELDS, TEXT_FIELDS, content_of, field_text, key_of
from index.reading.exports.telegram import is_telegram, telegram_posts

_SEPARATORS = ",;\t|"
_WANTED = 'objects like {"title": …, "text": …} wanted'


def read_json(text: str) -> list[FileEntry]:
    """Returns the articles of a file: a list of objects, an object that holds one, one article, a Telegram export.

    The key is the field "id", else the address, else the number.

    Raises:
        ArticleError: no JSON, or nothing in it that could be an article.
    """
    try:
        found = json.loads(text)
    except RecursionError as error:
        raise ArticleError(f"JSON nested too deep, {_WANTED}; leave it out") from error
    except ValueError as error:
        reason = getattr(error, "msg", "a number too long")
        raise ArticleError(f"no JSON ({reason}), {_WANTED}; correct it or leave it out") from error
    if is_telegram(found):
        return entries_of(telegram_posts(found))
    records = _records(found)
    if not records:
        raise ArticleError(f"JSON without articles, {_WANTED}; leave it out")
    return entries_of(map(_record, records))


def read_csv(text: str) -> list[FileEntry]:
    """Returns the articles of a table whose first row names its columns as `read_json` names fields, a row each.

    Raises:
        ArticleError: no column with texts, or no table.
    """
    csv.field_size_limit(len(text) + 1)
    separator = max(_SEPARATORS, key=text.partition("\n")[0].count)
    rows = csv.DictReader(io.StringIO(text), delimiter=separator, restkey="")
    try:
        names = [name.strip().lower() for name in rows.fieldnames or ()]
        if not set(names) & set(TEXT_FIELDS):
            shown = excerpt(", ".join(names))
            raise ArticleError(f"a table of the columns '{shown}', one called 'text' wanted; name it in the first row")
        return entries_of(map(_record, _filled(rows)))
    except csv.Error as error:
        raise ArticleError(f"a table that cannot be read ({error}), CSV wanted; save it again") from error


def _filled(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        if any(isinstance(value, str) and value.strip() for value in row.values()):
            yield {name: value for name, value in row.items() if name and isinstance(value, str)}


def _records(found: Any) -> list[Any]:  # noqa: ANN401  any JSON value
    """Returns the objects that are articles: of the longest list that has some, within two objects at most."""
    lists = [each for each in _within(found) if any(map(_is_article, each))]
    if lists:
        return max(lists, key=len)
    return [found] if _is_article(found) else []


def _within(found: Any, depth: int = 3) -> Iterator[list[Any]]:  # noqa: ANN401  as above
    if isinstance(found, list):
        yield found
    elif isinstance(found, dict) and depth:
        for value in found.values():
            yield from _within(value, depth - 1)


def _is_article(value: Any) -> bool:  # noqa: ANN401  as above
    names = {key.lower() for key in value} if isinstance(value, dict) else set()
    return bool(names & set(TEXT_FIELDS)) or names >= {"title", "description"}


def _record(values: Any) -> tuple[str, Content | ArticleError]:  # noqa: ANN401  as above
    if not isinstance(values, dict):
        return "", ArticleError(f"no object, {_WANTED}; correct it")
    key = ""
    try:
        key = key_of(values) or field_text({name.lower(): value for name, value in values.items()}, *ADDRESS_FIELDS)
        return key, content_of(values)
    except ArticleError as error:
        return key, error
