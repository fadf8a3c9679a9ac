"""What people say to a bot that is no question about the articles."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from index.text.by_language import read_tables
from index.text.folding import fold

Smalltalk: TypeAlias = Literal["hello", "thanks", "help", "newest", "empty"]

_TABLES = read_tables(Path(__file__).with_suffix(".toml"), joined="small_talk")
_WORDS = _TABLES[""]
_PATTERNS: dict[Smalltalk, re.Pattern[str]] = {
    kind: re.compile(_WORDS["before"] + _TABLES["said"][kind] + _WORDS["after"]) for kind in get_args(Smalltalk)
}
_CLAUSES = re.compile(_WORDS["clauses"])
_VAGUE_HELP, _VAGUE_NEWS = re.compile(_WORDS["vague_help"]), re.compile(_WORDS["vague_newest"])
_FIRST: tuple[Smalltalk, ...] = ("help", "newest", "thanks", "hello", "empty")  # what a message of several is
_LINK = re.compile(r"(?:(?:https?://|www\.)\S+\s*)+")  # alone: nothing is asked


def smalltalk(message: str, *, first: bool = True) -> Smalltalk | None:
    """Returns what a message is when it is nothing but a greeting, thanks, a call for help, or "what is new".

    "empty" is what asks nothing at all: a laugh, a yes, abuse, a link.

    Args:
        message: what was typed.
        first: whether nothing was asked before it in this conversation, or it names a time of its own.
    """
    folded = fold(message.strip())
    if _LINK.fullmatch(folded):
        return "empty"
    if len(folded) > 80:
        return None
    if first and _VAGUE_HELP.fullmatch(folded):
        return "help"
    if first and _VAGUE_NEWS.fullmatch(folded):
        return "newest"
    said = {_said(clause) for clause in _CLAUSES.split(folded) if clause.strip()}
    return _said(folded) or (None if None in said else next((kind for kind in _FIRST if kind in said), None))


def _said(folded: str) -> Smalltalk | None:
    return next((kind for kind, pattern in _PATTERNS.items() if pattern.fullmatch(folded)), None)
