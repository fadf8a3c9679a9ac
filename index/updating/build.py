"""Brings an index up to date, forgets a source, repairs: what the writer can be asked for."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from index.article import Progress, no_progress
from index.embedding.cache import CACHE_FILE
from index.embedding.embedder import find_device
from index.embedding.workers.workers import Workers
from index.errors import MovedError
from index.permission import check_readable
from index.sources.folder import is_folder
from index.sources.names import ADDED, SourcesError, Where, as_list, named_sources
from index.sources.web.seen import PAGES_FILE
from index.store import live
from index.store.anywhere.stores import store_of
from index.store.anywhere.writers import check_place_writable, writing
from index.store.postgres.address import Address, IndexPlace, as_place
from index.updating.gather import Reading
from index.updating.run import IndexReport, Run
from index.updating.update import forget, repair, update


def build_index(
    sources: Sequence[str | Path] | str | Path,
    folder: str | Path | Address,
    *,
    model: str | None = None,
    device: str | None = None,
    workers: int | str | None = None,
    full: bool = False,
    prune: bool = False,
    reading: Reading | None = None,
    kept: int = live.KEPT,
    progress: Progress | None = None,
) -> IndexReport:
    """Brings the index in `folder` up to date with these sources and returns what was done.

    Args:
        sources: folders or files of articles, addresses of pages, feeds and sitemaps, .opml files, or .toml files
            that list sources; those of earlier runs are remembered and stay. None given: all remembered ones
            are read again.
        folder: where the index is, or will be; or postgresql://USER@HOST/DATABASE.
        model: a Sentence Transformers model by name or folder; None keeps the index's model, at first the
            bundled multilingual-e5-small. Another model than before embeds everything anew.
        device: "cpu", "cuda", "mps", or "auto" for an accelerator where there is one: embeds there in 32 bits, through
            torch. The bundled model is another one then: opened without the device, its questions are embedded on
            the CPU, in 32 bits too. None: in int8 through ONNX, or as the index's model was.
        workers: who embeds, with the same vectors to the bit: so many processes; "ray": a Ray cluster, of this machine
            unless $RAY_ADDRESS names one; "ray://HOST:PORT" or "HOST:PORT": that one. None: this process. A script
            that names any calls this under `if __name__ == "__main__":`.
        full: read and embed the given sources again, ignoring hashes and cache.
        prune: accept that a source lacks more than half of its articles; drop what a feed no longer lists.
        reading: how sources are read: limits and permissions.
        kept: generations that stay, the live one among them.
        progress: called with (what is being done, done so far, in all).

    Raises:
        ArticlebotError: a source or the index folder is not what it should be, another process is writing,
            the disk is full. The index is as it was before.
    """
    given, place = as_list(sources), as_place(folder)
    check_place_writable(place)
    _check_there(given, place)
    torch_device = device and find_device(device)  # before a folder is made
    how: dict[str, Any] = {"model": model, "device": torch_device, "workers": Workers(workers, torch_device)}
    with _writing(place, progress, kept, sources=_wanted(given, place), full=full, **how) as run:
        try:
            return update(run, given, reading or Reading(), prune=prune)
        except MovedError:  # sources of others: from what they published on, and nobody else publishes meanwhile
            run.start_again()
            run.choose_model(model)
            return update(run, given, reading or Reading(), prune=prune)


def forget_source(
    source: str | Path, folder: str | Path | Address, *, kept: int = live.KEPT, progress: Progress | None = None
) -> IndexReport:
    """Removes a remembered source, named by its path or name, and its articles; returns what was done.

    Args:
        source: which.
        folder: the index, or postgresql://USER@HOST/DATABASE.
        kept: generations that stay, the live one among them.
        progress: called with (what is being done, done so far, in all).

    Raises:
        ArticlebotError: no index there, or it remembers no such source. The index is as it was before.
    """
    place = as_place(folder)
    store_of(place).live()  # before a folder is made for what is not there
    with _writing(place, progress, kept) as run:
        return forget(run, str(source))


def repair_index(
    folder: str | Path | Address,
    *,
    reading: Reading | None = None,
    kept: int = live.KEPT,
    progress: Progress | None = None,
) -> IndexReport:
    """Makes a new generation of what is intact of a damaged index; what is in the cache is not embedded again.

    The articles come from the newest generation whose articles are whole; where there is none, from the
    remembered sources.

    Args:
        folder: the index, or postgresql://USER@HOST/DATABASE.
        reading: how sources are read, where they have to be.
        kept: generations that stay, the live one among them.
        progress: called with (what is being done, done so far, in all).

    Raises:
        ArticlebotError: nothing there to make it of. What is there stays as it was.
    """
    with _writing(as_place(folder), progress, kept, lenient=True) as run:
        return repair(run, reading or Reading())


@contextlib.contextmanager
def _writing(
    place: IndexPlace,
    progress: Progress | None,
    kept: int,
    *,
    sources: Collection[Where] | None = None,
    model: str | None = None,
    full: bool = False,
    device: str | None = None,
    workers: Workers | None = None,
    lenient: bool = False,
) -> Iterator[Run]:
    """Holds the index for one run; of a database these sources alone, where any are named."""
    started = time.perf_counter()
    if isinstance(place, Path):
        check_target(place)
    with workers or Workers() as embedding, writing(place, kept, sources) as writer:
        if not lenient:  # what is to be repaired may be in a generation that live.CURRENT should name
            writer.tidy()
        run = Run(writer, progress or no_progress, full, kept, device, embedding)
        try:
            run.open_before(lenient=full or lenient)
            run.choose_model(model)
            yield run
        finally:
            run.close()
            writer.tidy()  # of what this run itself had open
    run.report.seconds = time.perf_counter() - started


def _wanted(given: list[str | Path], place: IndexPlace) -> Collection[Where]:
    """Returns the sources that a run reads: those that are given, else all that are remembered."""
    named = [*named_sources(given, {})[0].values()] if given else []
    if named or isinstance(place, Path):
        return named
    store = store_of(place)
    if not store.is_there():
        return []
    with contextlib.closing(store.open()) as generation:
        return list(generation.sources().values())


def _check_there(given: list[str | Path], place: IndexPlace) -> None:
    """Raises SourceError where one is not there, which shall leave no new index behind; --prune may take it later."""
    is_new = not place.exists() if isinstance(place, Path) else not store_of(place).is_there()
    for where in named_sources(given, {})[0].values() if is_new else ():
        if isinstance(where, Path):
            is_folder(where)


def check_target(folder: Path) -> None:
    """Raises SourcesError where a folder holds something, and no index or what is left of one."""
    if folder.exists() and not folder.is_dir():
        raise SourcesError(f"{folder}: a file, wanted a folder for the index; choose another with --index")
    check_readable([folder], "choose another with --index")
    names = {path.name for path in folder.iterdir()} if folder.exists() else set()
    if names and not names & {live.CURRENT, live.GENERATIONS, CACHE_FILE, live.LOCK, PAGES_FILE, ADDED}:
        raise SourcesError(
            f"{folder}: not empty and not an index; nothing was changed; choose another folder with --index"
        )
