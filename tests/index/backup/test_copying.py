from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import index.backup.copying
from index import build_index
from index.backup.copying import CopyError, copy_index
from index.store.anywhere.overview import index_status
from index.store.anywhere.stores import open_generation, store_of
from index.store.postgres.address import Address, IndexPlace
from index.store.postgres.vectors import vector_bytes

if TYPE_CHECKING:
    from tests.index.conftest import Library

Content = Callable[[IndexPlace], dict[str, Any]]
TALE = "# Le loup\n\nLe loup a soufflé sur la maison. La maison est tombée.\n"


@pytest.fixture
def indexed(library: Library, monkeypatch: pytest.MonkeyPatch) -> Library:
    """An index in a folder, with all that one can hold; it is copied in pieces of two articles."""
    monkeypatch.setattr(index.backup.copying, "_AT_ONCE", 2)
    monkeypatch.setattr(index.backup.copying, "_COMPARED", 2)
    library.write(c=TALE, d=TALE, e="# Rien\n")
    (library.source / "odd.md").write_bytes(b"\0\1\2\3" * 50)
    library.build()
    library.write(a="# Le lion\n\nLe lion dort.\n\nIl rêve.\n")
    library.build()
    return library


def test_a_copy_in_a_database_and_back_is_the_same(
    indexed: Library, database: Address, tmp_path: Path, content: Content
) -> None:
    before = content(indexed.index)
    report = copy_index(indexed.index, database)
    assert (report.articles, report.resumed_at) == (before["counts"]["articles"], 0)
    assert content(database) == before
    copy_index(database, tmp_path / "back")
    assert content(tmp_path / "back") == before
    assert sorted(path.name for path in (tmp_path / "back").iterdir()) == ["CURRENT", "generations", "writer.lock"]
    for place in (database, tmp_path / "back"):
        assert index_status(place)["failures"] == index_status(indexed.index)["failures"]
        update = build_index([], place)
        assert (update.embedded, update.added, update.changed, update.removed) == (0, [], [], [])
        with closing(open_generation(place)) as copied, closing(open_generation(indexed.index)) as one:
            assert copied.arrivals.by_article[0].tolist() == one.arrivals.by_article[0].tolist()


@pytest.mark.parametrize("kind", ["postgres", "folder"])
def test_a_copy_that_was_stopped_goes_on_and_is_no_index_until_it_is_whole(
    indexed: Library, tmp_path: Path, content: Content, request: pytest.FixtureRequest, kind: str
) -> None:
    target = request.getfixturevalue("database") if kind == "postgres" else tmp_path / "copy"

    def stop(what: str, done: int, _all: int) -> None:
        if what == "copying articles" and done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_index(indexed.index, target, stop)
    assert not store_of(target).is_there()
    assert copy_index(indexed.index, target).resumed_at == 4
    assert content(target) == content(indexed.index)


def test_a_copy_of_what_has_changed_since_begins_anew(indexed: Library, database: Address, content: Content) -> None:
    def stop(what: str, done: int, _all: int) -> None:
        if what == "copying articles" and done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_index(indexed.index, database, stop)
    indexed.write(a="# Le tigre\n\nLe tigre dort.\n")
    indexed.build()
    assert copy_index(indexed.index, database).resumed_at == 0
    assert content(database) == content(indexed.index)


def test_nothing_is_copied_over_an_index(indexed: Library, database: Address, tmp_path: Path) -> None:
    copy_index(indexed.index, database)
    with pytest.raises(CopyError, match="an index is there already; nothing was changed"):
        copy_index(indexed.index, database)
    build_index(indexed.source, tmp_path / "other")
    with pytest.raises(CopyError, match="an index is there already"):
        copy_index(database, tmp_path / "other")


def test_a_copy_that_is_not_the_same_is_told(
    indexed: Library, database: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    import index.store.postgres.loading as loading

    given = vector_bytes
    monkeypatch.setattr(loading, "vector_bytes", lambda vectors: given(vectors[:, ::-1]))
    with pytest.raises(CopyError, match="vectors are not those of the source"):
        copy_index(indexed.index, database)
