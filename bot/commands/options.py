"""What several commands share: their options, what those choose, and how an error is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from index.errors import ArticlebotError
from index.store.postgres.address import IndexPlace, as_place

if TYPE_CHECKING:
    from bot.settings import Settings
    from retrieval.llm.model import LLM

IndexOption = Annotated[
    str | None,
    typer.Option(
        "--index",
        metavar="FOLDER|postgresql://…",
        help="Folder of the index, or a database. Default: $ARTICLEBOT_INDEX, else .articlebot/index, "
        "else that of `make ask`.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of text.")]
PassagesOption = Annotated[bool, typer.Option("--passages", help="Show each quote among its neighbours.")]
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="Sentence Transformers model by name or folder. Default: the bundled multilingual-e5-small.",
        show_default=False,
    ),
]
DeviceOption = Annotated[
    str | None,
    typer.Option(
        "--device",
        metavar="cpu|cuda|mps|auto",
        help="Embed there, in 32 bits; auto: on an accelerator, if there is one. Default: in int8 on the CPU.",
        show_default=False,
    ),
]
RerankerOption = Annotated[
    str | None,
    typer.Option(
        "--reranker",
        help="Sentence Transformers CrossEncoder by name or folder, which reads the best passages again. Default: off.",
        show_default=False,
    ),
]

WORK = Path(".articlebot/eval")
LATEST = Path(".articlebot/latest")  # the Makefile writes it

SinceOption = Annotated[
    str | None,
    typer.Option(
        metavar="YYYY-MM-DD",
        help="Search only articles published on this day or later; those without a date are left out.",
        show_default=False,
    ),
]
UntilOption = Annotated[
    str | None,
    typer.Option(metavar="YYYY-MM-DD", help="And on this day or earlier.", show_default=False),
]
SourceOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Search only articles of this outlet, or of this source as `articlebot status` names it.",
        show_default=False,
    ),
]
LanguageOption = Annotated[
    str | None,
    typer.Option(metavar="fr|en|…", help="Search only articles in this language; ask in any.", show_default=False),
]

SetsArgument = Annotated[
    list[Path], typer.Argument(metavar="SET...", help="Folders that hold articles/*.md and questions.jsonl.")
]
WorkOption = Annotated[Path, typer.Option("--work", help="Where the indexes of the sets are kept between runs.")]
LLMOption = Annotated[
    str | None,
    typer.Option(
        "--llm",
        metavar="PROVIDER:MODEL",
        help="Let a language model write the answers, each sentence proven: openai:…, anthropic:…, mistralai:…, "
        "ollama:…, llamacpp:FILE.gguf. Default: $ARTICLEBOT_LLM, else none.",
        show_default=False,
    ),
]
DeadlineOption = Annotated[
    float | None,
    typer.Option(
        "--llm-deadline",
        metavar="SECONDS",
        min=1,
        help="For one answer of the language model; of one on this machine, of silence. "
        "Default: $ARTICLEBOT_LLM_DEADLINE_S, else 60.",
        show_default=False,
    ),
]
ContextOption = Annotated[
    int | None,
    typer.Option(
        "--llm-context",
        metavar="TOKENS",
        min=200,
        help="Of passages that the language model is shown. Default: $ARTICLEBOT_LLM_CONTEXT_TOKENS, else 4000, "
        "1000 for one on this machine.",
        show_default=False,
    ),
]


def named_index(index: str | IndexPlace | None, settings: Settings) -> IndexPlace:
    """Returns the folder or database that was named, else that of the settings."""
    return settings.index if index is None or index == "" else as_place(index)


def chosen_index(index: str | IndexPlace | None) -> IndexPlace:
    """Returns the index that was named, else that of the settings; where neither is, and none is there, `make ask`'s.

    The last is told: nobody who named an index gets another one.
    """
    from bot.settings import load_settings

    settings = load_settings()
    if index or "index" in settings.model_fields_set:
        return named_index(index, settings)
    from index.store.live import is_index_there

    latest = _latest()
    default = named_index(None, settings)
    if latest is None or not isinstance(default, Path) or is_index_there(default) or not is_index_there(latest):
        return default
    from bot.terminal.display import err
    from index.text.visible import one_line

    err.print(one_line(f"articlebot: no {default}, so this is {latest}, of `make`"), style="dim", soft_wrap=True)
    return latest


def _latest() -> Path | None:
    """Returns the index that `make ask` or `make bot` made last here; None where it made none."""
    try:
        name = LATEST.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return Path(name) if name else None


def chosen_llm(name: str | None, deadline_s: float | None = None, context_tokens: int | None = None) -> LLM | None:
    """Returns the model of the options, else of the settings, with its limits; None: none is wanted."""
    from bot.settings import load_settings

    settings = load_settings()
    name = name or settings.llm
    if name is None:
        return None
    from retrieval.llm import connect
    from retrieval.llm.budget import Budget

    return connect(
        name,
        base_url=settings.llm_base_url,
        deadline_s=deadline_s or settings.llm_deadline_s,
        context_tokens=context_tokens or settings.llm_context_tokens,
        budget=Budget(settings.llm_tokens_per_day),
    )


@contextmanager
def plain_errors(interrupted: str = "stopped", code: int = 1) -> Iterator[None]:
    """Turns our errors, a full disk among them, into one line and exit `code`; Ctrl-C into one line and exit 130."""
    from bot.terminal.display import err
    from index.text.visible import one_line

    try:
        yield
    except ArticlebotError as error:
        err.print(one_line(f"articlebot: {error}"), style="red", soft_wrap=True)
        raise typer.Exit(code) from error
    except KeyboardInterrupt as error:
        err.print(f"articlebot: {interrupted}", soft_wrap=True)
        raise typer.Exit(130) from error
