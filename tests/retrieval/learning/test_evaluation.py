from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from index import ArticlebotError
from index.article import Article, Passage
from retrieval.answering.answer import Answer, Citation
from retrieval.asking.qa import ArticleQA
from retrieval.learning.evaluation import (
    Outcome,
    Report,
    ask,
    below_floors,
    confidence,
    evaluate,
    holds_answer,
    is_hit,
    normalise,
    read_floors,
    set_folder,
)
from retrieval.learning.sets import EvaluationError, Question, read_questions
from retrieval.understanding.conversation import Conversation

GOLD = (
    "Le pont de Saint-Aubin a rouvert mardi matin. Les travaux ont duré quatorze mois, et coûté 3,5 millions d’euros."
)
OTHER = "La médiathèque ouvrira le dimanche. Cinq étudiants tiendront l'accueil."
QUESTION = Question(
    id="q1", text="Combien ont coûté les travaux ?", answers=("3,5 millions",), gold=(("pont.md", GOLD),),
    answerable=True, history=(), evidence=(),
)  # fmt: skip


def passage(text: str, file: str = "pont.md", start: int = 0) -> Passage:
    article_id = f"articles/{file}"
    return Passage(
        f"{article_id}#{start}", article_id, "Titre", "", "", None, "fr", start, start + len(text), text, score=1.0
    )


# Text


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("L’été à Kœln — 3,5 % !", "l ete a kœln 3 5"),
        ("  deux\n\tmots  ", "deux mots"),
        ("ﬁn ① ½ ²", "fin 1 1 2 2"),
        ("Straße ÉCOLE", "straße ecole"),
        ("e\u0301te\u0301", "ete"),
        ("الحَرب 12", "الحرب 12"),
        ("snake_case", "snake_case"),
        ("« … »", ""),
    ],
)
def test_text_is_normalised_by_nfkd_without_accents_in_lower_case_with_single_spaces(
    text: str, normalised: str
) -> None:
    assert normalise(text) == normalised


@pytest.mark.parametrize(
    ("text", "answer", "is_held"),
    [
        ("en 1971 à Tartous", "1971", True),
        ("en 19714 à Tartous", "1971", False),
        ("le 12 février", "2 février", False),
        ("la Syrienne", "Syrie", False),
        ("la Syrie", "SYRIE", True),
        ("coûté 3,5 millions", "3.5 millions", True),
        ("l'euro", "euro", True),
        ("война1", "война", False),
        ("войнам", "война", True),  # borders are those of a-z and 0-9
        ("n’importe", "", False),
        ("n’importe", "…", False),
        ("a+b", "a.b", True),
        ("aXb", "a.b", False),
    ],
)
def test_an_answer_matches_at_borders_of_letters_and_digits(text: str, answer: str, is_held: bool) -> None:
    assert holds_answer(normalise(text), answer) is is_held


# hit@4000


def test_an_answer_in_a_passage_of_the_gold_article_is_a_hit() -> None:
    assert is_hit(QUESTION, [passage(OTHER, "media.md"), passage("Cela a coûté 3,5 millions.")])


def test_the_same_words_in_another_article_are_none() -> None:
    assert not is_hit(QUESTION, [passage("Cela a coûté 3,5 millions.", "media.md")])


def test_the_passage_that_crosses_4000_characters_is_read_and_the_next_is_not() -> None:
    held = passage("Il a coûté 3,5 millions.")
    assert is_hit(QUESTION, [passage("x" * 3_999, "media.md"), held])
    assert not is_hit(QUESTION, [passage("x" * 4_001, "media.md"), held])
    assert is_hit(QUESTION, [passage("x" * 3_999, "media.md"), passage("y" * 5_000 + " 3,5 millions.")])
    assert not is_hit(QUESTION, [passage("x" * 2_100, "media.md"), passage("y" * 2_100, "media.md"), held])


def test_raw_characters_are_counted_not_normalised_ones() -> None:
    held = passage("Il a coûté 3,5 millions.")
    assert not is_hit(QUESTION, [passage(" …" * 2_001, "media.md"), held])


def test_an_answer_of_120_normalised_characters_or_more_is_not_looked_for() -> None:
    text = "mot " * 29 + "xyz"
    assert len(normalise(text)) == 119
    assert is_hit(replace(QUESTION, answers=(text,)), [passage(text)])
    assert not is_hit(replace(QUESTION, answers=(text + "z",)), [passage(text + "z")])
    assert is_hit(replace(QUESTION, answers=(text + "…!",)), [passage(text)])  # 119 after normalising


def test_the_first_60_normalised_characters_of_a_gold_passage_are_a_hit_too() -> None:
    unfound = replace(QUESTION, answers=())
    head = normalise(GOLD)[:60]
    assert head[-1] != " "
    assert is_hit(unfound, [passage(f"Avant. {head} et une autre suite.")])
    assert is_hit(unfound, [passage(head.upper())])
    assert not is_hit(unfound, [passage(head[:59] + "#")])
    assert not is_hit(unfound, [passage(head, "media.md")])
    assert not is_hit(replace(unfound, gold=(("pont.md", " … "),)), [passage(GOLD)])


def test_any_of_several_gold_passages_counts_in_its_article() -> None:
    several = replace(QUESTION, answers=(), gold=(("pont.md", GOLD), ("media.md", OTHER)))
    assert is_hit(several, [passage(OTHER, "media.md")])
    assert is_hit(several, [passage("Trois."), passage(GOLD)])
    assert not is_hit(several, [passage("Trois.")])


def test_nothing_found_is_no_hit() -> None:
    assert not is_hit(QUESTION, [])


def test_an_article_in_a_subfolder_is_named_by_its_path() -> None:
    deep = replace(QUESTION, gold=(("2025/pont.md", GOLD),))
    assert is_hit(deep, [passage("3,5 millions", "2025/pont.md")])
    assert not is_hit(deep, [passage("3,5 millions", "pont.md")])


# Judging an answer


class Scripted(ArticleQA):
    """Answers as it is told, over two articles; remembers what it was asked."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.searched: list[tuple[str, int, int]] = []  # (question, k, turns)
        self.days: list[date | None] = []

    def search(
        self,
        question: str,
        k: int = 5,
        *,
        conversation: Conversation | None = None,
        today: date | None = None,
        **_: object,
    ) -> list[Passage]:
        self.searched.append((question, k, len(conversation or ())))
        self.days.append(today)
        return [passage(GOLD)]

    def ask(
        self, question: str, *, conversation: Conversation | None = None, today: date | None = None, **_: object
    ) -> Answer:
        self.days.append(today)
        if conversation is not None:
            conversation.add(question, self.answer.text)
        return self.answer

    def article(self, article_id: str) -> Article | None:
        texts = {"articles/pont.md": f"Avant. {GOLD} Après.", "articles/media.md": OTHER}
        text = texts.get(article_id)
        return Article(article_id, "Titre", text, None, "fr", "", "") if text else None


def citation(quote: str, start: int, file: str = "pont.md") -> Citation:
    return Citation(1, f"articles/{file}", "Titre", "", "", None, start, start + len(quote), quote)


def judged(text: str, *citations: Citation, found: bool = True, question: Question = QUESTION) -> Outcome:
    answer = Answer(question.text, question.text, text, citations, found=found)
    return ask(Scripted(answer), question)


def test_a_question_is_asked_on_its_own_day() -> None:
    scripted, day = Scripted(Answer("", "", "")), date(2025, 2, 14)
    ask(scripted, QUESTION)
    ask(scripted, replace(QUESTION, today=day))
    assert scripted.days == [None, None, day, day]


def test_markers_go_before_600_characters_are_counted() -> None:
    wanted = " 3,5 millions"
    filling = "mot [1] " * 146
    bare = "mot " * 146
    assert len(bare) == 584
    assert judged(filling[:-1] + wanted).right
    assert not judged("x" * 600 + wanted).right
    assert not judged("x" * (600 - len(wanted) + 1) + wanted).right  # cut within the answer: "3,5 million"
    assert judged("x" * (600 - len(wanted)) + wanted).right


def test_an_answer_that_was_not_found_is_never_right() -> None:
    assert judged("Cela a coûté 3,5 millions. [1]").right
    assert not judged("Cela a coûté 3,5 millions. [1]", found=False).right


def test_a_citation_that_overlaps_a_gold_passage_counts() -> None:
    begin, end = len("Avant. "), len("Avant. ") + len(GOLD)
    assert judged("Oui. [1]", citation("Le pont", begin)).cited
    assert judged("Oui. [1]", citation("Avant. Le", 0)).cited
    assert judged("Oui. [1]", citation("s. A", end - 2)).cited
    assert not judged("Oui. [1]", citation("Avant. ", 0)).cited  # touches, shares no character
    assert not judged("Oui. [1]", citation(" Après.", end)).cited
    assert not judged("Oui. [1]", citation("Le pont", begin, "media.md")).cited
    assert judged("Oui. [1] Non. [2]", citation(" Après.", end), citation("mardi", GOLD.index("mardi"))).cited


def test_quotes_that_are_not_verbatim_are_counted() -> None:
    good, altered = citation("Le pont", 7), citation("le pont", 7)
    gone = citation("Le pont", 7, "gone.md")
    outcome = judged("Oui. [1]", good, altered, gone)
    assert (outcome.citations, outcome.verbatim) == (3, 1)


def test_search_comes_before_the_answer_with_the_history_and_100_passages() -> None:
    question = replace(QUESTION, history=(("Quand ?", "Mardi."), ("Où ?", "À Saint-Aubin.")))
    scripted = Scripted(Answer("q", "q", "Rien."))
    outcome = ask(scripted, question)
    assert scripted.searched == [(QUESTION.text, 100, 2)]
    assert outcome.hit
    assert [(t.question, t.answer) for t in question.conversation().turns] == list(question.history)


# Metrics


def outcome(
    *, answerable: bool = True, found: bool = True, hit: bool = False, right: bool = False, cited: bool = False,
    citations: int = 0, verbatim: int = 0, seconds: float = 0.0, text: str = "", second: bool | None = None,
) -> Outcome:  # fmt: skip
    answer = Answer("q", "q", text, found=found, seconds=seconds)
    return Outcome(replace(QUESTION, answerable=answerable), hit, answer, right, cited, citations, verbatim, second)


def test_metrics_are_what_a_hand_computes() -> None:
    report = Report(
        "hand",
        [
            outcome(hit=True, right=True, cited=True, citations=2, verbatim=2, seconds=0.1, text="Oui non. [1]"),
            outcome(hit=True, citations=1, verbatim=1, seconds=0.2, text="Oui. [1][2]"),
            outcome(found=False, hit=True, seconds=0.3),
            outcome(found=False, seconds=0.4, second=True),
            outcome(hit=True, right=True, cited=True, citations=1, seconds=0.5, text="Oui. [1]", second=False),
            outcome(answerable=False, found=False, seconds=0.6),
            outcome(answerable=False, found=True, hit=True, right=True, cited=True, seconds=9.0, text="Oui. [1]"),
            outcome(answerable=False, found=False, seconds=0.7),
        ],
    )
    metrics = report.metrics()
    assert metrics == {
        "questions": 8,
        "answerable": 5,
        "hit@4000": pytest.approx(4 / 5),
        "answer@600": pytest.approx(2 / 5),
        "cited": pytest.approx(2 / 3),
        "answered": pytest.approx(3 / 5),
        "refused": pytest.approx(2 / 3),
        "balanced": pytest.approx((3 / 5 + 2 / 3) / 2),
        "second": 0.5,
        "valid": pytest.approx(3 / 4),
        "characters": pytest.approx((8 + 4 + 4 + 4) / 4),
        "p50": 0.5,
        "p95": 9.0,
    }
    assert list(metrics)[:4] == ["questions", "answerable", "hit@4000", "answer@600"]


def test_what_there_is_nothing_of_is_none_not_zero() -> None:
    only_answerable = Report("a", [outcome(found=False)]).metrics()
    assert only_answerable["refused"] is None
    assert only_answerable["balanced"] is None
    assert only_answerable["cited"] is None
    assert only_answerable["valid"] is None
    assert only_answerable["answered"] == 0
    assert Report("b").metrics()["p95"] is None


@pytest.mark.parametrize(
    ("share", "count", "low", "high"),
    [
        (0.5, 10, 0.2366, 0.7634),
        (0.0, 10, 0.0, 0.2775),
        (1.0, 10, 0.7225, 1.0),
        (0.1, 100, 0.0552, 0.1744),
        (0.9, 300, 0.8609, 0.9290),
    ],
)
def test_confidence_is_wilsons_interval(share: float, count: int, low: float, high: float) -> None:
    assert list(confidence(share, count)) == pytest.approx([low, high], abs=1e-4)


def test_confidence_in_nothing_is_none_at_all() -> None:
    assert confidence(0.0, 0) == (0.0, 1.0)


# Floors


def test_floors_are_read() -> None:
    assert read_floors(["hit@4000=0.9", "valid=1"]) == {"hit@4000": 0.9, "valid": 1.0}
    assert read_floors([]) == {}


@pytest.mark.parametrize(
    ("floor", "said"),
    [
        ("hit@4000", "wanted METRIC=NUMBER"),
        ("hit@4000=high", "wanted METRIC=NUMBER"),
        ("hits=0.9", r"no metric 'hits'; there are questions, answerable, hit@4000"),
        ("", "wanted METRIC=NUMBER"),
    ],
)
def test_a_floor_that_cannot_be_read_is_a_clear_line(floor: str, said: str) -> None:
    with pytest.raises(EvaluationError, match=said):
        read_floors([floor])


def test_metrics_below_their_floors_are_named_with_both_numbers() -> None:
    reports = [Report("one", [outcome(hit=True), outcome()]), Report("two", [outcome(hit=True)])]
    assert below_floors(reports, {"hit@4000": 0.5}) == []
    assert below_floors(reports, {"hit@4000": 0.6}) == ["one: hit@4000 0.500, floor 0.6"]
    assert below_floors(reports[1:], {"balanced": 0.1}) == ["two: balanced not measured, floor 0.1"]


# Reading a set

RECORD: dict[str, Any] = {
    "id": "a", "question": "Où ?", "answers": ["ici"], "article": "pont.md", "passage": GOLD, "answerable": True,
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A set of two articles without questions yet."""
    articles = tmp_path / "set" / "articles"
    articles.mkdir(parents=True)
    for name, text in (("pont", GOLD), ("media", OTHER)):
        head = f"---\ntitle: Article {name}\ndate: 2025-03-04\nlanguage: fr\n---\n"
        (articles / f"{name}.md").write_text(head + text + "\n", encoding="utf-8")
    return tmp_path / "set"


def write(folder: Path, *records: dict[str, Any]) -> None:
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    (folder / "questions.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_a_question_is_read_with_all_its_fields(folder: Path) -> None:
    history = [{"question": "Quand ?", "answer": "Mardi."}]
    write(folder, {**RECORD, "history": history, "evidence": ["Une phrase."], "language": "fr", "unknown": 1})
    (question,) = read_questions(folder)
    assert question == Question(
        "a", "Où ?", ("ici",), (("pont.md", GOLD),), True, (("Quand ?", "Mardi."),), ("Une phrase.",)
    )


def test_several_gold_passages_and_none_are_read(folder: Path) -> None:
    passages = [{"article": "pont.md", "passage": "a"}, {"article": "media.md", "passage": "b"}]
    write(
        folder,
        {**RECORD, "article": ["pont.md", "media.md"], "passage": None, "passages": passages},
        {**RECORD, "article": None, "passage": None, "answers": [], "answerable": False, "history": None},
    )
    several, none = read_questions(folder)
    assert several.gold == (("pont.md", "a"), ("media.md", "b"))
    assert (none.gold, none.answers, none.answerable, none.history) == ((), (), False, ())


def test_a_line_separator_within_a_question_ends_no_line(folder: Path) -> None:
    write(folder, {**RECORD, "question": "Où\u2028est\x85le pont ?"}, RECORD)
    assert [question.text for question in read_questions(folder)] == ["Où\u2028est\x85le pont ?", "Où ?"]


def test_empty_lines_and_windows_line_ends_and_a_byte_order_mark_are_no_error(folder: Path) -> None:
    line = json.dumps(RECORD)
    (folder / "questions.jsonl").write_bytes(f"\ufeff{line}\r\n\r\n{line}\r\n\n".encode())
    assert len(read_questions(folder)) == 2


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[]",
        b"3",
        b'"text"',
        b"{}",
        json.dumps({**RECORD, "answers": "ici"}).encode(),
        json.dumps({**RECORD, "answers": None}).encode(),
        json.dumps({**RECORD, "question": None}).encode(),
        json.dumps({**RECORD, "answerable": "false"}).encode(),
        json.dumps({**RECORD, "history": [{"question": "Quand ?"}]}).encode(),
        json.dumps({**RECORD, "passages": [{"article": "pont.md"}]}).encode(),
        json.dumps({**RECORD, "history": ["Quand ?"]}).encode(),
        json.dumps(RECORD, ensure_ascii=False).encode("cp1252"),
        b"\x00\xff\xfe",
    ],
)
def test_a_line_that_is_no_question_is_named_by_its_number(folder: Path, line: bytes) -> None:
    good = json.dumps(RECORD).encode()
    (folder / "questions.jsonl").write_bytes(b"\n".join([good, b"", line, good]))
    with pytest.raises(EvaluationError, match=r"questions\.jsonl, line 3: ") as refused:
        read_questions(folder)
    assert "\n" not in str(refused.value)
    assert isinstance(refused.value, ArticlebotError)


def test_a_folder_that_is_no_set_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="not a set"):
        read_questions(folder)  # no questions
    with pytest.raises(EvaluationError, match="not a set"):
        read_questions(tmp_path / "none")
    (folder / "questions.jsonl").write_text("\n")
    with pytest.raises(EvaluationError, match="no questions in it"):
        read_questions(folder)


def test_sets_of_one_name_have_indexes_of_their_own(tmp_path: Path) -> None:
    one, two = (set_folder(tmp_path / parent / "piaf", tmp_path / "work") for parent in ("a", "b"))
    assert one != two
    assert {one.parent, two.parent} == {tmp_path / "work"}
    assert set_folder(tmp_path / "a" / ".." / "a" / "piaf", tmp_path / "work") == one


# A real run


def test_a_set_is_indexed_asked_and_measured(folder: Path, tmp_path: Path) -> None:
    history = [{"question": "Combien de temps ont duré les travaux du pont ?", "answer": "Quatorze mois."}]
    of_media = {"article": "media.md", "passage": OTHER, "answers": ["Cinq étudiants"]}
    unanswerable = {"article": None, "passage": None, "answers": list[str](), "answerable": False}
    write(
        folder,
        {**RECORD, "id": "1", "question": "Combien de mois ont duré les travaux du pont ?", "answers": ["quatorze"]},
        {**RECORD, "id": "2", "question": "Qui tiendra l'accueil de la médiathèque le dimanche ?", **of_media},
        {**RECORD, "id": "3", "question": "What is the boiling point of tungsten?", **unanswerable},
        {
            **RECORD,
            "id": "4",
            "question": "Et quand ?",
            "answers": ["4 mars 2025"],
            "history": history,
        },
    )
    told: list[tuple[str, int, int]] = []
    report = evaluate(folder, tmp_path / "work", progress=lambda *step: told.append(step))
    metrics = report.metrics()
    assert report.name == "set"
    assert [outcome.question.id for outcome in report.outcomes] == ["1", "2", "3", "4"]
    assert (metrics["questions"], metrics["answerable"], metrics["hit@4000"]) == (4, 3, 1.0)
    assert metrics["valid"] in (1.0, None)
    assert all(outcome.answer.seconds > 0 for outcome in report.outcomes)
    assert told[-4:] == [("asking set", done, 4) for done in range(4)]
    assert "travaux du pont" in report.outcomes[3].answer.standalone_question
    assert [outcome.second for outcome in report.outcomes] == [None, True, True, None]  # the fourth has a history
    assert report.outcomes[0].answer.passages[0].published == date(2025, 3, 4)

    told.clear()
    again = evaluate(folder, tmp_path / "work", limit=2, progress=lambda *step: told.append(step))
    assert [outcome.question.id for outcome in again.outcomes] == ["1", "2"]
    assert told[-2:] == [("asking set", 0, 2), ("asking set", 1, 2)]
    assert not any(step[0] == "embedding" for step in told)
    for before, after in zip(report.outcomes, again.outcomes, strict=False):
        assert replace(before.answer, seconds=0) == replace(after.answer, seconds=0)
