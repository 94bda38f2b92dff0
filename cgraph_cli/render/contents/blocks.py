"""Matrices of derivatives between arrays as sheets: a block of numbers for each pair of arrays.

CSV, TSV and JSON lines have a row an element, as the scalar program has; tables and JSON have blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from cgraph_cli.core.tensor import Tensor, show_shape
from cgraph_cli.render.array_text import write_array
from cgraph_cli.render.contents import Sheet
from cgraph_cli.render.contents.arrays import write_statuses
from cgraph_cli.render.contents.matrix import MatrixSheet, PatternSheet
from cgraph_cli.render.numbers import read_checked
from cgraph_cli.render.view import View
from cgraph_cli.results.blocks import Band, cut
from cgraph_cli.results.matrices import Matrix, Pattern
from cgraph_cli.trust.verdicts import OK, Checked

if TYPE_CHECKING:
    from cgraph_cli.render.cells import Cells


def matrix_sheet(matrix: Matrix) -> Sheet:
    """Make the sheet of a matrix; between arrays it has blocks."""
    return BlocksSheet(matrix) if has_arrays(matrix.row_bands, matrix.column_bands) else MatrixSheet(matrix)


def pattern_sheet(pattern: Pattern) -> Sheet:
    """Make the sheet of a pattern; between arrays it has blocks."""
    is_array = has_arrays(pattern.row_bands, pattern.column_bands)
    return PatternBlocksSheet(pattern) if is_array else PatternSheet(pattern)


def has_arrays(*bands: Iterable[Band]) -> bool:
    """Tell whether any row or column is an element of an array."""
    return any(band.shape for each in bands for band in each)


def shapes_of(*bands: Iterable[Band]) -> dict[str, list[int]]:
    """Give the shapes of arrays by their labels."""
    return {band.label: list(band.shape) for each in bands for band in each}


def _said(name: str, block: Tensor[Checked]) -> str:
    """Write the statuses of a block's entries other than ok."""
    verdicts = {at: entry.verdict for at, entry in enumerate(block.items) if entry.verdict != OK}
    return write_statuses(name, Tensor(block.shape, list(range(len(block.items)))), verdicts)


class BlocksSheet(MatrixSheet):
    """A matrix of derivatives between arrays: a row an array, and a block in each cell."""

    def cells(self, view: View) -> list[Cells]:
        """Make the table of blocks; the axes of a block are its row's array's, then its column's."""
        from cgraph_cli.render.cells import CellRow, aligned, ends

        matrix = self.matrix
        status = not matrix.is_ok()
        headings = self._headings(view)
        shown, gap, left_out = ends(matrix.row_bands, len(matrix.row_bands), view)
        rows = []
        for row in shown:
            blocks = [cut(matrix.entries, row, column) for column in matrix.column_bands]
            numbers = [write_array(block, view, lambda entry: read_checked(entry, view.digits)) for block in blocks]
            if status:
                found = (
                    _said(heading if len(blocks) > 1 else "", block)
                    for heading, block in zip(headings, blocks, strict=True)
                )
                numbers.append("; ".join(filter(None, found)))
            shape = show_shape(row.shape) if row.shape else ""
            rows.append(CellRow("intermediate", ("", row.label, shape), tuple(numbers)))
        columns = [*headings, *(["status"] if status else [])]
        return [aligned(("", "node", "shape"), columns, rows, status, gap, left_out)]

    def _headings(self, view: View) -> list[str]:
        matrix = self.matrix
        if matrix.kind == "product":
            return list(matrix.headings)
        above = "∂node" if matrix.kind == "jacobian" else f"∂²{matrix.output}"
        below = "∂" if matrix.kind == "jacobian" else "∂node∂"
        headings = [f"{above}/{below}{band.label}" for band in matrix.column_bands]
        return [heading.replace("²", "2") for heading in headings] if view.ascii else headings

    def members(self, view: View) -> Mapping[str, object]:
        """Make the shapes of the arrays, and the blocks as nested lists, with their statuses."""
        from cgraph_cli.render.sheets.json import number

        matrix, members = self.matrix, dict(super().members(view))
        columns = matrix.column_bands
        members["wrt"] = [band.label for band in (matrix.row_bands if matrix.kind != "jacobian" else columns)]
        if matrix.values is not None:
            values = [[value] for value in matrix.values]
            members["of"] = [band.label for band in matrix.row_bands]
            members["values"] = [
                cut(values, row, _ONE).map(lambda x: number(x.number, view)).nested() for row in matrix.row_bands
            ]
        members["shapes"] = shapes_of(matrix.row_bands, columns if matrix.kind != "product" else ())
        if matrix.kind == "product":
            members["product"] = {
                row.label: cut(matrix.entries, row, _ONE).map(lambda x: number(x.number, view)).nested()
                for row in matrix.row_bands
            }
            members["status"] = {
                row.label: cut(matrix.entries, row, _ONE).map(lambda x: x.verdict.status).nested()
                for row in matrix.row_bands
            }
            return members
        blocks = {
            row.label: {column.label: cut(matrix.entries, row, column) for column in columns}
            for row in matrix.row_bands
        }
        members.pop("matrix", None)
        members["blocks"] = {
            row: {column: block.map(lambda x: number(x.number, view)).nested() for column, block in each.items()}
            for row, each in blocks.items()
        }
        members["status"] = {
            row: {column: block.map(lambda x: x.verdict.status).nested() for column, block in each.items()}
            for row, each in blocks.items()
        }
        return members


_ONE = Band("", (), 0)
"""The one column of a product."""


class PatternBlocksSheet(PatternSheet):
    """A pattern between arrays: a block of `x` and `.` for each pair."""

    def cells(self, view: View) -> list[Cells]:
        """Make the table of blocks."""
        from cgraph_cli.render.cells import CellRow, Cells, ends

        pattern = self.pattern
        shown, gap, left_out = ends(pattern.row_bands, len(pattern.row_bands), view)
        rows = []
        for row in shown:
            texts = [
                write_array(cut(pattern.entries, row, column), view, lambda entry: "x" if entry else _NOT)
                for column in pattern.column_bands
            ]
            shape = show_shape(row.shape) if row.shape else ""
            texts = [text.replace(_NOT, ".") for text in texts]  # a dot alone, not a decimal point
            rows.append(CellRow("intermediate", ("", row.label, shape), tuple(texts)))
        columns = tuple(band.label for band in pattern.column_bands)
        return [Cells(("", "node", "shape"), columns, rows, False, gap, left_out)]

    def members(self, view: View) -> Mapping[str, object]:
        """Make the shapes of the arrays, and the pattern as nested lists."""
        pattern, members = self.pattern, dict(super().members(view))
        members.pop("pattern")
        members["of"] = pattern.output or [band.label for band in pattern.row_bands]
        members["wrt"] = [band.label for band in pattern.column_bands]
        members["shapes"] = shapes_of(pattern.row_bands, pattern.column_bands)
        members["blocks"] = {
            row.label: {
                column.label: _as_bits(cut(pattern.entries, row, column)).nested() for column in pattern.column_bands
            }
            for row in pattern.row_bands
        }
        return members


_NOT = "-"


def _as_bits(block: Tensor[bool]) -> Tensor[int]:
    return block.map(int)
