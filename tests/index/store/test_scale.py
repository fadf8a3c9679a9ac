"""What holds however many passages there are, tried with few: segments of one article, blocks of one."""

from __future__ import annotations

import errno
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import index.store.making
import index.store.segments.vectors
import index.store.segments.words
import index.store.writing
import index.updating.plan
from index import build_index
from index.store.anywhere.overview import index_status
from index.store.folder import FolderGeneration
from index.store.live import generations_of, roll_back
from index.store.verify import problems
from index.store.writing import Contents
from retrieval import ArticleQA

if TYPE_CHECKING:
    from tests.index.conftest import Library

Content = Callable[[Path], dict[str, Any]]

TEXTS = {
    f"n{number}": f"---\ndate: 2025-02-{number + 10}\n---\n# Le quai {number}\n\n{text} Le quai {number} est au nord.\n"
    for number, text in enumerate((
        "Le port accueille douze voiliers.", "La mairie a voté le budget.", "Un incendie a détruit la halle.",
        "Le musée expose des cartes anciennes.", "La rivière a débordé lundi.", "Les pommiers sont en fleur.",
        "Le train de nuit reprend.", "Une comète passe ce soir.",
    ))
}  # fmt: skip


def segments(folder: Path) -> list[int]:
    """Returns the inodes of the segments' articles."""
    return [path.stat().st_ino for path in sorted(folder.glob("*/articles.sqlite"))]


def test_an_update_writes_only_what_changed_until_segments_are_many(library: Library) -> None:
    library.write(**TEXTS)
    library.build()
    (first,) = segments(library.generation)
    for number in range(2):
        library.write(**{f"more{number}": f"# De plus\n\nUn article de plus, le {number}.\n"})
        library.build()
        assert segments(library.generation)[0] == first
        assert len(segments(library.generation)) == number + 2
    library.write(more2="# De plus\n\nEncore un article.\n")
    library.build()
    (merged,) = segments(library.generation)
    assert merged != first
    library.remove(*list(TEXTS)[:4])
    library.build()
    assert segments(library.generation) != [merged]  # too much of it has gone
    assert [count for count in index_status(library.index)["segments"] if count] == [9]  # another may tell of files


def test_segment_that_is_larger_than_what_is_merged_at_once_is_written_anew_when_worn(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (index.store.merging, index.store.writing):
        monkeypatch.setattr(module, "MERGED_FIRST", 1, raising=False)
        monkeypatch.setattr(module, "MERGED_AFTER", 4)
    library.write(**TEXTS)
    library.build()
    (first,) = segments(library.generation)
    library.remove("n0")
    library.build()
    assert segments(library.generation)[0] == first  # little of it has gone
    library.remove("n1", "n2")
    library.build()
    assert first not in segments(library.generation)
    assert [count for count in index_status(library.index)["segments"] if count] == [7]
    assert library.texts().keys() == {"news/a.md", "news/b.md", *(f"news/n{number}.md" for number in range(3, 8))}


@pytest.mark.parametrize(("smallest", "level"), [(1, 2), (2, 3), (1_000, 4), (1_000, 100)])
def test_merging_changes_nothing_that_is_held_or_found(
    library: Library, tmp_path: Path, content: Content, monkeypatch: pytest.MonkeyPatch, smallest: int, level: int
) -> None:
    monkeypatch.setattr(index.store.merging, "_SMALLEST", smallest)
    monkeypatch.setattr(index.store.merging, "_LEVEL", level)
    library.build()
    for number, (name, text) in enumerate(TEXTS.items()):
        library.write(
            **{name: text, f"same{number}": TEXTS["n0"], "a": f"# Le chat\n\nLe chat numéro {number} dort.\n"}
        )
        if number % 3 == 2:
            library.remove(f"same{number - 1}")
        library.build()
    build_index(library.source, tmp_path / "scratch")
    assert content(library.index) == content(tmp_path / "scratch")
    with closing(ArticleQA.open(library.index)) as qa, closing(ArticleQA.open(tmp_path / "scratch")) as other:
        for question in ("Où est le quai 3 ?", "Qu'a voté la mairie le 11 février 2025 ?", "Une comète ?"):
            ours, theirs = ([(p.id, p.score) for p in each.search(question, k=5)] for each in (qa, other))
            assert ours == theirs
    roll_back(library.index)
    assert problems(library.index) == []


def test_larger_segments_are_merged_after_publication_and_going_back_knows_nothing_of_it(
    library: Library, tmp_path: Path, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.store.writing, "MERGED_FIRST", 0)
    library.write(**TEXTS)
    library.build()
    for number in range(2):
        library.write(**{f"more{number}": f"# De plus\n\nUn article de plus, le {number}.\n"})
        library.build()
    before = content(library.index)
    library.write(more2="# De plus\n\nEncore un article.\n")
    report = library.build()
    assert report.generation == library.generation.name == "00000005"
    assert [path.name for path in sorted((library.index / "generations").iterdir())] == ["00000003", "00000005"]
    assert len(segments(library.generation)) == 1
    build_index(library.source, tmp_path / "scratch")
    assert content(library.index) == content(tmp_path / "scratch")
    roll_back(library.index)
    assert content(library.index) == before


def test_going_back_goes_before_what_was_merged_also_where_a_reader_still_has_it_open(
    library: Library, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.store.writing, "MERGED_FIRST", 0)
    publish, held = index.store.writing.publish, list[FolderGeneration]()

    def seen(
        folder: Path, before: FolderGeneration | None, contents: Contents, about: dict[str, Any], kept: int
    ) -> str:
        name = publish(folder, before, contents, about, kept)
        held.append(FolderGeneration.open(folder, name))  # a bot that sees it at once
        return name

    monkeypatch.setattr("index.store.anywhere.writers.publish", seen)
    for number in range(4):
        before = content(library.index) if number else {}
        library.write(**{f"more{number}": f"# De plus\n\nUn article de plus, le {number}.\n"})
        library.build()
    assert len(segments(library.generation)) == 1
    merged = held[-1].name
    assert merged < library.generation.name
    assert [state["name"] for state in generations_of(library.index)][-2:] == [held[-2].name, library.generation.name]
    roll_back(library.index)
    assert content(library.index) == before
    assert held[-1].article("news/more3.md")  # the reader's
    for generation in held:
        generation.close()
    library.build()
    assert merged not in [path.name for path in (library.index / "generations").iterdir()]


def test_merging_that_finds_no_room_is_a_note_and_what_is_new_is_published(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.store.writing, "MERGED_FIRST", 0)

    def without_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    for number in range(3):
        library.write(**{f"more{number}": f"# De plus\n\nUn article de plus, le {number}.\n"})
        assert library.build().notes == []
    with monkeypatch.context() as starved:
        starved.setattr(index.store.writing, "merge_segments", without_room)
        library.write(more3="# De plus\n\nEncore un article.\n")
        report = library.build()
    (note,) = report.notes
    assert "published, but not completed" in note
    assert "No space left on device" in note
    assert "news/more3.md" in library.texts()
    assert library.build().generation == report.generation == library.generation.name
    library.write(more4="# De plus\n\nUn dernier article.\n")
    library.build()
    assert len(segments(library.generation)) == 1


def test_index_made_in_blocks_of_one_is_the_same(
    library: Library, tmp_path: Path, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.write(**TEXTS)
    library.build()
    monkeypatch.setattr(index.updating.embedding, "_BLOCK", 1)
    monkeypatch.setattr(index.store.making, "_BLOCK_OF_ARTICLES", 1)
    for module in (index.store.segments.vectors, index.store.segments.words, index.store.merging):
        monkeypatch.setattr(module, "_BLOCK", 1)
    build_index(library.source, tmp_path / "blocks")
    assert content(tmp_path / "blocks") == content(library.index)
    assert [path.name for path in library.index.iterdir() if path.name.startswith("tmp")] == []


def _steps(folder: Path) -> dict[str, int]:
    """Returns how many steps SQLite takes for what opening an index and a question ask it."""
    with closing(FolderGeneration.open(folder)) as generation:
        row = generation.counts["passages"] - 1
        asked: dict[str, Callable[[], object]] = {
            "counts": generation._check_counts,
            "dates": generation.dates,
            "newest": lambda: generation.newest(3),
            "days": lambda: generation.published(date(2025, 1, 1), date(2025, 12, 31)),
            "vectors": lambda: generation.sentence_vectors_of(np.array([0, row])),
            "articles": lambda: generation.article_rows[row],
            "passages": lambda: generation.passages([0, row]),
            "sentences": lambda: generation.sentences(0),
        }
        found = {}
        for name, ask in asked.items():
            count = [0]

            def step(count: list[int] = count) -> int:
                count[0] += 1
                return 0

            for segment in generation.segments:
                segment.db.set_progress_handler(step, 1)
            ask()
            found[name] = count[0]
        for segment in generation.segments:
            segment.db.set_progress_handler(None, 0)
    return found


def test_opening_and_asking_read_no_more_rows_of_a_larger_index(library: Library, tmp_path: Path) -> None:
    library.write(**TEXTS)
    library.build()
    (tmp_path / "many").mkdir()
    for copy in range(8):
        for name, text in TEXTS.items():
            (tmp_path / "many" / f"{name}{copy}.md").write_text(text.replace("Le quai", f"Le ponton {copy}"))
    build_index(tmp_path / "many", tmp_path / "larger")
    small, larger = _steps(library.index), _steps(tmp_path / "larger")
    assert small["passages"] > 0
    assert {name: steps for name, steps in larger.items() if steps > 1.3 * small[name] + 10} == {}


def test_newest_articles_come_first_undated_ones_last(library: Library) -> None:
    library.write(**TEXTS, same=TEXTS["n0"])
    library.build()
    with closing(FolderGeneration.open(library.index)) as generation:
        rows = generation.newest(20)
        ids = [passage.article_id for passage in generation.passages(rows)]
        assert ids == [*(f"news/n{number}.md" for number in range(7, -1, -1)), "news/a.md", "news/b.md"]
        assert generation.newest(2, (date(2025, 2, 10), date(2025, 2, 12))) == rows[5:7]
        assert generation.dates() == (date(2025, 2, 10), date(2025, 2, 17))
