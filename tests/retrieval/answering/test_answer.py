from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article, Passage
from retrieval.answering.answer import MARKER, Answer, Draft, verified

_TEXT = "Le taux est de 3,5 %. Il ne baisse pas. Le ministre l’a dit [3] le 12 mars 2024. Rien d'autre."
_ARTICLE = Article("a/b.md", "Taux", _TEXT, date(2024, 3, 12), "fr", "Le Journal", "")
_PASSAGE = Passage("a/b.md#0", "a/b.md", "Taux", "Le Journal", "", date(2024, 3, 12), "fr", 0, len(_TEXT), _TEXT)


def _article_of(article_id: str) -> Article | None:
    return _ARTICLE if article_id == _ARTICLE.id else None


def _draft(start: int, end: int) -> Draft:
    quote = _TEXT[start:end]
    return Draft(quote, _PASSAGE, start, end, quote)


_GOOD = _draft(0, 21)


def test_a_verbatim_quote_is_cited() -> None:
    written = verified([_GOOD], _article_of)
    text, citations, dropped = written.text, written.citations, written.dropped
    assert text == "Le taux est de 3,5 %. [1]"
    assert citations[0].quote == _ARTICLE.text[citations[0].start : citations[0].end]
    assert dropped == ()


@pytest.mark.parametrize(
    ("draft", "reason"),
    [
        (replace(_GOOD, quote="Le taux est de 3,6 %."), "not verbatim"),
        (replace(_GOOD, quote="Le taux est de 3,5 %"), "not verbatim"),
        (replace(_GOOD, quote="le taux est de 3,5 %."), "not verbatim"),
        (replace(_draft(22, 39), quote="Il baisse."), "not verbatim"),
        (replace(_GOOD, start=1), "not verbatim"),
        (replace(_GOOD, end=len(_TEXT) + 1), "outside"),
        (replace(_GOOD, start=-1), "outside"),
        (replace(_GOOD, start=21, end=21, quote=""), "outside"),
        (replace(_GOOD, passage=replace(_PASSAGE, article_id="a/gone.md")), "no article"),
        (replace(_GOOD, text="[1] [99]"), "empty"),
    ],
)
def test_a_sentence_whose_quote_cannot_be_proved_goes(draft: Draft, reason: str) -> None:
    written = verified([draft], _article_of)
    text, citations, dropped = written.text, written.citations, written.dropped
    assert (text, citations) == ("", ())
    assert reason in dropped[0][1]


def test_altered_figure_is_never_cited_but_its_neighbours_stay() -> None:
    liar = replace(_GOOD, quote="Le taux est de 35 %.")
    written = verified([_draft(22, 39), liar, _draft(_TEXT.index("Rien"), len(_TEXT))], _article_of)
    text, citations, dropped = written.text, written.citations, written.dropped
    assert re.findall(r"\[(\d+)\]", text) == ["1", "2"]
    assert len(citations) == 2
    assert dropped[0][0] == _GOOD.text


def test_one_quote_has_one_number_however_often_it_is_used() -> None:
    written = verified([_GOOD, _GOOD], _article_of)
    text, citations, _ = written.text, written.citations, written.dropped
    assert text.count("[1]") == 2
    assert len(citations) == 1


def test_a_marker_that_stands_in_the_article_is_none_of_ours() -> None:
    start = _TEXT.index("Le ministre")
    written = verified([_draft(start, _TEXT.index(" Rien"))], _article_of)
    text, citations, _ = written.text, written.citations, written.dropped
    assert "[3]" not in text
    assert "[3]" in citations[0].quote


@given(st.integers(-5, 110), st.integers(-5, 110), st.text(max_size=30))
def test_no_draft_whatever_gets_a_quote_that_is_not_verbatim(start: int, end: int, quote: str) -> None:
    written = verified([Draft("Phrase.", _PASSAGE, start, end, quote)], _article_of)
    _, citations, _ = written.text, written.citations, written.dropped
    assert all(_TEXT[c.start : c.end] == c.quote for c in citations)


def test_printing_shows_text_note_and_a_line_an_article() -> None:
    written = verified([_draft(22, 39)], _article_of)
    text, citations, _ = written.text, written.citations, written.dropped
    answer = Answer("Baisse ?", "Baisse ?", text, citations, (_PASSAGE,), True, 0.9, "fr", note="Une note.")
    assert str(answer).splitlines() == [
        "Il ne baisse pas. [1]",
        "",
        "Une note.",
        "",
        "[1] Taux — Le Journal, 12 mars 2024",
    ]


def test_neighbours_of_a_quote_are_sentences_with_words() -> None:
    text = "Avant.\n\n| Jour | Prix |\n|---|---|\n| Lundi | 3 € |\n***\nAprès."
    passage = replace(_PASSAGE, text=text, end=len(text))
    quote = "| Lundi | 3 € |"
    (start, end) = (text.index(quote), text.index(quote) + len(quote))
    written = verified([Draft(quote, passage, start, end, quote)], lambda _: replace(_ARTICLE, text=text))
    answer = Answer("q", "q", written.text, written.citations, (passage,), found=True)
    assert answer.context(answer.citations[0]) == ("| Jour | Prix |", "Après.")
    assert replace(answer, passages=()).context(answer.citations[0]) == ("", "")


def test_representations_fit_a_line() -> None:
    written = verified([_GOOD], _article_of)
    text, citations, _ = written.text, written.citations, written.dropped
    answer = Answer("q", "q", text * 20, citations)
    for shown in (repr(answer), repr(citations[0]), repr(_PASSAGE)):
        assert len(shown) <= 120
        assert "\n" not in shown


def test_json_values_are_plain() -> None:
    written = verified([_GOOD], _article_of)
    text, citations, _ = written.text, written.citations, written.dropped
    plain = Answer("q", "q", text, citations, window=(date(2024, 1, 1), date(2024, 1, 2))).to_dict()
    assert plain["citations"][0]["published"] == "2024-03-12"
    assert plain["window"] == ["2024-01-01", "2024-01-02"]


def test_markers_are_found_with_the_space_before_them() -> None:
    assert MARKER.sub("", "Une phrase. [1] Une autre. [12]") == "Une phrase. Une autre."
