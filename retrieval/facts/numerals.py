"""The numbers of a text written in Western digits, whatever script or words they are in."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

from index.text.by_language import read_tables
from index.text.folding import fold
from index.text.function_words import has_trait
from retrieval.facts import FACT_WORDS
from retrieval.facts.kinds import HAN_NUMBER

_SIGNS = {ord("\u066b"): ".", ord("\u066c"): ",", ord("\u00a0"): " ", ord("\u202f"): " ", ord("\u060c"): ","}
_DIGITS = r"\d{1,3}(?:[ .,'’]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)?"
# a minus is no dash between two numbers nor within a word: "10 -12", "2015-2017", "S-400"
NUMBER = re.compile(rf"((?<![^\s(])(?<!\d\s)[-−])?(?<![a-zà-ÿа-яё\d])({_DIGITS})(%?)")
_TOLD = FACT_WORDS.alternatives()
_BELOW_ZERO = re.compile(rf"\b(?:{_TOLD['minus']}) (?=\d+(?:[.,]\d+)? ?(?:°|{_TOLD['degrees']}))")
_CLEAR_MILLIONS = re.compile(r"([$€£]\d+(?:\.\d+)?) ?m\b")
_HAN_SHARE = re.compile(rf"({HAN_NUMBER})分之(\d[\d.]*|{HAN_NUMBER})")
_HYPHEN = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])")
_SHARE = re.compile(r"(?<![\d/.])([1-9])/([2-9])(?![\d/])")
_HAN = re.compile(
    r"\d[\d.,]{0,20}[千百]{0,4}[万亿](?:\d[\d.,]{0,20}万?)?|[零〇一二三四五六七八九十百千万亿两]{2,}"
    r"|(?<=第)[二三四五六七八九十]|[二三四五六七八九十两](?=[个名次人岁家座艘年天位辆架枚项条所张届日号倍点吨米])"
)
_HAN_GENEROUS = re.compile(
    r"\d[\d.,]{0,20}[千百]{0,4}[万亿](?:\d[\d.,]{0,20}万?)?|[零〇一二三四五六七八九十百千万亿两]+"
)
HAN_MONTH = re.compile(rf"({HAN_NUMBER})月")
HAN_DAY = re.compile(r"(?:星期|礼拜|周)([一二三四五六日天])")
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
    plain = re.sub(r"\d", lambda match: str(unicodedata.digit(match[0])), text.translate(_SIGNS)).lower()
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
        if match[1] == "百":
            return match[0]
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
    pieces: list[str] = []
    total = run = 0
    for piece in re.split(r"(\s+)", plain):
        bare = piece.strip('.,;:!?»«()"')
        value = _word_value(bare.removeprefix("و" if language == "ar" else ""), language)
        ordinal = piece == "عشر" and not run  # "the eighteenth"
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
    plain = re.sub(rf"百分之(\d[\d.]*|{HAN_NUMBER})", lambda m: f" {han_value(m[1])}% ", plain)
    return (_HAN_GENEROUS if generous else _HAN).sub(lambda m: f" {han_value(m[0])} ", plain)


def han_value(written: str) -> str:
    """Returns what 二十三, 3.5亿 or 1亿2000万 is."""
    digits, units = "〇一二三四五六七八九", {"十": 10, "百": 100, "千": 1000}
    total = section = Decimal(0)
    digit: Decimal | None = None
    for sign in re.findall(r"\d[\d.,]*|\D", written.replace("零", "〇").replace("两", "二")):
        if sign in ("万", "亿"):
            whole, section, digit = section + Decimal(digit or 0), Decimal(0), None
            total = total + Decimal(whole or 1) * 10**4 if sign == "万" else Decimal(total + whole or 1) * 10**8
        elif sign in units:
            section, digit = section + Decimal(1 if digit is None else digit) * units[sign], None
        elif sign[0].isdecimal():
            digit = Decimal(plain_number(sign, "zh"))
        elif sign in digits:
            digit = Decimal(digit or 0) * 10 + digits.index(sign)
    return f"{(total + section + (digit or 0)).normalize():f}"
