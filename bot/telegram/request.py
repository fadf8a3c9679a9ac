"""What a person asked of the bot, and where."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from telegram import Document

Kind: TypeAlias = Literal["question", "command", "button", "edited", "inline", "unreadable", "migrated"]


@dataclass(frozen=True, slots=True)
class Place:
    """A chat, or one topic of a forum: what has a queue and a memory of its own."""

    chat_id: int
    thread_id: int | None = None
    is_group: bool = False

    @property
    def key(self) -> str:
        """The name of the place in the store."""
        return f"{self.chat_id}/{self.thread_id or 0}"


@dataclass(frozen=True, slots=True)
class Request:
    """One thing that one person wants."""

    update_id: int
    kind: Kind
    place: Place
    user_id: int
    language: str = ""  # of the person's Telegram, IETF tag
    text: str = field(default="", repr=False)  # the question, or what follows the command
    command: str = ""  # "new", without slash and bot name
    message_id: int = 0  # of the message itself, or that a button stands under
    data: str = ""  # of the button
    callback_id: str = ""  # of the button or the inline query
    document: Document | None = field(default=None, repr=False)  # of the message, or that it replies to
    replied_to: int = 0  # the message of the bot that it replies to
    moved_to: int = 0  # the new id of a group that became a supergroup
