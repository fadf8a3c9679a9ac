from __future__ import annotations

import contextlib
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sources.web.addresses import (
    FetchError,
    RefusedAddressError,
    is_same_site,
    normal_address,
    parse_address,
    shown,
)
from index.sources.web.network import kind_of


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("HTTP://News.Example:80/a", "http://news.example/a"),
        ("https://news.example:443", "https://news.example/"),
        ("https://news.example:8443/a", "https://news.example:8443/a"),
        ("https://news.example./a#part", "https://news.example/a"),
        ("https://news.example/a?utm_source=x&id=7&fbclid=1&gclid=2", "https://news.example/a?id=7"),
        ("https://news.example/a?at_medium=rss&at_campaign=9#xtor=RSS-1", "https://news.example/a"),
        ("https://news.example/a?b=2&a=1&a=0", "https://news.example/a?b=2&a=1&a=0"),
        ("https://news.example/a?source=7&ref=8", "https://news.example/a?source=7&ref=8"),
        ("https://news.example/%7euser/%c3%a9t%C3%A9", "https://news.example/~user/%C3%A9t%C3%A9"),
        ("https://news.example/été", "https://news.example/%C3%A9t%C3%A9"),
        ("https://journal-é.example/a", "https://xn--journal--i1a.example/a"),
        ("  https://news.example/a \n", "https://news.example/a"),
        ("https://news.example/a/../b/./c", "https://news.example/b/c"),
        ("https://news.example/a//b", "https://news.example/a//b"),
    ],
)
def test_an_article_has_one_address_however_it_is_written(written: str, normal: str) -> None:
    assert normal_address(written) == normal
    assert normal_address(normal) == normal


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (
            "file:///etc/passwd",
            "file:///etc/passwd: an address of kind 'file:', http:// or https:// wanted; correct it",
        ),
        ("javascript:alert(1)", "an address of kind 'javascript:'"),
        ("news.example/a", "no web address, http:// or https:// wanted"),
        ("", "no web address"),
        ("http:///a", "no host or port that can be"),
        ("http://news.example:0/", "no host or port"),
        ("http://news.example:99999/", "no host or port"),
        ("http://news..example/", "no host or port"),
        ("http://[::1/", "no address that can be read"),
        ("http://news\n.example/", "no address that can be read"),
        (
            "http://user:secret@news.example/a",
            "http://…@news.example/a: a name or password in the address, none wanted",
        ),
        ("http://news.example\\@evil.example/", "a name or password"),
        ("http://\ud800.example/", "no address that can be read"),
    ],
)
def test_an_address_that_is_none_is_refused_in_one_line(written: str, message: str) -> None:
    with pytest.raises(RefusedAddressError) as caught:
        parse_address(written)
    assert message in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=60).map(lambda text: f"http://{text}") | st.text(max_size=60))
def test_any_text_is_an_address_or_refused(written: str) -> None:
    with contextlib.suppress(FetchError):
        normal = normal_address(written)
        assert normal_address(normal) == normal
        assert normal.startswith(("http://", "https://"))


def test_sites_are_the_same_by_host_and_not_by_domain() -> None:
    assert is_same_site("https://www.news.example/a", "http://news.example/b")
    assert is_same_site("https://amp.news.example/a", "https://m.news.example/a")
    assert not is_same_site("https://blog.news.example/", "https://news.example/")
    assert not is_same_site("https://news.example:8443/", "https://other.example/")


def test_a_long_address_is_shown_short_and_printable() -> None:
    line = shown("http://news.example/\x1b[31m" + "a" * 500)
    assert len(line) == 200
    assert line.isprintable()


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("93.184.216.34", "public"),
        ("2606:2800:220:1::1", "public"),
        ("127.0.0.1", "loopback"),
        ("127.255.0.9", "loopback"),
        ("::1", "loopback"),
        ("0.0.0.0", "unspecified"),  # noqa: S104  nothing is bound to it
        ("::", "unspecified"),
        ("10.0.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.168.1.1", "private"),
        ("100.64.0.1", "private"),
        ("fd00::1", "private"),
        ("169.254.169.254", "link-local"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("224.0.0.1", "multicast"),
        ("ff02::1", "multicast"),
        ("255.255.255.255", "reserved"),
        ("240.0.0.1", "reserved"),
        ("192.0.2.1", "reserved"),
        ("198.18.0.1", "reserved"),
        ("2001:db8::1", "reserved"),
        ("2001::1", "reserved"),  # Teredo
        ("::7f00:1", "reserved"),  # IPv4-compatible
        ("::ffff:127.0.0.1", "loopback"),
        ("::ffff:10.0.0.1", "private"),
        ("::ffff:93.184.216.34", "public"),
        ("64:ff9b::7f00:1", "loopback"),
        ("64:ff9b::5db8:d822", "public"),
        ("64:ff9b:1::7f00:1", "reserved"),
        ("2002:7f00:1::", "loopback"),  # 6to4
        ("2002:a9fe:a9fe::1", "link-local"),
    ],
)
def test_every_kind_of_ip_address_is_told_apart(address: str, kind: str) -> None:
    assert kind_of(ip_address(address)) == kind
