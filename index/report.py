"""What a run of the writer found and did."""

from __future__ import annotations

from dataclasses import dataclass, field

from index.articles import Failure


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
