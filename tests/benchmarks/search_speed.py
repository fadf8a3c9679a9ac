"""How fast a question is searched in an index of so many passages: `python -m tests.benchmarks.search_speed`.

The index is written by the real writer and opened by `ArticleQA.open`; only its vectors are made up instead of
embedded, which would take hours. Everything but the times is the same on every run.
"""

from __future__ import annotations

import argparse
import inspect
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path
from threading import local
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from index import load_embedder
from index.article import Article, PassageSpan, PlannedArticle
from index.embedding.centring import Centring
from index.store.live import writer_lock
from index.store.segments.segment import Segment
from index.store.segments.vectors import Embedded, VectorRows
from index.store.writing import Contents, publish
from index.text.folding import terms
from index.text.passages import PASSAGE_CHARS
from index.updating.plan import identity
from index.updating.update import SETTINGS
from retrieval import ArticleQA
from tests.benchmarks.rivals.protocol import in_megabytes

LANGUAGE = "fr"
VOCABULARY = 50_000
SIZES = [1_000, 100_000, 200_000, 1_000_000]  # passages
SENTENCES = 5  # of a passage
PARTS = ("embed question", "dense", "lexical", "reading")  # of a search; from 50,000 passages on two at once
ENDS = {"plain": " ?", "of a month": " en mars 2025 ?"}  # of the questions

# the most frequent ones, as in any text: a question's language is told by them
_FUNCTION_WORDS = (
    "de la le et les des en un une du dans pour que qui sur au avec il par plus ne pas ce se sont a est ont mais son "
    "elle cette aux ses leur ou comme nous entre depuis sans selon deux tout fait"
)
_BEGINNINGS = "b br c ch cl cr d dr f fl g gr j l m n p pl pr qu r s st t tr v"
_MIDDLES = "a ai an au e en eu i in o on ou u ui é è"
_ENDINGS = "ge le re ment tion teur que se ble rie té son nel vant deau lier ret"

Result = TypeVar("Result")


@dataclass(frozen=True)
class Measured:
    """Times of one size; milliseconds where nothing else is said."""

    passages: int
    articles: int
    open: float  # the model too
    first: float  # question
    times: dict[str, list[float]]  # by kind of question, question by question
    parts: dict[str, list[list[float]]]  # the same, each in the order of PARTS
    megabytes: float  # at most held by the process, with the mapped pages of the index


@dataclass(frozen=True)
class Built:
    """What writing an index of ready vectors took."""

    seconds: float
    megabytes: float  # at most held by the process, the texts of all articles among them


# Making an index ---------------------------------------------------------------------------------------------


class Words:
    """Made-up French words, drawn as often as Zipf's law says."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.words = list(dict.fromkeys([*_FUNCTION_WORDS.split(), *self._made_up(2 * VOCABULARY)]))[:VOCABULARY]
        self._terms = [" ".join(terms(word, LANGUAGE)) for word in self.words]
        shares = 1 / (np.arange(len(self.words)) + 2.7) ** 1.05
        self._cumulative = np.cumsum(shares / shares.sum())

    def draw(self, count: int) -> NDArray[np.int64]:
        """Returns the numbers of so many words."""
        numbers = np.searchsorted(self._cumulative, self.random.random(count))
        return np.minimum(numbers, len(self.words) - 1)

    def sentence(self, numbers: Iterable[int], end: str = ".") -> str:
        """Returns these words as a sentence."""
        return " ".join(self.words[n] for n in numbers).capitalize() + end

    def terms(self, numbers: Iterable[int]) -> str:
        """Returns what `terms` finds in these words, joined; a word at a time would take minutes."""
        return " ".join(self._terms[n] for n in numbers)

    def question(self, end: str) -> str:
        """Returns a question of 6 to 12 words and this end."""
        return self.sentence(self.draw(int(self.random.integers(6, 13))), end)

    def _made_up(self, count: int) -> list[str]:
        beginnings, middles, endings = (np.array(p.split()) for p in (_BEGINNINGS, _MIDDLES, _ENDINGS))

        def drawn(pieces: NDArray[np.str_]) -> NDArray[np.str_]:
            return pieces[self.random.integers(len(pieces), size=count)]

        short = np.char.add(drawn(beginnings), drawn(middles))
        long = np.char.add(np.char.add(short, drawn(beginnings)), drawn(middles))
        stems = np.where(self.random.random(count) < 0.5, short, long)
        return [str(word) for word in np.char.add(stems, drawn(endings))]


def make_article(number: int, passages: int, words: Words) -> PlannedArticle:
    """Returns an article of so many passages."""
    title = words.draw(8)
    text, spans, joined = "", [], []
    for _ in range(passages):
        start, inner, drawn = len(text), [], [title]
        for length in words.random.integers(18, 33, SENTENCES):
            numbers = words.draw(int(length))
            sentence = words.sentence(numbers)
            if len(text) + len(sentence) - start > PASSAGE_CHARS:
                break
            inner.append((len(text), len(text) + len(sentence)))
            text += sentence + " "
            drawn.append(numbers)
        spans.append(PassageSpan(start, len(text) - 1, tuple(inner)))
        joined.append(words.terms(np.concatenate(drawn)))
    published = date(2025, 1, 1) + timedelta(days=int(words.random.integers(365)))
    article = Article(f"made-up/{number:07d}", words.sentence(title, ""), text, published, LANGUAGE, "", "")
    return PlannedArticle(article, "made-up", None, tuple(spans), tuple(joined))


class Vectors:
    """Makes unit vectors of passages and sentences: those of a passage lie together, and some articles do.

    Some directions vary more than others, as in those of real texts.
    """

    def __init__(self, dimension: int, folder: Path) -> None:
        self._dimension = dimension
        self._folder = folder
        self._spread = (1 / (1 + np.arange(dimension) / 8)).astype(np.float32)
        self._spread /= np.linalg.norm(self._spread)

    def of(self, segments: Sequence[Segment]) -> list[tuple[Embedded, Embedded | None]]:
        """Returns those of each segment."""
        return [self._of(segment) for segment in segments]

    def _of(self, segment: Segment) -> tuple[Embedded, Embedded]:
        self._random = np.random.default_rng(segment.sizes["passages"])
        passages, sentences = (VectorRows.temporary(self._folder, self._dimension) for _ in range(2))
        own = np.bincount(segment.table[2], minlength=segment.sizes["articles"])
        first = np.cumsum(own) - own
        for start in range(0, len(own), 1_000):
            block = own[start : start + 1_000]
            subjects = np.zeros((len(block) // 10 + 1, self._dimension), np.float32)
            of_subjects = self._around(self._around(subjects, [1] * len(subjects)), [10] * len(subjects))[: len(block)]
            vectors = self._around(of_subjects, block)
            passages.append(vectors)
            sentences.append(self._around(vectors, segment.table[1, first[start] : first[start] + block.sum()]))
        return Embedded(passages), Embedded(sentences)

    def _around(self, centres: NDArray[np.float32], repeats: Sequence[int] | NDArray[Any]) -> NDArray[np.float32]:
        vectors = np.repeat(centres, repeats, axis=0)
        vectors += self._random.standard_normal(vectors.shape, np.float32) * self._spread
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors


def build(folder: Path, size: int) -> Built:
    """Writes an index of so many passages; making up its texts and vectors is not timed."""
    words, stopwatch = Words(size), Stopwatch()

    def articles() -> Iterator[PlannedArticle]:
        number, left = 0, size
        while left:
            started = time.perf_counter()
            count = min(left, int(words.random.integers(1, 7)))
            article = make_article(number, count, words)
            stopwatch.spent["making up"] = stopwatch.spent.get("making up", 0.0) + milliseconds(started)
            yield article
            number, left = number + 1, left - count

    embedder = load_embedder()
    about = {
        "model": None,
        **identity(embedder.fingerprint, Centring.load(embedder.fingerprint), embedder.dimension),
        **SETTINGS,
    }
    folder.mkdir(parents=True, exist_ok=True)
    vectors = Vectors(embedder.dimension, folder)
    stopwatch.watch("making up", vectors)
    started = time.perf_counter()
    with writer_lock(folder):
        publish(folder, None, Contents({"made-up": Path("/made-up")}, {}, articles(), vectors.of, {}), about)
    return Built((milliseconds(started) - stopwatch.spent["making up"]) / 1000, peak_megabytes())


# Measuring ---------------------------------------------------------------------------------------------------


@dataclass
class Stopwatch:
    """Sums the milliseconds of named parts; a call within a timed call counts for the outer one."""

    spent: dict[str, float] = field(default_factory=dict)
    _thread: local = field(default_factory=local)

    def watch(self, part: str, owner: object) -> None:
        """Times every call of a public method of this object from now on."""
        for method, _ in inspect.getmembers(type(owner), inspect.isfunction):
            if not method.startswith("_"):
                self._time(part, owner, method)

    def _time(self, part: str, owner: object, method: str) -> None:
        function = getattr(owner, method)

        def timed(*args: object, **kwargs: object) -> object:
            if getattr(self._thread, "running", False):
                return function(*args, **kwargs)
            self._thread.running, started = True, time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                self.spent[part] = self.spent.get(part, 0.0) + milliseconds(started)
                self._thread.running = False

        setattr(owner, method, timed)


def milliseconds(since: float) -> float:
    """Returns the time from then to now."""
    return (time.perf_counter() - since) * 1000


def measure(folder: Path, size: int, questions: int, seconds: float) -> Measured:
    """Asks this index so many questions of each kind, fewer where the time is over."""
    words = Words(size)
    words.random = np.random.default_rng([size, 1])  # other sentences than those of the articles
    started = time.perf_counter()
    with closing(ArticleQA.open(folder)) as qa:
        opened = milliseconds(started)
        started = time.perf_counter()
        qa.search(words.question(" ?"))
        first = milliseconds(started)
        stopwatch = Stopwatch()
        owners = (load_embedder(), qa.generation.vectors, qa.generation.lexical, qa.generation)
        for part, owner in zip(PARTS, owners, strict=True):
            stopwatch.watch(part, owner)
        times: dict[str, list[float]] = {}
        parts: dict[str, list[list[float]]] = {}
        for kind, end in ENDS.items():
            qa.search(words.question(end))  # what is read once for all
            asked = (words.question(end) for _ in range(questions))
            times[kind], parts[kind] = ask(qa, asked, stopwatch, seconds / len(ENDS))
        counts = qa.generation.counts
    return Measured(counts["passages"], counts["articles"], opened, first, times, parts, peak_megabytes())


def peak_megabytes() -> float:
    """Returns what this process held at most."""
    return in_megabytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def ask(
    qa: ArticleQA, questions: Iterable[str], stopwatch: Stopwatch, seconds: float
) -> tuple[list[float], list[list[float]]]:
    """Returns the times of the questions, at least of one, and of their parts."""
    times: list[float] = []
    parts: list[list[float]] = []
    end = time.perf_counter() + seconds
    for question in questions:
        stopwatch.spent.clear()
        started = time.perf_counter()
        qa.search(question)
        times.append(milliseconds(started))
        parts.append([stopwatch.spent.get(part, 0.0) for part in PARTS])
        if time.perf_counter() > end:
            break
    return times, parts


def apart(work: Callable[..., Result], *arguments: object) -> Result:
    """Returns what `work` does in a process of its own: its memory is what is measured."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        return process.submit(work, *arguments).result()


# Printing ----------------------------------------------------------------------------------------------------


def table(rows: Sequence[Sequence[str]]) -> str:
    """Returns lines of right-aligned columns; the first row is the head."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.rjust(w) for cell, w in zip(row, widths, strict=True)) for row in rows)


def report(measured: Sequence[tuple[Built, Measured]]) -> str:
    """Returns the tables: what building took and what was measured, by size."""
    sizes = [["passages", "articles", "build s", "build MB", "open ms", "first ms", "RAM MB"]]
    times = [["passages", "questions", "asked", "p50 ms", "p95 ms", *PARTS]]
    for built, one in measured:
        before = (one.passages, one.articles, built.seconds, built.megabytes)
        after = (one.open, one.first, one.megabytes)
        sizes.append([*(f"{n:,.0f}" for n in before), *(f"{n:,.0f}" for n in after)])
        for kind, asked in one.times.items():
            medians = np.median(one.parts[kind], axis=0)
            cells = [f"{ms:.1f}" for ms in (*np.percentile(asked, [50, 95]), *medians)]
            times.append([f"{one.passages:,}", kind, str(len(asked)), *cells])
    return f"{table(sizes)}\n\n{table(times)}\n\nthe columns from {PARTS[0]!r} on are medians, in ms\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Builds, asks and prints."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.search_speed",
        description="Measures ArticleQA.search on made-up indexes: no passage is embedded, every question is.",
    )
    parser.add_argument("--passages", type=positive, nargs="+", default=SIZES, help="sizes of the indexes")
    parser.add_argument("--questions", type=positive, default=200, help="of each kind (200)")
    parser.add_argument("--seconds", type=positive, default=120, help="at most spent asking each (120)")
    options = parser.parse_args(arguments)
    load_embedder()  # is prepared at the first use, which is not to be measured
    measured = []
    for size in options.passages:
        with tempfile.TemporaryDirectory(prefix="articlebot-speed-") as folder:
            built = apart(build, Path(folder), size)
            measured.append((built, apart(measure, Path(folder), size, options.questions, options.seconds)))
    sys.stdout.write(report(measured))


def positive(text: str) -> int:
    """Returns a whole number above 0."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number}, wanted 1 or more")
    return number


if __name__ == "__main__":
    main()
