"""A backup as one file: a tar whose first member lists the others with their checksums."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from typing import IO, Any

from index.article import Progress
from index.disk import sha256_of, sync
from index.errors import ArticlebotError, why
from index.permission import check_readable

BACKUP_FORMAT = 1
HEADER = "articlebot-backup.json"
_LARGEST_HEADER = 50_000_000  # bytes
_CHUNK = 1_000_000  # bytes
_UNREADABLE = (tarfile.TarError, EOFError, zlib.error, LZMAError, ValueError, KeyError, TypeError, AttributeError)


class BackupError(ArticlebotError, ValueError):
    """The file is no backup of ours, is damaged, or stands in the way."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a backup says of itself."""

    created: str  # ISO time
    about: Mapping[str, Any]
    files: Mapping[str, Mapping[str, Any]]  # name -> bytes, sha256


def pack(target: Path, members: Mapping[str, Path], about: Mapping[str, Any], progress: Progress) -> Header:
    """Writes these files, which nobody changes meanwhile, under these names; for its owner alone, and synced."""
    files: dict[str, dict[str, Any]] = {
        name: {"bytes": path.stat().st_size, "sha256": sha256_of(path)} for name, path in members.items()
    }
    header = Header(datetime.now(UTC).isoformat(timespec="seconds"), about, files)
    listed = {"format": BACKUP_FORMAT, "created": header.created, "about": about, "files": files}
    with _new_file(target, 0o600) as file, tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
        text = json.dumps(listed, indent=1).encode()
        tar.addfile(_member(HEADER, len(text)), io.BytesIO(text))
        count = _counting("backing up", files, progress)
        for name, path in members.items():
            with path.open("rb") as content:
                tar.addfile(_member(name, files[name]["bytes"]), _Counted(content, count))
    sync(target)
    return header


def read_header(path: Path) -> Header:
    """Returns what a backup says of itself.

    Raises:
        BackupError: it is none, of another version, or not there.
        AccessError: it may not be read.
    """
    check_readable([path], "read it {as_owner}")
    try:
        with _opened(path) as (_, header):
            return header
    except OSError as error:
        raise BackupError(f"{path}: cannot be read ({why(error)}), a backup wanted; check the path") from error


def unpack(path: Path, place: Callable[[str], tuple[Path, int]], progress: Progress) -> Header:
    """Writes the files of a backup, compared with its list, and returns the list when they are on the disk.

    Args:
        path: the backup, plain or compressed.
        place: from a name to where the file goes, where nothing is yet, and its mode; BackupError for a strange one.
        progress: called with (what is being done, bytes so far, in all).

    Raises:
        BackupError: it is no backup, damaged, or holds anything but the files that it lists: no links, no devices,
            nothing outside.
        OSError: it cannot be read, or there is no room.
    """
    with _opened(path) as (tar, header):
        missing, count = dict(header.files), _counting("restoring", header.files, progress)
        while (member := tar.next()) is not None:
            listed = missing.pop(member.name, None)
            if listed is None or member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
                raise BackupError(f"{path}: {member.name!r} in it is no file that it lists; nothing was restored")
            content = _content(tar, member)
            if member.size != listed["bytes"] or _write(content, *place(member.name), count) != listed["sha256"]:
                raise BackupError(f"{path}: damaged, {member.name} is not as it was; take another backup")
        if missing:
            raise BackupError(f"{path}: damaged, it ends before {min(missing)}; take another backup")
        return header


@contextmanager
def _opened(path: Path) -> Iterator[tuple[tarfile.TarFile, Header]]:
    """Yields a backup behind its first member; whatever is wrong with its bytes becomes one error."""
    try:
        with tarfile.open(path, "r:*") as tar:
            yield tar, _header(path, tar)
    except _UNREADABLE as error:
        if isinstance(error, ArticlebotError):
            raise
        raise BackupError(
            f"{path}: not a backup, or a damaged one; one that `articlebot backup` made wanted"
        ) from error


def _header(path: Path, tar: tarfile.TarFile) -> Header:
    first = tar.next()
    if first is None or first.name != HEADER or not first.isreg() or first.size > _LARGEST_HEADER:
        raise BackupError(f"{path}: not a backup, its first file is not {HEADER}; one of `articlebot backup` wanted")
    listed = json.loads(_content(tar, first).read())
    if listed["format"] != BACKUP_FORMAT:
        raise BackupError(
            f"{path}: backup format {listed['format']!r}, this version reads {BACKUP_FORMAT}; "
            "use the version that wrote it"
        )
    for name, about in listed["files"].items():
        if not _stays_inside(name) or type(about["bytes"]) is not int or not isinstance(about["sha256"], str):
            raise BackupError(f"{path}: {name!r} in its list is no file of ours; nothing was restored")
    return Header(str(listed["created"]), dict(listed["about"]), listed["files"])


def _stays_inside(name: str) -> bool:
    """Whether a name leads nowhere but below the folder it is put into."""
    parts = PurePosixPath(name).parts
    return bool(parts) and "/".join(parts) == name and not {"..", "/"} & {*parts} and "\0" not in name


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    content = tar.extractfile(member)
    assert content is not None  # noqa: S101  a plain file
    return content


class _Counted:
    """A file whose bytes are counted while it is read."""

    def __init__(self, file: IO[bytes], count: Callable[[int], None]) -> None:
        self._file, self._count = file, count

    def read(self, size: int = -1, /) -> bytes:
        data = self._file.read(size)
        self._count(len(data))
        return data


def _new_file(path: Path, mode: int) -> IO[bytes]:
    """Opens a file that is not there yet, for writing."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    return open(os.open(path, flags, mode), "wb")  # noqa: PTH123  a descriptor


def _write(content: IO[bytes], target: Path, mode: int, count: Callable[[int], None]) -> str:
    """Writes a file that is not there yet; returns its SHA-256 when it is on the disk."""
    target.parent.mkdir(mode=mode | (mode & 0o444) >> 2, parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with _new_file(target, mode) as file:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
            file.write(chunk)
            count(len(chunk))
    sync(target)
    return digest.hexdigest()


def _counting(what: str, files: Mapping[str, Mapping[str, Any]], progress: Progress) -> Callable[[int], None]:
    done, total = 0, sum(about["bytes"] for about in files.values())

    def count(size: int) -> None:
        nonlocal done
        done += size
        progress(what, done, total)

    progress(what, 0, total)
    return count
