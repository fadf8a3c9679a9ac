import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.embedding.bundled.data import read_data
from index.embedding.bundled.graph import build_lower, build_upper
from index.embedding.bundled.prepare import (
    FILES_VERSION,
    LOWER_FILE,
    SHARED_LAYERS,
    UPPER_FILE,
    _find_source,
    _remove_older,
    bundled_folder,
)
from index.embedding.onnx import OnnxEmbedder

TEXTS = [
    "Deux bases russes ont été citées par le ministre lors de l'entretien de mardi.",
    "Der Zug von Köln nach Paris « Thalys » fährt um 8 h 43. " * 12,
]


@pytest.fixture(scope="module")
def prepared() -> Path:
    return bundled_folder()


@pytest.fixture(scope="module")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("cache")
    yield folder
    shutil.rmtree(folder)  # half a gigabyte


def start(code: str, cache: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "XDG_CACHE_HOME": str(cache)}
    command = [sys.executable, "-c", code]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_who_changes_the_graph_raises_the_version() -> None:
    # The version names the vectors: indexes and language means of another version are not mixed with these.
    data = read_data(_find_source()[0].read_bytes())
    digest = hashlib.sha256()
    for graph in (build_lower(data, SHARED_LAYERS).graph, build_upper(data, SHARED_LAYERS).graph):
        for node in graph.node:
            digest.update(node.SerializeToString(deterministic=True))
        for constant in graph.initializer:
            digest.update(constant.raw_data)
    assert (FILES_VERSION, digest.hexdigest()[:16]) == (2, "8ef77e9a94123075")


def test_full_disk_is_one_clear_error_and_leaves_nothing(tmp_path: Path) -> None:
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (50_000_000, 50_000_000))\n"
        "from index import ArticlebotError, load_embedder\n"
        "try: load_embedder()\n"
        "except ArticlebotError as error: print(error)"
    )
    with start(code, tmp_path) as process:
        message = process.communicate(timeout=120)[0]
    assert "File too large" in message
    assert "make room, or set XDG_CACHE_HOME" in message
    assert [path.name for path in (tmp_path / "articlebot").iterdir()] == ["prepare.lock"]


def test_after_a_kill_two_processes_at_once_prepare_one_good_folder(own_cache: Path, prepared: Path) -> None:
    killed = (
        "import os, signal\n"
        "from index.embedding.bundled.prepare import bundled_folder\n"
        "bundled_folder(lambda what, share: share > 0.3 and os.kill(os.getpid(), signal.SIGKILL))"
    )
    with start(killed, own_cache) as process:
        process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL
    (leftover,) = (own_cache / "articlebot").glob(".partial-*")
    told = (
        "from index.embedding.bundled.prepare import bundled_folder\n"
        "print(bundled_folder(lambda what, share: print(what, share)))"
    )
    with start(told, own_cache) as first, start(told, own_cache) as second:
        outputs = [process.communicate(timeout=120) for process in (first, second)]
    folder = own_cache / "articlebot" / prepared.name
    assert [output.splitlines()[-1] for output, _ in outputs] == [str(folder)] * 2
    assert sum("Preparing" in output for output, _ in outputs) == 1
    assert not leftover.exists()
    assert folder.stat().st_mode == folder.parent.stat().st_mode  # the umask's: other users may read it
    assert {path.name for path in folder.parent.iterdir()} == {folder.name, "prepare.lock"}
    fresh = OnnxEmbedder(folder)
    assert fresh.embed_passages(TEXTS).tobytes() == OnnxEmbedder(prepared).embed_passages(TEXTS).tobytes()


def test_folders_of_older_versions_go_once_a_new_one_is_there(tmp_path: Path) -> None:
    kept = ["multilingual-e5-small-3-0123456789abcdef", "multilingual-e5-small-1-own", "multilingual-e5-large-1-x"]
    kept += [f"multilingual-e5-small-{FILES_VERSION}-0123456789abcdef-{layout}" for layout in (2, 3)]
    older = ["multilingual-e5-small-1-0123456789abcdef", f"multilingual-e5-small-{FILES_VERSION}-0123456789abcdef"]
    for name in [*kept, *older]:
        (tmp_path / name).mkdir()
        (tmp_path / name / UPPER_FILE).touch()
    _remove_older(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(kept)


def test_folder_that_lost_a_file_is_prepared_anew(
    own_cache: Path, prepared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(own_cache))
    folder = own_cache / "articlebot" / prepared.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    older = folder.with_name(folder.name.replace(f"-{FILES_VERSION}-", "-1-"))
    older.mkdir()
    (folder / "sizes.json").write_text(json.dumps({LOWER_FILE: 1}))
    seen: list[tuple[str, float]] = []
    assert bundled_folder(lambda what, share: seen.append((what, share))) == folder
    assert (folder / LOWER_FILE).stat().st_size > 60_000_000
    shares = [share for _, share in seen]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    seen.clear()
    bundled_folder(lambda what, share: seen.append((what, share)))
    assert seen == []
    assert not older.exists()
