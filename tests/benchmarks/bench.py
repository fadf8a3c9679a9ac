"""Ourselves beside what people would use instead, in one table: `make bench`.

Every system is a process of its own and times itself; what is timed is done in turns, again and again, so that
what else the machine does hits all alike. From 10,000 articles on no passage is embedded: all systems take vectors
near real ones, and only their indexing and searching is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from index import Passage, load_embedder
from index.text.passages import cut_passages, passage_text
from retrieval.learning.gold import is_hit
from retrieval.learning.sets import read_questions
from tests.benchmarks.rivals import bench_table as rows
from tests.benchmarks.rivals.bench_table import Results, against_what_is_wanted, figure
from tests.benchmarks.rivals.process import Rival, Running, Told, measured
from tests.benchmarks.rivals.recombined import SEEDS, edit_article, write_articles
from tests.benchmarks.search_speed import apart, positive

BATCHES = (1, 8, 16, 32)  # among which the best of `SentenceTransformer.encode` is
READY_FROM = 10_000  # articles, from which on vectors are ready-made
LONG_S = 60.0  # what took so long in all is not repeated
PASSAGES = 64  # that are embedded at once to time it


@dataclass
class Bench:
    """One run; `work` is a folder for all that it writes."""

    work: Path
    repeats: int
    questions: list[str]
    encoder: Rival
    systems: list[Rival]
    results: Results = field(default_factory=Results)
    versions: dict[str, None] = field(default_factory=dict)  # of packages, in the order in which they were told
    notes: list[str] = field(default_factory=list)

    def embedding(self) -> None:
        """Times passages and questions by all."""
        write_articles(self.work / "embedded", PASSAGES // 2)
        texts = passages_of(self.work / "embedded")[:PASSAGES]
        ours, *others = self.systems
        with self._running([ours, self.encoder, *others]) as running:
            by_batch: dict[int, list[float]] = {batch: [] for batch in BATCHES}

            def embed(system: Running) -> float:
                if system.name != self.encoder.name:
                    seconds = system.tell("embed", texts=texts).seconds
                    self.results.add(rows.EMBEDDING, rows.PASSAGES_A_SECOND, system.name, len(texts) / seconds)
                    return seconds
                times = [system.tell("embed", texts=texts, batch=batch).seconds for batch in BATCHES]
                for rates, seconds in zip(by_batch.values(), times, strict=True):
                    rates.append(len(texts) / seconds)
                return sum(times)

            def embed_questions(system: Running) -> float:
                times = [system.tell("embed_question", text=question).seconds for question in self.questions]
                self.results.add(rows.EMBEDDING, rows.QUESTION, system.name, statistics.median(times) * 1000)
                return sum(times)

            self._in_turns("embedding passages", running, embed)
            best = max(BATCHES, key=lambda batch: statistics.median(by_batch[batch]))
            self.results.put(rows.EMBEDDING, rows.PASSAGES_A_SECOND, self.encoder.name, by_batch[best])
            each = ", ".join(f"{figure(statistics.median(rates))} of {b}" for b, rates in by_batch.items())
            self.notes.append(f"{self.encoder.name}, passages a second in batches: {each}; the best is shown")
            self._in_turns("embedding questions", running, embed_questions)

    def size(self, count: int) -> None:
        """Indexes, updates and asks so many articles."""
        articles = self.work / "articles"
        write_articles(articles, count)
        indexes = {system.name: self.work / system.module for system in self.systems}
        with self._running(self.systems) as running:
            self._index(rows.group(count), running, articles, indexes)
        with self._running(self.systems) as running:
            self._search(rows.group(count), running, indexes)
        self._cold(rows.group(count), indexes[rows.OURS])
        for folder in (articles, *indexes.values()):
            shutil.rmtree(folder)

    def starter(self) -> None:
        """Asks an index of the starter articles, cold."""
        index = self.work / "starter"
        with self._running(self.systems[:1]) as (ours,):
            ours.tell("update", articles=str(SEEDS / "articles"), folder=str(index))
        self._cold(rows.STARTER, index)

    def hits(self, folder: Path, exact: Rival, limit: int | None) -> None:
        """Measures hit@4000 on a set of labelled questions, ourselves in 32 bits too."""
        asked = [q for q in read_questions(folder) if q.answerable and not q.history][:limit]
        if not asked:  # a set of follow-ups, which the others know nothing of
            return
        ours, *others = self.systems
        for rival in (ours, exact, *others):
            tell(f"{folder.name}: {rival.name}")
            index = self.work / f"hits-{rival.name}"
            with rival.running(self.work) as system:
                system.tell("update", articles=str(folder.resolve() / "articles"), folder=str(index))
                system.tell("open", folder=str(index))
                found = [system.tell("search", question=question.text, k=100).value for question in asked]
            passages = ([as_passage(name, text) for name, text in each] for each in found)
            right = [is_hit(question, each) for question, each in zip(asked, passages, strict=True)]
            self.results.add(rows.HITS, folder.name, rival.name, sum(right) / len(asked))
            shutil.rmtree(index)

    def _index(self, group: str, running: list[Running], articles: Path, indexes: dict[str, Path]) -> None:
        count = len(list(articles.iterdir()))
        pool = self._pool() if count >= READY_FROM else None

        def update(system: Running) -> Told:
            where = {"articles": str(articles), "folder": str(indexes[system.name])}
            if pool:
                system.tell("prepare", **where, pool=str(pool))
            return system.tell("update", **where)

        def index(system: Running) -> float:
            shutil.rmtree(indexes[system.name], ignore_errors=True)
            told = update(system)
            self.results.add(group, rows.INDEXED, system.name, count / told.seconds)
            self.results.put(group, "passages", system.name, [told.value])
            self.results.put(group, "on disk, MB", system.name, [megabytes(indexes[system.name])])
            self.results.put(group, "indexing, memory at most, MB", system.name, [told.peak_mb])
            return told.seconds

        def again(row: str) -> Callable[[Running], float]:
            def update_again(system: Running) -> float:
                told = update(system)
                self.results.add(group, row, system.name, told.seconds)
                return told.seconds

            return update_again

        self._in_turns(f"{group}: indexing", running, index)
        self._in_turns(f"{group}: updating, nothing new", running, again(rows.NOTHING_NEW))
        edits = iter(range(count))  # another article each time
        one_edited = again(rows.ONE_EDITED)
        self._in_turns(
            f"{group}: updating, one edited", running, one_edited, lambda: edit_article(articles, next(edits))
        )

    def _search(self, group: str, running: list[Running], indexes: dict[str, Path]) -> None:
        def ask(row: str, do: str, **arguments: object) -> Callable[[Running], float]:
            def ask_all(system: Running) -> float:
                told = [system.tell(do, question=question, **arguments) for question in self.questions]
                times = [each.seconds * 1000 for each in told]
                cuts = statistics.quantiles(times, n=20, method="inclusive")
                self.results.add(group, row + rows.P50, system.name, cuts[9])
                self.results.add(group, row + rows.P95, system.name, cuts[18])
                self.results.put(group, "asking, memory, MB", system.name, [told[-1].resident_mb])
                return sum(times) / 1000

            return ask_all

        for system in running:
            system.tell("open", folder=str(indexes[system.name]))
            system.tell("search", question=self.questions[0], k=5)  # what is read once for all
        self._in_turns(f"{group}: searching", running, ask(rows.SEARCH, "search", k=5))
        for row, reading in ((rows.UNREAD, False), (rows.READ, True)):
            self._in_turns(f"{group}: {row}", running[:1], ask(row, "ask", reading=reading))

    def _cold(self, group: str, index: Path) -> None:
        """Times the command line, process start and all."""
        script = str(Path(sys.executable).with_name("articlebot"))
        for repeat in range(self.repeats):
            tell(f"{group}: cold, {repeat + 1} of {self.repeats}")
            spent = measured([script, "ask", "--index", str(index), "--", self.questions[repeat]], self.work)
            self.results.add(group, rows.COLD, rows.OURS, spent.seconds)
            self.results.add(group, rows.COLD_MB, rows.OURS, spent.peak_mb)

    @contextmanager
    def _running(self, rivals: Sequence[Rival]) -> Iterator[list[Running]]:
        """Yields the systems, each started, its model warm."""
        with ExitStack() as started:
            running = [started.enter_context(rival.running(self.work)) for rival in rivals]
            for system in running:
                self.versions.update(dict.fromkeys(system.versions))
                system.tell("embed_question", text=self.questions[0])
            yield running

    def _in_turns(
        self,
        what: str,
        running: list[Running],
        work: Callable[[Running], float],
        before: Callable[[], None] = lambda: None,
    ) -> None:
        """Has each system do `work`, which returns its seconds, in turn and again; once what takes long."""
        spent = {system.name: 0.0 for system in running}
        for repeat in range(self.repeats):
            before()
            for system in running[repeat % len(running) :] + running[: repeat % len(running)]:
                if spent[system.name] < LONG_S:
                    tell(f"{what}, {system.name}, {repeat + 1} of {self.repeats}")
                    spent[system.name] += work(system)

    def _pool(self) -> Path:
        """Returns a file of real vectors."""
        path = self.work / "pool.npy"
        if not path.exists():
            tell("embedding what ready-made vectors are made of")
            apart(save_vectors, passages_of(self.work / "embedded"), path)
        return path


def passages_of(folder: Path) -> list[str]:
    """Returns the passages of a folder of articles as we embed them."""
    texts = []
    for path in sorted(folder.iterdir()):
        title, _, text = path.read_text(encoding="utf-8").removeprefix("# ").partition("\n")
        spans = cut_passages(text, "fr", lambda _: True)
        texts += [passage_text(title, text[span.start : span.end]) for span in spans]
    return texts


def save_vectors(texts: list[str], path: Path) -> None:
    """Embeds texts into an .npy file."""
    np.save(path, load_embedder().embed_passages(texts))


def as_passage(name: str, text: str) -> Passage:
    """Returns what a system found as far as judging it needs."""
    return Passage("", f"articles/{name}", "", "", "", None, "", 0, len(text), text)


def megabytes(folder: Path) -> float:
    """Returns the size of all files below."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def tell(what: str) -> None:
    """Shows what is being done, to whoever waits."""
    print(f"bench: {what}", file=sys.stderr, flush=True)  # noqa: T201


def report(bench: Bench, counts: Sequence[int]) -> str:
    """Returns all that is printed."""
    # what was embedded is not comparable with what was not
    comparable = [[n for n in counts if n < READY_FROM], [n for n in counts if n >= READY_FROM]]
    about = [
        f"{os.cpu_count()} cores, Python {platform.python_version()}, {', '.join(bench.versions)}",
        f"medians of {bench.repeats} turns, in brackets the least and the most; no more turns after a minute in all",
        *bench.notes,
    ]
    return "\n\n".join([
        bench.results.table(), "\n".join(about), against_what_is_wanted(bench.results, comparable) + "\n"
    ])  # fmt: skip


def read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.bench", description="Measures articlebot beside what people would use instead."
    )
    parser.add_argument("--rivals", type=Path, required=True, metavar="PYTHON", help="of the rivals' environment")
    parser.add_argument("--sizes", type=sizes, default=(100, 1000), metavar="N,N", help="articles (100,1000)")
    parser.add_argument("--repeats", type=positive, default=3, help="turns (3)")
    parser.add_argument("--questions", type=positive, default=50, help="that are asked in a turn, at most 90 (50)")
    parser.add_argument("--sets", type=Path, nargs="*", default=[], help="labelled questions, for hit@4000")
    parser.add_argument("--limit", type=positive, help="questions of each set (all)")
    parser.add_argument("--quick", action="store_true", help="30 articles, 10 questions, 2 turns: to try it")
    options = parser.parse_args(arguments)
    if options.quick:
        options.sizes, options.questions, options.repeats = (30,), 10, 2
    return options


def sizes(text: str) -> tuple[int, ...]:
    """Returns "100,1000" as numbers in order."""
    return tuple(sorted(positive(part) for part in text.split(",")))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures and prints."""
    options = read_options(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench: stopped"))  # with all that was started
    weights = str(load_embedder().folder)
    # not resolved: a virtual environment is known by where its link stands
    rivals, us = options.rivals.absolute(), Path(sys.executable)
    ours, exact = Rival(rows.OURS, us, "ours"), Rival(rows.EXACT, us, "ours", ["--exact"])
    tutorial, whole = Rival(rows.TUTORIAL, rivals, "tutorial"), Rival(rows.WHOLE, rivals, "txtai", [weights])
    encoder = Rival(rows.ENCODER, rivals, "sentence_transformer", [weights])
    asked = [json.loads(line)["question"] for line in (SEEDS / "questions.jsonl").read_text("utf-8").splitlines()]
    with tempfile.TemporaryDirectory(prefix="articlebot-bench-") as work:
        bench = Bench(Path(work), options.repeats, asked[: options.questions], encoder, [ours, tutorial, whole])
        bench.embedding()
        for count in options.sizes:
            bench.size(count)
        bench.starter()
        for folder in options.sets:
            bench.hits(folder, exact, options.limit)
        sys.stdout.write(report(bench, options.sizes))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("bench: stopped")
