"""The command line: index, ask, chat, bot, status, verify, eval."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot import train
from bot.options import WORK, LLMOption, SetsArgument, WorkOption, chosen_llm, how_to_read
from index import ArticlebotError

if TYPE_CHECKING:
    from index.build import IndexReport
    from retrieval import ArticleQA

app = typer.Typer(
    help="Answers questions over your articles; every sentence points to a verbatim quote.\n\n"
    'Begin with: articlebot index FOLDER, then: articlebot ask "Où est Tartous ?", or: articlebot chat.',
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(train.app, name="train")

IndexOption = Annotated[
    Path | None,
    typer.Option(
        "--index", help="Folder of the index. Default: $ARTICLEBOT_INDEX, else .articlebot/index.", show_default=False
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of text.")]
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="Sentence Transformers model by name or folder. Default: the bundled multilingual-e5-small.",
        show_default=False,
    ),
]
RerankerOption = Annotated[
    str | None,
    typer.Option(
        "--reranker",
        help="Sentence Transformers CrossEncoder by name or folder, which reads the best passages again. Default: off.",
        show_default=False,
    ),
]


@contextmanager
def plain_errors(interrupted: str = "stopped") -> Iterator[None]:
    """Turns our errors, a full disk among them, into one line and exit 1; Ctrl-C into one line and exit 130."""
    from bot.display import err

    try:
        yield
    except ArticlebotError as error:
        err.print(f"articlebot: {error}", style="red", soft_wrap=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt as error:
        err.print(f"articlebot: {interrupted}", soft_wrap=True)
        raise typer.Exit(130) from error


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1))


def _print_report(report: IndexReport, *, as_json: bool) -> None:
    from bot.display import show_report

    if as_json:
        _print_json(asdict(report))
    else:
        show_report(report)


def _index_folder(index: Path | None) -> Path:
    """Returns the folder that was named, else the one of the settings."""
    from bot.settings import load_settings

    return index or load_settings().index


def _open(index: Path | None, reranker: str | None, llm: str | None) -> ArticleQA:
    """Opens the index for asking, as options and settings say."""
    from bot.settings import load_settings
    from retrieval import ArticleQA

    settings = load_settings()
    return ArticleQA.open(index or settings.index, chosen_llm(llm), reranker=reranker or settings.reranker)


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


@app.command("index")
def index_(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SOURCE]...",
            help="Folders or files (.md .txt .html .pdf .docx .epub .jsonl), read recursively; addresses of pages, "
            "feeds, sitemaps; .opml files; .toml files that list sources. None: those of earlier runs again.",
            show_default=False,
        ),
    ] = None,
    index: IndexOption = None,
    model: ModelOption = None,
    full: Annotated[
        bool, typer.Option("--full", help="Read and embed the given sources again, ignoring what is stored.")
    ] = False,
    prune: Annotated[
        bool,
        typer.Option(
            "--prune", help="Accept that a source lost more than half of its articles; drop what feeds no longer list."
        ),
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Stay, and bring the index up to date whenever a source changes.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make or update the index: embed what is new or changed, drop what is gone."""
    with plain_errors("stopped; the index is as it was, and what was embedded so far is not embedded again"):
        from bot.display import progress_bar
        from bot.settings import load_settings
        from index import build_index

        settings = load_settings()
        folder = index or settings.index

        def update(which: list[str | Path], *, full: bool = False, prune: bool = False) -> IndexReport:
            with progress_bar() as progress:
                return build_index(
                    which, folder, model=model or settings.model, full=full, prune=prune,
                    reading=how_to_read(settings), kept=settings.generations, progress=progress,
                )  # fmt: skip

        _print_report(update(list(sources or []), full=full, prune=prune), as_json=as_json)
        if watch:
            from bot.watching import log_updates

            with plain_errors("no longer watching"):
                log_updates(folder, update, settings.feed_interval_s)


@app.command()
def forget(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="The folder or file, or its name in `articlebot status`.")
    ],
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove a source and its articles from the index."""
    with plain_errors("stopped; the index is as it was"):
        from bot.display import progress_bar
        from bot.settings import load_settings
        from index.build import forget_source

        settings = load_settings()
        with progress_bar() as progress:
            report = forget_source(source, index or settings.index, kept=settings.generations, progress=progress)
        _print_report(report, as_json=as_json)


@app.command()
def ask(
    question: Annotated[
        str, typer.Argument(metavar="QUESTION", help="In any language, in quotes; - reads it from standard input.")
    ],
    index: IndexOption = None,
    llm: LLMOption = None,
    reranker: RerankerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer one question: the answer, then its sources with title, outlet, date and quote."""
    with plain_errors(), closing(_open(index, reranker, llm)) as qa:
        from bot.display import show_as_it_comes

        asked = sys.stdin.read() if question == "-" else question
        if as_json:
            _print_json(qa.ask(asked).to_dict())
        else:
            show_as_it_comes(qa.stream(asked), written=qa.llm is not None)


@app.command()
def chat(
    index: IndexOption = None,
    llm: LLMOption = None,
    reranker: RerankerOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print each answer as one line of JSON.")] = False,
) -> None:
    """Ask, and ask on: "Et avec qui ?" is understood. /new starts over, /quit or Ctrl-D ends."""
    with plain_errors(), closing(_open(index, reranker, llm)) as qa:
        from bot.chat import run_chat

        run_chat(qa, as_json=as_json)


@app.command("bot")
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

        start_bot(load_settings(), _index_folder(index), lambda: chosen_llm(llm), reranker=reranker, demo=demo)


@app.command()
def status(index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Tell what the index holds: articles, dates, languages, sources, model, what failed."""
    with plain_errors():
        from bot.display import show_status
        from index.status import index_status

        found = index_status(_index_folder(index))
        if as_json:
            _print_json(found)
        else:
            show_status(found)


@app.command()
def rollback(
    generation: Annotated[
        str | None,
        typer.Argument(metavar="[GENERATION]", help="As `articlebot status` lists them. None: the one before."),
    ] = None,
    index: IndexOption = None,
) -> None:
    """Make an earlier state of the index the live one again; the next `articlebot index` goes forward from there."""
    with plain_errors("stopped; the index is as it was"):
        from bot.settings import load_settings
        from index.publish import roll_back

        settings = load_settings()
        folder = index or settings.index
        name = roll_back(folder, generation, settings.generations)
        typer.echo(f"{folder}: generation {name} is live, as {generation or 'the one before'} was")


@app.command()
def verify(
    index: IndexOption = None,
    repair: Annotated[
        bool,
        typer.Option("--repair", help="Make anew what is damaged, from the articles and the embeddings made before."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Check every file of the index, its counts and its offsets; exit 1 where something is wrong."""
    with plain_errors():
        from bot.display import err, progress_bar, show_problems
        from bot.settings import load_settings
        from index.build import repair_index
        from index.verify import problems

        settings = load_settings()
        folder = index or settings.index
        found = problems(folder)
        if found and repair:
            for line in found:
                err.print(line, style="yellow", soft_wrap=True)
            with progress_bar() as progress:
                report = repair_index(
                    folder, reading=how_to_read(settings), kept=settings.generations, progress=progress
                )
            if not as_json:
                _print_report(report, as_json=False)
            found = problems(folder)
        if as_json:
            _print_json({"index": str(folder), "problems": found})
        else:
            show_problems(folder, found)
        if found:
            raise typer.Exit(1)


@app.command("eval")
def evaluate(
    sets: SetsArgument,
    work: WorkOption = WORK,
    model: ModelOption = None,
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
        from bot.display import progress_bar, show_calibration, show_evaluation
        from bot.settings import load_settings
        from retrieval.calibration import curve, judge, reliability
        from retrieval.evaluation import below_floors, evaluate, read_floors

        floors = read_floors(floor or [])
        settings, writer = load_settings(), chosen_llm(llm)
        with progress_bar() as progress:
            reports = [
                evaluate(folder, work, model=model, llm=writer, reranker=reranker, limit=limit, progress=progress)
                for folder in sets
            ]
        for report in reports:
            report.prices = (settings.llm_price_in, settings.llm_price_out)
            judged = {
                folder.resolve().name: judge(
                    folder, work, model=model, reranker=reranker, limit=limit, progress=progress
                )
                for folder in (sets if details else ())
            }
        curves = {name: curve(of_set) for name, of_set in judged.items()}
        together = reliability([each for of_set in judged.values() for each in of_set])
        if as_json:
            found = {report.name: report.metrics() for report in reports}
            intervals = {report.name: report.intervals() for report in reports}
            more = {"metrics": found, "intervals": intervals, "curves": curves, "reliability": together}
            _print_json(more if details else found)
        else:
            show_evaluation(reports, intervals=details)
            if details:
                show_calibration(curves, together)
        missed = below_floors(reports, floors)
        for line in missed:
            typer.echo(f"articlebot: {line}", err=True)
        if missed:
            raise typer.Exit(1)


@app.command()
def ablate(
    sets: SetsArgument,
    work: WorkOption = WORK,
    as_json: JsonOption = False,
) -> None:
    """Measure what each part of the search gives, and what slips in a question cost: hit@4000."""
    with plain_errors("stopped; nothing was measured"):
        from bot.display import progress_bar, show_shares
        from retrieval.ablation import ablate, mangle

        with progress_bar() as progress:
            parts = {folder.resolve().name: ablate(folder, work, progress) for folder in sets}
            slips = {folder.resolve().name: mangle(folder, work, progress) for folder in sets}
        if as_json:
            _print_json({"parts": parts, "slips": slips})
        else:
            show_shares("searched with", parts)
            typer.echo()
            show_shares("questions", slips)


if __name__ == "__main__":
    sys.exit(app())
