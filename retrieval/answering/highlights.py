"""The words of a quote that answer: its date, number, duration, person or place, where that can be told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TypeAlias

from index.text import function_words
from index.text.folding import fold, words
from index.text.languages import detect_language
from retrieval.facts.kinds import (
    CAPITAL,
    DAYS,
    HAN_NUMBER,
    MONTHS,
    NAME_LETTERS,
    NUMBER_WORDS,
    PARTICLE,
    RELATIVE,
    TITLE,
    UNITS,
    YEAR,
    Kind,
)

Span: TypeAlias = tuple[int, int]  # characters, end excluded

_FIT = 10  # characters that the best span must be nearer to the question's words than the next
_REACH = 25  # characters between a number and the word that it counts
_FAR = 1_000
_STEM = 4  # letters that two forms of a word share

# Patterns of folded text. No letter or digit stands beside, unless it is Han: there, words have no borders.
_HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_LEFT = rf"(?<![^\W{_HAN}])(?<!\d[.,:])"
_RIGHT = rf"(?![^\W{_HAN}]|[.,:]\d)"
_INSIDE = re.compile(rf"[^\W_{_HAN}]{{2}}")
_TO = r"(?: ?[-–—] ?| (?:a|au|et|to|and|until|bis|und|y|al|hasta|и|по|до|الى) )"
_DAY = r"\d{1,2}(?:er|st|nd|rd|th|\.)?"
_MONTH = rf"(?:{MONTHS})(?!\w)"
_ITS_YEAR = r"(?:,? (?:de |del |an )?\d{4}(?!\d)(?: (?:год[ау]?|г\.))?)"
# Compiled at their first use: the three together cost 70 ms, and many questions ask for none of them.
_DATE = (
    rf"{_LEFT}(?:"
    rf"(?:(?:{DAYS}),? (?:(?:le|den|dem|the|el) )?)?(?:{_DAY}{_TO})?{_DAY} (?:de |of )?{_MONTH}(?:/{_MONTH})?"
    rf"{_ITS_YEAR}?"
    rf"|(?:(?:{DAYS}),? )?{_MONTH} {_DAY}(?!\w)(?:,? \d{{4}}(?!\d))?"
    rf"|{_MONTH}{_ITS_YEAR}|{_MONTH}{_TO}{_MONTH}{_ITS_YEAR}?"
    rf"|(?:(?<=\ben )|(?<=\bin )|(?<=\bim )|(?<=\bmois de )|(?<=\bв )){_MONTH}"
    r"|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|\d{4}-\d\d-\d\d"
    r"|(?:[ivx]+|\d{1,2})(?:e|er|eme|th|st|nd|rd|\.)? (?:siecle|century|jahrhunderts?|век\w*)|siglo [ivx]+"
    r"|(?:annees|anos) \d\d(?:\d0)?|\d{2,3}0s|\d{2,3}0er(?: jahren?)?"
    r"|\d{1,4} (?:(?:av|apr?)\. ?j\.-?c\.|bce?|v\. ?chr\.)"
    rf"|{HAN_NUMBER}年(?:{HAN_NUMBER}月)?(?:{HAN_NUMBER}[日号])?|{HAN_NUMBER}月{HAN_NUMBER}[日号]"
    rf"|{YEAR}{_TO}\d\d(?:\d\d)?|(?P<year>{YEAR})(?: (?:год[ау]?|г\.))?|(?:(?<=\ben )|(?<=\bin ))\d{{3}}(?=[,.;:)]|$)"
    rf"|(?P<weak>{DAYS}|{RELATIVE})){_RIGHT}"
)
_WORD = rf"(?:{NUMBER_WORDS})(?:(?:[- ]|-?et-| et )(?:{NUMBER_WORDS}|une?|one)(?!\w))*"
_DIGITS = r"\d{1,3}(?:[ .,']\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?"
_NUMERAL = rf"(?:(?:{_DIGITS})(?:[ -](?:{NUMBER_WORDS}|mi?o|mrd|bn|млн|млрд)(?!\w)| ?[千百万亿]+)?|{_WORD})"
_PERCENT = r"%|pour ?cent\w*|per ?cent\w*|prozent\w*|por ?cent\w*|процент\w*"
_MONEY = r"(?:d'|de |of )?(?:euros?|dollars?|dolares)|francs?|livres|pounds?|рубл\w*|долл\w*|евро|usd|eur|[€$£]"
_MONEY += r"|美元|欧元|دولار"
_MEASURES = (
    r"(?:kilo|centi|milli)?met(?:re|er)s?|(?:kilo)?metros?|километр\w*|km2?|cm|mm|m2?|miles?|feet|kg|kilos?|ton(?:ne)?s?"
    r"|tonnen|тонн\w*|degres?|degrees|°(?: ?c)?|hectares?|litres?|[个名次人种岁家座艘]|公里"
)
_NUMBER = (
    rf"(?:[$€£¥] ?)?{_LEFT}(?<![^\W\d_]-)(?:{_NUMERAL}{_TO})?{_NUMERAL}"
    rf"(?: ?-?(?:{_PERCENT}|{_MONEY}|{_MEASURES})|[ -](?:{UNITS}))?{_RIGHT}(?!\w*(?:ieme|th)\b)"
)
_DURATION = (
    rf"{_LEFT}(?:(?:(?:{_NUMERAL}{_TO})?(?:{_NUMERAL}|une?|one|eine[nrm]?|una?|several|plusieurs|quelques)"
    rf"[ -](?:\w+ )?(?:{UNITS})"
    rf"|an? (?:few |full |whole )?(?:minutes?|hours?|days?|weeks?|months?|years?|decade|century))(?!\w)"
    rf"(?:(?:,| et| and| und| y| и)? (?:{_NUMERAL} (?:{UNITS})|{_NUMERAL}|demie?|a half|media)(?!\w))*"
    rf"|\d+ ?h(?: ?\d+)?|{HAN_NUMBER}多?个?半?(?:年|天|小时|分钟|月|周|秒)"
    rf"|(?:de|du|depuis|from|von|entre|between|zwischen|с|desde) (?:{YEAR}){_TO}(?:{YEAR})"
    rf"|(?:{YEAR})[-–](?:{YEAR})){_RIGHT}"
)

# What the question says of what it asks for.
_COUNTED = re.compile(
    r"(?:\bcombien|\bhow (?:many|much)|\bcuant[oa]s?|\bwie ?viele?|\bсколько|كم(?: عدد)?|(?:多少|几)[个名次人种]?"
    r"|\b(?:nombre|number|numero|anzahl|количество|число|عدد))"
    r"\W*(?:(?:de|des|of|von|der|den|the|en|la|les) |d'|l')*(?P<noun>\w+)"
    r"(?: d'(?P<elided>\w+)| (?:de |of |en |von )?(?:la |les |the |los )?(?P<more>\w+))?"
)
_YEAR_ASKED = re.compile(r"\b(?:annees?|year|anos?|jahr|год\w*)\b|عام|سنة|年")
_UNIT_ASKED = (
    (re.compile(r"pourcentage|taux|percent|prozent|porcentaje|процент|نسبة|百分"), re.compile(_PERCENT)),
    (
        re.compile(r"\b(?:prix|cout\w*|montant|price|cost\w*|kostet\w*|cuesta|costo|стои\w+)\b"),
        re.compile(f"[$€£¥]|{_MONEY}"),
    ),
)
_LIFE = tuple(
    re.compile(rf"(?<!\w)(?:{pattern})(?!\w)")
    for pattern in (
        r"nee?s?|naissance|born|birth|geboren|nacio|nacid[oa]|родил\w+|ولد\w*|出生",
        r"mort\w*|dece\w+|meurt|died?|death|starb|gestorben|muri\w+|умер\w*|توفي\w*|去世",
    )
)
_BESIDE = (  # who is asked for, and the word that stands before the name
    (re.compile(r"\b(?:avec qui|with whom|mit wem|con quien|с кем)\b|\bwho\b.*\bwith\W*$"), r"avec|with|mit|con|с"),
    (re.compile(r"\b(?:par qui|by whom|von wem|por quien)\b|^\W*(?:qui|who|wer|quien) "), r"par|by|por"),
)

_A_YEAR = re.compile(rf"{YEAR} \w+")  # "2005 года"
_ONLY_SPANISH = frozenset({"dos", "tres", "once"})  # numbers there; French "dos" and "très", English "once" are none

# Patterns of folded text that has its capitals.
_WITHOUT_CAPITALS = frozenset({"ar", "he", "ja", "ko", "zh"})  # a name in Latin letters there is a gloss
_TITLED = re.compile(rf"(?<!\w){TITLE} $")
_TAIL = re.compile(r"(?:'s?|-)+$")
_TOKEN = re.compile(r"\S+")
_LETTERS = re.compile(r"[^\W\d_]+")
_NO_PERSON_BEGINS = re.compile(r"(?i:[cdjlmnst]|qu)'|[A-Z]{2}")  # "L'Europe", "FK Sarajevo"
_JOINED = re.compile(
    r"(?:,| et| and| und| y| и| ou| or)+ (?:(?:a|aux?|en|dans|in|at|avec|в) )?(?:(?:la|les?|the) |l')?"
)
_NAME = re.compile(rf"(?<![\w'-])(?:[A-Z]\. ?)*{CAPITAL}(?: (?:(?!du ){PARTICLE}|[A-Z]\. ?)*{CAPITAL})*")
_NO_PERSON = re.compile(r"(?<!\w)(?i:(?:les?|la|l|des|du|aux?|the|der|die|das|den|dem|el|los|las|en|in|im)['’ ])$")
_NO_NAME = re.compile(rf"(?:(?i:{DAYS}|{MONTHS}|{RELATIVE})|[IVXLC]+e?|{TITLE})(?!\w)|[A-Z]{{4}}")
_COMPASS = r"(?i:(?:nord|sud|north|south)?-?(?:est|ouest|east|west|nord|sud|north|south|centre)(?:ern)?)"
_PLACE = re.compile(
    r"(?<![\w'-])(?:[Aa]|[Aa]ux?|[Ee]n|[Dd]ans|[Vv]ers|[Pp]res d[eu]|[Ii]n|[Aa]t|[Nn]ear|[Вв]|[Вв]о)"
    rf" ?(?:(?<= )(?:la|les?|the|el|los|las) |(?<= )l')?(?<=[ '])"
    rf"(?P<place>(?:{_COMPASS} (?:d[eu] |de la |de l'|d'|of )?)?(?P<name>{CAPITAL}(?: (?:{PARTICLE}|du )?{CAPITAL})*)"
    rf"(?:, {CAPITAL}(?: {CAPITAL})*(?=[.,;)]|$))?)"
)


_CLUSTER = re.compile(r"(?s:.)[\u0300-\u036f]*")  # a character with the accents on it


@lru_cache(maxsize=4_096)
def _folded(character: str) -> tuple[tuple[str, str], ...]:
    """Returns what a character folds to: each with its capital, where that is one character too."""
    folded = []
    for piece in fold(character):
        plain = str(int(piece)) if piece.isdecimal() else piece
        capital = plain.upper() if character.isupper() else plain
        folded.append((plain, capital if len(capital) == 1 else plain))
    return tuple(folded)


@dataclass(frozen=True, slots=True)
class _Folded:
    """A text folded character by character, so that the place of each in the text as it was is known."""

    text: str  # as index.text.folding.fold gives it, digits in ASCII
    cased: str  # the same with its capitals; as long
    whole: str  # the text as it was
    language: str
    origin: tuple[int, ...]  # where in `whole` each character of `text` comes from

    @classmethod
    @lru_cache(maxsize=64)  # the question is looked at for every sentence, and a sentence more than once
    def of(cls, whole: str, language: str = "") -> _Folded:
        text: list[str] = []
        cased: list[str] = []
        origin: list[int] = []
        for cluster in _CLUSTER.finditer(whole):
            for plain, capital in _folded(cluster.group()):
                text.append(plain)
                cased.append(capital)
                origin.append(cluster.start())
        return cls("".join(text), "".join(cased), whole, language, tuple(origin))

    def unfolded(self, span: Span) -> Span:
        """Returns the offsets in the text as it was, with what follows the last letter and folds to nothing."""
        start, end = span
        after = self.origin[end] if end < len(self.origin) else len(self.whole)
        return self.origin[start], max(after, self.origin[end - 1] + 1)


def highlights(kind: Kind, quote: str, question: str, language: str | None = None) -> tuple[Span, ...]:
    """Returns where in `quote` the words stand that answer, as offset pairs; () where that cannot be told.

    They are in order, do not overlap, begin and end with words and are never the whole quote. The language is the
    quote's, where it is known; found out otherwise.

    >>> highlights(Kind.DATE, "L’appel a eu lieu le 12 février 2025.", "Quand a eu lieu l’appel ?")
    ((21, 36),)
    """
    if kind not in _FINDERS:
        return ()
    text = _Folded.of(quote, detect_language(quote) if language is None else language)
    spans = [text.unfolded(span) for span in sorted(_FINDERS[kind](text, _Folded.of(question)))]
    apart = [span for number, span in enumerate(spans) if not number or spans[number - 1][1] <= span[0]]
    return tuple(span for span in apart if span != (0, len(quote)) and _ends_with_words(quote, *span))


def _ends_with_words(quote: str, *borders: int) -> bool:
    """Whether no border is inside a word: "A¼" folds to "A1⁄4", two numbers."""
    return not any(_INSIDE.fullmatch(quote[max(border - 1, 0) : border + 1]) for border in borders)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Returns the pattern made ready; re's own cache would lose it among the words that are looked for."""
    return re.compile(pattern)


def _dates(text: _Folded, asked: _Folded) -> list[Span]:
    found = [match for match in _compiled(_DATE).finditer(text.text) if not _is_said(match.group(), asked)]
    found = [match for match in found if not match["weak"]] or found
    full = " ".join(match.group() for match in found if not match["year"])
    found = [match for match in found if not match["year"] or match["year"] not in full]
    if _YEAR_ASKED.search(asked.text):
        found = [match for match in found if re.search(r"\d{3}", match.group())] or found
    return _nearest([match.span() for match in found], text, asked)


def _durations(text: _Folded, asked: _Folded) -> list[Span]:
    found = [match for match in _compiled(_DURATION).finditer(text.text) if not _is_said(match.group(), asked)]
    spans = [match.span() for match in found if not _A_YEAR.fullmatch(match.group())]
    return _counting(spans, text, asked) or _nearest(spans, text, asked)


def _numbers(text: _Folded, asked: _Folded) -> list[Span]:
    counted = _COUNTED.search(asked.text)
    nouns = {place for place, _ in _occurrences(counted["noun"], text.text)} if counted else set()
    dates = [m.span() for m in _compiled(_DATE).finditer(text.text) if not (m["year"] and m.end() + 1 in nouns)]
    found = [match for match in _compiled(_NUMBER).finditer(text.text) if not _is_said(match.group(), asked)]
    found = [match for match in found if not any(start < match.end() and match.start() < end for start, end in dates)]
    if text.language != "es":
        found = [match for match in found if match.group() not in _ONLY_SPANISH]
    unit = next((unit for wanted, unit in _UNIT_ASKED if wanted.search(asked.text)), None)
    if unit:
        found = [match for match in found if unit.search(match.group())] or found
    elif counted:
        found = [match for match in found if not re.search(_PERCENT, match.group())] or found
    spans = [match.span() for match in found]
    return _counting(spans, text, asked) or _nearest(spans, text, asked)


def _people(text: _Folded, asked: _Folded) -> list[Span]:
    if text.language in _WITHOUT_CAPITALS:
        return []
    known = {word[:NAME_LETTERS] for word in words(asked.text, "fr")}
    spans: dict[str, Span] = {}  # a name that stands there twice is marked once
    for match in _NAME.finditer(text.cased):
        start, end = _person(match, text)
        name = text.text[start:end]
        if name and _LETTERS.findall(name)[-1][:NAME_LETTERS] not in known:
            spans.setdefault(name, (start, end))
    found = list(spans.values())
    for who, beside in _BESIDE:
        if who.search(asked.text):
            before = re.compile(rf"(?<!\w)(?:{beside}) [^,;.(]{{0,40}}$")
            found = [span for span in found if before.search(text.text[max(span[0] - 60, 0) : span[0]])] or found
    return _rows(found, text, asked, most=2)


def _person(match: re.Match[str], text: _Folded) -> Span:
    """Returns where the name stands without titles and words that begin a sentence; (0, 0) where it is no person's."""
    start, end = match.span()
    end -= _tail(match.group())
    while word := _TOKEN.match(text.cased, start, end):
        opens = not _LETTERS.search(text.text[:start]) and word.group().lower() in function_words.ALL
        if not opens and not _NO_NAME.match(word.group()) and not _NO_PERSON.search(word.group() + " "):
            break
        start = min(word.end() + 1, end)
    before = text.cased[max(start - _REACH, 0) : start]
    if _NO_PERSON.search(before) or _NO_PERSON_BEGINS.match(text.cased, start, end):
        return 0, 0
    return (start, end) if " " in text.text[start:end] or _TITLED.search(before) else (0, 0)


def _locations(text: _Folded, asked: _Folded) -> list[Span]:
    if text.language in _WITHOUT_CAPITALS or text.language == "de":  # where every noun has one
        return []
    known = {word[:NAME_LETTERS] for word in words(asked.text, "fr")}
    spans = []
    for match in _PLACE.finditer(text.cased):
        preposition = text.whole[text.origin[match.start()]]
        name = match["name"]
        if _NO_NAME.match(name) or (preposition in "aA" and match.group()[1] == " " and text.language == "en"):
            continue
        if _LETTERS.findall(name.lower())[0][:NAME_LETTERS] not in known:
            start, end = match.span("place")
            spans.append((start, end - _tail(match["place"])))
    return _rows(spans, text, asked, most=3)


def _tail(name: str) -> int:
    """Returns how many characters at its end are not of the name: "Moscow's"."""
    tail = _TAIL.search(name)
    return len(tail.group()) if tail else 0


def _is_said(found: str, asked: _Folded) -> bool:
    """Whether the question holds these words, with or without a space before "%"."""
    pieces = " ?".join(re.escape(piece) for piece in re.findall(r"\w+|[^\w\s]", found))
    return re.search(rf"(?<!\w){pieces}(?!\w)", asked.text) is not None


def _counting(spans: list[Span], text: _Folded, asked: _Folded) -> list[Span]:
    """Returns the number that stands before the words that are counted; of two, before the more special word."""
    counted = _COUNTED.search(asked.text)
    if not counted or len(spans) < 2:
        return []
    scored = []
    for (start, end), (following, _) in zip(spans, [*spans[1:], (len(text.text), 0)], strict=True):
        held = {
            name: place
            for name, noun in counted.groupdict(default="de").items()
            for place, _ in _occurrences(noun, text.text[: min(following, end + _REACH + 8)])
            if place >= start and (noun == "or" or noun not in function_words.ALL)  # French "or" is counted
        }
        if held:
            gap = min(held.values()) - end
            scored.append((len(held), "noun" not in held, -gap, (start, end)))
    return [max(scored)[-1]] if scored else []


def _nearest(spans: list[Span], text: _Folded, asked: _Folded) -> list[Span]:
    """Returns the span that is clearly the nearest to a word of the question, if it is not the only one."""
    if len(spans) < 2:
        return spans
    before, behind = _said(text, asked)
    scored = sorted(
        (
            min(
                [start - last for _, last in before if last <= start]
                + [first - end for first, _ in behind if first >= end],
                default=_FAR,
            ),
            (start, end),
        )
        for start, end in spans
    )
    return [scored[0][1]] if scored[0][0] + _FIT <= scored[1][0] else []


def _said(text: _Folded, asked: _Folded) -> tuple[list[Span], list[Span]]:
    """Returns where words of the question stand in the text that may stand before an answer, and behind it.

    Of a question after a birth or a death it is only the words for that, before.
    """
    for event in _LIFE:
        if any(_is_word(match, asked) for match in event.finditer(asked.text)):
            return [match.span() for match in event.finditer(text.text) if _is_word(match, text)], []
    said = {word for word in words(asked.text, "fr") if word not in function_words.ALL and len(word) > 1}
    spans = [span for word in said for span in _occurrences(word, text.text)]
    return spans, spans


def _is_word(match: re.Match[str], text: _Folded) -> bool:
    """Whether it is no function word: "né" folds to "ne"."""
    start, end = text.unfolded(match.span())
    return match.group() not in function_words.ALL or text.whole[start:end].lower() != match.group()


def _rows(spans: list[Span], text: _Folded, asked: _Folded, most: int) -> list[Span]:
    """Returns the nearest row of names: "Larry Page et Sergey Brin", "en Syrie et au Liban"."""
    rows: list[list[Span]] = []
    for span in spans:
        joined = rows and _JOINED.fullmatch(text.text, rows[-1][-1][1], span[0])
        if joined:
            rows[-1].append(span)
        else:
            rows.append([span])
    chosen = _nearest([(row[0][0], row[-1][1]) for row in rows], text, asked)
    return [span for row in rows for span in row if len(row) <= most and (row[0][0], row[-1][1]) in chosen]


def _occurrences(word: str, text: str) -> Iterator[Span]:
    """Yields where words stand that begin as this one does; a short one is there as it is, Han anywhere."""
    if re.match(rf"[{_HAN}]", word):
        pattern = re.escape(word[:2])
    elif len(word) < _STEM:
        pattern = rf"(?<!\w){re.escape(word)}(?!\w)"
    else:
        pattern = rf"(?<!\w){re.escape(word[:_STEM])}\w*"
    return (match.span() for match in re.finditer(pattern, text))


_FINDERS: dict[Kind, Callable[[_Folded, _Folded], list[Span]]] = {
    Kind.DATE: _dates,
    Kind.NUMBER: _numbers,
    Kind.DURATION: _durations,
    Kind.PERSON: _people,
    Kind.PLACE: _locations,
}
