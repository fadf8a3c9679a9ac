"""The words of a quote that answer: its date, number, duration, person or place, where that can be told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from index.article import Span
from index.text import function_words
from index.text.folding import fold, words
from index.text.languages import detect_language
from retrieval.facts import patterns
from retrieval.facts.kinds import NAME_LETTERS, Kind

_FIT = 10  # characters that the best span must be nearer to the question's words than the next
_REACH = 25  # characters between a number and the word that it counts
_FAR = 1_000
_STEM = 4  # letters that two forms of a word share

_INSIDE = re.compile(rf"[^\W_{patterns.HAN_SIGNS}]{{2}}")


_LETTERS = re.compile(r"[^\W\d_]+")


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
    matches = _unsaid(patterns.DATE, text, asked)
    matches = [match for match in matches if not match["weak"]] or matches
    full = " ".join(match.group() for match in matches if not match["year"])
    matches = [match for match in matches if not match["year"] or match["year"] not in full]
    if patterns.YEAR_ASKED.search(asked.text):
        matches = [match for match in matches if re.search(r"\d{3}", match.group())] or matches
    return _nearest([match.span() for match in matches], text, asked)


def _durations(text: _Folded, asked: _Folded) -> list[Span]:
    matches = _unsaid(patterns.DURATION, text, asked)
    spans = [match.span() for match in matches if not patterns.A_YEAR.fullmatch(match.group())]
    return _counting(spans, text, asked) or _nearest(spans, text, asked)


def _numbers(text: _Folded, asked: _Folded) -> list[Span]:
    counted = patterns.COUNTED.search(asked.text)
    nouns = {place for place, _ in _occurrences(counted["noun"], text.text)} if counted else set()
    dates = [m.span() for m in _compiled(patterns.DATE).finditer(text.text) if not (m["year"] and m.end() + 1 in nouns)]
    matches = [
        match for match in _compiled(patterns.A_NUMBER).finditer(text.text) if not _is_said(match.group(), asked)
    ]
    matches = [
        match for match in matches if not any(start < match.end() and match.start() < end for start, end in dates)
    ]
    if text.language != "es":
        matches = [match for match in matches if match.group() not in patterns.ONLY_SPANISH]
    unit = next((unit for wanted, unit in patterns.UNIT_ASKED if wanted.search(asked.text)), None)
    if unit:
        matches = [match for match in matches if unit.search(match.group())] or matches
    elif counted:
        matches = [match for match in matches if not re.search(patterns.PER_CENT, match.group())] or matches
    spans = [match.span() for match in matches]
    return _counting(spans, text, asked) or _nearest(spans, text, asked)


def _people(text: _Folded, asked: _Folded) -> list[Span]:
    if text.language in patterns.WITHOUT_CAPITALS:
        return []
    known = {word[:NAME_LETTERS] for word in words(asked.text, "fr")}
    spans: dict[str, Span] = {}  # a name that stands there twice is marked once
    for match in patterns.NAME.finditer(text.cased):
        start, end = _person(match, text)
        name = text.text[start:end]
        if name and _LETTERS.findall(name)[-1][:NAME_LETTERS] not in known:
            spans.setdefault(name, (start, end))
    names = list(spans.values())
    for who, beside in patterns.BESIDE:
        if who.search(asked.text):
            before = re.compile(rf"(?<!\w)(?:{beside}) [^,;.(]{{0,40}}$")
            names = [span for span in names if before.search(text.text[max(span[0] - 60, 0) : span[0]])] or names
    return _rows(names, text, asked, most=2)


def _person(match: re.Match[str], text: _Folded) -> Span:
    """Returns where the name stands without titles and words that begin a sentence; (0, 0) where it is no person's."""
    start, end = match.span()
    end -= _tail(match.group())
    while word := patterns.WORD_LIKE.match(text.cased, start, end):
        opens = not _LETTERS.search(text.text[:start]) and word.group().lower() in function_words.ALL
        if not opens and not patterns.NO_NAME.match(word.group()) and not patterns.NO_PERSON.search(word.group() + " "):
            break
        start = min(word.end() + 1, end)
    before = text.cased[max(start - _REACH, 0) : start]
    if patterns.NO_PERSON.search(before) or patterns.NO_PERSON_BEGINS.match(text.cased, start, end):
        return 0, 0
    return (start, end) if " " in text.text[start:end] or patterns.TITLED.search(before) else (0, 0)


def _locations(text: _Folded, asked: _Folded) -> list[Span]:
    if text.language in patterns.WITHOUT_CAPITALS or text.language == "de":  # where every noun has one
        return []
    known = {word[:NAME_LETTERS] for word in words(asked.text, "fr")}
    spans = []
    for match in patterns.PLACE.finditer(text.cased):
        preposition = text.whole[text.origin[match.start()]]
        name = match["name"]
        if patterns.NO_NAME.match(name) or (preposition in "aA" and match.group()[1] == " " and text.language == "en"):
            continue
        if _LETTERS.findall(name.lower())[0][:NAME_LETTERS] not in known:
            start, end = match.span("place")
            spans.append((start, end - _tail(match["place"])))
    return _rows(spans, text, asked, most=3)


def _tail(name: str) -> int:
    """Returns how many characters at its end are not of the name: "Moscow's"."""
    tail = patterns.TAIL.search(name)
    return len(tail.group()) if tail else 0


def _unsaid(pattern: str, text: _Folded, asked: _Folded) -> list[re.Match[str]]:
    """Returns what a pattern finds in the text and the question does not say."""
    return [match for match in _compiled(pattern).finditer(text.text) if not _is_said(match.group(), asked)]


def _is_said(matched: str, asked: _Folded) -> bool:
    """Whether the question holds these words, with or without a space before "%"."""
    pieces = " ?".join(re.escape(piece) for piece in re.findall(r"\w+|[^\w\s]", matched))
    return re.search(rf"(?<!\w){pieces}(?!\w)", asked.text) is not None


def _counting(spans: list[Span], text: _Folded, asked: _Folded) -> list[Span]:
    """Returns the number that stands before the words that are counted; of two, before the more special word."""
    counted = patterns.COUNTED.search(asked.text)
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
    for event in patterns.LIFE:
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
        joined = rows and patterns.JOINED.fullmatch(text.text, rows[-1][-1][1], span[0])
        if joined:
            rows[-1].append(span)
        else:
            rows.append([span])
    chosen = _nearest([(row[0][0], row[-1][1]) for row in rows], text, asked)
    return [span for row in rows for span in row if len(row) <= most and (row[0][0], row[-1][1]) in chosen]


def _occurrences(word: str, text: str) -> Iterator[Span]:
    """Yields where words stand that begin as this one does; a short one is there as it is, Han anywhere."""
    if re.match(rf"[{patterns.HAN_SIGNS}]", word):
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
