"""Keeping the index up to date from the command line: a line of log for every outcome."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from index import ArticlebotError
from index.watch import Update, watch_sources

_LOG = logging.getLogger("articlebot.watch")


def log_updates(folder: Path, update: Update, interval_s: float) -> None:
    """Watches the sources of an index until Ctrl-C."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    _LOG.addHandler(handler)
    _LOG.setLevel(logging.INFO)
    _LOG.info("watching the sources of %s; Ctrl-C ends", folder)
    for outcome in watch_sources(folder, update, interval_s=interval_s):
        if isinstance(outcome, ArticlebotError):
            _LOG.error("%s", outcome)
            continue
        _LOG.info("%s", outcome)
        for note in outcome.notes:
            _LOG.warning("%s", note)
        for failure in outcome.failed:
            _LOG.warning("failed: %s: %s", failure.id, failure.reason)
