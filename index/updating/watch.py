"""Keeps an index up to date: folders as they change, sources on the web by the clock."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path

from watchfiles import Change, watch

from index.errors import ArticlebotError
from index.reading import SUFFIXES
from index.sources.names import LISTING_SUFFIXES, Where, is_on_the_web, is_there
from index.store.anywhere.stores import store_of
from index.store.live import IndexBusyError
from index.store.postgres.address import IndexPlace
from index.updating.run import IndexReport

Update = Callable[[list[str | Path]], IndexReport]  # brings these sources up to date

_QUIET_MS = 500  # without a change, after which a burst of changes is over
_LONGEST_BURST_MS = 10_000
_LOOK_MS = 2_000  # between two looks for folders that were away, and for writers that are done


class WatchError(ArticlebotError, OSError):
    """The system does not tell what changes in a folder."""


def watch_sources(
    folder: IndexPlace, update: Update, *, interval_s: float, stop: threading.Event | None = None
) -> Iterator[IndexReport | ArticlebotError]:
    """Yields what each update did, or why it could not be, until `stop` is set.

    A burst of changes is one update, of the sources that changed only. What another process keeps from being done
    is done as soon as it lets; what fails is tried again with the next change of its source and every `interval_s`.
    What changed before the watching began is caught up with, and told where there was anything.

    Args:
        folder: the index, or its database, which remembers its sources.
        update: `build_index` with its settings.
        interval_s: seconds between two readings of sources on the web.
        stop: ends the watching.
    """
    stop = stop or threading.Event()
    known, due = _Sources(folder), time.monotonic() + interval_s
    pending, failed = set[str](), set[str]()  # names of sources
    with contextlib.closing(_Watcher(folder, stop)) as watcher:
        while not stop.is_set():
            try:
                pending |= watcher.changed(known.by_name())
                sources = known.by_name()
                if time.monotonic() >= due:
                    pending |= failed | {name for name, where in sources.items() if is_on_the_web(where)}
                    due = time.monotonic() + interval_s
                to_update = [where for name, where in sorted(sources.items()) if name in pending]
                if not to_update or stop.is_set():
                    continue
                report = update(to_update)
            except IndexBusyError:
                continue  # tried again after the next look at the folders
            except ArticlebotError as error:
                failed |= pending
                pending = set()
                yield error
                continue
            pending, failed = set(), set()
            if not watcher.catching_up or report.added or report.changed or report.removed or report.failed:
                yield report


class _Sources:
    """The sources that an index remembers, also those that another process gave it meanwhile."""

    def __init__(self, place: IndexPlace) -> None:
        self._store = store_of(place)
        self._read()

    def by_name(self) -> Mapping[str, Where]:
        with contextlib.suppress(ArticlebotError):  # a damaged index: the next update tells
            if self._store.live() != self._generation:
                self._read()
        return self._known

    def _read(self) -> None:
        with contextlib.closing(self._store.open()) as generation:
            self._generation, self._known = generation.name, generation.sources()


class _Watcher:
    """Tells which folders and files changed; what changes while an update runs is told after it.

    Attributes:
        catching_up: it is not known whether anything changed: the watching began just now.
    """

    def __init__(self, index: IndexPlace, stop: threading.Event) -> None:
        self.catching_up = False
        self._index = index.resolve() if isinstance(index, Path) else None
        self._stop = stop
        self._watched: dict[Path, int] = {}  # folder -> inode: one in the place of another is watched anew
        self._changes: Generator[set[tuple[Change, str]], None, None] | None = None

    def changed(self, sources: Mapping[str, Where]) -> set[str]:
        """Returns the names of the sources that changed, after some time also none.

        Raises:
            WatchError: the system tells nothing of these folders.
        """
        roots = {where: name for name, where in sources.items() if isinstance(where, Path) and is_there(where)}
        if not roots:
            self.close()
            self._stop.wait(_LOOK_MS / 1000)
            return set()
        try:
            # of a file its folder is watched: editors put a new file in the place of the old one
            folders = {root if root.is_dir() else root.parent for root in roots}
            watched = {folder: folder.stat().st_ino for folder in folders}
            self.catching_up = self._changes is None or watched != self._watched
            if self.catching_up:
                self._begin(watched)
            paths = self._next()
        except OSError as error:
            self.close()
            self._stop.wait(_LOOK_MS / 1000)
            if isinstance(error, FileNotFoundError):  # went away just now
                return set()
            raise WatchError(
                f"{', '.join(map(str, folders))}: cannot be watched ({error}); run `articlebot index` now and then"
            ) from error
        if self.catching_up:
            return set(roots.values())
        return {name for root, name in roots.items() if any(path == root or root in path.parents for path in paths)}

    def close(self) -> None:
        """Ends the watching."""
        if self._changes is not None:
            self._changes.close()
        self._changes, self._watched = None, {}

    def _begin(self, folders: dict[Path, int]) -> None:
        self.close()
        # without a filter: what is filtered out would keep the others from being told, and the clock from being seen
        self._changes = watch(
            *folders, watch_filter=None, debounce=_LONGEST_BURST_MS, step=_QUIET_MS, rust_timeout=_LOOK_MS,
            yield_on_timeout=True, stop_event=self._stop, raise_interrupt=True,
        )  # fmt: skip
        self._watched = folders

    def _next(self) -> list[Path]:
        """Returns paths that changed and could be articles, when a burst is over or after some time none."""
        assert self._changes is not None  # noqa: S101  begun before
        changes = next(self._changes, set[tuple[Change, str]]())
        return [Path(path) for change, path in changes if self._is_meant(change, Path(path))]

    def _is_meant(self, change: Change, path: Path) -> bool:
        """Whether this could be an article: no hidden file, and nothing of the index itself."""
        if path.name.startswith(".") or path == self._index or (self._index and self._index in path.parents):
            return False
        # a folder that came, went or was renamed has no suffix of an article
        return path.suffix.lower() in (*SUFFIXES, *LISTING_SUFFIXES) or change is not Change.modified
