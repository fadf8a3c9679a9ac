"""Writers and readers of one database at once: `python -m tests.benchmarks.rivals.crowd`.

Readers ask one question after the other, first alone ("quiet"), then while writers of different sources each edit an
article, bring the index up to date, and begin again. Errors end it; so does an edit that is lost.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import psycopg

from index import build_index
from index.backup.copying import copy_index
from index.store.anywhere.stores import open_generation
from retrieval import ArticleQA
from tests.benchmarks.rivals.postgres import serving
from tests.benchmarks.search_speed import Words, apart, build, milliseconds, table

THREADS = 8  # readers of one process


def read(address: str, number: int, until: float) -> list[float]:
    """Asks from so many threads until then, and takes up what was published each second; returns milliseconds."""
    with closing(ArticleQA.open(address, reader=False)) as qa, ThreadPoolExecutor(THREADS + 1) as threads:

        def ask(thread: int) -> list[float]:
            words, times = Words(thread), list[float]()
            words.random = np.random.default_rng([number, thread])
            while time.time() < until:
                question, started = words.question(" ?"), time.perf_counter()
                qa.search(question)
                times.append(milliseconds(started))
            return times

        asking = [threads.submit(ask, thread) for thread in range(THREADS)]
        while time.time() < until:
            qa.refresh()
            time.sleep(1)
        return [ms for each in asking for ms in each.result()]


def write(address: str, source: Path, until: float) -> int:
    """Edits an article of a source and brings the index up to date, again and again; returns how often."""
    times = 0
    while time.time() < until:
        times += 1
        article = f"# Le train de {source.name}\n\nLe train numéro {times} de {source.name} part à l'heure.\n"
        (source / "edited.md").write_text(article, encoding="utf-8")
        report = build_index(source, address)
        assert len(report.added) + len(report.changed) == 1, str(report)
    return times


def told(address: str, sources: Sequence[Path], edits: Sequence[int]) -> bool:
    """Whether the last edit of each writer is what the index holds."""
    with closing(open_generation(address)) as generation:
        texts = [generation.article(f"{source.name}/edited.md") for source in sources]
    wanted = (f"numéro {times} de {source.name}" for source, times in zip(sources, edits, strict=True))
    return all(article is not None and text in article.text for article, text in zip(texts, wanted, strict=True))


def crowd(address: str, sources: Sequence[Path], readers: int, seconds: float) -> tuple[list[float], list[int]]:
    """Returns the milliseconds of all questions and the edits of each writer, while both are at it."""
    until = time.time() + seconds
    processes = readers // THREADS
    with ProcessPoolExecutor(processes + len(sources), get_context("spawn")) as pool:
        asking = [pool.submit(read, address, number, until) for number in range(processes)]
        writing: list[Future[int]] = [pool.submit(write, address, source, until) for source in sources]
        return [ms for each in asking for ms in each.result()], [each.result() for each in writing]


def main(arguments: Sequence[str] | None = None) -> None:
    """Builds, lets all of them at it, and prints."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.rivals.crowd", description=__doc__)
    parser.add_argument("--passages", type=int, default=30_000, help="beside those that are edited")
    parser.add_argument("--readers", type=int, default=32)
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=120, help="of each of both")
    given = parser.parse_args(arguments)
    rows = [["", "readers", "questions", "p50 ms", "p95 ms", "writers", "edits", "deadlocks"]]
    with serving() as server, tempfile.TemporaryDirectory() as temporary:
        folder, address = Path(temporary, "index"), server.address("crowd")
        apart(build, folder, given.passages)
        copy_index(folder, address)
        sources = [Path(temporary, f"writer{number}") for number in range(given.writers)]
        for source in sources:
            source.mkdir()
            (source / "edited.md").write_text(f"# {source.name}\n\nRien encore.\n", encoding="utf-8")
            build_index(source, address)
        for name, writers in (("quiet", list[Path]()), ("with writers", sources)):
            times, edits = crowd(address, writers, given.readers, given.seconds)
            if not told(address, writers, edits):
                sys.exit(f"an edit was lost: {edits} were made")
            p50, p95 = np.percentile(times, [50, 95])
            with psycopg.connect(f"postgresql://postgres@/postgres?host={server.home}") as connection:
                ((deadlocks,),) = connection.execute("SELECT sum(deadlocks) FROM pg_stat_database").fetchall()
            rows.append([
                name, str(given.readers), str(len(times)), f"{p50:.0f}", f"{p95:.0f}", str(len(writers)),
                str(sum(edits)), str(deadlocks),
            ])  # fmt: skip
            sys.stderr.write(f"{rows[-1]}\n")
    sys.stdout.write(f"{table(rows)}\n")


if __name__ == "__main__":
    main()
