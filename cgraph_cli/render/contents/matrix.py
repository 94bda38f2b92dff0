"""Matrices of derivatives, and their patterns, as sheets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

from cgraph_cli.core.tensor import Tensor
from cgraph_cli.render.contents import Sheet
from cgraph_cli.render.numbers import read_checked, read_status, write_number
from cgraph_cli.render.view import View
from cgraph_cli.results.matrices import Matrix, Pattern
from cgraph_cli.trust.verdicts import Checked, Status

if TYPE_CHECKING:
    from cgraph_cli.render.cells import Cells


class MatrixSheet(Sheet):
    """A matrix: a row of text a row, and a column of statuses where any is not ok."""

    def __init__(self, matrix: Matrix) -> None:
        self.matrix = matrix

    def cells(self, view: View) -> list[Cells]:
        """Make the table of the matrix."""
        from cgraph_cli.render.cells import CellRow, aligned, ends

        matrix = self.matrix
        status = not matrix.is_ok()
        headings = [heading.replace("²", "2") if view.ascii else heading for heading in matrix.headings]
        shown, gap, left_out = ends(zip(matrix.rows, matrix.entries, strict=True), len(matrix.rows), view)
        rows = []
        for label, entries in shown:
            numbers = [read_checked(entry, view.digits) for entry in entries]
            said = [self._status(headings, entries)] if status else []
            rows.append(CellRow("intermediate", ("", label), (*numbers, *said)))
        return [aligned(("", "node"), [*headings, *(["status"] if status else [])], rows, status, gap, left_out)]

    def _status(self, headings: Iterable[str], entries: Iterable[Checked]) -> str:
        found = [(heading, read_status(entry.verdict)) for heading, entry in zip(headings, entries, strict=True)]
        alone = len(found) == 1
        return "; ".join(status if alone else f"{heading} {status}" for heading, status in found if status)

    def notes(self, view: View) -> Iterable[str]:
        """Name the places where the numbers went wrong."""
        return self.matrix.notes()

    def rows(self, view: View) -> Iterator[list[str]]:
        """Make the rows with their labels, and a last column of statuses."""
        matrix = self.matrix
        yield ["node", *matrix.columns, "status"]
        for label, entries in zip(matrix.rows, matrix.entries, strict=True):
            numbers = [write_number(entry.number, view.digits) for entry in entries]
            yield [label, *numbers, self._status(matrix.columns, entries) or Status.OK]

    def members(self, view: View) -> Mapping[str, object]:
        """Make the labels, the numbers as lists of lists, and their statuses."""
        from cgraph_cli.render.sheets.json import number, remark_entries, trouble_entry

        matrix = self.matrix
        members: dict[str, object] = {
            "kind": matrix.kind,
            "mode": matrix.mode,
            "certified": matrix.is_certified,
        }
        if matrix.values is not None:
            members["of"] = matrix.rows
            members["values"] = [number(entry.number, view) for entry in matrix.values]
        else:
            members["of"] = matrix.output
        members["wrt"] = matrix.columns if matrix.kind == "jacobian" else matrix.rows
        if matrix.kind == "product":
            members["vector"] = {
                name: step.map(lambda x: number(x, view)).nested() if isinstance(step, Tensor) else number(step, view)
                for name, step in matrix.direction.items()
            }
            members["product"] = [number(entries[0].number, view) for entries in matrix.entries]
            members["status"] = [entries[0].verdict.status for entries in matrix.entries]
        else:
            members["matrix"] = ([number(entry.number, view) for entry in entries] for entries in matrix.entries)
            members["status"] = ([entry.verdict.status for entry in entries] for entries in matrix.entries)
        members["intervals"] = iter(self._intervals(view))
        remarks = remark_entries(matrix.reports[0].graph)
        members["diagnostics"] = chain(remarks, (trouble_entry(trouble, view) for trouble in matrix.troubles()))
        members["remarks"] = matrix.remarks
        return members

    def _intervals(self, view: View) -> list[dict[str, Any]]:
        """Collect the intervals of the numbers at a kink."""
        from cgraph_cli.render.sheets.json import number

        return [
            {"row": row, "column": column, "interval": [number(bound, view) for bound in entry.verdict.interval]}
            for row, entries in zip(self.matrix.rows, self.matrix.entries, strict=True)
            for column, entry in zip(self.matrix.columns, entries, strict=True)
            if entry.verdict.interval
        ]

    def entries(self, view: View) -> Iterator[Mapping[str, Any]]:
        """Make an object a row."""
        from cgraph_cli.render.sheets.json import number

        matrix = self.matrix
        for label, entries in zip(matrix.rows, matrix.entries, strict=True):
            named = list(zip(matrix.columns, entries, strict=True))
            yield {
                "node": label,
                "derivatives": {name: number(entry.number, view) for name, entry in named},
                "status": {name: entry.verdict.status for name, entry in named},
                "intervals": {
                    name: [number(bound, view) for bound in entry.verdict.interval]
                    for name, entry in named
                    if entry.verdict.interval
                },
            }


class PatternSheet(Sheet):
    """A pattern: `x` where an entry can be other than 0, `.` where it cannot; for machines 1 and 0."""

    def __init__(self, pattern: Pattern) -> None:
        self.pattern = pattern

    def cells(self, view: View) -> list[Cells]:
        """Make the table of the pattern."""
        from cgraph_cli.render.cells import CellRow, Cells, ends

        pattern = self.pattern
        shown, gap, left_out = ends(zip(pattern.rows, pattern.entries, strict=True), len(pattern.rows), view)
        rows = [
            CellRow("intermediate", ("", label), tuple("x" if entry else "." for entry in entries))
            for label, entries in shown
        ]
        return [Cells(("", "node"), tuple(pattern.columns), rows, False, gap, left_out)]

    def notes(self, view: View) -> Iterable[str]:
        """Count the entries that can be other than 0."""
        count = sum(sum(entries) for entries in self.pattern.entries)
        yield f"{count:,} of {len(self.pattern.rows) * len(self.pattern.columns):,} can be other than 0"

    def rows(self, view: View) -> Iterator[list[str]]:
        """Make the rows with their labels."""
        yield ["node", *self.pattern.columns]
        for label, entries in zip(self.pattern.rows, self.pattern.entries, strict=True):
            yield [label, *(str(int(entry)) for entry in entries)]

    def members(self, view: View) -> Mapping[str, object]:
        """Make the labels, and the pattern as lists of lists."""
        pattern = self.pattern
        return {
            "kind": pattern.kind,
            "of": pattern.output or pattern.rows,
            "wrt": pattern.columns,
            "pattern": ([int(entry) for entry in entries] for entries in pattern.entries),
        }

    def entries(self, view: View) -> Iterator[Mapping[str, Any]]:
        """Make an object a row."""
        for label, entries in zip(self.pattern.rows, self.pattern.entries, strict=True):
            yield {"node": label, "pattern": dict(zip(self.pattern.columns, map(int, entries), strict=True))}
