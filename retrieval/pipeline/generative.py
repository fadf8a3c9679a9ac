"""The answerer that lets an LLM write."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

from retrieval.answering import notes
from retrieval.answering.answer import Answer, Citation, Draft, VerifiedText
from retrieval.answering.extract import Extract
from retrieval.llm.asking import Ended, Task
from retrieval.llm.streaming import Claim
from retrieval.pipeline.answerers import Extractive, Pieces, Whole
from retrieval.pipeline.slots import Slots
from retrieval.pipeline.steps import Retrieved
from retrieval.verifying.bearing import Bearing
from retrieval.verifying.claims import PHRASE, Dropped, Prover

_NO_LOSS = frozenset({"said before", PHRASE})  # reasons for which nothing is missed
FAILED = "failed"  # key in `Answer.usage`: the model did not come to its end


class Generative:
    """Answers in an LLM's words, each sentence with a quote that bears it out; where it fails, in the articles' own.

    What the articles' own sentences answer is never left out: the model's are shown beside it, or in its place where
    they say the same.
    """

    def __init__(self, whole: Extractive, own: Whole, task: Task, slots: Slots) -> None:
        """Takes what answers without a model: the message as a whole, and as it is shown, by its questions."""
        view = whole.retrieved.understood.view
        self._whole, self._own, self._task, self._slots = whole, own, task, slots
        self._written = VerifiedText(view.generation.article)
        self._short = ""  # the words of the first quote that answer, where the model and our reader see the same
        self._begun: tuple[Bearing, Prover] | None = None  # with the model's first sentence

    def propose(self) -> Iterator[Claim | Ended]:
        """Yields the model's sentences as they come, then how it ended."""
        return self._slots.awaited(self._task.claims())

    def verify(self, proposal: Claim | Ended) -> Pieces:
        """Returns the sentences whose quotes bear them out; at the end the Answer."""
        if isinstance(proposal, Ended):
            return self._end(proposal)
        bearing, prover = self._begin()
        shown: Pieces = []
        for proof in prover.prove(proposal):
            draft = proof.instead if isinstance(proof, Dropped) else proof
            if isinstance(proof, Dropped):
                self._written.drop(proof.text, proof.reason)
            if draft and not bearing.bears(draft, instead=draft is not proof):
                if draft is proof:
                    self._written.drop(proposal.text, "beside the question")
            elif draft:
                if not self._written.citations and isinstance(proof, Dropped) and proof.reason == PHRASE:
                    self._short = bearing.agreed(draft)
                shown += self._add(bearing.completed(draft))
        return shown

    def _begin(self) -> tuple[Bearing, Prover]:
        """Returns what judges the model's sentences; not read before there is one, as the model reads meanwhile."""
        if self._begun is None:
            understood, found = self._whole.retrieved.understood, self._whole.retrieved.results
            view, language = understood.view, understood.language
            prover = Prover(found, self._task.prompt.sentences, language, view.generation, view.engine)
            self._begun = Bearing(self._extracts, understood.language), prover
        return self._begun

    @cached_property
    def _extracts(self) -> list[Extract]:
        """What the articles say in their own sentences to each of the questions."""
        parts = [each for each in self._whole.retrieved.parts if isinstance(each, Retrieved)]
        return [each.extracted().extract for each in parts or [self._whole.retrieved]]

    def _add(self, draft: Draft) -> Pieces:
        """Returns a sentence as it is added to the text; none where it is an article's own that is quoted already."""
        if draft.text == draft.quote and any(draft.place == shown.place for shown in self._written.citations):
            return []
        before = self._written.text
        piece = self._written.add(draft)
        return [f" {piece}" if before and piece else piece] if piece else []

    def _end(self, end: Ended) -> Pieces:
        """Returns what comes after the model's last sentence."""
        if self._written.citations:
            shown = [piece for draft in self._left_out() for piece in self._add(draft)]
            answer = self._of_both(end)
        else:
            answer = self._in_place(end)
            shown = self._own.verify(answer)[:-1]
        usage = self._task.usage.to_dict()
        if end.trouble and usage:
            usage[FAILED] = 1
        unreadable = (("", "unreadable line"),) * end.unreadable
        return [*shown, replace(answer, usage=usage, dropped=(*answer.dropped, *unreadable))]

    def _in_place(self, end: Ended) -> Answer:
        """Returns the answer where nothing of the model's can be shown: the articles' own sentences, if they answer."""
        language, dropped = self._whole.retrieved.understood.language, self._written.dropped
        answer = self._own.answer()
        trouble = end.trouble or (("unproven" if dropped else "nothing") if answer.found else None)
        failed = notes.llm_failed(trouble, self._task.llm.name, language) if trouble else ""
        return replace(answer, note=notes.join(failed, answer.note), dropped=(*dropped, *answer.dropped))

    def _of_both(self, end: Ended) -> Answer:
        """Returns the answer of the model's sentences, and of ours that it left out."""
        written, language = self._written, self._whole.retrieved.understood.language
        best = max(self._extracts, key=lambda extract: extract.probability)
        left_out = sum(reason not in _NO_LOSS for _, reason in written.dropped)
        broke_off = notes.llm_broke_off(end.trouble, language) if end.trouble else ""
        disagree = notes.disagreement(written.citations, language) if best.disagree else ""
        beside = notes.join(broke_off, disagree, notes.llm_unproven(left_out, language))
        answer = self._whole.of_text(written, best.probability, beside)
        is_ours = len(self._extracts) == 1 and best.drafts and best.drafts[0].place == answer.citations[0].place
        short = self._short or (best.short if is_ours else "")
        return replace(answer, short=short, sentence_probability=best.sentence_probability)

    def _left_out(self) -> Iterator[Draft]:
        """Yields the best of our own sentences that are not quoted; where articles disagree, all of them."""
        for extract in self._extracts:
            for draft in extract.drafts if extract.disagree else extract.drafts[:1]:
                if not any(_overlap(draft, shown) for shown in self._written.citations):
                    yield draft


def _overlap(draft: Draft, shown: Citation) -> bool:
    one, other = (draft.passage.article_id, draft.in_title), (shown.article_id, shown.in_title)
    return one == other and shown.start < draft.end and draft.start < shown.end
