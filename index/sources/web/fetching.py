"""Fetches one web address after the other, politely and safely; every refusal is a FetchError of one line."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TypeAlias

import httpcore2
import httpx2
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential

from index.errors import why
from index.sources.folder import LARGEST_FILE
from index.sources.web.addresses import FetchError, RefusedAddressError, parse_address, shown
from index.sources.web.network import Resolve, Way, Ways, resolve_host
from index.sources.web.politeness import Host
from index.sources.web.responses import PAGES, PassingError, in_utf8, read_body, retry_after, sniffed_suffix, suffix_of

_ACCEPT = (
    "text/html, application/xhtml+xml, application/rss+xml, application/atom+xml, application/xml;q=0.9, */*;q=0.5"
)
_REDIRECTS = {301, 302, 303, 307, 308}
_PASSING = {408, 425, 429}  # and all from 500 on
_NEXT_STEPS = {
    401: "it wants a login", 403: "it refuses programs", 404: "correct the address", 410: "leave it out",
    407: "the proxy wants a name and password: http://NAME:PASSWORD@HOST:PORT in the variable that names it",
}  # fmt: skip
_Headers: TypeAlias = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What a server may take of our time and room, and how often it is asked."""

    max_bytes: int = LARGEST_FILE  # of an answer, on the wire and inflated
    total_s: float = 60.0  # for one answer, from connecting to the last byte
    step_s: float = 20.0  # without a connection or a byte
    attempts: int = 3  # for what may pass: no answer, a cut one, 429, 5xx
    patience_s: float = 60.0  # of waiting between the attempts for one address
    redirects: int = 5
    pace_s: float = 1.0  # between two requests to a host


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer. `unchanged`: what the validators belong to still holds, and there are no bytes."""

    url: str  # where the answer came from, after redirects
    data: bytes = b""
    suffix: str = ""  # ".html", ".pdf", ".xml", … as `make_article` takes it
    etag: str = ""
    modified: str = ""  # both as the server wrote them
    unchanged: bool = False


@dataclass(frozen=True, slots=True)
class _Request:
    kinds: Mapping[str, str] | None  # media types that are taken, with their suffixes; None: all
    conditions: Mapping[str, str]  # headers


_ROBOTS = _Request(None, {})  # what no rule forbids


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: httpx2.Headers
    data: bytes = b""


class Fetcher:
    """Fetches addresses; keeps what each host allows for its lifetime, a run. For one thread; close it.

    Args:
        allow_private: loopback and private networks may be asked too.
        limits: sizes, times and pace.
        resolve: a host's IP addresses; the system's resolver.
        sockets: makes the connections; plain sockets.
        clock: seconds that only grow, for the pace between requests.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        limits: FetchLimits | None = None,
        resolve: Resolve = resolve_host,
        sockets: httpcore2.NetworkBackend | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.limits = limits or FetchLimits()
        self.agent = f"articlebot/{_version()}"
        self._ways = Ways(allow_private=allow_private, resolve=resolve, sockets=sockets)
        self._clock = clock
        self._sleep = sleep
        self._hosts: dict[str, Host] = {}

    def close(self) -> None:
        """Closes all connections."""
        self._ways.close()

    def fetch(self, address: str, kinds: Mapping[str, str] = PAGES, *, etag: str = "", modified: str = "") -> Fetched:
        """Returns what an address holds, text as UTF-8 where the server names its charset.

        Args:
            address: http or https.
            kinds: media types that are taken, with the suffix each stands for.
            etag: of an earlier answer; with it or `modified` the answer may be `unchanged`.
            modified: its Last-Modified.

        Raises:
            FetchError: not allowed, no answer within the limits, or not what was wanted.
        """
        headers = {"If-None-Match": etag, "If-Modified-Since": modified}
        conditions = {name: text for name, text in headers.items() if text and text.isascii() and text.isprintable()}
        url, answer = self._follow(parse_address(address), _Request(kinds, conditions))
        if answer.status == 304 and conditions:
            etag, modified = answer.headers.get("etag", etag), answer.headers.get("last-modified", modified)
            return Fetched(str(url), etag=etag, modified=modified, unchanged=True)
        if answer.status not in (200, 203):
            step = _NEXT_STEPS.get(answer.status, "correct the address or leave it out")
            raise FetchError(str(url), f"answers {answer.status}, 200 wanted; {step}", answer.status)
        content_type = answer.headers.get("content-type", "")
        suffix = suffix_of(str(url), content_type, kinds) or sniffed_suffix(answer.data)
        if suffix not in kinds.values():
            found = "of no kind that it names or shows"
            raise FetchError(str(url), f"{found}, an HTML page or feed wanted; leave it out")
        data = answer.data if suffix in (".pdf", ".gz") else in_utf8(answer.data, content_type)
        return Fetched(str(url), data, suffix, answer.headers.get("etag", ""), answer.headers.get("last-modified", ""))

    def _follow(self, url: httpx2.URL, request: _Request) -> tuple[httpx2.URL, _Answer]:
        """Returns the first answer that is no redirect, and its address; each hop is checked like the first."""
        start = str(url)
        for _ in range(self.limits.redirects + 1):
            host = self._host(url)
            try:
                self._ways.to(url)  # what is not allowed at all is told before robots.txt is asked for
                if request is not _ROBOTS:
                    self._learn_rules(url, host)
                    host.check_rules(str(url), self.agent)
                answer = self._ask(url, host, request)
            except RefusedAddressError as error:
                if str(url) == start:
                    raise
                raise FetchError(start, f"leads to {shown(str(url))}: {error.reason}") from error
            target = answer.headers.get("location", "")
            if answer.status not in _REDIRECTS or not target:
                return url, answer
            url = _target(url, target)
        raise FetchError(
            start, f"more than {self.limits.redirects} redirects, at most these wanted; correct the address"
        )

    def _learn_rules(self, url: httpx2.URL, host: Host) -> None:
        """Reads a host's robots.txt once; none there allows all, one that cannot be had allows nothing."""
        if host.rules or host.closed:
            return
        try:
            _, answer = self._follow(url.copy_with(raw_path=b"/robots.txt"), _ROBOTS)
        except RefusedAddressError as error:  # the host is not allowed at all
            raise RefusedAddressError(str(url), error.reason) from error
        except FetchError as error:
            host.closed = error.reason
            return
        host.read_rules(answer.data.decode("utf-8-sig", "replace") if answer.status == 200 else "", self.agent)

    def _host(self, url: httpx2.URL) -> Host:
        origin = f"{url.scheme}://{url.netloc.decode('ascii')}"
        if origin not in self._hosts:
            self._hosts[origin] = Host(origin, self.limits.pace_s, self._clock, self._sleep)
        return self._hosts[origin]

    def _ask(self, url: httpx2.URL, host: Host, request: _Request) -> _Answer:
        """Returns an answer; asks again, each time later, where a fault may pass."""
        host.check_alive(str(url))
        is_passing = retry_if_exception_type(PassingError)
        attempts = Retrying(stop=self._gives_up, wait=_next_wait, retry=is_passing, sleep=self._sleep, reraise=True)
        try:
            answer: _Answer = attempts(self._exchange, url, host, request)
        except PassingError as error:
            host.failures, host.last_failure = host.failures + 1, str(error)
            wait = f" and asks to wait {error.retry_after_s:,.0f} s" if error.retry_after_s else ""
            raise FetchError(str(url), f"{error}{wait}, an answer wanted; run it again later", error.status) from error
        host.failures = 0
        return answer

    def _gives_up(self, state: RetryCallState) -> bool:
        return (
            state.attempt_number >= self.limits.attempts
            or state.idle_for + state.upcoming_sleep > self.limits.patience_s
        )

    def _exchange(self, url: httpx2.URL, host: Host, request: _Request) -> _Answer:
        """Returns the answer to one request; raises PassingError where another attempt may help."""
        way = self._ways.to(url)
        names = {"Host": url.netloc.decode("ascii"), "User-Agent": self.agent, "Accept": _ACCEPT}
        lines = {**names, "Accept-Encoding": "gzip", **request.conditions}
        headers: _Headers = [(name.encode(), value.encode()) for name, value in lines.items()]
        timeouts = dict.fromkeys(("connect", "read", "write", "pool"), self.limits.step_s)
        with host.paced():
            way.network.begin(str(url), self.limits.total_s)
            try:
                raw = str(url).encode("ascii")
                with way.pool.stream("GET", raw, headers=headers, extensions={"timeout": timeouts}) as response:
                    return self._received(str(url), response, request.kinds)
            except httpcore2.TimeoutException as error:
                over, silent = f"not done after {self.limits.total_s:g} s", f"silent for {self.limits.step_s:g} s"
                raise PassingError((over if way.network.is_over else silent) + way.through) from error
            except httpcore2.ProxyError as error:
                raise _refused_by_proxy(str(url), way, why(error)) from error
            except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.UnsupportedProtocol) as error:
                raise PassingError(f"no whole answer{way.through} ({why(error)})") from error

    def _received(self, address: str, response: httpcore2.Response, kinds: Mapping[str, str] | None) -> _Answer:
        headers = httpx2.Headers(response.headers)
        status = response.status
        if status in _PASSING or status >= 500:
            raise PassingError(f"answers {status}", retry_after(headers), status)
        if status not in (200, 203):
            return _Answer(status, headers)
        if kinds is not None:
            suffix_of(address, headers.get("content-type", ""), kinds)  # before it is read
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length[:20]) > self.limits.max_bytes:
            raise FetchError(
                address, f"{int(length[:20]):,} bytes, at most {self.limits.max_bytes:,} wanted; leave it out"
            )
        encoding = headers.get("content-encoding", "").strip().lower()
        return _Answer(status, headers, read_body(address, response.iter_stream(), encoding, self.limits.max_bytes))


def _refused_by_proxy(address: str, way: Way, answer: str) -> Exception:
    """Returns what to tell of a proxy that does not connect; `answer` is its status and words."""
    status = int(answer[:3]) if answer[:3].isdecimal() else 0
    if status in _PASSING or status >= 500:
        return PassingError(f"answers {answer}{way.through}", status=status)
    step = _NEXT_STEPS[407] if status == 407 else "ask whoever runs it, or except the host by NO_PROXY"
    return FetchError(address, f"no connection{way.through} ({answer}), one wanted; {step}")


def _target(url: httpx2.URL, location: str) -> httpx2.URL:
    """Returns where a redirect leads; raises FetchError where that is nothing to be fetched."""
    try:
        return parse_address(str(url.join(location)))
    except RefusedAddressError as error:
        raise FetchError(str(url), f"leads to {shown(location)}: {error.reason}") from error
    except (httpx2.InvalidURL, ValueError) as error:
        found = f"leads to {shown(location)}, which cannot be read"
        raise FetchError(str(url), f"{found}, http:// or https:// wanted; leave it out") from error


def _version() -> str:
    try:
        return version("articlebot")
    except PackageNotFoundError:  # run from its folder without being installed
        return "0"


_BACK_OFF = wait_exponential(multiplier=1, max=20)


def _next_wait(state: RetryCallState) -> float:
    """Returns seconds until the next attempt: 1, 2, 4, …, or as long as the server asks."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after_s if isinstance(error, PassingError) else 0.0
    return max(_BACK_OFF(state), asked)
