"""Web pages: what trafilatura extracts, and the title, day, language and address that the page declares."""

from __future__ import annotations

from lxml import html  # type: ignore[import-untyped]  # lxml publishes no types

from index.reading.content import ArticleError, Content, language_code, web_address
from index.reading.html.body import extract_article
from index.reading.html.days import published
from index.reading.html.titles import title_of
from index.reading.html.tree import ASIDE, block_lines, body_of, parse_html, words_in
from index.text.bylines import author_named, byline

_STUB = 300  # characters; a longer text is more than a request for JavaScript


def read_html(text: str) -> Content:
    """Returns what a page holds, a paragraph a line; its words a block a line where trafilatura finds none.

    Raises:
        ArticleError: it is no HTML, or holds no more than menus and a request for JavaScript.
    """
    tree = parse_html(text)
    language = language_code(tree.get("lang") or tree.get("xml:lang") or "")
    title, body, source, url, author = extract_article(tree)
    body = body or "\n".join(block_lines(body_of(tree), skip=ASIDE))
    if _is_stub(tree, body):
        found = "no article in the page but menus or a request for JavaScript, its text wanted"
        raise ArticleError(f"{found}; save it from a browser")
    return Content(
        title_of(tree, title),
        body,
        published(tree, language),
        language,
        source,
        web_address(url),
        author_named(author) or byline(body.split("\n")),
    )


def _is_stub(tree: html.HtmlElement, body: str) -> bool:
    """Whether the words of a page are those of its menus and links alone, or what is shown without its script."""
    if len(body) > _STUB:
        return False
    links = {words_in(link) for link in tree.iter("a")}
    shown = [line for line in block_lines(body_of(tree), skip=ASIDE) if line not in links]
    held = " ".join(body.split())
    return "javascript" in held.casefold() or not any(line in held for line in shown)
