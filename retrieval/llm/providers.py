"""The chat model that "provider:model" names, by LangChain; what is missing is told in one line."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from ipaddress import ip_address
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

from index.errors import ArticlebotError, why

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_PACKAGES = {  # others of LangChain work where they are installed
    "openai": "langchain_openai",
    "anthropic": "langchain_anthropic",
    "mistralai": "langchain_mistralai",
    "ollama": "langchain_ollama",
    "llamacpp": "langchain_openai",
}
_KEYS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY", "mistralai": "MISTRAL_API_KEY"}
_PORTS = {"http": 80, "https": 443}
_OLLAMA_PORT = 11434
_PATIENCE_S = 5.0  # to reach a server when the model is opened
# Tokens of an answer: three sentences beside each other, and where thinking counts, that too.
_MOST_TOKENS, _MOST_TOKENS_HERE = 4_000, 600


class LLMError(ArticlebotError, ValueError):
    """The model cannot be used as asked: what was found, what is wanted, what to do."""


@dataclass(frozen=True, slots=True)
class Connected:
    """A chat model, and what goes with it."""

    model: BaseChatModel
    constrain: Callable[[dict[str, Any]], dict[str, Any]] | None  # see `LLM.constrain`
    close: Callable[[], None]  # stops a server that was started for it


def open_model(name: str, base_url: str | None, *, timeout_s: float, context_tokens: int) -> Connected:
    """Returns what a name stands for; else as `retrieval.llm.connect`."""
    provider, model = _named(name, base_url)
    most = _MOST_TOKENS_HERE if runs_locally(name, base_url) else _MOST_TOKENS
    options: dict[str, Any] = {}
    close: Callable[[], None] = lambda: None  # noqa: E731  nothing to stop
    if provider == "llamacpp":
        from retrieval.llm.llamacpp import LocalServer, direct_clients

        server = LocalServer(Path(model), context_tokens)
        provider, model, base_url, close = "openai", Path(model).stem, server.base_url, server.close
        options |= direct_clients()
    else:
        _check_server(name, _address(provider, base_url))
    options |= _options(provider, base_url, timeout_s, context_tokens) | _limit(provider, base_url, most)
    try:
        return Connected(_chat_model(name, provider, model, options), _constraint(provider, options), close)
    except BaseException:
        close()
        raise


def runs_locally(name: str, base_url: str | None) -> bool:
    """Whether a model runs on this machine, where a prompt is read slowly and a word takes its time."""
    provider = name.partition(":")[0]
    if provider == "llamacpp":
        return True
    try:
        host = urlsplit(_address(provider, base_url)).hostname or ""
    except ValueError:  # told when it is opened
        return False
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _limit(provider: str, base_url: str | None, most: int) -> dict[str, Any]:
    """Returns the options by which an answer takes so many tokens at most."""
    if provider == "ollama":
        return {"num_predict": most}
    if provider == "openai" and base_url:
        return {"extra_body": {"max_tokens": most}}  # the name that others than OpenAI know
    return {"max_tokens": most} if provider in _KEYS else {}


def _constraint(provider: str, options: dict[str, Any]) -> Callable[[dict[str, Any]], dict[str, Any]] | None:
    """Returns the provider's own way to hold a model to a JSON schema; None where it has none that we know."""

    def of_openai(schema: dict[str, Any]) -> dict[str, Any]:
        return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}}

    ways: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
        # by its client's own `response_format` a stream would be checked, and a cut one be an error
        "openai": lambda schema: {"extra_body": options.get("extra_body", {}) | {"response_format": of_openai(schema)}},
        "mistralai": lambda schema: {"response_format": of_openai(schema)},
        "anthropic": lambda schema: {"output_config": {"format": {"type": "json_schema", "schema": schema}}},
        "ollama": lambda schema: {"format": schema},
    }
    return ways.get(provider)


def check_model(name: str, base_url: str | None) -> str:
    """Returns the address of the server that "provider:model" is asked at, "" where that is the provider's own.

    Nothing is asked of it, and no model is opened.

    Raises:
        ArticlebotError: the name, the package, the key, the file or the address cannot be used.
    """
    provider, model = _named(name, base_url)
    if provider == "llamacpp":
        from retrieval.llm.llamacpp import check_file

        check_file(Path(model))
        return ""
    address = _address(provider, base_url)
    if address:
        _split(name, address)
    return address


def _named(name: str, base_url: str | None) -> tuple[str, str]:
    """Returns provider and model; raises LLMError where one of them, the package or the key is missing."""
    provider, _, model = name.partition(":")
    if not provider or not model:
        raise LLMError(f"llm {name!r}: wanted provider:model, such as openai:gpt-5-mini or ollama:llama3.2")
    package, key = _PACKAGES.get(provider), _KEYS.get(provider)
    if package and find_spec(package) is None:
        raise LLMError(f"llm {name!r}: the package {package} is missing; pip install 'articlebot[{provider}]'")
    if key and not os.environ.get(key) and not base_url:
        raise LLMError(f"llm {name!r}: no key; set {key}, or name a server that needs none by ARTICLEBOT_LLM_BASE_URL")
    return provider, model


def _options(provider: str, base_url: str | None, timeout_s: float, context_tokens: int) -> dict[str, Any]:
    """Returns what the provider's class is made with, each by the name that it knows."""
    options: dict[str, Any] = {"temperature": 0}
    if base_url:
        options["base_url"] = base_url
    if provider == "ollama":  # where it is not told how long prompts are, it cuts them without a word
        return options | {"client_kwargs": {"timeout": timeout_s}, "num_ctx": 2 * (context_tokens + 1_000)}
    options |= {"timeout": timeout_s, "max_retries": 0}  # we try again ourselves, and keep an eye on the clock
    if provider == "mistralai":
        options["timeout"] = ceil(timeout_s)  # it takes whole seconds only
    if provider == "openai":
        options["stream_usage"] = True
    if base_url and provider in _KEYS and not os.environ.get(_KEYS[provider]):
        options["api_key"] = "none"  # a server of one's own asks for none, the clients insist on one
    return options


def _address(provider: str, base_url: str | None) -> str:
    """Returns where the server is, "" where it is the provider's own; Ollama is expected on this machine."""
    if base_url or provider != "ollama":
        return base_url or ""
    host = os.environ.get("OLLAMA_HOST") or "127.0.0.1"
    if "://" in host:
        return host
    return f"http://{host}" if host.rpartition(":")[2].isdigit() else f"http://{host}:{_OLLAMA_PORT}"


def _check_server(name: str, address: str) -> None:
    """Raises LLMError where nothing listens at this address; without one, nothing is tried.

    Nothing is asked of the server, and nothing tried where a proxy stands between.
    """
    if not address:
        return
    url = _split(name, address)
    host, port = url.hostname or "", url.port or _PORTS[url.scheme]
    if {url.scheme, "all"} & getproxies().keys() and not proxy_bypass(f"{host}:{port}"):
        return
    try:
        socket.create_connection((host, port), _PATIENCE_S).close()
    except OSError as error:
        raise LLMError(
            f"llm {name!r}: no server at {url.scheme}://{host}:{port} ({why(error).lower()}); start it, or correct "
            "ARTICLEBOT_LLM_BASE_URL"
        ) from error


def _split(name: str, address: str) -> SplitResult:
    """Returns the parts of a server's address; raises LLMError where it is none, without repeating a password."""
    try:
        url = urlsplit(address)
        usable = url.scheme in _PORTS and url.hostname and url.port != 0
    except ValueError:  # a port that is no number
        usable = False
    if not usable:
        shown = address.rpartition("@")[2]
        raise LLMError(f"llm {name!r}: the base URL {shown!r} is none, wanted one such as http://127.0.0.1:8080/v1")
    return url


def _chat_model(name: str, provider: str, model: str, options: dict[str, Any]) -> BaseChatModel:
    from langchain.chat_models import init_chat_model
    from pydantic import ValidationError

    try:
        chat_model: BaseChatModel = init_chat_model(model, model_provider=provider, **options)
    except ImportError as error:
        missing = str(error).split(".")[0]
        raise LLMError(f"llm {name!r}: {missing}; install the LangChain package of that provider") from error
    except ValidationError as error:  # its own words repeat what was found, keys included
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise LLMError(f"llm {name!r}: {where or provider}: {first['msg']}; check the provider's settings") from None
    except Exception as error:  # each provider's client has errors of its own
        first_line = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        raise LLMError(f"llm {name!r}: {first_line}; see the providers of LangChain's init_chat_model") from error
    return chat_model
