"""Whether a message asks about the articles themselves, and what: "combien d'articles sur le pont ?"."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import cache, lru_cache

from index.text import function_words
from index.text.by_language import ByLanguage
from index.text.folding import fold, fold_with_places
from retrieval.facts.figures import days_of_months
from retrieval.understanding.times import Window, find_window

CATALOGUE_WORDS = ByLanguage("articles")
_LONGEST = 250  # characters; a longer message tells a story
_ASPECT = ("says",)  # kinds in the order in which they are tried: what an article says on something before what it says
_AROUND = " \t\n\r?!.,;:…¿¡؟。？！"


class Wanted(StrEnum):
    """What is asked for."""

    COUNT = "count"
    LIST = "list"
    EXTREME = "extreme"  # the oldest or the newest
    PUBLISHED = "published"
    AUTHOR = "author"
    SOURCE = "source"
    SUMMARY = "summary"
    SAYS = "says"  # what an article says on something
    HAPPENED = "happened"  # to someone, or somewhere, in a time


@dataclass(frozen=True, slots=True)
class AboutArticles:
    """A question about the articles themselves."""

    wanted: Wanted
    language: str  # that it was put in
    topic: str = ""  # what they are on, as it was typed
    name: str = ""  # of an author or an outlet
    is_author: bool = False  # whether that can only be an author
    aspect: str = ""  # what the article is to say something on
    window: Window | None = None  # when they were published
    several: bool = False  # whether all such articles are meant
    oldest: bool = False  # of all such articles
    newest: bool = False
    refers: bool = False  # to an article that was spoken of
    is_title: bool = False  # whether the topic is a title
    may_be_else: bool = False  # whether it is about something else where there is no such article: "De quoi parle X ?"
    article_id: str = ""  # of the article that was spoken of, once that is known


def recognise(message: str, language: str, today: date) -> AboutArticles | None:
    """Returns what is asked about the articles; None where it is about what they tell.

    Args:
        message: what was typed.
        language: of the message, as far as one can tell from few words.
        today: what "hier" is counted from.
    """
    if len(message) > _LONGEST:
        return None
    text, _ = _read(message)
    for each in sorted(
        CATALOGUE_WORDS, key=lambda known: known != language
    ):  # few words do not always tell their language
        # nearly no message has one of these words, and the patterns take a while to make
        if _hint(each).search(text) and (found := _recognise_in(each, message, today)):
            return found
    return None


def recognise_again(message: str, before: AboutArticles) -> AboutArticles | None:
    """Returns what is asked on about the article of the question before: "Qui l'a écrit ?", "Et celui sur Y ?"."""
    text, places = _read(message)
    for kind, pattern in _patterns(before.language, "again"):
        if found := pattern.fullmatch(text):
            if kind == "other":
                topic = _typed(message, places, found, "topic", before.language)
                return (
                    replace(before, topic=topic, name="", refers=False) if _is_topic(topic, before.language) else None
                )
            return AboutArticles(Wanted(kind), before.language, refers=True)
    return None


def _recognise_in(language: str, message: str, today: date) -> AboutArticles | None:
    found = _match(language, message)
    if found and (found.window or (found.wanted not in _OF_A_TIME and not found.several)):
        return found
    timeless = found if found and found.wanted is not Wanted.HAPPENED else None
    window = find_window(message, today)
    if not window or (timeless and timeless.topic and _belongs(message, window)):  # "les élections de mai 2022"
        return timeless
    timed = _match(language, f"{message[: window.start]} {message[window.end :]}")
    return replace(timed, window=window) if timed and (timed.wanted in _OF_A_TIME or timed.several) else timeless


_OF_A_TIME = frozenset({Wanted.COUNT, Wanted.LIST, Wanted.EXTREME, Wanted.HAPPENED})
_OF = re.compile(r"(?:d'|(?:de|du|des|of|von|del) )")


def _belongs(message: str, window: Window) -> bool:
    """Whether a time is that of what the articles are on, and not of the articles."""
    return _OF.match(fold(message[window.start : window.end])) is not None


def _match(language: str, message: str) -> AboutArticles | None:
    text, places = _read(message)
    for kind, pattern in _patterns(language, "asked"):
        found = pattern.fullmatch(text)
        if found and (about := _about(Wanted(kind), language, message, places, found)):
            return about
    return None


def _about(
    wanted: Wanted, language: str, message: str, places: list[int], found: re.Match[str]
) -> AboutArticles | None:
    """Returns what a pattern tells; None where what it takes for a topic is none."""

    def typed(*groups: str) -> str:
        return next(filter(None, (_typed(message, places, found, group, language) for group in groups)), "")

    said = found.groupdict()
    topic, quoted = typed("topic", "topic_before", "bare"), typed("quoted", "titled")
    aspect, name = typed("aspect"), typed("name", "whose", "writer")
    time, window = typed("time"), None
    if not all(_is_topic(each, language) for each in (topic, aspect, name) if each):
        return None
    if time and not (window := _window_of(time, language)):
        return None
    several, oldest, newest = (bool(said.get(group)) for group in ("several", "oldest", "newest"))
    names_none = not (topic or quoted or name or several or oldest or newest)
    return AboutArticles(
        wanted, language, topic=topic or quoted, name=name, is_author=bool(said.get("writer")), aspect=aspect,
        window=window, several=several, oldest=oldest, newest=newest,
        refers=said.get("refers") is not None or (wanted is Wanted.SUMMARY and names_none),
        is_title=bool(quoted), may_be_else=bool(said.get("titled") or said.get("bare")),
    )  # fmt: skip


def _window_of(time: str, language: str) -> Window | None:
    """Returns a day, a month or a year as window, in a language whose phrases of time `find_window` does not know."""
    months = days_of_months(time, language)
    if not months:
        return Window(date(int(time), 1, 1), date(int(time), 12, 31), 0, 0, False) if _YEAR.fullmatch(time) else None
    month, numbers = next(iter(months.items()))
    years = [int(number) for number in numbers if _YEAR.fullmatch(number)]
    days = [int(number) for number in numbers if len(number) <= 2]
    if len(months) != 1 or len(years) != 1 or len(days) > 1:
        return None
    try:
        first = date(years[0], month, *(days or [1]))
    except ValueError:  # no such day
        return None
    last = first if days else (first + timedelta(31)).replace(day=1) - timedelta(1)
    return Window(first, last, 0, 0, False)


_YEAR = re.compile(r"(?:1\d|20|21)\d\d")


def _is_topic(words: str, language: str) -> bool:
    """Whether words name something, and are no half of a sentence."""
    folded = fold(words)
    if re.match(r"[\"«“]", words):
        return True
    if re.search(CATALOGUE_WORDS[language]["no_topic"], folded):
        return False
    return any(word not in function_words.ALL for word in re.findall(r"\w+", folded))


def _typed(message: str, places: list[int], found: re.Match[str], group: str, language: str) -> str:
    """Returns what a group took, as it was typed; what was contracted before it ("du") is said in full."""
    if not found.groupdict().get(group):
        return ""
    start, end = found.span(group)
    words = message[places[start] : places[end - 1] + 1].strip(_AROUND)
    before = found.string[:start].rstrip().rpartition(" ")[2]
    contracted = dict(each.split("=") for each in CATALOGUE_WORDS[language]["contracted"].split())
    return f"{contracted[before]} {words}" if before in contracted and found.string[start - 1] == " " else words


_PLAIN = {**dict.fromkeys(map(ord, "-‐‑–—"), " "), **dict.fromkeys(map(ord, "‘`´"), "'")}  # as people type them


@lru_cache(maxsize=64)  # each language looks at it
def _read(message: str) -> tuple[str, list[int]]:
    """Returns the folded message, hyphens and white space as single spaces, and where each character comes from."""
    folded, places = fold_with_places(message.translate(_PLAIN), squeezed=True)
    start, end = len(folded) - len(folded.lstrip(_AROUND)), len(folded.rstrip(_AROUND))
    return folded[start:end], places[start:end]


@cache
def _hint(language: str) -> re.Pattern[str]:
    return re.compile(CATALOGUE_WORDS[language]["hint"])


@cache
def _patterns(language: str, table: str) -> list[tuple[str, re.Pattern[str]]]:
    """Returns the patterns of a table with what each asks for; what an article says on something comes first."""
    words = CATALOGUE_WORDS[language]
    kinds = CATALOGUE_WORDS.within(language, table)
    order = sorted(kinds, key=lambda kind: kind not in _ASPECT)
    return [
        (kind, re.compile(words["before"] + line + words["after"]))
        for kind in order
        for line in filter(None, kinds[kind].split("\n"))
    ]
