"""What holds however many passages there are, tried with few: lists from four rows on, blocks of one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import index.store.vectors
import index.updating.plan
from index import build_index
from index.store.generation import Generation
from index.store.live import roll_back
from index.store.overview import index_status
from index.store.verify import problems
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


@pytest.fixture
def lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two lists from four rows on."""
    monkeypatch.setattr(index.store.vectors, "FLAT_UP_TO", 3)
    monkeypatch.setattr(index.store.vectors, "LISTS", 2)
    monkeypatch.setattr(index.store.vectors, "FIRST_PROBED", 1)


@pytest.mark.usefixtures("lists")
def test_lists_are_the_same_whatever_the_history(library: Library, tmp_path: Path, content: Content) -> None:
    library.build()
    assert index_status(library.index)["vectors"]["lists"] == 1
    library.write(**TEXTS)
    library.build()
    library.write(n3="# Autre\n\nUn tout autre article.\n", n9="# De plus\n\nUn article de plus.\n")
    library.build()
    library.write(n3=TEXTS["n3"])
    library.remove("n9")
    library.build()
    build_index(library.source, tmp_path / "scratch")
    assert index_status(library.index)["vectors"]["lists"] == 2
    assert content(library.index) == content(tmp_path / "scratch")
    (fresh,) = (tmp_path / "scratch" / "generations").iterdir()
    for name in ("vectors.faiss", "passages.i32", "sentences.f16", "articles.sqlite"):
        assert (library.generation / name).read_bytes() == (fresh / name).read_bytes(), name


@pytest.mark.usefixtures("lists")
def test_fewer_articles_are_scanned_whole_again_and_rolled_back_to_lists(library: Library) -> None:
    library.write(**TEXTS)
    library.build()
    before = index_status(library.index)["vectors"]
    library.remove(*TEXTS)
    library.build(prune=True)
    assert index_status(library.index)["vectors"]["lists"] == 1
    roll_back(library.index)
    assert index_status(library.index)["vectors"] == before
    assert problems(library.index) == []


def test_lists_answer_as_a_scan_does_where_all_are_probed(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    library.write(**TEXTS)
    library.build()
    request.getfixturevalue("lists")
    monkeypatch.setattr(index.store.vectors, "LEAST_RECALL", 1.1)  # never reached: all lists
    build_index(library.source, tmp_path / "lists")
    with closing(ArticleQA.open(library.index)) as flat, closing(ArticleQA.open(tmp_path / "lists")) as dealt:
        assert dealt.generation.manifest["vectors"]["probed"] == 2
        for question in ("Où est le quai 3 ?", "Qu'a voté la mairie le 11 février 2025 ?", "Une comète ?"):
            today = date(2025, 3, 1)
            ours, theirs = (
                [(p.id, pytest.approx(p.score, abs=1e-4)) for p in qa.search(question, k=5, today=today)]
                for qa in (dealt, flat)
            )
            assert [i for i, _ in ours] == [i for i, _ in theirs]


def test_index_made_in_blocks_of_one_is_the_same(
    library: Library, tmp_path: Path, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.write(**TEXTS)
    library.build()
    monkeypatch.setattr(index.updating.plan, "_BLOCK", 1)
    monkeypatch.setattr(index.store.vectors, "_BLOCK", 1)
    build_index(library.source, tmp_path / "blocks")
    assert content(tmp_path / "blocks") == content(library.index)
    assert [path.name for path in library.index.iterdir() if path.name.startswith("tmp")] == []


def _steps(folder: Path) -> dict[str, int]:
    """Returns how many steps SQLite takes for what opening an index and a question ask it."""
    with closing(Generation.open(folder)) as generation:
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

            generation.db.set_progress_handler(step, 1)
            ask()
            found[name] = count[0]
        generation.db.set_progress_handler(None, 0)
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
    assert small["counts"] > 0
    assert {name: steps for name, steps in larger.items() if steps > 1.3 * small[name] + 10} == {}


def test_newest_articles_come_first_undated_ones_last(library: Library) -> None:
    library.write(**TEXTS, same=TEXTS["n0"])
    library.build()
    with closing(Generation.open(library.index)) as generation:
        rows = generation.newest(20)
        ids = [passage.article_id for passage in generation.passages(rows)]
        assert ids == [*(f"news/n{number}.md" for number in range(7, -1, -1)), "news/a.md", "news/b.md"]
        assert generation.newest(2, (date(2025, 2, 10), date(2025, 2, 12))) == rows[5:7]
        assert generation.dates() == (date(2025, 2, 10), date(2025, 2, 17))
