"""One run of the writer: compares with the generation before, embeds what is new, publishes."""

from __future__ import annotations

import contextlib
import functools
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from index.article import Failure, PlannedArticle
from index.embedding.cache import CACHE_FILE, DamagedCacheError, EmbeddingCache
from index.embedding.centring import Centring
from index.embedding.embedder import DEFAULT_MODEL, EXACT_MODEL, Embedder, load_embedder
from index.sources.folder import SourceError
from index.sources.names import SourcesError, Where, as_where, is_on_the_web, named_sources
from index.sources.web.seen import PAGES_FILE, PageStore
from index.store.generation import CURRENT, GENERATIONS, Generation, IndexFormatError, check_index_readable
from index.store.live import IndexWriteError
from index.store.manifest import OldFormatError, wrong_files
from index.store.stored import ARTICLES
from index.store.verify import newest_whole, rescued
from index.store.writing import Contents, publish
from index.text.passages import PASSAGE_CHARS
from index.updating.gather import Gathered, Gatherer, Progress, Reading
from index.updating.plan import Embedded, embed_articles, identity, plan_articles

SETTINGS = {"passage_chars": PASSAGE_CHARS, "texts": 1}  # "texts" rises with what is embedded or cut otherwise
READING = {"reading": 1}  # rises with what is made of a file's bytes


class Run:
    """One run of the writer; holds what its steps share."""

    def __init__(
        self, folder: Path, model: str | None, full: bool, kept: int, progress: Progress, *, device: str | None = None,
        lenient: bool = False,
    ) -> None:  # fmt: skip
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
        self.device = device
        if device and self.model is None:
            self.model = EXACT_MODEL  # ONNX in int8 knows no devices

    def close(self) -> None:
        """Closes the generation before."""
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
        return all(before.manifest.get(key) == value for key, value in READING.items())

    def repair(self, how: Reading) -> IndexReport:
        """Publishes the articles of the newest generation that still has them, cut and embedded by way of the cache."""
        self.close()
        self.before = None
        check_index_readable(self.folder, (self.folder / GENERATIONS).rglob("*"))  # else it would pass for damaged
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
        embedder = load_embedder(self.model, device=self.device, progress=_preparing(self.progress))
        centring = Centring.load(embedder.fingerprint)
        about = {"model": self.model, **identity(embedder, centring), **SETTINGS, **READING}
        report.notes += gathered.notes
        if self.before and self._nothing_to_do(self.before, gathered, about):
            report.passages, report.generation = self.before.counts["passages"], self.before.name
            self._remember_pages(gathered)
            return report
        taken_over = None if self._starts_anew(embedder) else self.before
        articles = plan_articles(gathered.found, embedder, taken_over, report.unchanged)
        embedded = self._embed(articles, given, embedder, centring)
        report.embedded = embedded.count
        self.progress("publishing", 0, 0)
        contents = Contents(
            gathered.sources, gathered.failed, gathered.files, articles, embedded.passages, embedded.sentences
        )
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
        added = set(found)
        for had in self.before.articles() if self.before else ():  # by id, one at a time
            added.discard(had.id)
            now = found.get(had.id)
            (report.removed if now is None else report.unchanged if now[0] == had else report.changed).append(had.id)
        report.added = sorted(added)

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
        if any(manifest.get(key) != value for key, value in SETTINGS.items()):
            self.report.notes.append("the passage settings changed: everything is cut anew")
            return True
        return False

    def _embed(
        self, articles: list[PlannedArticle], given: set[str], embedder: Embedder, centring: Centring
    ) -> Embedded:
        """Returns the vectors of the articles; embeds those that the cache lacks or that are wanted anew."""
        anew = given if self.full else frozenset[str]()
        progress = functools.partial(self.progress, "embedding")
        embed = functools.partial(
            embed_articles, articles, embedder, centring, self.folder / CACHE_FILE, anew=anew, progress=progress
        )
        try:
            return embed()
        except DamagedCacheError as error:  # it is out of the way now
            self.report.notes.append(f"{error}: put aside, what was in it is embedded again")
            return embed()


def _preparing(progress: Progress) -> Callable[[str, float], None]:
    return lambda what, share: progress(what, int(share * 100), 100)


@dataclass(slots=True)
class IndexReport:
    """What a run found and did; the lists hold article ids in order."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)  # with its reason; kept as it was, tried again next time
    passages: int = 0  # in the published generation
    embedded: int = 0  # passages embedded in this run; the others came from the cache
    seconds: float = 0.0
    generation: str = ""  # its name; the one before where nothing changed
    notes: list[str] = field(default_factory=list)  # what a person should know, e.g. why everything was embedded anew

    def __str__(self) -> str:
        """What was done, in one line."""
        lists = ("added", "changed", "removed", "unchanged", "failed")
        counts = ", ".join(f"{len(getattr(self, name))} {name}" for name in lists if getattr(self, name))
        return (
            f"{counts or 'no articles'}; {self.passages} passages, {self.embedded} embedded in this run; "
            f"{self.seconds:.1f} s; generation {self.generation}"
        )

    def __repr__(self) -> str:
        return (
            f"IndexReport(added={len(self.added)}, changed={len(self.changed)}, removed={len(self.removed)}, "
            f"unchanged={len(self.unchanged)}, failed={len(self.failed)}, passages={self.passages}, "
            f"embedded={self.embedded}, seconds={self.seconds:.1f}, generation={self.generation!r})"
        )
