"""What is refused as a backup: nothing of it gets anywhere."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from index.backup.archive import HEADER, BackupError, pack, read_header, unpack

NAME = "index/added/a.md"
DATA = b"# Un titre\n\nUne phrase.\n"
Spoil = Callable[[tarfile.TarInfo], None]


def silent(_what: str, _done: int, _total: int) -> None: ...


def member(name: str, data: bytes = DATA, **about: Any) -> tuple[tarfile.TarInfo, bytes]:  # noqa: ANN401
    made = tarfile.TarInfo(name)
    made.size = len(data)
    for key, value in about.items():
        setattr(made, key, value)
    return made, data


def listed(*names: str, data: bytes = DATA, **other: Any) -> tuple[tarfile.TarInfo, bytes]:  # noqa: ANN401
    files = {name: {"bytes": len(data), "sha256": sha256(data).hexdigest()} for name in names}
    plain = {"format": 1, "created": "2025-01-01", "about": {}, "files": files, **other}
    return member(HEADER, json.dumps(plain).encode())


def written(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w") as tar:
        for info, data in members:
            tar.addfile(info, io.BytesIO(data) if info.isreg() else None)
    return path


def place_in(folder: Path) -> Callable[[str], tuple[Path, int]]:
    return lambda name: (folder / name, 0o600)


def test_what_is_packed_comes_back_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    names = [NAME, "index/generation/x", "index/added/é \udcff\n.md", "index/added/deep/" + "long" * 60]
    members = {}
    for number, name in enumerate(names):
        members[name] = tmp_path / str(number)
        members[name].write_bytes(DATA * number * 5_000)
    archive = tmp_path / "archive"
    seen: list[tuple[str, int, int]] = []
    pack(archive, members, {"generation": "7"}, lambda *told: seen.append(told))
    assert archive.stat().st_mode & 0o777 == 0o600
    header = unpack(archive, place_in(tmp_path / "out"), lambda *told: seen.append(told))
    assert header == read_header(archive)
    for name, path in members.items():
        assert (tmp_path / "out" / name).read_bytes() == path.read_bytes()
        assert (tmp_path / "out" / name).stat().st_mode & 0o777 == 0o600
    total = sum(path.stat().st_size for path in members.values())
    for what in ("backing up", "restoring"):
        told = [(done, of) for name, done, of in seen if name == what]
        assert (told[0], told[-1]) == ((0, total), (total, total))


HARMLESS = (listed(NAME), member(NAME))
LINK = {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd", "size": 0}
ODD = {
    "empty": (),
    "no list": (member(NAME),),
    "list that is no JSON": (member(HEADER, b"{"), member(NAME)),
    "list that lists nothing": (member(HEADER, b"[]"),),
    "list of another kind": (listed(NAME, files=[NAME]), member(NAME)),
    "sizes that are no numbers": (listed(NAME, files={NAME: {"bytes": True, "sha256": ""}}), member(NAME)),
    "another format": (listed(NAME, format=2), member(NAME)),
    "list that is a link": (member(HEADER, b"", **LINK), member(NAME)),
    "upwards": (listed("index/../../out.md"), member("index/../../out.md")),
    "absolute": (listed("/etc/out.md"), member("/etc/out.md")),
    "dots": (listed("index/./a"), member("index/./a")),
    "folder itself": (listed("."), member(".")),
    "not listed": (listed(NAME), member(NAME), member("index/added/b.md")),
    "upwards and not listed": (listed(NAME), member("../out.md"), member(NAME)),
    "twice": (listed(NAME), member(NAME), member(NAME)),
    "list twice": (listed(NAME), listed(NAME), member(NAME)),
    "symbolic link": (listed(NAME, data=b""), member(NAME, b"", **LINK)),
    "hard link": (listed(NAME, data=b""), member(NAME, b"", type=tarfile.LNKTYPE, linkname="/etc/passwd")),
    "device": (listed(NAME, data=b""), member(NAME, b"", type=tarfile.CHRTYPE, devmajor=1, devminor=3)),
    "pipe": (listed(NAME, data=b""), member(NAME, b"", type=tarfile.FIFOTYPE)),
    "folder": (listed(NAME, data=b""), member(NAME, b"", type=tarfile.DIRTYPE)),
    "missing": (listed(NAME, "index/added/b.md"), member(NAME)),
    "other bytes": (listed(NAME), member(NAME, DATA.replace(b"U", b"V"))),
    "other size": (listed(NAME), member(NAME, DATA + b"more")),
}


def test_a_harmless_one_is_taken(tmp_path: Path) -> None:
    unpack(written(tmp_path / "a", *HARMLESS), place_in(tmp_path / "out"), silent)
    assert (tmp_path / "out" / NAME).read_bytes() == DATA


@pytest.mark.parametrize("kind", ODD)
def test_odd_archive_is_refused_in_one_line_and_leads_nowhere(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "deep" / "out"
    archive = written(tmp_path / "archive", *ODD[kind])
    with pytest.raises(BackupError, match="archive: ") as refusal:
        unpack(archive, place_in(folder), silent)
    assert "\n" not in str(refusal.value)
    there = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if not path.is_dir()}
    assert there <= {Path("archive"), Path("deep/out", NAME)}
    assert not any(path.is_symlink() for path in tmp_path.rglob("*"))


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
def test_archive_that_was_cut_off_anywhere_is_refused_unless_its_files_are_whole(tmp_path: Path, mode: str) -> None:
    whole = tmp_path / "whole"
    with tarfile.open(whole, mode) as tar:  # type: ignore[call-overload]  # a mode is a mode
        for info, data in HARMLESS:
            tar.addfile(info, io.BytesIO(data))
    unpack(whole, place_in(tmp_path / "whole-out"), silent)
    content = whole.read_bytes()
    cut = tmp_path / "cut"
    refused = 0
    for size in range(0, len(content), 101):
        cut.write_bytes(content[:size])
        try:
            unpack(cut, place_in(tmp_path / f"out-{size}"), silent)
        except BackupError:
            refused += 1
        else:  # what was cut off is filling
            assert (tmp_path / f"out-{size}" / NAME).read_bytes() == DATA
    assert refused > 2


def test_file_that_is_not_there_or_a_folder_is_one_clear_line(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing", tmp_path):
        with pytest.raises(BackupError, match=r"cannot be read \(.*\), a backup wanted; check the path"):
            read_header(path)
