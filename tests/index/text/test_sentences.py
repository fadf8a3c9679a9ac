from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.text.sentences import split_sentences

# A case is a text with "|" where one sentence ends and the next begins; the "|" is no part of the text.
FRENCH = [
    "M. Dupont est venu. | Il repart demain.",
    "J'ai vu MM. Petit et Grand. | Mme. Roux était là avec Mgr. Blanc.",
    "Selon M. Le Drian, tout va bien. | Le Sénat vote.",
    "Le Dr. Noir et Me. Vert plaident à St. Malo. | La cour écoute.",
    "Les agrumes, p. ex. Paul les aime. | Les pommes, p. ex. rouges, aussi.",
    "Il vend des livres, etc. et des cartes. | Il vend des stylos, etc. | Le magasin ferme.",
    "César meurt en 44 av. J.-C. à Rome. | Rome brûle en 64 apr. J.-C. | Néron règne.",
    "J. K. Rowling écrit. | J.-P. Martin lit.",
    "Le livre de J. Le Goff paraît. | On en parle.",
    "Il a choisi le plan B. | Les autres attendent.",
    "Voir l'art. 12 et l'art. L. 123-4, cf. Paul, vol. 3, p. 5 et n° 5. | C'est tout.",
    "Il a lu la p. XII. | Il dort.",
    "Le taux atteint 3,5 %. | Voir ci-dessous.",
    "Le texte est adopté. | Le ministre sort.",
    "« Vient-il ? » demanda-t-il. | « Oui. » | Il part.",
    "« Il vient. | Il repart. » | C'est fini.",
    "Elle dit : « Je pars… » | Paul reste.",
    "Il a dit « non ! », puis il est sorti. | Fin.",
    "Quoi\u202f? | Vraiment\u00a0! | Oui ?! | Bon.",
    "Tiens ! dit-elle. | Quoi ? !",
    "Je… je ne sais pas... peut-être. | Enfin… | Bon... | Partons.",
    "Il cite : « Le roi (…) Louis […] Philippe règne ». | Puis il sort.",
    "Le prix est de 1.000.000 euros, soit 3.5 ou 3,5 fois la version 2.0.1. | C'est cher.",
    "Voir www.example.com. | Suite sur https://a.example.org/x.html?y=1. | Ou à a.b@exemple.fr.",
    "Il pèse 5 g. | Elle mesure 2 m. | Paul dort.",
    "Les rhinocéros voient mal.[réf. nécessaire] | Ils entendent bien.[1] | Ils dorment. [note 2] | Fin.",
    "Il est parti (il pleuvait.) | Puis il revint (voir p. 5). | Fin.",
    "Il fut élu en 2010.[2] | Puis battu.",
    "1. Introduction générale",
    "— Tu viens ? | — Non. | — Dommage.",
    "« Je pense. » — René Descartes",
    "C'est gagné ! 🎉 | Bravo à tous 👏🏽.",
    "Le film sort. | 3 personnes l'ont vu. | À suivre.",
    "Les iPhone sont chers. | iPhone ou non, il paie.",
]
ENGLISH = [
    "Mr. Smith met Mrs. Jones. | Dr. Brown left.",
    "The U.S. President spoke. | He lives in the U.S. | The U.N. met.",
    "Use fruit, e.g. Apples, i.e. Food. | Eat it.",
    "He came at 5 a.m. on Monday. | She left at 6 p.m. | He slept.",
    "It starts at 8 p.m. ET. | Open 8 a.m. - 2 p.m. | Closed Sunday.",
    "See No. 5 and vol. 3. | On Jan. 5 it rained. | He said no. | I love modern art. | A friend agreed.",
    "Apple Inc. said so. | He works at Apple Inc. | The firm grew. | Ford Motor Co. Chairman Bill Ford left.",
    "She has a Ph.D. in law. | He has a Ph.D. | They met.",
    "It rose 3.5 percent. | It fell 2.",
    '"Stop." | He left. | "Go!" she said. | “Why?” | He did not know.',
    "'Yes.' | It is John's. | Bob agrees.",
    'He said "I came. | I saw." | Then he left.',
    "He left . | Then he came back . | Fine . ''",
    '" Stop . " | He left . | " Go on . " | Fine .',
    "Vitamin C. | The fruit has it.",
    "John F. Kennedy and Martin Luther King Jr. Day. | It is over.",
    "It was so (really!). | He read it (Smith et al. 2010). | Fine.",
    "He asked why. | iPhone sales fell.",
    "Is it high tide? | No. | It is not.",
    "See node.Js and TV.Com pages. | They help.",
]
GERMAN = [
    "Obst, z. B. Äpfel, z.B. Birnen, d. h. Essen. | Gut.",
    "Am 3. Oktober kam Dr. Müller. | Im 19. Jahrhundert nicht.",
    "Siehe Nr. 5, ca. 5 km bzw. 6 km. | Brot, Käse usw. | Dann ging er.",
    "Der 1. FC Köln verlor. | Er ist 30. | Sie ist älter.",
    "Sie landet auf Platz 3. | Bayern gewinnt.",
    "Friedrich II. Barbarossa ritt. | Dann kam Ludwig XIV. | Er blieb.",
    "„Kommt er?“ fragte sie. | „Ja.“ | Er ging. | »Nein.« | »Doch.«",
    "Es geschah 2015. | Niemand sah es.",
    "Die Firma zahlt 5 Mio. Euro. | Sie spart.",
]
SPANISH = [
    "El Sr. Pérez y la Sra. Ruiz vienen. | La Dra. Gil no.",
    "Vive en EE. UU. desde 2010. | Trabaja en EE. UU. | El país es grande.",
    "Véase el núm. 5 y la pág. 7. | Es todo.",
    "¿Viene? | Sí. | ¡Qué bien! | «No sé.» | Adiós.",
    "—¿Vienes? —preguntó Ana. | —No.",
    "Cuesta 3.500,50 euros. | Es caro.",
]
RUSSIAN = [
    "Он живёт в г. Москва на ул. Ленина. | Она тоже.",
    "В 2020 г. он уехал. | Он вернулся в 2021 г. | Она осталась.",
    "Фрукты, т. е. Яблоки. | Груши и т. д. | Всё.",
    "А. С. Пушкин писал. | Проф. Иванов читал.",
    "«Он пришёл.» — сказал он. | «Да!» — Иван встал.",
    "Кто там? | Никто… | Хорошо.",
]
ARABIC = [
    "هل يأتي؟ | نعم. | شكرا!",
    "قال د. أحمد إنه هنا، ثم خرج. | انتهى.",
    "بلغت النسبة 3.5 في المئة. | ارتفعت.",
    "«جاء اليوم.» | ثم خرج؛ انتهى.",
    "ولد سنة 1990 م. | وعاش طويلا.",
]
CHINESE = [
    "他来了。|你好！|真的吗？|3.5%的人走了。",
    "“真的？”|他说。|「好。」|『行！』",
    "他说：“你好。|再见。”|他走了。",
    "《你好！》是一部电影。|“好吗？”，他问。",
    "他说……不知道。|J.K.罗琳写了《哈利.波特》。",
    "真的?|他不信。😀|笑了。",
]
OTHER = [
    ("it", "Il sig. Rossi e l'ing. Bianchi escono. | Il prof. Neri resta."),
    ("ro", "Dl. Ion stă pe str. Lungă nr. 5. | Da."),
    ("pl", "Mieszka na ul. Długiej z prof. Kowalskim. | Tak."),
    ("cs", "Přišel Ing. Novák. | Narozen 3. října. | Ano."),
    ("hi", "वह गया। | वह आया। | ठीक?"),
    ("ja", "行きます。|「はい。」|終わり。"),
    ("pt-BR", "O Sr. Silva veio. | A Dra. Costa não."),
    ("", "Mr. Smith left. | He slept."),
    ("xx", "Mr. Smith left. | He slept."),
]
CASES = [
    (language, text)
    for language, texts in {
        "fr": FRENCH,
        "en": ENGLISH,
        "de": GERMAN,
        "es": SPANISH,
        "ru": RUSSIAN,
        "ar": ARABIC,
        "zh": CHINESE,
    }.items()
    for text in texts
] + OTHER
LANGUAGES = ["fr", "en", "de", "es", "ru", "ar", "zh", "ro", "it", "tr", "hi", "fr-CA", "", "??"]
PIECES = [
    ". ",
    ".",
    "…",
    "! ",
    " ?",
    "。",
    '"',
    " »",
    "« ",
    "\n",
    " ",
    "\u202f",
    "M. ",
    "A.",
    "(",
    ")",
    "[1]",
    "a",
    "É",
    "5",
    "😀",
    "他",
]


def sentences(text: str, language: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text, language)]


@pytest.mark.parametrize(("language", "marked"), CASES)
def test_each_sentence_ends_where_a_reader_would_end_it(language: str, marked: str) -> None:
    text = marked.replace(" | ", " ").replace("|", "")

    assert sentences(text, language) == [part.strip() for part in marked.split("|")]


def test_a_line_break_always_ends_a_sentence() -> None:
    assert sentences("Un titre\n\nIl vient\net part. Oui.\r\n", "fr") == ["Un titre", "Il vient", "et part.", "Oui."]


def test_a_missing_space_behind_a_full_stop_does_not_glue_two_sentences() -> None:
    assert sentences("La séance est levée.Le public sort.", "fr") == ["La séance est levée.", "Le public sort."]
    assert sentences("Ce n'est pas vrai.[réf. nécessaire]L'auteur ment.", "fr")[1:] == ["L'auteur ment."]
    assert sentences("Il aide les gens.• Cartes", "fr") == ["Il aide les gens.", "• Cartes"]
    assert sentences("Voir Booking.Com ou a.b@Free.fr ici.", "fr")[1:] == []


@pytest.mark.parametrize("text", ["", " \n\t\n", "\u00a0"])
def test_white_space_holds_no_sentence(text: str) -> None:
    assert split_sentences(text, "fr") == []


def test_a_line_without_letters_is_one_sentence() -> None:
    assert sentences("* * *\n... ! . ?\nOui. * *", "fr") == ["* * *", "... ! . ?", "Oui. * *"]


@pytest.mark.parametrize("unit", ["mot ", "a", ".", ". ", "! # ", "Il part. ", '." ', ".[", "M. J. "])
def test_a_line_of_a_million_characters_is_split_in_seconds(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))

    spans = split_sentences(text, "fr")

    assert spans[0][0] == 0
    assert spans[-1][1] == len(text.rstrip())


@settings(deadline=None)
@given(
    st.one_of(st.text(), st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3))).map("".join)),
    st.sampled_from(LANGUAGES),
)
def test_sentences_are_in_order_trimmed_and_hold_every_character_but_white_space(text: str, language: str) -> None:
    spans = split_sentences(text, language)

    end_before = 0
    for start, end in spans:
        assert end_before <= start < end <= len(text)
        assert text[start:end] == text[start:end].strip()
        assert "\n" not in text[start:end]
        assert not text[end_before:start].strip()
        end_before = end
    assert not text[end_before:].strip()


def test_a_hard_wrapped_paragraph_goes_on_over_its_line_breaks() -> None:
    text = "Le chantier de la ligne a duré près de quatre ans et il a\ncoûté plus cher que prévu."
    text += " Les trains\nroulent.\nTitre\nsuite"
    sentences = [text[a:b] for a, b in split_sentences(text, "fr")]
    assert sentences == [
        "Le chantier de la ligne a duré près de quatre ans et il a\ncoûté plus cher que prévu.",
        "Les trains",
        "roulent.",
        "Titre",
        "suite",
    ]
