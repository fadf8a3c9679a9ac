"""The fifty questions as people type them agree with their articles, and what was judged of an answer stays with it."""

from __future__ import annotations

import frontmatter
import pytest

from retrieval.learning.gold import holds_answer, normalise
from retrieval.learning.sets import Question, read_questions
from tests.benchmarks.fifty.__main__ import FOLDER, HEAD, Row, cells_of, judged_before, report

ARTICLES = {
    path.name: str(frontmatter.loads(path.read_text(encoding="utf-8")).content)
    for path in (FOLDER / "articles").glob("*.md")
}
QUESTIONS = read_questions(FOLDER)


def test_there_are_fifty_and_eight_of_them_are_not_answered_by_the_articles() -> None:
    assert len(QUESTIONS) == len({question.text for question in QUESTIONS}) == 50
    assert sum(not question.answerable for question in QUESTIONS) == 8
    assert sum(bool(question.history) for question in QUESTIONS) == 3
    assert len(ARTICLES) == 16


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_gold_answers_stand_in_the_passage_and_the_passage_in_the_article(question: Question) -> None:
    assert bool(question.answers) == question.answerable
    assert question.gold or question.text.startswith(("t'as quoi", "résume")) or not question.answerable
    for file, passage in question.gold:
        assert passage in ARTICLES[file]
        assert [gold for gold in question.answers if not holds_answer(normalise(passage), gold)] == []


def test_what_a_person_said_stays_with_a_row_that_has_not_changed() -> None:
    row = Row("1", "qui ?", "Un loup | de bois.", "1", "right first", "right")
    table = report([row, row._replace(number="2", by_person="late")]).splitlines()
    judged = judged_before(table)
    assert len(judged) == 2
    assert judged[cells_of(str(row))[:-1]] == "right"
    assert cells_of(str(row._replace(first="Un ours.")))[:-1] not in judged
    assert table[0] == f"| {' | '.join(HEAD)} |"
    assert table[-1] == "By a person: right 1, late 1, of 2 judged."
