"""JSON, one row a line, for streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from cgraph_cli.render.sheets.json import encoder

if TYPE_CHECKING:
    from cgraph_cli.render.contents import Sheet
    from cgraph_cli.render.view import View


def write(sheet: Sheet, view: View, stream: TextIO) -> None:
    """Write each row as a line of JSON, an entry of the format `json`."""
    encode = encoder(stream)
    for entry in sheet.entries(view):
        stream.write(encode(entry) + "\n")
