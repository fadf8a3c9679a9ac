"""Whether the quote of a sentence supports what the sentence says, as far as code can tell."""

from __future__ import annotations

import re
from functools import lru_cache

from anyascii import anyascii

from index.lexical import fold, terms
from retrieval.figures import counted, figures
from retrieval.language import FUNCTION_WORDS

# What denies, folded; a text that says any of these denies something.
_DENIES = {
    "fr": r"\bpas\b(?![- ]de[- ]calais)|\b(?:jamais|aucune?s?|sans|ni|nulle?|rien)\b|\bnon\b(?! seulement|[- ]lieu)"
    r"|\bn(?:e |')[^.;]*?\b(?:plus|guere|point|personne)\b"
    r"|\b(?:dement|refus|rejet|desavou)\w+|\b(?:nie|nient|niait|niaient|niant|nier|nia|nierent|s'oppos\w+|oppose)\b",
    "en": r"\bnot\b(?! only)|\b\w+n't\b|\bno\b(?! longer than)|\b(?:never|without|neither|nor|none|nobody|nothing|cannot)\b"
    r"|\b(?:den(?:y|ies|ied|ying)|refus\w+|reject\w+|oppos(?:e|es|ed|ing))\b",
    "es": r"\bno\b(?! solo)|\b(?:nunca|jamas|sin|ningun\w*|nadie|nada|tampoco|ni)\b|\b(?:nieg|desmient|desminti|rechaz|negaron|nego\b)\w*|\bse opon\w+",
    "de": r"\bnicht\b(?! nur)|\b(?:kein\w*|nie|niemals|ohne|niemand\w*|nichts|weder)\b|\b(?:bestreit|bestritt|dementier|weiger|verweiger|abgelehn)\w*|\blehn\w+",
    "ru": r"\bне\b(?! только)|\b(?:нет|ни|без|никогда|никто|никого|ничего|нельзя)\b|\b(?:отрица|опровер|отказ|отверг)\w+",
    "ar": r"(?<!\w)[وف]?(?:لا(?! [يت]زال)|لم|لن|ليس|ليست|ليسوا|دون|بدون|نفى|نفت|ينفي|تنفي|رفض|رفضت|يرفض|ترفض|انكر|انكرت)(?!\w)",
    "zh": r"不(?![仅只但利祥平完同幸良久少断管论过])|没|未|无(?!论)|非(?![洲常法])|否认|拒绝|反对",
    "it": r"\bnon\b(?! solo)|\b(?:mai|senza|nessun\w*|niente|nulla)\b|\b(?:nega|negano|negato|smenti\w+|rifiut\w+)\b",
    "pt": r"\bnao\b(?! so)|\b(?:nunca|sem|nenhum\w*|ninguem|nada|jamais)\b|\b(?:neg(?:a|am|ou|aram)|desment\w+|recus\w+)\b",
    "nl": r"\bniet\b(?! alleen)|\b(?:geen|nooit|zonder|niemand|niets)\b|\b(?:ontken\w+|weiger\w+)\b",
    "ro": r"\bnu\b(?! numai| doar)|\b(?:niciodata|fara|niciun|nicio|nimeni|nimic)\b|\b(?:neag\w+|refuz\w+)\b",
}
_WORD = re.compile(r"[^\W_]+")
_CLAUSE_START = re.compile(r"(?:^|[.!?:…«“\"(]\s*|^\W+)$")
_PRONOUN = {
    "fr": r"\b(?:il|elle|ils|elles|celui-ci|celle-ci|ceux-ci|ce dernier|cette derniere|lui|son|sa|ses|leurs?)\b",
    "en": r"\b(?:he|she|they|it|his|her|their|its)\b", "es": r"\b(?:el|ella|ellos|ellas|este|esta|su|sus)\b",
    "de": r"\b(?:er|sie|es|sein\w*|ihr\w*|dieser?)\b", "ru": r"\b(?:он|она|они|оно|его|ее|их)\b",
}  # fmt: skip
_VOWELS = re.compile(r"[aeiouyhw]+")
_SOUNDS = str.maketrans({"c": "k", "q": "k", "z": "s", "x": "s"})
_ARABIC, _ARABIC_SOUNDS = re.compile(r"[\u0600-\u06ff]"), str.maketrans({"p": "b", "v": "f", "g": "j"})
_SAME_START = 3
_INFLECTED = 5  # letters from which on a country's name is compared without its ending
_DIGRAPHS = (("dzh", "j"), ("kh", "h"), ("sch", "sh"), ("ck", "k"), ("ph", "f"))
# What a sentence may begin with beside function words, folded: no names.
_OPENING = (
    "also however several many most each every another both despite according during while then today "
    "yesterday additionally moreover finally meanwhile nearly around approximately people other others only "
    "even although because such few thus therefore between among aussi cependant plusieurs beaucoup chaque "
    "autre malgre selon durant tandis alors hier aujourd hui enfin presque environ certains certaines autres "
    "seul seule meme bien car ainsi donc entre parmi quelques toutefois neanmoins afin lors lorsque apres "
    "outre toute toutes tous cela celui celle ceux tambien ademas varios varias muchos muchas cada otro otra "
    "otros otras segun durante mientras entonces hoy ayer finalmente casi alrededor algunos algunas unicamente "
    "aunque asi pues tras ante estos estas esos esas todo toda todos todas auch jedoch mehrere viele jeder "
    "jede jedes andere trotz laut wahrend dann gestern heute schliesslich fast etwa einige nur obwohl weil so "
    "also zwischen также однако несколько многие каждый каждая каждое другой другие несмотря согласно кроме во "
    "время затем вчера сегодня наконец почти около некоторые только хотя потому так поэтому между среди все "
    "это эти этот в на по с из к у о об для при после до если когда как что он она они оно его ее их и а но "
    "или "
)
_OPENERS = frozenset(_OPENING.split())


def objection(sentence: str, language: str, quote: str, quote_language: str) -> str:
    """Returns why a quote cannot support a sentence, "" where nothing speaks against it.

    All figures and names of the sentence must stand in the quote, and either both deny something or neither
    does. In one language a figure must also count the same thing. Across languages figures are compared in normal
    form and names by their sound after transliteration.
    """
    missing = figures(sentence, language) - figures(quote, quote_language, generous=True)
    if missing:
        return f"figure not in the quote: {', '.join(sorted(missing))}"
    if language == quote_language and (other := _counts_otherwise(sentence, quote, language)):
        return f"figure of something else in the quote: {other}"
    if names := missing_names(sentence, language, quote, quote_language):
        return f"name not in the quote: {', '.join(names)}"
    mine, theirs = denies(sentence, language), denies(quote, quote_language)
    if mine is not None and theirs is not None and mine != theirs:
        return "a negation on one side only"
    return ""


def denies(text: str, language: str) -> bool | None:
    """Whether a text denies anything; None where its language is not known here."""
    pattern = _DENIES.get(language)
    return re.search(pattern, fold(text)) is not None if pattern else None


def missing_names(sentence: str, language: str, quote: str, quote_language: str) -> list[str]:
    """Returns the names of a sentence that the quote lacks, folded, in order.

    A name is a word with a capital; at the start of a sentence, one that is no function word. German writes all
    nouns so: across languages nothing can be told there.
    """
    names = _names(sentence)
    if language == quote_language:
        held = {*terms(quote, language), *_WORD.findall(fold(quote))}
        return [name for name in names if name not in held and not held.intersection(terms(name, language))]
    if language == "de":
        return []
    words = _WORD.findall(quote)
    countries = _countries(sentence, language).items()
    there = _countries(quote, quote_language)
    known = {word for code, name in countries if code in there for word in _WORD.findall(name)}
    return [name for name in names if name not in known and not any(_sound_alike(name, word) for word in words)]


def needs_sentence_before(quote: str, language: str) -> bool:
    """Whether a quote speaks of somebody by a pronoun, so that the sentence before it says who."""
    return bool(language in _PRONOUN and re.search(_PRONOUN[language], fold(quote)))


def _names(sentence: str) -> list[str]:
    found: dict[str, None] = {}
    for match in _WORD.finditer(sentence):
        word, folded = match[0], fold(match[0])
        if not word[0].isupper() or (len(word) == 1 and not word.isdigit()):
            continue
        if (folded in FUNCTION_WORDS or folded in _OPENERS) and not (word.isupper() and len(word) > 1):
            continue
        if figures(word, "fr") or figures(word, "en") or figures(word, "de"):
            continue  # a month, a weekday, a Roman number
        found[folded] = None
    return list(found)


def _countries(text: str, language: str) -> dict[str, str]:
    """Returns the countries that a text names, Unicode's code -> the folded words: {"DE": "allemagne"}."""
    folded = fold(text)
    return {
        code: match[0] for code, pattern in _country_patterns(language) if (match := pattern.search(folded)) is not None
    }


@lru_cache(maxsize=16)
def _country_patterns(language: str) -> list[tuple[str, re.Pattern[str]]]:
    """Returns a pattern for each country's name in a language, from Unicode's CLDR."""
    from babel import Locale, UnknownLocaleError  # some tenths of a second

    try:
        names = Locale.parse(language).territories
    except (UnknownLocaleError, ValueError):
        return []
    inflected = language in ("ru", "de", "ro")  # Германия, Германии
    patterns = []
    for code, name in names.items():
        folded = re.escape(fold(name))
        if inflected and len(folded) > _INFLECTED:
            folded = folded[:-2] + r"\w{0,4}"
        patterns.append((code, re.compile(rf"(?<![^\W_]){folded}" if language in ("ar", "zh") else rf"\b{folded}\b")))
    return patterns


def _counts_otherwise(sentence: str, quote: str, language: str) -> str:
    """Returns "12 soldats" where the quote counts other numbers of soldats only."""
    there = counted(quote, language)
    for word, numbers in counted(sentence, language).items():
        if word in there and not numbers <= there[word]:
            return f"{', '.join(sorted(numbers - there[word]))} {word}"
    return ""


def _sound_alike(one: str, other: str) -> bool:
    """Whether two words of different languages may be the same name: Poutine, Putin, Путин; Russian, russe."""
    arabic = not (one + other).isascii() and _ARABIC.search(one + other) is not None  # has no p, and few vowels
    mine, theirs = _sound(one, arabic), _sound(other, arabic)
    if mine[:3] == theirs[:3]:
        return True
    short, long = sorted((mine, theirs), key=len)
    same_start = fold(anyascii(one))[:_SAME_START] == fold(anyascii(other))[:_SAME_START]
    return len(short) > 1 and long.startswith(short) and same_start


@lru_cache(maxsize=50_000)
def _sound(word: str, arabic: bool) -> str:
    """Returns the consonants of a word after transliteration; of a word of vowels, the word."""
    plain = fold(anyascii(word)).replace("'", "")
    for pair, one in _DIGRAPHS:
        plain = plain.replace(pair, one)
    plain = plain.translate(_SOUNDS)
    if arabic:
        plain = plain.translate(_ARABIC_SOUNDS)
    consonants = re.sub(r"(.)\1+", r"\1", _VOWELS.sub("", plain))
    return consonants if len(consonants) > 1 else plain
