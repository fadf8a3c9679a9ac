"""Web addresses: which may be fetched, how they are written as the identity of an article, how they are shown."""

from __future__ import annotations

import re
from urllib.parse import unquote

import httpx2

from index.errors import ArticlebotError

MAX_CHARACTERS = 2_000  # of an address; what is longer leads nowhere
SHOWN_CHARACTERS = 200

# Parameters that say where a reader came from, never what is read. Whole names, or beginnings that end in "_".
_TRACKING = re.compile(
    r"(?:utm|at|mtm|pk|piwik|matomo|hsa|oly|vero|itm|mkt|xtor)_\w*|"
    r"fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|ysclid|twclid|ttclid|igshid|igsh|li_fat_id|epik|"
    r"mc_cid|mc_eid|_ga|_gl|_hsenc|_hsmi|__hssc|__hstc|__hsfp|hsctatracking|xtor|s_cid|ns_mchannel|ns_source|"
    r"ns_campaign|ns_linkname|ns_fee|cmpid|wt_mc|wt\.mc_id|rss_source",
    re.IGNORECASE,
)
_ESCAPED = re.compile(r"%([0-9a-fA-F]{2})")
_SAME_SITE = re.compile(r"^(?:www\d?|m|mobile|amp)\.")
_PORTS = {"http": 80, "https": 443}


class AddressError(ArticlebotError):
    """What is wrong with an address, or with what is there; the message is it and the reason, on one line."""

    def __init__(self, address: str, reason: str) -> None:
        self.reason = reason  # value found, value wanted, next step
        super().__init__(f"{shown(address)}: {reason}")


class FetchError(AddressError, OSError):
    """An address that may not or cannot be fetched."""

    def __init__(self, address: str, reason: str, status: int = 0) -> None:
        self.status = status  # of the answer; 0 where there was none
        super().__init__(address, reason)

    @property
    def is_gone(self) -> bool:
        """Whether the server says that nothing is there (any more)."""
        return self.status in (404, 410)


class RefusedAddressError(FetchError):
    """An address that is not asked at all: what it is, or what its name resolves to, is not allowed."""


def parse_address(written: str) -> httpx2.URL:
    """Returns an http or https address, its host in ASCII, ready to be fetched; the fragment is gone.

    Raises:
        RefusedAddressError: another scheme, no host, a password in it, or no address at all.
    """
    if len(written) > MAX_CHARACTERS:
        found = f"an address of {len(written):,} characters"
        raise RefusedAddressError(written, f"{found}, at most {MAX_CHARACTERS:,} wanted; correct it")
    try:
        url = httpx2.URL(written.strip())
        port = url.port
    except (httpx2.InvalidURL, ValueError, TypeError) as error:
        found = f"no address that can be read ({error})"
        raise RefusedAddressError(written, f"{found}, http:// or https:// wanted; correct it") from error
    if url.scheme not in _PORTS:
        found = f"an address of kind '{url.scheme}:'" if url.scheme else "no web address"
        raise RefusedAddressError(written, f"{found}, http:// or https:// wanted; correct it")
    if url.userinfo:
        raise RefusedAddressError(written, "a name or password in the address, none wanted; leave it out")
    host = url.raw_host.decode("ascii").rstrip(".").lower()
    if not host or ".." in host or (port is not None and not 0 < port < 65536):
        raise RefusedAddressError(written, "no host or port that can be, one like example.org wanted; correct it")
    return url.copy_with(host=host, port=None if port == _PORTS[url.scheme] else port, fragment=None)


def normal_address(written: str) -> str:
    """Returns the one form of an address: no default port, fragment or tracking parameters, the rest in its order.

    Raises:
        RefusedAddressError: as `parse_address`.
    """
    url = parse_address(written)
    path, _, query = url.raw_path.decode("ascii").partition("?")
    kept = [part for part in query.split("&") if part and not _TRACKING.fullmatch(unquote(part.partition("=")[0]))]
    joined = "?" + "&".join(kept) if kept else ""
    return str(url.copy_with(raw_path=(_ESCAPED.sub(_unescaped, path + joined)).encode()))


def is_same_site(address: str, other: str) -> bool:
    """Whether two addresses are of one host, www., m. and amp. before it left aside.

    Not by the registered domain: on many, each subdomain belongs to somebody else.
    """
    one, two = (_SAME_SITE.sub("", parse_address(each).raw_host.decode("ascii")) for each in (address, other))
    return one == two


def host_of(address: str) -> str:
    """Returns the host as people write it, "www." left out, e.g. "lemonde.fr"."""
    return parse_address(address).host.removeprefix("www.")


def shown(address: str) -> str:
    """Returns an address fit for a message: one line, no password, at most 200 characters."""
    line = "".join(c if c.isprintable() else "\ufffd" for c in address[:MAX_CHARACTERS].strip())
    line = re.sub(r"(?<=://)[^/?#]*@", "…@", line)
    return line if len(line) <= SHOWN_CHARACTERS else line[: SHOWN_CHARACTERS - 1] + "…"


def _unescaped(escaped: re.Match[str]) -> str:
    # RFC 3986: escapes of letters, digits and -._~ say the same as these; hexadecimal digits are upper case
    character = chr(int(escaped[1], 16))
    is_unreserved = character.isascii() and (character.isalnum() or character in "-._~")
    return character if is_unreserved else escaped[0].upper()
