"""The command line: its commands in the order of --help."""

from __future__ import annotations

import logging
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from bot.commands import asking, backup, indexing, llm, measuring
from bot.commands.options import (
    IndexOption,
    JsonOption,
    plain_errors,
)
from index.text.visible import LineFormatter, visible

if TYPE_CHECKING:
    pass

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
app.command()(asking.ask)
app.command()(asking.chat)
app.command()(asking.news)
app.command("bot")(asking.bot_)
app.command()(asking.mcp)
app.command()(indexing.status)
app.command()(indexing.rollback)
app.command()(indexing.verify)
app.command()(doctor)
app.command("llm")(llm.llm_)
app.command()(backup.backup)
app.command("restore")(backup.restore_)
app.command()(backup.copy)
app.command("eval")(measuring.evaluate)
app.command()(measuring.ablate)


if __name__ == "__main__":
    sys.exit(app())
