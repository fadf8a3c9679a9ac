"""An emulated Telegram on this machine: lo-bot-api-emulator with its gaps filled, and what a user would see."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from lo_bot_api_emulator import ApiRefusal, LoBotApiEmulator
from lo_bot_api_emulator.updates import KINDS
from telegram import MessageEntity

USERNAME = "FixtureBot"
_ACCEPTED = ("setMyDescription", "setMyShortDescription")  # methods of the Bot API that the emulator does not model
_UNKNOWN = ("link_preview_options", "message_thread_id")  # parameters of the Bot API that the emulator refuses

KINDS.add("edited_message")  # the emulator delivers it, but does not let it be put in


@dataclass(frozen=True, slots=True)
class Shown:
    """A message of the bot as a user sees it now."""

    chat_id: int
    message_id: int
    text: str
    entities: tuple[MessageEntity, ...] = ()
    keyboard: tuple[tuple[str, str], ...] = ()  # buttons: (words, data)
    reply_to: int = 0
    edits: int = 0
    thread_id: int | None = None


@dataclass(slots=True)
class Screen:
    """The messages of all chats, in the order in which they were sent."""

    messages: dict[tuple[int, int], Shown] = field(default_factory=dict)
    watchers: list[Callable[[Shown], None]] = field(default_factory=list)

    def apply(self, method: str, fields: dict[str, Any], result: Any) -> None:  # noqa: ANN401  as the API has it
        """Notes what a successful call shows."""
        if method not in ("sendMessage", "editMessageText"):
            return
        key = (int(fields["chat_id"]), int(result["message_id"]))
        shown = _shown(key, fields)
        before = self.messages.get(key)
        if before:
            shown = replace(shown, edits=before.edits + 1, reply_to=before.reply_to, thread_id=before.thread_id)
        self.messages[key] = shown
        for watcher in self.watchers:
            watcher(shown)

    def of(self, chat_id: int) -> list[Shown]:
        """Returns the messages of a chat, oldest first."""
        return [shown for shown in list(self.messages.values()) if shown.chat_id == chat_id]


class Emulator(LoBotApiEmulator):  # type: ignore[misc]  # it has no type information
    """The Bot API as python-telegram-bot uses it; `screen` is what it shows."""

    def __init__(self, **limits: Any) -> None:  # noqa: ANN401
        super().__init__(max_history=1, max_updates=100_000, **limits)
        self.screen = Screen()

    def validate(self, method: str, fields: dict[str, Any], uploads: dict[str, Any]) -> Any:  # noqa: ANN401
        """Returns the result of a call; refused is what Telegram refuses, as far as it is emulated."""
        if method in _ACCEPTED:
            return True
        known = {name: value for name, value in fields.items() if name not in _UNKNOWN}
        result = super().validate(method, known, uploads)
        if method == "getMe":
            result["username"] = USERNAME
        elif method == "sendMessage":
            result["date"] = int(time.time())
            result["chat"]["type"] = "private" if int(fields["chat_id"]) > 0 else "supergroup"
        elif method == "editMessageText":
            self._check_edit(fields)
        self.screen.apply(method, fields, result)
        return result

    def _check_edit(self, fields: dict[str, Any]) -> None:
        """Refuses what Telegram refuses: an edit of what is not there, and one that changes nothing."""
        before = self.screen.messages.get((int(fields["chat_id"]), int(fields["message_id"])))
        if before is None:
            raise ApiRefusal("Bad Request: message to edit not found")
        shown = (str(fields["text"]), _entities(fields), _keyboard(fields.get("reply_markup")))
        if (before.text, before.entities, before.keyboard) == shown:
            raise ApiRefusal("Bad Request: message is not modified: same content and reply markup")


def _shown(key: tuple[int, int], fields: dict[str, Any]) -> Shown:
    reply = _decoded(fields.get("reply_parameters")) or {}
    thread = fields.get("message_thread_id")
    return Shown(
        *key, text=str(fields["text"]), entities=_entities(fields), keyboard=_keyboard(fields.get("reply_markup")),
        reply_to=int(reply.get("message_id", 0)), thread_id=int(thread) if thread else None,
    )  # fmt: skip


def _entities(fields: dict[str, Any]) -> tuple[MessageEntity, ...]:
    return MessageEntity.de_list(_decoded(fields.get("entities")) or [], None)


def _keyboard(markup: Any) -> tuple[tuple[str, str], ...]:  # noqa: ANN401
    rows = (_decoded(markup) or {}).get("inline_keyboard", [])
    return tuple((button["text"], button.get("callback_data", "")) for row in rows for button in row)


def _decoded(value: Any) -> Any:  # noqa: ANN401  JSON, or what it says
    return json.loads(value) if isinstance(value, str) else value
