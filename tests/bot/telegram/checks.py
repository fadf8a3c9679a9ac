"""Two judges of what the bot sends: aiogram's models for calls, kurigram's parser for texts."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any

from aiogram import methods
from pydantic import ValidationError
from pyrogram.parser.html import HTML, Parser

from bot.telegram.sending.markup import MOST_BYTES, MOST_ENTITIES, MOST_UNITS, units

TAGS = {"a", "b", "i", "blockquote"}  # ours
_OPENED = re.compile(r"<(/?)([a-z]+)([^<>]*)>")


def objections_to(method: str, fields: dict[str, Any]) -> list[str]:
    """Returns what is wrong with a call: nothing, mostly."""
    model = getattr(methods, method[0].upper() + method[1:])
    found = [f"{method}: unknown parameter {name}" for name in fields if name not in model.model_fields]
    try:
        model.model_validate({name: _decoded(name, value) for name, value in fields.items()})
    except ValidationError as error:
        found.append(f"{method}: {error}")
    if "text" in fields and fields.get("parse_mode") == "HTML":
        found += [f"{method}: {problem}" for problem in problems_of(fields["text"])]
    elif len(str(fields.get("text", ""))) > MOST_UNITS:
        found.append(f"{method}: plain text too long")
    return found


def _decoded(name: str, value: Any) -> Any:
    if name in ("reply_markup", "reply_parameters", "link_preview_options", "results", "commands", "allowed_updates"):
        return json.loads(value)
    return value


def problems_of(html: str) -> Iterator[str]:
    """Yields what is wrong with a text: limits, tags that are not ours, nesting, what kurigram finds."""
    found = parsed(html)
    if not found["message"].strip():
        yield "empty text"
    if units(found["message"]) > MOST_UNITS:
        yield f"{units(found['message'])} units"
    if len(html.encode()) > MOST_BYTES:
        yield f"{len(html.encode())} bytes"
    if len(found["entities"] or ()) > MOST_ENTITIES:
        yield f"{len(found['entities'])} entities"
    yield from _nesting(html)


def _nesting(html: str) -> Iterator[str]:
    """Yields what Telegram's parser refuses and an HTML parser forgives."""
    opened: list[str] = []
    for closing, tag, rest in _OPENED.findall(html):
        if tag not in TAGS:
            yield f"tag {tag}"
        if not closing:
            opened.append(tag)
        elif not opened or opened.pop() != tag or rest:
            yield f"</{tag}> out of place"
    if opened:
        yield f"{opened} not closed"
    rest = _OPENED.sub("", html)
    if "<" in rest or ">" in rest or re.search(r"&(?!(?:lt|gt|amp|quot|#x27);)", html):
        yield "a character that is not escaped"


def parsed(html: str) -> dict[str, Any]:
    """Returns text and entities as kurigram sees them."""
    found: dict[str, Any] = asyncio.run(HTML(None).parse(html)) if not _is_running() else _parsed_here(html)
    return found


def _is_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _parsed_here(html: str) -> dict[str, Any]:
    """The same without an event loop of its own: the parser itself waits for nothing."""
    parser = Parser(None)  # type: ignore[arg-type]  # a client is only needed for mentions
    parser.feed(html)
    parser.close()
    return {"message": parser.text, "entities": parser.entities}
