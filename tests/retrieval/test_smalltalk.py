from __future__ import annotations

import pytest

from retrieval.smalltalk import smalltalk


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("hello", "Bonjour !"),
        ("hello", "salut"),
        ("hello", "Hello there"),
        ("hello", "你好"),
        ("hello", "здравствуйте!"),
        ("thanks", "Merci beaucoup !"),
        ("thanks", "thank you very much 🙏"),
        ("help", "Que peux-tu faire ?"),
        ("help", "What can you do?"),
        ("help", "Qu’est-ce que tu sais faire ?"),
        ("newest", "Quoi de neuf ?"),
        ("newest", "What's new?"),
        ("newest", "quelles sont les dernières nouvelles"),
    ],
)
def test_small_talk_is_told_from_questions(kind: str, message: str) -> None:
    assert smalltalk(message) == kind


def test_how_does_it_work_asks_for_help_only_as_the_first_words() -> None:
    assert smalltalk("Comment ça marche ?") == "help"
    assert smalltalk("How does it work?", first=False) is None


@pytest.mark.parametrize(
    "question",
    [
        "Bonjour, quand a eu lieu l'entretien ?",
        "Quoi de neuf en Syrie ?",
        "Qui remercie Ahmed el-Chareh ?",
        "help for refugees in Syria",
        "",
    ],
)
def test_a_question_with_a_greeting_in_it_is_a_question(question: str) -> None:
    assert smalltalk(question) is None


@pytest.mark.parametrize("message", ["Que s’est-il passé ?", "What happened?", "Les articles", "Was ist passiert?"])
def test_what_happened_asks_for_news_unless_something_was_asked_before(message: str) -> None:
    assert smalltalk(message) == "newest"
    assert smalltalk(message, first=False) is None
