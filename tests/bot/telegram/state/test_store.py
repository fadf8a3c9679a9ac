"""What is on the disk: inbox, answers, turns, forgetting, retention."""

from __future__ import annotations

import json
import random
import re
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from telegram import MessageEntity

from bot.settings import Settings
from bot.telegram.request import Place, Request
from bot.telegram.state.access import Access
from bot.telegram.state.answers import FormattedText, Given, Source
from bot.telegram.state.file import StateFile
from bot.telegram.state.inbox import Inbox, Waiting
from bot.telegram.state.memory import DAY, Memory
from bot.telegram.state.store import StateError
from retrieval.understanding.conversation import Turn
from tests.bot.telegram.checks import html_of, problems_of
from tests.index.conftest import give_away, run_python

PRIVATE, TOPIC = Place(5), Place(-100, 7, is_group=True)
SOURCE = Source(1, "Titre", "Le Courrier", "https://example.org", "2025-02-12", "mot à mot", "avant mot à mot après")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "bot.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[StateFile]:
    opened = StateFile.open(path)
    yield opened
    opened.close()


def request(update_id: int, place: Place = PRIVATE, user_id: int = 5) -> Request:
    return Request(update_id, "question", place, user_id, message_id=update_id + 1000, text="combien ?")


def given(words: str = "14 mois") -> Given:
    bold = MessageEntity(MessageEntity.BOLD, 0, len(words))
    return Given((FormattedText(words, (bold,)),), (SOURCE,), "fr", keyboard=True)


def test_commit_is_synced_and_the_file_is_only_for_its_owner(store: StateFile, path: Path) -> None:
    assert (store.row("PRAGMA journal_mode"), store.row("PRAGMA synchronous")) == (("wal",), (2,))
    assert path.stat().st_mode & 0o077 == 0


def test_whatever_lies_in_the_folder_of_the_state_is_for_its_owner_alone(store: StateFile, path: Path) -> None:
    talk(store, 1, 5, "heliotrope")
    names = {"bot.sqlite", "bot.sqlite-wal", "bot.sqlite-shm", "bot.sqlite.lock"}
    assert {file.name for file in path.parent.iterdir()} == names
    for file in [path.parent, *path.parent.iterdir()]:
        assert stat.S_IMODE(file.stat().st_mode) == (0o700 if file.is_dir() else 0o600)


@pytest.mark.parametrize("name", ["", "bot.sqlite", "bot.sqlite.lock"])
def test_state_of_another_user_is_told_as_that(store: StateFile, path: Path, name: str) -> None:
    store.close()
    theirs = path.parent / name
    give_away(theirs, 0o500 if theirs.is_dir() else 0o400)
    code = (
        "import sys; from pathlib import Path; from bot.telegram.state.file import StateFile\n"
        "from index import ArticlebotError\n"
        "try: StateFile.open(Path(sys.argv[1]))\n"
        "except ArticlebotError as error: print(error)\n"
    )
    done = run_python(["-c", code, path], unprivileged=True)
    theirs.chmod(0o700)
    assert done.stdout.startswith(f"{theirs}: cannot be written by "), done
    assert "it belongs to" in done.stdout
    assert done.stdout.endswith("or set ARTICLEBOT_STATE elsewhere\n")


def test_second_opening_is_refused_until_the_first_is_closed(store: StateFile, path: Path) -> None:
    with pytest.raises(StateError, match="another bot is using it"):
        StateFile.open(path)
    store.close()
    StateFile.open(path).close()


@pytest.mark.parametrize("content", [b"not a database, but long enough to be looked at by SQLite" * 50])
def test_foreign_file_is_refused_and_left_as_it_is(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(StateError, match="not a file of this bot"):
        StateFile.open(path)
    assert path.read_bytes() == content


def test_file_of_another_version_is_refused(store: StateFile, path: Path) -> None:
    store.db.execute("PRAGMA user_version=9")
    store.close()
    with pytest.raises(StateError, match="version 9, wanted 7 at most"):
        StateFile.open(path)


def test_failed_transaction_leaves_nothing_also_of_those_inside_it(store: StateFile) -> None:
    memory = Memory(store)

    def write() -> None:
        with store.transaction():
            memory.set_language(5, "fr")
            memory.set_language(6, None)  # type: ignore[arg-type]  # what the file refuses

    with pytest.raises(sqlite3.IntegrityError):
        write()
    assert memory.language(5) == ""


def test_update_is_kept_once_with_its_words_until_it_is_done(store: StateFile) -> None:
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


def test_unfinished_updates_come_in_the_order_of_their_ids(store: StateFile) -> None:
    inbox = Inbox(store)
    inbox.put([{"update_id": number} for number in (5, 3, 4)])
    assert [entry.update_id for entry in inbox.unfinished()] == [3, 4, 5]


def test_placeholder_of_each_part_is_known_until_it_is_dropped(store: StateFile) -> None:
    inbox = Inbox(store)
    inbox.put_part(1, 0, 5, 77)
    inbox.put_part(1, 1, 5, 78)
    inbox.drop_part(1, 0)
    assert (inbox.part(1, 0), inbox.part(1, 1)) == (None, (5, 78))


def test_answer_and_turn_are_kept_together_and_by_place(store: StateFile) -> None:
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


def test_answer_to_one_update_cannot_be_kept_twice(store: StateFile) -> None:
    memory = Memory(store)
    memory.keep(request(1), given(), [Turn("a", "b")])
    with pytest.raises(sqlite3.IntegrityError):
        memory.keep(request(1), given("other"), [Turn("a", "b")])
    assert len(memory.conversation(request(9))) == 1


def test_conversation_has_room_for_the_next_turn(store: StateFile) -> None:
    memory = Memory(store)
    memory.keep(request(1), given(), [Turn(str(number), "x") for number in range(30)])
    turns = memory.conversation(request(9)).turns
    assert [turn.question for turn in turns] == [str(number) for number in range(11, 30)]


def test_turns_are_a_persons_own_and_a_reply_goes_on_from_the_answer_it_replies_to(store: StateFile) -> None:
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


def test_an_edited_question_takes_the_place_of_what_it_was(store: StateFile) -> None:
    memory = Memory(store)
    memory.keep(request(1), given(), [Turn("before", "1")])
    edited = replace(request(2), message_id=request(1).message_id)
    assert memory.conversation(edited).turns == []
    memory.keep(edited, given(), [Turn("after", "2")])
    assert [turn.question for turn in memory.conversation(request(3)).turns] == ["after"]


def test_state_of_version_1_keeps_its_turns(path: Path) -> None:
    make_version_2(path)
    with closing(sqlite3.connect(path)) as db:
        db.executescript(
            "ALTER TABLE turns DROP COLUMN asked_in; ALTER TABLE turns DROP COLUMN after; PRAGMA user_version=1;"
        )
    again = StateFile.open(path)
    try:
        assert [turn.question for turn in Memory(again).conversation(request(2)).turns] == ["Combien ?"]
        Memory(again).keep(request(3), given(), [Turn("r", "a")])
    finally:
        again.close()


def make_version_2(path: Path) -> str:
    """Makes a file as version 2 wrote it; returns what it keeps of its answer."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as db:
        db.executescript((Path(__file__).parent / "version_2.sql").read_text(encoding="utf-8"))
        return str(db.execute("SELECT content FROM answers").fetchone()[0])


def test_answers_of_version_2_are_read_with_their_formatting(path: Path) -> None:
    (before,) = json.loads(make_version_2(path))["pages"]
    store = StateFile.open(path)
    kept = Memory(store).answer(1, 5)
    assert kept is not None
    (page,) = kept.pages
    assert page.text == before["plain"]
    assert list(problems_of(page.text, page.entities)) == []
    assert html_of(page) == before["html"].replace("a=1&amp;b=2", "a=1&b=2")
    assert (kept.keyboard, kept.language, kept.sources[0].quote) == (True, "fr", "Les 👩🏽‍🚀 ont coûté <14> & plus.")
    assert [turn.question for turn in Memory(store).conversation(request(2)).turns] == ["Combien ?"]
    store.close()
    again = StateFile.open(path)
    assert Memory(again).answer(1, 5) == kept
    again.close()


def test_state_of_version_3_is_taken_over(store: StateFile, path: Path) -> None:
    Memory(store).put_offer(request(1), "Et en mai ?")
    code, _ = Access(store, Settings()).pairing_code(7, PRIVATE, "de")
    store.close()
    with closing(sqlite3.connect(path)) as db:  # as that version had it
        db.executescript(
            "ALTER TABLE offers RENAME TO edits; ALTER TABLE pairing DROP COLUMN language; DROP TABLE handed; "
            "DROP TABLE follows; "
            "PRAGMA user_version=3;"
        )
    again = StateFile.open(path)
    assert Memory(again).offer(1, PRIVATE) == (request(1).message_id, "Et en mai ?")
    assert Access(again, Settings()).redeem(code) == ("user", 7)
    Memory(again).hand(request(2), [2], ["added/a.md"])
    again.close()


def test_messages_stand_for_articles_as_long_as_anything_is_kept(store: StateFile) -> None:
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


def test_forgetting_takes_one_persons_words_everywhere(store: StateFile) -> None:
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


def words_on_disk(path: Path) -> set[str]:
    """Which of the words that these tests write stand in any file of the folder, in any of the ways they are stored."""
    found = b"".join(file.read_bytes() for file in path.parent.iterdir() if file.is_file())
    return {word for word in ("heliotrope", "cormorant", "tamarind") if word.encode() in found}


def talk(store: StateFile, number: int, person: int, word: str) -> None:
    """One person's question from its arrival to its answer, with all that a person can leave behind."""
    memory, inbox = Memory(store), Inbox(store)
    words = f"{word} " * 700  # more than a page of the file holds
    sender = {"from": {"id": person}, "message_id": number, "text": words}
    inbox.put([{"update_id": number, "message": sender}])
    inbox.begin(number)
    kept = memory.keep(request(number, PRIVATE, person), given(words), [Turn(words, words)])
    memory.rate(kept.id, person, -1, f"feedback of {word}")
    memory.put_offer(request(number + 5_000, PRIVATE, person), words)
    inbox.done(number)


def test_forgotten_words_are_in_no_file_while_the_bot_runs_and_after_it(store: StateFile, path: Path) -> None:
    for number in range(1, 40):
        talk(store, number, *((5, "heliotrope") if number % 3 else (6, "cormorant")))
    assert words_on_disk(path) == {"heliotrope", "cormorant"}
    assert Memory(store).forget(5)
    assert words_on_disk(path) == {"cormorant"}
    talk(store, 50, 6, "tamarind")
    assert words_on_disk(path) == {"cormorant", "tamarind"}
    store.close()
    assert words_on_disk(path) == {"cormorant", "tamarind"}


@pytest.mark.parametrize("seed", [1, 5, *(pytest.param(seed, marks=pytest.mark.full) for seed in range(20, 40))])
def test_words_of_any_length_are_gone_whoever_else_wrote_between(store: StateFile, path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  not for secrets
    memory, inbox, numbers, people = Memory(store), Inbox(store), count(), list(range(100, 112))

    def say(person: int) -> None:
        number, words = next(numbers), f"word{person}x " * chance.choice([1, 2, 5, 30, 300, 1500])
        inbox.put([{"update_id": number, "message": {"from": {"id": person}, "text": words}}])
        asked = replace(request(number, Place(person), person), text=words)
        kept = memory.keep(asked, given(words), [Turn(words, words)])
        if chance.random() < 0.3:
            memory.rate(kept.id, person, 1, words)
            memory.put_offer(asked, words)
        inbox.done(number)

    for _ in range(150):
        say(chance.choice(people))
    for person in chance.sample(people, len(people) - 1):
        assert memory.forget(person)
        people.remove(person)
        content = b"".join(file.read_bytes() for file in path.parent.iterdir())
        assert {int(number) for number in re.findall(rb"word(\d+)x", content)} == set(people)
        say(chance.choice(people))


def test_forgetting_where_there_is_no_room_is_not_said_to_be_done(
    store: StateFile, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    talk(store, 1, 5, "heliotrope")
    store.db.execute("PRAGMA query_only=ON")
    assert not store.wipe()
    assert "what was deleted is still on the disk" in caplog.text
    store.db.execute("PRAGMA query_only=OFF")
    assert Memory(store).forget(5)
    assert words_on_disk(path) == set()


def test_expired_words_are_in_no_file_while_the_bot_runs(store: StateFile, path: Path) -> None:
    for number in range(1, 40):
        talk(store, number, 5, "heliotrope" if number % 3 else "cormorant")
    for table in ("answers", "turns", "feedback", "offers"):
        column = {"turns": "question", "feedback": "words", "offers": "text"}.get(table, "content")
        old = f"UPDATE {table} SET at = at - ? WHERE {column} LIKE '%heliotrope%'"  # noqa: S608
        assert store.write(old, 31 * DAY) == 26
    assert Memory(store).expire(30)
    assert words_on_disk(path) == {"cormorant"}


def test_words_that_a_reader_keeps_on_the_disk_go_when_it_is_done(store: StateFile, path: Path) -> None:
    talk(store, 1, 5, "heliotrope")
    with closing(sqlite3.connect(path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM answers").fetchall()
        assert not Memory(store).forget(5)
        assert not Memory(store).expire(30)
    assert words_on_disk(path) == {"heliotrope"}
    assert Memory(store).forget(5)
    assert words_on_disk(path) == set()


@pytest.mark.parametrize("kind", ["message", "edited_message", "callback_query", "inline_query"])
def test_forgetting_is_not_over_before_what_came_earlier_is_answered(store: StateFile, path: Path, kind: str) -> None:
    memory, inbox = Memory(store), Inbox(store)
    inbox.put([{"update_id": 1, kind: {"from": {"id": 5}, "text": "heliotrope"}}])
    inbox.put([{"update_id": 2, kind: {"from": {"id": 6}, "text": "tamarind"}}])  # someone else
    inbox.put([{"update_id": 4, kind: {"from": {"id": 5}, "text": "cormorant"}}])  # asked after /forget
    assert not memory.forget(5, before=3)
    memory.keep(request(1), given("heliotrope"), [Turn("heliotrope", "heliotrope")])
    inbox.done(1)
    assert memory.forget(5, before=3)
    assert words_on_disk(path) == {"tamarind", "cormorant"}


def test_retention_removes_what_is_old_and_keeps_what_knows_a_redelivery(store: StateFile) -> None:
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


def test_moved_group_keeps_turns_of_its_topics(store: StateFile) -> None:
    memory = Memory(store)
    kept = memory.keep(request(1, TOPIC), given(), [Turn("q", "a")])
    other = memory.keep(request(2, Place(-1001, 7, is_group=True)), given(), [Turn("other", "a")])
    memory.move(-100, -900)
    assert [turn.question for turn in memory.conversation(request(9, Place(-900, 7))).turns] == ["q"]
    assert memory.answer(kept.id, -900) is not None
    assert memory.answer(other.id, -1001) is not None


def test_later_rating_replaces_the_earlier_and_keeps_the_words(store: StateFile) -> None:
    memory = Memory(store)
    memory.rate(1, 5, -1)
    memory.rate(1, 5, 0, "la date")
    memory.rate(1, 5, 1)
    assert store.rows("SELECT value, words FROM feedback") == [(1, "la date")]


def test_stored_answer_is_plain_json(store: StateFile) -> None:
    Memory(store).keep(request(1), given(), [])
    row = store.row("SELECT content FROM answers")
    assert row
    assert json.loads(row[0])["sources"][0]["quote"] == "mot à mot"
