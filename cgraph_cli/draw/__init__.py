"""Graphs as drawings: one small module a format, imported when that format is asked for.

Imports `render` and the rooms below it.
"""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple

from cgraph_cli.core.errors import RequestError
from cgraph_cli.draw.drawing import Drawing

FORMATS = ("tree", "dot", "mermaid", "svg", "png", "html", "json")
"""The formats that a drawing can be written in; each is a module here."""

ENDINGS = {
    ".txt": "tree",
    ".dot": "dot",
    ".gv": "dot",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".svg": "svg",
    ".png": "png",
    ".html": "html",
    ".htm": "html",
    ".json": "json",
}
"""The format of a file, by its ending."""

THEMES = ("auto", "light", "dark")
"""What a picture can be drawn for: a reader's own preference, or one of the two."""

DIRECTIONS = ("up", "down", "right")
"""Which way a picture goes from the inputs to the outputs; up, as Olah's figures do."""

BINARY = ("png",)
"""The formats that are bytes."""

MOST_NODES = {"svg": 300, "png": 300, "html": 300, "mermaid": 300}
"""More nodes than this are not drawn in a format unless all of them are asked for: nobody could read them."""

MOST_EDGES = {"mermaid": 500}
"""Mermaid refuses more edges than this where nobody configures it, and so do the pages that draw it."""


class Look(NamedTuple):
    """How a drawing is to look.

    Pictures: for which of the `THEMES`, in which of the `DIRECTIONS`, and at how many pixels a unit. Text: whether
    in `color`, in `ascii`, and in how many columns (None for any). `all` is for a drawing of any size.
    """

    theme: str = "auto"
    direction: str = "up"
    scale: float = 2.0
    color: bool = False
    ascii: bool = False
    width: int | None = None
    all: bool = False


def write(drawing: Drawing, format: str, look: Look) -> str | bytes:
    """A drawing in one of the `FORMATS`; only `png` is bytes.

    Raises `RequestError` for more nodes than the format can show, and where a library that it needs is absent.
    """
    for what, parts, bounds in (("nodes", drawing.nodes, MOST_NODES), ("edges", drawing.edges, MOST_EDGES)):
        most = bounds.get(format, len(parts))
        if len(parts) > most and not look.all:
            raise RequestError(
                f"the drawing has {len(parts):,} {what}, and {format} is for at most {most}",
                help="`--depth 4` draws what is at most 4 edges from the output, `--of` what other nodes depend on\n"
                "`--all` draws everything all the same; `--format tree` and `dot` have no bound",
            )
    module = import_module(f"cgraph_cli.draw.{'json_' if format == 'json' else format}")
    written: str | bytes = module.write(drawing, look)
    return written
