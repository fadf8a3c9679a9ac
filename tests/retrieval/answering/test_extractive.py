from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Passage
from retrieval import Answer, ArticleQA, Citation
from retrieval.answering.candidates import Candidate
from retrieval.answering.evidence import Scored, gather_evidence
from retrieval.answering.extract import ANSWER_CHARS, MOST_SENTENCES, _choose, _says_the_same, extract
from retrieval.answering.weights import Weights, logistic
from retrieval.answering.words import OUR_WORDS, written_date

if TYPE_CHECKING:
    from tests.retrieval.conftest import Small

ASKED = {
    "fr": "Combien de morts le séisme de Kerbrat a-t-il fait ?",
    "en": "How many people died in the Kerbrat earthquake?",
    "es": "¿Cuántos muertos causó el terremoto de Kerbrat?",
    "de": "Wie viele Tote forderte das Erdbeben von Kerbrat?",
    "ru": "Сколько людей погибло при землетрясении в Кербра?",
    "ar": "كم عدد قتلى زلزال كيربرات؟",
    "zh": "凯尔布拉地震造成多少人死亡？",
}
TOLL = "Le séisme de Kerbrat a fait {} morts dans la ville."
# what stands around the toll, so that no two articles are one text told twice
AROUND = (
    "Les secours cherchent des survivants sous les décombres de la gare. La mairie a ouvert une école aux familles.",
    "Des équipes venues de Lorient ont apporté des tentes et des vivres. Le préfet s'est rendu sur place en train.",
    "Un hôpital de campagne est monté sur le stade municipal. Les écoles rouvriront après les vacances d'hiver.",
    "Une quête est organisée par la paroisse du bourg. Les assureurs attendent des milliers de dossiers cet été.",
)
FERRY = (
    "The ferry between Brenholm and Tarsey was cancelled on 17 January 2025 because of a storm. "
    "The captain stayed in the harbour. About three hundred passengers waited in the school hall. "
    "The crew handed out blankets and soup."
)
SHARED = "Le préfet a salué le courage des habitants de la vallée."


def article(text: str, title: str = "Un article", day: str = "", language: str = "fr") -> str:
    dated = f"date: {day}\n" if day else ""
    return f'---\ntitle: "{title}"\n{dated}language: {language}\n---\n{text}\n'


def tolls(small: Small, *told: tuple[object, str], sentence: str = TOLL) -> ArticleQA:
    """An index of one article for each (figure, day)."""
    texts = {
        f"n{number}": article(f"{sentence.format(figure)} {AROUND[number]}", f"Kerbrat, bulletin {number}", day)
        for number, (figure, day) in enumerate(told)
    }
    return small(**texts)


def candidate(text: str, article_id: str = "a", start: int = 0, also_in: tuple[str, ...] = ()) -> Candidate:
    passage = Passage(
        id=f"{article_id}#0", article_id=article_id, title="Titre", source="", url="", published=None, language="fr",
        start=start, end=start + len(text), text=text, also_in=also_in,
    )  # fmt: skip
    return Candidate(passage, start, start + len(text), text, {})


def scored(*candidates: Candidate, step: float = 0.1) -> list[Scored]:
    """Best first, each `step` less than the one before."""
    return [(-step * place, each) for place, each in enumerate(candidates)]


def marked(citation: Citation) -> list[str]:
    return [citation.quote[start:end] for start, end in citation.highlights]


def assert_nothing_disagrees(answer: Answer) -> None:
    assert answer.found
    assert answer.note == ""


# Choosing sentences


def test_a_sentence_of_two_articles_is_shown_once_and_names_the_other() -> None:
    one, same = candidate(SHARED, "a"), candidate("Le préfet a salué, le courage des habitants de la Vallée !", "b")
    other = candidate("La route reste coupée pour dix jours.", "c")
    chosen = _choose(scored(one, same, other), margin=2.5)
    assert [(c.text, c.passage.also_in) for c in chosen] == [(SHARED, ("b",)), (other.text, ())]
    assert one.passage.also_in == ()  # what was found stays as it is


def test_a_sentence_of_many_articles_names_them_all_and_never_its_own() -> None:
    found = [candidate(SHARED, "b", also_in=("z", "a")), candidate(SHARED, "c", also_in=("b", "a")), candidate(SHARED)]
    (chosen,) = _choose(scored(*found), margin=2.5)
    assert (chosen.passage.article_id, chosen.passage.also_in) == ("b", ("a", "c", "z"))


def test_a_sentence_that_its_own_article_repeats_is_shown_once() -> None:
    (chosen,) = _choose(scored(candidate(SHARED), candidate(SHARED, start=900)), margin=2.5)
    assert (chosen.start, chosen.passage.also_in) == (0, ())


def test_a_sentence_too_long_to_be_shown_twice_is_shown_once_and_names_the_other() -> None:
    long = "Le préfet a salué " + "la vallée et ses habitants, " * 14 + "puis il est reparti."
    assert ANSWER_CHARS / 2 < len(long) < ANSWER_CHARS
    (chosen,) = _choose(scored(candidate(long), candidate(long, "b")), margin=2.5)
    assert chosen.passage.also_in == ("b",)


@pytest.mark.parametrize(("one", "other"), [("12", "13"), ("12 000", "12 500"), ("2", "2,5"), ("douze", "treize")])
def test_sentences_with_other_figures_are_both_shown(one: str, other: str) -> None:
    texts = [TOLL.format(one), TOLL.format(other)]
    chosen = _choose(scored(candidate(texts[0]), candidate(texts[1], "b")), margin=2.5)
    assert [(c.text, c.passage.also_in) for c in chosen] == [(text, ()) for text in texts]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Le ministre a confirmé mardi la présence de soldats russes dans le port de Tartous.", "démenti"),
        ("Le pont de Saint-Aubin est confirmé ouvert aux voitures et aux camions.", "pas confirmé"),
        ("La halle confirmé du village est fermée pour l'hiver.", "gare"),
    ],
)
def test_a_sentence_that_says_something_else_is_never_merged(one: str, other: str) -> None:
    said = replace(candidate("x"), text=one)
    assert not _says_the_same(said, replace(said, text=one.replace("confirmé", other)))
    assert _says_the_same(said, replace(said, text=one.replace("Le ", "Ce ")))


def test_sentences_that_share_fewer_words_are_both_shown() -> None:
    one, other = candidate(SHARED), candidate("Le préfet a salué la mémoire des victimes de la crue.", "b")
    assert len(_choose(scored(one, other), margin=2.5)) == 2


def test_at_most_three_sentences_nearly_as_good_as_the_best_are_shown() -> None:
    found = [candidate(text) for text in ("La halle a brûlé.", "Il a neigé.", "Le bac part à midi.", "Qui vient ?")]
    assert len(_choose(scored(*found), margin=2.5)) == MOST_SENTENCES == 3
    assert len(_choose(scored(*found, step=1.0), margin=1.5)) == 2
    assert len(_choose(scored(*found, step=1.0), margin=0.5)) == 1
    assert _choose([], margin=2.5) == []


def test_beside_the_best_sentence_600_characters_are_not_exceeded() -> None:
    def of(size: int, letter: str) -> Candidate:
        return candidate(f"{letter * 20} " * (size // 21) + letter * (size % 21), letter)

    sizes = [[len(c.text) for c in _choose(scored(*found), margin=2.5)] for found in (
        [of(400, "a"), of(201, "b"), of(200, "c"), of(1, "d")],
        [of(700, "a"), of(10, "b")],
        [of(200, "a"), of(200, "b"), of(200, "c"), of(200, "d")],
        [of(10, "a"), of(591, "b"), of(590, "c")],
    )]  # fmt: skip
    assert sizes == [[400, 200], [700], [200, 200, 200], [10, 590]]


_TEXTS = st.builds(
    "{} {} {} morts {}".format,
    st.sampled_from(["Le séisme de Kerbrat a fait", "La crue a fait", "Le séisme de Kerbrat a déjà fait"]),
    st.sampled_from(["plus de", "", "environ"]),
    st.sampled_from(["12", "13", "1 200"]),
    st.sampled_from(["dans la ville.", "hier.", "selon la mairie. " * 12]),
)


@given(st.lists(st.tuples(_TEXTS, st.sampled_from("abcd"), st.floats(-4, 0))))
def test_what_is_chosen_keeps_every_promise(drawn: list[tuple[str, str, float]]) -> None:
    fitting = [(score, candidate(text, article)) for text, article, score in sorted(drawn, key=lambda d: -d[2])]
    chosen = _choose(fitting, margin=2.5)
    assert len(chosen) <= MOST_SENTENCES
    assert bool(chosen) is bool(fitting)
    if not chosen:
        return
    texts = [text for text, *_ in drawn]
    assert chosen[0].text == fitting[0][1].text
    assert len(chosen) == 1 or sum(len(c.text) for c in chosen) <= ANSWER_CHARS
    for place, one in enumerate(chosen):
        assert one.text in texts
        assert not any(_says_the_same(one, other) for other in chosen[:place])
        assert any(score >= fitting[0][0] - 2.5 and c.text == one.text for score, c in fitting)
        same = {c.passage.article_id for score, c in fitting if score >= fitting[0][0] - 2.5 and _says_the_same(c, one)}
        assert set(one.passage.also_in) <= same - {one.passage.article_id}


def test_an_answer_names_the_other_article_of_a_sentence(small: Small) -> None:
    qa = small(a=article(f"{SHARED} {AROUND[0]}", "La vallée"), b=article(f"{AROUND[1]} {SHARED}", "Le bourg"))
    answer = qa.ask("Qu'a salué le préfet ?")
    (citation,) = [c for c in answer.citations if c.quote == SHARED]
    assert {citation.article_id, *citation.also_in} == {"small/a.md", "small/b.md"}
    assert answer.text.count("salué") == 1


# Disagreement

DAYS = ("2025-01-11", "2025-01-13", "2025-01-12")


@pytest.mark.parametrize("language", ASKED)
def test_articles_of_other_dates_with_other_figures_are_all_shown_newest_first(small: Small, language: str) -> None:
    qa = tolls(small, (12, DAYS[0]), (41, DAYS[1]), (30, DAYS[2]))
    answer = qa.ask(ASKED[language])
    assert answer.found
    assert [marked(c) for c in answer.citations] == [["41"], ["30"], ["12"]]
    days = [date(2025, 1, 13), date(2025, 1, 12), date(2025, 1, 11)]
    assert [c.published for c in answer.citations] == days
    assert answer.text == " ".join(f"{TOLL.format(n)} [{i}]" for i, n in enumerate((41, 30, 12), 1))
    told = " ; ".join(f"{n} ({written_date(day, language)})" for n, day in zip(("41", "30", "12"), days, strict=True))
    assert answer.language == language
    assert answer.note.startswith(OUR_WORDS[language]["disagree"].format(values=told))


def test_the_note_is_what_people_read(small: Small) -> None:
    qa = tolls(small, ("12 000", "2025-01-11"), ("12 500", "2025-02-01"))
    assert qa.ask(ASKED["fr"]).note == (
        "Les articles ne disent pas la même chose, du plus récent au plus ancien : "
        "12 500 (1er février 2025) ; 12 000 (11 janvier 2025)."
    )


def test_of_four_figures_three_are_shown(small: Small) -> None:
    qa = tolls(small, (12, "2025-01-11"), (30, "2025-01-12"), (41, "2025-01-13"), (58, "2025-01-14"))
    answer = qa.ask(ASKED["fr"])
    assert len(answer.citations) == 3
    days = [c.published for c in answer.citations if c.published]
    assert days == sorted(set(days), reverse=True)
    assert answer.note.count(" janvier 2025)") == 3


@pytest.mark.parametrize(
    ("one", "other"), [("12", "12"), ("12 000", "12000"), ("12 000", "12.000"), ("12\u202f000", "12\u00a0000")]
)
def test_the_same_figure_is_no_disagreement_however_it_is_written(small: Small, one: str, other: str) -> None:
    assert_nothing_disagrees(tolls(small, (one, DAYS[0]), (other, DAYS[1])).ask(ASKED["fr"]))


@pytest.mark.parametrize("days", [("2025-01-11", "2025-01-11"), ("", ""), ("", "2025-01-11"), ("2025-01-11", "")])
def test_figures_of_one_date_or_of_none_do_not_disagree(small: Small, days: tuple[str, str]) -> None:
    assert_nothing_disagrees(tolls(small, (12, days[0]), (30, days[1])).ask(ASKED["fr"]))


def test_a_question_for_a_person_has_no_figures_that_disagree(small: Small) -> None:
    qa = tolls(small, (12, DAYS[0]), (41, DAYS[1]), (30, DAYS[2]))
    assert "disent pas" not in qa.ask("Qui cherche des survivants à Kerbrat ?").note
    assert "disent pas" not in qa.ask("Pourquoi le séisme de Kerbrat a-t-il fait tant de morts ?").note


SIGNED = "L'accord sur le port de Kerbrat a été signé {} à Lorient par le maire et le préfet."


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("le 12 février 2025", "le 13 février 2025", True),
        ("le 12 février 2025", "le 12 mars 2025", True),
        ("en 2024", "en 2025", True),
        ("le 12 février 2025", "mercredi 12 février 2025", False),
        ("mercredi 12 février", "le 12 février 2025", False),
        ("le 12 février", "le 12 février 2025", False),
        ("mercredi", "le 12 février 2025", False),  # may well be the 12th
        ("hier", "mercredi", False),
    ],
)
def test_a_date_told_more_closely_is_no_other_date(small: Small, one: str, other: str, differ: bool) -> None:
    qa = tolls(small, (one, "2025-02-13"), (other, "2025-02-20"), sentence=SIGNED)
    answer = qa.ask("Quand l'accord sur le port de Kerbrat a-t-il été signé ?")
    assert answer.found
    assert ("disent pas la même chose" in answer.note) is differ


def test_figures_about_other_things_do_not_disagree(small: Small) -> None:
    crue = "La crue de la Sarre, au printemps, avait tué selon les pompiers du canton {} personnes âgées."
    qa = small(
        a=article(f"{TOLL.format(12)} {AROUND[0]}", day=DAYS[0]),
        b=article(f"{crue.format(3)} {AROUND[1]} Kerbrat l'ignore.", day=DAYS[1]),
    )
    assert_nothing_disagrees(qa.ask(ASKED["fr"]))


# Sure enough


def test_what_is_less_probable_than_the_threshold_is_not_answered(qa: ArticleQA) -> None:
    results = qa.retrieve(qa.understand("Combien de tuyaux compte le grand orgue de Notre-Dame ?")).results
    assert results is not None
    weights = Weights.load()
    extracted = extract(results, qa.generation, weights)
    assert extracted.drafts
    assert weights.threshold <= extracted.probability <= 1
    for threshold, is_answered in ((0.0, True), (extracted.probability, True), (1.0, extracted.probability == 1.0)):
        again = extract(results, qa.generation, replace(weights, threshold=threshold))
        assert bool(again.drafts) is is_answered
        assert again.probability == extracted.probability


def test_where_no_sentence_can_answer_none_does_and_the_probability_is_low(small: Small) -> None:
    qa = small(ferry=article(FERRY, language="en"))
    results = qa.retrieve(qa.understand("How many weeks did the ferry between Brenholm and Tarsey wait?")).results
    assert results is not None
    extracted = extract(results, qa.generation, replace(Weights.load(), threshold=0.0))
    assert (extracted.drafts, extracted.disagree) == ([], False)
    assert extract(results, qa.generation).probability <= Weights.load().threshold / 2


def test_the_logistic_is_between_0_and_1_and_never_overflows() -> None:
    assert logistic(0) == 0.5
    assert logistic(2) == pytest.approx(1 / (1 + math.exp(-2)))
    for x in (1e9, -1e9, math.inf, -math.inf):
        assert 0 <= logistic(x) <= 1


# A question that takes for granted what the one article tells


@pytest.mark.parametrize("question", ["When did the call take place?", "When was it?", "Quand a eu lieu l'appel ?"])
def test_a_question_that_names_nothing_is_about_the_one_article(small: Small, question: str) -> None:
    answer = small(ferry=article(FERRY, "Storm", "2025-01-18", "en")).ask(question)
    assert answer.found
    assert [marked(c) for c in answer.citations] == [["17 January 2025"]]
    assert answer.probability >= 0.5


@pytest.mark.parametrize(
    "question",
    [
        "When did Napoleon die?",  # names someone
        "When did the war of 1870 end?",
        "Who made the call?",  # asks for no date
        "How many calls were there?",
        "Why did the call take place?",
        "How long did the call last?",  # no sentence tells
    ],
)
def test_what_the_one_article_does_not_tell_is_still_refused(small: Small, question: str) -> None:
    assert not small(ferry=article(FERRY, "Storm", "2025-01-18", "en")).ask(question).found


@pytest.mark.parametrize(("articles", "is_answered"), [(2, True), (3, False)])
def test_of_three_articles_nothing_is_taken_for_granted(small: Small, articles: int, is_answered: bool) -> None:
    texts = [article(FERRY, "Storm", "2025-01-18", "en"), *(article(text) for text in AROUND)]
    qa = small(**{f"n{number}": text for number, text in enumerate(texts[:articles])})
    assert qa.ask("When did the call take place?").found is is_answered


def test_where_most_sentences_tell_a_date_none_is_taken_for_granted(small: Small) -> None:
    text = "The ferry sailed on 3 May 2024. It came back on 9 May 2024. The captain stayed in the harbour."
    qa = small(ferry=article(text, "Storm", "2025-01-18", "en"))
    results = qa.retrieve(qa.understand("When did the call take place?")).results
    assert results is not None
    assert len(gather_evidence(results, qa.generation, Weights.load()).fitting) == 2
    assert not qa.ask("When did the call take place?").found
