"""Graphs as drawings: one small module a format, imported when that format is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple

from cgraph_cli.draw.drawing import Drawing
from cgraph_cli.errors import RequestError

FORMATS = ("tree", "dot", "mermaid", "svg", "png", "json")
"""The formats that a drawing can be written in; each is a module here."""

ENDINGS = {
    ".txt": "tree",
    ".dot": "dot",
    ".gv": "dot",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".svg": "svg",
    ".png": "png",
    ".json": "json",
}
"""The format of a file, by its ending."""

MOST_NODES = {"svg": 300, "png": 300, "mermaid": 300}
"""More nodes than this are not drawn in a format unless all of them are asked for: nobody could read them."""


class Look(NamedTuple):
    """How a drawing is to look: for which `theme` (see `themes`), in which `direction` (see `layout`), in how many
    pixels a unit; and, for text, whether in `color` or `ascii`, in how many columns, and whether at any length."""

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
    most = MOST_NODES.get(format)
    if most and len(drawing.nodes) > most and not look.all:
        raise RequestError(
            f"the drawing has {len(drawing.nodes):,} nodes, and {format} is legible up to {most}",
            help="`--depth 4` draws what is at most 4 edges from the output, `--of NAME` what another node depends on\n"
            "`--all` draws everything all the same; `--format tree` and `dot` have no bound",
        )
    module = import_module(f"cgraph_cli.draw.{'json_' if format == 'json' else format}")
    written: str | bytes = module.write(drawing, look)
    return written
