"""A figure: the panels of curves, one above the other over the same range, with their titles and legends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cgraph_cli.core.graph import show_number
from cgraph_cli.draw.plotting.axes import Axis, axis
from cgraph_cli.draw.plotting.charts import CurveChart, Scatter
from cgraph_cli.results.over_ranges.curves import Curve, describe
from cgraph_cli.results.over_ranges.samples import Break
from cgraph_cli.trust.verdicts import Status

MOST_NOTES = 6
"""The most breaks that are described in words."""

_LONGEST = 72

_CELLS = 400
"""The parts of a panel along each side within which one point stands for all."""

_FLAT = 1e-280
"""A difference of heights below this counts as none."""


class Panel(NamedTuple):
    """Curves that share an axis, and the points that lie over them."""

    title: str
    curves: list[Curve]
    axis: Axis
    scatters: list[Scatter]

    def points_over(self, curve: Curve) -> list[tuple[float, float]]:
        """List the points that lie over a curve."""
        return [point for scatter in self.scatters if scatter.curve is curve for point in scatter.points]


class Figure(NamedTuple):
    """Panels over the range of one input, with a title, the program where it is short, and notes on the breaks."""

    name: str
    title: str
    program: str
    axis: Axis
    panels: list[Panel]
    notes: list[str]


def figure(chart: CurveChart, ticks: tuple[int, int]) -> Figure:
    """Lay out the figure of some curves; `ticks` are the most ticks of each axis."""
    curves, name, low, high, text, scatters = chart
    panels = []
    for order, title in enumerate(("value", "derivative")):
        mine = [curve for curve in curves if curve.order == order]
        if mine:
            over = [_in_sight(scatter, low, high) for scatter in scatters if scatter.curve.order == order]
            heights = [y for scatter in over for _, y in scatter.points]
            bottom = min([*(curve.view.low for curve in mine), *heights])
            top = max([*(curve.view.high for curve in mine), *heights])
            if not top - bottom > max(3e-9 * max(abs(top), abs(bottom)), _FLAT):
                spare = abs(top) / 2 if abs(top) > _FLAT else 1.0
                bottom, top = bottom - spare, top + spare
            up = axis(bottom, top, ticks[1], room=0.06)
            panels.append(Panel(title, mine, up, [_thinned(scatter, low, high, up) for scatter in over]))
    labels = [curve.label for curve in curves]
    shown = " and ".join(labels) if len(labels) < 3 else ", ".join(labels[:4]) + (" …" if len(labels) > 4 else "")
    title = f"{shown} over {name}"
    said = [*_outside(scatters, name, low, high), *notes(curves, name)]
    return Figure(name, title, short_program(text), axis(low, high, ticks[0], angles=True), panels, said)


def _in_sight(scatter: Scatter, low: float, high: float) -> Scatter:
    """Choose the points that lie in a range."""
    return scatter._replace(points=[point for point in scatter.points if low <= point[0] <= high])


def _thinned(scatter: Scatter, low: float, high: float, up: Axis) -> Scatter:
    """Keep one of the points that nobody can tell apart."""
    across = Axis(low, high, [])
    seen = {(round(across.part(x) * _CELLS), round(up.part(y) * _CELLS)): (x, y) for x, y in scatter.points}
    return scatter._replace(points=list(seen.values()))


def _outside(scatters: Sequence[Scatter], name: str, low: float, high: float) -> Iterator[str]:
    """Say how many points of each column are out of sight."""
    for scatter in scatters:
        out = len(scatter.points) - len(_in_sight(scatter, low, high).points)
        if out:
            yield f"{out:,} of {len(scatter.points):,} points of `{scatter.name}` are outside the range of `{name}`"


def short_program(text: str) -> str:
    """Put a program's text on one line, where it fits; else give an empty text."""
    line = "; ".join(part.strip().removesuffix(";") for part in text.strip().split("\n") if part.strip())
    return line if len(line) <= _LONGEST and "#" not in line else ""


def notes(curves: Sequence[Curve], name: str) -> list[str]:
    """Describe the breaks, each once."""
    found: dict[str, list[str]] = {}
    places = sorted({(at.x, describe(at, name), curve.output) for curve in curves for at in curve.breaks})
    labels = {curve.output: curve.label for curve in curves if curve.order == 0}
    for _, words, output in places:
        found.setdefault(words, []).append(labels.get(output, ""))
    several = len({curve.output for curve in curves}) > 1
    lines = [f"{curve.label} has no value here" for curve in curves if not curve.pieces]
    lines += [words + (f" ({', '.join(of)})" if several and any(of) else "") for words, of in found.items()]
    if len(lines) > MOST_NOTES:
        return [*lines[:MOST_NOTES], f"and {len(lines) - MOST_NOTES:,} more"]
    return lines


def spoken(drawn: Figure) -> str:
    """Describe the figure for a screen reader."""
    words = [f"{drawn.name} goes from {show_number(drawn.axis.low)} to {show_number(drawn.axis.high)}."]
    for panel in drawn.panels:
        words += [spoken_curve(curve) + "." for curve in panel.curves]
        words += [spoken_points(scatter) + "." for scatter in panel.scatters]
    words += [f"{note}." for note in drawn.notes]
    return " ".join(words)


def spoken_curve(curve: Curve) -> str:
    """Describe a curve: its ends and its extremes."""
    numbers = [y for piece in curve.pieces for _, y in piece if abs(y) < float("inf")]
    if not numbers:
        return f"{curve.label} has no value here"
    text = f"{curve.label} begins at {numbers[0]:.4g} and ends at {numbers[-1]:.4g}"
    if any(at.kind == Status.POLE for at in curve.breaks):
        return f"{text}, with a pole"
    return f"{text}, between {min(numbers):.4g} and {max(numbers):.4g}"


def spoken_points(scatter: Scatter) -> str:
    """Describe the points of a column."""
    heights = [y for _, y in scatter.points]
    if not heights:
        return f"No point of {scatter.name} is in sight"
    return f"Points of {scatter.name} lie between {min(heights):.4g} and {max(heights):.4g}"


def beside(curve: Curve, at: Break, width: float) -> list[float | None]:
    """Find the values of a curve on the left and on the right of a break; None where it has none."""
    near = width * 1e-7
    found: list[float | None] = [None, None]
    for piece in curve.pieces:
        if abs(piece[-1][0] - at.x) <= near:
            found[0] = piece[-1][1]
        if abs(piece[0][0] - at.x) <= near:
            found[1] = piece[0][1]
    return found
