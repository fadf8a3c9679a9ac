"""What passes from step to step of the chain: understood, retrieved, packed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from index.generation import Generation, Passage
from retrieval.dates import Window
from retrieval.retriever import Results, Retriever
from retrieval.smalltalk import Smalltalk

if TYPE_CHECKING:
    from retrieval.generative import Asking
    from retrieval.llm import Usage
    from retrieval.prompts import Prompt
    from retrieval.readings import PassageReader


@dataclass(frozen=True, slots=True)
class View:
    """The generation that a question is answered from, from its first step to its last."""

    generation: Generation
    engine: Retriever  # that finds its passages
    reader: PassageReader | None = None  # that reads them where similarity is not sure


@dataclass(frozen=True, slots=True)
class Understood:
    """A question as it will be searched: the first step of the chain."""

    question: str
    standalone: str  # what is shown: a follow-up with what it leans on, or as an LLM wrote it
    before: str  # the question of the turn before, where this one leans on it
    language: str
    small: Smalltalk | None
    window: Window | None  # the time that is asked about
    searched: str  # of a long message the question in it, without a phrase such as "hier"
    today: date  # what "hier" is counted from
    view: View
    usage: Usage | None = None  # what an LLM took for this question so far; None: there is no LLM

    @property
    def days(self) -> tuple[date, date] | None:
        """The first and last day that is asked about."""
        return (self.window.first, self.window.last) if self.window else None


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The question with what was found for it: the second step."""

    understood: Understood
    results: Results | None  # None: nothing was searched


@dataclass(frozen=True, slots=True)
class Packed:
    """What an answer is made of: the third step."""

    understood: Understood
    results: Results | None
    passages: tuple[Passage, ...] = ()  # those that continue each other joined, best first
    asking: Asking | None = None  # None: no LLM is asked
    prompt: Prompt | None = None  # what it is told
