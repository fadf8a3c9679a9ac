from __future__ import annotations

import time
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from retrieval.understanding.times import Window, find_window

_TODAY = date(2025, 4, 16)  # a Wednesday

# question, the phrase in it, first and last day
_FROM_TODAY = [
    ("Que se passe-t-il aujourd’hui ?", "aujourd’hui", "2025-04-16", "2025-04-16"),
    ("Aujourd'hui, qui a parlé ?", "Aujourd'hui", "2025-04-16", "2025-04-16"),
    ("Qu’a dit le ministre ce matin ?", "ce matin", "2025-04-16", "2025-04-16"),
    ("Que s’est-il passé cette nuit à Alep ?", "cette nuit", "2025-04-16", "2025-04-16"),
    ("Que s’est-il passé hier ?", "hier", "2025-04-15", "2025-04-15"),
    ("QUI A PARLÉ HIER SOIR ?", "HIER SOIR", "2025-04-15", "2025-04-15"),
    ("Qui a parlé avant-hier ?", "avant-hier", "2025-04-14", "2025-04-14"),
    ("qui a parle avant hier", "avant hier", "2025-04-14", "2025-04-14"),
    ("Et cette semaine ?", "cette semaine", "2025-04-14", "2025-04-16"),
    ("Que s’est-il passé la semaine dernière ?", "la semaine dernière", "2025-04-07", "2025-04-13"),
    ("que s'est-il passe la semaine passee", "la semaine passee", "2025-04-07", "2025-04-13"),
    ("Combien de bases ce mois-ci ?", "ce mois-ci", "2025-04-01", "2025-04-16"),
    ("Combien de bases le mois dernier ?", "le mois dernier", "2025-03-01", "2025-03-31"),
    ("Quels accords cette année ?", "cette année", "2025-01-01", "2025-04-16"),
    ("Quels accords l’année dernière ?", "l’année dernière", "2024-01-01", "2024-12-31"),
    ("Quels accords l'an dernier ?", "l'an dernier", "2024-01-01", "2024-12-31"),
    ("Quels accords l’an passé ?", "l’an passé", "2024-01-01", "2024-12-31"),
    ("Et ce trimestre ?", "ce trimestre", "2025-04-01", "2025-04-16"),
    ("Le trimestre dernier ?", "Le trimestre dernier", "2025-01-01", "2025-03-31"),
    ("Quoi, ces 3 derniers jours ?", "ces 3 derniers jours", "2025-04-13", "2025-04-16"),
    ("Et ces deux dernières semaines ?", "ces deux dernières semaines", "2025-04-02", "2025-04-16"),
    ("au cours des six derniers mois", "au cours des six derniers mois", "2024-10-16", "2025-04-16"),
    ("Et ces dernières 24 heures ?", "ces dernières 24 heures", "2025-04-15", "2025-04-16"),
    ("Qui a parlé les derniers jours ?", "les derniers jours", "2025-04-09", "2025-04-16"),
    ("Et ces derniers temps ?", "ces derniers temps", "2025-03-17", "2025-04-16"),
    ("Qui a récemment démissionné ?", "récemment", "2025-03-17", "2025-04-16"),
    ("Et il y a trois jours ?", "il y a trois jours", "2025-04-13", "2025-04-13"),
    ("Et il y a une semaine ?", "il y a une semaine", "2025-04-07", "2025-04-13"),
    ("Et il y a quinze jours ?", "il y a quinze jours", "2025-03-31", "2025-04-06"),
    ("Et il y a 2 mois ?", "il y a 2 mois", "2025-02-01", "2025-02-28"),
    ("Et il y a douze ans ?", "il y a douze ans", "2013-01-01", "2013-12-31"),
    ("Et le week-end dernier ?", "le week-end dernier", "2025-04-12", "2025-04-13"),
    ("Et ce week-end ?", "ce week-end", "2025-04-12", "2025-04-13"),
    ("Qu’a dit Macron lundi ?", "lundi", "2025-04-14", "2025-04-14"),
    ("Qu’a dit Macron mercredi ?", "mercredi", "2025-04-16", "2025-04-16"),
    ("Qu’a dit Macron mercredi dernier ?", "mercredi dernier", "2025-04-09", "2025-04-09"),
    ("Combien de morts depuis lundi ?", "depuis lundi", "2025-04-14", "2025-04-16"),
    ("Combien de morts depuis hier ?", "depuis hier", "2025-04-15", "2025-04-16"),
    ("Combien de morts depuis trois semaines ?", "depuis trois semaines", "2025-03-26", "2025-04-16"),
    ("Quoi depuis la semaine dernière ?", "depuis la semaine dernière", "2025-04-07", "2025-04-16"),
    ("Quoi depuis le début de l’année ?", "depuis le début de l’année", "2025-01-01", "2025-04-16"),
    ("La nuit de lundi à mardi ?", "nuit de lundi à mardi", "2025-04-14", "2025-04-15"),
    ("Que s’est-il passé en mars dernier ?", "en mars dernier", "2025-03-01", "2025-03-31"),
    ("Que s’est-il passé en avril dernier ?", "en avril dernier", "2024-04-01", "2024-04-30"),
    ("Qui a été élu l’été dernier ?", "l’été dernier", "2024-06-01", "2024-08-31"),
    ("Que s’est-il passé cet hiver ?", "cet hiver", "2024-12-01", "2025-02-28"),
    ("Quoi en mars de cette année ?", "en mars de cette année", "2025-03-01", "2025-03-31"),
    ("What happened yesterday?", "yesterday", "2025-04-15", "2025-04-15"),
    ("And the day before yesterday?", "the day before yesterday", "2025-04-14", "2025-04-14"),
    ("What did he say this morning?", "this morning", "2025-04-16", "2025-04-16"),
    ("What happened last week?", "last week", "2025-04-07", "2025-04-13"),
    ("Who resigned this month?", "this month", "2025-04-01", "2025-04-16"),
    ("Who resigned last month?", "last month", "2025-03-01", "2025-03-31"),
    ("Who resigned this year?", "this year", "2025-01-01", "2025-04-16"),
    ("What changed over the past two weeks?", "over the past two weeks", "2025-04-02", "2025-04-16"),
    ("What changed in the last 10 days?", "in the last 10 days", "2025-04-06", "2025-04-16"),
    ("What changed in recent weeks?", "in recent weeks", "2025-03-19", "2025-04-16"),
    ("Who recently resigned?", "recently", "2025-03-17", "2025-04-16"),
    ("Who resigned two days ago?", "two days ago", "2025-04-14", "2025-04-14"),
    ("Who resigned a couple of weeks ago?", "a couple of weeks ago", "2025-03-31", "2025-04-06"),
    ("What did Macron say on Monday?", "on Monday", "2025-04-14", "2025-04-14"),
    ("What did Macron say last Wednesday?", "last Wednesday", "2025-04-09", "2025-04-09"),
    ("What happened over the weekend?", "over the weekend", "2025-04-12", "2025-04-13"),
    ("What has changed since Monday?", "since Monday", "2025-04-14", "2025-04-16"),
    ("Who was elected last summer?", "last summer", "2024-06-01", "2024-08-31"),
    ("What happened in March last year?", "in March last year", "2024-03-01", "2024-03-31"),
]
_OF_THE_CALENDAR = [
    ("Combien de morts depuis le 12 février 2025 ?", "depuis le 12 février 2025", "2025-02-12", "2025-04-16"),
    ("Combien de morts depuis février ?", "depuis février", "2025-02-01", "2025-04-16"),
    ("Qui est président depuis 2023 ?", "depuis 2023", "2023-01-01", "2025-04-16"),
    ("Qui était là avant mars 2024 ?", "avant mars 2024", "0001-01-01", "2024-02-29"),
    ("Que s’est-il passé après le 3 mars ?", "après le 3 mars", "2025-03-04", "2025-04-16"),
    ("Quoi à partir du 1er mars ?", "à partir du 1er mars", "2025-03-01", "2025-04-16"),
    ("Quoi à partir du 1er mai 2025 ?", "à partir du 1er mai 2025", "2025-05-01", "9999-12-31"),
    ("Quoi jusqu’au 10 mars 2025 ?", "jusqu’au 10 mars 2025", "0001-01-01", "2025-03-10"),
    ("Quoi jusqu'en 2020 ?", "jusqu'en 2020", "0001-01-01", "2020-12-31"),
    ("Quoi entre le 3 et le 10 mars 2025 ?", "entre le 3 et le 10 mars 2025", "2025-03-03", "2025-03-10"),
    ("Quoi du 3 au 10 mars ?", "du 3 au 10 mars", "2025-03-03", "2025-03-10"),
    ("Quoi du 28 février au 3 mars 2024 ?", "du 28 février au 3 mars 2024", "2024-02-28", "2024-03-03"),
    ("Quoi du 28 décembre au 3 janvier ?", "du 28 décembre au 3 janvier", "2024-12-28", "2025-01-03"),
    ("Quoi entre janvier et mars 2024 ?", "entre janvier et mars 2024", "2024-01-01", "2024-03-31"),
    ("Quoi entre 2019 et 2021 ?", "entre 2019 et 2021", "2019-01-01", "2021-12-31"),
    ("Qui a gagné en 2006-2007 ?", "en 2006-2007", "2006-01-01", "2007-12-31"),
    ("Que s’est-il passé en mars ?", "en mars", "2025-03-01", "2025-03-31"),
    ("Que s’est-il passé en mai ?", "en mai", "2024-05-01", "2024-05-31"),
    ("Que s’est-il passé en avril ?", "en avril", "2025-04-01", "2025-04-16"),
    ("Quoi au mois d’août ?", "au mois d’août", "2024-08-01", "2024-08-31"),
    ("que s'est-il passe au mois de fevrier", "au mois de fevrier", "2025-02-01", "2025-02-28"),
    ("Quoi début mars 2024 ?", "début mars 2024", "2024-03-01", "2024-03-10"),
    ("Quoi mi-mars 2024 ?", "mi-mars 2024", "2024-03-11", "2024-03-20"),
    ("Quoi fin février 2024 ?", "fin février 2024", "2024-02-21", "2024-02-29"),
    ("Quoi à la fin de 2023 ?", "à la fin de 2023", "2023-09-01", "2023-12-31"),
    ("Qui a gagné en 1998 ?", "en 1998", "1998-01-01", "1998-12-31"),
    ("Quoi le 12 février 2025 ?", "le 12 février 2025", "2025-02-12", "2025-02-12"),
    ("Quoi le 12 février ?", "le 12 février", "2025-02-12", "2025-02-12"),
    ("L’attentat du 11 septembre ?", "du 11 septembre", "2024-09-11", "2024-09-11"),
    ("Quoi le 29 février ?", "le 29 février", "2024-02-29", "2024-02-29"),
    ("Quoi mercredi 12 mars ?", "mercredi 12 mars", "2025-03-12", "2025-03-12"),
    ("Quoi le 12/02/2025 ?", "le 12/02/2025", "2025-02-12", "2025-02-12"),
    ("What about 02/13/2025?", "02/13/2025", "2025-02-13", "2025-02-13"),
    ("Quoi le 2025-02-12 ?", "le 2025-02-12", "2025-02-12", "2025-02-12"),
    ("Quoi le 1er mars 2030 ?", "le 1er mars 2030", "2030-03-01", "2030-03-01"),
    ("Quoi au printemps 2024 ?", "au printemps 2024", "2024-03-01", "2024-05-31"),
    ("Quoi à l’hiver 2024-2025 ?", "l’hiver 2024-2025", "2024-12-01", "2025-02-28"),
    ("Quoi au premier trimestre 2024 ?", "au premier trimestre 2024", "2024-01-01", "2024-03-31"),
    ("Quoi au dernier trimestre 2023 ?", "au dernier trimestre 2023", "2023-10-01", "2023-12-31"),
    ("L’attaque du 7-Octobre ?", "du 7-Octobre", "2024-10-07", "2024-10-07"),
    ("Quoi le 12 févr. 2025 ?", "le 12 févr. 2025", "2025-02-12", "2025-02-12"),
    ("L’accord de mars 2024 ?", "de mars 2024", "2024-03-01", "2024-03-31"),
    ("Quoi en mars et avril 2024 ?", "en mars et avril 2024", "2024-03-01", "2024-04-30"),
    ("Quoi au second semestre 2024 ?", "au second semestre 2024", "2024-07-01", "2024-12-31"),
    ("La planète Mars, en Mars 2024 ?", "en Mars 2024", "2024-03-01", "2024-03-31"),
    ("What happened in March?", "in March", "2025-03-01", "2025-03-31"),
    ("What happened in May?", "in May", "2024-05-01", "2024-05-31"),
    ("Who won in 2020?", "in 2020", "2020-01-01", "2020-12-31"),
    ("What since 12 February 2025?", "since 12 February 2025", "2025-02-12", "2025-04-16"),
    ("What since February 12, 2025?", "since February 12, 2025", "2025-02-12", "2025-04-16"),
    ("What happened on March 3rd?", "on March 3rd", "2025-03-03", "2025-03-03"),
    ("What happened on the 3rd of March?", "on the 3rd of March", "2025-03-03", "2025-03-03"),
    ("What happened between 3 and 10 March?", "between 3 and 10 March", "2025-03-03", "2025-03-10"),
    ("What about March 3–10, 2025?", "March 3–10, 2025", "2025-03-03", "2025-03-10"),
    ("What from January to March 2024?", "from January to March 2024", "2024-01-01", "2024-03-31"),
    ("What from March 2024 onwards?", "from March 2024 onwards", "2024-03-01", "2025-04-16"),
    ("Who led it before 2019?", "before 2019", "0001-01-01", "2018-12-31"),
    ("Who led it until March 2024?", "until March 2024", "0001-01-01", "2024-03-31"),
    ("What happened after March 3?", "after March 3", "2025-03-04", "2025-04-16"),
    ("What happened in late March 2024?", "in late March 2024", "2024-03-21", "2024-03-31"),
    ("What happened in the summer of 2020?", "in the summer of 2020", "2020-06-01", "2020-08-31"),
    ("What was the revenue in Q1 2024?", "in Q1 2024", "2024-01-01", "2024-03-31"),
    ("Depuis quand règne-t-il, élu le 3 mars 2024 ?", "le 3 mars 2024", "2024-03-03", "2024-03-03"),
    ("Le 31 février 2024 ou le 3 mars 2024 ?", "le 3 mars 2024", "2024-03-03", "2024-03-03"),
]
_NO_TIME = [
    "La planète Mars est-elle habitée ?",
    "Que fait Mars Express ?",
    "Quelles images arrivent depuis Mars ?",
    "Où roule le rover de la mission Mars 2020 ?",
    "Is there life on Mars?",
    "May I ask a question?",
    "Why did Theresa May resign?",
    "Who led the march on Washington?",
    "Can they march 20 kilometres?",
    "Où va la ligne 14 ?",
    "Qui a régné en 14 ans ?",
    "Il a 49 ans ?",
    "Qui a écrit l’Iliade ?",
    "Qui est Plácido Domingo ?",
    "Où étaient les JO 2024 ?",
    "Who won the 2022 World Cup?",
    "Que dit la résolution 2254 ?",
    "Que dit le référendum de 2014 ?",
    "Un texte en 1500 mots ?",
    "Que sait-on depuis 2000 ans ?",
    "Between 1500 and 2000 people?",
    "En 1500 av. J.-C. ?",
    "Depuis quand règne-t-il ?",
    "En quelle année est-il né ?",
    "Since when has he ruled?",
    "Que s’est-il passé le 31 février 2024 ?",
    "Que s’est-il passé le 31/02/2024 ?",
    "Quoi du 31 février au 3 mars 2024 ?",
    "Quoi du 10 mars 2025 au 3 mars 2025 ?",
    "Que s’est-il passé en mai 68 ?",
    "Que s’est-il passé cette année-là ?",
    "Que fera-t-il lundi prochain ?",
    "Que fera-t-il en mars prochain ?",
    "Que fera-t-il avant décembre ?",
    "Que fera-t-il après cette semaine ?",
    "Que sait-on jusqu’à aujourd’hui ?",
    "Est-ce ouvert du lundi au vendredi ?",
    "Le musée ouvre-t-il le lundi ?",
    "Who was hurt on Bloody Sunday?",
    "Who hosts the Tonight Show?",
    "Qui a gagné aux Jeux d’été 2024 ?",
    "Qui a été dernier ?",
    "Que mange-t-on en été ?",
    "Les dernières années de sa vie ?",
    "What were the last days of Pompeii?",
    "Il y a sept jours dans une semaine ?",
    "Où est la place du 8 mai 1945 ?",
    "Que met-il en avant ?",
    "What followed the fall of Assad, after the fall of Homs?",
    "Welche Episode wird hier erörtert?",
    "",
]


def _window(question: str) -> tuple[str, str, str]:
    window = find_window(question, _TODAY)
    assert window
    return question[window.start : window.end], str(window.first), str(window.last)


@pytest.mark.parametrize(("question", "phrase", "first", "last"), _FROM_TODAY, ids=[case[1] for case in _FROM_TODAY])
def test_a_phrase_counted_from_today_is_recent(question: str, phrase: str, first: str, last: str) -> None:
    start = question.index(phrase)
    assert find_window(question, _TODAY) == Window(
        date.fromisoformat(first), date.fromisoformat(last), start, start + len(phrase), recent=True
    )


@pytest.mark.parametrize(
    ("question", "phrase", "first", "last"), _OF_THE_CALENDAR, ids=[case[1] for case in _OF_THE_CALENDAR]
)
def test_a_date_of_the_calendar_is_not_recent(question: str, phrase: str, first: str, last: str) -> None:
    start = question.index(phrase)
    assert find_window(question, _TODAY) == Window(
        date.fromisoformat(first), date.fromisoformat(last), start, start + len(phrase), recent=False
    )


@pytest.mark.parametrize("question", _NO_TIME)
def test_what_is_no_phrase_of_time_gives_no_window(question: str) -> None:
    assert find_window(question, _TODAY) is None


@pytest.mark.parametrize("before", ["🚀🇸🇾 ", "Un cœur, une œuvre ", "ﬃ Straße ½ ", "e\u0301te\u0301 : ", "a \n\t  b "])
def test_the_phrase_stands_where_it_was_typed(before: str) -> None:
    question = f"{before}depuis  le 12\u00a0fe\u0301vrier 2025 ?"
    assert _window(question) == ("depuis  le 12\u00a0fe\u0301vrier 2025", "2025-02-12", "2025-04-16")


def test_the_first_of_two_phrases_counts() -> None:
    assert _window("Entre hier et le 3 mars 2024, ou en 2020 ?") == ("en 2020", "2020-01-01", "2020-12-31")
    assert _window("Entre hier et aujourd’hui ?") == ("Entre hier et aujourd’hui", "2025-04-15", "2025-04-16")
    assert _window("Hier ou en 2020 ?") == ("Hier", "2025-04-15", "2025-04-15")


@pytest.mark.parametrize(
    ("today", "phrase", "first", "last"),
    [
        (date(2025, 4, 19), "ce week-end", "2025-04-19", "2025-04-19"),
        (date(2025, 4, 20), "ce week-end", "2025-04-19", "2025-04-20"),
        (date(2025, 4, 20), "le week-end dernier", "2025-04-12", "2025-04-13"),
        (date(2025, 4, 21), "le week-end dernier", "2025-04-19", "2025-04-20"),
        (date(2025, 3, 31), "il y a un mois", "2025-02-01", "2025-02-28"),
        (date(2024, 2, 29), "depuis un an", "2023-02-28", "2024-02-29"),
        (date(2025, 7, 10), "l’été dernier", "2024-06-01", "2024-08-31"),
        (date(2025, 7, 10), "cet été", "2025-06-01", "2025-07-10"),
        (date(2025, 12, 3), "cet hiver", "2025-12-01", "2025-12-03"),
        (date(2025, 1, 6), "la semaine dernière", "2024-12-30", "2025-01-05"),
        (date(2025, 1, 6), "avant le 3 janvier", "0001-01-01", "2025-01-02"),
    ],
)
def test_what_a_phrase_means_moves_with_today(today: date, phrase: str, first: str, last: str) -> None:
    window = find_window(phrase, today)
    assert window
    assert (str(window.first), str(window.last)) == (first, last)


_PHRASES = [case[1] for case in _FROM_TODAY + _OF_THE_CALENDAR]
_PIECES = st.sampled_from(
    [*sorted({word for phrase in _PHRASES for word in phrase.split()}), "’", ",", "1", "31", "-la"]
)


@given(question=st.text() | st.lists(_PIECES, max_size=8).map(" ".join), today=st.dates())
@example(question="hier", today=date.min)
@example(question="la semaine dernière", today=date.min)
@example(question="cette semaine", today=date.max)
@example(question="en décembre", today=date.max)
@example(question="il y a 999 ans", today=_TODAY)
@example(question="il y a 3 derniers trimestre", today=_TODAY)
def test_a_window_lies_in_the_question_and_in_order(question: str, today: date) -> None:
    window = find_window(question, today)
    if window:
        assert window.first <= window.last
        assert 0 <= window.start < window.end <= len(question)
        assert not window.recent or window.last <= today


@given(day=st.dates(), today=st.dates())
def test_a_full_date_means_that_day_whatever_today_is(day: date, today: date) -> None:
    window = find_window(f"Que s’est-il passé le {day.isoformat()} ?", today)
    assert window
    assert (window.first, window.last, window.recent) == (day, day, False)


@given(today=st.dates(date(10, 1, 1), date(9998, 1, 1)), count=st.integers(1, 90).filter(lambda n: n not in (8, 15)))
def test_some_days_ago_is_that_day_and_since_then_ends_today(today: date, count: int) -> None:
    ago, since = find_window(f"il y a {count} jours", today), find_window(f"depuis {count} jours", today)
    assert ago
    assert since
    assert (ago.first, ago.last) == (today - timedelta(count), today - timedelta(count))
    assert (since.first, since.last) == (today - timedelta(count), today)


def test_a_question_is_read_in_less_than_two_milliseconds() -> None:
    questions = [case[0] for case in _FROM_TODAY + _OF_THE_CALENDAR] + _NO_TIME
    find_window(questions[0], _TODAY)  # compiles the patterns
    started = time.process_time()
    for question in questions:
        find_window(question, _TODAY)
    assert (time.process_time() - started) / len(questions) < 0.002
