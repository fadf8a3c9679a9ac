from __future__ import annotations

import json
import math
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from index import ArticlebotError
from retrieval.llm import connect
from retrieval.llm.model import LLM, Usage
from retrieval.llm.providers import LLMError, runs_locally
from retrieval.llm.troubles import ModelTrouble

SECRET = "sk-very-secret-9f2c"  # noqa: S105  it opens nothing
KEYS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY", "mistralai": "MISTRAL_API_KEY"}
MODELS = {
    "openai": "openai:gpt-5-mini",
    "anthropic": "anthropic:claude-of-a-test",
    "mistralai": "mistralai:mistral-small-latest",
    "ollama": "ollama:llama3.2",
}
PROXIES = [f"{scheme}_proxy" for scheme in ("http", "https", "all")]
SETTINGS = [*KEYS.values(), "OLLAMA_HOST", *PROXIES, *map(str.upper, PROXIES)]


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key, no address, no proxy of whoever runs the tests."""
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)


def refusal(name: str, **options: Any) -> str:  # noqa: ANN401  as of `connect`
    """Returns the one line in which a model is refused."""
    with pytest.raises(LLMError) as refused:
        connect(name, **options)
    assert isinstance(refused.value, ArticlebotError)
    (said,) = str(refused.value).splitlines()
    assert said.startswith(f"llm {name!r}: ")
    return said


def closed_port() -> int:
    """Returns a port of this machine on which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


# Servers: what each API answers in a stream, "oui" in two pieces, of 7 tokens read and 2 written


def events(*told: dict[str, Any]) -> bytes:
    named = ((f"event: {event['type']}\n" if "type" in event else "", json.dumps(event)) for event in told)
    return "".join(f"{name}data: {event}\n\n" for name, event in named).encode()


def completion(delta: dict[str, str], finish: str | None = None, **more: Any) -> dict[str, Any]:  # noqa: ANN401  JSON
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice], **more}


def block(text: str) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}


TOLD = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}
MESSAGE: dict[str, Any] = {
    "id": "m", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": None,
    "stop_sequence": None, "usage": {"input_tokens": 7, "output_tokens": 0},
}  # fmt: skip
COMPLETIONS = events(completion({"role": "assistant", "content": "ou"}), completion({"content": "i"}))
COMPLETIONS_END = events(completion({"content": ""}, "stop", usage=TOLD)) + b"data: [DONE]\n\n"
MESSAGES = events(
    {"type": "message_start", "message": MESSAGE},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    block("ou"), block("i"),
)  # fmt: skip
MESSAGES_END = events(
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"input_tokens": 7, "output_tokens": 2}},
    {"type": "message_stop"},
)  # fmt: skip
OLLAMA = b"".join(
    json.dumps({"model": "m", "message": {"role": "assistant", "content": said}, "done": False}).encode() + b"\n"
    for said in ("ou", "i")
)
OLLAMA_END = (
    json.dumps({"model": "m", "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop",
                "prompt_eval_count": 7, "eval_count": 2}).encode() + b"\n"
)  # fmt: skip
# provider -> what its base URL ends in, the path that is asked, the stream, its end
APIS = {
    "openai": ("/v1", "/v1/chat/completions", COMPLETIONS, COMPLETIONS_END),
    "anthropic": ("", "/v1/messages", MESSAGES, MESSAGES_END),
    "mistralai": ("/v1", "/v1/chat/completions", COMPLETIONS, COMPLETIONS_END),
    "ollama": ("", "/api/chat", OLLAMA, OLLAMA_END),
}


class Handler(BaseHTTPRequestHandler):
    """Answers every question with the same bytes, in chunks as the real servers do."""

    protocol_version = "HTTP/1.1"
    chunks: ClassVar[list[bytes]]
    status: ClassVar[int]
    body: ClassVar[bytes]
    seen: ClassVar[list[tuple[str, dict[str, str], dict[str, Any]]]]

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.seen.append((self.path, {k.lower(): v for k, v in self.headers.items()}, request))
        self.close_connection = True
        self.send_response(self.status)
        self.send_header("connection", "close")
        if self.status != 200:
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(self.body)))
            self.end_headers()
            self.wfile.write(self.body)
            return
        ollama = self.path.startswith("/api")
        self.send_header("content-type", "application/x-ndjson" if ollama else "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for chunk in self.chunks:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))


@contextmanager
def server(*chunks: bytes, status: int = 200, body: bytes = b"") -> Iterator[tuple[str, type[Handler]]]:
    """Serves on a free port; gives its address, and what it saw."""

    class Served(Handler):
        """Has bytes of its own."""

    Served.chunks, Served.status, Served.body, Served.seen = list(chunks), status, body, []
    listening = ThreadingHTTPServer(("127.0.0.1", 0), Served)
    thread = threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.server_address[1]}", Served
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()


def asked(llm: LLM) -> tuple[str, Usage]:
    usage = Usage()
    return "".join(llm.ask([("system", "Réponds."), ("human", "Oui ?")], usage)), usage


def connected(provider: str, address: str, **options: Any) -> LLM:  # noqa: ANN401  as of `connect`
    patient = {"timeout_s": 300, "deadline_s": 600}  # a first call builds hundreds of types, on a busy machine slowly
    return connect(MODELS[provider], base_url=address + APIS[provider][0], **(patient | options))


@pytest.mark.parametrize("provider", APIS)
def test_each_provider_is_asked_at_the_given_address(provider: str) -> None:
    _, path, stream, end = APIS[provider]
    with server(stream + end, b"") as (address, seen):
        said, usage = asked(connected(provider, address))
    assert said == "oui"
    assert (usage.input, usage.output, usage.calls) == (7, 2, 1)
    ((found, headers, request),) = seen.seen
    assert found == path
    assert headers["host"] == address.removeprefix("http://")
    assert request["model"] == MODELS[provider].partition(":")[2]
    assert request["stream"] is True
    assert "Oui ?" in json.dumps(request["messages"], ensure_ascii=False)


@pytest.mark.parametrize("provider", APIS)
def test_each_provider_takes_its_key_from_its_variable(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in KEYS.values():
        monkeypatch.setenv(name, SECRET)
    _, _, stream, end = APIS[provider]
    with server(stream + end, b"") as (address, seen):
        llm = connected(provider, address)
        asked(llm)
    ((_, headers, _),) = seen.seen
    sent = headers.get("authorization", headers.get("x-api-key", ""))
    assert (SECRET in sent) == (provider in KEYS)
    assert SECRET not in repr(llm)
    assert SECRET not in repr(llm.model)
    assert SECRET not in str(llm.model)


@pytest.mark.parametrize("provider", APIS)
def test_a_server_without_a_key_is_asked_without_one(provider: str) -> None:
    _, _, stream, end = APIS[provider]
    with server(stream + end, b"") as (address, seen):
        assert asked(connected(provider, address))[0] == "oui"
    ((_, headers, _),) = seen.seen
    assert headers.get("authorization", "Bearer none") == "Bearer none"
    assert headers.get("x-api-key", "none") == "none"


# Ollama's stream names its provider at its end only; but it leaves the chunks of a cut one without their end
@pytest.mark.parametrize(
    ("provider", "ended"), [(p, ended) for p in APIS for ended in (True, False) if not ended or p != "ollama"]
)
def test_a_cut_is_noticed_with_each_provider(provider: str, ended: bool) -> None:
    stream = APIS[provider][2]
    with server(stream, *[b""] * ended) as (address, _):
        pieces = connected(provider, address).ask([("human", "Oui ?")], Usage())
        assert next(pieces) == "ou"
        with pytest.raises(ModelTrouble, match="connection"):
            list(pieces)


@pytest.mark.parametrize(
    ("status", "trouble"), [(401, "denied"), (404, "refused"), (413, "overflow"), (429, "busy"), (500, "server")]
)
@pytest.mark.parametrize("provider", APIS)
def test_each_provider_tells_what_is_wrong(provider: str, status: int, trouble: str) -> None:
    told = {"type": "error", "error": {"type": "some_error", "message": f"key {SECRET} is wrong"}}
    with server(status=status, body=json.dumps(told).encode()) as (address, seen):
        pieces = connected(provider, address)._once([("human", "?")], Usage(), math.inf)
        with pytest.raises(ModelTrouble) as raised:
            list(pieces)
    assert raised.value.kind == trouble
    assert len(seen.seen) == 1  # the client does not try again behind our back
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize("provider", APIS)
def test_each_provider_keeps_to_the_timeout(provider: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        llm = connected(provider, address, timeout_s=0.3, deadline_s=30)
        with pytest.raises(ModelTrouble, match="timeout"):
            list(llm._once([("human", "?")], Usage(), math.inf))  # the clients' own time, not our deadline


def test_an_ollama_model_has_room_for_the_prompt() -> None:
    with server(OLLAMA + OLLAMA_END, b"") as (address, seen):
        asked(connected("ollama", address, context_tokens=6_000))
    ((_, _, request),) = seen.seen
    assert request["options"]["num_ctx"] >= 6_000 * 1.5
    assert request["options"]["temperature"] == 0


def test_ollama_is_looked_for_where_its_variable_says(monkeypatch: pytest.MonkeyPatch) -> None:
    with server(OLLAMA + OLLAMA_END, b"") as (address, seen):
        monkeypatch.setenv("OLLAMA_HOST", address.removeprefix("http://"))
        assert asked(connect("ollama:llama3.2"))[0] == "oui"
    assert len(seen.seen) == 1


# Holding a model to a schema

SCHEMA = {"type": "object", "properties": {"answer": {"type": "array"}}}
# provider -> where its request has the schema, and how long an answer may be
HELD = {
    "openai": (("response_format", "json_schema", "schema"), ("max_tokens",)),
    "anthropic": (("output_config", "format", "schema"), ("max_tokens",)),
    "mistralai": (("response_format", "json_schema", "schema"), ("max_tokens",)),
    "ollama": (("format",), ("options", "num_predict")),
}


def within(request: dict[str, Any], path: tuple[str, ...]) -> Any:  # noqa: ANN401  JSON
    for name in path:
        request = request[name]
    return request


@pytest.mark.parametrize("provider", APIS)
def test_each_provider_is_held_to_a_schema_in_its_own_way(provider: str) -> None:
    _, _, stream, end = APIS[provider]
    with server(stream + end, b"") as (address, seen):
        llm = connected(provider, address)
        assert "".join(llm.ask([("human", "Oui ?")], Usage(), schema=SCHEMA)) == "oui"
        assert "".join(llm.ask([("human", "Oui ?")], Usage())) == "oui"
    held, free = (request for _, _, request in seen.seen)
    of_schema, of_length = HELD[provider]
    assert within(held, of_schema) == SCHEMA
    assert of_schema[0] not in free
    assert within(held, of_length) == within(free, of_length) == 600


@pytest.mark.parametrize(
    ("name", "base_url", "here"),
    [
        ("llamacpp:model.gguf", None, True),
        ("ollama:llama3.2", None, True),
        ("ollama:llama3.2", "http://192.168.1.5:11434", False),
        ("openai:m", "http://localhost:8080/v1", True),
        ("openai:m", "http://[::1]:8080/v1", True),
        ("openai:m", "https://example.org/v1", False),
        ("openai:m", "http://[oops", False),
        ("anthropic:m", None, False),
    ],
)
def test_a_model_on_this_machine_is_told_from_others(name: str, base_url: str | None, here: bool) -> None:
    assert runs_locally(name, base_url) == here


def test_a_model_on_this_machine_gets_fewer_passages_and_time_while_it_speaks() -> None:
    with server(COMPLETIONS + COMPLETIONS_END, b"") as (address, _):
        llm = connect("openai:m", base_url=f"{address}/v1", deadline_s=90)
    assert (llm.context_tokens, llm.counts_silence, llm.deadline_s) == (1_000, True, 90)


# What is missing is one line


@pytest.mark.parametrize("name", ["", ":", "openai", "openai:", ":gpt-5-mini", "gpt-5-mini", "llamacpp:"])
def test_a_bad_name_is_one_line(name: str) -> None:
    assert "wanted provider:model" in refusal(name)


def test_an_unknown_provider_is_one_line() -> None:
    assert "'opnai'" in refusal("opnai:gpt-5-mini")


@pytest.mark.parametrize("provider", KEYS)
def test_a_missing_key_is_one_line_that_names_its_variable(provider: str) -> None:
    assert f"no key; set {KEYS[provider]}" in refusal(MODELS[provider])


@pytest.mark.parametrize("provider", [*MODELS, "llamacpp"])
def test_a_missing_package_is_one_line_that_names_the_extra(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    package = "langchain_openai" if provider == "llamacpp" else f"langchain_{provider}"
    monkeypatch.setitem(sys.modules, package, None)
    name = MODELS.get(provider, "llamacpp:model.gguf")
    assert refusal(name).endswith(f"the package {package} is missing; pip install 'articlebot[{provider}]'")


def test_the_missing_package_of_another_provider_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langchain_groq", None)
    assert "langchain-groq" in refusal("groq:llama-3.3-70b")


@pytest.mark.parametrize("provider", MODELS)
def test_a_server_that_does_not_run_is_one_line(provider: str) -> None:
    address = f"http://127.0.0.1:{closed_port()}"
    said = refusal(MODELS[provider], base_url=f"{address}/v1")
    assert f"no server at {address} (connection refused); start it" in said


def test_an_ollama_that_does_not_run_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    port = closed_port()
    monkeypatch.setenv("OLLAMA_HOST", f"127.0.0.1:{port}")
    assert f"no server at http://127.0.0.1:{port} " in refusal("ollama:llama3.2")


def test_the_password_of_an_address_is_not_repeated() -> None:
    port = closed_port()
    for address in (f"http://me:{SECRET}@127.0.0.1:{port}/v1", f"ftp://me:{SECRET}@127.0.0.1/v1"):
        assert SECRET not in refusal("openai:m", base_url=address)
    with server(OLLAMA + OLLAMA_END, b"") as (address, _):
        llm = connect("ollama:m", base_url=address.replace("//", f"//me:{SECRET}@"))
    assert SECRET not in repr(llm)


@pytest.mark.parametrize("address", ["localhost:8080/v1", "127.0.0.1", "http://", "ftp://a/v1", "http://a:b/v1", "/v1"])
def test_an_address_that_is_none_is_one_line(address: str) -> None:
    assert f"the base URL {address!r} is none, wanted one such as http://" in refusal("openai:m", base_url=address)


@pytest.mark.parametrize("variable", ["http_proxy", "all_proxy"])
def test_behind_a_proxy_nothing_is_tried_beforehand(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, f"http://127.0.0.1:{closed_port()}")
    monkeypatch.setenv("no_proxy", "")
    assert connect("openai:m", base_url=f"http://127.0.0.1:{closed_port()}/v1").name == "openai:m"


def test_a_setting_that_the_provider_refuses_is_one_line_without_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    said = refusal("anthropic:m", timeout_s="soon")
    assert "timeout: Input should be a valid number" in said
    assert SECRET not in said
