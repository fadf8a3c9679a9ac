"""Asks an LLM: for a standalone question, and for the sentences of an answer as they come."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.article import Passage
from index.text.languages import detect_language, is_foreign
from retrieval.llm.model import LLM, Message, Usage
from retrieval.llm.prompts import Prompt, PromptQuestion, again_in, answer_prompt, rewrite_prompt
from retrieval.llm.streaming import AnswerReader, Claim
from retrieval.llm.troubles import PASSING, ModelTrouble, Trouble

if TYPE_CHECKING:
    from retrieval.understanding.conversation import Turn

_LONGEST_QUESTION = 400  # characters that a rewritten question may have
_LONGEST_ANSWER = 20_000  # characters, some ten times what the rules ask for
_ADDRESS = re.compile(r"(?i)https?:|www\.")
_ANOTHER_TRY_HELPS = frozenset({"empty", "overflow"})
_SHARE = 1 / 3  # of the deadline, that a standalone question may take


@dataclass(frozen=True, slots=True)
class Ended:
    """How the model's answer ended."""

    trouble: Trouble | None = None  # None: as it should
    unreadable: int = 0  # objects and lines that were no claim


class Task:
    """A question that a model is to answer, and the passages that may."""

    def __init__(
        self,
        asked: PromptQuestion,
        passages: Sequence[Passage],
        join: Callable[[Sequence[Passage]], Sequence[Passage]],
        llm: LLM,
        usage: Usage,
    ) -> None:
        """Takes a question, the passages that may answer, best first, what joins them, and who is asked."""
        self._asked, self._passages, self._join = asked, passages, join
        self.llm = llm
        self.usage = usage
        self.prompt = self._prompt_of(passages)  # as it was asked last: what numbers stand for

    def claims(self) -> Iterator[Claim | Ended]:
        """Yields the model's sentences as they come, then how it ended.

        It is asked again once where its first sentence is in another language, where nothing in it can be read or
        it was cut before its first sentence, and with half the passages where they were too many.
        """
        messages: tuple[Message, ...] = self.prompt.messages
        tried_again = False
        while True:
            answer = _Answer(self.llm.ask(messages, self.usage, schema=self.prompt.schema))
            try:
                for claim in answer.claims():
                    if answer.reader.claims == 1 and is_foreign(claim.text, self._asked.language):
                        raise ModelTrouble("language")
                    yield claim
                trouble: Trouble | None = None if answer.reader.claims or answer.reader.refused else "empty"
            except ModelTrouble as error:
                trouble = error.kind
            if tried_again or not answer.worth_another_try(trouble):
                yield Ended(trouble, answer.reader.unreadable)
                return
            tried_again = True
            if trouble == "language":
                messages = again_in(self._asked.language, self.prompt.messages)
            elif trouble == "overflow":
                self.prompt = self._prompt_of(self._passages[: max(len(self._passages) // 2, 1)])
                messages = self.prompt.messages

    def _prompt_of(self, passages: Sequence[Passage]) -> Prompt:
        return answer_prompt(self._asked, passages, self.llm.context_tokens, self._join)


class _Answer:
    """One answer of the model as it comes."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self.reader = AnswerReader()
        self._pieces = pieces
        self._heard = 0  # characters

    def worth_another_try(self, trouble: Trouble | None) -> bool:
        """Whether the model may do better the next time, and nothing of this time was used."""
        if trouble in PASSING:
            return self._heard > 0 and not self.reader.claims  # before a word came, `LLM.ask` tried all its time
        return trouble == "language" or (trouble in _ANOTHER_TRY_HELPS and not self.reader.claims)

    def claims(self) -> Iterator[Claim]:
        """Yields each as soon as it is complete; of a model that repeats itself no more than an answer can have."""
        trouble = None
        try:
            for piece in self._pieces:
                self._heard += len(piece)
                yield from self.reader.feed(piece)
                if self._heard > _LONGEST_ANSWER:
                    break
        except ModelTrouble as error:
            trouble = error
        if not trouble or trouble.kind not in PASSING:  # else it may be said whole the next time
            yield from self.reader.end()
        if trouble:
            raise trouble


def standalone_question(llm: LLM, question: str, turns: Sequence[Turn], language: str, usage: Usage) -> str | None:
    """Returns the question as the model rewrites it after these turns; None where that is of no use.

    It is checked: what a small model writes asks of something else as often as not.
    """
    from retrieval.understanding.rewriting import is_faithful  # a first question does without

    try:
        written = "".join(llm.ask(rewrite_prompt(question, turns, llm.history_tokens), usage, share=_SHARE)).strip()
    except ModelTrouble:
        return None
    if "\n" in written or not 0 < len(written) <= _LONGEST_QUESTION or _ADDRESS.search(written):
        return None
    if detect_language(written, (language,)) != language:
        return None
    return written if is_faithful(written, question, turns, language) else None
