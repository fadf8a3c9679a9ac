"""Reports -> one page of HTML that needs no other file and no script, and its place on the disk."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from index.disk import put_in_place, write_synced
from index.errors import ArticlebotError, why
from retrieval.learning.calibration import curve, reliability
from retrieval.learning.page.charts import LINES, curve_chart, reliability_chart
from retrieval.learning.page.failures import Fault, failure_card, fault_of, plain
from retrieval.learning.report import Outcome, Report, sentence_reliability

MetricRows: TypeAlias = Sequence[tuple[str, Sequence[tuple[str, str]]]]  # metric, and by set its value and its interval

_STYLE = Path(__file__).with_name("style.css")


class PageError(ArticlebotError, OSError):
    """The page cannot be written where it was wanted."""


def check_place(file: Path) -> None:
    """Makes the folder of a file that is to be written, and raises PageError where it cannot be."""
    if file.is_dir():
        raise PageError(f"{file}: a folder, the name of a file wanted; for instance {file / 'report.html'}")
    with _told(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=file.parent):
            pass


def write_page(file: Path, page: str) -> None:
    """Writes a page, whole or not at all.

    Raises:
        PageError: it cannot be written; what was there is there.
    """
    with _told(file), tempfile.TemporaryDirectory(prefix=f".{file.name}.", dir=file.parent) as folder:
        part = Path(folder) / file.name
        write_synced(part, page.encode("utf-8", "replace"))  # a question may hold half a character
        put_in_place(part, file)


@contextlib.contextmanager
def _told(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PageError(
            f"{file}: the page cannot be written ({why(error)}); make room, or name another file"
        ) from error


def report_page(reports: Sequence[Report], rows: MetricRows) -> str:
    """Returns the page: the metrics, the curves of refusing, how reliable the probabilities are, and what is wrong.

    Args:
        reports: one a set.
        rows: the metrics as text, in the order of the sets.
    """
    names = ", ".join(report.name for report in reports)
    questions = sum(len(report.outcomes) for report in reports)
    parts = [
        f'<h1>Answers measured</h1><p class="soft"><bdi>{plain(names)}</bdi> · {questions} questions</p>',
        f'<div class="overview">{_metrics(reports, rows)}<div>{_curves(reports)}{_reliabilities(reports)}</div></div>',
        "<h2>What went wrong</h2>",
        *map(_wrong, reports),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{plain(names)}: answers measured</title>"
        f"<style>\n{_STYLE.read_text(encoding='utf-8')}</style></head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body></html>\n"
    )


def _metrics(reports: Sequence[Report], rows: MetricRows) -> str:
    head = "".join(f'<th scope="col"><bdi>{plain(report.name)}</bdi></th>' for report in reports)
    lines = "".join(
        f'<tr><th scope="row">{plain(name)}</th>{"".join(map(_cell, cells))}</tr>\n' for name, cells in rows
    )
    table = f'<div class="wide"><table><tr><th></th>{head}</tr>\n{lines}</table></div>'
    return f"<section><h2>Metrics</h2>{table}</section>"


def _cell(cell: tuple[str, str]) -> str:
    value, interval = plain(cell[0]), plain(cell[1].replace("-", "–"))
    return f'<td>{value}<span class="soft">{interval}</span></td>'


def _curves(reports: Sequence[Report]) -> str:
    key = "".join(f'<span class="key {name}"></span>{name}' for name in LINES)
    charts = "".join(
        f"<figure><figcaption><b><bdi>{plain(report.name)}</bdi></b></figcaption>{curve_chart(curve(report.judged))}"
        "</figure>"
        for report in reports
    )
    about = "What other thresholds of the probability would give: questions are answered from there on."
    return (
        f'<h2>When to refuse</h2><p class="soft">{about}</p><p class="soft">{key}</p><div class="charts">{charts}</div>'
    )


def _reliabilities(reports: Sequence[Report]) -> str:
    judged = [judged for report in reports for judged in report.judged]
    plots = (
        (reliability(judged), "answerable", "That the articles hold the answer", "of all questions but small talk"),
        (sentence_reliability(reports), "right", "That the first sentence answers", "of the questions answered"),
    )
    figures = "".join(
        f"<figure><figcaption><b>{title}</b>, {of}</figcaption>{reliability_chart(bins, came, title)}</figure>"
        for bins, came, title, of in plots
        if any(row["questions"] for row in bins)
    )
    about = "How often what was told came true, with 95 % intervals; on the dashed line it is told as it is."
    return f'<h2>How sure</h2><p class="soft">{about}</p><div class="charts">{figures}</div>'


def _wrong(report: Report) -> str:
    """Returns the wrong answers of a set, by what went wrong; the first kind is open."""
    kinds: dict[Fault, list[Outcome]] = {kind: [] for kind in Fault}
    for outcome in report.outcomes:
        if fault := fault_of(outcome):
            kinds[fault].append(outcome)
    groups = [
        f"<summary><b>{kind}</b>: {len(outcomes)}</summary>\n{''.join(map(failure_card, outcomes))}</details>\n"
        for kind, outcomes in kinds.items()
        if outcomes
    ]
    wrong = sum(map(len, kinds.values()))
    head = f"<h3><bdi>{plain(report.name)}</bdi>: {wrong} of {len(report.outcomes)} questions</h3>\n"
    return head + "".join(f"<details{'' if number else ' open'}>{group}" for number, group in enumerate(groups))
