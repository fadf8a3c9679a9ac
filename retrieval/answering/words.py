"""Our own words in each language, a file a language in `our_words`; also dates as people write them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from index.text.by_language import ByLanguage

_APOSTROPHE = "’"  # closes English quotes, too
OUR_WORDS = ByLanguage("", Path(__file__).with_name("our_words"))


def say(key: str, language: str, **values: object) -> str:
    """Returns our words for `key` in `language`, in English where we do not speak it."""
    return (OUR_WORDS.get(language, {}).get(key) or OUR_WORDS["en"][key]).format(**values)


def quoted(text: str, language: str) -> str:
    """Returns a quote in the quotation marks of a language: the first of them that it does not hold itself.

    Typography wants others within the quote. But a quote is shown character for character, so that whoever looks for
    it finds it; the marks that give way are ours, around it.
    """
    pairs = [pair.split("…") for pair in say("quotation_marks", language).split(" ")]
    fit = (pair for pair in pairs if not any(mark.strip() in text for mark in pair if mark != _APOSTROPHE))
    opening, closing = next(fit, pairs[0])
    return f"{opening}{text}{closing}"


def in_language(code: str, language: str) -> str:
    """Returns "(en allemand)", to stand before words in another language; "" before those in this one."""
    if code in ("", language):
        return ""
    from babel import Locale  # some milliseconds, for those who read across languages

    names = Locale.parse(language if language in OUR_WORDS else "en").languages
    return say("in_language", language, name=names.get(code, code))


def written_date(day: date, language: str) -> str:
    """Returns a date as people write it: "12 février 2025"; ISO in languages that we do not speak."""
    ours = OUR_WORDS.get(language)
    if not ours:
        return day.isoformat()
    number = ours["first_day"] if day.day == 1 else day.day
    return ours["date"].format(day=number, month=ours["months"].split()[day.month - 1], year=day.year)


def written_span(first: date, last: date, language: str) -> str:
    """Returns "10 mars 2025 – 16 mars 2025", one date for a single day; an end that is open is left out."""
    ends = [written_date(day, language) if day not in (date.min, date.max) else "" for day in (first, last)]
    return ends[0] if first == last else " – ".join(ends).strip()
