from __future__ import annotations

from datetime import date

import pytest

from index.reading.content import ArticleError
from index.sources.web.feeds import FeedEntry
from index.sources.web.fetching import Fetched
from index.sources.web.page import canonical_address, read_entry, read_webpage

URL = "https://www.news.example/2025/03/chat?utm_source=rss"
TEXT = (
    "<article><p>Le chat de la voisine dort sur le toit depuis trois jours déjà.</p>"
    "<p>Les pompiers de la ville sont venus le chercher mercredi matin.</p></article>"
)


def page(head: str = "", body: str = TEXT) -> Fetched:
    return Fetched(
        URL, f'<!DOCTYPE html><html lang="fr"><head>{head}</head><body>{body}</body></html>'.encode(), ".html"
    )


def test_a_page_says_what_it_is_and_the_feed_fills_in_nothing() -> None:
    head = (
        "<title>Le chat</title><link rel='canonical' href='/2025/03/chat'>"
        "<meta property='og:site_name' content='Le Journal'>"
        "<meta property='article:published_time' content='2025-03-12T08:00:00+01:00'>"
    )
    article = read_webpage(page(head), FeedEntry(URL, "Un titre du flux", date(2024, 1, 1)))
    assert article.id == article.url == "https://www.news.example/2025/03/chat"
    assert (article.title, article.source, article.published) == ("Le chat", "Le Journal", date(2025, 3, 12))
    assert "dort sur le toit" in article.text
    assert article.language == "fr"


def test_the_feed_fills_in_the_title_and_the_day_that_a_page_does_not_say() -> None:
    article = read_webpage(page(), FeedEntry(URL, "Un titre du flux", date(2024, 1, 1)))
    assert (article.title, article.published) == ("Un titre du flux", date(2024, 1, 1))
    assert article.source == "news.example"
    assert article.id == "https://www.news.example/2025/03/chat"


@pytest.mark.parametrize(
    ("head", "body", "day"),
    [
        ("<meta property='article:published_time' content='2025-03-12'>", TEXT, date(2025, 3, 12)),
        ("", f"<h1>Le chat</h1><div>12 mars 2025</div>{TEXT}", date(2025, 3, 14)),
        ("<link rel='canonical' href='/2025/03/12/chat'>", TEXT, date(2025, 3, 14)),
    ],
)
def test_the_feed_s_day_beats_one_that_the_page_only_shows(head: str, body: str, day: date) -> None:
    assert read_webpage(page(head, body), FeedEntry(URL, "Le chat", date(2025, 3, 14))).published == day


def test_the_address_tells_the_day_where_nothing_else_does() -> None:
    fetched = Fetched("https://www.news.example/2025/03/12/chat", page().data, ".html")
    assert read_webpage(fetched, FeedEntry(URL)).published == date(2025, 3, 12)


def test_a_page_that_holds_far_less_than_the_feed_is_no_article() -> None:
    asks = page(body="<p>Un instant, nous vérifions votre navigateur.</p>")
    with pytest.raises(ArticleError, match=r"\d+ characters where the feed has \d+, the article wanted"):
        read_webpage(asks, FeedEntry(URL, "Le chat", text=3 * TEXT))
    assert read_webpage(page(), FeedEntry(URL, "Le chat", text=TEXT)).text


def test_the_day_of_fetching_is_never_the_day_of_an_article() -> None:
    assert read_webpage(page("<title>Le chat</title>"), FeedEntry(URL)).published is None


@pytest.mark.parametrize(
    ("claimed", "canonical"),
    [
        ("https://www.news.example/a", "https://www.news.example/a"),
        ("/a?id=7&fbclid=1#x", "https://www.news.example/a?id=7"),
        ("https://news.example/a", "https://news.example/a"),
        ("https://amp.news.example/a", "https://amp.news.example/a"),
        ("https://other.example/a", "https://www.news.example/2025/03/chat"),
        ("https://evil.news.example/a", "https://www.news.example/2025/03/chat"),
        ("https://www.news.example/", "https://www.news.example/2025/03/chat"),  # the template's, on every page
        ("javascript:void(0)", "https://www.news.example/2025/03/chat"),
        ("https://u:p@www.news.example/a", "https://www.news.example/2025/03/chat"),
        ("http://[", "https://www.news.example/2025/03/chat"),
    ],
)
def test_a_canonical_address_counts_on_its_own_site(claimed: str, canonical: str) -> None:
    assert canonical_address(URL, (claimed,)) == canonical
    assert read_webpage(page(f"<link rel=canonical href='{claimed}'>"), FeedEntry(URL)).id == canonical
    assert read_webpage(page(f"<meta property=og:url content='{claimed}'>"), FeedEntry(URL)).id == canonical


def test_a_front_page_is_its_own_address() -> None:
    assert canonical_address("https://news.example/?utm_source=x", ("/",)) == "https://news.example/"


def test_the_canonical_link_goes_before_the_one_for_social_networks() -> None:
    head = "<meta property='og:url' content='/b'><link rel='CANONICAL nofollow' href='/a'>"
    assert read_webpage(page(head), FeedEntry(URL)).id == "https://www.news.example/a"


def test_the_name_of_a_site_is_read_in_utf_8_that_nothing_declares() -> None:
    assert read_webpage(page("<meta property='og:site_name' content='L’Écho'>"), FeedEntry(URL)).source == "L’Écho"


@pytest.mark.parametrize("data", [b"", b"\0\xff\0", b"<!-- -->", b"<html></html>", b"<" * 1_000_000])
def test_a_page_without_an_article_is_one_clear_line(data: bytes) -> None:
    with pytest.raises(ArticleError, match="wanted"):
        read_webpage(Fetched(URL, data, ".html"), FeedEntry(URL))


def test_a_page_of_plain_text_takes_its_title_from_the_feed() -> None:
    article = read_webpage(Fetched(URL, b"Le chat dort.\n\nLe chien veille.", ".txt"), FeedEntry(URL, "Titre"))
    assert (article.title, article.id) == ("Titre", "https://www.news.example/2025/03/chat")


def test_an_entry_is_an_article_of_its_own_where_the_page_cannot_be_read() -> None:
    text = "<p>Le chat dort\nsur le <b>toit</b>.</p><script>alert(1)</script>Il y est<br>bien &amp; <a>reste</a>.<p>"
    article = read_entry("https://www.news.example/a", FeedEntry(URL, "A & B <i>", date(2025, 3, 12), text))
    assert (article.title, article.published, article.source) == ("A & B <i>", date(2025, 3, 12), "news.example")
    assert article.text == "Le chat dort sur le toit.\nIl y est\nbien & reste."
    assert article.url == article.id == "https://www.news.example/a"


def test_an_entry_without_text_is_no_article() -> None:
    with pytest.raises(ArticleError, match="no text in the feed either"):
        read_entry("https://www.news.example/a", FeedEntry(URL, "Titre"))
