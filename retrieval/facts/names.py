"""Names in a sentence and in its quote: the same, over languages, scripts and spellings."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise, product
from types import MappingProxyType

from anyascii import anyascii

from index.text import function_words
from index.text.folding import fold, terms
from retrieval.facts import FACT_WORDS
from retrieval.facts.figures import figures

_WORD = re.compile(r"[^\W_]+")
_NUMBERED = re.compile(r"\b([^\W\d_]{1,4})[-\u2010\u2011](\d+)\b")
# what stands before a German noun that is no name: an article, an adjective, a number
_GERMAN_ARTICLE = re.compile(
    r"d(?:er|ie|as|en|em|es)|(?:k?ein|[msd]ein|ihr|unser|jed|dies|welch|all|viel)(?:e[mnrs]?)?|[iav]m|zu[mr]|ins|vom|beim|\d+"
)
_GERMAN_ADJECTIVE = re.compile(  # in lower case, and what only ends like one
    r"(?!(?:über|unter|hinter|aber|oder|haben|wurden|waren|sind|hatten|werden|können|sollen|gegen|neben|zwischen)$)"
    r"[a-zäöüß]{3,}(?:e|en|er|es|em)"
)
_VOWELS = re.compile(r"[aeiouyh]+")
_SOUNDS = str.maketrans({"c": "k", "q": "k", "z": "s"})
# Letters that languages read in several ways: what each may stand for.
_READINGS = {"ch": ("s", "k", ""), "x": ("s", "ks"), "w": ("", "v")}
_DIGRAPHS = {
    "tsch": "ch", "tch": "ch", "dsch": "j", "dzh": "j", "dj": "j", "kh": "h", "sch": "sh", "ck": "k", "ph": "f",
}  # fmt: skip
_ARABIC, _ARABIC_SOUNDS = re.compile(r"[\u0600-\u06ff]"), str.maketrans({"p": "b", "v": "f", "g": "j"})
_READINGS_OF_A_WORD = 12
_SAME_START = 3
_FEW = 2  # consonants that alone do not tell a name
_LIKE = 0.5  # of letters that such names share at least
_INFLECTED = 5  # letters from which on a country's name is compared without its ending
# languages whose name is also what the people and things of one country are called
_OF_COUNTRY = (
    "fr:FR de:DE it:IT ru:RU uk:UA pl:PL nl:NL sv:SE da:DK fi:FI hu:HU cs:CZ sk:SK sl:SI hr:HR sr:RS bg:BG ro:RO "
    "el:GR tr:TR zh:CN ja:JP vi:VN ka:GE hy:AM be:BY et:EE lv:LV lt:LT sq:AL is:IS"
)
_INFLECTING = frozenset({"ru", "de", "ro"})
_MORE_ADJECTIVES = {
    "fr": {"TR": r"\bturques?\b", "GR": r"\bgrecques?\b"},
    "en": {"TR": r"\bturks?\b", "SY": r"\bsyrians?\b"},
}
_WITHOUT_ARTICLES = frozenset({"ru", "uk", "pl", "cs", "sk", "sr", "hr"})  # any noun may open a sentence
_WITHOUT_ADJECTIVES = frozenset({"ar", "zh", "ja", "ko"})
_CONTINENTS = frozenset({"150", "002", "142", "019"})

_OPENERS = FACT_WORDS.all_words("openers")  # of a sentence, beside function words: no names


def missing_names(sentence: str, language: str, quote: str, quote_language: str) -> list[str]:
    """Returns the names of a sentence that the quote lacks, folded, in order.

    A name is a word with a capital; at the start of a sentence, one that is no function word. "Russie" stands in
    a quote that says "russe", and the other way round. Across languages a name is told by its sound, a country by
    its code: Lettonie is not Lithuania. Su-400 is missing where the quote's only 400 is an S-400. A Russian sentence
    may open with any noun, and German writes all nouns with a capital: across languages the opening, or a noun
    without an article, is a name only where the quote has a name that the sentence lacks.
    """
    here, there = countries(sentence, language), countries(quote, quote_language)
    known, foreign = _words_of(here, there.keys()), _words_of(here, here.keys() - there.keys())
    names = [name for name in names_in(sentence, language) if name not in known]
    names += [word for word in foreign if word not in names]
    numbered = _numbered(sentence, quote)
    if language == quote_language:
        held = {*terms(quote, language), *_WORD.findall(fold(quote))}
        return [n for n in names if n not in held and not held.intersection(terms(n, language))] + numbered
    is_unsure = language == "de" or language in _WITHOUT_ARTICLES  # whether a capital says that a word is a name
    lacks = is_unsure and lacks_name(sentence, language, quote, quote_language)
    if language == "de":
        names = [*foreign, *(_bare_nouns(sentence) if lacks else ())]
    words = _WORD.findall(quote)
    of_others = _words_of(there, there.keys() - here.keys())
    own = [word for word in words if fold(word) not in of_others]
    missing = [n for n in names if not any(_sound_alike(n, word) for word in (own if n in foreign else words))]
    first = _WORD.search(sentence)
    opens = language in _WITHOUT_ARTICLES and first is not None and missing == [fold(first[0])]
    return numbered + ([] if opens and not lacks else missing)


def _words_of(countries: Mapping[str, set[str]], codes: Collection[str]) -> set[str]:
    """Returns the words by which a text names these countries."""
    return {word for code, words in countries.items() if code in codes for word in words}


def _numbered(sentence: str, quote: str) -> list[str]:
    """Returns the names such as "su-400" whose number the quote has in other such names only."""
    there: dict[str, set[str]] = {}
    for name, number in _NUMBERED.findall(quote):
        there.setdefault(number, set()).add(fold(anyascii(name)))
    mine = ((fold(anyascii(name)), number) for name, number in _NUMBERED.findall(sentence))
    return [f"{name}-{number}" for name, number in mine if number in there and name not in there[number]]


def lacks_name(sentence: str, language: str, quote: str, quote_language: str) -> bool:
    """Whether the quote has a name that the sentence lacks: then another may stand in its place."""
    words = _WORD.findall(sentence)
    known = _words_of(countries(quote, quote_language), countries(sentence, language).keys())
    names = (name for name in names_in(quote, quote_language) if name not in known)
    return any(not any(_sound_alike(name, word) for word in words) for name in names)


def _bare_nouns(sentence: str) -> list[str]:
    """Returns the words of a German sentence that may be names: no article, adjective or number stands before."""
    tokens = re.findall(r"[^\W_]+", sentence)
    names = set(names_in(sentence, "de"))
    bare = []
    for previous, token in pairwise(["", *tokens]):
        noun = _GERMAN_ARTICLE.fullmatch(fold(previous)) or _GERMAN_ADJECTIVE.fullmatch(previous)
        if fold(token) in names and not noun and not figures(token, "de"):
            bare.append(fold(token))
    return bare


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


@lru_cache(maxsize=500)
def countries(text: str, language: str) -> Mapping[str, set[str]]:
    """Returns the countries that a text speaks of, Unicode's code -> the folded words: {"DE": {"allemande"}}."""
    folded = fold(text)
    named: dict[str, set[str]] = {}
    for code, pattern in _patterns(language):
        for match in pattern.finditer(folded):
            named.setdefault(code, set()).update(_WORD.findall(match[0]))
    return MappingProxyType(named)


@lru_cache(maxsize=16)
def _patterns(language: str) -> list[tuple[str, re.Pattern[str]]]:
    """Returns patterns of each country's name and adjective in a language, from Unicode's CLDR."""
    from babel import Locale, UnknownLocaleError  # some tenths of a second

    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return []
    inflected = language in _INFLECTING
    patterns = []
    for code, name in locale.territories.items():
        folded = re.escape(fold(name))
        if inflected and len(folded) > _INFLECTED:
            folded = folded[: -1 if len(folded) <= _INFLECTED + 1 else -2] + r"\w{0,4}"  # Германия, Германии; Европа
        if code.isalpha() or code in _CONTINENTS:
            start, end = (r"(?<![^\W_])", "") if language in ("ar", "zh") else (r"\b", r"\b")
            patterns.append((code, re.compile(start + folded + end)))
    patterns += [(code, re.compile(pattern)) for code, pattern in _MORE_ADJECTIVES.get(language, {}).items()]
    return patterns if language in _WITHOUT_ADJECTIVES else [*patterns, *_adjectives(locale.languages, inflected)]


def _adjectives(languages: Mapping[str, str], inflected: bool) -> Iterator[tuple[str, re.Pattern[str]]]:
    for pair in _OF_COUNTRY.split():
        spoken, code = pair.split(":")
        stem = fold(languages.get(spoken, ""))
        if len(stem) > _INFLECTED:
            stem = stem[:-2] if inflected else stem.rstrip("o")
        if stem:
            yield code, re.compile(rf"\b{re.escape(stem)}\w{{0,4}}\b")


def _sound_alike(name: str, word: str) -> bool:
    """Whether a folded name and a word of another language may be the same: poutine, Putin, Путин; russian, russe.

    A word in lower case is no name of its own but may come from one: "français" of "French"; three consonants do.
    """
    arabic = not (name + word).isascii() and _ARABIC.search(name + word) is not None  # has no p, and few vowels
    loose = arabic or word[0].islower()
    one, other = (fold(anyascii(text.removeprefix("ال"))) for text in (name, word))
    return any(
        _alike(mine, theirs, one, other, loose=loose, arabic=arabic)
        for mine, theirs in product(_sounds(one, arabic), _sounds(other, arabic))
    )


def _alike(mine: str, theirs: str, one: str, other: str, *, loose: bool, arabic: bool) -> bool:
    if loose and mine[:3] == theirs[:3] and (arabic or len(mine) > _FEW):
        return True
    short, long = sorted((mine, theirs), key=len)
    if short == long or (len(short) > _FEW and long.startswith(short)):
        return len(short) > _FEW or SequenceMatcher(None, one, other).ratio() >= _LIKE
    return len(short) > 1 and long.startswith(short) and one[:_SAME_START] == other[:_SAME_START]


@lru_cache(maxsize=50_000)
def _sounds(plain: str, arabic: bool) -> frozenset[str]:
    """Returns the consonants that a transliterated word may have; of a word of vowels, the word."""
    plain = plain.replace("'", "")
    for pair, one in _DIGRAPHS.items():
        plain = plain.replace(pair, one)
    parts: list[tuple[str, ...]] = [
        _READINGS.get(part, (part,)) for part in re.findall("|".join([*_READINGS, "."]), plain)
    ]
    clean: Callable[[str], str] = _arabic_consonants if arabic else _consonants
    return frozenset(clean("".join(reading)) for reading in list(product(*parts))[:_READINGS_OF_A_WORD])


def _arabic_consonants(plain: str) -> str:
    return _consonants(plain).translate(_ARABIC_SOUNDS)


def _consonants(plain: str) -> str:
    consonants = _VOWELS.sub("", re.sub(r"(.)\1+", r"\1", plain.translate(_SOUNDS)))
    return consonants if len(consonants) > 1 else plain
