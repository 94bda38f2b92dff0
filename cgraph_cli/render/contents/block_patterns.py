"""Patterns between large arrays as sheets: a count in each block for people, and the entries for machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import groupby
from math import prod
from typing import TYPE_CHECKING, Any

from cgraph_cli.core.errors import RequestError
from cgraph_cli.core.tensor import show_shape
from cgraph_cli.render.contents import Sheet
from cgraph_cli.render.contents.blocks import shapes_of
from cgraph_cli.render.view import View
from cgraph_cli.results.array_patterns import BlockPattern

if TYPE_CHECKING:
    from cgraph_cli.render.cells import Cells


MOST_WRITTEN = 100_000_000
"""The most entries that are written one by one: about a gigabyte of text."""


class BlockPatternSheet(Sheet):
    """A pattern between large arrays. Machines get its entries by row and column, one by one."""

    def __init__(self, pattern: BlockPattern) -> None:
        self.pattern = pattern

    @cached_property
    def counts(self) -> list[list[int]]:
        """The entries of each block that can be other than 0."""
        return self.pattern.count()

    @property
    def count(self) -> int:
        """The entries that can be other than 0."""
        return sum(map(sum, self.counts))

    def _entries(self) -> Iterator[tuple[int, int]]:
        """List the entries. Raises `RequestError` for too many."""
        if self.count > MOST_WRITTEN:
            raise RequestError(
                f"{self.count:,} entries can be other than 0, and {MOST_WRITTEN:,} are the most that are written",
                help="a table has the count of each block; `--of` and `--wrt` name fewer arrays, or elements",
            )
        return iter(self.pattern.entries)

    def cells(self, view: View) -> list[Cells]:
        """Make the table of counts."""
        from cgraph_cli.render.cells import CellRow, Cells, ends

        pattern = self.pattern
        shown, gap, left_out = ends(zip(pattern.row_bands, self.counts, strict=True), len(pattern.row_bands), view)
        rows = []
        for row, counts in shown:
            numbers = [
                f"{count:,} of {prod(row.shape) * prod(column.shape):,}"
                for column, count in zip(pattern.column_bands, counts, strict=True)
            ]
            shape = show_shape(row.shape) if row.shape else ""
            rows.append(CellRow("intermediate", ("", row.label, shape), tuple(numbers)))
        columns = tuple(band.label for band in pattern.column_bands)
        return [Cells(("", "node", "shape"), columns, rows, False, gap, left_out)]

    def notes(self, view: View) -> Iterable[str]:
        """Count the entries that can be other than 0, and say how to get them."""
        whole = len(self.pattern.rows) * len(self.pattern.columns)
        density = f" (density {self.count / whole:.2g})" if whole else ""
        yield f"{self.count:,} of {whole:,} can be other than 0{density}"
        yield "note: CSV and JSON have them one by one"

    def rows(self, view: View) -> Iterator[list[str]]:
        """Make a row an entry."""
        pattern, entries = self.pattern, self._entries()
        yield ["of", "wrt"]
        for row, column in entries:
            yield [pattern.rows[row], pattern.columns[column]]

    def members(self, view: View) -> Mapping[str, object]:
        """Make the shapes of the arrays, the counts, and the entries by row and column, counted from 0."""
        pattern = self.pattern
        columns = [band.label for band in pattern.column_bands]
        return {
            "kind": pattern.kind,
            "of": pattern.output or [band.label for band in pattern.row_bands],
            "wrt": columns,
            "shapes": shapes_of(pattern.row_bands, pattern.column_bands),
            "size": [len(pattern.rows), len(pattern.columns)],
            "count": self.count,
            "counts": {
                row.label: dict(zip(columns, counts, strict=True))
                for row, counts in zip(pattern.row_bands, self.counts, strict=True)
            },
            "entries": self._entries(),
        }

    def entries(self, view: View) -> Iterator[Mapping[str, Any]]:
        """Make an object a row that has entries, with a 1 for each."""
        pattern = self.pattern
        for row, found in groupby(self._entries(), key=lambda entry: entry[0]):
            yield {"node": pattern.rows[row], "pattern": {pattern.columns[column]: 1 for _, column in found}}
