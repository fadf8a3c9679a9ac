from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from index.article import Article
from index.sources.web.seen import PageStore, SeenPage

FEED = "https://news.example/feed"
ARTICLES = {
    url: Article(url, "Un titre", f"Le texte de {url}.", None, "fr", "News", url)
    for url in ("https://news.example/a", "https://news.example/b")
}
PAGES = {
    FEED: SeenPage(FEED, etag='"1"', modified="Wed, 12 Mar 2025 10:00:00 GMT", checked=5.0),
    **{url: SeenPage(url, etag='"2"', article_id=url, checked=5.0, listed_by=FEED) for url in ARTICLES},
}
A, B = ARTICLES


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pages.sqlite"


@pytest.fixture
def store(path: Path) -> PageStore:
    made = PageStore(path)
    made.replace("feed", PAGES, ARTICLES)
    return made


def test_pages_come_back_as_they_were_by_source(store: PageStore) -> None:
    assert store.known("feed", ARTICLES) == PAGES
    assert store.known("other", ARTICLES) == {}


def test_pages_take_the_place_of_those_before_of_their_source_only(store: PageStore) -> None:
    store.replace("other", {A: PAGES[A]}, ARTICLES)
    store.replace("feed", {B: PAGES[B]}, ARTICLES)
    assert store.known("feed", ARTICLES) == {B: PAGES[B]}
    assert store.known("other", ARTICLES) == {A: PAGES[A]}


@pytest.mark.parametrize("articles", [{A: ARTICLES[A]}, {**ARTICLES, B: replace(ARTICLES[B], text="Un autre.")}])
def test_page_whose_article_the_index_lacks_is_asked_anew_and_so_is_its_feed(
    store: PageStore, articles: dict[str, Article]
) -> None:
    """A feed that is "not modified" would never list the article again that the index lacks."""
    assert store.known("feed", articles) == {FEED: replace(PAGES[FEED], etag="", modified=""), A: PAGES[A]}


def test_store_that_is_not_there_knows_nothing_and_is_not_made_by_looking(path: Path) -> None:
    assert PageStore(path).known("feed", ARTICLES) == {}
    assert not path.exists()


HARMS: list[Callable[[bytes], bytes]] = [
    lambda _: b"not a database, by any means" * 40,
    lambda data: data[: len(data) // 2],
    lambda data: data[:100] + b"\xff" * 3996 + data[4096:],
    lambda data: data[:4096] + b"\xff" * (len(data) - 4096),
]


@pytest.mark.parametrize("harm", HARMS)
def test_damaged_store_knows_nothing_and_is_made_anew(
    store: PageStore, path: Path, harm: Callable[[bytes], bytes]
) -> None:
    path.write_bytes(harm(path.read_bytes()))
    assert store.known("feed", ARTICLES) == {}
    store.replace("feed", PAGES, ARTICLES)
    assert store.known("feed", ARTICLES) == PAGES


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE pages SET page = replace(page, 'feed', 'fled') WHERE address LIKE '%/a'",
        "UPDATE pages SET page = 'no json' WHERE address LIKE '%/a'",
        "UPDATE pages SET page = '[]' WHERE address LIKE '%/a'",
        "UPDATE pages SET page = '{\"uri\": \"x\"}' WHERE address LIKE '%/a'",
        "UPDATE pages SET article = 'x' WHERE address LIKE '%/a'",
        "UPDATE pages SET page = x'00ff' WHERE address LIKE '%/a'",
    ],
)
def test_page_that_is_not_as_it_was_written_is_asked_anew(store: PageStore, path: Path, change: str) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(change)
    assert store.known("feed", ARTICLES) == {FEED: replace(PAGES[FEED], etag="", modified=""), B: PAGES[B]}


def test_byte_flipped_anywhere_makes_no_page_another(store: PageStore, path: Path) -> None:
    whole = path.read_bytes()
    for at in range(0, len(whole), 97):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        for address, page in store.known("feed", ARTICLES).items():
            assert page in (PAGES.get(address), replace(PAGES[FEED], etag="", modified=""))
