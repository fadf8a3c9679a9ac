"""The vectors of what segments hold: those that the index has already, and the others embedded."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from index.embedding.cache import COMMIT_EVERY, EmbeddingCache, batches
from index.embedding.centring import Centring
from index.embedding.embedder import Embedder
from index.store.anywhere.writers import Writer
from index.store.segments.segment import Segment
from index.store.segments.texts import EmbeddedText, TextKind, embedded_texts
from index.store.segments.vectors import Embedded, VectorRows, checksum
from index.updating.known import KnownVectors

Opened: TypeAlias = Callable[[], Embedder]  # the same one at every call
# Yields batches with their unit rows, as they come, of batches that hold so many characters in all.
EmbedBatches: TypeAlias = Callable[[Iterable[list[str]], int], Iterator[tuple[list[str], NDArray[Any]]]]
_BLOCK = 8 * COMMIT_EVERY  # texts that are in memory at once
_AHEAD = 64  # blocks that may wait for one before them


@dataclass
class Embedding:
    """What one run of the writer embeds; what it has embedded is kept until the run is over.

    Attributes:
        writer: of the index.
        opened: opens the embedder of this process; called where it is needed.
        embed: embeds, here or elsewhere.
        fingerprint: of that embedder.
        dimension: of its vectors.
        centring: takes out what a language has in common.
        anew: names of the sources whose texts are embedded although the index has vectors of them.
        count: passages that were embedded, equal texts once.
    """

    writer: Writer
    opened: Opened
    embed: EmbedBatches
    fingerprint: str
    dimension: int
    centring: Centring
    anew: Collection[str] = ()
    count: int = field(default=0, init=False)

    def vectors_of(
        self, segments: Sequence[Segment], kind: TextKind, progress: Callable[[int, int], None]
    ) -> list[Embedded]:
        """Returns the vectors of the passages or sentences of each segment, in temporary files.

        Args:
            segments: which.
            kind: of which of them.
            progress: called with the characters (embedded so far, in all): they take the time.

        Raises:
            DamagedCacheError: what was embedded so far is out of the way now; another call begins anew.
        """
        made = [_Vectors(VectorRows.temporary(self.writer.work, self.dimension)) for _ in segments]
        if not any(segment.sizes["passages"] for segment in segments):
            return [each.whole() for each in made]
        with self.writer.cache(self.fingerprint, self.dimension) as cache:
            share = _Share(self, kind, cache, segments, made)
            total = sum(len(text) for each in segments for block in share.blocks(each) for text in block.lacking)
            done = count = 0
            progress(done, total)
            for batch, vectors in self.embed(share.batches(), total):
                share.put(batch, vectors)
                done, count = done + sum(map(len, batch)), count + len(batch)
                progress(done, total)
            if done < total:  # a text that several blocks lack counts several times
                progress(total, total)
        if kind == "passage":
            self.count = count
        return [each.whole() for each in made]

    @cached_property
    def known(self) -> KnownVectors:
        """The vectors that the index had before this run."""
        return KnownVectors(self.writer.known(), self.made_by, self.dimension)

    @cached_property
    def made_by(self) -> str:
        """What identifies the vectors."""
        return f"{self.fingerprint}+{self.centring.fingerprint}"


@dataclass(frozen=True, slots=True)
class _Block:
    texts: list[EmbeddedText]
    known: dict[tuple[str, str], bytes]  # (language, text) -> vector that the index has
    lacking: list[str]  # neither known nor embedded yet, each once


@dataclass(frozen=True, slots=True)
class _Vectors:
    """The vectors of a segment as far as they are there, with their checksums."""

    rows: VectorRows
    sums: list[NDArray[np.uint32]] = field(default_factory=lambda: [np.empty(0, np.uint32)])

    def whole(self) -> Embedded:
        return Embedded(self.rows, np.concatenate(self.sums))


@dataclass
class _Share:
    """What is to be embedded of a kind; batches may come back in any order."""

    embedding: Embedding
    kind: TextKind
    cache: EmbeddingCache
    segments: Sequence[Segment]
    made: Sequence[_Vectors]  # of each segment
    under_way: set[str] = field(default_factory=set)  # texts
    waiting: deque[tuple[_Vectors, _Block]] = field(default_factory=deque)  # blocks in order, for texts under way

    def batches(self) -> Iterator[list[str]]:
        """Yields what is to be embedded, each text once; an empty batch where one has to come back first."""
        for segment, made in zip(self.segments, self.made, strict=True):
            for block in self.blocks(segment):
                lacking = [text for text in block.lacking if text not in self.under_way]
                self.under_way.update(lacking)
                self.waiting.append((made, block))
                yield from batches(lacking, COMMIT_EVERY)
                self._settle()
                while len(self.waiting) > _AHEAD:
                    yield []

    def put(self, batch: list[str], vectors: NDArray[Any]) -> None:
        """Keeps the vectors of a batch that came back."""
        self.cache.put(batch, vectors)
        self.under_way.difference_update(batch)
        self._settle()

    def _settle(self) -> None:
        """Takes the vectors of the blocks whose texts are all embedded, in order."""
        while self.waiting and self.under_way.isdisjoint(self.waiting[0][1].lacking):
            made, block = self.waiting.popleft()
            rows = self.vectors(block)
            made.rows.append(rows)
            made.sums.append(self.sums(block, rows))

    def blocks(self, segment: Segment) -> Iterator[_Block]:
        for texts in batches(embedded_texts(segment, self.kind), _BLOCK):
            may_be_known = [each for each in texts if each.origin not in self.embedding.anew]
            known = self.embedding.known.of(self.kind, may_be_known)
            left = dict.fromkeys(each.text for each in texts if (each.language, each.text) not in known)
            missing = self.cache.missing(left)
            yield _Block(texts, known, [text for text in left if text in missing])

    def vectors(self, block: _Block) -> NDArray[np.float16]:
        """Returns the vectors of a block, all of whose texts are embedded by now."""
        left = [each for each in block.texts if (each.language, each.text) not in block.known]
        raw = self.cache.get([each.text for each in left])
        centred = iter(self.embedding.centring.apply(raw, [each.language for each in left], self.kind))
        rows = (
            block.known.get((each.language, each.text)) or next(centred).astype(np.float16).tobytes()
            for each in block.texts
        )
        return np.frombuffer(b"".join(rows), np.float16).reshape(-1, self.embedding.dimension)

    def sums(self, block: _Block, vectors: NDArray[np.float16]) -> NDArray[np.uint32]:
        """Returns the checksums of these vectors of a block."""
        made_by = self.embedding.made_by
        pairs = zip(block.texts, vectors, strict=True)
        sums = (checksum(made_by, each.language, each.text, bytes(vector)) for each, vector in pairs)
        return np.fromiter(sums, np.uint32, len(vectors))
