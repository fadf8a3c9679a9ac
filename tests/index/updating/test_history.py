"""Whatever an index went through, it holds and answers what one built from scratch does."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from index import Article, IndexReport, build_index
from index.sources.names import SourcesError
from index.sources.web.fetching import Fetcher
from index.store.anywhere.stores import open_generation, store_of
from index.store.postgres.address import IndexPlace, as_place
from index.text.passages import passage_text
from index.updating import filling
from index.updating.build import forget_source
from index.updating.gather import Reading
from retrieval import ArticleQA
from tests.index.server import Server

Content = Callable[[IndexPlace], dict[str, Any]]

TEXTS = (
    "# Le chat\n\nLe chat dort sur le toit. Il fait beau.\n",
    "# Un autre titre\n\nLe chat dort sur le toit. Il fait beau.\n",  # the same text
    "---\ntitle: The moon\ndate: 2025-02-12\n---\nThe moon is full tonight, said the old man. He went home.\n",
    "Une ligne seule, sans titre.\n",
    "# Вода\n\nВода в реке поднялась на два метра.\n",
    "# Le port\n\n" + " ".join(f"Le quai {n} du port accueille les voiliers du nord." for n in range(20)) + "\n",
)
BROKEN = "\0\1\2\3" * 50
SENTENCES = ("La lune brille sur la mer.", "Le soleil chauffe la plage.", "Le chat dort sur le toit. Il fait beau.")
QUESTIONS = ("Où dort le chat ?", "Quels voiliers le quai 3 accueille-t-il ?")
FILES = [f"{source}/{name}.md" for source in ("news", "more") for name in "abc"]
STAYS = {source: f"# Fin\n\nUn article de {source} qui reste toujours là.\n" for source in ("news", "more")}
LINES = "news/ciel.jsonl"
PAGES = ("quai", "phare", "pont")


class Web:
    """A server on loopback: feeds of pages; what is None is out of order."""

    def __init__(self) -> None:
        self.feeds: dict[str, list[str] | None] = {}
        self.pages: dict[str, int] = {}  # name -> version
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body, etag = web.answer(self.path[1:])
                same = etag and self.headers["if-none-match"] == etag
                self.send_response(304 if same else 200 if body else 503 if self.path[1:] in web.feeds else 404)
                self.send_header("etag", etag)
                self.send_header("content-type", "application/rss+xml" if "<rss" in body else "text/html")
                self.end_headers()
                self.wfile.write(b"" if same else body.encode())

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, name: str) -> tuple[str, str]:
        """Returns body and ETag; "" where there is nothing."""
        if name in self.pages:
            version = self.pages[name]
            text = f"Le {name} de Kerbrat a rouvert {version} fois depuis le printemps dernier, a dit le maire mardi."
            page = f"<html lang='fr'><head><title>{name}</title></head><body><article><p>{text}</p></article></body>"
            return f"<!DOCTYPE html>{page}</html>", f'"{name}-{version}"'
        listed = self.feeds.get(name)
        if listed is None:
            return "", ""
        items = "".join(f"<item><title>{n}</title><link>{self.address}/{n}</link></item>" for n in listed)
        rss = f'<?xml version="1.0"?><rss version="2.0"><channel><title>N</title>{items}</channel></rss>'
        return rss, f'"{"-".join(listed)}"'

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@dataclass
class World:
    """What the sources hold; None: out of order."""

    files: dict[str, str] = field(default_factory=dict)  # "news/a.md" -> text
    lines: dict[str, str | None] | None = field(default_factory=dict)  # of LINES; key -> text; {}: no such file
    listed: list[str] | None = field(default_factory=list)  # pages of the feed, newest first
    pages: dict[str, int] = field(default_factory=dict)

    def write(self, root: Path) -> None:
        """Writes the files of the sources."""
        for source, text in STAYS.items():
            shutil.rmtree(root / source, ignore_errors=True)
            (root / source).mkdir(parents=True)
            (root / source / "z.md").write_text(text, encoding="utf-8")
        for name, text in self.files.items():
            (root / name).write_text(text, encoding="utf-8")
        if self.lines is None:
            (root / LINES).write_text(BROKEN)
        elif self.lines:
            (root / LINES).write_text("".join(f"{_line(key, text)}\n" for key, text in self.lines.items()))


def _line(key: str, text: str | None) -> str:
    whole = json.dumps({"id": key, "text": text or SENTENCES[0]}, ensure_ascii=False)
    return whole if text else whole[:-5]


def as_known(before: World, now: World, prune: bool) -> World:
    """Returns the sources as an index knows them that held `before`: what is out of order stays as it was."""
    files = {name: text for name, text in now.files.items() if text != BROKEN}
    files |= {name: before.files[name] for name, text in now.files.items() if text == BROKEN and name in before.files}
    had = before.lines or {}
    lines: dict[str, str | None] = dict(had)
    if now.lines is not None:
        kept = {key: text or had.get(key) for key, text in now.lines.items()}
        lines = {key: text for key, text in kept.items() if text}
    if now.listed is None:
        return World(files, lines, before.listed, before.pages)
    forgotten = [] if prune else [name for name in before.listed or [] if name not in now.listed]
    listed = [*now.listed, *forgotten]
    pages = {name: now.pages[name] if name in now.listed else before.pages[name] for name in listed}
    return World(files, lines, listed, pages)


class History(RuleBasedStateMachine):
    """Changes of the sources, an update after each few of them."""

    def __init__(self, content: Content, server: Server | None) -> None:
        super().__init__()
        self.content = content
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr("index.sources.web.fetching.Fetcher", partial(Fetcher, sleep=lambda _: None))
        self.patch.setattr("index.sources.web.seen.FRESH_S", 0.0)  # pages are looked at in every run
        self.root = Path(mkdtemp(prefix="articlebot-history-"))
        self.index = as_place(server.address()) if server else self.root / "index"
        self.web = Web()
        self.world, self.known = World(), World()
        self.has_more = True
        self.seen: list[set[str]] = []  # passages of the generations that are kept, the older one first

    def teardown(self) -> None:
        self.web.close()
        shutil.rmtree(self.root, ignore_errors=True)
        self.patch.undo()

    @initialize()
    def first(self) -> None:
        self._list_sources("now", "fil")
        self._show()
        self._check({}, build_index(self.root / "now" / "sources.toml", self.index, reading=_READING), prune=False)

    @rule(name=st.sampled_from(FILES), text=st.sampled_from(TEXTS))
    def write(self, name: str, text: str) -> None:
        self.world.files[name] = text
        self._update()

    @rule(names=st.lists(st.sampled_from(FILES), min_size=1, max_size=4, unique=True), prune=st.booleans())
    def remove(self, names: list[str], prune: bool) -> None:
        for name in names:
            self.world.files.pop(name, None)
        self._update(prune)

    @rule(name=st.sampled_from(FILES))
    def make_unreadable(self, name: str) -> None:
        self.world.files[name] = BROKEN
        self._update()

    @rule(name=st.sampled_from(FILES), to=st.sampled_from(FILES))
    def move(self, name: str, to: str) -> None:
        if name in self.world.files:
            self.world.files[to] = self.world.files.pop(name)
        self._update()

    @rule(lines=st.none() | st.dictionaries(st.sampled_from("xyz"), st.none() | st.sampled_from(SENTENCES)))
    def write_lines(self, lines: dict[str, str | None] | None) -> None:
        self.world.lines = lines
        self._update()

    @rule(
        listed=st.none() | st.lists(st.sampled_from(PAGES), unique=True),
        edited=st.lists(st.sampled_from(PAGES), max_size=1),
        prune=st.booleans(),
    )
    def publish(self, listed: list[str] | None, edited: list[str], prune: bool) -> None:
        self.world.listed = listed
        for name in listed or []:
            self.world.pages[name] = self.world.pages.get(name, 0) + (name in edited)
        self._update(prune)

    @rule()
    def forget_and_give_again(self) -> None:
        before = self._articles()
        report = forget_source("more", self.index)
        assert report.removed == [article_id for article_id in before if article_id.startswith("more/")]
        assert self._articles() == {i: a for i, a in before.items() if not i.startswith("more/")}
        self.known.files = {name: text for name, text in self.known.files.items() if name.startswith("news/")}
        before = self._articles()
        self._check(before, build_index(self.root / "now" / "more", self.index, reading=_READING), prune=False)

    def _update(self, prune: bool = False) -> None:
        self._show()
        before, generation = self._articles(), store_of(self.index).live()
        try:
            report = build_index([], self.index, prune=prune, reading=_READING)
        except SourcesError as error:
            assert "articles; nothing was changed; if they are meant to go" in str(error)  # noqa: PT017  one of several outcomes
            assert not prune
            assert store_of(self.index).live() == generation
            assert self._articles() == before
            prune, report = True, build_index([], self.index, prune=True, reading=_READING)
        self._check(before, report, prune)

    def _show(self) -> None:
        """Makes files and server what the world is."""
        self.world.write(self.root / "now")
        self.web.feeds["fil"] = self.world.listed
        self.web.pages = {name: self.known.pages[name] for name in self.known.listed or []}
        if self.world.listed is not None:
            self.web.pages |= {name: self.world.pages[name] for name in self.world.listed}

    def _check(self, before: dict[str, Article], report: IndexReport, prune: bool) -> None:
        """Compares the index with one built from scratch, and the report with the difference."""
        self.known = as_known(self.known, self.world, prune)
        after = self._articles()
        both = before.keys() & after.keys()
        assert report.added == sorted(after.keys() - before.keys())
        assert report.removed == sorted(before.keys() - after.keys())
        assert report.changed == sorted(i for i in both if before[i] != after[i])
        assert report.unchanged == sorted(i for i in both if before[i] == after[i])
        assert [failure.id for failure in report.failed] == self._failing()
        with closing(open_generation(self.index)) as generation:
            assert generation.failed() == {failure.id: failure.reason for failure in report.failed}
            passages = generation.passages(range(report.passages))
        texts = {passage_text(passage.title, passage.text) for passage in passages}
        assert report.embedded <= len(texts.difference(*self.seen))
        self.seen = [*self.seen[-1:], texts]
        self._build_anew()
        assert self._looks(self.index) == self._looks(self.root / "anew")

    def _failing(self) -> list[str]:
        failing = [name for name, text in self.world.files.items() if text == BROKEN]
        if self.world.lines is None:
            failing.append(f"{LINES}/")
        failing += [f"{LINES}/{key}" for key, text in (self.world.lines or {}).items() if text is None]
        return sorted([*failing, *(["fil"] if self.world.listed is None else [])])

    def _build_anew(self) -> None:
        """Builds an index from scratch of what is known; only the embeddings that it made before are there."""
        self.known.write(self.root / "then")
        self.web.feeds["anew"] = self.known.listed
        self._list_sources("then", "anew")
        shutil.rmtree(self.root / "anew" / "generations", ignore_errors=True)
        for name in ("CURRENT", "pages.sqlite"):
            (self.root / "anew" / name).unlink(missing_ok=True)
        build_index(self.root / "then" / "sources.toml", self.root / "anew", reading=_READING)

    def _list_sources(self, folder: str, feed: str) -> None:
        (self.root / folder).mkdir(exist_ok=True)
        places = {"news": "news", "more": "more", "fil": f"{self.web.address}/{feed}"}
        text = "".join(f'[[source]]\nname = "{name}"\nat = "{at}"\n' for name, at in places.items())
        (self.root / folder / "sources.toml").write_text(text)

    def _articles(self) -> dict[str, Article]:
        with closing(open_generation(self.index)) as generation:
            return {article.id: article for article in generation.articles()}

    def _looks(self, index: IndexPlace) -> dict[str, Any]:
        """Returns all that an index holds but what is no part of its articles, and what it answers."""
        content = self.content(index)
        content = {name: value for name, value in content.items() if name not in ("sources", "failed")}
        content["counts"].pop("failed")
        with closing(ArticleQA.open(index)) as qa:
            found = [[(p.id, p.score, p.text) for p in qa.search(question)] for question in QUESTIONS]
            answers = [{**asdict(qa.ask(question)), "seconds": 0} for question in QUESTIONS]
        return {**content, "found": found, "answers": answers}


_READING = Reading(allow_private=True)


def check(content: Content, histories: int, updates: int, server: Server | None = None) -> None:
    run_state_machine_as_test(
        partial(History, content, server),  # type: ignore[arg-type]  # what makes one will do, says its documentation
        settings=settings(
            max_examples=histories, stateful_step_count=updates, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_updated_index_holds_and_answers_what_one_built_from_scratch_does(content: Content) -> None:
    check(content, 5, 20)


def test_updated_index_whose_sentences_come_later_holds_the_same(
    content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "SENTENCES_AT_ONCE", 0)
    check(content, 3, 15)


def test_an_index_in_a_database_holds_and_answers_what_one_in_a_folder_does(content: Content, server: Server) -> None:
    check(content, 2, 10, server)


def test_an_index_in_a_database_whose_sentences_come_later_does_too(
    content: Content, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "SENTENCES_AT_ONCE", 0)
    check(content, 1, 8, server)


@pytest.mark.full
def test_an_index_in_a_database_holds_and_answers_the_same_after_500_updates(content: Content, server: Server) -> None:
    check(content, 10, 50, server)


@pytest.mark.full
def test_updated_index_holds_and_answers_what_one_built_from_scratch_does_after_2000_updates(content: Content) -> None:
    check(content, 40, 50)
