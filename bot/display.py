"""What a person sees on a terminal: answers, reports, tables, progress."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from retrieval.answer import MARKER, Answer, Citation, source_line
from retrieval.language import say

if TYPE_CHECKING:
    from index.build import IndexReport
    from index.build import Progress as ProgressCall
    from retrieval.evaluation import Report

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

_LISTED = 10  # ids of a list that a person is shown


def show_answer(answer: Answer) -> None:
    """Prints the answer, our note, then the numbered sources with the quote among its neighbours."""
    if answer.standalone_question != answer.question:
        out.print(Text(say("understood", answer.language, question=answer.standalone_question), style="dim"))
    text = Text(answer.text, style="" if answer.found else "yellow")
    text.highlight_regex(MARKER, "bold cyan")
    out.print(text)
    if answer.note:
        out.print(Text(answer.note, style="dim"))
    if answer.citations:
        out.print()
        out.print(Text(say("sources", answer.language), style="bold"))
    for citation in answer.citations:
        out.print(Text.assemble((f"[{citation.number}] ", "bold cyan"), source_line(citation, answer.language)))
        out.print(Padding(_quote(answer, citation), (0, 0, 0, 4)))
        if citation.url:
            out.print(Padding(Text(citation.url, style="dim"), (0, 0, 0, 4)))


def _quote(answer: Answer, citation: Citation) -> Text:
    before, after = answer.context(citation)
    quote = Text(citation.quote)
    for start, end in citation.highlights:
        quote.stylize("bold", start, end)
    parts = [Text(before, style="dim"), Text.assemble("«", quote, "»"), Text(after, style="dim")]
    return Text(" ").join(part for part in parts if part.plain)


def show_report(report: IndexReport) -> None:
    """Prints what an index run found and did."""
    for note in report.notes:
        out.print(Text(note, style="yellow"))
    counts = ", ".join(
        f"{len(ids)} {name}"
        for name, ids in (
            ("added", report.added),
            ("changed", report.changed),
            ("removed", report.removed),
            ("unchanged", report.unchanged),
            ("failed", report.failed),
        )
        if ids or name == "added"
    )
    out.print(
        f"{counts}; {report.passages} passages, {report.embedded} embedded in this run; "
        f"{report.seconds:.1f} s; generation {report.generation}"
    )
    for failure in report.failed[:_LISTED]:
        out.print(Text(f"failed: {failure.id}: {failure.reason}", style="yellow"))
    if len(report.failed) > _LISTED:
        out.print(Text(f"… and {len(report.failed) - _LISTED} more; `articlebot status` lists them", style="yellow"))


def show_status(status: dict[str, Any]) -> None:
    """Prints what an index holds."""
    dates = f"{status['first_date']} to {status['last_date']}" if status["first_date"] else "none"
    languages = ", ".join(f"{language} {count}" for language, count in status["languages"].items())
    rows = {
        "index": f"{status['index']}, generation {status['generation']}, made {status['created']}",
        "articles": f"{status['articles']} ({languages})",
        "passages": f"{status['passages']}, {status['sentences']} sentences",
        "dates": dates,
        "model": status["model"],
        "disk": f"{status['bytes'] / 1e6:.1f} MB",
    }
    for source in status["sources"]:
        gone = "" if source["there"] else "  NOT THERE NOW"
        rows[f"source {source['name']}"] = f"{source['path']} ({source['articles']} articles){gone}"
    for article_id, reason in status["failures"].items():
        rows[f"failed {article_id}"] = reason
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, value in rows.items():
        table.add_row(Text(name, style="bold"), Text(value))
    out.print(table)


def show_evaluation(reports: list[Report]) -> None:
    """Prints one column a set, one row a metric; shares with three decimals, seconds in milliseconds."""
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for report in reports:
        table.add_column(report.name, justify="right", no_wrap=True)
    columns = [report.metrics() for report in reports]
    for name in columns[0]:
        table.add_row(name, *(_cell(name, metrics[name]) for metrics in columns))
    out.print(table)


def _cell(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    if name in ("p50", "p95"):
        return f"{value * 1000:.0f} ms"
    return f"{value:.3f}" if isinstance(value, float) and name != "characters" else f"{value:.0f}"


@contextmanager
def progress_bar() -> Iterator[ProgressCall]:
    """Yields a callback that moves a bar on a terminal, with the time that remains; silent elsewhere."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        tasks: dict[str, object] = {}

        def move(what: str, done: int, total: int) -> None:
            if what not in tasks:
                for task in bar.task_ids:
                    bar.remove_task(task)
                tasks.clear()
                tasks[what] = bar.add_task(what, total=total or None)
            for task in bar.task_ids:
                bar.update(task, completed=done, total=total or None)

        yield move
