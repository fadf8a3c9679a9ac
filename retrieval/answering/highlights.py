"""The words of a quote that answer: its date, number, duration or length, where that can be told without a reader."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Callable, Iterator

from index.article import Span
from index.text import function_words
from index.text.by_language import ByLanguage
from index.text.folding import words
from retrieval.facts.facts import Facts
from retrieval.facts.kinds import PATTERNS, Kind, pattern_of

_FIT = 10  # characters that the best span must be nearer to the question's words than the next
_REACH = 25  # characters between a number and the word that it counts
_FAR = 1_000
_STEM = 4  # letters that two forms of a word share

_FOUND, _TOLD = PATTERNS["found"], PATTERNS["told"]
_PER_CENT = re.compile(_FOUND["per_cent"])
_A_YEAR = re.compile(_FOUND["a_year"])
_COUNTED, _YEAR_ASKED = re.compile(_TOLD["counted"]), re.compile(_TOLD["year"])
_UNIT_ASKED = (
    (re.compile(_TOLD["percentage"]), _PER_CENT),
    (re.compile(_TOLD["price"]), re.compile(f"[$€£¥]|{_FOUND['money']}")),
)
_LIFE = tuple(re.compile(rf"(?<!\w)(?:{_TOLD[event]})(?!\w)") for event in ("birth", "death"))
_YEAR, _CLAUSE_ENDS = re.compile(PATTERNS[""]["year"]), re.compile(r"[,;:()–—](?!\d)")
_OWN_NUMBERS = ByLanguage("kinds").words("own_numbers")
_OWN_NOUNS = ByLanguage("kinds").all_words("own_nouns")
_HAN = re.compile(rf"[{_FOUND['han']}]")
_INSIDE = re.compile(rf"[^\W_{_FOUND['han']}]{{2}}")


def highlights(kind: Kind, quote: Facts, asked: Facts) -> tuple[Span, ...]:
    """Returns where in `quote` the words stand that answer, as offset pairs; () where that cannot be told.

    They are in order, do not overlap, begin and end with words and are never the whole quote.

    >>> quote = Facts.of("L’appel a eu lieu le 12 février 2025.", "fr")
    >>> highlights(Kind.DATE, quote, Facts.of("Quand a eu lieu l’appel ?", "fr"))
    ((21, 36),)
    """
    if kind is not Kind.DATE and kind not in _FIGURES:
        return ()
    found = _chosen(_FIGURES[kind](quote, asked), quote, asked) if kind in _FIGURES else _dates(quote, asked)
    return _marks(found, quote)


def of_its_year(kind: Kind, quote: Facts, asked: Facts) -> tuple[Span, ...]:
    """Returns the one figure of several that stands with the year that is asked for: "contre 18 000 en 2020"."""
    found = _FIGURES[kind](quote, asked) if kind in _FIGURES and _YEAR.search(asked.beginning) else []
    return _marks(_beside_year(found, quote, asked), quote)


def _marks(found: list[Span], quote: Facts) -> tuple[Span, ...]:
    """Returns where parts of its beginning stand in a quote, in order, those that are words and not all of it."""
    spans = [quote.unfolded(span) for span in sorted(found)]
    apart = [span for number, span in enumerate(spans) if not number or spans[number - 1][1] <= span[0]]
    return tuple(span for span in apart if span != (0, len(quote.text)) and _ends_with_words(quote.text, *span))


def _ends_with_words(quote: str, *borders: int) -> bool:
    """Whether no border is inside a word: "A¼" folds to "A1⁄4", two numbers."""
    return not any(_INSIDE.fullmatch(quote[max(border - 1, 0) : border + 1]) for border in borders)


def _dates(text: Facts, asked: Facts) -> list[Span]:
    matches = _unsaid(Kind.DATE, text, asked)
    matches = [match for match in matches if not match["weak"]] or matches
    full = " ".join(match.group() for match in matches if not match["year"])
    matches = [match for match in matches if not match["year"] or match["year"] not in full]
    if _YEAR_ASKED.search(asked.beginning):
        matches = [match for match in matches if re.search(r"\d{3}", match.group())] or matches
    return _nearest([match.span() for match in matches], text, asked)


def _durations(text: Facts, asked: Facts) -> list[Span]:
    matches = _unsaid(Kind.DURATION, text, asked)
    return [match.span() for match in matches if not _A_YEAR.fullmatch(match.group())]


def _numbers(text: Facts, asked: Facts) -> list[Span]:
    counted = _COUNTED.search(asked.beginning)
    nouns = {place for place, _ in _occurrences(counted["noun"], text.beginning)} if counted else set()
    dates = pattern_of("found", Kind.DATE).finditer(text.beginning)
    apart = [date.span() for date in dates if not (date["year"] and date.end() + 1 in nouns)]
    matches = [
        match
        for match in _unsaid(Kind.NUMBER, text, asked)
        if not any(start < match.end() and match.start() < end for start, end in apart)
    ]
    of_others = {word for language, words in _OWN_NUMBERS.items() if language != text.language for word in words}
    matches = [match for match in matches if match.group() not in of_others]
    unit = next((unit for wanted, unit in _UNIT_ASKED if wanted.search(asked.beginning)), None)
    if unit:
        matches = [match for match in matches if unit.search(match.group())] or matches
    elif counted:
        matches = [match for match in matches if not _PER_CENT.search(match.group())] or matches
    return [match.span() for match in matches]


def _chosen(spans: list[Span], text: Facts, asked: Facts) -> list[Span]:
    """Returns the figure that is asked for, if it is not the only one: by its year, what it counts, what is near it."""
    return _beside_year(spans, text, asked) or _counting(spans, text, asked) or _nearest(spans, text, asked)


def _beside_year(spans: list[Span], text: Facts, asked: Facts) -> list[Span]:
    """Returns, of several figures, the only one in the clause of a year that the question names."""
    said = _YEAR.findall(asked.beginning)
    years = [match for match in _YEAR.finditer(text.beginning) if match.group() in said]
    if len(years) != 1 or len(spans) < 2:
        return []
    borders = [0, *(match.start() for match in _CLAUSE_ENDS.finditer(text.beginning)), len(text.beginning)]
    after = bisect(borders, years[0].start())
    inside = [span for span in spans if borders[after - 1] <= span[0] and span[1] <= borders[after]]
    return inside if len(inside) == 1 else []


def _unsaid(kind: Kind, text: Facts, asked: Facts) -> list[re.Match[str]]:
    """Returns what of a kind is in the text and the question does not say."""
    found = pattern_of("found", kind).finditer(text.beginning)
    return [m for m in found if not m.groupdict().get("loose") and not _is_said(m.group(), asked)]


def _is_said(matched: str, asked: Facts) -> bool:
    """Whether the question holds these words, with or without a space before "%"."""
    pieces = " ?".join(re.escape(piece) for piece in re.findall(r"\w+|[^\w\s]", matched))
    return re.search(rf"(?<!\w){pieces}(?!\w)", asked.beginning) is not None


def _counting(spans: list[Span], text: Facts, asked: Facts) -> list[Span]:
    """Returns the number that stands before the words that are counted; of two, before the more special word."""
    counted = _COUNTED.search(asked.beginning)
    if not counted or len(spans) < 2:
        return []
    scored = []
    for (start, end), (following, _) in zip(spans, [*spans[1:], (len(text.beginning), 0)], strict=True):
        held = {
            name: place
            for name, noun in counted.groupdict().items()
            if noun in _OWN_NOUNS or (noun and noun not in function_words.ALL)
            for place, _ in _occurrences(noun, text.beginning[: min(following, end + _REACH + 8)])
            if place >= start
        }
        if held:
            gap = min(held.values()) - end
            scored.append((len(held), "noun" not in held, -gap, (start, end)))
    return [max(scored)[-1]] if scored else []


def _nearest(spans: list[Span], text: Facts, asked: Facts) -> list[Span]:
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


def _said(text: Facts, asked: Facts) -> tuple[list[Span], list[Span]]:
    """Returns where words of the question stand in the text that may stand before an answer, and behind it.

    Of a question after a birth or a death it is only the words for that, before.
    """
    for event in _LIFE:
        if any(_is_word(match, asked) for match in event.finditer(asked.beginning)):
            return [match.span() for match in event.finditer(text.beginning) if _is_word(match, text)], []
    said = {word for word in words(asked.beginning, "fr") if word not in function_words.ALL and len(word) > 1}
    spans = [span for word in said for span in _occurrences(word, text.beginning)]
    return spans, spans


def _is_word(match: re.Match[str], text: Facts) -> bool:
    """Whether it is no function word: "né" folds to "ne"."""
    start, end = text.unfolded(match.span())
    return match.group() not in function_words.ALL or text.text[start:end].lower() != match.group()


def _occurrences(word: str, text: str) -> Iterator[Span]:
    """Yields where words stand that begin as this one does; a short one is there as it is, Han anywhere."""
    if _HAN.match(word):
        pattern = re.escape(word[:2])
    elif len(word) < _STEM:
        pattern = rf"(?<!\w){re.escape(word)}(?!\w)"
    else:
        pattern = rf"(?<!\w){re.escape(word[:_STEM])}\w*"
    return (match.span() for match in re.finditer(pattern, text))


_FIGURES: dict[Kind, Callable[[Facts, Facts], list[Span]]] = {
    Kind.NUMBER: _numbers,
    Kind.DURATION: _durations,
    Kind.LENGTH: _numbers,
}
