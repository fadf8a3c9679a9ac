"""What is added by chat: private on the disk, and where its index is, also when that has moved."""

from __future__ import annotations

import json
import shutil
import stat
from contextlib import closing
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.telegram.state.shelf import AlreadyThereError, Shelf, ShelfError, Taken
from index import build_index
from index.permission import AccessError
from index.store.anywhere.stores import open_generation
from index.store.articles import SOURCES
from index.store.folder import FolderGeneration
from index.store.postgres.address import Address
from index.store.verify import problems
from index.updating.gather import Reading
from tests.index.conftest import CHAT, CHIEN, give_away, run_python

LIGHTHOUSE = "# Un phare\n\nLe phare de Kerbrat a été automatisé en 1987.\n".encode()
HARBOUR = "# Un port\n\nLe port de Kerbrat a été fermé en 1991.\n".encode()


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """A shelf of an index of two articles, with a third that was added by chat."""
    (tmp_path / "news").mkdir()
    for name, text in (("chat", CHAT), ("chien", CHIEN)):
        (tmp_path / "news" / f"{name}.md").write_text(text, encoding="utf-8")
    build_index(tmp_path / "news", tmp_path / "first" / "index")
    made = Shelf(tmp_path / "first" / "index", Reading(), 2)
    made.add_document("phare.md", LIGHTHOUSE, silent)
    return made


def silent(_what: str, _done: int, _total: int) -> None: ...


def sources(folder: Path) -> dict[str, Path | str]:
    with closing(FolderGeneration.open(folder)) as generation:
        return generation.sources()


def articles(folder: Path) -> set[str]:
    assert problems(folder) == []
    with closing(FolderGeneration.open(folder)) as generation:
        return {article.id for article in generation.articles()}


def moved(shelf: Shelf, tmp_path: Path) -> Shelf:
    """The same index in another place."""
    (tmp_path / "second").mkdir()
    shutil.move(shelf.folder, tmp_path / "second" / "index")
    return Shelf(tmp_path / "second" / "index", shelf.reading, shelf.kept)


def test_what_is_added_is_for_its_owner_alone(shelf: Shelf) -> None:
    added = shelf.folder / "added"
    added.chmod(0o755)  # as earlier versions left it
    shelf.add_document("port.md", HARBOUR, silent)
    shelf.add_document("phare.md", LIGHTHOUSE + b"\nIl est blanc.\n", silent, Taken.REPLACE)
    for path in [added, *added.iterdir()]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
    assert len(list(added.iterdir())) == 2


def test_what_is_added_to_an_index_in_a_database_lies_beside_the_bots_file(database: Address, tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "chat.md").write_text(CHAT, encoding="utf-8")
    build_index(tmp_path / "news", database)
    shelf = Shelf.of(Settings(index=database, state=tmp_path / "bot.sqlite"))
    assert shelf.add_document("phare.md", LIGHTHOUSE, silent).report.added == ["added/phare.md"]
    assert shelf.add_document("port.md", HARBOUR, silent).report.added == ["added/port.md"]
    assert sorted(path.name for path in (tmp_path / "added").iterdir()) == ["phare.md", "port.md"]
    with closing(open_generation(database)) as generation:
        assert generation.ids() == ["added/phare.md", "added/port.md", "news/chat.md"]
    with pytest.raises(AlreadyThereError):
        shelf.add_document("autre.md", LIGHTHOUSE, silent)
    assert shelf.remove("added/phare.md", silent) is None
    with closing(open_generation(database)) as generation:
        assert generation.ids() == ["added/port.md", "news/chat.md"]


def test_nothing_in_an_index_names_the_folder_that_it_lies_in(shelf: Shelf, tmp_path: Path) -> None:
    for path in shelf.folder.rglob("*"):
        if path.is_file():
            assert b"first/index" not in path.read_bytes(), path
    assert sources(shelf.folder) == {"news": tmp_path / "news", "added": shelf.folder / "added"}


def test_moved_index_is_brought_up_to_date_and_added_to(shelf: Shelf, tmp_path: Path) -> None:
    here = moved(shelf, tmp_path)
    assert here.read([], silent).unchanged == ["added/phare.md", "news/chat.md", "news/chien.md"]
    assert here.add_document("port.md", HARBOUR, silent).report.added == ["added/port.md"]
    here.remove("added/phare.md", silent)
    assert articles(here.folder) == {"added/port.md", "news/chat.md", "news/chien.md"}
    assert sources(here.folder)["added"] == here.folder / "added"
    assert not shelf.folder.exists()


@pytest.mark.parametrize("is_moved", [True, False])
def test_earlier_versions_absolute_path_is_written_anew_with_the_next_change(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_moved: bool
) -> None:
    former = shelf.folder
    monkeypatch.setattr(
        "index.store.articles.stored_text", lambda where, _index: str(where)
    )  # as earlier versions wrote it
    shelf.add_document("port.md", HARBOUR, silent)
    monkeypatch.undo()
    here = moved(shelf, tmp_path) if is_moved else shelf
    assert here.read([], silent).unchanged == ["added/phare.md", "added/port.md", "news/chat.md", "news/chien.md"]
    here.add_document("phare.md", LIGHTHOUSE + b"\nIl est blanc.\n", silent, Taken.REPLACE)
    with closing(FolderGeneration.open(here.folder)) as generation:
        stored = json.loads((generation.folder / SOURCES).read_bytes())["sources"]
    assert stored == {"news": str(tmp_path / "news"), "added": "added"}
    assert former.exists() != is_moved


def test_second_name_that_a_moved_index_got_for_what_was_added_goes(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.store.articles.stored_text", lambda where, _index: str(where))
    shelf.add_document("port.md", HARBOUR, silent)
    here = moved(shelf, tmp_path)
    monkeypatch.setattr("index.store.articles.stored_where", lambda path, _index: Path(path))
    build_index([here.folder / "added"], here.folder)
    monkeypatch.undo()
    assert "added-2/port.md" in articles(here.folder)
    here.read([], silent)
    assert articles(here.folder) == {"added/phare.md", "added/port.md", "news/chat.md", "news/chien.md"}


def test_copy_of_an_index_of_an_earlier_version_does_not_read_the_original(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.store.articles.stored_text", lambda where, _index: str(where))
    shelf.add_document("port.md", HARBOUR, silent)
    monkeypatch.undo()
    copy = shutil.copytree(shelf.folder, tmp_path / "copy")
    assert sources(copy)["added"] == copy / "added"


def test_folder_of_the_same_name_elsewhere_stays_what_it_is(shelf: Shelf, tmp_path: Path) -> None:
    other = tmp_path / "other" / "added"
    other.mkdir(parents=True)
    (other / "coq.md").write_text("# Le coq\n\nLe coq chante.\n", encoding="utf-8")
    build_index([other], shelf.folder)
    assert sources(shelf.folder) == {
        "news": tmp_path / "news", "added": shelf.folder / "added", "added-2": other,
    }  # fmt: skip


def test_articles_of_another_source_stay_and_that_source_is_named(shelf: Shelf, tmp_path: Path) -> None:
    before = articles(shelf.folder)
    assert shelf.remove("news/chat.md", silent) == tmp_path / "news"
    with pytest.raises(ShelfError, match=r"added/none\.md: not in the index any more"):
        shelf.remove("added/none.md", silent)
    assert articles(shelf.folder) == before
    assert shelf.remove("added/phare.md", silent) is None
    assert articles(shelf.folder) == before - {"added/phare.md"}


def test_full_disk_is_told_and_leaves_what_was_added(shelf: Shelf) -> None:
    code = (
        "import resource, sys; from pathlib import Path; from bot.telegram.state.shelf import Shelf, Reading, Taken\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))\n"
        "from index import ArticlebotError\n"
        "document = ('phare.md', b'# Longer than ten bytes\\n\\nYes.', print, Taken.REPLACE)\n"
        "try: Shelf(Path(sys.argv[1]), Reading(), 2).add_document(*document)\n"
        "except ArticlebotError as error: print(type(error).__name__, error)\n"
    )
    done = run_python(["-c", code, shelf.folder])
    assert done.stdout.startswith(f"{ShelfError.__name__} {shelf.folder / 'added' / 'phare.md'}: cannot be kept"), done
    assert (shelf.folder / "added" / "phare.md").read_bytes() == LIGHTHOUSE


def test_folder_of_another_user_is_told_as_that(shelf: Shelf) -> None:
    added = shelf.folder / "added"
    give_away(added, 0o555)
    code = (
        "import sys; from pathlib import Path; from bot.telegram.state.shelf import Shelf, Reading\n"
        "from index import ArticlebotError\n"
        "try: Shelf(Path(sys.argv[1]), Reading(), 2).add_document('phare.md', b'# a\\n\\nb', print)\n"
        "except ArticlebotError as error: print(type(error).__name__, error)\n"
    )
    done = run_python(["-c", code, shelf.folder], unprivileged=True)
    added.chmod(0o700)
    assert done.stdout.startswith(f"{AccessError.__name__} {added}: cannot be written by "), done
