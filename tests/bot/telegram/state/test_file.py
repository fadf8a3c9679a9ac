"""What is on the disk: the bot's file, of this version and earlier ones, and what is forgotten."""

from __future__ import annotations

import json
import random
import re
import sqlite3
import stat
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.telegram.request import Place
from bot.telegram.state.access import Access
from bot.telegram.state.file import StateFile
from bot.telegram.state.inbox import Inbox
from bot.telegram.state.memory import DAY, Memory
from bot.telegram.state.store import StateError
from retrieval.understanding.conversation import Turn
from tests.bot.telegram.checks import html_of, problems_of
from tests.bot.telegram.state.conftest import PRIVATE, given, request, talk
from tests.index.conftest import give_away, run_python


def test_commit_is_synced_and_the_file_is_only_for_its_owner(file: StateFile, path: Path) -> None:
    assert (file.row("PRAGMA journal_mode"), file.row("PRAGMA synchronous")) == (("wal",), (2,))
    assert path.stat().st_mode & 0o077 == 0


def test_whatever_lies_in_the_folder_of_the_state_is_for_its_owner_alone(file: StateFile, path: Path) -> None:
    talk(file, 1, 5, "heliotrope")
    names = {"bot.sqlite", "bot.sqlite-wal", "bot.sqlite-shm", "bot.sqlite.lock"}
    assert {each.name for each in path.parent.iterdir()} == names
    for each in [path.parent, *path.parent.iterdir()]:
        assert stat.S_IMODE(each.stat().st_mode) == (0o700 if each.is_dir() else 0o600)


@pytest.mark.parametrize("name", ["", "bot.sqlite", "bot.sqlite.lock"])
def test_state_of_another_user_is_told_as_that(file: StateFile, path: Path, name: str) -> None:
    file.close()
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


def test_second_opening_is_refused_until_the_first_is_closed(file: StateFile, path: Path) -> None:
    with pytest.raises(StateError, match="another bot is using it"):
        StateFile.open(path)
    file.close()
    StateFile.open(path).close()


@pytest.mark.parametrize("content", [b"not a database, but long enough to be looked at by SQLite" * 50])
def test_foreign_file_is_refused_and_left_as_it_is(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(StateError, match="not a file of this bot"):
        StateFile.open(path)
    assert path.read_bytes() == content


def test_file_of_another_version_is_refused(file: StateFile, path: Path) -> None:
    file.db.execute("PRAGMA user_version=9")
    file.close()
    with pytest.raises(StateError, match="version 9, wanted 7 at most"):
        StateFile.open(path)


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


def test_state_of_version_3_is_taken_over(file: StateFile, path: Path) -> None:
    Memory(file).put_offer(request(1), "Et en mai ?")
    code, _ = Access(file, Settings()).pairing_code(7, PRIVATE, "de")
    file.close()
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


def words_on_disk(path: Path) -> set[str]:
    """Which of the words that these tests write stand in any file of the folder, in any of the ways they are stored."""
    found = b"".join(each.read_bytes() for each in path.parent.iterdir() if each.is_file())
    return {word for word in ("heliotrope", "cormorant", "tamarind") if word.encode() in found}


def test_forgotten_words_are_in_no_file_while_the_bot_runs_and_after_it(file: StateFile, path: Path) -> None:
    for number in range(1, 40):
        talk(file, number, *((5, "heliotrope") if number % 3 else (6, "cormorant")))
    assert words_on_disk(path) == {"heliotrope", "cormorant"}
    assert Memory(file).forget(5)
    assert words_on_disk(path) == {"cormorant"}
    talk(file, 50, 6, "tamarind")
    assert words_on_disk(path) == {"cormorant", "tamarind"}
    file.close()
    assert words_on_disk(path) == {"cormorant", "tamarind"}


@pytest.mark.parametrize("seed", [1, 5, *(pytest.param(seed, marks=pytest.mark.full) for seed in range(20, 40))])
def test_words_of_any_length_are_gone_whoever_else_wrote_between(file: StateFile, path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  not for secrets
    memory, inbox, numbers, people = Memory(file), Inbox(file), count(), list(range(100, 112))

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
        content = b"".join(each.read_bytes() for each in path.parent.iterdir())
        assert {int(number) for number in re.findall(rb"word(\d+)x", content)} == set(people)
        say(chance.choice(people))


def test_forgetting_where_there_is_no_room_is_not_said_to_be_done(
    file: StateFile, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    talk(file, 1, 5, "heliotrope")
    file.db.execute("PRAGMA query_only=ON")
    assert not file.wipe()
    assert "what was deleted is still on the disk" in caplog.text
    file.db.execute("PRAGMA query_only=OFF")
    assert Memory(file).forget(5)
    assert words_on_disk(path) == set()


def test_expired_words_are_in_no_file_while_the_bot_runs(file: StateFile, path: Path) -> None:
    for number in range(1, 40):
        talk(file, number, 5, "heliotrope" if number % 3 else "cormorant")
    for table in ("answers", "turns", "feedback", "offers"):
        column = {"turns": "question", "feedback": "words", "offers": "text"}.get(table, "content")
        old = f"UPDATE {table} SET at = at - ? WHERE {column} LIKE '%heliotrope%'"  # noqa: S608
        assert file.write(old, 31 * DAY) == 26
    assert Memory(file).expire(30)
    assert words_on_disk(path) == {"cormorant"}


def test_words_that_a_reader_keeps_on_the_disk_go_when_it_is_done(file: StateFile, path: Path) -> None:
    talk(file, 1, 5, "heliotrope")
    with closing(sqlite3.connect(path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM answers").fetchall()
        assert not Memory(file).forget(5)
        assert not Memory(file).expire(30)
    assert words_on_disk(path) == {"heliotrope"}
    assert Memory(file).forget(5)
    assert words_on_disk(path) == set()
