"""Tab-separated values."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from cgraph_cli.render.sheets.csv import write_separated

if TYPE_CHECKING:
    from cgraph_cli.render.contents import Sheet
    from cgraph_cli.render.view import View


def write(sheet: Sheet, view: View, stream: TextIO) -> None:
    """Write a header line, and each row at once."""
    write_separated(sheet, view, stream, "\t")
