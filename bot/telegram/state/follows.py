"""What people want to be told by themselves: standing questions, and once a day all that is new."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

from bot.telegram.request import Place, Request
from bot.telegram.state.answers import Given
from bot.telegram.state.memory import Memory
from bot.telegram.state.store import Store
from retrieval.understanding.conversation import Turn

MOST_FOLLOWS = 20  # questions of a person
_COLUMNS = "id, place, user_id, language, question, hour, since, at"


@dataclass(frozen=True, slots=True)
class Follow:
    """A standing question of somebody in a place, or that what is new is told there at an hour of each day."""

    id: int
    place: Place
    user_id: int
    language: str
    question: str  # "": all that is new
    hour: int | None  # at which that is told
    since: int  # up to which arrival it was told, as `Arrivals.latest` counts
    at: float  # when that was, or when it was begun

    @classmethod
    def of(cls, follow_id: int, place: str, *rest: Any) -> Self:  # noqa: ANN401  as the store has them
        """Returns what a record of the store holds."""
        return cls(follow_id, placed(place), *rest)

    def is_due(self, latest: int, now: datetime, quiet: tuple[int, int]) -> bool:
        """Whether it is to be looked at now.

        Args:
            latest: when the newest sentence came.
            now: here.
            quiet: hours from and to which no question is told of.
        """
        if self.hour is None:
            return self.since < latest and not _is_between(now.hour, quiet)
        hour = now.replace(hour=self.hour, minute=0, second=0, microsecond=0)
        return self.at < (hour if hour <= now else hour - timedelta(days=1)).timestamp()


def _is_between(hour: int, hours: tuple[int, int]) -> bool:
    first, last = hours
    return first <= hour < last if first <= last else hour >= first or hour < last


def placed(key: str) -> Place:
    """Returns the place of its name in the store; groups have negative numbers."""
    chat, _, thread = key.partition("/")
    return Place(int(chat), int(thread) or None, is_group=int(chat) < 0)


class Follows:
    """The standing questions, and the news that is put out for them: both change together or not at all."""

    def __init__(self, store: Store, memory: Memory) -> None:
        self._store, self._memory = store, memory

    def add(self, request: Request, question: str, latest: int, hour: int | None = None) -> bool:
        """Begins to follow, once; False where this person follows as much as one may.

        What arrived up to `latest` is known, but for what came after the request did, before a crash or a long wait.
        """
        place, user_id = request.place.key, request.user_id
        with self._store.transaction():
            received = self._store.row("SELECT received FROM inbox WHERE update_id = ?", request.update_id)
            since = min(latest, round(received[0] * 1e6)) if received else latest
            others = (
                "SELECT count(*) FROM follows "
                "WHERE user_id = ? AND hour IS NULL AND ended_by IS NULL AND (place, question) <> (?, ?)"
            )
            if hour is None and self._store.rows(others, user_id, place, question)[0][0] >= MOST_FOLLOWS:
                return False
            self._store.write(
                "INSERT INTO follows (place, user_id, language, question, hour, since, at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (place, user_id, question) "
                "DO UPDATE SET hour = excluded.hour, language = excluded.language, ended_by = NULL, "
                "since = CASE WHEN follows.ended_by IS NULL THEN follows.since ELSE excluded.since END",
                place, user_id, request.language, question, hour, since, time.time(),
            )  # fmt: skip
        return True

    def of(self, request: Request) -> list[Follow]:
        """Returns what a person follows here, in a group all that is followed there; in order."""
        place = request.place
        chosen = "place = ? AND (user_id = ? OR ?) AND ended_by IS NULL ORDER BY hour IS NULL, id"
        return self._where(chosen, place.key, request.user_id, place.is_group)

    def all(self) -> list[Follow]:
        """Returns all, in order."""
        return self._where("ended_by IS NULL ORDER BY id")

    def ended(self, update_id: int) -> Follow | None:
        """Returns what this update ended before a crash, and has not told yet."""
        return next(iter(self._where("ended_by = ?", update_id)), None)

    def _where(self, chosen: str, *values: object) -> list[Follow]:
        query = f"SELECT {_COLUMNS} FROM follows WHERE {chosen}"  # noqa: S608  ours
        return [Follow.of(*row) for row in self._store.rows(query, *values)]

    def is_there(self, follow: Follow) -> bool:
        """Whether it was not ended."""
        return self._store.row("SELECT 1 FROM follows WHERE id = ? AND ended_by IS NULL", follow.id) is not None

    def end(self, follow: Follow, update_id: int) -> None:
        """Ends it; it is known to a replay of this update until it is dropped."""
        self._store.write("UPDATE follows SET ended_by = ? WHERE id = ?", update_id, follow.id)

    def drop(self, follows: Iterable[Follow]) -> None:
        """Removes these."""
        with self._store.transaction():
            for follow in follows:
                self._store.write("DELETE FROM follows WHERE id = ?", follow.id)

    def drop_place(self, place: Place) -> None:
        """Ends all of a place that cannot be written to."""
        self._store.write("DELETE FROM follows WHERE place = ?", place.key)

    def told(self, follow: Follow, since: int) -> None:
        """Notes that up to an arrival there was nothing to tell."""
        self._store.write("UPDATE follows SET since = ?, at = ? WHERE id = ?", since, time.time(), follow.id)

    def put_out(self, follow: Follow, given: Given, since: int, turns: Sequence[Turn] = ()) -> Request:
        """Keeps what is told, as an answer that is to be delivered, and notes up to which arrival that is.

        So a crash before this tells nothing, and one after it leaves the delivery to the next run: its number, which
        is below those of updates, has its messages in the inbox as that of a question has. It stands for the message
        that asked, too: only a reply leans on the turns.
        """
        with self._store.transaction():
            query = (
                "SELECT min(update_id) FROM (SELECT update_id FROM inbox UNION ALL SELECT update_id FROM answers) "
                "AS numbers WHERE update_id < 0"
            )
            number = int(self._store.rows(query)[0][0] or 0) - 1
            request = Request(number, "question", follow.place, follow.user_id, language=given.language)
            statement = "INSERT INTO inbox (update_id, received, raw, state) VALUES (?, ?, '{}', 'accepted')"
            self._store.write(statement, number, time.time())
            self._memory.keep(replace(request, message_id=number), given, turns)
            self.told(follow, since)
        return request

    def left(self) -> list[Request]:
        """Returns what was put out and is not delivered, in order."""
        query = (
            "SELECT update_id, place, user_id FROM inbox JOIN answers USING (update_id) "
            "WHERE update_id < 0 AND state <> 'done' ORDER BY update_id DESC"
        )
        rows = self._store.rows(query)
        return [Request(number, "question", placed(place), user_id) for number, place, user_id in rows]

    def quotes(self, follow: Follow) -> set[str]:
        """Returns the quotes that were told here by themselves, as far as they are kept."""
        query = "SELECT id, content FROM answers WHERE place = ? AND user_id = ? AND update_id < 0"
        rows = self._store.rows(query, follow.place.key, follow.user_id)
        return {source.quote for row in rows for source in Given.read(*row).sources}
