"""Rows and items as sentences; every text is written for this."""

from __future__ import annotations

import pytest

from index.text.sentences import split_sentences
from index.text.tables import is_head, rows_begin, tells, written_out

MARKDOWN = """\
Les prix du lavoir changent.

| Public | Billet | Carte annuelle |
|:---|---:|---|
| Adulte | 7,20 € | **31 €** |
| Étudiant | 4,10 € | |
| Groupe | Sur devis. Appelez-nous. | 90 € |

| Nom | Rôle |
|---|---|
| Maud \\| Jo | Accueil |
"""
PAGE = "Horaires du bac\nJour | Départ | Retour\nLundi | 7 h | 19 h\nMardi | 8 h"
LIST = "Horaires :\n\n- Mardi : 13 h à 17 h\n* Lundi : fermé\n\n1. Directrice : Maud Ferrec\n2. Accueil : Jo Lanvin"


def told(text: str, words: str, language: str = "fr") -> str:
    start = text.index(words)
    return written_out(text, start, start + len(words), language)


@pytest.mark.parametrize(
    ("text", "words", "sentence"),
    [
        (MARKDOWN, "| Adulte | 7,20 € | **31 €** |", "Adulte — Billet : 7,20 € — Carte annuelle : 31 €"),
        (MARKDOWN, "| Étudiant | 4,10 € | |", "Étudiant — Billet : 4,10 €"),
        (MARKDOWN, "Appelez-nous. | 90 € |", "Billet : Appelez-nous. — Carte annuelle : 90 €"),
        (MARKDOWN, "Sur devis.", "Billet : Sur devis."),
        (MARKDOWN, "| Maud \\| Jo | Accueil |", "Maud \\| Jo — Rôle : Accueil"),
        (MARKDOWN, "Les prix du lavoir changent.", "Les prix du lavoir changent."),
        (PAGE, "Lundi | 7 h | 19 h", "Lundi — Départ : 7 h — Retour : 19 h"),
        (PAGE, "Mardi | 8 h", "Mardi : 8 h"),  # a cell is missing: nobody knows which
        (LIST, "- Mardi : 13 h à 17 h", "Mardi : 13 h à 17 h"),
        (LIST, "* Lundi : fermé", "Lundi : fermé"),
        (LIST, "1. Directrice : Maud Ferrec", "Directrice : Maud Ferrec"),
        ("- 13 h : visite\n- 15 h : concert", "- 15 h : concert", "15 h : concert"),
    ],
)
def test_a_row_or_an_item_is_told_as_a_sentence(text: str, words: str, sentence: str) -> None:
    assert told(text, words).replace("\u00a0", " ") == sentence.replace("\u00a0", " ")


@pytest.mark.parametrize(
    "sentence",
    [
        "- 3 % en un an.",
        "1. FC Köln gewann.",
        "Le prix (hors - taxe) monte.",
        "Le Courrier | Le lavoir rouvre",
        "A || B ?",
        "-",
        "– ",
    ],
)
def test_any_other_sentence_stays_as_it_is(sentence: str) -> None:
    assert told(f"Avant.\n{sentence}\nAprès.", sentence) == sentence
    assert tells(sentence, sentence)


def test_a_colon_is_written_as_the_language_of_the_article_writes_it() -> None:
    row = "| Adult | £7 |"
    table = f"| Who | Ticket |\n|---|---|\n{row}"
    assert told(table, row, "en") == "Adult — Ticket: £7"
    assert told(table, row, "fr") == "Adult — Ticket\u00a0: £7"


def test_the_head_and_the_rule_of_a_table_are_no_sentences() -> None:
    spans = split_sentences(MARKDOWN, "fr")
    heads = [MARKDOWN[start:end] for start, end in spans if is_head(MARKDOWN, start, end)]
    assert heads == ["| Public | Billet | Carte annuelle |", "|:---|---:|---|", "| Nom | Rôle |", "|---|---|"]
    assert not any(is_head(LIST, *span) for span in split_sentences(LIST, "fr"))
    assert is_head(PAGE, start := PAGE.index("Jour"), PAGE.index("\nLundi"))
    assert not is_head(f"{PAGE}\nDimanche | fermé", start, start + 4)  # where words may be what a row says


def test_a_sentence_that_is_written_out_tells_its_quote_and_one_that_says_more_does_not() -> None:
    for text, words in ((MARKDOWN, "| Adulte | 7,20 € | **31 €** |"), (PAGE, "Mardi | 8 h"), (LIST, "* Lundi : fermé")):
        assert tells(told(text, words), words)
    row = "| Adulte | 7,20 € |"
    assert not tells("Adulte — Billet : 4,10 €", row)
    assert not tells("Le billet coûte 7,20 € pour un adulte.", row)
    assert not tells("Le pont n’a pas rouvert.", "Le pont a rouvert.")
    assert not tells("Le pont a rouvert. Il est neuf.", "Le pont a rouvert.")


@pytest.mark.parametrize(
    ("text", "words", "first"),
    [
        (MARKDOWN, "| Adulte", "| Public"),
        (MARKDOWN, "| Groupe", "| Public"),
        (MARKDOWN, "| Maud", "| Nom"),
        (PAGE, "Mardi | 8 h", "Jour"),
        (LIST, "* Lundi : fermé", "- Mardi"),
        (LIST, "2. Accueil", "1. Directrice"),
    ],
)
def test_rows_of_a_table_and_items_of_a_list_begin_where_the_first_one_does(text: str, words: str, first: str) -> None:
    start = text.index(words)
    assert rows_begin(text, start, start + len(words)) == text.index(first)


def test_a_sentence_is_of_no_table() -> None:
    assert rows_begin(MARKDOWN, 0, MARKDOWN.index("\n")) is None
    assert rows_begin(LIST, 0, 10) is None
