"""A chat, line by line: on a terminal, or from a file or a pipe."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from bot.display import err, out, show_as_it_comes
from index import ArticlebotError
from retrieval.conversation import Conversation

if TYPE_CHECKING:
    from retrieval import ArticleQA
    from retrieval.asking import How

_WORDS = {
    "fr": ("Posez une question ; /new change de sujet, /quit termine.", "Nouveau sujet."),
    "en": ("Ask a question; /new starts a new subject, /quit ends.", "New subject."),
}


def run_chat(qa: ArticleQA, within: How | None = None, *, as_json: bool = False) -> None:
    """Answers line by line until /quit or the end of input; /new forgets what was said before.

    Args:
        qa: what is asked.
        within: filters of every question.
        as_json: prints each answer as one line of JSON.
    """
    within = within or {}
    is_terminal = sys.stdin.isatty()
    welcome, fresh = _WORDS["fr" if _locale().startswith("fr") else "en"]
    if is_terminal:
        err.print(welcome, style="dim")
    conversation = Conversation()
    for line in _lines(is_terminal):
        if line in ("/quit", "/exit", "/q"):
            return
        if line == "/new":
            conversation = Conversation()
            err.print(fresh, style="dim")
            continue
        how: How = {**within, "conversation": conversation}
        try:
            qa.refresh()
            if as_json:
                answer = qa.ask(line, **how)
                print(json.dumps(answer.to_dict(), ensure_ascii=False), flush=True)  # noqa: T201  a line an answer
                continue
            show_as_it_comes(qa.stream(line, **how), written=qa.llm is not None)
        except ArticlebotError as error:
            err.print(f"articlebot: {error}", style="red", soft_wrap=True)
            continue
        if not is_terminal:  # where the prompt brings the empty line
            out.print()


def _lines(is_terminal: bool) -> Iterator[str]:
    """Yields what is typed or piped in, without empty lines."""
    if is_terminal:
        with suppress(ImportError):  # not in every Python; without it the prompt has no history
            import readline  # noqa: F401
    while True:
        try:
            if is_terminal:
                out.print()
            line = input("› " if is_terminal else "")
        except (EOFError, KeyboardInterrupt) as end:
            if is_terminal:
                out.print()  # what comes next begins its own line
            if isinstance(end, KeyboardInterrupt):
                raise
            return
        if line.strip():
            yield line.strip()


def _locale() -> str:
    """Returns the locale that the person set, whether or not it is installed: "fr_FR.UTF-8", "C", ""."""
    return next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
