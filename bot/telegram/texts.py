"""The bot's own words, in French and English: a file a language in `our_words`."""

from __future__ import annotations

from pathlib import Path

from index.text.by_language import ByLanguage

TEXTS = ByLanguage("", Path(__file__).with_name("our_words"))


def text(key: str, language: str, **values: object) -> str:
    """Returns our words for `key`, in English where the language is neither."""
    return TEXTS[language if language in TEXTS else "en"][key].format(**values)


def spoken(tag: str) -> str:
    """Returns the language of ours for a person's IETF tag ("fr-CA" -> "fr")."""
    short = tag.lower().split("-")[0]
    return short if short in TEXTS else "en"
