"""The command line: its commands in the order of --help."""

from __future__ import annotations

import logging
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from bot.commands import asking, backup, indexing, train
from bot.commands.options import (
    WORK,
    DeviceOption,
    IndexOption,
    JsonOption,
    LLMOption,
    ModelOption,
    RerankerOption,
    SetsArgument,
    WorkOption,
    chosen_llm,
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
app.add_typer(train.app, name="train")


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


def evaluate(
    sets: SetsArgument,
    work: WorkOption = WORK,
    model: ModelOption = None,
    device: DeviceOption = None,
    llm: LLMOption = None,
    reranker: RerankerOption = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Ask the first so many questions of each set.", show_default=False)
    ] = None,
    floor: Annotated[
        list[str] | None,
        typer.Option(
            metavar="METRIC=VALUE",
            help="For instance hit@4000=0.9; exit 1 where a set is below. Repeatable.",
            show_default=False,
        ),
    ] = None,
    details: Annotated[
        bool,
        typer.Option("--details", help="Also 95 % intervals, the whole curve of refusing, and a reliability table."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Measure search and answers on sets of labelled questions."""
    with plain_errors("stopped; nothing was measured"):
        from bot.settings import load_settings
        from bot.terminal.display import err, progress_bar, show_calibration, show_evaluation, show_json
        from index.text.visible import one_line
        from retrieval.learning.calibration import curve, judge, reliability
        from retrieval.learning.evaluation import Options, below_floors, evaluate, kept_reader, read_floors

        floors = read_floors(floor or [])
        settings, writer = load_settings(), chosen_llm(llm)
        with progress_bar() as progress:
            options: Options = {
                "model": model, "device": device or settings.device, "llm": writer, "reranker": reranker,
                "reader": kept_reader() if settings.reader else False, "progress": progress,
            }  # fmt: skip
            reports = [evaluate(folder, work, limit=limit, **options) for folder in sets]
            judged = {
                folder.resolve().name: judge(folder, work, limit=limit, **options)
                for folder in (sets if details else ())
            }
        for report in reports:
            report.prices = (settings.llm_price_in, settings.llm_price_out)
        curves = {name: curve(of_set) for name, of_set in judged.items()}
        together = reliability([each for of_set in judged.values() for each in of_set])
        if as_json:
            found = {report.name: report.metrics() for report in reports}
            intervals = {report.name: report.intervals() for report in reports}
            more = {"metrics": found, "intervals": intervals, "curves": curves, "reliability": together}
            show_json(more if details else found)
        else:
            show_evaluation(reports, intervals=details)
            if details:
                show_calibration(curves, together)
        missed = below_floors(reports, floors)
        for line in missed:
            err.print(one_line(f"articlebot: {line}"), soft_wrap=True)
        if missed:
            raise typer.Exit(1)


def ablate(
    sets: SetsArgument,
    work: WorkOption = WORK,
    as_json: JsonOption = False,
) -> None:
    """Measure what each part of the search gives, and what slips in a question cost: hit@4000."""
    with plain_errors("stopped; nothing was measured"):
        from bot.terminal.display import out, progress_bar, show_json, show_shares
        from retrieval.learning.ablation import ablate, mangle

        with progress_bar() as progress:
            parts = {folder.resolve().name: ablate(folder, work, progress) for folder in sets}
            slips = {folder.resolve().name: mangle(folder, work, progress) for folder in sets}
        if as_json:
            show_json({"parts": parts, "slips": slips})
        else:
            show_shares("searched with", parts)
            out.print()
            show_shares("questions", slips)


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
app.command("bot")(asking.bot_)
app.command()(indexing.status)
app.command()(indexing.rollback)
app.command()(indexing.verify)
app.command()(doctor)
app.command()(backup.backup)
app.command("restore")(backup.restore_)
app.command("eval")(evaluate)
app.command()(ablate)


if __name__ == "__main__":
    sys.exit(app())
