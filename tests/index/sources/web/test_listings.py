from __future__ import annotations

import contextlib
import gzip
import io
import socket
from datetime import date
from typing import Any

import feedparser  # type: ignore[import-untyped]  # publishes no types
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree  # type: ignore[import-untyped]  # lxml publishes no types

from index import ArticlebotError
from index.sources.folder import make_article
from index.sources.web.feeds import TEXT_CHARACTERS, FeedEntry, FeedError, html_of, read_moment
from index.sources.web.listings import Listing, ListingKind, read_listing

ADDRESS = "http://news.example/feeds/rss"
BOMB = '<!DOCTYPE rss [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefghi", "bcdefghij", strict=True)
)


def rss(*items: str, head: str = '<?xml version="1.0"?>') -> str:
    return f'{head}<rss version="2.0"><channel><title>News</title>{"".join(items)}</channel></rss>'


def listed(written: str | bytes, suffix: str = ".xml") -> Listing:
    return read_listing(ADDRESS, written.encode() if isinstance(written, str) else written, suffix)


def entry(written: str | bytes) -> FeedEntry:
    (only,) = listed(written).entries
    return only


def test_rss_tells_address_title_day_and_text() -> None:
    assert entry(
        rss(
            "<item><title>Le &lt;i&gt;chat&lt;/i&gt; &amp;amp; le chien</title><link>/chat?a=1&amp;b=2</link>"
            "<pubDate>Wed, 12 Mar 2025 00:30:00 +0100</pubDate><author>x@example.org</author>"
            "<description>&lt;p&gt;Le chat dort.&lt;/p&gt;</description></item>"
        )
    ) == FeedEntry(
        "http://news.example/chat?a=1&b=2",
        "Le chat & le chien",
        date(2025, 3, 12),  # where it was written; in London it still is the 11th
        "<p>Le chat dort.</p>",
        1741735800.0,
    )


def test_atom_tells_the_same_with_its_own_base_and_its_longest_text() -> None:
    found = entry(
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="http://other.example/x/"><entry><title>T</title>'
        '<link rel="self" href="self"/><link href="a"/><published>2025-03-12T23:30:00-05:00</published>'
        "<updated>2025-06-01T00:00:00Z</updated><summary>Court.</summary>"
        '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Un long été.</p></div></content>'
        "</entry></feed>"
    )
    assert (found.url, found.published) == ("http://other.example/x/a", date(2025, 3, 12))
    assert "<p>Un long été.</p>" in found.text


def test_rss_1_is_read_with_its_dublin_core_date() -> None:
    found = entry(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><item rdf:about="http://a.example/1"><title>T</title>'
        "<link>http://a.example/1</link><dc:date>2025-03-12T10:00+01:00</dc:date></item></rdf:RDF>"
    )
    assert (found.url, found.published) == ("http://a.example/1", date(2025, 3, 12))


def test_a_json_feed_is_read() -> None:
    found = listed(
        '{"version": "https://jsonfeed.org/version/1.1", "items": [7, {"url": ["a"]},'
        '{"url": "/a", "title": "T \\ud800", "content_text": "a < b\\n\\nc",'
        '"date_published": "2025-03-12T10:00:00+01:00"}]}',
        ".json",
    )
    assert found.entries[1] == FeedEntry(
        "http://news.example/a", "T \ufffd", date(2025, 3, 12), "<p>a &lt; b</p><p>c</p>", 1741770000.0
    )
    assert found.entries[0].url == ""


@pytest.mark.parametrize(
    "written",
    ["{", '{"items": []}', '{"version": "https://jsonfeed.org/version/1", "items": 3}', "[1]", '{"a":' * 90_000],
)
def test_json_that_is_no_feed_is_one_clear_line(written: str) -> None:
    with pytest.raises(FeedError, match=r"^http://news\.example/feeds/rss: JSON that .*, a JSON Feed wanted; check"):
        listed(written, ".json")


def test_entries_come_newest_first_and_undated_ones_stay_with_their_neighbour() -> None:
    def item(name: str, day: str = "") -> str:
        return f"<item><link>/{name}</link>{f'<pubDate>{day}</pubDate>' if day else ''}</item>"

    found = listed(
        rss(
            item("first"),
            item("old", "Wed, 01 Jan 2025 00:00:00 GMT"),
            item("beside-old"),
            item("new", "2025-03-12"),
            item("beside-new", "last Tuesday"),
            item("epoch", "Thu, 01 Jan 1970 00:00:00 GMT"),
        )
    )
    names = [found.url.rpartition("/")[2] for found in found.entries]
    assert names == ["first", "new", "beside-new", "epoch", "old", "beside-old"]
    assert [e.published for e in found.entries[2:4]] == [None, None]  # never a day that the feed does not tell


@pytest.mark.parametrize(
    "written",
    [
        rss(
            "<item><title>R&D, été &eacute;t&eacute;&nbsp;</title><link>/a?x=1&y=2</link>"
            "<dc:date>2025-03-12</dc:date></item>"
        ),
        "\n \n"
        + rss("<item><title>R&amp;D, été été</title><link>/a?x=1&amp;y=2</link><pubDate>2025-03-12</pubDate></item>"),
        rss(
            "<item><title>R&D, été été</title><link>/a?x=1&y=2</link>"
            "<pubDate>2025-03-12</pubDate><foo:x a:b='1'/></item>"
        ),
        rss("<item><title>R&D, été été</title><link>/a?x=1&y=2</link><pubDate>2025-03-12</pubDate>").replace(
            "</channel></rss>", ""
        ),
    ],
    ids=["HTML entities and bare ampersands", "white space before", "undeclared prefixes", "cut off"],
)
def test_a_broken_feed_is_mended(written: str) -> None:
    found = entry(written)
    assert (found.url, found.title) == ("http://news.example/a?x=1&y=2", "R&D, été été")
    assert found.published == date(2025, 3, 12)


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "utf-16", "cp1252"])
def test_a_feed_is_read_in_the_encoding_that_it_declares(encoding: str) -> None:
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    assert entry(rss("<item><title>Été</title></item>", head=head).encode(encoding)).title == "Été"


def test_a_feed_in_cp1252_that_declares_nothing_is_read() -> None:
    assert entry(rss("<item><title>L’été</title></item>").encode("cp1252")).title == "L’été"


@pytest.mark.parametrize(
    "written",
    [
        BOMB + "]>" + rss("<item><title>&j;</title></item>", head=""),
        '<!DOCTYPE rss [<!ENTITY a "x">]>' + rss("<item><title>&a;</title></item>", head=""),
        '<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/hostname">]>' + rss("<item><title>&a;</title></item>", head=""),
        '<!DOCTYPE rss [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x.dtd"> %a;]>' + rss(head=""),
    ],
    ids=["bomb", "inner", "file", "network"],
)
def test_a_feed_with_entities_of_its_own_is_refused(written: str) -> None:
    with pytest.raises(FeedError, match=r"wanted; (leave it out|check the address)"):
        listed(written)


def test_nothing_of_a_feed_is_fetched_or_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a feed made the reader open a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    head = '<?xml-stylesheet href="http://127.0.0.1:9/x.xsl"?><!DOCTYPE rss SYSTEM "http://127.0.0.1:9/x.dtd">'
    assert entry(rss("<item><title>T</title></item>", head=head)).title == "T"
    assert listed("http://127.0.0.1:9/", ".txt").kind is ListingKind.PAGE  # feedparser would fetch it


def test_what_takes_feedparser_quadratic_time_never_reaches_it(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    parse = feedparser.parse

    def noted(data: io.BytesIO, **options: Any) -> Any:  # noqa: ANN401  feedparser publishes no types
        seen.append(data.getvalue())
        return parse(data, **options)

    monkeypatch.setattr(feedparser, "parse", noted)
    hostile = f"<author>a@{'a.' * 60_000}!</author><description>{'&lt;' * (TEXT_CHARACTERS + 1)}</description>"
    assert listed(rss(*(f"<item><link>/{i}</link>{hostile if not i else ''}</item>" for i in range(3_100)))).entries
    assert len(seen[0]) < 150_000
    assert seen[0].count(b"<item>") == 3_000
    assert etree.fromstring(seen[0]) is not None  # well-formed: its loose parser is not needed


def test_a_sitemap_tells_addresses_newest_first_and_days_only_of_news() -> None:
    found = listed(
        gzip.compress(
            b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
            b'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">'
            b"<url><loc> http://news.example/a </loc><lastmod>2025-03-12</lastmod></url><url><loc>http://news.example/b</loc>"
            b"<news:news><news:publication_date>2025-03-13T08:00:00+01:00</news:publication_date><news:title>T</news:title>"
            b"</news:news></url></urlset>"
        ),
        ".gz",
    )
    assert [(e.url, e.title, e.published) for e in found.entries] == [
        ("http://news.example/b", "T", date(2025, 3, 13)),
        ("http://news.example/a", "", None),  # lastmod is the day of a change
    ]


def test_a_sitemap_index_and_an_opml_list_tell_what_they_list() -> None:
    index = listed(
        "<sitemapindex><sitemap><loc>http://a.example/1.xml</loc><lastmod>2024-01-01</lastmod></sitemap>"
        "<sitemap><loc>http://a.example/2.xml</loc><lastmod>2025-01-01</lastmod></sitemap></sitemapindex>"
    )
    assert (index.kind, index.lists) == (
        ListingKind.SITEMAP_INDEX,
        ["http://a.example/2.xml", "http://a.example/1.xml"],
    )
    opml = listed(
        '<opml><body><outline text="folder"><outline xmlUrl="http://a.example/f"/></outline>'
        '<outline xmlUrl="http://a.example/f"/><outline xmlUrl="http://b.example/f"/></body></opml>'
    )
    assert (opml.kind, opml.lists) == (ListingKind.OPML, ["http://a.example/f", "http://b.example/f"])


@pytest.mark.parametrize(
    ("written", "suffix", "kind"),
    [
        ("<!DOCTYPE html><p>x", ".html", ListingKind.PAGE),
        ("<p>x</p>", ".html", ListingKind.PAGE),
        ('<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body/></html>', ".xml", ListingKind.PAGE),
        ("%PDF-1.4", ".pdf", ListingKind.PAGE),
        (rss(), ".html", ListingKind.FEED),
        (rss(), ".txt", ListingKind.FEED),
        ("<urlset/>", ".html", ListingKind.SITEMAP),
    ],
)
def test_what_an_address_holds_is_told_by_its_bytes(written: str, suffix: str, kind: ListingKind) -> None:
    assert listed(written, suffix).kind is kind


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("", "no XML that can be read"),
        ("plain words", "no XML that can be read"),
        ("<foo/>", "XML of kind <foo>, a page, feed, sitemap or OPML list wanted"),
        (b"\x1f\x8brest", "gzip that cannot be inflated"),
        (gzip.compress(bytes(50_000_000)), "more than 10,000,000 bytes"),
    ],
)
def test_what_lists_nothing_is_one_clear_line(written: str | bytes, message: str) -> None:
    with pytest.raises(FeedError) as caught:
        listed(written)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{ADDRESS}: ")
    assert issubclass(FeedError, ArticlebotError)


@given(st.text(alphabet="<>&;/\"'= abé\n!?[]-:" + "\0", max_size=80), st.sampled_from([".xml", ".html", ".json"]))
def test_any_text_is_a_listing_or_refused(text: str, suffix: str) -> None:
    for written in (text, f"<rss><channel><item>{text}</item></channel></rss>", f"<urlset><url>{text}</url></urlset>"):
        with contextlib.suppress(FeedError):
            assert isinstance(listed(written, suffix), Listing)


def test_plain_text_becomes_paragraphs() -> None:
    paragraphs = html_of("Le chat dort.\n\nLe chien & <b> veille.")
    page = f"<html><title>T</title><body>{paragraphs}</body></html>"
    assert make_article("a", page.encode(), ".html").text == "Le chat dort.\nLe chien & <b> veille."


@pytest.mark.parametrize("declared", ["utf-8", "UTF8"])
def test_a_feed_in_another_encoding_than_it_says_is_read_right(declared: str) -> None:
    written = rss("<item><title>L’été humide</title></item>", head=f'<?xml version="1.0" encoding="{declared}"?>')
    assert entry(written.encode("cp1252")).title == "L’été humide"


def test_a_bad_byte_of_a_feed_costs_its_character_alone() -> None:
    written = rss("<item><title>L’été humide</title></item>").encode().replace(b"humide", b"hum\xff ide")
    assert entry(written).title == "L’été hum\ufffd ide"


@pytest.mark.parametrize("written", ["mer., 12 mars 2025 08:00:00 +0100", "Mittwoch, 12. März 2025"])
def test_a_feed_s_day_in_words_of_any_language_is_read(written: str) -> None:
    assert read_moment(written) == (date(2025, 3, 12), 1741737600.0)
