"""Backs up an index as it is at one moment, and restores it: the generation before or the one restored, never half."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from index.article import Progress
from index.backup.archive import BackupError, Header, pack, read_header, unpack
from index.disk import locked, put_in_place, sync
from index.embedding.cache import CACHE_FILE, is_damage
from index.errors import ArticlebotError
from index.permission import check_readable, check_writable
from index.sources.names import ADDED
from index.sources.web.seen import PAGES_FILE
from index.store import live
from index.store.folder import FolderGeneration
from index.store.manifest import MANIFEST, OldFormatError, read_manifest
from index.updating.build import check_target

_GENERATION = "index/generation/"  # what the names of its files begin with
_ADDED = f"index/{ADDED}/"
_DATABASES = (CACHE_FILE, PAGES_FILE)  # worth having, and made anew where they are not there
_PARTIAL = ".partial-"

Copy = Callable[[Path], bool]  # writes a file to a path; False: there is none


@dataclass(slots=True)
class BackupReport:
    """What a backup holds, or what was restored of it."""

    file: str
    bytes: int
    created: str
    generation: str
    articles: int
    others: list[str]  # names of what it holds beside the index
    notes: list[str] = field(default_factory=list)


def back_up(folder: Path, file: Path, others: Mapping[str, Copy], progress: Progress) -> BackupReport:
    """Writes the live generation and what lies beside it into one file, whole or not at all; a writer may be at work.

    Args:
        folder: the index.
        file: where to; an earlier backup there is replaced once this one is whole.
        others: what else goes in, by name.
        progress: called with (what is being done, bytes so far, in all).

    Raises:
        ArticlebotError: no index there, it is damaged, or the file cannot be written. Nothing is left behind.
    """
    generation, lock = live.lock_generation(folder)
    with lock, _work_place(file) as work:
        manifest = read_manifest(lock.read(), generation)
        members = {f"{_GENERATION}{name}": generation / name for name in (MANIFEST, *manifest["files"])}
        check_readable(members.values(), "back it up {as_owner}")
        notes = []
        for name in _DATABASES:
            try:
                if copy_database(folder / name, work / name):
                    members[f"index/{name}"] = work / name
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise
                notes.append(f"{folder / name}: damaged, left out; it is made anew when it is needed")
        members |= _copy_added(folder / ADDED, work / ADDED)
        held = [name for name, copy in others.items() if copy(work / Path(name).name)]
        members |= {name: work / Path(name).name for name in held}
        about = {"generation": generation.name, "articles": manifest["counts"]["articles"], "others": held}
        header = pack(work / "archive", members, about, progress)
        for name, about_file in manifest["files"].items():
            if header.files[f"{_GENERATION}{name}"] != about_file:
                raise BackupError(f"{generation / name}: not as it was written; run `articlebot verify --repair` first")
        put_in_place(work / "archive", file)
    return _report(file, header, notes)


def _report(file: Path, header: Header, notes: list[str]) -> BackupReport:
    about = header.about
    return BackupReport(
        str(file), file.stat().st_size, header.created, str(about["generation"]), int(about["articles"]),
        [str(name) for name in about["others"]], notes,
    )  # fmt: skip


def copy_database(source: Path, target: Path) -> bool:
    """Writes an SQLite file as it is at one moment, also beside who writes it; False where there is none.

    Raises:
        sqlite3.Error: it is damaged, or cannot be read.
    """
    check_readable([source], "back it up {as_owner}")
    if not source.exists():
        return False
    # for writing: only so a write-ahead log is taken away again. A folder that may only be read has no writer
    for how in ("mode=rw", "mode=ro", "mode=ro&immutable=1"):
        try:
            address = f"{source.absolute().as_uri()}?{how}"
            with contextlib.closing(sqlite3.connect(address, uri=True)) as db:
                target.unlink(missing_ok=True)
                with contextlib.closing(sqlite3.connect(target)) as copy:
                    db.backup(copy)  # in one step: who writes meanwhile cannot make it begin again
            return True
        except sqlite3.OperationalError as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if how.endswith("immutable=1") or code not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
                raise
    raise AssertionError("the last way returns or raises")


def _copy_added(source: Path, target: Path) -> dict[str, Path]:
    """Copies what was added by chat, which may go meanwhile; returns the copies by name."""
    check_readable([source], "back it up {as_owner}")
    members = {}
    for path in sorted(source.rglob("*")):
        relative = path.relative_to(source)
        if path.is_file() and not any(part.startswith(".") for part in relative.parts):
            copy = target / relative
            copy.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(path, copy)
                members[f"{_ADDED}{relative.as_posix()}"] = copy
    return members


def restore(
    file: Path,
    folder: Path,
    others: Mapping[str, Path],
    check: Callable[[], None],
    *,
    kept: int = live.KEPT,
    progress: Progress,
) -> BackupReport:
    """Makes the generation of a backup the live one of `folder`; until it is whole and checked, nothing changes.

    What was the live generation stays as the one before it, for readers and for `articlebot rollback`.

    Args:
        file: the backup.
        folder: the index, which may be there or not.
        others: where else to write what the backup holds beside the index, by name.
        check: raises where one of these is not what it should be, before anything is put in place.
        kept: generations that stay.
        progress: called with (what is being done, bytes so far, in all).

    Raises:
        ArticlebotError: it is no backup, or damaged; another process is writing the index; there is no room.
    """
    read_header(file)  # before a folder is made for nothing
    check_target(folder)
    is_new = not folder.exists()
    try:
        with live.writer_lock(folder):
            return _restore(file, folder, others, check, kept, progress)
    except BaseException:
        if is_new:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _restore(
    file: Path, folder: Path, others: Mapping[str, Path], check: Callable[[], None], kept: int, progress: Progress
) -> BackupReport:
    generations = folder / live.GENERATIONS
    generations.mkdir(exist_ok=True)
    live.tidy(folder, kept)
    name = live.next_name(folder)
    unfinished = generations / f".{name}"
    work = generations / f".{int(name) + 1:08d}"  # by its name the next writer removes what a kill leaves
    try:
        unfinished.mkdir()
        work.mkdir()
        (work / ADDED).mkdir(mode=0o700)

        def place(name: str) -> tuple[Path, int]:
            if name.startswith(_GENERATION):
                return unfinished / name.removeprefix(_GENERATION), 0o666
            if name.startswith(_ADDED):
                return work / ADDED / name.removeprefix(_ADDED), 0o600
            if name in {f"index/{database}" for database in _DATABASES}:
                return work / Path(name).name, 0o666
            if name in others:
                return others[name], 0o600
            raise BackupError(f"{file}: {name!r} in it belongs nowhere; nothing was restored")

        report = _report(file, unpack(file, place, progress), [])
        report.notes += _check_generation(unfinished)
        check()
        _put_beside(folder, work, name)
        live.go_live(folder, name)
        live.settle_added(folder)
        report.generation = name
        return report
    finally:
        live.tidy(folder, kept)


def _check_generation(unfinished: Path) -> list[str]:
    """Raises where a restored generation cannot be read; returns what is to be done about one of an earlier version."""
    try:
        FolderGeneration(unfinished, (unfinished / MANIFEST).open("rb")).close()
    except OldFormatError as error:
        return [str(error)]
    except FileNotFoundError as error:
        raise BackupError(f"{error.filename}: not in the backup; take another one") from error
    for path in (*unfinished.rglob("*"), unfinished):
        if path.is_dir():
            sync(path)
    return []


def _put_beside(folder: Path, work: Path, name: str) -> None:
    """Puts what belongs to a generation beside it, before it is live; the generation before may use it too."""
    for database in _DATABASES:
        if (work / database).exists():
            put_database(work / database, folder / database)
    if any((work / ADDED).iterdir()) or (folder / ADDED).exists():
        (work / ADDED).rename(live.waiting_added(folder, name))


def put_database(source: Path, target: Path) -> None:
    """Puts an SQLite file in the place of another one, whose unfinished business must not become its own."""
    for side in ("-wal", "-shm", "-journal"):
        target.with_name(f"{target.name}{side}").unlink(missing_ok=True)
    put_in_place(source, target)


@contextlib.contextmanager
def _work_place(file: Path) -> Iterator[Path]:
    """Yields a private folder beside a file; it is gone afterwards, and so are those that a kill left."""
    check_writable([file.absolute().parent], "name another place")
    _check_target(file)
    for left in file.parent.glob(f".{file.name}{_PARTIAL}*"):
        with contextlib.suppress(OSError), locked(left, os.O_RDONLY):
            shutil.rmtree(left)
    try:
        with (
            tempfile.TemporaryDirectory(prefix=f".{file.name}{_PARTIAL}", dir=file.parent) as work,
            locked(Path(work), os.O_RDONLY),
        ):
            yield Path(work)
    except ArticlebotError:
        raise
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"{file}: cannot be made ({error}); make room, or name another place") from error


def _check_target(file: Path) -> None:
    """Raises where a backup cannot be put: in the place of anything but another backup."""
    if not file.absolute().parent.is_dir():
        raise BackupError(f"{file.parent}: no such folder; make it, or name another place for the backup")
    if file.is_dir():
        raise BackupError(f"{file}: a folder, the name of a file wanted; for instance {file / 'articlebot.tar'}")
    if file.exists():
        try:
            read_header(file)
        except BackupError as error:
            raise BackupError(f"{file}: there already, and not a backup; name another file, or remove it") from error
