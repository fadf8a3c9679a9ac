"""What is known of languages: `languages.toml`, a table a language. Function words tell one from few words."""

from __future__ import annotations

from pathlib import Path

from index.text.by_language import read_tables

KNOWN = read_tables(Path(__file__).with_name("languages.toml"))


def words_by_language(key: str) -> dict[str, frozenset[str]]:
    """Returns the words that stand under a key in the tables that have it."""
    return {language: frozenset(known[key].split()) for language, known in KNOWN.items() if key in known}


BY_LANGUAGE = words_by_language("function")
ALL = frozenset[str]().union(*BY_LANGUAGE.values())  # of every language
