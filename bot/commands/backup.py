"""The commands backup and restore, index and state of the bot in one file; and copy, to a database or back."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.options import IndexOption, JsonOption, chosen_index, named_index, plain_errors
from index.store.postgres.address import IndexPlace
from index.text.visible import one_line

if TYPE_CHECKING:
    from index.backup.backup import BackupReport

_STATE = "state/bot.sqlite"  # its name in a backup

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The backup, a tar; restored also if compressed.")]
StateOption = Annotated[
    Path | None,
    typer.Option(
        "--state",
        help="The bot's file; a state in a database is left to pg_dump. Default: $ARTICLEBOT_STATE, "
        "else .articlebot/bot.sqlite, if there is one.",
        show_default=False,
    ),
]


def backup(
    file: FileArgument, index: IndexOption = None, state: StateOption = None, as_json: JsonOption = False
) -> None:
    """Write index, added articles and the bot's state into one file; the bot and `articlebot index` may go on.

    An earlier backup of this name is replaced once the new one is whole. It holds people's words: only its owner may
    read it.
    """
    with plain_errors("stopped; no backup was made, an earlier one is as it was"):
        from bot.settings import load_settings
        from bot.telegram.state.saved import save_state
        from bot.telegram.state.store import StateError
        from bot.terminal.display import progress_bar
        from index.backup.backup import back_up

        settings = load_settings()
        path = state or settings.state
        if state and not state.exists():
            raise StateError(f"{state}: not there, the bot's file wanted; leave --state out to back up the index alone")
        others = {_STATE: lambda target: save_state(path, target)} if isinstance(path, Path) else {}
        with progress_bar() as progress:
            report = back_up(_folder(chosen_index(index)), file, others, progress)
        if not isinstance(path, Path):
            report.notes.append(f"{path}: the bot's state is in a database; back it up by pg_dump")
        _show(report, f"{file}, {report.bytes / 1e6:.1f} MB", as_json=as_json)


def restore_(
    file: FileArgument,
    index: IndexOption = None,
    state: StateOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the index and the state that are there.", show_default=False)
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Bring index, added articles and the bot's state back from a backup; the bot must not run.

    Everything is read and checked first; until then what is there stays as it is.
    """
    with plain_errors("stopped; what was there is as it was"):
        from bot.settings import load_settings

        settings = load_settings()
        folder, path = _folder(named_index(index, settings)), _file(state or settings.state)
        report, with_state = _bring_back(file, folder, path, force=force, kept=settings.generations)
        report.notes += _missing_sources(folder)
        where = f"{folder}{f' and {path}' if with_state else ''}, as they were {report.created}"
        _show(report, where, as_json=as_json)


def copy(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="The index: a folder, or postgresql://…")],
    target: Annotated[str, typer.Argument(metavar="TARGET", help="Where to; no index may be there.")],
    as_json: JsonOption = False,
) -> None:
    """Copy an index from a folder into a database, or back, and compare both; nothing is embedded.

    The source stays, and readers may go on. A copy that was stopped goes on when the command is given again.
    """
    with plain_errors("stopped; what was copied so far stays, and the same command goes on from there"):
        from bot.terminal.display import out, progress_bar, show_json
        from index.backup.copying import copy_index

        with progress_bar() as progress:
            report = copy_index(source, target, progress)
        if as_json:
            show_json(asdict(report))
        else:
            out.print(one_line(str(report)), soft_wrap=True)


def _bring_back(file: Path, folder: Path, path: Path, *, force: bool, kept: int) -> tuple[BackupReport, bool]:
    """Restores index and, where the backup has one, state; returns what was restored, and whether the state was."""
    from bot.telegram.state.file import hold, restored_path
    from bot.telegram.state.saved import check_state, put_state
    from bot.terminal.display import progress_bar
    from index.backup.archive import read_header
    from index.backup.backup import restore
    from index.store.live import check_index_writable

    with_state = _STATE in read_header(file).files
    check_index_writable(folder)
    waiting = restored_path(path)
    with ExitStack() as cleanup:
        if with_state:
            folder.absolute().parent.mkdir(parents=True, exist_ok=True)  # else, if it is the state's too, it is private
            cleanup.callback(hold(path).close)
        if not force:
            _refuse_to_replace(folder, path if with_state else None)
        if with_state:
            cleanup.callback(waiting.unlink, missing_ok=True)
            waiting.unlink(missing_ok=True)
        with progress_bar() as progress:
            report = restore(
                file, folder, {_STATE: waiting}, lambda: check_state(waiting) if with_state else None, kept=kept,
                progress=progress,
            )  # fmt: skip
        if with_state:
            put_state(waiting, path)
    return report, with_state


def _folder(place: IndexPlace) -> Path:
    """Returns the folder of an index; raises BackupError where it is in a database, which has ways of its own."""
    from index.backup.archive import BackupError

    if not isinstance(place, Path):
        raise BackupError(
            f"{place}: a database, a folder wanted; back it up by pg_dump, or first "
            f"`articlebot copy {place} FOLDER` and then the folder"
        )
    return place


def _file(place: IndexPlace) -> Path:
    """Returns the bot's file; raises BackupError where its state is in a database."""
    from index.backup.archive import BackupError

    if not isinstance(place, Path):
        raise BackupError(
            f"{place}: a database, a file wanted; restore the state to one: --state .articlebot/bot.sqlite"
        )
    return place


def _refuse_to_replace(folder: Path, state: Path | None) -> None:
    """Raises where something is there already."""
    from index.backup.archive import BackupError

    there = [str(path) for path in (folder, state) if path and path.exists() and not _is_empty(path)]
    if there:
        raise BackupError(
            f"{' and '.join(there)}: there already; nothing was changed; restore elsewhere with --index and --state, "
            "or replace with --force"
        )


def _is_empty(path: Path) -> bool:
    """Whether a folder holds nothing that counts: no index."""
    from index.store.live import CURRENT

    return path.is_dir() and not (path / CURRENT).exists()


def _missing_sources(folder: Path) -> list[str]:
    """Returns a line for each folder of articles that is not on this machine."""
    from index.store.anywhere.overview import index_status

    return [
        f"source {source['name']}: {source['path']} is not there now; bring it, or `articlebot forget {source['name']}`"
        for source in index_status(folder)["sources"]
        if not source["there"]
    ]


def _show(report: BackupReport, where: str, *, as_json: bool) -> None:
    from bot.terminal.display import err, out, show_json

    if as_json:
        show_json(asdict(report))
        return
    for note in report.notes:
        err.print(note, style="yellow", soft_wrap=True)
    state = ", the bot's state" if report.others else ", no state of a bot"
    out.print(one_line(f"{where}: generation {report.generation}, {report.articles} articles{state}"))
