from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest

from index.article import Article
from retrieval.answering.answer import Answer, Citation
from retrieval.answering.weights import Weights
from retrieval.asking.qa import ArticleQA
from retrieval.learning.evaluation import Trial, ask, evaluate, outcome_of
from retrieval.learning.gold import is_hit
from retrieval.learning.overlap import Overlap
from retrieval.learning.report import Outcome
from retrieval.learning.sets import Question, open_set
from retrieval.pipeline.steps import Extracted, Understood, Unsearched, View
from retrieval.search.retriever import Results, Retriever
from retrieval.understanding.conversation import Leaning
from tests.retrieval.learning.conftest import GOLD, OTHER, QUESTION, RECORD, passage, write

UNDERSTOOD = Understood(
    QUESTION.text, QUESTION.text, Leaning(QUESTION.text), "fr", None, None, QUESTION.text, date(2025, 3, 5),
    cast("View", None),
)  # fmt: skip


# Judging an answer


class Library(ArticleQA):
    """Two articles, and nothing that answers."""

    def __init__(self) -> None:
        pass

    def article(self, article_id: str) -> Article | None:
        texts = {"articles/pont.md": f"Avant. {GOLD} Après.", "articles/media.md": OTHER}
        text = texts.get(article_id)
        return Article(article_id, "Titre", text, None, "fr", "", "") if text else None


def citation(quote: str, start: int, file: str = "pont.md") -> Citation:
    return Citation(1, f"articles/{file}", "Titre", "", "", None, start, start + len(quote), quote)


def judged(text: str, *citations: Citation, found: bool = True, question: Question = QUESTION) -> Outcome:
    answer = Answer(question.text, question.text, text, citations, found=found)
    return outcome_of(Library(), Trial(question, UNDERSTOOD, [passage(GOLD)], Unsearched(UNDERSTOOD), answer))


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
    cited = citation("Le pont", 7)
    told = judged("Cela a coûté 3,5 millions. [1]", cited)
    assert (told.right, told.at_once, told.sentences) == (True, True, (True,))
    refused = judged("Cela a coûté 3,5 millions. [1]", cited, found=False)
    assert (refused.right, refused.at_once, refused.sentences) == (False, False, ())


def test_markers_go_before_150_characters_are_counted() -> None:
    wanted = " 3,5 millions"
    assert judged("mot [1] " * 34 + wanted).at_once
    assert judged("x" * (150 - len(wanted)) + wanted).at_once
    late = judged("x" * (150 - len(wanted) + 1) + wanted)
    assert (late.right, late.at_once) == (True, False)


def test_sentences_and_words_are_judged_by_what_they_cite() -> None:
    dear, reopened = citation(GOLD[46:], 7 + 46), replace(citation(GOLD[:45], 7, "media.md"), number=2)
    outcome = judged("Il a coûté 3,5 millions. [1] Il a coûté 3,5 millions. [2]", dear, reopened)
    assert outcome.sentences == (True, False)
    assert outcome.words == Overlap(shown=11 + len(OTHER[7:52].split()), gold=11, both=11)


def test_a_quote_of_a_headline_is_verbatim_there() -> None:
    told = replace(citation("Titre", 0), in_title=True)
    outcome = judged("Titre [1] Titre [2]", told, replace(told, number=2, start=1))
    assert (outcome.citations, outcome.verbatim) == (2, 1)
    assert not outcome.cited
    assert judged("Titre [1]", told, question=replace(QUESTION, answers=("titre",))).cited


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


def test_a_hit_is_looked_for_in_what_was_found() -> None:
    assert judged("Oui.").hit
    assert not judged("3,5 millions [1]", question=replace(QUESTION, gold=(("media.md", OTHER),))).hit


# Asking


@pytest.fixture
def qa(folder: Path, tmp_path: Path) -> Iterator[ArticleQA]:
    write(folder, RECORD)
    with open_set(folder, tmp_path / "work") as (_, opened):
        yield opened


def test_a_question_is_asked_on_its_own_day(qa: ArticleQA) -> None:
    day = date(2025, 2, 14)
    assert ask(qa, QUESTION).understood.today == date.today()
    assert ask(qa, replace(QUESTION, today=day)).understood.today == day


def test_search_and_answer_have_the_history_and_the_search_100_passages(
    qa: ArticleQA, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[tuple[str, int, str]] = []
    search = Retriever.search

    def noted(self: Retriever, question: str, k: int, *, before: str = "", **more: Any) -> Results:  # noqa: ANN401
        searched.append((question, k, before))
        return search(self, question, k, before=before, **more)

    monkeypatch.setattr(Retriever, "search", noted)
    question = replace(QUESTION, text="Et combien a-t-il coûté ?", history=(("Quand a rouvert le pont ?", "Mardi."),))
    asked = ask(qa, question)
    assert searched[-1] == (question.text, 100, "Quand a rouvert le pont ?")
    assert "Quand a rouvert le pont ?" in {before for _, _, before in searched[:-1]}
    assert max(k for _, k, _ in searched[:-1]) < 100  # of the answer itself
    assert is_hit(question, asked.passages)
    assert [(t.question, t.answer) for t in question.conversation().turns] == list(question.history)


def test_what_is_kept_is_what_was_answered(qa: ArticleQA) -> None:
    asked = ask(qa, QUESTION)
    alone = qa.ask(QUESTION.text)
    assert replace(asked.answer, seconds=0) == replace(alone, seconds=0)
    assert 0 < asked.answer.seconds < 60
    assert isinstance(asked.retrieved, Extracted)
    results, extract = asked.retrieved.results, asked.retrieved.extract
    assert extract.probability == alone.probability
    assert [draft.quote for draft in extract.drafts] == [citation.quote for citation in alone.citations]
    assert asked.passages[0].article_id == results.hits[0].passage.article_id


def test_small_talk_is_answered_and_nothing_is_kept_of_a_search(qa: ArticleQA) -> None:
    asked = ask(qa, replace(QUESTION, text="Merci beaucoup"))
    assert isinstance(asked.retrieved, Unsearched)
    assert outcome_of(qa, asked).judged is None


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


ARTICLES = {
    "pont.md": "Le pont de Saint-Aubin a rouvert mardi. Les travaux du pont ont duré quatorze mois.",
    "media.md": "La médiathèque ouvrira le dimanche. Cinq étudiants tiendront l'accueil de la médiathèque.",
}
# (question, article or None, answer)
ASKED = (
    ("Combien de mois ont duré les travaux du pont ?", "pont.md", "quatorze"),
    ("Qui tiendra l'accueil de la médiathèque le dimanche ?", "media.md", "Cinq étudiants"),
    ("Combien de temps ont duré les travaux du pont ?", "pont.md", "deux siècles"),  # the gold answer is wrong
    ("Merci beaucoup", "pont.md", "Avec plaisir"),  # small talk
    ("What is the boiling point of tungsten?", None, ""),
    ("Combien de semaines la médiathèque fermera-t-elle en 1970 ?", None, ""),  # no sentence fits
)


def asked_record(number: int, question: str, file: str | None, answer: str) -> dict[str, Any]:
    return {
        "id": f"q{number}", "question": question, "answers": [answer] if file else [], "article": file,
        "passage": ARTICLES[file] if file else None, "answerable": file is not None, "history": [],
    }  # fmt: skip


@pytest.fixture
def towns(tmp_path: Path) -> Path:
    """A set of two articles and six questions, one of them small talk."""
    folder = tmp_path / "towns"
    (folder / "articles").mkdir(parents=True)
    for file, text in ARTICLES.items():
        head = f"---\ntitle: Article {file.removesuffix('.md')}\nlanguage: fr\n---\n"
        (folder / "articles" / file).write_text(head + text + "\n", encoding="utf-8")
    lines = [json.dumps(asked_record(number, *asked), ensure_ascii=False) for number, asked in enumerate(ASKED)]
    (folder / "questions.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


# Judging a set


def test_every_question_but_small_talk_is_judged_as_if_nothing_were_refused(towns: Path, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    judged = evaluate(towns, tmp_path / "work", progress=lambda *step: told.append(step)).judged
    assert [j.answerable for j in judged] == [True, True, True, False, False]
    assert [j.right for j in judged] == [True, True, False, False, False]
    assert [j.answered for j in judged] == [True] * 5
    assert all(0 <= j.probability <= 1 for j in judged)
    assert [step for step in told if step[0] == "asking towns"] == [("asking towns", n, 6) for n in range(6)]


def test_what_is_judged_is_what_is_told_and_measured(towns: Path, tmp_path: Path) -> None:
    report = evaluate(towns, tmp_path / "work")
    judged, threshold = report.judged, Weights.load().threshold
    asked = [outcome for outcome in report.outcomes if outcome.question.text != "Merci beaucoup"]
    with open_set(towns, tmp_path / "work") as (questions, qa):
        answers = [qa.ask(question.text) for question in questions if question.text != "Merci beaucoup"]
    assert [j.probability for j in judged] == [answer.probability for answer in answers]
    assert [j.answered and j.probability >= threshold for j in judged] == [answer.found for answer in answers]
    assert [replace(o.answer, seconds=0) for o in asked] == [replace(answer, seconds=0) for answer in answers]
    assert [j.right and j.probability >= threshold for j in judged] == [o.right for o in asked]
