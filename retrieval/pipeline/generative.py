"""The answerer that lets an LLM write."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from retrieval.answering import notes
from retrieval.answering.answer import VerifiedText
from retrieval.llm.asking import Claim, Ended, Task
from retrieval.pipeline.answerers import Extractive, Pieces
from retrieval.pipeline.slots import Slots
from retrieval.verifying.claims import Dropped, Prover

FAILED = "failed"  # key in `Answer.usage`: the model did not come to its end


class Generative:
    """Answers in an LLM's words, each sentence with a quote that bears it out; where it fails, in the articles' own."""

    def __init__(self, own: Extractive, task: Task, slots: Slots) -> None:
        understood, shown = own.retrieved.understood, task.prompt.passages
        view = understood.view
        self._own, self._task, self._slots = own, task, slots
        self._prover = Prover(own.retrieved.results, shown, understood.language, view.generation, view.engine)
        self._written = VerifiedText(view.generation.article)

    def propose(self) -> Iterator[Claim | Ended]:
        """Yields the model's sentences as they come, then how it ended."""
        return self._slots.awaited(self._task.claims())

    def verify(self, proposal: Claim | Ended) -> Pieces:
        """Returns the sentences whose quotes bear them out; at the end the Answer."""
        if isinstance(proposal, Ended):
            return self._end(proposal)
        shown: Pieces = []
        for proof in self._prover.prove(proposal):
            if isinstance(proof, Dropped):
                self._written.drop(proof.text, proof.reason)
            elif piece := self._written.add(proof):
                shown.append(f" {piece}" if len(self._written.text) > len(piece) else piece)
        return shown

    def _end(self, end: Ended) -> Pieces:
        """Returns what comes after the model's last sentence."""
        written, language = self._written, self._own.retrieved.understood.language
        extract = self._own.retrieved.extracted().extract
        if end.trouble and not written.citations:
            answer = self._own.of_extract(extract)
            failed = notes.llm_failed(end.trouble, self._task.llm.name, language)
            answer = replace(answer, note=notes.join(failed, answer.note), dropped=(*written.dropped, *answer.dropped))
        else:
            left_out = sum(reason != "said before" for _, reason in written.dropped)
            broke_off = notes.llm_broke_off(language) if end.trouble else ""
            beside = notes.join(broke_off, notes.llm_unproven(left_out, language))
            answer = self._own.of_text(written, extract.probability, beside)
        usage = self._task.usage.to_dict()
        if end.trouble and usage:
            usage[FAILED] = 1
        answer = replace(answer, usage=usage, dropped=(*answer.dropped, *(("", "unreadable line"),) * end.unreadable))
        return [answer] if written.citations else self._own.verify(answer)
