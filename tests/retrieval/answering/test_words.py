from __future__ import annotations

from datetime import date

from retrieval.answering.words import OUR_WORDS, say, written_date


def test_our_words_exist_under_the_same_keys_in_every_language() -> None:
    assert {"ar", "de", "en", "es", "fr", "ru", "zh"} == set(OUR_WORDS)
    assert set(OUR_WORDS["fr"]) == set(OUR_WORDS["en"])
    wanted = {key for key in OUR_WORDS["en"] if not key.startswith("trouble_")}
    for language in set(OUR_WORDS) - {"fr", "en"}:
        assert set(OUR_WORDS[language]) == wanted, language


def test_a_language_that_we_do_not_speak_gets_english() -> None:
    assert say("not_found", "ro") == OUR_WORDS["en"]["not_found"]


def test_dates_are_written_as_people_write_them() -> None:
    day = date(2025, 2, 1)
    assert written_date(day, "fr") == "1er février 2025"
    assert written_date(day, "en") == "1 February 2025"
    assert written_date(day, "de") == "1. Februar 2025"
    assert written_date(day, "es") == "1 de febrero de 2025"
    assert written_date(day, "zh") == "2025年2月1日"
    assert written_date(day, "ro") == "2025-02-01"
