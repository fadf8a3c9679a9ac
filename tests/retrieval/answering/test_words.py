from __future__ import annotations

from datetime import date

import pytest
from babel import Locale

from retrieval.answering.words import OUR_WORDS, in_language, quoted, say, written_date


def test_our_words_exist_under_the_same_keys_in_every_language() -> None:
    assert {"ar", "de", "en", "es", "fr", "it", "pt", "ru", "zh"} == set(OUR_WORDS)
    assert set(OUR_WORDS["fr"]) == set(OUR_WORDS["en"])
    wanted = {key for key in OUR_WORDS["en"] if not key.startswith("trouble_")}
    for language in set(OUR_WORDS) - {"fr", "en"}:
        assert set(OUR_WORDS[language]) == wanted, language


def test_a_language_that_we_do_not_speak_gets_english() -> None:
    assert say("not_found", "ro") == OUR_WORDS["en"]["not_found"]


@pytest.mark.parametrize("language", OUR_WORDS)
def test_months_are_written_as_in_unicode_s_tables(language: str) -> None:
    """Which are not read at run time: a language of Babel's costs 30 ms of an answer."""
    months = Locale.parse(language).months["format"]
    written = {width: list(months[width].values()) for width in ("wide", "abbreviated")}
    assert OUR_WORDS[language]["months"].split() in written.values()


def test_dates_are_written_as_people_write_them() -> None:
    day = date(2025, 2, 1)
    assert written_date(day, "fr") == "1er février 2025"
    assert written_date(day, "en") == "1 February 2025"
    assert written_date(day, "de") == "1. Februar 2025"
    assert written_date(day, "es") == "1 de febrero de 2025"
    assert written_date(day, "it") == "1º febbraio 2025"
    assert written_date(day, "pt") == "1 de fevereiro de 2025"
    assert written_date(day, "zh") == "2025年2月1日"
    assert written_date(date(2025, 12, 12), "fr") == "12 décembre 2025"
    assert written_date(day, "ro") == "2025-02-01"


@pytest.mark.parametrize(
    ("language", "text", "shown"),
    [
        ("fr", "Il l’a dit.", "«\u202fIl l’a dit.\u202f»"),
        ("fr", "Un prix “juste”.", "«\u202fUn prix “juste”.\u202f»"),
        ("fr", "« Un prix juste », dit-il.", "“« Un prix juste », dit-il.”"),
        ("fr", "juste », dit-il.", "“juste », dit-il.”"),
        ("fr", "« Un prix “juste” », dit-il.", "‹« Un prix “juste” », dit-il.›"),
        ("en", "It’s fair.", "“It’s fair.”"),
        ("en", "He said: “It’s fair.”", "‘He said: “It’s fair.”’"),
        ("de", "Er sagte: „Nein.“", "‚Er sagte: „Nein.“‘"),
        ("es", "Dijo: «No».", "“Dijo: «No».”"),
        ("ru", "Он сказал: «Нет».", "„Он сказал: «Нет».“"),
        ("ar", "نعم", "«نعم»"),
        ("zh", "“是”", "‘“是”’"),
        ("ro", "Da.", "“Da.”"),
        ("fr", "« “ ‹ ›", "«\u202f« “ ‹ ›\u202f»"),
    ],
)
def test_our_quotation_marks_differ_from_those_in_the_quote_which_stays_verbatim(
    language: str, text: str, shown: str
) -> None:
    assert quoted(text, language) == shown
    assert text in shown


def test_words_in_another_language_are_introduced() -> None:
    told = {language: in_language("de" if language != "de" else "fr", language) for language in OUR_WORDS}
    assert told == {
        "fr": "(en allemand)", "en": "(in German)", "es": "(en alemán)", "de": "(auf Französisch)",
        "ru": "(язык: немецкий)", "ar": "(باللغة الألمانية)", "zh": "（德语）",
        "it": "(in tedesco)", "pt": "(em alemão)",
    }  # fmt: skip
    assert in_language("de", "ro") == "(in German)"
    assert in_language("xx", "fr") == "(en xx)"
    assert in_language("fr", "fr") == in_language("", "fr") == ""
