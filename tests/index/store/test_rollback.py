from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from index import ArticlebotError
from index.store.anywhere.stores import open_generation, store_of
from index.store.live import KEPT, IndexBusyError, writer_lock
from index.store.manifest import IndexFormatError
from index.store.postgres.address import Address

if TYPE_CHECKING:
    from tests.index.conftest import Library

Content = Callable[[Path], dict[str, Any]]
Python = Callable[..., subprocess.CompletedProcess[str]]


BOTH = pytest.mark.parametrize("place", ["folder", "postgres"], indirect=True)


def roll_back(place: Path | Address, name: str | None = None, kept: int = KEPT) -> str:
    return store_of(place).roll_back(name, kept)


def generations_of(place: Path | Address) -> list[dict[str, Any]]:
    return store_of(place).generations()


@pytest.fixture
def indexed(library: Library) -> Library:
    """Two generations; the later one has another text in a.md and no b.md."""
    library.build()
    library.write(a="# Le lion\n\nLe lion dort.\n")
    library.remove("b")
    library.build()
    return library


@BOTH
def test_earlier_state_is_live_again_under_a_new_name_and_back(library: Library, content: Content) -> None:
    library.build()
    before = content(library.index)
    library.write(a="# Le lion\n\nLe lion dort.\n")
    library.build()
    after = content(library.index)
    assert roll_back(library.index) == "00000003"
    assert content(library.index) == before
    assert roll_back(library.index) == "00000004"
    assert content(library.index) == after
    assert roll_back(library.index, "3") == "00000005"
    assert content(library.index) == before


@BOTH
def test_generations_are_listed_and_as_many_kept_as_wanted(indexed: Library) -> None:
    for number in range(3):
        indexed.write(c=f"# Un autre\n\nLe numéro {number} gagne.\n")
        indexed.build(kept=3)
    found = generations_of(indexed.index)
    assert [(g["name"], g["articles"], g["live"]) for g in found] == [
        ("00000003", 2, False),
        ("00000004", 2, False),
        ("00000005", 2, True),
    ]
    assert roll_back(indexed.index, "00000003", kept=3) == "00000006"
    assert [g["name"] for g in generations_of(indexed.index)] == ["00000004", "00000005", "00000006"]
    assert "numéro 0" in indexed.texts()["news/c.md"]
    indexed.write(c="# Un autre\n\nLe numéro 9 gagne.\n")
    indexed.build(kept=1)
    assert [g["name"] for g in generations_of(indexed.index)] == ["00000007"]


@BOTH
def test_with_one_kept_the_earlier_state_takes_the_place_of_the_live_one(indexed: Library) -> None:
    assert roll_back(indexed.index, kept=1) == "00000003"
    assert [g["name"] for g in generations_of(indexed.index)] == ["00000003"]
    assert list(indexed.texts()) == ["news/a.md", "news/b.md"]
    with pytest.raises(ArticlebotError, match="no generation made before 00000003; there are: none"):
        roll_back(indexed.index)


@BOTH
@pytest.mark.parametrize("name", ["7", "00000002", "2", "../x", "-1", "nothing"])
def test_generation_that_is_not_an_earlier_one_is_refused(indexed: Library, name: str) -> None:
    with pytest.raises(ArticlebotError, match="before 00000002; there are: 00000001"):
        roll_back(indexed.index, name)
    assert indexed.generation.name == "00000002"


def test_damaged_generation_is_not_gone_back_to(indexed: Library) -> None:
    path = indexed.index / "generations" / "00000001" / "00000001" / "vectors.faiss"
    path.write_bytes(path.read_bytes()[::-1])
    with pytest.raises(ArticlebotError, match=r"vectors\.faiss: its checksum .*; choose another generation"):
        roll_back(indexed.index)
    (path.parents[1] / "manifest.json").unlink()
    with pytest.raises(ArticlebotError, match="stays live"):
        roll_back(indexed.index)
    assert indexed.generation.name == "00000002"
    assert len(indexed.texts()) == 1


def test_rollback_where_no_index_is_makes_none(tmp_path: Path) -> None:
    with pytest.raises(IndexFormatError, match="no index there"):
        roll_back(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_rollback_waits_for_no_writer(indexed: Library) -> None:
    with writer_lock(indexed.index), pytest.raises(IndexBusyError, match=f"process {os.getpid()} is writing"):
        roll_back(indexed.index)


@BOTH
def test_reader_of_the_later_generation_keeps_it(indexed: Library) -> None:
    opened = open_generation(indexed.index)
    roll_back(indexed.index, kept=1)
    assert [article.title for article in opened.articles()] == ["Le lion"]
    opened.close()


@BOTH
def test_next_update_goes_forward_from_there_and_embeds_nothing(indexed: Library, content: Content) -> None:
    before = content(indexed.index)
    roll_back(indexed.index)
    report = indexed.build()
    assert (report.changed, report.removed, report.embedded) == (["news/a.md"], ["news/b.md"], 0)
    assert content(indexed.index) == before


CODE = (
    "import sys; from pathlib import Path; from index import ArticlebotError\n"
    "from index.store.live import roll_back\n"
    "try: roll_back(Path(sys.argv[1]))\n"
    "except ArticlebotError as error: print(error)\n"
)


@pytest.mark.parametrize("name", [".", "generations", "writer.lock"])
def test_rollback_without_permission_is_told_in_one_line(indexed: Library, python: Python, name: str) -> None:
    path = indexed.index / name
    mode = path.stat().st_mode
    path.chmod(mode & 0o555)
    done = python(["-c", CODE, indexed.index], unprivileged=True)
    path.chmod(mode)
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 1), done.stderr
    assert "cannot be written" in done.stdout
    assert "stays live" in done.stdout
    assert indexed.generation.name == "00000002"
    assert len(indexed.texts()) == 1
    assert roll_back(indexed.index) > "00000002"


@pytest.mark.parametrize("size", [0, 5, 500])  # going back writes little more than a manifest
def test_rollback_on_a_full_disk_is_told_in_one_line_and_leaves_nothing(
    indexed: Library, python: Python, size: int
) -> None:
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))\n"
    done = python(["-c", limit + CODE, indexed.index])
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 1), done.stderr
    assert "stays live" in done.stdout
    left = sorted(path.name for path in (indexed.index / "generations").iterdir())
    assert left == ["00000001", "00000002"]
    assert len(indexed.texts()) == 1


def test_copy_that_was_left_by_a_killed_rollback_goes_with_the_next_run(indexed: Library) -> None:
    generations = indexed.index / "generations"
    shutil.copytree(generations / "00000001", generations / ".00000003")
    (indexed.index / ".CURRENT").write_text("00000003")
    assert len(indexed.texts()) == 1
    indexed.build()
    assert sorted(path.name for path in generations.iterdir()) == ["00000001", "00000002"]
    assert not (indexed.index / ".CURRENT").exists()
