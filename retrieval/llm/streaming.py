"""Reads a model's answer while it is written: each sentence as soon as its JSON object closes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_FENCE = re.compile(r"`{3}\w*|[\[\]{},\s]*")
_INNERMOST = re.compile(r"\{[^{}]*(?:\}|$)")
_SOURCE = re.compile(r'"source"\s*:\s*\[?\s*"?\[?\s*(\d{1,6})(?!\d)')
_DIGITS = re.compile(r"\[?(\d{1,6})(?!\d)")
_TEXT = re.compile(r'"text"\s*:\s*"((?:[^"\\]|\\.)*)(")?', re.DOTALL)
_TEXT_WITH_QUOTES = re.compile(r'"text"\s*:\s*"(.*)"\s*(?:,\s*"source"\s*:\s*"?\d+"?\s*)?\}', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence that the model proposes."""

    text: str
    source: int  # number of the sentence that it points to
    whole: bool = True  # False: it was cut within


class AnswerReader:
    """Takes the pieces of `{"answer": [{"source": 3, "text": "…"}]}` and gives the claims in it.

    Whatever stands around them is no harm: a fence, an opening phrase, several objects on a line or one over many
    lines, an end that never comes. The innermost objects are read; the others only hold them.
    """

    def __init__(self) -> None:
        self.claims = 0
        self.unreadable = 0  # objects and lines that were no claim
        self.refused = False  # {"answer": []}
        self._outside = ""  # the line begun outside of all objects
        self._held = ""  # from the outermost brace that is open
        self._read = 0  # of `_held`: where the last innermost object ended
        self._open: list[int] = []  # where in `_held` each open brace stands
        self._is_innermost = False  # whether no object was closed since the last brace opened
        self._in_text = False
        self._escaped = False

    def feed(self, piece: str) -> Iterator[Claim]:
        """Yields the claims that this piece completes."""
        for sign in piece:
            if self._open:
                yield from self._inside(sign)
            elif sign == "{":
                self._line_ends()
                self._held, self._read, self._open, self._is_innermost = sign, 0, [0], True
                self._in_text = self._escaped = False
            elif sign == "\n":
                self._line_ends()
            else:
                self._outside += sign

    def end(self) -> Iterator[Claim]:
        """Yields what can be read of an object that was cut, once nothing more comes."""
        self._line_ends()
        left = self._held[self._read :] if self._open else ""
        self._open = []
        claims = [claim for found in _INNERMOST.finditer(left) if (claim := _cut_claim(found[0]))]
        self.claims += len(claims)
        yield from claims
        if left and not claims and not _FENCE.fullmatch(left):
            self.unreadable += 1

    def _inside(self, sign: str) -> Iterator[Claim]:
        self._held += sign
        if self._in_text:
            self._in_text = self._escaped or sign != '"'
            self._escaped = sign == "\\" and not self._escaped
        elif sign == '"':
            self._in_text = True
        elif sign == "{":
            self._open.append(len(self._held) - 1)
            self._is_innermost = True
        elif sign == "}":
            begun = self._open.pop()
            if self._is_innermost:
                self._read = len(self._held)
                yield from self._object(self._held[begun:])
            self._is_innermost = False

    def _object(self, written: str) -> Iterator[Claim]:
        told = _loaded(written)
        claim = _claim(told) or _cut_claim(written)
        if isinstance(told, dict) and "answer" in told and not told["answer"]:
            self.refused = True
        elif claim:
            self.claims += 1
            yield claim
        else:
            self.unreadable += 1

    def _line_ends(self) -> None:
        if not _FENCE.fullmatch(self._outside):
            self.unreadable += any(map(str.isalnum, self._outside))
        self.refused = self.refused or self._outside.strip() == "[]"
        self._outside = ""


def _loaded(written: str) -> Any:  # noqa: ANN401  any JSON value
    try:
        return json.loads(written, strict=False)
    except (ValueError, RecursionError):
        return None


def _claim(told: Any) -> Claim | None:  # noqa: ANN401  any JSON value
    if not isinstance(told, dict) or not isinstance(told.get("text"), str):
        return None
    number = _number(told.get("source"))
    return None if number is None else Claim(told["text"], number)


def _number(value: Any) -> int | None:  # noqa: ANN401  any JSON value
    """Returns the number that 3, "3", "[3]" and [3, 4] begin with; None where there is none."""
    while isinstance(value, list) and value:
        value = value[0]
    found = _DIGITS.match(str(value)) if isinstance(value, int | float | str) else None
    return int(found[1]) if found else None


def _cut_claim(written: str) -> Claim | None:
    """Returns the claim of an object that is no JSON: cut, or with quotation marks of its own in the text."""
    source = _SOURCE.search(written)
    text = _TEXT_WITH_QUOTES.search(written) or _TEXT.search(written)
    if not source or not text or not text[1].strip():
        return None
    whole = text.re is _TEXT_WITH_QUOTES or bool(text[2])
    plain = text[1] if whole else re.sub(r"\\(?:u[\da-fA-F]{0,3})?$", "", text[1])
    told = _loaded(f'"{plain}"')
    return Claim(told if isinstance(told, str) else plain.replace('\\"', '"'), int(source[1]), whole)
