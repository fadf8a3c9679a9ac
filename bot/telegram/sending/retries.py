"""The retry table: what each refusal of Telegram means."""

from __future__ import annotations

from enum import Enum, auto

from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter, TelegramError

FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 30.0  # between attempts; each wait is twice the one before


class Verdict(Enum):
    """What to do after a call failed."""

    AGAIN = auto()  # a network error, a 5xx, a cut connection, an unreadable answer
    WAIT = auto()  # as long as told, then again
    MOVED = auto()  # again, with the group's new id
    UNCHANGED = auto()  # the message says this already: success
    MESSAGE_GONE = auto()  # a new message is needed
    CHAT_GONE = auto()  # nothing can be said there
    TOKEN = auto()  # again once; then the bot cannot go on


_BY_TYPE = {
    RetryAfter: Verdict.WAIT,
    ChatMigrated: Verdict.MOVED,
    Forbidden: Verdict.CHAT_GONE,
    InvalidToken: Verdict.TOKEN,
}
# parts of the description of a 400, in lower case; any other is of a chat that takes nothing, as "chat not found"
_BY_WORDS = {
    "not modified": Verdict.UNCHANGED,
    "message to edit not found": Verdict.MESSAGE_GONE,
    "message_id_invalid": Verdict.MESSAGE_GONE,
    "can't be edited": Verdict.MESSAGE_GONE,
}


def judge(error: TelegramError) -> Verdict:
    """Returns what to do after an error."""
    if isinstance(error, BadRequest):
        words = error.message.lower()
        return next((verdict for part, verdict in _BY_WORDS.items() if part in words), Verdict.CHAT_GONE)
    return _BY_TYPE.get(type(error), Verdict.AGAIN)


def seconds(error: RetryAfter) -> float:
    """Returns how long to wait; the library gives a number or a timedelta, as it is set."""
    wait = error.retry_after
    return float(wait if isinstance(wait, int) else wait.total_seconds())
