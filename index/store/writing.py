"""Writes a generation beside the live one and publishes it atomically: what stays by links, what changed anew."""

from __future__ import annotations

import bisect
import contextlib
import json
import shutil
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.article import KnownFile, PlannedArticle
from index.disk import share_folder
from index.errors import ArticlebotError, why
from index.sources.names import Where
from index.store.articles import LISTS, SOURCES, remembered
from index.store.folder import FolderGeneration
from index.store.live import GENERATIONS, KEPT, IndexWriteError, go_live, next_name, tidy
from index.store.making import (
    MERGED_AFTER,
    MERGED_FIRST,
    Part,
    merge_segments,
    to_merge,
    write_segment,
    write_sentence_vectors,
)
from index.store.manifest import MANIFEST, WRITTEN, DamagedIndexError, write_manifest, wrong_files
from index.store.segments.segment import Places, Segment
from index.store.vectors import Rows

_NONE = np.empty(0, np.int32)


@dataclass(frozen=True, slots=True)
class Contents:
    """What a generation holds and the one before does not, and what of that one goes."""

    sources: Mapping[str, Where]
    failed: Mapping[str, tuple[str, str]]  # article id -> (source name, reason)
    articles: Sequence[PlannedArticle]  # by id: new, or in the place of one that goes
    passage_vectors: Rows  # in the order of their passages
    sentence_vectors: Rows | None  # None: they come later, by `fill_live`
    files: Mapping[str, tuple[str, KnownFile]]  # id -> (source name, file that was read whole); new, or in the place
    gone: Collection[str] = ()  # ids of articles of the generation before, also of those that others take the place of
    gone_files: Collection[str] = ()  # ids of its files
    filled: Mapping[str, Rows] = field(default_factory=dict)  # name of a segment -> its vectors of sentences
    arrivals: NDArray[np.int64] | None = None  # when each sentence came, in their order; None: not known


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
        FolderGeneration(
            unfinished, (unfinished / MANIFEST).open("rb")
        ).close()  # nothing is published that cannot be read
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


def fill_live(folder: Path, before: FolderGeneration, filled: Mapping[str, Rows], kept: int = KEPT) -> str:
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
    folder: Path, before: FolderGeneration, kept: int, *, most: int, filled: Mapping[str, Rows] | None = None
) -> str:
    """Publishes a generation of the same articles, which takes the place of the one before."""
    nothing = np.empty((0, int(before.manifest["dimension"])), np.float16)
    contents = Contents(before.sources(), before.failed_by_source(), (), nothing, nothing, {}, filled=filled or {})
    about = {key: value for key, value in before.manifest.items() if key not in WRITTEN}
    about["replaces"] = before.manifest["sha256"]
    return publish(folder, before, contents, about, kept, most=most)


def _write(unfinished: Path, before: FolderGeneration | None, contents: Contents, most: int) -> dict[str, int]:
    """Writes all but the manifest, and returns its counts."""
    parts = _left_of(before, contents.gone, contents.gone_files) if before else []
    new = max((int(part.segment.folder.name) for part in parts), default=0) + 1
    order = {table: _left_in_order(before, parts, table) for table in LISTS} if before else dict.fromkeys(LISTS, _NONE)
    if contents.articles or contents.files:
        _add(order, parts, contents, unfinished / f"{new:08d}")
    chosen = [at for at in to_merge(parts, most) if parts[at].is_needed]
    stay = [at for at, part in enumerate(parts) if at not in chosen and part.is_needed]
    for at in stay:
        segment = parts[at].segment
        if segment.folder.parent != unfinished:
            share_folder(segment.folder, unfinished / segment.folder.name)
        if segment.folder.name in contents.filled:
            write_sentence_vectors(unfinished / segment.folder.name, contents.filled[segment.folder.name])
    if chosen:
        _check_whole(before, [parts[at].segment.folder.name for at in chosen])
        merge_segments(unfinished / f"{new + 1:08d}", [parts[at] for at in chosen])
        if len(parts) - 1 in chosen:
            shutil.rmtree(unfinished / f"{new:08d}", ignore_errors=True)
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


def _add(order: dict[str, NDArray[np.int32]], parts: list[Part], contents: Contents, folder: Path) -> None:
    """Writes what is new as a segment, and puts its articles in their places among the others."""
    vectors = contents.passage_vectors, contents.sentence_vectors
    write_segment(folder, contents.articles, *vectors, contents.files, contents.arrivals)
    ids = _Ids([part.segment for part in parts], order["articles"])
    places = {"articles": [bisect.bisect(ids, each.article.id) for each in contents.articles]}
    new = Part(Segment(folder), {})
    for table in LISTS:
        count = new.segment.sizes[table]
        begun = sum(len(part.left[table]) for part in parts)
        at = np.array(places.get(table, [len(order[table])] * count), np.int64)
        order[table] = np.insert(order[table], at, np.arange(begun, begun + count))
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
