"""Tables of figures on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bot.terminal.display import out


def show_metrics(
    metrics: Mapping[str, Mapping[str, float | None]],
    intervals: Mapping[str, Mapping[str, tuple[float, float]]] | None = None,
) -> None:
    """Prints one column a set, one row a metric; shares with three decimals, seconds in milliseconds.

    Args:
        metrics: by set.
        intervals: 95 % intervals by set and metric, to show beside them.
    """
    rows = metric_rows(metrics, intervals or {})
    _print_table(["", *metrics], ([name, *(" ".join(filter(None, cell)) for cell in cells)] for name, cells in rows))


def metric_rows(
    metrics: Mapping[str, Mapping[str, float | None]], intervals: Mapping[str, Mapping[str, tuple[float, float]]]
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Returns for each metric its name, and for each set the value and its interval as text, "" where it has none."""
    ranges = [intervals.get(name, {}) for name in metrics]
    rows = []
    for name in max(metrics.values(), key=len):  # a set that asked a language model has more
        values = [_cell(name, of_set.get(name)) for of_set in metrics.values()]
        beside = [f"{r[name][0]:.2f}-{r[name][1]:.2f}" if name in r else "" for r in ranges]
        rows.append((name, list(zip(values, beside, strict=True))))
    return rows


def show_calibration(
    curves: Mapping[str, Sequence[Mapping[str, float]]],
    bins: Sequence[Mapping[str, float]],
    sentence_bins: Sequence[Mapping[str, float]] = (),
) -> None:
    """Prints what each set would give by threshold, and by tenths of each probability how often it came true.

    Args:
        curves: by set.
        bins: of the probability that the articles hold the answer.
        sentence_bins: of the probability that the first sentence answers.
    """
    for metric in ("balanced", "answer@600", "answered", "refused"):
        by_threshold = zip(*curves.values(), strict=True)
        out.print()
        _print_table(
            [f"{metric}, threshold", *curves],
            ([f"{rows[0]['threshold']:.1f}", *(f"{row[metric]:.3f}" for row in rows)] for rows in by_threshold),
        )
    _show_reliability("probability", "answerable", bins)
    if any(row["questions"] for row in sentence_bins):
        _show_reliability("probability of the sentence", "right", sentence_bins)


def _show_reliability(name: str, came: str, bins: Sequence[Mapping[str, float]]) -> None:
    """Prints the tenths of a probability that any question got, with the share in which it came true."""
    filled = [
        (f"{row['from']:.1f} to {row['to']:.1f}", f"{row['questions']:.0f}", f"{row['told']:.2f}",
         f"{row[came]:.2f}", f"{row['low']:.2f}-{row['high']:.2f}")
        for row in bins if row["questions"]
    ]  # fmt: skip
    out.print()
    _print_table([name, "questions", "told", came, "95 %"], filled, names="right")


def show_shares(title: str, tables: Mapping[str, Mapping[str, float]]) -> None:
    """Prints one column a set, one row a way of searching; shares with three decimals."""
    ways = next(iter(tables.values()))
    _print_table([title, *tables], ([way, *(f"{shares[way]:.3f}" for shares in tables.values())] for way in ways))


def _print_table(head: Sequence[str], rows: Iterable[Sequence[str]], names: str = "left") -> None:
    """Prints columns of figures after one of names."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for number, title in enumerate(head):
        table.add_column(title, justify="right" if number else names, no_wrap=True)  # type: ignore[arg-type]
    for row in rows:
        table.add_row(*row)
    out.print(table)


def _cell(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    if name in ("p50", "p95"):
        return f"{value * 1000:.0f} ms"
    whole = name in ("characters", "tokens in", "tokens out") or not isinstance(value, float)
    return f"{value:.0f}" if whole else f"{value:.3f}"
