"""What `articlebot doctor` looks at on this machine: Python, packages, disk, model, index, the bot's file."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Literal

from bot.settings import Settings
from index.errors import ArticlebotError
from index.permission import nearest_there, user_name
from index.store.postgres.address import Address, IndexPlace

State = Literal["ok", "unset", "warning", "problem"]

_OLDEST_PYTHON = (3, 11)
_MODEL_BYTES = 600_000_000
_LEAST_BYTES = 100_000_000  # an update of a small index, the bot's file
_SCARCE_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was found, and where that is not well, what is wanted and what to do."""

    check: str
    state: State  # "unset": not set up, which is no fault
    found: str
    step: str = ""


@dataclass(slots=True)
class Case:
    """What is examined, and the times that servers told."""

    settings: Settings
    index: IndexPlace
    is_named: bool  # whether somebody said that the index is there
    clocks: dict[str, float] = field(default_factory=dict)  # server -> seconds that ours is ahead of its


def look_at_python(_: Case) -> Iterator[Finding]:
    """Yields the version and the system."""
    found = f"{platform.python_version()} in {sys.prefix}, on {platform.system()} {platform.machine()}"
    oldest = ".".join(map(str, _OLDEST_PYTHON))
    if sys.version_info < _OLDEST_PYTHON:
        step = f"{oldest} or newer wanted; install it, and set up anew: make setup PYTHON=python{oldest}"
        yield Finding("python", "problem", found, step)
    elif os.name != "posix":
        yield Finding("python", "problem", found, "Linux or macOS wanted; on Windows, use WSL")
    else:
        yield Finding("python", "ok", found)


def look_at_packages(_: Case) -> Iterator[Finding]:
    """Yields which packages are missing of those that articlebot needs."""
    try:
        needed = [line for line in metadata.requires("articlebot") or () if "extra ==" not in line]
        version = metadata.version("articlebot")
    except metadata.PackageNotFoundError:
        step = "an installed one wanted, whose packages are known; run `make setup`, or `pip install -e .`"
        yield Finding("packages", "warning", "articlebot runs from its folder", step)
        return
    names = [match[0] for line in needed if (match := re.match(r"[\w.-]+", line))]
    missing = [name for name in names if not _is_installed(name)]
    if missing:
        step = "all wanted; run `make setup`, or `pip install articlebot` again"
        yield Finding("packages", "problem", f"missing: {', '.join(missing)}", step)
    else:
        yield Finding("packages", "ok", f"articlebot {version} and the {len(names)} packages that it needs")


def look_at_disk(case: Case) -> Iterator[Finding]:
    """Yields how much room there is where something is written, one line a disk."""
    folder, is_whole = _bundled()
    named: dict[str, IndexPlace] = {"index": case.index, "bot's file": case.settings.state}
    places = {name: place for name, place in named.items() if isinstance(place, Path)}
    if folder:
        places["model"] = folder
    disks: dict[int, tuple[Path, list[str]]] = {}
    for name, path in places.items():
        there, _ = nearest_there(path.absolute())
        disks.setdefault(there.stat().st_dev, (there, []))[1].append(name)
    for there, names in disks.values():
        wanted = _MODEL_BYTES if "model" in names and not is_whole else _LEAST_BYTES
        yield _room(there, names, wanted)


def _room(there: Path, names: list[str], wanted: int) -> Finding:
    free, files = shutil.disk_usage(there).free, os.statvfs(there)
    found = f"{free / 1e9:,.1f} GB free at {there.absolute()}, for {', '.join(names)}"
    step = "make room, or put them elsewhere: ARTICLEBOT_INDEX, ARTICLEBOT_STATE, XDG_CACHE_HOME"
    if files.f_files and not files.f_favail:
        return Finding("disk", "problem", f"{found}, but no room for another file", f"some wanted; {step}")
    if free < wanted:
        return Finding("disk", "problem", found, f"{wanted / 1e9:.1f} GB wanted; {step}")
    if free < _SCARCE_BYTES:
        return Finding("disk", "warning", found, f"{_SCARCE_BYTES / 1e9:.0f} GB is safe; {step}")
    return Finding("disk", "ok", found)


def look_at_model(_: Case) -> Iterator[Finding]:
    """Yields whether the default model is prepared in this user's cache, and can be read."""
    from index.embedding.bundled.prepare import find_bundled

    folder, is_whole = find_bundled()
    elsewhere = "allow it, or set XDG_CACHE_HOME to a folder of your own"
    if is_whole and (closed := _unreadable(folder)):
        yield Finding("model", "problem", f"{closed}: cannot be read, {_owner(closed)}", f"reading wanted; {elsewhere}")
    elif is_whole:
        yield Finding("model", "ok", f"whole, in {folder}")
    elif _is_there(folder) and not os.access(folder, os.R_OK | os.X_OK):
        yield Finding("model", "problem", f"{folder}: cannot be read, {_owner(folder)}", f"reading wanted; {elsewhere}")
    elif why := _unwritable(folder.parent):
        yield Finding("model", "problem", f"not prepared, and {why}", f"writing wanted; {elsewhere}")
    elif folder.exists():
        step = "the next question or `articlebot index` prepares it anew"
        yield Finding("model", "warning", f"{folder}: not whole", f"all its files wanted; {step}")
    else:
        step = f"the first `articlebot index` or question writes it to {folder}, 560 MB"
        yield Finding("model", "unset", "not prepared yet", step)


def look_at_index(case: Case) -> Iterator[Finding]:
    """Yields what the index holds, how old it is, and what is wrong with it or will be."""
    from index.store.anywhere.stores import store_of

    place = case.index
    store = store_of(place)
    if not store.is_there():
        why = _unwritable(place)
        if why:
            yield Finding("index", "problem", why, "a folder wanted; correct --index or ARTICLEBOT_INDEX, or allow it")
            return
        step = f"make one: articlebot index FOLDER_OF_ARTICLES --index {place}"
        yield Finding("index", "problem" if case.is_named else "unset", f"{place}: no index there", step)
        return
    with closing(store.open()) as generation:
        counts, manifest = generation.counts, generation.manifest
        sources = generation.sources()
    made = datetime.fromisoformat(manifest["created"])
    found = f"{place}: {counts['articles']} articles, made {_ago(made)}, format {manifest['format']}"
    if reason := _other_model(manifest):
        yield Finding("index", "problem", f"{found}, {reason}", "run `articlebot index` to bring it up to date")
    else:
        yield Finding("index", "ok", f"{found}, {_owner(place)}" if isinstance(place, Path) else found)
    if why := _unwritable(place):
        step = "writing wanted for `articlebot index`; run that as its owner, or allow it"
        yield Finding("index", "warning", why, step)
    if counts["failed"]:
        step = "`articlebot status` tells which and why"
        yield Finding("index", "warning", f"{counts['failed']} articles could not be read", step)
    for where in sources.values():
        if isinstance(where, Path) and not _is_there(where):
            step = "bring it back, or `articlebot forget` it; its articles stay until then"
            yield Finding("index", "warning", f"{where}: a source that is not there", step)


def look_at_state(case: Case) -> Iterator[Finding]:
    """Yields whether the bot's file, or database, can be used, and whether a bot uses it. Nothing is written."""
    place = case.settings.state
    yield from _look_at_database(place) if isinstance(place, Address) else _look_at_file(place)


def _look_at_file(path: Path) -> Iterator[Finding]:
    from bot.telegram.state.file import is_in_use
    from bot.telegram.state.schema import STATE_VERSION

    elsewhere = "set ARTICLEBOT_STATE elsewhere, or move it away"
    if not _is_there(path):
        if why := _unwritable(path.parent):
            yield Finding("bot's file", "problem", why, f"a folder to write into wanted; allow it, or {elsewhere}")
        else:
            yield Finding("bot's file", "unset", "none yet", f"the bot makes {path}")
        return
    if not path.is_file() or not os.access(path, os.R_OK | os.W_OK):
        wanted = "a file to read and write wanted"
        yield Finding("bot's file", "problem", f"{path}: cannot be used, {_owner(path)}", f"{wanted}; {elsewhere}")
        return
    with suppress(OSError):  # a lock that this user may not open
        if is_in_use(path):
            yield Finding("bot's file", "ok", f"{path}: a bot is running that uses it")
            return
    try:  # as it is, without the files that SQLite would make beside it, in another's name perhaps
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as db:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            (damage,) = db.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        version, damage = STATE_VERSION, str(error)
    if damage != "ok":
        yield Finding("bot's file", "problem", f"{path}: damaged ({damage})", f"a whole one wanted; {elsewhere}")
    elif version > STATE_VERSION:
        yield Finding(
            "bot's file", "problem", f"{path}: version {version}", f"{STATE_VERSION} at most wanted; {elsewhere}"
        )
    else:
        yield Finding("bot's file", "ok", f"{path}, {path.stat().st_size / 1e6:.1f} MB, {_owner(path)}")


def _look_at_database(address: Address) -> Iterator[Finding]:
    from bot.telegram.state.database import StateDatabase
    from bot.telegram.state.schema import STATE_VERSION
    from bot.telegram.state.store import LostStateError

    try:
        with closing(StateDatabase.open(address)) as state:
            version, leader = state.version, state.leader
    except (ArticlebotError, LostStateError) as error:
        yield Finding("bot's state", "problem", str(error), "a database wanted; correct ARTICLEBOT_STATE")
        return
    if version > STATE_VERSION:
        step = f"{STATE_VERSION} at most wanted; install the newer articlebot that made it, or set ARTICLEBOT_STATE"
        yield Finding("bot's state", "problem", f"{address}: version {version}", step)
    elif not version:
        yield Finding("bot's state", "unset", f"{address}: none yet", "the bot makes it")
    else:
        yield Finding("bot's state", "ok", f"{address}: {f'{leader} polls' if leader else 'no bot polls'}")


def _is_installed(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _bundled() -> tuple[Path | None, bool]:
    from index.embedding.bundled.prepare import find_bundled

    try:
        return find_bundled()
    except ArticlebotError:  # `look_at_model` tells
        return None, False


def _other_model(manifest: dict[str, object]) -> str:
    """Returns in words that an index was made with another default model than the one here, "" where it was not."""
    from index.embedding.bundled.prepare import fingerprint_of

    folder, _ = _bundled()
    if manifest["model"] is not None or folder is None or manifest["embedder"] == fingerprint_of(folder):
        return ""
    return f"made with the model {manifest['embedder']}, here is {fingerprint_of(folder)}"


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # in a folder that may not be looked into
        return True


def _unwritable(folder: IndexPlace) -> str:
    """Returns why nothing can be written into a folder, which need not be there yet; "" where it can."""
    if not isinstance(folder, Path):  # a database tells when it is written
        return ""
    there, _ = nearest_there(folder.absolute())
    if not there.is_dir():
        return f"{there}: a file, no folder"
    return "" if os.access(there, os.W_OK | os.X_OK) else f"{there}: cannot be written, {_owner(there)}"


def _unreadable(folder: Path) -> Path | None:
    """Returns a file of a folder that may not be read."""
    return next((path for path in folder.rglob("*") if not os.access(path, os.R_OK)), None)


def _owner(path: Path) -> str:
    """Returns whose something is: "yours", or "of root"."""
    try:
        number = path.stat().st_uid
    except OSError:
        return "of nobody knows whom"
    return "yours" if number == os.geteuid() else f"of {user_name(number)}"


def _ago(then: datetime) -> str:
    days = (datetime.now(UTC) - then).days
    if days < 0:
        return f"on {then:%Y-%m-%d}, which is yet to come"
    return "today" if days == 0 else "yesterday" if days == 1 else f"{days} days ago"
