"""PNG: the SVG as a raster picture."""

from __future__ import annotations

from cgraph_cli.draw.drawing import Drawing
from cgraph_cli.draw.graphs.svg import svg
from cgraph_cli.draw.layout.layout import lay_out
from cgraph_cli.draw.raster import FACE, png
from cgraph_cli.render.view import View


def write(drawing: Drawing, view: View) -> bytes:
    """Draw a PNG, for light paper unless the view is for dark."""
    theme = "light" if view.theme == "auto" else view.theme
    return png(svg(drawing, lay_out(drawing, view.direction), theme, f'"{FACE}"'), view.scale)
