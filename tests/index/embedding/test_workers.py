"""Processes that embed: the vectors of one process to the bit, whoever is killed on the way."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray

from index import build_index, load_embedder
from index.embedding.embedder import EXACT_MODEL
from index.embedding.workers import workers
from index.embedding.workers.crew import TRIES, Crew, LostWorkerError, WorkersError
from index.embedding.workers.processes import ProcessWorker
from index.embedding.workers.work import WorkersModel, own_version
from index.embedding.workers.workers import Workers

if TYPE_CHECKING:
    from concurrent.futures import Future

    from tests.index.conftest import Library

Content = Callable[[Any], dict[str, Any]]
Watched = tuple[list[Any], Counter[str]]
PS = shutil.which("ps") or "ps"
LONGEST_S = 120.0  # only a failing test waits so long
TEXTS = [f"Le train {number} part à {number % 24} heures du quai {number % 7}." for number in range(40)]


@pytest.fixture
def many(library: Library, monkeypatch: pytest.MonkeyPatch) -> Library:
    """A library that is embedded in many small batches, by workers where any are named."""
    monkeypatch.setattr(workers, "FEW_CHARACTERS", 0)
    monkeypatch.setattr("index.updating.embedding.COMMIT_EVERY", 8)
    for number in range(20):
        lines = "\n".join(f"Le train {number} part à {hour} heures, voie {hour * number % 9}." for hour in range(8))
        library.write(**{f"train{number}": f"# Train {number}\n\n{lines}\n"})
    return library


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    """The processes that were given a batch, and how often each batch was given to one, by its first text."""
    at_work: list[ProcessWorker] = []
    given: Counter[str] = Counter()
    embed = ProcessWorker.embed

    def noted(worker: ProcessWorker, texts: list[str]) -> Future[NDArray[np.float16]]:
        given[texts[0]] += 1
        if worker not in at_work:
            at_work.append(worker)
        return embed(worker, texts)

    monkeypatch.setattr(ProcessWorker, "embed", noted)
    return at_work, given


def model(**changed: Any) -> WorkersModel:  # noqa: ANN401  what a worker is told
    about = {"name": None, "device": None, "fingerprint": load_embedder().fingerprint, "version": own_version()}
    return WorkersModel(**about | changed)


def of_crew(crew: Crew, texts: list[str], size: int) -> NDArray[np.float16]:
    """Returns the rows that a crew makes of these texts, in their order."""
    with closing(crew):
        batches = [texts[start : start + size] for start in range(0, len(texts), size)]
        rows = {text: row for batch, vectors in crew.embed(batches) for text, row in zip(batch, vectors, strict=True)}
    return np.stack([rows[text] for text in texts])


def ended(pid: int) -> bool:
    """Whether a process is gone; one that nobody has asked after yet too."""
    done = subprocess.run([PS, "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return done.stdout.strip()[:1] in ("", "Z")


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + LONGEST_S
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.parametrize("place", ["folder", pytest.param("postgres", marks=pytest.mark.full)], indirect=True)
def test_an_index_by_processes_one_of_which_is_killed_is_that_of_one_process(
    many: Library, watched: Watched, tmp_path: Path, content: Content
) -> None:
    at_work, given = watched
    killed: list[int] = []

    def kill_one(what: str, _done: int, _total: int) -> None:
        if what == "embedding" and len(at_work) == 2 and not killed:
            killed.append(at_work[0].pid)
            os.kill(killed[0], signal.SIGKILL)

    report = many.build(workers=2, progress=kill_one)
    assert (report.failed, report.notes, len(at_work)) == ([], [], 3)  # the third is instead of the first
    assert sum(given.values()) - len(given) <= 1  # its batch alone was given to another
    assert multiprocessing.active_children() == []
    alone = build_index(many.source, tmp_path / "alone")
    assert report.embedded == alone.embedded
    assert content(many.index) == content(tmp_path / "alone")


def test_a_batch_over_which_workers_end_again_and_again_is_a_clear_line(
    many: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    embed, tries = ProcessWorker.embed, Counter[str]()

    def dying(worker: ProcessWorker, texts: list[str]) -> Future[NDArray[np.float16]]:
        if any("Train 7\n" in text for text in texts):
            tries[texts[0]] += 1
            os.kill(worker.pid, signal.SIGKILL)
        return embed(worker, texts)

    with monkeypatch.context() as deadly:
        deadly.setattr(ProcessWorker, "embed", dying)
        with pytest.raises(WorkersError, match=r"workers ended over one batch of \d texts .* run it again") as told:
            many.build(workers=2)
    assert "\n" not in str(told.value)
    assert max(tries.values()) == TRIES
    assert multiprocessing.active_children() == []
    report = many.build()
    assert 0 < report.embedded < report.passages  # what came back before is kept


@pytest.mark.parametrize("name", [None, pytest.param(EXACT_MODEL, marks=pytest.mark.full)])
def test_vectors_are_the_same_to_the_bit_whoever_makes_them_on_however_many_threads(name: str | None) -> None:
    embedder = load_embedder(name)
    expected = np.concatenate([embedder.embed_passages(TEXTS[:32]), embedder.embed_passages(TEXTS[32:])])
    told = model(name=name, fingerprint=embedder.fingerprint, threads=1)
    assert np.array_equal(of_crew(Crew(lambda: ProcessWorker(told), 1), TEXTS, 32), expected.astype(np.float16))


def test_another_version_or_model_in_a_worker_is_a_clear_line() -> None:
    for changed, wanted in (
        ({"version": "0.0.9"}, "articlebot .*, wanted: 0.0.9"),
        ({"fingerprint": "x"}, "wanted: x"),
    ):
        with pytest.raises(WorkersError, match=wanted):
            of_crew(Crew(lambda changed=changed: ProcessWorker(model(**changed)), 1), TEXTS, 8)  # type: ignore[misc]


def test_no_more_batches_are_taken_than_workers_can_do_but_for_one() -> None:
    taken: list[int] = []

    def batches() -> Iterator[list[str]]:
        for number, text in enumerate(TEXTS[:12]):
            taken.append(number)
            yield [text]

    with closing(Crew(lambda: ProcessWorker(model()), 2)) as crew:
        for came, _ in enumerate(crew.embed(batches())):
            assert len(taken) - came <= 3 + 1
    assert len(taken) == 12


def test_an_empty_batch_waits_for_one_that_is_under_way() -> None:
    came: list[str] = []

    def batches() -> Iterator[list[str]]:
        yield []  # nothing is
        yield TEXTS[:1]
        assert came == []
        yield []
        assert came == TEXTS[:1]
        yield []

    with closing(Crew(lambda: ProcessWorker(model()), 3)) as crew:
        for batch, _ in crew.embed(batches()):
            came += batch
    assert came == TEXTS[:1]


def test_a_crew_that_was_left_in_the_middle_begins_anew() -> None:
    crew = Crew(lambda: ProcessWorker(model()), 1)
    for _ in crew.embed([[text] for text in TEXTS]):
        break
    assert len(of_crew(crew, TEXTS[:4], 2)) == 4


def test_where_there_is_little_to_embed_no_worker_begins(library: Library, watched: Watched) -> None:
    assert library.build(workers=2).embedded == 2
    assert watched == ([], Counter())


@pytest.mark.parametrize(
    "named", ["0", "-1", "65", "2.5", "two", "", "ray:", "ray://", "ray://a", "host:", "host:0", "host:70000", 0]
)
def test_other_workers_are_refused_with_what_is_wanted(library: Library, named: int | str) -> None:
    with pytest.raises(WorkersError, match=r"workers .*: wanted: a number from 1 to 64, ray, ray://HOST:PORT or HOST:"):
        library.build(workers=named)
    assert not library.index.exists()


def test_workers_are_not_had_with_an_accelerator() -> None:
    with pytest.raises(WorkersError, match="workers '2' with device 'cuda': workers compute on the CPU, wanted: one"):
        Workers(2, "cuda")


def test_without_ray_it_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "find_spec", lambda _name: None)
    with pytest.raises(WorkersError, match=r"Ray is not installed; run: pip install 'articlebot\[ray\]'"):
        Workers("ray")


def test_a_process_that_ends_at_its_start_tells_what_a_script_needs(tmp_path: Path) -> None:
    script = tmp_path / "script.py"  # each process runs it again, and so builds an index itself
    script.write_text(
        "from index import build_index\n"
        "from index.embedding.workers import workers\n"
        "workers.FEW_CHARACTERS = 0\n"
        "build_index('news', 'made', workers=2)\n"
    )
    (tmp_path / "news").mkdir()
    (tmp_path / "news/a.md").write_text("# Le chat\n\nLe chat dort.\n")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert 'a script calls build_index under `if __name__ == "__main__":`' in done.stderr


COMMAND = (
    "from index.embedding.workers import workers; workers.FEW_CHARACTERS = 0\n"
    "from index.updating import embedding; embedding.COMMIT_EVERY = 1\n"
    "from bot.cli import app; app()"
)


def embedding_by_processes(many: Library, cwd: Path) -> subprocess.Popen[str]:
    """Starts an `articlebot index --workers 2` in a group of its own, and returns when it has embedded something."""
    command = [sys.executable, "-c", COMMAND, "index", str(many.source), "--index", str(many.index), "--workers", "2"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=cwd, start_new_session=True)
    log = many.index / "embeddings.sqlite-wal"
    wait_until(lambda: process.poll() is not None or (log.exists() and log.stat().st_size > 100_000))
    assert process.poll() is None
    return process


def of_group(process: subprocess.Popen[str]) -> list[int]:
    found = subprocess.run([PS, "-e", "-o", "pid=,pgid="], capture_output=True, text=True, check=True).stdout
    pairs = [line.split() for line in found.splitlines()]
    return [int(pid) for pid, group in pairs if int(group) == process.pid and int(pid) != process.pid]


def test_ctrl_c_ends_workers_too_in_one_line_and_what_was_embedded_is_kept(many: Library, tmp_path: Path) -> None:
    process = embedding_by_processes(many, tmp_path)
    others = of_group(process)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    _, told = process.communicate(timeout=LONGEST_S)
    assert (process.returncode, told.splitlines()) == (
        130, ["articlebot: stopped; the index is whole, and what was embedded so far is not embedded again"],
    )  # fmt: skip
    assert len(others) >= 2
    wait_until(lambda: all(map(ended, others)))
    report = many.build()
    assert report.embedded < report.passages


def test_workers_end_with_the_process_that_is_killed(many: Library, tmp_path: Path) -> None:
    process = embedding_by_processes(many, tmp_path)
    others = of_group(process)
    process.kill()
    process.communicate()
    assert len(others) >= 2
    wait_until(lambda: all(map(ended, others)))


def test_a_worker_that_has_ended_says_so_when_it_is_asked() -> None:
    worker = ProcessWorker(model())
    with closing(worker):
        worker.ready().result()
        os.kill(worker.pid, signal.SIGKILL)
        wait_until(lambda: ended(worker.pid))
        for _ in range(2):  # as it is noticed, and afterwards
            with pytest.raises(LostWorkerError, match="a process ended"):
                worker.embed(TEXTS[:1]).result()
