"""A Fetcher against a real server that misbehaves; what it does in each case stands in the table MISBEHAVIOURS."""

from __future__ import annotations

import contextlib
import gzip
import random
import ssl
import zlib
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Any

import httpcore2
import pytest

from index import ArticlebotError
from index.reading.content import decode
from index.sources.web.addresses import FetchError
from index.sources.web.fetching import Fetched, Fetcher
from index.sources.web.responses import LISTINGS, PAGES

if TYPE_CHECKING:
    from tests.index.sources.web.conftest import Answers, Clock, Web

PAGE = "<!DOCTYPE html><html><body><p>L’été à Besançon.</p></body></html>"
URL = "http://news.example/a"
NewFetcher = Callable[..., Fetcher]
QUICK = {"attempts": 1, "step_s": 0.7, "total_s": 1.2}  # for servers that never come to an end

# What the server does in turn (the last for ever) -> what comes of it: the page, or words of the one line.
# `answers` is of Answers (conftest.py), the web is there for what ends only with the test.
MISBEHAVIOURS: dict[str, tuple[Callable[[Any, Any], list[Any]], str, dict[str, Any]]] = {
    "500 then good": (lambda a, _: [a.reply("", 500), PAGE], "", {}),
    "500 for ever": (lambda a, _: [a.reply("", 500)], "answers 500, an answer wanted; run it again later", {}),
    "503 with Retry-After": (lambda a, _: [a.reply("", 503, retry_after="7"), PAGE], "", {}),
    "503 until tomorrow": (lambda a, _: [a.reply("", 503, retry_after="86400")], "503 and asks to wait 86,400 s", {}),
    "429 then good": (lambda a, _: [a.reply("", 429), PAGE], "", {}),
    "cut before the status": (lambda a, _: [a.raw(b""), PAGE], "", {}),
    "cut within the headers": (lambda a, _: [a.raw(b"HTTP/1.1 200 OK\r\ncontent-ty"), PAGE], "", {}),
    "cut within the body": (
        lambda a, _: [a.reply(PAGE[:20], content_length="999", connection="close")],
        "no whole answer",
        {},
    ),
    "cut chunks": (
        lambda a, _: [
            a.raw(b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab")
        ],
        "no whole answer",
        {},
    ),
    "cut gzip": (
        lambda a, _: [a.reply(gzip.compress(PAGE.encode())[:-9], content_encoding="gzip")],
        "gzip that ends too early",
        {},
    ),
    "damaged gzip": (
        lambda a, _: [a.reply(b"\x1f\x8b" + b"x" * 50, content_encoding="gzip")],
        "gzip that cannot be inflated",
        {},
    ),
    "garbage for a status line": (lambda a, _: [a.raw(b"\x00\xff\r\n\r\n")], "no whole answer", {}),
    "Content-Length that is no number": (lambda a, _: [a.reply(PAGE, content_length="many")], "no whole answer", {}),
    "Content-Length too small": (lambda a, _: [a.reply(PAGE + "tail", content_length=str(len(PAGE.encode())))], "", {}),
    "two Content-Lengths": (
        lambda a, _: [a.raw(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab")],
        "no whole answer",
        {},
    ),
    "headers too large": (lambda a, _: [a.reply(PAGE, x_large="a" * 200_000)], "no whole answer", {}),
    "headers without end": (lambda a, w: [a.drip(w)], "not done after 1.2 s", {**QUICK, "step_s": 60}),
    "nothing at all": (lambda a, w: [a.hang(w)], "silent for 0.7 s", {**QUICK, "total_s": 60}),
    "a body without end": (lambda a, _: [a.endless], "more than 1,000 bytes", {"max_bytes": 1_000}),
    "a body said to be huge": (
        lambda a, _: [a.reply(PAGE, content_length="99999999")],
        "99,999,999 bytes, at most",
        {},
    ),
    "a gzip bomb": (lambda a, _: [a.gzipped(bytes(50_000_000))], "more than 10,000,000 bytes", {}),
    "a gzip of a gzip": (
        lambda a, _: [a.reply(gzip.compress(gzip.compress(b"x")), content_encoding="gzip, gzip")],
        "packed as 'gzip, gzip'",
        {},
    ),
    "a packing not asked for": (
        lambda a, _: [a.reply(zlib.compress(b"x"), content_encoding="br")],
        "packed as 'br'",
        {},
    ),
    "a picture": (lambda a, _: [a.reply(b"GIF89a", kind="image/gif")], "of kind 'image/gif', a page", {}),
    "no kind, but a page": (lambda a, _: [a.reply(PAGE, kind=None)], "", {}),
    "no kind and no page": (lambda a, _: [a.reply(b"GIF89a", kind=None)], "of no kind that it names or shows", {}),
    "redirects without end": (lambda a, _: [a.redirect("/a?again")], "404", {}),
    "a redirect to itself": (lambda a, _: [a.redirect("/a")], "more than 5 redirects", {}),
    "a redirect to a file": (
        lambda a, _: [a.redirect("file:///etc/passwd")],
        "leads to file:///etc/passwd: an address of kind",
        {},
    ),
    "a redirect to loopback": (
        lambda a, _: [a.redirect("http://127.0.0.1/")],
        "leads to http://127.0.0.1/: its host is at 127.0.0.1 (loopback)",
        {},
    ),
    "a redirect into a network": (
        lambda a, _: [a.redirect("http://intranet.example/")],
        "10.1.2.3 (private), a public address wanted",
        {},
    ),
    "a redirect with a password": (lambda a, _: [a.redirect("http://u:p@other.example/")], "a name or password", {}),
    "a redirect to nothing": (lambda a, _: [a.redirect("http://[::1/")], "which cannot be read", {}),
    "a redirect without a target": (lambda a, _: [a.reply("", 302)], "answers 302, 200 wanted", {}),
    "304 that nobody asked for": (lambda a, _: [a.reply("", 304, content_length=None)], "answers 304, 200 wanted", {}),
    "204": (lambda a, _: [a.reply("", 204, content_length=None)], "answers 204, 200 wanted", {}),
    "404": (lambda a, _: [a.reply("", 404)], "answers 404, 200 wanted; correct the address", {}),
    "403": (lambda a, _: [a.reply("", 403)], "answers 403, 200 wanted; it refuses programs", {}),
    "101": (
        lambda a, _: [a.raw(b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n")],
        "no whole answer",
        {},
    ),
}


def test_the_server_misbehaves_in_at_least_20_ways() -> None:
    assert len(MISBEHAVIOURS) >= 20


@pytest.mark.parametrize("name", MISBEHAVIOURS)
def test_whatever_a_server_does_a_page_comes_or_one_clear_line(
    name: str, web: Web, answers: Answers, new_fetcher: NewFetcher
) -> None:
    made, expected, limits = MISBEHAVIOURS[name]
    web.serve("/a", *made(answers, web))
    fetcher = new_fetcher(**limits)
    if not expected:
        assert decode(fetcher.fetch(URL).data) == PAGE
        return
    with pytest.raises(FetchError) as caught:
        fetcher.fetch(URL)
    assert expected in str(caught.value)
    assert str(caught.value).startswith(URL)
    assert "wanted" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("seed", range(5))
def test_any_bytes_for_an_answer_are_a_page_or_one_clear_line(
    seed: int, web: Web, answers: Answers, new_fetcher: NewFetcher
) -> None:
    chance = random.Random(seed)  # noqa: S311  no secret
    packed = gzip.compress(PAGE.encode())
    head = f"HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\nlocation: /b\r\ncontent-length: {len(packed)}"
    whole = head.encode() + b"\r\ncontent-encoding: gzip\r\nretry-after: 1\r\n\r\n" + packed
    fetcher = new_fetcher(attempts=1, step_s=1.0)
    for case in range(40):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(data))
            piece = chance.choice([b"", b"\r\n", b"\0", b"301", bytes([chance.randrange(256)]), data[at : at + 30]])
            data[at : at + chance.choice([0, 1, 5, 40])] = piece
        web.serve(f"/{seed}-{case}", answers.raw(bytes(data)), host=f"h{case}.example")
        with contextlib.suppress(FetchError):
            assert isinstance(fetcher.fetch(f"http://h{case}.example/{seed}-{case}"), Fetched)


def test_the_connection_is_good_for_the_next_page_after_each_misbehaviour(
    web: Web, answers: Answers, fetcher: Fetcher
) -> None:
    web.serve("/b", PAGE)
    for wrong in (answers.reply("", 404), answers.reply(PAGE + "tail", content_length="9"), answers.raw(b"rubbish")):
        web.serve("/a", wrong)
        with contextlib.suppress(FetchError):
            fetcher.fetch(URL)
        assert decode(fetcher.fetch("http://news.example/b").data) == PAGE


# Addresses --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("http://intranet.example/", "10.1.2.3 (private)"),
        ("http://rebinding.example/", "127.0.0.1 (loopback)"),
        ("http://local.example/", "::ffff:127.0.0.1 (loopback)"),
        ("http://nat64.example/", "64:ff9b::7f00:1 (loopback)"),
        ("http://metadata.example/", "169.254.169.254 (link-local)"),
        ("http://127.0.0.1/", "127.0.0.1 (loopback)"),
        ("http://[::1]/", "::1 (loopback)"),
        ("http://0.0.0.0/", "0.0.0.0 (unspecified)"),
    ],
)
def test_a_host_that_is_not_public_is_never_connected_to(
    address: str, found: str, web: Web, clock: Clock, fetcher: Fetcher
) -> None:
    with pytest.raises(FetchError) as caught:
        fetcher.fetch(address)
    assert str(caught.value) == f"{address}: its host is at {found}, a public address wanted; name another"
    assert web.connected == []
    assert clock.slept == []  # asking again would not help


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "localhost"])
def test_loopback_in_other_words_is_found_by_the_systems_resolver(host: str) -> None:
    with closing(Fetcher()) as fetcher, pytest.raises(FetchError, match=r"\(loopback\), a public address wanted"):
        fetcher.fetch(f"http://{host}:9/")


def test_a_name_that_turns_to_loopback_after_a_check_is_refused_when_connecting(
    web: Web, answers: Answers, clock: Clock, sockets: httpcore2.NetworkBackend
) -> None:
    given = iter([["93.184.216.34"], ["127.0.0.1"]])
    web.serve("/robots.txt", answers.reply("", connection="close"))
    with (
        closing(Fetcher(resolve=lambda *_: next(given), sockets=sockets, clock=clock, sleep=clock.sleep)) as fetcher,
        pytest.raises(FetchError, match=r"127\.0\.0\.1 \(loopback\)"),
    ):
        fetcher.fetch(URL)
    assert web.connected == ["93.184.216.34"]  # the address that was checked, not the name once more


def test_loopback_is_asked_where_a_setting_allows_it_but_link_local_never(web: Web, new_fetcher: NewFetcher) -> None:
    web.serve("/a", PAGE, host="127.0.0.1")
    fetcher = new_fetcher(allow_private=True)
    assert decode(fetcher.fetch(f"http://127.0.0.1:{web.port}/a").data) == PAGE
    with pytest.raises(FetchError, match="link-local"):
        fetcher.fetch("http://metadata.example/latest/meta-data/")


def test_an_unknown_host_and_a_closed_port_are_one_clear_line(clock: Clock) -> None:
    def unknown(host: str, _: int) -> list[str]:
        raise OSError(-2, f"Name or service not known: {host}")

    lost = Fetcher(resolve=unknown, clock=clock, sleep=clock.sleep)
    with closing(lost), pytest.raises(FetchError) as caught:
        lost.fetch(URL)
    assert "no address of news.example is known" in str(caught.value)
    refused = Fetcher(allow_private=True, clock=clock, sleep=clock.sleep)
    with closing(refused), pytest.raises(FetchError) as caught:
        refused.fetch("http://127.0.0.1:1/")
    assert "refused" in str(caught.value)


def test_tls_asks_for_the_name_and_not_for_the_checked_address(web: Web, new_fetcher: NewFetcher) -> None:
    names = []

    class Stream(httpcore2.NetworkStream):
        def start_tls(
            self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
        ) -> httpcore2.NetworkStream:
            names.append((server_hostname, ssl_context.check_hostname, ssl_context.verify_mode, timeout is not None))
            raise httpcore2.ConnectError("no TLS here")

    class Sockets(httpcore2.NetworkBackend):
        def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore2.NetworkStream:  # noqa: ANN401  as it is called
            web.connected.append(f"{host} {port}")
            return Stream()

    fetcher = new_fetcher(sockets=Sockets(), attempts=1)
    with pytest.raises(FetchError, match="no TLS here"):
        fetcher.fetch("https://news.example/a")
    assert set(web.connected) == {"93.184.216.34 443"}
    assert set(names) == {("news.example", True, ssl.CERT_REQUIRED, True)}


# Robots and pace --------------------------------------------------------------------------------------------


def test_robots_txt_is_read_once_a_host_and_kept_to(web: Web, fetcher: Fetcher) -> None:
    web.serve("/robots.txt", "User-agent: *\nDisallow: /private\n\nUser-agent: articlebot\nDisallow: /a$\nAllow: /\n")
    web.serve("/b", PAGE)
    for _ in range(2):
        with pytest.raises(FetchError, match=r"news\.example/a: forbidden by the robots\.txt of http://news\.example"):
            fetcher.fetch(URL)
    fetcher.fetch("http://news.example/b")
    assert web.paths(robots=True) == ["/robots.txt", "/b"]
    assert web.headers("/b")[0]["user-agent"].startswith("articlebot/")


@pytest.mark.parametrize("status", [404, 403, 410])
def test_no_robots_txt_allows_everything(status: int, web: Web, answers: Answers, fetcher: Fetcher) -> None:
    web.serve("/robots.txt", answers.reply("User-agent: *\nDisallow: /", status))
    web.serve("/a", PAGE)
    assert decode(fetcher.fetch(URL).data) == PAGE


@pytest.mark.parametrize("wrong", ["500", "429", "hang", "cut", "loopback", "itself"])
def test_a_robots_txt_that_cannot_be_had_allows_nothing(
    wrong: str, web: Web, answers: Answers, new_fetcher: NewFetcher
) -> None:
    behaviours = {
        "500": answers.reply("", 500),
        "429": answers.reply("", 429),
        "hang": answers.hang(web),
        "cut": answers.raw(b""),
        "loopback": answers.redirect("http://127.0.0.1/"),
        "itself": answers.redirect("/robots.txt"),
    }
    web.serve("/robots.txt", behaviours[wrong])
    web.serve("/a", PAGE)
    fetcher = new_fetcher(**QUICK)
    for _ in range(2):
        with pytest.raises(
            FetchError, match=r"news\.example/a: the robots\.txt of http://news\.example cannot be read \("
        ):
            fetcher.fetch(URL)
    assert web.paths() == []


def test_a_robots_txt_elsewhere_counts_after_its_redirect(web: Web, answers: Answers, fetcher: Fetcher) -> None:
    web.serve("/robots.txt", answers.redirect("http://other.example/robots.txt"))
    web.serve("/robots.txt", "User-agent: *\nDisallow: /", host="other.example")
    with pytest.raises(FetchError, match="forbidden"):
        fetcher.fetch(URL)


def test_the_target_of_a_redirect_has_rules_of_its_own(web: Web, answers: Answers, fetcher: Fetcher) -> None:
    web.serve("/a", answers.redirect("http://other.example/a"))
    web.serve("/robots.txt", "User-agent: *\nDisallow: /", host="other.example")
    with pytest.raises(FetchError, match=r"forbidden by the robots.txt of http://other.example"):
        fetcher.fetch(URL)


def test_a_hostile_robots_txt_costs_no_time(web: Web, fetcher: Fetcher) -> None:
    web.serve("/robots.txt", "User-agent: *\nDisallow: /" + "*a" * 5_000 + "*b\n" + "Disallow: /x\n" * 50_000)
    web.serve("/" + "a" * 1_000, PAGE)
    assert decode(fetcher.fetch("http://news.example/" + "a" * 1_000).data) == PAGE


@pytest.mark.parametrize(("robots", "pace"), [("", 1.0), ("Crawl-delay: 4", 4.0), ("Crawl-delay: 900", 10.0)])
def test_a_host_is_given_a_pause_between_two_requests_and_others_are_not_kept_waiting(
    robots: str, pace: float, web: Web, clock: Clock, fetcher: Fetcher
) -> None:
    web.serve("/robots.txt", f"User-agent: *\n{robots}\n")
    for path in ("/a", "/b"):
        web.serve(path, PAGE)
        web.serve(path, PAGE, host="other.example")
    fetcher.fetch(URL)
    assert sum(clock.slept) == pace  # after robots.txt
    clock.slept.clear()
    fetcher.fetch("http://other.example/a")
    assert sum(clock.slept) == 1.0
    clock.slept.clear()
    clock.now += pace / 2
    fetcher.fetch("http://news.example/b")
    assert sum(clock.slept) == pytest.approx(max(0.0, pace / 2 - 1.0))


# Asking again -----------------------------------------------------------------------------------------------


def test_each_attempt_waits_longer_or_as_long_as_the_server_asks(
    web: Web, answers: Answers, clock: Clock, fetcher: Fetcher
) -> None:
    until = b"date: Wed, 12 Mar 2025 10:00:00 GMT\r\nretry-after: Wed, 12 Mar 2025 10:00:30 GMT"
    busy = answers.raw(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n" + until + b"\r\n\r\n")
    web.serve("/a", answers.reply("", 502), busy, PAGE)
    fetcher.fetch(URL)
    assert clock.slept == [1.0, 1.0, 30.0]  # after robots.txt, after 502, after 503


@pytest.mark.parametrize("wait", ["soon", "-5", "Wed, 99 Mar 2025 10:00:30 GMT", "9" * 400, "\xb2"])
def test_a_wait_that_is_no_time_never_breaks_a_run(
    wait: str, web: Web, answers: Answers, clock: Clock, fetcher: Fetcher
) -> None:
    web.serve("/a", answers.reply("", 503, retry_after=wait))
    with pytest.raises(FetchError, match="answers 503"):
        fetcher.fetch(URL)
    assert sum(clock.slept) < 100


def test_a_page_that_is_not_there_is_asked_for_once(web: Web, answers: Answers, fetcher: Fetcher) -> None:
    web.serve("/a", answers.reply("", 410))
    with pytest.raises(FetchError) as caught:
        fetcher.fetch(URL)
    assert caught.value.is_gone
    assert web.paths() == ["/a"]


def test_a_host_that_fails_three_times_in_a_row_is_left_in_peace(web: Web, answers: Answers, fetcher: Fetcher) -> None:
    for path in "abcde":
        web.serve(f"/{path}", answers.reply("", 500))
    for path in "abcde":
        with pytest.raises(FetchError) as caught:
            fetcher.fetch(f"http://news.example/{path}")
    assert "http://news.example failed 3 times in a row (answers 500)" in str(caught.value)
    assert sorted(set(web.paths())) == ["/a", "/b", "/c"]
    assert len(web.paths()) == 9


# Conditions, kinds and charsets -----------------------------------------------------------------------------


def test_an_unchanged_page_is_not_sent_again(web: Web, answers: Answers, fetcher: Fetcher) -> None:
    web.serve(
        "/a",
        answers.reply(PAGE, etag='"1"', last_modified="Wed, 12 Mar 2025 10:00:00 GMT"),
        answers.reply("", 304, content_length=None, etag='"1"'),
        answers.reply(PAGE, etag='"2"'),
    )
    first = fetcher.fetch(URL)
    second = fetcher.fetch(URL, etag=first.etag, modified=first.modified)
    third = fetcher.fetch(URL, etag=second.etag, modified=second.modified)
    assert (second.unchanged, second.data) == (True, b"")
    assert (third.unchanged, third.etag, third.modified) == (False, '"2"', "")
    assert [(headers.get("if-none-match"), headers.get("if-modified-since")) for headers in web.headers("/a")] == [
        (None, None)
    ] + [('"1"', "Wed, 12 Mar 2025 10:00:00 GMT")] * 2


def test_a_remembered_validator_that_no_header_can_hold_is_not_sent(web: Web, fetcher: Fetcher) -> None:
    web.serve("/a", PAGE)
    fetcher.fetch(URL, etag='"é"', modified="x\r\nx-injected: 1")
    assert "if-none-match" not in web.headers("/a")[0]
    assert "if-modified-since" not in web.headers("/a")[0]


def test_redirects_are_followed_to_the_final_address(web: Web, answers: Answers, fetcher: Fetcher) -> None:
    web.serve("/a", answers.redirect("/b", 301))
    web.serve("/b", answers.redirect("//other.example/été?x=1#part", 308))
    web.serve("/%C3%A9t%C3%A9?x=1", PAGE, host="other.example")
    assert fetcher.fetch(URL).url == "http://other.example/%C3%A9t%C3%A9?x=1"


@pytest.mark.parametrize(
    ("kind", "suffix"),
    [
        ("text/html", ".html"),
        ("Text/HTML; charset=utf-8", ".html"),
        ("application/xhtml+xml", ".html"),
        ("application/pdf", ".pdf"),
        ("text/plain", ".txt"),
    ],
)
def test_the_kind_that_the_server_names_becomes_a_suffix(
    kind: str, suffix: str, web: Web, answers: Answers, fetcher: Fetcher
) -> None:
    web.serve("/a", answers.reply(b"%PDF-", kind=kind))
    assert fetcher.fetch(URL).suffix == suffix


def test_a_feed_is_no_page_but_taken_where_feeds_are_wanted(web: Web, answers: Answers, fetcher: Fetcher) -> None:
    web.serve("/a", answers.reply("<rss/>", kind="application/rss+xml"))
    with pytest.raises(FetchError, match=r"of kind 'application/rss\+xml', a page"):
        fetcher.fetch(URL)
    assert fetcher.fetch(URL, {**PAGES, **LISTINGS}).suffix == ".xml"


@pytest.mark.parametrize(
    ("declared", "meta", "encoding"),
    [
        ("utf-8", "", "utf-8"),
        ("utf-8", "", "cp1252"),  # the header lies
        ("windows-1252", "", "utf-8"),
        ("windows-1252", "", "cp1252"),
        ("iso-8859-1", "", "utf-8"),
        ("iso-8859-15", "", "iso-8859-15"),
        ("utf-8", "windows-1251", "utf-8"),  # the page lies
        ("koi8-r", "windows-1251", "utf-8"),
        ("utf-16", "", "utf-16"),
        ("no-such", "", "cp1252"),
        ("hex", "", "utf-8"),  # an encoding of Python's, of no text
    ],
)
def test_a_page_is_read_in_its_encoding_whoever_lies_about_it(
    declared: str, meta: str, encoding: str, web: Web, answers: Answers, fetcher: Fetcher
) -> None:
    page = f"<html><meta charset='{meta}'><p>L'été à Besançon</p></html>"
    web.serve("/a", answers.reply(page.encode(encoding), kind=f"text/html; charset={declared}"))
    assert "L'été à Besançon" in decode(fetcher.fetch(URL).data, is_html=True)


def test_russian_is_read_by_the_header_where_nothing_else_tells(web: Web, answers: Answers, fetcher: Fetcher) -> None:
    text = "<html><p>Москва приняла гостей</p></html>"
    web.serve("/a", answers.reply(text.encode("koi8-r"), kind="text/html; charset=KOI8-R"))
    assert decode(fetcher.fetch(URL).data, is_html=True) == text


def test_gzip_is_inflated_and_the_bytes_of_a_pdf_are_left_alone(web: Web, answers: Answers, fetcher: Fetcher) -> None:
    web.serve("/a", answers.gzipped(b"%PDF-1.4 \xe9", kind="application/pdf; charset=iso-8859-15"))
    assert fetcher.fetch(URL) == Fetched(URL, b"%PDF-1.4 \xe9", ".pdf")


def test_every_refusal_is_an_error_that_the_command_line_shows_as_one_line() -> None:
    assert issubclass(FetchError, ArticlebotError)
