"""Charts of the report page: SVG within HTML, in the colours of its style sheet."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

_WIDE, _HIGH = 336, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 34, 10, 8, 36
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
LINES = ("answered", "refused", "balanced")  # the last one on top


def curve_chart(rows: Sequence[Mapping[str, float]]) -> str:
    """Returns what is answered and refused, and the mean of both, by the threshold from which on it is answered."""
    lines = []
    for name in LINES:
        points = [(_x(row["threshold"]), _y(row[name])) for row in rows]
        told = "".join(
            _dot(x, y, 2.5, f"{name} {row[name]:.2f} from {row['threshold']:.1f} on", f"stroke:none;fill:var(--{name})")
            for (x, y), row in zip(points, rows, strict=True)
        )
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        lines.append(f'<polyline class="curve {name}" points="{path}"/>{told}')
    return _svg("Answered, refused and balanced by threshold", "threshold", [*_grid(), *lines])


def reliability_chart(bins: Sequence[Mapping[str, float]], came: str, title: str) -> str:
    """Returns how often a probability came true, by what was told, with 95 % intervals; larger dots: more questions."""
    filled = [row for row in bins if row["questions"]]
    most = max((row["questions"] for row in filled), default=1)
    ideal = f'<line class="ideal" x1="{_x(0):.1f}" y1="{_y(0):.1f}" x2="{_x(1):.1f}" y2="{_y(1):.1f}"/>'
    marks = []
    for row in filled:
        x, told = (
            _x(row["told"]),
            f"told {row['told']:.2f}, {came} {row[came]:.2f} ({row['low']:.2f}–{row['high']:.2f})",
        )
        low, high = _y(row["low"]), _y(row["high"])
        marks.append(f'<line class="interval" x1="{x:.1f}" y1="{low:.1f}" x2="{x:.1f}" y2="{high:.1f}"/>')
        size = 3 + 4 * math.sqrt(row["questions"] / most)
        marks.append(_dot(x, _y(row[came]), size, f"{told}, {row['questions']:.0f} questions"))
    return _svg(title, "probability told", [*_grid(), ideal, *marks])


def _grid() -> Iterator[str]:
    """Yields the lines of both axes and the figures beside them."""
    for tick in _TICKS:
        x, y = _x(tick), _y(tick)
        yield f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDE - _RIGHT}" y2="{y:.1f}"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>'
        yield f'<text x="{x:.1f}" y="{_HIGH - _BOTTOM + 15}" text-anchor="middle">{tick:g}</text>'


def _svg(title: str, below: str, parts: Sequence[str]) -> str:
    axis = f'<text x="{(_LEFT + _WIDE - _RIGHT) / 2:.0f}" y="{_HIGH - 5}" text-anchor="middle">{below}</text>'
    return f'<svg viewBox="0 0 {_WIDE} {_HIGH}" role="img" aria-label="{title}">{"".join(parts)}{axis}</svg>'


def _dot(x: float, y: float, radius: float, told: str, style: str = "") -> str:
    styled = f' style="{style}"' if style else ' class="point"'
    return f'<circle{styled} cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"><title>{told}</title></circle>'


def _x(share: float) -> float:
    return _LEFT + share * (_WIDE - _LEFT - _RIGHT)


def _y(share: float) -> float:
    return _HIGH - _BOTTOM - share * (_HIGH - _TOP - _BOTTOM)
