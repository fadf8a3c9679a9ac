from __future__ import annotations

import json
from pathlib import Path

import pytest

from index import ArticlebotError
from retrieval.learning.sets import DataError, Question, read_questions, set_folder
from tests.retrieval.learning.conftest import GOLD, RECORD, write

# Reading a set


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
    with pytest.raises(DataError, match=r"questions\.jsonl, line 3: ") as refused:
        read_questions(folder)
    assert "\n" not in str(refused.value)
    assert isinstance(refused.value, ArticlebotError)


def test_a_folder_that_is_no_set_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not a set"):
        read_questions(folder)  # no questions
    with pytest.raises(DataError, match="not a set"):
        read_questions(tmp_path / "none")
    (folder / "questions.jsonl").write_text("\n")
    with pytest.raises(DataError, match="no questions in it"):
        read_questions(folder)


def test_sets_of_one_name_have_indexes_of_their_own(tmp_path: Path) -> None:
    one, two = (set_folder(tmp_path / "work", tmp_path / parent / "piaf") for parent in ("a", "b"))
    assert one != two
    assert {one.parent, two.parent} == {tmp_path / "work"}
    assert set_folder(tmp_path / "work", tmp_path / "a" / ".." / "a" / "piaf") == one
