"""`articlebot bot`: says what is missing, then runs the bot, or its demo."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from bot.settings import Settings
from bot.telegram.operating.logs import set_up_log
from bot.telegram.run import TelegramBot, end_process
from bot.telegram.sending.wire import connect_api
from index.store.anywhere.stores import store_of
from index.store.postgres.address import IndexPlace
from retrieval import ArticleQA

if TYPE_CHECKING:
    from retrieval.llm.model import LLM

log = logging.getLogger(__name__)


def start_bot(
    settings: Settings,
    index: IndexPlace,
    choose_llm: Callable[[], LLM | None],
    *,
    reranker: str | None = None,
    token: str = "",
) -> None:
    """Runs the bot until it is stopped, and ends the process with the bot's exit code.

    Args:
        settings: of the environment.
        index: the folder of the index.
        choose_llm: connects to the model that writes the answers, once; None: none is wanted.
        reranker: a CrossEncoder by name or folder, instead of that of the settings.
        token: the bot's; "": talk to an emulated Telegram in this terminal instead.

    Raises:
        ArticlebotError: index, model or state is missing or cannot be used; one line says which and what to do.
    """
    if not token:
        from bot.telegram.demo.demo import check_demo, run_demo  # its emulator is an extra

        check_demo()
    store_of(index).live()
    set_up_log(settings.log_level, token)
    llm = choose_llm()
    settings = settings.model_copy(update={"index": index})

    def opener() -> ArticleQA:
        return ArticleQA.open(index, llm, reranker=reranker or settings.reranker, reader=settings.reader)

    try:
        code = asyncio.run(_run(settings, token, opener)) if token else run_demo(settings, opener)
    finally:
        if llm:
            llm.close()
    end_process(code)


async def _run(settings: Settings, token: str, opener: Callable[[], ArticleQA]) -> int:
    if not (settings.admins or settings.allowed_users or settings.allowed_groups):
        log.warning("nobody may ask yet: write to the bot, it tells your number, and put that into ARTICLEBOT_ADMINS")
    connection = connect_api(token, settings.telegram_api, settings.telegram_timeout)
    return await TelegramBot(settings, opener, connection).run()
