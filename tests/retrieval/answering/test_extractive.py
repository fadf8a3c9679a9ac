from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval import Answer, ArticleQA, Citation
from retrieval.answering.candidates import Candidate
from retrieval.answering.extract import (
    ANSWER_CHARS,
    MOST_SENTENCES,
    SHORT_PROBABILITY,
    SHORT_SEEN,
    _choose,
    _says_the_same,
    decide,
    extract,
)
from retrieval.answering.weights import logistic
from retrieval.answering.words import OUR_WORDS, written_date
from retrieval.facts.kinds import Kind
from tests.retrieval.answering.by_hand import BY_HAND, READING, evidence_of, results_of, sentence

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


def tolls(small: Small, *told: tuple[object, str], text: str = TOLL) -> ArticleQA:
    """An index of one article for each (figure, day)."""
    texts = {
        f"n{number}": article(f"{text.format(figure)} {AROUND[number]}", f"Kerbrat, bulletin {number}", day)
        for number, (figure, day) in enumerate(told)
    }
    return small(**texts)


def chosen_of(*sentences: Candidate, likely: Sequence[float] = (), further: float = 0.5) -> list[Candidate]:
    """What is chosen of sentences, best first, each of which answers for certain, or is as likely to as is told."""
    return _choose([(-0.1 * place, each) for place, each in enumerate(sentences)], [*likely] or [1.0] * 4, further)


def marked(citation: Citation) -> list[str]:
    return [citation.quote[start:end] for start, end in citation.highlights]


def assert_nothing_disagrees(answer: Answer) -> None:
    assert answer.found
    assert answer.note == ""


# Choosing sentences


def test_a_sentence_of_two_articles_is_shown_once_and_names_the_other() -> None:
    one, same = sentence(SHARED, "a"), sentence("Le préfet a salué, le courage des habitants de la Vallée !", "b")
    other = sentence("La route reste coupée pour dix jours.", "c")
    chosen = chosen_of(one, same, other)
    assert [(c.text, c.passage.also_in) for c in chosen] == [(SHARED, ("b",)), (other.text, ())]
    assert one.passage.also_in == ()  # what was found stays as it is


def test_a_sentence_of_many_articles_names_them_all_and_never_its_own() -> None:
    found = [sentence(SHARED, "b", also_in=("z", "a")), sentence(SHARED, "c", also_in=("b", "a")), sentence(SHARED)]
    (chosen,) = chosen_of(*found)
    assert (chosen.passage.article_id, chosen.passage.also_in) == ("b", ("a", "c", "z"))


def test_a_sentence_that_its_own_article_repeats_is_shown_once() -> None:
    (chosen,) = chosen_of(sentence(SHARED), sentence(SHARED, start=900))
    assert (chosen.start, chosen.passage.also_in) == (0, ())


def test_a_sentence_too_long_to_be_shown_twice_is_shown_once_and_names_the_other() -> None:
    long = "Le préfet a salué " + "la vallée et ses habitants, " * 14 + "puis il est reparti."
    assert ANSWER_CHARS / 2 < len(long) < ANSWER_CHARS
    (chosen,) = chosen_of(sentence(long), sentence(long, "b"))
    assert chosen.passage.also_in == ("b",)


def test_an_unlikely_sentence_is_not_shown_but_its_article_is_named() -> None:
    one, unlikely, same = sentence(SHARED), sentence("La halle a brûlé.", "b"), sentence(SHARED, "c")
    (chosen,) = chosen_of(one, unlikely, same, likely=[0.9, 0.4, 0.1])
    assert (chosen.text, chosen.passage.also_in) == (SHARED, ("c",))


@pytest.mark.parametrize(("one", "other"), [("12", "13"), ("12 000", "12 500"), ("2", "2,5"), ("douze", "treize")])
def test_sentences_with_other_figures_are_both_shown(one: str, other: str) -> None:
    texts = [TOLL.format(one), TOLL.format(other)]
    chosen = chosen_of(sentence(texts[0]), sentence(texts[1], "b"))
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
    said = sentence(one)
    assert not _says_the_same(said, replace(said, text=one.replace("confirmé", other)))
    assert _says_the_same(said, replace(said, text=one.replace("Le ", "Ce ")))


def test_sentences_that_share_fewer_words_are_both_shown() -> None:
    one, other = sentence(SHARED), sentence("Le préfet a salué la mémoire des victimes de la crue.", "b")
    assert chosen_of(one, other) == [one, other]


TEXTS = ("La halle a brûlé.", "Il a neigé.", "Le bac part à midi.", "Qui vient ?", "Le pont rouvre.")


@pytest.mark.parametrize(
    ("likely", "further", "shown"),
    [
        ([0.9, 0.9, 0.9, 0.9], 0.5, [0, 1, 2]),  # three at most
        ([0.9, 0.6, 0.4, 0.3], 0.5, [0, 1]),
        ([0.9, 0.4, 0.6, 0.3], 0.5, [0, 2]),  # each by its own probability
        ([0.9, 0.5, 0.5, 0.5], 0.5, [0, 1, 2]),
        ([0.9, 0.4, 0.4, 0.4], 0.5, [0]),
        ([0.3, 0.2, 0.2, 0.2], 0.5, [0]),  # the best one always
        ([0.9, 0.9], 0.5, [0, 1]),  # of those after nothing is told
        ([0.9, 0.1, 0.1, 0.1], 0.0, [0, 1, 2]),
    ],
)
def test_a_further_sentence_is_shown_where_it_is_likely_to_answer_itself(
    likely: list[float], further: float, shown: list[int]
) -> None:
    found = [sentence(text) for text in TEXTS]
    assert chosen_of(*found, likely=likely, further=further) == [found[place] for place in shown]
    assert MOST_SENTENCES == 3


def test_a_headline_is_shown_first_or_of_another_article_and_never_beside_a_sentence_of_its_own() -> None:
    said, other = sentence("La halle de Kerbrat a brûlé dimanche."), sentence("Il a neigé.", "b")
    own, foreign = (replace(sentence("Incendie à la halle", name), in_title=True) for name in "ac")
    assert chosen_of(said, own, other) == [said, other]
    assert chosen_of(own, said, other) == [own, said, other]
    assert chosen_of(said, foreign) == [said, foreign]


def test_beside_the_best_sentence_600_characters_are_not_exceeded() -> None:
    def of(size: int, letter: str) -> Candidate:
        return sentence(f"{letter * 20} " * (size // 21) + letter * (size % 21), letter)

    sizes = [[len(c.text) for c in chosen_of(*found)] for found in (
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


_LIKELY = st.floats(0, 1)


@given(
    st.lists(st.tuples(_TEXTS, st.sampled_from("abcd"), _LIKELY), min_size=1, max_size=16),
    st.floats(0, 1, exclude_min=True),  # the unlikely ones are told no probability: 0 would let them in
)
def test_what_is_chosen_keeps_every_promise(drawn: list[tuple[str, str, float]], further: float) -> None:
    found = [sentence(text, article) for text, article, _ in drawn]
    likely = [probability for *_, probability in drawn[:4]]
    chosen = chosen_of(*found, likely=likely, further=further)
    assert 1 <= len(chosen) <= MOST_SENTENCES
    assert chosen[0].text == found[0].text
    assert len(chosen) == 1 or sum(len(c.text) for c in chosen) <= ANSWER_CHARS
    places = [found.index(replace(c, passage=replace(c.passage, also_in=()))) for c in chosen]
    assert places == sorted(places)  # best first
    for place, one in enumerate(chosen):
        assert not any(_says_the_same(one, other) for other in chosen[:place])
        assert not place or any(p >= further and c.text == one.text for p, c in zip(likely, found, strict=False))
        same = {c.passage.article_id for c in found if _says_the_same(c, one)}
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


def test_of_figures_that_differ_the_figures_are_marked_whatever_a_reader_sees() -> None:
    found = [
        sentence(text, name, published=date(2025, 1, day), answer=(text.index(figure), text.index(" dans")), seen=0.9)
        for name, day, figure in (("a", 11, "12"), ("b", 13, "41"))
        for text in [TOLL.format(figure)]
    ]
    evidence = evidence_of(found, 0.9, [0.9, 0.4], Kind.NUMBER, read=True)
    extracted = decide(evidence, results_of(ASKED["fr"]), BY_HAND)
    assert extracted.disagree
    assert [[d.quote[a:b] for a, b in d.highlights] for d in extracted.drafts] == [["41"], ["12"]]
    assert extracted.short == ""  # the newest is not the likeliest


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
    qa = tolls(small, (one, "2025-02-13"), (other, "2025-02-20"), text=SIGNED)
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


# Sure enough: answered, told as the nearest, or refused

HOW_SURE = [
    (0.5, 0.3, "answered"),
    (0.9, 0.9, "answered"),
    (0.49, 0.9, "nearest"),
    (0.9, 0.29, "nearest"),
    (0.0, 0.1, "nearest"),
    (0.9, 0.09, "refused"),
    (0.49, 0.09, "refused"),
]


@pytest.mark.parametrize(("probability", "of_first", "told"), HOW_SURE)
@pytest.mark.parametrize("read", [False, True])
def test_how_sure_both_numbers_are_decides_between_three(
    probability: float, of_first: float, told: str, read: bool
) -> None:
    sentences = [sentence(text) for text in TEXTS[:2]]
    evidence = evidence_of(sentences, probability, [of_first, 0.2], read=read)
    extracted = decide(evidence, results_of("Qu'a vu la foule ?"), BY_HAND)
    assert [draft.quote for draft in extracted.drafts] == ([TEXTS[0]] if told == "answered" else [])
    assert (extracted.nearest.quote if extracted.nearest else "") == (TEXTS[0] if told == "nearest" else "")
    assert (extracted.probability, extracted.sentence_probability) == (probability, of_first)
    assert extracted.evidence is evidence


def test_what_was_read_is_decided_by_the_limits_for_it() -> None:
    strict = replace(BY_HAND, reading=replace(READING, threshold=0.9))
    for read, is_answered in ((False, True), (True, False)):
        evidence = evidence_of([sentence(SHARED)], 0.6, [0.6], read=read)
        assert bool(decide(evidence, results_of("Qui joue ?"), strict).drafts) is is_answered
        assert decide(evidence, results_of("Qui joue ?"), replace(strict, reading=None)).drafts


@pytest.mark.parametrize(
    ("words", "language", "probability", "is_answered"),
    [(0.0, "fr", 0.45, False), (0.0, "fr", 0.55, True), (0.3, "fr", 0.45, True), (0.0, "de", 0.45, True)],
)
def test_a_sentence_that_shares_no_word_with_the_question_must_be_likelier(
    words: float, language: str, probability: float, is_answered: bool
) -> None:
    evidence = evidence_of([sentence(SHARED, features={"words": words})], probability, [0.6])
    results = results_of("Was kostet ein Brot?" if language == "de" else "Combien coûte une baguette ?")
    (query,) = results.queries
    asked = replace(results, queries=[replace(query, language=language)])
    extracted = decide(evidence, asked, replace(BY_HAND, threshold=0.3))
    assert bool(extracted.drafts) is is_answered
    assert bool(extracted.nearest) is not is_answered


@given(
    st.lists(st.tuples(_TEXTS, st.sampled_from("abcd"), _LIKELY), max_size=6), _LIKELY, st.sampled_from(Kind),
    st.booleans(),
)  # fmt: skip
def test_whatever_is_known_only_what_fits_is_told_and_the_nearest_where_nothing_is(
    drawn: list[tuple[str, str, float]], probability: float, kind: Kind, read: bool
) -> None:
    fits = [sentence(text, article, published=date(2025, 1, ord(article) - 96)) for text, article, _ in drawn]
    evidence = evidence_of(fits, probability, [likely for *_, likely in drawn[:4]], kind, read=read)
    other = sentence("Ce qui ne répond pas, si proche que ce soit.", "z")
    evidence = replace(evidence, ranked=[(9.0, other), *evidence.ranked])
    extracted = decide(evidence, results_of("Combien de morts à Kerbrat ?"), BY_HAND)
    told = [*extracted.drafts, *([extracted.nearest] if extracted.nearest else [])]
    fitting = {(candidate.passage.id, candidate.text) for candidate in fits}
    assert all((draft.passage.id, draft.quote) in fitting for draft in told)
    assert not (extracted.drafts and extracted.nearest)
    assert not (extracted.disagree and len(extracted.drafts) < 2)
    assert len(extracted.drafts) <= MOST_SENTENCES
    assert 0 <= extracted.probability <= 1
    assert 0 <= extracted.sentence_probability <= 1
    if extracted.drafts:
        assert probability >= BY_HAND.threshold
        assert extracted.sentence_probability >= BY_HAND.least
        assert fits[0].text in [draft.quote for draft in extracted.drafts]


def test_what_is_less_probable_than_the_threshold_is_not_answered(qa: ArticleQA) -> None:
    results = qa.retrieve(qa.understand("Combien de tuyaux compte le grand orgue de Notre-Dame ?")).results
    assert results is not None
    weights = replace(BY_HAND, least=0.0)
    extracted = extract(results, qa.generation, weights)
    assert extracted.drafts
    assert weights.threshold <= extracted.probability <= 1
    for threshold, is_answered in ((0.0, True), (extracted.probability, True), (1.0, False)):
        again = extract(results, qa.generation, replace(weights, threshold=threshold))
        assert bool(again.drafts) is is_answered
        assert again.probability == extracted.probability


def test_where_no_sentence_can_answer_none_does_and_the_probability_is_low(small: Small) -> None:
    qa = small(ferry=article(FERRY, language="en"))
    results = qa.retrieve(qa.understand("How many weeks did the ferry between Brenholm and Tarsey wait?")).results
    assert results is not None
    extracted = extract(results, qa.generation, replace(BY_HAND, threshold=0.0, near=0.0))
    assert (extracted.drafts, extracted.disagree, extracted.nearest) == ([], False, None)
    assert extract(results, qa.generation, BY_HAND).probability <= BY_HAND.threshold / 2


def test_most_of_what_the_one_article_does_not_tell_is_refused(small: Small) -> None:
    qa = small(ferry=article(FERRY, "Storm", "2025-01-18", "en"))
    questions = (
        "When did Napoleon die?", "When did the war of 1870 end?", "Who made the call?", "How many calls were there?",
        "Why did the call take place?", "How long did the call last?",
    )  # fmt: skip
    answers = [qa.ask(question) for question in questions]
    assert sum(not answer.found for answer in answers) >= 4
    for answer in answers:
        assert bool(answer.citations) is answer.found
        assert all(near.quote in FERRY for near in answer.nearest)


def test_the_logistic_is_between_0_and_1_and_never_overflows() -> None:
    assert logistic(0) == 0.5
    assert logistic(2) == pytest.approx(1 / (1 + math.exp(-2)))
    for x in (1e9, -1e9, math.inf, -math.inf):
        assert 0 <= logistic(x) <= 1


# The words that answer

ORGAN = "Le grand orgue compte 7 952 tuyaux et cinq claviers, dit la mairie."


@pytest.mark.parametrize(
    ("seen", "probability", "short"),
    [
        (SHORT_SEEN, SHORT_PROBABILITY, "cinq claviers"),
        (1.0, 1.0, "cinq claviers"),
        (SHORT_SEEN - 0.01, 0.9, ""),
        (0.9, SHORT_PROBABILITY - 0.01, ""),
    ],
)
def test_the_words_that_answer_are_told_where_both_are_sure(seen: float, probability: float, short: str) -> None:
    start = ORGAN.index("cinq")
    organ = sentence(ORGAN, answer=(start, start + 13), seen=seen)
    extracted = decide(
        evidence_of([organ], 0.9, [probability], read=True), results_of("Combien de claviers ?"), BY_HAND
    )
    assert extracted.short == short
    assert [draft.quote for draft in extracted.drafts] == [ORGAN]


def test_the_words_of_a_sentence_that_two_articles_have_are_told_too() -> None:
    one, same = (sentence(ORGAN, name, answer=(3, 14), seen=0.9) for name in "ab")
    extracted = decide(
        evidence_of([one, same], 0.9, [0.9, 0.9], read=True), results_of("Combien de claviers ?"), BY_HAND
    )
    assert [draft.passage.also_in for draft in extracted.drafts] == [("b",)]
    assert extracted.short == "grand orgue"


@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("Combien d'élèves ?", "640"),
        ("Combien de professeurs ?", "31"),
        ("Combien de personnes ?", "31 professeurs et 640"),  # neither is clearly meant
    ],
)
def test_of_several_figures_that_a_reader_sees_as_one_the_one_asked_for_is_told(question: str, short: str) -> None:
    quote = "L'école compte 31 professeurs et 640 élèves."
    start = quote.index("31")
    of_both = sentence(quote, answer=(start, quote.index(" élèves")), seen=0.9)
    extracted = decide(evidence_of([of_both], 0.9, [0.9], Kind.NUMBER, read=True), results_of(question), BY_HAND)
    assert extracted.short == short
    assert [quote[a:b] for draft in extracted.drafts for a, b in draft.highlights] == [short]


def test_of_the_figures_of_two_years_the_one_of_the_year_that_is_asked_for_is_told() -> None:
    quote = "Les urgences ont accueilli 23 400 patients l'an dernier, contre 18 000 en 2020."
    seen = sentence(quote, answer=(quote.index("23"), quote.index(" patients")), seen=0.9)
    for question, short in (("Combien de patients en 2020 ?", "18 000"), ("Combien de patients ?", "23 400")):
        extracted = decide(evidence_of([seen], 0.9, [0.9], Kind.NUMBER, read=True), results_of(question), BY_HAND)
        assert extracted.short == short


@pytest.mark.parametrize(
    ("answer", "seen", "lit"),
    [
        ("cinq claviers", 0.05, ["cinq claviers"]),  # a reader knows better than what figures look like
        ("cinq claviers", 0.04, ["7 952"]),
        ("", 0.0, ["7 952"]),
    ],
)
def test_what_a_reader_sees_is_marked_before_what_looks_like_it(answer: str, seen: float, lit: list[str]) -> None:
    start = ORGAN.index(answer)
    organ = sentence(ORGAN, answer=(start, start + len(answer)) if answer else None, seen=seen)
    evidence = evidence_of([organ], 0.9, [0.9], Kind.NUMBER, read=True)
    (draft,) = decide(evidence, results_of("Combien de tuyaux ?"), BY_HAND).drafts
    assert [ORGAN[a:b] for a, b in draft.highlights] == lit


# Who and how much: as it is today

HEADS = ("Anna Holm dirige la banque.", "Nils Berg a pris la tête de la banque.", "La banque est dirigée par Eva Lund.")


@pytest.mark.parametrize(
    ("kind", "days", "order"),
    [
        (Kind.PERSON, (3, 9, 5), [1, 2, 0]),
        (Kind.DATE, (3, 9, 5), [0, 1, 2]),  # an event keeps its day
        (Kind.OTHER, (3, 9, 5), [0, 1, 2]),
        (Kind.PERSON, (3, 0, 5), [0, 1, 2]),  # one has no day
        (Kind.PERSON, (3, 9, 9), [0, 1, 2]),  # two have the same
    ],
)
def test_who_it_is_today_is_told_newest_first(kind: Kind, days: tuple[int, ...], order: list[int]) -> None:
    found = [
        sentence(text, name, published=date(2025, 1, day) if day else None)
        for text, name, day in zip(HEADS, "abc", days, strict=True)
    ]
    evidence = evidence_of(found, 0.9, [0.9] * 3, kind)
    told = decide(evidence, results_of("Qui dirige la banque ?"), BY_HAND).drafts
    assert [draft.quote for draft in told] == [HEADS[place] for place in order]
    of_a_year = decide(evidence, results_of("Qui dirigeait la banque en 2019 ?"), BY_HAND).drafts
    assert [draft.quote for draft in of_a_year] == list(HEADS)


@pytest.mark.parametrize("kind", [Kind.OTHER, Kind.PERSON])
def test_what_says_it_in_the_language_of_the_question_comes_first(kind: Kind) -> None:
    found = [
        sentence(text, name, published=date(2025, 1, day))
        for text, name, day in zip(HEADS, "abc", (9, 3, 5), strict=True)
    ]
    found[0] = replace(found[0], passage=replace(found[0].passage, language="de"))
    told = decide(evidence_of(found, 0.9, [0.9] * 3, kind), results_of("Qui dirige la banque ?"), BY_HAND).drafts
    assert [draft.quote for draft in told] == [HEADS[1], HEADS[2], HEADS[0]]


RINK = article(
    "La patinoire des Aulnes rouvre samedi 18 octobre.\n\n| Public | Prix |\n| --- | --- |\n| Adulte | 7,20 € |\n"
    "| Étudiant | 5,80 € |\n| Enfant de 5 à 12 ans | 4,50 € |\n\nLes horaires :\n\n- mardi : de 14 h à 18 h\n"
    "- mercredi : de 10 h à 19 h\n- samedi : de 9 h à 17 h\n\nLes gants sont obligatoires sur la glace.\n",
    "Patinoire des Aulnes : les tarifs et les horaires",
)  # fmt: skip


@pytest.mark.parametrize(
    ("question", "row", "others"),
    [
        ("Combien coûte la patinoire pour un étudiant ?", "5,80", ("Adulte", "Enfant")),
        ("Combien paie un enfant à la patinoire ?", "4,50", ("Adulte", "Étudiant")),
        ("Quels sont les horaires de la patinoire le mercredi ?", "de 10 h à 19 h", ("mardi", "samedi :")),
    ],
)
def test_of_the_rows_of_a_table_or_list_the_one_is_told_that_is_asked_for(
    small: Small, question: str, row: str, others: tuple[str, ...]
) -> None:
    answer = small(patinoire=RINK, port=article("Le port accueille douze voiliers. La criée a rouvert.")).ask(question)
    assert answer.found
    assert row in answer.citations[0].quote
    assert not any(other in citation.quote for citation in answer.citations for other in others)
