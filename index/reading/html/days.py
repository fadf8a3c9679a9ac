"""The day on which a page was published: what it declares and shows, its address, at last htmldate's guess."""

# A wrong day is worse than none: one of a teaser, a comment, a video, an event or a change is no day of the page.

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from itertools import chain, islice, takewhile
from typing import Any

from lxml import etree, html  # type: ignore[import-untyped]  # lxml publishes no types

from index.reading.html.titles import heading_of
from index.reading.html.tree import ASIDE, PARSER_FAULTS, block_lines, body_of, take_out, words_in
from index.text.by_language import ByLanguage
from index.text.dates import address_date, declared_date, head_date, labelled_date, read_date
from index.text.folding import fold

_DATE_NAME = re.compile(
    r"(?:article|og):(?:published_time|published)|(?:dc\.|dcterms\.)?date(?:[.-]?(?:published|issued|created))?|"
    r"dcterms\.(?:created|issued)|publish-?date|publication_?date|pubdate|parsely-pub-date|sailthru\.date",
    re.IGNORECASE,
)
_DATED = re.compile(r"Article|Posting|Report|Page|Recipe|Episode|CreativeWork|Question")  # types of structured data
_HOLDERS = ("@graph", "mainEntity", "mainEntityOfPage")  # keys of what may be the page's article
_DATE_PUBLISHED = re.compile(r'"datePublished"\s*:\s*"([^"]+)"')


def published(tree: html.HtmlElement, language: str) -> date | None:
    """Returns the day of publication of a page, in its own time zone.

    Args:
        tree: of the page; it stays as it is.
        language: that the page declares, or ""; in English digits may tell the month first.
    """
    lines = list(islice(block_lines(body_of(tree), skip=ASIDE), _LINES))
    above, below = _about_headline(tree, lines)
    shown = labelled_date(lines, language) or head_date(below, language)
    addressed = next(filter(None, map(address_date, _addresses(tree))), None)
    shown = shown or _timed(tree, language)
    for written in declared_days(tree):
        if day := declared_date(written, language):
            return _local(day, written, shown or addressed) if read_date(written) else shown or day
    return shown or head_date(above, language) or addressed or _guessed(tree, language)


def _local(day: date, written: str, other: date | None) -> date:
    """Returns the day that a page shows where the one it declares is told in universal time, else the declared one."""
    hour = re.search(r"(\d\d):\d\d.*(?:Z|[+-]00:?00)\s*$", written)
    # America is up to nine hours behind, Asia and Oceania up to twelve ahead
    days = (-1 if int(hour[1]) < 9 else 1 if int(hour[1]) >= 12 else 0) if hour else 0
    return day + timedelta(days) if days and other == day + timedelta(days) else day


def _addresses(tree: html.HtmlElement) -> Iterator[str]:
    yield from tree.xpath("//link[@rel='canonical']/@href")
    yield from tree.xpath("//meta[@property='og:url']/@content")


# what it declares -------------------------------------------------------------------------------------------


def declared_days(tree: html.HtmlElement) -> Iterator[str]:
    """Yields the days of publication that a page declares, as written, the surest first."""
    yield from _structured(tree)
    for meta in tree.xpath("//meta[@content]"):
        if _DATE_NAME.fullmatch(meta.get("property") or meta.get("name") or meta.get("itemprop") or ""):
            yield meta.get("content")
    heading = heading_of(tree)
    for element in tree.xpath("//*[@itemprop='datePublished' or @pubdate]"):
        if not _is_beside(element, heading):
            yield element.get("datetime") or element.get("content") or words_in(element)


def _structured(tree: html.HtmlElement) -> Iterator[str]:
    """Yields days of structured data: of articles and pages, then of what has no type."""
    scripts = [script.text or "" for script in tree.xpath("//script[contains(@type, 'ld+json')]")]
    untyped = list[str]()
    for script in scripts:
        try:
            told = list(_objects(json.loads(script, strict=False)))
        except (ValueError, RecursionError):
            is_dated = '"@type"' not in script or _DATED.search(script)
            untyped += _DATE_PUBLISHED.findall(script) if is_dated else ()
            continue
        for one in told:
            if isinstance(day := one.get("datePublished"), str):
                kind = str(one.get("@type") or "")
                if _DATED.search(kind):
                    yield day
                elif not kind:
                    untyped.append(day)
    yield from untyped


def _objects(told: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401  whatever a script holds
    """Yields the objects of a script that may be the page's own."""
    for one in told if isinstance(told, list) else [told]:
        if isinstance(one, dict):
            yield one
            for key in _HOLDERS:
                yield from _objects(one.get(key))


# what its head says -----------------------------------------------------------------------------------------

_BESIDE = re.compile(
    r"comment|reply|related|teaser|recommend|sidebar|popular|upcoming|agenda|calendar|footer|(?:^|[ _-])nav",
    re.IGNORECASE,
)
_UPDATED = rf"(?:{ByLanguage('published').alternatives()['updated']})\b"
_A_CHANGE, _OF_A_CHANGE = re.compile(_UPDATED), re.compile(rf"{_UPDATED}[^\d|·•]{{0,30}}$")
_PROSE = 140  # characters of a paragraph
_PARAGRAPHS = 2  # of prose; a day behind them is one of something else


def _is_beside(element: html.HtmlElement, heading: html.HtmlElement | None) -> bool:
    """Whether an element stands in what is beside the article: a comment, a teaser, a menu without the headline."""
    around = set() if heading is None else {heading, *heading.iterancestors()}
    boxes = takewhile(lambda box: box not in around, chain([element], element.iterancestors()))
    return any(map(_is_named_beside, boxes))


def _is_named_beside(box: html.HtmlElement) -> bool:
    return box.tag in ASIDE or _BESIDE.search(f"{box.get('class', '')} {box.get('id', '')}") is not None


def _about_headline(tree: html.HtmlElement, lines: list[str]) -> tuple[list[str], list[str]]:
    """Returns those of a page's lines that stand shortly above its headline, and those below; else none, and all.

    Above it is also the page's own header, which may tell the day of today.
    """
    heading = heading_of(tree)
    title = words_in(heading) if heading is not None else ""
    if heading is None or title not in lines:
        return [], lines
    apart = {line for box in tree.iter("header") if box not in heading.iterancestors() for line in block_lines(box)}
    start = lines.index(title)
    return [line for line in lines[max(start - _ABOVE, 0) : start] if line not in apart], lines[start + 1 :]


_LINES = 2_000  # of a page, in which its headline is looked for
_ABOVE = 2  # lines above the headline that may hold the day


def _timed(tree: html.HtmlElement, language: str) -> date | None:
    """Returns the day of the first <time> about the headline that is not of a change, nor within a sentence."""
    heading, paragraphs, words = heading_of(tree), 0, 0
    above: list[tuple[int, date]] = []  # where, and which
    is_below = heading is None
    for element in body_of(tree).iter(etree.Element):
        if element is heading:
            is_below = True
            above = [(place, day) for place, day in above if words - place <= _NEAR]
        elif element.tag == "time" and (day := _day_of(element, heading, language)):
            if is_below:
                return day
            above.append((words, day))
        elif element.tag == "p" and is_below and len(words_in(element)) >= _PROSE:
            paragraphs += 1
            if paragraphs > _PARAGRAPHS:
                break
        words += len((element.text or "").strip()) + len((element.tail or "").strip())
    return above[0][1] if above and is_below else None


_NEAR = 200  # characters above the headline


def _day_of(element: html.HtmlElement, heading: html.HtmlElement | None, language: str) -> date | None:
    """Returns the day of a <time> that may be that of publication."""
    if _in_sentence(element) or _is_beside(element, heading) or _OF_A_CHANGE.search(_before(element)):
        return None
    return declared_date(element.get("datetime") or words_in(element), language)


def _in_sentence(element: html.HtmlElement) -> bool:
    paragraph = next(element.iterancestors("p", "li", "td", "blockquote"), None)
    words = words_in(paragraph) if paragraph is not None else ""
    return words.endswith(".") or len(words) > len(words_in(element)) + _BESIDE_TIME


_BESIDE_TIME = 60  # characters that may stand in the paragraph of a <time>: an author, a clock


def _before(element: html.HtmlElement) -> str:
    """Returns the last words before an element in its box, folded."""
    box = element.getparent()
    if box is None:
        return ""
    words = words_in(element)  # none where the page writes the day itself by its script
    return fold(words_in(box).partition(words)[0] if words else box.text or "")


# htmldate's guess -------------------------------------------------------------------------------------------


def _guessed(tree: html.HtmlElement, language: str) -> date | None:
    """Returns the day that htmldate finds outside prose, teasers and menus; none to come, or of two readings."""
    from htmldate import find_date  # 0.3 s

    pruned = deepcopy(tree)
    for declared in pruned.xpath("//head | //script | //time"):
        take_out(declared)
    for element in list(body_of(pruned).iter("header", "p", "div", "section", "li", "ul", "ol", "span", *ASIDE)):
        is_prose = element.tag == "p" and len(words_in(element)) >= _PROSE
        is_change = _A_CHANGE.match(fold(element.text or "").strip()) is not None
        is_over_all = element.tag == "header" and element.find(".//h1") is None
        if is_prose or is_change or is_over_all or _is_named_beside(element):
            element.clear(keep_tail=True)
    try:
        found = find_date(pruned, original_date=True, extensive_search=False)
    except PARSER_FAULTS:
        return None
    day = read_date(found or "")
    if day is None or day > datetime.now(UTC).date() + timedelta(1):
        return None
    either = language in ("", "en") and max(day.day, day.month) <= 12 and day.day != day.month
    return None if either and f"{day:%d/%m/%Y}" in words_in(body_of(pruned)) else day
