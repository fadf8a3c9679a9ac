"""A language model to write answers: connecting to it, asking it within a deadline, what it costs."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from index import ArticlebotError
from retrieval.budget import Budget
from retrieval.tokens import count_tokens

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessageChunk
    from langchain_core.runnables import RunnableConfig

Message: TypeAlias = tuple[Literal["system", "human", "ai"], str]
Trouble: TypeAlias = Literal[
    "timeout", "busy", "server", "connection", "overflow", "denied", "refused", "empty", "language", "budget"
]

_PROVIDERS = {  # provider -> (package, the variable of its key); others of LangChain work where they are installed
    "openai": ("langchain_openai", "OPENAI_API_KEY"),
    "anthropic": ("langchain_anthropic", "ANTHROPIC_API_KEY"),
    "mistralai": ("langchain_mistralai", "MISTRAL_API_KEY"),
    "ollama": ("langchain_ollama", ""),
    "llamacpp": ("langchain_openai", ""),
}
_PASSING = frozenset({"timeout", "busy", "server", "connection"})
_OVERFLOW = re.compile(
    r"(?i)context.{0,20}(?:length|window|size|overflow)|maximum context|too many tokens|prompt is too long"
)
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 8.0
_TRIES = 4  # a server that is down shall not cost the whole deadline


class LLMError(ArticlebotError, ValueError):
    """The model cannot be used as asked: what was found, what is wanted, what to do."""


class ModelTrouble(Exception):  # noqa: N818  it is caught within this package, not shown
    """One call went wrong."""

    def __init__(self, kind: Trouble, wait_s: float | None = None) -> None:
        super().__init__(kind)
        self.kind: Trouble = kind
        self.wait_s = wait_s  # that the server asked for


@dataclass(slots=True)
class Usage:
    """Tokens of one answer."""

    input: int = 0
    output: int = 0
    calls: int = 0

    def to_dict(self) -> dict[str, int]:
        """Returns them as plain values; {} where nothing was asked."""
        return {"input": self.input, "output": self.output, "calls": self.calls} if self.calls else {}


@dataclass(frozen=True, slots=True)
class LLM:
    """A chat model with the limits of its use."""

    model: BaseChatModel
    name: str = ""
    deadline_s: float = 60.0  # of one answer, all tries together
    context_tokens: int = 4_000  # of passages in a prompt
    history_tokens: int = 800  # of earlier turns in a prompt
    budget: Budget = field(default_factory=Budget)
    sleep: Callable[[float], None] = time.sleep
    close: Callable[[], None] = lambda: None  # stops a server of our own

    def ask(
        self,
        messages: Sequence[Message],
        usage: Usage,
        config: RunnableConfig | None = None,
        until: float | None = None,
    ) -> Iterator[str]:
        """Yields the model's text as it comes; adds what it costs to `usage`.

        What passes (timeouts, 429, 5xx, cut connections) is tried again while nothing has come and there is time.

        Args:
            messages: what it is told.
            usage: is added to.
            config: LangChain's, so that callbacks see the call.
            until: `time.monotonic()` at which to give up; None: after `deadline_s`.

        Raises:
            ModelTrouble: it cannot answer.
        """
        until = until or time.monotonic() + self.deadline_s
        wait = _FIRST_WAIT_S
        for tries_left in reversed(range(_TRIES)):
            if not self.budget.has_room():
                raise ModelTrouble("budget")
            begun = False
            try:
                for piece in self._once(messages, usage, config, until):
                    begun = True
                    yield piece
            except ModelTrouble as trouble:
                pause = min(trouble.wait_s or wait, _LONGEST_WAIT_S) if trouble.wait_s is None else trouble.wait_s
                if begun or not tries_left or trouble.kind not in _PASSING or time.monotonic() + pause >= until:
                    raise
                self.sleep(pause)
                wait *= 2
            else:
                return

    def _once(
        self, messages: Sequence[Message], usage: Usage, config: RunnableConfig | None, until: float
    ) -> Iterator[str]:
        counted = said = 0
        whole: BaseMessageChunk | None = None
        usage.calls += 1
        try:
            for chunk in self.model.stream(list(messages), config):
                if time.monotonic() > until:
                    raise ModelTrouble("timeout")
                whole = chunk if whole is None else whole + chunk
                text = chunk.text
                said += len(text)
                if text:
                    yield str(text)
        except (ModelTrouble, GeneratorExit):
            raise
        except Exception as error:
            raise _trouble(error) from error
        finally:
            counted = _add_usage(usage, messages, whole)
            self.budget.spend(counted)
        if not said:
            raise ModelTrouble("empty")


def _add_usage(usage: Usage, messages: Sequence[Message], whole: BaseMessageChunk | None) -> int:
    """Adds what the server counted, or what we count where it does not say; returns the tokens of this call."""
    if whole is None:
        return 0  # nothing came: nothing is charged
    told: Any = getattr(whole, "usage_metadata", None) or {}
    came_in = told.get("input_tokens") or sum(count_tokens(text) for _, text in messages)
    came_out = told.get("output_tokens") or count_tokens(whole.text)
    usage.input += came_in
    usage.output += came_out
    return int(came_in + came_out)


def _trouble(error: Exception) -> ModelTrouble:
    """Returns what kind of trouble an exception of any provider's client is."""
    names = " ".join(cls.__name__ for cls in type(error).__mro__)
    response = getattr(error, "response", None)
    status = getattr(error, "status_code", None) or getattr(response, "status_code", None)
    if "ContextOverflow" in names or _OVERFLOW.search(str(error)):
        return ModelTrouble("overflow")
    if status in (408, 504) or "Timeout" in names:
        return ModelTrouble("timeout")
    if status in (409, 425, 429):
        return ModelTrouble("busy", _retry_after(response))
    if isinstance(status, int) and status >= 500:
        return ModelTrouble("server", _retry_after(response))
    if status in (401, 403):
        return ModelTrouble("denied")
    if isinstance(status, int) and status >= 400:
        return ModelTrouble("refused")
    return ModelTrouble("connection")


def _retry_after(response: Any) -> float | None:  # noqa: ANN401  of whichever HTTP client
    told = str(getattr(response, "headers", {}).get("retry-after", ""))
    return float(told) if told.replace(".", "", 1).isdigit() else None


def connect(
    name: str,
    *,
    base_url: str | None = None,
    timeout_s: float = 30.0,
    deadline_s: float = 60.0,
    context_tokens: int = 4_000,
    budget: Budget | None = None,
) -> LLM:
    """Returns a model ready to be asked.

    Args:
        name: "provider:model": openai, anthropic, mistralai, ollama, any other of `init_chat_model`, or
            "llamacpp:/path/model.gguf" for a file on this machine.
        base_url: of a server that speaks the provider's API; with openai, any OpenAI-compatible one.
        timeout_s: of silence on the connection.
        deadline_s: of one answer.
        context_tokens: of passages in a prompt.
        budget: tokens a day; None: no limit.

    Raises:
        LLMError: the name, the package or the key is missing; in one line with the remedy.
    """
    provider, model = _named(name, base_url)
    close: Callable[[], None] = lambda: None  # noqa: E731  nothing to stop
    if provider == "llamacpp":
        from retrieval.llamacpp import LocalServer

        server = LocalServer(Path(model))
        provider, model, base_url, close = "openai", Path(model).stem, server.base_url, server.close
    options: dict[str, Any] = {"temperature": 0, "timeout": timeout_s, "max_retries": 0}
    if provider == "ollama":
        options = {"temperature": 0, "client_kwargs": {"timeout": timeout_s}}
    if provider == "openai":
        options["stream_usage"] = True
        if base_url and not os.environ.get("OPENAI_API_KEY"):
            options["api_key"] = "none"  # a server of one's own asks for none, the client insists on one
    if base_url:
        options["base_url"] = base_url
    chat_model = _chat_model(name, provider, model, options)
    return LLM(chat_model, name, deadline_s, context_tokens, budget=budget or Budget(), close=close)


def _named(name: str, base_url: str | None) -> tuple[str, str]:
    """Returns provider and model; raises LLMError where one of them, the package or the key is missing."""
    provider, _, model = name.partition(":")
    if not provider or not model:
        raise LLMError(f"llm {name!r}: wanted provider:model, such as openai:gpt-5-mini or ollama:llama3.2")
    package, key = _PROVIDERS.get(provider, (None, ""))
    if package and find_spec(package) is None:
        raise LLMError(f"llm {name!r}: the package {package} is missing; pip install 'articlebot[{provider}]'")
    if key and not os.environ.get(key) and not base_url:
        raise LLMError(f"llm {name!r}: no key; set {key}, or name a server that needs none by ARTICLEBOT_LLM_BASE_URL")
    return provider, model


def _chat_model(name: str, provider: str, model: str, options: dict[str, Any]) -> BaseChatModel:
    from langchain.chat_models import init_chat_model

    try:
        chat_model: BaseChatModel = init_chat_model(model, model_provider=provider, **options)
    except ImportError as error:
        missing = str(error).split(".")[0]
        raise LLMError(f"llm {name!r}: {missing}; install the LangChain package of that provider") from error
    except ValueError as error:
        first = str(error).strip().splitlines()[0].rstrip(".")
        raise LLMError(f"llm {name!r}: {first}; see the providers of LangChain's init_chat_model") from error
    return chat_model
