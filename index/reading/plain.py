"""Markdown and plain text: front matter as metadata, the rest as it is."""

from __future__ import annotations

import re
from typing import TypeGuard

import yaml
from frontmatter.default_handlers import YAMLHandler

from index.reading.content import ArticleError, Content, clean_line, language_code, web_address
from index.text.bylines import AUTHOR_KEYS, author_named, byline
from index.text.dates import declared_date, head_date
from index.text.visible import whole

FRONT_MATTER_CHARACTERS = 20_000
DATED_CHARACTERS = 4_000  # hold the lines that may name the day


def read_plain(text: str) -> Content:
    """Returns the text without its front matter, and what that says.

    Raises:
        ArticleError: broken, unsafe or endless front matter.
    """
    meta, body = _split_front_matter(text)
    dates = (declared_date(meta.get(key, "")) for key in ("date", "published", "published_time"))
    return Content(
        meta.get("title", ""),
        body,
        next(filter(None, dates), None) or head_date(body[:DATED_CHARACTERS].split("\n")),
        language_code(meta.get("language") or meta.get("lang", "")),
        clean_line(meta.get("source") or meta.get("outlet", "")),
        web_address(meta.get("url") or meta.get("link", "")),
        author_named(next(filter(None, map(meta.get, AUTHOR_KEYS)), "")) or byline(body.split("\n")),
    )


_FRONT_MATTER = re.compile(r"(?:#.*\n|\s)*(?:[!{]|[\"']?[A-Za-z_][\w-]*[\"']?:(?:\s|$))")


class _PlainLoader(yaml.SafeLoader):
    """Strings, lists, mappings and nothing else: `no` stays Norwegian, 31 February is no error."""


_PlainLoader.yaml_implicit_resolvers = {}
_PlainLoader.yaml_constructors = {
    tag: build
    for tag, build in yaml.SafeLoader.yaml_constructors.items()
    if tag is None or tag.rpartition(":")[2] in {"str", "seq", "map"}
}


def _split_front_matter(text: str) -> tuple[dict[str, str], str]:
    """Returns the front matter's scalar values by lower-case key, several authors joined, and what follows it."""
    handler, stripped = YAMLHandler(), text.lstrip()
    if not handler.detect(stripped):
        return {}, text
    try:
        block, body = handler.split(stripped)
    except ValueError:  # no closing line: a horizontal rule
        return {}, text
    if block.strip() and not _FRONT_MATTER.match(block.removeprefix("\n")):
        return {}, text
    if len(block) > FRONT_MATTER_CHARACTERS:
        raise ArticleError(
            f"front matter of {len(block):,} characters, at most {FRONT_MATTER_CHARACTERS:,}; "
            "shorten it or close it by ---"
        )
    try:
        values = handler.load(block, Loader=_PlainLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        found = " ".join(str(getattr(error, "problem", None) or error).split())
        raise ArticleError(
            f"front matter that cannot be read ({found}), lines like 'title: …' wanted; correct or remove it"
        ) from error
    if not isinstance(values, dict):
        return ({}, text) if values else ({}, body)
    said = {str(key).lower(): value for key, value in values.items()}
    said |= {key: ", ".join(filter(_is_text, said[key])) for key in AUTHOR_KEYS if isinstance(said.get(key), list)}
    return {key: whole(value) for key, value in said.items() if _is_text(value)}, body


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str)
