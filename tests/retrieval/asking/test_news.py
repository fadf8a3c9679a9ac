"""What is new since a moment: of the articles, and to standing questions, once and not in other words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from index import build_index
from index.store.anywhere.stores import open_generation
from index.store.folder import FolderGeneration
from retrieval import Answer, ArticleQA, QuestionError
from retrieval.asking.news import MOST_NEWS, arrival_at, moment_of
from retrieval.asking.novelty import SAID

BRIDGE = "Le pont de Saint-Aubin a rouvert à la circulation le 4 mars 2025, après quatorze mois de travaux."
OPENED = "Quand le pont de Saint-Aubin a-t-il rouvert ?"
MARKET = "Le marché de Saint-Aubin compte 42 commerçants. La place est pavée depuis 1987."
MAYOR = "La maire de Saint-Aubin, Claire Vasseur, a démissionné lundi soir devant le conseil municipal."
WHO = "Qui a démissionné à Saint-Aubin ?"
SAME = (
    (
        "Le pont de Saint-Aubin a rouvert le 4 mars 2025.",
        "Le 4 mars 2025, le pont de Saint-Aubin a été rouvert à tous.",
    ),
    ("Les pompiers ont éteint l'incendie de la scierie.", "L'incendie de la scierie a été maîtrisé par les pompiers."),
    ("La grève finira vendredi, annoncent les syndicats.", "Les syndicats annoncent la fin de la grève pour vendredi."),
    ("The council approved the new library on Tuesday.", "On Tuesday councillors voted for the new library."),
)
GOES_ON = (
    ("Le pont de Saint-Aubin a rouvert le 4 mars 2025.", "Le pont de Saint-Aubin sera repeint en vert."),
    ("Paul Durand, le maire, a démissionné lundi.", "Paul Durand se présente à l'élection au parlement."),
    ("Les pompiers ont éteint l'incendie de la scierie.", "Une enquête est ouverte sur l'incendie de la scierie."),
    ("La grève finira vendredi, annoncent les syndicats.", "La grève des trains continue, annoncent les syndicats."),
)


@dataclass
class Paper:
    """A folder of articles that grows, its index, and the moment up to which all is known."""

    folder: Path
    index: Path
    opened: ExitStack
    since: datetime = field(default_factory=lambda: moment_of(0))

    def publish(self, name: str, text: str, title: str = "", day: str = "2025-03-05", source: str = "") -> None:
        """Brings an article into the index."""
        self.write(name, text, title, day, source)
        self.update()

    def write(self, name: str, text: str, title: str = "", day: str = "2025-03-05", source: str = "") -> None:
        head = f"---\ntitle: {title or name}\ndate: {day}\nlanguage: fr\nsource: {source or 'Le Courrier'}\n---\n"
        (self.folder / f"{name}.md").write_text(f"{head}\n{text}\n", encoding="utf-8")

    def update(self, *, full: bool = False) -> None:
        build_index(self.folder, self.index, full=full)

    def qa(self) -> ArticleQA:
        return self.opened.enter_context(ArticleQA.open(self.index))

    def news(self, *questions: str) -> list[Answer]:
        """Returns what is new since this was called last."""
        qa = self.qa()
        answers = qa.news(self.since, questions)
        self.since = moment_of(qa.generation.arrivals.latest)
        for answer in answers:
            for each in answer.citations:
                article = qa.article(each.article_id)
                assert article
                assert (article.title if each.in_title else article.text)[each.start : each.end] == each.quote
        return answers


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[Paper]:
    (tmp_path / "articles").mkdir()
    with ExitStack() as opened:
        made = Paper(tmp_path / "articles", tmp_path / "index", opened)
        made.publish("marche", MARKET, "Le marché de Saint-Aubin")
        made.news()
        yield made


def test_news_is_what_came_since_and_nothing_after_that(paper: Paper) -> None:
    assert paper.news() == []
    paper.publish("pont", BRIDGE, "La fin des travaux")
    (told,) = paper.news()
    assert told.text.splitlines()[1:] == [f"- {BRIDGE} [1]"]
    assert "[1] La fin des travaux — Le Courrier, 5 mars 2025" in str(told)
    assert paper.news() == []


def test_an_article_is_as_new_as_its_arrival_whatever_its_day(paper: Paper) -> None:
    paper.publish("vieux", BRIDGE, "Un vieil article", day="1999-01-01")
    assert "Un vieil article" in str(paper.news()[0])


def test_a_standing_question_is_answered_by_new_sentences_once(paper: Paper) -> None:
    assert paper.news(OPENED) == []
    paper.publish("pont", BRIDGE)
    (told,) = paper.news(OPENED, WHO)
    assert told.question == OPENED
    assert [each.quote for each in told.citations] == [BRIDGE]
    paper.publish("maire", MAYOR)
    (told,) = paper.news(OPENED, WHO)
    assert told.question == WHO
    assert told.citations[0].article_id == "articles/maire.md"


def test_the_same_news_in_other_words_is_none(paper: Paper) -> None:
    paper.publish("pont", BRIDGE)
    assert len(paper.news(OPENED)) == 1
    paper.publish("encore", "Rouvert le 4 mars 2025, le pont de Saint-Aubin est de nouveau emprunté par les voitures.")
    assert paper.news(OPENED) == []


def test_another_figure_is_news(paper: Paper) -> None:
    price = "Combien coûte le péage du pont de Saint-Aubin ?"
    paper.publish("peage", "Le péage du pont de Saint-Aubin coûte 3 euros.", day="2025-03-05")
    assert len(paper.news(price)) == 1
    paper.publish("hausse", "Le péage du pont de Saint-Aubin coûte désormais 4 euros.", day="2025-06-05")
    (told,) = paper.news(price)
    assert "4 euros" in told.citations[0].quote


def test_a_correction_beside_a_sentence_leaves_it_old(paper: Paper) -> None:
    paper.publish("pont", f"{BRIDGE} Le maire a coupé le ruban.")
    assert len(paper.news(OPENED)) == 1
    paper.publish("pont", f"{BRIDGE} La maire a coupé le ruban devant la foule.")
    assert paper.news(OPENED) == []


def test_what_is_moved_or_read_anew_is_as_old_as_it_was(paper: Paper) -> None:
    paper.publish("pont", BRIDGE)
    assert len(paper.news(OPENED)) == 1
    (paper.folder / "pont.md").rename(paper.folder / "ailleurs.md")
    paper.update()
    paper.update(full=True)
    assert paper.news() == []
    assert paper.news(OPENED) == []


def test_arrivals_survive_the_merging_of_segments(paper: Paper) -> None:
    for number in range(9):
        paper.publish(f"article{number}", f"La rue numéro {number} de Saint-Aubin est fermée pour travaux.")
    with ArticleQA.open(paper.index) as qa:
        assert isinstance(qa.generation, FolderGeneration)
        assert len(qa.generation.segments) < 10
        first, latest = qa.generation.arrivals.by_article
        assert len(set(latest.tolist())) == 10
        assert (first == latest).all()
        assert qa.generation.ids()[int(latest.argmax())] == "articles/article8.md"


def test_an_index_of_before_has_no_news_until_something_comes(paper: Paper) -> None:
    for path in paper.index.rglob("arrivals.i64"):
        path.unlink()
    for path in paper.index.rglob("manifest.json"):
        without_arrivals(path)
    with ArticleQA.open(paper.index) as qa:
        assert qa.news(date(2000, 1, 1)) == []
    paper.publish("pont", BRIDGE)
    with ArticleQA.open(paper.index) as qa:
        assert [each.article_id for each in qa.news(date(2000, 1, 1))[0].citations] == ["articles/pont.md"]


def without_arrivals(manifest: Path) -> None:
    """Makes a manifest that of a generation of an earlier version."""
    import json

    from index.store.manifest import manifest_bytes

    said = json.loads(manifest.read_bytes())
    said["files"] = {name: about for name, about in said["files"].items() if not name.endswith("arrivals.i64")}
    manifest.write_bytes(manifest_bytes(said))


def test_new_articles_are_told_by_source_ten_at_most_and_the_same_text_once(paper: Paper) -> None:
    for number in range(12):
        outlet = "La Gazette" if number % 3 else "Le Courrier"
        paper.write(f"a{number}", f"Le village numéro {number} a élu son maire dimanche dernier.", source=outlet)
    paper.write("depeche", f"{BRIDGE} Les automobilistes sont contents de cette ouverture tant attendue par eux.")
    paper.write("reprise", f"{BRIDGE} Les automobilistes sont contents de cette ouverture tant attendue par eux !")
    paper.update()
    (told,) = paper.news()
    assert len(told.citations) == MOST_NEWS
    assert told.text.count(BRIDGE) <= 1
    assert {"La Gazette :", "Le Courrier :"} < set(told.text.splitlines())
    assert told.text.endswith("3 de plus")


def test_what_comes_after_the_end_does_not_count(paper: Paper) -> None:
    paper.publish("pont", BRIDGE)
    with ArticleQA.open(paper.index) as qa:
        between = moment_of(qa.generation.arrivals.latest)
    paper.publish("maire", MAYOR)
    qa = paper.qa()
    assert [answer.question for answer in qa.news(paper.since, [OPENED, WHO], until=between)] == [OPENED]
    assert "démissionné" not in qa.news(paper.since, until=between)[0].text


def test_small_talk_and_questions_about_the_articles_have_no_news(paper: Paper) -> None:
    paper.publish("pont", BRIDGE)
    assert paper.news("Bonjour", "Quoi de neuf ?", "Combien d'articles y a-t-il ?") == []


def test_a_moment_is_a_datetime_a_day_or_text() -> None:
    noon = datetime(2025, 3, 5, 12, 0, 0, 1).astimezone()
    assert moment_of(arrival_at("since", noon)) == noon
    assert arrival_at("since", noon.replace(tzinfo=None)) == arrival_at("since", noon)
    assert arrival_at("since", "2025-03-05") == arrival_at("since", date(2025, 3, 5))
    assert moment_of(arrival_at("since", date(2025, 3, 5))) + timedelta(hours=12, microseconds=1) == noon


@pytest.mark.parametrize("wrong", ["yesterday", "", 3, None])
def test_no_moment_is_a_clear_line(paper: Paper, wrong: object) -> None:
    with pytest.raises(QuestionError, match=r"since: found .* wanted"):
        paper.qa().news(wrong)  # type: ignore[arg-type]


def test_what_says_the_same_is_nearer_than_what_goes_on(tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    texts = dict.fromkeys(text for pair in (*SAME, *GOES_ON) for text in pair)
    for number, text in enumerate(texts):
        (tmp_path / "articles" / f"{number:02}.md").write_text(f"# Nouvelle {number}\n\n{text}\n", encoding="utf-8")
    build_index(tmp_path / "articles", tmp_path / "index")
    generation = open_generation(tmp_path / "index")
    vectors = {text: generation.sentences(row).vectors[0] for row, text in enumerate(texts)}
    generation.close()
    assert min(float(vectors[one] @ vectors[other]) for one, other in SAME) >= SAID
    assert max(float(vectors[one] @ vectors[other]) for one, other in GOES_ON) < SAID
