"""PNG: the SVG drawn by resvg, in the typeface that cgraph carries, so that it looks the same on every machine."""

from __future__ import annotations

import os
import re
from math import sqrt

from cgraph_cli.draw import Look
from cgraph_cli.draw.drawing import Drawing
from cgraph_cli.draw.extras import load
from cgraph_cli.draw.layout.layout import lay_out
from cgraph_cli.draw.svg import svg

FACE = "DejaVu Sans Mono"
"""The typeface of PNG pictures; its files are beside this module."""

_MOST_PIXELS = 1e8
"""A picture of more than this is drawn smaller; it would take over 400 MB."""

_FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "faces")
_CARRIED = re.compile(r"[\x00-\u017f\u0384-\u03ce\u0400-\u045f\u2013\u2014\u2026\u2190-\u2213]*")
"""The characters that the files have; for others the fonts of the machine are asked."""


def write(drawing: Drawing, look: Look) -> bytes:
    """The drawing as a PNG file, for light paper unless the look is dark."""
    theme = "light" if look.theme == "auto" else look.theme
    layout = lay_out(drawing, look.direction)
    scale = min(look.scale, sqrt(_MOST_PIXELS / (layout.width * layout.height)))
    return png(svg(drawing, layout, theme, f'"{FACE}"'), scale)


def png(picture: str, scale: float = 2.0) -> bytes:
    """A PNG of an SVG text whose typeface is `FACE`, at `scale` pixels a unit.

    Raises `RequestError` where the library for it is not installed.
    """
    files = [os.path.join(_FOLDER, f"DejaVuSansMono{weight}.ttf") for weight in ("", "-Bold")]
    data = load("resvg_py").svg_to_bytes(
        svg_string=picture,
        zoom=scale,
        skip_system_fonts=_CARRIED.fullmatch(picture) is not None,
        font_files=files,
        font_family=FACE,
        monospace_family=FACE,
    )
    return bytes(data)
