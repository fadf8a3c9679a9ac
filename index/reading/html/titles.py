"""The title of a page, which is no logo."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, islice

from lxml import html  # type: ignore[import-untyped]  # lxml publishes no types

from index.reading.html.tree import words_in

_BETWEEN = r"\s*(?:[|–—·•»:⋆]|\s-|::)\s"  # title and name of a site
_LOGO = re.compile(r"(?:^|[ _-])(?:logo|brand|masthead|site-?(?:title|name))", re.IGNORECASE)
_HEADINGS = 50  # of a page, among which its headline is
_FRONT_PAGE = re.compile(r"(?:https?://[^/]+)?/?(?:index\.\w+)?")


def title_of(tree: html.HtmlElement, extracted: str) -> str:
    """Returns the title of a page: its headline where the page names it so elsewhere, else the extracted one.

    Args:
        tree: of the page.
        extracted: what trafilatura takes for the title, which may be the first part of the browser's, or a logo.
    """
    heading = heading_of(tree)
    words = words_in(heading) if heading is not None else ""
    titles = list(declared_titles(tree))
    if words and (not titles or any(_names(words, title) for title in titles)):
        return words
    is_logo = any(_alike(words_in(each)) == _alike(extracted) for each in tree.iter("h1") if _is_logo(each))
    declared = titles[0] if titles else ""
    if is_logo and declared:
        return re.sub(rf"{_BETWEEN}{re.escape(extracted)}$", "", declared)
    return extracted or declared or words


def heading_of(tree: html.HtmlElement) -> html.HtmlElement | None:
    """Returns the headline of a page: the heading that its titles name, else its first h1, else None."""
    first = islice(tree.iter("h1", "h2", "h3"), _HEADINGS)
    headings = [each for each in first if words_in(each) and not _is_logo(each)]
    titles = list(declared_titles(tree))
    named = [each for each in headings if any(_names(words_in(each), title) for title in titles)]
    named.sort(key=lambda each: next(each.iterancestors("article"), None) is None)  # those within an article first
    return next(chain(named, (each for each in headings if each.tag == "h1")), None)


def declared_titles(tree: html.HtmlElement) -> Iterator[str]:
    """Yields the titles that a page declares: for other sites, and for the browser."""
    written = tree.xpath("//meta[@property='og:title' or @name='twitter:title']/@content")
    yield from filter(None, (" ".join(title.split()) for title in written))
    yield from filter(None, (words_in(title) for title in tree.xpath("/html/head/title")))


def _names(words: str, title: str) -> bool:
    """Whether a title is these words, with no more than the name of a site beside them."""
    words, title = re.escape(_alike(words)), _alike(title)
    return re.fullmatch(rf"{words}(?:{_BETWEEN}.{{2,80}})?|.{{2,40}}{_BETWEEN}{words}", title) is not None


def _is_logo(heading: html.HtmlElement) -> bool:
    """Whether a heading names the site: it links to the front page, lies in a box that is called so, or heads all.

    What heads all is in the page's own header, and behind the title of the article in the browser's.
    """
    tree = heading.getroottree().getroot()
    site = tree.xpath("string(//meta[@property='og:site_name']/@content)")
    words, heads = _alike(words_in(heading)), page_header(heading) is not None
    links = [*heading.iter("a"), *heading.iterancestors("a")]
    boxes = [heading, *list(heading.iterancestors())[:3]]
    return (
        words == _alike(site)
        or (heads and any(_alike(title).endswith(f" {words}") for title in declared_titles(tree)))
        or any(_FRONT_PAGE.fullmatch((link.get("href") or "").strip()) for link in links if link.get("href"))
        or any(_LOGO.search(f"{box.get('class', '')} {box.get('id', '')}") for box in boxes)
    )


def page_header(element: html.HtmlElement) -> html.HtmlElement | None:
    """Returns the header of the whole page that an element lies in, None where it lies in none."""
    inside = next(element.iterancestors("article", "main"), None)
    return None if inside is not None else next(element.iterancestors("header"), None)


def _alike(title: str) -> str:
    """Returns a title in lower case, with one kind of apostrophe, quote and space."""
    return " ".join(re.sub(r"[’‘]", "'", re.sub(r"[“”„«»]", '"', title)).casefold().split())
