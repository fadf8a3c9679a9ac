"""Examples to learn from: each question with its passage, and with what looks like it and does not answer."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from index.article import Span
from index.embedding.embedder import Embedder
from index.text.folding import fold
from index.text.passages import passage_text
from retrieval.learning.reader.questions import AskedQuestion, Paragraph

LEARNED_CHARS = 800  # as in an index; longer paragraphs are cut to whole sentences
_TRANSLATIONS = 4  # examples a question has in a round at most, of all its pairs of languages
_ACROSS = 0.5  # share of the translated questions that are asked of a passage in another language
_SHORTEST = 0.4  # of the longest cut of a paragraph that fits
_CLOSEST = 4  # near misses are drawn from so many of the most similar
_DIGITS = re.compile(r"(?<!\d)\d{1,4}(?!\d)")
_NAME = re.compile(r"(?<=[\w,;'’»”)] )[A-ZÀ-ÖØ-ÞА-ЯЁΑ-ΩĂÂÎȘȚİŞĞĐ][\w’'-]{2,}(?: [A-ZÀ-ÖØ-ÞА-ЯЁΑ-Ω][\w’'-]+)*")


class NearMiss(StrEnum):
    """How a near miss is made."""

    SAME_ARTICLE = "same-article"  # another paragraph of the article
    OTHER_ARTICLE = "other-article"  # a similar paragraph of another article
    WITHOUT_ANSWER = "without-answer"  # its own paragraph without the sentences that hold the answer
    ALTERED = "altered"  # its own paragraph, and a number or a name of the question is another


_SHARES = {
    NearMiss.SAME_ARTICLE: 0.30,
    NearMiss.OTHER_ARTICLE: 0.15,
    NearMiss.WITHOUT_ANSWER: 0.30,
    NearMiss.ALTERED: 0.25,
}


@dataclass(frozen=True, slots=True)
class Example:
    """One question and one passage."""

    question: str
    title: str
    text: str
    answers: tuple[Span, ...]  # characters of `text`; none: it does not answer
    near_miss: NearMiss | None = None


class Examples:
    """Draws the examples of a round; a round of one number and seed is always the same."""

    def __init__(
        self, questions: Sequence[AskedQuestion], embedder: Embedder, kinds: Sequence[NearMiss] = tuple(NearMiss)
    ) -> None:
        """Embeds questions and passages once, to know which passages look alike.

        Args:
            questions: as `read_folder` gives them.
            embedder: whose similarity says which passages look alike.
            kinds: of near misses that are made.
        """
        self._questions = list(questions)
        self._kinds = tuple(kinds)
        passages = {q.passage.id: q.passage for q in questions}
        self._passages = list(passages.values())
        self._translations: dict[tuple[str, str], list[AskedQuestion]] = defaultdict(list)
        for question in questions:
            self._translations[question.id, question.passage.paragraph].append(question)
        self._misses = self._near_passages(embedder)
        self._names = _names_by_language(questions)

    def round(self, number: int, seed: int) -> list[Example]:
        """Returns the examples of a round, shuffled: each question once answered, once not.

        Of a question that is there in many languages, some pairs of languages are drawn.
        """
        chance = random.Random(f"{seed}/{number}")  # noqa: S311  a fixed draw, no secret
        drawn = []
        for same in self._translations.values():
            for question in chance.sample(same, min(len(same), _TRANSLATIONS)):
                passage = chance.choice(same) if chance.random() < _ACROSS else question
                drawn.append(self._answered(question, passage, chance))
                if self._kinds:
                    drawn.append(self._unanswered(question, passage, chance))
        chance.shuffle(drawn)
        return drawn

    def _answered(self, question: AskedQuestion, passage: AskedQuestion, chance: random.Random) -> Example:
        own = passage.passage
        text, offset = _cut(own, passage.answers[0], chance)
        answers = tuple((a - offset, b - offset) for a, b in passage.answers if offset <= a and b <= offset + len(text))
        return Example(question.text, own.title, text, answers)

    def _unanswered(self, question: AskedQuestion, passage: AskedQuestion, chance: random.Random) -> Example:
        kinds = list(self._kinds)
        while kinds:
            kind = chance.choices(kinds, [_SHARES[kind] for kind in kinds])[0]
            made = self._make(kind, question, passage, chance)
            if made is not None:
                return made
            kinds.remove(kind)
        return self._answered(question, passage, chance)

    def _make(
        self, kind: NearMiss, question: AskedQuestion, passage: AskedQuestion, chance: random.Random
    ) -> Example | None:
        own = passage.passage
        if kind is NearMiss.WITHOUT_ANSWER:
            return _without_answer(question, passage, chance)
        if kind is NearMiss.ALTERED:
            altered = self._alter(question, own, chance)
            text, _ = _cut(own, passage.answers[0], chance)
            return Example(altered, own.title, text, (), kind) if altered else None
        near = self._misses[question.id, own.id][kind]
        if not near:
            return None
        other = self._passages[chance.choice(near)]
        text, _ = _cut(other, None, chance)
        return Example(question.text, other.title, text, (), kind)

    def _alter(self, question: AskedQuestion, passage: Paragraph, chance: random.Random) -> str | None:
        """Returns the question with one of its numbers or names changed to one that the passage lacks."""
        here = fold(f"{passage.title} {passage.text}")
        found = [*_DIGITS.finditer(question.text), *_NAME.finditer(question.text)]
        if not found:
            return None
        match = chance.choice(found)
        if match.group().isdigit():
            number = int(match.group())
            others = [str(number + step) for step in (-20, -10, -3, -2, -1, 1, 2, 3, 4, 10, 30) if number + step > 0]
        else:
            others = chance.sample(self._names[question.language], min(20, len(self._names[question.language])))
        others = [other for other in others if fold(other) not in here and fold(other) != fold(match.group())]
        if not others:
            return None
        return question.text[: match.start()] + chance.choice(others) + question.text[match.end() :]

    def _near_passages(self, embedder: Embedder) -> Mapping[tuple[str, str], Mapping[NearMiss, list[int]]]:
        """Returns for each question and passage the rows of the most similar passages that do not answer it."""
        rows = embedder.embed_passages([passage_text(p.title, p.text) for p in self._passages])
        asked = embedder.embed_questions([question.text for question in self._questions])
        by_language: dict[str, list[int]] = defaultdict(list)
        for row, passage in enumerate(self._passages):
            by_language[passage.language].append(row)
        vectors = dict(zip(((q.id, q.language) for q in self._questions), asked, strict=True))
        found = {}
        for same in self._translations.values():
            answers = {fold(text) for question in same for text in question.answer_texts}
            for question in same:
                own = question.passage
                near = _order(vectors[question.id, question.language], rows, by_language[own.language])
                kept = [row for row in near if self._passages[row].paragraph != own.paragraph]
                kept = [row for row in kept[:40] if not _holds(self._passages[row], answers)]
                inside = [row for row in kept if self._passages[row].article == own.article]
                outside = [row for row in kept if self._passages[row].article != own.article]
                found[question.id, own.id] = {
                    NearMiss.SAME_ARTICLE: inside[:_CLOSEST],
                    NearMiss.OTHER_ARTICLE: outside[:_CLOSEST],
                }
        return found


def _order(vector: NDArray[np.float32], rows: NDArray[np.float32], chosen: list[int]) -> list[int]:
    similar = rows[chosen] @ vector
    return [chosen[int(place)] for place in np.argsort(-similar, kind="stable")]


def _holds(passage: Paragraph, answers: set[str]) -> bool:
    text = fold(passage.text)
    return any(answer in text for answer in answers)


def _names_by_language(questions: Sequence[AskedQuestion]) -> Mapping[str, list[str]]:
    names: dict[str, dict[str, None]] = defaultdict(dict)
    for question in questions:
        names[question.language].update(dict.fromkeys(_NAME.findall(question.text)))
    return {language: sorted(found) for language, found in names.items()}


def _without_answer(question: AskedQuestion, passage: AskedQuestion, chance: random.Random) -> Example | None:
    """Returns the passage without the sentences that hold an answer, wherever in it they stand."""
    own = passage.passage
    answers = [fold(text) for text in passage.answer_texts]
    kept = [
        (start, end)
        for start, end in own.sentences
        if not any(start < b and a < end for a, b in passage.answers)
        and not any(answer in fold(own.text[start:end]) for answer in answers)
    ]
    if not kept:
        return None
    while len(kept) > 1 and sum(end - start + 1 for start, end in kept) > LEARNED_CHARS:
        kept.pop(chance.choice((0, -1)))
    text = " ".join(own.text[start:end] for start, end in kept)
    return Example(question.text, own.title, text[:LEARNED_CHARS], (), NearMiss.WITHOUT_ANSWER)


def _cut(passage: Paragraph, answer: Span | None, chance: random.Random) -> tuple[str, int]:
    """Returns whole sentences of at most `LEARNED_CHARS` that hold the answer, and where they begin."""
    sentences = passage.sentences
    fits = [
        (first[0], last[1])
        for at, first in enumerate(sentences)
        for last in sentences[at:]
        if last[1] - first[0] <= LEARNED_CHARS and (answer is None or (first[0] <= answer[0] and answer[1] <= last[1]))
    ]
    if not fits:  # one long sentence
        middle = answer[0] if answer else 0
        start = max(min(middle - LEARNED_CHARS // 3, len(passage.text) - LEARNED_CHARS), 0)
        return passage.text[start : start + LEARNED_CHARS], start
    most = max(end - start for start, end in fits)  # of many lengths: a missing sentence must not show by the length
    start, end = chance.choice([span for span in fits if span[1] - span[0] >= _SHORTEST * most])
    return passage.text[start:end], start
