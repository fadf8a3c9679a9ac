"""A chat, line by line: on a terminal, or from a file or a pipe."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bot.terminal.display import err, out, show_as_it_comes, show_sources
from index.errors import ArticlebotError
from index.text.by_language import ByLanguage
from index.text.visible import json_text, one_line
from retrieval.answering.answer import Answer
from retrieval.understanding.conversation import Conversation

if TYPE_CHECKING:
    from retrieval import ArticleQA
    from retrieval.asking.ways import How

_LEAVING = ("/quit", "/exit", "/q")
_COMMAND = re.compile(r"/\w*(?=\s|$)")  # "/etc/passwd" may be asked about
_WORDS = ByLanguage("", Path(__file__).with_name("our_words"))


def run_chat(qa: ArticleQA, within: How | None = None, *, as_json: bool = False, passages: bool = False) -> None:
    """Answers line by line until /quit or the end of input; what is said about commands goes to standard error.

    Args:
        qa: what is asked.
        within: filters of every question.
        as_json: prints each answer as one line of JSON.
        passages: shows each quote among its neighbours.
    """
    is_terminal = sys.stdin.isatty()
    chat = _Chat(qa, within or {}, as_json, passages, _WORDS.get(_locale()[:2], _WORDS["en"]))
    if is_terminal:
        chat.say("welcome")
    for line in _lines(is_terminal):
        command = _COMMAND.match(line)
        if command and command[0].lower() in _LEAVING:
            return
        shown = chat.obey(command[0].lower()) if command else chat.answer(line)
        if shown and not as_json and not is_terminal:  # where the prompt brings the empty line
            out.print()


@dataclass(slots=True)
class _Chat:
    """What was said so far, and how it is said."""

    qa: ArticleQA
    within: How  # filters of every question
    as_json: bool
    passages: bool  # whether each quote is shown among its neighbours
    words: Mapping[str, str]
    conversation: Conversation = field(default_factory=Conversation)
    last: Answer | None = None  # that has citations

    def say(self, key: str, **values: str) -> None:
        err.print(self.words[key].format(**values), style="dim")

    def answer(self, question: str) -> bool:
        """Answers a question; returns whether anything was shown on standard output."""
        how: How = {**self.within, "conversation": self.conversation}
        try:
            self.qa.refresh()
            if self.as_json:
                told = self.qa.ask(question, **how)
                print(json_text(told.to_dict()), flush=True)  # noqa: T201  a line an answer
            else:
                pieces = self.qa.stream(question, **how)
                told = show_as_it_comes(pieces, written=self.qa.llm is not None, passages=self.passages)
        except ArticlebotError as error:
            err.print(one_line(f"articlebot: {error}"), style="red", soft_wrap=True)
            return False
        if told.citations or told.nearest:
            self.last = told
        return True

    def obey(self, command: str) -> bool:
        """Does what a command says; returns whether anything was shown on standard output."""
        if command == "/sources" and self.last:
            show_sources(self.last, err if self.as_json else out)
            return True
        if command == "/new":
            self.conversation = Conversation()
        known = {"/new": "new", "/help": "help", "/sources": "none"}
        self.say(known.get(command, "unknown"), command=command)
        return False


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
