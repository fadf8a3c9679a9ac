"""What updates cost, beside what people would use instead: `python -m tests.benchmarks.updates --rivals PYTHON`.

Every update is a process of its own, its start and the model in it, as `articlebot index` is. The first indexing takes
ready-made vectors near real ones; what is new or edited afterwards is embedded. The tutorial knows no updates: it makes
its index anew, of ready-made vectors each time. A feed comes from a server on loopback, which is given its pause of a
second between two requests: these are most of what its update takes.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index import build_index, load_embedder
from index.embedding.cache import CACHE_FILE, EmbeddingCache
from index.sources.folder import read_source
from index.text.passages import passage_text, sentence_text
from index.updating.gather import Reading
from index.updating.plan import plan_articles
from retrieval import ArticleQA
from tests.benchmarks.rivals.process import Spent, measured
from tests.benchmarks.rivals.protocol import vectors_near
from tests.benchmarks.rivals.recombined import edit_article, write_articles
from tests.benchmarks.search_speed import apart, build, positive, table

NEW = 100  # articles that come at once
STAGED = 300  # articles that come at once: more sentences than are embedded before they can be asked
REPEATS = 3
SIZES = (10_000, 1_000_000)  # passages, between which an edit is to cost the same
LINES = 100  # articles of the file that is edited there


def fill_cache(source: Path, index: Path, vectors_of: Callable[[list[str]], NDArray[np.float32]]) -> None:
    """Puts vectors of all passages and sentences into an index, as if a run had been stopped that embedded them."""
    embedder = load_embedder()
    index.mkdir(exist_ok=True)
    with EmbeddingCache.open(index / CACHE_FILE, embedder.fingerprint, embedder.dimension) as cache:
        for texts in texts_of(source):
            cache.put(texts, vectors_of(texts))


def texts_of(source: Path) -> Iterator[list[str]]:
    """Yields what is embedded of each article of a folder: its passages and its sentences."""
    found = {article.id: (article, source.name) for article in read_source(source, source.name).articles}
    for planned in plan_articles(found, load_embedder, None, ()).articles:
        title, text = planned.article.title, planned.article.text
        passages = [passage_text(title, text[span.start : span.end]) for span in planned.passages]
        yield passages + [sentence_text(title, text[a:b]) for span in planned.passages for a, b in span.sentences]


def fill(articles: Path, folder: Path, pool: Path) -> None:
    """Fills the embedding cache with vectors near real ones."""
    fill_cache(articles, folder, partial(vectors_near, np.load(pool), random=np.random.default_rng(0)))


def save_vectors(articles: Path, path: Path) -> None:
    """Embeds the beginnings of articles into an .npy file."""
    np.save(path, load_embedder().embed_passages([each.read_text("utf-8")[:500] for each in articles.iterdir()]))


# Systems ------------------------------------------------------------------------------------------------------


@dataclass
class System:
    """Something that indexes a folder of articles, each time in a process of its own."""

    name: str
    command: Callable[[Path, Path], list[str]]  # of the articles and the index
    is_told: bool = True  # what to do on standard input
    always_ready: bool = False  # takes ready-made vectors at every update
    spent: dict[str, list[Spent]] = field(default_factory=dict)
    megabytes: float = 0.0  # of its index, two generations where it has such

    def update(self, what: str, articles: Path, folder: Path, pool: Path, *, first: bool = False) -> None:
        """Updates its index of these articles, or makes it, and notes what that took."""
        where = {"articles": str(articles), "folder": str(folder)}
        lines = [{"do": "update", **where}] if self.is_told else []
        if self.is_told and (first or self.always_ready):
            lines.insert(0, {"do": "prepare", **where, "pool": str(pool)})
        spent = measured(self.command(articles, folder), articles.parent, lines)
        self.spent.setdefault(what, []).append(spent)
        self.megabytes = disk_megabytes(folder)

    def cell(self, what: str, figure: str) -> str:
        """Returns the median of a figure of its updates of a kind."""
        return f"{statistics.median(getattr(spent, figure) for spent in self.spent[what]):,.2f}"


def systems(rivals: Path | None) -> list[System]:
    """Returns ourselves, and what people would use instead where their environment is given."""
    script = str(Path(sys.executable).with_name("articlebot"))
    ours = System(
        "articlebot", lambda articles, folder: [script, "index", str(articles), "--index", str(folder)], False
    )
    if rivals is None:
        return [ours]
    module = [str(rivals.absolute()), "-m"]
    weights = str(load_embedder().folder)
    return [
        ours,
        System("txtai", lambda *_: [*module, "tests.benchmarks.rivals.txtai", weights]),
        System("tutorial", lambda *_: [*module, "tests.benchmarks.rivals.tutorial"], always_ready=True),
    ]


def beside(work: Path, count: int, compared: Sequence[System]) -> str:
    """Returns the table of updates of so many articles."""
    write_articles(work / "articles", count)
    write_articles(work / "few", 40)
    apart(save_vectors, work / "few", work / "pool.npy")
    for system in compared:
        folder = work / system.name
        if not system.is_told:
            apart(fill, work / "articles", folder, work / "pool.npy")
        system.update("all", work / "articles", folder, work / "pool.npy", first=True)
    kinds = [*["nothing new", "one edited"] * REPEATS, f"{NEW} new"]
    for number, what in enumerate(kinds):
        change(what, work, count, number)
        for system in compared:
            system.update(what, work / "articles", work / system.name, work / "pool.npy")
    rows = [["", *(system.name for system in compared)]]
    figures = {"CPU s": "cpu_s", "MB written": "written_mb", "MB at most": "peak_mb"}
    for what in ("all", *dict.fromkeys(kinds)):
        for name, figure in figures.items():
            rows.append([f"{what}, {name}", *(system.cell(what, figure) for system in compared)])
    return table([*rows, ["on disk, MB", *(f"{system.megabytes:,.0f}" for system in compared)]])


def change(what: str, work: Path, count: int, number: int) -> None:
    """Edits the article of this number, or adds some to the articles, or does nothing."""
    if what == "one edited":
        edit_article(work / "articles", number)
    elif what != "nothing new":
        write_articles(work / "more", count + NEW)
        for path in sorted((work / "more").iterdir())[-NEW:]:
            path.rename(work / "articles" / path.name)
        shutil.rmtree(work / "more")


def disk_megabytes(folder: Path) -> float:
    """Returns what the files of a folder take, linked ones once."""
    return sum({path.stat().st_ino: path.stat().st_size for path in folder.rglob("*") if path.is_file()}.values()) / 1e6


# Stages -------------------------------------------------------------------------------------------------------


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


def embedding_alone(articles: Path) -> float:
    """Returns CPU seconds of embedding all that an index of these articles embeds, and nothing else."""
    texts = [text for of_article in texts_of(articles) for text in of_article]
    load_embedder().embed_passages(["a"])
    begun = time.process_time()
    for start in range(0, len(texts), 64):
        load_embedder().embed_passages(texts[start : start + 64])
    return time.process_time() - begun


# Growth -------------------------------------------------------------------------------------------------------


def edits_at(folder: Path, size: int) -> tuple[Spent, float]:
    """Returns what one edit in a file of many articles takes beside so many passages, and CPU s of the index's work."""
    apart(build, folder / "index", size)
    text = "Le phare numéro {} éclaire la côte, et les bateaux qui passent dans la baie le voient de très loin."
    lines = [{"id": str(number), "text": text.format(number)} for number in range(LINES)]
    file = folder / "more.jsonl"

    def write(edited: int) -> None:
        lines[edited]["text"] += " Une phrase toute neuve."
        file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")

    script = str(Path(sys.executable).with_name("articlebot"))
    command = [script, "index", str(file), "--index", str(folder / "index")]
    spent = []
    for number in range(REPEATS + 1):
        write(number)
        spent.append(measured(command, folder))
    middle = sorted(spent[1:], key=lambda each: each.cpu_s)[REPEATS // 2]  # the first one added them all
    write(REPEATS + 1)
    return middle, apart(work_of, file, folder / "index")


def work_of(file: Path, index: Path) -> float:
    """Returns CPU seconds of an update in a process that has loaded all, but for the embedding."""
    embedder = load_embedder()
    embed, spent = embedder.embed_passages, [0.0]
    embed(["a"])

    def timed(texts: Sequence[str]) -> NDArray[np.float32]:
        begun = time.process_time()
        vectors = embed(texts)
        spent[0] += time.process_time() - begun
        return vectors

    embedder.embed_passages = timed  # type: ignore[method-assign, assignment]
    begun = time.process_time()
    build_index([file], index)
    return time.process_time() - begun - spent[0]


# A feed -------------------------------------------------------------------------------------------------------

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


def update(sources: Sequence[str], index: Path) -> float:
    """Updates an index; returns when it was done by the clock of the machine."""
    build_index(sources, index, reading=Reading(allow_private=True))
    return time.time()


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


def until_seen(index: Path) -> float:
    """Returns the seconds from the end of an update, which adds an entry of a feed, to a running reader's answer."""
    texts = ["Le phare de Kerbrat a été automatisé en 1987 par des ingénieurs."]
    with served(texts) as feed:
        apart(update, [feed], index)
        texts.append("La criée de Saint-Aubin a vendu douze tonnes de sardines mardi matin.")
        ready, when = threading.Event(), list[float]()
        reader = threading.Thread(target=lambda: when.append(seen(index, texts[-1], ready)), daemon=True)
        reader.start()
        ready.wait()
        done = apart(update, [feed], index)
        reader.join()
    return max(when[0] - done, 0.0)


# Printing -----------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> None:
    """Indexes, updates and prints."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.updates", description="Measures updates of an index beside other systems."
    )
    parser.add_argument("--rivals", type=Path, metavar="PYTHON", help="of the rivals' environment; else us alone")
    parser.add_argument("--articles", type=positive, default=20_000, help="that are there (20000)")
    parser.add_argument("--passages", type=positive, nargs="*", default=SIZES, help="beside which one is edited")
    options = parser.parse_args(arguments)
    load_embedder()  # is prepared at the first use, which is not to be measured
    say = sys.stdout.write
    compared = systems(options.rivals)
    with tempfile.TemporaryDirectory(prefix="articlebot-updates-") as folder:
        work = Path(folder)
        say(f"{options.articles:,} articles\n\n{beside(work, options.articles, compared)}\n\n")
        say(f"an entry of a feed: a running reader found it {until_seen(work / 'articlebot'):.2f} s after the update\n")
        write_articles(work / "staged", STAGED)
        alone = apart(embedding_alone, work / "staged")
        asked, whole = apart(staged, work / "staged", work / "staged-index")
        say(f"{STAGED} articles: {asked:.1f} CPU s until they can be asked, {whole:.1f} until all is embedded, ")
        say(f"{alone:.1f} of them embedding\n")
        for system in compared[2:]:
            lines = [{"do": "update", "articles": str(work / "staged"), "folder": str(work / "t")}]
            all_s = (
                measured(system.command(work, work), work, lines).cpu_s
                - measured(system.command(work, work), work).cpu_s
            )
            say(f"{system.name}: the same in {all_s:.1f} CPU s, {all_s / asked:.2f} times as long\n")
        shutil.rmtree(work / "articlebot")
    for size in options.passages:
        with tempfile.TemporaryDirectory(prefix="articlebot-updates-") as folder:
            spent, index_s = edits_at(Path(folder), size)
            say(f"one edit beside {size:,} passages: {spent.cpu_s:.2f} CPU s, of which the index's own {index_s:.3f}, ")
            say(f"{spent.written_mb:.2f} MB written, {spent.peak_mb:.0f} MB at most\n")


if __name__ == "__main__":
    main()
