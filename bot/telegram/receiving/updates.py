"""What a person asked of the bot: a Telegram update, reduced to what the bot acts on."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from telegram import (
    CallbackQuery,
    InlineQuery,
    Message,
    MessageEntity,
    MessageOriginChannel,
    MessageOriginChat,
    Update,
    User,
)

from bot.telegram.request import Button, Place, Post, Request, is_address
from index.text.visible import whole

log = logging.getLogger(__name__)

LONGEST_QUESTION = 300  # characters of a forwarded message that is taken for a question
GROUPS = ("group", "supergroup")
# what a message that cannot be read is read without all else of, so that whoever sent it gets a word
_PLAIN = ("message_id", "date", "chat", "from", "text", "caption", "message_thread_id", "is_topic_message")
_UNREADABLE = (TypeError, LookupError, AttributeError, ValueError, RecursionError, OverflowError)
_MOST_ID = 2**53  # Telegram's ids have at most 52 bits


def read_update(raw: Mapping[str, Any], me: User) -> Request | None:
    """Returns what an update asks for; None where nothing is said to it, as it is not meant for the bot.

    Raises:
        ValueError: it is not an update as Telegram sends them.
    """
    try:
        try:
            request = _read(Update.de_json(dict(raw), None), me)
        except _UNREADABLE as error:
            log.warning("update %s: read without what cannot be (%s)", raw.get("update_id"), type(error).__name__)
            request = _read(Update.de_json(_without_content(raw), None), me)
    except _UNREADABLE as error:
        raise ValueError(f"update {raw.get('update_id')}: cannot be read ({type(error).__name__})") from error
    if request and not all(
        map(_is_id, (request.place.chat_id, request.user_id, request.message_id, request.replied_to, request.moved_to))
    ):
        raise ValueError(f"update {request.update_id}: ids that are none")
    return request


def _without_content(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Returns an update without what its message holds beside words: newer than the library, or older."""
    message = raw["message"]
    kept = {key: value for key, value in message.items() if key in _PLAIN}
    return {"update_id": raw["update_id"], "message": {**kept, "unread": len(kept) < len(message)}}


def _is_id(value: object) -> bool:
    return type(value) is int and abs(value) < _MOST_ID


def _read(update: Update, me: User) -> Request | None:
    number = update.update_id
    if update.callback_query:
        return _button(number, update.callback_query)
    if update.inline_query:
        return _inline(number, update.inline_query)
    if update.edited_message:
        request = _message(number, update.edited_message, me)
        return replace(request, kind="edited") if request and request.kind == "question" else None
    if update.message:
        return _message(number, update.message, me)
    kind = next((name for name in Update.ALL_TYPES if getattr(update, name)), "of a kind that is not known")
    log.info("update %d: %s, with which nothing is done", number, kind)
    return None


def _button(number: int, query: CallbackQuery) -> Request | None:
    message, person = query.message, query.from_user
    if person.is_bot:
        return None
    if message is None:  # under a message that was sent by way of an inline query, or a game: none of ours
        return Request(
            number, "button", Place(person.id), person.id, language=person.language_code or "", callback_id=query.id
        )
    thread = message.message_thread_id if isinstance(message, Message) and message.is_topic_message else None
    return Request(
        number, "button", Place(message.chat.id, thread, message.chat.type in GROUPS), person.id,
        language=person.language_code or "", message_id=message.message_id, button=Button.parse(query.data or ""),
        callback_id=query.id,
    )  # fmt: skip


def _inline(number: int, query: InlineQuery) -> Request:
    person = query.from_user
    return Request(
        number, "inline", Place(person.id), person.id, language=person.language_code or "", text=_clean(query.query),
        callback_id=query.id,
    )  # fmt: skip


def _message(number: int, message: Message, me: User) -> Request | None:
    """Reads a message: what a person says to the bot, or that a group has a new id."""
    chat, person = message.chat, message.from_user
    if chat.type not in ("private", *GROUPS):
        return None
    thread = message.message_thread_id if message.is_topic_message else None
    place = Place(chat.id, thread, chat.type in GROUPS)
    if message.migrate_to_chat_id:
        return Request(number, "migrated", Place(chat.id, is_group=True), 0, moved_to=message.migrate_to_chat_id)
    if person is None or person.is_bot or message.via_bot or (message.forward_origin and place.is_group):
        return None  # not a person's own words, or not said to the bot
    earlier = message.reply_to_message
    request = Request(
        number, "question", place, person.id, _clean((place.is_group and chat.title) or person.full_name),
        person.language_code or "", message_id=message.message_id,
        text=_clean(message.text or message.caption or ""), replied_to=earlier.message_id if earlier else 0,
    )  # fmt: skip
    if post := _post(message):
        return replace(request, kind="handed", text="", post=post, replied_to=0)
    command = None if message.forward_origin else _command(request.text, me)
    return _as_command(request, message, *command) if command else _as_talk(request, message, me)


def _as_command(request: Request, message: Message, name: str, argument: str) -> Request | None:
    if not name:
        return None  # another bot's
    earlier = message.reply_to_message
    if name == "ask" and not argument and earlier:  # "/ask" in reply to what someone else asked
        argument = _clean(earlier.text or "")
    if name == "ask" and argument:
        return _with_handed(replace(request, text=argument), message)
    return replace(_with_handed(request, message), kind="command", command=name, text=argument)


def _with_handed(request: Request, message: Message) -> Request:
    """Returns the request with the document of its message, or the document or post that it replies to."""
    earlier = message.reply_to_message
    if message.document:
        return replace(request, document=message.document, replied_to=0)  # it is about its own
    if earlier is None:
        return request
    return replace(request, document=earlier.document, post=_post(earlier))


def _post(message: Message) -> Post | None:
    """Returns what was forwarded from a channel, or is too long for a question; None where it is neither."""
    origin, text = message.forward_origin, _clean(message.text or message.caption or "")
    if origin is None or not text or message.document:
        return None
    day = origin.date.date()
    if isinstance(origin, MessageOriginChannel):
        name = origin.chat.username
        url = f"https://t.me/{name}/{origin.message_id}" if name else ""
        return Post(text, _clean(origin.chat.title or ""), _clean(origin.author_signature or ""), day, url)
    if len(text) <= LONGEST_QUESTION:
        return None
    if isinstance(origin, MessageOriginChat):
        return Post(text, _clean(origin.sender_chat.title or ""), _clean(origin.author_signature or ""), day, "")
    return Post(text, "", "", day, "")  # of a person, who is not named to others


def _as_talk(request: Request, message: Message, me: User) -> Request | None:
    without_mention = _without_mention(message, request.text, me)
    if request.place.is_group and without_mention is None and not _is_to(message, me):
        return None  # people talk to each other
    is_handed = message.document is not None and not request.text
    if not request.place.is_group and (is_handed or is_address(request.text)):
        return replace(request, kind="handed", document=message.document, replied_to=0)
    if without_mention == "" and not message.effective_attachment:  # "@bot" alone is "/ask"
        return _as_command(request, message, "ask", "")
    if request.text:
        request = _with_handed(request, message)
        return request if without_mention is None else replace(request, text=without_mention)
    # what tells of the chat has none: someone came, a new title; what the library does not know yet may be anything
    has_content = message.effective_attachment or message.giveaway or message.checklist or message.api_kwargs
    return replace(request, kind="unreadable") if has_content else None


def _command(text: str, me: User) -> tuple[str, str] | None:
    """Returns name and argument of "/name@bot argument", ("", "") where it is another bot's; None: no command."""
    if not text.startswith("/") or len(text) < 2 or not text[1].isalpha():
        return None
    head, _, argument = text.replace("\n", " \n", 1).partition(" ")
    name, _, bot = head[1:].partition("@")
    if bot and bot.lower() != (me.username or "").lower():
        return "", ""
    return name.lower(), argument.strip()


def _without_mention(message: Message, text: str, me: User) -> str | None:
    """Returns the text without "@bot", None where the bot is not mentioned."""
    handle = f"@{me.username}".lower() if me.username else ""
    entities = {**message.parse_entities(), **message.parse_caption_entities()}
    for entity, words in entities.items():
        is_named = entity.type == MessageEntity.MENTION and words.lower() == handle
        if is_named or (entity.type == MessageEntity.TEXT_MENTION and entity.user and entity.user.id == me.id):
            return " ".join(text.replace(words, " ", 1).split(" ")).strip()
    return None


def _is_to(message: Message, me: User) -> bool:
    """Whether a message replies to one of the bot."""
    earlier = message.reply_to_message
    return bool(earlier and earlier.from_user and earlier.from_user.id == me.id)


def _clean(text: str) -> str:
    """Returns the text without halves of surrogate pairs, which no file and no model can hold."""
    return whole(text).replace("\x00", "").strip()
