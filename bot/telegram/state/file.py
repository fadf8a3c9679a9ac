"""The state in an SQLite file, which one bot at a time holds."""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
from pathlib import Path
from typing import IO, Self

from bot.telegram.state.schema import STATE_TABLES, STATE_VERSION, UPGRADES
from bot.telegram.state.store import StateError, StatementResult, Store, check_state_version
from index.embedding.cache import is_damage
from index.errors import ArticlebotError, why
from index.permission import check_writable

log = logging.getLogger(__name__)

_BUSY_MS = 5_000  # that a write waits for another program at the file


class StateFile(Store):
    """The open file."""

    BEGIN = "BEGIN IMMEDIATE"

    def __init__(self, path: Path, db: sqlite3.Connection, lock: IO[str]) -> None:
        super().__init__(path)
        self.db = db
        self._lock = lock
        self._wiped = -1  # changes that were made up to the last wiping

    @classmethod
    def open(cls, path: Path) -> Self:
        """Opens the file, or makes it; one process at a time.

        Raises:
            StateError: another bot holds it, it is of another version or damaged, or there is no room.
            AccessError: this user may not write it.
        """
        lock = hold(path)
        restored_path(path).unlink(missing_ok=True)  # people's words, of a restoring that was killed
        try:
            return cls(path, _connect(path), lock)
        except BaseException as error:
            lock.close()
            if not isinstance(error, sqlite3.Error | OSError) or isinstance(error, ArticlebotError):
                raise
            if isinstance(error, sqlite3.DatabaseError) and is_damage(error):
                raise StateError(
                    f"{path}: not a file of this bot ({error}); move it away, or set ARTICLEBOT_STATE"
                ) from error
            raise StateError(f"{path}: cannot be used ({error}); make room, or set ARTICLEBOT_STATE") from error

    def run(self, statement: str, values: tuple[object, ...] = ()) -> StatementResult:
        """Runs one statement, outside of a transaction in one of its own."""
        cursor = self.db.execute(statement, values)
        rows = cursor.fetchall()
        return StatementResult(cursor.rowcount, rows)

    def roll_back(self) -> None:
        """Undoes what was done in the open transaction, if there is one: of a full disk SQLite has done so itself."""
        if self.db.in_transaction:
            self.db.execute("ROLLBACK")

    def lead(self) -> bool:
        """True: who has the file open holds it."""
        return True

    def check(self) -> None:
        """Raises nothing: who has the file open holds it."""

    def wipe(self) -> bool:
        """Takes what was deleted off the disk for good; False as long as someone else reads it, or there is no room.

        It is zeroed where it stood, but SQLite moves records between and within pages, and leaves copies behind: the
        file is written anew, and its log cut off.
        """
        self.db.execute("PRAGMA busy_timeout=0")  # a backup may take a while, and everyone would wait
        try:
            if self.db.total_changes != self._wiped:
                self.db.execute("VACUUM")
                self._wiped = self.db.total_changes
            (is_busy, *_) = self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError as error:
            log.warning("%s: what was deleted is still on the disk (%s)", self.place, error)
            return False
        finally:
            self.db.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        return not is_busy

    def close(self) -> None:
        """Closes the file, and lets another bot have it."""
        self.db.close()
        self._lock.close()


def hold(path: Path) -> IO[str]:
    """Keeps every other bot from this file until what is returned is closed; makes its folder.

    Raises:
        StateError: another bot holds it, or there is no room.
        AccessError: this user may not write it.
    """
    lock = path.with_name(f"{path.name}.lock")
    beside = (path.with_name(path.name + side) for side in ("", "-wal", "-shm"))
    check_writable([path.parent, lock, *beside], "run the bot {as_owner}, or set ARTICLEBOT_STATE elsewhere")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = open(os.open(lock, os.O_RDWR | os.O_CREAT, 0o600), "r+")  # noqa: PTH123, SIM115  closed by who holds it
    except OSError as error:
        raise StateError(f"{path}: cannot be written ({why(error)}); set ARTICLEBOT_STATE elsewhere") from error
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        held.close()
        raise StateError(f"{path}: another bot is using it; stop that one, or set ARTICLEBOT_STATE") from error
    except OSError as error:
        held.close()
        raise StateError(
            f"{path}: cannot be locked ({why(error)}), a disk of this machine wanted; set ARTICLEBOT_STATE"
        ) from error
    return held


def restored_path(path: Path) -> Path:
    """Returns where a restored file waits until it is put in the place of the bot's."""
    return path.with_name(f".{path.name}.restored")


def is_in_use(path: Path) -> bool:
    """Whether a bot holds this file."""
    try:
        with path.with_name(f"{path.name}.lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _connect(path: Path) -> sqlite3.Connection:
    """Opens the database: every commit is on the disk when it returns, and what is deleted is overwritten."""
    path.touch(mode=0o600)  # people's questions are in it; SQLite gives its side files the same mode
    db = sqlite3.connect(path, isolation_level=None)
    try:
        pragmas = ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "temp_store=MEMORY")
        for pragma in (*pragmas, f"busy_timeout={_BUSY_MS}"):
            db.execute(f"PRAGMA {pragma}")
        (version,) = db.execute("PRAGMA user_version").fetchone()
        check_state_version(path, version)
        if version < STATE_VERSION:
            steps = STATE_TABLES if version == 0 else "".join(UPGRADES[at] for at in range(version, STATE_VERSION))
            from bot.telegram.state.answers import upgraded  # who only looks at the file needs no python-telegram-bot

            db.create_function("upgraded", 1, upgraded)
            db.executescript(f"BEGIN; {steps} PRAGMA user_version={STATE_VERSION}; COMMIT;")
    except BaseException:
        db.close()
        raise
    return db
