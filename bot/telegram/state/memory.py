"""What the bot remembers of its talks: turns, answers with their passages, feedback, language; and forgetting."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from bot.telegram.request import MOST_ID, Place, Request
from bot.telegram.state.answers import Given
from bot.telegram.state.store import Store
from retrieval.understanding.conversation import TURNS, Conversation, Turn

DAY = 86_400.0  # seconds
_LATEST = 2**62  # no id of a turn is higher
INBOX_DAYS = 8  # an id is known this long; Telegram delivers again for at most one day


class Memory:
    """Everything about people that is kept, by place and by person."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def conversation(self, request: Request) -> Conversation:
        """Returns the turns that a question may lean on, with room for the next.

        They are the person's own in this place; a reply goes on from the answer that it replies to, also where
        somebody else had asked, and of an article that was handed over from none. What was told by itself counts for
        replies to it alone. A question that was edited does not lean on what it was before.
        """
        goes_on = self._replied_to(request)
        if goes_on is None and (request.document or request.post or self.articles_of(request)):
            return Conversation()
        user_id, last = (goes_on[1], goes_on[0]) if goes_on else (request.user_id, _LATEST)
        query = (
            "SELECT turns.question, turns.answer, other.question, other.answer FROM turns "
            "LEFT JOIN turns AS other ON other.id = turns.after WHERE turns.place = ?1 AND turns.user_id = ?2 "
            "AND turns.id <= ?3 AND turns.asked_in <> ?4 AND (turns.asked_in >= 0 OR turns.id = ?3) "
            "ORDER BY turns.id DESC LIMIT ?5"
        )
        turns: list[Turn] = []
        for question, answer, before, answered in self._store.rows(
            query, request.place.key, user_id, last, request.message_id, TURNS - 1
        ):
            turns += [Turn(question, answer)] + ([Turn(before, answered)] if before is not None else [])
        return Conversation(turns[: TURNS - 1][::-1])

    def _replied_to(self, request: Request) -> tuple[int, int] | None:
        """Returns (turn, person) of the answer or question that a request replies to, None where there is none."""
        query = (
            "SELECT turns.id, turns.user_id FROM turns WHERE turns.place = ?1 AND (turns.asked_in = ?2 OR EXISTS ("
            "SELECT 1 FROM parts JOIN answers USING (update_id) WHERE parts.chat_id = ?3 AND parts.message_id = ?2 "
            "AND answers.place = ?1 AND answers.user_id = turns.user_id AND answers.asked_in = turns.asked_in)) "
            "ORDER BY turns.id DESC"
        )
        place = request.place
        return self._store.row(query, place.key, request.replied_to, place.chat_id) if request.replied_to else None

    def new_subject(self, place: Place, user_id: int) -> None:
        """Forgets a person's turns in a place; the answers stay for their buttons."""
        self._store.write("DELETE FROM turns WHERE place = ? AND user_id = ?", place.key, user_id)

    def keep(self, request: Request, given: Given, turns: Sequence[Turn]) -> Given:
        """Keeps an answer and what it adds to the conversation, in one piece; returns it with its id."""
        now, place = time.time(), request.place
        with self._store.transaction():
            answer_id = self._store.added(
                "INSERT INTO answers (update_id, place, chat_id, user_id, asked_in, at, content) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                request.update_id, place.key, place.chat_id, request.user_id, request.message_id, now,
                given.content(),
            )  # fmt: skip
            after = self._replied_to(request)
            self._store.write(
                "DELETE FROM turns WHERE place = ? AND user_id = ? AND asked_in = ?",  # of the question before its edit
                place.key, request.user_id, request.message_id,
            )  # fmt: skip
            for turn in turns:
                self._store.write(
                    "INSERT INTO turns (place, user_id, question, answer, at, asked_in, after) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?)",
                    place.key, request.user_id, turn.question, turn.answer, now, request.message_id,
                    after[0] if after else 0,
                )  # fmt: skip
        return replace(given, id=answer_id)

    def given(self, update_id: int) -> Given | None:
        """Returns the answer to an update, None where none was worked out."""
        row = self._store.row("SELECT id, content FROM answers WHERE update_id = ?", update_id)
        return Given.read(*row) if row else None

    def answer(self, answer_id: int, chat_id: int) -> Given | None:
        """Returns an answer by its id, None where this chat never got it or it was forgotten."""
        row = self._store.row("SELECT id, content FROM answers WHERE id = ? AND chat_id = ?", answer_id, chat_id)
        return Given.read(*row) if row else None

    def last_answer(self, place: Place, user_id: int) -> Given | None:
        """Returns the last answer to a person in a place that has sources, None where there is none."""
        query = "SELECT id, content FROM answers WHERE place = ? AND user_id = ? ORDER BY id DESC LIMIT 20"
        given = (Given.read(*row) for row in self._store.rows(query, place.key, user_id))
        return next((each for each in given if each.sources), None)

    def cited_in(self, request: Request) -> list[str]:
        """Returns the ids of the articles that the answer cites to which a request replies."""
        query = (
            "SELECT answers.id, content FROM parts JOIN answers USING (update_id) "
            "WHERE parts.chat_id = ? AND parts.message_id = ? AND place = ?"
        )
        place = request.place
        row = self._store.row(query, place.chat_id, request.replied_to, place.key) if request.replied_to else None
        return list(dict.fromkeys(each.article for each in Given.read(*row).sources)) if row else []

    def was_asked(self, place: Place, message_id: int) -> bool:
        """Whether a message was answered as a question."""
        query = "SELECT 1 FROM answers WHERE place = ? AND asked_in = ?"
        return self._store.row(query, place.key, message_id) is not None

    def put_offer(self, request: Request, words: str) -> int:
        """Keeps what a button under our words about a message will be for; returns its id."""
        return self._store.added(
            "INSERT INTO offers (place, user_id, message_id, text, at) VALUES (?, ?, ?, ?, ?)",
            request.place.key, request.user_id, request.message_id, words, time.time(),
        )  # fmt: skip

    def offer(self, offer_id: int, place: Place) -> tuple[int, str] | None:
        """Returns (message, words) of an offer of this place, None where there is none such or it is too old."""
        query = "SELECT message_id, text FROM offers WHERE id = ? AND place = ?"
        return self._store.row(query, offer_id, place.key)

    def hand(self, request: Request, messages: Iterable[int], articles: Sequence[str]) -> None:
        """Keeps which messages of a place stand for articles, by their ids."""
        with self._store.transaction():
            for message_id in messages:
                self._store.write(
                    "INSERT INTO handed (place, message_id, user_id, articles, at) VALUES (?, ?, ?, ?, ?) "
                    "ON CONFLICT (place, message_id) "
                    "DO UPDATE SET user_id = excluded.user_id, articles = excluded.articles, at = excluded.at",
                    request.place.key, message_id, request.user_id, json.dumps(articles), time.time(),
                )  # fmt: skip

    def articles_of(self, request: Request) -> list[str]:
        """Returns the ids of the articles that the message stands for to which a request replies; none: it does not."""
        query = "SELECT articles FROM handed WHERE place = ? AND message_id = ?"
        row = self._store.row(query, request.place.key, request.replied_to) if request.replied_to else None
        return list(json.loads(row[0])) if row else []

    def rate(self, answer_id: int, user_id: int, value: int, words: str = "") -> None:
        """Keeps what a person thinks of an answer: 1, -1, or 0 with words; a later value replaces the earlier."""
        self._store.write(
            "INSERT INTO feedback (answer_id, user_id, value, words, at) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (answer_id, user_id) DO UPDATE SET at = excluded.at, "
            "value = CASE excluded.value WHEN 0 THEN feedback.value ELSE excluded.value END, "
            "words = CASE excluded.words WHEN '' THEN feedback.words ELSE excluded.words END",
            answer_id, user_id, value, words, time.time(),
        )  # fmt: skip

    def language(self, user_id: int) -> str:
        """Returns the language that a person chose, "" where none was."""
        row = self._store.row("SELECT language FROM people WHERE user_id = ?", user_id)
        return str(row[0]) if row else ""

    def set_language(self, user_id: int, language: str) -> None:
        """Keeps the language that a person chose."""
        self._store.write(
            "INSERT INTO people (user_id, language) VALUES (?, ?) "
            "ON CONFLICT (user_id) DO UPDATE SET language = excluded.language",
            user_id, language,
        )  # fmt: skip

    def forget(self, user_id: int, before: int = MOST_ID - 1) -> bool:
        """Removes what is kept of a person's words, in every chat.

        Args:
            user_id: the person.
            before: the update in which it was asked.

        Returns:
            Whether that was all: no word is on the disk, and nothing that came before is still to be answered.
        """
        with self._store.transaction():
            for table in ("feedback", "turns", "answers", "offers", "handed", "people", "follows"):
                self._store.write(f"DELETE FROM {table} WHERE user_id = ?", user_id)  # noqa: S608  our own names
        is_wiped = self._store.wipe()
        unfinished = "SELECT raw FROM inbox WHERE state <> 'done' AND update_id < ? AND raw IS NOT NULL"
        came = [json.loads(raw) for (raw,) in self._store.rows(unfinished, before)]
        return is_wiped and not any(user_id in _senders(update) for update in came)

    def expire(self, days: float) -> bool:
        """Removes what is too old and what is of no use any more; returns whether no word of it is on the disk."""
        now = time.time()
        with self._store.transaction():
            for table in ("feedback", "turns", "answers", "offers", "handed"):
                self._store.write(f"DELETE FROM {table} WHERE at < ?", now - days * DAY)  # noqa: S608  our own names
            self._store.write(
                "DELETE FROM inbox WHERE state = 'done' AND received < ?", now - min(days, INBOX_DAYS) * DAY - DAY
            )
            self._store.write("DELETE FROM parts WHERE update_id NOT IN (SELECT update_id FROM inbox)")
            self._store.write("DELETE FROM pairing WHERE expires < ?", now)
            self._store.write("DELETE FROM told WHERE at < ?", now - DAY)
            self._store.write("DELETE FROM usage WHERE at < ?", now - DAY)
        return self._store.wipe()

    def move(self, old: int, new: int) -> None:
        """Takes over what is known of a group that got a new id."""
        before, after = Place(old).key.removesuffix("0"), Place(new).key.removesuffix("0")
        with self._store.transaction():
            for table in ("answers", "turns", "offers", "handed", "follows"):
                self._store.write(
                    f"UPDATE {table} SET place = ? || substr(place, ?) WHERE substr(place, 1, ?) = ?",  # noqa: S608
                    after, len(before) + 1, len(before), before,
                )  # fmt: skip
            self._store.write("UPDATE answers SET chat_id = ? WHERE chat_id = ?", new, old)


def _senders(update: dict[str, Any]) -> list[Any]:
    """Returns who sent an update: it stands in the message, the button, or the inline query."""
    parts = (part.get("from") for part in update.values() if isinstance(part, dict))
    return [sender.get("id") for sender in parts if isinstance(sender, dict)]
