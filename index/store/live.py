"""Which generation is live: CURRENT, the writer's lock, rolling back, removing old ones."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from index.embedding.cache import CACHE_FILE
from index.errors import ArticlebotError
from index.permission import check_writable
from index.sources.web.seen import PAGES_FILE
from index.store.added import settle_added
from index.store.generation import (
    CURRENT,
    GENERATIONS,
    NEXT,
    live_generation,
)
from index.store.manifest import MANIFEST, read_manifest, sync, wrong_files

KEPT = 2  # generations: the live one and the one before, for readers that still have it open
LOCK = "writer.lock"


class IndexBusyError(ArticlebotError, RuntimeError):
    """Another process is writing this index."""


class IndexWriteError(ArticlebotError, OSError):
    """The new generation could not be written; the old one stays live."""


def check_index_writable(folder: Path) -> None:
    """Raises AccessError where this user may not write an index, before any work is done for nothing."""
    databases = (CACHE_FILE, f"{CACHE_FILE}-wal", f"{CACHE_FILE}-shm", PAGES_FILE)
    check_writable(
        [folder, *(folder / name for name in (GENERATIONS, LOCK, *databases))],
        "what was there before stays live; run it {as_owner}, or make an index of your own with --index",
    )


@contextlib.contextmanager
def writer_lock(folder: Path) -> Iterator[None]:
    """Holds the index for one writer; a dead writer's lock is free, the kernel has dropped it.

    Raises:
        IndexBusyError: another process holds it; the message names its pid.
        AccessError: this user may not write it.
    """
    check_index_writable(folder)
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o666)  # less what the umask takes
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = os.pread(lock, 20, 0).decode(errors="replace").strip() or "?"
            raise IndexBusyError(
                f"{folder}: process {owner} is writing this index; try again when it is done"
            ) from error
        os.pwrite(lock, f"{os.getpid():<10}\n".encode(), 0)  # always as long: in place, even on a full disk
        settle_added(folder)  # of a restoring that was killed
        yield
    finally:
        os.close(lock)


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
    try:
        with writer_lock(folder):
            return _roll_back(folder, name, kept)
    except OSError as error:
        if isinstance(error, ArticlebotError):
            raise
        raise IndexWriteError(
            f"{folder}: cannot be written ({error}), room and permission wanted; what was there stays live"
        ) from error


def _roll_back(folder: Path, name: str | None, kept: int) -> str:
    live, generations = live_generation(folder), folder / GENERATIONS
    earlier = sorted(n for n in _names(generations) if n.isdigit() and n < live)
    wanted = name.zfill(len(live)) if name else (earlier[-1] if earlier else "")
    if wanted not in earlier:
        known = ", ".join(earlier) or "none"
        raise IndexWriteError(f"{folder}: no generation {name or 'made'} before {live}; there are: {known}")
    source = generations / wanted
    manifest = read_manifest((source / MANIFEST).read_bytes(), source)
    for problem in wrong_files(source, manifest["files"]):
        raise IndexWriteError(f"{problem}; choose another generation, or run `articlebot index`")
    new = next_name(generations)
    unfinished = generations / f".{new}"
    try:
        shutil.copytree(source, unfinished, copy_function=shutil.copyfile)
        for path in (*unfinished.rglob("*"), unfinished):
            if path.is_dir():  # copied with it, but perhaps someone made it read-only
                path.chmod(generations.stat().st_mode)
            sync(path)
        go_live(folder, new)
    finally:
        tidy(folder, kept)
    return new


def generations_of(folder: Path) -> list[dict[str, Any]]:
    """Returns name, time of making, number of articles and whether it is live, of each generation, oldest first."""
    live = live_generation(folder)
    found = []
    for name in sorted(n for n in _names(folder / GENERATIONS) if n.isdigit()):
        with contextlib.suppress(ArticlebotError, OSError):
            path = folder / GENERATIONS / name
            manifest = read_manifest((path / MANIFEST).read_bytes(), path)
            articles = manifest["counts"]["articles"]
            found.append({"name": name, "created": manifest["created"], "articles": articles, "live": name == live})
    return found


def tidy(folder: Path, kept: int = KEPT) -> None:
    """Removes what writers left unfinished and the generations before the newest `kept`, unless a reader has one open.

    The caller holds the writer lock.
    """
    generations = folder / GENERATIONS
    with contextlib.suppress(ArticlebotError, OSError):  # no live generation: nothing can be older than it
        live = live_generation(folder)
        names = sorted(name for name in _names(generations) if not name.startswith("."))
        for name in [n for n in names if n <= live][:-kept] + [n for n in names if n > live]:
            with contextlib.suppress(OSError), (generations / name / MANIFEST).open("rb") as manifest:
                fcntl.flock(manifest, fcntl.LOCK_EX | fcntl.LOCK_NB)
                (generations / name).rename(generations / f".{name}")
    with contextlib.suppress(OSError):
        (folder / NEXT).unlink(missing_ok=True)
        for name in _names(generations):
            if name.startswith("."):
                shutil.rmtree(generations / name, ignore_errors=True)


def _names(generations: Path) -> list[str]:
    """Returns the names of the generations, unfinished ones with a dot; whatever else lies there is not ours."""
    if not generations.is_dir():
        return []
    return [entry.name for entry in generations.iterdir() if entry.name.removeprefix(".").isdigit()]


def next_name(generations: Path) -> str:
    """Returns the name of the next generation."""
    return f"{max((int(name.removeprefix('.')) for name in _names(generations)), default=0) + 1:08d}"


def go_live(folder: Path, name: str) -> None:
    """Gives an unfinished generation, whole and synced, its name and makes it the live one.

    `NEXT` is there before the generation has its name: so `verify` can tell a writer that was killed here from a
    CURRENT that was damaged into the name of an older generation.
    """
    with (folder / NEXT).open("w", encoding="utf-8") as file:
        file.write(name)
        file.flush()
        os.fsync(file.fileno())
    generations = folder / GENERATIONS
    (generations / f".{name}").rename(generations / name)
    sync(generations)
    (folder / NEXT).replace(folder / CURRENT)
    sync(folder)
