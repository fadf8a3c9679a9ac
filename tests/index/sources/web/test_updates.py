"""Sources on the web in the index: what an update costs, keeps and drops; over a real server on loopback."""

from __future__ import annotations

import hashlib
import resource
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from index import ArticlebotError, IndexReport, build_index
from index.sources.web.fetching import Fetcher
from index.sources.web.seen import PageStore
from index.store.live import roll_back
from index.updating.build import forget_source
from index.updating.gather import Reading

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler

    from tests.index.conftest import Library
    from tests.index.sources.web.conftest import Answers, Behaviour, Web

HOST = "127.0.0.1"
LONG = "".join(
    f"<p>Le quai numéro {number} du port de Kerbrat accueille depuis mardi les voiliers venus du nord, a dit le maire. "
    f"Les pêcheurs du quai {number} gardent leurs places et leurs casiers jusqu'au printemps prochain.</p>"
    for number in range(12)
)


@dataclass
class Site:
    """A site of pages and feeds, and the index that reads them."""

    web: Web
    answers: Answers
    library: Library
    gone: set[str] = field(default_factory=set)

    def url(self, path: str) -> str:
        return f"http://{HOST}:{self.web.port}{path}"

    def page(self, name: str, *, head: str = "", text: str = "") -> str:
        """Serves a page as an honest server does; returns its address."""
        said = text or f"<p>Le chat {name} de la voisine dort sur le toit depuis trois jours déjà, dit la mairie.</p>"
        body = f"<!DOCTYPE html><html lang='fr'><head><title>{name}</title>{head}</head><body><article>{said}"
        return self._serve(f"/{name}", f"{body}</article></body></html>", "text/html; charset=utf-8")

    def feed(self, *names: str, path: str = "/feed") -> str:
        items = "".join(
            f"<item><title>{name}</title><link>{self.url(f'/{name}')}</link>"
            "<pubDate>Wed, 12 Mar 2025 10:00:00 GMT</pubDate></item>"
            for name in names
        )
        body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>N</title>{items}</channel></rss>'
        return self._serve(path, body, "application/rss+xml")

    def fail(self, path: str) -> None:
        self.web.serve(path, self.answers.reply("", 503), host=HOST)

    def update(self, *sources: str | Path, **options: Any) -> IndexReport:  # noqa: ANN401  those of build_index
        self.web.asked.clear()
        return build_index(list(sources), self.library.index, reading=Reading(allow_private=True), **options)

    def ids(self) -> list[str]:
        """Ids of the articles, addresses without the server."""
        return [article_id.removeprefix(self.url("/")) for article_id in self.library.texts()]

    def asked(self) -> list[str]:
        return self.web.paths()

    def _serve(self, path: str, body: str, kind: str) -> str:
        etag = f'"{hashlib.sha256(body.encode()).hexdigest()[:8]}"'
        whole = self.answers.reply(body, kind=kind, etag=etag)
        same = self.answers.reply("", 304, content_length=None, etag=etag)

        def answer(handler: BaseHTTPRequestHandler) -> None:
            (same if handler.headers["if-none-match"] == etag else whole)(handler)

        self.web.serve(path, answer, host=HOST)
        return self.url(path)


@pytest.fixture
def site(web: Web, answers: Answers, library: Library, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site whose pages a, b and c a feed lists; between two requests nobody has to wait."""
    monkeypatch.setattr("index.sources.web.fetching.Fetcher", partial(Fetcher, sleep=lambda _: None))
    made = Site(web, answers, library)
    for name in "abc":
        made.page(name)
    made.feed("a", "b", "c")
    return made


@pytest.fixture
def hour_later(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From now on no page was asked for just now."""
    return lambda: monkeypatch.setattr("index.sources.web.seen.FRESH_S", 0.0)


def _reply(answers: Answers, body: str, kind: str) -> Behaviour:
    return answers.reply(body, kind=kind)


def test_entries_of_a_feed_become_articles_with_its_dates(site: Site) -> None:
    report = site.update(site.url("/feed"))
    assert report.added == [site.url(f"/{name}") for name in "abc"]
    assert (report.embedded, report.passages, report.failed, report.notes) == (3, 3, [], [])
    text = site.library.texts()[site.url("/a")]
    assert text == "Le chat a de la voisine dort sur le toit depuis trois jours déjà, dit la mairie."


def test_feed_that_is_as_it_was_costs_one_request_and_no_embedding(site: Site) -> None:
    first = site.update(site.url("/feed"))
    report = site.update()
    assert site.asked() == ["/feed"]
    assert (report.generation, report.embedded, len(report.unchanged)) == (first.generation, 0, 3)


def test_pages_that_are_as_they_were_are_not_sent_again(site: Site, hour_later: Callable[[], None]) -> None:
    first = site.update(site.url("/feed"))
    hour_later()
    report = site.update()
    assert site.asked() == ["/feed", "/a", "/b", "/c"]
    assert all("if-none-match" in headers for path, headers in site.web.asked if path[-2:] in ("/a", "/b", "/c"))
    assert (report.generation, report.embedded, len(report.unchanged)) == (first.generation, 0, 3)


def test_edited_page_embeds_only_its_new_passages(site: Site, hour_later: Callable[[], None]) -> None:
    site.page("b", text=LONG)
    assert site.update(site.url("/feed")).embedded > 4
    hour_later()
    site.page("b", text=f"{LONG}<p>La dernière phrase de cette page du port est toute neuve, dit le maire.</p>")
    report = site.update()
    assert (report.changed, report.embedded) == ([site.url("/b")], 1)
    assert "toute neuve" in site.library.texts()[site.url("/b")]


def test_new_entry_embeds_only_itself(site: Site) -> None:
    site.update(site.url("/feed"))
    site.page("d")
    site.feed("d", "a", "b", "c")
    report = site.update()
    assert site.asked() == ["/feed", "/d"]
    assert (report.added, report.embedded, len(report.unchanged)) == ([site.url("/d")], 1, 3)


def test_what_a_feed_forgets_stays_and_goes_with_prune(site: Site) -> None:
    site.update(site.url("/feed"))
    site.feed("c")
    report = site.update()
    assert (report.removed, len(report.unchanged)) == ([], 3)
    report = site.update(prune=True)
    assert report.removed == [site.url("/a"), site.url("/b")]
    assert site.ids() == ["c"]


def test_page_that_fails_is_kept_listed_and_tried_again(site: Site, hour_later: Callable[[], None]) -> None:
    site.update(site.url("/feed"))
    hour_later()
    site.fail("/b")
    report = site.update()
    assert [(f.id, "answers 503" in f.reason) for f in report.failed] == [(site.url("/b"), True)]
    assert (report.removed, report.changed, site.ids()) == ([], [], ["a", "b", "c"])
    site.page("b", text="<p>La page est revenue avec un tout autre texte sur le chat de la voisine, dit-on.</p>")
    report = site.update()
    assert (report.failed, report.changed, report.embedded) == ([], [site.url("/b")], 1)


def test_dead_feed_beside_a_folder_stops_nobody(site: Site) -> None:
    site.update(site.url("/feed"), site.library.source)
    site.fail("/feed")
    site.library.write(c="# La vache\n\nLa vache regarde passer les trains.\n")
    report = site.update()
    assert report.added == ["news/c.md"]
    assert [(f.id, "answers 503" in f.reason) for f in report.failed] == [(site.url("/feed"), True)]
    assert len(report.unchanged) == 5
    site.feed("a", "b", "c")
    assert site.update().failed == []


def test_dead_feed_alone_is_an_error_that_changes_nothing(site: Site) -> None:
    first = site.update(site.url("/feed"))
    site.fail("/feed")
    with pytest.raises(ArticlebotError, match=r"/feed: answers 503, an answer wanted; run it again later"):
        site.update()
    assert site.library.generation.name == first.generation
    assert site.ids() == ["a", "b", "c"]


def test_dead_feed_at_the_first_run_leaves_no_index(site: Site) -> None:
    site.fail("/feed")
    with pytest.raises(ArticlebotError, match="answers 503"):
        site.update(site.url("/feed"))
    assert not (site.library.index / "CURRENT").exists()
    site.feed("a")
    assert site.update(site.url("/feed")).added == [site.url("/a")]


@pytest.mark.parametrize("first", ["/feed", "/other"])
def test_article_of_two_feeds_is_one_and_stays_until_both_forgot_it(
    site: Site, content: Callable[[Path], dict[str, Any]], first: str
) -> None:
    site.feed("b", "a", path="/other")
    second = "/other" if first == "/feed" else "/feed"
    site.update(site.url(first))
    report = site.update(site.url(second))
    assert len(report.added) + len(report.unchanged) == 3
    assert report.removed == []
    build_index(
        [site.url("/feed"), site.url("/other")],
        site.library.index.with_name("anew"),
        reading=Reading(allow_private=True),
    )
    assert content(site.library.index) == content(site.library.index.with_name("anew"))
    site.feed("c")
    assert site.update(site.url("/feed"), prune=True).removed == []
    assert site.ids() == ["a", "b", "c"]
    forget_source(site.url("/feed"), site.library.index)
    assert site.ids() == ["a", "b"]
    forget_source(site.url("/other"), site.library.index)
    assert site.ids() == []


def test_forgotten_feed_leaves_what_another_lists(site: Site) -> None:
    site.feed("a", path="/other")
    site.update(site.url("/feed"), site.url("/other"))
    forget_source(site.url("/feed"), site.library.index)
    assert site.ids() == ["a"]


def test_feed_that_was_forgotten_can_be_given_again(site: Site) -> None:
    site.update(site.url("/feed"), site.library.source)
    forget_source(site.url("/feed"), site.library.index)
    report = site.update(site.url("/feed"))
    assert (len(report.added), report.embedded) == (3, 0)


def test_page_that_moved_takes_its_article_along(site: Site, hour_later: Callable[[], None]) -> None:
    site.update(site.url("/feed"))
    hour_later()
    site.page("b", head=f"<link rel='canonical' href='{site.url('/moved')}'>")
    report = site.update()
    assert (report.added, report.removed, report.embedded) == ([site.url("/moved")], [site.url("/b")], 0)
    assert site.ids() == ["a", "c", "moved"]


@pytest.mark.parametrize("remembered", ["before", "nothing", "after the next"])
def test_writer_killed_before_it_remembered_the_pages_loses_nothing(site: Site, remembered: str) -> None:
    """The generation is published first, so the store may be behind it; after a rollback it is ahead."""
    site.update(site.url("/feed"))
    pages = site.library.index / "pages.sqlite"
    shutil.copy(pages, pages.with_name("kept"))
    site.page("d")
    site.feed("d", "a", "b", "c")
    site.update()
    if remembered == "before":
        pages.with_name("kept").replace(pages)
    elif remembered == "nothing":
        pages.unlink()
    else:
        roll_back(site.library.index)
        assert site.ids() == ["a", "b", "c"]
    report = site.update()
    assert (report.embedded, report.removed, report.failed) == (0, [], [])
    assert site.ids() == ["a", "b", "c", "d"]
    assert site.update().unchanged == [site.url(f"/{name}") for name in "abcd"]


def test_pages_that_cannot_be_remembered_are_a_note_and_the_index_is_up_to_date(site: Site) -> None:
    (site.library.index / "pages.sqlite").mkdir(parents=True)
    report = site.update(site.url("/feed"))
    assert len(report.added) == 3
    (note,) = report.notes
    assert "pages.sqlite: cannot be written" in note
    assert site.ids() == ["a", "b", "c"]


def test_full_disk_when_pages_are_remembered_is_a_note_and_costs_the_next_run_only_requests(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.update(site.url("/feed"))
    site.page("d")
    site.feed("d", "a", "b", "c")
    replace = PageStore.replace

    def without_room(*arguments: Any) -> None:  # noqa: ANN401  those of replace
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
        try:
            replace(*arguments)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    with monkeypatch.context() as starving:
        starving.setattr(PageStore, "replace", without_room)
        report = site.update()
    assert (report.added, report.embedded) == ([site.url("/d")], 1)
    (note,) = report.notes
    assert "pages.sqlite: cannot be written" in note
    assert "\n" not in note
    report = site.update()
    assert (report.embedded, report.notes, len(report.unchanged)) == (0, [], 4)
    assert not (site.library.index / "pages.sqlite-journal").exists()
    site.update()
    assert site.asked() == ["/feed"]


def test_sources_of_every_kind_come_from_one_list(site: Site, answers: Answers, tmp_path: Path) -> None:
    site.page("alone")
    site.page("mapped")
    urlset = f"<urlset><url><loc>{site.url('/mapped')}</loc></url></urlset>"
    site.web.serve("/sitemap.xml", _reply(answers, urlset, "application/xml"), host=HOST)
    outlines = f"<opml version='2.0'><body><outline xmlUrl='{site.url('/feed')}'/></body></opml>"
    (tmp_path / "feeds.opml").write_text(outlines)
    places = ("news", "feeds.opml", site.url("/sitemap.xml"), site.url("/alone"))
    (tmp_path / "sources.toml").write_text("".join(f'[[source]]\nat = "{at}"\n' for at in places))
    report = site.update(tmp_path / "sources.toml")
    assert (len(report.added), report.failed) == (7, [])
    assert site.ids() == ["a", "alone", "b", "c", "mapped", "news/a.md", "news/b.md"]
    assert site.update().embedded == 0


def test_same_text_under_two_addresses_is_one_set_of_passages(site: Site) -> None:
    site.page("b", text="<p>Le chat a de la voisine dort sur le toit depuis trois jours déjà, dit la mairie.</p>")
    report = site.update(site.url("/feed"))
    assert (len(report.added), report.passages) == (3, 2)
