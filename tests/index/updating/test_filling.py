"""Articles are asked as soon as their passages are embedded; their sentences follow."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from subprocess import CompletedProcess
from typing import TYPE_CHECKING

import numpy as np
import pytest

from index import build_index
from index.store.anywhere.overview import index_status
from index.store.folder import FolderGeneration
from index.store.live import live_generation
from index.store.verify import problems
from index.updating import filling
from retrieval import Answer, ArticleQA

if TYPE_CHECKING:
    from tests.index.conftest import Library

Python = Callable[..., CompletedProcess[str]]
STEPS = 28  # syncs, renames and replaces of both publications, at least, as `writer.py killed` counts them
WRITER = Path(__file__).parents[1] / "writer.py"
QUESTIONS = ("Que mange le chien ?", "Où dort le chat ?", "Quelle est la capitale du Pérou ?")


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """All sentences come later, however few they are."""
    monkeypatch.setattr(filling, "SENTENCES_AT_ONCE", 0)
    monkeypatch.setenv("SENTENCES_AT_ONCE", "0")


@pytest.fixture
def waiting(library: Library, monkeypatch: pytest.MonkeyPatch) -> Library:
    """A library whose writer was stopped before it embedded a sentence."""
    monkeypatch.setattr(filling, "SENTENCES_AT_ONCE", 0)
    with monkeypatch.context() as stopped:

        def stop(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        stopped.setattr(filling, "fill", stop)
        with pytest.raises(KeyboardInterrupt):
            library.build()
    return library


def answers_of(folder: Path) -> list[Answer]:
    with closing(ArticleQA.open(folder)) as qa:
        return [qa.ask(question) for question in QUESTIONS]


def news_of(folder: Path) -> list[Answer]:
    with closing(ArticleQA.open(folder)) as qa:
        return [*qa.news("2020-01-01"), *qa.news("2020-01-01", QUESTIONS)]


def told(answers: list[Answer]) -> list[tuple[str, list[str]]]:
    return [(answer.text, [citation.quote for citation in answer.citations]) for answer in answers]


def test_what_comes_later_is_what_comes_at_once(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_index(library.source, tmp_path / "at once")
    monkeypatch.setattr(filling, "SENTENCES_AT_ONCE", 0)
    build_index(library.source, tmp_path / "later")
    with (
        closing(FolderGeneration.open(tmp_path / "at once")) as one,
        closing(FolderGeneration.open(tmp_path / "later")) as other,
    ):
        assert (one.name, other.name) == ("00000001", "00000002")  # the second took the place of the first
        assert other.waiting is None
        for segment in one.segments:
            for path in segment.folder.iterdir():
                if path.suffix not in (".sqlite", ".i64"):  # SQLite pages, and when sentences came
                    assert path.read_bytes() == (other.folder / segment.folder.name / path.name).read_bytes()
    assert told(answers_of(tmp_path / "at once")) == told(answers_of(tmp_path / "later"))


def test_what_waits_is_answered_and_filled_by_the_next_run(waiting: Library) -> None:
    before = answers_of(waiting.index)
    assert [answer.found for answer in before] == [True, True, False]
    status = index_status(waiting.index)
    assert status["sentences_waiting"] == status["sentences"] > 0
    assert problems(waiting.index) == []
    news = news_of(waiting.index)
    report = waiting.build()
    assert (report.embedded, report.added, report.notes) == (0, [], [])
    assert told(news_of(waiting.index)) == told(news)
    assert report.generation == live_generation(waiting.index)
    assert index_status(waiting.index)["sentences_waiting"] == 0
    assert [entry["live"] for entry in index_status(waiting.index)["generations"]] == [True]
    assert told(answers_of(waiting.index)) == told(before)


def test_sentences_that_a_question_needs_are_those_that_will_be_stored(waiting: Library) -> None:
    with closing(ArticleQA.open(waiting.index)) as qa:
        rows = range(qa.generation.vectors.count)
        held = [qa.generation.sentences(row) for row in rows]
    waiting.build()
    with closing(FolderGeneration.open(waiting.index)) as filled:
        for row, early in zip(rows, held, strict=True):
            stored = filled.sentences(row)
            assert stored.spans == early.spans
            # batches of other sizes: the int8 model differs by a little between them
            assert np.einsum("ij,ij->i", stored.vectors, early.vectors).min() > 0.99


def test_more_articles_come_while_others_wait(waiting: Library, tmp_path: Path) -> None:
    waiting.write(lune="# La lune\n\nLa lune est pleine ce soir. La marée est haute.\n")
    report = waiting.build()
    assert (report.added, report.notes) == (["news/lune.md"], [])
    assert index_status(waiting.index)["sentences_waiting"] == 0
    build_index(waiting.source, tmp_path / "anew")
    assert told(answers_of(waiting.index)) == told(answers_of(tmp_path / "anew"))


@pytest.mark.usefixtures("later")
def test_a_full_disk_leaves_what_is_published(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_room(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as starved:
        starved.setattr("index.store.writing.write_sentence_vectors", without_room)
        report = library.build()
    (note,) = report.notes
    assert "published, but not completed" in note
    assert "No space left on device" in note
    assert [answer.found for answer in answers_of(library.index)] == [True, True, False]
    assert (library.build().notes, problems(library.index)) == ([], [])
    assert index_status(library.index)["sentences_waiting"] == 0


def check_killed(library: Library, python: Python, steps: Iterable[int]) -> None:
    """Kills a writer at these steps of its two publications; each time the index holds the old or the new articles."""
    library.build()
    for number, step in enumerate(steps, 2):
        old, text = library.texts(), f"La lune est pleine ce soir, pour la {number}e fois. Il fait nuit."
        library.write(lune=f"# La lune\n\n{text}\n")
        done = python([WRITER, "killed", library.source, library.index, str(step)])
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert library.texts() in (old, {**old, "news/lune.md": text})
        assert answers_of(library.index)[0].found
        assert library.build().notes == []
        assert library.texts() == {**old, "news/lune.md": text}
        assert index_status(library.index)["sentences_waiting"] == 0


@pytest.mark.usefixtures("later")
def test_a_writer_that_is_killed_while_it_fills_loses_nothing(library: Library, python: Python) -> None:
    check_killed(library, python, (STEPS - 9, STEPS - 3))


@pytest.mark.full
@pytest.mark.usefixtures("later")
def test_a_writer_that_is_killed_at_any_step_loses_nothing(library: Library, python: Python) -> None:
    check_killed(library, python, range(1, STEPS + 1))
