"""Answers as messages: golden texts, and properties for any answer."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.telegram.answering.rendering import answer_keyboard, passage_pages, render, sketch, sources_pages
from bot.telegram.state.answers import Given
from index.article import Passage
from index.text.sentences import split_sentences
from retrieval.answering.answer import Answer, Citation, unwrapped
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
        '[1] [2] <a href="https://example.org/pont?a=1&b=2">Le pont rouvre</a> — Le Courrier, 12 février 2025\n'
        "<i>index du 23/11/2026</i>"
    )


def test_short_answer_is_first_and_a_quote_that_differs_is_folded() -> None:
    told = replace(ANSWER.citations[0], highlights=((21, 28),))
    other = replace(ANSWER.citations[1], article_id="b", title="Die „Brücke“", language="de", quote="Sie ist\nneu.")
    text = "Les travaux ont duré 14 mois. [1] Il est neuf. [2]"
    (page,) = render(
        replace(ANSWER, text=text, citations=(told, other), short="14 mois"), made=MADE, language="fr"
    ).pages
    assert html_of(page) == (
        "<b>14 mois</b>\n"
        'Les travaux ont duré <b>14 mois</b>. <a href="https://example.org/pont?a=1&b=2">[1]</a> Il est neuf. [2]\n\n'
        '[1] <a href="https://example.org/pont?a=1&b=2">Le pont rouvre</a> — Le Courrier, 12 février 2025\n'
        "[2] Die „Brücke“ — Le Courrier, 12 février 2025\n"
        "<blockquote expandable>(en allemand) «\u202fSie ist neu.\u202f»</blockquote>\n"
        "<i>index du 23/11/2026</i>"
    )


def test_what_comes_closest_has_its_source_and_its_button() -> None:
    (near, _) = ANSWER.citations
    answer = replace(
        ANSWER,
        text="Les articles ne le disent pas.",
        citations=(),
        nearest=(replace(near, language="ru"),),
        found=False,
    )
    given_answer = render(answer, made=MADE, language="fr")
    assert html_of(given_answer.pages[0]) == (
        "Les articles ne le disent pas.<i> Le plus proche\u00a0: </i><i>(en russe) </i>Les travaux ont duré 14 mois. "
        '<a href="https://example.org/pont?a=1&b=2">[1]</a>\n\n'
        '[1] <a href="https://example.org/pont?a=1&b=2">Le pont rouvre</a> — Le Courrier, 12 février 2025'
    )
    keyboard = answer_keyboard(given_answer)
    assert keyboard is not None
    assert keyboard.inline_keyboard[0][0].text == "📄 1"
    assert "<b>Les travaux ont duré 14 mois.</b>" in html_of(passage_pages(given_answer, 1)[0])


def test_a_headline_that_answers_is_shown_by_its_article() -> None:
    headline = Citation(
        1, "a/pont.md", "Le pont rouvre", "Le Courrier", "", None, 0, 14, "Le pont rouvre", in_title=True
    )
    answer = replace(ANSWER, text="Le pont rouvre [1]", citations=(headline,))
    given_answer = render(answer, made=MADE, language="fr")
    assert given_answer.pages[0].text == (
        "Le pont rouvre [1]\n\n[1] titre de l’article — Le Courrier\nindex du 23/11/2026"
    )
    assert passage_pages(given_answer, 1)[0].text == f"[1] Le pont rouvre — Le Courrier\n\n{PASSAGE}"


SEEDS = Path(__file__).parents[4] / "seeds"
QUESTIONS = [json.loads(line) for line in (SEEDS / "questions.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("sentences", [1, 2, 3])
@pytest.mark.parametrize("question", [q for q in QUESTIONS if q["answerable"]][::6], ids=lambda q: str(q["id"]))
def test_what_stands_beside_an_answer_is_at_most_half_of_it_or_some_words(
    question: dict[str, Any], sentences: int
) -> None:
    front, _, body = (SEEDS / "articles" / question["article"]).read_text(encoding="utf-8").partition("---\n\n")
    title = re.findall("^title: [\"']?(.*?)[\"']?$", front, re.MULTILINE)[0]
    spans = split_sentences(question["passage"], question["language"])[:sentences]
    quotes = [question["passage"][start:end] for start, end in spans]
    citations = tuple(
        Citation(number, question["article"], title, "Le Courrier", "https://a.b/c", date(2025, 9, 30), 0, 1, quote)
        for number, quote in enumerate(quotes, start=1)
    )
    text = " ".join(f"{unwrapped(each.quote)} [{each.number}]" for each in citations)
    answer = Answer("q", "q", text, citations, ANSWER.passages, found=True, language="fr", short=quotes[0][:20])
    (page,) = render(answer, made=MADE, language="fr").pages
    assert body.count(quotes[0]) == 1
    assert page.text.count(quotes[0]) == 1
    assert len(page.text) <= max(1.5 * len(text), len(text) + 160)
    assert page.text.index(title[:24]) > len(text)


def test_titles_are_cut_at_a_word_where_several_articles_have_little_room() -> None:
    title = "La très longue histoire du pont suspendu de Lorzac-le-Vieux et de ses péages, de 1834 à nos jours"
    citations = tuple(replace(citation(n, f"Phrase {n}.", ""), article_id=str(n), title=title) for n in (1, 2, 3))
    text = " ".join(f"{each.quote} [{each.number}]" for each in citations)
    (page,) = render(replace(ANSWER, text=text, citations=citations), made=MADE, language="fr").pages
    assert page.text.split("\n")[2:] == [
        *(f"[{n}] La très longue histoire… — Le Courrier, 12 février 2025" for n in (1, 2, 3)),
        "index du 23/11/2026",
    ]
    short = replace(citations[0], title="Lorzac")
    (page,) = render(replace(ANSWER, text=text, citations=(short, citations[1])), made=MADE, language="fr").pages
    assert page.text.split("\n")[2:4] == [
        "[1] Lorzac — Le Courrier, 12 février 2025",
        "[2] La très longue histoire du pont suspendu de… — Le Courrier, 12 février 2025",
    ]
    (alone,) = render(replace(ANSWER, text=text, citations=citations[:1]), made=MADE, language="fr").pages
    assert f"[1] {title} — Le Courrier" in alone.text


def test_words_of_ours_are_in_the_language_of_the_question_else_of_the_person() -> None:
    portuguese = Answer("Quanto?", "Quanto?", ANSWER.text, ANSWER.citations, ANSWER.passages, found=True, language="pt")
    assert "12 de fevereiro de 2025\nindex du" in render(portuguese, made=MADE, language="fr").pages[0].text
    polish = replace(portuguese, language="pl")
    assert "12 février 2025\nindex du" in render(polish, made=MADE, language="fr").pages[0].text
    assert "index of" in render(portuguese, made=MADE, language="en").pages[0].text


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
    assert page.text.startswith("[1] Le pont rouvre — Le Courrier, 12 février 2025\n«\u202fLes travaux")


def test_sources_are_introduced_by_their_language_where_the_question_has_another() -> None:
    german = replace(ANSWER.citations[0], language="de")
    (page,) = sources_pages(render(replace(ANSWER, citations=(german,)), made=MADE, language="fr"))
    assert page.text.endswith("\n(en allemand) «\u202fLes travaux ont duré 14 mois.\u202f»")
    asked = replace(ANSWER, citations=(german,), language="de")
    assert "(" not in sources_pages(render(asked, made=MADE, language="fr"))[0].text


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
def test_any_answer_and_citations_are_messages_within_the_limits_that_lose_no_sentence(
    words: str, note: str, quotes: list[tuple[str, str, str]]
) -> None:
    citations = tuple(
        Citation(number, f"a{number}", title, "", f"https://example.org/{tail}", None, 0, len(quote), quote)
        for number, (quote, title, tail) in enumerate(quotes, start=1)
    )
    markers = "".join(f"[{each.number}]" for each in citations)
    answer = Answer("q", "q", words + markers, citations, (passage(note),), found=True, language="fr", note=note)
    pages = render(answer, made=MADE, language="fr").pages
    assert [problem for page in pages for problem in problems_of(page.text, page.entities)] == []
    shown = re.sub(r"\s", "", "".join(page.text for page in pages))
    told = [text for quote, title, _ in quotes for text in (unwrapped(quote), title[:20].rpartition(" ")[0])]
    for part in [words + markers, note, *told]:
        assert re.sub(r"\s", "", part).encode("utf-8", "replace").decode() in shown
