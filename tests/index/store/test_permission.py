"""One user makes it, another uses it: modes of files, and refusals that are told as refusals."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from index.permission import AccessError, check_readable, check_writable
from index.store.verify import problems
from tests.index.conftest import give_away

if TYPE_CHECKING:
    from tests.index.conftest import Library

Python = Callable[..., subprocess.CompletedProcess[str]]
ASK = "import sys; from bot.cli import app; sys.argv[1:1] = ['ask', 'Que mange le chien ?', '--index']; app()"
USES = {
    "open": "open_generation(index)",
    "update": "build_index([], index)",
    "renew": "build_index([], index, full=True)",
    "repair": "repair_index(index)",
    "forget": "forget_source('news', index)",
    "rollback": "roll_back(index)",
    "verify": "print(*problems(index), sep='\\n')",
}
USE = (
    "import sys; from pathlib import Path; from index import ArticlebotError, build_index\n"
    "from index.updating.build import forget_source, repair_index\n"
    "from index.store.anywhere.stores import open_generation\n"
    "from index.store.live import roll_back; from index.store.verify import problems\n"
    "index = Path(sys.argv[1])\n"
    "for use in sys.argv[2:]:\n"
    "    try: exec(use)\n"
    "    except ArticlebotError as error: print(error)\n"
)


@pytest.fixture
def indexed(library: Library) -> Iterator[Library]:
    library.build()
    library.write(c="# Le coq\n\nLe coq chante à l'aube.\n")
    library.build()
    yield library
    for path in [library.index, *library.index.rglob("*")]:
        path.chmod(0o755)


def modes(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*")}


@pytest.mark.parametrize("umask", [0o022, 0o002, 0o027])
def test_every_file_of_an_index_has_the_mode_that_the_umask_gives(library: Library, python: Python, umask: int) -> None:
    code = (
        f"import os, sys; os.umask({umask}); from pathlib import Path\n"
        "from index import build_index; from index.store.live import roll_back\n"
        "from index.sources.web.seen import PageStore, PAGES_FILE\n"
        "build_index(sys.argv[1], sys.argv[2], full=True); build_index(sys.argv[1], sys.argv[2], full=True)\n"
        "roll_back(Path(sys.argv[2])); PageStore(Path(sys.argv[2], PAGES_FILE)).replace('a', {}, {})\n"
    )
    done = python(["-c", code, library.source, library.index])
    assert (done.returncode, done.stderr) == (0, "")
    for name, mode in modes(library.index).items():
        wanted = (0o777 if (library.index / name).is_dir() else 0o666) & ~umask
        assert mode == wanted, name
    assert len(list(library.index.glob("generations/*/*/*"))) > 8


def test_read_only_index_of_another_user_is_asked_and_verified(indexed: Library, python: Python) -> None:
    for path in [*indexed.index.rglob("*"), indexed.index]:
        give_away(path, 0o555 if path.is_dir() else 0o444)
    done = python(["-c", ASK, indexed.index], unprivileged=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Le chien mange un os. [1]" in done.stdout
    done = python(["-c", USE, indexed.index, USES["verify"]], unprivileged=True)
    assert done.stdout == "\n"


@pytest.mark.parametrize(
    "name",
    ["CURRENT", ".", "manifest.json", "articles.i32", "articles.sqlite", "vectors.faiss", "00000001", "words.bin"],
)
def test_index_that_may_not_be_read_is_told_as_that_by_everything_and_stays(
    indexed: Library, python: Python, name: str
) -> None:
    path = {"CURRENT": indexed.index / "CURRENT", ".": indexed.index}.get(name) or indexed.file(name)
    mode = path.stat().st_mode
    give_away(path, 0o700 if path.is_dir() else 0o600)
    if os.geteuid() != 0:
        path.chmod(0)
    uses = [use for name, use in USES.items() if name != "rollback"]  # which reads an earlier one
    done = python(["-c", USE, indexed.index, *uses], unprivileged=True)
    path.chmod(mode)
    told = done.stdout.splitlines()
    assert len(told) == len(uses), done.stdout + done.stderr
    for line in told:
        assert "(Permission denied); it belongs to " in line
        assert str(path) in line
        assert not any(word in line for word in ("damaged", "--full", "room", "no index"))
    assert problems(indexed.index) == []
    assert indexed.build().unchanged


@pytest.mark.parametrize("name", [".", "generations", "writer.lock", "embeddings.sqlite"])
def test_index_that_may_not_be_written_is_told_as_that_before_anything_is_done(
    indexed: Library, python: Python, name: str
) -> None:
    path = indexed.index / name
    if name == "embeddings.sqlite":
        path.touch()  # of a run that was stopped
    give_away(path, 0o555 if path.is_dir() else 0o444)
    uses = [use for name, use in USES.items() if name not in ("open", "verify")]
    before = modes(indexed.index)
    done = python(["-c", USE, indexed.index, *uses], unprivileged=True)
    assert len(done.stdout.splitlines()) == len(uses), done.stdout + done.stderr
    for line in done.stdout.splitlines():
        assert line.startswith(f"{path}: cannot be written by ")
        assert "stays live; run it " in line
        assert "room" not in line
    assert modes(indexed.index) == before


def test_new_index_in_a_folder_of_another_is_refused_and_nothing_is_made(
    library: Library, python: Python, tmp_path: Path
) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    give_away(theirs, 0o555)
    code = "import sys; from index import build_index, ArticlebotError\ntry: build_index(*sys.argv[1:])\n"
    code += "except ArticlebotError as error: print(error)\n"
    done = python(["-c", code, library.source, theirs / "a" / "b"], unprivileged=True)
    assert done.stdout.startswith(f"{theirs}: cannot be written by "), done.stderr
    theirs.chmod(0o700)
    assert list(theirs.iterdir()) == []


MODEL = (
    "from index import load_embedder, ArticlebotError\ntry: load_embedder()\nexcept ArticlebotError as e: print(e)\n"
)


def test_cache_that_may_not_be_written_names_the_way_out(
    python: Python, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    give_away(theirs, 0o555)
    monkeypatch.setenv("XDG_CACHE_HOME", str(theirs / "cache"))
    done = python(["-c", MODEL], unprivileged=True)
    theirs.chmod(0o700)
    assert done.stdout.startswith(f"{theirs}: cannot be written by "), done.stderr
    assert "set XDG_CACHE_HOME to a folder that you may write" in done.stdout
    assert "make room" not in done.stdout


def test_model_that_another_prepared_for_himself_is_told_as_that(
    python: Python, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from index.embedding.bundled.prepare import bundled_folder

    theirs = tmp_path / "articlebot" / bundled_folder().name
    theirs.mkdir(parents=True)
    give_away(theirs, 0o700)
    if os.geteuid() != 0:
        theirs.chmod(0)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    done = python(["-c", MODEL], unprivileged=True)
    theirs.chmod(0o700)
    assert done.stdout.startswith(f"{theirs}: cannot be read by "), done.stderr
    assert f"let its owner run `chmod -R a+rX {theirs}`; or set XDG_CACHE_HOME" in done.stdout
    assert list((tmp_path / "articlebot").iterdir()) == [theirs]


def test_what_is_not_there_is_no_refusal_to_read_and_is_made_where_that_may_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    check_readable([tmp_path / "a" / "b", tmp_path / "file" / "c", tmp_path], "step")
    check_writable([tmp_path / "a" / "b", tmp_path / "file" / "c", tmp_path], "step")


def test_read_only_file_system_is_told_as_that() -> None:
    mounted = [Path(line.split()[1]) for line in Path("/proc/mounts").read_text().splitlines()]
    read_only = [path for path in mounted if path.exists() and os.statvfs(path).f_flag & os.ST_RDONLY]
    if not read_only:
        pytest.skip("no read-only file system here")
    with pytest.raises(AccessError, match=r"cannot be written by .* \(Read-only file system\)"):
        check_writable(read_only, "step")
