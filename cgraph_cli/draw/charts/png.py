"""Charts as PNG: the SVG as a raster picture."""

from __future__ import annotations

from cgraph_cli.draw.charts.svg import grid_of as grid_of
from cgraph_cli.draw.charts.svg import svg
from cgraph_cli.draw.extras import load
from cgraph_cli.draw.plotting.charts import Chart
from cgraph_cli.draw.raster import FACE, png
from cgraph_cli.render.view import View


def write(chart: Chart, view: View) -> bytes:
    """Draw a chart as PNG, for light paper unless the view is for dark.

    Raises `RequestError` for a library that is not installed.
    """
    load("resvg_py", "a PNG", "plot", "`-o plot.svg` does without")
    theme = "light" if view.theme == "auto" else view.theme
    return png(svg(chart, theme, f'"{FACE}"'), view.scale)
