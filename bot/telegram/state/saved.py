"""The bot's file in a backup: copied under a live bot, looked at, put back."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from bot.telegram.state.file import is_in_use
from bot.telegram.state.schema import STATE_VERSION
from bot.telegram.state.store import StateError
from index.backup.backup import copy_database, put_database
from index.errors import ArticlebotError, why
from index.permission import check_readable


def save_state(path: Path, target: Path) -> bool:
    """Writes the bot's file as it is at one moment; False where there is none.

    What a live bot is at work on is left to it: restored, it would be answered a second time.

    Raises:
        StateError: it cannot be read.
    """
    try:
        check_readable([path, path.with_name(f"{path.name}.lock")], "back it up {as_owner}")
        is_live = is_in_use(path)
        if not copy_database(path, target):
            return False
        if is_live or is_in_use(path):
            with closing(sqlite3.connect(target, isolation_level=None)) as db:
                for statement in ("journal_mode=DELETE", "secure_delete=ON"):
                    db.execute(f"PRAGMA {statement}")
                db.execute("UPDATE inbox SET state = 'done', raw = NULL WHERE state <> 'done'")
    except (sqlite3.Error, OSError) as error:
        if isinstance(error, ArticlebotError):
            raise
        raise StateError(f"{path}: cannot be backed up ({error}), the file of a bot wanted; see --state") from error
    return True


def check_state(path: Path) -> None:
    """Raises StateError where a file is not that of a bot of this version."""
    try:
        with closing(sqlite3.connect(path)) as db:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        version, found = 0, str(error)
    if found != "ok" or not 1 <= version <= STATE_VERSION:
        wrong = f"version {version}, wanted {STATE_VERSION} at most" if found == "ok" else found
        raise StateError(f"the bot's file in the backup: {wrong}; take another backup, or another articlebot")


def put_state(source: Path, path: Path) -> None:
    """Puts a file in the place of the bot's, which nobody uses now; until the one moment the old one is whole."""
    if path.exists():
        with (
            suppress(sqlite3.Error),
            closing(sqlite3.connect(path)) as db,
        ):  # its log goes into it, not into the new one
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    try:
        put_database(source, path)
    except OSError as error:
        raise StateError(
            f"{path}: cannot be put in place ({why(error)}); allow writing there, and restore again"
        ) from error
