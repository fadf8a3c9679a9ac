"""The text of a page: what trafilatura extracts, its lead, and nothing that is beside the article."""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from lxml import html  # type: ignore[import-untyped]  # lxml publishes no types

from index.reading.html.beside import is_offer, remove_beside
from index.reading.html.lead import with_lead
from index.reading.html.tree import PARSER_FAULTS, take_out, words_in

_REPEATED = 40  # characters; a shorter line may well stand twice, as a verse or a row


def extract_article(tree: html.HtmlElement) -> tuple[str, ...]:
    """Returns title, text, site, address and author; each "" where there is none. Never the network.

    Args:
        tree: of the page; it stays as it is.
    """
    prepared = deepcopy(tree)
    _keep_words(prepared)
    remove_beside(prepared)
    _join_bodies(prepared)
    title, text, source, url, author = _extracted(prepared)
    if text:
        text = "\n".join(_cleaned(with_lead(tree, text).split("\n")))
    return title, text, source, url, author


def _extracted(tree: html.HtmlElement) -> tuple[str, ...]:
    extract = _extractor()
    for recall in (False, True):
        try:
            extracted = extract(tree, favor_recall=recall)
        except PARSER_FAULTS:
            continue
        if extracted and (extracted.text or "").strip():
            found = (extracted.title, extracted.text.strip(), extracted.sitename, extracted.url, extracted.author)
            return tuple(each or "" for each in found)
    return ("",) * 5


@functools.cache
def _extractor() -> Callable[..., Any]:
    from trafilatura import bare_extraction  # 0.9 s

    for name in ("trafilatura", "htmldate"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # it warns about pages that we report as failed
    return functools.partial(
        bare_extraction,
        with_metadata=True,
        include_comments=False,
        include_tables=True,
        date_extraction_params={"extensive_search": False, "original_date": True},
    )


# what trafilatura loses -------------------------------------------------------------------------------------

_SENTENCES = ("p", "li", "td", "th", "dd", "blockquote", "figcaption")
_REQUEST = 300  # characters; a longer <noscript> holds the article itself
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6", "summary", "dt")


def _keep_words(tree: html.HtmlElement) -> None:
    """Takes the marks from words that trafilatura drops with them; out go those that are struck, or ask for scripts."""
    for element in list(tree.iter("del", "s", "strike", "noscript")):
        if element.tag != "noscript" or len(words_in(element)) <= _REQUEST:
            take_out(element)
    for element in list(tree.iter("time", "output", "data", "label", "button", "form", "fieldset")):
        if _is_of_text(element):
            element.drop_tag()


def _is_of_text(element: html.HtmlElement) -> bool:
    """Whether an element is part of a sentence or a heading, or a box of the article's paragraphs."""
    if element.tag in ("form", "fieldset"):
        return bool(_prose(element)) and next(element.iterancestors("article"), None) is not None
    if element.tag == "button":  # within a sentence it would be an invitation
        return next(element.iterancestors(*_HEADINGS), None) is not None
    box = next(element.iterancestors(*_SENTENCES, *_HEADINGS), None)
    return box is not None and words_in(box) != words_in(element)


_BODY = re.compile(r"article|body|content|text|post|entry|story|chunk|paragraph|corps", re.IGNORECASE)
_PROSE = 80  # characters of a paragraph


def _join_bodies(tree: html.HtmlElement) -> None:
    """Puts the boxes that an advertisement divides a body into together: trafilatura takes the first.

    They are of one tag and one telling class, and lie side by side or in boxes that do.
    """
    alike: dict[tuple[str, str], list[html.HtmlElement]] = {}
    for box in tree.iter("div", "section", "article"):
        names = f"{box.get('class', '')} {box.get('itemprop', '')}".split()
        named = next(filter(_BODY.search, names), "")
        if (named or box.tag == "article") and _prose(box):
            alike.setdefault((box.tag, named), []).append(box)
    for boxes in alike.values():
        first = boxes[0]
        for box in boxes[1:]:
            if _is_a_part(first, box):
                first.extend(list(box))
                take_out(box)


def _prose(box: html.HtmlElement) -> list[html.HtmlElement]:
    """Returns the paragraphs of prose that are a box's own children."""
    return [each for each in box.iterchildren("p") if len(words_in(each)) >= _PROSE]


def _is_a_part(first: html.HtmlElement, box: html.HtmlElement) -> bool:
    """Whether a box goes on with the text of another: near it, without a headline that links to a page of its own."""
    around = [first.getparent(), first.getparent().getparent()]
    near = box.getparent() in around or box.getparent().getparent() in around
    is_teaser = any(heading.find(".//a") is not None for heading in box.iter("h1", "h2", "h3", "h4"))
    return (
        near and not is_teaser and not (box.tag == "article" and next(box.iterancestors("article"), None) is not None)
    )


def _cleaned(lines: list[str]) -> Iterator[str]:
    """Yields lines without offers and without those that stand twice, as captions do."""
    seen = set[str]()
    for line in lines:
        words = " ".join(line.split())
        if is_offer(words) or (len(words) >= _REPEATED and words in seen and not line.startswith("|")):
            continue
        seen.add(words)
        yield line
