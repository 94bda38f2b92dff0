"""Sheets: results that are no report of all nodes, and what of them each format writes.

Imports the rest of `render` and what `render` may import.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, TextIO

from cgraph_cli.render.view import View

if TYPE_CHECKING:
    from cgraph_cli.render.cells import Cells

_FOR_PEOPLE = ("table", "plain", "markdown")


class Sheet:
    """A result in the shapes that the formats have: tables of text, rows, and the members of an object."""

    def cells(self, view: View) -> list[Cells]:
        """The tables, for people."""
        raise NotImplementedError

    def notes(self, view: View) -> Iterable[str]:
        """The lines below the tables, for people."""
        raise NotImplementedError

    def rows(self, view: View) -> Iterator[list[str]]:
        """The rows, with the headings first, for CSV and TSV."""
        raise NotImplementedError

    def members(self, view: View) -> Mapping[str, object]:
        """The members of an object, for JSON; an iterator is written a line an entry."""
        raise NotImplementedError

    def entries(self, view: View) -> Iterator[Mapping[str, Any]]:
        """The rows as objects, for JSON lines."""
        raise NotImplementedError


def write_sheet(sheet: Sheet, format: str, view: View, stream: TextIO) -> None:
    """Write a sheet to a stream in one of the `FORMATS`."""
    if format in _FOR_PEOPLE:
        module = import_module(f"cgraph_cli.render.{format}")
        module.write_cells(sheet.cells(view), sheet.notes(view), view, stream)
    elif format == "json":
        from cgraph_cli.render.json_ import write_object

        write_object(sheet.members(view), stream)
    elif format == "jsonl":
        from cgraph_cli.render.jsonl import write_lines

        write_lines(sheet.entries(view), stream)
    else:
        from cgraph_cli.render.csv_ import write_rows

        write_rows(sheet.rows(view), stream, format)
