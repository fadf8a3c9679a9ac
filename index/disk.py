"""Files that are whole on the disk or not there: synced, put in place, locked, known by a checksum."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def sync(path: Path) -> None:
    """Returns when the file or folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_synced(path: Path, content: bytes) -> None:
    """Writes a file and returns when it is on the disk; its folder is not synced."""
    path.write_bytes(content)
    sync(path)


def put_in_place(source: Path, target: Path) -> None:
    """Gives a file that is whole on the disk its name for good, in the place of another one."""
    source.replace(target)
    sync(target.parent)


def share_folder(source: Path, target: Path) -> None:
    """Gives the files of a folder, which never change, a second name in a new one; its own is not synced."""
    target.mkdir()
    for path in source.iterdir():
        try:
            (target / path.name).hardlink_to(path)
        except OSError:  # of any kind: exFAT, some shares, too many links
            shutil.copyfile(path, target / path.name)
            sync(target / path.name)


@contextmanager
def locked(
    path: Path, flags: int = os.O_RDONLY | os.O_CREAT, *, before_waiting: Callable[[], None] | None = None
) -> Iterator[int]:
    """Holds a file or folder alone and yields its descriptor; a dead process's lock is free, the kernel has dropped it.

    Args:
        path: what is held.
        flags: how it is opened; for reading, another user's will do.
        before_waiting: called where another process holds it, before this one waits; None: nobody waits.

    Raises:
        BlockingIOError: another process holds it, and nobody waits.
    """
    descriptor = os.open(path, flags, 0o666)  # less what the umask takes
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if before_waiting is None:
                raise
            before_waiting()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def sha256_of(path: Path) -> str:
    """Returns the SHA-256 of a file's bytes, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def bytes_of(folder: Path) -> int:
    """Returns what the files of a folder take, those of several names counted once."""
    sizes: dict[int, int] = {}
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # a writer may be removing it
            status = path.stat()
            sizes[status.st_ino] = status.st_size if path.is_file() else 0
    return sum(sizes.values())
