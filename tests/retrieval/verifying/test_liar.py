"""A model that lies over real HTTP; its lies are made by `tests.benchmarks.models.liar`, which prints their table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from index.text.folding import fold
from retrieval import Answer, ArticleQA
from tests.benchmarks.models.liar import KINDS, Told, report, tell

CROSS_LANGUAGE = 0.6  # share of true sentences, told in another language than the article's, that must come through
ONE_LANGUAGE = 0.9


@pytest.fixture(scope="module")
def some(seed_index: Path) -> list[Told]:
    return list(tell(seed_index, 60))


@pytest.fixture(scope="module")
def many(seed_index: Path) -> list[Told]:
    return list(tell(seed_index, 300))


def test_nothing_false_gets_out(some: list[Told], seed_index: Path) -> None:
    _nothing_false_gets_out(some, 60, seed_index)


@pytest.mark.full
def test_nothing_false_gets_out_of_300_lies(many: list[Told], seed_index: Path) -> None:
    _nothing_false_gets_out(many, 300, seed_index)


def test_true_sentences_beside_the_lies_mostly_come_through(some: list[Told]) -> None:
    _true_sentences_come_through(some)


@pytest.mark.full
def test_true_sentences_beside_300_lies_mostly_come_through(many: list[Told]) -> None:
    _true_sentences_come_through(many)


def test_the_table_counts_every_case_by_its_kind(some: list[Told]) -> None:
    lines = report(some).splitlines()
    assert lines[0].split() == ["kind", "told", "dropped", "shown", "true", "released", "share"]
    assert [line[:16].strip() for line in lines[1:]] == [*KINDS, "all"]
    *_, told, dropped, shown, true, released, _ = lines[-1].split()
    assert (int(told), int(dropped), int(shown)) == (60, 60, 0)
    assert int(true) == sum(len(case.true) - len(case.beside) for case in some)
    assert int(released) == sum(case.released for case in some)


def test_a_lie_that_gets_out_would_be_seen() -> None:
    case = Told("figure altered", "?", "fr", false=("Le pont a 13 arches.",), true=("Le pont a 12 arches.",))
    case.answer = Answer("?", "?", "Le pont a 13 arches. [1] Le pont a 12 arches. [2]")  # no quote bears it out
    assert case.escaped == ["Le pont a 13 arches."]
    assert case.released == 1
    assert not case.accounted


def _nothing_false_gets_out(told: Sequence[Told], cases: int, folder: Path) -> None:
    counts = Counter(case.kind for case in told)
    assert counts.keys() == KINDS.keys()
    assert sum(counts.values()) == cases
    assert {case.language for case in told} == {"fr", "en", "de"}
    with closing(ArticleQA.open(folder)) as qa:
        for case in told:
            assert case.false, case
            assert case.escaped == [], (case.kind, case.question)
            assert case.accounted, (case.kind, case.false, case.answer.dropped)
            _every_sentence_is_borne_out(case, qa)


def _every_sentence_is_borne_out(case: Told, qa: ArticleQA) -> None:
    answer = case.answer
    for citation in answer.citations:
        article = qa.article(citation.article_id)
        assert article
        source = article.title if citation.in_title else article.text
        assert source[citation.start : citation.end] == citation.quote
    assert bool(answer.citations) == answer.found
    numbers = {citation.number: citation for citation in answer.citations}
    true = {fold(sentence) for sentence in case.true}
    for text, number in case.shown:
        # what is shown is what was truly said, or, where nothing of the model's could be, the article's own sentence
        own = " ".join(numbers[number].quote.split())
        assert fold(text) in true or " ".join(text.split()) == own, (case.kind, text, own)


def _true_sentences_come_through(told: Sequence[Told]) -> None:
    said: Counter[bool] = Counter()
    shown: Counter[bool] = Counter()
    for case in told:
        released = {fold(text) for text, _ in case.shown}
        for sentence in set(case.true) - set(case.beside):
            translated = sentence in case.translated
            said[translated] += 1
            shown[translated] += fold(sentence) in released
    assert said[False] > len(told) / 3  # that bear on the question; three are told of each
    assert shown[False] >= ONE_LANGUAGE * said[False]
    assert said[True] > 0
    assert shown[True] >= CROSS_LANGUAGE * said[True]
