"""What is kept, in a file and in a database alike: inbox, answers, turns, forgetting, retention."""

from __future__ import annotations

import json
import sqlite3
import time
from dataclasses import replace

import psycopg
import pytest

from bot.telegram.request import Place
from bot.telegram.state.inbox import Inbox, Waiting
from bot.telegram.state.memory import DAY, Memory
from bot.telegram.state.store import Store
from retrieval.understanding.conversation import Turn
from tests.bot.telegram.state.conftest import PRIVATE, TOPIC, given, request


def test_failed_transaction_leaves_nothing_also_of_those_inside_it(store: Store) -> None:
    memory = Memory(store)

    def write() -> None:
        with store.transaction():
            memory.set_language(5, "fr")
            memory.set_language(6, None)  # type: ignore[arg-type]  # what it refuses

    with pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError)):
        write()
    assert memory.language(5) == ""


def test_update_is_kept_once_with_its_words_until_it_is_done(store: Store) -> None:
    inbox = Inbox(store)
    raw = {"update_id": 3, "message": {"text": "\ud83d été"}}
    came = [raw, raw, {"no": "id"}, {"update_id": True}, {"update_id": "3"}, None]
    assert inbox.put(came) == [Waiting(3, raw, False)]
    assert inbox.put([raw]) == []
    inbox.accept(3)
    assert inbox.begin(3) == 1
    attempts = "SELECT attempts FROM inbox"
    assert (inbox.unfinished(), store.row(attempts)) == ([Waiting(3, raw, True)], (1,))
    inbox.park(3)
    assert (inbox.unfinished(), store.row(attempts)) == ([Waiting(3, raw, True)], (0,))
    inbox.done(3)
    assert (inbox.unfinished(), inbox.waiting(), inbox.put([raw])) == ([], 0, [])
    assert store.row("SELECT raw FROM inbox") == (None,)


def test_unfinished_updates_come_in_the_order_of_their_ids(store: Store) -> None:
    inbox = Inbox(store)
    inbox.put([{"update_id": number} for number in (5, 3, 4)])
    assert [entry.update_id for entry in inbox.unfinished()] == [3, 4, 5]


def test_placeholder_of_each_part_is_known_until_it_is_dropped(store: Store) -> None:
    inbox = Inbox(store)
    inbox.put_part(1, 0, 5, 77)
    inbox.put_part(1, 1, 5, 78)
    inbox.drop_part(1, 0)
    assert (inbox.part(1, 0), inbox.part(1, 1)) == (None, (5, 78))


def test_answer_and_turn_are_kept_together_and_by_place(store: Store) -> None:
    memory = Memory(store)
    kept = memory.keep(request(1), given(), [Turn("combien ?", "14 mois")])
    memory.keep(request(2, TOPIC), given("ailleurs"), [Turn("où ?", "ailleurs")])
    assert memory.given(1) == kept
    assert memory.answer(kept.id, 5) == kept
    assert memory.answer(kept.id, 6) is None
    assert [turn.question for turn in memory.conversation(request(9)).turns] == ["combien ?"]
    assert memory.was_asked(PRIVATE, 1001)
    assert not memory.was_asked(PRIVATE, 1002)
    last = memory.last_answer(TOPIC, 5)
    assert last is not None
    assert last.pages[0].text == "ailleurs"


def test_answer_to_one_update_cannot_be_kept_twice(store: Store) -> None:
    memory = Memory(store)
    memory.keep(request(1), given(), [Turn("a", "b")])
    with pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError)):
        memory.keep(request(1), given("other"), [Turn("a", "b")])
    assert len(memory.conversation(request(9))) == 1


def test_conversation_has_room_for_the_next_turn(store: Store) -> None:
    memory = Memory(store)
    memory.keep(request(1), given(), [Turn(str(number), "x") for number in range(30)])
    turns = memory.conversation(request(9)).turns
    assert [turn.question for turn in turns] == [str(number) for number in range(11, 30)]


def test_turns_are_a_persons_own_and_a_reply_goes_on_from_the_answer_it_replies_to(store: Store) -> None:
    memory, inbox = Memory(store), Inbox(store)
    memory.keep(request(1, TOPIC, 5), given(), [Turn("a", "1")])
    inbox.put_part(1, 0, TOPIC.chat_id, 71)
    memory.keep(request(2, TOPIC, 5), given(), [Turn("b", "2")])
    memory.keep(request(3, TOPIC, 6), given(), [Turn("c", "3")])
    own = request(9, TOPIC, 6)
    reply = replace(own, replied_to=71)
    elsewhere = replace(own, replied_to=71, place=PRIVATE)
    asked = [[turn.question for turn in memory.conversation(each).turns] for each in (own, reply, elsewhere)]
    assert asked == [["c"], ["a"], []]
    memory.keep(reply, given(), [Turn("d", "4")])
    assert [turn.question for turn in memory.conversation(request(10, TOPIC, 6)).turns] == ["c", "a", "d"]
    memory.forget(5)
    assert [turn.question for turn in memory.conversation(request(10, TOPIC, 6)).turns] == ["c", "d"]


def test_an_edited_question_takes_the_place_of_what_it_was(store: Store) -> None:
    memory = Memory(store)
    memory.keep(request(1), given(), [Turn("before", "1")])
    edited = replace(request(2), message_id=request(1).message_id)
    assert memory.conversation(edited).turns == []
    memory.keep(edited, given(), [Turn("after", "2")])
    assert [turn.question for turn in memory.conversation(request(3)).turns] == ["after"]


def test_messages_stand_for_articles_as_long_as_anything_is_kept(store: Store) -> None:
    memory = Memory(store)
    memory.hand(request(1), [1001, 1002], ["added/a.md", "added/b.md"])
    memory.hand(request(1), [1002], ["added/c.md"])
    reply = replace(request(2), replied_to=1001)
    assert memory.articles_of(reply) == ["added/a.md", "added/b.md"]
    assert memory.articles_of(replace(reply, replied_to=1002)) == ["added/c.md"]
    assert memory.articles_of(replace(reply, place=TOPIC)) == []
    assert memory.articles_of(request(2)) == []
    memory.expire(30)
    assert memory.articles_of(reply)
    store.write("UPDATE handed SET at = at - ?", 31 * DAY)
    memory.expire(30)
    assert memory.articles_of(reply) == []


def test_forgetting_takes_one_persons_words_everywhere(store: Store) -> None:
    memory = Memory(store)
    for number, (place, person) in enumerate([(PRIVATE, 5), (TOPIC, 5), (TOPIC, 6)]):
        kept = memory.keep(request(number, place, person), given(), [Turn("q", "a")])
        memory.rate(kept.id, person, 1, "words")
        memory.put_offer(request(number + 50, place, person), "words")
        memory.hand(request(number, place, person), [number], ["added/a.md"])
        memory.set_language(person, "fr")
    memory.forget(5)
    for table in ("answers", "turns", "feedback", "offers", "handed", "people"):
        assert store.rows(f"SELECT DISTINCT user_id FROM {table}") == [(6,)]  # noqa: S608


def test_retention_removes_what_is_old_and_keeps_what_knows_a_redelivery(store: Store) -> None:
    memory, inbox = Memory(store), Inbox(store)
    inbox.put([{"update_id": number} for number in (1, 2, 3)])
    for number in (1, 2):
        memory.keep(request(number), given(), [Turn("q", "a")])
        inbox.put_part(number, 0, 5, number)
        inbox.done(number)
    store.write("UPDATE answers SET at = ? WHERE update_id = 1", time.time() - 31 * DAY)
    store.write("UPDATE inbox SET received = ? WHERE update_id IN (1, 3)", time.time() - 31 * DAY)
    memory.expire(30)
    assert (memory.given(1), memory.given(2) is not None) == (None, True)
    assert store.rows("SELECT update_id FROM inbox ORDER BY 1") == [(2,), (3,)]  # 3 is not done
    assert store.rows("SELECT update_id FROM parts") == [(2,)]


def test_moved_group_keeps_turns_of_its_topics(store: Store) -> None:
    memory = Memory(store)
    kept = memory.keep(request(1, TOPIC), given(), [Turn("q", "a")])
    other = memory.keep(request(2, Place(-1001, 7, is_group=True)), given(), [Turn("other", "a")])
    memory.move(-100, -900)
    assert [turn.question for turn in memory.conversation(request(9, Place(-900, 7))).turns] == ["q"]
    assert memory.answer(kept.id, -900) is not None
    assert memory.answer(other.id, -1001) is not None


def test_later_rating_replaces_the_earlier_and_keeps_the_words(store: Store) -> None:
    memory = Memory(store)
    memory.rate(1, 5, -1)
    memory.rate(1, 5, 0, "la date")
    memory.rate(1, 5, 1)
    assert store.rows("SELECT value, words FROM feedback") == [(1, "la date")]


def test_stored_answer_is_plain_json(store: Store) -> None:
    Memory(store).keep(request(1), given(), [])
    row = store.row("SELECT content FROM answers")
    assert row
    assert json.loads(row[0])["sources"][0]["quote"] == "mot à mot"


@pytest.mark.parametrize("kind", ["message", "edited_message", "callback_query", "inline_query"])
def test_forgetting_is_not_over_before_what_came_earlier_is_answered(store: Store, kind: str) -> None:
    memory, inbox = Memory(store), Inbox(store)
    inbox.put([{"update_id": 1, kind: {"from": {"id": 5}, "text": "heliotrope"}}])
    inbox.put([{"update_id": 2, kind: {"from": {"id": 6}, "text": "tamarind"}}])  # someone else
    inbox.put([{"update_id": 4, kind: {"from": {"id": 5}, "text": "cormorant"}}])  # asked after /forget
    assert not memory.forget(5, before=3)
    memory.keep(request(1), given("heliotrope"), [Turn("heliotrope", "heliotrope")])
    inbox.done(1)
    assert memory.forget(5, before=3)
    kept = [json.loads(raw)[kind]["text"] for (raw,) in store.rows("SELECT raw FROM inbox WHERE raw IS NOT NULL")]
    assert sorted(kept) == ["cormorant", "tamarind"]
