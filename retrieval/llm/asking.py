"""Asks an LLM: for a standalone question, and for the sentences of an answer, line by line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from index.article import Passage
from index.text.languages import detect_language
from retrieval.llm.model import LLM, Message, Usage
from retrieval.llm.prompts import again_in, answer_prompt, rewrite_prompt
from retrieval.llm.troubles import PASSING, ModelTrouble, Trouble

if TYPE_CHECKING:
    from retrieval.understanding.conversation import Turn

_LONGEST_QUESTION = 400  # characters that a rewritten question may have
_LONGEST_ANSWER = 20_000  # characters of JSON lines, some ten times what the rules ask for
_ADDRESS = re.compile(r"(?i)https?:|www\.")
_FENCE = re.compile(r"`{3}\w*|[\[\],]")
_ANOTHER_TRY_HELPS = frozenset({"empty", "overflow"})
_SHARE = 1 / 3  # of the deadline, that a standalone question may take


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence that the model proposes."""

    text: str
    id: str  # of the passage, opaque
    quote: str


@dataclass(frozen=True, slots=True)
class Ended:
    """How the model's answer ended."""

    trouble: Trouble | None = None  # None: as it should
    unreadable: int = 0  # lines that were no claim


class Task:
    """A question that a model is to answer, and the passages that may."""

    def __init__(
        self, question: str, language: str, passages: Sequence[Passage], today: date, llm: LLM, usage: Usage
    ) -> None:
        """Takes a standalone question, its language, passages, best first, and who is asked and what that takes."""
        self._prompt_of = partial(answer_prompt, question, language, passages, today, llm.context_tokens)
        self._language = language
        self.llm = llm
        self.usage = usage
        self.prompt = self._prompt_of()

    def claims(self) -> Iterator[Claim | Ended]:
        """Yields the model's sentences as they come, then how it ended.

        It is asked again once where its first sentence is in another language, where nothing in it can be read or
        it was cut before its first sentence, and with half the passages where they were too many.
        """
        messages: tuple[Message, ...] = self.prompt.messages
        tried_again = False
        while True:
            lines = _Lines()
            try:
                for claim in lines.read(self.llm.ask(messages, self.usage)):
                    if lines.claims == 1 and detect_language(claim.text, (self._language,)) != self._language:
                        raise ModelTrouble("language")
                    yield claim
                trouble: Trouble | None = None if lines.claims or lines.refused else "empty"
            except ModelTrouble as error:
                trouble = error.kind
            if tried_again or not lines.worth_another_try(trouble):
                yield Ended(trouble, lines.unreadable)
                return
            tried_again = True
            if trouble == "language":
                messages = again_in(self._language, self.prompt.messages)
            elif trouble == "overflow":
                messages = self._prompt_of(most=max(len(self.prompt.passages) // 2, 1)).messages


class _Lines:
    """Reads the model's lines; what it reads is counted as it goes."""

    def __init__(self) -> None:
        self.claims = 0
        self.unreadable = 0
        self.refused = False  # {"found": false}
        self._begun = False

    def worth_another_try(self, trouble: Trouble | None) -> bool:
        """Whether the model may do better the next time, and nothing of this time was used."""
        if trouble in PASSING:
            return self._begun and not self.claims  # before a word came, `LLM.ask` tried until its time was up
        return trouble == "language" or (trouble in _ANOTHER_TRY_HELPS and not self.claims)

    def read(self, pieces: Iterator[str]) -> Iterator[Claim]:
        begun = ""
        heard = 0
        for piece in pieces:
            self._begun = True
            heard += len(piece)
            if heard > _LONGEST_ANSWER:  # it repeats itself and would not end
                return
            *lines, begun = (begun + piece).split("\n")
            for line in lines:
                yield from self._claim(line)
        yield from self._claim(begun)

    def _claim(self, line: str) -> Iterator[Claim]:
        line = line.strip()
        if not line or _FENCE.fullmatch(line):
            return
        try:
            told = json.loads(line.rstrip(","))
        except (ValueError, RecursionError):
            told = None
        if isinstance(told, dict) and told.get("found") is False:
            self.refused = True
        elif isinstance(told, dict) and all(isinstance(told.get(key), str) for key in ("text", "id", "quote")):
            self.claims += 1
            yield Claim(told["text"], told["id"], told["quote"])
        else:
            self.unreadable += 1


def standalone_question(llm: LLM, question: str, turns: Sequence[Turn], language: str, usage: Usage) -> str | None:
    """Returns the question as the model rewrites it after these turns; None where that is of no use."""
    try:
        written = "".join(llm.ask(rewrite_prompt(question, turns, llm.history_tokens), usage, share=_SHARE)).strip()
    except ModelTrouble:
        return None
    if "\n" in written or not 0 < len(written) <= _LONGEST_QUESTION or _ADDRESS.search(written):
        return None
    return written if detect_language(written, (language,)) == language else None
