"""Writes a generation beside the live one, publishes it atomically, removes old ones, checks what is there."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index import ArticlebotError
from index.added import settle_added
from index.cache import CACHE_FILE
from index.generation import (
    CURRENT,
    GENERATIONS,
    LEXICAL,
    NEXT,
    PASSAGES,
    SENTENCES,
    VECTORS,
    Generation,
    live_generation,
)
from index.lexical import Lexical
from index.manifest import MANIFEST, read_manifest, sync, write_manifest, wrong_files
from index.pages import PAGES_FILE
from index.permission import check_writable
from index.plan import PlannedArticle
from index.sources import Where, stored_text
from index.stored import ARTICLES, SCHEMA
from index.vector_rows import Rows, blocks
from index.vectors import Vectors

KEPT = 2  # generations: the live one and the one before, for readers that still have it open
LOCK = "writer.lock"


class IndexBusyError(ArticlebotError, RuntimeError):
    """Another process is writing this index."""


class IndexWriteError(ArticlebotError, OSError):
    """The new generation could not be written; the old one stays live."""


@dataclass(frozen=True, slots=True)
class Contents:
    """All that a generation holds; articles by id, vectors in the order of their passages and sentences."""

    sources: Mapping[str, Where]
    failed: Mapping[str, tuple[str, str]]  # article id -> (source name, reason)
    files: Mapping[str, tuple[str, str]]  # id of a file -> (source name, digest of its bytes)
    articles: Sequence[PlannedArticle]
    passage_vectors: Rows
    sentence_vectors: Rows


def check_index_writable(folder: Path) -> None:
    """Raises AccessError where this user may not write an index, before any work is done for nothing."""
    databases = (CACHE_FILE, f"{CACHE_FILE}-wal", f"{CACHE_FILE}-shm", PAGES_FILE)
    check_writable(
        [folder, *(folder / name for name in (GENERATIONS, LOCK, *databases))],
        "what was there before stays live; run it {as_owner}, or make an index of your own with --index",
    )


@contextlib.contextmanager
def writer_lock(folder: Path) -> Iterator[None]:
    """Holds the index for one writer; a dead writer's lock is free, the kernel has dropped it.

    Raises:
        IndexBusyError: another process holds it; the message names its pid.
        AccessError: this user may not write it.
    """
    check_index_writable(folder)
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o666)  # less what the umask takes
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = os.pread(lock, 20, 0).decode(errors="replace").strip() or "?"
            raise IndexBusyError(
                f"{folder}: process {owner} is writing this index; try again when it is done"
            ) from error
        os.pwrite(lock, f"{os.getpid():<10}\n".encode(), 0)  # always as long: in place, even on a full disk
        settle_added(folder)  # of a restoring that was killed
        yield
    finally:
        os.close(lock)


def publish(folder: Path, contents: Contents, about: dict[str, Any], kept: int = KEPT) -> str:
    """Writes `contents` as a new generation, makes it the live one, and returns its name.

    A reader sees the generation before or this one, at every point where this process may be killed: all
    files are written and synced under a temporary name, renamed, and only then CURRENT is replaced.

    Args:
        folder: the index; the caller holds its writer lock.
        contents: what to write.
        about: what the manifest says besides counts and checksums (model, fingerprint, dimension, settings).
        kept: generations that stay, this one among them.

    Raises:
        IndexWriteError: no space, no permission; nothing is left behind, the old generation is live.
    """
    generations = folder / GENERATIONS
    try:
        generations.mkdir(exist_ok=True)
        name = next_name(generations)
        unfinished = generations / f".{name}"
        unfinished.mkdir()
        counts = _write_articles(unfinished, contents)
        searched = Vectors.write(unfinished / VECTORS, contents.passage_vectors)
        with (unfinished / SENTENCES).open("wb") as file:
            file.writelines(block.astype(np.float16).data for block in blocks(contents.sentence_vectors))
        Lexical.write(unfinished / LEXICAL, (t for a in contents.articles for t in a.terms))
        write_manifest(unfinished, {**about, "counts": counts, "vectors": searched})
        Generation(unfinished, (unfinished / MANIFEST).open("rb")).close()  # nothing is published that cannot be read
        go_live(folder, name)
    except (OSError, RuntimeError, ValueError, sqlite3.Error) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise IndexWriteError(
            f"{folder}: the new generation could not be written ({reason}); "
            "what was there before stays live; make room and run it again"
        ) from error
    finally:
        tidy(folder, kept)
    return name


def roll_back(folder: Path, name: str | None = None, kept: int = KEPT) -> str:
    """Makes an earlier generation the live one again, under a new name, which it returns.

    A new name, because a reader that has the newest one open tells by it that there is something else.

    Args:
        folder: the index.
        name: the generation to go back to; None: the one before the live one.
        kept: generations that stay.

    Raises:
        ArticlebotError: there is no such generation, it is damaged, another process is writing, or there is no room
            or permission. What was there stays live.
    """
    live_generation(folder)  # before a folder is made for what is not there
    try:
        with writer_lock(folder):
            return _roll_back(folder, name, kept)
    except OSError as error:
        if isinstance(error, ArticlebotError):
            raise
        raise IndexWriteError(
            f"{folder}: cannot be written ({error}), room and permission wanted; what was there stays live"
        ) from error


def _roll_back(folder: Path, name: str | None, kept: int) -> str:
    live, generations = live_generation(folder), folder / GENERATIONS
    earlier = sorted(n for n in _names(generations) if n.isdigit() and n < live)
    wanted = name.zfill(len(live)) if name else (earlier[-1] if earlier else "")
    if wanted not in earlier:
        known = ", ".join(earlier) or "none"
        raise IndexWriteError(f"{folder}: no generation {name or 'made'} before {live}; there are: {known}")
    source = generations / wanted
    manifest = read_manifest((source / MANIFEST).read_bytes(), source)
    for problem in wrong_files(source, manifest["files"]):
        raise IndexWriteError(f"{problem}; choose another generation, or run `articlebot index`")
    new = next_name(generations)
    unfinished = generations / f".{new}"
    try:
        shutil.copytree(source, unfinished, copy_function=shutil.copyfile)
        for path in (*unfinished.rglob("*"), unfinished):
            if path.is_dir():  # copied with it, but perhaps someone made it read-only
                path.chmod(generations.stat().st_mode)
            sync(path)
        go_live(folder, new)
    finally:
        tidy(folder, kept)
    return new


def generations_of(folder: Path) -> list[dict[str, Any]]:
    """Returns name, time of making, number of articles and whether it is live, of each generation, oldest first."""
    live = live_generation(folder)
    found = []
    for name in sorted(n for n in _names(folder / GENERATIONS) if n.isdigit()):
        with contextlib.suppress(ArticlebotError, OSError):
            path = folder / GENERATIONS / name
            manifest = read_manifest((path / MANIFEST).read_bytes(), path)
            articles = manifest["counts"]["articles"]
            found.append({"name": name, "created": manifest["created"], "articles": articles, "live": name == live})
    return found


def tidy(folder: Path, kept: int = KEPT) -> None:
    """Removes what writers left unfinished and the generations before the newest `kept`, unless a reader has one open.

    The caller holds the writer lock.
    """
    generations = folder / GENERATIONS
    with contextlib.suppress(ArticlebotError, OSError):  # no live generation: nothing can be older than it
        live = live_generation(folder)
        names = sorted(name for name in _names(generations) if not name.startswith("."))
        for name in [n for n in names if n <= live][:-kept] + [n for n in names if n > live]:
            with contextlib.suppress(OSError), (generations / name / MANIFEST).open("rb") as manifest:
                fcntl.flock(manifest, fcntl.LOCK_EX | fcntl.LOCK_NB)
                (generations / name).rename(generations / f".{name}")
    with contextlib.suppress(OSError):
        (folder / NEXT).unlink(missing_ok=True)
        for name in _names(generations):
            if name.startswith("."):
                shutil.rmtree(generations / name, ignore_errors=True)


def _write_articles(folder: Path, contents: Contents) -> dict[str, int]:
    """Writes what is not vectors or words and returns its counts.

    Rows follow the order of ids: nothing of the history is in it. They are made one by one while they are written.
    """
    rows = {planned.article.id: row for row, planned in enumerate(contents.articles)}
    table = _passage_table(contents.articles)
    (folder / PASSAGES).write_bytes(table.tobytes())  # not tofile: it may not tell of a full disk
    spans = ((row, s, t) for row, a in enumerate(contents.articles) for s, t in zip(a.passages, a.terms, strict=True))
    passages = (
        (number, row, span.start, span.end, int(table[0, number]), len(span.sentences), joined)
        for number, (row, span, joined) in enumerate(spans)
    )
    sentences = enumerate(s for a in contents.articles for span in a.passages for s in span.sentences)
    articles = (_article_record(row, planned, rows) for row, planned in enumerate(contents.articles))
    failed = ((i, origin, reason) for i, (origin, reason) in sorted(contents.failed.items()))
    files = ((i, origin, digest) for i, (origin, digest) in sorted(contents.files.items()))
    index = folder.parent.parent
    sources = sorted((name, stored_text(where, index)) for name, where in contents.sources.items())
    (folder / ARTICLES).touch()  # by the umask: SQLite would leave out the group
    db = sqlite3.connect(folder / ARTICLES)
    with contextlib.closing(db):
        # nobody reads this file before it is whole, and it is synced with the others: no journal
        db.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {SCHEMA} BEGIN;")
        db.executemany("INSERT INTO sources VALUES (?, ?)", sources)
        db.executemany("INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", articles)
        db.executemany("INSERT INTO failed VALUES (?, ?, ?)", failed)
        db.executemany("INSERT INTO files VALUES (?, ?, ?)", files)
        db.executemany("INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?)", passages)
        db.executemany("INSERT INTO sentences VALUES (?, ?, ?)", ((row, *span) for row, span in sentences))
        db.commit()
    return {
        "articles": len(rows),
        "passages": table.shape[1],
        "sentences": int(table[1].sum()),
        "failed": len(contents.failed),
    }


def _passage_table(articles: Sequence[PlannedArticle]) -> NDArray[np.int32]:
    """Returns what a search wants to know of every passage, (4, passages); see generation.PASSAGES."""
    own = [len(planned.passages) for planned in articles]
    days = [planned.article.published.toordinal() if planned.article.published else 0 for planned in articles]
    many = np.fromiter((len(span.sentences) for planned in articles for span in planned.passages), np.int32, sum(own))
    first = np.cumsum(many) - many
    return np.array([first, many, np.repeat(np.arange(len(own)), own), np.repeat(days, own)], np.int32)


def _article_record(row: int, planned: PlannedArticle, rows: dict[str, int]) -> tuple[object, ...]:
    article = planned.article
    published = article.published.isoformat() if article.published else None
    same_as = rows[planned.same_as] if planned.same_as else None
    return (
        row, article.id, planned.origin, article.title, article.text, published, article.language,
        article.source, article.url, same_as,
    )  # fmt: skip


def _names(generations: Path) -> list[str]:
    """Returns the names of the generations, unfinished ones with a dot; whatever else lies there is not ours."""
    if not generations.is_dir():
        return []
    return [entry.name for entry in generations.iterdir() if entry.name.removeprefix(".").isdigit()]


def next_name(generations: Path) -> str:
    """Returns the name of the next generation."""
    return f"{max((int(name.removeprefix('.')) for name in _names(generations)), default=0) + 1:08d}"


def go_live(folder: Path, name: str) -> None:
    """Gives an unfinished generation, whole and synced, its name and makes it the live one.

    `NEXT` is there before the generation has its name: so `verify` can tell a writer that was killed here from a
    CURRENT that was damaged into the name of an older generation.
    """
    with (folder / NEXT).open("w", encoding="utf-8") as file:
        file.write(name)
        file.flush()
        os.fsync(file.fileno())
    generations = folder / GENERATIONS
    (generations / f".{name}").rename(generations / name)
    sync(generations)
    (folder / NEXT).replace(folder / CURRENT)
    sync(folder)
