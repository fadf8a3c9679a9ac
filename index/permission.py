"""Who may read and write what; a refusal is told as one, with whose the files are, never as damage or lack of room."""

from __future__ import annotations

import errno
import os
import pwd
import stat
from collections.abc import Iterable
from pathlib import Path

from index.errors import ArticlebotError


class AccessError(ArticlebotError, PermissionError):
    """The system does not let this user read or write; what is there stays as it is."""


def check_readable(paths: Iterable[Path], next_step: str) -> None:
    """Raises AccessError where this user may not read one of these; one that is not there is no refusal.

    `next_step` says what to do; `{as_owner}` in it becomes "as NAME", or how an owner allows it.
    """
    _check(paths, os.R_OK, next_step)


def check_writable(paths: Iterable[Path], next_step: str) -> None:
    """Raises AccessError where this user may not write one of these; one that is not there would have to be made.

    `next_step` is that of `check_readable`.
    """
    _check(paths, os.W_OK, next_step)


def _check(paths: Iterable[Path], wanted: int, next_step: str) -> None:
    for path in paths:
        seen, status = nearest_there(path.absolute())
        is_folder = stat.S_ISDIR(status.st_mode)
        if seen == path.absolute():
            here = wanted | (os.X_OK if is_folder else 0)
        else:  # not there, or in a folder that hides it; below a file there is nothing
            here = os.X_OK | (wanted & os.W_OK) if is_folder else os.F_OK
        if not os.access(seen, here):
            raise AccessError(_refusal(seen, status, wanted, next_step))


def nearest_there(path: Path) -> tuple[Path, os.stat_result]:
    """Returns the path, or the nearest folder above it that this user can see, with its status."""
    while True:
        try:
            return path, path.stat()
        except OSError:
            if path == path.parent:
                raise
            path = path.parent


def _refusal(path: Path, status: os.stat_result, wanted: int, next_step: str) -> str:
    owner = user_name(status.st_uid)
    is_fixed = wanted == os.W_OK and os.statvfs(path).f_flag & os.ST_RDONLY
    why = os.strerror(errno.EROFS if is_fixed else errno.EACCES)
    what = "read" if wanted == os.R_OK else "written"
    is_own = status.st_uid == os.geteuid()
    step = next_step.replace("{as_owner}", f"after `chmod u+rwX {path}`" if is_own else f"as {owner}")
    whose = f"it belongs to {owner} ({stat.filemode(status.st_mode)})"
    return f"{path}: cannot be {what} by {user_name(os.geteuid())} ({why}); {whose}; {step}"


def user_name(number: int) -> str:
    """Returns the name of a user; in containers many have none."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"
