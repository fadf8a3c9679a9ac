"""What files cost that did not change: no reading, no cutting, no embedding."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import index.sources.files
import index.sources.folder
import index.updating.run
from index import build_index
from index.store.anywhere.overview import index_status
from index.store.live import roll_back
from index.updating.build import forget_source
from tests.index.reading.exports import samples

if TYPE_CHECKING:
    from tests.index.conftest import Library

CHAT = "# Le chat\n\nLe chat dort sur le toit. Il fait beau.\n"  # as the library has it
LONG = "\n".join(f"La phrase numéro {number} parle de la mer et du vent. " * 4 for number in range(12))
LINES = ['{"id": "lune", "text": "La lune brille."}', '{"id": "soleil", "text": "Le soleil chauffe."}']


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of the files that were parsed, in order."""
    calls: list[str] = []
    read = index.sources.folder.read_articles

    def noted(file_id: str, data: bytes, suffix: str) -> index.sources.folder.SourceReading:
        calls.append(file_id)
        return read(file_id, data, suffix)

    monkeypatch.setattr(index.sources.folder, "read_articles", noted)
    return calls


@pytest.fixture
def indexed(library: Library, parsed: list[str]) -> Library:
    """Four files, indexed: two articles, a long one, and two in one file of lines."""
    library.write(long=f"# Un long\n\n{LONG}\n")
    (library.source / "ciel.jsonl").write_text("\n".join(LINES))
    library.build()
    assert len(parsed) == 4
    parsed.clear()
    return library


def test_each_text_goes_through_the_model_once_in_all_runs(library: Library, ran: list[str]) -> None:
    assert library.build().embedded == 2
    assert (ran.count("ids"), ran.count("states")) == (6, 6)  # two articles, each a passage of two sentences
    ran.clear()
    assert library.build().embedded == 0
    assert ran == []
    library.write(a=CHAT.replace("Il fait beau.", "Il neige."))
    assert library.build().embedded == 1
    assert (ran.count("ids"), ran.count("states")) == (2, 2)  # the passage, and its one new sentence
    ran.clear()
    library.remove("b")
    library.build()
    assert ran == []


def test_a_removal_opens_no_model(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("opened")

    library.build()
    monkeypatch.setattr("index.updating.update.load_embedder", refuse)
    library.remove("b")
    assert library.build().removed == ["news/b.md"]
    assert list(library.texts()) == ["news/a.md"]
    assert forget_source("news", library.index).removed == ["news/a.md"]


def test_unchanged_file_is_not_parsed_again(indexed: Library, parsed: list[str]) -> None:
    report = indexed.build()
    assert (parsed, len(report.unchanged), report.embedded) == ([], 5, 0)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files whose bytes were read, where one that changed just now can be told from one that did not."""
    names: list[str] = []
    bytes_of = index.sources.files.read_bytes

    def noted(path: str) -> bytes:
        names.append(Path(path).name)
        return bytes_of(path)

    monkeypatch.setattr(index.sources.folder, "read_bytes", noted)
    monkeypatch.setattr(index.sources.files, "_JUST_NOW_NS", 0)
    return names


def test_file_that_looks_as_it_did_is_not_even_read(library: Library, read: list[str]) -> None:
    library.build()
    read.clear()
    assert len(library.build().unchanged) == 2
    assert read == []
    library.write(c=f"# Un long\n\n{LONG}\n")
    assert library.build().added == ["news/c.md"]
    assert read == ["c.md"]
    read.clear()
    path = library.source / "a.md"
    status = path.stat()
    path.write_bytes(path.read_bytes().replace(b"toit", b"mur "))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert library.build().changed == ["news/a.md"]
    assert read == ["a.md"]


def test_file_that_was_touched_is_read_until_something_is_published(library: Library, read: list[str]) -> None:
    library.build()
    generation = library.generation
    (library.source / "a.md").touch()
    for _ in range(2):
        read.clear()
        assert library.build().changed == []
        assert read == ["a.md"]
    assert library.generation == generation
    library.write(c="# La vache\n\nLa vache regarde passer les trains.\n")
    library.build()
    read.clear()
    library.build()
    assert read == []


def test_file_that_changed_just_now_is_read_again(
    library: Library, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.sources.files, "_JUST_NOW_NS", 3_600_000_000_000)
    library.build()
    read.clear()
    library.build()
    assert read == ["a.md", "b.md"]


def test_full_reads_what_looks_as_it_did(library: Library, read: list[str]) -> None:
    library.build()
    read.clear()
    library.build(full=True)
    assert read == ["a.md", "b.md"]


def test_touched_file_is_not_parsed_again(indexed: Library, parsed: list[str]) -> None:
    before = indexed.generation
    for path in indexed.source.iterdir():
        os.utime(path, (2_000_000_000, 2_000_000_000))
    assert indexed.build().unchanged == list(indexed.texts())
    assert (parsed, indexed.generation) == ([], before)


def test_only_the_edited_file_is_parsed_and_only_its_new_passages_are_embedded(
    indexed: Library, parsed: list[str]
) -> None:
    indexed.write(long=f"# Un long\n\n{LONG} La dernière est neuve.\n")
    report = indexed.build()
    assert parsed == ["news/long.md"]
    assert (report.changed, report.embedded) == (["news/long.md"], 1)


def test_other_bytes_of_the_same_size_and_time_are_seen(indexed: Library, parsed: list[str]) -> None:
    path = indexed.source / "a.md"
    status = path.stat()
    path.write_bytes(path.read_bytes().replace(b"toit", b"mur "))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (status.st_size, status.st_mtime_ns)
    report = indexed.build()
    assert (parsed, report.changed, report.embedded) == (["news/a.md"], ["news/a.md"], 1)
    assert "mur" in indexed.texts()["news/a.md"]


def test_same_bytes_under_another_name_embed_nothing(indexed: Library) -> None:
    shutil.copy(indexed.source / "long.md", indexed.source / "z.md")
    report = indexed.build()
    assert (report.added, report.embedded) == (["news/z.md"], 0)
    (indexed.source / "long.md").unlink()
    report = indexed.build()
    assert (report.removed, report.embedded) == (["news/long.md"], 0)


def test_unchanged_file_of_lines_keeps_all_its_articles(indexed: Library, parsed: list[str]) -> None:
    indexed.write(c="# La vache\n\nLa vache regarde passer les trains.\n")
    report = indexed.build()
    assert parsed == ["news/c.md"]
    assert (report.removed, len(report.unchanged)) == ([], 5)
    assert indexed.texts()["news/ciel.jsonl/lune"] == "La lune brille."


def test_file_that_failed_is_parsed_again_every_time(indexed: Library, parsed: list[str]) -> None:
    (indexed.source / "a.md").write_bytes(b"\0\1\2\3" * 50)
    (indexed.source / "ciel.jsonl").write_text("\n".join([LINES[0], LINES[1][:-5]]))
    for _ in range(2):
        report = indexed.build()
        assert [failure.id for failure in report.failed] == ["news/a.md", "news/ciel.jsonl/soleil"]
        assert len(report.unchanged) == 5
    assert parsed == ["news/a.md", "news/ciel.jsonl"] * 2


def test_file_that_is_restored_after_it_failed_is_as_it_was(indexed: Library) -> None:
    path = indexed.source / "a.md"
    whole = path.read_bytes()
    path.write_bytes(b"\0\1\2\3" * 50)
    indexed.build()
    path.write_bytes(whole)
    report = indexed.build()
    assert (report.failed, report.changed, report.embedded) == ([], [], 0)


def test_full_parses_everything_again(indexed: Library, parsed: list[str]) -> None:
    indexed.build(full=True)
    assert len(parsed) == 4


def test_other_reading_parses_everything_again_and_embeds_what_differs(
    indexed: Library, parsed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(index.updating.run.READING, "reading", index.updating.run.READING["reading"] + 1)
    report = indexed.build()
    assert (len(parsed), report.embedded, len(report.unchanged)) == (4, 0, 5)
    assert report.notes == ["this version reads files otherwise: all were read anew, what changed is embedded"]
    parsed.clear()
    assert indexed.build().notes == []
    assert parsed == []


def test_a_file_that_is_many_articles_now_is_not_lost(tmp_path: Path) -> None:
    page = tmp_path / "news" / "page.html"
    page.parent.mkdir()
    page.write_text("<html><body><p>Le pont de la ville est fermé.</p></body></html>", encoding="utf-8")
    build_index(page.parent, tmp_path / "index")
    page.write_text(samples.WEEK, encoding="utf-8")
    report = build_index(page.parent, tmp_path / "index")
    assert (report.added, report.removed) == (["news/page.html/1", "news/page.html/2"], ["news/page.html"])


def test_files_of_other_kinds_are_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    for name in ("a.md", "b.ods", "c.ods", "d.doc"):
        (tmp_path / "news" / name).write_text("Un mot.", encoding="utf-8")
    report = build_index(tmp_path / "news", tmp_path / "index")
    assert report.notes == [
        "news: passed over 2 .ods, 1 .doc: kinds of file that are not read; "
        "to have them read, save them as .docx, .pdf or .txt"
    ]
    assert index_status(tmp_path / "index")["sources"][0]["passed_over"] == {".ods": 2, ".doc": 1}


def test_article_that_was_rolled_back_is_read_again(indexed: Library, parsed: list[str]) -> None:
    indexed.write(a="# Le lion\n\nLe lion dort.\n")
    indexed.build()
    roll_back(indexed.index)
    assert "toit" in indexed.texts()["news/a.md"]
    parsed.clear()
    report = indexed.build()
    assert (parsed, report.changed, report.embedded) == (["news/a.md"], ["news/a.md"], 0)
