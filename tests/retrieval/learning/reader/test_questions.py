from __future__ import annotations

import json
from pathlib import Path

import pytest

from retrieval.learning.reader.questions import half_of, read_folder, whole_articles
from retrieval.learning.sets import DataError


def change(path: Path, line: int, **fields: object) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[line] = json.dumps(json.loads(lines[line]) | fields)
    path.write_text("\n".join(lines), encoding="utf-8")


def test_a_question_knows_its_passage_and_where_it_answers(folder: Path) -> None:
    question = read_folder(folder)[2]
    assert question.answer_texts == ("240 mètres",)
    assert question.passage.title == question.passage.article == "Pont de Morvan"
    assert question.passage.text[slice(*question.passage.sentences[1])] == "Il mesure 240 mètres."


def test_an_article_without_title_is_named_by_its_paragraphs(folder: Path) -> None:
    change(folder / "passages.jsonl", 0, title="", paragraph="xquad-3-2")
    assert read_folder(folder)[0].passage.article == "xquad-3"


@pytest.mark.parametrize(
    ("file", "fields", "said"),
    [
        ("questions.jsonl", {"passage": "nowhere"}, "line 1: passage 'nowhere' is not in passages.jsonl"),
        ("questions.jsonl", {"answers": [{"text": "1932", "start": 3}]}, "answer '1932' does not stand at 3"),
        ("questions.jsonl", {"answers": [{"text": "1932"}]}, "does not stand at None"),
        ("questions.jsonl", {"answers": []}, "wanted a question and at least one answer"),
        ("passages.jsonl", {"language": None}, "no language; wanted id, language, text"),
    ],
)
def test_what_is_wrong_is_named(folder: Path, file: str, fields: dict[str, object], said: str) -> None:
    change(folder / file, 0, **fields)
    with pytest.raises(DataError, match=said):
        read_folder(folder)


@pytest.mark.parametrize(("content", "said"), [("{", "line 1"), ("[1]", "found list, wanted an object")])
def test_a_line_that_is_no_object_is_named(folder: Path, content: str, said: str) -> None:
    (folder / "questions.jsonl").write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=said):
        read_folder(folder)


def test_a_folder_without_questions_is_refused(folder: Path) -> None:
    (folder / "questions.jsonl").write_text("\n", encoding="utf-8")
    with pytest.raises(DataError, match="no questions in it"):
        read_folder(folder)
    (folder / "questions.jsonl").unlink()
    with pytest.raises(DataError, match="No such file"):
        read_folder(folder)


def test_fewer_questions_are_whole_articles_and_always_the_same(folder: Path) -> None:
    questions = read_folder(folder)
    assert len({q.passage.article for q in whole_articles(questions, 2)}) == 1
    assert whole_articles(questions, 4) == whole_articles(questions[::-1], 4)
    assert whole_articles(questions, None) == whole_articles(questions, 100) == questions


def test_an_article_is_in_one_half_whatever_else_is_there() -> None:
    titles = [f"Article {number}" for number in range(100)]
    halves = [half_of(title) for title in titles]
    assert set(halves) == {0, 1}
    assert 30 < sum(halves) < 70
    assert [half_of(title) for title in reversed(titles)] == halves[::-1]
