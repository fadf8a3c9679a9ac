"""The bot's SQLite file: its tables, and transactions that survive a crash."""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Self

from index.embedding.cache import is_damage
from index.errors import ArticlebotError, why
from index.permission import check_writable

log = logging.getLogger(__name__)

STATE_VERSION = 7  # of the tables; a file of an earlier version is brought up to it, one of a later version refused
_BUSY_MS = 5_000  # that a write waits for another program at the file

_HANDED = """
-- the messages that stand for articles, which a reply to one of them asks; `articles` is JSON, their ids
CREATE TABLE handed (place TEXT, message_id INTEGER, user_id INTEGER NOT NULL, articles TEXT NOT NULL,
    at REAL NOT NULL, PRIMARY KEY (place, message_id));
"""
_FOLLOWS = """
-- what is told by itself: a question to which there is news, or at an hour all that is new, where there is none;
-- `since` is the arrival in the index up to which it was told
CREATE TABLE follows (id INTEGER PRIMARY KEY, place TEXT NOT NULL, user_id INTEGER NOT NULL,
    language TEXT NOT NULL, question TEXT NOT NULL, hour INTEGER, since INTEGER NOT NULL, at REAL NOT NULL,
    UNIQUE (place, user_id, question));
"""
# the update that ended it, until that is told: a replay ends nothing else
_ENDED = "ALTER TABLE follows ADD COLUMN ended_by INTEGER;"
_SCHEMA = f"""
-- an update as it came; `raw` is removed once it is done, the row stays to know a redelivery
CREATE TABLE inbox (update_id INTEGER PRIMARY KEY, received REAL NOT NULL, raw TEXT,
    state TEXT NOT NULL DEFAULT 'new', attempts INTEGER NOT NULL DEFAULT 0);
CREATE INDEX unfinished ON inbox (update_id) WHERE state <> 'done';
-- the messages that an answer is put into, one a part
CREATE TABLE parts (update_id INTEGER, part INTEGER, chat_id INTEGER NOT NULL, message_id INTEGER NOT NULL,
    PRIMARY KEY (update_id, part));
-- what was answered, with the passages that its buttons show; `asked_in` is the message of the question
CREATE TABLE answers (id INTEGER PRIMARY KEY, update_id INTEGER UNIQUE NOT NULL, place TEXT NOT NULL,
    chat_id INTEGER NOT NULL, user_id INTEGER NOT NULL, asked_in INTEGER NOT NULL, at REAL NOT NULL,
    content TEXT NOT NULL);
CREATE INDEX answers_of_place ON answers (place, id);
-- `asked_in` is the message of the question; `after` the turn of somebody else's that it replies to, 0 for none
CREATE TABLE turns (id INTEGER PRIMARY KEY, place TEXT NOT NULL, user_id INTEGER NOT NULL, question TEXT NOT NULL,
    answer TEXT NOT NULL, at REAL NOT NULL, asked_in INTEGER NOT NULL DEFAULT 0, after INTEGER NOT NULL DEFAULT 0);
CREATE INDEX turns_of_place ON turns (place, id);
CREATE TABLE feedback (answer_id INTEGER, user_id INTEGER, value INTEGER, words TEXT NOT NULL DEFAULT '',
    at REAL NOT NULL, PRIMARY KEY (answer_id, user_id));
-- what a button offers to do with a message: answer it again, add what is in it
CREATE TABLE offers (id INTEGER PRIMARY KEY, place TEXT NOT NULL, user_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL, text TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE people (user_id INTEGER PRIMARY KEY, language TEXT NOT NULL);
CREATE TABLE allowed (kind TEXT, id INTEGER, by INTEGER NOT NULL, at REAL NOT NULL, PRIMARY KEY (kind, id));
CREATE TABLE pairing (code TEXT PRIMARY KEY, kind TEXT NOT NULL, id INTEGER NOT NULL, expires REAL NOT NULL,
    language TEXT NOT NULL DEFAULT '');
CREATE TABLE usage (subject TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX usage_of_subject ON usage (subject, at);
-- when something was last said, so that it is not said again too soon
CREATE TABLE told (what TEXT PRIMARY KEY, at REAL NOT NULL);
{_HANDED}{_FOLLOWS}{_ENDED}"""

# what brings a file from one version to the next
_UPGRADES = {
    1: "ALTER TABLE turns ADD COLUMN asked_in INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE turns ADD COLUMN after INTEGER NOT NULL DEFAULT 0;",
    2: "UPDATE answers SET content = upgraded(content);",
    3: "ALTER TABLE edits RENAME TO offers; ALTER TABLE pairing ADD COLUMN language TEXT NOT NULL DEFAULT '';",
    4: _HANDED,
    5: _FOLLOWS,
    6: _ENDED,
}


class StateError(ArticlebotError, OSError):
    """The bot's file cannot be used: another bot holds it, it is damaged, or it cannot be written."""


class Store:
    """The open file; used from one thread, the event loop's."""

    def __init__(self, path: Path, db: sqlite3.Connection, lock: IO[str]) -> None:
        self.path = path
        self.db = db
        self._lock = lock
        self._depth = 0
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

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A transaction: all inside is on the disk afterwards, or nothing is; one inside another joins it."""
        if self._depth:
            yield
            return
        self._depth = 1
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self.db.in_transaction:  # of a full disk SQLite has rolled back itself
                self.db.execute("ROLLBACK")
            raise
        else:
            self.db.execute("COMMIT")
        finally:
            self._depth = 0

    def write(self, statement: str, *values: object) -> int:
        """Runs one statement in the open transaction, or in one of its own; returns the number of rows it touched."""
        with self.transaction():
            return self.db.execute(statement, values).rowcount

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
            log.warning("%s: what was deleted is still on the disk (%s)", self.path, error)
            return False
        finally:
            self.db.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        return not is_busy

    def row(self, query: str, *values: object) -> tuple[Any, ...] | None:
        """Returns the first row of a query, None where there is none."""
        found: tuple[Any, ...] | None = self.db.execute(query, values).fetchone()
        return found

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Returns all rows of a query."""
        return self.db.execute(query, values).fetchall()

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
        if version > STATE_VERSION:
            raise StateError(
                f"{path}: version {version}, wanted {STATE_VERSION} at most; a newer articlebot made it: "
                "set ARTICLEBOT_STATE"
            )
        if version < STATE_VERSION:
            steps = _SCHEMA if version == 0 else "".join(_UPGRADES[at] for at in range(version, STATE_VERSION))
            from bot.telegram.state.answers import upgraded  # who only looks at the file needs no python-telegram-bot

            db.create_function("upgraded", 1, upgraded)
            db.executescript(f"BEGIN; {steps} PRAGMA user_version={STATE_VERSION}; COMMIT;")
    except BaseException:
        db.close()
        raise
    return db
