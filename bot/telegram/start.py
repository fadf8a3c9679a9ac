"""`articlebot bot`: says what is missing, then runs the bot, or its demo."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.settings import Settings
from bot.telegram.operating.logs import set_up_log
from bot.telegram.operating.token import find_token
from bot.telegram.receiving.access import Limits
from bot.telegram.run import BotSettings, TelegramBot, end_process
from bot.telegram.sending.wire import connect
from bot.telegram.state.shelf import MOST_BYTES
from index.store.live import live_generation
from retrieval import ArticleQA

if TYPE_CHECKING:
    from retrieval.llm.model import LLM

log = logging.getLogger(__name__)


def start_bot(
    settings: Settings,
    index: Path,
    choose_llm: Callable[[], LLM | None],
    *,
    reranker: str | None = None,
    demo: bool = False,
) -> None:
    """Runs the bot until it is stopped, and ends the process with the bot's exit code.

    Args:
        settings: of the environment.
        index: the folder of the index.
        choose_llm: connects to the model that writes the answers, once; None: none is wanted.
        reranker: a CrossEncoder by name or folder, instead of that of the settings.
        demo: talk to an emulated Telegram in this terminal instead.

    Raises:
        ArticlebotError: token, index, model or state is missing or cannot be used; one line says which and what to do.
    """
    if demo:
        from bot.telegram.demo.demo import check_demo, run_demo  # its emulator is an extra

        check_demo()
    token = "" if demo else find_token(settings)
    live_generation(index)
    set_up_log(settings.log_level, token)
    llm = choose_llm()
    about = bot_settings(settings, index, token, llm.name if llm else "")
    reranker = reranker or settings.reranker

    def opener() -> ArticleQA:
        return ArticleQA.open(index, llm, reranker=reranker, reader=settings.reader)

    try:
        code = run_demo(about, opener) if demo else _run(about, opener)
    finally:
        if llm:
            llm.close()
    end_process(code)


def bot_settings(settings: Settings, index: Path, token: str, llm: str) -> BotSettings:
    """Returns what the bot needs of the settings."""
    return BotSettings(
        token=token, index=index, state=settings.state, api=settings.telegram_api,
        timeout_s=settings.telegram_timeout, health_port=settings.health_port, admins=settings.admins or (),
        users=settings.allowed_users or (), groups=settings.allowed_groups or (),
        limits=Limits(settings.quota_minute, settings.quota_day), retention_days=settings.retention_days,
        llm=llm,
        reading=replace(settings.reading(), max_bytes=max(settings.max_file_bytes, MOST_BYTES)),
        kept=settings.generations,
    )  # fmt: skip


def _run(settings: BotSettings, opener: Callable[[], ArticleQA]) -> int:
    if not (settings.admins or settings.users or settings.groups):
        log.warning("nobody may ask yet: write to the bot, it tells your number, and put that into ARTICLEBOT_ADMINS")

    async def run() -> int:
        connection = connect(settings.token, settings.api, settings.timeout_s)
        return await TelegramBot(settings, opener, connection).run()

    return asyncio.run(run())
