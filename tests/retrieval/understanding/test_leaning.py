"""Which questions lean on the turns before them, and what they mean then; inputs of our own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.understanding.conversation import Conversation, Counts, Leaning
from retrieval.understanding.leaning import lean
from retrieval.understanding.wording import SPEECH

GLUE = [
    "et",
    "and",
    "und",
    "y",
    "а",
    "و",
    "那",
    "non",
    "no",
    "je",
    "parlais",
    "de",
    "d'autres",
    "others",
    "qui",
    "elle",
    "it",
    "pourquoi",
    "quand",
    "why",
    "когда",
    "متى",
    "谁",
    "呢",
    "el",
]
LIBRARY = "Qui dirige la bibliothèque de Morlac ?"


def chat(*questions: str) -> Conversation:
    conversation = Conversation()
    for question in questions:
        conversation.add(question, f"Réponse à « {question} » [1]")
    return conversation


def meant(question: str, *before: str, language: str = "fr") -> Leaning:
    return lean(question, chat(*before), language)


@pytest.mark.parametrize(
    ("language", "question"),
    [
        # the subject that a pronoun repeats, or that stands before it
        ("fr", "Quand la piscine de Morlac a-t-elle fermé ?"),
        ("fr", "quand la piscine a t elle fermé"),
        ("fr", "Pourquoi Jeanne Riber a-t-elle vendu sa maison ?"),
        ("fr", "Le maire a-t-il dit quand il partirait ?"),
        ("fr", "Qui a peint la fresque de la gare et qui a peint celle de la poste ?"),
        ("fr", "Lequel des deux ponts a été repeint ?"),
        ("fr", "Elle est où, la nouvelle médiathèque ?"),
        ("fr", "Ils sont combien à prendre le bateau de Morlac ?"),
        ("en", "When did the ferry lose its licence?"),
        ("en", "Did Ann Moreby say when she would leave?"),
        ("de", "Wann hat die Stadt ihren Bahnhof verkauft?"),
        ("de", "Können Sie mir sagen, wer die Mühle gekauft hat?"),
        ("es", "¿Cuándo vendió el puerto su grúa?"),
        ("it", "Quando il comune ha chiuso la sua piscina?"),
        ("ru", "Когда мэрия продала своё здание?"),
        ("ar", "ما هي عاصمة البيرو؟"),
        ("zh", "莫拉克的桥是哪一年修好的？"),
        # pronouns that are none
        ("fr", "Y a-t-il un marché le dimanche ?"),
        ("fr", "Il y a combien de bancs dans le parc ?"),
        ("fr", "Qu'y a-t-il dans le coffre de la mairie ?"),
        ("fr", "Que se passe-t-il au port de Morlac ?"),
        ("fr", "Est-il vrai que le cinéma ferme ?"),
        ("fr", "Quel temps fait-il à Morlac ?"),
        ("fr", "c est quoi la carte Plume"),
        ("fr", "Combien de jours la neige est-elle tombée en Savoie ?"),
        ("fr", "Qui habite en Syrie ?"),
        ("fr", "Qui a construit la digue sur la Seine ?"),
        ("fr", "Qui a gagné la course cette année ?"),
        ("fr", "Qu'est-ce que la carte Plume ?"),
        ("fr", "C'est quoi la capitale du Pérou ?"),
        ("fr", "C'est quel architecte qui a dessiné la gare ?"),
        ("en", "Is it true that the mill was sold?"),
        ("en", "How long does it take to reach Brenholm by boat?"),
        ("en", "Are there seals in the harbour?"),
        ("en", "Who won the race this year?"),
        ("de", "Gibt es am Sonntag einen Markt?"),
        ("es", "¿Qué pasó en el volcán este año?"),
        # few words, and whole
        ("fr", "Qui est le maire ?"),
        ("fr", "Combien coûte un vélo ?"),
        ("fr", "Où est Morlac ?"),
        ("en", "Who owns the mill?"),
        ("de", "Was kostet die Fähre?"),
        # goes on in form only: it asks after somebody new
        ("fr", "Et qui a écrit Germinal ?"),
        ("fr", "Mais quelle est la capitale du Pérou ?"),
        ("en", "And what is the capital of Peru?"),
    ],
)
def test_a_question_that_stands_alone_leans_on_nothing(language: str, question: str) -> None:
    leaning = meant(question, LIBRARY, language=language)
    assert (leaning.question, leaning.told) == (question, ())
    assert not leaning.before or leaning.counts == Counts.IF_UNSURE


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("fr", "Où est-elle née ?"),
        ("fr", "Quel est son salaire ?"),
        ("fr", "Que promet-elle ?"),
        ("fr", "Qui l'a nommée ?"),
        ("fr", "Pourquoi cette nomination ?"),
        ("fr", "Ça a coûté combien ?"),
        ("fr", "Pourquoi c'est important ?"),
        ("fr", "Depuis quand y travaille-t-elle ?"),
        ("fr", "Combien en a-t-elle vendu ?"),
        ("fr", "Qui travaille avec elle ?"),
        ("fr", "Dont combien en bois ?"),
        ("fr", "Et combien gagne la directrice ?"),
        ("fr", "Et la fontaine ?"),
        ("de", "Und früher?"),
        ("fr", "La première, elle date de quand ?"),
        ("en", "Where was she born?"),
        ("en", "When did it open?"),
        ("en", "Can children use it?"),
        ("en", "Who built this place?"),
        ("en", "And how many people work there?"),
        ("de", "Wann wurde sie geboren?"),
        ("de", "Wer hat dieses Haus gebaut?"),
        ("de", "Was kostet das?"),
        ("es", "¿Dónde vive él?"),
        ("es", "¿Cuál es su sueldo?"),
        ("it", "Chi è suo fratello?"),
        ("pt", "Onde ela nasceu?"),
        ("ru", "Где она родилась?"),
        ("ru", "А сколько стоит билет?"),
        ("ar", "أين ولد هو؟"),
        ("zh", "她是哪里人？"),
    ],
)
def test_a_pronoun_that_nothing_explains_leans_on_the_question_before(language: str, question: str) -> None:
    assert meant(question, LIBRARY, language=language) == Leaning(question, LIBRARY)


@pytest.mark.parametrize(
    ("language", "before", "question", "means"),
    [
        ("fr", "Où est née Lise Amory ?", "Et quand ?", "Quand est née Lise Amory ?"),
        ("fr", "Combien de barques ont coulé en avril ?", "Et en mai ?", "Combien de barques ont coulé en mai ?"),
        ("fr", "Qui dirige le port de Morlac ?", "Et celui de Brenne ?", "Qui dirige le port celui de Brenne ?"),
        ("fr", "Combien coûte un billet pour Morlac ?", "Et pour Brenne ?", "Combien coûte un billet pour Brenne ?"),
        ("en", "When did the mill burn?", "Where?", "Where did the mill burn?"),
        ("en", "Who owned the mill in 2019?", "And in 2023?", "Who owned the mill in 2023 ?"),
        ("es", "¿Quién dirigía el puerto en 2019?", "¿Y en 2023?", "¿Quién dirigía el puerto en 2023 ?"),
        ("ru", "Кто купил мельницу в апреле?", "А в июне?", "Кто купил мельницу в июне ?"),
    ],
)
def test_a_fragment_is_put_into_the_question_before(language: str, before: str, question: str, means: str) -> None:
    assert meant(question, before, language=language) == Leaning(means)


@pytest.mark.parametrize(
    ("language", "before", "correction", "means"),
    [
        ("fr", "Qui est le maire de Morlac ?", "Non, je parlais de Brenne", "Qui est le maire Brenne ?"),
        ("fr", "Qui est le maire de Morlac ?", "pardon, je voulais dire Brenne", "Qui est le maire Brenne ?"),
        ("fr", "Combien coûte la barque ?", "Non, la péniche", "Combien coûte la barque ? la péniche"),
        ("en", "Who is the mayor of Brenholm?", "No, I meant Tarsey", "Who is the mayor Tarsey ?"),
        ("de", "Was kostet die Fähre?", "Nein, ich meinte den Bus", "Was kostet die Fähre? den Bus"),
        ("es", "¿Quién es el alcalde de Valmira?", "No, me refería a Otero", "¿Quién es el alcalde Otero ?"),
    ],
)
def test_a_correction_takes_the_place_of_what_was_asked(
    language: str, before: str, correction: str, means: str
) -> None:
    assert meant(correction, before, language=language).question == means


@pytest.mark.parametrize(
    "more",
    [
        "Il y en a d'autres ?",
        "D'autres ?",
        "Et quoi d'autre ?",
        "Y en a-t-il d'autres ?",
        "C'est tout ?",
        "il y en a d autres",
    ],
)
def test_asking_for_others_asks_the_same_without_what_was_told(more: str) -> None:
    first = meant(more, LIBRARY)
    assert (first.question, first.told) == (LIBRARY, (f"Réponse à « {LIBRARY} » [1]",))
    again = meant("Encore d'autres ?", LIBRARY, more)
    assert again.question == LIBRARY
    assert len(again.told) == 2


def test_others_of_a_kind_lean_on_the_question_before() -> None:
    leaning = meant("Y a-t-il d'autres bibliothèques ?", LIBRARY)
    assert (leaning.question, leaning.before) == ("Y a-t-il d'autres bibliothèques ?", LIBRARY)
    assert leaning.told


def test_a_question_asked_again_is_itself() -> None:
    assert meant(LIBRARY, LIBRARY, LIBRARY) == Leaning(LIBRARY)
    assert meant("qui dirige la bibliotheque de morlac", LIBRARY) == Leaning("qui dirige la bibliotheque de morlac")
    again = meant("Où est-elle née ?", LIBRARY, "Où est-elle née ?", "Qui est le maire de Brenne ?")
    assert again == Leaning("Où est-elle née ?", LIBRARY)


def test_what_it_leans_on_goes_back_to_a_question_that_stands_alone() -> None:
    earlier = ("Qui est le maire de Brenne ?", LIBRARY, "Où est-elle née ?")
    assert meant("Que lit-elle ?", *earlier).before == f"{LIBRARY} Où est-elle née ?"


def test_what_is_said_to_be_another_question_leans_on_nothing() -> None:
    leaning = meant("Rien à voir, mais combien coûte-t-il ?", "Combien de bancs y a-t-il ?")
    assert leaning == Leaning("combien coûte-t-il ?")


def test_what_names_nothing_counts_the_turns_before_only_where_it_fails_alone() -> None:
    """Of a director something was said, of bread nothing; what names a town stands alone."""
    of_a_director = meant("Combien gagne un directeur de bibliothèque ?", LIBRARY)
    of_bread = meant("Combien coûte une baguette de pain ?", LIBRARY)
    assert (of_a_director.before, of_a_director.counts) == (LIBRARY, Counts.IF_REFUSED)
    assert (of_bread.before, of_bread.counts) == (LIBRARY, Counts.IF_UNSURE)
    assert meant("Combien de bibliothèques a Brenne ?", LIBRARY) == Leaning("Combien de bibliothèques a Brenne ?")
    assert meant("Qui a peint la bibliothèque de Morlac ?", LIBRARY).before == ""


def test_nothing_leans_where_nothing_was_asked() -> None:
    for question in ("Où est-elle née ?", "Et en mai ?", "D'autres ?", "Non, je parlais de Brenne"):
        assert lean(question, None, "fr") == lean(question, Conversation(), "fr") == Leaning(question)


@given(question=st.text(max_size=60), before=st.text(max_size=60), language=st.sampled_from([*SPEECH, "pl", ""]))
def test_any_message_after_any_other_means_something(question: str, before: str, language: str) -> None:
    leaning = lean(question, chat(before), language)
    assert leaning == lean(question, chat(before), language)
    assert leaning.question or not question.strip()


@given(words=st.lists(st.sampled_from([*GLUE, "Morlac", "port", "2023", "mai", "?", ","]), min_size=1, max_size=6))
def test_any_words_that_lean_mean_something_after_a_whole_question(words: list[str]) -> None:
    for language in SPEECH:
        assert lean(" ".join(words), chat(LIBRARY, "Et quand ?"), language).question.strip()


def test_each_language_has_each_pattern() -> None:
    for language, speech in SPEECH.items():
        for part in ("pronoun", "asked", "continues", "others", "corrects", "fresh"):
            assert speech[part], (language, part)
