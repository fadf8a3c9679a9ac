from __future__ import annotations

from datetime import date

import pytest

from retrieval.language import LANGUAGES, WORDS, detect_language, say, written_date


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("fr", "Et avec qui ?"),
        ("fr", "Quand ?"),
        ("fr", "Quelles bases russes ?"),
        ("fr", "merci"),
        ("fr", "quoi de neuf"),
        ("en", "And who else?"),
        ("en", "When?"),
        ("en", "Which sectors were named?"),
        ("de", "Wann war das?"),
        ("de", "Was kostet das Ticket?"),
        ("es", "¿Cuándo fue la erupción?"),
        ("es", "Cuantos dias duro"),
        ("ru", "Кто звонил?"),
        ("ar", "متى حدث ذلك؟"),
        ("zh", "什么时候？"),
        ("it", "Quando è successo?"),
    ],
)
def test_the_language_of_a_short_question_is_found(language: str, question: str) -> None:
    assert detect_language(question) == language


def test_names_alone_take_the_first_language_expected() -> None:
    assert detect_language("Tartous Hmeimim", ("fr", "en")) == "fr"
    assert detect_language("Tartous Hmeimim") == "en"


def test_our_words_exist_under_the_same_keys_in_every_language() -> None:
    assert set(WORDS) == set(LANGUAGES)
    assert {frozenset(words) for words in WORDS.values()} == {frozenset(WORDS["fr"])}


def test_a_language_that_we_do_not_speak_gets_english() -> None:
    assert say("not_found", "ro") == WORDS["en"]["not_found"]


def test_dates_are_written_as_people_write_them() -> None:
    day = date(2025, 2, 1)
    assert written_date(day, "fr") == "1er février 2025"
    assert written_date(day, "en") == "1 February 2025"
    assert written_date(day, "de") == "1. Februar 2025"
    assert written_date(day, "es") == "1 de febrero de 2025"
    assert written_date(day, "zh") == "2025年2月1日"
    assert written_date(day, "ro") == "2025-02-01"
