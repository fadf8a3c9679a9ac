"""The file of each language: what it may hold, what it says that it lacks, and that it says what Unicode says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel import Locale, UnknownLocaleError

from index.text.by_language import LANGUAGES, ByLanguage, read_tables
from index.text.folding import fold
from retrieval.facts.figures import figures
from retrieval.facts.kinds import MONTHS, PATTERNS, WEEKDAYS, Kind
from retrieval.facts.numerals import FIGURES
from retrieval.understanding.smalltalk import smalltalk
from retrieval.understanding.time_words import ORDER, time_words

ENGLISH = read_tables(LANGUAGES / "en.toml")
TOLD = frozenset(re.findall(r'"(\w+)"', (LANGUAGES / "en.toml").read_text(encoding="utf-8")))  # keys in its comments
WHOLE = ("published", "facts", "figures", "kinds", "speech", "times", "small_talk")
FILES = sorted(LANGUAGES.glob("*.toml"))
ABOUT_ARTICLES = ("hint", "before", "after", "no_topic", "contracted", "leaning")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_holds_what_english_explains(path: Path) -> None:
    for name, table in read_tables(path).items():
        if name in ("", *WHOLE):
            assert set(table) <= {*ENGLISH[name], *TOLD}, name
        else:
            assert name in ENGLISH or name.rpartition(".")[2] in TOLD, name


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_language_has_each_key_or_says_that_it_lacks_it(path: Path) -> None:
    tables = read_tables(path)
    if not set(WHOLE) & set(tables):
        return  # is told from others and searched, and no more
    assert {*WHOLE} - set(tables) == set(tables[""].get("lacks", "").split())
    for name in WHOLE:
        if table := tables.get(name):
            assert set(ENGLISH[name]) - set(table) == set(table.get("lacks", "").split()), name


@pytest.mark.parametrize("language", ByLanguage("articles"))
def test_a_language_that_asks_about_articles_has_what_that_takes(language: str) -> None:
    assert set(ABOUT_ARTICLES) <= set(ByLanguage("articles")[language])


def test_no_pattern_names_a_key_that_no_language_has() -> None:
    for tables in (PATTERNS, FIGURES):
        for table in tables.values():
            for key, pattern in table.items():
                assert not re.search(r"<(?<!\?P<)(\w+)>", pattern), key


def test_no_pattern_finds_something_in_nothing() -> None:
    """As one would in which a language has an empty alternative."""
    tables = [PATTERNS["asked"], PATTERNS["told"], PATTERNS["counts"], *FIGURES.values()]
    tables.append({kind: PATTERNS["found"][kind] for kind in Kind if kind in PATTERNS["found"]})
    for table in tables:
        for key, pattern in table.items():
            assert not re.search(pattern, ""), key
    for languages in (("fr", "en"), *((language,) for language in ByLanguage("times"))):
        for line, reader, _ in time_words(languages).lines:
            assert not line.search("? "), (languages, reader)
    assert smalltalk("?") is smalltalk("xyz") is None


@pytest.mark.parametrize("language", ByLanguage("facts").words("months"))
def test_every_month_and_weekday_of_unicode_is_known(language: str) -> None:
    """Babel's tables are not read at run time: a language of them costs 30 ms."""
    try:
        locale = Locale.parse(language)
    except UnknownLocaleError:
        return
    for context in ("format", "stand-alone"):
        for number, name in locale.months[context]["wide"].items():
            assert f"month {number}" in figures(f"12 {name} 2025", language), name
            assert re.search(rf"(?:{MONTHS})(?!\w)", fold(f"12 de {name} de 2025")), name
        for number, name in locale.days[context]["wide"].items():
            assert f"weekday {number + 1}" in figures(name.capitalize(), language), name


@pytest.mark.parametrize("language", ByLanguage("times"))
def test_phrases_of_time_have_unicode_s_months_and_weekdays(language: str) -> None:
    locale = Locale.parse(language)
    for number, name in locale.months["format"]["wide"].items():
        assert ORDER[fold(name)] == number
    for number, name in locale.days["format"]["wide"].items():
        assert ORDER[fold(name)] == number + 1
        assert re.fullmatch(WEEKDAYS, fold(name))
    assert time_words((language,)).lines
