"""What answers: each proposes something, and shows what of it is verified; the articles' own sentences here."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeAlias, runtime_checkable

from index.article import Passage
from retrieval.answering import notes
from retrieval.answering.answer import Answer, Citation, VerifiedText, verified
from retrieval.answering.extract import Extract
from retrieval.answering.words import say
from retrieval.pipeline.steps import Retrieved, Understood

Pieces: TypeAlias = list[str | Answer]  # pieces of the text, and at its end the Answer


@runtime_checkable  # LangChain asks of what is passed on whether it is one
class Answerer(Protocol):
    """Answers one question."""

    def propose(self) -> Iterator[Any]:
        """Yields what may be said: the fourth step."""
        ...

    def verify(self, proposal: Any) -> Pieces:  # noqa: ANN401  as it was proposed
        """Returns what of it can be shown, never to be taken back; of the last one, the Answer too: the last step."""
        ...


class Whole(ABC):
    """Answers as a whole."""

    @abstractmethod
    def answer(self) -> Answer:
        """Returns the answer; each of its sentences is verified."""

    def propose(self) -> Iterator[Answer]:
        """Yields the answer."""
        yield self.answer()

    def verify(self, proposal: Answer) -> Pieces:
        """Returns its words, and itself."""
        return [*re.findall(r"\S+\s*", proposal.text), proposal]


@dataclass(frozen=True)
class ShortWord(Whole):
    """Answers small talk and emoji."""

    understood: Understood

    def answer(self) -> Answer:
        """Returns a sentence of our own."""
        return answer_of(self.understood, say(self.understood.small or "empty", self.understood.language))


@dataclass(frozen=True)
class Extractive(Whole):
    """Answers in the articles' own sentences, or that they do not say."""

    retrieved: Retrieved
    passages: tuple[Passage, ...]  # those that continue each other joined, best first

    def answer(self) -> Answer:
        """Returns what the articles say."""
        return self.of_extract(self.retrieved.extracted().extract)

    def of_extract(self, extract: Extract) -> Answer:
        """Returns the sentences that answer, each cited; where none does, the nearest may be."""
        understood = self.retrieved.understood
        article_of = understood.view.generation.article
        written = verified(extract.drafts, article_of)
        beside = notes.disagreement(written.citations, understood.language) if extract.disagree else ""
        nearest = verified([extract.nearest] if extract.nearest else [], article_of).citations
        answer = self.of_text(written, extract.probability, beside, nearest)
        return replace(answer, short=extract.short, sentence_probability=extract.sentence_probability)

    def of_text(
        self, written: VerifiedText, probability: float, beside: str, nearest: tuple[Citation, ...] = ()
    ) -> Answer:
        """Returns the answer that a text makes; without any, that the articles do not say.

        Args:
            written: the verified text.
            probability: that the articles hold the answer.
            beside: a note about this answer.
            nearest: what comes closest, where nothing answers.
        """
        understood, passages, citations = self.retrieved.understood, self.passages, written.citations
        window, language = understood.window, understood.language
        shortened = notes.shortened(understood.question, language)
        told = notes.time(window, language, [shown.published for shown in citations or passages])
        empty = answer_of(
            understood, say("not_found", language), passages=passages, probability=probability, dropped=written.dropped
        )
        if not citations:
            searched = notes.searched((() if nearest else passages), understood.view.generation, language)
            return replace(empty, note=notes.join(told, searched, beside, shortened), nearest=nearest)
        note = notes.join(told, beside, shortened)
        return replace(empty, text=written.text, citations=citations, found=True, note=note)


def answer_of(understood: Understood, text: str, **more: Any) -> Answer:  # noqa: ANN401  other fields of it
    """Returns an answer to a question, as it was understood."""
    return Answer(
        question=understood.question, standalone_question=understood.standalone, text=text,
        language=understood.language, window=understood.days, **more,
    )  # fmt: skip
