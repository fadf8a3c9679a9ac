"""Numbers, dates and times of a text in one normal form, so that they can be compared across languages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from index.text import function_words
from index.text.by_language import ByLanguage
from index.text.folding import fold
from index.text.function_words import has_trait
from retrieval.facts import FACT_WORDS
from retrieval.facts.numerals import FIGURES, HAN_DAY, HAN_MONTH, HAN_SIGNS, NUMBER, han_value, in_digits, plain_number

_SAID = FACT_WORDS.alternatives()
_ISO_DATE = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
_WRITTEN_DATE = re.compile(r"\b(\d{1,2})[./](\d{1,2})[./](\d{4})\b")
_CLOCK = [re.compile(pattern) for pattern in FIGURES["clock"].values()]
_HAN_DATE, _HAN_WEEKDAYS = re.compile(HAN_SIGNS["date"]), HAN_SIGNS["weekdays"]
_DATE_TOKEN = re.compile(r"\d+|[^\W\d_]+(?:_[^\W\d_]+)?|,(?=\s+\d{1,3}(?!\d))")  # a comma, but before a year
_WITHIN_DATES = FACT_WORDS.all_words("in_dates")
_SHORT_RANGE = re.compile(r"\b(\d{4})[-–/](\d{2})\b")
_ROMAN = re.compile(
    rf"(?<![^\W_])(?:(?=[IVXLC]{{2}})|(?<=[^\W\d_] )(?=[VX](?![^\W_]))|(?=[IVX]e {_SAID['century']}))"
    rf"(C{{0,3}})(XC|XL|L?X{{0,3}})(IX|IV|V?I{{0,3}})(?:{_SAID['roman_ends']})?(?![^\W_])"
)
_COUNTED = re.compile(rf"\s+(?:{ByLanguage('kinds').alternatives()['of_noun']})?([^\W\d_]{{4,}})")
_STEP = re.compile(r"[^\W\d_]+|[,;.!?]")
_BESIDE = 3  # words between a number and what it measures, a function word half of one, a comma two
_AND = {language: told["and"] for language, told in ByLanguage("published").items() if "and" in told}
_PIECE = re.compile(r"[^\W\d_]+(?:_[^\W\d_]+)*")


@lru_cache(maxsize=1_024)
def figures(text: str, language: str, *, generous: bool = False) -> frozenset[str]:
    """Returns the numbers, months, weekdays, clock times, fractions and currencies of a text in normal form.

    "1,5 million d'euros" and "1.5 million euros" are both {"1500000", "eur"}; "le 12 février" and "February 12"
    both {"12", "month 2"}; a number in digits and one in words are the same thing. "One" is a number only where
    that is clear: "un seul", not "un".

    Args:
        text: at most a few sentences.
        language: of the text, ISO 639-1; it decides how numbers are written and which words are read.
        generous: also what may be meant as a number: "one" (an article in most languages), a Chinese figure
            within a word, the years that "1348–50" and "a decade" stand for. It holds all that the strict
            reading holds.
    """
    normal: set[str] = {str(_roman(match)) for match in _ROMAN.finditer(text) if _roman(match)}
    folded = fold(text)
    if generous:
        normal.update(number for number, pattern in FIGURES["meant"].items() if re.search(pattern, folded))
        normal.update(first[:-2] + last for first, last in _SHORT_RANGE.findall(text))
    normal.update(currencies(folded))
    normal.update(_months_and_days(text, folded, language))
    normal.update(_ones(folded, language))
    in_words = in_digits(text, language, generous=generous)
    plain = _take_dates(in_words.text, language, normal)
    plain = _take_times(plain, language, normal, generous=generous)
    normal.update(in_words.shares, (_written(match, language) for match in NUMBER.finditer(plain)))
    return frozenset(normal)


def currencies(folded: str) -> frozenset[str]:
    """Returns the currencies of a text: {"eur"}."""
    return frozenset(name for name, pattern in FIGURES["currencies"].items() if re.search(pattern, folded))


def counted(text: str, language: str) -> dict[str, set[str]]:
    """Returns, for each word that follows a number, the numbers that it follows: {"soldats": {"3", "12"}}."""
    plain = in_digits(text, language, generous=True).text
    numbers: dict[str, set[str]] = {}
    for match in NUMBER.finditer(plain):
        if after := _COUNTED.match(plain, match.end()):
            numbers.setdefault(after[1], set()).add(plain_number(match[2], language))
    return numbers


def measured(text: str, language: str) -> dict[str, set[str]]:
    """Returns, for each number before a unit of measure, its units: "49 ans" -> {"49": {"year"}}."""
    plain = in_digits(text, language).text
    measures: dict[str, set[str]] = {}
    for match in NUMBER.finditer(plain):
        after = plain[match.end() :].lstrip(" -")
        units = {unit for unit, pattern in _units(language == "zh").items() if pattern.match(after)}
        is_date = has_trait(language, "year_behind") and len(match[2]) == len("2025")  # "в 2025 году", "2025年"
        is_year = is_date and "year" in units
        if units and not is_year:
            measures.setdefault(plain_number(match[2], language), set()).update(units)
    return measures


def dimensions(text: str, language: str) -> dict[str, set[int]]:
    """Returns, for each number beside a word of measure, what it is: "12 m de large" -> {"12": {2}}, the widths.

    A word of measure is about the number that is nearest to it.
    """
    named = _dimensions(language)
    steps = _steps(text, language) if named else []
    measures: dict[str, set[int]] = {}
    for at, step in enumerate(steps):
        if step in named:
            sides = (steps[at + 1 :], steps[:at][::-1])
            way, number = min((_nearest(side, language) for side in sides), key=lambda each: each[0])
            if way <= _BESIDE:
                measures.setdefault(number, set()).add(named[step])
    return measures


def _steps(text: str, language: str) -> list[str]:
    """Returns the words, signs and numbers of a text, these in normal form behind a "#", without their units."""
    plain, units, begun = in_digits(text, language).text, _units(language == "zh").values(), 0
    steps: list[str] = []
    for match in NUMBER.finditer(plain):
        steps += _STEP.findall(plain[begun : match.start()])
        steps.append(f"#{plain_number(match[2], language)}")
        behind = plain[match.end() :].lstrip(" -")
        ends = [unit.end() for pattern in units if (unit := pattern.match(behind))]
        begun = len(plain) - len(behind) + max(ends, default=0)
    return steps + _STEP.findall(plain[begun:])


def _nearest(steps: Iterable[str], language: str) -> tuple[float, str]:
    """Returns how far the first number of some steps is, and that number."""
    way = 0.0
    for step in steps:
        if step[0] == "#":
            return way, step[1:]
        if not step[0].isalpha() or step == _AND.get(language):
            way += 2
        else:
            way += 0.5 if step in function_words.ALL else 1
    return _BESIDE + 1, ""


@lru_cache(maxsize=64)
def _dimensions(language: str) -> dict[str, int]:
    return FACT_WORDS.places("dimensions", [language]) if language in FACT_WORDS else {}


def days_of_months(text: str, language: str) -> dict[int, set[str]]:
    """Returns, for each month of a text, the days and years beside it: "le 18 janvier 2017" -> {1: {"18", "2017"}}."""
    dates: dict[int, set[str]] = {}
    if language == "zh":
        for year, month, day in _HAN_DATE.findall(text):
            dates.setdefault(int(month), set()).update(number.lstrip("0") for number in (year, day) if number)
        return dates
    plain = in_digits(text, language).text
    tokens = [token for token in _DATE_TOKEN.findall(_joined(plain, language)) if token not in _WITHIN_DATES]
    months = _stems(language, "months")
    for at, token in enumerate(tokens):
        month = next((number for number, stem in enumerate(months, 1) if stem.match(token)), 0)
        if not month:
            continue
        before = (tokens[place] for place in range(at - 1, -1, -1) if tokens[place] != ",")  # "8, 9 et 10 mai"
        if beside := {*_numbers_at_the_start(before), *_numbers_at_the_start(tokens[at + 1 : at + 3])}:
            dates.setdefault(month, set()).update(beside)
    return dates


def _numbers_at_the_start(tokens: Iterable[str]) -> Iterator[str]:
    """Yields "8" and "7" of "8 au 7"; the words of ranges are gone, nothing else may stand between."""
    for token in tokens:
        if not token.isdecimal():
            return
        yield token


@lru_cache(maxsize=2)
def _units(inside_words: bool) -> dict[str, re.Pattern[str]]:
    end = "" if inside_words else r"(?![^\W_])"
    return {unit: re.compile(rf"(?:{pattern}){end}") for unit, pattern in FIGURES["measures"].items()}


def _ones(folded: str, language: str) -> set[str]:
    """Returns "1", "2" and "first" where the text clearly says so."""
    told = FACT_WORDS.get(language, {})
    keys = {"1": "one", "2": "second", "first": "first"}
    return {number for number, key in keys.items() if key in told and re.search(told[key], folded)}


def _take_dates(plain: str, language: str, taken: set[str]) -> str:
    """Takes dates and times in digits out of the text."""

    def iso(match: re.Match[str]) -> str:
        taken.update((str(int(match[1])), f"month {int(match[2])}", str(int(match[3]))))
        return " "

    def written(match: re.Match[str]) -> str:
        day, month = int(match[1]), int(match[2])
        if month > 12 or (day <= 12 and has_trait(language, "month_day")):  # 03/12/2025 is read in two ways
            day, month = (month, day) if month > 12 else (day, month)
        taken.update((str(day), f"month {month}", match[3]))
        return " "

    return _WRITTEN_DATE.sub(written, _ISO_DATE.sub(iso, plain))


def _take_times(plain: str, language: str, taken: set[str], *, generous: bool) -> str:
    """Takes times of the day out of the text; a number of hours may be one, and is left where that is not clear."""

    def clock(match: re.Match[str]) -> str:
        said = match.groupdict()
        hour, in_halves = int(said["hour"]), said.get("morning") or said.get("evening")
        hour = hour % 12 + 12 * bool(said.get("evening")) if in_halves else hour
        taken.add(f"time {hour}:{said.get('minute') or '00'}")
        return " "

    for pattern in _clock_of(language):
        without = pattern.sub(clock, plain)
        plain = plain if generous else without
    if generous:
        hours = _units(language == "zh")["hour"]
        taken.update(f"time {m[2]}:00" for m in NUMBER.finditer(plain) if hours.match(plain, m.end() + 1))
    for pattern in _CLOCK:
        plain = pattern.sub(clock, plain)
    return plain


@lru_cache(maxsize=64)
def _clock_of(language: str) -> list[re.Pattern[str]]:
    """Returns how a language tells a time of the day beside what all do."""
    return [re.compile(line) for line in FACT_WORDS.get(language, {}).get("clock", "").split("\n") if line]


def _months_and_days(text: str, folded: str, language: str) -> set[str]:
    """Returns the months and weekdays that the text names."""
    if language == "zh":
        of_week = {f"weekday {_HAN_WEEKDAYS.find(m[1]) % 7 + 1}" for m in HAN_DAY.finditer(folded)}
        return of_week | {f"month {han_value(m[1])}" for m in HAN_MONTH.finditer(folded)}
    folded = _joined(folded, language)
    capitals = {fold(word) for word in _PIECE.findall(text) if word[:1].isupper()}
    months, days = _stems(language, "months"), _stems(language, "weekdays")
    told = FACT_WORDS.get(language, {})
    named: set[str] = set()
    for word in set(_PIECE.findall(folded)):
        if "other_months" in told and (word not in capitals or _is_other_word(word, folded, told)):
            continue
        named.update(f"month {number}" for number, stem in enumerate(months, 1) if stem.match(word))
        named.update(f"weekday {number}" for number, stem in enumerate(days, 1) if stem.match(word))
    return named


def _joined(plain: str, language: str) -> str:
    """Returns a text with months and weekdays of two words as one: "segunda-feira" as "segunda_feira"."""
    within = FACT_WORDS.get(language, {}).get("within")
    return re.sub(within, "_", plain) if within else plain


def _is_other_word(word: str, plain: str, told: Mapping[str, str]) -> bool:
    """Whether "may" or "march" stands alone, without a number or a word of time beside it."""
    beside = rf"(?:\d|\b(?:{told['beside_months']}))[ -]+{word}\b|\b{word} \d"
    return word in told["other_months"].split() and not re.search(beside, plain)


@lru_cache(maxsize=64)
def _stems(language: str, key: str) -> list[re.Pattern[str]]:
    told = FACT_WORDS.get(language, {})
    attached = rf"(?:{told.get('attached', '')})?"
    return [re.compile(rf"{attached}(?:{stem})") for stem in told.get(key, "").split()]


def _written(match: re.Match[str], language: str) -> str:
    minus, digits, percent = match.groups()
    return f"{'-' if minus else ''}{plain_number(digits, language)}{percent}"


def _roman(match: re.Match[str]) -> int:
    numerals = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
    values = [numerals[c] for c in "".join(match.groups())]
    return sum(-v if v < after else v for v, after in zip(values, [*values[1:], 0], strict=True))
