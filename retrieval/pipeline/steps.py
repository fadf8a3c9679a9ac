"""What passes from step to step: what is asked, as it is understood, what is retrieved for it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from index.store.anywhere.filters import Filter
from index.store.generation import Generation
from retrieval.answering.extract import Extract, extract
from retrieval.answering.readings import Kept
from retrieval.search.retriever import Results, Retriever
from retrieval.understanding.conversation import Conversation, Counts, Leaning
from retrieval.understanding.smalltalk import Smalltalk
from retrieval.understanding.times import Window, find_window

if TYPE_CHECKING:
    from retrieval.answering.readings import PassageReader
    from retrieval.catalogue.recognising import AboutArticles
    from retrieval.llm.model import Usage

# Chosen on frdoc2bot, whose follow-ups seldom show that they are any, and on piaf, whose questions are none.
SURE = 0.5  # probability from which on a question that names nothing stands alone
MUCH_SURER = 0.2  # that the turns before must add
# logit of a reader that a passage answers, from which on it is believed where the question alone was refused
READ = 0.0


@dataclass(frozen=True, slots=True)
class View:
    """The generation that a question is answered from, from its first step to its last."""

    generation: Generation
    engine: Retriever  # that finds its passages
    reader: PassageReader | None = None  # that reads them where similarity is not sure

    def keeping(self) -> View:
        """Returns it with a reader that reads nothing twice."""
        return replace(self, reader=Kept(self.reader)) if self.reader else self


@dataclass(frozen=True, slots=True)
class Input:
    """A question and what is said beside it, each of which may be asked."""

    question: str
    conversation: Conversation | None  # the turns before
    today: date  # what "hier" is counted from
    wanted: Filter | None  # the articles that are asked; None: all


@dataclass(frozen=True, slots=True)
class Understood:
    """A question as it will be searched: the first step."""

    question: str
    standalone: str  # a follow-up with what it leans on, or as an LLM wrote it
    leaning: Leaning  # on the turns before it
    language: str
    small: Smalltalk | None
    window: Window | None  # the time that is asked about
    searched: str  # of a long message the question in it, without a phrase such as "hier"
    today: date  # what "hier" is counted from
    view: View
    usage: Usage | None = None  # what an LLM took for this question so far; None: there is no LLM
    parts: tuple[Understood, ...] = ()  # the questions of a message that holds several, which are searched one by one
    about: AboutArticles | None = None  # what it asks about the articles themselves

    @property
    def _own_window(self) -> Window | None:
        """The time that the question itself names."""
        return find_window(self.leaning.question, self.today)

    @property
    def before(self) -> str:
        """The earlier questions that are searched with it; "" where it stands alone."""
        return "" if self.leaning.counts == Counts.IF_UNSURE else self.leaning.before

    def alone(self) -> Understood:
        """Returns it without the turns before it."""
        return replace(
            self, standalone=self.question, leaning=replace(self.leaning, before=""), window=self._own_window
        )

    def together(self) -> Understood:
        """Returns it with the turns before it, whose time it shares where it names none."""
        window = self._own_window or find_window(self.leaning.before, self.today)
        counts = Counts.IF_REFUSED if self.leaning.counts == Counts.IF_UNSURE else self.leaning.counts
        return replace(self, leaning=replace(self.leaning, counts=counts), window=window)

    @property
    def days(self) -> tuple[date, date] | None:
        """The first and last day that is asked about."""
        return (self.window.first, self.window.last) if self.window else None


@dataclass(frozen=True, slots=True)
class Unsearched:
    """Small talk, or a question about the articles: no passages are sought for it."""

    understood: Understood
    results: None = None


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The question with what was found for it: the second step."""

    understood: Understood
    results: Results
    parts: tuple[Retrieved | Unsearched, ...] = field(default=(), kw_only=True)  # of a message of several questions

    def extracted(self) -> Extracted:
        """Returns it with what the articles say."""
        view, told = self.understood.view, self.understood.leaning.told
        extracted = extract(self.results, view.generation, reader=view.reader, told=told)
        return Extracted(self.understood, self.results, extracted, parts=self.parts)


@dataclass(frozen=True, slots=True)
class Extracted(Retrieved):
    """What was found, and what it says to the question."""

    extract: Extract

    def extracted(self) -> Extracted:
        """Returns itself: nothing is read again."""
        return self

    def may_need_more(self, counts: Counts) -> bool:
        """Whether the turns before may be asked for, after this answer of the question alone."""
        return self.extract.probability < SURE if self.extract.drafts else counts != Counts.IF_UNSURE

    def is_surer(self, alone: Extracted) -> bool:
        """Whether this is much surer than the question alone, or finds what it did not and what answers it too.

        "Combien coûte un kilo de tomates ?" is not answered by what the fountain costs that was spoken of.
        """
        if not self.extract.drafts:
            return False
        if alone.extract.drafts:
            return self.extract.probability >= alone.extract.probability + MUCH_SURER
        passage, reader, asked = self.extract.drafts[0].passage, self.understood.view.reader, self.understood.searched
        if self.understood.leaning.counts == Counts.IF_READ:
            asked = f"{self.understood.leaning.before} {asked}"
        readings = reader.read(asked, [(passage.title, passage.text)]) if reader else []
        return all(reading.answerable >= READ for reading in readings)

    def says_the_same(self, other: Extracted) -> bool:
        """Whether both find the same sentences."""
        mine, theirs = ([draft.place for draft in each.extract.drafts] for each in (self, other))
        return mine == theirs


def standalone(question: str, asked: str, leaning: Leaning) -> str:
    """Returns a question with what it leans on in one line; a long message stays as it is."""
    if asked != question or (asked == leaning.question and not leaning.before):
        return question
    meant = f"{leaning.question} {asked}" if leaning.told and leaning.question != asked else leaning.question
    return f"{leaning.before} {meant}".strip()
