"""What tests run in another process, to be killed, interrupted or starved: writer.py PROGRAM ARGUMENTS."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index import ArticlebotError, build_index
from index.embedding.cache import EmbeddingCache
from index.store import making
from index.store import writing as publish
from index.store.live import writer_lock
from index.store.postgres.cache import DatabaseCache
from index.store.segments.vectors import Vectors
from index.store.verify import problems
from index.updating import filling

ARTICLES = 6
filling.SENTENCES_AT_ONCE = int(os.environ.get("SENTENCES_AT_ONCE", filling.SENTENCES_AT_ONCE))


def articles_at(step: int) -> dict[str, str]:
    """Returns file name -> text: every step edits an article, adds one and removes one; new texts are always new."""
    texts = {}
    for number in range(ARTICLES):
        version = sum(number == earlier % ARTICLES for earlier in range(step + 1))
        if (step + number) % 5:
            lines = (f"Le train {number} part à {line} heures, horaire {version}." for line in range(12))
            texts[f"{number}.md"] = "\n".join(lines)
    return texts


def write_articles(source: Path, step: int) -> None:
    wanted = articles_at(step)
    for name, text in wanted.items():
        (source / name).write_text(f"# Train {name}\n\n{text}\n", encoding="utf-8")
    for path in source.iterdir():
        if path.name not in wanted:
            path.unlink()


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def history(source: str, index: str, embedded: str, first: str) -> None:
    """Updates an index step after step until it is killed; notes in a file every text that the cache has got."""
    with TemporaryDirectory() as other:  # what the first run loads is loaded before the clock runs
        Path(other, "a.md").write_text("# Un titre\n\nUne phrase.\n", encoding="utf-8")
        build_index(Path(other, "a.md"), Path(other, "index"))
    put, put_there = EmbeddingCache.put, DatabaseCache.put

    def noted(cache: EmbeddingCache, texts: Sequence[str], vectors: NDArray[np.float32]) -> None:
        (put_there if isinstance(cache, DatabaseCache) else put)(cache, texts, vectors)  # type: ignore[arg-type]
        with Path(embedded).open("a", encoding="utf-8") as file:
            file.write("".join(json.dumps(text) + "\n" for text in texts))

    DatabaseCache.put = noted  # type: ignore[method-assign, assignment]
    EmbeddingCache.put = noted  # type: ignore[method-assign, assignment]
    say("ready")
    for step in count(int(first)):
        write_articles(Path(source), step)
        say("start", step)
        report = asdict(build_index(source, index))
        say("done", step, json.dumps({name: report[name] for name in ("failed", "passages", "embedded", "generation")}))


def killed(source: str, index: str, at: str) -> None:
    """Updates an index and kills itself before the sync, rename or replace of this number; says how many there were."""
    calls = count(1)

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: object) -> object:
            if (number := next(calls)) == int(at):
                os.kill(os.getpid(), signal.SIGKILL)
            say(number, function.__name__)
            return function(*arguments)

        return call

    for name in ("fsync", "rename", "replace"):
        setattr(os, name, counted(getattr(os, name)))
    build_index(source, index)


def hold(index: str) -> None:
    """Holds an index as its writer until it is killed."""
    with writer_lock(Path(index)):
        say("held")
        signal.pause()


@contextmanager
def file_limit(size: int) -> Iterator[None]:
    """No file can grow beyond this many bytes: what a full disk looks like to the one who writes."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


WRITERS: dict[str, tuple[object, str]] = {
    "embeddings": (EmbeddingCache, "put"),
    "articles": (making, "_write_articles"),
    "vectors": (Vectors, "write"),
    "words": (making, "write_words"),
    "manifest": (publish, "write_manifest"),
    "current": (publish, "go_live"),
}


def starved(source: str, index: str, work: str, sizes: str = "0,700,30000,60000,200000") -> None:
    """For each case: updates a copy of an index without room, then with room; says in JSON how that went."""

    def attempt(case: str, size: int) -> None:
        folder = Path(shutil.copytree(index, Path(work, f"{case}-{size}")))
        before = (folder / "CURRENT").read_text()
        try:
            with file_limit(size) if case == "everything" else starving(case, size):
                build_index(source, folder)
            told = ""
        except ArticlebotError as error:
            told = str(error)
        live = (folder / "CURRENT").read_text()
        wrong = problems(folder)
        report = build_index(source, folder)
        left = sorted(str(path.relative_to(folder)) for path in [*folder.iterdir(), *folder.glob("generations/*")])
        say(json.dumps({
            "case": case, "size": size, "told": told, "moved": live != before, "wrong": wrong,
            "after": [report.passages, *problems(folder)], "left": left,
        }))  # fmt: skip

    for size in map(int, sizes.split(",")):
        attempt("everything", size)
    for writer in WRITERS:
        for size in (0, 500):
            attempt(writer, size)


@contextmanager
def starving(writer: str, size: int) -> Iterator[None]:
    """As `file_limit`, but only while this writer is at work."""
    owner, name = WRITERS[writer]
    function = getattr(owner, name)

    def without_room(*arguments: object) -> object:
        with file_limit(size):
            return function(*arguments)

    is_static = isinstance(owner, type) and isinstance(owner.__dict__[name], staticmethod)
    setattr(owner, name, staticmethod(without_room) if is_static else without_room)
    try:
        yield
    finally:
        setattr(owner, name, staticmethod(function) if is_static else function)


if __name__ == "__main__":
    programs: dict[str, Callable[..., None]] = {
        "history": history, "killed": killed, "starved": starved, "hold": hold,
    }  # fmt: skip
    programs[sys.argv[1]](*sys.argv[2:])
