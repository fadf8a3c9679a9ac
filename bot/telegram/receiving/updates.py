"""What a person asked of the bot: a Telegram update, reduced to what the bot acts on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from telegram import Message, MessageEntity, Update, User

from bot.telegram.request import Place, Request

# where nothing is said at all: forwarded messages, other bots, talk in a group that is not meant for the bot
GROUPS = ("group", "supergroup")
_MOST_ID = 2**53  # Telegram's ids have at most 52 bits


def read_update(raw: Mapping[str, Any], me: User) -> Request | None:
    """Returns what an update asks for; None where it is not for the bot.

    Raises:
        ValueError: it is not an update as Telegram sends them.
    """
    try:
        update = Update.de_json(dict(raw), None)
        found = _read(update, me)
    except (TypeError, LookupError, AttributeError, ValueError, RecursionError, OverflowError) as error:
        raise ValueError(f"update {raw.get('update_id')}: cannot be read ({type(error).__name__})") from error
    if found and not all(
        map(_is_id, (found.place.chat_id, found.user_id, found.message_id, found.replied_to, found.moved_to))
    ):
        raise ValueError(f"update {found.update_id}: ids that are none")
    return found


def _is_id(value: object) -> bool:
    return type(value) is int and abs(value) < _MOST_ID


def _read(update: Update, me: User) -> Request | None:
    if update.callback_query:
        return _button(update)
    if update.inline_query:
        query = update.inline_query
        place = Place(query.from_user.id)
        return Request(
            update.update_id, "inline", place, query.from_user.id, query.from_user.language_code or "",
            text=_clean(query.query), callback_id=query.id,
        )  # fmt: skip
    message = update.message or update.edited_message
    if message is None or message.chat.type not in ("private", *GROUPS):
        return None
    if message.migrate_to_chat_id:
        place = Place(message.chat.id, is_group=True)
        return Request(update.update_id, "migrated", place, 0, moved_to=message.migrate_to_chat_id)
    if message.from_user is None or message.from_user.is_bot or message.forward_origin or message.via_bot:
        return None
    request = _message(update, message, me)
    if request is None or not update.edited_message:
        return request
    return replace(request, kind="edited") if request.kind == "question" else None


def _button(update: Update) -> Request | None:
    query = update.callback_query
    message = query.message if query else None
    if query is None or message is None or not query.data or query.from_user.is_bot:
        return None
    is_topic = isinstance(message, Message) and message.is_topic_message
    thread = message.message_thread_id if isinstance(message, Message) and is_topic else None
    place = Place(message.chat.id, thread, message.chat.type in GROUPS)
    return Request(
        update.update_id, "button", place, query.from_user.id, query.from_user.language_code or "",
        message_id=message.message_id, data=query.data, callback_id=query.id,
    )  # fmt: skip


def _message(update: Update, message: Message, me: User) -> Request | None:
    """Reads a message of a person: in a group only what is meant for the bot."""
    assert message.from_user is not None  # noqa: S101  looked at by _read
    thread = message.message_thread_id if message.is_topic_message else None
    place = Place(message.chat.id, thread, message.chat.type in GROUPS)
    text = _clean(message.text or message.caption or "")
    base = Request(
        update.update_id, "question", place, message.from_user.id, message.from_user.language_code or "",
        message_id=message.message_id, text=text, replied_to=_replied_to(message, me),
    )  # fmt: skip
    command = _command(text, me)
    if command is not None:
        name, argument = command
        earlier = message.reply_to_message
        if not name:
            return None
        document = message.document or (earlier.document if earlier else None)
        if name == "ask" and not argument and earlier:  # "/ask" in reply to what someone else asked
            argument = _clean(earlier.text or "")
        if name == "ask" and argument:
            return replace(base, text=argument)
        return replace(base, kind="command", command=name, text=argument, document=document)
    named = _without_mention(message, text, me)
    if place.is_group and named is None and not base.replied_to:
        return None
    if not text:
        is_service = not (message.effective_attachment or message.sticker)
        return None if is_service else replace(base, kind="unreadable")
    return replace(base, text=named if named is not None else text)


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


def _replied_to(message: Message, me: User) -> int:
    """Returns the message of the bot that a message replies to, 0 where it replies to none of it."""
    earlier = message.reply_to_message
    return earlier.message_id if earlier and earlier.from_user and earlier.from_user.id == me.id else 0


def _clean(text: str) -> str:
    """Returns the text without halves of surrogate pairs, which no file and no model can hold."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\x00", "").strip()
