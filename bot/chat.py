"""A chat on the terminal."""

from __future__ import annotations

import locale
import sys
from typing import TYPE_CHECKING

from bot.display import err, out, show_answer
from index import ArticlebotError
from retrieval.conversation import Conversation

if TYPE_CHECKING:
    from retrieval import ArticleQA

_WORDS = {
    "fr": ("Posez une question ; /new change de sujet, /quit termine.", "Nouveau sujet."),
    "en": ("Ask a question; /new starts a new subject, /quit ends.", "New subject."),
}


def run_chat(qa: ArticleQA) -> None:
    """Reads questions line by line until /quit or the end of input, and prints answers."""
    language = "fr" if (locale.getlocale()[0] or "").startswith("fr") else "en"
    welcome, fresh = _WORDS[language]
    if sys.stdin.isatty():
        import readline  # noqa: F401  gives the prompt its history and line editing

        out.print(welcome, style="dim")
    conversation = Conversation()
    while True:
        try:
            line = input("\n› " if sys.stdin.isatty() else "").strip()
        except EOFError:
            return
        if line in ("/quit", "/exit", "/q"):
            return
        if line == "/new":
            conversation = Conversation()
            out.print(fresh, style="dim")
        elif line:
            try:
                show_answer(qa.ask(line, conversation=conversation))
            except ArticlebotError as error:
                err.print(f"articlebot: {error}", style="red", markup=False)
