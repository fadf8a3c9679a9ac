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
from index.reading.html.tree import ASIDE, PARSER_FAULTS, block_lines, body_of, take_out, words_of

_LEAD = 40  # characters of a description; a shorter one is a title or a slogan
_LONGEST_LEAD = 1_200
_NO_LEAD = ASIDE | {"figure", "figcaption", "button", "form", "h1"}
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
        text = "\n".join(_cleaned(_with_lead(tree, text).split("\n")))
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
    for struck in list(tree.iter("del", "s", "strike")):
        take_out(struck)
    for request in list(tree.iter("noscript")):
        if len(words_of(request)) <= _REQUEST:
            take_out(request)
    for time in list(tree.iter("time")):
        box = next(time.iterancestors(*_SENTENCES), None)
        if box is not None and words_of(box) != words_of(time):
            time.drop_tag()
    for button in list(tree.iter("button", "label")):
        if next(button.iterancestors(*_HEADINGS), None) is not None:
            button.drop_tag()


_BODY = re.compile(r"article|body|content|text|post|entry|story|chunk|paragraph|corps", re.IGNORECASE)
_PROSE = 80  # characters of a paragraph


def _join_bodies(tree: html.HtmlElement) -> None:
    """Puts the boxes that an advertisement divides a body into together: trafilatura takes the first.

    They are of one name and one class, and lie side by side or in boxes that do.
    """
    alike: dict[tuple[str, str], list[html.HtmlElement]] = {}
    for box in tree.iter("div", "section", "article"):
        named = f"{box.get('class', '')} {box.get('itemprop', '')}"
        if (_BODY.search(named) or box.tag == "article") and _prose(box):
            alike.setdefault((box.tag, named), []).append(box)
    for boxes in alike.values():
        first = boxes[0]
        for box in boxes[1:]:
            if _is_a_part(first, box):
                first.extend(list(box))
                take_out(box)


def _prose(box: html.HtmlElement) -> list[html.HtmlElement]:
    """Returns the paragraphs of prose that are a box's own children."""
    return [each for each in box.iterchildren("p") if len(words_of(each)) >= _PROSE]


def _is_a_part(first: html.HtmlElement, box: html.HtmlElement) -> bool:
    """Whether a box goes on with the text of another: near it, without a headline that links to a page of its own."""
    around = [first.getparent(), first.getparent().getparent()]
    near = box.getparent() in around or box.getparent().getparent() in around
    is_teaser = any(heading.find(".//a") is not None for heading in box.iter("h1", "h2", "h3", "h4"))
    return (
        near and not is_teaser and not (box.tag == "article" and next(box.iterancestors("article"), None) is not None)
    )


# the lead ---------------------------------------------------------------------------------------------------


def _with_lead(tree: html.HtmlElement, text: str) -> str:
    """Returns a text with the page's own description before it, where that stands on the page and not in the text."""
    held = _alike(text)
    for described in _descriptions(tree):
        if described in held:
            return text
        for line in block_lines(body_of(tree), skip=_NO_LEAD):
            if _alike(line).startswith(described) and len(line) <= _LONGEST_LEAD:
                return f"{line}\n{text}"
    return text


def _descriptions(tree: html.HtmlElement) -> Iterator[str]:
    """Yields the beginnings of what the page says that it is about."""
    names = "@property='og:description' or @name='description' or @name='twitter:description'"
    for written in tree.xpath(f"//meta[{names}]/@content"):
        described = re.sub(r"\W*(?:…|\.\.\.|\[…\])?\W*$", "", _alike(written))
        if len(described) >= _LEAD:
            yield described


def _alike(text: str) -> str:
    """Returns a text with one kind of space, apostrophe and quotation mark."""
    return re.sub(r"[“„«]\s*|\s*[»”]", '"', re.sub(r"[’‘]", "'", " ".join(text.split())))


def _cleaned(lines: list[str]) -> Iterator[str]:
    """Yields lines without offers and without those that stand twice, as captions do."""
    seen = set[str]()
    for line in lines:
        words = " ".join(line.split())
        if is_offer(words) or (len(words) >= _REPEATED and words in seen and not line.startswith("|")):
            continue
        seen.add(words)
        yield line
