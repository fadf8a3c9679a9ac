"""`articlebot bot`: says what is missing, then runs the bot, or its demo."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from bot.settings import Settings
from bot.telegram.access import Limits
from bot.telegram.logs import set_up_log
from bot.telegram.run import BotSettings, TelegramBot, end_process
from bot.telegram.wire import TokenError, check_token, connect
from index.generation import live_generation
from retrieval import ArticleQA

log = logging.getLogger(__name__)


def start_bot(settings: Settings, index: Path, opener: Callable[[], ArticleQA], *, demo: bool = False) -> None:
    """Runs the bot until it is stopped, and ends the process with the bot's exit code.

    Raises:
        ArticlebotError: token, index or state is missing or cannot be used; one line says which and what to do.
    """
    if demo:
        from bot.telegram.demo import run_demo  # its emulator is an extra

        end_process(run_demo(settings, index, opener))
    token = find_token(settings)
    live_generation(index)
    set_up_log(settings.log_level, token)
    if not (settings.admins or settings.allowed_users or settings.allowed_groups):
        log.warning("nobody may ask yet: write to the bot, it tells your number, and put that into ARTICLEBOT_ADMINS")
    end_process(asyncio.run(_run(bot_settings(settings, index, token), opener)))


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
        raise TokenError(f"{path}: cannot be read ({error.strerror}); it should hold the Telegram token") from error
    except UnicodeDecodeError as error:
        raise TokenError(f"{path}: not a text; it should hold the Telegram token") from error


def bot_settings(settings: Settings, index: Path, token: str) -> BotSettings:
    """Returns what the bot needs of the settings."""
    return BotSettings(
        token=token, index=index, state=settings.state, api=settings.telegram_api,
        timeout_s=settings.telegram_timeout, health_port=settings.health_port, admins=settings.admins or (),
        users=settings.allowed_users or (), groups=settings.allowed_groups or (),
        limits=Limits(settings.quota_minute, settings.quota_day), retention_days=settings.retention_days,
        max_bytes=settings.max_file_bytes, llm=str(getattr(settings, "llm", None) or ""),
    )  # fmt: skip


async def _run(settings: BotSettings, opener: Callable[[], ArticleQA]) -> int:
    connection = connect(settings.token, settings.api, settings.timeout_s)
    return await TelegramBot(settings, opener, connection).run()
