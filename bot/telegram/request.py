"""What a person asked of the bot, and where; and what the bot's buttons ask for."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal, Self, TypeAlias

from telegram import Document, InlineKeyboardButton

RequestKind: TypeAlias = Literal[
    "question", "command", "button", "edited", "inline", "handed", "unreadable", "migrated"
]  # "handed": a document, a forwarded post or an address, without a question

_DATA = re.compile(
    r"p:\d+:\d+|f:\d+:-?1|n|a:\d+|e:\d+|d:\d+:[0-3]|j:\d+:[01]|w:\d+|u:\d+", re.ASCII
)  # of buttons; 64 bytes at most
_ADDRESS = re.compile(r"(?:https?://)?[\w-]+(?:\.[\w-]+)+(?::\d+)?(?:[/?#]\S*)?", re.IGNORECASE)
_CHANNEL = re.compile(r"@[A-Za-z]\w{3,31}", re.ASCII)
MOST_ID = 2**63  # what SQLite holds is below


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


class Action(StrEnum):
    """What a button is for; the letter stands in its data, and under answers of earlier runs."""

    PASSAGE = "p"  # of an answer, a citation
    RATE = "f"  # an answer, 1 or -1
    NEW_SUBJECT = "n"
    ARTICLES = "a"  # from which on, counted from 0
    ASK = "e"  # which offer: a question, edited or an example
    LET_IN = "j"  # which offer: somebody who asks to be let in; 1, or 0 to refuse
    ADD = "d"  # which offer: an article; how, where its name is taken
    FOLLOW = "w"  # the question of an answer
    UNFOLLOW = "u"  # what is followed


@dataclass(frozen=True, slots=True)
class Button:
    """What a button asks for; its numbers are ids in the bot's own store, as Telegram keeps 64 bytes only."""

    action: Action
    numbers: tuple[int, ...] = ()

    @property
    def data(self) -> str:
        """What Telegram keeps of it and sends when it is pressed."""
        return ":".join([self.action, *map(str, self.numbers)])

    @classmethod
    def parse(cls, data: str) -> Self | None:
        """Returns the button of such data, which anyone could have made up; None where it is none of ours."""
        if not _DATA.fullmatch(data):
            return None
        letter, *numbers = data.split(":")
        made = cls(Action(letter), tuple(map(int, numbers)))
        return made if all(number < MOST_ID for number in made.numbers) else None


@dataclass(frozen=True, slots=True)
class Post:
    """A message that was forwarded from a channel, or a long one from anywhere."""

    text: str
    source: str  # the channel's title, "" where it is from a person
    author: str
    day: date
    url: str  # of the post in its channel, "" where that has no public name


def named_address(words: str) -> str:
    """Returns the address that a text begins with, whole, or of a "@channel" of Telegram; "": none."""
    first = words.split(maxsplit=1)[0] if words else ""
    if _CHANNEL.fullmatch(first):
        return f"https://t.me/{first[1:]}"
    if not _ADDRESS.fullmatch(first):
        return ""
    return first if "://" in first else f"https://{first}"


def is_address(words: str) -> bool:
    """Whether a text is an address alone."""
    return len(words.split()) == 1 and not words.startswith("@") and bool(named_address(words))


def button(words: str, action: Action, *numbers: int) -> InlineKeyboardButton:
    """Returns a button for a keyboard."""
    return InlineKeyboardButton(words, callback_data=Button(action, numbers).data)


@dataclass(frozen=True, slots=True)
class Request:
    """One thing that one person wants."""

    update_id: int
    kind: RequestKind
    place: Place
    user_id: int
    name: str = field(default="", repr=False)  # of the person, or of the group
    language: str = ""  # IETF tag of the person's Telegram, later the language of ours that is spoken with them
    text: str = field(default="", repr=False)  # the question, or what follows the command
    command: str = ""  # "new", without slash and bot name
    message_id: int = 0  # of the message itself, or that a button stands under
    button: Button | None = None
    callback_id: str = ""  # of the button or the inline query
    document: Document | None = field(default=None, repr=False)  # of the message, or that it replies to
    post: Post | None = field(default=None, repr=False)  # likewise
    replied_to: int = 0  # the message that it replies to
    moved_to: int = 0  # the new id of a group that became a supergroup

    @property
    def said(self) -> str:
        """What the person wrote, or the name of the document that was sent."""
        name = (self.document.file_name or "") if self.document else ""
        return " ".join(part for part in (f"/{self.command}" if self.command else "", self.text, name) if part) or "…"
