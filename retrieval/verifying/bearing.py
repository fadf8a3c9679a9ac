"""Whether what a model quotes bears on the question, by what our own answer was decided by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from retrieval.answering.answer import Draft
from retrieval.answering.candidates import Candidate
from retrieval.answering.extract import MARKED_SEEN, Extract
from retrieval.answering.weights import Weights
from retrieval.facts.facts import Facts
from retrieval.verifying.wording import stands_in

# Chosen on what small models wrote on development sets: what answered was within 0.0, what did not 2.0 and further.
_NEAR = 1.5  # a quoted sentence may score this much less than the best one that answers
_LEAST = 0.1  # of the probability from which on we answer ourselves, from which on a model may
_SEEN = 0.3  # share of the reader's spans from which on its words must stand in a sentence


class Bearing:
    """Judges the quotes of one answer."""

    def __init__(self, extracts: Sequence[Extract], language: str) -> None:
        self._extracts = extracts  # what we answer ourselves to each of the questions
        self._language = language  # of the model's sentences

    def bears(self, draft: Draft, *, instead: bool = False) -> bool:
        """Whether a quote may answer one of the questions: the articles may, and it is among the sentences that do.

        What stands in the place of a sentence of the model needs that we answer, too.
        """
        return any(
            (bool(extract.drafts) if instead else _may_answer(extract))
            and score >= extract.evidence.fitting[0][0] - _NEAR
            for extract in self._extracts
            for score, _ in _of(draft, extract)
        )

    def completed(self, draft: Draft) -> Draft:
        """Returns a sentence, or our own of the same quote where it leaves out the very words that answer."""
        for extract in self._extracts:
            for _, candidate in _of(draft, extract) if extract.drafts else ():
                ours = extract.drafts[0]
                if candidate.start != ours.start or candidate.in_title != ours.in_title:
                    continue
                if draft.text == draft.quote:
                    return replace(draft, highlights=draft.highlights or ours.highlights)
                answer = candidate.text[slice(*candidate.answer)] if candidate.answer else ""
                told = Facts.of(draft.text, self._language)
                seen = Facts.of(answer, draft.passage.language)
                across = draft.passage.language != self._language  # there only figures can be compared
                holds = seen.figures <= told.perhaps_figures if across else stands_in(seen, told)
                return draft if holds or candidate.seen < _SEEN else ours
        return draft

    def agreed(self, draft: Draft) -> str:
        """Returns the words marked in a sentence where our reader sees the answer there too, "" where it does not."""
        for extract in self._extracts:
            for _, candidate in _of(draft, extract):
                for start, end in draft.highlights if candidate.answer and candidate.seen >= MARKED_SEEN else ():
                    if candidate.start == draft.start and candidate.answer and _meet((start, end), candidate.answer):
                        return draft.quote[start:end]
        return ""


def _may_answer(extract: Extract) -> bool:
    evidence = extract.evidence
    threshold = Weights.load().where_read(evidence.was_read).threshold
    return bool(evidence.fitting) and evidence.probability >= _LEAST * threshold


def _of(draft: Draft, extract: Extract) -> Iterator[tuple[float, Candidate]]:
    """Yields the sentences that a quote holds, with their scores."""
    for score, candidate in extract.evidence.ranked:
        same = candidate.passage.article_id == draft.passage.article_id and candidate.in_title == draft.in_title
        if same and candidate.start < draft.end and draft.start < candidate.end:
            yield score, candidate


def _meet(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]
