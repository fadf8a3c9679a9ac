"""How many questions are answered a second, one at a time and many at once: `python -m tests.benchmarks.load`.

Fifty questions on the starter articles, in one process and to one `ArticleQA`, without and with reading; the ways
alternate. Many at once can win what one at a time leaves idle and no more: hence the cores that each keeps busy.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from index import build_index
from retrieval import ArticleQA
from tests.benchmarks.search_speed import positive, table
from tests.benchmarks.starting import spread

SEEDS = Path(__file__).parents[2] / "seeds"
AT_ONCE = 50


def questions() -> list[str]:
    """Returns the first fifty of the starter questions."""
    lines = (SEEDS / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [str(json.loads(line)["question"]) for line in lines[:AT_ONCE]]


class Run(NamedTuple):
    """What so many threads did."""

    a_second: float  # questions answered
    cores: float  # kept busy, on average


def run(qa: ArticleQA, asked: Sequence[str], threads: int) -> Run:
    """Has these questions answered by so many threads, which are there already."""
    begin = threading.Barrier(threads + 1)
    with ThreadPoolExecutor(threads, initializer=begin.wait) as pool:
        answers = [pool.submit(qa.ask, question) for question in asked]
        begin.wait()
        started, worked = time.perf_counter(), time.process_time()
        for answer in answers:
            answer.result()
        seconds = time.perf_counter() - started
        return Run(len(asked) / seconds, (time.process_time() - worked) / seconds)


def measure(qa: ArticleQA, threads: Sequence[int], times: int) -> Iterator[list[str]]:
    """Yields the cells of each number of threads."""
    asked = questions()
    run(qa, asked, 1)  # what is read once for all
    turns = [[run(qa, asked, number) for number in threads] for _ in range(times)]
    for place, number in enumerate(threads):
        runs = [turn[place] for turn in turns]
        ratios = [turn[place].a_second / turn[0].a_second for turn in turns]
        speeds, cores = [one.a_second for one in runs], [one.cores for one in runs]
        yield [str(number), spread(speeds, 1), spread(ratios, 2), spread(cores, 2)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.load", description="Measures questions at once against one at a time."
    )
    parser.add_argument("--times", type=positive, default=7, help="that all are measured, in turn (7)")
    parser.add_argument("--threads", type=positive, nargs="+", default=[2, AT_ONCE], help="at once (2 50)")
    options = parser.parse_args(arguments)
    rows = [["", "at once", "questions a second", "times one at a time", "cores busy"]]
    with tempfile.TemporaryDirectory(prefix="articlebot-load-") as folder:
        build_index([SEEDS / "articles"], folder)
        for name, reader in (("without reading", False), ("with reading", True)):
            with closing(ArticleQA.open(folder, reader=reader)) as qa:
                rows += [[name, *cells] for cells in measure(qa, (1, *options.threads), options.times)]
    sys.stdout.write(f"{table(rows)}\n\nmedian of {options.times}, least and most in brackets\n")


if __name__ == "__main__":
    main()
