"""A language model, asked within bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retrieval.llm.budget import Budget
    from retrieval.llm.model import LLM


def connect(
    name: str,
    *,
    base_url: str | None = None,
    timeout_s: float | None = None,
    deadline_s: float = 60.0,
    context_tokens: int | None = None,
    budget: Budget | None = None,
) -> LLM:
    """Returns a model ready to be asked.

    Args:
        name: "provider:model": openai, anthropic, mistralai, ollama, any other of `init_chat_model`, or
            "llamacpp:/path/model.gguf" for a file on this machine.
        base_url: of a server that speaks the provider's API; with openai, any OpenAI-compatible one.
        timeout_s: of silence on the connection; None: 30, of a model on this machine its deadline.
        deadline_s: of one answer; of a model on this machine, of silence: it begins anew with each word.
        context_tokens: of passages in a prompt; None: 4,000, of a model on this machine 1,000.
        budget: tokens a day; None: no limit.

    Raises:
        ArticlebotError: the name, the package, the key, the server, the file or the budget cannot be used; in one
            line with the remedy.
    """
    from retrieval.llm.budget import Budget
    from retrieval.llm.model import LLM
    from retrieval.llm.providers import open_model, runs_locally

    if budget:
        budget.has_room()  # a damaged file is told now, not with the first answer
    here = runs_locally(name, base_url)
    context_tokens = context_tokens or (1_000 if here else 4_000)
    timeout_s = timeout_s or (deadline_s if here else 30.0)
    opened = open_model(name, base_url, timeout_s=timeout_s, context_tokens=context_tokens)
    return LLM(
        opened.model, name, deadline_s, counts_silence=here, context_tokens=context_tokens,
        constrain=opened.constrain, budget=budget or Budget(), close=opened.close,
    )  # fmt: skip
