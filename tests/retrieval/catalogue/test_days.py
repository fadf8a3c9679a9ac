from __future__ import annotations

from datetime import date

import pytest

from retrieval.catalogue.days import Time

PUBLISHED = date(2024, 12, 17)
DAY = Time(2024, 12, 8)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Le 8 décembre 2024, la ville est tombée.", "fr"),
        ("La ville est tombée dimanche 8 décembre.", "fr"),
        ("It fell on 8 December 2024.", "en"),
        ("It fell on December 8.", "en"),
        ("Die Stadt fiel am 8. Dezember 2024.", "de"),
        ("La ciudad cayó el 8 de diciembre de 2024.", "es"),
        ("Город пал 8 декабря 2024 года.", "ru"),
        ("Mis à jour le 08/12/2024.", "fr"),
        ("On 2024-12-08 it fell.", "en"),
    ],
)
def test_a_day_is_named_in_many_languages(text: str, language: str) -> None:
    assert DAY.is_named_in(text, language, PUBLISHED)


@pytest.mark.parametrize(
    "text",
    [
        "Le 8 décembre 2023, la ville tenait encore.",
        "Le 9 décembre 2024, la ville est tombée.",
        "Le 8 novembre 2024, la ville tenait encore.",
        "Huit jours en décembre 2024.",
        "En décembre 2024, la ville est tombée.",
    ],
)
def test_another_day_is_not_named(text: str) -> None:
    assert not DAY.is_named_in(text, "fr", PUBLISHED)


def test_a_date_without_a_year_is_of_the_year_next_to_the_article() -> None:
    text = "La ville est tombée le 8 décembre."
    assert DAY.is_named_in(text, "fr", date(2025, 2, 14))
    assert not Time(2025, 12, 8).is_named_in(text, "fr", date(2025, 2, 14))
    assert not DAY.is_named_in(text, "fr", None)
    assert not DAY.is_named_in(text, "fr", PUBLISHED, before="En 2015, la guerre durait depuis quatre ans.")


def test_months_and_years() -> None:
    assert Time(2024, 12).is_named_in("Le 5 décembre, Hama est tombée.", "fr", PUBLISHED)
    assert Time(1971).is_named_in("Un accord signé en 1971.", "fr", PUBLISHED)
    assert not Time(1971).is_named_in("Un accord signé en 1972 par 19 710 personnes.", "fr", PUBLISHED)


@pytest.mark.parametrize(
    ("first", "last", "time"),
    [
        (date(2024, 12, 8), date(2024, 12, 8), DAY),
        (date(2024, 2, 1), date(2024, 2, 29), Time(2024, 2)),
        (date(2024, 12, 1), date(2024, 12, 31), Time(2024, 12)),
        (date(1971, 1, 1), date(1971, 12, 31), Time(1971)),
        (date(2024, 12, 1), date(2024, 12, 8), None),
        (date(2024, 12, 9), date(2024, 12, 15), None),
        (date(2023, 1, 1), date(2024, 12, 31), None),
        (date.min, date(2024, 12, 31), None),
    ],
)
def test_days_months_and_years_are_times_that_sentences_name(first: date, last: date, time: Time | None) -> None:
    assert Time.of(first, last) == time
