"""Sheets: the contents of each kind of result in tables, in rows, and in JSON.

Imports the rest of `render` and the rooms below it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cgraph_cli.render.cells import Cells
    from cgraph_cli.render.view import View


class Sheet:
    """A result in the shapes of the formats: tables of text, rows, and the members of an object."""

    def cells(self, view: View) -> list[Cells]:
        """Make the tables, for people."""
        raise NotImplementedError

    def notes(self, view: View) -> Iterable[str]:
        """Make the lines below the tables, for people."""
        raise NotImplementedError

    def rows(self, view: View) -> Iterator[list[str]]:
        """Make the rows, with the headings first, for CSV and TSV."""
        raise NotImplementedError

    def blocks(self, view: View, delimiter: str) -> Iterator[list[list[str]]]:
        """Make further rows for CSV and TSV, many at once, as columns of texts with the quotes they need."""
        return iter(())

    def members(self, view: View) -> Mapping[str, object]:
        """Make the members of an object, for JSON; an iterator becomes a list, a line an entry."""
        raise NotImplementedError

    def entries(self, view: View) -> Iterator[Mapping[str, Any]]:
        """Make the rows as objects, for JSON lines."""
        raise NotImplementedError
