"""Names and countries in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from index.text import function_words
from index.text.folding import fold
from index.text.function_words import has_trait
from retrieval.facts import FACT_WORDS
from retrieval.facts.figures import figures

_WORD = re.compile(r"[^\W_]+")
_INFLECTED = 5  # letters from which on a country's name is compared without its ending
# languages whose name is also what the people and things of one country are called
_OF_COUNTRY = (
    "fr:FR de:DE it:IT ru:RU uk:UA pl:PL nl:NL sv:SE da:DK fi:FI hu:HU cs:CZ sk:SK sl:SI hr:HR sr:RS bg:BG ro:RO "
    "el:GR tr:TR zh:CN ja:JP vi:VN ka:GE hy:AM be:BY et:EE lv:LV lt:LT sq:AL is:IS"
)
_CONTINENTS = frozenset({"150", "002", "142", "019"})


_OPENERS = FACT_WORDS.all_words("openers")  # of a sentence, beside function words: no names


def names_in(sentence: str, language: str) -> list[str]:
    """Returns the words of a sentence that are written as names, folded, in order."""
    names: dict[str, None] = {}
    for match in _WORD.finditer(sentence):
        word, folded = match[0], fold(match[0])
        if not word[0].isupper() or (len(word) == 1 and not word.isdigit()):
            continue
        if (folded in function_words.ALL or folded in _OPENERS) and not (word.isupper() and len(word) > 1):
            continue
        if figures(word, language):  # a month, a weekday, a Roman number
            continue
        names[folded] = None
    return list(names)


def countries(text: str, language: str) -> Mapping[str, set[str]]:
    """Returns the countries that a text speaks of, Unicode's code -> the folded words: {"DE": {"allemande"}}."""
    folded = fold(text)
    named: dict[str, set[str]] = {}
    for code, pattern in _patterns(language):
        for match in pattern.finditer(folded):
            named.setdefault(code, set()).update(_WORD.findall(match[0]))
    return named


@lru_cache(maxsize=16)
def _patterns(language: str) -> list[tuple[str, re.Pattern[str]]]:
    """Returns patterns of each country's name and adjective in a language, from Unicode's CLDR."""
    from babel import Locale, UnknownLocaleError  # some tenths of a second

    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return []
    inflected = has_trait(language, "inflects")
    patterns = []
    for code, name in locale.territories.items():
        folded = re.escape(fold(name))
        if inflected and len(folded) > _INFLECTED:
            folded = folded[: -1 if len(folded) <= _INFLECTED + 1 else -2] + r"\w{0,4}"  # Германия, Германии; Европа
        if code.isalpha() or code in _CONTINENTS:
            start, end = (r"(?<![^\W_])", "") if language in ("ar", "zh") else (r"\b", r"\b")
            patterns.append((code, re.compile(start + folded + end)))
    patterns += [(code, re.compile(pattern)) for code, pattern in FACT_WORDS.within(language, "countries").items()]
    return (
        patterns
        if has_trait(language, "without_adjectives")
        else [*patterns, *_adjectives(locale.languages, inflected)]
    )


def _adjectives(languages: Mapping[str, str], inflected: bool) -> Iterator[tuple[str, re.Pattern[str]]]:
    for pair in _OF_COUNTRY.split():
        spoken, code = pair.split(":")
        stem = fold(languages.get(spoken, ""))
        if len(stem) > _INFLECTED:
            stem = stem[:-2] if inflected else stem.rstrip("o")
        if stem:
            yield code, re.compile(rf"\b{re.escape(stem)}\w{{0,4}}\b")
