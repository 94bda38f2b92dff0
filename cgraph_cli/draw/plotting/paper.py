"""The paper of charts: its title, its style sheet for light and dark, and its words."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import hypot
from typing import NamedTuple

LETTER = 7.3
"""The width of a letter in the small size."""

LINE = 18

_SIZE, _SMALL, _LARGE = 13, 12, 15

_SEEN = 0.04
"""The largest error of a line that nobody sees, in units."""


class Ink(NamedTuple):
    """Colours of a chart by their use."""

    paper: str
    ink: str
    muted: str
    grid: str
    zero: str
    status: str
    curves: tuple[str, ...]


LIGHT = Ink(
    "#ffffff", "#1c2330", "#5b6577", "#e6e9ee", "#9aa3b2", "#8a5300",
    ("#1f66c1", "#c2410c", "#17803f", "#8b35b0", "#a06a00", "#0e7c86"),
)  # fmt: skip
DARK = Ink(
    "#0e131a", "#e8ecf2", "#9aa5b6", "#232b36", "#596577", "#f0b75e",
    ("#6ea8f7", "#ff9b66", "#5cc98a", "#d29bf0", "#e3b341", "#58c4ce"),
)  # fmt: skip


def sheet(
    width: float,
    height: float,
    title: str,
    program: str,
    spoken: str,
    parts: Sequence[str],
    theme: str,
    faces: str,
    left: float,
) -> str:
    """Write a whole SVG file around the parts of a chart; `left` is the place of its title."""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="cgraph chart" role="graphics-document document" '
        f'width="{place(width)}" height="{place(height)}" viewBox="0 0 {place(width)} {place(height)}">',
        f"<title>{escape(title)}</title>",
        f"<desc>{escape(f'{program}. {spoken}' if program else spoken)}</desc>",
        f"<style>\n{_style(theme, faces)}</style>",
        f'<rect class="paper" width="{place(width)}" height="{place(height)}" rx="10"/>',
        words("title", left, 32, title),
        *([words("program", left, 32 + LINE + 3, program)] if program else []),
        *parts,
        "</svg>\n",
    ]
    return "\n".join(lines)


def words(role: str, x: float, y: float, text: str, anchor: str = "start") -> str:
    """Write a line of text; `anchor` is its `start`, `middle` or `end`, at the place."""
    anchored = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text class="{role}" x="{place(x)}" y="{place(y)}"{anchored}>{escape(text)}</text>'


def place(number: float) -> str:
    """Write a coordinate with two decimals at most."""
    text = f"{number:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def simplified(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Thin out the points of a line within an error that nobody sees.

    By Ramer, Douglas and Peucker: a stretch is straight, or parted at its farthest point.
    """
    keep = {0, len(points) - 1}
    pending = [(0, len(points) - 1)]
    while pending:
        first, last = pending.pop()
        (x, y), (u, v) = points[first], points[last]
        length = hypot(u - x, v - y)
        farthest, where = _SEEN, -1
        for at in range(first + 1, last):
            a, b = points[at][0] - x, points[at][1] - y
            distance = abs(a * (v - y) - b * (u - x)) / length if length else hypot(a, b)
            if distance > farthest:
                farthest, where = distance, at
        if where >= 0:
            keep.add(where)
            pending += [(first, where), (where, last)]
    return [points[at] for at in sorted(keep)]


def _style(theme: str, faces: str) -> str:
    text = (
        f".chart text {{ font: {_SIZE}px {faces}; white-space: pre }}\n"
        f".chart .title {{ font-size: {_LARGE}px; font-weight: bold }}\n"
        f".chart .tick, .chart .note, .chart .label {{ font-size: {_SMALL}px }}\n"
        ".chart .curve path, .chart path.curve { fill: none; stroke-width: 2; stroke-linejoin: round }\n"
        ".chart .dashed path, .chart path.dashed { stroke-dasharray: 7 4 }\n"
        ".chart .dotted path, .chart path.dotted { stroke-dasharray: 2 4 }\n"
        ".chart .grid { fill: none; stroke-width: 1 }\n"
        ".chart .pole { fill: none; stroke-width: 1.2; stroke-dasharray: 5 4 }\n"
        ".chart .mark circle, .chart .mark path { stroke-width: 1.8 }\n"
        ".chart .arrow { fill: none; stroke: #fff; stroke-width: 1.7; stroke-linecap: round }\n"
        ".chart .halo { fill: none; stroke: #101418; stroke-opacity: .55; stroke-width: 3.6; stroke-linecap: round }\n"
        ".chart circle.arrow { fill: #fff; stroke: #101418; stroke-opacity: .55; stroke-width: 1 }\n"
        ".chart .frame, .chart .tick-mark { fill: none; stroke-width: 1 }\n"
        ".chart .mark .gap { fill: none; stroke-width: 1.2; stroke-dasharray: 2 3 }\n"
    )
    text += _colours(DARK if theme == "dark" else LIGHT)
    if theme == "auto":
        text += f"@media (prefers-color-scheme: dark) {{\n{_colours(DARK)}}}\n"
    return text


def _colours(ink: Ink) -> str:
    rules = [
        (".paper", f"fill: {ink.paper}"),
        ("text", f"fill: {ink.ink}"),
        (".program", f"fill: {ink.muted}"),
        (".tick", f"fill: {ink.muted}"),
        (".axis-name", f"fill: {ink.muted}"),
        (".note", f"fill: {ink.status}"),
        (".grid", f"stroke: {ink.grid}"),
        (".zero", f"stroke: {ink.zero}"),
        (".pole", f"stroke: {ink.status}"),
        (".frame", f"stroke: {ink.zero}"),
        (".tick-mark", f"stroke: {ink.zero}"),
        (".nowhere", f"fill: {ink.grid}"),
    ]
    for at, colour in enumerate(ink.curves):
        rules.append((f".c{at} path", f"stroke: {colour}"))
        rules.append((f"path.c{at}", f"stroke: {colour}"))
        rules.append((f".c{at} .full", f"fill: {colour}; stroke: {ink.paper}"))
        rules.append((f".c{at} .hollow", f"fill: {ink.paper}; stroke: {colour}"))
    return "".join(f".chart {selector} {{ {rule} }}\n" for selector, rule in rules)
