"""Charts as SVG."""

from __future__ import annotations

from cgraph_cli.draw.plotting.charts import Chart, GridSize, MapChart
from cgraph_cli.draw.plotting.figure import figure, short_program
from cgraph_cli.draw.themes import FACES
from cgraph_cli.render.view import View


def write(chart: Chart, view: View) -> str:
    """Draw a chart as a whole SVG file.

    Raises `RequestError` for a map where contourpy is not installed.
    """
    return svg(chart, view.theme, FACES)


def svg(chart: Chart, theme: str, faces: str) -> str:
    """Draw a chart for a theme, in given typefaces."""
    if isinstance(chart, MapChart):
        from cgraph_cli.draw.plotting.maps_svg import write as write_maps

        return write_maps(chart.fields, short_program(chart.program), theme, faces)
    from cgraph_cli.draw.plotting.curves_svg import write as write_curves

    return write_curves(figure(chart, (9, 6)), theme, faces)


def grid_of(view: View) -> tuple[GridSize, GridSize]:
    """Give the numbers of points of a map along its two axes, and of arrows."""
    return (81, 65), (11, 9)
