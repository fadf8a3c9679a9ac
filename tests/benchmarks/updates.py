"""What updates of an index of so many articles cost: `python -m tests.benchmarks.updates`.

Everything is real but the vectors, which are made up and put into the embedding cache before the first build;
that build is not timed. New articles are embedded for real. A feed comes from a server on loopback, which is given
its pause of a second between two requests: these are most of what its update takes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index import IndexReport, build_index, load_embedder
from index.embedding.cache import CACHE_FILE, EmbeddingCache
from index.sources.folder import read_source
from index.text.passages import passage_text, sentence_text
from index.updating.gather import Reading
from index.updating.plan import plan_articles
from retrieval import ArticleQA
from tests.benchmarks.search_speed import Words, apart, positive, table

LIMITS = {"nothing new": 3.0, "one edited": 5.0, "one entry added": 2.0}  # seconds that are wanted
NEW = 300  # articles that come at once: more sentences than are embedded before they can be asked
NAMES = ("update s", "embedded", "until seen s", "wanted s")


def make_articles(folder: Path, count: int) -> None:
    """Writes so many articles of two made-up sentences."""
    words = Words(count)
    folder.mkdir()
    for number in range(count):
        title, first, second = (words.draw(int(n)) for n in words.random.integers(8, 20, 3))
        text = f"# {words.sentence(title, '')}\n\n{words.sentence(first)} {words.sentence(second)}\n"
        (folder / f"{number:06d}.md").write_text(text, encoding="utf-8")


def fill_cache(source: Path, index: Path, vectors_of: Callable[[list[str]], NDArray[np.float32]]) -> None:
    """Puts made-up unit vectors of all passages and sentences into the embedding cache of an index."""
    embedder = load_embedder()
    found = {article.id: (article, source.name) for article in read_source(source, source.name).articles}
    texts: list[str] = []
    for planned in plan_articles(found, load_embedder, None, ()).articles:
        title, text = planned.article.title, planned.article.text
        for passage in planned.passages:
            texts.append(passage_text(title, text[passage.start : passage.end]))
            texts += [sentence_text(title, text[start:end]) for start, end in passage.sentences]
    index.mkdir(exist_ok=True)
    with EmbeddingCache.open(index / CACHE_FILE, embedder.fingerprint, embedder.dimension) as cache:
        cache.put(texts, vectors_of(texts))


def unit_rows(texts: Sequence[str]) -> NDArray[np.float32]:
    """Returns made-up unit vectors, (len(texts), dimension)."""
    count = len(texts)
    rows = np.random.default_rng(count).standard_normal((count, load_embedder().dimension), np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


_PAGE = "<!DOCTYPE html><html><head><title>Entrée {}</title></head><body><article><p>{}</p></article></body></html>"


@contextmanager
def served(texts: list[str]) -> Iterator[str]:
    """Serves a feed of entries with these texts, also of such as are added later; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            items = (
                f"<item><title>Entrée {n}</title><link>http://127.0.0.1:{port}/{n}</link></item>"
                for n in range(len(texts))
            )
            feed = f'<?xml version="1.0"?><rss version="2.0"><channel><title>N</title>{"".join(items)}</channel></rss>'
            number = self.path[1:]
            page = _PAGE.format(number, texts[int(number)]) if number.isdecimal() else ""
            self.send_response(200 if page or number == "feed" else 404)
            self.send_header("content-type", "text/html; charset=utf-8" if page else "application/rss+xml")
            self.end_headers()
            self.wfile.write((page or feed).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{port}/feed"
    finally:
        server.shutdown()
        server.server_close()


def update(sources: Sequence[str | Path], index: Path) -> tuple[IndexReport, float]:
    """Returns what an update did, and when it was done by the clock of the machine."""
    report = build_index(sources, index, reading=Reading(allow_private=True))
    return report, time.time()


def seen(index: Path, text: str, ready: threading.Event) -> float:
    """Returns when a reader that asks again and again first found this text; `ready` is set once it asks."""
    with closing(ArticleQA.open(index)) as qa:
        while True:
            found = qa.search(text, k=3)
            if any(text in passage.text for passage in found):
                return time.time()
            ready.set()
            time.sleep(0.2)  # the update has two cores to itself most of the time
            qa.refresh()


def watched(index: Path, text: str, publish: Callable[[], tuple[IndexReport, float]]) -> tuple[IndexReport, float]:
    """Returns what `publish` did, and seconds from its end until a reader saw the text."""
    ready = threading.Event()
    when: list[float] = []
    reader = threading.Thread(target=lambda: when.append(seen(index, text, ready)), daemon=True)
    reader.start()
    ready.wait()
    report, done = publish()
    if not report.added:
        sys.exit(f"an article was to be added, none was: {report}")
    reader.join()
    return report, max(when[0] - done, 0.0)


def staged(source: Path, index: Path) -> tuple[float, float]:
    """Returns CPU seconds of an update until what is new can be asked, and until its sentences are embedded too."""
    load_embedder().embed_passages(["a"])  # what a running writer has loaded
    asked: list[float] = []

    def progress(what: str, _done: int, _all: int) -> None:
        if what == "embedding sentences" and not asked:
            asked.append(time.process_time() - begun)

    begun = time.process_time()
    build_index([source], index, progress=progress)
    return asked[0], time.process_time() - begun


def measure(folder: Path, count: int) -> list[list[str]]:
    """Returns the rows of the table."""
    source, index = folder / "articles", folder / "index"
    make_articles(source, count)
    fill_cache(source, index, unit_rows)
    texts = ["Le phare de Kerbrat a été automatisé en 1987 par des ingénieurs."]
    rows = []
    with served(texts) as feed:
        apart(update, [source, feed], index)
        report, _ = apart(update, [source], index)
        rows.append(row("nothing new", report))
        path = source / f"{count // 2:06d}.md"
        path.write_text(path.read_text(encoding="utf-8") + "Une phrase toute neuve.\n", encoding="utf-8")
        report, _ = apart(update, [source], index)
        rows.append(row("one edited", report))
        texts.append("La criée de Saint-Aubin a vendu douze tonnes de sardines mardi matin.")
        report, waited = watched(index, texts[-1], lambda: apart(update, [feed], index))
        rows.append(row("one entry added", report, waited))
    return rows


def row(name: str, report: IndexReport, waited: float | None = None) -> list[str]:
    """Returns a row of the table; what is wanted counts from publication where something was waited for."""
    told = "" if waited is None else f"{waited:.2f}"
    return [name, f"{report.seconds:.2f}", str(report.embedded), told, f"{LIMITS[name]:.0f}"]


def missed(rows: Sequence[Sequence[str]]) -> list[str]:
    """Returns the names of the rows that took longer than wanted."""
    return [name for name, seconds, _, waited, wanted in rows if float(waited or seconds) > float(wanted)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Builds, updates and prints; returns 1 where something took longer than wanted."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.updates", description="Measures updates of an index of made-up articles."
    )
    parser.add_argument("--articles", type=positive, default=10_000, help="of two sentences each (10000)")
    options = parser.parse_args(arguments)
    load_embedder()  # is prepared at the first use, which is not to be measured
    with tempfile.TemporaryDirectory(prefix="articlebot-updates-") as folder:
        rows = measure(Path(folder), options.articles)
        make_articles(Path(folder) / "new", NEW)
        asked, whole = apart(staged, Path(folder) / "new", Path(folder) / "index")
    sys.stdout.write(f"{options.articles:,} articles\n\n{table([['', *NAMES], *rows])}\n")
    sys.stdout.write(f"\n{NEW} added: {asked:.1f} CPU s until they can be asked, {whole:.1f} until all is embedded\n")
    for name in missed(rows):
        sys.stderr.write(f"{name}: slower than wanted\n")
    return 1 if missed(rows) else 0


if __name__ == "__main__":
    sys.exit(main())
