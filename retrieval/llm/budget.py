"""How many tokens may go to an LLM on one day, over all processes of this user."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from index.errors import ArticlebotError, why
from index.permission import AccessError, check_writable

_KEPT_DAYS = 400


class BudgetError(ArticlebotError, OSError):
    """What was spent cannot be read or written; the message says why."""


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit a day, counted in a small SQLite file; without a limit nothing is read or written."""

    tokens_per_day: int = 0  # 0: no limit
    path: Path | None = None  # None: the user's state folder
    today: Callable[[], date] = date.today

    def has_room(self) -> bool:
        """Whether anything is left of today's tokens; raises BudgetError."""
        return not self.tokens_per_day or self.spent() < self.tokens_per_day

    def spent(self) -> int:
        """Returns the tokens that went out and came in today; raises BudgetError."""
        with self._open() as db:
            row = db.execute("SELECT tokens FROM spent WHERE day = ?", (self.today().isoformat(),)).fetchone()
            return int(row[0]) if row else 0

    def spend(self, tokens: int) -> None:
        """Adds to today's tokens; raises BudgetError."""
        if not self.tokens_per_day:
            return
        day = self.today().isoformat()
        with self._open() as db, db:
            db.execute(
                "INSERT INTO spent VALUES (?, ?) ON CONFLICT (day) DO UPDATE SET tokens = tokens + excluded.tokens",
                (day, tokens),
            )
            db.execute("DELETE FROM spent WHERE day < date(?, ?)", (day, f"-{_KEPT_DAYS} days"))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        path = self.path or _default_path()
        try:
            check_writable([path], "set XDG_STATE_HOME to a folder that you may write")
        except AccessError as error:
            raise BudgetError(f"budget of the LLM: {error}") from error
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(path, timeout=10)) as db:
                db.execute("CREATE TABLE IF NOT EXISTS spent (day TEXT PRIMARY KEY, tokens INTEGER NOT NULL)")
                yield db
        except (sqlite3.Error, OSError) as error:
            raise BudgetError(
                f"budget of the LLM: {path} cannot be used ({why(error).lower()}), a small database that we may write "
                "wanted; remove it, and today's count begins at 0"
            ) from error


def _default_path() -> Path:
    import platformdirs

    return platformdirs.user_state_path("articlebot") / "llm.sqlite"
