"""What stands within a page's text and is none of it: links to other articles, offers, dialogs, share lines."""

from __future__ import annotations

import re

from lxml import etree, html  # type: ignore[import-untyped]  # lxml publishes no types

from index.reading.html.tree import body_of, take_out, words_in
from index.text.by_language import ByLanguage
from index.text.folding import fold

_SAID = ByLanguage("published").alternatives()
_LABEL = re.compile(rf"\W*(?:{_SAID['related']})\s*(?P<colon>[:>→»|]\W*|\W*$)")
_OFFER = re.compile(rf"\W*(?:{_SAID['offers']})")
_LONGEST_OFFER = 200  # characters; a longer line is prose
_LONGEST_LABEL = 60
_COOKIE = re.compile(r"\bcookies?\b", re.IGNORECASE)
_DIALOG = 1_500  # characters
_KEPT = frozenset(["html", "body", "main", "article"])


def remove_beside(tree: html.HtmlElement) -> None:
    """Takes out of a tree what is beside its article."""
    for box in tree.xpath(f"//nav | {_TEASERS} | {_DIALOGS}"):
        if _is_small(box):
            take_out(box)
    for button in list(tree.iter("button")):
        _remove_consent(button)
    for element in list(body_of(tree).iter(etree.Element)):
        if _LABEL.match(fold((element.text or "")[:_LONGEST_LABEL])):
            _remove_related(element)
    _remove_linked(tree)


_TEASERS = "//article//article[.//h1//a or .//h2//a or .//h3//a or .//h4//a]"
_DIALOGS = "//dialog | //*[@role='dialog' or @role='alertdialog' or @aria-modal='true']"
_MOST = {"nav": 5_000, "article": 400}  # characters; of dialogs `_DIALOG`


def _is_small(box: html.HtmlElement) -> bool:
    """Whether a box is no larger than what it is called; a menu that nobody closed holds the article."""
    is_menu = box.tag == "nav" and box.find(".//p") is None and box.find(".//h1") is None
    return (box.tag != "nav" or is_menu) and len(words_in(box)) <= _MOST.get(box.tag, _DIALOG)


def _remove_linked(tree: html.HtmlElement) -> None:
    """Takes out the paragraphs among others that are one link to another article, with an arrow at most."""
    boxes_of_prose = {each.getparent() for each in tree.iter("p") if len(words_in(each)) >= _PROSE}
    for link in list(body_of(tree).iter("a")):
        box = next(link.iterancestors("p", "h2", "h3", "h4", "blockquote"), None)
        if box is None or box.getparent() not in boxes_of_prose or len(words_in(link).split()) < _WORDS:
            continue
        if not re.search(r"\w", _unlinked(box)):
            take_out(box)


_WORDS = 4  # of a link; one of fewer may be a name, or a heading
_PROSE = 80  # characters of a paragraph


def is_offer(line: str) -> bool:
    """Whether a line is no more than an offer, an invitation to share, or a label of other articles."""
    folded = fold(line)
    if len(folded) > _LONGEST_OFFER:
        return False
    label = _LABEL.match(folded)
    return _OFFER.match(folded) is not None or (label is not None and bool(label["colon"]))


def _remove_consent(button: html.HtmlElement) -> None:
    """Takes out the box of a button that asks about cookies."""
    for box in button.iterancestors("div", "section", "form", "aside"):
        words = words_in(box)
        if len(words) > _DIALOG or box.find(".//h1") is not None:
            return
        if _COOKIE.search(words):
            take_out(box)
            return


def _remove_related(element: html.HtmlElement) -> None:
    """Takes out a label of other articles with the links behind it; nothing where a sentence only begins so."""
    box = element
    if not _is_label(_unlinked(box)) and not _is_label(words_in(box), with_more=True):
        return
    while (around := box.getparent()) is not None and around.tag not in _KEPT and _is_label(_unlinked(around)):
        box = around
    linked = box.find(".//a") is not None or box.tag == "a"
    behind = [] if linked else _links_behind(box)
    if linked or behind or _LABEL.fullmatch(fold(words_in(box))):
        for each in (box, *behind):
            take_out(each)


def _is_label(words: str, *, with_more: bool = False) -> bool:
    """Whether words are nothing but a label, or begin with one and a colon."""
    label = _LABEL.match(fold(words))
    return label is not None and (label.end() == len(fold(words)) or (with_more and bool(label["colon"].strip())))


def _unlinked(box: html.HtmlElement) -> str:
    """Returns the words of an element that are in no link."""
    texts = box.xpath(".//text()[not(ancestor::a) and not(ancestor::script) and not(ancestor::style)]")
    return " ".join(" ".join(texts).split()) if box.tag != "a" else words_in(box)


def _links_behind(box: html.HtmlElement) -> list[html.HtmlElement]:
    """Returns the elements behind one that are nothing but links."""
    behind = []
    for each in box.itersiblings():
        if not isinstance(each.tag, str) or each.find(".//a") is None or len(_unlinked(each)) > _LONGEST_LABEL // 4:
            break
        behind.append(each)
    return behind
