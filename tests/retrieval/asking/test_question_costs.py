"""What opening an index and a question cost: counted, for nothing is timed here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import onnxruntime
import pytest

import index.embedding.embedder
from index.embedding.bundled.prepare import LOWER_FILE, UPPER_FILE
from index.store.folder import FolderGeneration
from index.store.segments.segment import ARTICLES
from retrieval import ArticleQA, Conversation
from tests.benchmarks.search_speed import build

QUESTION = "Combien de médailles les Français ont-ils remportées à Paris ?"
FOLLOW_UP = "Dont combien en or ?"
QUESTIONS = [
    QUESTION,
    "Depuis quand la ligne 14 circule-t-elle sans conducteur ?",
    "Who was the mannequin in the commander's seat?",
    "Wie viel kostet das Deutschlandticket im Monat?",
    "Quelle est la capitale de l'Australie ?",
]
PROCESS_IO = Path("/proc/self/io")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the ONNX files that were opened; the embedder is not loaded yet."""
    files: list[str] = []
    make = onnxruntime.InferenceSession.__init__

    def noted(session: onnxruntime.InferenceSession, path: str, *arguments: object, **options: object) -> None:
        files.append(Path(path).name)
        make(session, path, *arguments, **options)

    monkeypatch.setattr(onnxruntime.InferenceSession, "__init__", noted)
    monkeypatch.setattr(index.embedding.embedder, "_loaded", {})
    return files


@pytest.fixture
def bare(seed_index: Path) -> Iterator[ArticleQA]:
    """The starter articles, without a reader: it has layers of its own."""
    with closing(ArticleQA.open(seed_index, reader=False)) as qa:
        yield qa


@pytest.fixture(scope="module")
def by_size(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Made-up indexes by their passages."""
    folder = tmp_path_factory.mktemp("sizes")
    for size in (500, 5_000):
        build(folder / str(size), size)
    return {size: folder / str(size) for size in (500, 5_000)}


# The model


def test_opening_loads_each_half_of_the_model_once_and_questions_load_nothing(
    seed_index: Path, opened: list[str]
) -> None:
    with closing(ArticleQA.open(seed_index)) as qa, closing(ArticleQA.open(seed_index)) as other:
        at_first = list(opened)
        assert Counter(at_first) >= Counter([LOWER_FILE, UPPER_FILE])
        assert max(Counter(at_first).values()) == 1
        for question in QUESTIONS:
            qa.ask(question)
            other.ask(question)
        qa.refresh()
        assert opened == at_first


@pytest.mark.parametrize("ask", [ArticleQA.search, ArticleQA.ask])
def test_a_question_goes_through_each_half_of_the_model_once(
    bare: ArticleQA, ran: list[str], ask: Callable[[ArticleQA, str], object]
) -> None:
    for question in QUESTIONS:
        ask(bare, question)
        assert ran == ["ids", "states"], question
        ran.clear()


def test_a_follow_up_is_embedded_alone_and_with_what_it_leans_on(bare: ArticleQA, ran: list[str]) -> None:
    chat = Conversation()
    bare.ask(QUESTION, conversation=chat)
    ran.clear()
    bare.ask(FOLLOW_UP, conversation=chat)
    assert ran == ["ids", "states"] * 2


def test_small_talk_and_emoji_go_through_no_model(bare: ArticleQA, ran: list[str]) -> None:
    for message in ("Bonjour !", "Merci", "😀"):
        bare.ask(message)
    assert ran == []


# The disk


def statements(qa: ArticleQA, work: Callable[[], object]) -> list[str]:
    """Returns the SQL that `work` has run."""
    said: list[str] = []
    assert isinstance(qa.generation, FolderGeneration)
    (segment,) = qa.generation.segments
    segment.db.set_trace_callback(said.append)
    work()
    segment.db.set_trace_callback(None)
    return said


def test_a_search_takes_as_many_sql_statements_whatever_the_size(by_size: dict[int, Path]) -> None:
    for folder in by_size.values():
        with closing(ArticleQA.open(folder, reader=False)) as qa:
            question = next(iter(qa.generation.articles())).text[:60]
            qa.search(question)  # what is read once for all
            said = statements(qa, lambda qa=qa, question=question: qa.search(question))  # type: ignore[misc]  # bound here
            assert 1 <= len(said) <= 4, said


def test_an_answer_takes_at_most_so_many_sql_statements(bare: ArticleQA) -> None:
    for question in QUESTIONS:
        bare.ask(question)
        said = statements(bare, lambda question=question: bare.ask(question))  # type: ignore[misc]  # bound here
        assert 1 <= len(said) <= 36, (question, len(said), Counter(said).most_common(3))


@pytest.mark.skipif(not PROCESS_IO.exists(), reason="only Linux counts what a process reads")
def test_opening_maps_vectors_instead_of_reading_them(by_size: dict[int, Path]) -> None:
    read, texts = [], []
    for folder in by_size.values():
        ArticleQA.open(folder, reader=False).close()  # the model, and what Python imports
        before = bytes_read()
        with closing(ArticleQA.open(folder, reader=False)) as qa:
            read.append(bytes_read() - before)
            assert isinstance(qa.generation, FolderGeneration)
            texts.append((qa.generation.segments[0].folder / ARTICLES).stat().st_size)
    assert read[1] - read[0] <= texts[1] - texts[0]  # the vectors' files grow twice as much


def bytes_read() -> int:
    """Returns what this process has read so far by reading; what is mapped does not count."""
    return int(PROCESS_IO.read_text(encoding="ascii").split()[1])
