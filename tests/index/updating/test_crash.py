from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import IO, TYPE_CHECKING, Any

import pytest

from index import build_index
from index.store.anywhere.stores import open_generation, store_of
from index.store.live import IndexBusyError, writer_lock
from index.store.manifest import IndexFormatError
from index.store.postgres.address import IndexPlace, as_place
from index.store.verify import problems
from index.text.passages import passage_text, sentence_text
from tests.index.server import Server

if TYPE_CHECKING:
    from tests.index.conftest import Library

Content = Callable[[IndexPlace], dict[str, Any]]
Python = Callable[..., subprocess.CompletedProcess[str]]
WRITER = Path(__file__).parents[1] / "writer.py"
KILLED_AFTER = ("start", "done")  # in turn: a slow machine too finishes updates, and has some killed
IN_A_DATABASE = pytest.mark.parametrize("place", ["postgres"], indirect=True)
LONGEST_S = 120.0  # only a failing test waits so long
# Syncs, renames and replaces of a publication, as `writer.py killed` counts them: of one segment, of two.
FIRST_STEPS, STEPS = 19, 28


@pytest.fixture(scope="module")
def writer() -> ModuleType:
    """The module writer.py."""
    spec = spec_from_file_location("writer", WRITER)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def trains(library: Library, writer: ModuleType) -> Library:
    """A library that holds step 0 of the history, not indexed yet."""
    library.remove("a", "b")
    writer.write_articles(library.source, 0)
    return library


@contextmanager
def running(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(WRITER), *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(process: subprocess.Popen[str], word: str) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(word):
            return line
    assert process.stderr is not None
    raise AssertionError(process.stderr.read())


def kill_after(process: subprocess.Popen[str], word: str, wait_s: float) -> list[list[str]]:
    """Kills a history so long after it said this word first; returns all that it said from there on, line by line."""
    said = [wait_for(process, word)]
    time.sleep(wait_s)
    process.kill()
    assert process.stdout is not None
    said += process.stdout.read().splitlines()
    return [line.split(maxsplit=2) for line in said]


def kill_at_random(
    trains: Library, writer: ModuleType, tmp_path: Path, content: Content, kills: int, seed: int
) -> None:
    """Kills a writer at random points of a history, each time goes on with another, and looks at what is left."""
    print(f"seed {seed}")  # noqa: T201  for whoever sees it fail
    chance = random.Random(seed)  # noqa: S311  not for secrets
    step, finished, reports = 0, -1, []
    for number in range(kills):
        with running("history", trains.source, trains.index, tmp_path / "embedded", step) as process:
            said = kill_after(process, KILLED_AFTER[number % 2], chance.uniform(0, 0.8))
        started = max([int(words[1]) for words in said if words[0] == "start"], default=step)
        done = [words for words in said if words[0] == "done"]
        finished = max([finished, *(int(words[1]) for words in done)])
        reports += [json.loads(words[2]) for words in done]
        if finished >= 0 or store_of(trains.index).is_there():  # a first run may have left nothing
            step_that_is_left(trains, [writer.articles_at(finished), writer.articles_at(started)])
        step = started
    assert all(report["failed"] == [] and report["passages"] > 0 for report in reports)
    writer.write_articles(trains.source, step)
    trains.build()
    build_index(trains.source, tmp_path / "anew")
    assert content(trains.index) == content(tmp_path / "anew")
    check_embedded_once(tmp_path / "embedded")


def step_that_is_left(trains: Library, allowed: list[dict[str, str]]) -> int:
    """Returns which of these steps the index holds: all of one of them, and it is whole."""
    expected = [{f"news/{name}": text for name, text in texts.items()} for texts in allowed]
    left = trains.texts()
    assert left in expected
    return expected.index(left)


def check_embedded_once(path: Path, but: Collection[str] = ()) -> None:
    times = Counter(json.loads(line) for line in path.read_text().splitlines())
    assert times
    assert {text: count for text, count in times.items() if count > 1 + (text in but)} == {}


def texts_that_come_back(writer: ModuleType, steps: int) -> set[str]:
    """Returns the embedded texts of articles that go and come back as they were.

    What a killed run embedded is kept for the next run; where its article is not there then, it is embedded again.
    """
    there = [set(writer.articles_at(step).items()) for step in range(steps + 1)]
    back = {
        each
        for before, gone, after in zip(there, there[1:], there[2:], strict=False)
        for each in (before & after) - gone
    }
    passages = {passage_text(f"Train {name}", text) for name, text in back}
    return passages | {sentence_text(f"Train {name}", line) for name, text in back for line in text.splitlines()}


def kill_while_asked(trains: Library, writer: ModuleType, tmp_path: Path, kills: int, seed: int) -> None:
    """As `kill_at_random`, while a reader in a process of its own asks and takes up what is published."""
    print(f"seed {seed}")  # noqa: T201  for whoever sees it fail
    chance = random.Random(seed)  # noqa: S311  not for secrets
    trains.build()
    usual_s = seconds_of_an_update(trains, writer)
    stop, step, live = tmp_path / "stop", 2, 1
    with (tmp_path / "seen").open("w") as seen, reading(trains.index, stop, seen) as reader:
        wait_until_it_saw(tmp_path / "seen", "ready", reader)
        for number in range(kills):
            with running("history", trains.source, trains.index, tmp_path / "embedded", step) as process:
                said = kill_after(process, KILLED_AFTER[number % 2], chance.uniform(0, 2.5 * usual_s))
            started = max([int(words[1]) for words in said if words[0] == "start"], default=step)
            done = [int(words[1]) for words in said if words[0] == "done"]
            possible = [max([live, *done]), started]
            live = possible[step_that_is_left(trains, [writer.articles_at(at) for at in possible])]
            step = started + 1
            wait_until_it_saw(tmp_path / "seen", f'"generation": "{trains.generation.name}"', reader)
        writer.write_articles(trains.source, step)
        trains.build()
        stop.touch()
        _, told = reader.communicate(timeout=LONGEST_S)
    assert (reader.returncode, told) == (0, "")
    check_what_was_seen(tmp_path / "seen", writer, step)
    assert trains.build().embedded == 0
    check_embedded_once(tmp_path / "embedded", texts_that_come_back(writer, step))


def wait_until_it_saw(path: Path, words: str, reader: subprocess.Popen[str]) -> None:
    """Waits until the reader has written this down; it is alive until then."""
    until = time.monotonic() + LONGEST_S
    while words not in path.read_text():
        assert reader.poll() is None
        assert time.monotonic() < until
        time.sleep(0.02)


def seconds_of_an_update(trains: Library, writer: ModuleType) -> float:
    writer.write_articles(trains.source, 1)
    return float(trains.build().seconds)


@contextmanager
def reading(index: IndexPlace, stop: Path, seen: IO[str]) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(WRITER.with_name("reader.py")), str(index), str(stop)]
    with subprocess.Popen(command, stdout=seen, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def check_what_was_seen(path: Path, writer: ModuleType, last: int) -> None:
    """Every question saw the articles of one step, none of an earlier one than the question before."""
    ready, *lines = path.read_text().splitlines()
    assert ready == "ready"
    seen = list(map(json.loads, lines))
    names = [line["generation"] for line in seen]
    assert names == sorted(names)
    assert len(set(names)) > 2  # else the reader had nothing to take up
    step = 1
    for at, line in enumerate(seen):
        has_the_train = "3.md" in line["texts"]  # that is asked for; every fifth step lacks it
        assert line["cited"] > 0 or not has_the_train
        if at and line["texts"] == seen[at - 1]["texts"]:
            continue
        assert line["generation"] != names[at - 1] or not at
        step += [writer.articles_at(later) for later in range(step, last + 1)].index(line["texts"])
    assert step == last


def test_reader_never_sees_a_half_update_however_often_the_writer_is_killed(
    trains: Library, writer: ModuleType, tmp_path: Path
) -> None:
    kill_while_asked(trains, writer, tmp_path, kills=10, seed=6)


@IN_A_DATABASE
def test_reader_of_a_database_never_sees_a_half_update_however_often_the_writer_is_killed(
    trains: Library, writer: ModuleType, tmp_path: Path
) -> None:
    kill_while_asked(trains, writer, tmp_path, kills=2, seed=7)


@pytest.mark.full
@IN_A_DATABASE
def test_reader_of_a_database_never_sees_a_half_update_at_50_kills(
    trains: Library, writer: ModuleType, tmp_path: Path
) -> None:
    kill_while_asked(trains, writer, tmp_path, kills=50, seed=8)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(30, 34))
def test_reader_never_sees_a_half_update_at_50_kills(
    trains: Library, writer: ModuleType, tmp_path: Path, seed: int
) -> None:
    kill_while_asked(trains, writer, tmp_path, kills=50, seed=seed)


def test_killed_writer_leaves_the_old_or_the_new_generation(
    trains: Library, writer: ModuleType, tmp_path: Path, content: Content
) -> None:
    kill_at_random(trains, writer, tmp_path, content, kills=5, seed=5)


@IN_A_DATABASE
def test_writer_killed_over_a_database_leaves_the_old_or_the_new_generation(
    trains: Library, writer: ModuleType, tmp_path: Path, content: Content
) -> None:
    kill_at_random(trains, writer, tmp_path, content, kills=2, seed=9)


@pytest.mark.full
@IN_A_DATABASE
def test_writer_killed_over_a_database_at_50_random_points_leaves_the_old_or_the_new_generation(
    trains: Library, writer: ModuleType, tmp_path: Path, content: Content
) -> None:
    kill_at_random(trains, writer, tmp_path, content, kills=50, seed=10)


def lose_the_server(
    server: Server, trains: Library, writer: ModuleType, content: Content, tmp_path: Path, losses: int
) -> None:
    """Takes the power from the server at random points of a history: each update under way is taken up again."""
    chance = random.Random(losses)  # noqa: S311  not for secrets
    trains.index = as_place(server.address())
    step, lived = 0, 0
    for _ in range(losses):
        with running("history", trains.source, trains.index, tmp_path / "embedded", step) as process:
            started = int(wait_for(process, "start").split()[1])
            time.sleep(chance.uniform(0, 0.6))
            server.restart()
            done = int(wait_for(process, "done").split()[1])  # the update under way, or the one before
            lived += 1
            process.kill()
            assert process.stdout is not None
            said = [line.split(maxsplit=2) for line in process.stdout.read().splitlines()]
        step = max([started, done, *(int(words[1]) for words in said if words[0] == "start")])
        done = max([done, *(int(words[1]) for words in said if words[0] == "done")])
        step_that_is_left(trains, [writer.articles_at(done), writer.articles_at(step)])
    assert lived == losses
    writer.write_articles(trains.source, step)
    trains.build()
    build_index(trains.source, tmp_path / "anew")
    assert content(trains.index) == content(tmp_path / "anew")


def test_an_update_goes_on_when_the_server_was_lost(
    own_server: Server, trains: Library, writer: ModuleType, content: Content, tmp_path: Path
) -> None:
    lose_the_server(own_server, trains, writer, content, tmp_path, losses=1)


@pytest.mark.full
def test_an_update_goes_on_when_the_server_was_lost_20_times(
    own_server: Server, trains: Library, writer: ModuleType, content: Content, tmp_path: Path
) -> None:
    lose_the_server(own_server, trains, writer, content, tmp_path, losses=20)


@pytest.mark.full
@pytest.mark.parametrize("seed", [20, 21, 22])
def test_writer_killed_at_20_random_points_leaves_the_old_or_the_new_generation(
    trains: Library, writer: ModuleType, tmp_path: Path, content: Content, seed: int
) -> None:
    kill_at_random(trains, writer, tmp_path, content, kills=20, seed=seed)


@pytest.mark.parametrize(
    "step", [STEPS - 2, *(pytest.param(step, marks=pytest.mark.full) for step in range(1, STEPS + 1))]
)
def test_writer_killed_at_any_step_of_publishing_leaves_nothing_behind(
    trains: Library, writer: ModuleType, python: Python, step: int
) -> None:
    old, new = ({f"news/{name}": text for name, text in writer.articles_at(at).items()} for at in (0, 1))
    trains.build()
    writer.write_articles(trains.source, 1)
    done = python([WRITER, "killed", trains.source, trains.index, str(step)])
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert trains.texts() == (old if step < STEPS else new)  # the last step only syncs
    report = trains.build()
    assert trains.texts() == new
    assert report.embedded == 0  # all of it was in the cache when the writing began
    left = sorted(path.name for path in [*trains.index.iterdir(), *trains.index.glob("generations/*")])
    assert left[:1] + left[2:] == ["00000001", "CURRENT", "generations", "writer.lock"]


@pytest.mark.parametrize("step", [1, pytest.param(FIRST_STEPS - 3, marks=pytest.mark.full), FIRST_STEPS - 2])
def test_first_build_that_was_killed_leaves_a_folder_that_the_next_accepts(
    trains: Library, python: Python, step: int
) -> None:
    done = python([WRITER, "killed", trains.source, trains.index, str(step)])
    assert done.returncode == -signal.SIGKILL, done.stderr
    with pytest.raises(IndexFormatError):
        open_generation(trains.index)
    report = trains.build()
    assert report.added == list(trains.texts())
    assert report.embedded == 0


def test_interrupted_writer_ends_soon_and_leaves_a_usable_index(
    trains: Library, writer: ModuleType, tmp_path: Path
) -> None:
    trains.build()
    with running("history", trains.source, trains.index, tmp_path / "embedded", 1) as process:
        wait_for(process, "start")
        process.send_signal(signal.SIGINT)
        said, told = process.communicate(timeout=LONGEST_S)
    assert "KeyboardInterrupt" in told
    last = max([int(line.split()[1]) for line in said.splitlines() if line.startswith("start")], default=1)
    step_that_is_left(trains, [writer.articles_at(step) for step in range(last + 1)])
    assert trains.build().failed == []


def test_full_disk_leaves_the_old_generation_and_says_so_in_one_line(
    trains: Library, writer: ModuleType, python: Python, tmp_path: Path
) -> None:
    trains.build()
    writer.write_articles(trains.source, 1)
    (tmp_path / "work").mkdir()
    check_starved(python([WRITER, "starved", trains.source, trains.index, tmp_path / "work"]), 5, writer)


@pytest.mark.full
def test_disk_that_is_full_after_any_page_leaves_the_old_generation_and_says_so_in_one_line(
    trains: Library, writer: ModuleType, python: Python, tmp_path: Path
) -> None:
    trains.build()
    writer.write_articles(trains.source, 1)
    (tmp_path / "work").mkdir()
    sizes = [*range(0, 4_096, 256), *range(4_096, 120_000, 2_048)]
    done = python([WRITER, "starved", trains.source, trains.index, tmp_path / "work", ",".join(map(str, sizes))])
    check_starved(done, len(sizes), writer)


def check_starved(done: subprocess.CompletedProcess[str], sizes: int, writer: ModuleType) -> None:
    """What writers without room said and left, at so many sizes of the largest file that there is room for."""
    cases = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(cases) == sizes + 2 * len(writer.WRITERS), done.stderr
    left = ["CURRENT", "generations", *(f"generations/0000000{n}" for n in "12"), "writer.lock"]
    for case in cases:
        assert case["moved"] == (case["told"] == ""), case
        assert case["wrong"] == [], case
        assert "\n" not in case["told"]
        assert case["told"] == "" or ("could not be written" in case["told"] or "cannot be written" in case["told"])
        assert case["told"] == "" or "stays live" in case["told"]
        assert case["after"] == [case["after"][0]], case
        assert case["left"] == left, case
    assert not any(case["moved"] for case in cases if case["size"] == 0)


def test_writer_without_permission_is_told_in_one_line(trains: Library, python: Python) -> None:
    trains.build()
    code = (
        "import sys; from pathlib import Path; from index import build_index, ArticlebotError\n"
        "for name in ('', 'generations', 'writer.lock'):\n"
        "    path = Path(sys.argv[2], name); mode = path.stat().st_mode; path.chmod(mode & 0o555)\n"
        "    try: build_index(*sys.argv[1:], full=True)\n"
        "    except ArticlebotError as error: print(error)\n"
        "    path.chmod(mode)\n"
    )
    done = python(["-c", code, trains.source, trains.index], unprivileged=True)
    assert len(done.stdout.splitlines()) == 3, done.stdout + done.stderr
    assert all("stays live" in line for line in done.stdout.splitlines())
    assert problems(trains.index) == []
    assert trains.build().embedded == 0


def test_second_writer_is_told_the_process_of_the_first(trains: Library) -> None:
    with writer_lock(trains.index), pytest.raises(IndexBusyError, match=f"process {os.getpid()} is writing"):
        trains.build()
    assert trains.build().passages > 0


def test_lock_of_a_dead_writer_is_taken_over(trains: Library) -> None:
    trains.build()
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    (trains.index / "writer.lock").write_text(f"{gone.pid:<10}\n")
    assert trains.build().passages > 0


def test_lock_goes_with_its_process(trains: Library) -> None:
    with running("hold", trains.index) as process:
        wait_for(process, "held")
        with pytest.raises(IndexBusyError, match=f"process {process.pid} is writing this index; try again"):
            trains.build()
        process.kill()
        process.wait()
        assert trains.build().passages > 0
