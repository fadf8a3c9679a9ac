"""Connections to public addresses only, checked when connecting, each exchange cut at its deadline."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, TypeAlias

import httpcore2
import httpx2

from index.sources.web.addresses import FetchError, RefusedAddressError
from index.sources.web.proxies import Proxies, Proxy, ProxyError

Resolve: TypeAlias = Callable[[str, int], list[str]]  # host, port -> IP addresses

# Not `ipaddress.is_global`: it changed from one Python to the next (CVE-2024-4032) and lets multicast through.
_KINDS = {
    kind: tuple(map(ip_network, networks.split()))
    for kind, networks in {
        "unspecified": "0.0.0.0/8 ::/128",
        "loopback": "127.0.0.0/8 ::1/128",
        "link-local": "169.254.0.0/16 fe80::/10",
        "private": "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 fc00::/7",
        "multicast": "224.0.0.0/4 ff00::/8",
        "reserved": "192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 "
        "240.0.0.0/4 2001::/23 2001:db8::/32 3fff::/20",
    }.items()
}
_GLOBAL_IPV6 = ip_network("2000::/3")
_NAT64 = ip_network("64:ff9b::/96")


def kind_of(address: IPv4Address | IPv6Address) -> str:
    """Returns "public", or what else an address is: "loopback", "private", "link-local" or the like.

    An IPv6 address that carries an IPv4 one (mapped, NAT64, 6to4) is of that one's kind.
    """
    inner = _carried(address)
    if inner is not None:
        return kind_of(inner)
    for kind, networks in _KINDS.items():
        if any(address in network for network in networks):
            return kind
    return "public" if address.version == 4 or address in _GLOBAL_IPV6 else "reserved"


def _carried(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour


def resolve_host(host: str, port: int) -> list[str]:
    """Returns the addresses of a host by the system's resolver, each once, in its order."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in answers))


class GuardedNetwork(httpcore2.NetworkBackend):
    """Resolves a host itself, checks every address and connects to one that was checked: DNS cannot change its mind.

    TLS still proves the host's name: httpcore asks for it by the name in the address.
    """

    def __init__(self, allowed: Collection[str], resolve: Resolve, sockets: httpcore2.NetworkBackend | None) -> None:
        self._allowed = allowed  # kinds of addresses
        self._resolve = resolve
        self._sockets = sockets or httpcore2.SyncBackend()
        self._asked = ""  # the address that errors name
        self._deadline = float("inf")

    def begin(self, address: str, total_s: float) -> None:
        """Starts an exchange with an address, which may take so long from connecting to the last byte."""
        self._asked = address
        self._deadline = time.monotonic() + total_s

    @property
    def is_over(self) -> bool:
        """Whether the exchange took all the time that it may."""
        return time.monotonic() >= self._deadline

    def left(self, timeout: float | None) -> float:
        """Returns the seconds that one step may take; raises ReadTimeout where none are left."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("no time left")
        return left if timeout is None else min(left, timeout)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Returns a connection to the first address of the host that answers.

        Raises:
            RefusedAddressError: one of its addresses is not allowed.
            httpcore2.ConnectError: the name is unknown or nothing answers.
        """
        fault: Exception = httpcore2.ConnectError(f"no address of {host} is known")
        for address in self._addresses(host, port):
            try:
                stream = self._sockets.connect_tcp(address, port, self.left(timeout), local_address, socket_options)
                return _TimedStream(stream, self)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                fault = error
        raise fault

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            addresses = self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(f"no address of {host} is known ({error})") from error
        for address in addresses:
            self._check(self._asked, address)
        return addresses

    def check_name(self, url: httpx2.URL) -> None:
        """Raises RefusedAddressError where a host's name says itself that it is at an address that is not allowed.

        For what a proxy will connect to: it alone knows where a name leads.
        """
        if address := _written_in(url.host):
            self._check(str(url), str(address))

    def _check(self, asked: str, address: str) -> None:
        kind = kind_of(ip_address(address))
        if kind not in self._allowed:
            found = f"its host is at {address} ({kind})"
            raise RefusedAddressError(asked, f"{found}, a public address wanted; name another")


def _written_in(host: str) -> IPv4Address | IPv6Address | None:
    """Returns the address that a host is without being looked up: 127.0.0.1, also as 127.1 or 0x7f000001, ::1."""
    if host in ("localhost", "localhost.localdomain") or host.endswith(".localhost"):
        return IPv4Address("127.0.0.1")
    with suppress(ValueError):
        return ip_address(host)
    with suppress(OSError):
        return IPv4Address(socket.inet_aton(host))
    return None


class _TimedStream(httpcore2.NetworkStream):
    """A connection whose every step ends by the deadline of its network."""

    def __init__(self, stream: httpcore2.NetworkStream, network: GuardedNetwork) -> None:
        self._stream = stream
        self._network = network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._network.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._network.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._network.left(timeout))
        return _TimedStream(stream, self._network)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401  as httpcore declares it
        return self._stream.get_extra_info(info)


_KEPT_ALIVE = 4  # connections


@dataclass(frozen=True, slots=True)
class Way:
    """Connections that requests go by; `network` holds their deadline."""

    pool: httpcore2.ConnectionPool
    network: GuardedNetwork
    through: str = ""  # " through the proxy …"


class Ways:
    """The connections of a fetcher; they know neither proxies nor passwords but those that the variables name."""

    def __init__(self, *, allow_private: bool, resolve: Resolve, sockets: httpcore2.NetworkBackend | None) -> None:
        allowed = ("public", "loopback", "private") if allow_private else ("public",)
        network = GuardedNetwork(allowed, resolve, sockets)
        pool = httpcore2.ConnectionPool(network_backend=network, max_keepalive_connections=_KEPT_ALIVE)
        self._direct = Way(pool, network)
        self._to_proxies = GuardedNetwork(("public", *_KINDS), resolve, sockets)  # a person chose them
        self._by_proxy: dict[Proxy, Way] = {}
        self._proxies = Proxies()

    def to(self, url: httpx2.URL) -> Way:
        """Returns the way to an address. Through a proxy, only what the address itself says can be checked.

        Raises:
            FetchError: the proxy is none that can be used, or the address is not allowed.
        """
        try:
            proxy = self._proxies.of(url)
        except ProxyError as error:
            raise FetchError(str(url), str(error)) from error
        if proxy is None:
            return self._direct
        self._direct.network.check_name(url)
        if proxy not in self._by_proxy:
            pool = httpcore2.HTTPProxy(
                proxy.address, proxy.login, network_backend=self._to_proxies, max_keepalive_connections=_KEPT_ALIVE
            )
            self._by_proxy[proxy] = Way(pool, self._to_proxies, f" through the proxy {proxy}")
        return self._by_proxy[proxy]

    def close(self) -> None:
        """Closes all connections."""
        for way in (self._direct, *self._by_proxy.values()):
            way.pool.close()
