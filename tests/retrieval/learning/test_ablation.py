"""What the parts of the search give, on a set of six short articles; in most tests only the first passage counts."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, nullcontext
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np
import pytest

from index import ArticlebotError, load_embedder
from index.article import Article
from index.text.passages import passage_text, sentence_text
from retrieval.asking.qa import ArticleQA
from retrieval.learning import ablation, gold
from retrieval.learning.ablation import (
    GRID,
    PLATEAU,
    Labelled,
    ablate,
    choose_fusion,
    label,
    mangle,
    measure,
    mistyped,
    open_answerable,
    reciprocal_ranks,
    slips,
    without_centring,
    without_titles,
)
from retrieval.learning.gold import is_hit, without_accents
from retrieval.learning.sets import DataError, Question
from retrieval.pipeline.steps import View
from retrieval.search.fusion import Fusion, Scores

if TYPE_CHECKING:
    from index.store.generation import Generation

Record: TypeAlias = dict[str, Any]
Hits: TypeAlias = Callable[..., dict[str, float]]

ROWS = [
    "vectors alone", "words alone (BM25)", "reciprocal rank fusion", "ours", "  without the best sentence",
    "  without the gate", "  without neighbours", "  without the turns before", "  without dates",
    "  without centring", "  without titles",
]  # fmt: skip
SLIPS = [
    "as asked", "in capitals", "without accents", "with typing slips", "its rarest word alone",
    "with 2,000 words after it",
]  # fmt: skip
ARTICLES = {  # file: (title, date, language, text)
    "bakery.md": (
        "Two loaves for one", "2024-11-05", "en",
        "Mary Holt sells bread in Brenholm. On Sundays she gives two loaves for the price of one.",
    ),
    "ferry.md": (
        "Storm stops the Tarsey ferry", "2025-01-17", "en",
        "The ferry between Brenholm and Tarsey was cancelled on Friday because of a storm. "
        "About 300 passengers spent the night in the school hall of Brenholm.",
    ),
    "kerbrat.md": (
        "The lighthouse of Kerbrat", "2024-12-01", "en",
        "It has worked without a keeper since 1987. Its lamp reaches thirty kilometres.",
    ),
    "mediatheque.md": (
        "La médiathèque ouvrira le dimanche", "2025-02-20", "fr",
        "La médiathèque ouvrira le dimanche à partir du mois de mai. Cela coûtera 40 000 euros. "
        "Cinq étudiants seront recrutés pour tenir l'accueil.",
    ),
    "penmarch.md": (
        "The lighthouse of Penmarch", "2024-12-02", "en",
        "The lighthouse has worked without a keeper since 1991, as every lighthouse of the coast.",
    ),
    "pont.md": (
        "Le pont de Saint-Aubin", "2025-03-04", "fr",
        "Le pont de Saint-Aubin a rouvert aux voitures. Ses travaux ont duré quatorze mois et coûté 3,5 millions. "
        "Deux cents habitants étaient là, et M. Dupont a coupé le ruban.",
    ),
}  # fmt: skip


def record(question: str, file: str | None, answer: str = "", **more: object) -> Record:
    passage = ARTICLES[file][3] if file else None
    answers = [answer] if answer else []
    return {"id": question, "question": question, "answers": answers, "article": file, "passage": passage,
            "answerable": file is not None, **more}  # fmt: skip


BRIDGE = record("Combien de temps ont duré les travaux du pont ?", "pont.md", "quatorze mois")
STORM = record("Pourquoi le ferry de Tarsey a-t-il été annulé ?", "ferry.md", "because of a storm")
CROSSED = record("Who cut the ribbon?", "pont.md", "M. Dupont")
TITLED = record("Since when has the lighthouse of Kerbrat worked without a keeper?", "kerbrat.md", "since 1987")
FOLLOWING = record(
    "Et combien cela a-t-il coûté ?", "pont.md", "3,5 millions",
    history=[{"question": "Combien de temps ont duré les travaux du pont de Saint-Aubin ?", "answer": "14 mois."}],
)  # fmt: skip
DATED = record("What happened in Brenholm in November 2024?", "bakery.md", "two loaves")
TODAY = record("Que s'est-il passé hier ?", "pont.md", "a rouvert", today="2025-03-05")
UNANSWERABLE = record("What is the boiling point of tungsten?", None)
QUESTIONS = [BRIDGE, STORM, CROSSED, TITLED, FOLLOWING, DATED, TODAY, UNANSWERABLE]


def write_questions(folder: Path, records: Sequence[Record]) -> Path:
    lines = [json.dumps(each, ensure_ascii=False) + "\n" for each in records]
    (folder / "questions.jsonl").write_text("".join(lines), encoding="utf-8")
    return folder


def write_set(folder: Path, records: Sequence[Record], files: Sequence[str] = tuple(ARTICLES)) -> Path:
    (folder / "articles").mkdir(parents=True)
    for file in files:
        title, day, language, text = ARTICLES[file]
        head = f"---\ntitle: {title}\ndate: {day}\nlanguage: {language}\n---\n"
        (folder / "articles" / file).write_text(f"{head}{text}\n", encoding="utf-8")
    return write_questions(folder, records)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the set "towns"; its indexes are kept in "work" between tests."""
    folder = tmp_path_factory.mktemp("ablation")
    write_set(folder / "towns", QUESTIONS)
    return folder


@pytest.fixture
def towns(shared: Path) -> Path:
    """The set with all questions."""
    return write_questions(shared / "towns", QUESTIONS)


@pytest.fixture
def work(shared: Path) -> Path:
    return shared / "work"


@pytest.fixture
def first_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Six short articles are read within 4,000 characters; here a hit is the first passage or none."""
    monkeypatch.setattr(ablation, "HIT_CHARS", 1)
    monkeypatch.setattr(gold, "HIT_CHARS", 1)


@pytest.fixture
def hits(towns: Path, work: Path, first_only: None) -> Hits:  # noqa: ARG001  it changes a constant
    """Ablates the set with these questions only."""
    return lambda *records: ablate(write_questions(towns, records), work)


@pytest.fixture
def opened(towns: Path, work: Path) -> Iterator[tuple[list[Question], ArticleQA]]:
    with open_answerable(towns, work) as answerable:
        yield answerable


def labelled(scores: list[Scores], gold: list[bool], characters: list[int]) -> Labelled:
    """Candidates that do not go on where another ends, without dates."""
    count = len(gold)
    return Labelled(
        scores, np.zeros(count - 1, bool), np.zeros(count, np.float32), np.array(gold), np.array(characters, np.int64)
    )


def scores(cosine: list[float], sentence: list[float], bm25: list[float], coverage: float = 1.0) -> Scores:
    """Scores that are their own z-scores."""
    of_cosine, of_sentence, of_bm25 = (np.array(each, np.float32) for each in (cosine, sentence, bm25))
    return Scores(of_cosine, of_cosine, of_sentence, of_sentence, of_bm25, of_bm25, coverage)


# Characters read


@pytest.mark.parametrize(
    ("gold", "fused", "read"),
    [
        ([False, True, False, True], [0.5, 0.1, 0.9, 0.1], 1000),  # third, first, then the second of two equals
        ([False, False, False, True], [0.5, 0.1, 0.9, 0.1], 1300),
        ([False, True, False, True], [0.5, 0.1, 0.9, 2.0], 0),
        ([False, False, False, False], [0.5, 0.1, 0.9, 0.1], np.inf),
    ],
)
def test_all_before_the_first_passage_with_the_answer_is_read(
    gold: list[bool], fused: list[float], read: float
) -> None:
    question = labelled([], gold, [800, 300, 200, 500])
    assert question.read_before(np.array(fused, np.float32)) == read


def test_candidates_are_labelled_with_what_holds_the_answer_and_how_long_they_are(
    opened: tuple[list[Question], ArticleQA],
) -> None:
    questions, qa = opened
    assert [question.id for question in questions] == [r["id"] for r in QUESTIONS if r["answerable"]]
    found = list(label(qa, questions))
    for question, wanted in zip(found, [r["article"] for r in QUESTIONS if r["answerable"]], strict=True):
        assert question.gold.tolist() == [file == wanted for file in ARTICLES]  # one passage an article, by its id
        assert question.characters.tolist() == [len(text) for *_, text in ARTICLES.values()]
        assert question.follows.tolist() == [False] * 5
    assert [len(question.scores) for question in found] == [1, 1, 1, 1, 2, 1, 1]  # the follow-up leans on one
    assert [file for file, gain in zip(ARTICLES, found[5].gain, strict=True) if gain] == ["bakery.md", "kerbrat.md"]


def test_a_question_is_asked_on_its_own_day(opened: tuple[list[Question], ArticleQA]) -> None:
    questions, qa = opened
    asked = replace(questions[6], today=date(2025, 3, 5))
    (found,) = label(qa, [asked])
    assert found.gain.tolist() == [0, 0, 0, 0, 0, 6]
    (later,) = label(qa, [replace(asked, today=date(2025, 8, 1))])
    assert not later.gain.any()


# What each part gives


def test_every_way_of_searching_has_a_share_and_all_is_read_within_4000_characters(towns: Path, work: Path) -> None:
    told: list[str] = []
    rows = ablate(towns, work, lambda what, *_: told.append(what))
    assert list(rows) == ROWS
    assert set(rows.values()) == {1.0}
    assert "reading articles" in told


def test_of_several_questions_the_share_is_shown(hits: Hits) -> None:
    rows = hits(*QUESTIONS)
    assert list(rows) == ROWS
    assert all(0 <= share <= 1 for share in rows.values())
    assert all(share * 7 == pytest.approx(round(share * 7)) for share in rows.values())
    assert min(rows.values()) < rows["ours"]


def test_words_alone_find_nothing_in_another_language(hits: Hits) -> None:
    rows = hits(CROSSED)
    assert rows["words alone (BM25)"] == 0
    assert rows["reciprocal rank fusion"] == 0  # it cannot know that "the" tells nothing
    assert rows["vectors alone"] == rows["ours"] == 1


def test_words_and_vectors_find_what_is_said_alike(hits: Hits) -> None:
    rows = hits(BRIDGE)
    assert {rows[name] for name in ROWS[:5]} == {1.0}


def test_what_only_a_title_tells_is_lost_without_titles(hits: Hits) -> None:
    rows = hits(TITLED)
    assert rows["ours"] == rows["words alone (BM25)"] == 1
    assert rows["  without titles"] == 0


def test_a_follow_up_is_lost_without_the_turns_before(hits: Hits) -> None:
    rows = hits(FOLLOWING)
    assert rows["ours"] == rows["reciprocal rank fusion"] == 1
    assert rows["  without the turns before"] == 0


def test_what_another_article_tells_of_another_month_comes_first_without_dates(hits: Hits) -> None:
    rows = hits(DATED)
    assert rows["ours"] == 1
    assert rows["  without dates"] == 0


NONE = [0.0, 0.0, 0.0]
FIXED = Fusion(cosine=1.0, sentence=1.0, lexical=1.0, gate_from=0.4, gate_to=0.8, neighbour=0.25, before=0.5)


@pytest.mark.parametrize(
    ("question", "missed"),
    [
        # a sentence of the last is the answer, the whole first passage is nearer
        (
            scores([0.5, 0.0, 0.0], [0.0, 0.0, 1.0], NONE),
            {"vectors alone", "words alone (BM25)", "without the best sentence"},
        ),
        # the words of the last are those of the question
        (scores(NONE, NONE, [0.0, 0.0, 1.0]), {"vectors alone"}),
        # those that the last holds are few of the question's
        (
            scores(NONE, NONE, [0.0, 0.0, 1.0], 0.3),
            {row.strip() for row in ROWS} - {"words alone (BM25)", "reciprocal rank fusion", "without the gate"},
        ),
        # the first holds them
        (scores([0.0, 0.0, 0.5], NONE, [1.0, 0.5, 0.0], 0.4), {"words alone (BM25)", "without the gate"}),
        # the second goes on where the best one, the last, begins; 800 characters are read before it
        (scores([0.5, 0.0, 4.0], NONE, NONE), {"vectors alone", "without neighbours"}),
    ],
)
def test_each_row_leaves_out_what_it_says(
    question: Scores, missed: set[str], towns: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = "without neighbours" in missed and "ours" not in missed
    found = labelled([question], [False, beside, not beside], [400, 400, 800])
    found = replace(found, follows=np.array([False, beside]))
    monkeypatch.setattr(ablation, "HIT_CHARS", 1000 if beside else 400)
    monkeypatch.setattr(ablation, "label", lambda *_: [found])
    monkeypatch.setattr(Fusion, "load", lambda: FIXED)
    rows = ablate(towns, work)
    del rows["reciprocal rank fusion"]  # ranks, not scores
    assert {name.strip() for name, share in rows.items() if not share} == missed


def test_uncentred_vectors_are_as_the_embedder_makes_them(
    opened: tuple[list[Question], ArticleQA],
) -> None:
    _, qa = opened
    embedder, question = load_embedder(), CROSSED["question"]
    ours = qa.engine.candidates(question, 100)
    raw = without_centring(qa).candidates(question, 100)
    assert raw.rows.tolist() == ours.rows.tolist() == list(range(6))
    wanted = embedder.embed_passages([passage_text(title, text) for title, _, _, text in ARTICLES.values()])
    np.testing.assert_allclose(raw.vectors, wanted, atol=2e-3)  # kept in half precision
    np.testing.assert_allclose(raw.queries[0].vector, embedder.embed_questions([question])[0], atol=1e-6)
    assert (np.linalg.norm(raw.vectors - ours.vectors, axis=1) > 0.3).all()
    assert np.linalg.norm(raw.queries[0].vector - ours.queries[0].vector) > 0.3
    assert raw.scores[0].cosine.min() > ours.scores[0].cosine.max()  # what centring is for
    assert raw.scores[0].bm25.tolist() == ours.scores[0].bm25.tolist()
    title, _, _, text = ARTICLES["penmarch.md"]  # of one sentence
    alone = embedder.embed_passages([sentence_text(title, text)])[0]
    assert raw.scores[0].sentence[4] == pytest.approx(float(alone @ raw.queries[0].vector), abs=2e-3)


def test_uncentred_cosines_are_scaled_by_what_is_usual_for_them(
    opened: tuple[list[Question], ArticleQA],
) -> None:
    _, qa = opened
    (found,) = without_centring(qa).candidates(CROSSED["question"], 100).scores
    of_cosine = np.ptp(found.cosine) / np.ptp(found.cosine_z)
    of_sentence = np.ptp(found.sentence) / np.ptp(found.sentence_z)
    assert 0.01 < of_cosine < 0.05  # deviations; 0.2 where they are pooled with those of centred cosines
    assert 0.01 < of_sentence < 0.05
    assert abs(found.cosine_z.mean()) < 2
    assert abs(found.sentence_z.mean()) < 2


def test_articles_without_titles_are_otherwise_as_they_were(tmp_path: Path) -> None:
    source = write_set(tmp_path / "set", [BRIDGE], ["pont.md"])
    others = {
        "heading.md": "---\ntitle: Le phare\nlanguage: fr\n---\n# Le phare\n\nIl est fermé.\n\ntitle: rien\n",
        "folded.md": "---\nTitle: >-\n  Le\n  phare\nlang: fr\n---\nIl est ouvert.\n",
        "bare.md": "Le phare de Kerbrat\n\nIl est automatique.\n",
        "2025/deep.md": "---\ntitle: Le phare\n---\nIl est haut.\n",
    }
    for name, content in others.items():
        path = source / "articles" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    (source / "articles" / "latin.md").write_bytes("# Le phare\n\nIl est éteint, bien sûr.\n".encode("cp1252"))
    with (
        open_answerable(source, tmp_path / "work") as (_, qa),
        closing(without_titles(qa, tmp_path / "untitled")) as untitled,
    ):
        kept = [replace(a, title="-", source="", url="") for a in qa.generation.articles()]
        assert list(untitled.generation.articles()) == kept
    assert [a.id for a in kept] == [f"articles/{name}" for name in sorted(["latin.md", "pont.md", *others])]
    assert not any("phare" in a.text for a in kept)
    assert [a.published for a in kept if a.published] == [date(2025, 3, 4)]


def test_sets_of_one_name_are_measured_each_by_itself(tmp_path: Path, first_only: None) -> None:  # noqa: ARG001  a constant
    one = write_set(tmp_path / "one" / "set", [CROSSED], ["bakery.md", "ferry.md", "pont.md"])
    two = write_set(tmp_path / "two" / "set", [TITLED], ["kerbrat.md", "penmarch.md"])
    found = [ablate(folder, tmp_path / "work") for folder in (one, two)]
    assert [rows["  without titles"] for rows in found] == [1, 0]


# Reciprocal rank fusion


def test_reciprocal_ranks_are_what_a_hand_computes() -> None:
    none = [0.0] * 4
    found = labelled([scores([0.9, 0.1, 0.5, -0.2], none, [0.0, 3.0, 2.0, 0.0])], [False] * 4, [1] * 4)
    ranks = reciprocal_ranks(found)
    np.testing.assert_allclose(ranks, [1 / 61, 1 / 63 + 1 / 61, 1 / 62 + 1 / 62, 0], rtol=1e-6)
    assert np.argsort(-ranks).tolist() == [1, 2, 0, 3]


def test_reciprocal_ranks_of_a_follow_up_are_those_of_the_question_with_the_one_before() -> None:
    none = [0.0, 0.0]
    found = labelled([scores([0.9, 0.1], none, [2, 1]), scores([0.1, 0.9], none, [0, 1])], [False] * 2, [1] * 2)
    np.testing.assert_allclose(reciprocal_ranks(found), [1 / 62, 1 / 61 + 1 / 61], rtol=1e-6)


def test_equal_scores_rank_in_the_order_of_the_index() -> None:
    found = labelled([scores([0.5, 0.5], [0.0, 0.0], [0.0, 0.0])], [False] * 2, [1] * 2)
    np.testing.assert_allclose(reciprocal_ranks(found), [1 / 61, 1 / 62], rtol=1e-6)


# Choosing the constants

RIVALS = ([0.0, 0.0], [0.0, 1.0], [1.0, 0.0])  # cosine, sentence, bm25: words name the first, a sentence the second


def test_the_measure_is_what_a_hand_computes() -> None:
    question = labelled([scores(*RIVALS)], [False, True], [800, 500])
    lost, never = replace(question, characters=np.array([2400, 500])), replace(question, gold=np.zeros(2, bool))
    words, sentences = (replace(Fusion.load(), sentence=s, lexical=1.0, gate_to=1.0) for s in (0.5, 2.0))
    assert measure(words, [[question]]) == pytest.approx(800 / 1600)
    assert measure(sentences, [[question]]) == 1
    assert measure(words, [[question, lost], [never]]) == pytest.approx(((1 / 2 + 1 / 4) / 2 + 0) / 2)  # sets alike
    early = replace(question, gain=np.array([0, 1], np.float32))
    assert measure(words, [[early]]) == 1


def test_the_middle_of_all_settings_that_are_right_is_chosen(
    opened: tuple[list[Question], ArticleQA], towns: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, qa = opened
    assert (GRID["sentence"], GRID["lexical"]) == ((0.7, 1.0, 1.4), (0.5, 0.75, 1.0))
    monkeypatch.setattr(ablation, "open_answerable", lambda *_: nullcontext(([], qa)))
    monkeypatch.setattr(ablation, "label", lambda *_: [labelled([scores(*RIVALS)], [False, True], [800, 500])])
    chosen, reached, before = choose_fusion([towns], work)
    # right is (sentence, lexical) of (.7, .5), (1, .5), (1, .75), (1.4, .5), (1.4, .75), (1.4, 1), whatever the others
    assert (chosen.sentence, chosen.lexical) == (1.15, 0.67)
    middles = {name: round(float(np.mean(GRID[name])), 2) for name in ("gate_from", "gate_to", "neighbour")}
    assert {name: asdict(chosen)[name] for name in middles} == middles
    assert (chosen.cosine, chosen.before) == (1.0, Fusion.load().before)
    assert reached == 1
    assert before == measure(Fusion.load(), [[labelled([scores(*RIVALS)], [False, True], [800, 500])]])


def test_constants_are_within_the_grid_the_same_every_time_and_no_worse_than_before(towns: Path, work: Path) -> None:
    told: list[tuple[str, int, int]] = []
    first = choose_fusion([towns], work, lambda *step: told.append(step))
    chosen, reached, before = first
    for name, values in GRID.items():
        assert min(values) <= asdict(chosen)[name] <= max(values)
    assert 0 < before <= 1
    assert before - PLATEAU <= reached <= 1
    assert choose_fusion([towns], work) == first
    count = len(list(itertools.product(*GRID.values())))
    assert told[-count:] == [("choosing", done, count) for done in range(count)]


# What slips cost


def test_slips_are_these() -> None:
    assert mistyped("Combien de passagers ont dormi dans l'école ?") == "Cobmien de passagers ont domri dans l'école ?"
    assert mistyped("Où est-il ? 12345 a_bcdef") == "Où est-il ? 12345 a_bcedf"
    assert mistyped("") == ""
    assert without_accents("Où est l’école à Noël, « œuvre » ?") == "Ou est l’ecole a Noel, « œuvre » ?"
    assert without_accents("cafe\u0301") == "cafe"
    assert mistyped("Когда мост открыт?") == "Кодга мост открыт?"


def test_a_question_is_asked_as_each_slip_says(opened: tuple[list[Question], ArticleQA]) -> None:
    questions, qa = opened
    ways = slips(qa)
    assert list(ways) == SLIPS
    storm = questions[1]
    typed = [slip(storm) for slip in ways.values()]
    assert typed[:4] == [
        "Pourquoi le ferry de Tarsey a-t-il été annulé ?", "POURQUOI LE FERRY DE TARSEY A-T-IL ÉTÉ ANNULÉ ?",
        "Pourquoi le ferry de Tarsey a-t-il ete annule ?", "Poruquoi le ferry de Tasrey a-t-il été annulé ?",
    ]  # fmt: skip
    assert typed[5].startswith(storm.text + " Mary Holt sells bread")
    assert "storm" not in typed[5]


def test_the_rarest_word_is_one_that_the_articles_hold(opened: tuple[list[Question], ArticleQA]) -> None:
    questions, qa = opened

    def rarest(text: str) -> str:
        return slips(qa)["its rarest word alone"](replace(questions[0], text=text))

    assert rarest("Who cut the bread in Brenholm?") == "bread"  # in one article, Brenholm in two
    assert rarest("Xyzzy, qwfpgj ?") == "Xyzzy,"
    assert rarest("?") == "?"


class _Articles:
    """A generation of two articles of 1,500 words and one that answers."""

    def articles(self) -> list[Article]:
        texts = {"a.md": "un " * 1500, "deep/b.md": "deux " * 1500, "c.md": "trois " * 1500}
        return [Article(f"articles/{file}", "", text, None, "fr", "", "") for file, text in texts.items()]


def test_two_thousand_words_of_other_articles_follow(opened: tuple[list[Question], ArticleQA]) -> None:
    questions, qa = opened
    long = ArticleQA(Path(), View(cast("Generation", _Articles()), qa.engine))
    asked = replace(questions[0], text="Où ?", gold=(("deep/b.md", "deux"),))
    typed = slips(long)["with 2,000 words after it"](asked)
    assert typed.split() == ["Où", "?", *["un"] * 1500, *["trois"] * 500]


def test_as_asked_is_what_evaluation_measures(
    towns: Path,
    work: Path,
    opened: tuple[list[Question], ArticleQA],
    first_only: None,  # noqa: ARG001
) -> None:
    questions, qa = opened
    found = [qa.search(q.text, 100, conversation=q.conversation(), today=q.today) for q in questions]
    share = np.mean([is_hit(question, passages) for question, passages in zip(questions, found, strict=True)])
    rows = mangle(towns, work)
    assert list(rows) == SLIPS
    assert all(0 <= each <= 1 for each in rows.values())
    assert rows["as asked"] == pytest.approx(float(share))
    assert rows["as asked"] == ablate(towns, work)["ours"]
    assert rows["its rarest word alone"] < rows["as asked"]


# What is no set


@pytest.mark.parametrize("measured", [ablate, mangle, lambda folder, work: choose_fusion([folder], work)])
def test_what_cannot_be_measured_is_a_clear_line(measured: Callable[[Path, Path], object], tmp_path: Path) -> None:
    def refusal(folder: Path) -> str:
        with pytest.raises(ArticlebotError) as refused:
            measured(folder, tmp_path / "work")
        assert "\n" not in str(refused.value)
        return str(refused.value)

    (tmp_path / "empty").mkdir()
    assert "empty: not a set; wanted articles/*.md and questions.jsonl in it" in refusal(tmp_path / "empty")
    none = write_set(tmp_path / "none", [UNANSWERABLE, UNANSWERABLE], ["bakery.md"])
    assert "questions.jsonl: none of 2 questions is answerable; add some" in refusal(none)
    shutil.rmtree(none / "articles")
    (none / "articles").mkdir()
    assert "no articles (.md .markdown .txt .jsonl .html .htm .xhtml .pdf .docx .odt .rtf .epub" in refusal(
        write_questions(none, [BRIDGE])
    )


def test_a_set_without_answerable_questions_is_no_set_to_measure_on(tmp_path: Path) -> None:
    source = write_set(tmp_path / "set", [UNANSWERABLE], ["bakery.md"])
    with pytest.raises(DataError, match="none of 1 questions"), open_answerable(source, tmp_path / "work"):
        pass
