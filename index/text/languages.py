"""The language of a text, be it three words or three thousand."""

from __future__ import annotations

import functools
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from index.text.folding import HAN, KANA, fold
from index.text.function_words import BY_LANGUAGE, KNOWN, PARTICLES

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_READ = 2_000  # characters that are read
_IN_NAMES = re.compile(r"\b[^\W\d_a-zß-öø-ÿ]\S*(?:\s+(?:\w{1,3}\s+)?[^\W\d_a-zß-öø-ÿ]\S*)*")  # "Notre-Dame de Paris"
_TOLD_APART = 5  # words of a sentence from which on its language is told

# Scripts without capitals, of one language or told apart by letters, then those with capitals.
_CASELESS = {
    "han": (rf"[{HAN}]", "zh ja"),
    "hangul": (r"[\u1100-\u11ff\uac00-\ud7af]", "ko"),
    "arabic": (r"[\u0600-\u06ff\ufb50-\ufdff\ufe70-\ufeff]", "ar fa ur"),
    "hebrew": (r"[\u0590-\u05ff]", "he"),
    "devanagari": (r"[\u0900-\u097f]", "hi"),
    "bengali": (r"[\u0980-\u09ff]", "bn"),
    "tamil": (r"[\u0b80-\u0bff]", "ta"),
    "telugu": (r"[\u0c00-\u0c7f]", "te"),
    "thai": (r"[\u0e00-\u0e7f]", "th"),
    "georgian": (r"[\u10a0-\u10ff]", "ka"),
}
_CASED = {
    "armenian": (r"[\u0530-\u058f]", "hy"),
    "greek": (r"[\u0370-\u03ff\u1f00-\u1fff]", "el"),
    "cyrillic": (r"[\u0400-\u04ff]", "ru uk bg be kk mk sr"),
    "latin": (
        r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]",
        "fr en es de it pt ro nl ca cs da et fi hr hu id lt lv no pl sk sl sq sr sv sw tr vi",
    ),
}
_SCRIPTS = {script: (re.compile(letters), spoken.split()) for script, (letters, spoken) in (_CASELESS | _CASED).items()}
_LATIN = _SCRIPTS["latin"][1]
# Those of news; the model knows 130, and takes short French for Kabyle or Uzbek when it may.
KNOWN_LANGUAGES = frozenset(code for _, spoken in _SCRIPTS.values() for code in spoken)

_SPOKEN_IN: dict[str, frozenset[str]] = {}  # function word -> its languages
for _code, _words in (*BY_LANGUAGE.items(), *KNOWN.words("telling").items()):
    for _word in _words:
        _SPOKEN_IN[_word] = _SPOKEN_IN.get(_word, frozenset()) | {_code}

_LETTERS_OF = {code: frozenset(known["letters"]) for code, known in KNOWN.items() if "letters" in known}
_TELLING = frozenset[str]().union(*_LETTERS_OF.values())
_OF_SPANISH = re.compile(r"[¿¡]")
_OF_VIETNAMESE = re.compile(r"[\u1ea0-\u1ef9]")
_OF_JAPANESE = re.compile(rf"[{KANA}]")
_OF_URDU, _OF_FARSI, _OF_ARABIC = "ٹڈڑںےہھ", "پچژگکی", "ةىيكأإؤ"

_ADDRESS = re.compile(r"https?://\S+|www\.\S+|\S+@\S+")
_WORD = re.compile(r"(?<!\w)[^\W\d_]+(?:['’-][^\W\d_]+)*")
_PARTICLE = re.compile(PARTICLES)

# Evidence: ten is a function word.
_A_WORD, _LONGER, _ITS_LETTERS, _ITS_SIGNS = 10, 1, 5, 15
_LEAD = 10  # of a language that needs no model; in a long text a word in ten
_ONE_IN = 5  # of so many words one is a function word
_EXPECTED = 2  # times as likely is a language that is expected
_FEW_LETTERS = 6  # that tell nothing
_SURE = 0.3  # share of the likelihood that the model's best language has of words that are no names


def detect_language(text: str, expected: Collection[str] = ()) -> str:
    """Returns the ISO 639-1 code of the language that a text begins in, one of `KNOWN_LANGUAGES`.

    Told by script and letters, then by function words; where they are not clear by py3langid, which takes half a
    second to load. Names are of no language: alone, they take the first that is expected.

    Args:
        text: a question or an article.
        expected: likely languages, the likeliest first: they settle what the text leaves open.

    Returns:
        the code; "" where there are no letters and nothing is expected.
    """
    return _detected(text[:_READ], tuple(expected))


def is_foreign(text: str, language: str) -> bool:
    """Whether a sentence is in another language than this; few words do not tell, nor do names among others."""
    spoken = text.split()
    if len(spoken) < _TOLD_APART or detect_language(text, (language,)) == language:
        return False
    plain = _IN_NAMES.sub(" ", text)
    return not any(map(str.isalpha, plain)) or detect_language(plain, (language,)) != language


@functools.lru_cache(maxsize=1_024)  # a question is asked about by several steps
def _detected(text: str, expected: tuple[str, ...]) -> str:
    start = unicodedata.normalize("NFC", _ADDRESS.sub(" ", text))
    start = start.lower() if start.isupper() else start
    words = _WORD.findall(start)
    common = _common_words(words)
    spoken = _written_in(start, common)
    if len(spoken) < 2:
        return next(iter((*spoken, *expected)), "")
    scores = _scores(common, start, spoken)
    leaders = _leaders(scores, len(common))
    if len(leaders) == 1:
        return leaders[0]
    likely = _likely(expected, leaders, spoken)
    named = all(word[0].isupper() for word in common)
    if likely and _says_no_more(common, scores, leaders):
        return likely[0]
    most = max(scores.values())
    shares = {
        code: share * math.exp((scores[code] - most) / _A_WORD) * (_EXPECTED if code in expected else 1)
        for code, share in _ranked(start)
        if code in spoken
    }
    best = max(shares, key=lambda code: shares[code])
    unsure = (named or not leaders) and shares[best] < _SURE * sum(shares.values())
    if not likely and "en" in spoken:
        likely = list(expected)
    return likely[0] if likely and unsure else best


def _likely(expected: Collection[str], leaders: Collection[str], spoken: Sequence[str]) -> list[str]:
    """Returns the languages to take where a text does not tell, the likeliest first."""
    if leaders:
        return [code for code in expected if code in leaders]
    if "en" in spoken:  # names in Latin letters stand in every language
        return list(expected)
    return [code for code in expected if code in spoken] or [spoken[0]]


def _says_no_more(common: Sequence[str], scores: Mapping[str, int], leaders: Collection[str]) -> bool:
    """Whether a model would see no more than names and function words that several languages share."""
    if leaders:
        return max(scores.values()) >= _A_WORD * len(common)
    return all(word[0].isupper() for word in common) or sum(map(len, common)) < _FEW_LETTERS


def _common_words(words: Sequence[str]) -> list[str]:
    """Returns the words that are no names: the first, and those without a capital but for the particles of names."""
    common = list(words[:1])
    inside = False  # whether the word before belongs to a name
    for word, after in pairwise([*words[1:], ""]):
        capital = word[0].isupper()
        inside = capital or (
            inside and bool(_PARTICLE.fullmatch(word) and (after[:1].isupper() or _PARTICLE.fullmatch(after)))
        )
        if not inside:
            common.append(word)
    return common


def _written_in(text: str, common: Sequence[str]) -> Sequence[str]:
    """Returns the languages that are written in a text's letters; none where there are none.

    Latin letters stand within every script, others hardly ever within Latin.
    """
    joined = "".join(common)
    counts = {
        name: len(pattern.findall(text if name in _CASELESS else joined)) for name, (pattern, _) in _SCRIPTS.items()
    }
    latin = counts.pop("latin")
    script = max(counts, key=lambda name: counts[name])
    others = counts[script]
    if latin > 2 * others or (latin >= others > 0 and max(_scores(common, text, _LATIN).values()) >= 2 * _A_WORD):
        return ("vi",) if len(_OF_VIETNAMESE.findall(joined)) * _ONE_IN > len(common) else _LATIN
    return _narrowed(script, joined if script in _CASED else text) if others else ()


def _narrowed(script: str, text: str) -> Sequence[str]:
    """Returns the languages of a script that are written in these letters of it."""
    spoken, counts = _SCRIPTS[script][1], Counter(text.lower())
    if script == "han":
        return ("ja",) if len(_OF_JAPANESE.findall(text)) * 10 > len(text) else ("zh",)
    if script == "arabic":
        urdu, farsi, arabic = (sum(counts[letter] for letter in own) for own in (_OF_URDU, _OF_FARSI, _OF_ARABIC))
        return ("ur",) if urdu else ("fa",) if farsi > arabic else ("ar",)
    telling = _TELLING & counts.keys()
    return [code for code in spoken if telling <= _LETTERS_OF.get(code, telling)] or spoken


def _scores(common: Iterable[str], text: str, spoken: Sequence[str]) -> dict[str, int]:
    """Returns how far function words and letters speak for each language."""
    scores = dict.fromkeys(spoken, 0)
    if "es" in scores and _OF_SPANISH.search(text):
        scores["es"] += _ITS_SIGNS
    for word in common:
        for code, points in _evidence_of(word):
            if code in scores:
                scores[code] += points
    return scores


@functools.lru_cache(maxsize=20_000)  # a text's words are mostly those of other texts
def _evidence_of(word: str) -> Collection[tuple[str, int]]:
    """Returns the languages that a word speaks for or against, and how far, points below zero against."""
    points = Counter[str]()
    for code in frozenset[str]().union(*(_SPOKEN_IN.get(piece, ()) for piece in _pieces(fold(word)))):
        points[code] += _A_WORD + _LONGER * (len(word) > 2)
    if telling := _TELLING & set(word.lower()):
        for code, letters in _LETTERS_OF.items():
            points[code] += _ITS_LETTERS if telling <= letters else -_ITS_LETTERS
    return tuple(points.items())


def _pieces(word: str) -> list[str]:
    """An elided word counts by its head too, an inverted one by its pronoun: "qu'il" -> qu'il, qu'."""
    head, apostrophe, _ = word.partition("'")
    if apostrophe:
        return [word, f"{head}'"]
    return [word, f"-{word.rpartition('-')[2]}"] if "-" in word else [word]


def _leaders(scores: Mapping[str, int], words: int) -> list[str]:
    """Returns the language that leads clearly, or those that share the lead; none where too few words are known."""
    best = max(scores.values())
    if best < _A_WORD or best * _ONE_IN < _A_WORD * words:
        return []
    return [code for code, score in scores.items() if score > best - max(_LEAD, words)]


def _ranked(text: str) -> list[tuple[str, float]]:
    """Returns every language with its share of the likelihood."""
    ranked: list[tuple[str, float]] = _identifier().rank(text)
    return ranked


@functools.cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # 0.5 s

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(sorted(KNOWN_LANGUAGES))
    return identifier
