from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from index import ArticlebotError, IndexReport, build_index
from index.store.live import writer_lock
from index.updating.build import forget_source
from index.updating.watch import watch_sources

if TYPE_CHECKING:
    from tests.index.conftest import Library

LONGEST_S = 120.0  # until an outcome: machines may be busy


class Watched:
    """An index that is watched in a thread, and what came of it."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.asked: list[list[str | Path]] = []  # sources of each update
        self.before_update: Callable[[], None] = lambda: None
        self.after_update: Callable[[], None] = lambda: None  # before the watcher hears of it
        self.stop = threading.Event()
        self._outcomes: queue.Queue[IndexReport | ArticlebotError] = queue.Queue()
        self._thread: threading.Thread | None = None

    def start(self, interval_s: float = 1_000.0) -> None:
        """Begins, and returns once the first look is over: changes are seen from now on."""
        looked = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(interval_s, looked))
        self._thread.start()
        assert looked.wait(LONGEST_S)

    def outcome(self) -> IndexReport | ArticlebotError:
        return self._outcomes.get(timeout=LONGEST_S)

    def report(self) -> IndexReport:
        found = self.outcome()
        assert isinstance(found, IndexReport), found
        return found

    def is_quiet(self) -> bool:
        return self._outcomes.empty()

    def end(self) -> None:
        self.stop.set()
        if self._thread:
            self._thread.join(LONGEST_S)
            assert not self._thread.is_alive()

    def _run(self, interval_s: float, looked: threading.Event) -> None:
        def update(sources: list[str | Path]) -> IndexReport:
            self.asked.append(sources)
            try:
                self.before_update()
                report = build_index(sources, self.library.index)
                self.after_update()
                return report
            finally:
                looked.set()

        for outcome in watch_sources(self.library.index, update, interval_s=interval_s, stop=self.stop):
            self._outcomes.put(outcome)


@pytest.fixture
def watched(library: Library, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    monkeypatch.setattr("index.updating.watch._LOOK_MS", 300)  # nobody here writes slowly
    monkeypatch.setattr("index.updating.watch._QUIET_MS", 300)
    library.build()
    made = Watched(library)
    yield made
    made.end()


def test_burst_of_files_is_one_update(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.updating.watch._QUIET_MS", 3_000)  # on a busy machine a burst has gaps
    watched.start()
    for number in range(30):
        watched.library.write(**{f"n{number:02d}": f"# Le numéro {number}\n\nLe numéro {number} gagne.\n"})
    assert len(watched.report().added) == 30
    watched.end()
    assert watched.is_quiet()
    assert len(watched.library.texts()) == 32


def test_edits_moves_and_removals_are_seen(watched: Watched) -> None:
    watched.start()
    watched.library.write(a="# Le lion\n\nLe lion dort.\n")
    assert watched.report().changed == ["news/a.md"]
    (watched.library.source / "old").mkdir()
    (watched.library.source / "a.md").rename(watched.library.source / "old" / "a.md")
    assert watched.report().added == ["news/old/a.md"]
    (watched.library.source / "old").rename(watched.library.source / "older")
    assert watched.report().added == ["news/older/a.md"]
    watched.library.remove("b")
    assert watched.report().removed == ["news/b.md"]


def test_what_changed_before_the_watching_began_is_caught_up_with(watched: Watched) -> None:
    watched.library.write(c="# La vache\n\nLa vache regarde passer les trains.\n")
    watched.start()
    assert watched.report().added == ["news/c.md"]


def test_what_changes_while_an_update_runs_is_seen_after_it(watched: Watched) -> None:
    watched.start()
    later = [("d", "# La mer\n\nLa mer monte.\n")]

    def write_once() -> None:
        for name, text in later:
            watched.library.write(**{name: text})
        later.clear()

    watched.after_update = write_once
    watched.library.write(c="# La vache\n\nLa vache regarde passer les trains.\n")
    assert watched.report().added == ["news/c.md"]
    assert watched.report().added == ["news/d.md"]


def test_only_the_source_that_changed_is_read(watched: Watched, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "c.md").write_text("# La vache\n\nLa vache regarde passer les trains.\n")
    build_index(tmp_path / "more", watched.library.index)
    watched.start()
    (tmp_path / "more" / "d.md").write_text("# La mer\n\nLa mer monte.\n")
    assert watched.report().added == ["more/d.md"]
    assert watched.asked[-1] == [tmp_path / "more"]


def test_single_file_is_watched_also_where_another_takes_its_place(watched: Watched, tmp_path: Path) -> None:
    (tmp_path / "depot").mkdir()
    file = tmp_path / "depot" / "seul.md"
    file.write_text("# Seul\n\nUne seule phrase.\n")
    build_index(file, watched.library.index)
    watched.start()
    (tmp_path / "depot" / "new.tmp").write_text("# Seul\n\nUne autre phrase.\n")
    (tmp_path / "depot" / "new.tmp").replace(file)
    assert watched.report().changed == ["depot/seul.md"]


def test_source_given_by_another_process_is_watched_too(watched: Watched, tmp_path: Path) -> None:
    watched.start()
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "c.md").write_text("# La vache\n\nLa vache regarde passer les trains.\n")
    build_index(tmp_path / "more", watched.library.index)
    end = time.monotonic() + LONGEST_S
    while not any(tmp_path / "more" in sources for sources in watched.asked):  # it caught up
        assert time.monotonic() < end
        time.sleep(0.05)
    (tmp_path / "more" / "d.md").write_text("# La mer\n\nLa mer monte.\n")
    assert watched.report().added == ["more/d.md"]


def test_forgotten_source_is_not_read_again(watched: Watched, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "c.md").write_text("# La vache\n\nLa vache regarde passer les trains.\n")
    build_index(tmp_path / "more", watched.library.index)
    watched.start()
    forget_source("more", watched.library.index)
    (tmp_path / "more" / "d.md").write_text("# La mer\n\nLa mer monte.\n")
    watched.library.write(c="# Le pont\n\nLe pont rouvre.\n")
    assert watched.report().added == ["news/c.md"]
    assert list(watched.library.texts()) == ["news/a.md", "news/b.md", "news/c.md"]


def test_files_that_are_no_articles_cause_nothing(watched: Watched) -> None:
    watched.start()
    asked = len(watched.asked)
    (watched.library.source / ".hidden.md").write_text("# Rien\n\nRien.\n")
    (watched.library.source / "c.md").write_text("# La mer\n\nLa mer monte.\n")
    assert watched.report().added == ["news/c.md"]
    assert len(watched.asked) == asked + 1


def test_busy_writer_is_waited_for(watched: Watched) -> None:
    watched.start()
    asked = len(watched.asked)
    with writer_lock(watched.library.index):
        watched.library.write(c="# La mer\n\nLa mer monte.\n")
        end = time.monotonic() + LONGEST_S
        while len(watched.asked) < asked + 2:  # it tries again and again
            assert time.monotonic() < end
            time.sleep(0.05)
        assert watched.is_quiet()
    assert watched.report().added == ["news/c.md"]


def test_error_is_told_and_the_watching_goes_on(watched: Watched) -> None:
    watched.start()
    kept = watched.library.source / "a.md"
    texts = {name: (watched.library.source / f"{name}.md").read_text() for name in "ab"}
    watched.library.remove("a", "b")
    assert isinstance(watched.outcome(), ArticlebotError)
    assert not kept.exists()
    assert len(watched.library.texts()) == 2
    watched.library.write(**texts, c="# La mer\n\nLa mer monte.\n")
    assert watched.report().added == ["news/c.md"]


def test_what_failed_is_tried_again_by_the_clock(watched: Watched) -> None:
    watched.start(interval_s=0.1)
    refused = [1]

    def refuse_once() -> None:
        if refused:
            refused.pop()
            raise ArticlebotError("no room")

    watched.before_update = refuse_once
    watched.library.write(c="# La mer\n\nLa mer monte.\n")
    assert str(watched.outcome()) == "no room"
    assert watched.report().added == ["news/c.md"]


def test_folder_that_is_put_in_the_place_of_another_is_watched(watched: Watched) -> None:
    watched.start()
    source = watched.library.source
    source.rename(source.with_name("away"))
    source.mkdir()
    for path in source.with_name("away").iterdir():
        (source / path.name).write_bytes(path.read_bytes())
    watched.library.write(c="# La mer\n\nLa mer monte.\n")
    added = []
    while "news/c.md" not in added:
        outcome = watched.outcome()
        added += outcome.added if isinstance(outcome, IndexReport) else []
    watched.library.write(d="# Le pont\n\nLe pont rouvre.\n")
    assert watched.report().added == ["news/d.md"]


def test_source_on_the_web_is_read_by_the_clock(watched: Watched, tmp_path: Path) -> None:
    feeds = tmp_path / "lists" / "feeds.opml"
    feeds.parent.mkdir()
    feeds.write_text("<opml version='2.0'><body><outline xmlUrl='http://127.0.0.1:9/'/></body></opml>")
    report = build_index([watched.library.source, feeds], watched.library.index)
    assert [failure.id for failure in report.failed] == ["lists"]
    watched.start(interval_s=0.1)
    for _ in range(2):
        found = watched.outcome()  # alone its failure is an error
        assert "127.0.0.1" in (str(found) if isinstance(found, ArticlebotError) else found.failed[0].reason)
    assert [feeds] in watched.asked


def test_stop_ends_the_watching(watched: Watched) -> None:
    watched.start()
    watched.end()
    watched.library.write(c="# La mer\n\nLa mer monte.\n")
    assert watched.is_quiet()
