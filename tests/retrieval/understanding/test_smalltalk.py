from __future__ import annotations

import pytest

from retrieval.understanding.smalltalk import smalltalk


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
        ("hello", "slt, ça va ?"),
        ("hello", "Buenas"),
        ("thanks", "ok merci bcp"),
        ("thanks", "Super, merci pour tout !"),
        ("thanks", "Thanks for your help, bye"),
        ("thanks", "d'accord"),
        ("help", "es-tu un robot ?"),
        ("help", "What's your name?"),
        ("help", "aide-moi"),
        ("help", "bonjour, aide"),
        ("empty", "LOL"),
        ("empty", "mdr 😂"),
        ("empty", "哈哈"),
        ("empty", "oui"),
        ("empty", "Non."),
        ("empty", "ok cool"),
        ("empty", "C'est faux ça !"),
        ("empty", "that's not what I asked"),
        ("empty", "Das stimmt nicht"),
        ("empty", "t'es nul"),
        ("empty", "Super réponse"),
        ("empty", "stop it"),
        ("empty", "je ne comprends pas"),
        ("empty", "et toi ?"),
        ("empty", "Au revoir, bonne soirée"),
        ("empty", "https://example.org/un-article www.example.org"),
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
        "Merci. Qui est le maire ?",
        "merci de me dire qui est le maire",
        "Stop au nucléaire",
        "C'est vrai que le pont ferme ?",
        "C'est bon pour la santé ?",
        "Tu as des nouvelles du pont ?",
        "Super Mario",
        "Comment ?",
        "Pourquoi ?",
        "https://example.org/page dit quoi sur le pont ?",
        "",
    ],
)
def test_a_question_with_a_greeting_in_it_is_a_question(question: str) -> None:
    assert smalltalk(question) is None


@pytest.mark.parametrize("message", ["Que s’est-il passé ?", "What happened?", "Les articles", "Was ist passiert?"])
def test_what_happened_asks_for_news_unless_something_was_asked_before(message: str) -> None:
    assert smalltalk(message) == "newest"
    assert smalltalk(message, first=False) is None
