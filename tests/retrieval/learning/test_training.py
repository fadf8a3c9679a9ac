from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index import ArticlebotError, load_embedder
from index.embedding.centring import MEANS_FILE, SIDES, Centring
from index.text.passages import passage_text, sentence_text
from index.text.sentences import split_sentences
from retrieval.answering import weights as weights_module
from retrieval.answering.evidence import Seen, weigh
from retrieval.answering.weights import Weights
from retrieval.facts.kinds import Kind
from retrieval.learning.lessons import all_lessons, few_articles, many_articles, other_sets, whole_sets
from retrieval.learning.means import train_means
from retrieval.learning.sets import DataError, Question, read_questions
from retrieval.learning.weights import (
    ANSWERABLE,
    READ_ANSWERABLE,
    READ_RIGHT,
    READ_SENTENCE,
    RIGHT,
    SENTENCE,
    UNREAD_ANSWERABLE,
    Observed,
    balanced,
    examples,
    save_weights,
    train_answerer,
    train_weights,
)
from retrieval.reader.reading import PassageReading
from tests.retrieval.answering.by_hand import results_of, sentence
from tests.retrieval.reader.marking import seen

PASSAGES = [
    {"title": "Le pont", "language": "fr", "text": "Le pont est fermé. Les camions font un détour."},
    {"title": "Le phare", "language": "fr", "text": "Le phare est automatique."},
    {"title": "The bridge", "language": "en", "text": "The bridge is closed. Lorries take another way."},
]
QUESTIONS = [
    {"language": "fr", "question": "Le pont est-il fermé ?"},
    {"language": "en", "question": "Is the bridge closed?"},
    {"language": "en", "question": "Who keeps the lighthouse?"},
]
TOWNS = {
    "pont.md": "Le pont de Saint-Aubin a rouvert mardi. Les travaux du pont ont duré quatorze mois.",
    "media.md": "La médiathèque de Lorient ouvrira le dimanche. Cinq étudiants tiendront l'accueil.",
    "phare.md": "Le phare de Kerbrat est automatique depuis 1987. Le gardien habite au village.",
}
LANDS = {
    "volcan.md": "Le volcan de La Palma est entré en éruption en 2021. La lave a recouvert des bananeraies.",
    "train.md": "Le train de nuit relie Paris à Vienne. Le voyage dure quatorze heures.",
}

# what is learned begins here
NOTHING = Weights(
    sentence=dict.fromkeys(SENTENCE, 0.0), answerable={"intercept": 0.0}, right={"intercept": 0.0},
    threshold=0.5, least=0.5, further=0.5, near=0.5,
)  # fmt: skip


def write_lines(path: Path, records: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Texts in two languages."""
    folder = tmp_path / "data"
    folder.mkdir()
    write_lines(folder / "passages.jsonl", PASSAGES)
    write_lines(folder / "questions.jsonl", QUESTIONS)
    return folder


def make_set(folder: Path, articles: dict[str, str], asked: list[tuple[str, str | None, str]]) -> Path:
    """Writes a set; `asked`: (question, article or None, answer)."""
    (folder / "articles").mkdir(parents=True)
    for file, text in articles.items():
        head = f"---\ntitle: Article {file.removesuffix('.md')}\nlanguage: fr\n---\n"
        (folder / "articles" / file).write_text(head + text + "\n", encoding="utf-8")
    records = [
        {
            "id": f"q{number}", "question": question, "answers": [answer] if file else [], "article": file,
            "passage": articles[file] if file else None, "answerable": file is not None, "history": [],
        }
        for number, (question, file, answer) in enumerate(asked)
    ]  # fmt: skip
    write_lines(folder / "questions.jsonl", records)
    return folder


@pytest.fixture
def sets(tmp_path: Path) -> list[Path]:
    """Two small sets."""
    towns = [
        ("Combien de temps ont duré les travaux du pont ?", "pont.md", "quatorze mois"),
        ("Qui tiendra l'accueil de la médiathèque ?", "media.md", "Cinq étudiants"),
        ("Depuis quand le phare est-il automatique ?", "phare.md", "1987"),
        ("What is the boiling point of tungsten?", None, ""),
    ]
    lands = [
        ("Quand le volcan est-il entré en éruption ?", "volcan.md", "2021"),
        ("Quelles villes relie le train de nuit ?", "train.md", "Paris à Vienne"),
        ("Qui a peint la Joconde ?", None, ""),
    ]
    return [make_set(tmp_path / "towns", TOWNS, towns), make_set(tmp_path / "lands", LANDS, lands)]


@pytest.fixture
def weights_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Stands for the shipped weights until the test ends."""
    path = tmp_path / "weights.json"
    monkeypatch.setattr(weights_module, "WEIGHTS_FILE", path)
    Weights.load.cache_clear()
    yield path
    Weights.load.cache_clear()


# Language means


def test_means_are_those_of_the_embedded_texts(data: Path, tmp_path: Path) -> None:
    centring = train_means(data)
    assert centring.languages == ["en", "fr"]
    centring.save("model", tmp_path / "means.npz")
    embedder = load_embedder()
    titled = [(str(p["title"]), str(p["text"])) for p in PASSAGES[:2]]
    wanted = {
        "passage/fr": embedder.embed_passages([passage_text(*each) for each in titled]),
        "sentence/fr": embedder.embed_passages(
            [sentence_text(title, text[a:b]) for title, text in titled for a, b in split_sentences(text, "fr")]
        ),
        "question/en": embedder.embed_questions(["Is the bridge closed?", "Who keeps the lighthouse?"]),
    }
    with np.load(tmp_path / "means.npz") as stored:
        assert set(stored.files) == {"fingerprint"} | {f"{side}/{name}" for side in SIDES for name in ("", "fr", "en")}
        for name, vectors in wanted.items():
            np.testing.assert_allclose(stored[name], vectors.mean(axis=0), atol=1e-6)
        for side in SIDES:  # each language counts the same, however many texts it has
            both = (stored[f"{side}/fr"] + stored[f"{side}/en"]) / 2
            np.testing.assert_allclose(stored[f"{side}/"], both, atol=1e-6)


def test_means_are_the_same_every_time_and_are_told_of(data: Path) -> None:
    told: list[tuple[str, int, int]] = []
    centring = train_means(data, progress=lambda *step: told.append(step))
    assert train_means(data).fingerprint == centring.fingerprint
    assert told == [("embedding", done, 6) for done in range(6)]


def test_learned_means_survive_saving_and_serve_their_model_only(data: Path, tmp_path: Path) -> None:
    centring = train_means(data)
    centring.save("model", tmp_path / "means.npz")
    assert Centring.load("model", tmp_path / "means.npz").fingerprint == centring.fingerprint
    assert Centring.load("other", tmp_path / "means.npz").fingerprint == ""


@pytest.mark.parametrize("file", ["passages.jsonl", "questions.jsonl"])
def test_data_that_cannot_be_read_is_a_clear_line(data: Path, file: str) -> None:
    (data / file).write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match=rf"{file}, line 1: .* wanted one JSON object a line") as refused:
        train_means(data)
    assert "\n" not in str(refused.value)
    assert isinstance(refused.value, ArticlebotError)
    (data / file).unlink()
    with pytest.raises(DataError, match=rf"{file}: cannot be read .* wanted one JSON object a line"):
        train_means(data)


# Examples


def test_every_question_of_a_set_is_an_example_with_all_features(sets: list[Path], tmp_path: Path) -> None:
    found = examples(whole_sets(sets, tmp_path / "work"))
    assert [(e.set_name, e.question.answerable) for e in found] == [
        ("towns", True), ("towns", True), ("towns", True), ("towns", False),
        ("lands", True), ("lands", True), ("lands", False),
    ]  # fmt: skip
    for example in found:
        evidence = weigh(example.seen, NOTHING)
        assert {"intercept", *ANSWERABLE} <= set(evidence.features)
        assert evidence.features["intercept"] == 1
        assert all({"intercept", *RIGHT} <= set(told) for told in evidence.sentences)
        right = example.right(candidate for _, candidate in evidence.ranked)
        assert len(right) == len(evidence.ranked) > 0
        assert all(set(SENTENCE) <= set(candidate.features) for _, candidate in evidence.ranked)
        told = [evidence.features, *evidence.sentences, *(candidate.features for _, candidate in evidence.ranked)]
        assert all(math.isfinite(number) for features in told for number in features.values())
        assert any(right) is example.question.answerable
        assert sum(right) <= 1


def test_small_indexes_are_asked_what_they_hold_and_what_they_do_not(sets: list[Path], tmp_path: Path) -> None:
    found = examples(few_articles(sets, tmp_path / "work"))
    assert {e.set_name for e in found} == {"towns (few articles)", "lands (few articles)"}
    assert sum(e.question.answerable for e in found) == 5  # each answerable question, where its article is
    assert any(not e.question.answerable for e in found)
    assert all(any(e.right(e.seen.choices)) is e.question.answerable for e in found)
    assert {e.weight for e in found} == {0.35}  # they count less than the whole set
    again = examples(few_articles(sets, tmp_path / "work"))
    assert [(e.question, weigh(e.seen, NOTHING).features) for e in again] == [
        (e.question, weigh(e.seen, NOTHING).features) for e in found
    ]


def test_small_indexes_are_asked_the_near_misses_that_are_about_them(tmp_path: Path) -> None:
    near = "Combien coûte le péage du pont ?"
    asked = [("Combien de temps ont duré les travaux du pont ?", "pont.md", "quatorze mois"), (near, None, "")]
    folder = make_set(tmp_path / "towns", {"pont.md": TOWNS["pont.md"]}, asked)
    for about, wanted in (([], False), (["media.md"], False), (["pont.md"], True)):
        records = [json.loads(line) for line in (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
        records[1]["about_article"] = about
        write_lines(folder / "questions.jsonl", records)
        found = list(few_articles([folder], tmp_path / "work"))
        assert (near in [lesson.question.text for lesson in found]) is wanted
        assert not any(lesson.question.answerable for lesson in found if lesson.question.text == near)


def test_questions_about_another_set_are_not_answerable(sets: list[Path], tmp_path: Path) -> None:
    found = examples(other_sets(sets, tmp_path / "work"))
    assert [e.set_name for e in found] == ["towns (foreign)"] * 3 + ["lands (foreign)"] * 4
    assert not any(e.question.answerable or any(e.right(e.seen.choices)) for e in found)


def test_the_questions_of_each_set_are_asked_among_the_articles_of_all(sets: list[Path], tmp_path: Path) -> None:
    lessons = list(many_articles(sets, tmp_path / "work"))
    assert {lesson.set_name for lesson in lessons} == {"towns (many articles)", "lands (many articles)"}
    assert [lesson.question for lesson in lessons] == [q for folder in sets for q in read_questions(folder)]
    assert {lesson.qa.generation.counts["articles"] for lesson in lessons} == {len(TOWNS) + len(LANDS)}


def test_all_lessons_are_those_of_whole_sets_then_of_few_articles_of_many_and_of_others(
    sets: list[Path], tmp_path: Path
) -> None:
    told = [(lesson.set_name, lesson.question.text) for lesson in all_lessons(sets, tmp_path / "work")]
    apart = [make(sets, tmp_path / "work") for make in (whole_sets, few_articles, many_articles, other_sets)]
    assert told == [(lesson.set_name, lesson.question.text) for lessons in apart for lesson in lessons]
    assert len({name for name, _ in told}) == 8


# Learning


def synthetic(set_name: str, count: int, weight: float = 1.0, seed: int = 1) -> list[Observed]:
    """Questions whose answerability hangs on the best passage's similarity, and right sentences on "cosine_z"."""
    draw = np.random.default_rng(seed)
    found = []
    for number in range(count):
        answerable = number % 2 == 0
        choices = []
        for place in range(4):
            holds = answerable and place == number % 4
            features = {name: float(draw.normal()) for name in (*SENTENCE, *READ_SENTENCE, "names", "read_passage")}
            features |= {"kind": 0.0, "names": 0.5, "cosine_z": float(draw.normal(2.0 if holds else -1.0, 0.3))}
            choices.append(sentence("Il a plu." if holds else "Il a neigé.", f"small/{place}.md", features=features))
        best = float(draw.normal(0.7 if answerable else 0.3, 0.03))
        results = results_of("A-t-il plu ?", 1_000, best_cosine=best, best_sentence=float(draw.normal()))
        question = Question(
            id=f"{number}", text="A-t-il plu ?", answers=("plu",) if answerable else (),
            gold=((f"{number % 4}.md", ""),), answerable=answerable, history=(), evidence=(),
        )  # fmt: skip
        seen = Seen(results, Kind.OTHER, float(draw.integers(2)), choices, {})
        found.append(Observed(set_name, weight, question, seen))
    return found


@pytest.mark.parametrize("read", [False, True])
def test_what_tells_right_from_wrong_gets_the_weight_and_the_threshold_parts_them(read: bool) -> None:
    before = replace(NOTHING, least=0.2, further=0.3, near=0.1)
    found = synthetic("one", 120) + synthetic("two", 60, weight=0.5, seed=2)
    learned = train_answerer(found, before, read=read)
    assert set(learned.sentence) == {*SENTENCE, *(READ_SENTENCE if read else ())}
    assert set(learned.answerable) == {"intercept", *ANSWERABLE, *(READ_ANSWERABLE if read else UNREAD_ANSWERABLE)}
    assert set(learned.right) == {"intercept", *RIGHT, *(READ_RIGHT if read else ())}
    others = [abs(weight) for name, weight in learned.sentence.items() if name != "cosine_z"]
    assert learned.sentence["cosine_z"] > 5 * max(others) > 0
    assert learned.answerable["passage"] > 0
    assert 0.05 <= learned.threshold <= 0.95
    assert (learned.least, learned.further, learned.near, learned.reading) == (0.2, 0.3, 0.1, None)
    assert balanced(found, learned) == pytest.approx({"one": 1.0, "two": 1.0}, abs=0.02)
    assert balanced(found, replace(learned, threshold=1.1)) == {"one": 0.5, "two": 0.5}
    for example in found:  # and whether the best sentence is right is told as well
        evidence = weigh(example.seen, learned)
        assert example.right(candidate for _, candidate in evidence.ranked)[0] is example.question.answerable
        assert (evidence.sentence_probabilities[0] >= 0.5) is example.question.answerable
        assert all(probability < 0.5 for probability in evidence.sentence_probabilities[1:])


def test_learning_gives_the_same_weights_every_time() -> None:
    found = synthetic("one", 40)
    assert train_answerer(found, NOTHING, read=False) == train_answerer(found, NOTHING, read=False)


@pytest.mark.parametrize("answerable", [True, False])
def test_both_kinds_of_questions_are_needed(answerable: bool) -> None:
    found = [example for example in synthetic("one", 20) if example.question.answerable is answerable]
    with pytest.raises(DataError, match="both are needed"):
        train_answerer(found, NOTHING, read=False)
    with pytest.raises(DataError, match="both are needed"):
        train_answerer([], NOTHING, read=True)


def test_what_was_learned_from_sets_is_read_back_as_it_was_written(
    sets: list[Path], tmp_path: Path, weights_file: Path
) -> None:
    save_weights(NOTHING, weights_file)
    assert Weights.load() == NOTHING
    learned = train_answerer(examples(whole_sets(sets, tmp_path / "work")), NOTHING, read=False)
    save_weights(learned, weights_file)
    Weights.load.cache_clear()
    assert Weights.load() == learned
    lines = weights_file.read_text(encoding="utf-8").count("\n")
    assert lines > len(SENTENCE) + len(ANSWERABLE) + len(RIGHT)  # one a line


class Knowing:
    """Stands in for a reader that knows the right answers of the sets, and says of all else that it is none."""

    def __init__(self, sets: list[Path]) -> None:
        self.answers = {q.text: q.answers for folder in sets for q in read_questions(folder)}

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[PassageReading]:
        return [seen(text, self.answers.get(question, ()), 5.0, -5.0) for _, text in passages]


def test_weights_of_what_is_read_are_learned_beside_the_others_and_come_back(
    sets: list[Path], tmp_path: Path, weights_file: Path
) -> None:
    plain, _ = train_weights(sets, tmp_path / "work", NOTHING)
    assert plain.reading is None
    learned, found = train_weights(sets, tmp_path / "work", NOTHING, Knowing(sets))
    assert learned.reading
    assert replace(learned, reading=None) == plain
    assert learned.reading.sentence["read"] > 0.2
    assert learned.reading.answerable["read"] > 0
    assert learned.reading.answerable["read_passage"] > 0
    assert learned.reading.right["agreement"] > 0
    told = balanced(found, learned.reading)
    assert (told["towns"], told["lands"]) == (1.0, 1.0)
    kept, _ = train_weights(sets, tmp_path / "work", learned)  # without a reader they stay as they were
    assert kept.reading == learned.reading
    save_weights(learned, weights_file)
    Weights.load.cache_clear()
    assert Weights.load() == learned


def test_questions_that_a_reader_has_learned_teach_nothing_of_what_it_reads(sets: list[Path], tmp_path: Path) -> None:
    asked = [question for folder in sets for question in read_questions(folder)]
    kept, everything = (
        [
            len(examples(make(sets, tmp_path / "work"), Knowing(sets), learned))
            for make in (whole_sets, few_articles, other_sets)
        ]
        for learned in ({asked[0].text}, ())
    )
    assert kept[0] == everything[0] - 1
    assert kept[1] < everything[1]
    assert kept[2] < everything[2]


# The shipped files


@pytest.fixture(scope="module")
def shipped() -> Weights:
    Weights.load.cache_clear()
    return Weights.load()


@pytest.mark.parametrize("read", [False, True])
def test_the_shipped_weights_name_only_features_that_there_are(
    sets: list[Path], tmp_path: Path, shipped: Weights, read: bool
) -> None:
    reader = Knowing(sets) if read else None
    example = examples(whole_sets(sets[:1], tmp_path / "work"), reader)[0]
    weights = shipped.reading if read else shipped
    assert weights
    evidence = weigh(example.seen, weights)
    assert {"intercept"} <= set(weights.answerable) <= set(evidence.features)
    assert {"intercept"} <= set(weights.right) <= set(evidence.sentences[0])
    assert set() < set(weights.sentence) <= set(evidence.ranked[0][1].features)
    # what training can make anew
    assert set(weights.answerable) <= {"intercept", *ANSWERABLE, *(READ_ANSWERABLE if read else UNREAD_ANSWERABLE)}
    assert set(weights.right) <= {"intercept", *RIGHT, *(READ_RIGHT if read else ())}
    assert set(weights.sentence) <= {*SENTENCE, *(READ_SENTENCE if read else ())}


def test_the_shipped_weights_are_plain_numbers(shipped: Weights) -> None:
    assert shipped.reading
    assert shipped.reading.reading is None
    for weights in (shipped, shipped.reading):
        assert 0 < weights.threshold < 1
        assert 0 < weights.near <= weights.least < 1  # what is told as the nearest may be less likely than an answer
        assert weights.least <= weights.further < 1  # and what is told beside the best is no less likely
        numbers = [*weights.sentence.values(), *weights.answerable.values(), *weights.right.values()]
        assert all(math.isfinite(weight) for weight in numbers)


def test_the_shipped_means_belong_to_the_bundled_model_and_hold_eleven_languages() -> None:
    embedder = load_embedder()
    with np.load(MEANS_FILE, allow_pickle=False) as stored:
        assert str(stored["fingerprint"]) == embedder.fingerprint
        names = set(stored.files) - {"fingerprint"}
        assert all(stored[name].shape == (embedder.dimension,) for name in names)
        assert all(np.isfinite(stored[name]).all() for name in names)
    languages = {name.split("/")[1] for name in names} - {""}
    assert len(languages) == 11
    assert names == {f"{side}/{language}" for side in SIDES for language in {*languages, ""}}
