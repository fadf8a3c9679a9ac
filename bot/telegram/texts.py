"""The bot's own words: a file a language in `our_words`, and the plurals in them."""

from __future__ import annotations

from pathlib import Path

from index.text.by_language import ByLanguage

TEXTS = ByLanguage("", Path(__file__).with_name("our_words"))
REASONS = ByLanguage("reasons", Path(__file__).with_name("our_words"))  # why an article fails: part of it -> our words
_LIKE_ONE = {"fr": (0, 1)}  # numbers that take the singular, elsewhere 1 alone


class _Count:
    """A number that chooses the form of what stands around it: "{count:# article|# articles}"."""

    def __init__(self, number: int, language: str) -> None:
        self._number, self._is_one = number, number in _LIKE_ONE.get(language, (1,))

    def __format__(self, forms: str) -> str:
        one, _, several = forms.partition("|")
        form = one if self._is_one else several
        return form.replace("#", str(self._number)) if forms else str(self._number)


def text(key: str, language: str, **values: object) -> str:
    """Returns our words for `key`, in English where we do not speak the language."""
    known = language if language in TEXTS else "en"
    counts = {name: _Count(value, known) for name, value in values.items() if type(value) is int}
    return TEXTS[known][key].format(**{**values, **counts})


def said_reason(reason: str, language: str) -> str:
    """Returns why something failed, which the index tells in English, in our words."""
    if language not in REASONS:
        return reason
    ours = REASONS[language]
    return next((said for part, said in ours.items() if part in reason), text("no_reason", language))


def spoken(tag: str) -> str:
    """Returns the language of ours for a person's IETF tag ("fr-CA" -> "fr")."""
    short = tag.lower().split("-")[0]
    return short if short in TEXTS else "en"
