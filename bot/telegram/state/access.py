"""Who may use the bot, and how much: nobody, unless listed, paired or an admin."""

from __future__ import annotations

import secrets
import time
from enum import IntEnum

from bot.settings import Settings
from bot.telegram.request import Place
from bot.telegram.state.memory import DAY
from bot.telegram.state.store import Store

PAIRING_S = 3600.0  # a code is good for this long
MINUTE = 60.0  # seconds
PAIRING_DIGITS = 6  # of a code; a number of so few is never taken for a person's
GROUP_FACTOR = 3  # a group of several people may ask so many times as much as one person


class Role(IntEnum):
    """What someone may do in a place; each more than the one before."""

    STRANGER = 0
    MEMBER = 1  # asks
    ADMIN = 2  # also changes the articles, and who may ask


def subject_of(user_id: int, place: Place) -> tuple[str, int]:
    """Returns who must be listed: ("group", id) in a group, else ("user", id)."""
    return ("group", place.chat_id) if place.is_group else ("user", user_id)


class Access:
    """Lists of the settings, fixed while the bot runs, and those made by chat, in the store."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._admins = frozenset(settings.admins or ())
        users, groups = settings.allowed_users or (), settings.allowed_groups or ()
        self._listed = {("user", each) for each in users} | {("group", each) for each in groups}
        self._limits = ((MINUTE, settings.quota_minute), (DAY, settings.quota_day))

    def role(self, user_id: int, place: Place) -> Role:
        """Returns what this person may do here.

        In a private chat the person must be listed; in a group the group must be, whoever is in it: an answer there
        is read by all. Admins may do everything everywhere.
        """
        if user_id in self._admins:
            return Role.ADMIN
        subject = subject_of(user_id, place)
        return Role.MEMBER if self.is_listed(*subject) else Role.STRANGER

    @property
    def admins(self) -> list[int]:
        """Who may do everything."""
        return sorted(self._admins)

    def is_listed(self, kind: str, number: int) -> bool:
        """Whether a "user" or a "group" may ask."""
        query = "SELECT 1 FROM allowed WHERE kind = ? AND id = ?"
        is_fixed = (kind, number) in self._listed or (kind == "user" and number in self._admins)
        return is_fixed or self._store.row(query, kind, number) is not None

    def listed(self) -> list[tuple[str, int]]:
        """Returns all that may ask besides the admins: ("user" or "group", id)."""
        return sorted({*self._listed, *self._store.rows("SELECT kind, id FROM allowed")})

    def allow(self, kind: str, number: int, by: int) -> None:
        """Lets a person or a group ask, until it is denied."""
        statement = (
            "INSERT INTO allowed (kind, id, by, at) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (kind, id) DO UPDATE SET by = excluded.by, at = excluded.at"
        )
        with self._store.transaction():
            self._store.write(statement, kind, number, by, time.time())
            self._store.write("DELETE FROM pairing WHERE kind = ? AND id = ?", kind, number)

    def move(self, old: int, new: int) -> None:
        """Lets a group that got a new id do what it could."""
        if self.is_listed("group", old):
            self.allow("group", new, by=0)

    def deny(self, kind: str, number: int) -> None:
        """Takes the right away again, unless it comes from the settings, which a chat does not change."""
        with self._store.transaction():
            for table in ("allowed", "pairing"):
                self._store.write(f"DELETE FROM {table} WHERE kind = ? AND id = ?", kind, number)  # noqa: S608  ours

    def pairing_code(self, user_id: int, place: Place, language: str = "") -> tuple[str, bool]:
        """Returns the six-digit code of a stranger, or a strange group, and whether it is a new one."""
        kind, number = subject_of(user_id, place)
        now = time.time()
        with self._store.transaction():
            self._store.write("DELETE FROM pairing WHERE expires < ?", now)
            row = self._store.row("SELECT code FROM pairing WHERE kind = ? AND id = ?", kind, number)
            if row:
                return str(row[0]), False
            while True:
                code = f"{secrets.randbelow(10**PAIRING_DIGITS):0{PAIRING_DIGITS}d}"
                statement = "INSERT INTO pairing VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
                if self._store.write(statement, code, kind, number, now + PAIRING_S, language):
                    return code, True

    def requests(self) -> int:
        """Returns how many ask to be let in, within the hour."""
        row = self._store.row("SELECT count(*) FROM pairing WHERE expires >= ?", time.time())
        return int(row[0]) if row else 0

    def language(self, kind: str, number: int) -> str:
        """Returns the language of somebody who asks to be let in, "" where it is not known."""
        row = self._store.row("SELECT language FROM pairing WHERE kind = ? AND id = ?", kind, number)
        return str(row[0]) if row else ""

    def redeem(self, code: str) -> tuple[str, int] | None:
        """Returns ("user" or "group", id) of whom a code was shown to, None where it is not or no longer good."""
        return self._store.row("SELECT kind, id FROM pairing WHERE code = ? AND expires >= ?", code, time.time())

    def count(self, user_id: int, place: Place) -> bool:
        """Counts one question of a person, and of the group; False, and nothing counted, where that is too many."""
        now = time.time()
        subjects = {f"user {user_id}": 1} | ({f"group {place.chat_id}": GROUP_FACTOR} if place.is_group else {})
        with self._store.transaction():
            for subject, factor in subjects.items():
                for span, most in self._limits:
                    query = "SELECT count(*) FROM usage WHERE subject = ? AND at > ?"
                    row = self._store.row(query, subject, now - span)
                    if row and row[0] >= most * factor:
                        return False
            for subject in subjects:
                self._store.write("INSERT INTO usage VALUES (?, ?)", subject, now)
        return True

    def may_say(self, what: str, every_s: float) -> bool:
        """Whether something may be said now, and notes that it is: at most once in so many seconds."""
        now = time.time()
        with self._store.transaction():
            row = self._store.row("SELECT at FROM told WHERE what = ?", what)
            if row and now - row[0] < every_s:
                return False
            statement = "INSERT INTO told VALUES (?, ?) ON CONFLICT (what) DO UPDATE SET at = excluded.at"
            self._store.write(statement, what, now)
        return True
