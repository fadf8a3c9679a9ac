"""The numbers of a text written in Western digits, whatever script or words they are in."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

from index.text.by_language import read_tables
from index.text.folding import fold, in_ascii_digits
from index.text.function_words import has_trait
from retrieval.facts import FACT_WORDS

_SIGNS = {ord("\u066b"): ".", ord("\u066c"): ",", ord("\u00a0"): " ", ord("\u202f"): " ", ord("\u060c"): ","}
_DIGITS = r"\d{1,3}(?:[ .,'’]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)?"
# a minus is no dash between two numbers nor within a word: "10 -12", "2015-2017", "S-400"
NUMBER = re.compile(rf"((?<![^\s(])(?<!\d\s)[-−])?(?<![a-zà-ÿа-яё\d])({_DIGITS})(%?)")
_TOLD = FACT_WORDS.alternatives()
_BELOW_ZERO = re.compile(rf"\b(?:{_TOLD['minus']}) (?=\d+(?:[.,]\d+)? ?(?:°|{_TOLD['degrees']}))")
_CLEAR_MILLIONS = re.compile(r"([$€£]\d+(?:\.\d+)?) ?m\b")
HAN_SIGNS = FACT_WORDS.within("zh", "signs")
_HAN_VALUES = {sign: int(value) for sign, value in (pair.split("=") for pair in HAN_SIGNS["values"].split())}
_HAN_GROUP = 10_000  # 万, by which numbers are grouped
_HAN_SHARE, _HAN_PERCENT = re.compile(HAN_SIGNS["share"]), re.compile(HAN_SIGNS["percent"])
_HYPHEN = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])")
_SHARE = re.compile(r"(?<![\d/.])([1-9])/([2-9])(?![\d/])")
_HAN, _HAN_GENEROUS = re.compile(HAN_SIGNS["number"]), re.compile(HAN_SIGNS["perhaps_number"])
HAN_MONTH, HAN_DAY = re.compile(HAN_SIGNS["month"]), re.compile(HAN_SIGNS["weekday"])
FIGURES = read_tables(Path(__file__).with_name("figures.toml"), joined="figures")
_PERCENT = re.compile(FIGURES[""]["percent"])


class InDigits(NamedTuple):
    """A text whose numbers are written in Western digits."""

    text: str  # folded, "12 %" as "12% "
    shares: frozenset[str]  # what is no number by itself, such as "half" and "dozens"; it is no more in the text


@lru_cache(maxsize=1_024)  # a sentence and its quote are asked about many times each
def in_digits(text: str, language: str, *, generous: bool = False) -> InDigits:
    """Returns a text with all its numbers in Western digits.

    Args:
        text: at most a few sentences.
        language: of the text, ISO 639-1.
        generous: also "one", an article in most languages, and Chinese figures within a word.
    """
    shares: set[str] = set()
    plain = in_ascii_digits(text.translate(_SIGNS)).lower()
    if _table(language):
        plain = fold(plain)
    plain = _PERCENT.sub(" % ", re.sub(r"(?<!\d)[%٪] ?(\d[\d.,]*)", r"\1% ", plain))
    plain = _CLEAR_MILLIONS.sub(r"\1 million", plain)
    for pattern, number in FACT_WORDS.within(language, "rewritten").items():
        plain = re.sub(pattern, number, plain)
    for number, pattern in FIGURES["about"].items():
        plain = re.sub(pattern, f" {number} ", plain)
    plain = _take_shares(plain, language, shares)
    if language == "zh":
        plain = _han_to_digits(HAN_DAY.sub(" ", HAN_MONTH.sub(" ", plain)), generous)
    else:
        plain = _words_to_digits(_multiplied(plain, language), language, generous)
    return InDigits(_BELOW_ZERO.sub(" -", re.sub(r"(\d)\s+%", r"\1%", fold(plain))), frozenset(shares))


def _take_shares(plain: str, language: str, shares: set[str]) -> str:
    """Takes "half" and "three quarters" out of the text."""

    def han(match: re.Match[str]) -> str:
        shares.add(f"{han_value(match[2])}/{han_value(match[1])}")
        return " "

    def digits(match: re.Match[str]) -> str:
        shares.add(f"{match[1]}/{match[2]}")
        return " "

    plain = _SHARE.sub(digits, _HAN_SHARE.sub(han, plain) if language == "zh" else plain)
    for name, pattern in FIGURES["shares"].items():
        without = re.sub(pattern, " ", plain)
        if without != plain:
            shares.add(name)
        plain = without
    return _take_many(plain, language, shares)


def _take_many(plain: str, language: str, shares: set[str]) -> str:
    """Takes "dozens" out of the text; after a number it multiplies that."""

    def many(match: re.Match[str], name: str) -> str:
        before = plain[: match.start()].split()[-1:]
        if before and (before[0][-1].isdigit() or _word_value(before[0], language)):
            return match[0]
        shares.add(name)
        return " "

    for name, pattern in FIGURES["many"].items():
        plain = re.sub(pattern, partial(many, name=name), plain)
    return plain


def _multiplied(plain: str, language: str) -> str:
    """Writes "1,5 million" as the number that it is."""
    for word, power in FACT_WORDS.within(language, "multipliers").items():
        pattern = rf"(?<![a-zà-ÿа-яё\d])({_DIGITS})[ -]?(?:{word})" + (r"" if language == "zh" else r"(?![^\W_])")

        def product(match: re.Match[str], power: int = int(power)) -> str:
            value = Decimal(plain_number(match[1], language)) * 10**power
            return f"{value:f}".split(".")[0] if value == value.to_integral_value() else f"{value:f}"

        plain = re.sub(pattern, product, plain)
    return plain


def _words_to_digits(plain: str, language: str, generous: bool) -> str:
    """Writes number words as digits; "one", an article in most languages, only where that is wanted."""
    if has_trait(language, "text_to_num"):
        from text_to_num import alpha2digit  # compiled; loaded by those who need it

        read = str(alpha2digit(plain, language, threshold=1 if generous else 2))
        # "a three-year ban" is not read in one piece; "deux-huit" is no number, but two of them
        return str(alpha2digit(_HYPHEN.sub(" ", read), language, threshold=1 if generous else 2))
    return _summed(plain, language) if _table(language) else plain


def _summed(plain: str, language: str) -> str:
    """Writes runs of number words as digits: "двадцать три тысячи" as 23000."""
    told = FACT_WORDS[language]
    pieces: list[str] = []
    total = run = 0
    for piece in re.split(r"(\s+)", plain):
        bare = piece.strip('.,;:!?»«()"')
        value = _word_value(bare.removeprefix(told.get("attached_and", "")), language)
        ordinal = piece == told.get("only_behind") and not run
        if piece.strip() and total + run and (value is None or ordinal or not _goes_on(run, value)):
            pieces.append(f" {total + run} ")
            total = run = 0
        if value is None or ordinal:
            pieces.append(piece)
        elif value >= 1000:
            total, run = total + (run or 1) * value, 0
        else:
            run = run * 100 if value == 100 and 1 < run < 10 else run + value
            if piece[-1] in ",;:":  # "two, three"
                pieces.append(f" {total + run} {piece[-1]}")
                total = run = 0
    return "".join([*pieces, f" {total + run}" if total + run else ""])


def _goes_on(run: int, value: int) -> bool:
    """Whether a number word goes on with those before it: "twenty", "three"; not "two", "three"."""
    if value >= 100:
        return value >= 1000 or run == 0 or (value == 100 and 1 < run < 10)
    return run % 100 == 0 or (run % 10 == 0 and value < 10) or (run % 100 < 10 <= value)


def _word_value(word: str, language: str) -> int | None:
    return next((value for stem, value in _table(language) if stem.match(word)), None) if word else None


@lru_cache(maxsize=64)
def _table(language: str) -> list[tuple[re.Pattern[str], int]]:
    """Returns the number words that text_to_num does not read, and their values; none of a language that it reads."""
    pairs = (entry.rsplit("=", 1) for entry in FACT_WORDS.get(language, {}).get("numbers", "").split())
    return [(re.compile(fold(stem)), int(value)) for stem, value in pairs]


def plain_number(digits: str, language: str) -> str:
    """Returns a written number as a plain one: "12 000,50" as "12000.5" in French."""
    point = "." if has_trait(language, "decimal_point") else ","
    parts = re.split(r"[ .,'’]", digits)
    marks = re.findall(r"[ .,'’]", digits)
    # the last mark divides the decimals, unless it groups thousands: another sign, or the same sign twice
    has_decimals = bool(marks) and (len(parts[-1]) != 3 or marks[-1] == point) and marks.count(marks[-1]) == 1
    number = Decimal("".join(parts[:-1]) + "." + parts[-1] if has_decimals else "".join(parts))
    return f"{number.normalize():f}"


def _han_to_digits(plain: str, generous: bool) -> str:
    plain = _HAN_PERCENT.sub(lambda m: f" {han_value(m[1])}% ", plain)
    return (_HAN_GENEROUS if generous else _HAN).sub(lambda m: f" {han_value(m[0])} ", plain)


def han_value(written: str) -> str:
    """Returns what 二十三, 3.5亿 or 1亿2000万 is."""
    total = section = Decimal(0)
    digit: Decimal | None = None
    for sign in re.findall(r"\d[\d.,]*|\D", written):
        value = _HAN_VALUES.get(sign, -1)
        if sign[0].isdecimal():
            digit = Decimal(plain_number(sign, "zh"))
        elif value >= _HAN_GROUP:
            whole, section, digit = section + (digit or Decimal(0)), Decimal(0), None
            base = whole if value == _HAN_GROUP else total + whole
            total = (total if value == _HAN_GROUP else Decimal(0)) + (base or Decimal(1)) * value
        elif value >= 10:
            section, digit = section + (1 if digit is None else digit) * value, None
        elif value >= 0:
            digit = (digit or Decimal(0)) * 10 + value
    return f"{(total + section + (digit or 0)).normalize():f}"
