"""From a REPL or a program: awaiting, `with`, wrong values, names, notebooks."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import aclosing, closing, suppress
from dataclasses import replace
from datetime import date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import ToolMessage
from numpy.typing import NDArray

import index
import retrieval
from index import ArticlebotError, build_index
from index.sources.names import SourcesError
from index.store.folder import FolderGeneration
from retrieval import Answer, ArticleQA, Citation, Conversation, QuestionError
from retrieval.pipeline.pipeline import Pipeline
from retrieval.pipeline.steps import Input, Understood
from tests.retrieval.asking.slots import every_slot_taken
from tests.retrieval.bridge import MONTHS, REOPENED
from tests.retrieval.bridge import QUESTION as BRIDGE_QUESTION
from tests.retrieval.llm.openai_server import answer_of, claim

QUESTION = "Combien de tuyaux compte le grand orgue de Notre-Dame ?"
LONGEST_S = 120.0  # only a failing test waits so long
ROOT = Path(__file__).parents[3]


def timeless(answer: Answer) -> Answer:
    return replace(answer, seconds=0)


# Awaiting


def test_awaited_answers_are_those_of_ask(qa: ArticleQA) -> None:
    async def both() -> tuple[Answer, list[str | Answer]]:
        return await qa.aask(QUESTION, language="fr"), [piece async for piece in qa.astream(QUESTION, language="fr")]

    answer, (*pieces, streamed) = asyncio.run(both())
    asked = timeless(qa.ask(QUESTION, language="fr"))
    assert timeless(answer) == asked
    assert isinstance(streamed, Answer)
    assert timeless(streamed) == asked
    assert "".join(map(str, pieces)) == asked.text


def test_the_event_loop_goes_on_while_a_question_waits_for_its_turn(qa: ArticleQA) -> None:
    async def talk() -> Answer:
        with every_slot_taken(qa):
            asked = asyncio.create_task(qa.aask(QUESTION))
            for _ in range(20):
                await asyncio.sleep(0)
            assert not asked.done()
        async with asyncio.timeout(LONGEST_S):
            return await asked

    assert asyncio.run(talk()).found


def test_fifty_questions_are_awaited_at_once(qa: ArticleQA) -> None:
    async def many() -> list[Answer]:
        return await asyncio.gather(*(qa.aask(QUESTION) for _ in range(50)))

    assert {answer.text for answer in asyncio.run(many())} == {qa.ask(QUESTION).text}


def test_a_question_that_is_cancelled_before_its_turn_is_not_begun(
    qa: ArticleQA, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    understand = Pipeline.understand

    def noted(self: Pipeline, asked: Input) -> Understood:
        begun.append(asked.question)
        return understand(self, asked)

    monkeypatch.setattr(Pipeline, "understand", noted)

    async def talk() -> None:
        with every_slot_taken(qa):
            asked = asyncio.create_task(qa.aask("Une question annulée ?"))
            await asyncio.sleep(0)
            asked.cancel()
            with suppress(asyncio.CancelledError):
                await asked
            assert asked.cancelled()
        await qa.aask(QUESTION)

    before = set(threading.enumerate())
    asyncio.run(talk())
    for thread in set(threading.enumerate()) - before:  # also the one that was given up
        thread.join(LONGEST_S)
        assert not thread.is_alive()
    assert begun == [QUESTION]


def test_who_leaves_a_stream_stops_the_model(bridge_index: Path) -> None:
    stopped = threading.Event()

    class Endless(FakeListChatModel):
        def _stream(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  LangChain's own
            try:
                while True:
                    yield from super()._stream(*args, **kwargs)
            finally:
                stopped.set()

    async def leave(qa: ArticleQA) -> str | Answer:
        async with aclosing(qa.astream(BRIDGE_QUESTION)) as pieces:
            async for piece in pieces:
                return piece
        raise AssertionError

    said = answer_of(claim(MONTHS, 2), claim(REOPENED, 1))
    with ArticleQA.open(bridge_index, llm=Endless(responses=[said])) as qa:
        assert asyncio.run(leave(qa)) == f"{MONTHS} [1]"
        assert stopped.wait(LONGEST_S)


def test_an_error_is_raised_where_it_is_awaited(qa: ArticleQA) -> None:
    with pytest.raises(QuestionError, match="empty question"):
        asyncio.run(qa.aask(" "))

    async def streamed() -> None:
        async for _ in qa.astream(QUESTION, source="Nord"):
            pass

    with pytest.raises(ArticlebotError, match="source 'Nord'"):
        asyncio.run(streamed())


def test_an_awaited_conversation_gets_its_turn(qa: ArticleQA) -> None:
    chat = Conversation()
    asyncio.run(qa.aask(QUESTION, conversation=chat))
    assert [turn.question for turn in chat.turns] == [QUESTION]


# Opening


def test_with_closes_it(seed_index: Path) -> None:
    with ArticleQA.open(seed_index) as opened:
        assert opened.ask(QUESTION).found
        assert isinstance(opened.generation, FolderGeneration)
        alive = opened.generation._close.alive
    assert (alive, opened.generation._close.alive) == (True, False)


def test_several_sources_make_one_index(tmp_path: Path) -> None:
    for name in ("un", "deux"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.md").write_text(f"# Le pont {name}\n\nLe pont {name} est ouvert.\n")
    with ArticleQA.from_articles([tmp_path / "un", str(tmp_path / "deux")], tmp_path / "index") as qa:
        assert {about.id for about in qa.articles()} == {"un/a.md", "deux/a.md"}


def test_a_reranker_of_ones_own_reads_the_passages(bridge_index: Path) -> None:
    class Noted:
        def __init__(self) -> None:
            self.asked: list[str] = []

        def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
            self.asked.append(question)
            return np.zeros(len(texts), np.float32)

    reranker = Noted()
    with ArticleQA.open(bridge_index, reranker=reranker) as opened:
        opened.search(BRIDGE_QUESTION)
    assert reranker.asked == [BRIDGE_QUESTION]


# Wrong values


@pytest.mark.parametrize("question", [None, 5, b"Tartous", ["Tartous ?"]])
def test_a_question_that_is_no_str_is_one_clear_error(qa: ArticleQA, question: Any) -> None:  # noqa: ANN401
    for way in (qa.ask, qa.search, qa.stream):
        with pytest.raises(
            QuestionError, match=r"^question: found (NoneType|int 5|bytes .*|list .*), wanted a str"
        ) as e:
            way(question)
        assert isinstance(e.value, TypeError)
        assert isinstance(e.value, ValueError)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"k": 0}, "k: found 0, a whole number from 1 on wanted"),
        ({"k": -3}, "k: found -3"),
        ({"k": "5"}, "k: found str '5', wanted a whole number from 1 on; write k=5"),
        ({"k": True}, "k: found bool True"),
        ({"k": 2.0}, "k: found float 2.0"),
        ({"conversation": [("Où ?", "Là.")]}, "conversation: found list .*, wanted a Conversation or None; write chat"),
        ({"conversation": "chat"}, "conversation: found str 'chat'"),
        ({"today": "2024-01-31"}, "today: found str '2024-01-31', wanted a date; write date"),
        ({"since": "2024-02-01", "until": "2024-01-01"}, "since 2024-02-01 is after until 2024-01-01"),
    ],
)
def test_a_wrong_value_is_one_clear_error(qa: ArticleQA, how: dict[str, Any], words: str) -> None:
    with pytest.raises(ArticlebotError, match=words) as caught:
        qa.search(QUESTION, **how)
    assert isinstance(caught.value, TypeError | ValueError)
    assert "\n" not in str(caught.value)


def test_a_moment_is_the_day_that_it_is_in(qa: ArticleQA) -> None:
    asked = "Que s’est-il passé hier ?"
    moment: Any = datetime(2025, 2, 14, 23, 59)
    assert timeless(qa.ask(asked, today=moment)) == timeless(qa.ask(asked, today=date(2025, 2, 14)))


@pytest.mark.parametrize("folder", [5, None, ["index"]])
def test_a_folder_of_a_wrong_type_is_one_clear_error(folder: Any) -> None:  # noqa: ANN401
    with pytest.raises(QuestionError, match=r"folder: found .*, wanted the folder of an index") as caught:
        ArticleQA.open(folder)
    assert isinstance(caught.value, TypeError)


def test_a_folder_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ArticlebotError, match="no index there; make one with `articlebot index"):
        ArticleQA.open(tmp_path / "nowhere")


@pytest.mark.parametrize("source", [5, None, [5], b"articles", {"a": 1}.values()])
def test_a_source_of_a_wrong_type_is_one_clear_error(source: Any, tmp_path: Path) -> None:  # noqa: ANN401
    with pytest.raises(SourcesError, match=r"source: found \w+, wanted a folder, file or address, or a list") as caught:
        ArticleQA.from_articles(source, tmp_path / "index")
    assert isinstance(caught.value, TypeError)
    assert not (tmp_path / "index").exists()


def test_a_model_of_a_wrong_type_is_one_clear_error(seed_index: Path) -> None:
    wrong: Any = 5
    with pytest.raises(ArticlebotError, match="llm: found int 5, wanted ") as caught:
        ArticleQA.open(seed_index, llm=wrong)
    assert isinstance(caught.value, TypeError)


# Names


@pytest.mark.parametrize("package", [index, retrieval])
def test_tab_shows_the_public_names_alone(package: Any) -> None:  # noqa: ANN401  a module
    assert dir(package) == sorted(package.__all__)
    assert {getattr(package, name).__module__.split(".")[0] for name in dir(package)} == {package.__name__}


@pytest.mark.parametrize(
    ("file", "line", "package"),
    [
        ("index.py", "import retrieval", "index"),
        ("index.py", "from retrieval import ArticleQA", "index"),
        ("retrieval.py", "import bot.cli", "retrieval"),
    ],
)
def test_a_module_of_ones_own_with_the_name_of_a_package_is_told(
    tmp_path: Path, file: str, line: str, package: str
) -> None:
    (tmp_path / file).write_text("open('was-run', 'w')\n")
    (tmp_path / "script.py").write_text(f"import sys\nsys.path.append({str(ROOT)!r})\n{line}\n")
    done = subprocess.run(
        [sys.executable, tmp_path / "script.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    last = done.stderr.strip().splitlines()[-1]
    assert f"{tmp_path / file} has the name of articlebot's package {package}" in last
    assert last.endswith("rename it, or run Python from another folder")
    assert not (tmp_path / "was-run").exists()


# LangChain


def test_the_chain_tells_what_it_takes_and_gives(qa: ArticleQA) -> None:
    taken, given = qa.chain.get_input_jsonschema(), qa.chain.get_output_jsonschema()
    assert list(taken["properties"]) == ["question", "conversation", "today", "since", "until", "source", "language"]
    assert taken["required"] == ["question"]
    assert "citations" in str(given)
    takes: Any = qa.chain.input_schema
    gives: Any = qa.chain.output_schema
    assert takes(question="Où ?").question == "Où ?"
    assert gives.model_validate(qa.ask(QUESTION))


@pytest.mark.filterwarnings("ignore:This API is in beta")
def test_the_chain_is_a_tool(qa: ArticleQA) -> None:
    tool = qa.chain.as_tool(name="articles", description="Answers from the articles.")
    answer = tool.invoke({"question": QUESTION, "language": "fr", "since": "2024-12-01"})
    assert timeless(answer) == timeless(qa.ask(QUESTION, language="fr", since=date(2024, 12, 1)))
    turns = {"turns": [{"question": QUESTION, "answer": "Près de 8 000."}]}
    follow_up = tool.invoke({"question": "Et combien pèse-t-il ?", "conversation": turns})
    assert QUESTION in follow_up.standalone_question
    call = {"name": "articles", "args": {"question": QUESTION}, "id": "1", "type": "tool_call"}
    message = asyncio.run(tool.ainvoke(call))
    assert isinstance(message, ToolMessage)
    assert "8 000" in str(message.content)


def test_the_chain_refuses_what_it_does_not_know(qa: ArticleQA) -> None:
    with pytest.raises(QuestionError, match=r"'sinse': unknown, one of question, conversation, .* wanted"):
        qa.chain.invoke({"question": QUESTION, "sinse": "2024-01-01"})


# Notebooks


class Tags(HTMLParser):
    """Gathers the tags, the marked words and the links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.marked: list[str] = []
        self._in_mark = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag == "mark":
            self._in_mark = True
            self.marked.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_mark = self._in_mark and tag != "mark"

    def handle_data(self, data: str) -> None:
        if self._in_mark:
            self.marked[-1] += data


def test_a_notebook_marks_each_quote(qa: ArticleQA) -> None:
    answer = qa.ask(QUESTION)
    html = Tags(answer._repr_html_())
    assert html.marked == [citation.quote for citation in answer.citations]
    assert html.tags <= {"p", "strong", "small", "mark", "blockquote", "a", "br", "details", "summary"}


def test_nothing_of_an_article_is_markup_in_a_notebook(qa: ArticleQA) -> None:
    evil = "<script>alert(1)</script>\"'&<img src=x onerror=y>"
    (passage,) = qa.search(QUESTION, 1)
    citation = Citation(1, "a", evil, evil, "javascript:alert(1)", None, 0, len(evil), evil, ((0, 8),))
    answer = Answer(evil, evil, f"{evil} [1]", (citation,), found=True, note=evil)
    passages = qa.search(QUESTION, 1)
    passages[:] = [replace(passage, title=evil, text=evil, source=evil, url="data:text/html,x")]
    for html in (answer._repr_html_(), passages._repr_html_()):  # type: ignore[attr-defined]  # a notebook's
        found = Tags(html)
        assert found.tags <= {"p", "strong", "small", "mark", "blockquote", "ol", "li", "details", "summary"}
        assert found.links == []
    assert Tags(answer._repr_html_()).marked == [evil]


def test_a_notebook_links_to_the_web(qa: ArticleQA) -> None:
    (passage,) = passages = qa.search(QUESTION, 1)
    passages[:] = [replace(passage, url='https://news.example/a?b=1&c="2"')]
    assert Tags(passages._repr_html_()).links == ['https://news.example/a?b=1&c="2"']  # type: ignore[attr-defined]


def test_what_a_search_finds_is_a_list(qa: ArticleQA) -> None:
    found = qa.search(QUESTION, 3)
    assert isinstance(found, list)
    assert found == list(found)
    assert "\n" not in repr(found)
    assert "<ol>" not in qa.search(QUESTION, since="2099-01-01")._repr_html_()  # type: ignore[attr-defined]


def test_a_notebook_shows_what_an_index_holds(qa: ArticleQA, tmp_path: Path) -> None:
    html = qa._repr_html_()
    assert "<td>18</td>" in html
    assert "2021-12-26 to 2025-02-14" in html
    (tmp_path / "a.md").write_text("# Titre\n\nUne phrase sans date.\n")
    build_index([tmp_path / "a.md"], tmp_path / "<index>")
    with closing(ArticleQA.open(tmp_path / "<index>")) as opened:
        assert "&lt;index&gt;" in opened._repr_html_()
        assert "<td>none</td>" in opened._repr_html_()
