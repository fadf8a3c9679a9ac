"""Keeping the index up to date from the command line: a line of log for every outcome."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from index.errors import ArticlebotError
from index.text.visible import LineFormatter
from index.updating.watch import Update, watch_sources

_LOG = logging.getLogger("articlebot.watch")


def log_updates(folder: Path, update: Update, interval_s: float) -> None:
    """Watches the sources of an index until Ctrl-C."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter("%(asctime)s %(levelname)s %(message)s"))
    _LOG.addHandler(handler)
    _LOG.setLevel(logging.INFO)
    _LOG.info("watching the sources of %s; Ctrl-C ends", folder)
    with _until_interrupted() as stop:
        for outcome in watch_sources(folder, update, interval_s=interval_s, stop=stop):
            if isinstance(outcome, ArticlebotError):
                _LOG.error("%s", outcome)
                continue
            _LOG.info("%s", outcome)
            for note in outcome.notes:
                _LOG.warning("%s", note)
            for failure in outcome.failed:
                _LOG.warning("failed: %s: %s", failure.id, failure.reason)


@contextmanager
def _until_interrupted() -> Iterator[threading.Event]:
    """Ctrl-C sets the event, and interrupts what is being done, but no `__del__`, which Python lets lose it."""
    stop = threading.Event()

    def interrupt(_: int, frame: FrameType | None) -> None:
        stop.set()
        while frame:
            if frame.f_code.co_name == "__del__":
                return
            frame = frame.f_back
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
    if stop.is_set():
        raise KeyboardInterrupt
