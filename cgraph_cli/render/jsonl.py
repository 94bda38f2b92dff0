"""JSON, one node a line, for streams."""

from __future__ import annotations

from typing import TextIO

from cgraph_cli.render.json_ import encoder, nodes
from cgraph_cli.render.view import View
from cgraph_cli.report import Report


def write(report: Report, view: View, stream: TextIO, format: str) -> None:
    """Write each node as a line of JSON, in the shape that it has in the format `json`."""
    encode = encoder(stream)
    for node in nodes(report, view):
        stream.write(encode(node) + "\n")
