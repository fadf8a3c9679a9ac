from __future__ import annotations

import pytest

from index.text.bylines import author_named, byline


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (["Par Ana Rouxel | 12 mars 2025 | Météo", "La rivière a débordé."], "Ana Rouxel"),
        (
            ["La crue à Lorbec", "", "Par Ana de la Rouxel et Paul Ker", "La rivière a débordé."],
            "Ana de la Rouxel, Paul Ker",
        ),
        (["By Jane Doe", "The river rose."], "Jane Doe"),
        (["Von Anna Schmidt, Berlin", "Der Fluss stieg."], "Anna Schmidt"),
        (["di Anna Rossi e Marco Verdi", "Il fiume è salito."], "Anna Rossi, Marco Verdi"),
        (["La rivière a débordé.", "Les caves sont pleines.", "Ana Rouxel, Le Courrier"], "Ana Rouxel"),
        (["La rivière a débordé.", "Les caves sont pleines.", "— Ana Rouxel"], "Ana Rouxel"),
        (["La rivière a débordé.", "Les caves sont pleines.", "Par Ana Rouxel"], "Ana Rouxel"),
    ],
)
def test_a_byline_at_the_head_or_the_end_names_who_wrote(lines: list[str], name: str) -> None:
    assert byline(lines) == name


@pytest.mark.parametrize(
    "lines",
    [
        ["Par ailleurs, Paul Ker a refusé.", "La rivière a débordé."],
        ["Par temps de Pluie Forte, la rivière déborde.", "Fin."],
        ["La rivière a débordé.", "Paris, France"],
        ["Paul Ker a dit non."],
        ["Une.", "Deux.", "Trois.", "Quatre.", "Par Ana Rouxel", "Six.", "Sept.", "Huit.", "Neuf."],
        [],
    ],
)
def test_what_only_looks_like_a_byline_is_none(lines: list[str]) -> None:
    assert byline(lines) == ""


@pytest.mark.parametrize(
    ("declared", "name"),
    [
        ("  Ana   Rouxel ", "Ana Rouxel"),
        ("Ana Rouxel; Paul Ker", "Ana Rouxel, Paul Ker"),
        ("par Ana Rouxel", "Ana Rouxel"),
        ("https://news.example/ana", ""),
        ("ana@news.example", ""),
        ("admin", ""),
        ("Rédaction", ""),
        ("", ""),
    ],
)
def test_a_declared_author_is_a_name(declared: str, name: str) -> None:
    assert author_named(declared) == name
