"""The lead of a page, which stands in a box of its own and is not among what trafilatura extracts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import html  # type: ignore[import-untyped]  # lxml publishes no types

from index.reading.html.titles import heading_of
from index.reading.html.tree import ASIDE, block_lines, body_of

_SHORTEST, _LONGEST = 40, 1_200  # characters; less is a title or a slogan
_NOT_WITHIN = ASIDE | {"figure", "figcaption", "button", "form", "h1"}
_NAMED = re.compile(  # by those who make pages
    r"chapo|stand-?first|lede|(?:^|[ _-])(?:lead|intro|dek|desc|summary|excerpt|sub-?(?:title|head))", re.IGNORECASE
)
_SENTENCE = re.compile(r"[.!?…][\"»”’)]*$")


def with_lead(tree: html.HtmlElement, text: str) -> str:
    """Returns a text with the page's lead before it, where that stands on the page and not in the text.

    The lead is what the page's own description begins, else a box that is named so above the text.
    """
    held = _alike(text)
    for described in _descriptions(tree):
        if described in held:
            return text
        for line in block_lines(body_of(tree), skip=_NOT_WITHIN):
            if _alike(line).startswith(described) and len(line) <= _LONGEST:
                return f"{line}\n{text}"
    first = _alike(text.partition("\n")[0])[:_SHORTEST]
    named = next(_named_leads(tree, first), "")
    return text if not named or _alike(named) in held else f"{named}\n{text}"


def _descriptions(tree: html.HtmlElement) -> Iterator[str]:
    """Yields the beginnings of what the page says that it is about."""
    names = "@property='og:description' or @name='description' or @name='twitter:description'"
    for written in tree.xpath(f"//meta[{names}]/@content"):
        described = re.sub(r"\W*(?:…|\.\.\.|\[…\])?\W*$", "", _alike(written))
        if len(described) >= _SHORTEST:
            yield described


def _named_leads(tree: html.HtmlElement, first: str) -> Iterator[str]:
    """Yields what stands in boxes that are named as a lead, between the headline and the beginning of the text."""
    heading, is_below = heading_of(tree), False
    for element in body_of(tree).iter("h1", "h2", "h3", "p", "div", "span", "strong"):
        if element is heading:
            is_below = True
        if not is_below or element is heading:
            continue
        is_named = _is_named(element)
        words = " ".join(block_lines(element)) if is_named or element.tag not in ("div", "span") else ""
        if words and _alike(words).startswith(first):
            return
        if is_named and _SHORTEST <= len(words) <= _LONGEST and _SENTENCE.search(words):
            yield words


def _is_named(element: html.HtmlElement) -> bool:
    """Whether an element, or the box around it, is named as a lead; one with a link is an author or an offer."""
    around = list(element.iterancestors())
    is_lead = any(_NAMED.search(each.get("class", "")) for each in (element, *around[:2]))
    return is_lead and element.find(".//a") is None and not any(each.tag in _NOT_WITHIN for each in around)


def _alike(text: str) -> str:
    """Returns a text with one kind of space, apostrophe and quotation mark."""
    return re.sub(r"[“„«]\s*|\s*[»”]", '"', re.sub(r"[’‘]", "'", " ".join(text.split())))
