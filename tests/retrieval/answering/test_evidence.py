from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval import ArticleQA, Conversation
from retrieval.answering.candidates import Candidate, held_words
from retrieval.answering.evidence import Evidence, gather_evidence
from retrieval.answering.weights import Weights, weighed
from retrieval.facts.kinds import Kind
from retrieval.search.retriever import Results

if TYPE_CHECKING:
    from tests.retrieval.conftest import Small

BRIDGE = (
    "Le pont de Saint-Aubin a rouvert le 4 mars 2025. Les travaux ont duré plus d'une année entière. "
    "La mairie a payé 300 ouvriers et leurs repas. Les agriculteurs avaient bloqué la route voisine."
)
HAN = "La romancière sud-coréenne Han Kang vit à Séoul. Il est né en 1970 dans une famille de lettrés."
SHORT_WORDS = ("pont", "mairie", "Saint-Aubin", "Rasmussen", "1970", "2025", "quand", "who", "combien", "4", "Séoul")


def article(text: str, title: str = "Un article", day: str = "", language: str = "fr") -> str:
    dated = f"date: {day}\n" if day else ""
    return f'---\ntitle: "{title}"\n{dated}language: {language}\n---\n{text}\n'


def see(qa: ArticleQA, question: str, conversation: Conversation | None = None) -> tuple[Results, Evidence]:
    """Returns what was found for a question and what answering sees of it."""
    results = qa.retrieve(qa.understand(question, conversation)).results
    assert results is not None
    return results, gather_evidence(results, qa.generation, Weights.load())


def fitting(qa: ArticleQA, question: str, conversation: Conversation | None = None) -> set[str]:
    """Returns the beginnings of the sentences that can answer: three words each."""
    return {" ".join(c.text.split()[:3]) for _, c in see(qa, question, conversation)[1].fitting}


def by_text(evidence: Evidence) -> dict[str, Candidate]:
    return {" ".join(c.text.split()[:3]): c for _, c in evidence.ranked}


# Sentences that can answer


@pytest.mark.parametrize(
    ("question", "sentences"),
    [
        ("Quand le pont a-t-il rouvert ?", {"Le pont de"}),
        ("When did the bridge open again?", {"Le pont de"}),
        ("Wann wurde die Brücke wieder geöffnet?", {"Le pont de"}),
        ("¿Cuándo volvió a abrir el puente?", {"Le pont de"}),
        ("Когда мост снова открылся?", {"Le pont de"}),
        ("متى أعيد فتح الجسر؟", {"Le pont de"}),
        ("这座桥什么时候重新开放？", {"Le pont de"}),
        ("Combien d'ouvriers ont travaillé au pont ?", {"Le pont de", "La mairie a"}),
        ("Quand le pont a-t-il rouvert en 2025 ?", {"Le pont de"}),  # the month is new
        ("Pourquoi le pont est-il en travaux ?", {"Le pont de", "Les travaux ont", "La mairie a", "Les agriculteurs"}),
    ],
)
def test_only_a_sentence_that_holds_what_is_asked_for_can_answer(
    small: Small, question: str, sentences: set[str]
) -> None:
    found = fitting(small(bridge=article(BRIDGE)), question)
    assert {next(each for each in sentences if text.startswith(each)) for text in found} == sentences


def test_a_duration_that_no_sentence_holds_is_answered_by_none(small: Small) -> None:
    _, evidence = see(small(bridge=article(BRIDGE)), "Combien de semaines le ferry a-t-il attendu ?")
    assert evidence.kind is Kind.DURATION
    assert evidence.fitting == []
    assert evidence.features["unfit"] == 1


@pytest.mark.parametrize(
    ("question", "is_fit"),
    [
        ("Qu'a rapporté la pêche en 2019 ?", False),
        ("Qu'a rapporté la pêche de 41 bateaux ?", True),  # in the sentence
        ("Qu'a rapporté la pêche de 1500 tonnes ?", True),  # in the one beside it
        ("Qu'a rapporté la pêche selon le bilan 7 ?", True),  # in the title
        ("Qu'a rapporté la pêche en 2023 ?", True),  # in the date
        ("Qu'a rapporté la pêche le 16 ?", True),
        ("Qu'a rapporté la pêche de 41 bateaux en 2019 ?", False),  # all of them must be there
        ("Qu'a rapporté la pêche de 4 bateaux ?", False),  # 41 is another number
    ],
)
def test_every_number_of_the_question_stands_in_the_passage_the_title_or_the_date(
    small: Small, question: str, is_fit: bool
) -> None:
    text = "La pêche de 41 bateaux a rapporté beaucoup d'argent. Ils ont débarqué 1500 tonnes de sardines."
    qa = small(fish=article(text, title="Le bilan 7 de la criée", day="2023-11-16"))
    assert bool(fitting(qa, question)) is is_fit


@pytest.mark.parametrize("asked", ["٢٠٢٥", "2025", "２０２５"])
def test_digits_of_other_scripts_are_the_same_numbers(small: Small, asked: str) -> None:
    text = "جرت المكالمة الهاتفية بين الرئيسين يوم 12 فبراير 2025 في موسكو."
    qa = small(call=article(text, title="مكالمة هاتفية", language="ar"))
    assert fitting(qa, f"ماذا جرى بين الرئيسين في {asked}؟")
    assert not fitting(qa, "ماذا جرى بين الرئيسين في ٢٠٢٤؟")


@pytest.mark.parametrize(
    ("question", "is_fit"),
    [
        ("Qu'a dit Rasmussen du chantier ?", False),
        ("Qu'ont dit Rasmussen et Dupont du chantier ?", True),  # one of them is enough
        ("Qu'ont dit Rasmussen et Kerbrat du chantier ?", True),  # of the title
        ("Qu'a dit dupon du chantier ?", True),  # names nothing
        ("Qu'a dit Duppont du chantier ?", True),  # sounds like it
        ("Qu'a-t-on dit du chantier ?", True),
        ("What did Rasmussen say about the works?", True),  # in another language names may be written otherwise
    ],
)
def test_one_name_of_the_question_stands_in_a_passage_of_its_own_language(
    small: Small, question: str, is_fit: bool
) -> None:
    text = "M. Dupont a parlé du chantier devant les habitants du quartier. Le chantier reprendra bientôt."
    assert bool(fitting(small(works=article(text, title="Le port de Kerbrat")), question)) is is_fit


def test_the_passage_says_whom_a_pronoun_means(small: Small) -> None:
    qa = small(han=article(HAN), bridge=article(BRIDGE))
    assert fitting(qa, "En quelle année est née Han Kang ?") == {"Il est né"}
    assert fitting(qa, "En quelle année est né Nils Rasmussen ?") == set()


def test_who_is_asked_for_needs_no_name(small: Small) -> None:
    qa = small(bridge=article(BRIDGE))
    results, evidence = see(qa, "Qui avait bloqué la route voisine ?")
    assert evidence.kind is Kind.PERSON
    assert len(evidence.fitting) == len(evidence.ranked) == 4
    assert evidence.fitting[0][1].text.startswith("Les agriculteurs")
    assert results.asked == "Qui avait bloqué la route voisine ?"


def test_a_follow_up_need_not_name_what_it_leans_on(small: Small) -> None:
    chat = Conversation()
    chat.add("Quand Rasmussen a-t-il rouvert le pont de Saint-Aubin en 1970 ?", "Mardi.")
    assert fitting(small(bridge=article(BRIDGE)), "Et pourquoi la route ?", chat)


def test_sentences_that_can_answer_stand_in_the_order_of_all(qa: ArticleQA) -> None:
    _, evidence = see(qa, "Quand les deux présidents se sont-ils parlé ?")
    assert 0 < len(evidence.fitting) < len(evidence.ranked)
    assert evidence.fitting == [scored for scored in evidence.ranked if scored in evidence.fitting]
    assert [score for score, _ in evidence.ranked] == sorted((s for s, _ in evidence.ranked), reverse=True)
    weights = Weights.load()
    assert all(score == weighed(candidate.features, weights.sentence) for score, candidate in evidence.ranked)


def test_candidates_are_verbatim_sentences_of_their_passages(qa: ArticleQA) -> None:
    _, evidence = see(qa, "Combien de tuyaux compte le grand orgue de Notre-Dame ?")
    for _, candidate in evidence.ranked:
        found = qa.article(candidate.passage.article_id)
        assert found is not None
        assert found.text[candidate.start : candidate.end] == candidate.text
        assert len(candidate.text) >= 16


# Features of a sentence


def test_names_are_missed_unless_title_the_sentence_or_the_one_before_holds_them(small: Small) -> None:
    text = (
        "M. Dupont a inauguré la halle du marché. Les halles datent du siècle dernier. "
        "La fête a duré toute la nuit. Les voisins sont restés jusqu'au matin."
    )
    qa = small(halle=article(text, title="La halle de Kerbrat"))
    _, evidence = see(qa, "Qu'ont inauguré Dupont et Rasmussen ?")
    names = {text: candidate.features["names"] for text, candidate in by_text(evidence).items()}
    assert names == {"M. Dupont a": 0.5, "Les halles datent": 0.5, "La fête a": 1.0, "Les voisins sont": 1.0}
    _, evidence = see(qa, "Qu'ont inauguré Kerbrat et Rasmussen ?")
    assert {c.features["names"] for _, c in evidence.ranked} == {0.5}  # the title stands above every sentence
    _, evidence = see(qa, "Qui a inauguré la halle ?")
    assert {c.features["names"] for _, c in evidence.ranked} == {0.0}


def test_numbers_are_missed_unless_title_date_the_sentence_or_the_one_before_holds_them(small: Small) -> None:
    text = (
        "Le marché compte 40 étals et 3 fontaines. Les étals sont en chêne massif. "
        "La fête a duré toute la nuit. Les voisins sont restés jusqu'au matin."
    )
    qa = small(halle=article(text, title="La halle rouvre", day="2024-05-06"))
    _, evidence = see(qa, "Que disent les 40 marchands et les 99 voisins ?")
    numbers = {text: candidate.features["numbers"] for text, candidate in by_text(evidence).items()}
    assert numbers == {"Le marché compte": 0.5, "Les étals sont": 0.5, "La fête a": 1.0, "Les voisins sont": 1.0}
    _, evidence = see(qa, "Que disent les marchands le 6 mai 2024 ?")
    assert {c.features["numbers"] for _, c in evidence.ranked} == {0.0}
    _, evidence = see(qa, "Que disent les 40 marchands de 2024, 99 voisins et 77 enfants ?")
    assert by_text(evidence)["Le marché compte"].features["numbers"] == 0.5
    assert by_text(evidence)["La fête a"].features["numbers"] == 0.75


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("Quand le pont a-t-il rouvert ?", [1, -1, -1, -1]),
        ("Combien de temps le chantier a-t-il duré ?", [-1, 1, -1, -1]),
        ("Qui a coupé le ruban ?", [0, -1, 1, -1]),  # a name; none; a full name; none
        ("Pourquoi le pont a-t-il rouvert ?", [0, 0, 0, 0]),  # reasons and places cannot be told
        ("Où est le pont ?", [0, 0, 0, 0]),
    ],
)
def test_a_sentence_holds_what_is_asked_for_or_lacks_it_or_it_cannot_be_told(
    small: Small, question: str, kinds: list[int]
) -> None:
    text = (
        "Le pont de Lorient rouvre le 4 mars 2025. Les travaux ont duré quatorze mois. "
        "Le maire, Jean Dupont, a coupé le ruban. La foule a applaudi sous la pluie."
    )
    _, evidence = see(small(bridge=article(text)), question)
    in_order = sorted((c for _, c in evidence.ranked), key=lambda c: c.start)
    assert [c.features["kind"] for c in in_order] == kinds


def test_place_first_and_asking_are_those_of_the_sentence(small: Small) -> None:
    text = "Le pont de Lorient est fermé. Rouvrira-t-il avant l'été prochain ? Non, répond la mairie de Lorient."
    _, evidence = see(small(bridge=article(text)), "Que dit la mairie du pont ?")
    in_order = [c.features for _, c in sorted(evidence.ranked, key=lambda pair: pair[1].start)]
    assert [f["first"] for f in in_order] == [1, 0, 0]
    assert [f["position"] for f in in_order] == pytest.approx([0, 1 / 3, 2 / 3])
    assert [f["asks"] for f in in_order] == [0, 1, 0]
    assert {f["rank"] for f in in_order} == {0}
    assert [f["length"] for f in in_order] == pytest.approx([math.log(29), math.log(36), math.log(33)])
    for name in ("cosine_z", "words_z"):
        assert sum(f[name] for f in in_order) == pytest.approx(0, abs=1e-3)
    assert {f["passage_z"] for f in in_order} == {0}  # they are of one passage


# Features of the question


def test_the_rarest_word_and_the_share_of_the_words_are_those_of_the_best_passages(small: Small) -> None:
    phare = "Le phare de Kerbrat est blanc. Son gardien habite au village voisin depuis longtemps."
    qa = small(phare=article(phare, "Le phare"), pont=article("Le pont est blanc. Il mène au village.", "Le pont"))
    results, evidence = see(qa, "Le phare blanc du village est-il violet ?")
    features, query = evidence.features, results.query
    assert results.hits[0].passage.article_id == "small/phare.md"
    # two passages: idf of a word in one ln(1 + 1.5 / 1.5), in both ln(1 + 0.5 / 2.5), in none ln(1 + 2.5 / 0.5)
    one, both, none = math.log(2), math.log(1.2), math.log(6)
    assert query.weights == pytest.approx({"phare": one, "blanc": both, "village": both})
    assert features["coverage"] == pytest.approx((one + 2 * both) / (one + 2 * both + none))
    assert features["passage_words"] == pytest.approx(features["coverage"])  # it holds all that any passage holds
    assert features["rarest"] == 1
    results, evidence = see(qa, "Le phare est-il violet et le pont bleu ?")
    half = evidence.features["coverage"] / 2  # each passage holds one of two words of one weight
    assert evidence.features["passage_words"] == pytest.approx(half)
    assert evidence.features["rarest"] == float(results.hits[0].passage.article_id == "small/pont.md")


def test_words_are_held_in_any_form_that_the_stemmer_joins(small: Small) -> None:
    query = small(bridge=article(BRIDGE)).engine.query("Les ponts et les mairies ?")
    assert held_words(query, "La MAIRIE et le pont.", "fr") == {"ponts", "mairies"}
    assert held_words(query, "Le pont-levis est ouvert.", "fr") == {"ponts"}
    assert held_words(query, "Rien de tel ici.", "fr") == set()
    assert held_words(query, "", "fr") == set()


@pytest.mark.parametrize(
    ("question", "names", "numbers"),
    [
        ("Qu'a payé la mairie ?", 0, 0),
        ("Qu'a payé la mairie de Saint-Aubin en 2025 ?", 0, 0),
        ("Qu'a payé la mairie de Rasmussen ?", 1, 0),
        ("Qu'a payé la mairie en 1970 ?", 0, 1),
        ("Qu'a payé la mairie en 2025 et 1970 ?", 0, 0.5),
    ],
)
def test_what_the_best_sentence_misses_is_told_of_the_question(
    small: Small, question: str, names: float, numbers: float
) -> None:
    text = "En 2025, la mairie de Saint-Aubin a payé les ouvriers du pont et leurs repas."
    _, evidence = see(small(bridge=article(text)), question)
    assert (evidence.features["names"], evidence.features["numbers"]) == (names, numbers)
    assert evidence.features["unfit"] == float(bool(names or numbers))
    assert evidence.features["names_nothing"] == float(question == "Qu'a payé la mairie ?")


def test_features_across_languages_are_those_of_a_question_in_another_one(small: Small) -> None:
    qa = small(bridge=article(BRIDGE))
    for question, across in (("Quand le pont a-t-il rouvert ?", 0), ("When did the bridge open again?", 1)):
        features = see(qa, question)[1].features
        assert features["other_language"] == across
        assert {features[name] for name in features if name.endswith("_across")} == {0} or across
        assert features["sentence_across"] == across * features["sentence"]


def test_a_small_index_is_small_and_a_larger_one_less_so(small: Small, qa: ArticleQA) -> None:
    of_one, of_seeds = (see(each, "Quand ?")[1].features for each in (small(bridge=article(BRIDGE)), qa))
    assert of_one["small"] == pytest.approx((5 - math.log(2)) / 2)
    assert of_seeds["small"] == pytest.approx((5 - math.log(1 + qa.generation.counts["passages"])) / 2)
    assert of_one["size"] == of_seeds["size"] == 0
    assert of_one["coverage_small"] == of_one["small"] * of_one["coverage"]


# All of them, always


def assert_sound(evidence: Evidence) -> None:
    weights, features = Weights.load(), evidence.features
    assert set(weights.answerable) <= set(features)
    assert all(math.isfinite(value) for value in features.values())
    for name in ("names", "numbers", "coverage", "passage_words", "words", "rarest", "unfit", "names_nothing"):
        assert 0 <= features[name] <= 1 + 1e-9, name
    assert features["kind"] in (-1, 0, 1)
    assert 0 <= features["margin"] <= 2
    assert features["small"] >= 0
    assert features["size"] >= 0
    for score, candidate in evidence.ranked:
        assert set(weights.sentence) <= set(candidate.features)
        assert math.isfinite(score)
        assert all(math.isfinite(value) for value in candidate.features.values())
        assert candidate.features["kind"] in (-1, 0, 1)
        for name in ("names", "numbers", "words", "first", "asks", "position"):
            assert 0 <= candidate.features[name] <= 1 + 1e-9, name
        assert -1 - 1e-5 <= candidate.features["cosine"] <= 1 + 1e-5


@pytest.mark.parametrize(
    "question", ["Qui est Zeus ?", "xyzzy", "12", "🎉 pont", "الجسر", "桥", "Quand ?", "a" * 3_000]
)
def test_features_are_whole_in_an_index_of_one_sentence(small: Small, question: str) -> None:
    results, evidence = see(small(bridge=article("Le pont de Saint-Aubin a rouvert.")), question)
    assert results.size == len(evidence.ranked) == 1
    assert_sound(evidence)
    assert evidence.features["margin"] == 2  # nothing to be ahead of
    assert evidence.features["lead"] == 0


def test_features_are_whole_where_no_sentence_is_long_enough(small: Small) -> None:
    _, evidence = see(small(bridge=article("Oui. Non.")), "Quand le pont a-t-il rouvert ?")
    assert evidence.ranked == evidence.fitting == []
    assert_sound(evidence)
    assert evidence.features["unfit"] == 1


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(SHORT_WORDS) | st.text(min_size=1, max_size=6), min_size=1, max_size=8).map(" ".join))
def test_features_are_whole_for_any_words(qa: ArticleQA, question: str) -> None:
    if any(character.isalnum() for character in question):
        results = qa.engine.search(question, 12)
        assert_sound(gather_evidence(results, qa.generation, Weights.load()))


def test_a_question_without_words_of_the_index_covers_nothing(qa: ArticleQA) -> None:
    _, evidence = see(qa, "zzyzx qwrtp")
    assert_sound(evidence)
    assert evidence.features["coverage"] == evidence.features["passage_words"] == evidence.features["rarest"] == 0
