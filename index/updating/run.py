"""What the steps of one run of the writer share: what was there, what is asked for, what is reported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from index.article import Failure, Progress
from index.embedding.embedder import DEFAULT_MODEL, EXACT_MODEL
from index.embedding.workers.workers import Workers
from index.sources.names import Where
from index.sources.web.seen import PageStore
from index.store.anywhere.writers import Writer
from index.store.generation import Generation
from index.store.live import GENERATIONS
from index.store.manifest import IndexFormatError, OldFormatError
from index.store.postgres.address import IndexPlace
from index.updating.former import FORMER, take_over

READING = {"reading": 3}  # rises with what is made of a file's bytes


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

    @property
    def articles(self) -> int:
        """How many there are now."""
        return len(self.added) + len(self.changed) + len(self.unchanged)

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


@dataclass(slots=True)
class Run:
    """One run of the writer, which holds the index; close it."""

    writer: Writer
    progress: Progress
    full: bool  # reads and embeds anew, whatever the generation before and the cache hold
    kept: int  # generations that stay
    device: str | None
    workers: Workers  # who embeds; its maker closes it
    report: IndexReport = field(default_factory=IndexReport)
    before: Generation | None = None  # the one that is live, where it can be read
    remembered: Mapping[str, Where] = field(default_factory=dict)  # sources by name
    model: str | None = None  # None: the bundled one

    @property
    def place(self) -> IndexPlace:
        """The index: its folder, or the address of the database."""
        return self.writer.place

    def close(self) -> None:
        """Closes the generation before; there is none from now on."""
        if self.before:
            self.before.close()
        self.before = None

    def start_again(self) -> None:
        """Begins anew with what is live now; nobody else publishes until this run is over."""
        self.writer.insist()
        self.close()
        self.report = IndexReport()
        self.open_before(lenient=self.full)

    def open_before(self, *, lenient: bool) -> None:
        """Opens the live generation; leniently a damaged or foreign one counts as absent, but for its sources."""
        if not self.writer.is_there() and not lenient:
            return  # nothing, or what is left of a first run that was killed
        try:
            try:
                self._open(lenient=lenient)
            except OldFormatError:
                self.progress(f"taking over the index of format {FORMER}", 0, 0)
                if not isinstance(self.place, Path) or not take_over(self.place, self.kept):
                    raise
                self.report.notes.append(
                    f"the index of format {FORMER} was taken over; nothing of it was embedded again"
                )
                self._open(lenient=lenient)
        except IndexFormatError as error:
            self.close()
            if not lenient and not isinstance(error, OldFormatError):
                raise
            self.remembered, self.model = self.writer.rescued()
            if not isinstance(self.place, Path) or (self.place / GENERATIONS).exists():
                self.report.notes.append(f"made from scratch, because: {error}")

    def _open(self, *, lenient: bool) -> None:
        self.before = self.writer.open(lenient=lenient)
        self.remembered = self.before.sources()
        self.model = self.before.manifest["model"]

    def choose_model(self, named: str | None) -> None:
        """Takes the model that is named, else that of the generation before; on a device, one for torch."""
        if named == DEFAULT_MODEL:
            self.model = None
        elif named:
            self.model = str(Path(named).resolve()) if Path(named).is_dir() else named
        if self.device and self.model is None:
            self.model = EXACT_MODEL  # ONNX in int8 knows no devices

    @property
    def readable(self) -> Generation | None:
        """The generation before, where its files and pages need not be read anew as long as they are as they were."""
        if self.full or not self.before:
            return None
        reads_as_before = all(self.before.manifest.get(key) == value for key, value in READING.items())
        return self.before if reads_as_before else None

    @property
    def pages(self) -> PageStore:
        """What is remembered of pages on the web."""
        return self.writer.pages
