"""Brings an index up to date, forgets a source, repairs: what the writer can be asked for."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from index.article import Progress, no_progress
from index.embedding.cache import CACHE_FILE
from index.embedding.embedder import find_device
from index.permission import check_readable
from index.sources.folder import is_folder
from index.sources.names import ADDED, SourcesError, as_list, named_sources
from index.sources.web.seen import PAGES_FILE
from index.store import live
from index.updating.gather import Reading
from index.updating.run import IndexReport, Run
from index.updating.update import forget, repair, update


def build_index(
    sources: Sequence[str | Path] | str | Path,
    folder: str | Path,
    *,
    model: str | None = None,
    device: str | None = None,
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
        folder: where the index is, or will be.
        model: a Sentence Transformers model by name or folder; None keeps the index's model, at first the
            bundled multilingual-e5-small. Another model than before embeds everything anew.
        device: "cpu", "cuda", "mps", or "auto" for an accelerator where there is one: embeds there in 32 bits, through
            torch. The bundled model is another one then: opened without the device, its questions are embedded on
            the CPU, in 32 bits too. None: in int8 through ONNX, or as the index's model was.
        full: read and embed the given sources again, ignoring hashes and cache.
        prune: accept that a source lacks more than half of its articles; drop what a feed no longer lists.
        reading: how sources are read: limits and permissions.
        kept: generations that stay, the live one among them.
        progress: called with (what is being done, done so far, in all).

    Raises:
        ArticlebotError: a source or the index folder is not what it should be, another process is writing,
            the disk is full. The index is as it was before.
    """
    given = as_list(sources)
    live.check_index_writable(Path(folder))
    _check_there(given, Path(folder))
    torch_device = device and find_device(device)  # before a folder is made
    with _writing(Path(folder), progress, kept, model=model, full=full, device=torch_device) as run:
        return update(run, given, reading or Reading(), prune=prune)


def forget_source(
    source: str | Path, folder: str | Path, *, kept: int = live.KEPT, progress: Progress | None = None
) -> IndexReport:
    """Removes a remembered source, named by its path or name, and its articles; returns what was done.

    Args:
        source: which.
        folder: the index.
        kept: generations that stay, the live one among them.
        progress: called with (what is being done, done so far, in all).

    Raises:
        ArticlebotError: no index there, or it remembers no such source. The index is as it was before.
    """
    live.live_generation(Path(folder))  # before a folder is made for what is not there
    with _writing(Path(folder), progress, kept) as run:
        return forget(run, str(source))


def repair_index(
    folder: str | Path, *, reading: Reading | None = None, kept: int = live.KEPT, progress: Progress | None = None
) -> IndexReport:
    """Makes a new generation of what is intact of a damaged index; what is in the cache is not embedded again.

    The articles come from the newest generation whose articles are whole; where there is none, from the
    remembered sources.

    Args:
        folder: the index.
        reading: how sources are read, where they have to be.
        kept: generations that stay, the live one among them.
        progress: called with (what is being done, done so far, in all).

    Raises:
        ArticlebotError: nothing there to make it of. What is there stays as it was.
    """
    with _writing(Path(folder), progress, kept, lenient=True) as run:
        return repair(run, reading or Reading())


@contextlib.contextmanager
def _writing(
    folder: Path,
    progress: Progress | None,
    kept: int,
    *,
    model: str | None = None,
    full: bool = False,
    device: str | None = None,
    lenient: bool = False,
) -> Iterator[Run]:
    """Holds the index for one run."""
    started = time.perf_counter()
    check_target(folder)
    with live.writer_lock(folder):
        if not lenient:  # what is to be repaired may be in a generation that live.CURRENT should name
            live.tidy(folder, kept)
        run = Run(folder, progress or no_progress, full, kept, device)
        try:
            run.open_before(lenient=full or lenient)
            run.choose_model(model)
            yield run
        finally:
            run.close()
            live.tidy(folder, kept)  # of what this run itself had open
    run.report.seconds = time.perf_counter() - started


def _check_there(given: list[str | Path], folder: Path) -> None:
    """Raises SourceError where one is not there, which shall leave no new index behind; --prune may take it later."""
    for where in named_sources(given, {})[0].values() if not folder.exists() else ():
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
