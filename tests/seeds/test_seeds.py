"""The starter articles and their labelled questions agree with each other."""

import datetime
import json
from collections import Counter
from pathlib import Path
from typing import Any

import frontmatter
import pytest

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
ARTICLES = sorted((SEEDS / "articles").glob("*.md"))
QUESTIONS: list[dict[str, Any]] = [
    json.loads(line) for line in (SEEDS / "questions.jsonl").read_text(encoding="utf-8").splitlines()
]
ANSWERABLE = [question for question in QUESTIONS if question["answerable"]]
UNANSWERABLE = [question for question in QUESTIONS if not question["answerable"]]
CONVERSATIONAL = [question for question in QUESTIONS if "conversation" in question]


def front_matter(path: Path) -> dict[str, Any]:
    return dict(frontmatter.loads(path.read_text(encoding="utf-8")).metadata)


def body(name: str) -> str:
    return str(frontmatter.loads((SEEDS / "articles" / name).read_text(encoding="utf-8")).content)


def by_id(question: dict[str, Any]) -> str:
    return str(question["id"])


LANGUAGE_OF = {path.name: front_matter(path)["language"] for path in ARTICLES}


def test_there_are_between_twelve_and_twenty_articles() -> None:
    assert 12 <= len(ARTICLES) <= 20


@pytest.mark.parametrize("path", ARTICLES, ids=lambda path: path.name)
def test_front_matter_has_title_date_source_and_language_and_nothing_else(path: Path) -> None:
    fields = front_matter(path)
    assert set(fields) == {"title", "date", "source", "language"}
    assert isinstance(fields["title"], str)
    assert fields["title"].strip()
    assert isinstance(fields["date"], datetime.date)
    assert fields["source"] == "articlebot"


@pytest.mark.parametrize("path", ARTICLES, ids=lambda path: path.name)
def test_every_article_has_several_paragraphs_of_some_length(path: Path) -> None:
    text = body(path.name)
    assert 4 <= len(text.split("\n\n")) <= 6
    assert 220 <= len(text.split()) <= 450


def test_articles_are_mostly_french_and_each_other_language_is_there() -> None:
    counts = Counter(LANGUAGE_OF.values())
    assert counts["fr"] >= 9
    assert counts["en"] >= 3
    assert set(counts) == {"fr", "en", "ru", "ar", "de", "es"}


def test_there_are_at_least_sixty_questions_with_an_id_each() -> None:
    assert len(QUESTIONS) >= 60
    assert len({question["id"] for question in QUESTIONS}) == len(QUESTIONS)


def test_a_third_or_more_of_the_questions_cannot_be_answered() -> None:
    assert 3 * len(UNANSWERABLE) >= len(QUESTIONS)


def test_unanswerable_questions_are_near_misses_and_others_in_like_numbers() -> None:
    near_misses = [question for question in UNANSWERABLE if question.get("about_article")]
    assert len(near_misses) >= len(UNANSWERABLE) // 3
    assert len(UNANSWERABLE) - len(near_misses) >= len(UNANSWERABLE) // 3
    assert {name for question in near_misses for name in question["about_article"]} <= set(LANGUAGE_OF)


def test_questions_are_asked_in_seven_languages() -> None:
    counts = Counter(question["language"] for question in QUESTIONS)
    assert set(counts) == {"fr", "en", "es", "de", "ru", "ar", "zh"}
    assert counts["fr"] >= 40
    assert min(counts.values()) >= 4


def test_some_questions_are_in_another_language_than_their_article() -> None:
    crossing = [question for question in ANSWERABLE if question["language"] != LANGUAGE_OF[question["article"]]]
    assert len(crossing) >= 10


def test_every_article_has_a_question() -> None:
    assert {question["article"] for question in ANSWERABLE} == set(LANGUAGE_OF)


@pytest.mark.parametrize("question", QUESTIONS, ids=by_id)
def test_answers_article_and_passage_are_there_exactly_when_answerable(question: dict[str, Any]) -> None:
    assert question["question"].strip()
    assert all(answer.strip() for answer in question["answers"])
    for field in ("answers", "article", "passage"):
        assert bool(question[field]) is question["answerable"], field
    assert not (question["answerable"] and "about_article" in question)


@pytest.mark.parametrize("question", ANSWERABLE, ids=by_id)
def test_every_gold_passage_is_verbatim_in_its_article(question: dict[str, Any]) -> None:
    assert body(question["article"]).split("\n\n").count(question["passage"]) == 1


@pytest.mark.parametrize("question", ANSWERABLE, ids=by_id)
def test_the_first_answer_stands_in_the_gold_passage(question: dict[str, Any]) -> None:
    assert question["answers"][0] in question["passage"]


def test_at_least_twelve_questions_follow_another_in_five_conversations_or_more() -> None:
    following = [question for question in CONVERSATIONAL if question["history"]]
    assert len(following) >= 12
    assert len({question["conversation"] for question in following}) >= 5


def test_the_history_of_a_turn_holds_the_questions_before_it_oldest_first() -> None:
    asked: dict[str, list[str]] = {}
    for question in CONVERSATIONAL:
        earlier = asked.setdefault(question["conversation"], [])
        assert [turn["question"] for turn in question["history"]] == earlier
        assert all(turn["answer"].strip() for turn in question["history"])
        earlier.append(question["question"])


def test_a_conversation_changes_the_subject() -> None:
    articles: dict[str, set[str]] = {}
    for question in CONVERSATIONAL:
        if question["answerable"]:
            articles.setdefault(question["conversation"], set()).add(question["article"])
    assert any(len(names) > 1 for names in articles.values())
