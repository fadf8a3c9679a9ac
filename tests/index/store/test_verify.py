"""Every flipped byte of an index is found, and repaired from what is whole."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import index.store.writing
from index import ArticlebotError, build_index
from index.store.verify import problems
from index.updating.build import repair_index

if TYPE_CHECKING:
    from tests.index.conftest import Library

Content = Callable[[Path], dict[str, Any]]
LONG = "\n".join(f"La phrase numéro {number} parle de la mer et du vent. " * 4 for number in range(12))


@pytest.fixture
def indexed(library: Library) -> Library:
    """Two generations, of which the later one holds more."""
    library.build()
    library.write(c=f"# Un long\n\n{LONG}\n", d="# The moon\n\nThe moon is full tonight.\n")
    library.build()
    assert problems(library.index) == []
    return library


def flip(path: Path, at: int, mask: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        (byte,) = file.read(1)
        file.seek(at)
        file.write(bytes([byte ^ mask]))


def files_of(library: Library) -> list[Path]:
    """Files that answers come from."""
    files = sorted(path for path in library.generation.rglob("*") if path.is_file() and path.stat().st_size)
    return [library.index / "CURRENT", *files]


def missed(places: Iterable[tuple[Path, int, int]], index: Path) -> list[tuple[str, int, int]]:
    """Returns the places, (file, byte, bits), where a flip is not found; all is as before afterwards."""
    found = []
    for path, at, mask in places:
        flip(path, at, mask)
        if not problems(index):
            found.append((path.name, at, mask))
        flip(path, at, mask)
    return found


def test_flipped_byte_is_found_in_any_file(indexed: Library) -> None:
    chance = random.Random(6)  # noqa: S311  not for secrets
    files = files_of(indexed)
    places = []
    for number in range(300):
        path = files[number % len(files)]
        places.append((path, chance.randrange(path.stat().st_size), 1 << chance.randrange(8)))
    assert missed(places, indexed.index) == []
    assert problems(indexed.index) == []


@pytest.mark.full
def test_every_flipped_byte_of_every_file_is_found(indexed: Library) -> None:
    """All bytes of small files, and so many of large ones."""
    chance = random.Random(7)  # noqa: S311  as above
    for path in files_of(indexed):
        size = path.stat().st_size
        at = range(size) if size <= 3_000 else sorted(chance.sample(range(size), 1_500))
        assert missed(((path, n, 1 << chance.randrange(8)) for n in at), indexed.index) == []


def test_every_bit_of_current_is_watched(indexed: Library) -> None:
    """Also one that makes it the name of an older generation, which is whole."""
    current = indexed.index / "CURRENT"
    places = [(current, at, 1 << bit) for at in range(current.stat().st_size) for bit in range(8)]
    assert missed(places, indexed.index) == []
    flip(current, 7, ord("2") ^ ord("1"))
    (problem,) = problems(indexed.index)
    assert problem.endswith("CURRENT: names 00000001, the last one published, 00000002, wanted")
    report = repair_index(indexed.index)
    assert report.embedded == 0
    assert len(indexed.texts()) == 4


def test_flipped_vector_of_the_cache_is_found_and_embedded_again(
    indexed: Library, content: Content, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cache is of a run that was stopped."""
    indexed.write(neuf="# Neuf\n\nUn article tout neuf, de deux phrases. Voici la seconde.\n")
    with monkeypatch.context() as patched:
        patched.setattr(index.store.writing, "write_vectors", None)
        with pytest.raises(TypeError):
            indexed.build()
    cache = indexed.index / "embeddings.sqlite"
    whole = cache.read_bytes()
    chance = random.Random(8)  # noqa: S311  as above
    # a flip in a hash, or in a page of SQLite that is not used, changes no vector: it need not be found
    found = [at for at in chance.sample(range(len(whole)), 60) if _is_found(indexed, whole, at)]
    assert len(found) > 10
    build_index(indexed.source, tmp_path / "scratch")
    for at in found[:3]:
        shutil.copytree(indexed.index, tmp_path / f"{at}")
        (tmp_path / f"{at}" / "embeddings.sqlite").write_bytes(whole[:at] + bytes([whole[at] ^ 16]) + whole[at + 1 :])
        build_index(indexed.source, tmp_path / f"{at}")
        assert content(tmp_path / f"{at}") == content(tmp_path / "scratch")


def _is_found(library: Library, whole: bytes, at: int) -> bool:
    cache = library.index / "embeddings.sqlite"
    cache.write_bytes(whole[:at] + bytes([whole[at] ^ 16]) + whole[at + 1 :])
    found = bool(problems(library.index))
    cache.write_bytes(whole)
    return found


def test_vector_of_another_text_or_a_flipped_one_is_not_used_again(indexed: Library) -> None:
    """What is written anew takes its vectors from the index, each with a checksum of its text."""
    path = indexed.file("vectors.crc")
    sums = path.read_bytes()
    path.write_bytes(sums[4:] + sums[:4])  # of the next passage each
    assert problems(indexed.index)
    assert repair_index(indexed.index).embedded == len(sums) // 4
    flip(indexed.file("sentences.f16"), 100, 1)
    assert repair_index(indexed.index).embedded == 0  # it is a sentence's
    assert len(indexed.texts()) == 4


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("name", ["CURRENT", "manifest.json", "vectors.faiss", "sentences.f16", "words.bin"])
def test_repair_brings_back_what_was_there_and_embeds_only_what_is_lost(
    indexed: Library, content: Content, name: str, missing: bool
) -> None:
    before = content(indexed.index)
    path = indexed.index / name if name == "CURRENT" else indexed.file(name)
    if missing:
        path.unlink()
    else:
        flip(path, path.stat().st_size // 2, 4)
    assert problems(indexed.index)
    report = repair_index(indexed.index)
    lost = {"vectors.faiss": 1 + 3 * missing}.get(name, 0)  # passages whose vectors nothing else has
    assert (report.embedded, report.failed) == (lost, [])
    assert content(indexed.index) == before


def test_repair_takes_the_articles_of_the_generation_before_where_the_last_lost_its_own(indexed: Library) -> None:
    flip(indexed.file("articles.sqlite"), 4_000, 1)
    assert "articles.sqlite: its checksum is not that of the manifest" in problems(indexed.index)[0]
    report = repair_index(indexed.index)
    assert report.notes[-1:] == ["made of the articles of generation 00000001"]
    assert list(indexed.texts()) == ["news/a.md", "news/b.md"]
    report = indexed.build()
    assert (len(report.added), report.embedded) == (2, 0)


def test_repair_reads_the_sources_where_no_generation_has_its_articles(indexed: Library) -> None:
    for path in indexed.generation.rglob("articles.sqlite"):  # which the generation before has too
        flip(path, path.stat().st_size - 10, 1)
    report = repair_index(indexed.index)
    assert report.embedded == 0
    assert len(indexed.texts()) == 4


def test_repair_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArticlebotError, match="no source given and none remembered"):
        repair_index(tmp_path / "nowhere")


def test_repair_forgets_nothing_that_only_the_index_has(indexed: Library) -> None:
    """Articles whose files are gone are kept: a repair reads no source."""
    shutil.rmtree(indexed.source)
    indexed.file("sentences.f16").unlink()
    assert repair_index(indexed.index).embedded == 0
    assert len(indexed.texts()) == 4
