"""How an address is reached: directly, or through the proxy that a person named."""

from __future__ import annotations

from dataclasses import dataclass

import httpcore2
import httpx2

from index.addresses import FetchError, RefusedAddressError
from index.network import GuardedNetwork, Resolve
from index.proxies import Proxies, Proxy, ProxyError

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
        network = GuardedNetwork(allow_private=allow_private, resolve=resolve, sockets=sockets)
        pool = httpcore2.ConnectionPool(network_backend=network, max_keepalive_connections=_KEPT_ALIVE)
        self._direct = Way(pool, network)
        self._to_proxies = GuardedNetwork(allow_all=True, resolve=resolve, sockets=sockets)
        self._by_proxy: dict[Proxy, Way] = {}
        self._proxies = Proxies()

    def to(self, url: httpx2.URL) -> Way:
        """Return the way to an address. Through a proxy, only what the address itself says can be checked.

        Raises:
            FetchError: the proxy is none that can be used, or the address is not allowed.
        """
        try:
            proxy = self._proxies.of(url)
        except ProxyError as error:
            raise FetchError(str(url), str(error)) from error
        if proxy is None:
            return self._direct
        try:
            self._direct.network.check_name(url.host)
        except RefusedAddressError as error:  # told by the network, which knows the host only
            raise RefusedAddressError(str(url), error.reason) from error
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
