from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from index import load_embedder
from retrieval.learning.reader.near_misses import LEARNED_CHARS, Example, Examples, NearMiss
from retrieval.learning.reader.questions import read_folder
from tests.retrieval.learning.reader.conftest import ASKED, PARAGRAPHS, TITLES


def drawn(folder: Path, kinds: Sequence[NearMiss] = tuple(NearMiss), rounds: int = 12) -> list[Example]:
    examples = Examples(read_folder(folder), load_embedder(), kinds)
    return [example for number in range(rounds) for example in examples.round(number, 0)]


def test_answers_stand_in_the_text_of_their_example(folder: Path) -> None:
    golds = {answer for *_, answer in ASKED}
    answered = [example for example in drawn(folder) if example.answers]
    assert answered
    for example in answered:
        assert {example.text[start:end] for start, end in example.answers} <= golds
        assert len(example.text) <= LEARNED_CHARS


def test_a_round_is_the_same_again_and_another_one_differs(folder: Path) -> None:
    examples = Examples(read_folder(folder), load_embedder())
    assert examples.round(3, 0) == examples.round(3, 0)
    assert examples.round(3, 0) != examples.round(4, 0)
    assert examples.round(3, 0) != examples.round(3, 1)


def test_questions_are_asked_across_languages(folder: Path) -> None:
    english = [example for example in drawn(folder) if example.question.startswith("In which year") and example.answers]
    texts = {example.text for example in english}
    assert any("opened" in text for text in texts)
    assert any("ouvert" in text for text in texts)


def test_without_answer_lacks_every_sentence_with_it(folder: Path) -> None:
    missed = [e for e in drawn(folder, [NearMiss.WITHOUT_ANSWER]) if e.near_miss]
    assert missed
    golds = {question: answer for _, _, _, question, answer in ASKED}
    assert all(golds[example.question] not in example.text for example in missed)
    assert all(not example.answers for example in missed)


def test_same_article_is_another_paragraph_of_it(folder: Path) -> None:
    missed = [e for e in drawn(folder, [NearMiss.SAME_ARTICLE]) if e.near_miss]
    assert missed
    homes = {question: name for _, name, _, question, _ in ASKED}
    for example in missed:
        (paragraph,) = {name for (name, _), text in PARAGRAPHS.items() if example.text in text}
        assert paragraph != homes[example.question]
        assert TITLES[paragraph] == TITLES[homes[example.question]]


def test_other_article_is_of_another_one(folder: Path) -> None:
    missed = [e for e in drawn(folder, [NearMiss.OTHER_ARTICLE]) if e.near_miss]
    assert missed
    homes = {question: TITLES[name] for _, name, _, question, _ in ASKED}
    assert all(example.title != homes[example.question] for example in missed)


def test_an_altered_question_says_what_the_passage_does_not(folder: Path) -> None:
    missed = [e for e in drawn(folder, [NearMiss.ALTERED]) if e.near_miss]
    assert missed
    asked = {question for *_, question, _ in ASKED}
    assert all(example.question not in asked for example in missed)


@pytest.mark.parametrize("kinds", [[], list(NearMiss)])
def test_each_question_is_once_answered_and_at_most_once_missed(folder: Path, kinds: list[NearMiss]) -> None:
    found = drawn(folder, kinds, rounds=1)
    answered = [example for example in found if example.near_miss is None]
    assert len(answered) >= len(ASKED)
    assert len(found) - len(answered) <= (len(ASKED) if kinds else 0)
