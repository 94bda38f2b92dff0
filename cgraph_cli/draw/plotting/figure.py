"""A figure: the panels of curves, one above the other over the same range, with their titles and legends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cgraph_cli.core.graph import show_number
from cgraph_cli.draw.plotting.axes import Axis, axis
from cgraph_cli.draw.plotting.charts import CurveChart
from cgraph_cli.results.over_ranges.curves import Curve, describe
from cgraph_cli.results.over_ranges.samples import Break
from cgraph_cli.trust.verdicts import Status

MOST_NOTES = 6
"""The most breaks that are described in words."""

_LONGEST = 72

_FLAT = 1e-280
"""A difference of heights below this counts as none."""


class Panel(NamedTuple):
    """Curves that share an axis."""

    title: str
    curves: list[Curve]
    axis: Axis


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
    curves, name, low, high, text = chart
    panels = []
    for order, title in enumerate(("value", "derivative")):
        mine = [curve for curve in curves if curve.order == order]
        if mine:
            bottom, top = min(curve.view.low for curve in mine), max(curve.view.high for curve in mine)
            if not top - bottom > max(3e-9 * max(abs(top), abs(bottom)), _FLAT):
                spare = abs(top) / 2 if abs(top) > _FLAT else 1.0
                bottom, top = bottom - spare, top + spare
            panels.append(Panel(title, mine, axis(bottom, top, ticks[1], room=0.06)))
    labels = [curve.label for curve in curves]
    shown = " and ".join(labels) if len(labels) < 3 else ", ".join(labels[:4]) + (" …" if len(labels) > 4 else "")
    title = f"{shown} over {name}"
    return Figure(name, title, short_program(text), axis(low, high, ticks[0], angles=True), panels, notes(curves, name))


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
    words += [spoken_curve(curve) + "." for panel in drawn.panels for curve in panel.curves]
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
