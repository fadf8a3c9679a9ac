"""What the bot keeps, wherever that is: statements in one dialect, and transactions that survive a crash."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, NamedTuple

from bot.telegram.state.schema import STATE_VERSION
from index.errors import ArticlebotError
from index.store.postgres.address import IndexPlace


class StateError(ArticlebotError, OSError):
    """The bot's state cannot be used: another bot holds it, it is damaged, or it cannot be written."""


class LostStateError(Exception):
    """The database of the state went away, or another bot works on it by now: nothing more may be said or kept.

    It is no ArticlebotError, which would be told to a person; whoever works on the state next takes up what is left.
    """


def check_state_version(place: object, version: int) -> None:
    """Raises StateError where a newer version than this one made a state."""
    if version > STATE_VERSION:
        raise StateError(
            f"{place}: version {version}, wanted {STATE_VERSION} at most; a newer articlebot made it: "
            "set ARTICLEBOT_STATE"
        )


class StatementResult(NamedTuple):
    """What a statement brought."""

    changed: int  # rows
    rows: list[tuple[Any, ...]]


class Store(ABC):
    """An open state; used from one thread, the event loop's.

    Statements are such as SQLite and PostgreSQL both take; values stand in them as ?, or as ?1 where one is used twice.
    """

    BEGIN: ClassVar[str]  # of a transaction

    def __init__(self, place: IndexPlace) -> None:
        self.place = place
        self._depth = 0

    @abstractmethod
    def run(self, statement: str, values: tuple[object, ...] = ()) -> StatementResult:
        """Runs one statement, outside of a transaction in one of its own."""

    @abstractmethod
    def roll_back(self) -> None:
        """Undoes what was done in the open transaction, if there is one."""

    @abstractmethod
    def lead(self) -> bool:
        """Whether this is the one bot that works on the state now, as long as it is open; tries to be.

        Raises:
            StateError: a newer version made it, or this user may not make it.
        """

    @abstractmethod
    def check(self) -> None:
        """Raises LostStateError where this bot works on the state no more; before anything is said that tells of it."""

    @abstractmethod
    def wipe(self) -> bool:
        """Takes what was deleted off the disk for good; False as long as someone else reads it, or there is no room."""

    @abstractmethod
    def close(self) -> None:
        """Closes it, and lets another bot have it."""

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A transaction: all inside is on the disk afterwards, or nothing is; one inside another joins it."""
        if self._depth:
            yield
            return
        self.run(self.BEGIN)
        self._depth = 1
        try:
            yield
        except BaseException:
            self.roll_back()
            raise
        else:
            self.run("COMMIT")
        finally:
            self._depth = 0

    def write(self, statement: str, *values: object) -> int:
        """Runs one statement in the open transaction, or in one of its own; returns the number of rows it touched."""
        return self.run(statement, values).changed

    def row(self, query: str, *values: object) -> tuple[Any, ...] | None:
        """Returns the first row of a query, None where there is none."""
        return next(iter(self.run(query, values).rows), None)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Returns all rows of a query."""
        return self.run(query, values).rows

    def added(self, statement: str, *values: object) -> int:
        """Adds one row; returns the id that it got."""
        ((number,),) = self.run(f"{statement} RETURNING id", values).rows
        return int(number)
