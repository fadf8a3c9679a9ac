"""Through a real proxy on loopback, which alone knows where a name leads."""

from __future__ import annotations

import base64
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2
import pytest

from index.reading.content import decode
from index.sources.web.addresses import FetchError, RefusedAddressError
from index.sources.web.fetching import Fetcher
from index.sources.web.proxies import Proxies, Proxy, ProxyError

if TYPE_CHECKING:
    from tests.index.sources.web.conftest import Web

PAGE = "<!DOCTYPE html><html><body><p>L’été à Besançon.</p></body></html>"
URL = "http://news.example/a"
NewFetcher = Callable[..., Fetcher]


@dataclass
class Relay:
    """A proxy that leads every name to the web of these tests, and notes what it was asked."""

    web: Web
    port: int = 0
    tls_port: int = 0  # of a server that speaks TLS
    login: str = ""  # "name:password" that it wants
    status: int = 200  # of its answers to CONNECT
    asked: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    relay: Relay

    def do_GET(self) -> None:
        self.relay.asked.append(f"GET {self.path}")
        if not self._is_known():
            return
        parts = urlsplit(self.path)
        with socket.create_connection(("127.0.0.1", self.relay.web.port)) as server:
            lines = [f"GET {parts.path} HTTP/1.1", *(f"{name}: {value}" for name, value in self.headers.items())]
            server.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode())
            while data := server.recv(65536):
                self.wfile.write(data)
        self.close_connection = True

    def do_CONNECT(self) -> None:
        self.relay.asked.append(f"CONNECT {self.path}")
        if not self._is_known():
            return
        self.send_response(self.relay.status, "so it is")
        self.end_headers()
        if self.relay.status != 200:
            self.close_connection = True
            return
        with socket.create_connection(("127.0.0.1", self.relay.tls_port)) as server:
            back = threading.Thread(target=_pump, args=(server, self.connection), daemon=True)
            back.start()
            _pump(self.connection, server)
            back.join(10)
        self.close_connection = True

    def _is_known(self) -> bool:
        wanted = f"Basic {base64.b64encode(self.relay.login.encode()).decode()}" if self.relay.login else None
        if wanted is None or self.headers["proxy-authorization"] == wanted:
            return True
        self.send_response(407)
        self.send_header("content-length", "0")
        self.send_header("proxy-authenticate", "Basic")
        self.end_headers()
        return False

    def log_message(self, *_: Any) -> None:  # noqa: ANN401  as declared above us
        pass


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: Any) -> None:  # noqa: ANN401  as declared above us
        """A client that hangs up."""


def _served(handler: type[BaseHTTPRequestHandler]) -> _Server:
    server = _Server(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server


class _Secure(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        data = PAGE.encode()
        self.send_response(404 if self.path == "/robots.txt" else 200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:  # noqa: ANN401  as declared above us
        pass


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of news.example with its key, by nobody, made for these tests."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl here to make a certificate with")
    path = tmp_path_factory.mktemp("tls") / "news.example.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=news.example", "-addext", "subjectAltName=DNS:news.example", "-keyout", path, "-out",
         path.with_suffix(".crt")],
        check=True, capture_output=True,
    )  # fmt: skip
    path.write_text(path.read_text() + path.with_suffix(".crt").read_text())
    return path


@pytest.fixture
def relay(web: Web, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    made = Relay(web)
    proxy = _served(type("Handler", (_Handler,), {"relay": made}))
    secure = _served(_Secure)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    secure.socket = context.wrap_socket(secure.socket, server_side=True)
    made.port, made.tls_port = proxy.server_address[1], secure.server_address[1]
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    yield made
    for server in (proxy, secure):
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_page_comes_through_the_proxy_by_its_whole_address(
    relay: Relay, new_fetcher: NewFetcher, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, relay.address)
    relay.web.serve("/a", PAGE)
    assert decode(new_fetcher().fetch(URL).data) == PAGE
    assert relay.asked == ["GET http://news.example/robots.txt", f"GET {URL}"]
    assert relay.web.connected == ["127.0.0.1"] * len(relay.web.connected)  # nobody but the proxy


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_tls_goes_through_the_proxy_unseen_and_still_proves_the_name(
    relay: Relay, new_fetcher: NewFetcher, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, relay.address)
    assert decode(new_fetcher().fetch("https://news.example/a").data) == PAGE
    assert set(relay.asked) == {"CONNECT news.example:443"}
    with pytest.raises(FetchError, match=r"no whole answer through the proxy http://127\.0\.0\.1:\d+ \(.*certificate"):
        new_fetcher(attempts=1).fetch("https://other.example/a")


def test_name_and_password_of_the_proxy_are_sent_and_never_shown(
    relay: Relay, new_fetcher: NewFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay.login = "zoé:p@ss/wörd"
    relay.web.serve("/a", PAGE)
    for variable in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, f"http://zo%C3%A9:p%40ss%2Fw%C3%B6rd@127.0.0.1:{relay.port}")
    assert decode(new_fetcher().fetch(URL).data) == PAGE
    assert decode(new_fetcher().fetch("https://news.example/a").data) == PAGE
    relay.login = "another:one"
    for address in (URL, "https://news.example/a"):
        with pytest.raises(FetchError, match=r"407.*the proxy wants a name and password") as caught:
            new_fetcher().fetch(address)
        assert "zo" not in str(caught.value)
        assert "ss" not in str(caught.value).replace("password", "").replace("PASSWORD", "")


@pytest.mark.parametrize(
    ("excepted", "address"),
    [
        ("news.example", URL),
        (".example", URL),
        ("*", URL),
        ("elsewhere.example, news.example", URL),
        ("news.example:80", "http://news.example:80/a"),
        ("93.184.216.0/24", "http://93.184.216.34/a"),
        ("93.184.216.34", "http://93.184.216.34/a"),
        ("2606:2800:220::/48", "http://[2606:2800:220:1::1]/a"),
    ],
)
@pytest.mark.parametrize("variable", ["NO_PROXY", "no_proxy"])
def test_what_no_proxy_names_is_asked_directly(
    relay: Relay, new_fetcher: NewFetcher, monkeypatch: pytest.MonkeyPatch, variable: str, excepted: str, address: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", relay.address)
    monkeypatch.setenv(variable, excepted)
    host = httpx2.URL(address).host
    relay.web.serve("/a", PAGE, host="[2606" if ":" in host else host)
    assert decode(new_fetcher().fetch(address).data) == PAGE
    assert relay.asked == []


def test_what_it_does_not_name_is_not(relay: Relay, new_fetcher: NewFetcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", relay.address)
    monkeypatch.setenv("NO_PROXY", "ews.example,example.org,10.0.0.0/8,[")
    relay.web.serve("/a", PAGE)
    new_fetcher().fetch(URL)
    assert f"GET {URL}" in relay.asked


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "x.localhost", "10.1.2.3", "127.1", "0x7f000001", "2130706433", "[::1]",
             "[::ffff:10.0.0.1]", "169.254.169.254"],
)  # fmt: skip
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_address_of_this_machine_or_network_does_not_even_reach_the_proxy(
    relay: Relay, new_fetcher: NewFetcher, monkeypatch: pytest.MonkeyPatch, scheme: str, host: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", relay.address)
    with pytest.raises(RefusedAddressError, match="a public address wanted"):
        new_fetcher().fetch(f"{scheme}://{host}/a")
    assert relay.asked == []


def test_redirect_to_this_machine_does_not_reach_it_either(
    relay: Relay,
    new_fetcher: NewFetcher,
    monkeypatch: pytest.MonkeyPatch,
    answers: Any,  # noqa: ANN401
) -> None:
    monkeypatch.setenv("HTTP_PROXY", relay.address)
    relay.web.serve("/a", answers.redirect("http://127.0.0.1:9/secret"))
    with pytest.raises(FetchError, match=r"leads to http://127\.0\.0\.1:9/secret: its host is at 127\.0\.0\.1"):
        new_fetcher().fetch(URL)
    assert not any("127.0.0.1" in each for each in relay.asked)


def test_private_address_is_asked_through_the_proxy_where_that_is_allowed(
    relay: Relay, new_fetcher: NewFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", relay.address)
    relay.web.serve("/a", PAGE, host="10.1.2.3")
    assert decode(new_fetcher(allow_private=True).fetch("http://10.1.2.3/a").data) == PAGE


def test_proxy_itself_stays_refused_as_a_source(
    relay: Relay, new_fetcher: NewFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", relay.address)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    fetcher = new_fetcher()
    relay.web.serve("/a", PAGE)
    fetcher.fetch(URL)
    with pytest.raises(RefusedAddressError):
        fetcher.fetch(f"{relay.address}/")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (403, "(403 so it is), one wanted; ask whoever runs it, or except the host by NO_PROXY"),
        (502, "answers 502 so it is through the proxy http://127.0.0.1:"),
        (404, "(404 so it is), one wanted"),
    ],
)
def test_proxy_that_does_not_connect_is_one_clear_line(
    relay: Relay, new_fetcher: NewFetcher, monkeypatch: pytest.MonkeyPatch, status: int, words: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", relay.address)
    relay.status = status
    with pytest.raises(FetchError) as caught:
        new_fetcher().fetch("https://news.example/a")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not caught.value.is_gone


def test_proxy_that_is_not_there_is_named(new_fetcher: NewFetcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://me:secret@127.0.0.1:1")
    with pytest.raises(FetchError, match=r"through the proxy http://127\.0\.0\.1:1 \(.*refused") as caught:
        new_fetcher().fetch(URL)
    assert "secret" not in str(caught.value)


def test_proxy_that_says_nothing_takes_no_longer_than_a_server(
    new_fetcher: NewFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{silent.getsockname()[1]}")
        for address in (URL, "https://news.example/a"):
            with pytest.raises(FetchError, match=r"silent for 0\.2 s through the proxy"):
                new_fetcher(attempts=1, step_s=0.2).fetch(address)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("socks5://me:secret@127.0.0.1:1080", "HTTP_PROXY=127.0.0.1:1080: a proxy of kind 'socks5:', http:// or"),
        ("http://me:secret@127.0.0.1:many", "HTTP_PROXY=127.0.0.1:many: no address, http://HOST:PORT wanted"),
        ("me:secret@127.0.0.1:99999", "HTTP_PROXY=127.0.0.1:99999: no "),
        ("http://", "HTTP_PROXY=http://: no host or port"),
        ("http//me:secret@x", "HTTP_PROXY=x: no "),
    ],
)
def test_wrong_value_is_one_clear_line_without_its_password(
    new_fetcher: NewFetcher, monkeypatch: pytest.MonkeyPatch, written: str, words: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", written)
    with pytest.raises(FetchError) as caught:
        new_fetcher().fetch(URL)
    assert str(caught.value).startswith(f"{URL}: {words}")
    assert "secret" not in str(caught.value)
    with pytest.raises(ProxyError):
        Proxies().check()


def test_proxy_without_scheme_or_port_is_understood() -> None:
    assert Proxy.parse("proxy.example:3128", "HTTP_PROXY") == Proxy("http://proxy.example:3128")
    assert Proxy.parse("http://[::1]", "HTTP_PROXY") == Proxy("http://[::1]:80")
    assert "word" not in repr(Proxy.parse("http://name:word@h:1", "HTTP_PROXY"))


def test_lower_case_wins_and_an_empty_one_names_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://upper.example:1")
    monkeypatch.setenv("http_proxy", "http://lower.example:2")
    assert Proxies().of(httpx2.URL(URL)) == Proxy("http://lower.example:2")
    monkeypatch.setenv("http_proxy", "")
    assert Proxies().of(httpx2.URL(URL)) is None
    assert Proxies().of(httpx2.URL("https://news.example")) is None
