"""The commands that answer: ask, chat, news, bot, mcp."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.options import (
    ContextOption,
    DeadlineOption,
    IndexOption,
    JsonOption,
    LanguageOption,
    LLMOption,
    PassagesOption,
    RerankerOption,
    SinceOption,
    SourceOption,
    UntilOption,
    chosen_index,
    chosen_llm,
    plain_errors,
)

if TYPE_CHECKING:
    from index.store.postgres.address import IndexPlace
    from retrieval import ArticleQA
    from retrieval.asking.ways import How
    from retrieval.llm.model import LLM


def _open(index: str | IndexPlace | None, reranker: str | None, llm: LLM | None) -> ArticleQA:
    """Opens the index for asking, as options and settings say."""
    from bot.settings import load_settings
    from retrieval import ArticleQA

    settings = load_settings()
    return ArticleQA.open(chosen_index(index), llm, reranker=reranker or settings.reranker, reader=settings.reader)


def ask(
    question: Annotated[
        str, typer.Argument(metavar="QUESTION", help="In any language, in quotes; - reads it from standard input.")
    ],
    index: IndexOption = None,
    llm: LLMOption = None,
    deadline: DeadlineOption = None,
    context: ContextOption = None,
    reranker: RerankerOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    source: SourceOption = None,
    language: LanguageOption = None,
    passages: PassagesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Answer one question: the answer, then the articles that it cites with title, outlet, date and address."""
    with plain_errors(), closing(_open(index, reranker, chosen_llm(llm, deadline, context))) as qa:
        from bot.terminal.display import show_as_it_comes, show_json

        asked = sys.stdin.read() if question == "-" else question
        within: How = {"since": since, "until": until, "source": source, "language": language}
        if as_json:
            show_json(qa.ask(asked, **within).to_dict())
        else:
            show_as_it_comes(qa.stream(asked, **within), written=qa.llm is not None, passages=passages)


def chat(
    index: IndexOption = None,
    llm: LLMOption = None,
    deadline: DeadlineOption = None,
    context: ContextOption = None,
    reranker: RerankerOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    source: SourceOption = None,
    language: LanguageOption = None,
    passages: PassagesOption = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print each answer as one line of JSON.")] = False,
) -> None:
    """Ask, and ask on: "Et avec qui ?" is understood. /help lists the commands, /quit or Ctrl-D ends."""
    with plain_errors(), closing(_open(index, reranker, chosen_llm(llm, deadline, context))) as qa:
        from bot.terminal.chat import run_chat

        qa.articles(since=since, until=until, source=source, language=language)  # told now, not at each question
        within: How = {"since": since, "until": until, "source": source, "language": language}
        run_chat(qa, within, as_json=as_json, passages=passages)


def news(
    questions: Annotated[
        list[str] | None,
        typer.Argument(metavar="[QUESTION]...", help="Standing questions, each in quotes. None: the new articles."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="YYYY-MM-DD[THH:MM]",
            help="What came into the index after that, whatever its day of publication. Default: a day ago.",
            show_default=False,
        ),
    ] = None,
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what is new in the index: its articles, or what of them answers a question that nothing answered before."""
    with plain_errors(), closing(_open(index, None, None)) as qa:
        from datetime import datetime, timedelta

        from bot.terminal.display import err, out, show_answer, show_json

        moment = since or (datetime.now().astimezone() - timedelta(days=1)).isoformat(timespec="minutes")
        answers = qa.news(moment, questions or ())
        if as_json:
            show_json([answer.to_dict() for answer in answers])
            return
        for answer in answers:
            if answer.question:
                out.print(f"? {answer.question}", style="bold", soft_wrap=True)
            show_answer(answer)
            out.print()
        if not answers:
            err.print(f"articlebot: nothing new since {moment}", soft_wrap=True)


def bot_(
    index: IndexOption = None,
    demo: Annotated[
        bool,
        typer.Option("--demo", help="Try it without a token: an emulated Telegram, and you in this terminal."),
    ] = False,
    reranker: RerankerOption = None,
    llm: LLMOption = None,
    deadline: DeadlineOption = None,
    context: ContextOption = None,
) -> None:
    """Answer in Telegram; the token and who may ask come from ARTICLEBOT_* variables.

    Several bots may share one state, ARTICLEBOT_STATE=postgresql://…: one answers, and another when that is gone.
    """
    with plain_errors(code=os.EX_CONFIG):  # starting again does not help
        from bot.settings import load_settings
        from bot.telegram.operating.token import find_token

        settings = load_settings()
        token = "" if demo else find_token(settings)
    with plain_errors():
        from bot.telegram.run import EXIT_BROKEN
        from bot.telegram.start import start_bot
        from bot.telegram.state.store import StateError
        from index.permission import AccessError

        def choose_llm() -> LLM | None:
            with plain_errors(code=os.EX_CONFIG):
                return chosen_llm(llm, deadline, context)

        try:
            start_bot(settings, chosen_index(index), choose_llm, reranker=reranker, token=token)
        except (AccessError, StateError):
            with plain_errors(code=EXIT_BROKEN):
                raise


def mcp(
    index: IndexOption = None,
    http: Annotated[
        int | None,
        typer.Option(
            "--http",
            metavar="PORT",
            min=0,
            max=65535,
            help="Offer them on this port of 127.0.0.1 instead, to whoever is on this machine; 0: on a free one.",
            show_default=False,
        ),
    ] = None,
    reranker: RerankerOption = None,
    llm: LLMOption = None,
    deadline: DeadlineOption = None,
    context: ContextOption = None,
) -> None:
    """Offer the articles to an assistant by MCP: it asks, searches and lists them, and gets quotes with addresses.

    The assistant starts this command; put it into its configuration with the full path of --index.
    """
    with plain_errors():
        from bot.mcp import check_sdk

        check_sdk()
        from bot.mcp.server import serve_mcp

        place, writer = chosen_index(index), chosen_llm(llm, deadline, context)
        place = place.absolute() if isinstance(place, Path) else place
        serve_mcp(lambda: _open(place, reranker, writer), writer.close if writer else lambda: None, http)
