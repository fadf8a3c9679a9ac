"""The proxies that HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY name, read as other programs do."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Self
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx2

from index.errors import ArticlebotError
from index.sources.web.addresses import shown

_PORTS = {"http": 80, "https": 443}
_SCHEMES = ("http", "https", "all")


class ProxyError(ArticlebotError, ValueError):
    """A variable names no proxy that can be used; the message does not show its password."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy; printed, it shows no password."""

    address: str  # "http://host:port"
    login: tuple[bytes, bytes] | None = field(default=None, repr=False)  # name and password

    @classmethod
    def parse(cls, written: str, variable: str) -> Self:
        """Returns the proxy that a variable names, with or without "http://" before it.

        Raises:
            ProxyError: it names none.
        """
        found = f"{variable}={shown(written.rpartition('@')[2])}"  # without name and password
        try:
            url = httpx2.URL(written.strip() if "://" in written else f"http://{written.strip()}")
            port = url.port or _PORTS.get(url.scheme, 0)
        except (httpx2.InvalidURL, ValueError):
            raise ProxyError(f"{found}: no address, http://HOST:PORT wanted; correct it or unset it") from None
        if url.scheme not in _PORTS:
            raise ProxyError(f"{found}: a proxy of kind '{url.scheme}:', http:// or https:// wanted; name such a one")
        host = url.raw_host.decode("ascii")
        if not host or not 0 < port < 65536 or url.path not in ("", "/"):
            raise ProxyError(f"{found}: no host or port, http://HOST:PORT wanted; correct it or unset it")
        login = (url.username.encode(), url.password.encode()) if url.userinfo else None
        return cls(f"{url.scheme}://{f'[{host}]' if ':' in host else host}:{port}", login)

    def __str__(self) -> str:
        return self.address


class Proxies:
    """Those of the environment as it is when this is made; on macOS else those of the system."""

    def __init__(self) -> None:
        self._named = getproxies()

    def named(self) -> dict[str, str]:
        """Returns by variable what it holds, as it was written; passwords included."""
        return {_variable(scheme): self._named[scheme] for scheme in _SCHEMES if self._named.get(scheme)}

    def check(self) -> None:
        """Raises ProxyError where a variable names no proxy that can be used."""
        for variable, written in self.named().items():
            Proxy.parse(written, variable)

    def of(self, url: httpx2.URL) -> Proxy | None:
        """Returns the proxy that an address is asked through, None where it is asked directly.

        Raises:
            ProxyError: the variable that counts names none.
        """
        scheme = next((scheme for scheme in (url.scheme, "all") if self._named.get(scheme)), None)
        if scheme is None or self._is_direct(url):
            return None
        return Proxy.parse(self._named[scheme], _variable(scheme))

    def _is_direct(self, url: httpx2.URL) -> bool:
        names = [name.strip() for name in self._named.get("no", "").split(",")]
        host = url.raw_host.decode("ascii")
        if "*" in names or proxy_bypass(f"{host}:{url.port or _PORTS[url.scheme]}"):
            return True
        with suppress(ValueError):
            address = ip_address(url.host)
            return any(address in network for network in map(_network, names) if network)  # no names, but 10.0.0.0/8
        return False


def is_here(address: str) -> bool:
    """Returns whether a server is on this machine by what its address says: to such, no proxy leads."""
    with suppress(ValueError):
        host = urlsplit(address).hostname or ""
        return host in ("localhost", "::1") or host.startswith("127.")
    return False


def _network(written: str) -> IPv4Network | IPv6Network | None:
    with suppress(ValueError):
        return ip_network(written.strip("[]"), strict=False)
    return None


def _variable(scheme: str) -> str:
    names = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY")
    return next((name for name in names if os.environ.get(name)), f"the {scheme} proxy of the system")
