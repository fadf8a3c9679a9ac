"""The command line: index, ask, chat, status, verify, eval."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot import train
from bot.settings import Settings, load_settings
from index import ArticlebotError

if TYPE_CHECKING:
    from retrieval import ArticleQA

app = typer.Typer(
    help="Answers questions over your articles; every sentence points to a verbatim quote.\n\n"
    'Begin with: articlebot index FOLDER, then: articlebot ask "…", or: articlebot chat.',
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
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


@contextmanager
def plain_errors(interrupted: str = "stopped") -> Iterator[None]:
    """Turns our errors, a full disk among them, into one line and exit 1; Ctrl-C into one line and exit 130."""
    from bot.display import err

    try:
        yield
    except ArticlebotError as error:
        err.print(f"articlebot: {error}", style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt as error:
        err.print(f"articlebot: {interrupted}", markup=False)
        raise typer.Exit(130) from error


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1))


def _open(index: Path | None, settings: Settings) -> ArticleQA:
    from retrieval import ArticleQA

    return ArticleQA.open(index or settings.index)


@app.command("index")
def index_(
    sources: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Folders or files (.md .txt .html), read recursively. None: those of earlier runs again.",
            show_default=False,
        ),
    ] = None,
    index: IndexOption = None,
    model: ModelOption = None,
    full: Annotated[
        bool, typer.Option(help="Read and embed the given sources again, ignoring what is stored.")
    ] = False,
    prune: Annotated[bool, typer.Option(help="Accept that a source lost more than half of its articles.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make or update the index: embeds what is new or changed, drops what is gone."""
    from bot.display import progress_bar, show_report
    from index import build_index

    with plain_errors("stopped; the index is as it was, and what was embedded so far is not embedded again"):
        settings = load_settings()
        with progress_bar() as progress:
            report = build_index(
                list(sources or []), index or settings.index, model=model or settings.model, full=full, prune=prune,
                max_bytes=settings.max_file_bytes, progress=progress,
            )  # fmt: skip
        if as_json:
            _print_json({**asdict(report), "failed": [{"id": f.id, "reason": f.reason} for f in report.failed]})
        else:
            show_report(report)


@app.command()
def forget(
    source: Annotated[str, typer.Argument(help="The folder or file, or its name in `articlebot status`.")],
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove a source and its articles from the index."""
    from bot.display import progress_bar, show_report
    from index.build import forget_source

    with plain_errors("stopped; the index is as it was"):
        with progress_bar() as progress:
            report = forget_source(source, index or load_settings().index, progress=progress)
        if as_json:
            _print_json({**asdict(report), "failed": [{"id": f.id, "reason": f.reason} for f in report.failed]})
        else:
            show_report(report)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="In any language.")],
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer one question: the answer, then its sources with title, outlet, date and quote."""
    from bot.display import show_answer

    with plain_errors(), closing(_open(index, load_settings())) as qa:
        answer = qa.ask(question)
        if as_json:
            _print_json(answer.to_dict())
        else:
            show_answer(answer)


@app.command()
def chat(index: IndexOption = None) -> None:
    """Ask and ask on: follow-ups such as "Et avec qui ?" are understood. /new starts over, /quit or Ctrl-D ends."""
    from bot.chat import run_chat

    with plain_errors(), closing(_open(index, load_settings())) as qa:
        run_chat(qa)


@app.command()
def status(index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Tell what the index holds: articles, dates, languages, sources, model, what failed."""
    from bot.display import show_status
    from index.status import index_status

    with plain_errors():
        found = index_status(index or load_settings().index)
        if as_json:
            _print_json(found)
        else:
            show_status(found)


@app.command()
def verify(index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Check every file of the index against its checksum, and its counts and offsets; exit 1 where one is wrong."""
    from bot.display import err, out
    from index.publish import problems

    with plain_errors():
        folder = index or load_settings().index
        found = problems(folder)
        if as_json:
            _print_json({"index": str(folder), "problems": found})
        for line in [] if as_json else found:
            err.print(line, style="red", markup=False, soft_wrap=True)
        if found:
            raise typer.Exit(1)
        if not as_json:
            out.print(f"{folder}: all is well", markup=False)


@app.command("eval")
def evaluate(
    sets: Annotated[list[Path], typer.Argument(help="Folders that hold articles/*.md and questions.jsonl.")],
    work: Annotated[Path, typer.Option(help="Where the indexes of the sets are kept between runs.")] = Path(
        ".articlebot/eval"
    ),
    model: ModelOption = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Ask the first so many questions of each set.", show_default=False)
    ] = None,
    floor: Annotated[
        list[str] | None,
        typer.Option(
            help="METRIC=VALUE, for instance hit@4000=0.9; exit 1 where a set is below. Repeatable.", show_default=False
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure search and answers on sets of labelled questions."""
    from bot.display import progress_bar, show_evaluation
    from retrieval.evaluation import below_floors, evaluate, read_floors

    with plain_errors():
        floors = read_floors(floor or [])
        with progress_bar() as progress:
            reports = [evaluate(folder, work, model=model, limit=limit, progress=progress) for folder in sets]
        if as_json:
            _print_json({report.name: report.metrics() for report in reports})
        else:
            show_evaluation(reports)
        missed = below_floors(reports, floors)
        for line in missed:
            typer.echo(line, err=True)
        if missed:
            raise typer.Exit(1)


if __name__ == "__main__":
    sys.exit(app())
