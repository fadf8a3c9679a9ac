"""What is known of languages. Function words tell one from few words."""

from __future__ import annotations

from index.text.by_language import ByLanguage

KNOWN = ByLanguage("")
BY_LANGUAGE = KNOWN.words("function")
ALL = KNOWN.all_words("function")  # of every language
_TRAITS = KNOWN.words("traits")


def has_trait(language: str, trait: str) -> bool:
    """Whether a language does what en.toml tells of a trait, such as "decimal_point"."""
    return trait in _TRAITS.get(language, ())
