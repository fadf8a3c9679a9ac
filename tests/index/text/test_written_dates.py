from __future__ import annotations

from datetime import date

import pytest

from index.reading import read_content
from index.text.dates import declared_date, head_date, labelled_date

DAY = date(2025, 3, 12)


@pytest.mark.parametrize(
    "written",
    [
        "2025-03-12T08:00:00+01:00",
        "12 mars 2025",
        "mercredi 12 mars 2025 à 10h30",
        "le 12 mars 2025",
        "March 12, 2025",
        "Mar. 12, 2025 at 5:30 p.m. ET",
        "12th March 2025",
        "Wed, 12 Mar 2025 10:00:00 GMT",
        "12 MARS 2025",
    ],
)
def test_a_declared_day_is_read_as_people_and_programs_write_it(written: str) -> None:
    assert declared_date(written) == DAY


@pytest.mark.parametrize(
    "written", ["", "mars 2025", "12 mars", "32 mars 2025", "12/03/2025", "0101-01-01", "1 mai ou 2 mai 2025", "hier"]
)
def test_what_is_no_single_day_is_no_date(written: str) -> None:
    assert declared_date(written) is None


def test_the_first_of_a_month_and_accents_are_read() -> None:
    assert declared_date("1er août 2024") == date(2024, 8, 1)
    assert declared_date("3 févr. 2024") == date(2024, 2, 3)
    assert declared_date("25 décembre 2023") == date(2023, 12, 25)


@pytest.mark.parametrize(
    "line",
    [
        "Publié le 12 mars 2025",
        "Publié le mercredi 12 mars 2025 à 10h30 - Mis à jour le 13 mars 2025 à 8h",
        "Mis à jour le 13 mars 2025 | Publié le 12/03/2025 à 07:15",
        "Article publié le 12 mars 2025 dans Le Journal",
        "Par Jeanne Dupont, publié le 12 mars 2025",
        "Mis en ligne le 12 mars 2025",
        "Date de publication : 12 mars 2025",
        "Published on March 12, 2025",
        "First published: 12 March 2025, 10:15 GMT",
        "Posted 2025-03-12",
        "12 mars 2025",
        "Par Jeanne Dupont, le 12 mars 2025",
        "By Jane Doe | March 12, 2025",
        "Paris, le 12 mars 2025",
    ],
)
def test_a_line_of_the_head_tells_the_day_of_publication(line: str) -> None:
    assert head_date(["Un titre", "", line, "Le texte commence ici."]) == DAY


@pytest.mark.parametrize(
    "line",
    [
        "Élections du 12 mars 2025",
        "Mis à jour le 12 mars 2025",
        "Updated March 12, 2025",
        "Il est né le 12 mars 2025 à Lyon.",
        "Selon un rapport publié le 12 mars 2025, le chômage baisse.",
        "Publié le 12 mars 2025, le rapport de la Cour des comptes critique la gestion de la ville. " * 2,
        "Publié en 2025",
        "Le 12 mars 2025, le maire a dit que le pont serait fini",
        "© 2025 Le Journal",
    ],
)
def test_days_of_events_changes_and_titles_are_not_the_day_of_publication(line: str) -> None:
    assert head_date(["Un titre", line, "Le texte commence ici."]) is None


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("Lorbec, 12 mars 2025 — La rivière a débordé dans la nuit et quarante maisons sont sous l'eau.", DAY),
        ("LONDON, March 12, 2025 (AP) - The shop is open again, and people came from all of the valley.", DAY),
        ("Karlsruhe, (12.03.2025). Der Fluss ist in der Nacht über die Ufer getreten, so die Stadt.", DAY),
        ("Le 14 juillet 2019, le quartier était déjà sous l'eau, et la mairie avait promis une digue.", None),
        ("*Publié le 12 mars 2025*", DAY),
        ("**12/03/2025**", DAY),
    ],
)
def test_datelines_and_days_in_italics_are_read(line: str, day: date | None) -> None:
    assert head_date(["Un titre", "", line, "La suite."], "fr") == day


def test_a_day_that_is_said_to_be_that_of_publication_counts_anywhere_if_it_is_the_only_one() -> None:
    lines = [f"Paragraphe {i}" for i in range(40)]
    assert labelled_date([*lines, "Publié le 12 mars 2025"]) == DAY
    assert labelled_date([*lines, "Publié le 12 mars 2025", "Publié le 13 mars 2025"]) is None


def test_digits_are_read_as_the_language_writes_them() -> None:
    assert declared_date("12/03/2025", "fr") == declared_date("12.03.25") == declared_date("2025年3月12日") == DAY
    assert declared_date("12/03/2025", "en") is declared_date("31/02/2025", "fr") is None
    assert declared_date("03/13/2025", "en") == declared_date("13/03/2025") == date(2025, 3, 13)


def test_only_the_head_is_read() -> None:
    lines = [f"Paragraphe {i}" for i in range(20)]
    assert head_date([*lines[:4], "12 mars 2025", *lines[4:]]) == DAY
    assert head_date([*lines[:6], "12 mars 2025", *lines[6:]]) is None
    assert head_date([*lines[:6], "Publié le 12 mars 2025", *lines[6:]]) == DAY
    assert head_date([*lines, "Publié le 12 mars 2025"]) is None


def test_front_matter_comes_before_what_the_text_says_and_that_before_nothing() -> None:
    text = "Un titre\n\nPublié le 12 mars 2025\n\nLe texte.\n"
    assert read_content(text.encode(), ".txt").published == DAY
    assert read_content(f"---\ndate: 2024-01-02\n---\n{text}".encode(), ".md").published == date(2024, 1, 2)
    assert read_content(f"---\ndate: 2 janvier 2024\n---\n{text}".encode(), ".md").published == date(2024, 1, 2)
    assert read_content(text.encode(), ".txt").body == text


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("", "<time>12 mars 2025</time>"),
        ("", '<div class="meta"><span>Publié le 12 mars 2025 à 10h30</span></div>'),
        ("", "<p>Published on March 12, 2025</p>"),
        ('<meta name="date" content="March 12, 2025">', ""),
    ],
)
def test_a_page_is_dated_by_the_words_at_its_headline(head: str, body: str) -> None:
    page = (
        f"<html><head><title>Un titre</title>{head}</head><body><nav>Publié le 1 mai 2019</nav>"
        f"<p>2 mai 2019</p><h1>Un <b>titre</b></h1>{body}"
        "<p>Le musée de la ville a rouvert samedi après deux ans de travaux importants.</p>"
        "<footer>Mis en ligne le 3 mai 2018</footer></body></html>"
    )
    assert read_content(page.encode(), ".html").published == DAY


@pytest.mark.parametrize(
    "line",
    [
        "Pubblicato il 12 marzo 2025",
        "Di Anna Bianchi, pubblicato mercoledì 12 marzo 2025 alle 10:30",
        "Data di pubblicazione: 12 mar 2025",
        "Pubblicato il 12/03/2025",
        "Publicado em 12 de março de 2025",
        "Por Ana Souza, 12 de março de 2025 às 10h30",
        "Publicado quarta-feira, 12 de março de 2025",
        "Publicado em 12/03/2025",
    ],
)
def test_a_day_of_publication_is_read_in_each_language_that_tells_how_it_is_written(line: str) -> None:
    assert head_date(["Un titolo", "", line, "Il testo comincia qui."]) == DAY
