"""The default answerer: the sentences of the articles that answer, or none."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import lru_cache

from index.store.generation import Generation
from index.text import function_words
from index.text.folding import fold, words
from index.text.tables import rows_begin
from retrieval.answering.answer import Draft
from retrieval.answering.candidates import Candidate, held_words
from retrieval.answering.evidence import Evidence, Scored, gather_evidence
from retrieval.answering.highlights import highlights, of_its_year
from retrieval.answering.readings import PassageReader
from retrieval.answering.weights import Weights
from retrieval.facts.denial import NEGATIONS
from retrieval.facts.facts import Facts
from retrieval.facts.kinds import NUMBER_WORDS, RELATIVE, WEEKDAYS, Kind, numbers
from retrieval.search.query import Query
from retrieval.search.retriever import Results

MOST_SENTENCES = 3  # in an answer at most
LOOKED_AT = 12  # of the sentences that may answer, the best
ANSWER_CHARS = 600  # of an answer, unless its first sentence is longer
SHORT_SEEN, SHORT_PROBABILITY = 0.5, 0.6  # of the words, and of their sentence, from which on they are told first
# Of the probability, from which on a sentence answers that shares no word with the question: of fifteen such on eight
# development sets that were likelier than the threshold but not than this, one was right.
_SHARING_NOTHING = 0.5
MARKED_SEEN = 0.05  # share of the reader's spans from which on its words are marked
_SAME_WORDS = 0.75  # share of the words of two sentences from which on they say the same
_SAME_THING = 0.6  # the same of two sentences without their figures, which then differ about one thing
_SMALL_WORDS = function_words.ALL - NEGATIONS
_WORD, _FIGURE = re.compile(r"[^\W\d_]+"), re.compile(rf"\d+|\b(?:{NUMBER_WORDS})\b")
# what is told anew as it changes; an event keeps its day
_COUNTED = (Kind.NUMBER, Kind.DURATION, Kind.LENGTH)
_CHANGING = (*_COUNTED, Kind.PERSON)
_THOUSANDS = re.compile(r"(?<=\d)[ .,'](?=\d{3}(?!\d))")
_WEEKDAY = re.compile(rf"\b(?:{WEEKDAYS}|{RELATIVE})\b")
_DIGITS = re.compile(r"\d+(?:[ .,'\u00a0\u202f]\d+)*")
_PIECE = re.compile(r"\d+(?:[.,]\d+)?|[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Extract:
    """What the articles say to a question."""

    evidence: Evidence  # that it was decided by
    drafts: list[Draft]  # best first; empty where nothing is answered
    probability: float  # that the articles hold the answer, 0 to 1
    disagree: bool = False  # whether articles of different dates give different figures, newest first
    sentence_probability: float = 0.0  # that the first sentence answers, or the nearest, 0 to 1
    short: str = ""  # the words of the first sentence that answer, where a reader is sure of them
    nearest: Draft | None = None  # the best sentence where nothing is answered, if it comes near


def extract(
    results: Results,
    generation: Generation,
    weights: Weights | None = None,
    reader: PassageReader | None = None,
    told: Collection[str] = (),
) -> Extract:
    """Returns the sentences that answer and how sure it is that any does.

    A question for a date, a duration or a number is answered only by a sentence that holds one, or in which a reader
    sees the answer. What was told in earlier answers is not told again.
    """
    weights = weights or Weights.load()
    return decide(gather_evidence(results, generation, weights, reader, told), results, weights)


def decide(evidence: Evidence, results: Results, weights: Weights) -> Extract:
    """Returns what `extract` does, from what is known of the question.

    It is answered where the articles are likely to hold it and the best sentence is not unlikely to answer; else the
    best sentence is the nearest, where it may answer after all.
    """
    weights = weights.where_read(evidence.was_read)
    question = results.query.facts
    if not evidence.fitting or _names_nothing(results.query):
        return Extract(evidence, [], min(evidence.probability, weights.threshold / 2))
    evidence = _with_rows_asked_for(evidence, results.query)
    first, best = evidence.sentence_probabilities[0], evidence.fitting[0][1]
    threshold = weights.threshold
    if threshold and _shares_nothing(best, results.query):  # 0: nothing is to be refused
        threshold = max(threshold, _SHARING_NOTHING)
    if evidence.probability < threshold or first < weights.least:
        nearest = _draft(best, evidence.kind, question) if first >= weights.near else None
        return Extract(evidence, [], evidence.probability, sentence_probability=first, nearest=nearest)
    chosen = _disagreeing(evidence.fitting[:LOOKED_AT], evidence.kind, question)
    disagree = bool(chosen)
    if not disagree:
        chosen = _choose(evidence.fitting, evidence.sentence_probabilities, weights.further)
        chosen = _in_order(
            chosen, results.query.language, evidence.kind in _CHANGING and not numbers(results.question.text)
        )
    # of figures that differ the figures alone are marked, as they are told of side by side
    marked = [replace(candidate, seen=0.0) for candidate in chosen] if disagree else chosen
    drafts = [_draft(candidate, evidence.kind, question) for candidate in marked]
    is_best = chosen[0].text == evidence.fitting[0][1].text
    short = _short(chosen[0], first, evidence.kind, question) if is_best else ""
    return Extract(evidence, drafts, evidence.probability, disagree, first, short)


def _with_rows_asked_for(evidence: Evidence, query: Query) -> Evidence:
    """Returns it with the row that is asked for in the place of the best sentence, of the same table or list.

    Rows are alike but for their cells: of "Adulte, 7 €" and "Enfant, 4 €" the one that says all that the other does of
    the question, and more. Those that say less than it are not told.
    """
    fitting, likely = evidence.fitting, evidence.sentence_probabilities
    table = _rows_of(fitting[0][1])
    rows = [place for place, (_, each) in enumerate(fitting[: len(likely)]) if table and _rows_of(each) == table]
    held = {place: held_words(query, fitting[place][1].facts) for place in rows}
    first = next((place for place in rows if held[place] > held[0]), 0)
    less = {place for place in rows if held[place] < held[first]}
    if not less:
        return evidence
    left = [place for place in range(len(fitting)) if place != first and place not in less]
    return replace(
        evidence,
        fitting=[fitting[place] for place in (first, *left)],
        sentence_probabilities=[likely[0], *(likely[place] for place in left if place < len(likely))],
    )


def _rows_of(candidate: Candidate) -> tuple[str, int] | None:
    """Returns passage and place of the table or list that a sentence is a row of; None where it is of none."""
    passage = candidate.passage
    span = candidate.start - passage.start, candidate.end - passage.start
    at = None if candidate.in_title else rows_begin(passage.text, *span)
    return None if at is None else (passage.id, at)


def _shares_nothing(candidate: Candidate, query: Query) -> bool:
    """Whether neither a sentence nor its headline has any content word of the question, in its language."""
    return candidate.passage.language == query.language and candidate.features["words"] == 0.0


def _names_nothing(query: Query) -> bool:
    """Whether a question has none but function words: "Et quand ?" asks of what was said before, where anything was."""
    known = function_words.BY_LANGUAGE.get(query.language, function_words.ALL)  # German "die" is an English verb
    return all(word in known for word in words(fold(query.text), query.language))


def _short(candidate: Candidate, probability: float, kind: Kind, question: Facts) -> str:
    """Returns the words that answer, where the sentence is likely to and the reader sees them clearly."""
    if not candidate.answer or candidate.seen < SHORT_SEEN or probability < SHORT_PROBABILITY:
        return ""
    return candidate.text[slice(*_answering(candidate, kind, question)[0])]


def _choose(fitting: list[Scored], probabilities: list[float], further: float) -> list[Candidate]:
    """Returns the best sentence and at most two others that are likely to answer, too, and say something else.

    What another article says in nearly the same words is not shown; the article is named in `also_in`.
    """
    chosen = [fitting[0][1]]
    unlikely = [0.0] * (LOOKED_AT - len(probabilities))
    for (_, candidate), probability in zip(fitting[1:LOOKED_AT], [*probabilities[1:], *unlikely], strict=False):
        same = next((i for i, other in enumerate(chosen) if _says_the_same(candidate, other)), None)
        if same is not None:
            chosen[same] = _also_in(chosen[same], candidate)
        elif probability >= further and len(chosen) < MOST_SENTENCES and not _is_their_headline(candidate, chosen):
            size = sum(len(each.text) for each in chosen)
            if size + len(candidate.text) <= ANSWER_CHARS:
                chosen.append(candidate)
    return chosen


def _is_their_headline(candidate: Candidate, chosen: list[Candidate]) -> bool:
    """Whether it is the headline of an article that is told of already: its source line names it."""
    return candidate.in_title and any(c.passage.article_id == candidate.passage.article_id for c in chosen)


def _in_order(chosen: list[Candidate], language: str, newest_first: bool) -> list[Candidate]:
    """Returns the sentences in reading order: the best first, but before it what says it in the question's language.

    What one asks to know as it is today, who and how much, is told newest first, where each is of another day.
    """
    ordered = sorted(chosen, key=lambda candidate: candidate.passage.language != language)
    days = {candidate.passage.published for candidate in chosen}
    alike = len({candidate.passage.language for candidate in chosen}) == 1
    if newest_first and alike and None not in days and len(days) == len(chosen):
        return sorted(ordered, key=lambda candidate: str(candidate.passage.published), reverse=True)
    return ordered


def _disagreeing(fitting: list[Scored], kind: Kind, question: Facts) -> list[Candidate]:
    """Returns the best sentence and those of articles of other dates that give another figure for the same.

    They are in order, newest first; none where there is no other figure.
    """
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
    shown = [best, *others[: MOST_SENTENCES - 1]] if others else []
    return sorted(shown, key=lambda c: str(c.passage.published), reverse=True)


def _figures(candidate: Candidate, kind: Kind, question: Facts) -> set[str]:
    """Returns the words of the figures in the sentence that answer: "12 000" and "12.000" as 12000.

    Weekdays are left out: Wednesday may well be the 12th.
    """
    told = map(candidate.facts.folded_part, highlights(kind, candidate.facts, question))
    plain = (_WEEKDAY.sub("", _THOUSANDS.sub("", figure)) for figure in told)
    return {piece.replace(",", ".") for figure in plain for piece in _PIECE.findall(figure)}


def _says_the_same(one: Candidate, other: Candidate) -> bool:
    """Whether two sentences differ in nothing but a few small words, none of which denies."""
    (mine, my_figures), (theirs, their_figures) = _words_and_figures(one.facts), _words_and_figures(other.facts)
    same_figures, small = my_figures == their_figures, mine ^ theirs <= _SMALL_WORDS
    return same_figures and small and _share(one, other) >= _SAME_WORDS


def _share(one: Candidate, other: Candidate) -> float:
    """Returns the share of the words, figures aside, that two sentences have in common (Jaccard)."""
    mine, theirs = (_words_and_figures(c.facts)[0] for c in (one, other))
    return len(mine & theirs) / (len(mine | theirs) or 1)


@lru_cache(maxsize=512)
def _words_and_figures(sentence: Facts) -> tuple[frozenset[str], frozenset[str]]:
    """Returns the folded words of a sentence and its figures; kept, as it is compared with many others."""
    return frozenset(_WORD.findall(sentence.folded)), frozenset(_FIGURE.findall(sentence.folded))


def _also_in(shown: Candidate, other: Candidate) -> Candidate:
    passage = shown.passage
    if other.passage.article_id == passage.article_id:
        return shown
    also_in = tuple(sorted({*passage.also_in, *other.passage.also_in, other.passage.article_id} - {passage.article_id}))
    return replace(shown, passage=replace(passage, also_in=also_in))


def _answering(candidate: Candidate, kind: Kind, question: Facts) -> tuple[tuple[int, int], ...]:
    """Returns the words that answer: as a reader sees them, else by what is asked for.

    Of several figures that it sees as one the one that is asked for: of "31 teachers and 640" pupils, "640". Of those
    of two years the one of the year that is asked for, whatever it sees.
    """
    if of_year := of_its_year(kind, candidate.facts, question):
        return of_year
    if not candidate.answer or candidate.seen < MARKED_SEEN:
        return highlights(kind, candidate.facts, question)
    start, end = candidate.answer
    if kind in _COUNTED and len(_DIGITS.findall(candidate.text[start:end])) > 1:
        told = highlights(kind, candidate.facts, question)
        if len(told) == 1 and start <= told[0][0] and told[0][1] <= end:
            return told
    return (candidate.answer,)


def _draft(candidate: Candidate, kind: Kind, question: Facts) -> Draft:
    text, told = candidate.text, _answering(candidate, kind, question)
    return Draft(text, candidate.passage, candidate.start, candidate.end, text, told, candidate.in_title)
