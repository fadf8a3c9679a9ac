from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray

from index import load_embedder
from index.embedding.centring import Centring
from index.store.generation import Generation
from retrieval import ArticleQA
from retrieval.search import both_sides
from retrieval.search.fusion import Fusion
from retrieval.search.query import QUESTION_CHARS
from retrieval.search.retriever import Results, Retriever
from retrieval.understanding.times import Window

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
    return [found.passage.article_id.removeprefix("articles/") for found in results.hits]


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
    assert len(retriever.search(question, 3).hits) == 3


def test_names_are_the_capitalised_words_after_the_first_but_not_in_german(retriever: Retriever) -> None:
    assert retriever.query("Quand Vladimir Poutine a-t-il parlé à Erdogan ?").names == (
        "vladimir",
        "poutine",
        "erdogan",
    )
    assert retriever.query("Wann kostet das Ticket im Monat mehr?").names == ()


def test_a_question_in_capitals_is_searched_as_if_it_were_not(retriever: Retriever) -> None:
    np.testing.assert_array_equal(retriever.query(ORGAN.upper()).vector, retriever.query(ORGAN.lower()).vector)


def test_a_long_question_is_searched_by_its_first_characters(retriever: Retriever) -> None:
    words = " ".join(f"mot{number}" for number in range(3_000))
    query = retriever.query(f"le grand orgue {words}")
    assert len(query.text) == QUESTION_CHARS
    assert len(query.terms) <= 64


def test_a_question_stands_out_of_a_single_passage_only_where_it_is_about_it(small: Small) -> None:
    qa = small(bridge="# Le pont de Saint-Aubin\n\nLe pont de Saint-Aubin est fermé aux camions.\n")
    retriever = retriever_over(qa.generation)
    about = retriever.search("Le pont de Saint-Aubin est-il fermé aux camions ?", 5)
    other = retriever.search("What is the boiling point of tungsten?", 5)
    assert (len(about.hits), len(other.hits), about.size) == (1, 1, 1)
    for results in (about, other):
        assert np.isfinite([results.best_cosine, results.best_sentence, results.hits[0].passage.score]).all()
    assert about.best_cosine > other.best_cosine + 0.3
    assert about.best_sentence > other.best_sentence + 0.3
    assert about.hits[0].passage.score > other.hits[0].passage.score + 4


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
    scores = [found.passage.score for found in results.hits]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) == results.size == 53 == len({found.row for found in results.hits})


def test_fewer_passages_are_the_first_of_more(retriever: Retriever) -> None:
    fifty = retriever.search(ORGAN, 50).hits
    for k in (1, 3, 12):
        assert retriever.search(ORGAN, k).hits == fifty[:k]


def test_rows_are_those_of_their_passages(qa: ArticleQA, retriever: Retriever) -> None:
    found = retriever.search(ORGAN, 10).hits
    passages = qa.generation.passages([each.row for each in found])
    assert [passage.id for passage in passages] == [each.passage.id for each in found]


def test_the_order_is_the_same_every_time_and_for_everyone(qa: ArticleQA, retriever: Retriever) -> None:
    other = retriever_over(qa.generation)
    for question in (ORGAN, "Syrie", "zzyzx qwxyz"):
        first = retriever.search(question, 53)
        for again in (retriever.search(question, 53), other.search(question, 53)):
            assert again.hits == first.hits
            assert again.best_sentence == first.best_sentence


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


def test_a_name_among_sixty_in_a_sentence_is_found_by_words_where_vectors_do_not_see_it(small: Small) -> None:
    draw = random.Random(7)  # noqa: S311  a fixed draw, no secret
    syllables = [consonant + vowel for consonant in "bcdfglmnprstv" for vowel in "aeiou"]
    names = list(dict.fromkeys("".join(draw.choices(syllables, k=3)).capitalize() for _ in range(400)))[:360]
    lists = {f"liste{number}": names[number * 60 : number * 60 + 60] for number in range(6)}
    text = "# Les habitants de la commune\n\nOnt signé la lettre au maire : {}.\n"
    qa = small(**{file: text.format(", ".join(signed)) for file, signed in lists.items()})
    embedder = load_embedder()
    centring = Centring.load(embedder.fingerprint)
    silent = Retriever(qa.generation, embedder, centring, fusion=replace(Fusion.load(), lexical=0.0))

    def share_found(retriever: Retriever) -> float:
        asked = [(name, file) for file, signed in lists.items() for name in signed[::6]]
        return sum(
            files(retriever.search(f"Qui est {name} ?", 1)) == [f"small/{file}.md"] for name, file in asked
        ) / len(asked)

    with_words = share_found(retriever_over(qa.generation))
    assert with_words > 0.7
    assert with_words > share_found(silent) + 0.2


def test_the_best_similarities_are_exact(qa: ArticleQA, retriever: Retriever) -> None:
    results = retriever.search(ORGAN, 5)
    rows = np.arange(qa.generation.counts["passages"])
    vector = results.query.vector
    assert results.best_cosine == pytest.approx(float((qa.generation.vectors.rows(rows) @ vector).max()), abs=1e-5)
    sentences = np.concatenate([qa.generation.sentences(int(row)).vectors for row in rows])
    assert results.best_sentence == pytest.approx(float((sentences @ vector).max()), abs=1e-5)


def test_a_follow_up_is_searched_with_the_question_before_it(retriever: Retriever) -> None:
    follow_up = "Et combien cela a-t-il coûté ?"
    for before, file in (
        ("Quand la sonde Chandrayaan-3 s'est-elle posée sur la Lune ?", "chandrayaan-3.md"),
        ("When did the Baltic states join the European grid?", "baltic-power-grid.md"),
    ):
        results = retriever.search(follow_up, 3, before=before)
        assert files(results)[0] == file
        assert results.question.text == follow_up
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


# Neighbours, near duplicates, dates, a reranker


AGENCY = (
    "Le viaduc de Saint-Aubin sera fermé aux camions à partir du 3 mars 2025, a annoncé la préfecture. Les "
    "ingénieurs ont trouvé des fissures dans deux piles. Les travaux doivent durer 14 mois et coûter 8 millions "
    "d'euros. Un itinéraire de déviation passera par Montfort et Bellerive pendant toute la durée du chantier."
)


def test_the_same_agency_text_in_five_outlets_is_one_passage(small: Small) -> None:
    outlets = {
        "aube": AGENCY,
        "brise": AGENCY.replace("a annoncé la préfecture", "a fait savoir la préfecture"),
        "cap": AGENCY.replace("Les travaux doivent durer", "Ils doivent durer"),
        "dune": AGENCY + " (Agence)",
        "est": AGENCY,
    }
    qa = small(**{name: f"# {name.upper()} : le viaduc ferme\n\n{text}\n" for name, text in outlets.items()})
    for question in ("Combien coûtent les travaux du viaduc ?", "brise viaduc Saint-Aubin"):
        passages = qa.search(question, k=5)
        assert [p.article_id for p in passages] == ["small/aube.md"]
        assert passages[0].also_in == ("small/brise.md", "small/cap.md", "small/dune.md", "small/est.md")


def test_an_update_with_another_figure_is_a_passage_of_its_own(small: Small) -> None:
    qa = small(first=f"# Le viaduc ferme\n\n{AGENCY}\n", second=f"# Le viaduc ferme\n\n{AGENCY.replace('8', '11')}\n")
    assert len(qa.search("Combien coûtent les travaux du viaduc ?", k=5)) == 2


def test_a_passage_gains_by_the_better_of_its_neighbours(qa: ArticleQA) -> None:
    embedder = load_embedder()
    centring = Centring.load(embedder.fingerprint)
    alone = Retriever(qa.generation, embedder, centring, fusion=replace(Fusion.load(), neighbour=0.0))
    together = Retriever(qa.generation, embedder, centring)
    before = {f.row: f.passage.score for f in alone.search(ORGAN, 50).hits}
    best = max(before, key=lambda row: before[row])
    after = {f.row: f.passage.score for f in together.search(ORGAN, 50).hits}
    assert after[best] == pytest.approx(before[best], abs=1e-4)
    beside = [
        row for row in (best - 1, best + 1) if qa.generation.article_rows[row] == qa.generation.article_rows[best]
    ]
    assert beside
    for row in beside:
        gain = Fusion.load().neighbour * (before[best] - before[row])
        assert after[row] == pytest.approx(before[row] + gain, abs=1e-4)


REPORTS = {
    "ancien": "---\ndate: 2024-03-04\n---\n# Conseil municipal\n\nLe conseil municipal a voté le budget des écoles.\n",
    "hier": "---\ndate: 2025-02-13\n---\n# Réunion du conseil\n\nLe conseil municipal a reparlé du budget.\n",
    "sans": "# Écoles\n\nLe budget des écoles est voté par le conseil municipal.\n",
}  # fmt: skip


def test_articles_of_the_time_that_is_asked_for_come_first_and_none_is_lost(small: Small) -> None:
    qa = small(**REPORTS)
    retriever = retriever_over(qa.generation)
    question = "Quel budget le conseil municipal a-t-il voté pour les écoles ?"
    yesterday = Window(date(2025, 2, 13), date(2025, 2, 13), 0, 0, recent=True)
    assert [file[6:] for file in files(retriever.search(question, 3))][-1] == "hier.md"
    assert [file[6:] for file in files(retriever.search(question, 3, window=yesterday))] == [
        "hier.md", "sans.md", "ancien.md",
    ]  # fmt: skip


def test_an_article_of_the_day_after_counts_where_a_date_is_named(small: Small) -> None:
    retriever = retriever_over(small(**REPORTS).generation)
    question = "Quel budget le conseil municipal a-t-il voté pour les écoles ?"
    the_day_before = Window(date(2024, 3, 3), date(2024, 3, 3), 0, 0, recent=False)
    scores = {f.passage.article_id: f.passage.score for f in retriever.search(question, 3).hits}
    named = {f.passage.article_id: f.passage.score for f in retriever.search(question, 3, window=the_day_before).hits}
    gains = {article_id[6:]: named[article_id] - scores[article_id] for article_id in scores}
    assert gains == pytest.approx({"ancien.md": 2.0, "sans.md": 1.0, "hier.md": 0.0}, abs=1e-4)


def test_a_time_finds_articles_that_are_far_from_the_best_of_all_times(small: Small) -> None:
    many = {
        f"vieux{i}": f"---\ndate: 2020-01-01\n---\n# Marché {i}\n\nLe marché couvert numéro {i} ouvre.\n"
        for i in range(80)
    }
    qa = small(**many, neuf="---\ndate: 2025-02-13\n---\n# Divers\n\nUn chat a été retrouvé.\n")
    window = Window(date(2025, 2, 10), date(2025, 2, 14), 0, 0, recent=True)
    found = retriever_over(qa.generation).search("Le marché couvert ouvre", 3, window=window).hits
    assert found[0].passage.article_id == "small/neuf.md"


class Backwards:
    """A reranker that likes short texts; remembers what it read."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        assert question == ORGAN
        self.read = list(texts)
        return np.array([-len(text) for text in texts], np.float32)


def test_a_reranker_orders_the_best_passages_and_their_scores_stay(qa: ArticleQA, retriever: Retriever) -> None:
    embedder, reranker = load_embedder(), Backwards()
    reranked = Retriever(qa.generation, embedder, Centring.load(embedder.fingerprint), reranker=reranker)
    found, plain = reranked.search(ORGAN, 40).hits, retriever.search(ORGAN, 40).hits
    assert len(reranker.read) == 30
    lengths = [len(f"{f.passage.title}\n{f.passage.text}") for f in found[:30]]
    assert lengths == sorted(lengths)
    assert {f.row for f in found[:30]} == {f.row for f in plain[:30]}
    assert [f.passage.score for f in found] == [f.passage.score for f in plain]
    assert [f.row for f in found[30:]] == [f.row for f in plain[30:]]


@pytest.mark.parametrize("window", [None, Window(date(2024, 12, 1), date(2024, 12, 31), 0, 0, recent=False)])
def test_both_sides_find_the_same_side_by_side(
    retriever: Retriever, monkeypatch: pytest.MonkeyPatch, window: Window | None
) -> None:
    one_after_the_other = retriever.search(ORGAN, 8, window=window)
    threads = set[int]()
    vectors = retriever._generation.vectors
    search = vectors.search

    def watched(*args: Any, **how: Any) -> Any:  # noqa: ANN401
        threads.add(threading.get_ident())
        return search(*args, **how)

    monkeypatch.setattr(vectors, "search", watched)
    monkeypatch.setattr(both_sides, "_LONG", 0)
    beside = retriever.search(ORGAN, 8, window=window)
    assert threads
    assert threading.get_ident() not in threads
    assert [(hit.row, hit.passage.score) for hit in beside.hits] == [
        (hit.row, hit.passage.score) for hit in one_after_the_other.hits
    ]
