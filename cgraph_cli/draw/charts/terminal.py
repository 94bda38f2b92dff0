"""Charts as text for a terminal: curves in dots of braille, maps as a character a point."""

from __future__ import annotations

from cgraph_cli.draw.plotting.charts import Chart, GridSize, MapChart
from cgraph_cli.render.view import View

WIDTH, HEIGHT = 80, 36
"""The columns and lines without a terminal."""

_MOST_WIDTH = 120


def write(chart: Chart, view: View) -> str:
    """Draw a chart as lines of text.

    Raises `RequestError` for curves where plotext is not installed.
    """
    width, height = _screen(view)
    if isinstance(chart, MapChart):
        from cgraph_cli.draw.plotting.maps_text import text as map_text

        return map_text(chart.fields, width, height, view.color, view.ascii)
    from cgraph_cli.draw.plotting.curves_text import Screen, text
    from cgraph_cli.draw.plotting.figure import figure, notes

    panels = len({curve.order for curve in chart.curves}) or 1
    room = height - 4 - len(notes(chart.curves, chart.name))
    height = max(8, min(18, room // panels - 1))
    drawn = figure(chart, (max(2, width // 8), max(3, height // 3)))
    return text(drawn, Screen(width, height, view.color, view.ascii))


def grid_of(view: View) -> tuple[GridSize, GridSize]:
    """Give the numbers of points of a map along its two axes, a character each, and of arrows."""
    from cgraph_cli.draw.plotting.maps_text import grid_of

    return grid_of(*_screen(view))


def _screen(view: View) -> tuple[int, int]:
    return min(_MOST_WIDTH, view.width or WIDTH), view.height or HEIGHT
