"""Keeps an index up to date: folders as they change, sources on the web by the clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from watchfiles import BaseFilter, Change, watch

from index import ArticlebotError
from index.articles import SUFFIXES
from index.generation import Generation
from index.publish import IndexBusyError
from index.report import IndexReport
from index.sources import Where, is_on_the_web

Update = Callable[[list[str | Path]], IndexReport]  # brings these sources up to date

_QUIET_MS = 500  # without a change, after which a burst of changes is over
_LONGEST_BURST_MS = 10_000
_LOOK_MS = 2_000  # between two looks for folders that were away, and for writers that are done


def watch_sources(
    folder: Path, update: Update, *, interval_s: float, stop: threading.Event | None = None
) -> Iterator[IndexReport | ArticlebotError]:
    """Yields what each update did, or why it could not be, until `stop` is set.

    A burst of changes is one update, of the sources that changed only. What could not be done, for instance
    because another process was writing, is tried again with the next change or look.

    Args:
        folder: the index, which remembers its sources.
        update: `build_index` with its settings.
        interval_s: seconds between two readings of sources on the web.
        stop: ends the watching.
    """
    stop = stop or threading.Event()
    sources = _sources(folder)
    pending: set[str] = set()  # names of sources that are to be updated
    web_due = time.monotonic() + interval_s
    while not stop.is_set():
        pending |= _wait(sources, folder, stop)
        if time.monotonic() >= web_due:
            pending |= {name for name, where in sources.items() if is_on_the_web(where)}
            web_due = time.monotonic() + interval_s
        if not pending or stop.is_set():
            continue
        try:
            report = update([sources[name] for name in sorted(pending) if name in sources])
        except IndexBusyError:
            continue  # in a moment
        except ArticlebotError as error:
            pending.clear()
            yield error
            continue
        pending.clear()
        yield report
        sources = _sources(folder)


def _sources(folder: Path) -> Mapping[str, Where]:
    generation = Generation.open(folder)
    try:
        return generation.sources()
    finally:
        generation.close()


def _wait(sources: Mapping[str, Where], index: Path, stop: threading.Event) -> set[str]:
    """Returns the names of the sources that changed, after some time also none."""
    roots = {where: name for name, where in sources.items() if isinstance(where, Path) and where.exists()}
    if not roots:
        stop.wait(_LOOK_MS / 1000)
        return set()
    # of a file its folder is watched: editors put a new file in the place of the old one
    watched = {root if root.is_dir() else root.parent for root in roots}
    changes = watch(
        *watched, watch_filter=_Articles(index), debounce=_LONGEST_BURST_MS, step=_QUIET_MS, rust_timeout=_LOOK_MS,
        yield_on_timeout=True, stop_event=stop, raise_interrupt=True,
    )  # fmt: skip
    paths = [Path(path) for _, path in next(iter(changes), set())]
    return {name for root, name in roots.items() if any(path == root or root in path.parents for path in paths)}


class _Articles(BaseFilter):
    """Changes of what could be an article: no hidden file, and nothing of the index itself."""

    def __init__(self, index: Path) -> None:
        super().__init__()
        self._index = index.resolve()

    def __call__(self, change: Change, path: str) -> bool:
        where = Path(path)
        if where.name.startswith(".") or self._index in where.parents:
            return False
        # a folder that came, went or was renamed has no suffix of an article
        return where.suffix.lower() in SUFFIXES or change is not Change.modified
