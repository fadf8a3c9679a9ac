"""What of an LLM's sentences the articles bear out: each gets its verbatim quote, or goes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from index.article import Passage
from index.store.generation import Generation
from index.text.folding import fold
from index.text.sentences import split_sentences
from retrieval.answering.answer import MARKER, Draft
from retrieval.answering.candidates import Candidate
from retrieval.answering.evidence import gather_evidence
from retrieval.answering.weights import Weights
from retrieval.facts.facts import Facts
from retrieval.facts.injection import speaks_to_machines
from retrieval.llm.asking import Claim
from retrieval.search.retriever import Results, Retriever
from retrieval.verifying.names import lacks_name
from retrieval.verifying.support import needs_sentence_before, objection

_MOST_SENTENCES = 8
_LONGEST_SENTENCE = 600  # characters
# Cosines of a sentence and the one that it rests on, from which on they may say the same. Of true sentences told by
# the model of the starter figures 99 in 100 have 0.47 and more, across languages 0.37; of false ones 99 in 100 that
# look answerable have less than 0.42. Words that are not in the passage are replaced by ours only where it is clear.
_LIKE_QUOTED, _LIKE_QUOTED_ACROSS = 0.42, 0.36
_LIKE_REPLACED, _LIKE_REPLACED_ACROSS = 0.50, 0.46
_NEAR = 2.5  # a sentence that a model quotes may score this much less than the best
_ADDRESS = re.compile(
    r"(?i)\b[a-z][a-z\d+.-]+://|\bwww\.|\]\(|<\s*a\b|\b[\w.+-]+@[\w-]+\.\w|(?<!\w)@\w{4,}"
    r"|\b[\w-]+\.(?:com|org|net|fr|io|ru|de|info|me|ly|co|eu|be|ch|uk|es|cn|xyz|top|app|dev)(?!\w|\.\w)"
)
_ID_MARKER = re.compile(r"\s?[\[(](?:id: ?)?p[0-9a-f]{6}[\])]")
# Signs that are written in several ways; the words between must be the same.
_SIGNS = {sign: f"[{signs}]" for signs in ("'’ʼ‘", '"“”«»„', "\\-–—\u2010\u2011") for sign in signs if sign != "\\"}


@dataclass(frozen=True, slots=True)
class Dropped:
    """A sentence that is not shown, and why."""

    text: str
    reason: str


class Prover:
    """Finds the quotes of one answer's sentences."""

    def __init__(
        self,
        results: Results,
        passages: Mapping[str, Passage],
        language: str,
        generation: Generation,
        engine: Retriever,
    ) -> None:
        self._found = results.hits  # for the question
        self._passages = passages  # opaque id -> passage as it was shown, perhaps several of those found as one
        self._language = language  # of the question and of the sentences to come
        self._generation = generation
        self._engine = engine  # that finds what a sentence rests on
        self._weights = Weights.load()
        self._told: set[str] = set()

    def prove(self, claim: Claim) -> Iterator[Draft | Dropped]:
        """Yields, for each sentence of a claim, itself with its quote or why it has none."""
        text = _ID_MARKER.sub("", MARKER.sub("", claim.text)).strip()
        spans = split_sentences(text, self._language)
        for sentence in [text[start:end] for start, end in spans] or [text]:
            reason = self._refused(sentence)
            if reason:
                yield Dropped(sentence, reason)
                continue
            proof = self._proof(sentence, claim)
            if isinstance(proof, Draft):
                self._told.add(fold(sentence))
            yield proof

    def _refused(self, sentence: str) -> str:
        """Returns why a sentence is not even looked up, "" where it is."""
        if not any(map(str.isalnum, sentence)):
            return "no words"
        if _ADDRESS.search(sentence):
            return "holds an address"
        if speaks_to_machines(sentence):
            return "speaks to a machine"
        if len(sentence) > _LONGEST_SENTENCE:
            return f"longer than {_LONGEST_SENTENCE} characters"
        if fold(sentence) in self._told:
            return "said before"
        return "too many sentences" if len(self._told) >= _MOST_SENTENCES else ""

    def _proof(self, sentence: str, claim: Claim) -> Draft | Dropped:
        passage = self._passages.get(claim.id)
        if passage is None:
            return Dropped(sentence, "unknown passage id")
        rows = [f.row for f in self._found if _inside(f.passage, passage)]
        evidence = gather_evidence(self._engine.within(sentence, rows, self._language), self._generation, self._weights)
        if not evidence.ranked or evidence.probability < self._weights.threshold:
            return Dropped(sentence, "the passage does not say so")
        best_score, best = evidence.ranked[0]
        quoted = locate(claim.quote, passage)
        near = [c for score, c in evidence.ranked if score >= best_score - _NEAR]
        touched = [c for c in near if quoted and c.start < quoted[1] and quoted[0] < c.end]
        if not self._alike(touched or [best], quoted=bool(touched), across=passage.language != self._language):
            return Dropped(sentence, "the passage does not say so")
        start, end = _around(touched or [best])
        start = self._start_with_name(sentence, passage, start, end)
        quote = passage.text[start - passage.start : end - passage.start]
        reason = "the quote speaks to a machine" if speaks_to_machines(quote) else ""
        reason = reason or objection(Facts.of(sentence, self._language), Facts.of(quote, passage.language))
        if reason:
            return Dropped(sentence, reason)
        lights = ((max(quoted[0], start) - start, min(quoted[1], end) - start),) if touched and quoted else ()
        return Draft(sentence, passage, start, end, quote, lights if lights != ((0, end - start),) else ())

    @staticmethod
    def _alike(candidates: list[Candidate], *, quoted: bool, across: bool) -> bool:
        plain, other = (_LIKE_QUOTED, _LIKE_QUOTED_ACROSS) if quoted else (_LIKE_REPLACED, _LIKE_REPLACED_ACROSS)
        return max(candidate.features["cosine"] for candidate in candidates) >= (other if across else plain)

    def _start_with_name(self, sentence: str, passage: Passage, start: int, end: int) -> int:
        """Returns where the quote begins: a sentence earlier where it says "he" and the sentence names him.

        A sentence that leaves out a name of the quote itself may have put one of the sentence before in its place.
        """
        told = Facts.of(sentence, self._language)
        quote = Facts.of(passage.text[start - passage.start : end - passage.start], passage.language)
        if not objection(told, quote).startswith("name") or not needs_sentence_before(quote):
            return start
        if lacks_name(told, quote):
            return start
        before = split_sentences(passage.text[: start - passage.start], passage.language)
        if not before:
            return start
        earlier = passage.start + before[-1][0]
        longer = Facts.of(passage.text[before[-1][0] : end - passage.start], passage.language)
        return start if objection(told, longer) else earlier


def locate(quote: str, passage: Passage) -> tuple[int, int] | None:
    """Returns where a passage holds these words, characters of the article; None where it does not.

    White space and the shapes of apostrophes, quotation marks and dashes may differ; every letter and digit counts.
    """
    if not any(map(str.isalnum, quote)):
        return None
    at = passage.text.find(quote)
    if at >= 0:
        return passage.start + at, passage.start + at + len(quote)
    signs = (_SIGNS.get(sign) or re.escape(sign) for sign in "\n".join(quote.split()))
    found = re.search("".join(r"\s+" if sign == "\\\n" else sign for sign in signs), passage.text)
    return (passage.start + found.start(), passage.start + found.end()) if found else None


def _inside(found: Passage, shown: Passage) -> bool:
    return found.article_id == shown.article_id and shown.start <= found.start < shown.end


def _around(candidates: list[Candidate]) -> tuple[int, int]:
    return min(c.start for c in candidates), max(c.end for c in candidates)
