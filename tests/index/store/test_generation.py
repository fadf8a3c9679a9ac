from __future__ import annotations

import hashlib
import json
import re
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import index.store.folder
from index import ArticlebotError, build_index
from index.store.anywhere.overview import index_status
from index.store.anywhere.stores import open_generation
from index.store.manifest import IndexFormatError, manifest_bytes
from index.store.verify import problems

if TYPE_CHECKING:
    from tests.index.conftest import Library

Python = Callable[..., subprocess.CompletedProcess[str]]
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index that is only copied."""
    folder = tmp_path_factory.mktemp("pristine")
    (folder / "news").mkdir()
    (folder / "news" / "a.md").write_text("# Le chat\n\nLe chat dort sur le toit. Il fait beau.\n", encoding="utf-8")
    (folder / "news" / "b.md").write_text("# Le chien\n\nLe chien mange un os. Il pleut.\n", encoding="utf-8")
    build_index(folder / "news", folder / "index")
    return folder / "index"


@pytest.fixture
def folder(pristine: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pristine, tmp_path / "index"))


def generation_of(folder: Path) -> Path:
    return folder / "generations" / (folder / "CURRENT").read_text()


def file_of(folder: Path, name: str) -> Path:
    """Returns a file of the live generation, whether it belongs to a segment or not."""
    return next(generation_of(folder).rglob(name))


def edit_manifest(folder: Path, **values: object) -> None:
    """Changes a manifest and its checksum."""
    path = generation_of(folder) / "manifest.json"
    path.write_bytes(manifest_bytes({**json.loads(path.read_bytes()), **values}))


def test_intact_generation_has_no_problems(folder: Path) -> None:
    assert problems(folder) == []


def test_passages_come_with_text_offsets_and_their_article(folder: Path) -> None:
    with closing(open_generation(folder)) as generation:
        second, first = generation.passages([1, 0])
        article = generation.article(first.article_id)
        assert article is not None
        assert article.text[first.start : first.end] == first.text == "Le chat dort sur le toit. Il fait beau."
        assert (first.id, second.id) == ("news/a.md#0", "news/b.md#0")
        sentences = generation.sentences(0)
        assert [article.text[a:b] for a, b in sentences.spans] == ["Le chat dort sur le toit.", "Il fait beau."]
        assert sentences.vectors.shape == (2, 384)
        assert np.allclose(np.linalg.norm(sentences.vectors, axis=1), 1, atol=0.01)
        assert generation.article("news/none.md") is None
        assert generation.passages([]) == []
        assert len(repr(first)) < 120


@pytest.mark.parametrize(
    "counts",
    [{"articles": 3}, {"passages": 1}, {"sentences": 5}],
    ids=lambda counts: next(iter(counts)),
)
def test_counts_that_disagree_are_refused(folder: Path, counts: dict[str, int]) -> None:
    with closing(open_generation(folder)) as generation:
        edit_manifest(folder, counts={**generation.counts, **counts})
    with pytest.raises(IndexFormatError, match=r"wanted \d|damaged"):
        open_generation(folder)


def test_vectors_of_another_dimension_are_refused(folder: Path) -> None:
    edit_manifest(folder, dimension=192)
    with pytest.raises(IndexFormatError, match="384 numbers a vector, wanted 192; run `articlebot index --full`"):
        open_generation(folder)


def test_files_of_two_generations_are_never_mixed(library: Library) -> None:
    library.build()
    first = library.file("vectors.faiss")
    library.write(a="# Le lion\n\nLe lion dort sur le toit. Il fait beau.\n", b="# Le loup\n\nLe loup court.\n")
    library.build()
    shutil.copyfile(first, library.file("vectors.faiss"))  # of the same size
    with pytest.raises(IndexFormatError, match="its checksum is not that of the manifest"):
        open_generation(library.index)


def test_another_format_names_both_versions_and_the_next_step(folder: Path) -> None:
    edit_manifest(folder, format=99)
    with pytest.raises(IndexFormatError, match=r"format 99, this version reads 4; run `articlebot index --full`"):
        open_generation(folder)
    assert len(problems(folder)) == 1


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', "{}", "\udcff", "[" * 100_000])
def test_manifest_that_is_none_is_refused(folder: Path, text: str) -> None:
    (generation_of(folder) / "manifest.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(IndexFormatError, match="not a manifest"):
        open_generation(folder)
    assert len(problems(folder)) == 1


def test_edited_manifest_is_refused(folder: Path) -> None:
    path = generation_of(folder) / "manifest.json"
    path.write_text(path.read_text().replace('"created": "2', '"created": "1'))
    with pytest.raises(IndexFormatError, match="its checksum is not that of its text"):
        open_generation(folder)


def test_missing_current_with_generations_names_the_next_step(folder: Path) -> None:
    (folder / "CURRENT").unlink()
    with pytest.raises(IndexFormatError, match="CURRENT: missing; run `articlebot index --full`"):
        open_generation(folder)


def test_no_index_names_the_command_that_makes_one(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(IndexFormatError, match="no index there; make one with `articlebot index"):
            open_generation(folder)
    assert len(problems(tmp_path)) == 1


@pytest.mark.parametrize("text", ["00000009", "", "../pristine", "a\0b", "9" * 5000, "\udcff"])
def test_current_that_points_nowhere_is_refused(folder: Path, text: str) -> None:
    (folder / "CURRENT").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(IndexFormatError, match="run `articlebot index --full`"):
        open_generation(folder)
    assert len(problems(folder)) == 1


def damage(path: Path, how: str) -> None:
    data = path.read_bytes()
    if how == "deleted":
        path.unlink()
    elif how == "truncated":
        path.write_bytes(data[: len(data) // 2])
    elif how == "emptied":
        path.write_bytes(b"")
    else:
        at = len(data) // 2
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])


@pytest.mark.parametrize("how", ["flipped", "truncated", "emptied", "deleted"])
def test_every_damaged_file_is_found_refused_in_one_line_and_made_anew(
    pristine: Path, tmp_path: Path, content: Callable[[Path], dict[str, Any]], how: str
) -> None:
    names = sorted(str(path.relative_to(pristine)) for path in generation_of(pristine).rglob("*") if path.is_file())
    assert len(names) >= 9
    for number, name in enumerate(names):
        folder = Path(shutil.copytree(pristine, tmp_path / str(number)))
        damage(folder / name, how)
        assert problems(folder), name
        with pytest.raises(IndexFormatError) as caught:
            open_generation(folder)
        assert "\n" not in str(caught.value), name
    with pytest.raises(IndexFormatError):
        build_index([], folder)
    report = build_index(pristine.parent / "news", folder, full=True)
    assert "made from scratch" in report.notes[0]
    assert content(folder) == content(pristine)


@pytest.mark.parametrize("limit", [0, 10**9])
def test_large_files_are_checked_by_verify_not_at_every_open(
    folder: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(index.store.folder, "_LARGEST_CHECKED", limit)
    damage(file_of(folder, "sentences.f16"), "flipped")
    if limit:
        with pytest.raises(IndexFormatError):
            open_generation(folder)
    else:
        open_generation(folder).close()
    assert re.search(r"sentences\.f16: its checksum", problems(folder)[0])


def test_damaged_articles_are_neither_hidden_by_an_update_nor_merged_with_others(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(index.store.folder, "_LARGEST_CHECKED", 0)
    path = file_of(folder, "articles.sqlite")
    path.write_bytes(path.read_bytes().replace(b"sur le toit", b"sur le lait"))
    (tmp_path / "more").mkdir()

    def add(number: int) -> None:
        (tmp_path / "more" / f"{number}.md").write_text(f"# La vache {number}\n\nLa vache {number} regarde.\n")
        build_index(tmp_path / "more", folder)

    for number in range(2):
        add(number)
        assert re.search(r"articles\.sqlite: its checksum", problems(folder)[0])
    with pytest.raises(IndexFormatError, match="its checksum is not that of the manifest"):
        add(2)  # the fourth segment of its size


def test_rebuilding_a_damaged_index_keeps_all_its_sources_and_its_model(library: Library, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "c.md").write_text("# La vache\n\nLa vache regarde les trains.\n")
    library.build()
    build_index(tmp_path / "more", library.index)
    (library.index / "CURRENT").unlink()
    assert library.build(full=True).added == ["more/c.md", "news/a.md", "news/b.md"]
    damage(library.file("vectors.faiss"), "truncated")
    assert build_index([], library.index, full=True).passages == 3
    damage(library.file("articles.sqlite"), "deleted")  # the generation before still tells the sources
    assert build_index([], library.index, full=True).passages == 3


def test_passages_sentences_and_vectors_that_cannot_be_are_found(folder: Path) -> None:
    path = file_of(folder, "articles.sqlite")
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE passages SET end = 999 WHERE row = 0")
        db.execute("UPDATE sentences SET start = 20, end = 10 WHERE row = 2")
    manifest = json.loads((generation_of(folder) / "manifest.json").read_bytes())
    file = {"bytes": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    edit_manifest(folder, files={**manifest["files"], f"{path.parent.name}/{path.name}": file})
    assert problems(folder) == [
        "news/a.md: passage 0 to 999 is not in its text",
        "news/b.md: sentence 20 to 10 is not in its passage",
    ]


def test_open_generation_survives_later_ones_and_goes_when_closed(library: Library) -> None:
    library.build()
    first = library.generation
    reader = open_generation(library.index)
    for number in range(3):
        library.write(a=f"# Le chat\n\nLe chat numéro {number} dort.\n")
        library.build()
    assert [passage.text for passage in reader.passages([0])] == ["Le chat dort sur le toit. Il fait beau."]
    assert len(reader.lexical.search(["chat"], 5)[0]) == 1
    assert reader.vectors.rows(np.array([1])).shape == (1, 384)
    assert sorted(path.name for path in first.parent.iterdir()) == ["00000001", "00000003", "00000004"]
    reader.close()
    library.write(a="# Le chat\n\nLe chat est parti.\n")
    library.build()
    assert sorted(path.name for path in first.parent.iterdir()) == ["00000004", "00000005"]


def test_readers_that_open_while_a_writer_publishes_always_get_a_whole_generation(library: Library) -> None:
    library.build()
    stop = threading.Event()
    seen: set[str] = set()
    changed = threading.Condition()
    faults: list[str] = []

    def read() -> None:
        while not stop.is_set():
            try:
                with closing(open_generation(library.index)) as generation:
                    (passage,) = generation.passages([0])
                    assert passage.text.endswith(f"{generation.name}.") or generation.name == "00000001"
                with changed:
                    seen.add(generation.name)
                    changed.notify_all()
            except (ArticlebotError, AssertionError, OSError) as error:
                faults.append(repr(error))

    def is_over(name: str) -> bool:
        return name in seen or bool(faults)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(2, 8):
        library.write(a=f"# Le chat\n\nVoici la génération {number:08d}.\n")
        assert library.build().generation == f"{number:08d}"
        with changed:
            assert changed.wait_for(partial(is_over, f"{number:08d}"), 120)
    stop.set()
    for reader in readers:
        reader.join()
    assert faults == []
    assert len(seen) > 2


def test_threads_read_one_generation_together(folder: Path) -> None:
    texts: list[str] = []
    with closing(open_generation(folder)) as generation:
        threads = [threading.Thread(target=lambda: texts.append(generation.passages([0])[0].text)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(texts) == 8
    assert len(set(texts)) == 1


def test_read_only_index_opens_and_a_writer_is_told_in_one_line(folder: Path, python: Python, pristine: Path) -> None:
    everything = [folder, *folder.rglob("*")]
    for path in everything:
        path.chmod(0o555 if path.is_dir() else 0o444)
    code = (
        "import sys; from pathlib import Path; from index import build_index, ArticlebotError\n"
        "from index.store.anywhere.stores import open_generation; from index.store.verify import problems\n"
        "folder, news = map(Path, sys.argv[1:])\n"
        "print(len(open_generation(folder).passages([0, 1])), problems(folder))\n"
        "try: build_index(news, folder)\n"
        "except ArticlebotError as error: print(error)\n"
    )
    done = python(["-c", code, folder, pristine.parent / "news"], unprivileged=True)
    for path in everything:
        path.chmod(0o755)
    opened, *told = done.stdout.splitlines()
    assert opened == "2 []", done.stderr
    assert len(told) == 1
    assert "Permission denied" in told[0]


def test_index_that_may_not_be_read_is_one_clear_line(folder: Path, python: Python) -> None:
    code = (
        "import sys; from pathlib import Path; from index import ArticlebotError\n"
        "from index.store.anywhere.stores import open_generation\n"
        "for path in map(Path, sys.argv[2:]):\n"
        "    path.chmod(0)\n"
        "    try: open_generation(Path(sys.argv[1]))\n"
        "    except ArticlebotError as error: print(error)\n"
        "    path.chmod(0o644)\n"
    )
    names = ("manifest.json", "vectors.faiss", "articles.sqlite", "sentences.f16")
    paths = [folder / "CURRENT", *(file_of(folder, name) for name in names)]
    done = python(["-c", code, folder, *paths], unprivileged=True)
    assert len(done.stdout.splitlines()) == len(paths), done.stdout + done.stderr


def test_status_tells_what_the_index_holds(library: Library) -> None:
    library.write(c="---\ndate: 2025-02-12\nlanguage: en\n---\n# The moon\n\nThe moon is full.\n")
    library.build()
    status = index_status(library.index)
    assert (status["articles"], status["passages"], status["first_date"]) == (3, 3, "2025-02-12")
    assert status["languages"] == {"fr": 2, "en": 1}
    assert status["sources"] == [
        {"name": "news", "path": str(library.source), "articles": 3, "there": True, "passed_over": {}}
    ]
    assert status["model"] == "multilingual-e5-small (bundled)"
    assert status["segments"] == [3]
    json.dumps(status)
    shutil.rmtree(library.source)
    assert index_status(library.index)["sources"][0]["there"] is False


def test_foreign_files_among_the_generations_are_left_alone(library: Library) -> None:
    library.build()
    mine = library.index / "generations" / "00000001-copy"
    shutil.copytree(library.generation, mine)
    (library.index / "generations" / ".keep").write_text("")
    for number in range(3):
        library.write(a=f"# Le chat\n\nLe chat numéro {number} dort.\n")
        library.build()
    assert sorted(path.name for path in mine.parent.iterdir()) == [".keep", "00000001-copy", "00000003", "00000004"]


def test_no_pickle_is_ever_read() -> None:
    for package in ("index", "retrieval", "bot"):
        for path in (ROOT / package).rglob("*.py"):
            source = path.read_text(encoding="utf-8")
            assert not re.search(
                r"^\s*(?:import|from) (?:pickle|joblib|dill|shelve|marshal)\b", source, re.MULTILINE
            ), path
            assert not re.search(r"\b(?:pickle|joblib)\.load|torch\.load\(|allow_pickle=True", source), path
            for call in re.finditer(r"\bnp\.load\((.*)\)", source):
                assert "allow_pickle=False" in call[1], f"{path}: {call[0]}"
