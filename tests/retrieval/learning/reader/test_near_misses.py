from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import load_embedder
from index.sources.folder import read_source
from index.text.sentences import split_sentences
from retrieval.learning.reader import near_misses
from retrieval.learning.reader.judging import by_looks
from retrieval.learning.reader.near_misses import EACH, Example, Examples, NearMiss, cut
from retrieval.learning.reader.questions import LEARNED_CHARS, AskedQuestion, Paragraph, read_folder
from tests.retrieval.learning.reader.conftest import ASKED, MISSED, PARAGRAPHS, TITLES, write_people

SEEDS = Path(__file__).parents[4] / "seeds" / "articles"


@pytest.fixture(autouse=True)
def as_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves the questions as they are written."""
    for name in ("_WITHOUT_ACCENTS", "_WITHOUT_MARK", "_AFTER_ANOTHER"):
        monkeypatch.setattr(f"retrieval.learning.reader.near_misses.{name}", 0.0)


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
    assert not any(example.near_miss is NearMiss.WRITTEN for example in found)
    answered = [example for example in found if example.near_miss is None]
    assert len(answered) >= len(ASKED)
    assert len(found) - len(answered) <= (len(ASKED) if kinds else 0)


# What people wrote


def test_what_people_wrote_is_there_as_it_stands_and_nothing_is_made_of_it(tmp_path: Path) -> None:
    examples = Examples(read_folder(write_people(tmp_path)), load_embedder(), shares=EACH)
    for number in range(4):
        found = examples.round(number, 0)
        missed = {example.question: example for example in found if example.near_miss is NearMiss.WRITTEN}
        assert set(missed) == {text for *_, text in MISSED}
        assert all(missed[text].text in PARAGRAPHS[name, language] for _, name, language, text in MISSED)
        assert {example.near_miss for example in found} <= {None, NearMiss.WRITTEN, NearMiss.SAME_ARTICLE}
        assert {example.source for example in found} == {"people"}
        silver = [example for example in found if example.question == "Qui payait le loyer ?"]
        assert [(example.answers, example.near_miss) for example in silver] == [((), None)]


def test_sources_with_a_name_take_turns(tmp_path: Path) -> None:
    examples = Examples(read_folder(write_people(tmp_path)), load_embedder(), shares=(1.0, 0.5))
    first, second, third = ({e.question for e in examples.round(number, 0)} for number in range(3))
    assert first == third
    assert first
    assert second
    assert not first & second


def test_without_written_ones_a_source_is_taken_as_any_other(tmp_path: Path) -> None:
    found = drawn(write_people(tmp_path), [NearMiss.WITHOUT_ANSWER])
    assert {example.near_miss for example in found} == {None, NearMiss.WITHOUT_ANSWER}


# Cuts of the passage


LONG = [f"La borne {n} du canal porte le nom de la commune numéro {n} et la date de {1700 + n}." for n in range(40)]


def long_passage() -> Paragraph:
    text = " ".join(LONG)
    spans = tuple((text.index(sentence), text.index(sentence) + len(sentence)) for sentence in LONG)
    return Paragraph("p", "p", "p", "Le canal", "fr", text, spans)


def asked_of(passage: Paragraph, text: str, language: str = "fr") -> AskedQuestion:
    return AskedQuestion(text, text, language, passage, ())


@given(st.text(max_size=40) | st.sampled_from(LONG), st.integers(0, 10**6))
def test_a_cut_is_whole_sentences_with_what_is_asked(question: str, seed: int) -> None:
    passage = long_passage()
    text, start = cut(passage, asked_of(passage, question), random.Random(seed))  # noqa: S311  a draw, no secret
    assert passage.text[start : start + len(text)] == text
    assert 0.3 * LEARNED_CHARS < len(text) <= LEARNED_CHARS
    assert start in {begin for begin, _ in passage.sentences}
    assert start + len(text) in {end for _, end in passage.sentences}
    if question in LONG:
        assert question in text


def test_a_sentence_that_is_longer_is_cut() -> None:
    text = "Un canal " * 200
    passage = Paragraph("p", "p", "p", "", "fr", text, ((0, len(text)),))
    text, _ = cut(passage, asked_of(passage, "Quel canal ?"), random.Random(1))  # noqa: S311  a draw, no secret
    assert len(text) in range(300, LEARNED_CHARS + 1)


@given(st.integers(0, 10**6))
def test_a_short_passage_is_whole_for_a_question_in_another_language(seed: int) -> None:
    text = " ".join(LONG[:8])
    passage = replace(long_passage(), text=text, sentences=long_passage().sentences[:8])
    found = cut(passage, asked_of(passage, "Which canal?", "en"), random.Random(seed))  # noqa: S311  a draw, no secret
    assert found == (text, 0)


def people_of_the_seeds() -> list[AskedQuestion]:
    """Questions about the long paragraphs of the starter articles, every second one said to be a near miss."""
    chance = random.Random(4)  # noqa: S311  a draw, no secret
    asked = []
    for number, article in enumerate(read_source(SEEDS, "").articles):
        sentences = split_sentences(article.text, article.language)
        passage = Paragraph(str(number), "", "", article.title, article.language, article.text, tuple(sentences))
        for turn in range(12):
            start, end = chance.choice(sentences)
            words = article.text[start:end].split()
            text = " ".join(chance.sample(words, min(6, len(words)))) + " ?"
            answers = ((start, end),) if turn % 2 else ()
            asked.append(
                AskedQuestion(f"{number}-{turn}", text, article.language, passage, answers, turn % 2 == 1, "s")
            )
    return asked


def test_looks_do_not_tell_what_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lengths and words in common tell nothing of answers, and they would of a cut that looks at them."""

    def looks() -> float:
        found = Examples(people_of_the_seeds(), load_embedder(), shares=EACH).round(0, 0)
        return by_looks([example for example in found if example.near_miss in (None, NearMiss.WRITTEN)])

    assert looks() < 0.6
    cut_well = near_misses.cut

    def cut_anywhere(passage: Paragraph, question: AskedQuestion, chance: random.Random) -> tuple[str, int]:
        return cut_well(passage, question if question.answerable else asked_of(passage, chance.choice(LONG)), chance)

    monkeypatch.setattr(near_misses, "cut", cut_anywhere)
    assert looks() > 0.7


# As people type


def test_questions_are_also_asked_as_people_type(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    asked = {example.question for example in drawn(folder, [], rounds=300)}
    assert "Qui était le passeur" in asked
    assert "qui etait le passeur ?" in asked
    assert any(question.endswith("? Qui était le passeur ?") for question in asked)
