"""What a run has read is in a file that has no name."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from index.article import Article
from index.sources.folder import read_source
from index.updating.spool import Spool, Written


def article(article_id: str, text: str = "Un texte.", published: date | None = None) -> Article:
    return Article(article_id, "Titre", text, published, "fr", "Le Fanal", "https://example.org/a", "A, B")


def test_articles_come_back_as_they_were_in_the_order_of_their_ids(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    assert not spool
    some = [article("s/z"), article("s/é", published=date(2025, 2, 3)), article("s/Z"), article("a/1")]
    spool.add(some[:2])
    spool.add(some[2:])
    assert list(spool) == sorted(each.id for each in some)
    assert [spool[each.id] for each in some] == some
    assert len(spool) == 4
    assert "s/none" not in spool
    assert list(tmp_path.iterdir()) == []  # the file is gone with the process, however that ends
    spool.close()


def test_article_takes_the_place_of_another_of_its_id(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.add([article("s/a", "Avant."), article("s/b")])
    spool.add([article("s/a", "Après.")])
    assert (len(spool), spool["s/a"].text) == (2, "Après.")


def test_what_is_left_of_a_killed_run_is_no_matter(tmp_path: Path) -> None:
    (tmp_path / ".articles").write_bytes(b"no database")
    spool = Spool(tmp_path)
    spool.add([article("s/a")])
    assert [each.id for each in spool.values()] == ["s/a"]


def test_written_are_those_of_them_that_have_an_origin(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.add([article("s/a"), article("s/b"), article("s/c")])
    written = Written(spool, {"s/c": "t", "s/a": "s"})
    assert list(written.items()) == [("s/a", (article("s/a"), "s")), ("s/c", (article("s/c"), "t"))]
    with pytest.raises(KeyError):
        written["s/b"]


def test_articles_are_handed_on_file_by_file_and_not_kept(tmp_path: Path) -> None:
    lines = '{"id": "x", "text": "Un."}\n{"id": "y", "text": "Deux."}\n'
    for name, text in {"a.md": "# A\n\nUn texte.\n", "b.jsonl": lines, "c.md": ""}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    handed: list[list[str]] = []
    told: list[tuple[int, int]] = []
    reading = read_source(
        tmp_path, "n", take=lambda articles: handed.append([each.id for each in articles]),
        progress=lambda *done: told.append(done),
    )  # fmt: skip
    assert handed == [["n/a.md"], ["n/b.jsonl/x", "n/b.jsonl/y"]]
    assert reading.articles == []
    assert [failure.id for failure in reading.failed] == ["n/c.md"]
    assert told == [(0, 3)]
