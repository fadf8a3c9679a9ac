"""Two languages that are data alone: their files, and no line of code; all names are made up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date

import pytest

from index.text.languages import detect_language
from index.text.sentences import split_sentences
from retrieval import Answer, ArticleQA, Conversation
from retrieval.answering.words import OUR_WORDS
from retrieval.catalogue.recognising import Wanted, recognise
from retrieval.facts.facts import Facts
from retrieval.facts.figures import days_of_months, figures, measured
from retrieval.facts.kinds import Kind
from retrieval.understanding.asking_words import as_open_question, is_yes_no, spelled_out
from retrieval.understanding.questions import split_questions
from retrieval.understanding.smalltalk import smalltalk
from retrieval.understanding.times import find_window
from retrieval.verifying.support import objection

TODAY = date(2025, 4, 16)  # a Wednesday
ARTICLES = {
    "piscina.md": """---
title: La piscina di Morlazza cambia direttrice
date: 2025-05-12
language: it
---
La piscina comunale di Morlazza ha riaperto il 3 marzo 2025 dopo otto mesi di lavori.
Lisa Amoretti dirige la piscina di Morlazza. È nata a Brenna nel 1979.
La piscina ha accolto 4.200 visitatori ad aprile e 6.900 visitatori a maggio.
Il ponte di Tarsetto non è mai stato chiuso ai camion.
""",
    "moinho.md": """---
title: O moinho de Tarsela muda de dona
date: 2025-05-14
language: pt
---
O moinho de Tarsela reabriu em 3 de março de 2025, após oito meses de obras.
Inês Vardão dirige o moinho de Tarsela. Ela nasceu em Brenal em 1979.
O moinho recebeu 4.200 visitantes em abril e 6.900 visitantes em maio.
A ponte de Morlaz nunca foi fechada aos caminhões.
""",
}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArticleQA]:
    folder = tmp_path_factory.mktemp("town")
    (folder / "articles").mkdir()
    for name, text in ARTICLES.items():
        (folder / "articles" / name).write_text(text, encoding="utf-8")
    with closing(ArticleQA.from_articles(folder / "articles", folder / "index")) as qa:
        yield qa


def talk(town: ArticleQA, *questions: str) -> list[Answer]:
    """Returns the answers of one conversation."""
    conversation = Conversation()
    return [town.ask(question, conversation=conversation) for question in questions]


@pytest.mark.parametrize(
    ("question", "language", "holds"),
    [
        ("Chi dirige la piscina di Morlazza?", "it", "Lisa Amoretti"),
        ("Quanti visitatori ha accolto la piscina ad aprile?", "it", "4.200"),
        ("Quando ha riaperto la piscina di Morlazza?", "it", "3 marzo 2025"),
        ("Quem dirige o moinho de Tarsela?", "pt", "Inês Vardão"),
        ("Quantos visitantes recebeu o moinho em abril?", "pt", "4.200"),
        ("Quando reabriu o moinho de Tarsela?", "pt", "3 de março de 2025"),
    ],
)
def test_a_fact_is_quoted_in_its_language(town: ArticleQA, question: str, language: str, holds: str) -> None:
    answer = town.ask(question)
    assert (answer.found, answer.language) == (True, language)
    assert holds in answer.text
    assert all(citation.quote in ARTICLES[citation.article_id.rpartition("/")[2]] for citation in answer.citations)


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Quanto costa il biglietto del teatro di Brenna?", "it"),
        ("Chi ha vinto le elezioni in Perù?", "it"),
        ("Quanto custa o bilhete do teatro de Brenal?", "pt"),
        ("Quem venceu as eleições no Peru?", "pt"),
    ],
)
def test_what_no_article_tells_is_refused_in_our_words(town: ArticleQA, question: str, language: str) -> None:
    answer = town.ask(question)
    assert (answer.found, answer.language) == (False, language)
    assert answer.text == OUR_WORDS[language]["not_found"]


@pytest.mark.parametrize(
    ("talked", "holds"),
    [
        (("Chi dirige la piscina di Morlazza?", "Dove è nata?"), "Brenna"),
        (("Quanti visitatori ha accolto la piscina ad aprile?", "E a maggio?"), "6.900"),
        (("Quem dirige o moinho de Tarsela?", "Onde ela nasceu?"), "Brenal"),
        (("Quantos visitantes recebeu o moinho em abril?", "E em maio?"), "6.900"),
    ],
)
def test_a_follow_up_is_answered_by_what_was_said(town: ArticleQA, talked: tuple[str, ...], holds: str) -> None:
    assert holds in talk(town, *talked)[-1].text


@pytest.mark.parametrize(
    ("message", "language", "key"),
    [
        ("Buongiorno!", "it", "hello"), ("Grazie mille", "it", "thanks"), ("Cosa puoi fare?", "it", "help"),
        ("Bom dia!", "pt", "hello"), ("Muito obrigado", "pt", "thanks"), ("O que você pode fazer?", "pt", "help"),
    ],
)  # fmt: skip
def test_small_talk_is_answered_in_our_words(town: ArticleQA, message: str, language: str, key: str) -> None:
    assert town.ask(message).text == OUR_WORDS[language][key]


@pytest.mark.parametrize(
    ("language", "text", "read"),
    [
        ("it", "Un milione e mezzo di euro, il 12 febbraio 2025.", {"1500000", "eur", "12", "month 2", "2025"}),
        ("it", "Lunedì due terzi dei treni, 1.250 in tutto.", {"weekday 1", "2/3", "1250"}),
        ("it", "Il primo treno parte dopo venti minuti.", {"first", "20"}),
        ("it", "Il 12,5 % di 3 mila abitanti.", {"12.5%", "3000"}),
        ("pt", "Um milhão e meio de euros, em 12 de fevereiro de 2025.", {"1500000", "eur", "12", "month 2", "2025"}),
        ("pt", "Na segunda-feira dois terços dos trens, 1.250 ao todo.", {"weekday 1", "2/3", "1250"}),
        ("pt", "O primeiro trem parte após vinte minutos.", {"first", "20"}),
        ("pt", "Cerca de 12,5 % de 3 mil habitantes.", {"12.5%", "3000"}),
    ],
)
def test_figures_are_read(language: str, text: str, read: set[str]) -> None:
    assert figures(text, language) == read


@pytest.mark.parametrize(
    ("language", "text", "units", "dates"),
    [
        (
            "it",
            "Il 3 marzo 2025, chiuso da 49 anni, 12 chilometri.",
            {"49": {"year"}, "12": {"kilometre"}},
            {3: {"3", "2025"}},
        ),
        (
            "pt",
            "Em 3 de março de 2025, fechado há 49 anos, 12 quilômetros.",
            {"49": {"year"}, "12": {"kilometre"}},
            {3: {"3", "2025"}},
        ),
    ],
)
def test_units_and_days_are_read(
    language: str, text: str, units: dict[str, set[str]], dates: dict[int, set[str]]
) -> None:
    assert {number: found for number, found in measured(text, language).items() if number in units} == units
    assert days_of_months(text, language) == dates


@pytest.mark.parametrize(
    ("language", "denied", "told"),
    [
        ("it", "Il ponte non è mai stato chiuso.", "Il ponte è stato chiuso."),
        ("it", "Il sindaco ha smentito la chiusura.", "Non solo il sindaco, anche il prefetto."),
        ("it", "Sono partiti senza guida.", "È senza dubbio il ponte più lungo."),
        ("pt", "A ponte nunca foi fechada.", "A ponte foi fechada."),
        ("pt", "O prefeito desmentiu o fecho.", "Não só o prefeito, também o ministro."),
        ("pt", "Partiram sem guia.", "É sem dúvida a ponte mais longa."),
    ],
)
def test_a_denial_is_told_from_what_only_looks_like_one(language: str, denied: str, told: str) -> None:
    assert (Facts.of(denied, language).denies, Facts.of(told, language).denies) == (True, False)


@pytest.mark.parametrize(
    ("language", "sentence", "quote", "why"),
    [
        ("it", "Il ponte è stato chiuso.", "Il ponte non è mai stato chiuso.", "a negation"),
        ("it", "Il ponte misura 12 metri.", "Il ponte misura 14 metri.", "figure"),
        ("it", "Il 3 aprile ha riaperto.", "Il 3 marzo ha riaperto.", "figure"),
        ("pt", "A ponte foi fechada.", "A ponte nunca foi fechada.", "a negation"),
        ("pt", "A ponte mede 12 metros.", "A ponte mede 14 metros.", "figure"),
        ("pt", "Reabriu em 3 de abril.", "Reabriu em 3 de março.", "figure"),
    ],
)
def test_a_quote_that_says_something_else_supports_nothing(language: str, sentence: str, quote: str, why: str) -> None:
    assert objection(Facts.of(quote, language), Facts.of(quote, language)) == ""
    assert objection(Facts.of(sentence, language), Facts.of(quote, language)).startswith(why)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Quando ha riaperto il ponte?", Kind.DATE), ("In che anno è nata?", Kind.DATE),
        ("Da quanto tempo è chiuso?", Kind.DURATION), ("Quante ore dura il viaggio?", Kind.DURATION),
        ("Quanti visitatori?", Kind.NUMBER), ("Qual è il prezzo del biglietto?", Kind.NUMBER),
        ("Quanto è lungo il ponte?", Kind.LENGTH), ("Chi dirige la piscina?", Kind.PERSON),
        ("Come si chiama il sindaco?", Kind.PERSON), ("Chi è Zeus?", Kind.OTHER), ("Dove abita?", Kind.PLACE),
        ("In quale città?", Kind.PLACE), ("Perché è chiuso?", Kind.REASON), ("Cosa ha detto il sindaco?", Kind.OTHER),
        ("Quando reabriu a ponte?", Kind.DATE), ("Em que ano ela nasceu?", Kind.DATE),
        ("Há quanto tempo está fechado?", Kind.DURATION), ("Quantas horas dura a viagem?", Kind.DURATION),
        ("Quantos visitantes?", Kind.NUMBER), ("Qual é o preço do bilhete?", Kind.NUMBER),
        ("Quantos metros tem a ponte?", Kind.LENGTH), ("Quem dirige o moinho?", Kind.PERSON),
        ("Como se chama o prefeito?", Kind.PERSON), ("Quem é Zeus?", Kind.OTHER), ("Onde fica o moinho?", Kind.PLACE),
        ("Em que cidade?", Kind.PLACE), ("Por que está fechado?", Kind.REASON), ("O que disse o prefeito?", Kind.OTHER),
        # the words of one language are not taken for those of another
        ("Où est né Hô Chi Minh ?", Kind.PLACE), ("Qu'est-ce qu'une onde ?", Kind.OTHER),
        ("What does the dove stand for?", Kind.OTHER), ("Qui est Marco Rubio ?", Kind.OTHER),
    ],
)  # fmt: skip
def test_a_question_word_tells_what_is_asked_for(question: str, kind: Kind) -> None:
    assert Facts.of(question, "").kind is kind


@pytest.mark.parametrize(
    ("question", "phrase", "first", "last"),
    [
        ("Cosa è successo ieri a Roma?", "ieri", "2025-04-15", "2025-04-15"),
        ("Che cosa ha detto oggi il sindaco?", "oggi", "2025-04-16", "2025-04-16"),
        ("Chi ha parlato l'altro ieri?", "l'altro ieri", "2025-04-14", "2025-04-14"),
        ("Che cosa è successo la settimana scorsa?", "la settimana scorsa", "2025-04-07", "2025-04-13"),
        ("Chi ha vinto lo scorso mese?", "lo scorso mese", "2025-03-01", "2025-03-31"),
        ("Che cosa ha detto quest'anno?", "quest'anno", "2025-01-01", "2025-04-16"),
        ("Che cosa è stato deciso due mesi fa?", "due mesi fa", "2025-02-01", "2025-02-28"),
        ("Chi è morto negli ultimi tre giorni?", "negli ultimi tre giorni", "2025-04-13", "2025-04-16"),
        ("Quale ponte ha aperto nel 2024?", "nel 2024", "2024-01-01", "2024-12-31"),
        ("Che cosa ha aperto a marzo 2024?", "a marzo 2024", "2024-03-01", "2024-03-31"),
        ("Chi ha parlato il 3 marzo 2025?", "il 3 marzo 2025", "2025-03-03", "2025-03-03"),
        ("Che cosa è successo da lunedì?", "da lunedì", "2025-04-14", "2025-04-16"),
        ("Che cosa è successo tra gennaio e marzo 2024?", "tra gennaio e marzo 2024", "2024-01-01", "2024-03-31"),
        ("O que aconteceu ontem em Lisboa?", "ontem", "2025-04-15", "2025-04-15"),
        ("O que disse hoje o prefeito?", "hoje", "2025-04-16", "2025-04-16"),
        ("Quem falou anteontem?", "anteontem", "2025-04-14", "2025-04-14"),
        ("O que aconteceu na semana passada?", "na semana passada", "2025-04-07", "2025-04-13"),
        ("Quem ganhou no mês passado?", "no mês passado", "2025-03-01", "2025-03-31"),
        ("O que ele disse este ano?", "este ano", "2025-01-01", "2025-04-16"),
        ("O que foi decidido há dois meses?", "há dois meses", "2025-02-01", "2025-02-28"),
        ("Quem morreu nos últimos três dias?", "nos últimos três dias", "2025-04-13", "2025-04-16"),
        ("Que ponte abriu em 2024?", "em 2024", "2024-01-01", "2024-12-31"),
        ("O que abriu em março de 2024?", "em março de 2024", "2024-03-01", "2024-03-31"),
        ("Quem falou em 3 de março de 2025?", "em 3 de março de 2025", "2025-03-03", "2025-03-03"),
        ("O que aconteceu desde segunda-feira?", "desde segunda-feira", "2025-04-14", "2025-04-16"),
        ("O que aconteceu entre janeiro e março de 2024?", "entre janeiro e março de 2024", "2024-01-01", "2024-03-31"),
    ],
)
def test_a_phrase_of_time_is_understood(question: str, phrase: str, first: str, last: str) -> None:
    window = find_window(question, TODAY)
    assert window
    assert (question[window.start : window.end], str(window.first), str(window.last)) == (phrase, first, last)


@pytest.mark.parametrize(
    "question",
    [
        "Chi ha fatto il ponte?", "Quanti anni ha il sindaco?", "Che cosa farà lunedì prossimo?",
        "Quem fez a ponte?", "Quantos anos tem o prefeito?", "O que fará na segunda-feira que vem?",
        "Quem é Marco Rubio e o que ele faz?",
    ],
)  # fmt: skip
def test_what_is_no_phrase_of_time_gives_no_window(question: str) -> None:
    assert find_window(question, TODAY) is None


@pytest.mark.parametrize(
    ("question", "wanted", "topic"),
    [
        ("Quanti articoli ci sono sulla piscina?", Wanted.COUNT, "la piscina"),
        ("Quali articoli parlano del ponte?", Wanted.LIST, "il ponte"),
        ("Qual è l'articolo più recente?", Wanted.EXTREME, ""),
        ("Chi ha scritto l'articolo sul ponte?", Wanted.AUTHOR, "il ponte"),
        ("Quando è stato pubblicato l'articolo sulla piscina?", Wanted.PUBLISHED, "la piscina"),
        ("Da quale giornale viene questo articolo?", Wanted.SOURCE, ""),
        ("Puoi riassumere l'articolo sulla piscina?", Wanted.SUMMARY, "la piscina"),
        ("Cosa dice questo articolo sui lavori?", Wanted.SAYS, ""),
        ("Quantos artigos há sobre o moinho?", Wanted.COUNT, "o moinho"),
        ("Que artigos falam da ponte?", Wanted.LIST, "a ponte"),
        ("Qual é o artigo mais recente?", Wanted.EXTREME, ""),
        ("Quem escreveu o artigo sobre a ponte?", Wanted.AUTHOR, "a ponte"),
        ("Quando foi publicado o artigo sobre o moinho?", Wanted.PUBLISHED, "o moinho"),
        ("De que jornal é este artigo?", Wanted.SOURCE, ""),
        ("Podes resumir o artigo sobre o moinho?", Wanted.SUMMARY, "o moinho"),
        ("O que diz este artigo sobre as obras?", Wanted.SAYS, ""),
        ("Quanti articoli ha la costituzione italiana?", None, ""),
        ("Que diz o artigo 5?", None, ""),
    ],
)
def test_questions_about_the_articles_are_recognised(question: str, wanted: Wanted | None, topic: str) -> None:
    about = recognise(question, detect_language(question), TODAY)
    assert (about and about.wanted, about.topic if about else "") == (wanted, topic)


def test_the_articles_are_told_in_our_words(town: ArticleQA) -> None:
    for language, question, title in (
        ("it", "Quali articoli parlano della piscina?", "La piscina di Morlazza cambia direttrice"),
        ("pt", "Que artigos falam do moinho?", "O moinho de Tarsela muda de dona"),
    ):
        told = str(town.ask(question))
        assert OUR_WORDS[language]["articles_one"].partition("{")[0] in told
        assert title in told


def test_questions_are_told_apart_and_spelled_out() -> None:
    assert split_questions("Chi dirige la piscina e quando ha riaperto il ponte?", "it") == [
        "Chi dirige la piscina", "e quando ha riaperto il ponte?",
    ]  # fmt: skip
    assert split_questions("Quem dirige o moinho e quando reabriu a ponte?", "pt") == [
        "Quem dirige o moinho", "e quando reabriu a ponte?",
    ]  # fmt: skip
    assert spelled_out("xké è chiuso?", "it") == "perché è chiuso?"
    assert spelled_out("qdo reabriu?", "pt") == "quando reabriu?"
    assert as_open_question("La linea misura 30 chilometri?", "it") == "La linea misura quanti chilometri?"
    assert as_open_question("A linha tem 30 quilómetros?", "pt") == "A linha tem quantos quilómetros?"
    for language, yes_no, asked in (
        ("it", "È aperto il ponte?", "E quando ha riaperto?"),
        ("pt", "É verdade que fechou?", "E quando reabriu?"),
    ):
        assert (is_yes_no(yes_no, language), is_yes_no(asked, language)) == (True, False)


def test_sentences_end_where_they_end() -> None:
    for language, text in (
        ("it", "Il dott. Rossi è partito. La sig.ra Verdi resta. Oggi piove."),
        ("pt", "O Sr. Silva partiu. A Sra. Souza fica. Hoje chove."),
    ):
        assert len(split_sentences(text, language)) == 3, language


def test_a_greeting_is_no_question_and_a_question_no_greeting() -> None:
    assert smalltalk("Ciao") == smalltalk("Oi!") == "hello"
    assert smalltalk("Ultime notizie") == smalltalk("Últimas notícias") == "newest"
    assert smalltalk("Cosa è successo?") == smalltalk("O que aconteceu?") == "newest"
    assert smalltalk("Quando ha riaperto il ponte?") is smalltalk("Quando reabriu a ponte?") is None
