from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval.learning.reader.questions import is_left_out, mixed, read_folder, whole_articles
from retrieval.learning.sets import DataError
from tests.retrieval.learning.reader.conftest import ASKED, MISSED, PARAGRAPHS, write_people


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
        ("questions.jsonl", {"answers": []}, "wanted a question and at least one answer, or answerable: false"),
        ("questions.jsonl", {"answerable": False}, "wanted a question and at least one answer, or answerable: false"),
        ("questions.jsonl", {"answerable": "no"}, "wanted a question and at least one answer, or answerable: false"),
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
    assert whole_articles(questions, 100) == questions


def test_folders_inside_are_read_too_with_what_people_wrote(folder: Path) -> None:
    write_people(folder / "people")
    found = read_folder(folder)
    own = [q for q in found if not q.source]
    people = [q for q in found if q.source == "people" and q.language == q.passage.language]
    assert (len(own), len(people)) == (len(ASKED), len(ASKED) + len(MISSED) + 1)
    missed = [q for q in people if not q.answerable]
    assert {q.text: q.passage.text for q in missed} == {text: PARAGRAPHS[n, lang] for _, n, lang, text in MISSED}
    assert all(q.answerable for q in own)
    (silver,) = (q for q in people if q.answerable and not q.answers)
    assert (silver.text, silver.passage.title) == ("Qui payait le loyer ?", "Le moulin")
    change(folder / "people" / "silver.jsonl", 0, question=None)
    with pytest.raises(DataError, match=r"silver.jsonl, line 1: wanted a question"):
        read_folder(folder)


def test_what_people_wrote_is_asked_of_the_translations_of_its_passage(folder: Path) -> None:
    write_people(folder / "people")
    found = read_folder(folder)
    across = [q for q in found if q.language != q.passage.language]
    texts = {q.text: q for q in found if q.source == "people" and q.language == q.passage.language}
    assert {q.text for q in across} == {q.text for q in texts.values() if q.passage.text != PARAGRAPHS["moulin", "fr"]}
    for question in across:
        here = texts[question.text]
        assert (question.answerable, question.source, question.answers) == (here.answerable, "people", ())
        assert question.passage.text == PARAGRAPHS[here.passage.paragraph, question.passage.language]
        assert question.passage.article == here.passage.article


def test_a_mix_has_no_more_near_misses_than_answered_ones_of_a_source(folder: Path) -> None:
    (question,) = (q for q in read_folder(folder) if q.id == "q4")
    many = [replace(question, id=f"{n}", source="judged", answerable=False, answers=()) for n in range(50)]
    few = [replace(question, id=f"few-{n}", source="judged") for n in range(10)]
    found = mixed([*many, *few, question])
    assert [sum(q.source == "judged" and q.answerable is kind for q in found) for kind in (False, True)] == [10, 10]
    assert question in found
    assert set(mixed([*few, *many[::-1], question])) == set(found)


def test_a_mix_has_a_share_of_what_is_far_from_what_people_ask(folder: Path) -> None:
    (question,) = (q for q in read_folder(folder) if q.id == "q4")
    persian = [replace(question, id=f"{n}", source="pquad") for n in range(1000)]
    assert 60 < len(mixed(persian)) < 140
    assert len(mixed([replace(q, source="heq") for q in persian])) == 1000


def test_a_fifth_of_the_articles_is_left_out_always_the_same(folder: Path) -> None:
    (question,) = (q for q in read_folder(folder) if q.id == "q4")
    many = [replace(question, passage=replace(question.passage, article=f"{n}")) for n in range(1000)]
    assert 150 < sum(map(is_left_out, many)) < 250
    assert list(map(is_left_out, many[::-1])) == list(map(is_left_out, many))[::-1]


def test_a_paragraph_of_a_source_without_titles_is_an_article_of_its_own(folder: Path) -> None:
    change(folder / "passages.jsonl", 0, title="", paragraph="pairs-7", source="pairs")
    assert read_folder(folder)[0].passage.article == "pairs-7"
