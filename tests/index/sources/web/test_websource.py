from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from index import ArticlebotError
from index.sources.folder import SourceError
from index.sources.names import is_web_address
from index.sources.web.fetching import Fetcher
from index.sources.web.seen import SeenPage
from index.sources.web.source import WebReading, read_web_source

if TYPE_CHECKING:
    from tests.index.sources.web.conftest import Answers, Behaviour, Web

FEED = "http://news.example/feed"
HOUR = 3_600.0
Read = Callable[..., WebReading]


def article(name: str, *, head: str = "", text: str = "dort sur le toit") -> str:
    return (
        f"<!DOCTYPE html><html lang='fr'><head><title>{name}</title>{head}</head><body><article>"
        f"<p>Le chat {name} de la voisine {text} depuis trois jours déjà, dit la mairie.</p></article></body></html>"
    )


def canonical(path: str) -> str:
    return f"<link rel='canonical' href='http://news.example{path}'>"


def item(name: str, *, host: str = "news.example", day: int = 12, text: str = "") -> str:
    return (
        f"<item><title>{name}</title><link>http://{host}/{name}</link>"
        f"<pubDate>Wed, {day} Mar 2025 10:00:00 GMT</pubDate><description>{text}</description></item>"
    )


def rss(*items: str) -> str:
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>N</title>{"".join(items)}</channel></rss>'


def url(name: str) -> str:
    return f"http://news.example/{name}"


def ids(reading: WebReading) -> list[str]:
    return [article.id for article in reading.articles]


@pytest.fixture
def read(new_fetcher: Callable[..., Fetcher]) -> Read:
    """Reads a source in a run of its own: (source, what is known, seconds since the first run, options)."""

    def run(
        source: str | Path,
        known: dict[str, SeenPage] | None = None,
        after_s: float = 0.0,
        **options: Any,  # noqa: ANN401  those of read_web_source
    ) -> WebReading:
        return read_web_source(source, known or {}, new_fetcher(), now=lambda: 1_000_000.0 + after_s, **options)

    return run


@pytest.fixture
def feed_reply(answers: Answers) -> Callable[..., Behaviour]:
    return lambda *items, **headers: answers.reply(rss(*items), kind="application/rss+xml", **headers)


# One page ---------------------------------------------------------------------------------------------------


def test_one_page_is_a_source(web: Web, answers: Answers, read: Read) -> None:
    web.serve("/a?utm_source=x", answers.reply(article("a")))
    web.serve("/a", answers.reply(article("a"), etag='"1"'))
    reading = read("HTTP://news.example:80/a?utm_source=x#top")
    assert ids(reading) == [url("a")]
    assert reading.listed == {url("a")}
    assert reading.pages == {url("a"): SeenPage(url("a"), '"1"', "", url("a"), 1_000_000.0, _digest(reading, url("a")))}
    assert web.paths() == ["/a"]  # once, though it had to be seen what it is


def _digest(reading: WebReading, key: str) -> str:
    return reading.pages[key].entry_digest


def test_a_page_is_kept_when_the_server_says_that_it_is_the_same(web: Web, answers: Answers, read: Read) -> None:
    web.serve("/a", answers.reply(article("a"), etag='"1"'), answers.reply("", 304, content_length=None))
    first = read(url("a"))
    second = read(url("a"), first.pages, after_s=5.0)
    assert (second.articles, second.kept, second.failed, second.listed) == ([], [url("a")], [], {url("a")})
    assert second.pages[url("a")] == replace(first.pages[url("a")], checked=1_000_005.0)


def test_a_page_with_a_new_etag_is_read_again(web: Web, answers: Answers, read: Read) -> None:
    web.serve("/a", answers.reply(article("a"), etag='"1"'), answers.reply(article("a", text="court"), etag='"2"'))
    first = read(url("a"))
    second = read(url("a"), first.pages)
    assert "court" in second.articles[0].text
    assert second.pages[url("a")].etag == '"2"'


def test_the_same_of_another_page_does_not_count(web: Web, answers: Answers, read: Read) -> None:
    """A redirect that leads elsewhere now, to a page that happens to have the same ETag."""
    web.serve("/a", answers.redirect("/b"), answers.redirect("/c"))
    web.serve("/b", answers.reply(article("b"), etag='"1"'))
    web.serve("/c", answers.reply("", 304, content_length=None), answers.reply(article("c"), etag='"1"'))
    first = read(url("a"))
    second = read(url("a"), first.pages)
    assert (ids(first), ids(second)) == ([url("b")], [url("c")])
    assert second.replaced == {url("b")}


@pytest.mark.parametrize("status", [404, 500])
def test_a_page_that_never_was_read_is_no_source(status: int, web: Web, answers: Answers, read: Read) -> None:
    web.serve("/a", answers.reply("", status))
    with pytest.raises(SourceError, match=rf"http://news\.example/a: answers {status}, .* wanted"):
        read(url("a"))


def test_a_page_without_text_is_no_source(web: Web, read: Read) -> None:
    web.serve("/a", "<!DOCTYPE html><html><body></body></html>")
    with pytest.raises(SourceError, match=r"http://news\.example/a: .* wanted"):
        read(url("a"))


@pytest.mark.parametrize("status", [500, 404])
def test_a_page_that_cannot_be_read_any_more_fails_and_is_tried_again(
    status: int, web: Web, answers: Answers, read: Read
) -> None:
    web.serve("/a", answers.reply(article("a"), etag='"1"'), answers.reply("", status), answers.reply("", status))
    first = read(url("a"))
    second = read(url("a"), first.pages)
    assert [failure.id for failure in second.failed] == [url("a")]
    assert f"answers {status}" in second.failed[0].reason
    assert (second.articles, second.kept) == ([], [])
    assert second.listed == (set() if status == 404 else {url("a")})  # what is gone goes with --prune
    assert second.pages[url("a")].etag == '"1"'
    asked = len(web.paths())
    read(url("a"), second.pages)
    assert len(web.paths()) > asked


def test_a_page_that_leads_to_the_front_page_now_is_gone(
    web: Web, answers: Answers, feed_reply: Callable[..., Behaviour], read: Read
) -> None:
    web.serve("/feed", feed_reply(item("a")))
    web.serve("/a", article("a"), answers.redirect("/"))
    web.serve("/", article("front"))
    second = read(FEED, read(FEED).pages, after_s=HOUR)
    assert (second.articles, second.listed, second.replaced) == ([], set(), set())
    assert "leads to the front page http://news.example/" in second.failed[0].reason


def test_a_front_page_that_is_asked_for_is_a_source(web: Web, read: Read) -> None:
    web.serve("/", article("front"))
    assert ids(read("http://news.example")) == ["http://news.example/"]


def test_xhtml_that_is_called_xml_is_a_page_in_every_run(web: Web, answers: Answers, read: Read) -> None:
    web.serve("/a", answers.reply(article("a"), kind="application/xml"))
    first = read(url("a"))
    assert ids(first) == ids(read(url("a"), first.pages)) == [url("a")]


# Feeds ------------------------------------------------------------------------------------------------------


def test_each_entry_of_a_feed_is_fetched_newest_first_up_to_the_limit(
    web: Web, feed_reply: Callable[..., Behaviour], read: Read
) -> None:
    web.serve("/feed", feed_reply(item("old", day=1), item("new", day=12), item("middle", day=5)))
    for name in ("old", "new", "middle"):
        web.serve(f"/{name}", article(name))
    reading = read(FEED, limit=2)
    assert web.paths() == ["/feed", "/new", "/middle"]
    assert ids(reading) == sorted([url("new"), url("middle")])
    assert reading.articles[0].published == date(2025, 3, 5)
    assert reading.pages[url("new")].listed_by == FEED


def test_nothing_is_asked_again_within_the_hour_but_the_feed(
    web: Web, feed_reply: Callable[..., Behaviour], read: Read
) -> None:
    web.serve("/feed", feed_reply(item("a"), item("b")))
    web.serve("/a", article("a"))
    web.serve("/b", article("b"))
    first = read(FEED)
    second = read(FEED, first.pages, after_s=HOUR - 1)
    assert web.paths()[3:] == ["/feed"]
    assert (second.kept, second.articles, second.listed) == ([url("a"), url("b")], [], {url("a"), url("b")})
    assert second.pages[url("a")] == first.pages[url("a")]
    read(FEED, second.pages, after_s=HOUR)
    assert web.paths()[4:] == ["/feed", "/a", "/b"]


def test_a_page_is_asked_again_at_once_where_its_entry_changed(
    web: Web, feed_reply: Callable[..., Behaviour], read: Read
) -> None:
    web.serve("/feed", feed_reply(item("a"), item("b")), feed_reply(item("a"), item("b", text="corrigé")))
    web.serve("/a", article("a"))
    web.serve("/b", article("b"), article("b", text="court"))
    second = read(FEED, read(FEED).pages, after_s=60.0)
    assert web.paths()[3:] == ["/feed", "/b"]
    assert (second.kept, ids(second)) == ([url("a")], [url("b")])


def test_an_unchanged_feed_is_not_sent_again_while_its_pages_are_fresh(
    web: Web, answers: Answers, feed_reply: Callable[..., Behaviour], read: Read
) -> None:
    same = answers.reply("", 304, content_length=None)
    web.serve("/feed", feed_reply(item("a"), etag='"f"'), same, feed_reply(item("a"), etag='"f"'))
    web.serve("/a", article("a"))
    first = read(FEED)
    second = read(FEED, first.pages, after_s=60.0)
    third = read(FEED, second.pages, after_s=HOUR)
    assert (second.kept, second.listed) == ([url("a")], {url("a")})
    assert [headers.get("if-none-match") for headers in web.headers("/feed")] == [None, '"f"', None]
    assert ids(third) == [url("a")]  # the page may have changed though the feed did not


def test_a_feed_is_sent_again_where_a_page_of_it_failed(
    web: Web, answers: Answers, feed_reply: Callable[..., Behaviour], read: Read
) -> None:
    web.serve("/feed", feed_reply(item("a"), item("b"), etag='"f"'))
    web.serve("/a", article("a"))
    web.serve("/b", answers.reply("", 404), article("b"))
    first = read(FEED)
    assert [(f.id, "answers 404" in f.reason) for f in first.failed] == [(url("b"), True)]
    assert first.listed == {url("a")}
    second = read(FEED, first.pages, after_s=60.0)
    assert (second.kept, ids(second), second.failed) == ([url("a")], [url("b")], [])


def test_what_left_the_feed_is_not_listed_any_more(web: Web, feed_reply: Callable[..., Behaviour], read: Read) -> None:
    web.serve("/feed", feed_reply(item("a")), feed_reply(item("b")))
    web.serve("/a", article("a"))
    web.serve("/b", article("b"))
    second = read(FEED, read(FEED).pages)
    assert (second.listed, second.kept, second.replaced) == ({url("b")}, [], set())


def test_what_is_beyond_the_limit_but_known_stays_listed(
    web: Web, feed_reply: Callable[..., Behaviour], read: Read
) -> None:
    web.serve("/feed", feed_reply(item("a", day=1)), feed_reply(item("a", day=1), item("b", day=2), item("c", day=3)))
    for name in "abc":
        web.serve(f"/{name}", article(name))
    second = read(FEED, read(FEED).pages, limit=1)
    assert (second.kept, ids(second), second.listed) == ([url("a")], [url("c")], {url("a"), url("c")})
    assert url("a") in second.pages


def test_a_page_that_cannot_be_read_is_replaced_by_the_entry_and_tried_again(
    web: Web, answers: Answers, feed_reply: Callable[..., Behaviour], read: Read
) -> None:
    web.serve("/feed", feed_reply(item("a", text="Le chat dort sur le toit de la mairie.")))
    web.serve("/a", answers.reply("", 403), article("a"))
    first = read(FEED)
    assert first.articles[0].text == "Le chat dort sur le toit de la mairie."
    assert first.articles[0].published == date(2025, 3, 12)
    assert first.failed == []
    assert first.notes == [
        f"{FEED}: 1 pages could not be read, the feed's own text is taken; "
        "the first: http://news.example/a: answers 403, 200 wanted; it refuses programs"
    ]
    second = read(FEED, first.pages, after_s=1.0)
    assert "de la voisine" in second.articles[0].text
    assert (second.notes, second.pages[url("a")].from_entry) == ([], False)


def test_a_page_that_was_read_once_is_never_replaced_by_its_entry(
    web: Web, answers: Answers, feed_reply: Callable[..., Behaviour], read: Read
) -> None:
    web.serve("/feed", feed_reply(item("a", text="Le chat dort sur le toit de la mairie.")))
    web.serve("/a", article("a"), answers.reply("", 404))
    second = read(FEED, read(FEED).pages, after_s=HOUR)
    assert (second.articles, [f.id for f in second.failed], second.listed) == ([], [url("a")], set())


def test_two_addresses_of_one_page_are_one_article_in_every_run(
    web: Web, answers: Answers, feed_reply: Callable[..., Behaviour], read: Read
) -> None:
    web.serve("/feed", feed_reply(item("amp", day=9), item("a", day=8)))
    same = answers.reply("", 304, content_length=None)
    web.serve("/amp", article("amp", head=canonical("/a")))
    web.serve("/a", answers.reply(article("a", head=canonical("/a")), etag='"1"'), same)
    first = read(FEED)
    assert [(a.id, a.title) for a in first.articles] == [(url("a"), "a")]
    second = read(FEED, first.pages, after_s=HOUR)  # the other one was sent again, and does not speak for the article
    assert (second.articles, second.kept, second.listed) == ([], [url("a")], {url("a")})


def test_one_address_written_in_three_ways_is_asked_once(
    web: Web, feed_reply: Callable[..., Behaviour], read: Read
) -> None:
    web.serve("/feed", feed_reply(item("a"), item("a?utm_source=x"), item("a#b"), item("a")))
    web.serve("/a", article("a"))
    assert ids(read(FEED)) == [url("a")]
    assert web.paths() == ["/feed", "/a"]


def test_an_article_whose_canonical_address_changed_replaces_the_one_before(
    web: Web, feed_reply: Callable[..., Behaviour], read: Read
) -> None:
    web.serve("/feed", feed_reply(item("a")))
    web.serve("/a", article("a"), article("a", head=canonical("/2025/a")))
    second = read(FEED, read(FEED).pages, after_s=HOUR)
    assert (ids(second), second.replaced, second.listed) == ([url("2025/a")], {url("a")}, {url("2025/a")})


def test_entries_that_lead_nowhere_fail_and_others_are_read(
    web: Web, feed_reply: Callable[..., Behaviour], read: Read
) -> None:
    wrong = "<item><title>no link</title></item>", "<item><title>ftp</title><link>ftp://old.example/a</link></item>"
    inside = item("a", host="intranet.example")
    web.serve("/feed", feed_reply(*wrong, inside, item("b")))
    web.serve("/b", article("b"))
    reading = read(FEED)
    assert ids(reading) == [url("b")]
    assert [failure.id for failure in reading.failed] == [
        "ftp://old.example/a",
        "http://intranet.example/a",
        "http://news.example/feed#no link",
    ]
    assert "10.1.2.3 (private)" in reading.failed[1].reason


def test_a_host_that_is_down_costs_a_few_attempts_and_not_one_for_each_entry(
    web: Web, answers: Answers, feed_reply: Callable[..., Behaviour], read: Read
) -> None:
    web.serve("/feed", feed_reply(*(item(f"p{number}", host="other.example") for number in range(20))))
    web.serve("/robots.txt", host="other.example")
    for number in range(20):
        web.serve(f"/p{number}", answers.reply("", 500), host="other.example")
    reading = read(FEED)
    assert len(reading.failed) == 20
    assert len(web.paths()) == 1 + 9


def test_hosts_take_turns_so_that_their_pauses_overlap(
    web: Web, feed_reply: Callable[..., Behaviour], read: Read
) -> None:
    here, there = [f"a{n}" for n in range(3)], [f"b{n}" for n in range(3)]
    web.serve("/feed", feed_reply(*map(item, here), *(item(name, host="other.example") for name in there)))
    for name in here:
        web.serve(f"/{name}", article(name))
    for name in there:
        web.serve(f"/{name}", article(name), host="other.example")
    assert len(read(FEED).articles) == 6
    assert web.paths()[1:] == ["/a0", "/b0", "/a1", "/b1", "/a2", "/b2"]


def test_progress_is_told_and_an_interrupted_run_can_be_started_again(
    web: Web, feed_reply: Callable[..., Behaviour], read: Read
) -> None:
    web.serve("/feed", feed_reply(item("a"), item("b")))
    web.serve("/a", article("a"))
    web.serve("/b", article("b"))
    told: list[tuple[str, int, int]] = []

    def interrupt(what: str, done: int, total: int) -> None:
        told.append((what, done, total))
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read(FEED, progress=interrupt)
    assert told == [(f"reading {FEED}", 0, 1), (f"fetching {url('a')}", 0, 2), (f"fetching {url('b')}", 1, 2)]
    assert len(read(FEED).articles) == 2


@pytest.mark.parametrize("kind", ["feed", "sitemap index", "OPML list"])
def test_a_page_in_the_place_of_a_feed_is_no_article(
    kind: str, web: Web, answers: Answers, feed_reply: Callable[..., Behaviour], read: Read
) -> None:
    listing = {"feed": rss(item("a")), "sitemap index": sitemap_index("1.xml"), "OPML list": opml(url("rss"))}[kind]
    web.serve("/feed", answers.reply(listing, kind="text/xml"), article("back soon"))
    web.serve("/1.xml", answers.reply(sitemap("a"), kind="text/xml"))
    web.serve("/rss", feed_reply(item("a")))
    web.serve("/a", article("a"))
    first = read(FEED)
    assert ids(first) == [url("a")]
    with pytest.raises(SourceError, match=r"news\.example/feed: a page, the feed that it was before wanted"):
        read(FEED, first.pages)


@pytest.mark.parametrize("wrong", ["500", "404", "picture", "unknown XML", "private"])
def test_a_source_that_cannot_be_read_is_one_clear_line(wrong: str, web: Web, answers: Answers, read: Read) -> None:
    behaviours = {
        "500": answers.reply("", 500),
        "404": answers.reply("", 404),
        "picture": answers.reply(b"GIF89a", kind="image/gif"),
        "unknown XML": answers.reply("<foo/>", kind="text/xml"),
        "private": answers.redirect("http://10.0.0.1/"),
    }
    web.serve("/feed", behaviours[wrong])
    with pytest.raises(SourceError, match=r"^http://news\.example/feed: .* wanted.*$") as caught:
        read(FEED)
    assert isinstance(caught.value, ArticlebotError)


# Sitemaps and lists of feeds --------------------------------------------------------------------------------


def sitemap(*names: str, day: int = 1) -> str:
    urls = "".join(f"<url><loc>{url(name)}</loc><lastmod>2025-03-{day:02}</lastmod></url>" for name in names)
    return f'<?xml version="1.0"?><urlset>{urls}</urlset>'


def sitemap_index(*names: str) -> str:
    inner = "".join(f"<sitemap><loc>{url(name)}</loc></sitemap>" for name in names)
    return f'<?xml version="1.0"?><sitemapindex>{inner}</sitemapindex>'


def opml(*addresses: str) -> str:
    outlines = "".join(f'<outline type="rss" xmlUrl="{address}"/>' for address in addresses)
    return f'<?xml version="1.0"?><opml version="2.0"><head/><body>{outlines}</body></opml>'


def test_a_sitemap_index_that_lists_itself_comes_to_an_end(web: Web, answers: Answers, read: Read) -> None:
    def xml(written: str) -> Behaviour:
        return answers.reply(written, kind="application/xml")

    web.serve("/index.xml", xml(sitemap_index("1.xml", "loop.xml", "index.xml", "dead.xml")))
    web.serve("/loop.xml", xml(sitemap_index("loop.xml", "1.xml", "2.xml")))
    web.serve("/1.xml", xml(sitemap("a", "b", day=1)))
    web.serve("/2.xml", answers.gzipped(sitemap("c", day=2).encode(), kind="application/x-gzip"))
    for name in "abc":
        web.serve(f"/{name}", article(name))
    reading = read(url("index.xml"), limit=2)
    assert web.paths() == ["/index.xml", "/1.xml", "/loop.xml", "/dead.xml", "/2.xml", "/c", "/a"]
    assert ids(reading) == [url("a"), url("c")]
    assert [a.published for a in reading.articles] == [None, None]
    assert [failure.id for failure in reading.failed] == [url("dead.xml")]


def test_a_sitemap_that_is_out_of_reach_takes_no_article_off_the_list(web: Web, answers: Answers, read: Read) -> None:
    web.serve("/index.xml", answers.reply(sitemap_index("1.xml", "2.xml"), kind="text/xml"))
    web.serve("/1.xml", answers.reply(sitemap("a"), kind="text/xml"))
    web.serve("/2.xml", answers.reply(sitemap("b"), kind="text/xml"), answers.reply("", 404))
    web.serve("/a", article("a"))
    web.serve("/b", article("b"))
    second = read(url("index.xml"), read(url("index.xml")).pages)
    assert second.listed == {url("a"), url("b")}


def test_at_most_20_sitemaps_are_read(web: Web, answers: Answers, read: Read) -> None:
    names = [f"{number}.xml" for number in range(30)]
    web.serve("/index.xml", answers.reply(sitemap_index(*names), kind="text/xml"))
    for name in names:
        web.serve(f"/{name}", answers.reply(sitemap("a"), kind="text/xml"))
    web.serve("/a", article("a"))
    reading = read(url("index.xml"))
    assert reading.notes == [f"{url('index.xml')}: 10 sitemaps were not read, at most 20 are a run"]


def test_an_opml_list_reads_its_feeds_and_names_the_dead_ones(
    web: Web, feed_reply: Callable[..., Behaviour], read: Read, tmp_path: Path
) -> None:
    web.serve("/feed", feed_reply(item("a")))
    web.serve("/feed", feed_reply(item("b", host="other.example")), host="other.example")
    web.serve("/page", article("page"))
    web.serve("/a", article("a"))
    web.serve("/b", article("b"), host="other.example")
    path = tmp_path / "feeds.opml"
    dead = "http://news.example/dead", "http://news.example/page", "file:///etc/passwd", "http://intranet.example/"
    path.write_text(opml(FEED, "http://other.example/feed", *dead), encoding="utf-8")
    reading = read(path)
    assert ids(reading) == [url("a"), "http://other.example/b"]
    assert [(f.id, f.reason.partition(",")[0]) for f in reading.failed] == [
        ("file:///etc/passwd", "an address of kind 'file:'"),
        ("http://intranet.example/", "its host is at 10.1.2.3 (private)"),
        ("http://news.example/dead", "answers 404"),
        ("http://news.example/page", "a page within an OPML list"),
    ]


def test_articles_of_a_feed_that_died_stay_as_they_were(
    web: Web, answers: Answers, feed_reply: Callable[..., Behaviour], read: Read
) -> None:
    web.serve("/list.opml", answers.reply(opml(FEED, "http://other.example/feed"), kind="text/x-opml"))
    web.serve("/feed", feed_reply(item("a")), answers.reply("", 500))
    web.serve("/feed", feed_reply(), host="other.example")
    web.serve("/a", article("a"))
    first = read(url("list.opml"))
    second = read(url("list.opml"), first.pages, after_s=HOUR)
    assert (second.kept, second.listed) == ([url("a")], {url("a")})
    assert [failure.id for failure in second.failed] == [FEED]
    assert second.pages[url("a")] == first.pages[url("a")]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (
            opml("http://news.example/dead"),
            r"1 feeds of which none could be read, one wanted; the first: http://news.*404",
        ),
        (opml(), "0 feeds of which none could be read"),
        ("<html><body><p>x</p></body></html>", "a page in a file, an OPML list or a feed wanted"),
        ("", "no XML that can be read"),
    ],
)
def test_a_file_that_is_no_list_of_feeds_is_one_clear_line(
    written: str, message: str, read: Read, tmp_path: Path
) -> None:
    path = tmp_path / "feeds.opml"
    path.write_text(written, encoding="utf-8")
    with pytest.raises(SourceError, match=message) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_a_file_that_is_not_there_is_one_clear_line(read: Read, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no such file or directory, an OPML list or a feed wanted; check the path"):
        read(tmp_path / "feeds.opml")


def test_addresses_are_told_from_paths() -> None:
    assert is_web_address("HTTPS://news.example")
    assert not is_web_address("news.example")
    assert not is_web_address("http/notes.md")
