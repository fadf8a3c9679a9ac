"""What `articlebot eval` found, on the terminal and as a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.commands.options import plain_errors

if TYPE_CHECKING:
    from retrieval.learning.report import Report


def show_reports(reports: Sequence[Report], *, details: bool, as_json: bool) -> None:
    """Prints what was measured on each set: a table, or JSON for machines.

    Args:
        reports: of the sets.
        details: also 95 % intervals, the curves of refusing and the reliability of the probabilities.
        as_json: for machines.
    """
    from bot.terminal.display import show_json
    from bot.terminal.figures import show_calibration, show_metrics
    from retrieval.learning.calibration import curve, reliability
    from retrieval.learning.report import sentence_reliability

    metrics = {report.name: report.metrics() for report in reports}
    if not details:
        show_json(metrics) if as_json else show_metrics(metrics, {})
        return
    intervals = {report.name: report.intervals() for report in reports}
    curves = {report.name: curve(report.judged) for report in reports}
    together = reliability([judged for report in reports for judged in report.judged])
    of_sentences = sentence_reliability(reports)
    if as_json:
        of_all = {"reliability": together, "sentence reliability": of_sentences}
        show_json({"metrics": metrics, "intervals": intervals, "curves": curves, **of_all})
    else:
        show_metrics(metrics, intervals)
        show_calibration(curves, together, of_sentences)


def write_report(file: Path, reports: Sequence[Report]) -> None:
    """Writes the report page; what was measured is printed already, so that it is not lost where the disk is full."""
    from bot.terminal.display import err
    from bot.terminal.figures import metric_rows
    from index.text.visible import one_line
    from retrieval.learning.page.page import report_page, write_page

    metrics = {report.name: report.metrics() for report in reports}
    intervals = {report.name: report.intervals() for report in reports}
    with plain_errors("stopped; no page was written"):
        write_page(file, report_page(reports, metric_rows(metrics, intervals)))
    err.print(one_line(f"written: {file}"), soft_wrap=True)
