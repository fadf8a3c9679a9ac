"""The only place that calls Telegram to say something: retries, pacing, and what each refusal means."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from enum import Enum, auto
from typing import Any, TypeVar

from telegram import (
    Bot,
    BotCommandScopeChat,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    LinkPreviewOptions,
    ReplyParameters,
    User,
)
from telegram.constants import ChatAction
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter, TelegramError

from bot.telegram.operating.metrics import Metrics
from bot.telegram.request import Place
from bot.telegram.sending.pacing import Pacer
from bot.telegram.state.answers import FormattedText
from index.errors import ArticlebotError

log = logging.getLogger(__name__)
_T = TypeVar("_T")

FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 30.0  # between attempts; each wait is twice the one before
SKETCH_S = 3.0  # an intermediate edit is given up after so long, so that the answer need not wait for it
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class ChatGoneError(ArticlebotError, ConnectionError):
    """The chat cannot be written to: the person blocked the bot, the group removed it, it is not there."""


class MessageGoneError(ArticlebotError, LookupError):
    """The message to be edited is not there any more."""


class DownloadError(ArticlebotError, FileNotFoundError):
    """A file that was sent to the bot is not to be had."""


class RefusedTokenError(ArticlebotError, PermissionError):
    """Telegram does not know the bot's token, twice in a row."""

    def __init__(self) -> None:
        super().__init__("Telegram refuses the token; get a new one from @BotFather and set ARTICLEBOT_TELEGRAM_TOKEN")


class Verdict(Enum):
    """What to do after a call failed that was not told to wait."""

    AGAIN = auto()  # a network error, a 5xx, a cut connection, an unreadable answer
    UNCHANGED = auto()  # the message says this already: success
    MESSAGE_GONE = auto()  # a new message is needed
    CHAT_GONE = auto()  # nothing can be said there
    TOKEN = auto()  # again once; then the bot cannot go on


_BY_TYPE = {Forbidden: Verdict.CHAT_GONE, InvalidToken: Verdict.TOKEN}
# parts of the description of a 400, in lower case; any other is of a chat that takes nothing, as "chat not found"
_BY_WORDS = {
    "not modified": Verdict.UNCHANGED,
    "message to edit not found": Verdict.MESSAGE_GONE,
    "message_id_invalid": Verdict.MESSAGE_GONE,
    "can't be edited": Verdict.MESSAGE_GONE,
}


def judge(error: TelegramError) -> Verdict:
    """Returns what to do after an error: the retry table."""
    if isinstance(error, BadRequest):
        words = error.message.lower()
        return next((verdict for part, verdict in _BY_WORDS.items() if part in words), Verdict.CHAT_GONE)
    return _BY_TYPE.get(type(error), Verdict.AGAIN)


def seconds(error: RetryAfter) -> float:
    """Returns how long to wait; the library gives a number or a timedelta, as it is set."""
    wait = error.retry_after
    return float(wait if isinstance(wait, int) else wait.total_seconds())


class Outbox:
    """Says things, as often as it takes; every call here may be repeated without harm, see the class `Delivery`."""

    def __init__(
        self,
        bot: Bot,
        pacer: Pacer,
        metrics: Metrics,
        moved: Callable[[int, int], None],
        check: Callable[[], None],
        *,
        first_wait_s: float = FIRST_WAIT_S,
    ) -> None:
        self._bot = bot
        self._pacer = pacer
        self._metrics = metrics
        self._first_wait_s = first_wait_s
        self._check = check  # raises where another bot may speak by now
        self._moved = moved  # told when a group got a new id: (old, new)
        self._now_at: dict[int, int] = {}  # the same, for calls under way

    async def send(
        self, place: Place, page: FormattedText, *, reply_to: int = 0, keyboard: InlineKeyboardMarkup | None = None
    ) -> tuple[int, int]:
        """Sends a message and returns (chat, message).

        Where it is not known whether it arrived it is sent again: no answer is ever sent this way, only put into
        a message whose id is known.

        Raises:
            ChatGoneError: the chat cannot be written to.
        """
        reply = ReplyParameters(reply_to, allow_sending_without_reply=True) if reply_to else None

        async def call(chat_id: int) -> tuple[int, int]:
            await self._turn(chat_id, send=True)
            self._metrics.add("sends")
            sent = await self._bot.send_message(
                chat_id, page.text, entities=page.entities or None, message_thread_id=place.thread_id,
                reply_parameters=reply, reply_markup=keyboard, link_preview_options=_NO_PREVIEW,
            )  # fmt: skip
            return chat_id, sent.message_id

        return await self.persist(place.chat_id, call)

    async def edit(
        self, chat_id: int, message_id: int, page: FormattedText, *, keyboard: InlineKeyboardMarkup | None = None
    ) -> None:
        """Makes a message say this.

        Raises:
            MessageGoneError: it was deleted.
            ChatGoneError: the chat cannot be written to.
        """

        async def call(chat_id: int) -> None:
            await self._turn(chat_id, send=False)
            try:
                await self._edit(chat_id, message_id, page, reply_markup=keyboard)
            except BadRequest as error:
                if judge(error) is not Verdict.UNCHANGED:
                    raise

        await self.persist(chat_id, call)

    async def sketch(self, chat_id: int, message_id: int, page: FormattedText) -> bool:
        """Shows how far an answer is, where that may be done at once; returns whether it was."""
        if not self._pacer.may_sketch(chat_id):
            return False
        self._check()
        return await self._once(chat_id, self._edit(chat_id, message_id, page, read_timeout=SKETCH_S))

    async def _edit(self, chat_id: int, message_id: int, page: FormattedText, **more: Any) -> None:  # noqa: ANN401
        self._metrics.add("edits")
        await self._bot.edit_message_text(
            page.text, chat_id, message_id, entities=page.entities or None, link_preview_options=_NO_PREVIEW, **more
        )

    async def _turn(self, chat_id: int, *, send: bool) -> None:
        """Waits until a call may be made, and looks whether this bot may still speak."""
        await self._pacer.turn(chat_id, send=send)
        self._check()

    async def typing(self, place: Place) -> None:
        """Shows that the bot is at work, where there is room."""
        if self._pacer.has_room() and not self._pacer.is_held(place.chat_id):
            action = self._bot.send_chat_action(place.chat_id, ChatAction.TYPING, message_thread_id=place.thread_id)
            await self._once(place.chat_id, action)

    def has_room(self) -> bool:
        """Whether nobody waits for the bot's limit."""
        return self._pacer.has_room()

    async def press(self, callback_id: str, words: str = "") -> None:
        """Answers a pressed button, once: after some seconds nobody waits for it."""
        await self._once(0, self._bot.answer_callback_query(callback_id, text=words or None))

    async def offer(self, query_id: str, results: Sequence[InlineQueryResultArticle]) -> None:
        """Answers an inline query, once, for the asking person alone."""
        await self._once(0, self._bot.answer_inline_query(query_id, results, cache_time=0, is_personal=True))

    async def download(self, file_id: str) -> bytes:
        """Returns the content of a file that was sent to the bot.

        Raises:
            DownloadError: Telegram does not have it, or finds it too large.
        """

        async def call(_chat_id: int) -> bytes:
            try:
                file = await self._bot.get_file(file_id)
                return bytes(await file.download_as_bytearray())
            except (BadRequest, Forbidden, InvalidToken) as error:  # the library takes any 404 for a wrong token
                raise DownloadError("Telegram does not hand out this file; send it again") from error

        return await self.persist(0, call)

    async def me(self) -> User:
        """Returns who the bot is; waits as long as Telegram cannot be reached.

        Raises:
            RefusedTokenError: Telegram does not know the token.
        """
        return await self.persist(0, lambda _: self._bot.get_me())

    async def poll_only(self) -> None:
        """Ends a webhook that an earlier program set up: as long as there is one, no poll brings anything."""
        await self.persist(0, lambda _: self._bot.delete_webhook(drop_pending_updates=False))

    async def list_commands(self, commands: Sequence[tuple[str, str]], language: str | None, chat_id: int = 0) -> None:
        """Tells Telegram which commands to offer: in one chat, or in all that have none of their own."""
        scope = BotCommandScopeChat(chat_id) if chat_id else None
        await self._once(chat_id, self._bot.set_my_commands(commands, scope=scope, language_code=language))

    async def describe(self, words: str, language: str | None) -> None:
        """Tells Telegram what to show of the bot before anyone has written to it."""
        await self._once(0, self._bot.set_my_description(words, language_code=language))
        await self._once(0, self._bot.set_my_short_description(words, language_code=language))

    async def persist(
        self, chat_id: int, call: Callable[[int], Coroutine[Any, Any, _T]], longest_s: float = LONGEST_WAIT_S
    ) -> _T:
        """Makes a call until it succeeds or cannot; without a chat, 0, only a refused token ends it.

        Raises:
            MessageGoneError: the message was deleted.
            ChatGoneError: the chat cannot be written to.
            RefusedTokenError: Telegram does not know the token.
        """
        wait_s, was_refused = self._first_wait_s, False
        while True:
            here = self._now_at.get(chat_id, chat_id)
            try:
                return await call(here)
            except RetryAfter as error:
                self._metrics.add("waits")
                self._pacer.hold(here, seconds(error))
                await asyncio.sleep(seconds(error))
            except ChatMigrated as error:
                self._now_at[here] = error.new_chat_id
                self._moved(here, error.new_chat_id)
            except TelegramError as error:
                verdict = judge(error)
                if verdict is Verdict.MESSAGE_GONE:
                    raise MessageGoneError("Telegram: the message is gone") from error
                if verdict is Verdict.CHAT_GONE and chat_id:
                    raise ChatGoneError("Telegram refuses to write to this chat; it is left alone") from error
                if verdict is Verdict.TOKEN and was_refused:
                    raise RefusedTokenError from error
                was_refused = was_refused or verdict is Verdict.TOKEN
                log.info("Telegram: %s; again in %.1f s", type(error).__name__, wait_s)
                self._metrics.add("retries")
                await asyncio.sleep(wait_s)
                wait_s = min(wait_s * 2, longest_s)

    async def _once(self, chat_id: int, call: Awaitable[object]) -> bool:
        """Makes a call whose loss does no harm; returns whether it went well."""
        try:
            await call
        except RetryAfter as error:
            self._pacer.hold(chat_id, seconds(error))
            return False
        except TelegramError as error:
            log.info("Telegram: %s; left out", type(error).__name__)
            return False
        return True
