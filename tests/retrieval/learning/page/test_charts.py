from __future__ import annotations

from xml.etree import ElementTree

import pytest

from retrieval.learning.calibration import Judged, by_tenths, curve
from retrieval.learning.page.charts import LINES, curve_chart, reliability_chart

JUDGED = [
    Judged(answerable=True, probability=0.95, answered=True, right=True),
    Judged(answerable=True, probability=0.55, answered=True, right=False),
    Judged(answerable=False, probability=0.35, answered=True, right=False),
]


def parts(svg: str, tag: str) -> list[dict[str, str]]:
    """Returns the attributes of each element of a kind."""
    return [each.attrib for each in ElementTree.fromstring(svg).iter(tag)]  # noqa: S314  ours


def points(line: dict[str, str]) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (each.split(",") for each in line["points"].split())]


def test_the_curve_has_a_line_for_what_is_answered_refused_and_balanced() -> None:
    rows = curve(JUDGED)
    lines = {line["class"].split()[1]: points(line) for line in parts(curve_chart(rows), "polyline")}
    assert list(lines) == list(LINES)
    top, bottom = lines["answered"][0][1], lines["refused"][0][1]
    assert bottom > top  # all are answered from 0.0 on, none refused
    for name in LINES:
        assert [x for x, _ in lines[name]] == sorted({x for x, _ in lines[name]})
        heights = [(bottom - y) / (bottom - top) for _, y in lines[name]]
        assert heights == pytest.approx([row[name] for row in rows], abs=0.001)


def test_a_plot_of_reliability_has_a_dot_and_an_interval_for_each_tenth_that_was_told() -> None:
    bins = by_tenths([(0.25, False), (0.85, True), (0.87, True), (0.83, False), (0.84, True)], "right")
    svg = reliability_chart(bins, "right", "That it answers")
    low, high = parts(svg, "circle")
    assert float(low["cx"]) < float(high["cx"])
    assert float(low["cy"]) > float(high["cy"])  # 0 of 1 is below 3 of 4
    assert float(low["r"]) < float(high["r"]) <= 7
    intervals = [each for each in parts(svg, "line") if each["class"] == "interval"]
    assert [each["x1"] for each in intervals] == [low["cx"], high["cx"]]
    for interval, dot in zip(intervals, (low, high), strict=True):
        assert float(interval["y2"]) <= float(dot["cy"]) <= float(interval["y1"])
    assert "told 0.85, right 0.75 (0.30–0.95), 4 questions" in svg
    assert ElementTree.fromstring(svg).attrib["aria-label"] == "That it answers"  # noqa: S314  ours
