"""Places whose names differ by more than spelling between languages are the same place, and no other."""

from __future__ import annotations

from itertools import permutations

import pytest

from retrieval.facts.facts import Facts
from retrieval.facts.names import places
from retrieval.verifying.support import objection

SAID = {
    "fr": "Le maire a ouvert une école à {} en 2019.",
    "en": "The mayor opened a school in {} in 2019.",
    "de": "Der Bürgermeister hat 2019 in {} eine Schule eröffnet.",
    "es": "El alcalde abrió una escuela en {} en 2019.",
    "it": "Il sindaco ha aperto una scuola a {} nel 2019.",
    "pt": "O prefeito abriu uma escola em {} em 2019.",
    "ru": "Мэр открыл школу в {} в 2019 году.",
}
PLACES = [
    line.split(", ")
    for line in """
Londres, London, London, Londres, Londra, Londres, Лондоне
Pékin, Beijing, Peking, Pekín, Pechino, Pequim, Пекине
Vienne, Vienna, Wien, Viena, Vienna, Viena, Вене
Cologne, Cologne, Köln, Colonia, Colonia, Colônia, Кёльне
Munich, Munich, München, Múnich, Monaco di Baviera, Munique, Мюнхене
Genève, Geneva, Genf, Ginebra, Ginevra, Genebra, Женеве
Bruxelles, Brussels, Brüssel, Bruselas, Bruxelles, Bruxelas, Брюсселе
Varsovie, Warsaw, Warschau, Varsovia, Varsavia, Varsóvia, Варшаве
Moscou, Moscow, Moskau, Moscú, Mosca, Moscou, Москве
Lisbonne, Lisbon, Lissabon, Lisboa, Lisbona, Lisboa, Лиссабоне
Athènes, Athens, Athen, Atenas, Atene, Atenas, Афинах
Le Caire, Cairo, Kairo, El Cairo, Il Cairo, Cairo, Каире
Damas, Damascus, Damaskus, Damasco, Damasco, Damasco, Дамаске
Alger, Algiers, Algier, Argel, Algeri, Argel, Алжире
Copenhague, Copenhagen, Kopenhagen, Copenhague, Copenaghen, Copenhague, Копенгагене
Jérusalem, Jerusalem, Jerusalem, Jerusalén, Gerusalemme, Jerusalém, Иерусалиме
Florence, Florence, Florenz, Florencia, Firenze, Florença, Флоренции
Venise, Venice, Venedig, Venecia, Venezia, Veneza, Венеции
La Haye, The Hague, Den Haag, La Haya, L'Aia, Haia, Гааге
Anvers, Antwerp, Antwerpen, Amberes, Anversa, Antuérpia, Антверпене
New York, New York, New York, Nueva York, New York, Nova Iorque, Нью-Йорке
Séoul, Seoul, Seoul, Seúl, Seul, Seul, Сеуле
Allemagne, Germany, Deutschland, Alemania, Germania, Alemanha, Германии
Grèce, Greece, Griechenland, Grecia, Grecia, Grécia, Греции
Hongrie, Hungary, Ungarn, Hungría, Ungheria, Hungria, Венгрии
Suisse, Switzerland, Schweiz, Suiza, Svizzera, Suíça, Швейцарии
Chine, China, China, China, Cina, China, Китае
Pays-Bas, Netherlands, Niederlande, Países Bajos, Paesi Bassi, Países Baixos, Нидерландах
""".strip().split("\n")
]
# a noun of a German quote is not told from a name, in whose place the first Russian word could stand
UNTOLD = ("ru", "de")
NAMED = [dict(zip(SAID, names, strict=True)) for names in PLACES]


@pytest.mark.parametrize(("one", "other"), [pair for pair in permutations(SAID, 2) if pair != UNTOLD])
def test_a_place_is_known_by_its_name_in_another_language(one: str, other: str) -> None:
    told = [Facts.of(SAID[one].format(names[one]), one) for names in NAMED]
    quotes = [Facts.of(SAID[other].format(names[other]), other) for names in NAMED]
    assert [objection(*pair) for pair in zip(told, quotes, strict=True) if objection(*pair)] == []
    shown = [(told[at].text, quotes[at - by].text) for at in range(len(told)) for by in (1, 5, 7)
             if not objection(told[at], quotes[at - by])]  # fmt: skip
    assert shown == []


def test_a_city_is_written_with_a_capital() -> None:
    """Where it is not, it is another word: Salta is one in Argentina."""
    assert places("El gato salta en Lima.", "es") == {"America/Lima": {"lima"}}


def test_a_city_that_its_country_is_named_after_names_both() -> None:
    assert places("в Алжире", "ru").keys() == {"DZ", "Africa/Algiers"}
