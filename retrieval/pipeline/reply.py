"""The last step of the chain: the verified answer, from the articles' own sentences or from an LLM's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from retrieval.answering import notes
from retrieval.answering.answer import Answer, Draft, VerifiedText, verified
from retrieval.answering.evidence import gather_evidence
from retrieval.answering.extract import extract
from retrieval.answering.weights import Weights
from retrieval.answering.words import say
from retrieval.facts.injection import speaks_to_machines
from retrieval.pipeline.steps import Packed, Understood, View

if TYPE_CHECKING:
    from retrieval.llm.asking import Ended, Said
    from retrieval.verifying.claims import Prover

FAILED = "failed"  # key in `Answer.usage`: the model did not come to its end
NEWEST = 5  # articles told of when someone asks what is new


class Reply:
    """One answer as it is written: `hear` what an LLM says, as it comes, then `end`; without one, just `end`."""

    def __init__(self, packed: Packed, view: View) -> None:
        self._packed = packed
        self._generation = view.generation
        self._reader = view.reader
        self._written = VerifiedText(view.generation.article)
        self._ended: Ended | None = None
        self._prover: Prover | None = None
        if packed.prompt and packed.results:
            from retrieval.verifying.claims import Prover

            language = packed.understood.language
            self._prover = Prover(packed.results, packed.prompt.passages, language, view.generation, view.engine)

    def hear(self, said: Said) -> Iterator[str]:
        """Yields what can be shown of it: sentences whose quotes are verified, never taken back."""
        from retrieval.llm.asking import Claim

        if self._prover is None or not isinstance(said, Claim):
            self._ended = None if isinstance(said, Claim) else said
            return
        for proof in self._prover.prove(said):
            if not isinstance(proof, Draft):
                self._written.drop(proof.text, proof.reason)
            elif piece := self._written.add(proof):
                yield f" {piece}" if len(self._written.text) > len(piece) else piece

    def end(self) -> Iterator[str | Answer]:
        """Yields the rest of the text in pieces, then the Answer as the last item."""
        if self._packed.results is None:
            yield from _in_words(self._without_search(self._packed.understood))
        elif self._prover is None:
            yield from _in_words(self._extractive())
        else:
            yield from self._generative()

    def _extractive(self) -> Answer:
        """Returns the answer in the articles' own sentences."""
        results = self._packed.results
        assert results is not None  # noqa: S101  small talk has no passages and does not come here
        extracted = self._packed.extract or extract(
            results, self._generation, reader=self._reader, told=self._packed.understood.leaning.told
        )
        written = verified(extracted.drafts, self._generation.article)
        beside = notes.disagreement(written.citations, self._language) if extracted.disagree else ""
        return self._answer(written, extracted.probability, beside)

    def _generative(self) -> Iterator[str | Answer]:
        """Yields what comes after the model's last sentence, and the Answer."""
        from retrieval.llm.asking import Ended

        asking, written = self._packed.asking, self._written
        assert asking  # noqa: S101  set together with the prompt
        end = self._ended or Ended("connection")  # a stream that just stops was cut
        if end.trouble and not written.citations:
            failed = notes.llm_failed(end.trouble, asking.llm.name, self._language)
            own = self._extractive()
            answer = replace(own, note=notes.join(failed, own.note), dropped=(*written.dropped, *own.dropped))
            pieces = _in_words(answer)
        else:
            left_out = sum(reason != "said before" for _, reason in written.dropped)
            broke_off = notes.llm_broke_off(self._language) if end.trouble else ""
            beside = notes.join(broke_off, notes.llm_unproven(left_out, self._language))
            answer = self._answer(written, self._probability(), beside)
            pieces = iter((answer,)) if answer.found else _in_words(answer)
        beside_lines = (("", "unreadable line"),) * end.unreadable
        usage = asking.usage.to_dict()
        if end.trouble and usage:
            usage[FAILED] = 1
        for piece in pieces:
            yield (
                piece
                if isinstance(piece, str)
                else replace(piece, usage=usage, dropped=(*piece.dropped, *beside_lines))
            )

    @property
    def _language(self) -> str:
        return self._packed.understood.language

    def _probability(self) -> float:
        assert self._packed.results is not None  # noqa: S101  as in `_extractive`
        return gather_evidence(self._packed.results, self._generation, Weights.load()).probability

    def _answer(self, written: VerifiedText, probability: float, beside: str) -> Answer:
        """Returns the answer that a text makes; without any, that the articles do not say.

        Args:
            written: the verified text.
            probability: that the articles hold the answer.
            beside: a note about this answer.
        """
        understood, passages, citations = self._packed.understood, self._packed.passages, written.citations
        window, language = understood.window, understood.language
        shortened = notes.shortened(understood.question, language)
        empty = Answer(
            question=understood.question, standalone_question=understood.standalone, text=say("not_found", language),
            passages=passages, probability=probability, language=language, window=understood.days,
            dropped=written.dropped,
        )  # fmt: skip
        if not citations:
            told = notes.time(window, language, [passage.published for passage in passages])
            return replace(
                empty, note=notes.join(told, notes.nearest(passages, self._generation, language), beside, shortened)
            )
        quoted = {p.language for p in passages for c in citations if p.article_id == c.article_id}
        told = notes.time(window, language, [citation.published for citation in citations])
        return replace(
            empty, text=written.text, citations=citations, found=True,
            note=notes.join(told, beside, notes.other_languages(quoted, language), shortened),
        )  # fmt: skip

    def _without_search(self, understood: Understood) -> Answer:
        if understood.small == "newest":
            return self._newest(understood)
        return _short_word(understood, say(understood.small or "empty", understood.language))

    def _newest(self, understood: Understood) -> Answer:
        """Returns the first sentences of the newest articles, of the time that is asked about, each cited."""
        language = understood.language
        rows = self._generation.newest(NEWEST, understood.days)
        passages = tuple(self._generation.passages(rows))
        drafts = []
        for row, passage in zip(rows, passages, strict=True):
            for start, end in self._generation.sentences(row).spans:
                quote = passage.text[start - passage.start : end - passage.start]
                if not speaks_to_machines(quote):
                    drafts.append(Draft(quote, passage, start, end, quote))
                    break
        written = verified(drafts, self._generation.article)
        nothing: list[date | None] = []
        told = notes.time(understood.window, language, nothing)
        if not written.citations:  # an empty index, or nothing of that time
            note = notes.join(told, notes.nearest((), self._generation, language))
            return replace(_short_word(understood, say("not_found", language)), note=note)
        return replace(
            _short_word(understood, written.text), citations=written.citations, passages=passages, found=True,
            probability=1.0, note=notes.join(told, say("newest", language)), dropped=written.dropped,
        )  # fmt: skip


def _short_word(understood: Understood, text: str) -> Answer:
    return Answer(
        question=understood.question, standalone_question=understood.standalone, text=text,
        language=understood.language, window=understood.days,
    )  # fmt: skip


def _in_words(answer: Answer) -> Iterator[str | Answer]:
    yield from re.findall(r"\S+\s*", answer.text)
    yield answer
