from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import gguf
import numpy as np
import pytest

import retrieval.llm.llamacpp
from index import ArticlebotError
from retrieval import ArticleQA
from retrieval.llm import connect
from retrieval.llm.llamacpp import LocalModelError, LocalServer
from retrieval.llm.model import Usage

HIDDEN, INNER = 32, 64
PIECES = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), "▁", "a", "b", "{", "}", '"']
KINDS = [2, 3, 3, *[6] * 256, *[1] * 6]  # unknown, control, byte, normal
SHAPES = {
    "attn_norm": (HIDDEN,),
    "attn_q": (HIDDEN, HIDDEN),
    "attn_k": (HIDDEN, HIDDEN),
    "attn_v": (HIDDEN, HIDDEN),
    "attn_output": (HIDDEN, HIDDEN),
    "ffn_norm": (HIDDEN,),
    "ffn_gate": (INNER, HIDDEN),
    "ffn_up": (INNER, HIDDEN),
    "ffn_down": (HIDDEN, INNER),
}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A llama of one layer that says random bytes, as a GGUF file."""
    path = tmp_path_factory.mktemp("gguf") / "tiny chat.gguf"
    random = np.random.default_rng(0)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(2_048)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(1)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(2)
    writer.add_head_count_kv(2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(16)
    writer.add_vocab_size(len(PIECES))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(PIECES)
    writer.add_token_scores([0.0] * len(PIECES))
    writer.add_token_types(KINDS)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_chat_template("{% for m in messages %}{{ m['content'] }}{% endfor %}")
    whole = {"token_embd": (len(PIECES), HIDDEN), "output_norm": (HIDDEN,), "output": (len(PIECES), HIDDEN)}
    for name, shape in (whole | {f"blk.0.{name}": shape for name, shape in SHAPES.items()}).items():
        values = random.standard_normal(shape) * 0.1 if len(shape) > 1 else np.ones(shape)
        writer.add_tensor(f"{name}.weight", values.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.fixture
def server(tiny: Path) -> Iterator[LocalServer]:
    """The tiny model, served."""
    with closing(LocalServer(tiny)) as served:
        yield served


def process_of(server: LocalServer) -> subprocess.Popen[str]:
    return server._process


def wait_until(true: Callable[[], bool]) -> bool:
    """Whether something becomes true within two minutes; most often it is at once."""
    until = time.monotonic() + 120
    while not true() and time.monotonic() < until:
        time.sleep(0.02)
    return true()


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{pid}/stat")  # a dead one whose parent died may wait there to be read
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z"


def refusal(path: Path) -> str:
    with pytest.raises(LocalModelError) as refused:
        LocalServer(path)
    assert isinstance(refused.value, ArticlebotError)
    (said,) = str(refused.value).splitlines()
    assert said.startswith(f"llm llamacpp:{path}: ")
    return said


def test_a_file_is_served_on_loopback_alone(server: LocalServer) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/v1", server.base_url)


def test_a_model_is_asked_counted_and_stopped(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")  # there is no proxy to this machine
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    llm = connect(f"llamacpp:{tiny}", deadline_s=600)
    cast("Any", llm.model).max_tokens = 8
    usage = Usage()
    with closing(cast("Any", llm)):
        pieces = llm.ask([("human", "ab")], usage)
        assert next(pieces)
    assert usage.calls == 1
    with pytest.raises(ConnectionError):
        reach(cast("Any", llm.model).openai_api_base)


def reach(base_url: str) -> None:
    host, port = base_url.removeprefix("http://").removesuffix("/v1").split(":")
    socket.create_connection((host, int(port)), 60).close()


def test_a_schema_holds_even_a_model_of_random_words(tiny: Path) -> None:
    text = {"type": "string", "pattern": "^[a-z ]{1,12}$"}  # its random bytes would be no UTF-8
    llm = connect(f"llamacpp:{tiny}", deadline_s=600)
    with closing(cast("Any", llm)):
        said = "".join(llm.ask([("human", "ab")], Usage(), schema=schema_of(text)))
    told = json.loads(said)
    assert list(told) == ["answer"]
    assert all(each["source"] in (1, 2) and each["text"].isascii() for each in told["answer"])


def test_what_breaks_within_the_stream_leaves_the_articles_own_sentences(tiny: Path, seed_index: Path) -> None:
    """Held to the schema, but to no letters, it says bytes that are no UTF-8, at which the server breaks off."""
    llm = connect(f"llamacpp:{tiny}", deadline_s=60)
    with closing(cast("Any", llm)), closing(ArticleQA.open(seed_index, llm=llm)) as qa:
        answer = qa.ask("Combien de tuyaux compte le grand orgue de Notre-Dame ?")
    assert "8 000" in answer.text
    assert "tiny chat.gguf" in answer.note


def schema_of(text: dict[str, Any]) -> dict[str, Any]:
    """Returns the schema of an answer of one sentence at most, of two that it may point to."""
    sentence = {
        "type": "object",
        "additionalProperties": False,
        "required": ["source", "text"],
        "properties": {"source": {"type": "integer", "enum": [1, 2]}, "text": text},
    }
    answer = {"type": "array", "maxItems": 1, "items": sentence}
    return {"type": "object", "additionalProperties": False, "required": ["answer"], "properties": {"answer": answer}}


def test_a_server_that_was_started_for_an_index_ends_with_it(tiny: Path, seed_index: Path) -> None:
    with closing(ArticleQA.open(seed_index, llm=f"llamacpp:{tiny}")) as qa:
        assert qa.llm
        address = cast("Any", qa.llm.model).openai_api_base
        reach(address)
    with pytest.raises(ConnectionError):
        reach(address)


def test_a_server_ends_when_the_index_cannot_be_opened(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[LocalServer] = []

    class Noted(LocalServer):
        def __init__(self, path: Path, context_tokens: int) -> None:
            super().__init__(path, context_tokens)
            made.append(self)

    monkeypatch.setattr(retrieval.llm.llamacpp, "LocalServer", Noted)
    with pytest.raises(ArticlebotError, match="no index"):
        ArticleQA.open(tmp_path / "none", llm=f"llamacpp:{tiny}")
    assert process_of(made[0]).poll() is not None


def test_the_process_is_gone_after_close(server: LocalServer) -> None:
    assert process_of(server).poll() is None
    server.close()
    assert process_of(server).poll() == 0
    server.close()  # a second time is no harm


def test_the_process_ends_when_its_parent_is_killed(tiny: Path) -> None:
    code = f"""
import time
from pathlib import Path
from retrieval.llm.llamacpp import LocalServer
server = LocalServer(Path({str(tiny)!r}))
print(server._process.pid, flush=True)
time.sleep(600)
"""
    root = Path(__file__).resolve().parents[3]
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=root) as parent:
        assert parent.stdout
        served = int(parent.stdout.readline())
        assert not gone(served)
        parent.send_signal(signal.SIGKILL)
    assert wait_until(lambda: gone(served))


def test_what_the_server_writes_does_not_stop_it(server: LocalServer) -> None:
    """Its standard output is read for one line; a pipe holds 64 KiB, and each request is logged."""
    for _ in range(3):
        with pytest.raises(OSError, match="HTTP"):
            post(server, {"messages": [{"role": "user", "content": "a" * 100_000}]})
    stdout = process_of(server).stdout
    assert stdout
    assert stdout.read() == ""  # closed at the other end: nobody can fill it


def post(server: LocalServer, body: dict[str, Any]) -> None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(  # noqa: S310  our own server
        f"{server.base_url}/chat/completions", json.dumps(body).encode(), {"content-type": "application/json"}
    )
    direct.open(request, timeout=120).close()


def test_ctrl_c_while_a_file_is_loaded_leaves_no_process(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[str]] = []

    class Interrupted(subprocess.Popen[str]):
        def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  subprocess's own
            super().__init__(*args, **kwargs)
            started.append(self)
            pipe, self.stdout = self.stdout, cast("Any", SimpleNamespace(readline=self._stop, close=lambda: None))
            assert pipe
            pipe.close()

        def _stop(self) -> str:
            raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        LocalServer(tiny)
    assert started[0].poll() is not None


# What cannot be served is one line


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    assert "no such file or directory, a GGUF file wanted" in refusal(tmp_path / "none.gguf")


def test_a_folder_is_one_line(tmp_path: Path) -> None:
    assert "is a directory, a GGUF file wanted" in refusal(tmp_path)


@pytest.mark.parametrize("content", [b"", b"GG", b"PK\x03\x04zip", b"<html>404</html>"])
def test_a_file_of_another_kind_is_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.gguf").write_bytes(content)
    assert f"begins with {content[:4]!r}, a GGUF file wanted" in refusal(tmp_path / "model.gguf")


@pytest.mark.parametrize("kept", [4, 1_000, 50_000])
def test_a_file_that_is_cut_is_one_line(tiny: Path, tmp_path: Path, kept: int) -> None:
    (tmp_path / "cut.gguf").write_bytes(tiny.read_bytes()[:kept])
    assert "cannot be loaded, a chat model as GGUF wanted" in refusal(tmp_path / "cut.gguf")


def test_a_missing_package_is_one_line(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    assert refusal(tiny).endswith("the package xllamacpp is missing; pip install 'articlebot[llamacpp]'")
