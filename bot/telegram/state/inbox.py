"""The durable inbox: updates are on the disk before Telegram may forget them, and stay until they are done."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from bot.telegram.request import MOST_ID
from bot.telegram.state.store import Store

MOST_ATTEMPTS = 4  # the first and three replays; a question that a crash ended so often gets an apology


@dataclass(frozen=True, slots=True)
class Waiting:
    """An update that is not done."""

    update_id: int
    raw: dict[str, Any]
    is_accepted: bool  # access and quota were looked at already


class Inbox:
    """What came and is not done, oldest first."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, updates: Iterable[object]) -> list[Waiting]:
        """Keeps what is new among the updates of one poll, on the disk when this returns; returns those in order.

        Items that carry no usable id are left out: nothing could confirm them.
        """
        fresh = []
        with self._store.transaction():
            for raw in updates:
                if not is_update(raw):
                    continue
                text = json.dumps(raw)  # in ASCII, so that half a surrogate pair is no trouble here
                statement = "INSERT INTO inbox (update_id, received, raw) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
                if self._store.write(statement, raw["update_id"], time.time(), text):
                    fresh.append(Waiting(raw["update_id"], dict(raw), is_accepted=False))
        return fresh

    def unfinished(self) -> list[Waiting]:
        """Returns what an earlier run left of what came; what it told by itself has numbers below."""
        query = "SELECT update_id, raw, state FROM inbox WHERE state <> 'done' AND update_id >= 0 ORDER BY update_id"
        return [
            Waiting(update_id, json.loads(raw), state == "accepted")
            for update_id, raw, state in self._store.rows(query)
        ]

    def accept(self, update_id: int) -> None:
        """Notes that it passed access and quota: a restart does not ask again."""
        self._store.write("UPDATE inbox SET state = 'accepted' WHERE update_id = ? AND state = 'new'", update_id)

    def begin(self, update_id: int) -> int:
        """Notes that work on it begins; returns the number of the attempt, from 1."""
        with self._store.transaction():
            self._store.write("UPDATE inbox SET attempts = attempts + 1 WHERE update_id = ?", update_id)
            row = self._store.row("SELECT attempts FROM inbox WHERE update_id = ?", update_id)
        return int(row[0]) if row else 1

    def park(self, update_id: int) -> None:
        """Leaves it to the next run, as if it had not been begun: the stop was ordered, not a crash."""
        self._store.write("UPDATE inbox SET attempts = attempts - 1 WHERE update_id = ? AND attempts > 0", update_id)

    def done(self, update_id: int) -> None:
        """Finishes it; its words go, its id stays to know a redelivery."""
        self._store.write("UPDATE inbox SET state = 'done', raw = NULL WHERE update_id = ?", update_id)

    def waiting(self) -> int:
        """Returns the number of updates that are not done."""
        row = self._store.row("SELECT count(*) FROM inbox WHERE state <> 'done'")
        return int(row[0]) if row else 0

    def part(self, update_id: int, number: int) -> tuple[int, int] | None:
        """Returns (chat, message) of the placeholder of a part of an answer, None where there is none."""
        return self._store.row(
            "SELECT chat_id, message_id FROM parts WHERE update_id = ? AND part = ?", update_id, number
        )

    def put_part(self, update_id: int, number: int, chat_id: int, message_id: int) -> None:
        """Keeps the placeholder of a part."""
        statement = (
            "INSERT INTO parts VALUES (?, ?, ?, ?) ON CONFLICT (update_id, part) "
            "DO UPDATE SET chat_id = excluded.chat_id, message_id = excluded.message_id"
        )
        self._store.write(statement, update_id, number, chat_id, message_id)

    def drop_part(self, update_id: int, number: int) -> None:
        """Forgets a placeholder that someone deleted."""
        self._store.write("DELETE FROM parts WHERE update_id = ? AND part = ?", update_id, number)


def is_update(raw: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether an item of a poll can be kept and confirmed."""
    return isinstance(raw, Mapping) and type(raw.get("update_id")) is int and 0 <= raw["update_id"] < MOST_ID
