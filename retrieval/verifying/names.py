"""Whether the names of a sentence stand in its quote: the same, over languages, scripts and spellings."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise, product

from anyascii import anyascii

from index.text.folding import fold, terms
from index.text.function_words import has_trait
from retrieval.facts import FACT_WORDS
from retrieval.facts.facts import Facts
from retrieval.facts.figures import figures

_WORD = re.compile(r"[^\W_]+")
_ATTACHED = FACT_WORDS["ar"]["attached"]  # the article
_NUMBERED = re.compile(r"\b([^\W\d_]{1,4})[-\u2010\u2011](\d+)\b")
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
_OF_COUNTRY = 3  # characters of a code at most
_FEW = 2  # consonants that alone do not tell a name
_LONGER = 3  # letters that a name has at most beside a word in lower case that it begins like
_LIKE = 0.5  # of letters that such names share at least


def missing_names(sentence: Facts, quote: Facts) -> list[str]:
    """Returns the names of a sentence that the quote lacks, folded, in order.

    A name is a word with a capital; at the start of a sentence, one that is no function word. "Russie" stands in
    a quote that says "russe", and the other way round. Across languages a name is told by its sound, a country by
    its code: Lettonie is not Lithuania. Su-400 is missing where the quote's only 400 is an S-400. A Russian sentence
    may open with any noun, and German writes all nouns with a capital: across languages the opening, or a noun
    without an article, is a name only where the quote has a name that the sentence lacks.
    """
    here, there = sentence.places, quote.places
    known = _words_of(here, there.keys())
    foreign = _words_of(here, here.keys() - there.keys()) - known
    names = [name for name in sentence.names if name not in known]
    names += [word for word in foreign if word not in names]
    numbered = _numbered(sentence.text, quote.text)
    language = sentence.language
    if language == quote.language:
        held = {*quote.terms, *_WORD.findall(quote.folded)}
        return [n for n in names if n not in held and not held.intersection(terms(n, language))] + numbered
    may_open, all_nouns = has_trait(language, "without_articles"), "before_noun" in FACT_WORDS.get(language, {})
    lacks = (may_open or all_nouns) and lacks_name(sentence, quote)
    if all_nouns:
        names = [*foreign, *(noun for noun in (_bare_nouns(sentence) if lacks else ()) if noun not in known)]
    words = _WORD.findall(quote.text)
    of_others = _words_of(there, there.keys() - here.keys())
    own = [word for word in words if fold(word) not in of_others]
    elsewhere = _cities_of(here, there) - known if _cities_of(there, here) else ()
    missing = [
        n
        for n in names
        if n in elsewhere or not any(_sound_alike(n, word) for word in (own if n in foreign else words))
    ]
    first = _WORD.search(sentence.text)
    opens = may_open and first is not None and missing == [fold(first[0])]
    return numbered + ([] if opens and not lacks else missing)


def _words_of(places: Mapping[str, set[str]], codes: Collection[str]) -> set[str]:
    """Returns the words by which a text names these places."""
    return {word for code, words in places.items() if code in codes for word in words}


def _cities_of(here: Mapping[str, set[str]], there: Mapping[str, set[str]]) -> set[str]:
    """Returns the words by which one text names cities that the other does not name; a country's code is short."""
    return _words_of(here, [code for code in here.keys() - there.keys() if len(code) > _OF_COUNTRY])


def _numbered(sentence: str, quote: str) -> list[str]:
    """Returns the names such as "su-400" whose number the quote has in other such names only."""
    there: dict[str, set[str]] = {}
    for name, number in _NUMBERED.findall(quote):
        there.setdefault(number, set()).add(fold(anyascii(name)))
    mine = ((fold(anyascii(name)), number) for name, number in _NUMBERED.findall(sentence))
    return [f"{name}-{number}" for name, number in mine if number in there and name not in there[number]]


def lacks_name(sentence: Facts, quote: Facts) -> bool:
    """Whether the quote has a name that the sentence lacks: then another may stand in its place."""
    words = _WORD.findall(sentence.text)
    known = _words_of(quote.places, sentence.places.keys())
    names = (name for name in quote.names if name not in known)
    return any(not any(_sound_alike(name, word) for word in words) for name in names)


def _bare_nouns(sentence: Facts) -> list[str]:
    """Returns the words of a German sentence that may be names: no article, adjective or number stands before."""
    told = FACT_WORDS[sentence.language]
    bare = []
    for previous, token in pairwise(["", *_WORD.findall(sentence.text)]):
        is_noun = re.fullmatch(told["before_noun"], fold(previous)) or re.fullmatch(told["adjective"], previous)
        if fold(token) in sentence.names and not is_noun and not figures(token, sentence.language):
            bare.append(fold(token))
    return bare


def _sound_alike(name: str, word: str) -> bool:
    """Whether a folded name and a word of another language may be the same: poutine, Putin, Путин; russian, russe.

    A word in lower case is no name of its own but may come from one: "français" of "French"; three consonants do.
    """
    arabic = not (name + word).isascii() and _ARABIC.search(name + word) is not None  # has no p, and few vowels
    loose = arabic or word[0].islower()
    one, other = (fold(anyascii(text.removeprefix(_ATTACHED))) for text in (name, word))
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
    begins = len(short) > 1 and long.startswith(short) and one[:_SAME_START] == other[:_SAME_START]
    return begins and not (loose and len(one) - len(other) > _LONGER)  # Russian, "russe"; not Villeneuve, "ville"


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
