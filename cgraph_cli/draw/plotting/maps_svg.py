"""Maps of fields as SVG: filled contours, a scale beside them, and the gradient as arrows uphill."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise
from math import hypot, isfinite
from typing import Any

from cgraph_cli.draw.extras import load
from cgraph_cli.draw.plotting.axes import axis
from cgraph_cli.draw.plotting.bands import Bands, bands, limits
from cgraph_cli.draw.plotting.curves_svg import Frame
from cgraph_cli.draw.plotting.palette import colour
from cgraph_cli.draw.plotting.paper import LETTER, LINE, place, sheet, simplified, words
from cgraph_cli.results.over_ranges.fields import Arrow, Field

WIDTH = 760
_RIGHT = 24
_SCALE = 16
_LEAST, _MOST = 240, 620
_REACH = 0.46
"""The length of the longest arrow to either side, as a part of the space between two."""


def write(fields: Sequence[Field], program: str, theme: str, faces: str) -> str:
    """Write a whole SVG file with a map for each field, one above the other."""
    first = fields[0]
    across = axis(first.xs[0], first.xs[-1], 8, angles=True)
    up = axis(first.ys[0], first.ys[-1], 7, angles=True)
    scales = list(map(bands, fields))
    left = 24 + LETTER * max((len(tick.label) for tick in up.ticks), default=1) + 7 + 20
    letters = max((len(tick.label) for scale in scales for tick in scale.ticks), default=1)
    right = _RIGHT + LETTER * letters + _SCALE + 26
    width = WIDTH - left - right
    ratio = (up.high - up.low) / (across.high - across.low)
    height = width * ratio if _LEAST <= width * ratio <= _MOST else width * 0.72
    top = 46.0 + (LINE if program else 0)
    parts: list[str] = []
    for field, scale in zip(fields, scales, strict=True):
        frame = Frame(left, top + (LINE + 8 if len(fields) > 1 else 10), width, height, across, up)
        parts += _map(field, frame, scale, len(fields) > 1)
        top = frame.top + height + (68 if field.arrows else 48)
    names = " and ".join(first.names)
    title = f"{', '.join(field.label for field in fields)} over {names}"
    spoken = " ".join(map(spoken_field, fields))
    return sheet(WIDTH, top + 8, title, program, spoken, parts, theme, faces, left)


def spoken_field(field: Field) -> str:
    """Describe a field for a screen reader."""
    extremes = field.extremes()
    if not extremes:
        return f"{field.label} has no value here."
    words = [f"{value:.4g} at {field.names[0]} = {x:.4g}, {field.names[1]} = {y:.4g}" for value, x, y in extremes]
    return f"{field.label} is least, {words[0]}, and greatest, {words[1]}."


def _map(field: Field, frame: Frame, scale: Bands, named: bool) -> Iterator[str]:
    x, y, width, height = map(place, (frame.left, frame.top, frame.width, frame.height))
    said = escape(spoken_field(field))
    if named:
        yield words("label", frame.left, frame.top - 10, field.label)
    yield f'<g role="graphics-symbol img" aria-label="{said}"><title>{said}</title>'
    yield f'<rect class="nowhere" x="{x}" y="{y}" width="{width}" height="{height}"/>'
    yield from _contours(field, frame, scale)
    for arrow in field.arrows:
        yield from _arrow(arrow, field, frame)
    yield f'<rect class="frame" x="{x}" y="{y}" width="{width}" height="{height}"/></g>'
    bottom, right = frame.top + frame.height, frame.left + frame.width
    for tick in frame.across.ticks:
        yield f'<path class="tick-mark" d="M{place(frame.x(tick.at))} {place(bottom)}v5"/>'
        yield words("tick", frame.x(tick.at), bottom + 19, tick.label, "middle")
    for tick in frame.up.ticks:
        yield f'<path class="tick-mark" d="M{x} {place(frame.y(tick.at))}h-5"/>'
        yield words("tick", frame.left - 9, frame.y(tick.at) + 4, tick.label, "end")
    yield words("axis-name", frame.left + frame.width / 2, bottom + 38, field.names[0], "middle")
    yield words("axis-name", 24, frame.top + frame.height / 2 + 4, field.names[1])
    yield from _scale(frame, scale, right + 20)
    if field.arrows:
        a, b = field.names
        note = f"arrows: (∂{field.label}/∂{a}, ∂{field.label}/∂{b}), uphill; the steepest is {field.steepest:.4g}"
        yield words("note", frame.left, bottom + 58, note)


def _contours(field: Field, frame: Frame, scale: Bands) -> Iterator[str]:
    """Draw each band as all that is above its lower end: no seam shows between two."""
    contourpy = load("contourpy", "a picture of a map", "plot", "`--format terminal` and `cgraph sweep` do without")
    numpy = load("numpy", "a picture of a map", "plot", "`--format terminal` and `cgraph sweep` do without")
    low, high, _ = limits(field, scale)
    rows = [[min(high, max(low, value)) if isfinite(value) else value for value in row] for row in field.values]
    masked = numpy.ma.masked_invalid(numpy.array(rows))
    generator = contourpy.contour_generator(list(field.xs), list(field.ys), masked, fill_type="OuterOffset")
    for band, foot in enumerate([2 * low - high, *(tick.at for tick in scale.ticks)]):
        points, offsets = generator.filled(foot, 2 * high - low)
        shapes = "".join(_rings(ring, cuts, frame) for ring, cuts in zip(points, offsets, strict=True))
        if shapes:
            fill = colour(scale.part(band))
            yield f'<path class="band" fill="{fill}" fill-rule="evenodd" d="{shapes}"/>'


def _rings(points: Any, offsets: Any, frame: Frame) -> str:
    """Write a polygon and its holes as path data."""
    places = [(frame.x(x), frame.y(y)) for x, y in points.tolist()]
    rings = [simplified(places[start:end]) for start, end in pairwise(offsets.tolist())]
    return "".join("M" + "L".join(f"{place(x)} {place(y)}" for x, y in ring) + "z" for ring in rings)


def _scale(frame: Frame, scale: Bands, left: float) -> Iterator[str]:
    """Draw the colours with the numbers between them, all of one height."""
    height = frame.height / scale.size
    for band in range(scale.size):
        y = frame.top + frame.height - (band + 1) * height
        yield (
            f'<rect fill="{colour(scale.part(band))}" shape-rendering="crispEdges" x="{place(left)}" y="{place(y)}" '
            f'width="{_SCALE}" height="{place(height)}"/>'
        )
        if band < len(scale.ticks):
            yield words("tick", left + _SCALE + 7, y + 4, scale.ticks[band].label)


def _arrow(arrow: Arrow, field: Field, frame: Frame) -> Iterator[str]:
    """Draw an arrow about its point, at right angles to the drawn contours.

    Its length goes by the root of the slope: gentle slopes show beside steep ones.
    """
    columns = max(1, round(len(field.arrows) ** 0.5))
    reach = _REACH * min(frame.width, frame.height) / columns
    unit_x = frame.width / (frame.across.high - frame.across.low)
    unit_y = frame.height / (frame.up.high - frame.up.low)
    length = hypot(arrow.across, arrow.up)
    across, up = arrow.across / unit_x, arrow.up / unit_y
    drawn = hypot(across, up)
    x, y = frame.x(arrow.x), frame.y(arrow.y)
    size = reach * (length / field.steepest) ** 0.5 if field.steepest > 0 else 0.0
    if size < 1.5 or drawn == 0:
        yield f'<circle class="arrow" cx="{place(x)}" cy="{place(y)}" r="1.6"/>'
        return
    dx, dy = across / drawn * size, -up / drawn * size
    head = min(6.0, 2.2 + size * 0.35)
    hx, hy = dx / size * head, dy / size * head
    tip = (x + dx, y + dy)
    wings = [(tip[0] - hx + side * hy * 0.6, tip[1] - hy - side * hx * 0.6) for side in (1, -1)]
    line = (
        f"M{place(x - dx)} {place(y - dy)}L{place(tip[0])} {place(tip[1])}"
        f"M{place(wings[0][0])} {place(wings[0][1])}L{place(tip[0])} {place(tip[1])}"
        f"L{place(wings[1][0])} {place(wings[1][1])}"
    )
    yield f'<path class="halo" d="{line}"/><path class="arrow" d="{line}"/>'
