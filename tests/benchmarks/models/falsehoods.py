"""Makes true sentences false: another figure, two of them swapped, a denial more or less, another name."""

from __future__ import annotations

import re
from random import Random

from retrieval.facts.facts import Facts
from retrieval.facts.names import names_in

FIGURES = re.compile(r"\d+(?:[ .,\u202f\u00a0]\d{3})*(?:[.,]\d+)?")
# words of a few numbers, in the language's own order, so that one can take another's place
_NUMBER_WORDS = {
    "fr": "deux trois quatre cinq six sept huit dix onze douze treize vingt trente quarante cinquante",
    "en": "two three four five six seven eight ten eleven twelve fifteen twenty thirty forty fifty",
    "de": "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig dreißig",
}
_DENIALS = {  # pattern -> what is left without the denial
    "fr": {
        r"\bn(?:e |['’])((?:[a-z]+-?){1,2}[a-zéèê]+) (?:pas|plus|jamais|encore jamais) ?": r"\1 ",
        r"\b[Aa]ucune? ": "Chaque ",
        r"\bsans\b": "avec",
        r"\bJamais ": "Souvent ",
        r"\bni\b": "et",
    },
    "en": {
        r"\bcannot\b": "can",
        r"\b(is|was|are|were|has|had|can|did|could|do) not\b": r"\1",
        r"\bNo (?=[a-z])": "A ",
        r"\bno (?=[a-z])": "many ",
        r"\bNobody\b": "Everybody",
        r"\bnever ": "",
        r"\bwithout\b": "with",
        r"\bno longer ": "still ",
    },
    "de": {r"\bnicht(?: mehr)? ": "", r"\bnicht\b": "", r"\bkein(?=e|\b)": "ein", r"\bohne\b": "mit", r"\bnie\b ?": ""},
}
_VERBS = {
    "fr": r"(?<!['’])\b(est|sont|a|ont|était|avait|peut|mesure|compte|coûte|sera|pèse|reste|dispose|terminent)\b(?!-)",
    "en": r"\b(is|was|are|were|has|had|can|could|will|would)\b",
    "de": r"\b(ist|war|sind|kostet|gilt|hat|wurde|wurden|fahren|bekommt|deckt)\b",
}
# German writes all nouns with a capital; another noun is no other name
_GERMAN_NAMES = {
    "Deutschland",
    "Deutschlandticket",
    "Russland",
    "Notre",
    "Dame",
    "Paris",
    "Länder",
    "Bund",
    "Intercity",
}
_STRANGERS = {
    "fr": "Toronto Ferreira Macron Kovacs Bruxelles Lisbonne Obama Tombouctou",
    "en": "Toronto Ferreira Macron Kovacs Brussels Lisbon Obama Timbuktu",
    "de": "Toronto Ferreira Macron Kovacs Brüssel Lissabon Obama Timbuktu",
}


def another_figure(sentence: str, language: str, random: Random) -> str | None:
    """Returns the sentence with one number changed, in digits or words; None where it has none."""
    words = _NUMBER_WORDS[language].split()
    places = list(re.finditer(rf"\d+|\b(?:{'|'.join(words)})\b", sentence))
    if not places:
        return None
    place = random.choice(places)
    return sentence[: place.start()] + _another(place[0], words, random) + sentence[place.end() :]


def _another(number: str, words: list[str], random: Random) -> str:
    if number in words:
        return random.choice([word for word in words if word != number])
    at = random.randrange(len(number))
    digits = [digit for digit in "123456789" if digit != number[at]]
    return number[:at] + random.choice(digits) + number[at + 1 :]


def swapped_figures(sentence: str, _language: str, random: Random) -> str | None:
    """Returns the sentence with two of its numbers in each other's place; None where it has fewer."""
    places = list(FIGURES.finditer(sentence))
    pairs = [
        (a, b)
        for n, a in enumerate(places)
        for b in places[n + 1 :]
        # day and year of one date say the same in any order
        if _bare(a[0]) != _bare(b[0]) and not re.fullmatch(r"[. ]*\w+ ", sentence[a.end() : b.start()])
    ]
    if not pairs:
        return None
    one, other = random.choice(pairs)
    return sentence[: one.start()] + other[0] + sentence[one.end() : other.start()] + one[0] + sentence[other.end() :]


def _bare(number: str) -> str:
    return re.sub(r"\D", "", number).lstrip("0")


def without_denial(sentence: str, language: str, random: Random) -> str | None:
    """Returns the sentence with one denial taken out; None where it has none."""
    made = [re.sub(pattern, left, sentence, count=1) for pattern, left in _DENIALS[language].items()]
    return _any([text for text in made if text != sentence], random)


def with_denial(sentence: str, language: str, random: Random) -> str | None:
    """Returns the sentence with a verb denied; None where none of its verbs is known here."""
    places = list(re.finditer(_VERBS[language], sentence))
    if not places:
        return None
    place = random.choice(places)
    verb = place[0]
    if language == "fr":
        denied = f"n'{verb} pas" if verb[0] in "aeéêio" else f"ne {verb} pas"
    else:
        denied = f"{verb} {'not' if language == 'en' else 'nicht'}"
    return sentence[: place.start()] + denied + sentence[place.end() :]


def another_name(sentence: str, language: str, random: Random, nearby: list[str]) -> str | None:
    """Returns the sentence with a name changed to a stranger's or to one of those nearby; None where it has none."""
    folded = set(names_in(sentence, language))
    places = [
        match
        for match in re.finditer(r"[^\W\d_]{4,}", sentence)
        if match.start()
        and match[0][0].isupper()
        and match[0].lower() in folded
        and (language != "de" or match[0] in _GERMAN_NAMES)
    ]
    if not places:
        return None
    place = random.choice(places)
    there = _places(sentence)  # "Russie" in the place of "Russland" says the same
    others = [
        name for name in [*_STRANGERS[language].split(), *nearby] if name not in sentence and not there & _places(name)
    ]
    return sentence[: place.start()] + random.choice(others) + sentence[place.end() :]


def _places(text: str) -> set[str]:
    """Returns the codes of the places that a text names in any of the languages that are told."""
    return {code for language in _STRANGERS for code in Facts.of(text, language).places}


def names_of(text: str) -> list[str]:
    """Returns the words with a capital within the sentences of a text."""
    return sorted({match[0] for match in re.finditer(r"(?<=[a-zé,] )[A-Z][a-zéèç]{3,}", text)})


def _any(made: list[str], random: Random) -> str | None:
    return random.choice(made) if made else None
