"""JSON, one node a line, for streams."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from cgraph_cli.render.json_ import encoder, nodes
from cgraph_cli.render.view import View
from cgraph_cli.results.report import Report


def write(report: Report, view: View, stream: TextIO, format: str) -> None:
    """Write each node as a line of JSON, in the shape that it has in the format `json`."""
    write_lines(nodes(report, view), stream)


def write_lines(entries: Iterable[object], stream: TextIO) -> None:
    """Write entries, a line of JSON each."""
    encode = encoder(stream)
    for entry in entries:
        stream.write(encode(entry) + "\n")
