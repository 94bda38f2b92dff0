"""Charts: curves over one range, and maps over two, for the terminal and as pictures.

Imports the rest of `draw` and what `draw` may import.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from math import sqrt
from typing import NamedTuple

from cgraph_cli.draw.themes import FACES
from cgraph_cli.results.over_ranges.curves import Curve
from cgraph_cli.results.over_ranges.fields import Field

_MOST_PIXELS = 1e8
"""A picture of more than this is drawn smaller; it would take over 400 MB."""


class Look(NamedTuple):
    """How a chart is to look: for which `theme`, in how many pixels a unit; and for a terminal, in how many columns
    and lines, whether in colour, and whether in ASCII."""

    theme: str = "auto"
    scale: float = 2.0
    width: int = 80
    height: int = 24
    color: bool = False
    ascii: bool = False


def draw_curves(
    curves: Sequence[Curve], name: str, low: float, high: float, program: str, format: str, look: Look
) -> str | bytes:
    """Curves over `name` from `low` to `high`, as text for a terminal, as SVG, or as PNG, which is bytes.

    Raises `RequestError` where a library that the format needs is not installed.
    """
    from cgraph_cli.draw.charts.figure import figure, notes

    if format == "terminal":
        from cgraph_cli.draw.charts.terminal import Screen, text

        panels = len({curve.order for curve in curves}) or 1
        room = look.height - 4 - len(notes(curves, name))
        height = max(8, min(18, room // panels - 1))
        drawn = figure(curves, name, low, high, program, (max(2, look.width // 8), max(3, height // 3)))
        return text(drawn, Screen(look.width, height, look.color, look.ascii))
    from cgraph_cli.draw.charts.svg import write

    drawn = figure(curves, name, low, high, program, (9, 6))
    return picture(lambda faces: write(drawn, look.theme, faces), format, look)


def grid_of(format: str, look: Look) -> tuple[tuple[int, int], tuple[int, int]]:
    """How many points a map takes along its two axes where nobody says, and how many arrows."""
    if format == "terminal":
        from cgraph_cli.draw.charts.map_text import grid_of

        return grid_of(look.width, look.height)
    return (81, 65), (11, 9)


def draw_fields(fields: Sequence[Field], program: str, format: str, look: Look) -> str | bytes:
    """Maps of fields, in the formats of `draw_curves`."""
    from cgraph_cli.draw.charts.figure import short_program

    if format == "terminal":
        from cgraph_cli.draw.charts.map_text import text

        return text(fields, look.width, look.height, look.color, look.ascii)
    from cgraph_cli.draw.charts.map_svg import write

    return picture(lambda faces: write(fields, short_program(program), look.theme, faces), format, look)


def picture(draw: Callable[[str], str], format: str, look: Look) -> str | bytes:
    """What `draw` draws in given typefaces: as it is, or as PNG in the typeface that cgraph carries."""
    if format == "svg":
        return draw(FACES)
    from cgraph_cli.draw.extras import load
    from cgraph_cli.draw.png import FACE, png

    load("resvg_py", "a PNG", "plot", "`-o plot.svg` does without")
    drawn = draw(f'"{FACE}"')
    size = re.search(r'viewBox="0 0 (\S+) (\S+)"', drawn)
    pixels = float(size[1]) * float(size[2]) if size else 1.0
    return png(drawn, min(look.scale, sqrt(_MOST_PIXELS / pixels)))
