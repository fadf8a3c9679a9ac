"""An article as an object of JSON or a row of a table: its fields by the names that programs give them."""

from __future__ import annotations

import re
from typing import Any

from index.reading.content import ArticleError, Content, clean_line, clean_text, field_names, language_code, web_address
from index.reading.exports.parts import KEY_CHARACTERS, unmarked
from index.text.bylines import AUTHOR_KEYS, author_named, byline
from index.text.dates import article_date

# names of fields in our own files, as news-please, JSON Feed and the programs that sell news write them, then as people
_TITLES = ("title", *field_names("title"))
_PLAIN = ("text", "maintext")
_MARKED_UP = ("content", "content_text", "content_html", *field_names("text"))
TEXT_FIELDS = (*_PLAIN, *_MARKED_UP)
_LEADS = ("description", "summary")
_DAYS = (
    "published", "date", "publishedat", "published_at", "date_publish", "date_published", "pubdate", "datepublished",
    "publication_date", *field_names("day"),
)  # fmt: skip
_SOURCES = ("source", "source_name", "source_domain", "site", *field_names("source"))
ADDRESS_FIELDS = ("url", *field_names("address"))
_LANGUAGES = ("language", *field_names("language"))
_OWN = frozenset(["id", "title", "text", "published", "date", "language", "lang", "source", "url"])
_CUT = re.compile(r"\s*\[\+?\d+ chars\]\s*$")  # where a text was cut, and how much is missing


def content_of(written: dict[str, Any]) -> Content:
    """Returns the article that an object is.

    Raises:
        ArticleError: no text in it, or a field that is of another type than text.
    """
    values = {key.strip().lower(): value for key, value in written.items()}
    body = _body(values)
    if not body.strip():
        raise ArticleError("no words in the field 'text', the article's text wanted; add it or remove the line")
    language = language_code(field_text(values, *_LANGUAGES))
    return Content(
        clean_line(unmarked(field_text(values, *_TITLES))),
        body,
        article_date([field_text(values, *_DAYS)], body, language),
        language,
        clean_line(_name(values, *_SOURCES)),
        web_address(clean_line(field_text(values, *ADDRESS_FIELDS))),
        _author(values) or byline(body.split("\n")),
    )


def key_of(values: dict[str, Any]) -> str:
    """Returns the field "id", a string or a whole number, on one line; "" where there is none."""
    value = values.get("id")
    written = value if isinstance(value, int) and not isinstance(value, bool) else field_text(values, "id")
    key = clean_line(str(written))
    if len(key) > KEY_CHARACTERS:
        raise ArticleError(f"an id of {len(key):,} characters, at most {KEY_CHARACTERS}; shorten it")
    return key


def _body(values: dict[str, Any]) -> str:
    """Returns the text; where it was cut, or there is none, with the lead or as the lead tells it."""
    text = clean_text(field_text(values, *_PLAIN)) or unmarked(field_text(values, *_MARKED_UP))
    lead = unmarked(field_text(values, *_LEADS))
    if text.strip() and not _CUT.search(text):
        return text
    text = _CUT.sub("", text)
    return text if text.startswith(lead.strip()[:40]) else f"{lead}\n{text}"


def _author(values: dict[str, Any]) -> str:
    """Returns who is named as author, a string or a list of them; what is neither is none, and no reason to fail."""
    named = next((values[key] for key in (*AUTHOR_KEYS, "creator") if values.get(key)), "")
    each = [
        one.get("name") if isinstance(one, dict) else one for one in (named if isinstance(named, list) else [named])
    ]
    return author_named(", ".join(one for one in each if isinstance(one, str)))


def _name(values: dict[str, Any], *names: str) -> str:
    """Returns a field that is a name, or an object that has one."""
    named = {key: value["name"] for key, value in values.items() if isinstance(value, dict) and value.get("name")}
    return field_text(values | named, *names)


def field_text(values: dict[str, Any], *names: str) -> str:
    """Returns the first of these fields that says something; "" where none does.

    Raises:
        ArticleError: one of our own fields is not a string; what others call so may be something else.
    """
    for name in names:
        value = values.get(name)
        if isinstance(value, str) and value.strip():
            return value
        if value is not None and not isinstance(value, str) and name in _OWN:
            raise ArticleError(f"{kind_named(value)} in the field '{name}', a string wanted; correct the line")
    return ""


def kind_named(value: object) -> str:
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
