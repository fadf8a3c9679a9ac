"""Pages in files: one article each, or many, as archives, channels and people put them into one page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # lxml publishes no types

from index.reading.content import ArticleError, Content, FileEntry, clean_line, language_code
from index.reading.exports.parts import day_within, entries_of, excerpt, lines_of
from index.reading.exports.press import factiva_article
from index.reading.exports.telegram import read_exported_page, read_preview
from index.reading.html import parse_html, read_html
from index.text.bylines import author_named
from index.text.dates import declared_date

_FEWEST_CHARACTERS = 200  # of a sibling that is an article, not a teaser
_SHARE = 0.7  # of the page's words that are in such siblings
_HEADINGS = ("h1", "h2", "h3")
_MANY = re.compile(
    r"DocPublicationName|class=[\"']article [a-z]{2}Article|tgme_widget_message|class=[\"']message default|<article\b",
    re.IGNORECASE,
)


def read_pages(text: str) -> Content | list[FileEntry]:
    """Returns the one article of a page, or all of those that an export holds.

    Raises:
        ArticleError: it is no HTML.
    """
    if _MANY.search(text):
        tree = parse_html(text)
        for split in _SPLITS:
            if entries := entries_of(split(tree)):
                return entries
    return read_html(text)


def read_xhtml(text: str) -> Content | list[FileEntry]:
    """Returns what `read_pages` does; raises ArticleError where there is no element at all."""
    if "<" not in text:
        raise ArticleError("a page that is not XHTML, XHTML wanted; save plain text as .txt")
    return read_pages(text)


_Found = Iterator[tuple[str, Content | ArticleError]]


def _europresse(tree: Any) -> _Found:  # noqa: ANN401  lxml has no types
    """Yields the documents of an export of Europresse: outlet, head with the day, title, text."""
    named = "[.//*[contains(@class, 'DocPublicationName')]]"
    articles = tree.xpath(f"//article{named}")
    for document in articles or tree.xpath(f"//td{named}[not(.//td{named})]"):
        document.tag = "div"  # in the older form a cell, which would be one line
        header = " , ".join(map(_words, _of_class(document, "docheader")))
        titles = (_words(each) for name in ("titrearticlevisu", "titrearticle") for each in _of_class(document, name))
        title = next(filter(None, titles), "")
        bodies = map(lines_of, _of_class(document, "doctext")) if articles else [_below(document, title)]
        body = next(iter(bodies), "")
        outlet = re.sub(r", no\. .*", "", next(map(_words, _of_class(document, "docpublicationname")), ""))
        author = next(map(_words, _of_class(document, "docauthors")), "")
        number = next(map(_words, _of_class(document, "lblnodoc")), "")
        content = Content(title, body, day_within(header), "", outlet, author=author_named(author))
        empty = ArticleError(f"no text below '{excerpt(title)}', some wanted; leave it out")
        yield number, content if body.strip() else empty


def _below(document: Any, title: str) -> str:  # noqa: ANN401  as above
    """Returns the lines below the title."""
    lines = lines_of(document).split("\n")
    return "\n".join(lines[lines.index(title) + 1 :]) if title in lines else ""


def _factiva(tree: Any) -> _Found:  # noqa: ANN401  as above
    """Yields the documents of an export of Factiva, whose class names the language: "article frArticle"."""
    for document in tree.xpath("//div[contains(@class, 'Article')][contains(concat(' ', @class, ' '), ' article ')]"):
        written = "\n".join(_rows(document)) or lines_of(document)
        content = factiva_article(re.sub(r"\n[^\W\d_]{4,12} [A-Z0-9]{10,}[a-z0-9]+\s*\Z", "", written))
        if content.body.strip():
            yield str(document.get("id") or "").removeprefix("article-"), content


def _rows(document: Any) -> Iterator[str]:  # noqa: ANN401  as above
    """Yields the lines of a table of fields: the code, then what it holds, a paragraph a line."""
    for row in document.iter("tr"):
        cells = row.findall("td")
        if len(cells) >= 2:
            paragraphs = [_words(each) for each in cells[1].iter("p")] or [_words(cells[1])]
            yield " ".join([_words(cells[0]), "\n".join(paragraphs)])


def _channel(tree: Any) -> _Found:  # noqa: ANN401  as above
    preview = read_preview(tree)
    yield from preview.posts if preview else read_exported_page(tree)


def _siblings(tree: Any) -> _Found:  # noqa: ANN401  as above
    """Yields <article> elements beside each other, each with a heading and words enough, that are most of the page."""
    parents = {article.getparent() for article in tree.iter("article")}
    for parent in parents:
        texts = [(each, lines_of(each)) for each in parent.iterchildren("article") if _heading(each) is not None]
        texts = [(each, text) for each, text in texts if len(text) >= _FEWEST_CHARACTERS]
        whole = len(lines_of(_body(tree)))
        if len(texts) > 1 and sum(len(text) for _, text in texts) >= _SHARE * whole:
            language = language_code(tree.get("lang") or "")
            yield from ((str(each.get("id") or ""), _sibling(each, text, language)) for each, text in texts)
            return


def _sibling(article: Any, text: str, language: str) -> Content:  # noqa: ANN401  as above
    title = _words(_heading(article))
    days = (declared_date(each.get("datetime") or _words(each)) for each in article.iter("time"))
    lines = text.split("\n")
    kept = [line for number, line in enumerate(lines) if number > 2 or (line != title and not declared_date(line))]
    return Content(title, "\n".join(kept), next(filter(None, days), None), language)


def _heading(article: Any) -> Any:  # noqa: ANN401  as above
    return next(article.iter(*_HEADINGS), None)


def _body(tree: Any) -> Any:  # noqa: ANN401  as above
    body = tree.find("body")
    return tree if body is None else body


def _of_class(element: Any, name: str) -> Iterator[Any]:  # noqa: ANN401  as above
    return (each for each in element.iter(etree.Element) if name in (each.get("class") or "").lower())


def _words(element: Any) -> str:  # noqa: ANN401  as above
    return clean_line("".join(element.itertext()))


_SPLITS: tuple[Callable[[Any], _Found], ...] = (_europresse, _factiva, _channel, _siblings)
