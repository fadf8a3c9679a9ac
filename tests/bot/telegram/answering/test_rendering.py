"""Answers as messages: golden texts, and properties for any answer."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.telegram.answering.rendering import answer_keyboard, passage_pages, render, sketch, sources_pages
from bot.telegram.state.answers import Given
from index.article import Passage
from retrieval.answering.answer import Answer, Citation
from tests.bot.telegram.checks import html_of, problems_of

MADE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PASSAGE = "Le pont a rouvert mardi. Les travaux ont duré 14 mois. Ils ont coûté 3,5 millions <d’euros>."


def citation(number: int, quote: str, url: str = "https://example.org/pont?a=1&b=2") -> Citation:
    return Citation(number, "a/pont.md", "Le pont rouvre", "Le Courrier", url, date(2025, 2, 12), 0, len(quote), quote)


def passage(text: str, title: str = "Le pont rouvre") -> Passage:
    return Passage("a/pont.md#0", "a/pont.md", title, "Le Courrier", "https://example.org/pont", None, "fr", 0, 9, text)


ANSWER = Answer(
    question="Combien ?", standalone_question="Combien ?", language="fr", found=True, seconds=0.42,
    text="Les travaux ont duré 14 mois. [1] Ils ont coûté 3,5 millions <d’euros>. [2]",
    citations=(citation(1, "Les travaux ont duré 14 mois."), citation(2, "Ils ont coûté 3,5 millions <d’euros>.", "")),
    passages=(passage(PASSAGE),),
)  # fmt: skip


def test_answer_has_the_format_of_the_design() -> None:
    (page,) = render(ANSWER, made=MADE, language="en").pages
    assert html_of(page) == (
        'Les travaux ont duré 14 mois. <a href="https://example.org/pont?a=1&b=2">[1]</a> '
        "Ils ont coûté 3,5 millions &lt;d’euros&gt;. [2]\n\n"
        "<i>1 article · index du 23/11/2026 · 0,4 s</i>\n"
        '<blockquote expandable><b>[1] </b><b><a href="https://example.org/pont?a=1&b=2">Le pont rouvre</a></b>'
        " — Le Courrier, 12 février 2025\n« Les travaux ont duré 14 mois. »</blockquote>\n"
        "<blockquote expandable><b>[2] </b><b>Le pont rouvre</b> — Le Courrier, 12 février 2025\n"
        "« Ils ont coûté 3,5 millions &lt;d’euros&gt;. »</blockquote>"
    )


def test_words_of_ours_are_in_the_language_of_the_question_else_of_the_person() -> None:
    spanish = Answer("¿Cuánto?", "¿Cuánto?", ANSWER.text, ANSWER.citations, ANSWER.passages, found=True, language="es")
    assert "index du" in render(spanish, made=MADE, language="fr").pages[0].text
    assert "index of" in render(spanish, made=MADE, language="en").pages[0].text


def test_refusal_links_the_nearest_titles() -> None:
    near = (passage("x", "Un <titre>"),)
    note = "Les plus proches : Un <titre>."
    answer = Answer("q", "q", "Les articles ne le disent pas.", note=note, passages=near, language="fr")
    given_answer = render(answer, made=MADE, language="fr")
    assert '<i><a href="https://example.org/pont">Un &lt;titre&gt;</a></i>' in html_of(given_answer.pages[0])
    assert "blockquote" not in html_of(given_answer.pages[0])


def test_greeting_has_no_buttons() -> None:
    given_answer = render(Answer("bonjour", "bonjour", "Bonjour !", language="fr"), made=MADE, language="fr")
    assert (html_of(given_answer.pages[0]), answer_keyboard(given_answer)) == ("Bonjour !", None)


def test_passage_shows_its_quote_in_bold_and_loses_nothing() -> None:
    given_answer = render(ANSWER, made=MADE, language="fr")
    (page,) = passage_pages(given_answer, 2)
    assert "<b>Ils ont coûté 3,5 millions &lt;d’euros&gt;.</b>" in html_of(page)
    assert page.text.endswith(PASSAGE)
    assert passage_pages(given_answer, 3) == []


def test_sources_are_the_citations_alone() -> None:
    (page,) = sources_pages(render(ANSWER, made=MADE, language="fr"))
    assert page.text.startswith("[1] Le pont rouvre — Le Courrier, 12 février 2025\n« Les travaux")


def test_keyboard_data_fit_and_rows_are_short() -> None:
    many = tuple(citation(number, "Les travaux ont duré 14 mois.") for number in range(1, 40))
    answer = Answer("q", "q", "x [1]", many, ANSWER.passages, found=True, language="fr")
    kept = render(answer, made=MADE, language="fr")
    keyboard = answer_keyboard(Given.read(2**62, kept.content()))
    assert keyboard is not None
    buttons = [button for row in keyboard.inline_keyboard for button in row]
    assert max(len(row) for row in keyboard.inline_keyboard) == 8
    assert all(len(str(button.callback_data).encode()) <= 64 for button in buttons)


def test_stored_answer_is_read_back_the_same() -> None:
    kept = render(ANSWER, made=MADE, language="fr")
    again = Given.read(0, kept.content())
    assert again == kept
    assert [html_of(page) for page in again.pages] == [html_of(page) for page in kept.pages]


@pytest.mark.parametrize("length", [1, 50, 4000, 5000, 20_000])
def test_beginning_of_an_answer_fits_however_long(length: int) -> None:
    page = sketch("mot & <b> " * (length // 10 + 1))
    assert list(problems_of(page.text, page.entities)) == []


TEXTS = st.one_of(st.text(max_size=300), st.builds(lambda text: text * 200, st.text(max_size=80)))
CITATIONS = st.lists(st.tuples(TEXTS, st.text(max_size=100), st.text(max_size=60)), max_size=120)


@settings(max_examples=30)
@given(TEXTS, TEXTS, CITATIONS)
def test_any_answer_and_citations_are_messages_within_the_limits_that_lose_no_character(
    words: str, note: str, quotes: list[tuple[str, str, str]]
) -> None:
    citations = tuple(
        Citation(number, "a", title, "", f"https://example.org/{tail}", None, 0, len(quote), quote)
        for number, (quote, title, tail) in enumerate(quotes, start=1)
    )
    markers = "".join(f"[{each.number}]" for each in citations)
    answer = Answer("q", "q", words + markers, citations, (passage(note),), found=True, language="fr", note=note)
    pages = render(answer, made=MADE, language="fr").pages
    assert [problem for page in pages for problem in problems_of(page.text, page.entities)] == []
    shown = re.sub(r"\s", "", "".join(page.text for page in pages))
    for part in [words + markers, note, *(text for quote in quotes for text in quote[:2])]:
        assert re.sub(r"\s", "", part).encode("utf-8", "replace").decode() in shown
