from __future__ import annotations

from dataclasses import replace

import pytest

from index.article import Article
from retrieval.answering.answer import Answer, Citation
from retrieval.learning.overlap import (
    NOTHING,
    GoldSpan,
    Overlap,
    cites_gold,
    right_sentences,
    short_scores,
    shown_sentences,
    word_overlap,
)
from retrieval.learning.sets import Question
from tests.retrieval.learning.conftest import GOLD, OTHER, QUESTION

BRIDGE = f"Avant la fête. {GOLD} Après la fête."
TITLE = "Le pont a coûté 3,5 millions"
BEGIN = BRIDGE.index(GOLD)
GOLD_SPANS: list[GoldSpan] = [("articles/pont.md", BEGIN, BEGIN + len(GOLD))]
UNANSWERABLE = replace(QUESTION, answers=(), gold=(), answerable=False)
FIRST, FIRST_WORDS = "Le pont de Saint-Aubin a rouvert mardi matin.", 8
COST, COST_WORDS = "Les travaux ont duré quatorze mois, et coûté 3,5 millions d’euros.", 11


def article_of(article_id: str) -> Article | None:
    texts = {"articles/pont.md": BRIDGE, "articles/media.md": OTHER}
    text = texts.get(article_id)
    return Article(article_id, TITLE, text, None, "fr", "", "") if text else None


def quote(text: str, file: str = "pont.md", number: int = 1, **more: tuple[str, ...]) -> Citation:
    source = {"pont.md": BRIDGE, "media.md": OTHER}[file]
    start = source.index(text)
    return Citation(number, f"articles/{file}", TITLE, "", "", None, start, start + len(text), text, **more)  # type: ignore[arg-type]


def headline(text: str) -> Citation:
    start = TITLE.index(text)
    return Citation(1, "articles/pont.md", TITLE, "", "", None, start, start + len(text), text, in_title=True)


def answer(text: str, *citations: Citation, found: bool = True) -> Answer:
    return Answer(QUESTION.text, QUESTION.text, text, citations, found=found)


# Sentences


def test_the_sentences_shown_stand_between_the_markers_each_with_what_it_cites() -> None:
    one, two = quote("Le pont"), quote("La médiathèque", "media.md", 2)
    shown = list(
        shown_sentences(answer("Il a rouvert. Enfin. [1] On dit [oui] 3,5. [1][2]\nÀ la fin [2] sans rien.", one, two))
    )
    assert shown == [("Il a rouvert. Enfin.", (one,)), ("On dit [oui] 3,5.", (one, two)), ("À la fin", (two,))]


def test_a_refusal_shows_no_sentence() -> None:
    assert list(shown_sentences(answer("Les articles ne le disent pas.", found=False))) == []
    assert right_sentences(QUESTION, answer("Cela a coûté 3,5 millions. [1]", quote("Le pont"), found=False)) == ()


def test_a_sentence_is_right_that_holds_a_gold_answer_and_cites_a_gold_article() -> None:
    said = answer(
        "Il a rouvert. [1] Il a coûté 3,5 millions. [1] Il a coûté 3,5 millions. [2]",
        quote("Le pont"), quote("La médiathèque", "media.md", 2),
    )  # fmt: skip
    assert right_sentences(QUESTION, said) == (False, True, False)
    assert right_sentences(UNANSWERABLE, said) == (False, False, False)
    assert right_sentences(replace(QUESTION, answerable=False), said) == (False, False, False)


def test_what_an_article_says_in_the_words_of_a_gold_one_is_right_too() -> None:
    elsewhere = quote("La médiathèque", "media.md", also_in=("articles/pont.md",))
    assert right_sentences(QUESTION, answer("Il a coûté 3,5 millions. [1]", elsewhere)) == (True,)


def test_where_answers_are_long_a_sentence_is_right_that_is_evidence() -> None:
    question = replace(QUESTION, answers=("Une longue réponse.",), evidence=(COST,))
    said = answer(f"Le pont a rouvert. [1] {COST} [2]", quote("Le pont"), quote(COST, number=2))
    assert right_sentences(question, said) == (False, True)


def test_a_citation_is_gold_that_overlaps_a_gold_passage_or_is_a_headline_that_tells_it() -> None:
    assert cites_gold(QUESTION, quote("fête. Le"), GOLD_SPANS)
    assert not cites_gold(QUESTION, quote("Après la fête."), GOLD_SPANS)
    assert cites_gold(QUESTION, headline(TITLE), [])
    assert not cites_gold(QUESTION, headline("Le pont a coûté"), [("articles/pont.md", 0, len(BRIDGE))])


# Words


def words(*citations: Citation, question: Question = QUESTION, gold: list[GoldSpan] = GOLD_SPANS) -> Overlap:
    return word_overlap(question, citations, gold, article_of)


def test_words_of_the_gold_sentence_alone_are_gold() -> None:
    assert words(quote(COST)) == Overlap(shown=COST_WORDS, gold=COST_WORDS, both=COST_WORDS)
    assert words(quote(GOLD)) == Overlap(shown=FIRST_WORDS + COST_WORDS, gold=COST_WORDS, both=COST_WORDS)
    assert words() == Overlap(shown=0, gold=COST_WORDS, both=0)
    assert words(quote(OTHER, "media.md")) == Overlap(shown=9, gold=COST_WORDS, both=0)


def test_a_word_is_shown_of_which_any_character_is_and_counts_once() -> None:
    assert words(quote("oûté 3,5 mill")) == Overlap(shown=3, gold=COST_WORDS, both=3)
    assert words(quote("3,5 millions"), quote("millions d’euros.")) == Overlap(shown=3, gold=COST_WORDS, both=3)


def test_where_no_sentence_holds_the_answer_the_gold_passage_is_gold() -> None:
    question = replace(QUESTION, answers=("mardi matin. Les travaux",))
    assert words(quote("Le pont"), question=question) == Overlap(shown=2, gold=FIRST_WORDS + COST_WORDS, both=2)


def test_evidence_is_gold_where_answers_are_long() -> None:
    question = replace(QUESTION, answers=("Quatorze mois de travaux.",), evidence=(FIRST,))
    assert words(quote("Le pont"), question=question) == Overlap(shown=2, gold=FIRST_WORDS, both=2)


def test_several_gold_passages_are_gold_as_far_as_they_hold_the_answer() -> None:
    question = replace(
        QUESTION, answers=("3,5 millions", "Cinq étudiants"), gold=(("pont.md", GOLD), ("media.md", OTHER))
    )
    both = [*GOLD_SPANS, ("articles/media.md", 0, len(OTHER))]
    assert words(quote("Cinq étudiants", "media.md"), question=question, gold=both) == Overlap(2, COST_WORDS + 4, 2)


def test_what_an_unanswerable_question_is_shown_is_never_gold() -> None:
    assert words(quote(COST), question=UNANSWERABLE, gold=[]) == Overlap(shown=COST_WORDS, gold=0, both=0)
    assert words(quote(COST), question=replace(QUESTION, answerable=False)).gold == 0
    assert words(question=UNANSWERABLE, gold=[]) == NOTHING


def test_a_headline_is_shown_and_gold_where_it_tells_the_answer() -> None:
    assert words(headline(TITLE)) == Overlap(shown=6, gold=COST_WORDS + 6, both=6)
    assert words(headline("Le pont")) == Overlap(shown=2, gold=COST_WORDS, both=0)
    assert words(headline(TITLE), question=UNANSWERABLE, gold=[]) == Overlap(shown=6, gold=0, both=0)
    assert words(headline(TITLE), quote(COST)) == Overlap(
        shown=6 + COST_WORDS, gold=COST_WORDS + 6, both=6 + COST_WORDS
    )


# The short answer


@pytest.mark.parametrize(
    ("short", "golds", "f1", "is_exact"),
    [
        ("14 mois", ["14 mois"], 1.0, True),
        ("Les 14 mois !", ["14 MOIS"], 1.0, True),  # article, case, punctuation
        ("the Eiffel Tower", ["Eiffel tower"], 1.0, True),
        ("Der Bundestag", ["bundestag"], 1.0, True),
        ("L’Europe", ["l'Europe"], 1.0, True),
        ("l'Europe", ["Europe"], 1.0, True),
        ("Allemagne", ["Llemagne"], 0.0, False),
        ("3,5 millions", ["35 millions"], 1.0, True),  # as SQuAD: punctuation is dropped
        ("quatorze mois", ["14 mois"], 0.5, False),
        ("mois", ["14 mois", "un mois"], 1.0, True),  # the best of them
        ("mardi 4 mars 2025", ["4 mars"], 2 * (2 / 4) * 1 / (2 / 4 + 1), False),
        ("paris paris", ["Paris"], 2 * 0.5 / 1.5, False),  # each word counts as often as it stands there
        ("", ["14 mois"], 0.0, False),
        ("", [], 1.0, True),
        ("14 mois", [], 0.0, False),
        ("北京市", ["北京"], 0.8, False),  # by character
        ("cafe\u0301", ["café"], 1.0, True),
        ("cafe", ["café"], 0.0, False),
    ],
)
def test_a_short_answer_is_scored_as_squad_does(short: str, golds: list[str], f1: float, is_exact: bool) -> None:
    told = short_scores(short, golds)
    assert told[0] == pytest.approx(f1)
    assert told[1] is is_exact
