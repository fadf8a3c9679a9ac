"""Several writers and readers of one database at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index import build_index
from index.store.anywhere.stores import open_generation, store_of
from index.store.postgres.address import Address, IndexPlace
from index.store.postgres.database import Database

if TYPE_CHECKING:
    from tests.index.conftest import Library

Content = Callable[[IndexPlace], dict[str, Any]]
UPDATES = 4


def write(folder: Path, number: int) -> None:
    """Writes step `number` of a source: every step edits an article, adds one and shares a text with other sources."""
    folder.mkdir(exist_ok=True)
    (folder / "a.md").write_text(f"# Le train\n\nLe train de {folder.name} part à {number} heures.\n", encoding="utf-8")
    (folder / f"{number}.md").write_text(f"# Le bus\n\nLe bus numéro {number} est rouge.\n", encoding="utf-8")


def test_a_reader_keeps_its_generation_while_two_updates_are_published(
    database: Address, library: Library, content: Content
) -> None:
    build_index(library.source, database)
    with closing(open_generation(database)) as generation:
        before = generation.passages([0, 1]), generation.lexical.search(["chat"], 5), list(generation.articles())
        for number in range(2):
            library.write(a=f"# Le lion\n\nLe lion a {number} ans.\n")
            library.remove(*(["b"] if number else []))
            build_index(library.source, database, kept=1)
        assert [each["name"] for each in store_of(database).generations()] == ["00000001", "00000003"]
        after = generation.passages([0, 1]), generation.lexical.search(["chat"], 5), list(generation.articles())
        assert str(after) == str(before)
    build_index(library.source, database, kept=1)
    assert [each["name"] for each in store_of(database).generations()] == ["00000003"]
    for table in ("articles", "passages", "words", "stays", "files"):
        assert Database.of(database).rows(f"SELECT count(*) FROM {table}") == [(1,)], table  # noqa: S608  our own names
    assert content(database)["counts"]["articles"] == 1


def update(source: Path, database: Address) -> int:
    """Brings the index up to date with one step of a source after the other; returns how many were."""
    for number in range(1, UPDATES):
        write(source, number)
        build_index(source, database)
    return UPDATES - 1


def ask(database: Address, stop: threading.Event) -> int:
    """Reads whatever is live again and again until it is told to stop; returns how often."""
    times, is_last = 0, False
    while not is_last:
        times, is_last = times + 1, stop.is_set()
        with closing(open_generation(database)) as generation:
            assert len(list(generation.articles())) == generation.counts["articles"]
            assert len(generation.passages(range(generation.counts["passages"]))) > 1
    return times


def test_two_writers_of_different_sources_lose_nothing_of_each_other(
    database: Address, tmp_path: Path, content: Content
) -> None:
    sources = [tmp_path / "north", tmp_path / "south"]
    for source in sources:
        write(source, 0)
    build_index(list(sources), database)
    stop = threading.Event()
    with ThreadPoolExecutor(4) as threads:
        readers = [threads.submit(ask, database, stop) for _ in range(2)]
        writers = [threads.submit(update, source, database) for source in sources]
        try:
            assert [each.result() for each in writers] == [UPDATES - 1] * 2
        finally:
            stop.set()
        assert all(each.result() for each in readers)
    build_index(list(sources), tmp_path / "anew")
    assert content(database) == content(tmp_path / "anew")
