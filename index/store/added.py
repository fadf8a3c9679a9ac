"""The folder of what was added by chat, when a restored generation brings its own."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from index.errors import ArticlebotError
from index.sources.names import ADDED
from index.store.generation import live_generation


def waiting_added(folder: Path, name: str) -> Path:
    """Returns where the folder that belongs to a generation waits until that one is live."""
    return folder / f".{ADDED}-{name}"


def settle_added(folder: Path) -> None:
    """Puts the folder that belongs to the live generation in its place, and removes others that waited.

    The caller holds the writer lock. So a restoring that was killed is ended by the next writer.
    """
    with contextlib.suppress(ArticlebotError):  # nothing live: nothing of what waits came so far
        waiting, added = waiting_added(folder, live_generation(folder)), folder / ADDED
        if waiting.exists():
            if added.exists():
                added.rename(waiting_added(folder, "former"))
            waiting.rename(added)
    for left in folder.glob(f".{ADDED}-*"):
        shutil.rmtree(left, ignore_errors=True)
