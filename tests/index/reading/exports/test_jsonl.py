from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from index.article import Article
from index.reading import read_content, read_entries
from index.reading.content import ArticleError, Content
from index.reading.exports.jsonl import MAX_LINES
from index.sources.folder import make_article, read_articles, read_source


def lines(*values: object) -> bytes:
    return "\n".join(value if isinstance(value, str) else json.dumps(value) for value in values).encode()


def reasons(*values: object) -> dict[str, str]:
    return {failure.id: failure.reason for failure in read_articles("n/a.jsonl", lines(*values), ".jsonl").failed}


def test_a_line_is_an_article_with_all_that_it_says() -> None:
    (entry,) = read_entries(
        lines(
            {
                "id": "a-1",
                "title": " Un\ntitre ",
                "text": "Corps.\r\nFin.",
                "published": "2024-03-05T08:00:00Z",
                "language": "FR",
                "source": "Le  Journal",
                "url": "https://journal.example/a",
                "tags": ["x"],
            }
        ),
        ".jsonl",
    )
    assert entry.key == "a-1"
    assert entry.content == Content(
        "Un titre", "Corps.\nFin.", date(2024, 3, 5), "fr", "Le Journal", "https://journal.example/a"
    )


def test_articles_are_named_by_their_id_or_else_by_their_line(tmp_path: Path) -> None:
    data = lines({"id": "un", "text": "Un."}, "", {"text": "Deux."}, {"id": 7, "text": "Trois.", "date": "5 mars 2024"})
    (tmp_path / "a.jsonl").write_bytes(data)
    (tmp_path / "b.md").write_bytes(b"Quatre.")
    reading = read_source(tmp_path, "n")
    assert [a.id for a in reading.articles] == ["n/a.jsonl/3", "n/a.jsonl/7", "n/a.jsonl/un", "n/b.md"]
    assert reading.articles[1].published == date(2024, 3, 5)
    assert reading.failed == []


def test_a_bad_line_fails_alone_and_says_which_and_why() -> None:
    good = {"text": "Du texte."}
    data = lines("{", [1], good, {"text": 3}, {"title": "x"}, {"text": " "}, {"text": "a", "url": ["u"]}, "NaN", '"a"')
    reading = read_articles("n/a.jsonl", data, ".jsonl")
    assert [a.id for a in reading.articles] == ["n/a.jsonl/3"]
    assert [(f.id.removeprefix("n/a.jsonl/"), f.reason.partition(", ")[0]) for f in reading.failed] == [
        ("1", "line 1: no JSON (Expecting property name enclosed in double quotes)"),
        ("2", "line 2: a list"),
        ("4", "line 4: a number in the field 'text'"),
        ("5", "line 5: no words in the field 'text'"),
        ("6", "line 6: no words in the field 'text'"),
        ("7", "line 7: a list in the field 'url'"),
        ("8", "line 8: a number"),
        ("9", "line 9: a string"),
    ]
    assert all("; " in f.reason and "\n" not in f.reason for f in reading.failed)


@pytest.mark.parametrize("field", ["id", "title", "published", "date", "language", "source", "url"])
@pytest.mark.parametrize("value", [True, [], {}, 1.5])
def test_a_field_of_another_type_is_refused_by_name(field: str, value: object) -> None:
    (reason,) = reasons({"text": "a", field: value}).values()
    assert f"in the field '{field}', a string wanted" in reason


def test_null_is_as_good_as_missing() -> None:
    assert reasons({"text": "Du texte.", "title": None, "id": None, "published": None, "date": "2024-03-05"}) == {}


def test_an_id_given_twice_keeps_the_first_and_fails_the_second() -> None:
    reading = read_articles("n/a.jsonl", lines({"id": "x", "text": "Un."}, {"id": "x", "text": "Deux."}), ".jsonl")
    assert [(a.id, a.text) for a in reading.articles] == [("n/a.jsonl/x", "Un.")]
    assert [(f.id, f.reason.partition(", ")[0]) for f in reading.failed] == [
        ("n/a.jsonl/x", "line 2: the id 'x' again")
    ]


def test_a_line_that_broke_still_fails_under_its_id() -> None:
    assert list(reasons('{"id": "été", "text": "coup')) == ["n/a.jsonl/été"]
    assert list(reasons({"id": "x", "text": 3})) == ["n/a.jsonl/x"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("[" * 100_000, "line 1: JSON nested too deep"),
        ('{"text": ' + "9" * 5_000 + "}", "line 1: no JSON (a number too long)"),
        ('{"text": "a", "id": "' + "x" * 300 + '"}', "line 1: an id of 300 characters, at most 200"),
    ],
)
def test_hostile_lines_are_refused(line: str, reason: str) -> None:
    (found,) = reasons(line).values()
    assert found.startswith(reason)


def test_surrogates_and_control_characters_never_reach_an_article() -> None:
    (article,) = read_articles(
        "n/a.jsonl", b'{"id": "a\\nb", "text": "a\\u0000b \\ud800 \\ud83d\\ude00"}', ".jsonl"
    ).articles
    assert (article.id, article.text) == ("n/a.jsonl/a b", "ab \ufffd 😀")


def test_a_file_of_too_many_lines_fails_as_a_whole_so_that_its_articles_stay() -> None:
    reading = read_articles("n/a.jsonl", b"1\n" * (MAX_LINES + 1), ".JSONL")
    assert reading.articles == []
    assert [f.id for f in reading.failed] == ["n/a.jsonl/"]
    assert reading.failed[0].reason == f"{MAX_LINES + 1:,} lines, at most {MAX_LINES:,} articles a file; split it"


def test_a_file_that_cannot_be_read_fails_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"")
    (tmp_path / "b.jsonl").write_bytes(b'{"text": "a"}' * 100)
    reading = read_source(tmp_path, "n", max_bytes=1_000)
    assert [(f.id, f.reason.partition(",")[0]) for f in reading.failed] == [
        ("n/a.jsonl/", "an empty file"),
        ("n/b.jsonl/", "1"),
    ]


def test_one_article_is_asked_of_a_file_of_one() -> None:
    one = lines({"text": "Bonjour."})
    assert read_content(one, ".jsonl").body == "Bonjour."
    assert make_article("a", one, ".jsonl") == Article("a", "Bonjour.", "Bonjour.", None, "fr", "", "")
    with pytest.raises(ArticleError, match="2 articles in one file, one wanted; "):
        make_article("a", one + b"\n" + one, ".jsonl")
    with pytest.raises(ArticleError, match="line 1: no JSON"):
        read_content(b"{", ".jsonl")
