from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.folding import fold
from index.text.languages import detect_language
from retrieval.answering.highlights import highlights
from retrieval.facts.facts import LONGEST, Facts
from retrieval.facts.kinds import Kind

# What is marked stands in ⟦ ⟧; the kind is that of the question, so that both are tested together.
_MEDALS = "La France a remporté {} médailles, dont {} en or, en {}."
_MARKED = [
    # dates
    ("Quand a eu lieu l’appel ?", "L’appel a eu lieu le ⟦12 février 2025⟧."),
    ("Quand a eu lieu l’appel ?", "L’appel a eu lieu ⟦mercredi 12 février 2025⟧ à Moscou."),
    ("Quand a eu lieu l’appel ?", "L’appel a eu lieu ⟦mercredi⟧, selon le Kremlin."),
    ("Quand l’accord a-t-il été signé ?", "L’accord a été signé en ⟦1998⟧."),
    ("Quand l’accord a-t-il été signé ?", "L’accord a été signé le ⟦1er janvier 1998⟧, après 12 ans."),
    ("Quand l’accord a-t-il été signé ?", "L’accord a été signé le ⟦12/02/2025⟧."),
    ("Quand l’accord a-t-il été signé ?", "L’accord de 1998 a été signé le ⟦15 octobre 1998⟧."),
    ("Quand l’accord de 1971 a-t-il pris fin ?", "L’accord de 1971 a pris fin en ⟦février 2025⟧."),
    ("Quand est né l’auteur ?", "L’auteur, né le ⟦14 mars 1879⟧ à Ulm, est mort le 18 avril 1955."),
    ("Quand est mort l’auteur ?", "L’auteur, né le 14 mars 1879 à Ulm, est mort le ⟦18 avril 1955⟧."),
    ("Quelle est la date du décès de l’auteur ?", "L’auteur (né le 14 mars 1879, mort le ⟦18 avril 1955⟧) est lu."),
    ("En quelle année est-il parti ?", "Il est parti un mardi de ⟦1998⟧."),
    ("Quand est-ce arrivé ?", "C’est arrivé dans les ⟦années 1990⟧."),
    ("Quand est-ce arrivé ?", "C’est arrivé au ⟦XIXe siècle⟧."),
    ("When did the call take place?", "The call took place on ⟦March 3, 2024⟧."),
    ("When did the call take place?", "The call took place on ⟦Monday, 3 March⟧."),
    ("When did the call take place?", "The call took place ⟦yesterday⟧."),
    ("When was it built?", "It was built in the ⟦1970s⟧."),
    ("Wann war das Gespräch?", "Das Gespräch war am ⟦3. März 2024⟧."),
    ("Wann war das Gespräch?", "Das Gespräch war am ⟦Mittwoch⟧."),
    ("¿Cuándo fue la llamada?", "La llamada fue el ⟦12 de febrero de 2025⟧."),
    ("Когда был разговор?", "Разговор состоялся ⟦12 февраля 2025 года⟧."),
    ("Когда был разговор?", "Разговор состоялся в ⟦1971 году⟧."),
    ("متى جرت المكالمة؟", "جرت المكالمة يوم ⟦12 فبراير 2025⟧."),
    ("متى جرت المكالمة؟", "جرت المكالمة في ⟦١٢ فبراير ٢٠٢٥⟧."),
    ("通话是什么时候？", "通话于⟦2025年2月12日⟧举行。"),
    # numbers
    ("Combien de patients en 2020 ?", "Elle a reçu 23 400 patients l’an dernier, contre ⟦18 000⟧ en 2020."),
    (
        "Combien de patients l’an dernier ?",
        "Elle a reçu ⟦23 400⟧ patients l’an dernier, contre 18 000 en 2020.",
    ),
    ("How many visitors came in 2019?", "It had 1.2 million visitors in 2024, up from ⟦900,000⟧ in 2019."),
    ("How many visitors came in 2024?", "In 2024, it had ⟦1.2 million⟧ visitors, up from 900,000 in 2019."),
    ("Combien de médailles ?", _MEDALS.format("⟦64⟧", "16", "2024")),
    ("Combien en or ?", _MEDALS.format("64", "⟦16⟧", "2024")),
    ("Combien d’habitants ?", "En 2020, la ville comptait ⟦1,5 million⟧ d’habitants et 12 ponts."),
    ("Combien de personnes ?", "Quelque ⟦2 millions⟧ de personnes ont défilé."),
    ("Combien de soldats ?", "Il y avait là ⟦1500⟧ soldats en 1944."),
    ("Quel est le taux de chômage ?", "En 2023, le chômage a touché 300 000 personnes, soit ⟦3,5 %⟧ des actifs."),
    ("Quel est le prix du billet ?", "Le billet pour 2 personnes coûte ⟦5 000 euros⟧."),
    ("Combien de kilomètres ?", "Le front est à ⟦200 kilomètres⟧."),
    ("Combien de navires ?", "Les ⟦deux cents⟧ navires sont partis le 12 mai."),
    ("Combien de bases ?", "Il y a ⟦vingt-trois⟧ bases, a-t-il dit (article 5)."),
    ("Combien de bases ?", "La Russie a très vite ouvert ⟦trois⟧ bases."),
    ("Combien d’avions ?", "Les Su-35 et ⟦12⟧ avions sont là."),
    ("How many ships are there?", "There are ⟦eleven⟧ ships and 300 men."),
    ("How much did it cost?", "It cost ⟦$3 billion⟧ in 2020."),
    ("How old is he?", "He is ⟦49 years⟧ old."),
    ("Wie viele Soldaten?", "Im Jahr 2020 waren es ⟦1.500⟧ Soldaten."),
    ("¿Cuántos barcos hay?", "Hay ⟦tres⟧ barcos en el puerto de la ciudad."),
    ("Сколько баз в стране?", "В 2020 году в стране было ⟦12⟧ баз."),
    ("كم عدد القواعد؟", "هناك ⟦12⟧ قاعدة."),
    ("有多少个基地？", "那里有⟦12个⟧基地。"),
    # lengths
    ("Quelle est la longueur du tunnel ?", "Percé en 1965, le tunnel mesure ⟦11,6 kilomètres⟧."),
    ("How long is the bridge?", "The bridge, opened in 1998, is ⟦1,300 metres⟧ long."),
    # durations
    ("Combien de temps a duré l’appel ?", "L’appel a duré ⟦une heure et demie⟧."),
    ("Combien de temps a duré l’appel ?", "Mercredi 12 février 2025, l’appel a duré ⟦90 minutes⟧."),
    ("Quelle est la durée du bail ?", "Le bail court sur ⟦49 ans⟧."),
    ("Quelle est la durée du mandat ?", "Il fut maire ⟦de 1998 à 2004⟧."),
    ("Combien de mois dure l’enquête ?", "L’enquête dure ⟦neuf mois⟧, et non 38 semaines."),
    ("How long did the call last?", "The call lasted ⟦an hour⟧."),
    ("How long did the call last?", "The call lasted ⟦two hours and ten minutes⟧."),
    ("Wie lange dauerte es?", "Es dauerte ⟦drei Stunden⟧."),
    ("¿Cuánto tiempo duró?", "La llamada duró ⟦dos horas⟧."),
    ("Как долго длился разговор?", "Разговор длился ⟦90 минут⟧."),
    ("كم من الوقت استمر الاتصال؟", "استمر الاتصال ⟦90 دقيقة⟧."),
    ("通话持续了多久？", "通话持续了⟦90分钟⟧。"),
]
_UNMARKED = [
    ("Quand l’accord de 1971 finit-il ?", "L’accord de 1971 tient."),
    ("Quand l’apartheid cessa ?", "Il fut introduit à partir de 1948 puis aboli le 30 juin 1991."),
    ("Quand est mort Paul Durand ?", "Paul Durand (14 juillet 1930 – 17 juin 1999) est un militaire."),
    ("Combien ?", "L’accord a été signé le 12 février 2025."),
    ("Combien ?", "Ils étaient 12, 13, 14 ou 15."),
    ("Combien représentent 9,7% d’audience ?", "Elle a 9,7 % d’audience."),
    ("Combien de temps a duré l’appel ?", "L’appel a eu lieu il y a peu, en 2025."),
    ("Qui a appelé Vladimir Poutine ?", "Vladimir Poutine a été appelé mercredi par Ahmed el-Chareh."),
    ("Where was it?", "It was in Riyadh in March."),
    ("Pourquoi Poutine a-t-il appelé ?", "Il a appelé le 12 février 2025 pour 3 raisons."),
    ("Quelles bases sont citées ?", "Il cite 2 bases à Paris en 2025."),
    ("Quand ?", ""),
    ("Quand ?", "1998"),
]


def marked_in(kind: Kind, quote: str, question: str) -> tuple[tuple[int, int], ...]:
    return highlights(kind, Facts.of(quote, detect_language(quote)), Facts.of(question, ""))


def _unmarked(marked: str) -> tuple[str, list[str]]:
    return re.sub("[⟦⟧]", "", marked), re.findall("⟦(.+?)⟧", marked)


def _spans(marked: str) -> list[tuple[int, int]]:
    """The offsets of ⟦ ⟧ in the text without them."""
    parts = re.split("[⟦⟧]", marked)
    borders = [sum(map(len, parts[: number + 1])) for number in range(len(parts) - 1)]
    return list(zip(borders[::2], borders[1::2], strict=True))


@pytest.mark.parametrize(("question", "marked"), _MARKED)
def test_the_words_that_answer_are_marked(question: str, marked: str) -> None:
    quote, expected = _unmarked(marked)
    spans = marked_in(Facts.of(question, "").kind, quote, question)
    assert [quote[start:end] for start, end in spans] == expected
    assert list(spans) == _spans(marked)


@pytest.mark.parametrize(("question", "quote"), _UNMARKED)
def test_nothing_is_marked_where_it_cannot_be_told(question: str, quote: str) -> None:
    assert marked_in(Facts.of(question, "").kind, quote, question) == ()


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(
    "marked",
    [
        "Le cœur, l’œuvre, l’œil : le ⟦12 février 2025⟧.",
        "Straße, ﬁn, ½ et … : ⟦mercredi 12 février 2025⟧.",
        "Été à Évreux 🇫🇷👩‍🚀, le ⟦12\u00a0février\u202f2025⟧ 🎉 !",
        "⟦Août 2025⟧ : c’est l’été.",
        "جرى ذلـــك يوم ⟦12 فبراير 2025⟧.",
    ],
)
def test_offsets_hold_where_folding_changes_the_length(marked: str, form: str) -> None:
    marked = unicodedata.normalize(form, marked)  # type: ignore[arg-type]
    assert list(marked_in(Kind.DATE, _unmarked(marked)[0], "Quand ?")) == _spans(marked)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_accents_that_stand_apart_stay_with_their_letters(form: str) -> None:
    marked = unicodedata.normalize(form, "Élue, elle a eu la ⟦moitié⟧ des sièges.")  # type: ignore[arg-type]
    assert list(marked_in(Kind.NUMBER, _unmarked(marked)[0], "Combien de sièges ?")) == _spans(marked)


def test_the_number_nearest_to_the_counted_word_is_marked_of_nouns_with_a_modifier() -> None:
    quote, expected = _unmarked(_MEDALS.format("64", "⟦16⟧", "2024"))
    ((start, end),) = marked_in(Kind.NUMBER, quote, "Combien de médailles d’or ?")
    assert [quote[start:end]] == expected


@given(st.text())
def test_each_part_of_a_folded_text_is_found_in_the_text(text: str) -> None:
    facts = Facts(text, "")
    assert facts.beginning == "".join(str(int(c)) if c.isdecimal() else c for c in fold(text))[:LONGEST]
    spans = [facts.unfolded((at, at + 1)) for at in range(len(facts.beginning))]
    assert spans == sorted(spans)
    assert all(facts.beginning[at] in Facts(text[start:end], "").beginning for at, (start, end) in enumerate(spans))


_WORDS = (
    "12 2025 1998 février March mercredi 49 ans heures deux cents 5\u00a0000 € % $3 billion le de en à au avec par et"
    " Vladimir Poutine M. el-Chareh Paris Syrie NEW YORK né mort œuvre É é œ ½ ² ﷺ 年 2月 三 个 года Москве دقيقة ـ"
    " ’ - , . ( ) 🇫🇷"
)
_PIECES = st.sampled_from(_WORDS.split(" "))
_TEXTS = st.one_of(
    st.text(),
    st.lists(st.one_of(_PIECES, st.text(max_size=2)), max_size=30).map(" ".join),
    st.lists(_PIECES).map("".join),
)
_ANY_BORDER = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


@given(st.sampled_from(list(Kind)), _TEXTS, _TEXTS)
def test_marks_are_words_of_the_quote_in_order_whatever_is_asked(kind: Kind, quote: str, question: str) -> None:
    spans = marked_in(kind, quote, question)
    assert spans == marked_in(kind, quote, question)
    assert kind in (Kind.DATE, Kind.NUMBER, Kind.DURATION, Kind.LENGTH) or not spans
    last = 0
    for start, end in spans:
        assert last <= start < end <= len(quote)
        assert (start, end) != (0, len(quote))
        assert quote[start:end].strip() == quote[start:end] != ""
        for border in (start, end):
            around = quote[max(border - 1, 0) : border + 1]
            assert len(around) < 2 or not around.isalnum() or _ANY_BORDER.search(around)
        assert not unicodedata.combining(quote[start])
        assert end == len(quote) or not unicodedata.combining(quote[end])
        last = end
