from __future__ import annotations

import pytest

from index.text.languages import detect_language
from retrieval.understanding.conversation import Conversation, Turn, languages_spoken, the_question_in

TOLD = {  # more than 400 characters each, none of them asks
    "fr": "Bonjour à tous. Je suis passé hier par Saint-Aubin avec ma sœur, et nous avons vu beaucoup de monde. " * 5,
    "en": "Hello everyone. Yesterday my sister and I came through Brenholm, and we saw a lot of people there. " * 5,
    "ar": "ذهبت أمس إلى المدينة مع أختي ورأينا كثيرا من الناس هناك. " * 10,
    "zh": "我昨天和姐姐一起去了那个城市，看到很多人在那里等着。" * 20,
}

# The language of a conversation


def spoken(*questions: str) -> Conversation:
    return Conversation([Turn(question, "") for question in questions])


@pytest.mark.parametrize("short", ["En mai ?", "Et Erdoğan ?", "Macron", "2024 ?", "ok", "Que ?"])
def test_a_short_follow_up_keeps_the_language_of_the_conversation(short: str) -> None:
    expected = languages_spoken(spoken("Qui a gagné les élections en Allemagne ?"), ["es", "en"])
    assert detect_language(short, expected) == "fr"


def test_a_follow_up_of_a_follow_up_keeps_it_too() -> None:
    talked = spoken("Kto wygrał wybory w Rumunii?", "Georgescu?", "Simion?")
    assert languages_spoken(talked, ["fr", "en"]) == ("pl", "fr", "en")


def test_who_changes_the_language_is_answered_in_the_new_one() -> None:
    talked = spoken("Qui a gagné les élections en Allemagne ?", "Who won in Romania?")
    assert languages_spoken(talked, ["fr"]) == ("en", "fr")
    assert detect_language("Wann war das?", languages_spoken(talked, ["fr"])) == "de"


def test_without_a_conversation_the_languages_of_the_articles_are_expected() -> None:
    assert languages_spoken(None, {"de": 3, "": 2, "fr": 1}) == ("de", "fr")
    assert languages_spoken(Conversation(), []) == ("en",)


# The question in a long message


@pytest.mark.parametrize(
    "message",
    [
        "Où est le pont ?",
        "",
        "Bonjour. Où est le pont ? Merci d'avance.",
        "Où est le pont ? Je demande. ".ljust(400, "x"),
    ],
)
def test_a_message_of_400_characters_is_searched_whole(message: str) -> None:
    assert the_question_in(message, "fr") == message


def test_from_401_characters_on_the_question_alone_is_searched() -> None:
    assert the_question_in("Où est le pont ? Je demande. ".ljust(401, "x"), "fr") == "Où est le pont ?"


@pytest.mark.parametrize(
    ("language", "question", "thanks"),
    [
        ("fr", "Quand le pont a-t-il rouvert ?", "Merci d'avance."),
        ("fr", "Quand le pont a-t-il rouvert\u202f?", "Merci d'avance."),
        ("fr", "Le maire demande : « Où est le pont ? »", "Je ne sais pas."),
        ("fr", "Le maire demande : «\u00a0Où est le pont\u00a0?\u00a0»", "Je ne sais pas."),
        ("fr", "Le maire demande : «\u202fOù est le pont\u202f?\u202f»", "Je ne sais pas."),
        ("fr", "(Où est le pont ?)", "Merci d'avance."),
        ("en", "When did the bridge open again?", "Thank you."),
        ("en", '"When did the bridge open again?"', "She did not know."),
        ("en", "“When did the bridge open again?”", "She did not know."),
        ("ar", "أين يقع الجسر؟", "شكرا لكم."),
        ("zh", "大桥在哪里？", "谢谢。"),
    ],
)
def test_of_a_long_message_the_sentence_that_asks_is_searched(language: str, question: str, thanks: str) -> None:
    told = TOLD[language]
    assert len(told) > 400
    assert the_question_in(f"{told}{question} {thanks}", language) == question
    assert the_question_in(f"{question} {told}", language) == question
    assert the_question_in(f"{told}{question}", language) == question


def test_several_questions_are_searched_together_in_their_order() -> None:
    message = f"Quand le pont a-t-il rouvert ? {TOLD['fr']}Combien a-t-il coûté ? Merci."
    assert the_question_in(message, "fr") == "Quand le pont a-t-il rouvert ? Combien a-t-il coûté ?"


@pytest.mark.parametrize(("language", "told"), TOLD.items())
def test_a_long_message_that_does_not_ask_is_searched_whole(language: str, told: str) -> None:
    assert the_question_in(told, language) == told


def test_a_question_mark_within_a_sentence_asks_nothing() -> None:
    message = f"{TOLD['en']}A sign (Brenholm?) stood beside the road."
    assert the_question_in(message, "en") == message


def test_of_very_long_questions_400_characters_are_searched() -> None:
    asked = "Où est le pont de Saint-Aubin ? " * 40
    assert the_question_in(asked, "fr") == asked[:400]
    long = f"Où est {'le pont de ' * 50}Saint-Aubin ?"
    assert the_question_in(long, "fr") == long[:400]
