"""Names, countries and great cities in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from index.text import function_words
from index.text.folding import fold
from index.text.function_words import has_trait
from retrieval.facts import FACT_WORDS
from retrieval.facts.figures import figures

if TYPE_CHECKING:
    from babel import Locale

_WORD = re.compile(r"[^\W_]+")
_INFLECTED = 5  # letters from which on a country's name is compared without its ending
# languages whose name is also what the people and things of one country are called
_OF_COUNTRY = (
    "fr:FR de:DE it:IT ru:RU uk:UA pl:PL nl:NL sv:SE da:DK fi:FI hu:HU cs:CZ sk:SK sl:SI hr:HR sr:RS bg:BG ro:RO "
    "el:GR tr:TR zh:CN ja:JP vi:VN ka:GE hy:AM be:BY et:EE lv:LV lt:LT sq:AL is:IS"
)
_NO_CITIES = ("Antarctica/", "Etc/")  # time zones of none
_NOTHING = r"(?!)"
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


def places(text: str, language: str) -> Mapping[str, set[str]]:
    """Returns the countries and great cities that a text speaks of, a code -> the folded words: {"DE": {"allemande"}}.

    The code is Unicode's of the country, the time zone of the city, or its UN/LOCODE where it has none.
    """
    folded = fold(text)
    named: dict[str, set[str]] = {}
    for code, pattern in _patterns(language):
        for match in pattern.finditer(folded):
            named.setdefault(code, set()).update(_WORD.findall(match[0]))
    cities, codes = _cities(language)
    for match in cities.finditer(text):
        named.setdefault(codes[match["long"] or match["name"]], set()).update(_WORD.findall(fold(match[0])))
    return named


@lru_cache(maxsize=16)
def _cities(language: str) -> tuple[re.Pattern[str], Mapping[str, str]]:
    """Returns a pattern of the cities that Unicode names, one a time zone, and their codes by its groups."""
    from babel.core import get_global

    locale = _locale(language)
    if locale is None:
        return re.compile(_NOTHING), {}
    codes: dict[str, str] = {}
    inflected = has_trait(language, "inflects")
    for zone in get_global("zone_territories"):
        name = locale.time_zones.get(zone, {}).get("city") or zone.rpartition("/")[2].replace("_", " ")
        if zone.count("/") == 1 and not zone.startswith(_NO_CITIES):
            is_long = inflected and len(name) >= _INFLECTED
            codes.setdefault(_stem(name, language) if is_long else name, zone)
    names = sorted(codes, key=len, reverse=True)
    long = "|".join(re.escape(name) for name in names if inflected and len(name) >= _INFLECTED - 1) or _NOTHING
    short = "|".join(map(re.escape, names))
    start, end = _edges(language)
    return re.compile(rf"{start}(?:(?P<long>{long})\w{{0,3}}|(?P<name>{short})){end}"), codes


def _stem(name: str, language: str) -> str:
    """Returns a name without a last letter that changes where it is inflected: "Афины", "Афинах"."""
    return name[:-1] if name[-1] in FACT_WORDS.get(language, {}).get("changing", "") else name


def _edges(language: str) -> tuple[str, str]:
    """Returns what stands before and behind a name: Arabic ones have suffixes, nothing parts Chinese ones."""
    return (r"(?<![^\W_])", "") if language in ("ar", "zh") else (r"\b", r"\b")


@lru_cache(maxsize=16)
def _locale(language: str) -> Locale | None:
    from babel import Locale, UnknownLocaleError  # some tenths of a second

    try:
        return Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return None


@lru_cache(maxsize=16)
def _patterns(language: str) -> list[tuple[str, re.Pattern[str]]]:
    """Returns patterns of each country's name and adjective in a language, from Unicode's CLDR."""
    locale = _locale(language)
    if locale is None:
        return []
    inflected = has_trait(language, "inflects")
    patterns = []
    start, end = _edges(language)
    for code, name in locale.territories.items():
        folded = re.escape(fold(name))
        if inflected and len(folded) == _INFLECTED:
            folded = _stem(folded, language) + r"\w{0,2}"
        elif inflected and len(folded) > _INFLECTED:
            folded = folded[: -1 if len(folded) <= _INFLECTED + 1 else -2] + r"\w{0,4}"  # Германия, Германии; Европа
        if code.isalpha() or code in _CONTINENTS:
            patterns.append((code, re.compile(start + folded + end)))
    patterns += [(code, re.compile(pattern)) for code, pattern in FACT_WORDS.within(language, "places").items()]
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
