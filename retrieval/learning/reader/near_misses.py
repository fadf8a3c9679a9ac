"""Examples to learn from: each question with its passage, and with what looks like it and does not answer."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from index.article import Span
from index.embedding.embedder import Embedder
from index.text.folding import fold, words
from index.text.passages import passage_text
from retrieval.learning.reader.questions import LEARNED_CHARS, AskedQuestion, Paragraph, fixed_draw

_TRANSLATIONS = 4  # examples a question has in a round at most, of all its pairs of languages
_ACROSS = 0.7  # share of the translated questions that are asked of a passage in another language
_SHORTER = 0.5  # share of the examples that are cut to fewer characters than that, _SHORTEST at least
_SHORTEST = 0.4  # of `LEARNED_CHARS`
SHARES = (1.0, 0.5)  # of the questions of sources without and with a name that a round has: of those there are more
EACH = (1.0, 1.0)  # all of both
_WITHOUT_ACCENTS, _WITHOUT_MARK, _AFTER_ANOTHER = 0.1, 0.25, 0.05  # shares of the questions that are typed so
_CLOSEST = 4  # near misses are drawn from so many of the most similar
_DIGITS = re.compile(r"(?<!\d)\d{1,4}(?!\d)")
_NAME = re.compile(r"(?<=[\w,;'’»”)] )[A-ZÀ-ÖØ-ÞА-ЯЁΑ-ΩĂÂÎȘȚİŞĞĐ][\w’'-]{2,}(?: [A-ZÀ-ÖØ-ÞА-ЯЁΑ-Ω][\w’'-]+)*")


class NearMiss(StrEnum):
    """What a near miss is."""

    WRITTEN = "written"  # people wrote or judged the question against this very passage
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
    answers: tuple[Span, ...]  # characters of `text`; none: it does not answer, or nobody marked where it does
    near_miss: NearMiss | None = None  # None: it answers
    source: str = ""  # of the question


class Examples:
    """Draws the examples of a round; a round of one number and seed is always the same."""

    def __init__(
        self,
        questions: Sequence[AskedQuestion],
        embedder: Embedder,
        kinds: Sequence[NearMiss] = tuple(NearMiss),
        shares: tuple[float, float] = SHARES,
    ) -> None:
        """Embeds questions and passages once, to know which passages look alike.

        Args:
            questions: as `read_folder` gives them.
            embedder: whose similarity says which passages look alike.
            kinds: of near misses that are drawn.
            shares: of the questions of sources without and with a name that are in a round.
        """
        self._shares = shares
        self._made = tuple(kind for kind in _SHARES if kind in kinds)
        asked = [q for q in questions if q.answerable or NearMiss.WRITTEN in kinds]
        self._by_title: dict[str, list[str]] = defaultdict(list)
        for question in asked:
            if question.passage.title:
                self._by_title[question.passage.title].append(question.text)
        has_written = {q.source for q in asked if not q.answerable}
        self._alone = [q for q in asked if q.source in has_written]  # what people wrote is near misses enough
        answered = [q for q in asked if q.source not in has_written]
        self._passages = list({q.passage.id: q.passage for q in answered}.values())
        self._translations: dict[tuple[str, str], list[AskedQuestion]] = defaultdict(list)
        for question in answered:
            self._translations[question.id, question.passage.paragraph].append(question)
        self._misses = self._near_passages(answered, embedder)
        self._names = _names_by_language(answered)

    def round(self, number: int, seed: int) -> list[Example]:
        """Returns the examples of a round, shuffled: as many that answer as near misses, or nearly.

        A question without near misses that people wrote is there once answered, once not; of one that is there in many
        languages, some pairs of languages are drawn.
        """
        chance = random.Random(f"{seed}/{number}")  # noqa: S311  a fixed draw, no secret
        drawn = [self._as_it_is(question, chance) for question in self._alone if self._has_turn(question, number)]
        for same in self._translations.values():
            if not self._has_turn(same[0], number):
                continue
            for question in chance.sample(same, min(len(same), _TRANSLATIONS)):
                passage = chance.choice(same) if chance.random() < _ACROSS else question
                drawn.append(self._answered(question, passage, chance))
                if self._made:
                    drawn.append(self._unanswered(question, passage, chance))
        found = [self._as_typed(example, chance) for example in drawn if example]
        chance.shuffle(found)
        return found

    def _has_turn(self, question: AskedQuestion, number: int) -> bool:
        """Whether a question is in a round; they take turns, so that all come."""
        share = self._shares[bool(question.source)]
        return (fixed_draw(question.id) + number * share) % 1 < share

    def _as_it_is(self, question: AskedQuestion, chance: random.Random) -> Example | None:
        if question.answerable:
            return self._answered(question, question, chance)
        text, _ = cut(question.passage, question, chance)
        return Example(question.text, question.passage.title, text, (), NearMiss.WRITTEN, question.source)

    def _answered(self, question: AskedQuestion, passage: AskedQuestion, chance: random.Random) -> Example | None:
        """Returns the question with what is cut from its passage; a near miss where that is not what answers."""
        own = passage.passage
        text, offset = cut(own, passage, chance)
        end = offset + len(text)
        answers = tuple((a - offset, b - offset) for a, b in passage.answers if offset <= a and b <= end)
        if answers or not passage.answers:
            return Example(question.text, own.title, text, answers, source=question.source)
        if any(fold(answer) in fold(text) for answer in passage.answer_texts):
            return None  # it may answer
        return Example(question.text, own.title, text, (), NearMiss.SAME_ARTICLE, question.source)

    def _unanswered(self, question: AskedQuestion, passage: AskedQuestion, chance: random.Random) -> Example | None:
        kinds = list(self._made)
        while kinds:
            kind = chance.choices(kinds, [_SHARES[kind] for kind in kinds])[0]
            made = self._make(kind, question, passage, chance)
            if made is not None:
                return made
            kinds.remove(kind)
        return None

    def _as_typed(self, example: Example, chance: random.Random) -> Example:
        """Returns the example as people type: without accents or mark, or after a question about the same."""
        asked = example.question
        if chance.random() < _WITHOUT_MARK:
            asked = asked.rstrip(" \u00a0\u202f?？؟")
        if chance.random() < _WITHOUT_ACCENTS:
            asked = fold(asked)
        before = self._by_title.get(example.title, ())
        if before and chance.random() < _AFTER_ANOTHER:
            asked = f"{chance.choice(before)} {asked}"
        return replace(example, question=asked or example.question)

    def _make(
        self, kind: NearMiss, question: AskedQuestion, passage: AskedQuestion, chance: random.Random
    ) -> Example | None:
        own = passage.passage
        if kind is NearMiss.WITHOUT_ANSWER:
            return _without_answer(question, passage, chance)
        if kind is NearMiss.ALTERED:
            altered = self._alter(question, own, chance)
            text, _ = cut(own, passage, chance)
            return Example(altered, own.title, text, (), kind, question.source) if altered else None
        near = self._misses[question.id, own.id][kind]
        if not near:
            return None
        other = self._passages[chance.choice(near)]
        text, _ = cut(other, passage, chance)
        return Example(question.text, other.title, text, (), kind, question.source)

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

    def _near_passages(
        self, questions: Sequence[AskedQuestion], embedder: Embedder
    ) -> Mapping[tuple[str, str], Mapping[NearMiss, list[int]]]:
        """Returns for each question and passage the rows of the most similar passages that do not answer it."""
        rows = embedder.embed_passages([passage_text(p.title, p.text) for p in self._passages])
        asked = embedder.embed_questions([question.text for question in questions])
        by_language: dict[str, list[int]] = defaultdict(list)
        for row, passage in enumerate(self._passages):
            by_language[passage.language].append(row)
        vectors = dict(zip(((q.id, q.language) for q in questions), asked, strict=True))
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
    sentences, text = [], ""
    for start, end in kept:
        sentences.append((len(text), len(text) + end - start))
        text += own.text[start:end] + " "
    rest = replace(own, text=text.rstrip(), sentences=tuple(sentences))
    text, _ = cut(rest, passage, chance)
    return Example(question.text, own.title, text, (), NearMiss.WITHOUT_ANSWER, question.source)


def cut(passage: Paragraph, question: AskedQuestion, chance: random.Random) -> tuple[str, int]:
    """Returns whole sentences of at most `LEARNED_CHARS` characters, and where they begin.

    Of the longest parts that fit it is the one with the most words of the question, which is in the passage's language;
    of a question in another one no word says which part it is about, and no more is cut than must be. The same for what
    answers and what does not: a cut around the answer would show the text that a question is about where it is answered
    only.
    """
    is_short = question.language == passage.language and chance.random() < _SHORTER
    longest = int(LEARNED_CHARS * (chance.uniform(_SHORTEST, 1) if is_short else 1))
    asked, parts = set(words(fold(question.text), passage.language)), []
    for at, (start, _) in enumerate(passage.sentences):
        end = max((end for _, end in passage.sentences[at:] if end - start <= longest), default=start + longest)
        parts.append((start, min(end, len(passage.text))))
        if end >= passage.sentences[-1][1]:
            break

    def shared(part: Span) -> int:
        return len(asked & set(words(fold(passage.text[slice(*part)]), passage.language)))

    start, end = max(parts, key=shared, default=(0, longest))
    return passage.text[start:end], start
