"""The default answerer: the sentences of the articles that answer, or none."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice

from index.store.generation import Generation
from index.text import function_words
from index.text.folding import fold
from index.text.languages import NAMELESS
from retrieval.answering.answer import Draft
from retrieval.answering.candidates import Candidate
from retrieval.answering.evidence import Evidence, Scored, gather_evidence
from retrieval.answering.highlights import highlights
from retrieval.answering.readings import PassageReader
from retrieval.answering.weights import Weights
from retrieval.facts.denial import NEGATIONS
from retrieval.facts.injection import speaks_to_machines
from retrieval.facts.kinds import NUMBER_WORDS, RELATIVE, WEEKDAYS, Kind
from retrieval.search.retriever import Results

MOST_SENTENCES = 3  # in an answer at most
LOOKED_AT = 12  # of the sentences that may answer, the best
ANSWER_CHARS = 600  # of an answer, unless its first sentence is longer
PRESUPPOSED = 0.5  # probability at least; chosen by hand, no public set asks of one article so
_PRESUPPOSING_ARTICLES = 2
_SAME_WORDS = 0.75  # share of the words of two sentences from which on they say the same
_SAME_THING = 0.6  # the same of two sentences without their figures, which then differ about one thing
_SMALL_WORDS = function_words.ALL - NEGATIONS
_WORD, _FIGURE = re.compile(r"[^\W\d_]+"), re.compile(rf"\d+|\b(?:{NUMBER_WORDS})\b")
_FIGURES = (Kind.NUMBER, Kind.DATE, Kind.DURATION)
_THOUSANDS = re.compile(r"(?<=\d)[ .,'](?=\d{3}(?!\d))")
_WEEKDAY = re.compile(rf"\b(?:{WEEKDAYS}|{RELATIVE})\b")
_PIECE = re.compile(r"\d+(?:[.,]\d+)?|[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Extract:
    """What the articles say to a question."""

    evidence: Evidence  # that it was decided by
    drafts: list[Draft]  # in reading order; empty below the threshold
    probability: float  # that the articles hold the answer, 0 to 1
    disagree: bool = False  # whether articles of different dates give different figures, newest first


def extract(
    results: Results,
    generation: Generation,
    weights: Weights | None = None,
    reader: PassageReader | None = None,
    told: Collection[str] = (),
) -> Extract:
    """Returns the sentences that answer and how sure it is that any does.

    A question for a date, a duration or a number is answered only by a sentence that holds one. With a reader the
    passages are read where similarity is not sure. What was told in earlier answers is not told again.
    """
    weights = weights or Weights.load()
    return decide(gather_evidence(results, generation, weights, reader, told), results, generation, weights)


def decide(evidence: Evidence, results: Results, generation: Generation, weights: Weights) -> Extract:
    """Returns what `extract` does, from what is known of the question: nothing below the threshold of the weights."""
    if evidence.was_read and weights.reading:
        weights = weights.reading
    probability = evidence.probability
    if _is_presupposed(evidence, results.query.language, generation.counts["articles"]):
        probability = max(probability, PRESUPPOSED)
    if not evidence.fitting:
        return Extract(evidence, [], min(probability, weights.threshold / 2))
    if probability < weights.threshold:
        return Extract(evidence, [], probability)
    quotable = (pair for pair in evidence.fitting if not speaks_to_machines(pair[1].text))
    fitting = list(islice(quotable, LOOKED_AT))
    if not fitting:
        return Extract(evidence, [], min(probability, weights.threshold / 2))
    others = _disagreeing(fitting, evidence.kind, results.query.text)
    if others:
        chosen = sorted([fitting[0][1], *others], key=lambda c: str(c.passage.published), reverse=True)
    else:
        chosen = _choose(fitting, weights.margin)
        best = chosen[0].passage.article_id
        chosen.sort(key=lambda c: (c.passage.article_id != best, c.passage.article_id, c.start))
    drafts = [_draft(c, evidence.kind, results.query.text) for c in chosen]
    return Extract(evidence, drafts, probability, bool(others))


def _is_presupposed(evidence: Evidence, language: str, articles: int) -> bool:
    """Whether a question that names nothing can only be about the one article there is.

    "When did the call take place?" asked of one article takes its event for granted; what is left to tell is
    whether a sentence holds a date, and that few of them do.
    """
    telling = sum(candidate.features["kind"] > 0 for _, candidate in evidence.fitting)
    tells = evidence.kind in (Kind.DATE, Kind.DURATION) and 0 < 2 * telling < len(evidence.ranked)
    nameless = evidence.features["names_nothing"] > 0 and language not in NAMELESS
    return tells and nameless and articles <= _PRESUPPOSING_ARTICLES


def _choose(fitting: list[Scored], margin: float) -> list[Candidate]:
    """Returns the best sentence and at most two others nearly as good that fit beside it and say something else.

    What another article says in nearly the same words is not shown; the article is named in `also_in`.
    """
    chosen: list[Candidate] = []
    size = 0
    for score, candidate in fitting:
        if chosen and score < fitting[0][0] - margin:
            continue
        same = next((i for i, other in enumerate(chosen) if _says_the_same(candidate, other)), None)
        if same is not None:
            chosen[same] = _also_in(chosen[same], candidate)
        elif not chosen or (len(chosen) < MOST_SENTENCES and size + len(candidate.text) <= ANSWER_CHARS):
            chosen.append(candidate)
            size += len(candidate.text)
    return chosen


def _disagreeing(fitting: list[Scored], kind: Kind, question: str) -> list[Candidate]:
    """Returns the sentences of articles of other dates that give another figure than the best one for the same."""
    best = fitting[0][1]
    mine = _figures(best, kind, question) if best.passage.published else set()
    others: list[Candidate] = []
    told = {best.passage.published, None}
    for _, candidate in fitting[1:] if mine else ():
        if candidate.passage.published in told or _share(candidate, best) < _SAME_THING:
            continue
        theirs = _figures(candidate, kind, question)
        if not (mine <= theirs or theirs <= mine):  # "12 March" is no other date than "12 March 2025"
            others.append(candidate)
            told.add(candidate.passage.published)
    return others[: MOST_SENTENCES - 1]


def _figures(candidate: Candidate, kind: Kind, question: str) -> set[str]:
    """Returns the words of the figures in the sentence that answer: "12 000" and "12.000" as 12000.

    Weekdays are left out: Wednesday may well be the 12th.
    """
    if kind not in _FIGURES:
        return set()
    told = (
        fold(candidate.text[a:b]) for a, b in highlights(kind, candidate.text, question, candidate.passage.language)
    )
    plain = (_WEEKDAY.sub("", _THOUSANDS.sub("", figure)) for figure in told)
    return {piece.replace(",", ".") for figure in plain for piece in _PIECE.findall(figure)}


def _says_the_same(one: Candidate, other: Candidate) -> bool:
    """Whether two sentences differ in nothing but a few small words, none of which denies."""
    (mine, my_figures), (theirs, their_figures) = _words_and_figures(one.text), _words_and_figures(other.text)
    same_figures, small = my_figures == their_figures, mine ^ theirs <= _SMALL_WORDS
    return same_figures and small and _share(one, other) >= _SAME_WORDS


def _share(one: Candidate, other: Candidate) -> float:
    """Returns the share of the words, figures aside, that two sentences have in common (Jaccard)."""
    mine, theirs = (_words_and_figures(c.text)[0] for c in (one, other))
    return len(mine & theirs) / (len(mine | theirs) or 1)


@lru_cache(maxsize=512)
def _words_and_figures(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """Returns the folded words of a sentence and its figures; kept, as it is compared with many others."""
    folded = fold(text)
    return frozenset(_WORD.findall(folded)), frozenset(_FIGURE.findall(folded))


def _also_in(shown: Candidate, other: Candidate) -> Candidate:
    passage = shown.passage
    if other.passage.article_id == passage.article_id:
        return shown
    also_in = tuple(sorted({*passage.also_in, *other.passage.also_in, other.passage.article_id} - {passage.article_id}))
    return replace(shown, passage=replace(passage, also_in=also_in))


def _answering(candidate: Candidate, kind: Kind, question: str) -> tuple[tuple[int, int], ...]:
    """Returns the words that answer: by what is asked for, else as a reader sees them."""
    told = highlights(kind, candidate.text, question, candidate.passage.language)
    return told or ((candidate.answer,) if candidate.answer else ())


def _draft(candidate: Candidate, kind: Kind, question: str) -> Draft:
    text, told = candidate.text, _answering(candidate, kind, question)
    return Draft(text, candidate.passage, candidate.start, candidate.end, text, told)
