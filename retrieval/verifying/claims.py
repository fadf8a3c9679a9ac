"""What of an LLM's sentences the articles bear out: each gets its verbatim quote, or goes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from index.article import Passage
from index.store.generation import Generation
from index.text.by_language import ByLanguage
from index.text.folding import fold, fold_with_places
from index.text.languages import is_foreign
from index.text.sentences import split_sentences
from retrieval.answering.answer import MARKER, Draft
from retrieval.answering.candidates import Candidate
from retrieval.answering.evidence import gather_evidence
from retrieval.answering.weights import Weights
from retrieval.facts.facts import Facts
from retrieval.llm.prompts import Numbered
from retrieval.llm.streaming import Claim
from retrieval.search.retriever import Results, Retriever
from retrieval.verifying.names import lacks_name
from retrieval.verifying.support import needs_sentence_before, objection
from retrieval.verifying.wording import is_phrase, mixes_languages, repeats_itself, stands_in

PHRASE = "a phrase, no sentence"  # why a few words are not shown alone
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
# "Oui," before a sentence: what the sentence says is checked, whether it answers with a yes is not
_OPENING = re.compile(rf"(?:{ByLanguage('small_talk').alternatives()['before']})\s*[,:;!.]\s+(?=\w)")
_CLOSING = 4  # characters after a sentence that a model repeats: ".»" and spaces
# Signs that are written in several ways; the words between must be the same.
_SIGNS = {sign: f"[{signs}]" for signs in ("'’ʼ‘", '"“”«»„', "\\-–—\u2010\u2011") for sign in signs if sign != "\\"}


@dataclass(frozen=True, slots=True)
class Dropped:
    """A sentence that is not shown, and why."""

    text: str
    reason: str
    instead: Draft | None = None  # the article's own sentence, where one holds all of its words


class Prover:
    """Finds the quotes of one answer's sentences."""

    def __init__(
        self, results: Results, shown: Sequence[Numbered], language: str, generation: Generation, engine: Retriever
    ) -> None:
        self._found = results.hits  # for the question
        self._question = results.query.facts
        self._shown = shown  # number 1 first
        self._language = language  # of the question and of the sentences to come
        self._generation = generation
        self._engine = engine  # that finds what a sentence rests on
        self._weights = Weights.load()
        self._told: set[str] = set()

    def prove(self, claim: Claim) -> Iterator[Draft | Dropped]:
        """Yields, for each sentence of a claim, itself with its quote or why it has none."""
        text = _without_opening(MARKER.sub("", claim.text).strip())
        spans = split_sentences(text, self._language)
        sentences = [text[start:end] for start, end in spans] or [text]
        for sentence in sentences:
            reason = self._refused(sentence)
            if reason:
                yield Dropped(sentence, reason)
                continue
            proof = self._proof(sentence, claim, whole=claim.whole or sentence is not sentences[-1])
            if isinstance(proof, Draft):
                self._told.add(fold(sentence))
            yield proof

    def _refused(self, sentence: str) -> str:
        """Returns why a sentence is not even looked up, "" where it is."""
        if not any(map(str.isalnum, sentence)):
            return "no words"
        if _ADDRESS.search(sentence):
            return "holds an address"
        if Facts.of(sentence, self._language).speaks_to_machines:
            return "speaks to a machine"
        if len(sentence) > _LONGEST_SENTENCE:
            return f"longer than {_LONGEST_SENTENCE} characters"
        if fold(sentence) in self._told:
            return "said before"
        return "too many sentences" if len(self._told) >= _MOST_SENTENCES else ""

    def _proof(self, sentence: str, claim: Claim, *, whole: bool) -> Draft | Dropped:
        if not 0 < claim.source <= len(self._shown):
            return Dropped(sentence, "no sentence has this number")
        pointed = self._shown[claim.source - 1]
        proof = "cut within" if not whole else self._quoted(sentence, pointed)
        if isinstance(proof, Draft):
            return proof
        kept = sentence if whole else sentence.rpartition(" ")[0]  # of what was cut the last word may be none
        return Dropped(sentence, proof, self._instead(kept, pointed))

    def _quoted(self, sentence: str, pointed: Numbered) -> Draft | str:
        """Returns a sentence with the quote that bears it out, or why none does."""
        passage = pointed.passage
        if verbatim := self._verbatim(sentence, pointed):
            return verbatim
        # a translation may be shorter than what it says
        if passage.language == self._language and is_phrase(sentence, _text_of(pointed)):
            return PHRASE
        if repeats_itself(sentence):
            return "says the same again and again"
        if is_foreign(sentence, self._language):
            return "in another language"
        rows = [f.row for f in self._found if _inside(f.passage, passage)]
        evidence = gather_evidence(self._engine.within(sentence, rows, self._language), self._generation, self._weights)
        if not evidence.ranked or evidence.probability < self._weights.threshold:
            return "the passage does not say so"
        best_score, best = evidence.ranked[0]
        near = [c for score, c in evidence.ranked if score >= best_score - _NEAR and not c.in_title]
        touched = [c for c in near if c.start < pointed.end and pointed.start < c.end]
        reasons: list[str] = []
        for candidates in [touched, [best]] if touched else [[best]]:
            draft = self._draft(sentence, passage, *_around(candidates))
            alike = self._alike(candidates, quoted=candidates is touched, across=passage.language != self._language)
            reasons.append(self._objection(draft) if alike else "the passage does not say so")
            if not reasons[-1]:
                return self._in_its_words(draft)
        return reasons[0]

    def _in_its_words(self, draft: Draft) -> Draft:
        """Returns a proven sentence, or the article's own where the two differ by nothing that was not asked.

        So is one that says again what was asked: "Yes, there is a forest near it".
        """
        quote = draft.quote
        said, held, asked = (
            Facts.of(text, draft.passage.language).content for text in (draft.text, quote, self._question.text)
        )
        alike = draft.passage.language == self._language
        if alike and ((said <= held <= said | asked) or said <= asked):
            return replace(draft, text=quote)
        return draft

    def _verbatim(self, sentence: str, pointed: Numbered) -> Draft | None:
        """Returns the sentence of the passage that a model repeats, as the article has it; it proves itself.

        So is one that the model stopped copying where no clause ends: a limit may have cut it.
        """
        for shown in self._near(pointed):
            own = _text_of(shown)
            place = None if is_phrase(sentence, own) else locate(sentence.rstrip(" ."), own)
            if place and not place[0] and (len(own) - place[1] <= _CLOSING or _stops_within(own, place[1])):
                return Draft(own, shown.passage, shown.start, shown.end, own)
        return None

    def _near(self, pointed: Numbered) -> list[Numbered]:
        """Returns the sentences of the passage of one, the nearest first."""
        beside = (shown for shown in self._shown if shown.passage == pointed.passage)
        return sorted(beside, key=lambda shown: abs(shown.start - pointed.start))

    def _draft(self, sentence: str, passage: Passage, start: int, end: int) -> Draft:
        start = self._start_with_name(sentence, passage, start, end)
        return Draft(sentence, passage, start, end, passage.text[start - passage.start : end - passage.start])

    def _objection(self, draft: Draft) -> str:
        """Returns why a quote does not bear out its sentence, "" where nothing speaks against it."""
        if Facts.of(draft.quote, draft.passage.language).speaks_to_machines:
            return "the quote speaks to a machine"
        told, quote = Facts.of(draft.text, self._language), Facts.of(draft.quote, draft.passage.language)
        if mixes_languages(told, quote, self._question.text):
            return "in two languages"
        return objection(told, quote, known=self._known_names(told, quote, draft.passage))

    def _known_names(self, told: Facts, quote: Facts, passage: Passage) -> frozenset[str]:
        """Returns the names of the question that the article has too and its quote leaves out: "il" is "the organ".

        Where the quote has a name that the sentence lacks, another may stand in its place.
        """
        if lacks_name(told, quote):
            return frozenset()
        article = fold(f"{passage.title} {passage.text}")
        return frozenset(name for name in self._question.names if name in article)

    def _instead(self, sentence: str, pointed: Numbered) -> Draft | None:
        """Returns the sentence of the passage that holds all words of a text, the nearest to the one pointed to."""
        told, known = (Facts.of(text, self._language) for text in (sentence, self._question.text))
        for shown in self._near(pointed):
            own, passage = _text_of(shown), shown.passage
            said = Facts.of(own, passage.language)
            if stands_in(told, said, known.content) and not said.speaks_to_machines:
                phrase = locate(sentence.rstrip(" ."), own) if is_phrase(sentence, own) else None
                return Draft(own, passage, shown.start, shown.end, own, (phrase,) if phrase else ())
        return None

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


def locate(phrase: str, text: str) -> tuple[int, int] | None:
    """Returns where a text holds these words; None where it does not.

    White space, capitals and the shapes of apostrophes, quotation marks and dashes may differ; every letter and digit
    counts.
    """
    if not any(map(str.isalnum, phrase)):
        return None
    signs = (_SIGNS.get(sign) or re.escape(sign) for sign in "\n".join(phrase.split()))
    found = re.search("".join(r"\s+" if sign == "\\\n" else sign for sign in signs), text, re.IGNORECASE)
    return found.span() if found else None


def _without_opening(text: str) -> str:
    """Returns a text without the "Oui, " before it."""
    folded, places = fold_with_places(text)
    opening = _OPENING.match(folded)
    if not opening:
        return text
    rest = text[places[opening.end()] :]
    return rest[0].upper() + rest[1:]


def _stops_within(text: str, place: int) -> bool:
    """Whether no clause of a text ends at a place."""
    return text[place:].lstrip()[:1].isalnum()


def _text_of(shown: Numbered) -> str:
    return shown.passage.text[shown.start - shown.passage.start : shown.end - shown.passage.start]


def _inside(found: Passage, shown: Passage) -> bool:
    return found.article_id == shown.article_id and shown.start <= found.start < shown.end


def _around(candidates: list[Candidate]) -> tuple[int, int]:
    return min(c.start for c in candidates), max(c.end for c in candidates)
