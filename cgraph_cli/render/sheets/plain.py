"""Columns of words without lines, for `grep`, `awk` and plain eyes."""

from __future__ import annotations

from typing import TextIO

from cgraph_cli.core.errors import columns_of
from cgraph_cli.render.cells import Cells, on_one_line, width_of, write_apart
from cgraph_cli.render.contents import Sheet
from cgraph_cli.render.view import View


def write(sheet: Sheet, view: View, stream: TextIO) -> None:
    """Write aligned columns, two spaces apart; a number is never cut, whatever the width."""
    write_apart(sheet.cells(view), stream, _write)
    for note in sheet.notes(view):
        stream.write(f"{note}\n")


def _write(cells: Cells, stream: TextIO) -> None:
    headings = (*cells.text_headings, *cells.number_headings)
    texts = len(cells.text_headings)
    rows = [(*row.texts, *map(on_one_line, row.numbers)) for row in cells.rows]
    widths = [width_of(heading, [row[at] for row in rows]) for at, heading in enumerate(headings)]
    for position, row in enumerate([headings, *rows]):
        words = [
            word + " " * (width - columns_of(word))
            if at < texts or headings[at] == "status"
            else " " * (width - columns_of(word)) + word
            for at, (word, width) in enumerate(zip(row, widths, strict=True))
            if width
        ]
        stream.write("  ".join(words).rstrip() + "\n")
        if cells.left_out and position == cells.gap:
            stream.write(cells.note() + "\n")
