"""The command line: ask, chat, bot, doctor, and the commands of `indexing`, `backup` and `measuring`."""

from __future__ import annotations

import logging
import sys
from contextlib import closing
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from bot.commands import backup, indexing, measuring
from bot.commands.errors import plain_errors
from bot.commands.options import (
    IndexOption,
    JsonOption,
    LanguageOption,
    LLMOption,
    RerankerOption,
    SinceOption,
    SourceOption,
    UntilOption,
    chosen_index,
    chosen_llm,
)
from index.text.visible import LineFormatter, visible

if TYPE_CHECKING:
    from retrieval import ArticleQA
    from retrieval.asking.ways import How

_UsageError: Any = typer.BadParameter.__base__  # which typer does not name


class _Commands(TyperGroup):
    """Shows nothing of a wrong argument, which may be the name of a file, that steers a terminal."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]  # typer's own class of the same
        try:
            return super().invoke(ctx)
        except _UsageError as error:
            error.message = visible(error.message)
            raise


app = typer.Typer(
    cls=_Commands,
    help="Answers questions over your articles; every sentence points to a verbatim quote.\n\n"
    'Begin with: articlebot index FOLDER, then: articlebot ask "Où est Tartous ?", or: articlebot chat.',
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(measuring.train, name="train")


def _open(index: Path | None, reranker: str | None, llm: str | None) -> ArticleQA:
    """Opens the index for asking, as options and settings say."""
    from bot.settings import load_settings
    from retrieval import ArticleQA

    settings = load_settings()
    return ArticleQA.open(
        chosen_index(index), chosen_llm(llm), reranker=reranker or settings.reranker, reader=settings.reader
    )


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"articlebot {version('articlebot')}")
        raise typer.Exit


@app.callback()
def main(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Runs before every command: a character that the terminal or the locale does not know is shown as "?"."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    if logging.lastResort:  # what libraries warn about, and no log takes
        logging.lastResort.setFormatter(LineFormatter())


def ask(
    question: Annotated[
        str, typer.Argument(metavar="QUESTION", help="In any language, in quotes; - reads it from standard input.")
    ],
    index: IndexOption = None,
    llm: LLMOption = None,
    reranker: RerankerOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    source: SourceOption = None,
    language: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer one question: the answer, then its sources with title, outlet, date and quote."""
    with plain_errors(), closing(_open(index, reranker, llm)) as qa:
        from bot.terminal.display import show_as_it_comes, show_json

        asked = sys.stdin.read() if question == "-" else question
        within: How = {"since": since, "until": until, "source": source, "language": language}
        if as_json:
            show_json(qa.ask(asked, **within).to_dict())
        else:
            show_as_it_comes(qa.stream(asked, **within), written=qa.llm is not None)


def chat(
    index: IndexOption = None,
    llm: LLMOption = None,
    reranker: RerankerOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    source: SourceOption = None,
    language: LanguageOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print each answer as one line of JSON.")] = False,
) -> None:
    """Ask, and ask on: "Et avec qui ?" is understood. /help lists the commands, /quit or Ctrl-D ends."""
    with plain_errors(), closing(_open(index, reranker, llm)) as qa:
        from bot.terminal.chat import run_chat

        qa.articles(since=since, until=until, source=source, language=language)  # told now, not at each question
        run_chat(qa, {"since": since, "until": until, "source": source, "language": language}, as_json=as_json)


def bot_(
    index: IndexOption = None,
    demo: Annotated[
        bool,
        typer.Option("--demo", help="Try it without a token: an emulated Telegram, and you in this terminal."),
    ] = False,
    reranker: RerankerOption = None,
    llm: LLMOption = None,
) -> None:
    """Answer in Telegram; the token and who may ask come from ARTICLEBOT_* variables."""
    with plain_errors():
        from bot.settings import load_settings
        from bot.telegram.start import start_bot

        start_bot(load_settings(), chosen_index(index), lambda: chosen_llm(llm), reranker=reranker, demo=demo)


def doctor(index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Say what is wrong with this installation and what to do, a line each; exit 1 where there is a problem.

    Looked at: settings, Python, packages, disk, model, index, the bot's file, proxies, Telegram, language model, clock.

    What is not set up is told and is no problem. Nothing is changed. The token goes to the Bot API only, never shown.
    """
    with plain_errors():
        from bot.doctor.doctor import run_doctor

        if not run_doctor(index, as_json=as_json):
            raise typer.Exit(1)


# in the order of --help
app.command("index")(indexing.index_)
app.command()(indexing.forget)
app.command()(ask)
app.command()(chat)
app.command("bot")(bot_)
app.command()(indexing.status)
app.command()(indexing.rollback)
app.command()(indexing.verify)
app.command()(doctor)
app.command()(backup.backup)
app.command()(backup.restore)
app.command("eval")(measuring.evaluate)
app.command()(measuring.ablate)


if __name__ == "__main__":
    sys.exit(app())
