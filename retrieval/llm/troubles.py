"""What may go wrong with a language model, told from the errors of any provider's client."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessageChunk

Trouble: TypeAlias = Literal[
    "timeout", "busy", "server", "connection", "overflow", "length", "withheld", "denied", "refused", "empty",
    "language", "budget", "quota", "uncounted", "broken", "unproven", "nothing",
]  # fmt: skip

PASSING = frozenset({"timeout", "busy", "server", "connection"})

_OVERFLOW = re.compile(
    r"(?i)context.{0,20}(?:length|window|size|overflow)|maximum context|too many tokens|token count|prompt is too long"
)
_UNPAID = re.compile(r"(?i)insufficient[_ ](?:quota|balance|funds|credit)|credit balance|exceeded your current quota")
_NO_NETWORK = (TypeError, AttributeError, LookupError, ArithmeticError, NotImplementedError, AssertionError, Warning)
_END_REASONS = ("finish_reason", "stop_reason", "done_reason")  # OpenAI and Mistral, Anthropic, Ollama
# why a model stopped, where that is no end of its own; providers' words for it
_STOPPED: dict[str, Trouble] = {
    "length": "length", "max_tokens": "length", "model_length": "length",
    "model_context_window_exceeded": "overflow",
    "content_filter": "withheld", "refusal": "withheld", "safety": "withheld", "recitation": "withheld",
    "error": "server", "pause_turn": "connection",
}  # fmt: skip


class ModelTrouble(Exception):  # noqa: N818  it is caught within this package, not shown
    """One call went wrong."""

    def __init__(self, kind: Trouble, wait_s: float = 0.0) -> None:
        super().__init__(kind)
        self.kind: Trouble = kind
        self.wait_s = wait_s  # that the server asked for


def trouble_of(error: Exception) -> ModelTrouble:
    """Returns what kind of trouble an exception of any provider's client is."""
    from index.sources.web.responses import retry_after  # its HTTP client, which a plain question needs not

    names = " ".join(cls.__name__ for cls in type(error).__mro__)
    response = getattr(error, "response", None)
    status = getattr(error, "status_code", None) or getattr(response, "status_code", None)
    said = str(error)
    if status == 413 or "ContextOverflow" in names or _OVERFLOW.search(said):
        return ModelTrouble("overflow")
    if status == 402 or _UNPAID.search(said):
        return ModelTrouble("quota")
    if status in (408, 504) or "Timeout" in names:
        return ModelTrouble("timeout")
    if status in (409, 425, 429):
        return ModelTrouble("busy", retry_after(getattr(response, "headers", {})))
    if isinstance(status, int) and status >= 500:
        return ModelTrouble("server", retry_after(getattr(response, "headers", {})))
    if status in (401, 403):
        return ModelTrouble("denied")
    if isinstance(status, int) and status >= 400:
        return ModelTrouble("refused")
    return ModelTrouble("broken" if isinstance(error, _NO_NETWORK) else "connection")


def trouble_at_end(whole: BaseMessageChunk | None) -> ModelTrouble | None:
    """Returns what was wrong with a stream that ended by itself; None where it was complete.

    A connection that is cut looks like an end where nothing tells how long the answer is. Providers say why they
    stopped: one that names itself and does not say so was cut. LangChain's fake models name no provider.
    """
    told: dict[str, Any] = getattr(whole, "response_metadata", None) or {}
    reasons = [str(told[name]).lower() for name in _END_REASONS if told.get(name)]
    for reason in reasons:
        if stopped := _STOPPED.get(reason):
            return ModelTrouble(stopped)
    if "model_provider" in told and not reasons:
        return ModelTrouble("connection")
    return None if whole is not None and whole.text else ModelTrouble("empty")
