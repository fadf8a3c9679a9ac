"""An open ArticleQA takes up what was published since, between two questions."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from index import ArticlebotError, IndexReport, build_index, load_embedder
from index.store.anywhere.filters import Filter
from index.store.live import generations_of, roll_back
from retrieval import Answer, ArticleQA
from retrieval.asking.views import Views, open_view

QUESTION = "Combien de mois ont duré les travaux du pont de Saint-Aubin ?"


def bridge(months: int) -> str:
    return f"# Le pont\n\nLes travaux du pont de Saint-Aubin ont duré {months} mois. Le maire a coupé le ruban.\n"


@dataclass
class Opened:
    """A folder of articles, the index made of it, and a reader that has it open."""

    source: Path
    index: Path
    qa: ArticleQA

    def update(self, months: int, *, kept: int = 1, model: str | None = None) -> IndexReport:
        (self.source / "pont.md").write_text(bridge(months), encoding="utf-8")
        return build_index(self.source, self.index, kept=kept, model=model)

    def generations(self) -> list[str]:
        return [generation["name"] for generation in generations_of(self.index)]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "pont.md").write_text(bridge(14), encoding="utf-8")
    build_index(tmp_path / "news", tmp_path / "index")
    with closing(ArticleQA.open(tmp_path / "index")) as qa:
        yield Opened(tmp_path / "news", tmp_path / "index", qa)


def months(answer: Answer) -> str:
    return answer.citations[0].quote.split()[-2]


def test_new_generation_answers_after_a_refresh_and_not_before(opened: Opened) -> None:
    opened.update(15)
    assert months(opened.qa.ask(QUESTION)) == "14"
    assert opened.qa.refresh()
    assert months(opened.qa.ask(QUESTION)) == "15"
    assert not opened.qa.refresh()


def test_rollback_is_taken_up_like_any_other_generation(opened: Opened) -> None:
    opened.update(15, kept=2)
    opened.qa.refresh()
    roll_back(opened.index)
    assert opened.qa.refresh()
    assert months(opened.qa.ask(QUESTION)) == "14"


def test_question_on_its_way_is_answered_from_the_generation_that_it_began_with(opened: Opened) -> None:
    qa = opened.qa
    understood = qa.understand(QUESTION)
    opened.update(15)
    qa.refresh()
    answerer = qa._pipeline.pack(qa.retrieve(understood))
    (proposal,) = answerer.propose()
    answer = answerer.verify(proposal)[-1]
    assert isinstance(answer, Answer)
    assert months(answer) == "14"
    assert months(qa.ask(QUESTION)) == "15"


def test_generation_before_goes_with_its_last_question_and_with_its_files(opened: Opened) -> None:
    understood = opened.qa.understand(QUESTION)
    for number in (15, 16):
        opened.update(number)
        opened.qa.refresh()
    opened.update(17)
    assert "00000001" in opened.generations()  # the question on its way
    assert "00000002" not in opened.generations()  # nobody's
    del understood
    gc.collect()
    opened.qa.refresh()
    opened.update(18)
    assert opened.generations() == ["00000004", "00000005"]  # the reader's and the live one


def test_refreshing_again_and_again_keeps_no_file_open(opened: Opened) -> None:
    def held() -> int:
        gc.collect()
        return sum(1 for _ in Path("/proc/self/fd").iterdir())

    opened.update(15)
    opened.qa.refresh()
    opened.qa.ask(QUESTION)
    before = held()
    for number in range(16, 22):
        opened.update(number)
        opened.qa.refresh()
        opened.qa.ask(QUESTION)
    assert held() == before


def test_threads_that_ask_while_another_refreshes_see_whole_generations(opened: Opened) -> None:
    seen: list[list[str]] = [[] for _ in range(3)]
    wrong: list[BaseException] = []
    stop = threading.Event()

    def ask(answers: list[str]) -> None:
        try:
            while not stop.is_set():
                answers.append(months(opened.qa.ask(QUESTION)))
        except BaseException as error:  # noqa: BLE001  to be shown where the test is
            wrong.append(error)

    threads = [threading.Thread(target=ask, args=(answers,)) for answers in seen]
    for thread in threads:
        thread.start()
    for number in range(15, 25):
        opened.update(number)
        opened.qa.refresh()
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    for answers in seen:
        assert answers == sorted(answers)
        assert set(answers) <= {str(number) for number in range(14, 25)}
    assert months(opened.qa.ask(QUESTION)) == "24"


def test_index_of_another_model_is_taken_up_with_it(opened: Opened) -> None:
    before = opened.qa.generation.fingerprint
    opened.update(15, model=str(load_embedder().folder))
    assert opened.qa.refresh()
    assert opened.qa.generation.fingerprint != before
    assert months(opened.qa.ask(QUESTION)) == "15"


def test_generation_that_cannot_be_opened_leaves_the_one_before_answering(opened: Opened) -> None:
    report = opened.update(15, kept=2)
    vectors = max((opened.index / "generations" / report.generation).rglob("vectors.faiss"))  # of the new segment
    whole = vectors.read_bytes()
    vectors.write_bytes(whole[::-1])
    with pytest.raises(ArticlebotError, match=r"vectors\.faiss: its checksum"):
        opened.qa.refresh()
    assert months(opened.qa.ask(QUESTION)) == "14"
    vectors.write_bytes(whole)
    assert opened.qa.refresh()
    assert months(opened.qa.ask(QUESTION)) == "15"


def test_current_that_is_damaged_leaves_the_generation_before_answering(opened: Opened) -> None:
    current = opened.index / "CURRENT"
    current.write_text("rubbish")
    with pytest.raises(ArticlebotError, match="the number of a generation wanted"):
        opened.qa.refresh()
    assert months(opened.qa.ask(QUESTION)) == "14"


def test_narrowed_views_are_kept_while_their_generation_is_live(opened: Opened) -> None:
    views = Views(opened.index, open_view(opened.index, None, None))
    came = views.live.generation.arrivals.latest
    new, before = Filter(newer=came - 1), Filter(older=came - 1)
    kept = views.of(new), views.of(before), views.of(Filter(language="fr"))
    assert (views.of(new), views.of(before), views.of(Filter(language="fr"))) == kept
    whole = views.live
    opened.update(15)
    assert views.refresh()
    assert views.of(new) is not kept[0]
    assert views.of(new, whole) is not views.of(new)
    assert views.of(new, whole).generation.name == whole.generation.name
    whole.generation.close()
    views.live.generation.close()
