"""What the system says of one file, and its bytes; what it refuses is one clear line."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from index.errors import why
from index.reading.content import ArticleError

_JUST_NOW_NS = 2_000_000_000  # before a file is looked at; its times may not tell of a change then


def status_of(path: str, max_bytes: int) -> os.stat_result:
    """Returns what the system says of a file that can be read; raises ArticleError."""
    try:
        status = os.stat(path)  # noqa: PTH116  for each of many
    except OSError as error:
        raise _unreadable(error) from error
    if not stat.S_ISREG(status.st_mode):
        raise ArticleError("not a plain file, a file of text wanted; remove it or rename it")
    if status.st_size > max_bytes:
        raise ArticleError(f"{status.st_size:,} bytes, at most {max_bytes:,}; split it or leave it out")
    return status


def look_of(status: os.stat_result, looked_at: int) -> str:
    """Returns what would be different if the file had changed, "" for one that has changed just now.

    Within a tick of its clock a file system gives two changes one time (git's "racily clean" files). Times of change
    are those of the inode too, which no program sets back.
    """
    if max(status.st_mtime_ns, status.st_ctime_ns) > looked_at - _JUST_NOW_NS:
        return ""
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_ino}"


def read_bytes(path: str) -> bytes:
    """Returns what a file holds; raises ArticleError."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise _unreadable(error) from error


def _unreadable(error: OSError) -> ArticleError:
    return ArticleError(f"{why(error).lower()}, a readable file wanted; check the file and its permissions")
