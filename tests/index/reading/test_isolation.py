from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from index.reading import isolation, read_content
from index.reading.content import ArticleError
from index.reading.isolation import IsolatedReader, read_isolated
from index.sources.folder import make_article, read_articles

if TYPE_CHECKING:
    from tests.index.conftest import FileMaker

PAGE = b"<html lang='fr'><head><title>Un titre</title></head><body><p>Le pont est ouvert.</p></body></html>"
LONGEST_S = 120.0  # only a failing test waits so long
# a reader that is killed over a page that says so, as the system kills one
MORTAL = (
    isolation._PROGRAM.replace("; main()", "; import index.reading.child as child, os, signal")
    + """
read = child.read_content
child.read_content = lambda data, kind: os.kill(os.getpid(), signal.SIGKILL) if b"kill" in data else read(data, kind)
main()
"""
)
LARGE = b"<html><body>" + b"<p>Un <b>mot</b> <a href='/'>ici</a>.</p>" * 60_000 + b"</body></html>"


@contextmanager
def reader(seconds: float = 60, memory_bytes: int = 800_000_000) -> Iterator[IsolatedReader]:
    made = IsolatedReader(seconds, memory_bytes)
    try:
        yield made
    finally:
        made.close()


def process_of(made: IsolatedReader) -> int:
    assert made._child is not None
    return made._child.process.pid


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")


def wait_for_end(process: int) -> bool:
    """Waits until a process has ended; one that is not ours tells nobody, so it is looked at."""
    until = time.monotonic() + LONGEST_S
    while is_running(process) and time.monotonic() < until:
        time.sleep(0.02)
    return not is_running(process)


def test_a_file_reads_the_same_here_and_in_the_other_process(make: FileMaker) -> None:
    paragraph = "<w:p><w:r><w:t>Publié le 12 mars 2025</w:t></w:r></w:p><w:p><w:r><w:t>L’été 😀.</w:t></w:r></w:p>"
    files = {
        ".html": PAGE,
        ".PDF": make.pdf([(72, 700, 10, "Le pont est ouvert.")], catalog="/Lang(fr)"),
        ".docx": make.docx(paragraph),
        ".epub": make.epub(["<p>Le pont.</p>"], metadata="<dc:date>2024-03-05</dc:date><dc:creator>A</dc:creator>"),
        ".md": b"# Un titre\n\nLe pont.",
    }
    for suffix, data in files.items():
        (entry,) = read_isolated(data, suffix)
        assert entry.content == read_content(data, suffix)
        assert entry.key == ""


def test_a_refusal_reads_the_same_here_and_in_the_other_process() -> None:
    for suffix in (".pdf", ".docx", ".epub", ".html"):
        with pytest.raises(ArticleError) as here:
            read_content(b" \n", suffix)
        with pytest.raises(ArticleError) as there:
            read_isolated(b" \n", suffix)
        assert str(here.value) == str(there.value)


def test_one_process_serves_all_files() -> None:
    with reader() as made:
        made.read(PAGE, ".html")
        first = process_of(made)
        with pytest.raises(ArticleError, match="a broken PDF"):
            made.read(b"x", ".pdf")
        made.read(PAGE, ".html")
        assert process_of(made) == first


def test_a_file_that_takes_too_long_is_refused_and_the_next_is_read() -> None:
    with reader(seconds=0.02) as made:
        with pytest.raises(ArticleError, match=r"a \.html file that took longer than 0 seconds to read; save it again"):
            made.read(LARGE, ".html")
        made._seconds = 60
        assert made.read(PAGE, ".html").title == "Un titre"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no clock of what a process computes")
def test_time_is_counted_that_is_computed_and_not_the_time_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = "import time; child.read_content = lambda data, kind: time.sleep(2) or read(data, kind)"
    program = MORTAL.replace("main()", f"{waiting}; main()")
    monkeypatch.setattr(isolation, "_PROGRAM", program)
    monkeypatch.setattr(isolation, "PATIENCE", 100)
    with reader(seconds=1.5) as made:
        assert made.read(PAGE, ".html").title == "Un titre"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of a process")
def test_a_file_that_takes_too_much_memory_is_refused_and_the_next_is_read() -> None:
    with reader(memory_bytes=30_000_000) as made:
        with pytest.raises(ArticleError, match=r"a \.html file that takes more than 30 MB of memory to read; save it"):
            made.read(LARGE, ".html")
        assert made.read(PAGE, ".html").title == "Un titre"


def test_a_reader_that_dies_is_replaced() -> None:
    with reader() as made:
        made.read(PAGE, ".html")
        dead = process_of(made)
        os.kill(dead, signal.SIGKILL)
        assert wait_for_end(dead)
        assert made.read(PAGE, ".html").title == "Un titre"
        assert process_of(made) != dead


def test_a_reader_that_dies_over_a_file_costs_that_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "_PROGRAM", MORTAL)
    with reader() as made:
        made.read(PAGE, ".html")
        dead = process_of(made)
        with pytest.raises(ArticleError, match=r"a \.html file that broke the reader \(signal 9\); save it again"):
            made.read(PAGE.replace(b"ouvert", b"kill"), ".html")
        assert made.read(PAGE, ".html").title == "Un titre"
        assert process_of(made) != dead


def test_no_python_to_start_is_a_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with reader() as made, pytest.raises(ArticleError, match=r"no process to read it in \(/nowhere/python: No such"):
        made.read(PAGE, ".html")


def test_a_reader_that_cannot_start_is_a_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with (
        reader() as made,
        pytest.raises(ArticleError, match=r"the reader of \.html files ended at its start \(exit st"),
    ):
        made.read(PAGE, ".html")


@pytest.mark.parametrize("library", ["trafilatura", "index.reading.child"])
def test_why_a_reader_cannot_start_is_told(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "_PROGRAM", f"import sys; sys.modules[{library!r}] = None; {isolation._PROGRAM}")
    found = rf"\(exit status 1: ModuleNotFoundError: import of {library} halted; None in sys.modules\), a working one"
    with reader() as made:
        if library == "trafilatura":
            with pytest.raises(ArticleError, match="a broken PDF"):  # is loaded by the first page, no earlier
                made.read(b"x", ".pdf")
        for _ in range(5):  # what it says of its end never comes too late
            with pytest.raises(ArticleError, match=found):
                made.read(PAGE, ".html")


def test_what_a_library_says_while_it_is_loaded_is_not_why_a_file_broke_the_reader(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = "import sys; print('a warning', file=sys.stderr, flush=True)"
    breaking = "import pypdf, os; pypdf.PdfReader = lambda *_, **__: os._exit(3)"
    monkeypatch.setattr(isolation, "_PROGRAM", f"{said}; {breaking}; {isolation._PROGRAM}")
    with (
        reader() as made,
        pytest.raises(ArticleError, match=r"a \.pdf file that broke the reader \(exit status 3\); save"),
    ):
        made.read(b"%PDF-1.4", ".pdf")


def test_files_are_read_from_many_threads() -> None:
    pages = [PAGE.replace(b"Un titre", f"Le titre {i}".encode()) for i in range(40)]
    with ThreadPoolExecutor(8) as pool:
        titles = list(pool.map(lambda page: make_article("a", page, ".html").title, pages))
    assert titles == [f"Le titre {i}" for i in range(40)]


def test_bad_bytes_of_every_kind_give_one_failure() -> None:
    for suffix in (".md", ".html", ".pdf", ".docx", ".epub", ".jsonl"):
        reading = read_articles("n/a", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", suffix)
        assert reading.articles == []
        assert len(reading.failed) == 1


READING = """
import os, sys, time
from index.reading import isolation
made = isolation.IsolatedReader(seconds=60)
made.read(b"<p>Un mot.</p>", ".html")
print(made._child.process.pid, flush=True)
"""


def started(program: str, tmp_path: Path) -> tuple[subprocess.Popen[str], int]:
    script = tmp_path / "program.py"
    script.write_text(READING + program)
    process = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


@pytest.mark.skipif(sys.platform == "win32", reason="processes are ended otherwise there")
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_process_ends_with_the_one_that_asks(end: signal.Signals, tmp_path: Path) -> None:
    process, child = started("time.sleep(600)", tmp_path)
    with process:
        assert is_running(child)
        os.kill(process.pid, end)
        process.wait(LONGEST_S)
        assert wait_for_end(child)


@pytest.mark.skipif(sys.platform == "win32", reason="processes are ended otherwise there")
def test_ctrl_c_while_a_file_is_read_ends_both(tmp_path: Path) -> None:
    page = "b'<html><body>' + b'<p>Un <b>mot</b></p>' * 1_000_000"
    process, child = started(f"print('reading', flush=True); made.read({page}, '.html')", tmp_path)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "reading\n"
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(LONGEST_S) != 0
        assert wait_for_end(child)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_after_a_fork_each_side_has_a_process_of_its_own(tmp_path: Path) -> None:
    process, child = started(
        "before = made._child.process.pid\n"
        "if pid := os.fork():\n"
        "    os.waitpid(pid, 0)\n"
        "    print(made.read(b'<p>Deux.</p>', '.html').body, made._child.process.pid == before, flush=True)\n"
        "else:\n"
        "    print(made.read(b'<p>Trois.</p>', '.html').body, made._child.process.pid == before, flush=True)\n"
        "    made.close()\n"
        "    os._exit(0)\n",
        tmp_path,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.read().split("\n") == ["Trois. False", "Deux. True", ""]
    assert wait_for_end(child)


def test_modules_of_the_folder_a_person_is_in_are_never_run(tmp_path: Path) -> None:
    for name in ("json", "lxml", "index", "yaml", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text("open('pwned', 'w')\nraise SystemExit(1)\n")
    (tmp_path / "scripts").mkdir()
    script = tmp_path / "scripts" / "program.py"
    script.write_text(READING)
    done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "pwned").exists()
