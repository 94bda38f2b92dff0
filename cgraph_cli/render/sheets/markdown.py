"""Tables in Markdown."""

from __future__ import annotations

from typing import TextIO

from cgraph_cli.render.cells import Cells, on_one_line, write_apart
from cgraph_cli.render.contents import Sheet
from cgraph_cli.render.view import View


def write(sheet: Sheet, view: View, stream: TextIO) -> None:
    """Write Markdown tables, with names and expressions as code and outputs in bold."""
    write_apart(sheet.cells(view), stream, _write)
    for note in sheet.notes(view):
        stream.write(f"\n{note.strip()}\n")


def _write(cells: Cells, stream: TextIO) -> None:
    headings = [*cells.text_headings[1:], *cells.number_headings]
    rules = [":---"] * (len(cells.text_headings) - 1) + ["---:"] * len(cells.number_headings)
    stream.write(f"| {' | '.join(headings)} |\n|{'|'.join(rules)}|\n")
    for position, row in enumerate(cells.rows):
        texts = [f"`{text.strip()}`" if text else "" for text in row.texts[1:]]
        if row.kind == "output":
            texts[0] = f"**{texts[0]}**"
        if row.kind == "input":
            texts[-1] = "*input*"
        stream.write(f"| {' | '.join([*texts, *(on_one_line(number).strip() for number in row.numbers)])} |\n")
        if cells.left_out and position + 1 == cells.gap:
            stream.write("|" + f" {cells.note()} |" + " |" * (len(headings) - 1) + "\n")
