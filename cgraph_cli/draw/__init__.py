"""Graphs as drawings, and curves and maps as charts: one module a format, imported on demand.

Imports `render` and the rooms below it; `render.FORMATS` lists the formats.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cgraph_cli.core.errors import RequestError
from cgraph_cli.render import GRAPHS

if TYPE_CHECKING:
    from cgraph_cli.draw.drawing import Drawing
    from cgraph_cli.render.view import View

THEMES = ("auto", "light", "dark")
"""The themes of a picture: the reader's own preference, or one of the two."""

DIRECTIONS = ("up", "down", "right")
"""The directions from the inputs to the outputs; up, as Olah's figures do."""

MOST_NODES = {"svg": 300, "png": 300, "html": 300, "mermaid": 300}
"""The most nodes of a drawing that does not ask for all: nobody could read more."""

MOST_OF_ALL = {"svg": 1_000, "png": 500, "html": 1_000}
"""The most nodes of any drawing: more take minutes to place, and gigabytes of pixels."""

MOST_EDGES = {"mermaid": 500}
"""The most edges that Mermaid draws in its default configuration, which most pages have."""


def write(drawing: Drawing, format: str, view: View) -> str | bytes:
    """Write a drawing in one of the formats of `GRAPHS`; only `png` gives bytes.

    Raises `RequestError` for more nodes than the format can show, and for a library that is not installed.
    """
    for what, parts, bounds in (("nodes", drawing.nodes, MOST_NODES), ("edges", drawing.edges, MOST_EDGES)):
        most = bounds.get(format, len(parts))
        if len(parts) > most and not view.all:
            raise RequestError(
                f"the drawing has {len(parts):,} {what}, and {format} is for at most {most}",
                help="`--depth 4` draws the nodes at most 4 edges from the output, "
                "`--of` those that other nodes depend on\n"
                "`--all` draws everything all the same; `-o tree` and `-o dot` have no bound",
            )
    most = MOST_OF_ALL.get(format, len(drawing.nodes))
    if len(drawing.nodes) > most:
        raise RequestError(
            f"the drawing has {len(drawing.nodes):,} nodes, and {format} with `--all` is for at most {most:,}",
            help="`--depth 4` draws the nodes at most 4 edges from the output; `-o tree` and `-o dot` have no bound",
        )
    written: str | bytes = GRAPHS.writer(format)(drawing, view)
    return written
