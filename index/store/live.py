"""Which generation is live: finding and locking it, the writer's lock, going live, rolling back, removing old ones."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from index.disk import locked, put_in_place, share_folder, sync, write_synced
from index.embedding.cache import CACHE_FILE
from index.errors import ArticlebotError, why
from index.permission import check_readable, check_writable
from index.sources.names import ADDED
from index.sources.web.seen import PAGES_FILE
from index.store.manifest import MANIFEST, DamagedIndexError, IndexFormatError, read_manifest, wrong_files

CURRENT = "CURRENT"
NEXT = ".CURRENT"  # what CURRENT will be, while a generation is made the live one
GENERATIONS = "generations"
LOCK = "writer.lock"
KEPT = 2  # generations: the live one and the one before, for readers that still have it open
_NAMED = 3  # indexes that are there where none was found


class IndexBusyError(ArticlebotError, RuntimeError):
    """Another process is writing this index."""


class IndexWriteError(ArticlebotError, OSError):
    """The new generation could not be written; the old one stays live."""


def live_generation(folder: Path) -> str:
    """Returns the name of the live generation.

    Raises:
        IndexFormatError: there is none.
        AccessError: it may not be read.
    """
    path = folder / CURRENT
    try:
        name = path.read_bytes().strip()
    except FileNotFoundError as error:
        if _is_any_published(folder):
            raise DamagedIndexError(f"{path}: missing") from error
        raise IndexFormatError(
            f"{folder}: no index there; make one with `articlebot index FOLDER_OF_ARTICLES --index {folder}`"
            + _beside(folder)
        ) from error
    except OSError as error:
        check_index_readable(folder, [path])
        raise IndexFormatError(f"{path}: cannot be read ({why(error)}), a file wanted") from error
    if not name.isdigit():
        raise DamagedIndexError(f"{path}: {name[:20]!r}, the number of a generation wanted")
    return name.decode()


def is_index_there(folder: Path) -> bool:
    """Whether an index, whole or damaged, is in a folder."""
    try:
        return (folder / CURRENT).exists() or _is_any_published(folder)
    except PermissionError:  # what may not be looked at is there
        return True


def _is_any_published(folder: Path) -> bool:
    """Whether a generation is there that is not the first one, still being written."""
    return (folder / GENERATIONS).exists() and any(path.name.isdigit() for path in (folder / GENERATIONS).iterdir())


def lock_generation(folder: Path, name: str | None = None) -> tuple[Path, IO[bytes]]:
    """Returns the folder of the live generation, or the one named, and its manifest; it stays until that is closed.

    Raises:
        IndexFormatError: it is not there or cannot be read.
        AccessError: it may not be read.
    """
    for _ in range(100):  # a writer may publish and clean between the two reads
        chosen = name or live_generation(folder)
        generation = folder / GENERATIONS / chosen
        try:
            lock = (generation / MANIFEST).open("rb")
        except OSError as error:
            if name is None and live_generation(folder) != chosen:
                continue
            check_index_readable(folder, [generation / MANIFEST])
            raise DamagedIndexError(f"{generation}: the live generation cannot be read ({why(error)})") from error
        fcntl.flock(lock, fcntl.LOCK_SH)
        if generation.exists():
            return generation, lock
        lock.close()
    raise IndexFormatError(f"{folder}: its generations vanish while being opened; is something deleting them?")


def check_index_readable(folder: Path, paths: Iterable[Path]) -> None:
    """Raises AccessError where this user may not read one of these files of an index."""
    step = f"let its owner allow it (`chmod -R a+rX {folder}`, `chmod a+x` for a folder above it), or ask {{as_owner}}"
    check_readable(paths, step)


def check_index_writable(folder: Path) -> None:
    """Raises AccessError where this user may not write an index, before any work is done for nothing."""
    databases = (CACHE_FILE, f"{CACHE_FILE}-wal", f"{CACHE_FILE}-shm", PAGES_FILE)
    check_writable(
        [folder, *(folder / name for name in (GENERATIONS, LOCK, *databases))],
        "what was there before stays live; run it {as_owner}, or make an index of your own with --index",
    )


@contextlib.contextmanager
def writer_lock(folder: Path) -> Iterator[None]:
    """Holds the index for one writer; what the disk refuses meanwhile becomes one clear line.

    Raises:
        IndexBusyError: another process holds it; the message names its pid.
        IndexWriteError: there is no room.
        AccessError: this user may not write it.
    """
    check_index_writable(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as held:
            try:
                lock = held.enter_context(locked(folder / LOCK, os.O_RDWR | os.O_CREAT))
            except BlockingIOError as error:
                owner = (folder / LOCK).read_text(errors="replace")[:20].strip() or "?"
                raise IndexBusyError(
                    f"{folder}: process {owner} is writing this index; try again when it is done"
                ) from error
            os.pwrite(lock, f"{os.getpid():<10}\n".encode(), 0)  # always as long: in place, even on a full disk
            settle_added(folder)  # of a restoring that was killed
            yield
    except ArticlebotError:
        raise
    except (OSError, sqlite3.Error) as error:
        raise IndexWriteError(
            f"{folder}: cannot be written ({error}), room and permission wanted; what was there stays live"
        ) from error


def roll_back(folder: Path, name: str | None = None, kept: int = KEPT) -> str:
    """Makes an earlier generation the live one again, under a new name, which it returns.

    A new name, because a reader that has the newest one open tells by it that there is something else.

    Args:
        folder: the index.
        name: the generation to go back to; None: the one before the live one.
        kept: generations that stay.

    Raises:
        ArticlebotError: there is no such generation, it is damaged, another process is writing, or there is no room
            or permission. What was there stays live.
    """
    live_generation(folder)  # before a folder is made for what is not there
    with writer_lock(folder):
        source = _earlier_generation(folder, name)
        manifest = read_manifest((source / MANIFEST).read_bytes(), source)
        for problem in wrong_files(source, manifest["files"]):
            raise IndexWriteError(f"{problem}; choose another generation, or run `articlebot index`")
        new = next_name(folder)
        unfinished = folder / GENERATIONS / f".{new}"
        try:
            unfinished.mkdir()
            for path in source.iterdir():
                if path.is_dir():
                    share_folder(path, unfinished / path.name)
                else:  # a file of its own: who has the other generation open holds its manifest
                    shutil.copyfile(path, unfinished / path.name)
                sync(unfinished / path.name)
            sync(unfinished)
            go_live(folder, new)
        finally:
            tidy(folder, kept)
        return new


def generations_of(folder: Path) -> list[dict[str, Any]]:
    """Returns name, time of making, number of articles and whether it is live, of each generation, oldest first."""
    live = live_generation(folder)
    generations = []
    for name in _states(folder, live):
        with contextlib.suppress(ArticlebotError, OSError):
            path = folder / GENERATIONS / name
            manifest = read_manifest((path / MANIFEST).read_bytes(), path)
            about = {"created": manifest["created"], "articles": manifest["counts"]["articles"], "live": name == live}
            generations.append({"name": name, **about})
    return generations


def tidy(folder: Path, kept: int = KEPT) -> None:
    """Removes what writers left unfinished and the generations before the newest `kept`, unless a reader has one open.

    The caller holds the writer lock.
    """
    generations = folder / GENERATIONS
    with contextlib.suppress(ArticlebotError, OSError):  # no live generation: nothing can be older than it
        live = live_generation(folder)
        stay = _states(folder, live)[-kept:]
        for name in _names(folder):
            if name.isdigit() and name not in stay:
                _drop(folder, name)
    with contextlib.suppress(OSError):
        (folder / NEXT).unlink(missing_ok=True)
        for name in _names(folder):
            if name.startswith("."):
                shutil.rmtree(generations / name, ignore_errors=True)


def _drop(folder: Path, name: str) -> None:
    """Removes a generation, unless a reader has it open: what is left of it goes with the next `tidy`."""
    generation = folder / GENERATIONS / name
    with contextlib.suppress(OSError), locked(generation / MANIFEST, os.O_RDONLY):
        hidden = generation.rename(generation.with_name(f".{name}"))
        shutil.rmtree(hidden, ignore_errors=True)


def next_name(folder: Path) -> str:
    """Returns the name of the next generation of an index."""
    return f"{max((int(name.removeprefix('.')) for name in _names(folder)), default=0) + 1:08d}"


def go_live(folder: Path, name: str) -> None:
    """Gives an unfinished generation, whole and synced, its name and makes it the live one.

    `NEXT` is there before the generation has its name: so `verify` can tell a writer that was killed here from a
    CURRENT that was damaged into the name of an older generation.
    """
    write_synced(folder / NEXT, name.encode())
    generations = folder / GENERATIONS
    (generations / f".{name}").rename(generations / name)
    sync(generations)
    put_in_place(folder / NEXT, folder / CURRENT)


def waiting_added(folder: Path, name: str) -> Path:
    """Returns where the folder of what was added by chat, as a restored generation brings it, waits for that."""
    return folder / f".{ADDED}-{name}"


def settle_added(folder: Path) -> None:
    """Puts the folder that belongs to the live generation in its place, and removes others that waited.

    The caller holds the writer lock. So a restoring that was killed is ended by the next writer.
    """
    with contextlib.suppress(ArticlebotError):  # nothing live: nothing of what waits came so far
        waiting, added = waiting_added(folder, live_generation(folder)), folder / ADDED
        if waiting.exists():
            if added.exists():
                added.rename(waiting_added(folder, "former"))
            waiting.rename(added)
    for left in folder.glob(f".{ADDED}-*"):
        shutil.rmtree(left, ignore_errors=True)


def _beside(folder: Path) -> str:
    """Returns which indexes are there instead, in words; "" where there are none."""
    with contextlib.suppress(OSError):
        there = sorted(str(path) for path in folder.parent.iterdir() if (path / CURRENT).exists())
        if there:
            return f", or name one that is there: --index {', '.join(there[:_NAMED])}"
    return ""


def _earlier_generation(folder: Path, name: str | None) -> Path:
    """Returns the folder of the generation of this name before the live one, None: of the last before it."""
    live = live_generation(folder)
    earlier = [name for name in _states(folder, live) if name != live]
    chosen = name.zfill(len(live)) if name else "".join(earlier[-1:])
    if chosen not in earlier:
        known = ", ".join(earlier) or "none"
        raise IndexWriteError(f"{folder}: no generation {name or 'made'} before {live}; there are: {known}")
    return folder / GENERATIONS / chosen


def _states(folder: Path, live: str) -> list[str]:
    """Returns the names of the generations up to the live one in order, without those that a later one is, merged."""
    states, merged = list[str](), set[str]()
    for name in sorted((name for name in _names(folder) if name.isdigit() and name <= live), reverse=True):
        own = former = ""
        with contextlib.suppress(OSError, ValueError, LookupError, TypeError, AttributeError):  # a damaged one counts
            about = json.loads((folder / GENERATIONS / name / MANIFEST).read_bytes())
            own, former = str(about["sha256"]), str(about.get("replaces", ""))
        states += [name] if own not in merged else []
        merged |= {former} - {""}
    return states[::-1]


def _names(folder: Path) -> list[str]:
    """Returns the names of an index's generations, unfinished ones with a dot; whatever else lies there is not ours."""
    generations = folder / GENERATIONS
    if not generations.is_dir():
        return []
    return [entry.name for entry in generations.iterdir() if entry.name.removeprefix(".").isdigit()]
