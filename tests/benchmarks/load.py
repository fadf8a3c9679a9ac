"""How many questions are answered a second, one at a time and many at once: `python -m tests.benchmarks.load`.

Fifty questions on the starter articles, in one process and to one `ArticleQA`; the two ways alternate.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from index import build_index
from retrieval import ArticleQA
from tests.benchmarks.search_speed import positive, table

SEEDS = Path(__file__).parents[2] / "seeds"
AT_ONCE = 50


def questions() -> list[str]:
    """Returns the first fifty of the starter questions."""
    lines = (SEEDS / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [str(json.loads(line)["question"]) for line in lines[:AT_ONCE]]


def a_second(qa: ArticleQA, asked: Sequence[str], threads: int) -> float:
    """Returns how many of these questions so many threads, which are there already, get answered a second."""
    begin = threading.Barrier(threads + 1)
    with ThreadPoolExecutor(threads, initializer=begin.wait) as pool:
        answers = [pool.submit(qa.ask, question) for question in asked]
        begin.wait()
        started = time.perf_counter()
        for answer in answers:
            answer.result()
        return len(asked) / (time.perf_counter() - started)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.load", description="Measures questions at once against one at a time."
    )
    parser.add_argument("--times", type=positive, default=7, help="that both are measured, in turn (7)")
    parser.add_argument("--threads", type=positive, nargs="+", default=[2, AT_ONCE], help="at once (2 50)")
    options = parser.parse_args(arguments)
    asked = questions()
    with tempfile.TemporaryDirectory(prefix="articlebot-load-") as folder:
        build_index([SEEDS / "articles"], folder)
        with closing(ArticleQA.open(folder)) as qa:
            a_second(qa, asked, 1)  # what is read once for all
            runs = [[a_second(qa, asked, threads) for threads in (1, *options.threads)] for _ in range(options.times)]
    rows = [["threads", "questions a second", "times one at a time"]]
    for number, threads in enumerate((1, *options.threads)):
        speeds = [run[number] for run in runs]
        ratios = [run[number] / run[0] for run in runs]
        rows.append([str(threads), *(spread(values, digits) for values, digits in ((speeds, 0), (ratios, 2)))])
    sys.stdout.write(f"{table(rows)}\n\nmedian of {options.times}, least and most in brackets\n")


def spread(values: Sequence[float], digits: int) -> str:
    """Returns the median, with the least and the most."""
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}-{max(values):.{digits}f})"


if __name__ == "__main__":
    main()
