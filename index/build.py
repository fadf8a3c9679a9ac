"""Brings an index up to date: finds what changed, embeds only that, publishes the next generation."""

from __future__ import annotations

import contextlib
import functools
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index import ArticlebotError
from index.articles import Failure, SourceError, is_folder
from index.cache import CACHE_FILE, DamagedCacheError, EmbeddingCache
from index.centring import Centring
from index.embedder import DEFAULT_MODEL, Embedder, load_embedder
from index.gather import Gathered, Gatherer, Progress, Reading
from index.generation import CURRENT, GENERATIONS, Generation, IndexFormatError, live_generation
from index.manifest import OldFormatError, wrong_files
from index.pages import PAGES_FILE, PageStore
from index.passages import PASSAGE_CHARS, passage_text, sentence_text
from index.plan import PlannedArticle, plan_articles
from index.publish import KEPT, LOCK, Contents, IndexWriteError, publish, tidy, writer_lock
from index.report import IndexReport
from index.rescue import newest_whole, rescued
from index.sources import SourcesError, Where, as_where, is_on_the_web, named_sources
from index.stored import ARTICLES

__all__ = ["IndexReport", "Progress", "Reading", "SourcesError", "build_index", "forget_source"]

_SETTINGS = {"passage_chars": PASSAGE_CHARS, "texts": 1}  # "texts" rises with what is embedded or cut otherwise
_READING = {"reading": 1}  # rises with what is made of a file's bytes


def build_index(
    sources: Sequence[str | Path] | str | Path,
    folder: str | Path,
    *,
    model: str | None = None,
    full: bool = False,
    prune: bool = False,
    reading: Reading | None = None,
    kept: int = KEPT,
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
        full: read and embed the given sources again, ignoring hashes and cache.
        prune: accept that a source lacks more than half of its articles; drop what a feed no longer lists.
        reading: how sources are read: limits and permissions.
        kept: generations that stay, the live one among them.
        progress: called with (what is being done, done so far, in all).

    Raises:
        ArticlebotError: a source or the index folder is not what it should be, another process is writing,
            the disk is full. The index is as it was before.
    """
    given = [sources] if isinstance(sources, str | Path) else list(sources)
    if not Path(folder).exists():  # a source that is not there shall leave no folder behind; --prune may take it later
        for where in named_sources(given, {})[0].values():
            if isinstance(where, Path):
                is_folder(where)
    with _writing(Path(folder), progress, model, full, kept) as run:
        return run.update(given, prune, reading or Reading())


def forget_source(
    source: str | Path, folder: str | Path, *, kept: int = KEPT, progress: Progress | None = None
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
    live_generation(Path(folder))  # before a folder is made for what is not there
    with _writing(Path(folder), progress, kept=kept) as run:
        return run.forget(str(source))


def repair_index(
    folder: str | Path, *, reading: Reading | None = None, kept: int = KEPT, progress: Progress | None = None
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
    with _writing(Path(folder), progress, kept=kept, lenient=True) as run:
        return run.repair(reading or Reading())


@contextlib.contextmanager
def _writing(
    folder: Path,
    progress: Progress | None,
    model: str | None = None,
    full: bool = False,
    kept: int = KEPT,
    *,
    lenient: bool = False,
) -> Iterator[_Run]:
    """Holds the index for one run; what goes wrong on the disk becomes one clear line."""
    started = time.perf_counter()
    try:
        _check_target(folder)
        with writer_lock(folder):
            if not lenient:  # what is to be repaired may be in a generation that CURRENT should name
                tidy(folder, kept)
            run = _Run(folder, model, full, kept, progress or (lambda *_: None), lenient=lenient)
            try:
                yield run
            finally:
                run.close()
                tidy(folder, kept)  # of what this run itself had open
        run.report.seconds = time.perf_counter() - started
    except (OSError, sqlite3.Error) as error:
        if isinstance(error, ArticlebotError):
            raise
        raise IndexWriteError(
            f"{folder}: cannot be written ({error}), room and permission wanted; what was there stays live"
        ) from error


class _Run:
    """One run of the writer; holds what its steps share."""

    def __init__(
        self, folder: Path, model: str | None, full: bool, kept: int, progress: Progress, *, lenient: bool = False
    ) -> None:
        self.folder = folder
        self.full = full
        self.kept = kept
        self.store = PageStore(folder / PAGES_FILE)
        self.progress = progress
        self.report = IndexReport()
        self.before: Generation | None = None
        self.remembered: dict[str, Where] = {}
        self.model: str | None = None  # None: the bundled one
        self._open_before(lenient=full or lenient)
        if model:
            self.model = (
                None if model == DEFAULT_MODEL else str(Path(model).resolve()) if Path(model).is_dir() else model
            )

    def close(self) -> None:
        if self.before:
            self.before.close()

    def update(self, given: list[str | Path], prune: bool, how: Reading) -> IndexReport:
        """Reads the given sources, keeps the others, publishes where anything differs."""
        sources, names = named_sources(given, self.remembered)
        if not names:
            raise SourcesError("no source given and none remembered; name a folder: `articlebot index FOLDER`")
        readable = None if self.full or (self.before and not self._reads_as_before(self.before)) else self.before
        gatherer = Gatherer(self.before, readable, sources, how, prune, self.store, self.progress)
        with contextlib.closing(gatherer):
            to_read = names if self.before else set(sources)
            for origin in sorted(sources.keys() - to_read):
                gatherer.keep(origin)
            for origin in sorted(to_read):
                self._read(gatherer, origin, may_be_gone=prune and origin in self.remembered, alone=len(to_read) == 1)
        gathered = gatherer.gathered
        if not gathered.found and not self.before:
            failed = sorted((i, reason) for i, (_, reason) in gathered.failed.items())
            first = "".join(f"; the first: {i}: {reason}" for i, reason in failed[:1])
            raise SourcesError(f"no article could be read, {len(gathered.failed)} failed{first}")
        return self._finish(gathered, names)

    def _read(self, gatherer: Gatherer, origin: str, *, may_be_gone: bool, alone: bool) -> None:
        """Reads a source. One on the web that does not answer stays as it was, and does not stop the others."""
        try:
            gatherer.read(origin, may_be_gone=may_be_gone)
        except SourceError as error:
            if alone or not is_on_the_web(gatherer.gathered.sources[origin]):
                raise
            gatherer.keep(origin)
            gatherer.gathered.failed[origin] = (origin, str(error).removeprefix(f"{origin}: "))

    @staticmethod
    def _reads_as_before(before: Generation) -> bool:
        """Whether the same bytes still make the same articles."""
        return all(before.manifest.get(key) == value for key, value in _READING.items())

    def repair(self, how: Reading) -> IndexReport:
        """Publishes the articles of the newest generation that still has them, cut and embedded by way of the cache."""
        self.close()
        self.before = None
        stored = newest_whole(self.folder)
        if stored is None:
            return self.update([], False, how)
        gathered = Gathered(stored.sources())
        for origin in gathered.sources:
            gathered.found.update((article.id, (article, origin)) for article in stored.articles(origin))
            gathered.failed.update((i, (origin, reason)) for i, reason in stored.failed(origin).items())
            gathered.files.update((i, (origin, digest)) for i, digest in stored.files(origin).items())
        self.report.notes.append(f"made of the articles of generation {stored.folder.name}")
        self._mend_cache()
        return self._finish(gathered, set())

    def _mend_cache(self) -> None:
        """Takes out of the cache what is damaged, also what this index does not need at the moment."""
        opened = EmbeddingCache.open(self.folder / CACHE_FILE, "", 0)
        with contextlib.suppress(DamagedCacheError), opened as cache:  # else it is out of the way as a whole
            cache.remove_wrong()

    def forget(self, source: str) -> IndexReport:
        """Drops one source by name or path."""
        meant = as_where(source)
        name = next((n for n, where in self.remembered.items() if n == source or where == meant), None)
        if name is None:
            known = ", ".join(f"{n} ({where})" for n, where in self.remembered.items()) or "none"
            raise SourcesError(f"{source!r}: not a remembered source; remembered: {known}")
        others = {n: where for n, where in self.remembered.items() if n != name}
        gatherer = Gatherer(self.before, self.before, others, Reading(), False, self.store, self.progress)
        for origin in sorted(others):
            gatherer.keep(origin)
        if is_on_the_web(self.remembered[name]):
            gatherer.gathered.pages[name] = {}
        return self._finish(gatherer.gathered, set())

    def _open_before(self, *, lenient: bool) -> None:
        """Opens the live generation; leniently a damaged or foreign one counts as absent, but for its sources."""
        if not (self.folder / CURRENT).exists() and not lenient:
            return  # nothing, or what is left of a first run that was killed
        try:
            self.before = Generation.open(self.folder)
            # what is taken over from it gets new checksums: not without a look at the old one
            for problem in wrong_files(self.before.folder, {ARTICLES: self.before.manifest["files"][ARTICLES]}):
                raise IndexFormatError(f"{problem}; run `articlebot index --full`")
            self.remembered = self.before.sources()
            self.model = self.before.manifest["model"]
        except IndexFormatError as error:
            self.close()
            self.before = None
            if not lenient and not isinstance(error, OldFormatError):
                raise
            self.remembered, self.model = rescued(self.folder)
            if (self.folder / GENERATIONS).exists():
                self.report.notes.append(f"made from scratch, because: {error}")

    def _finish(self, gathered: Gathered, given: set[str]) -> IndexReport:
        """Compares with the generation before, embeds what is new, publishes."""
        report = self.report
        report.failed = [Failure(i, reason) for i, (_, reason) in sorted(gathered.failed.items())]
        self._compare(gathered)
        embedder = load_embedder(self.model, progress=_preparing(self.progress))
        centring = Centring.load(embedder.fingerprint)
        about = {"model": self.model, **_identity(embedder, centring), **_SETTINGS, **_READING}
        report.notes += gathered.notes
        if self.before and self._nothing_to_do(self.before, gathered, about):
            report.passages, report.generation = self.before.counts["passages"], self.before.name
            self._remember_pages(gathered)
            return report
        taken_over = None if self._starts_anew(embedder) else self.before
        articles = plan_articles(gathered.found, embedder, taken_over, report.unchanged)
        vectors = _centred(articles, centring, *self._embed(articles, given, embedder))
        self.progress("publishing", 0, 0)
        contents = Contents(gathered.sources, gathered.failed, gathered.files, articles, *vectors)
        report.generation = publish(self.folder, contents, about, self.kept)
        self._remember_pages(gathered)
        self._check_against_published()
        return report

    def _remember_pages(self, gathered: Gathered) -> None:
        """After publishing: what a "not modified" will stand for is in the index by then."""
        articles = {i: article for i, (article, _) in gathered.found.items()} if gathered.pages else {}
        try:
            for origin, pages in gathered.pages.items():
                self.store.replace(origin, pages, articles)
        except (OSError, sqlite3.Error) as error:  # the index is up to date all the same
            path = self.folder / PAGES_FILE
            self.report.notes.append(
                f"{path}: cannot be written ({error}); pages will be fetched once more than needed"
            )

    def _check_against_published(self) -> None:
        """Raises where the report is not what the published generation really holds."""
        report = self.report
        with contextlib.closing(Generation.open(self.folder, report.generation)) as published:
            counts = published.counts
            report.passages = published.vectors.count
        told = len(report.added) + len(report.changed) + len(report.unchanged)
        if counts["articles"] != told or counts["failed"] != len(report.failed):
            raise IndexWriteError(
                f"{self.folder}: the report tells of {told} articles and {len(report.failed)} failed, generation "
                f"{report.generation} holds {counts['articles']} and {counts['failed']}; run `articlebot verify`"
            )

    def _compare(self, gathered: Gathered) -> None:
        """Tells in the report what differs from the generation before."""
        report, found = self.report, gathered.found
        had = {a.id: a for a in self.before.articles()} if self.before else {}
        report.added = sorted(found.keys() - had.keys())
        report.removed = sorted(had.keys() - found.keys())
        for article_id in sorted(found.keys() & had.keys()):
            same = found[article_id][0] == had[article_id]
            (report.unchanged if same else report.changed).append(article_id)

    def _nothing_to_do(self, before: Generation, gathered: Gathered, about: dict[str, Any]) -> bool:
        """Whether the live generation says all this already."""
        report = self.report
        if self.full or report.added or report.changed or report.removed:
            return False
        reasons = {i: reason for i, (_, reason) in gathered.failed.items()}
        same_reading = gathered.sources == self.remembered and reasons == before.failed()
        return same_reading and all(before.manifest.get(key) == value for key, value in about.items())

    def _starts_anew(self, embedder: Embedder) -> bool:
        """Whether passages and vectors of the generation before are of no use; says so aloud."""
        if self.before is None:
            return True
        manifest = self.before.manifest
        if manifest["embedder"] != embedder.fingerprint:
            was, now = manifest["model"] or DEFAULT_MODEL, self.model or DEFAULT_MODEL
            self.report.notes.append(f"the model changed ({was} -> {now}): everything is embedded anew")
            return True
        if any(manifest.get(key) != value for key, value in _SETTINGS.items()):
            self.report.notes.append("the passage settings changed: everything is cut anew")
            return True
        return False

    def _embed(
        self, articles: list[PlannedArticle], given: set[str], embedder: Embedder
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Returns passage and sentence vectors in order; embeds those that the cache lacks or that are wanted anew."""
        of_articles = [(planned, *_texts(planned)) for planned in articles]
        passages = [text for _, own, _ in of_articles for text in own]
        sentences = [text for _, _, inner in of_articles for text in inner]
        read_again = (texts for planned, *texts in of_articles if self.full and planned.origin in given)
        anew = {text for own, inner in read_again for text in (*own, *inner)}
        try:
            return self._vectors(passages, sentences, anew, embedder)
        except DamagedCacheError as error:  # it is out of the way now
            self.report.notes.append(f"{error}: put aside, what was in it is embedded again")
            return self._vectors(passages, sentences, anew, embedder)

    def _vectors(
        self, passages: list[str], sentences: list[str], anew: set[str], embedder: Embedder
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Returns the vectors of these texts, all by way of the cache."""
        with EmbeddingCache.open(self.folder / CACHE_FILE, embedder.fingerprint, embedder.dimension) as cache:
            progress = functools.partial(self.progress, "embedding")
            embedded = cache.fill([*passages, *sentences], embedder, anew=anew, progress=progress)
            self.report.embedded = len(set(passages).intersection(embedded))
            return cache.get(passages), cache.get(sentences)


def _texts(planned: PlannedArticle) -> tuple[list[str], list[str]]:
    """Returns the texts of the passages and of their sentences as they are embedded."""
    title, text = planned.article.title, planned.article.text
    own = [passage_text(title, text[s.start : s.end]) for s in planned.passages]
    return own, [sentence_text(title, text[a:b]) for s in planned.passages for a, b in s.sentences]


def _identity(embedder: Embedder, centring: Centring) -> dict[str, Any]:
    return {"embedder": embedder.fingerprint, "centring": centring.fingerprint, "dimension": embedder.dimension}


def _centred(
    articles: list[PlannedArticle], centring: Centring, passages: NDArray[np.float32], sentences: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Returns passage and sentence vectors without what their language has in common."""
    of_passages = [planned.article.language for planned in articles for _ in planned.passages]
    of_sentences = [planned.article.language for planned in articles for s in planned.passages for _ in s.sentences]
    return centring.apply(passages, of_passages, "passage"), centring.apply(sentences, of_sentences, "sentence")


def _check_target(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise SourcesError(f"{folder}: a file, wanted a folder for the index; choose another with --index")
    names = {path.name for path in folder.iterdir()} if folder.exists() else set()
    if names and not names & {CURRENT, GENERATIONS, CACHE_FILE, LOCK, PAGES_FILE, "added"}:
        raise SourcesError(
            f"{folder}: not empty and not an index; nothing was changed; choose another folder with --index"
        )


def _preparing(progress: Progress) -> Callable[[str, float], None]:
    return lambda what, share: progress(what, int(share * 100), 100)
