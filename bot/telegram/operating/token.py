"""The bot's token: where it is set, what it looks like, and that it is not shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from index.errors import ArticlebotError, why

if TYPE_CHECKING:
    from bot.settings import Settings

TOKEN = re.compile(r"\d{5,}:[A-Za-z0-9_-]{10,}")


class TokenError(ArticlebotError, ValueError):
    """The token is missing, does not look like one, or Telegram refuses it."""


def check_token(token: str) -> str:
    """Returns the token without white space around it.

    Raises:
        TokenError: it cannot be a token; the message does not show it.
    """
    token = token.strip()
    if not TOKEN.fullmatch(token):
        raise TokenError(
            f"the Telegram token has {len(token)} characters and not the form 123456789:AbC…; "
            "copy it again from @BotFather into ARTICLEBOT_TELEGRAM_TOKEN"
        )
    return token


def find_token(settings: Settings) -> str:
    """Returns the token, from the variable or the file.

    Raises:
        TokenError: neither is there, the file cannot be read, or it cannot be a token.
    """
    if settings.telegram_token:
        return check_token(settings.telegram_token.get_secret_value())
    path = settings.telegram_token_file
    if path is None:
        raise TokenError(
            "no Telegram token; get one from @BotFather and set ARTICLEBOT_TELEGRAM_TOKEN or "
            "ARTICLEBOT_TELEGRAM_TOKEN_FILE, or try `articlebot bot --demo`"
        )
    try:
        return check_token(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TokenError(f"{path}: cannot be read ({why(error)}); it should hold the Telegram token") from error
    except UnicodeDecodeError as error:
        raise TokenError(f"{path}: not a text; it should hold the Telegram token") from error
