"""How many tokens may go to an LLM on one day, over all processes of this user."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

_KEPT_DAYS = 400


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit a day, counted in a small SQLite file; without a limit nothing is written."""

    tokens_per_day: int = 0  # 0: no limit
    path: Path | None = None  # None: the user's state folder

    def has_room(self) -> bool:
        """Whether anything is left of today's tokens."""
        return not self.tokens_per_day or self.spent() < self.tokens_per_day

    def spent(self) -> int:
        """Returns the tokens that went out and came in today."""
        with closing(self._open()) as db:
            row = db.execute("SELECT tokens FROM spent WHERE day = ?", (date.today().isoformat(),)).fetchone()
            return int(row[0]) if row else 0

    def spend(self, tokens: int) -> None:
        """Adds to today's tokens."""
        if not self.tokens_per_day:
            return
        with closing(self._open()) as db, db:
            db.execute(
                "INSERT INTO spent VALUES (?, ?) ON CONFLICT (day) DO UPDATE SET tokens = tokens + excluded.tokens",
                (date.today().isoformat(), tokens),
            )
            db.execute("DELETE FROM spent WHERE day < date('now', ?)", (f"-{_KEPT_DAYS} days",))

    def _open(self) -> sqlite3.Connection:
        path = self.path or _default_path()
        path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(path, timeout=10)
        db.execute("CREATE TABLE IF NOT EXISTS spent (day TEXT PRIMARY KEY, tokens INTEGER NOT NULL)")
        return db


def _default_path() -> Path:
    import platformdirs

    return platformdirs.user_state_path("articlebot") / "llm.sqlite"
