"""Figures of curves as SVG: selectable text, light and dark, titles and roles for screen readers."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from math import isfinite

from cgraph_cli.draw.plotting.axes import Axis
from cgraph_cli.draw.plotting.figure import Figure, Panel, beside, spoken, spoken_curve
from cgraph_cli.draw.plotting.paper import LETTER, LINE, place, sheet, simplified, words
from cgraph_cli.results.over_ranges.curves import Curve, describe
from cgraph_cli.results.over_ranges.samples import Break
from cgraph_cli.trust.verdicts import Status

WIDTH = 760
_PANEL = 236
_GAP = 20
_RIGHT = 24
_TICK = 7
_MARK = 4.5
_COLUMN = 0.5
"""The width in units within which a curve keeps only its ends and its extremes."""


class Frame:
    """The place of a panel, and its numbers."""

    def __init__(self, left: float, top: float, width: float, height: float, across: Axis, up: Axis) -> None:
        self.left, self.top, self.width, self.height = left, top, width, height
        self.across, self.up = across, up

    def x(self, number: float) -> float:
        """Place a number of the horizontal axis."""
        return self.left + self.width * self.across.part(number)

    def y(self, number: float) -> float:
        """Place a number of the vertical axis; one far outside, just out of sight."""
        part = min(3.0, max(-2.0, self.up.part(number)))
        return self.top + self.height * (1 - part)

    def shows(self, number: float) -> bool:
        """Tell whether a number of the vertical axis is in sight."""
        return isfinite(number) and -0.001 <= self.up.part(number) <= 1.001


def write(drawn: Figure, theme: str, faces: str) -> str:
    """Write a whole SVG file."""
    labels = [tick.label for panel in drawn.panels for tick in panel.axis.ticks]
    left = 24 + LETTER * max(map(len, labels), default=1) + _TICK
    top = 46.0 + (LINE if drawn.program else 0)
    parts: list[str] = []
    for at, panel in enumerate(drawn.panels):
        frame = Frame(left, top + LINE + 8, WIDTH - left - _RIGHT, _PANEL, drawn.axis, panel.axis)
        parts += _panel(panel, frame, drawn, at == len(drawn.panels) - 1, at)
        top = frame.top + _PANEL + _GAP
    top += 62 - _GAP
    for note in drawn.notes:
        parts.append(words("note", left, top, note))
        top += LINE
    return sheet(WIDTH, top - 4, drawn.title, drawn.program, spoken(drawn), parts, theme, faces, left)


def _panel(panel: Panel, frame: Frame, drawn: Figure, is_last: bool, number: int) -> Iterator[str]:
    yield from _legend(panel, frame)
    yield from grid(frame, is_last)
    clip = f"panel-{number}"
    x, y, width, height = map(place, (frame.left, frame.top, frame.width, frame.height))
    yield f'<clipPath id="{clip}"><rect x="{x}" y="{y}" width="{width}" height="{height}"/></clipPath>'
    yield f'<g clip-path="url(#{clip})">'
    for curve in panel.curves:
        for at in curve.breaks:
            if at.kind == Status.POLE and not (curve.order == 0 and isfinite(at.value)):
                yield f'<path class="pole" d="M{place(frame.x(at.x))} {y}v{height}"/>'
    for curve in panel.curves:
        yield (
            f'<g class="curve {_class(curve, panel)}" role="graphics-symbol img" '
            f'aria-label="{escape(spoken_curve(curve))}">'
            f'<title>{escape(spoken_curve(curve))}</title><path d="{path(curve, frame)}"/></g>'
        )
    yield "</g>"
    for curve in panel.curves:
        for at in curve.breaks:
            yield from _marks(curve, at, frame, _class(curve, panel), drawn.name)
    if is_last:
        yield words("axis-name", frame.left + frame.width / 2, frame.top + frame.height + 38, drawn.name, "middle")


def _class(curve: Curve, panel: Panel) -> str:
    """Choose a style: the output's colour, dashed for its second derivative and dotted for its third.

    The derivatives of a single output have a colour each.
    """
    before = [other.label for other in panel.curves if other.output == curve.output]
    at = before.index(curve.label)
    if len(before) == len(panel.curves):
        return f"c{at % 6}"
    return f"c{curve.output % 6}" + ("", " dashed", " dotted")[at % 3]


def _legend(panel: Panel, frame: Frame) -> Iterator[str]:
    x, y = frame.left, frame.top - 12
    for curve in panel.curves:
        width = 28 + LETTER * len(curve.label) + 22
        if x > frame.left and x + width > frame.left + frame.width:
            yield words("muted", x, y + 4, "…")
            return
        yield f'<path class="curve {_class(curve, panel)}" d="M{place(x)} {place(y)}h22"/>'
        yield words("label", x + 28, y + 4, curve.label)
        x += width


def grid(frame: Frame, is_last: bool) -> Iterator[str]:
    """Draw ticks with their labels, the lines through them, and the frame; the lines at zero are stronger."""
    right, bottom = frame.left + frame.width, frame.top + frame.height
    lines = [
        (tick.at == 0, f"M{place(frame.left)} {place(frame.y(tick.at))}H{place(right)}") for tick in frame.up.ticks
    ]
    lines += [
        (tick.at == 0, f"M{place(frame.x(tick.at))} {place(frame.top)}V{place(bottom)}") for tick in frame.across.ticks
    ]
    for is_zero, line in sorted(lines):
        yield f'<path class="grid{" zero" if is_zero else ""}" d="{line}"/>'
    for tick in frame.up.ticks:
        yield words("tick", frame.left - _TICK, frame.y(tick.at) + 4, tick.label, "end")
    for tick in frame.across.ticks if is_last else ():
        yield words("tick", frame.x(tick.at), bottom + 18, tick.label, "middle")


def path(curve: Curve, frame: Frame) -> str:
    """Write a curve as SVG's path data, a stroke a piece."""
    strokes = []
    for piece in curve.pieces:
        points = [(frame.x(x), frame.y(number)) for x, number in piece]
        strokes.append("M" + "L".join(f"{place(x)} {place(y)}" for x, y in simplified(list(_thinned(points)))))
    return "".join(strokes)


def _thinned(points: list[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Thin out invisible points: of many in one column, keep the first, the lowest, the highest, the last."""
    column: list[tuple[float, float]] = []
    for point in points:
        if column and point[0] - column[0][0] >= _COLUMN:
            yield from _ends(column)
            column = []
        column.append(point)
    yield from _ends(column)


def _ends(column: list[tuple[float, float]]) -> list[tuple[float, float]]:
    if len(column) <= 4:
        return column
    ends = {0, len(column) - 1}
    ends |= {pick(range(len(column)), key=lambda at: column[at][1]) for pick in (min, max)}
    return [column[at] for at in sorted(ends)]


def _marks(curve: Curve, at: Break, frame: Frame, colour: str, name: str) -> Iterator[str]:
    """Mark a break: a full mark for its value, and hollow ones for the values on each side."""
    x = frame.x(at.x)
    sides = [y for y in beside(curve, at, frame.across.high - frame.across.low) if y is not None and frame.shows(y)]
    parts = []
    least = 0.005 * (frame.up.high - frame.up.low)
    if curve.order == 0 and at.kind == Status.KINK and frame.shows(at.value):
        y = frame.y(at.value)
        size = _MARK + 1
        parts.append(
            f'<path class="full" d="M{place(x - size)} {place(y)}l{size} {-size} {size} {size} {-size} {size}z"/>'
        )
    elif curve.order == 0 and at.kind == Status.POLE and frame.shows(at.value):
        y = frame.y(at.value)
        parts.append(f'<path class="full" d="M{place(x - 5)} {place(y + 4)}l5 -9 5 9z"/>')
    elif at.kind != Status.POLE and len(sides) == 2 and abs(sides[0] - sides[1]) > least:
        low, high = sorted(map(frame.y, sides))
        parts.append(f'<path class="gap" d="M{place(x)} {place(low)}V{place(high)}"/>')
        parts += [f'<circle class="hollow" cx="{place(x)}" cy="{place(y)}" r="{_MARK}"/>' for y in (low, high)]
        if curve.order == 0 and at.is_exact and frame.shows(at.value):
            parts.append(f'<circle class="full" cx="{place(x)}" cy="{place(frame.y(at.value))}" r="{_MARK}"/>')
    if parts:
        said = escape(describe(at, name))
        yield (
            f'<g class="mark {colour}" role="graphics-symbol img" aria-label="{said}">'
            f"<title>{said}</title>{''.join(parts)}</g>"
        )
