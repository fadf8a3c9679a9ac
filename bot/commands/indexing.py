"""The commands that make an index and look after it: index, forget, status, rollback, verify."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.options import (
    DeviceOption,
    IndexOption,
    JsonOption,
    ModelOption,
    chosen_index,
    named_index,
    plain_errors,
)
from index.errors import ArticlebotError
from index.store.postgres.address import IndexPlace
from index.text.visible import LineFormatter

if TYPE_CHECKING:
    from index.updating.run import IndexReport
    from index.updating.watch import Update

_LOG = logging.getLogger("articlebot.watch")

SourcesArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[SOURCE]...",
        help="Folders or files (.md .txt .jsonl .html .htm .xhtml .pdf .docx .odt .rtf .epub .eml .mbox .mhtml .mht "
        ".json .csv .gz, WordPress's .xml), read recursively; addresses of pages, feeds, sitemaps, Telegram channels; "
        ".opml files; .toml files that list sources. None: those of earlier runs again.",
        show_default=False,
    ),
]
FullOption = Annotated[
    bool, typer.Option("--full", help="Read and embed the given sources again, ignoring what is stored.")
]
PruneOption = Annotated[
    bool,
    typer.Option(
        "--prune", help="Accept that a source lost more than half of its articles; drop what feeds no longer list."
    ),
]
WorkersOption = Annotated[
    str | None,
    typer.Option(
        "--workers",
        metavar="N|ray|ray://HOST:PORT|HOST:PORT",
        help="Embed by so many processes, or by the machines of a Ray cluster (pip install 'articlebot[ray]'), where "
        "there is much to embed; the index is the same. Default: this process, on every core.",
        show_default=False,
    ),
]
WatchOption = Annotated[
    bool, typer.Option("--watch", help="Stay, and bring the index up to date whenever a source changes.")
]


def index_(
    sources: SourcesArgument = None,
    index: IndexOption = None,
    model: ModelOption = None,
    device: DeviceOption = None,
    workers: WorkersOption = None,
    full: FullOption = False,
    prune: PruneOption = False,
    watch: WatchOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make or update the index: embed what is new or changed, drop what is gone."""
    with plain_errors("stopped; the index is whole, and what was embedded so far is not embedded again"):
        from bot.settings import load_settings
        from bot.terminal.display import progress_bar
        from index import build_index

        settings = load_settings()
        folder = named_index(index, settings) if sources else chosen_index(index)  # new articles get their own

        def update(which: list[str | Path], *, full: bool = False, prune: bool = False) -> IndexReport:
            with progress_bar() as progress:
                return build_index(
                    which, folder, model=model or settings.model, device=device or settings.device, workers=workers,
                    full=full, prune=prune, reading=settings.reading(), kept=settings.generations, progress=progress,
                )  # fmt: skip

        _print_report(update(list(sources or []), full=full, prune=prune), as_json=as_json)
        if watch:
            with plain_errors("no longer watching"):
                log_updates(folder, update, settings.feed_interval_s)


def forget(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="The folder or file, or its name in `articlebot status`.")
    ],
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove a source and its articles from the index."""
    with plain_errors("stopped; the index is as it was"):
        from bot.settings import load_settings
        from bot.terminal.display import progress_bar
        from index.updating.build import forget_source

        settings, folder = load_settings(), chosen_index(index)
        with progress_bar() as progress:
            report = forget_source(source, folder, kept=settings.generations, progress=progress)
        _print_report(report, as_json=as_json)


def status(index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Tell what the index holds: articles, dates, languages, sources, model, what failed."""
    with plain_errors():
        from bot.terminal.display import show_json, show_status
        from index.store.anywhere.overview import index_status

        found = index_status(chosen_index(index))
        if as_json:
            show_json(found)
        else:
            show_status(found)


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
        from bot.terminal.display import out
        from index.store.anywhere.stores import store_of
        from index.text.visible import one_line

        settings, folder = load_settings(), chosen_index(index)
        name = store_of(folder).roll_back(generation, settings.generations)
        out.print(
            one_line(f"{folder}: generation {name} is live, as {generation or 'the one before'} was"), soft_wrap=True
        )


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
        from bot.settings import load_settings
        from bot.terminal.display import err, progress_bar, show_json, show_problems
        from index.store.anywhere.stores import store_of
        from index.text.visible import one_line
        from index.updating.build import repair_index

        settings, folder = load_settings(), chosen_index(index)
        store = store_of(folder)
        found = store.problems()
        if found and repair:
            for line in found:
                err.print(one_line(line), style="yellow", soft_wrap=True)
            with progress_bar() as progress:
                report = repair_index(folder, reading=settings.reading(), kept=settings.generations, progress=progress)
            if not as_json:
                _print_report(report, as_json=False)
            found = store.problems()
        if as_json:
            show_json({"index": str(folder), "problems": found})
        else:
            show_problems(folder, found)
        if found:
            raise typer.Exit(1)


def _print_report(report: IndexReport, *, as_json: bool) -> None:
    from bot.terminal.display import show_json, show_report

    if as_json:
        show_json(asdict(report))
    else:
        show_report(report)


def log_updates(folder: IndexPlace, update: Update, interval_s: float) -> None:
    """Watches the sources of an index until Ctrl-C: a line of log for every outcome."""
    from index.updating.watch import watch_sources

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter("%(asctime)s %(levelname)s %(message)s"))
    _LOG.addHandler(handler)
    _LOG.setLevel(logging.INFO)
    _LOG.info("watching the sources of %s; Ctrl-C ends", folder)
    with _until_interrupted() as stop:
        for outcome in watch_sources(folder, update, interval_s=interval_s, stop=stop):
            if isinstance(outcome, ArticlebotError):
                _LOG.error("%s", outcome)
                continue
            _LOG.info("%s", outcome)
            for note in outcome.notes:
                _LOG.warning("%s", note)
            for failure in outcome.failed:
                _LOG.warning("failed: %s: %s", failure.id, failure.reason)


@contextmanager
def _until_interrupted() -> Iterator[threading.Event]:
    """Ctrl-C sets the event, and interrupts what is being done, but no `__del__`, which Python lets lose it."""
    stop = threading.Event()

    def interrupt(_: int, frame: FrameType | None) -> None:
        stop.set()
        while frame:
            if frame.f_code.co_name == "__del__":
                return
            frame = frame.f_back
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
    if stop.is_set():
        raise KeyboardInterrupt
