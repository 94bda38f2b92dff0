"""A table for a page written in Markdown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from cgraph_cli.render.cells import Cells, tables
from cgraph_cli.render.view import View
from cgraph_cli.results.report import Report
from cgraph_cli.results.troubles import notes


def write(report: Report, view: View, stream: TextIO, format: str) -> None:
    """Write a report as Markdown tables, names and expressions as code, outputs in bold."""
    write_cells(tables(report, view), notes(report), view, stream)


def write_cells(tables: Iterable[Cells], notes: Iterable[str], view: View, stream: TextIO) -> None:
    """Write tables, and lines of text below them."""
    for at, cells in enumerate(tables):
        if at:
            stream.write("\n")
        _write(cells, stream)
    for note in notes:
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
            texts[1] = "*input*"
        stream.write(f"| {' | '.join([*texts, *(number.strip() for number in row.numbers)])} |\n")
        if cells.left_out and position + 1 == cells.gap:
            stream.write("|" + f" {cells.note()} |" + " |" * (len(headings) - 1) + "\n")
