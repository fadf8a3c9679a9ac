"""Markdown and plain text: front matter as metadata, the rest as it is."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from typing import TypeGuard

import yaml
from frontmatter.default_handlers import YAMLHandler

from index.reading.content import ArticleError, Content, clean_line, field_names, language_code, web_address
from index.text.bylines import AUTHOR_KEYS, author_named, byline
from index.text.dates import article_date
from index.text.visible import whole

FRONT_MATTER_CHARACTERS = 20_000


def read_plain(text: str) -> Content:
    """Returns the text without its front matter, and what that says.

    Raises:
        ArticleError: broken, unsafe or endless front matter.
    """
    meta, body = _split_front_matter(text)
    language = language_code(_said(meta, "language"))
    source, address = _said(meta, "source"), _said(meta, "address")
    if web_address(source):  # as web clippers write where a page was
        source, address = "", address or source
    return Content(
        _said(meta, "title"),
        body,
        article_date((meta.get(key, "") for key in _DATE_KEYS), body, language),
        language,
        clean_line(source),
        web_address(address),
        author_named(next(filter(None, map(meta.get, AUTHOR_KEYS)), "")) or byline(body.split("\n")),
    )


_DATE_KEYS = ("date", "published", "published_time", "publishdate", "pubdate", *field_names("day"))


def _said(meta: dict[str, str], what: str) -> str:
    return next(filter(None, map(meta.get, field_names(what))), "")


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
    stripped = text.lstrip()
    block, body, load = _split_yaml(stripped) or _split_toml(stripped) or ("", text, None)
    if load is None:
        return {}, text
    if len(block) > FRONT_MATTER_CHARACTERS:
        raise ArticleError(
            f"front matter of {len(block):,} characters, at most {FRONT_MATTER_CHARACTERS:,}; "
            "shorten it or close it by the line that opens it"
        )
    try:
        values = load(block)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        found = " ".join(str(getattr(error, "problem", None) or error).split())
        raise ArticleError(
            f"front matter that cannot be read ({found}), lines like 'title: …' wanted; correct or remove it"
        ) from error
    if not isinstance(values, dict):
        return ({}, text) if values else ({}, body)
    said = {str(key).lower(): value for key, value in values.items()}
    said |= {key: _names(said[key]) for key in AUTHOR_KEYS if key in said}
    return {key: whole(value) for key, value in said.items() if _is_text(value)}, body


def _names(value: object) -> str:
    """Returns who is named: in words, by an object with a name, or in a list of these."""
    listed = [each.get("name") if isinstance(each, dict) else each for each in _listed(value)]
    return ", ".join(_WIKI_LINK.sub(r"\1", each) for each in listed if _is_text(each))


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


_WIKI_LINK = re.compile(r"\[\[([^\[\]|]*)(?:\|[^\[\]]*)?\]\]")  # of a note about whom it names


def _split_yaml(text: str) -> tuple[str, str, Callable[[str], object]] | None:
    """Returns the block between two lines of ---, what follows, and how the block is read; None where there is none."""
    handler = YAMLHandler()
    if not handler.detect(text):
        return None
    try:
        block, body = handler.split(text)
    except ValueError:  # no closing line: a horizontal rule
        return None
    is_meant = not block.strip() or _FRONT_MATTER.match(block.removeprefix("\n"))
    return (block, body, _load_yaml) if is_meant else None


def _load_yaml(block: str) -> object:
    try:
        return YAMLHandler().load(block, Loader=_PlainLoader)
    except yaml.YAMLError:  # "title: Crue à Lorbec : le pont fermé"
        quoted = _UNQUOTED.sub(_quoted, block)
        if quoted == block:
            raise
        return YAMLHandler().load(quoted, Loader=_PlainLoader)


def _quoted(line: re.Match[str]) -> str:
    inner = re.fullmatch(r"'([^'\n]*\w'\w[^'\n]*)'", line[2])  # 'L'eau monte'
    return f"{line[1]}{json.dumps(inner[1] if inner else line[2], ensure_ascii=False)}"


# values of words that YAML takes for more: with a colon, a comment's sign, or quotes or brackets about some of them
_UNQUOTED = re.compile(
    r"^([\w-]+:[ \t]+)(?![|>&*!?{])([@%`][^\n]*?|(?![\"'\[])[^\n]*?(?::| #)[^\n]*?|\"[^\"\n]*\"[^\n]+?|"
    r"'[^'\n]*'[^\n]+?|\[[^\]\n]*\][^\n]+?)[ \t]*$",
    re.MULTILINE,
)
_TOML = re.compile(r"\+\+\+[ \t]*\n(.*?)^\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)


def _split_toml(text: str) -> tuple[str, str, Callable[[str], object]] | None:
    """Returns the block between two lines of +++, as `_split_yaml`."""
    found = _TOML.match(text)
    return (found[1], text[found.end() :], _load_toml) if found else None


def _load_toml(block: str) -> dict[str, object]:
    """Returns the values of TOML as text, lists as they are."""
    return {key: value if isinstance(value, list) else str(value) for key, value in tomllib.loads(block).items()}


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str)
