"""`articlebot mcp` as a process of its own, asked by the protocol's own client: over its pipes, and over loopback."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.types import CallToolResult

from index import build_index
from index.store.anywhere.stores import open_generation
from tests.bot.conftest import BRIDGE, CAPITAL, SENTENCE

if TYPE_CHECKING:
    from tests.bot.conftest import Run

ROOT = Path(__file__).parents[3]
LONGEST_S = 120.0  # only a failing test waits so long
MAIN = "from bot.cli import app; app()"
LIGHTHOUSE = "En quelle année le phare de Kerbrat a-t-il été automatisé ?"
VERSION = "2025-06-18"  # of the protocol, which every assistant speaks

_T = TypeVar("_T")


def over_pipes(talk: Callable[[Client], Awaitable[_T]], *arguments: str | Path, log: Path) -> _T:
    """Returns what a talk with the command as an assistant starts it comes to; its log goes to a file."""
    command = ["-c", MAIN, "mcp", *map(str, arguments)]
    started = StdioServerParameters(
        command=sys.executable, args=command, cwd=log.parent, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )

    async def run() -> _T:
        with log.open("w") as errors:
            async with Client(stdio_client(started, errors), read_timeout_seconds=LONGEST_S) as client:
                return await talk(client)

    return asyncio.run(run())


def start(*arguments: str | Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", MAIN, "mcp", *map(str, arguments)]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def text(result: CallToolResult) -> str:
    (block,) = result.content
    assert block.type == "text"
    return block.text


def values(result: CallToolResult) -> dict[str, Any]:
    assert not result.is_error, text(result)
    found: dict[str, Any] | None = result.structured_content
    assert found is not None
    return found


def request(method: str, number: int | None = None, **params: object) -> bytes:
    """Returns a line of the protocol, a notification without a number."""
    message: dict[str, object] = {"jsonrpc": "2.0", "method": method, "params": params}
    return json.dumps(message if number is None else {**message, "id": number}).encode() + b"\n"


def greeting() -> bytes:
    about = {"protocolVersion": VERSION, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    return request("initialize", 1, **about) + request("notifications/initialized")


@pytest.fixture
def served(index: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The command over HTTP, and its address."""
    process = start("--index", index, "--http", "0")
    assert process.stderr is not None
    told = process.stderr.readline().decode()
    found = re.fullmatch(r"articlebot: (http://127\.0\.0\.1:\d+/mcp); Ctrl-C ends\n", told)
    assert found, told
    yield process, found[1]
    process.kill()
    process.communicate()


def test_each_answer_cites_its_articles_word_for_word(index: Path, tmp_path: Path) -> None:
    async def talk(client: Client) -> list[CallToolResult]:
        return [await client.call_tool("ask", {"question": question}) for question in (BRIDGE, CAPITAL)]

    found, missing = over_pipes(talk, "--index", index, log=tmp_path / "log.txt")
    answer = values(found)
    (cited,) = answer["citations"]
    assert (answer["found"], answer["short"], answer["text"]) == (True, "14 mois", "Les travaux ont duré 14 mois. [1]")
    assert (cited["number"], cited["quote"]) == (1, "Les travaux ont duré 14 mois.")
    assert (cited["title"], cited["source"]) == ("Le pont de Saint-Aubin rouvre aux voitures", "Le Courrier")
    assert (cited["published"], cited["url"], cited["language"]) == ("2025-03-04", "", "fr")
    with closing(open_generation(index)) as generation:
        article = generation.article(cited["article_id"])
    assert article is not None
    assert article.text[cited["start"] : cited["end"]] == cited["quote"]
    assert "Les travaux ont duré 14 mois. [1]" in text(found)
    assert "Le pont de Saint-Aubin rouvre aux voitures — Le Courrier, 4 mars 2025" in text(found)
    assert (values(missing)["found"], values(missing)["citations"]) == (False, [])
    assert text(missing).startswith("Les articles ne le disent pas.")
    assert (tmp_path / "log.txt").read_text() == ""


def test_passages_and_articles_are_found_within_what_is_asked_for(index: Path, tmp_path: Path) -> None:
    async def talk(client: Client) -> list[CallToolResult]:
        return [
            await client.call_tool("search", {"question": "storm", "k": 1}),
            await client.call_tool("search", {"question": "storm", "language": "fr", "since": "", "k": 99}),
            await client.call_tool("articles", {}),
            await client.call_tool("articles", {"first": 1, "count": 1}),
            await client.call_tool("articles", {"source": "le courrier", "until": "2025-02-28"}),
        ]

    best, french, everything, second, narrow = over_pipes(talk, "--index", index, log=tmp_path / "log.txt")
    (passage,) = values(best)["passages"]
    assert passage["url"] == "https://example.org/ferry"
    assert passage["quote"].startswith("The ferry between Brenholm and Tarsey was cancelled")
    first, _, about, quote = text(best).splitlines()
    assert first == "1 passages, best first"
    assert about == "[1] Storm stops the Tarsey ferry — The Tarsey Post, 2025-01-17 — https://example.org/ferry"
    assert quote.startswith("“The ferry")
    assert {each["language"] for each in values(french)["passages"]} == {"fr"}
    titles = [each["title"] for each in values(everything)["articles"]]
    assert (values(everything)["total"], len(titles)) == (3, 3)
    assert text(everything).splitlines()[1] == f"- {titles[0]} — Le Courrier, 2025-03-04"
    assert [each["title"] for each in values(second)["articles"]] == titles[1:2]
    assert (values(second)["total"], values(narrow)["total"]) == (3, 1)


def test_news_are_told_since_a_moment(index: Path, tmp_path: Path) -> None:
    async def talk(client: Client) -> list[CallToolResult]:
        return [
            await client.call_tool("news", {"since": "2020-01-01"}),
            await client.call_tool("news", {"since": "2020-01-01", "questions": [BRIDGE, CAPITAL]}),
            await client.call_tool("news", {"since": "2999-01-01"}),
            await client.call_tool("news", {"since": "tantôt"}),
        ]

    listed, answered, nothing, wrong = over_pipes(talk, "--index", index, log=tmp_path / "log.txt")
    (every,) = values(listed)["answers"]
    assert len(every["citations"]) == 3
    (answer,) = values(answered)["answers"]
    assert (answer["question"], answer["citations"][0]["quote"]) == (BRIDGE, "Les travaux ont duré 14 mois.")
    assert (values(nothing)["answers"], text(nothing)) == ([], "Nothing new.")
    assert wrong.is_error
    assert "tantôt" in text(wrong)
    assert len(text(wrong).splitlines()) == 1


def test_tools_say_what_they_are_and_change_nothing(index: Path, tmp_path: Path) -> None:
    async def talk(client: Client) -> None:
        assert client.instructions is not None
        assert "verbatim" in client.instructions
        tools = (await client.list_tools()).tools
        assert [tool.name for tool in tools] == ["ask", "search", "articles", "news"]
        for tool in tools:
            assert tool.description
            assert tool.output_schema
            assert tool.annotations is not None
            assert tool.annotations.read_only_hint
            assert all(about["description"] for about in tool.input_schema["properties"].values())

    over_pipes(talk, "--index", index, log=tmp_path / "log.txt")


def test_what_cannot_be_asked_is_told_in_one_line(index: Path, tmp_path: Path) -> None:
    wrong = {
        "since: found 'hier', a day such as 2024-01-31 wanted; write it so": {"question": BRIDGE, "since": "hier"},
        "since 2025-03-01 is after until 2025-01-01": {"since": "2025-03-01", "until": "2025-01-01", "question": "?"},
        "an empty question; ask something in a few words": {"question": " "},
        "source 'Le Phare': no article is of it; there are: ": {"question": BRIDGE, "source": "Le Phare"},
        "language 'xx': no article is of it; there are: fr (2), en (1)": {"question": BRIDGE, "language": "xx"},
    }

    async def talk(client: Client) -> list[CallToolResult]:
        results = [await client.call_tool("ask", asked) for asked in wrong.values()]
        return [*results, await client.call_tool("search", {"question": BRIDGE, "k": 0})]

    *told, without_passages = over_pipes(talk, "--index", index, log=tmp_path / "log.txt")
    for wanted, result in zip(wrong, told, strict=True):
        assert result.is_error
        assert text(result).startswith(wanted)
        assert "\n" not in text(result)
    assert text(without_passages) == "k: found 0, a whole number from 1 on wanted; such as k=5"
    assert (tmp_path / "log.txt").read_text() == ""  # people's words are not for the log


def test_index_that_is_made_or_changed_meanwhile_is_taken_up(articles: Path, phare: Path, tmp_path: Path) -> None:
    folder = tmp_path / "made-later"

    async def talk(client: Client) -> list[CallToolResult]:
        results = [await client.call_tool("ask", {"question": LIGHTHOUSE})]
        for source in (articles, phare):
            await asyncio.to_thread(build_index, [source], folder)
            results.append(await client.call_tool("ask", {"question": LIGHTHOUSE}))
        return results

    none, before, after = over_pipes(talk, "--index", folder.name, log=tmp_path / "log.txt")
    assert none.is_error
    assert text(none).startswith(f"{folder}: no index there")
    assert "\n" not in text(none)
    assert not values(before)["found"]
    assert values(after)["citations"][0]["quote"] == SENTENCE


def test_nothing_but_the_protocol_is_on_standard_output(index: Path) -> None:
    process = start("--index", index)
    asked = [
        request("tools/call", number, name=name, arguments={"question": question})
        for number, (name, question) in enumerate([("ask", BRIDGE), ("search", CAPITAL), ("ask", "")], start=2)
    ]
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(greeting() + b"".join(asked))
    process.stdin.flush()
    answers = [json.loads(process.stdout.readline()) for _ in range(4)]
    out, err = process.communicate(timeout=LONGEST_S)  # the assistant leaves
    assert (process.returncode, out, err) == (0, b"", b"")
    assert {(each["jsonrpc"], each["id"]) for each in answers} == {("2.0", number) for number in (1, 2, 3, 4)}
    assert all("result" in each for each in answers)


def test_ctrl_c_ends_in_one_line(index: Path, served: tuple[subprocess.Popen[bytes], str]) -> None:
    over_pipes = start("--index", index)
    assert over_pipes.stdin is not None
    assert over_pipes.stdout is not None
    over_pipes.stdin.write(greeting())
    over_pipes.stdin.flush()
    assert over_pipes.stdout.readline()
    for process in (over_pipes, served[0]):
        process.send_signal(signal.SIGINT)
        assert process.wait(LONGEST_S) == 130
        assert process.stderr is not None
        assert process.stderr.read() == b"articlebot: stopped\n"
    over_pipes.communicate()


def test_assistants_of_this_machine_ask_over_http(served: tuple[subprocess.Popen[bytes], str]) -> None:
    async def talk() -> CallToolResult:
        async with Client(served[1], read_timeout_seconds=LONGEST_S) as client:
            await client.call_tool("ask", {"question": CAPITAL})
            return await client.call_tool("ask", {"question": BRIDGE})

    assert values(asyncio.run(talk()))["citations"][0]["quote"] == "Les travaux ont duré 14 mois."
    served[0].send_signal(signal.SIGTERM)
    assert served[0].wait(LONGEST_S) == 0


@pytest.mark.parametrize("header", [("Host", "news.example"), ("Origin", "http://news.example")])
def test_a_page_of_the_web_cannot_ask_by_way_of_a_browser(
    served: tuple[subprocess.Popen[bytes], str], header: tuple[str, str]
) -> None:
    headers = {"Content-Type": "application/json", "Accept": "application/json", **dict([header])}
    asked = urllib.request.Request(served[1], greeting().splitlines()[0], headers)  # noqa: S310  our own server
    with pytest.raises(urllib.error.HTTPError, match=r"421|403") as refused:
        urllib.request.urlopen(asked, timeout=LONGEST_S)  # noqa: S310  our own server
    refused.value.close()


def test_nothing_but_loopback_is_listened_to(served: tuple[subprocess.Popen[bytes], str]) -> None:
    port = int(served[1].rsplit(":", 1)[1].partition("/")[0])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), timeout=LONGEST_S)


def test_port_that_is_taken_is_told_in_one_line(run: Run, index: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("mcp", "--index", index, "--http", str(port))
    assert (done.code, done.out) == (1, "")
    assert done.err == f"articlebot: port {port} on 127.0.0.1: Address already in use; name a free one by --http\n"


def test_package_that_is_missing_is_told_with_the_remedy(
    run: Run, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("bot.mcp.server", "bot.mcp.tools"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "mcp.server", None)
    done = run("mcp", "--index", index)
    assert (done.code, done.out) == (1, "")
    assert done.err == "articlebot: MCP: the package mcp is missing; pip install 'articlebot[mcp]'\n"
