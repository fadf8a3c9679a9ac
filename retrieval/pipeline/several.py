"""Several questions in one message: each understood after those before it, answered by itself, told in one answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from index.article import Passage
from retrieval.answering import notes
from retrieval.answering.answer import Answer, Citation, QuotePlace
from retrieval.answering.words import say
from retrieval.pipeline.answerers import Extractive, Whole
from retrieval.pipeline.steps import Input, Understood, View
from retrieval.pipeline.understand import Rewrite, understand
from retrieval.understanding.conversation import Conversation
from retrieval.understanding.questions import named_again, split_questions, without_join

if TYPE_CHECKING:
    from retrieval.llm.model import Usage

_SENTENCES = 2  # of each question at most, unless articles disagree
_NUMBER = re.compile(r"(?<=\[)\d+(?=\])")


def understand_each(asked: Input, view: View, rewrite: Rewrite | None = None, usage: Usage | None = None) -> Understood:
    """Returns what a message asks for; one of several questions holds each, as if it were asked after those before.

    For the other arguments see `understand`; a language model is asked of the message as a whole.
    """
    whole = understand(asked, view, rewrite, usage)
    questions = split_questions(asked.question, whole.language)
    if whole.small or whole.about or not questions:
        return whole
    talk = Conversation(list(asked.conversation.turns) if asked.conversation else [])
    parts: list[Understood] = []
    for question in named_again(questions, whole.language):
        part = understand(replace(asked, question=question, conversation=talk), view)
        if not part.leaning.before:  # it is searched without its "et"
            bare = without_join(question, part.language)
            part = understand(replace(asked, question=bare, conversation=talk), view)
        parts.append(replace(part, language=whole.language))  # which the message tells more surely than a part of it
        talk.add(question, "")
    return replace(whole, parts=tuple(parts), standalone=_standalone(whole, parts))


def _standalone(whole: Understood, parts: Sequence[Understood]) -> str:
    """Returns the message, with what its first question leans on where that was asked before it."""
    first = parts[0]
    return whole.question if first.standalone == first.question else f"{first.leaning.before} {whole.question}".strip()


@dataclass(frozen=True)
class Several(Whole):
    """Answers each question of a message, in order."""

    understood: Understood  # the message
    each: tuple[Whole, ...]  # what answers its questions

    def answer(self) -> Answer:
        """Returns one answer, a numbered line a question, or one line where it answers all of them.

        Its `probability` is the least of what was answered: what is refused says so itself, and makes the rest no
        less sure. Where nothing is answered, it is a refusal as of one question.
        """
        answers = [_in_short(answerer) for answerer in self.each]
        found = [answer for answer in answers if answer.found]
        told = found or answers
        best = min if found else max
        joined = Answer(
            question=self.understood.question,
            standalone_question=self.understood.standalone,
            text=say("not_found", self.understood.language),
            passages=_passages(answers),
            found=bool(found),
            probability=best(answer.probability for answer in told),
            language=self.understood.language,
            note=notes.join(*dict.fromkeys(answer.note for answer in told)),
            window=next((answer.window for answer in answers if answer.window), None),
            dropped=tuple(dropped for answer in answers for dropped in answer.dropped),
            sentence_probability=best(answer.sentence_probability for answer in told),
        )
        if not found:
            return replace(joined, nearest=_numbered(each for answer in answers for each in answer.nearest))
        citations = _numbered(each for answer in answers for each in answer.citations)
        lines = [_renumbered(answer, citations) for answer in answers]
        if len(set(lines)) > 1:
            lines = [f"{number}. {line}" for number, line in enumerate(lines, 1)]
        return replace(joined, text="\n".join(dict.fromkeys(lines)), citations=citations)


def _in_short(answerer: Whole) -> Answer:
    """Returns the answer of a question among others, its best sentence first, and one beside it at most."""
    if not isinstance(answerer, Extractive):
        return answerer.answer()
    extract = answerer.retrieved.extracted().extract
    return answerer.of_extract(extract if extract.disagree else replace(extract, drafts=extract.drafts[:_SENTENCES]))


def _numbered(citations: Iterable[Citation]) -> tuple[Citation, ...]:
    """Returns the citations numbered through; one quote has one number."""
    places: dict[QuotePlace, Citation] = {}
    for citation in citations:
        places.setdefault(citation.place, replace(citation, number=len(places) + 1))
    return tuple(places.values())


def _renumbered(answer: Answer, citations: Sequence[Citation]) -> str:
    """Returns the text of one answer with the numbers of all of them."""
    number_of = {citation.place: citation.number for citation in citations}
    numbers = {str(citation.number): str(number_of[citation.place]) for citation in answer.citations}
    return _NUMBER.sub(lambda found: numbers.get(found.group(), found.group()), answer.text)


def _passages(answers: Iterable[Answer]) -> tuple[Passage, ...]:
    return tuple({passage.id: passage for answer in answers for passage in answer.passages}.values())
