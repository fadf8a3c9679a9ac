"""A public channel as a source, added by chat: fetched from t.me, as a proxy on loopback leads there."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from index import IndexReport, build_index
from index.updating.watch import watch_sources
from tests.bot.telegram.checks import html_of
from tests.index.sources.web.test_channels import page, post

if TYPE_CHECKING:
    from tests.bot.telegram.conftest import StartBot
    from tests.bot.telegram.person import Person

FLOOD = "Quand la rivière a-t-elle débordé à Lorbec ?"
POSTS = [
    "Crue à Lorbec<br/><br/>La rivière a débordé à Lorbec mercredi 12 mars.",
    "Le pont de Lorbec est fermé depuis jeudi.",
]
REOPENED = "Le pont de Lorbec a rouvert samedi aux camions."


@dataclass
class Site:
    """What t.me serves here, over TLS and behind a proxy, which alone knows where that name leads."""

    posts: list[str]
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str) -> bytes:
        """Returns the whole answer to a request."""
        self.asked.append(path)
        if path != "/s/lorbec":
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        body = page(*(post(number, words) for number, words in enumerate(self.posts, start=1))).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        return head.encode() + body


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl here to make a certificate with")
    certificate, key = tmp_path / "t.me.crt", tmp_path / "t.me.key"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=t.me", "-addext", "subjectAltName=DNS:t.me", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    served = Site(list(POSTS))

    class Handler(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            assert self.path == "t.me:443"
            self.send_response(200)
            self.end_headers()
            with context.wrap_socket(self.connection, server_side=True) as secure, secure.makefile("rb") as lines:
                path = lines.readline().split()[1].decode()
                while lines.readline().strip():
                    pass
                secure.sendall(served.answer(path))
            self.close_connection = True

        def log_message(self, *_: object) -> None: ...

    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=proxy.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.server_address[1]}")
    yield served
    proxy.shutdown()
    proxy.server_close()
    thread.join()


@pytest.mark.parametrize("named", ["@lorbec", "https://t.me/lorbec"])
def test_channel_is_added_cited_by_its_posts_and_kept_up_to_date(
    start: StartBot, admin: Person, copy: Path, site: Site, named: str
) -> None:
    start(index=copy)
    admin.say(f"/add {named}")
    admin.wait("2 articles ajoutés")
    answer = admin.ask(FLOOD, "mercredi 12 mars")
    assert '<a href="https://t.me/lorbec/1">Crue à Lorbec</a> — Lorbec info, 12 mars 2025' in html_of(answer)
    assert site.asked == ["/robots.txt", "/s/lorbec"]
    site.posts.append(REOPENED)
    admin.say("/reindex")
    admin.wait("1 article ajouté")
    assert "samedi" in admin.ask("Quand le pont de Lorbec a-t-il rouvert aux camions ?", "samedi").text
    admin.say("/status")
    admin.wait("(3)")


def test_a_watcher_beside_the_bot_keeps_a_channel_up_to_date(
    start: StartBot, admin: Person, copy: Path, site: Site
) -> None:
    start(index=copy)
    admin.say("/add @lorbec")
    admin.wait("2 articles ajoutés")
    stop = threading.Event()
    reports = watch_sources(copy, lambda sources: build_index(sources, copy), interval_s=0.1, stop=stop)
    site.posts.append(REOPENED)
    added = list[str]()
    for report in reports:
        assert isinstance(report, IndexReport), report
        added += report.added
        if added:
            stop.set()
    assert [name.rpartition("/")[2] for name in added] == ["3"]
    assert "samedi" in admin.ask("Quand le pont de Lorbec a-t-il rouvert aux camions ?", "samedi").text


def test_what_is_no_channel_is_told(start: StartBot, admin: Person, copy: Path, site: Site) -> None:
    start(index=copy)
    admin.say("/add @personne")
    assert admin.wait("✗").text == "✗ cette page n’existe pas (404)"
    assert site.asked[-1] == "/s/personne"
