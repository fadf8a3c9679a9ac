"""What is shown of answers made by hand: as plain text, in parts, in a notebook."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from index.article import Article, Passage
from retrieval.answering.answer import Answer, Citation, Draft, verified
from retrieval.answering.showing.shown import Look, cited_articles, quote_in_line, short_line, stretches
from retrieval.answering.words import OUR_WORDS

BRIDGE = Article(
    "a/pont.md", "Le pont de Lorzac rouvre", "Le pont de Lorzac a rouvert mardi.\nLes travaux, longs et\n"
    "chers, ont duré 14 mois.\n\n| Péage | Prix |\n|---|---|\n| Moto | 1,20 € |\n| Auto | 2,50 € |\n\n"
    "- Lundi : fermé\n- Mardi : 9 h",
    date(2025, 3, 4), "fr", "Le Courrier", "https://example.org/pont",
)  # fmt: skip
LIGHT = Article(
    "a/turm.md",
    "Der Leuchtturm",
    "Er ist 46 Meter hoch. Er wurde 1931 gebaut.",
    date(2024, 11, 2),
    "de",
    "Der Bote",
    "",
)
ARTICLES = {article.id: article for article in (BRIDGE, LIGHT)}
OPEN, WORKS, MOTO, CAR, TUESDAY = (
    "Le pont de Lorzac a rouvert mardi.", "Les travaux, longs et\nchers, ont duré 14 mois.", "| Moto | 1,20 € |",
    "| Auto | 2,50 € |", "- Mardi : 9 h",
)  # fmt: skip
HIGH, BUILT = "Er ist 46 Meter hoch.", "Er wurde 1931 gebaut."


def passage(article: Article) -> Passage:
    return Passage(
        f"{article.id}#0", article.id, article.title, article.source, article.url, article.published, article.language,
        0, len(article.text), article.text,
    )  # fmt: skip


def draft(quote: str, *highlighted: str, text: str = "", in_title: bool = False) -> Draft:
    article = next(each for each in ARTICLES.values() if quote in (each.title if in_title else each.text))
    start = (article.title if in_title else article.text).index(quote)
    spans = tuple((quote.index(words), quote.index(words) + len(words)) for words in highlighted)
    return Draft(text or quote, passage(article), start, start + len(quote), quote, spans, in_title)


def answer(*drafts: Draft, language: str = "fr", short: str = "", note: str = "") -> Answer:
    written = verified(drafts, ARTICLES.get)
    assert written.dropped == ()
    passages = tuple(map(passage, ARTICLES.values()))
    return Answer(
        "q", "q", written.text, written.citations, passages, found=True, language=language, note=note, short=short
    )


def closest(*drafts: Draft, language: str = "fr", note: str = "") -> Answer:
    found = answer(*drafts, language=language, note=note)
    return replace(found, text="Non.", citations=(), nearest=found.citations, found=False)


def lines(shown: Answer) -> list[str]:
    return str(shown).replace("\u00a0", " ").replace("\u202f", " ").split("\n")


def test_a_sentence_stands_once_and_each_article_has_one_line() -> None:
    shown = answer(draft(OPEN), draft(HIGH, text="Le phare a 46 mètres."), draft(WORKS), note="Une note.")
    assert lines(shown) == [
        "Le pont de Lorzac a rouvert mardi. [1] Le phare a 46 mètres. [2] "
        "Les travaux, longs et chers, ont duré 14 mois. [3]",
        "",
        "Une note.",
        "",
        "[1] [3] Le pont de Lorzac rouvre — Le Courrier, 4 mars 2025 — https://example.org/pont",
        "[2] Der Leuchtturm — Der Bote, 2 novembre 2024",
        "    (en allemand) « Er ist 46 Meter hoch. »",
    ]


def test_a_quote_of_several_that_differs_has_its_number() -> None:
    shown = answer(draft(OPEN), draft(WORKS, text="14 mois de travaux."), draft(OPEN, text="Il rouvre."))
    assert lines(shown)[2:] == [
        "[1] [2] Le pont de Lorzac rouvre — Le Courrier, 4 mars 2025 — https://example.org/pont",
        "    [2] « Les travaux, longs et chers, ont duré 14 mois. »",
    ]


def test_rows_and_items_are_read_without_bars_and_not_shown_again() -> None:
    shown = answer(draft(CAR, "2,50 €"), draft(TUESDAY, "9 h"))
    assert lines(shown) == [
        "Auto — Prix : 2,50 € [1] Mardi : 9 h [2]",
        "",
        "[1] [2] Le pont de Lorzac rouvre — Le Courrier, 4 mars 2025 — https://example.org/pont",
    ]
    assert [each.text for each in stretches(shown) if each.look == Look.ANSWERS] == ["2,50 €", "9 h"]
    assert [citation.quote for citation in shown.citations] == [CAR, TUESDAY]


@pytest.mark.parametrize("quote", ["| Péage | Prix |", "|---|---|"])
def test_the_head_of_a_table_is_no_sentence_of_an_answer(quote: str) -> None:
    written = verified([draft(quote), draft(MOTO)], ARTICLES.get)
    assert (written.text.replace("\u00a0", " "), len(written.citations)) == ("Moto — Prix : 1,20 € [1]", 1)
    assert written.dropped == ((quote, "the head of a table is no sentence"),)


def test_sentences_in_another_language_are_introduced_once_for_those_that_follow_each_other() -> None:
    shown = answer(draft(OPEN), draft(HIGH), draft(BUILT), draft(WORKS))
    assert lines(shown)[0] == (
        "Le pont de Lorzac a rouvert mardi. [1] (en allemand) Er ist 46 Meter hoch. [2] Er wurde 1931 gebaut. [3] "
        "Les travaux, longs et chers, ont duré 14 mois. [4]"
    )
    assert lines(answer(draft(HIGH), language="de"))[0] == "Er ist 46 Meter hoch. [1]"
    assert lines(answer(draft(HIGH), language="ar"))[0].startswith("(باللغة الألمانية) Er ist")


def test_numbered_answers_keep_their_numbers_before_what_introduces_a_sentence() -> None:
    shown = answer(draft(OPEN), draft(HIGH))
    first, second = (sentence.strip() for sentence in shown.text.replace("]", "]\n").strip().split("\n"))
    shown = replace(shown, text=f"1. {first}\n2. {second}")
    assert lines(shown)[:2] == [f"1. {first}", f"2. (en allemand) {second}"]
    assert not any(article.untold for article in cited_articles(shown))


def test_the_short_answer_is_the_first_line_where_it_spares_reading() -> None:
    assert lines(answer(draft(WORKS), short="14 mois"))[:2] == [
        "14 mois",
        "Les travaux, longs et chers, ont duré 14 mois. [1]",
    ]
    assert short_line(answer(draft(TUESDAY), short="Mardi : 9")) == ""  # 9 of 11 characters
    assert short_line(answer(draft(OPEN))) == ""


def test_what_comes_closest_is_told_with_its_source() -> None:
    assert lines(closest(draft(CAR), note="2 articles.")) == [
        "Non. Le plus proche : Auto — Prix : 2,50 € [1]",
        "",
        "2 articles.",
        "",
        "[1] Le pont de Lorzac rouvre — Le Courrier, 4 mars 2025 — https://example.org/pont",
    ]
    assert lines(closest(draft(HIGH), draft(OPEN), language="en"))[0] == (
        f"Non. The closest: (in German) {HIGH} [1] (in French) {OPEN} [2]"
    )
    for language in OUR_WORDS:
        assert HIGH in str(closest(draft(HIGH), language=language))


def test_a_headline_that_answers_is_not_told_again() -> None:
    headline = draft(BRIDGE.title, in_title=True)
    assert lines(answer(headline)) == [
        "Le pont de Lorzac rouvre [1]",
        "",
        "[1] titre de l’article — Le Courrier, 4 mars 2025 — https://example.org/pont",
    ]
    assert lines(closest(headline))[-1].startswith("[1] titre de l’article — ")
    (alone,) = cited_articles(answer(headline), alone=True)
    assert (alone.title, len(alone.untold)) == (BRIDGE.title, 1)
    assert answer(headline).context(answer(headline).citations[0]) == ("", "")


def test_a_text_without_citations_is_shown_as_it_is() -> None:
    assert str(Answer("q", "q", "Bonjour [1] !", language="fr")) == "Bonjour [1] !"


def test_words_that_answer_keep_their_place_in_a_quote_of_several_lines() -> None:
    (citation,) = answer(draft(WORKS, "Les travaux", "14 mois")).citations
    quote, spans = quote_in_line(citation)
    assert [quote[start:end] for start, end in spans] == ["Les travaux", "14 mois"]
    assert quote == WORKS.replace("\n", " ")


def test_also_in_names_the_other_articles_of_all_citations() -> None:
    (citation,) = answer(draft(OPEN)).citations
    other = replace(citation, number=2, also_in=("b", "a"))
    shown = Answer("q", "q", f"{OPEN} [1] {OPEN} [2]", (replace(citation, also_in=("c",)), other), language="fr")
    assert lines(shown)[-1] == (
        "[1] [2] Le pont de Lorzac rouvre — Le Courrier, 4 mars 2025 (= a, b, c) — https://example.org/pont"
    )


def test_a_notebook_folds_the_passages_and_shows_the_quotes_that_differ() -> None:
    shown = answer(draft(WORKS, "14 mois"), draft(HIGH, text="Le phare a 46 mètres."), short="14 mois")
    html = shown._repr_html_()
    assert html.startswith(
        '<p dir="auto"><strong>14 mois</strong></p>'
        '<p dir="auto">Les travaux, longs et chers, ont duré <strong>14 mois</strong>. [1] '
        "Le phare a 46 mètres. [2]</p>"
        '<details><summary>[1] <a href="https://example.org/pont"'
    )
    assert html.endswith(
        "<mark>Er ist 46 Meter hoch.</mark> Er wurde 1931 gebaut.</blockquote></details>"
        '<blockquote dir="auto">(en allemand) «\u202fEr ist 46 Meter hoch.\u202f»</blockquote>'
    )
    assert "Le plus proche" in closest(draft(OPEN))._repr_html_()


def test_json_tells_short_nearest_and_languages() -> None:
    plain = closest(draft(HIGH)).to_dict()
    assert (plain["short"], plain["citations"]) == ("", [])
    assert [(each["quote"], each["language"], each["in_title"]) for each in plain["nearest"]] == [(HIGH, "de", False)]


def test_a_citation_of_an_unknown_language_is_not_introduced() -> None:
    told = Citation(1, "a", "T", "", "", None, 0, 5, "Mots.")
    assert str(Answer("q", "q", "Mots. [1]", (told,), found=True, language="fr")) == "Mots. [1]\n\n[1] T"
