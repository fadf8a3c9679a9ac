from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from index import load_embedder
from index.centring import Centring
from index.generation import Generation
from retrieval import ArticleQA
from retrieval.retriever import QUESTION_CHARS, Results, Retriever, _Scale, lexical_gate

if TYPE_CHECKING:
    from tests.retrieval.conftest import Small

ORGAN = "Combien de tuyaux compte le grand orgue de Notre-Dame ?"


def retriever_over(generation: Generation) -> Retriever:
    embedder = load_embedder()
    return Retriever(generation, embedder, Centring.load(embedder.fingerprint))


@pytest.fixture(scope="module")
def retriever(qa: ArticleQA) -> Retriever:
    """A retriever over the starter articles that has searched nothing yet."""
    return retriever_over(qa.generation)


def files(results: Results) -> list[str]:
    return [found.passage.article_id.removeprefix("articles/") for found in results.found]


# The question


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Où se trouve la base de Hmeimim ?", "fr"),
        ("Where is the base?", "en"),
        ("Wo liegt der Stützpunkt?", "de"),
        ("Где находится база?", "ru"),
        ("أين تقع القاعدة؟", "ar"),
        ("基地在哪里？", "zh"),
        ("Hmeimim", "fr"),  # a name alone: as most of the articles
    ],
)
def test_the_language_of_a_question_is_found_out(retriever: Retriever, question: str, language: str) -> None:
    assert retriever.query(question).language == language


def test_a_language_that_is_known_is_taken(retriever: Retriever) -> None:
    assert retriever.query("Hmeimim", "ru").language == "ru"


def test_the_vector_of_a_question_has_unit_length_and_is_centred_by_its_language(retriever: Retriever) -> None:
    french, russian = retriever.query("Hmeimim", "fr").vector, retriever.query("Hmeimim", "ru").vector
    embedder = load_embedder()
    raw = embedder.embed_questions(["Hmeimim"])
    centring = Centring.load(embedder.fingerprint)
    np.testing.assert_array_equal(french, centring.apply(raw, ["fr"], "question")[0])
    np.testing.assert_array_equal(russian, centring.apply(raw, ["ru"], "question")[0])
    assert float(np.linalg.norm(french)) == pytest.approx(1, abs=1e-5)


def test_coverage_is_one_when_the_articles_hold_every_word(retriever: Retriever) -> None:
    for question in ("le grand orgue et ses tuyaux", "Combien de tuyaux ?", "Tartous Hmeimim", "L’orgue, l'orgue"):
        assert retriever.query(question).coverage == pytest.approx(1)


def test_coverage_is_nought_when_they_hold_none(retriever: Retriever) -> None:
    for question in ("Combien de xylophones zoulous ?", "zzyzx qwxyz", "ornithorynque"):
        query = retriever.query(question)
        assert query.coverage == 0
        assert query.weights == {}


def test_coverage_is_between_where_they_hold_some_and_rare_words_weigh_more(retriever: Retriever) -> None:
    query = retriever.query("Les tuyaux du xylophone de Syrie")
    assert 0 < query.coverage < 1
    assert set(query.weights) == {"tuyaux", "syrie"}
    assert query.weights["tuyaux"] > query.weights["syrie"] > 0


def test_words_count_in_any_form_that_a_stemmer_joins_accents_and_case_aside(retriever: Retriever) -> None:
    for word in ("cathédrale", "CATHEDRALE", "cathédrales"):
        assert retriever.query(word).coverage == pytest.approx(1)


@pytest.mark.parametrize("word", ["cathe\u0301drale", "الأرجَنْتين"])
def test_combining_marks_cut_no_word(retriever: Retriever, word: str) -> None:
    assert retriever.query(word).coverage == pytest.approx(1)


@pytest.mark.parametrize("question", ["_", "²", "l' d' qu'", "de la le les", "?"])
def test_a_question_without_words_of_its_own_is_no_error(retriever: Retriever, question: str) -> None:
    assert 0 <= retriever.query(question).coverage <= 1
    assert len(retriever.search(question, 3).found) == 3


def test_names_are_the_capitalised_words_after_the_first_but_not_in_german(retriever: Retriever) -> None:
    assert retriever.query("Quand Vladimir Poutine a-t-il parlé à Erdogan ?").names == (
        "vladimir",
        "poutine",
        "erdogan",
    )
    assert retriever.query("Wann kostet das Ticket im Monat mehr?").names == ()


def test_a_long_question_is_searched_by_its_first_characters(retriever: Retriever) -> None:
    words = " ".join(f"mot{number}" for number in range(3_000))
    query = retriever.query(f"le grand orgue {words}")
    assert len(query.text) == QUESTION_CHARS
    assert len(query.terms) <= 64


@pytest.mark.parametrize(
    ("coverage", "gate"), [(0.0, 0.0), (0.4, 0.0), (0.5, 0.25), (0.6, 0.5), (0.8, 1.0), (0.9, 1.0), (1.0, 1.0)]
)
def test_words_are_listened_to_as_far_as_the_articles_hold_them(coverage: float, gate: float) -> None:
    assert lexical_gate(coverage) == pytest.approx(gate)


# Scales


@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=300))
@settings(max_examples=100, deadline=None)
def test_a_scale_is_the_sample_together_with_thirty_usual_scores(scores: list[float]) -> None:
    usual = _Scale(0.2, 0.07)
    thirty = [usual.mean - usual.deviation, usual.mean + usual.deviation] * 15
    together: NDArray[np.float64] = np.array([*scores, *thirty])
    scale = _Scale.of(np.array(scores, np.float32), usual)
    assert scale.mean == pytest.approx(float(together.mean()), abs=1e-5)
    assert scale.deviation == pytest.approx(float(together.std()), abs=1e-5)
    np.testing.assert_allclose(
        scale.z(np.array(scores, np.float32)), (np.array(scores) - together.mean()) / together.std(), atol=1e-3
    )


def test_a_scale_of_nothing_is_the_usual_one() -> None:
    scale = _Scale.of(np.array([], np.float32), _Scale(0.2, 0.07))
    assert [scale.mean, scale.deviation] == pytest.approx([0.2, 0.07])


def test_a_question_stands_out_of_a_single_passage_only_where_it_is_about_it(small: Small) -> None:
    qa = small(bridge="# Le pont de Saint-Aubin\n\nLe pont de Saint-Aubin est fermé aux camions.\n")
    retriever = retriever_over(qa.generation)
    about = retriever.search("Le pont de Saint-Aubin est-il fermé aux camions ?", 5)
    other = retriever.search("What is the boiling point of tungsten?", 5)
    assert (len(about.found), len(other.found), about.size) == (1, 1, 1)
    for results in (about, other):
        assert np.isfinite([results.best_cosine, results.best_cosine_z, results.best_sentence_z]).all()
    assert about.best_cosine_z > other.best_cosine_z + 2
    assert about.best_sentence_z > other.best_sentence_z + 2
    assert about.found[0].passage.score > other.found[0].passage.score + 4


# Searching


@pytest.mark.parametrize(
    ("question", "file"),
    [
        (ORGAN, "notre-dame-reouverture.md"),
        ("Which animal gave its name to the former currency of Croatia?", "croatie-euro.md"),
        ("Welche Schriftstellerin aus Südkorea bekam den Nobelpreis?", "nobel-han-kang.md"),
        ("Сколько труб у большого органа собора Парижской Богоматери?", "notre-dame-reouverture.md"),
        ("ما هي العملة التي اعتمدتها كرواتيا؟", "croatie-euro.md"),
        ("西班牙火山爆发持续了多少天？", "erupcion-la-palma.md"),
        ("Qui a gagné la Coupe du monde au Qatar ?", "mondial-qatar-2022.md"),  # written in Arabic
        ("Combien coûte le billet mensuel pour les transports régionaux en Allemagne ?", "deutschlandticket.md"),
    ],
)
def test_a_question_in_any_language_finds_its_article_first(retriever: Retriever, question: str, file: str) -> None:
    assert files(retriever.search(question, 3))[0] == file


def test_scores_fall_from_the_first_to_the_last(retriever: Retriever) -> None:
    results = retriever.search("Quel accord sur les bases russes de Syrie ?", 60)
    scores = [found.passage.score for found in results.found]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) == results.size == 53 == len({found.row for found in results.found})


def test_fewer_passages_are_the_first_of_more(retriever: Retriever) -> None:
    fifty = retriever.search(ORGAN, 50).found
    for k in (1, 3, 12):
        assert retriever.search(ORGAN, k).found == fifty[:k]


def test_rows_are_those_of_their_passages(qa: ArticleQA, retriever: Retriever) -> None:
    found = retriever.search(ORGAN, 10).found
    passages = qa.generation.passages([each.row for each in found])
    assert [passage.id for passage in passages] == [each.passage.id for each in found]


def test_the_order_is_the_same_every_time_and_for_everyone(qa: ArticleQA, retriever: Retriever) -> None:
    other = retriever_over(qa.generation)
    for question in (ORGAN, "Syrie", "zzyzx qwxyz"):
        first = retriever.search(question, 53)
        for again in (retriever.search(question, 53), other.search(question, 53)):
            assert again.found == first.found
            assert again.best_sentence_z == first.best_sentence_z


def test_equal_passages_are_ordered_by_article(small: Small) -> None:
    same = "---\ntitle: Avis\n---\nLe pont est fermé. "
    qa = small(**{name: f"{same}Avis {name}.\n" for name in ("c", "a", "b")})
    order = files(retriever_over(qa.generation).search("zzyzx", 3))
    assert sorted(order) == ["small/a.md", "small/b.md", "small/c.md"]
    assert files(retriever_over(qa.generation).search("zzyzx", 3)) == order


def test_a_rare_code_is_found_by_its_letters_alone(small: Small) -> None:
    codes = ["KX7741", "PL3092", "BR5518", "TN8867", "VD2046", "GW6613"]
    plot = "Le jardin de la parcelle {} a été tondu mardi par la commune. Des roses y fleurissent."
    qa = small(**{code.lower(): f"# Un jardin de la commune\n\n{plot.format(code)}\n" for code in codes})
    retriever = retriever_over(qa.generation)
    for code in codes:
        assert files(retriever.search(f"la parcelle {code}", 1)) == [f"small/{code.lower()}.md"]


def test_a_name_among_sixty_in_a_sentence_is_found_by_words_where_vectors_do_not_see_it(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = random.Random(7)  # noqa: S311  a fixed draw, no secret
    syllables = [consonant + vowel for consonant in "bcdfglmnprstv" for vowel in "aeiou"]
    names = list(dict.fromkeys("".join(draw.choices(syllables, k=3)).capitalize() for _ in range(400)))[:360]
    lists = {f"liste{number}": names[number * 60 : number * 60 + 60] for number in range(6)}
    text = "# Les habitants de la commune\n\nOnt signé la lettre au maire : {}.\n"
    qa = small(**{file: text.format(", ".join(signed)) for file, signed in lists.items()})
    retriever = retriever_over(qa.generation)

    def share_found() -> float:
        asked = [(name, file) for file, signed in lists.items() for name in signed[::6]]
        return sum(
            files(retriever.search(f"Qui est {name} ?", 1)) == [f"small/{file}.md"] for name, file in asked
        ) / len(asked)

    with_words = share_found()
    monkeypatch.setattr("retrieval.retriever.lexical_gate", lambda _coverage: 0.0)
    assert with_words > 0.75
    assert with_words > share_found() + 0.2


def test_the_best_similarities_are_exact(qa: ArticleQA, retriever: Retriever) -> None:
    results = retriever.search(ORGAN, 5)
    rows = np.arange(qa.generation.counts["passages"])
    vector = results.query.vector
    assert results.best_cosine == pytest.approx(float((qa.generation.vectors.rows(rows) @ vector).max()), abs=1e-5)
    sentences = np.concatenate([qa.generation.sentence_vectors(int(row)) for row in rows])
    assert results.best_sentence == pytest.approx(float((sentences @ vector).max()), abs=1e-5)


def test_a_follow_up_is_searched_with_the_question_before_it(retriever: Retriever) -> None:
    follow_up = "Et combien cela a-t-il coûté ?"
    for before, file in (
        ("Quand la sonde Chandrayaan-3 s'est-elle posée sur la Lune ?", "chandrayaan-3.md"),
        ("When did the Baltic states join the European grid?", "baltic-power-grid.md"),
    ):
        results = retriever.search(follow_up, 3, before=before)
        assert files(results)[0] == file
        assert results.asked == follow_up
        assert before in results.query.text
        assert follow_up in results.query.text


def test_a_long_question_before_leaves_room_for_the_follow_up(retriever: Retriever) -> None:
    results = retriever.search(ORGAN, 5, before="Parlez-moi de la Croatie. " * 400)
    assert ORGAN in results.query.text


def test_the_question_before_helps_and_does_not_command(retriever: Retriever) -> None:
    results = retriever.search(ORGAN, 5, before="Quand la Croatie a-t-elle adopté l'euro ?")
    assert "notre-dame-reouverture.md" in files(results)


def test_a_follow_up_is_in_its_own_language(retriever: Retriever) -> None:
    assert (
        retriever.search("And who won?", 1, before="La Coupe du monde du Qatar, c'était quand ?").query.language == "en"
    )
