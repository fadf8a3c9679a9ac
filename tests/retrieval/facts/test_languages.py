"""What is said in seven languages is read as the same figures."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import pytest

from retrieval.facts.facts import Facts

CASES = [
    (kind, language, text, wanted)
    for kind, rows in tomllib.loads(Path(__file__).with_name("figures.toml").read_text(encoding="utf-8")).items()
    for wanted, said in rows.items()
    for language, text in said.items()
]


def told(text: str, language: str, units: bool) -> frozenset[str]:
    """Returns the figures of a text, each number with its units where these are compared."""
    facts = Facts.of(text, language)
    measured = facts.measured if units else {}
    return frozenset(
        f"{figure} {unit}" if unit else figure for figure in facts.figures for unit in measured.get(figure, {""})
    )


def wrong() -> list[tuple[str, str, str, str, list[str]]]:
    """Returns the cases that are read otherwise."""
    found = []
    for kind, language, text, wanted in CASES:
        units = kind in ("numbers", "durations", "ages")
        read = told(text, language, units)
        if read != frozenset(wanted.split(", ")):
            found.append((kind, language, text, wanted, sorted(read)))
    return found


def test_three_hundred_cases_are_read() -> None:
    assert len(CASES) >= 300
    missed = wrong()
    assert [case for case in missed if case[:2] not in MISSED] == []
    assert Counter(case[:2] for case in missed) == MISSED


@pytest.mark.parametrize("wanted", ["time 20:00", "time 7:00", "time 21:00"])
def test_a_time_of_the_day_is_the_same_in_every_language(wanted: str) -> None:
    said = [Facts.of(text, language) for _, language, text, figures in CASES if figures == wanted]
    assert [(one.text, other.text) for one in said for other in said if one.figures - other.perhaps_figures] == []


def test_a_number_of_hours_may_be_a_time_in_a_quote_only() -> None:
    sentence, quote = (
        Facts.of(text, "fr") for text in ("Le match est à 20 heures.", "Le stade ouvre de 20 heures à minuit.")
    )
    assert sentence.figures == {"time 20:00"}
    assert quote.figures == {"20"}
    assert quote.perhaps_figures >= sentence.figures
    assert Facts.of("La panne a duré 6 heures.", "fr").figures == {"6"}


# by kind and language: Arabic "the twelfth" has a number word that is a second of time, too
MISSED = {("ordinals", "ar"): 1}
