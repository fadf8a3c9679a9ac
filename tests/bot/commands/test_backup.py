"""Index and state in one file and back: under a live writer, a live bot, kill -9, in another place."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.telegram.state.file import StateFile
from bot.telegram.state.memory import Memory
from bot.telegram.state.saved import check_state, save_state
from bot.telegram.state.shelf import Shelf
from bot.telegram.state.store import StateError
from index import build_index
from index.backup.archive import read_header
from index.store.anywhere.stores import open_generation
from index.store.live import writer_lock
from index.store.verify import problems
from index.updating.gather import Reading
from tests.index import writer
from tests.index.conftest import CHAT, CHIEN, give_away, run_python

if TYPE_CHECKING:
    from tests.bot.conftest import Run

KEEPER, WRITER = Path(__file__).parents[1] / "keeper.py", Path(writer.__file__)
OLD = ["added/port.md", "news/chat.md", "news/chien.md"]  # what is in the way of a restoring
NEW = ["added/phare.md", "news/chat.md"]  # what a backup holds
KNOWN = ["CURRENT", "added", "generations", "writer.lock"]


def silent(_what: str, _done: int, _total: int) -> None: ...


@contextmanager
def running(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(word):
            return
    assert process.stderr is not None
    raise AssertionError(process.stderr.read())


def said(*arguments: object) -> list[dict[str, Any]]:
    done = subprocess.run([sys.executable, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def articles(folder: Path) -> list[str]:
    assert problems(folder) == []
    with closing(open_generation(folder)) as generation:
        return [article.id for article in generation.articles()]


def language(state: Path, language: str = "") -> str:
    """What a state remembers of someone, after this was set."""
    store = StateFile.open(state)
    memory = Memory(store)
    if language:
        memory.set_language(5, language)
    try:
        return memory.language(5)
    finally:
        store.close()


@pytest.fixture
def news(tmp_path: Path) -> Path:
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "chat.md").write_text(CHAT, encoding="utf-8")
    return tmp_path / "news"


@pytest.fixture
def backed_up(news: Path, tmp_path: Path, run: Run) -> Path:
    """A backup of an index with an added article, and of a state; these are no more."""
    folder = tmp_path / "gone"
    build_index(news, folder / "index")
    shelf = Shelf(folder / "index", Reading(), 2)
    shelf.add_document("phare.md", "# Un phare\n\nLe phare a été automatisé en 1987.\n".encode(), silent)
    language(folder / "bot.sqlite", "fr")
    file = tmp_path / "backup.tar"
    done = run("backup", file, "--index", folder / "index", "--state", folder / "bot.sqlite")
    assert (done.code, done.err) == (0, "")
    assert "generation 00000002, 2 articles, the bot's state" in done.out
    shutil.rmtree(folder)
    return file


@pytest.fixture
def other(news: Path, tmp_path: Path) -> Path:
    """A folder with another index and another state."""
    folder = tmp_path / "other"
    (news / "chien.md").write_text(CHIEN, encoding="utf-8")
    build_index(news, folder / "index")
    shelf = Shelf(folder / "index", Reading(), 2)
    shelf.add_document("port.md", "# Un port\n\nLe port a été fermé en 1991.\n".encode(), silent)
    language(folder / "bot.sqlite", "en")
    return folder


def test_restored_elsewhere_all_of_it_works_without_the_original(
    backed_up: Path, news: Path, tmp_path: Path, run: Run
) -> None:
    folder, state = tmp_path / "here" / "index", tmp_path / "here" / "bot.sqlite"
    done = run("restore", backed_up, "--index", folder, "--state", state)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"{folder} and {state}, as they were ")
    assert articles(folder) == NEW
    assert language(state) == "fr"
    assert "automatisé en 1987. [1]" in run("ask", "Quand le phare a-t-il été automatisé ?", "--index", folder).out
    shelf = Shelf(folder, Reading(), 2)
    assert shelf.read([], silent).unchanged == NEW
    (news / "chien.md").write_text(CHIEN, encoding="utf-8")
    assert shelf.read([], silent).added == ["news/chien.md"]
    assert shelf.add_document("port.md", b"# Un port\n\nLe port est ferme.\n", silent).report.added == ["added/port.md"]
    assert sorted(path.name for path in folder.iterdir()) == KNOWN


def test_backup_and_all_that_people_wrote_is_for_its_owner_alone(backed_up: Path, tmp_path: Path, run: Run) -> None:
    here = tmp_path / "here"
    run("restore", backed_up, "--index", here / "index", "--state", here / "state" / "bot.sqlite")
    private = [backed_up, *(here / "state").iterdir(), *(here / "index" / "added").iterdir()]
    assert len(private) == 4
    assert [stat.S_IMODE(path.stat().st_mode) for path in private] == [0o600] * 4
    folders = [here / "state", here / "index" / "added"]
    assert [stat.S_IMODE(path.stat().st_mode) for path in folders] == [0o700] * 2


def test_what_is_there_is_only_replaced_when_asked(backed_up: Path, other: Path, run: Run) -> None:
    where = ("--index", other / "index", "--state", other / "bot.sqlite")
    done = run("restore", backed_up, *where)
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert f"{other / 'index'} and {other / 'bot.sqlite'}: there already; nothing was changed" in done.err
    assert (articles(other / "index"), language(other / "bot.sqlite")) == (OLD, "en")
    assert run("restore", backed_up, *where, "--force").code == 0
    assert (articles(other / "index"), language(other / "bot.sqlite")) == (NEW, "fr")
    assert [path.name for path in (other / "index" / "added").iterdir()] == ["phare.md"]
    assert run("rollback", "--index", other / "index").code == 0
    assert articles(other / "index") == OLD


def test_restoring_is_refused_while_a_bot_or_a_writer_is_at_work(backed_up: Path, other: Path, run: Run) -> None:
    where = ("--index", other / "index", "--state", other / "bot.sqlite", "--force")
    store = StateFile.open(other / "bot.sqlite")
    assert "another bot is using it" in run("restore", backed_up, *where).err
    store.close()
    with writer_lock(other / "index"):
        assert "is writing this index" in run("restore", backed_up, *where).err
    assert (articles(other / "index"), language(other / "bot.sqlite")) == (OLD, "en")
    assert sorted(path.name for path in other.iterdir()) == ["bot.sqlite", "bot.sqlite.lock", "index"]


def test_folder_that_is_no_index_is_not_restored_into(backed_up: Path, tmp_path: Path, run: Run) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "letter.txt").write_text("Dear all,")
    done = run("restore", backed_up, "--index", mine, "--state", tmp_path / "bot.sqlite", "--force")
    assert "not empty and not an index; nothing was changed" in done.err
    assert [path.name for path in mine.iterdir()] == ["letter.txt"]
    assert not (tmp_path / "bot.sqlite").exists()


def test_damaged_backup_changes_nothing_and_leaves_nothing(
    backed_up: Path, other: Path, tmp_path: Path, run: Run
) -> None:
    content = bytearray(backed_up.read_bytes())
    at = content.index(b"Le chat dort")
    content[at] ^= 1
    backed_up.write_bytes(content)
    where = ("--index", other / "index", "--state", other / "bot.sqlite")
    done = run("restore", backed_up, *where, "--force")
    assert "damaged, index/generation/00000001/articles.sqlite is not as it was" in done.err
    assert (articles(other / "index"), language(other / "bot.sqlite")) == (OLD, "en")
    assert sorted(path.name for path in other.iterdir()) == ["bot.sqlite", "bot.sqlite.lock", "index"]
    assert [path.name for path in (other / "index" / "generations").iterdir() if path.name.startswith(".")] == []
    run("restore", backed_up, "--index", tmp_path / "fresh", "--state", tmp_path / "bot.sqlite")
    assert not (tmp_path / "fresh").exists()


def test_no_file_but_an_earlier_backup_is_written_over(backed_up: Path, other: Path, tmp_path: Path, run: Run) -> None:
    where = ("--index", other / "index", "--state", other / "bot.sqlite")
    mine = tmp_path / "letter.txt"
    mine.write_text("Dear all,")
    assert "there already, and not a backup" in run("backup", mine, *where).err
    assert mine.read_text() == "Dear all,"
    assert run("backup", backed_up, *where).code == 0
    assert read_header(backed_up).about["articles"] == 3
    assert "no such folder" in run("backup", tmp_path / "nowhere" / "file", *where).err
    assert "a folder, the name of a file wanted" in run("backup", tmp_path, *where).err


def test_index_without_a_state_and_json(news: Path, tmp_path: Path, run: Run) -> None:
    build_index(news, tmp_path / "index")
    done = run("backup", tmp_path / "b.tar", "--index", tmp_path / "index", "--json")
    told = json.loads(done.out)
    assert (told["generation"], told["articles"], told["others"], told["notes"]) == ("00000001", 1, [], [])
    assert told["bytes"] == (tmp_path / "b.tar").stat().st_size
    shutil.rmtree(news)
    restored = json.loads(run("restore", tmp_path / "b.tar", "--index", tmp_path / "two", "--json").out)
    assert restored["notes"] == [f"source news: {news} is not there now; bring it, or `articlebot forget news`"]
    assert "not there, the bot's file wanted" in run("backup", tmp_path / "c", "--state", tmp_path / "none").err
    assert "no index there" in run("backup", tmp_path / "c", "--index", tmp_path / "none").err


def test_damaged_index_is_not_backed_up_but_a_damaged_cache_is_left_out(other: Path, tmp_path: Path, run: Run) -> None:
    where = ("--index", other / "index", "--state", other / "bot.sqlite")
    (other / "index" / "embeddings.sqlite").write_bytes(b"no database, but long enough to be looked at" * 99)
    done = run("backup", tmp_path / "b.tar", *where)
    assert (done.code, "embeddings.sqlite: damaged, left out" in done.err) == (0, True)
    path = next((other / "index" / "generations" / "00000002").rglob("sentences.f16"))
    path.write_bytes(bytes(path.stat().st_size))
    done = run("backup", tmp_path / "c.tar", *where)
    assert "sentences.f16: not as it was written; run `articlebot verify --repair` first" in done.err
    assert not list(tmp_path.glob("*c.tar*"))


def test_backups_under_a_live_writer_are_each_one_state_of_it(tmp_path: Path, run: Run) -> None:
    source, index = tmp_path / "news", tmp_path / "index"
    source.mkdir()
    writer.write_articles(source, 0)
    build_index(source, index)
    seen = []
    with running(WRITER, "history", source, index, tmp_path / "embedded", 1) as process:
        for number in range(4):
            wait_for(process, "start")  # it goes on with the next steps meanwhile
            assert run("backup", tmp_path / "b.tar", "--index", index).code == 0
            restored = tmp_path / f"restored-{number}"
            assert run("restore", tmp_path / "b.tar", "--index", restored).code == 0
            assert problems(restored) == []
            with closing(open_generation(restored)) as generation:
                seen.append({a.id.removeprefix("news/"): a.text for a in generation.articles()})
    steps = [writer.articles_at(step) for step in range(200)]
    at = [steps.index(texts) for texts in seen]
    assert at == sorted(at)


def test_state_is_saved_as_it_is_at_one_moment_while_it_is_written(tmp_path: Path) -> None:
    state = tmp_path / "state" / "bot.sqlite"
    counts = []
    with running(KEEPER, "states", state, 400) as process:
        for number in (5, 150, 399):
            wait_for(process, str(number))
            copy = tmp_path / f"copy-{number}"
            assert save_state(state, copy)
            check_state(copy)
            assert b"secret" not in copy.read_bytes()  # what the live bot is at work on is left to it
            with closing(sqlite3.connect(copy)) as db:
                query = "SELECT (SELECT count(*) FROM answers), (SELECT count(*) FROM turns)"
                (answers, turns) = db.execute(query).fetchone()
                assert db.execute("SELECT count(*) FROM inbox WHERE state <> 'done'").fetchone() == (0,)
            assert answers == turns > number
            counts.append(answers)
    assert counts[-1] == 400
    copy = tmp_path / "after"
    save_state(state, copy)  # of a bot that does not run any more: what it left is still to be answered
    with closing(sqlite3.connect(copy)) as db:
        assert db.execute("SELECT count(*) FROM inbox WHERE state <> 'done'").fetchone() == (400,)


def test_state_of_another_kind_is_refused(tmp_path: Path) -> None:
    for name, content in (("a", b"no database at all, but long enough for SQLite to look at" * 30), ("b", b"")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(StateError, match="the bot's file in the backup: "):
            check_state(tmp_path / name)


@pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.full)])
def test_restoring_killed_at_any_step_leaves_the_old_or_the_new(
    backed_up: Path, other: Path, tmp_path: Path, every: int
) -> None:
    left = said(KEEPER, "restores", backed_up, other / "index", other / "bot.sqlite", tmp_path / "work", every)
    assert len(left) > 35 // every
    assert [each["killed"] for each in left] == [True] * (len(left) - 1) + [False]
    for each in left:
        assert each["wrong"] == [], each
        assert each["articles"] in (OLD, NEW), each
        assert each["added"] == [name for name in each["articles"] if name.startswith("added/")], each
        assert each["there"] == KNOWN, each
        assert len(each["generations"]) == 2, each
        assert each["beside"] == ["bot.sqlite", "bot.sqlite.lock"], each
    order = [(each["articles"] == NEW, each["state"] == "fr") for each in left]
    assert order == sorted(order)
    assert set(order) <= {(False, False), (True, False), (True, True)}
    assert order[0] == (False, False)
    assert order[-1] == (True, True)


def test_backup_killed_at_any_step_leaves_the_earlier_one_and_the_next_tidies_up(
    backed_up: Path, other: Path, tmp_path: Path
) -> None:
    (tmp_path / "backups").mkdir()
    file = Path(shutil.copy(backed_up, tmp_path / "backups" / "b.tar"))
    told = said(KEEPER, "backups", other / "index", other / "bot.sqlite", file)
    assert len(told) > 3
    assert [each["killed"] for each in told] == [True] * (len(told) - 1) + [False]
    for each in told:
        assert set(each["names"]) - {"b.tar"} == {n for n in each["names"] if n.startswith(".b.tar.partial-")}
        assert len(each["names"]) <= 2
    assert all(each["articles"] == (2 if each["same"] else 3) for each in told)
    assert (told[0]["same"], told[-1]["same"]) == (True, False)
    assert told[-1]["names"] == ["b.tar"]


@pytest.mark.parametrize("size", [0, 5_000, 30_000])
def test_full_disk_is_told_in_one_line_and_leaves_what_was_there(backed_up: Path, other: Path, size: int) -> None:
    before = backed_up.read_bytes()
    code = (
        f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))\nfrom bot.cli import app; app()"
    )
    where = ("--index", other / "index", "--state", other / "bot.sqlite")
    for command in (("backup", backed_up), ("restore", backed_up, "--force")):
        done = run_python(["-c", code, *command, *where])
        told = done.stderr.splitlines()
        assert (done.returncode, len(told)) == (1, 1), done
        assert any(word in told[0] for word in ("make room", "cannot be written", "cannot be backed up"))
        assert backed_up.read_bytes() == before
        assert [path.name for path in backed_up.parent.iterdir() if "partial" in path.name] == []
        assert (articles(other / "index"), language(other / "bot.sqlite")) == (OLD, "en")
        names = {path.name for path in (other / "index").iterdir()}
        assert names - {"embeddings.sqlite-wal", "embeddings.sqlite-shm"} == {*KNOWN}  # for which there is no room


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_interrupted_command_says_so_and_leaves_nothing(
    backed_up: Path, other: Path, tmp_path: Path, command: str
) -> None:
    (tmp_path / "place").mkdir()
    file = tmp_path / "place" / "b.tar" if command == "backup" else backed_up
    index = other / "index" if command == "backup" else tmp_path / "place" / "index"
    state = other / "bot.sqlite"
    if command == "restore":
        state = tmp_path / "place" / "bot.sqlite"
    # it interrupts itself when the first bytes have gone through
    code = (
        "import os, signal, sys; from index.backup import archive\n"
        "counting = archive._counting\n"
        "def interrupting(*arguments):\n"
        "    told = counting(*arguments)\n"
        "    return lambda count: (os.kill(os.getpid(), signal.SIGINT), told(count))\n"
        "archive._counting = interrupting\n"
        "from bot.cli import app; app()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, command, file, "--index", index, "--state", state],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (130, "", 1), done.stderr
    assert "stopped; " in done.stderr
    assert {path.name for path in (tmp_path / "place").iterdir()} <= {"bot.sqlite.lock"}
    assert (articles(other / "index"), language(other / "bot.sqlite")) == (OLD, "en")


def test_backup_of_a_read_only_index_of_another_user(other: Path, tmp_path: Path) -> None:
    for path in [*other.rglob("*"), other]:
        give_away(path, 0o555 if path.is_dir() else 0o444)
    code = "from bot.cli import app; app()"
    where = ("--index", other / "index", "--state", other / "bot.sqlite")
    done = run_python(["-c", code, "backup", tmp_path / "b.tar", *where], unprivileged=True)
    for path in [other, *other.rglob("*")]:
        path.chmod(0o755)
    assert (done.returncode, done.stderr) == (0, "")
    assert read_header(tmp_path / "b.tar").about["others"] == ["state/bot.sqlite"]
    assert not list(other.rglob("*-wal"))
