"""Writes a generation beside the live one and publishes it atomically: what stays by links, what changed anew."""

from __future__ import annotations

import bisect
import contextlib
import json
import shutil
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from index.article import KnownFile, PlannedArticle
from index.disk import share_folder
from index.errors import ArticlebotError, why
from index.sources.names import Where
from index.store.articles import LISTS, SOURCES, remembered
from index.store.folder import FolderGeneration
from index.store.live import GENERATIONS, KEPT, IndexWriteError, go_live, next_name, tidy
from index.store.making import MERGED_AFTER, Arrived, write_segment, write_sentence_vectors, write_vectors
from index.store.manifest import MANIFEST, WRITTEN, DamagedIndexError, write_manifest, wrong_files
from index.store.merging import MERGED_FIRST, Part, merge_segments, to_merge
from index.store.segments.segment import Places, Segment
from index.store.segments.vectors import Embedded

_NONE = np.empty(0, np.int32)
# of each segment, in their order: the vectors of its passages, of its sentences; None: they come later, by `fill_live`
Embed: TypeAlias = Callable[[Sequence[Segment]], Sequence[tuple[Embedded, Embedded | None]]]


@dataclass(frozen=True, slots=True)
class Contents:
    """What a generation holds and the one before does not, and what of that one goes."""

    sources: Mapping[str, Where]
    failed: Mapping[str, tuple[str, str]]  # article id -> (source name, reason)
    articles: Iterable[PlannedArticle]  # by id: new, or in the place of one that goes; each is asked for once
    embed: Embed  # called with the segments of these articles
    files: Mapping[str, tuple[str, KnownFile]]  # id -> (source name, file that was read whole); new, or in the place
    gone: Collection[str] = ()  # ids of articles of the generation before, also of those that others take the place of
    gone_files: Collection[str] = ()  # ids of its files
    filled: Mapping[str, Embedded] = field(default_factory=dict)  # name of a segment -> its vectors of sentences
    arrivals: Arrived | None = None  # of some of the articles: when each sentence came; None: not known


def publish(
    folder: Path, before: FolderGeneration | None, contents: Contents, about: dict[str, Any], kept: int = KEPT,
    *, most: int | None = None,
) -> str:  # fmt: skip
    """Writes a new generation of `before` and `contents`, makes it the live one, and returns its name.

    A reader sees the generation before or this one, at every point where this process may be killed: all
    files are written and synced under a temporary name, renamed, and only then CURRENT is replaced.

    Args:
        folder: the index; the caller holds its writer lock.
        before: whose segments stay; None: none does.
        contents: what to write.
        about: what the manifest says besides counts and checksums (model, fingerprint, dimension, settings).
        kept: generations that stay, this one among them.
        most: passages that are merged at once; None: few enough not to be waited for.

    Raises:
        IndexWriteError: no space, no permission; nothing is left behind, the old generation is live.
        DamagedIndexError: a segment that is to be merged is not as it was written.
    """
    generations = folder / GENERATIONS
    try:
        generations.mkdir(exist_ok=True)
        name = next_name(folder)
        unfinished = generations / f".{name}"
        unfinished.mkdir()
        counts = _write(unfinished, before, contents, MERGED_FIRST if most is None else most)
        known = {name: known for name, known in before.manifest["files"].items() if "/" in name} if before else {}
        write_manifest(unfinished, {**about, "counts": counts}, known)
        # nothing is published that cannot be read
        FolderGeneration(unfinished, (unfinished / MANIFEST).open("rb")).close()
        go_live(folder, name)
    except ArticlebotError:
        raise
    except (OSError, RuntimeError, ValueError, sqlite3.Error) as error:
        raise IndexWriteError(
            f"{folder}: the new generation could not be written ({why(error)}); "
            "what was there before stays live; make room and run it again"
        ) from error
    finally:
        tidy(folder, kept)
    return name


def merge_live(folder: Path, kept: int = KEPT) -> str:
    """Merges larger segments of the live generation, which readers have meanwhile; returns the name of the live one.

    The generation takes the place of the one before, which says the same.

    Args:
        folder: the index; the caller holds its writer lock.
        kept: generations that stay.

    Raises:
        ArticlebotError: as `publish`; what was live stays so.
    """
    with contextlib.closing(FolderGeneration.open(folder)) as before:
        if not to_merge(_left_of(before, (), ()), MERGED_AFTER):
            return before.name
        return _replace(folder, before, kept, most=MERGED_AFTER)


def fill_live(folder: Path, before: FolderGeneration, filled: Mapping[str, Embedded], kept: int = KEPT) -> str:
    """Adds the vectors of sentences that segments of the live generation wait for; returns the name of the live one.

    The generation takes the place of the one before, which says the same.

    Args:
        folder: the index; the caller holds its writer lock.
        before: the live generation.
        filled: name of a segment -> the vectors of all of its sentences.
        kept: generations that stay.

    Raises:
        ArticlebotError: as `publish`; what was live stays so.
    """
    return _replace(folder, before, kept, most=0, filled=filled)


def _replace(
    folder: Path, before: FolderGeneration, kept: int, *, most: int, filled: Mapping[str, Embedded] | None = None
) -> str:
    """Publishes a generation of the same articles, which takes the place of the one before."""
    contents = Contents(before.sources(), before.failed_by_source(), (), _embed_nothing, {}, filled=filled or {})
    about = {key: value for key, value in before.manifest.items() if key not in WRITTEN}
    about["replaces"] = before.manifest["sha256"]
    return publish(folder, before, contents, about, kept, most=most)


def _embed_nothing(_segments: Sequence[Segment]) -> Sequence[tuple[Embedded, Embedded | None]]:
    return ()


def _write(unfinished: Path, before: FolderGeneration | None, contents: Contents, most: int) -> dict[str, int]:
    """Writes all but the manifest, and returns its counts."""
    parts = _left_of(before, contents.gone, contents.gone_files) if before else []
    order = {table: _left_in_order(before, parts, table) for table in LISTS} if before else dict.fromkeys(LISTS, _NONE)
    first = max((int(part.segment.folder.name) for part in parts), default=0) + 1
    new = list(new_segments(unfinished, first, contents))
    for segment in new:
        _add(order, parts, segment)
    for segment, vectors in zip(new, contents.embed(new), strict=True):
        write_vectors(segment.folder, *vectors)
    chosen = [at for at in to_merge(parts, most) if parts[at].is_needed]
    stay = [at for at, part in enumerate(parts) if at not in chosen and part.is_needed]
    for at in stay:
        _keep(parts[at].segment, unfinished, contents.filled)
    if chosen:
        _merge(unfinished, before, f"{first + len(new):08d}", [parts[at] for at in chosen])
    for table, list_file in LISTS.items():
        numbers = _final_numbers([part.left[table] for part in parts], stay, chosen)
        (unfinished / list_file).write_bytes(numbers[order[table]].astype(np.int32).tobytes())
    (unfinished / SOURCES).write_bytes(remembered(contents.sources, contents.failed, unfinished.parent.parent))
    sentences = sum(int(part.segment.table[1, part.passages].sum()) for part in parts)
    return {
        "articles": len(order["articles"]),
        "passages": sum(int(np.count_nonzero(part.passages)) for part in parts),
        "sentences": sentences,
        "failed": len(contents.failed),
    }


def _keep(segment: Segment, unfinished: Path, filled: Mapping[str, Embedded]) -> None:
    """Takes a segment over as it is, but for vectors of sentences that it waited for."""
    name = segment.folder.name
    if segment.folder.parent != unfinished:
        share_folder(segment.folder, unfinished / name)
    if name in filled:
        write_sentence_vectors(unfinished / name, filled[name])


def _merge(unfinished: Path, before: FolderGeneration | None, name: str, parts: Sequence[Part]) -> None:
    """Writes several segments as one of this name; those that are new go."""
    folders = [part.segment.folder for part in parts]
    _check_whole(before, [folder.name for folder in folders])
    merge_segments(unfinished / name, parts)
    for folder in folders:
        if folder.parent == unfinished:
            shutil.rmtree(folder, ignore_errors=True)


def _left_of(before: FolderGeneration, gone: Collection[str], gone_files: Collection[str]) -> list[Part]:
    """Returns the segments of a generation and what is left of them without these articles and files."""
    parts = []
    for segment in before.segments:
        left = {}
        for table, ids in (("articles", gone), ("files", gone_files)):
            left[table] = np.ones(segment.sizes[table], np.bool_)
            left[table][segment.gone[table]] = False
            query = f"SELECT row FROM {table} WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608  our own names
            left[table][[row for (row,) in segment.db.execute(query, (json.dumps(list(ids)),))]] = False
        parts.append(Part(segment, left))
    return parts


def _left_in_order(before: FolderGeneration, parts: Sequence[Part], table: str) -> NDArray[np.int32]:
    """Returns what is left of a table, counted over all segments, in the order that it had."""
    left = np.concatenate([np.empty(0, np.bool_), *(part.left[table] for part in parts)])
    order = np.frombuffer((before.folder / LISTS[table]).read_bytes(), np.int32)
    return np.asarray(order[left[order]])


def new_segments(unfinished: Path, number: int, contents: Contents) -> Iterator[Segment]:
    """Writes what is new as segments, which have no vectors yet, numbered from this number on."""
    left, files = iter(contents.articles), contents.files
    while (following := list(islice(left, 1))) or files:
        folder = unfinished / f"{number:08d}"
        write_segment(folder, chain(following, left), files, contents.arrivals)
        yield Segment(folder)
        files, number = {}, number + 1


def _add(order: dict[str, NDArray[np.int32]], parts: list[Part], segment: Segment) -> None:
    """Puts the articles of a new segment in their places among the others."""
    ids = _Ids([part.segment for part in parts], order["articles"])
    places, at = list[int](), 0
    for (article_id,) in segment.db.execute("SELECT id FROM main.articles ORDER BY row"):
        at = bisect.bisect(ids, article_id, at)  # they come in this order themselves
        places.append(at)
    new = Part(segment, {})
    for table in LISTS:
        count = segment.sizes[table]
        begun = sum(len(part.left[table]) for part in parts)
        where = places if table == "articles" else [len(order[table])] * count
        order[table] = np.insert(order[table], np.array(where, np.int64), np.arange(begun, begun + count))
        new.left[table] = np.ones(count, np.bool_)
    parts.append(new)


class _Ids:
    """The ids of articles in order, each read when it is looked at: a few of many."""

    def __init__(self, segments: Sequence[Segment], order: NDArray[np.int32]) -> None:
        self._segments = segments
        self._places = Places([segment.sizes["articles"] for segment in segments], order)
        self._read = cache(self._id)

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, at: int) -> str:
        return self._read(at)

    def _id(self, at: int) -> str:
        (segment,), (row,) = self._places.segments_of(np.array([at]))
        query = "SELECT id FROM main.articles WHERE row = ?"
        return str(self._segments[segment].db.execute(query, (int(row),)).fetchone()[0])


def _final_numbers(left: Sequence[NDArray[np.bool_]], stay: Sequence[int], chosen: Sequence[int]) -> NDArray[np.int64]:
    """Returns what number each row of the segments gets: those that stay as they are, then those that become one."""
    numbers = [np.full(len(mask), -1, np.int64) for mask in left]
    begun = 0
    for at in stay:
        numbers[at] = np.arange(begun, begun + len(left[at]))
        begun += len(left[at])
    for at in chosen:
        numbers[at] = np.cumsum(left[at]) - 1 + begun
        begun += int(np.count_nonzero(left[at]))
    return np.concatenate([np.empty(0, np.int64), *numbers])


def _check_whole(before: FolderGeneration | None, names: Sequence[str]) -> None:
    """Raises DamagedIndexError where a segment is not as it was written: what is made of it gets new checksums."""
    files = before.manifest["files"] if before else {}
    mine = {name: about for name, about in files.items() if name.partition("/")[0] in names}
    for problem in wrong_files(before.folder, mine) if before else ():
        raise DamagedIndexError(problem)
