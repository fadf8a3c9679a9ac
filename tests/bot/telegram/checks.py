"""Two judges of what the bot sends: aiogram's models for calls and entities, kurigram's parser for what is shown."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from aiogram import methods
from aiogram.types import MessageEntity as ModelOfEntity
from aiogram.utils.text_decorations import html_decoration
from pydantic import ValidationError
from pyrogram.parser.html import HTML
from telegram import MessageEntity

from bot.telegram.sending.formatting import MOST_ENTITIES, MOST_UNITS
from bot.telegram.state.answers import units

KINDS = {"bold", "italic", "text_link", "expandable_blockquote"}  # ours
_JSON = (
    "reply_markup",
    "reply_parameters",
    "link_preview_options",
    "results",
    "commands",
    "scope",
    "allowed_updates",
    "entities",
)


class Formatted(Protocol):
    """A text with entities: one that is sent, or one that is shown."""

    @property
    def text(self) -> str: ...
    @property
    def entities(self) -> tuple[MessageEntity, ...]: ...


def objections_to(method: str, fields: dict[str, Any]) -> list[str]:
    """Returns what is wrong with a call: nothing, mostly."""
    model = getattr(methods, method[0].upper() + method[1:])
    found = [f"{method}: unknown parameter {name}" for name in fields if name not in model.model_fields]
    decoded = {name: json.loads(value) if name in _JSON else value for name, value in fields.items()}
    try:
        model.model_validate(decoded)
    except ValidationError as error:
        found.append(f"{method}: {error}")
    if "parse_mode" in fields:
        found.append(f"{method}: formatted by tags")
    if method in ("sendMessage", "editMessageText"):
        entities = MessageEntity.de_list(decoded.get("entities", []), None)
        found += [f"{method}: {problem}" for problem in problems_of(fields["text"], entities)]
    for result in decoded.get("results", []):
        content = result["input_message_content"]
        entities = MessageEntity.de_list(content.get("entities", []), None)
        found += [f"{method}: {problem}" for problem in problems_of(content["message_text"], entities)]
    return found


def problems_of(text: str, entities: Sequence[MessageEntity]) -> Iterator[str]:
    """Yields what is wrong with a text: limits, entities that are not ours, beside the text, empty, or cut in two."""
    if not text.strip():
        yield "empty text"
    if units(text) > MOST_UNITS:
        yield f"{units(text)} units"
    if len(entities) > MOST_ENTITIES:
        yield f"{len(entities)} entities"
    yield from _wrong_ranges(text, entities)
    for each in entities:
        is_linked = bool(re.fullmatch(r'https?://[^\s<>"]+', each.url or "", re.IGNORECASE))
        if each.type not in KINDS or is_linked != (each.type == "text_link") or (each.url and not is_linked):
            yield f"{each.type} with {each.url}"


def _wrong_ranges(text: str, entities: Sequence[MessageEntity]) -> Iterator[str]:
    encoded = text.encode("utf-16-le")
    for each in entities:
        start, end = each.offset, each.offset + each.length
        if each.length <= 0 or start < 0 or end > units(text):
            yield f"{each.type} from {start} to {end} of {units(text)}"
            continue
        try:
            encoded[2 * start : 2 * end].decode("utf-16-le")
        except UnicodeDecodeError:
            yield f"{each.type} from {start} to {end}: within a character"
        for other in entities:
            if start < other.offset < end < other.offset + other.length:
                yield f"{each.type} and {other.type} overlap"


def html_of(shown: Formatted) -> str:
    """Returns a text as tags show it, by aiogram."""
    entities = [ModelOfEntity.model_validate(each.to_dict()) for each in shown.entities]
    return html_decoration.unparse(shown.text, entities)


def parsed(html: str) -> dict[str, Any]:
    """Returns text and entities as kurigram sees them."""
    seen: dict[str, Any] = asyncio.run(HTML(None).parse(html))
    return seen
