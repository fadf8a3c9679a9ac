"""The five steps from a question to its answer, in their order."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING, Any, TypeAlias

from index.store.anywhere.filters import Filter
from retrieval.answering.answer import Answer
from retrieval.pipeline.answerers import Answerer, Extractive, Pieces, ShortWord, Whole
from retrieval.pipeline.several import Several, understand_each
from retrieval.pipeline.slots import Slots
from retrieval.pipeline.steps import Input, Retrieved, Understood, Unsearched, View
from retrieval.pipeline.understand import WORD
from retrieval.search.duplicates import join_passages
from retrieval.understanding.conversation import Counts

if TYPE_CHECKING:
    from retrieval.llm.model import LLM, Usage

PASSAGES = 12  # that an answer is sought in

Proposals: TypeAlias = list[tuple[Answerer, Any]]  # lists, as the pieces of a stream add up


class Pipeline:
    """Answers questions; safe to use from several threads."""

    def __init__(self, view_of: Callable[[Filter | None], View], llm: LLM | None, slots: Slots) -> None:
        self._view_of = view_of  # the live generation, or of it the articles of a filter
        self._llm = llm  # that writes the answers; None: they are the articles' own sentences
        self._slots = slots  # to compute in

    @property
    def steps(self) -> tuple[Callable[..., Any], ...]:
        """The five, each of which takes what the one before returns, or yields."""
        return self.understand, self.retrieve, self.pack, self.answer, self.verify

    def run(self, asked: Input | Retrieved | Unsearched, unwanted: Event | None = None) -> Iterator[str | Answer]:
        """Yields the text in pieces, each verified before it comes, then the Answer as the last item.

        While one waits for a model, or whoever reads the pieces is away, other questions are computed.

        Args:
            asked: the question; or what was retrieved for it, from which the third step goes on.
            unwanted: is set when nobody waits for its answer any more.
        """
        for shown in self._slots.computed(self._run(asked), unwanted):
            yield from shown
            if shown and isinstance(shown[-1], Answer):
                return  # without waiting for a slot to see that it was the last

    def _run(self, asked: Input | Retrieved | Unsearched) -> Iterator[Pieces]:
        started = time.perf_counter()
        *whole, answer, verify = self.steps if isinstance(asked, Input) else self.steps[2:]
        made: Any = asked
        for step in whole:
            made = step(made)
        for proposals in answer(made):
            shown: Pieces = verify(proposals)
            seconds = time.perf_counter() - started
            yield [replace(piece, seconds=seconds) if isinstance(piece, Answer) else piece for piece in shown]

    def understand(self, asked: Input) -> Understood:
        """Returns what a message asks for: the first step."""
        view = self._view_of(asked.wanted)  # to the end, whatever is published meanwhile
        llm, turns = self._llm, asked.conversation.turns if asked.conversation else []
        if llm is None:
            return understand_each(asked, view)
        from retrieval.llm.asking import standalone_question
        from retrieval.llm.model import Usage

        usage = Usage()

        def rewrite(question: str, language: str) -> str | None:
            with self._slots.away():
                return standalone_question(llm, question, turns, language, usage)

        return understand_each(asked, view, rewrite, usage)

    def retrieve(self, understood: Understood, k: int = PASSAGES) -> Retrieved | Unsearched:
        """Returns the passages that may answer: the second step; small talk and questions about the articles need none.

        The turns before count where the question leans on them, as `Counts` says; where they change nothing, it was
        understood alone.
        """
        if understood.small or understood.about or not WORD.search(understood.question):
            return Unsearched(understood)
        if understood.parts:
            parts = tuple(self.retrieve(part, k) for part in understood.parts)
            return replace(search(understood, k), parts=parts)
        if not understood.leaning.before:
            return search(understood, k)
        understood = replace(understood, view=understood.view.keeping())
        alone, counts = search(understood.alone(), k).extracted(), understood.leaning.counts
        if counts != Counts.ALWAYS and not alone.may_need_more(counts):
            return alone
        together = search(understood.together(), k).extracted()
        if counts != Counts.ALWAYS and not together.is_surer(alone):
            return alone
        if together.says_the_same(alone):
            return replace(together, understood=replace(understood, standalone=understood.question))
        return together

    def pack(self, retrieved: Retrieved | Unsearched) -> Answerer:
        """Returns what answers, with all that it answers from and that an LLM is told: the third step."""
        understood = retrieved.understood
        if isinstance(retrieved, Unsearched):
            return _unsearched(understood)
        view, found = understood.view, retrieved.results.hits
        passages = tuple(join_passages([each.passage for each in found], view.generation.article))
        whole = Extractive(retrieved, passages)
        own: Whole = whole
        if retrieved.parts:
            answerers = map(self.pack, retrieved.parts)  # nobody asks a model of a part
            own = Several(understood, tuple(each for each in answerers if isinstance(each, Whole)))
        if self._llm is None or understood.usage is None or not passages:
            return own
        return self._generative(whole, own, self._llm, understood.usage)

    def _generative(self, whole: Extractive, own: Whole, llm: LLM, usage: Usage) -> Answerer:
        from retrieval.llm.asking import Task
        from retrieval.llm.prompts import PromptQuestion
        from retrieval.pipeline.generative import Generative

        understood, found = whole.retrieved.understood, whole.retrieved.results.hits
        before = understood.before
        question = understood.leaning.question if before else understood.standalone
        asked = PromptQuestion(question, understood.language, understood.today, before)
        article_of = understood.view.generation.article
        task = Task(asked, [hit.passage for hit in found], lambda some: join_passages(some, article_of), llm, usage)
        return Generative(whole, own, task, self._slots)

    def answer(self, answerer: Answerer) -> Iterator[Proposals]:
        """Yields what is proposed, unverified: the fourth step."""
        for proposal in answerer.propose():
            yield [(answerer, proposal)]

    def verify(self, proposals: Proposals) -> Pieces:
        """Returns what of it can be shown, at the end the Answer: the last step."""
        return [piece for answerer, proposal in proposals for piece in answerer.verify(proposal)]


def search(understood: Understood, k: int) -> Retrieved:
    """Returns the passages of one search."""
    searched, language, window = understood.searched, understood.language, understood.window
    results = understood.view.engine.search(searched, k, before=understood.before, language=language, window=window)
    return Retrieved(understood, results)


def _unsearched(understood: Understood) -> Answerer:
    """Returns what answers without a search."""
    if not understood.about and understood.small != "newest":
        return ShortWord(understood)
    from retrieval.pipeline.catalogued import Catalogued, Happened, Newest  # few ask for these

    if understood.about:
        return Catalogued(understood, understood.about)
    return Happened(understood, understood.window) if understood.window else Newest(understood)
