"""A program at many points as a sheet: a row a point, with its inputs, its outputs and their derivatives.

The formats for machines write each row at once; those for people first need all numbers of a column.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from cgraph_cli.core.derivative_names import name_derivative
from cgraph_cli.render.contents import Sheet
from cgraph_cli.render.numbers import read_checked, read_number, read_status, write_number
from cgraph_cli.render.view import View

if TYPE_CHECKING:
    from cgraph_cli.render.cells import Cells
    from cgraph_cli.results.over_ranges.points import Found
    from cgraph_cli.trust.verdicts import Checked


class PointsSheet(Sheet):
    """The `size` points of a program, each with the outputs `of` and their derivatives in `wrt`.

    `found` gives them in the order of the rows.
    """

    def __init__(self, found: Iterator[Found], size: int, of: Sequence[str], wrt: Sequence[str]) -> None:
        """Take the first point at once: a wrong request is an error before any output."""
        self.found = chain(list(islice(found, 1)), found)
        self.size = size
        self.of = of
        self.wrt = wrt

    def cells(self, view: View) -> list[Cells]:
        """Make a row a point; a last column has the statuses other than ok."""
        from cgraph_cli.render.cells import CellRow, align, aligned, ends

        shown, gap, left_out = ends(((list(point.items()), numbers) for point, numbers in self.found), self.size, view)
        swept = [name for name, _ in shown[0][0]]
        headings = [heading for label in self.of for heading in (label, *(f"∂{label}/∂{name}" for name in self.wrt))]
        columns = [align([read_number(point[at][1], view.digits) for point, _ in shown]) for at in range(len(swept))]
        said = [_status(headings, numbers) for _, numbers in shown]
        rows = []
        for at, (_, numbers) in enumerate(shown):
            words = [read_checked(checked, view.digits) for checked in numbers]
            texts = ("", *(column[at] for column in columns))
            rows.append(CellRow("intermediate", texts, (*words, said[at]) if any(said) else tuple(words)))
        headings += ["status"] if any(said) else []
        return [aligned(("", *swept), headings, rows, any(said), gap, left_out)]

    def notes(self, view: View) -> Iterable[str]:
        """Add nothing: each row has its statuses."""
        return ()

    def rows(self, view: View) -> Iterator[list[str]]:
        """Make the rows, a status beside each number."""
        names = [name for label in self.of for name in (label, *(name_derivative(label, each) for each in self.wrt))]
        is_first = True
        for point, numbers in self.found:
            if is_first:
                yield [*point, *(word for name in names for word in (name, f"{name}_status"))]
                is_first = False
            row = [write_number(number, view.digits) for number in point.values()]
            for number, verdict in numbers:
                row += (write_number(number, view.digits), verdict.status)
            yield row

    def members(self, view: View) -> Mapping[str, object]:
        """Make one list of all points."""
        return {"rows": self.entries(view)}

    def entries(self, view: View) -> Iterator[Mapping[str, Any]]:
        """Make the rows as objects: `{"inputs": …, "outputs": …}`."""
        from cgraph_cli.render.sheets.json import number

        width = 1 + len(self.wrt)
        for point, numbers in self.found:
            outputs = {
                label: self._entry(numbers[at * width], numbers[at * width + 1 : (at + 1) * width], view)
                for at, label in enumerate(self.of)
            }
            yield {"inputs": {name: number(value, view) for name, value in point.items()}, "outputs": outputs}

    def _entry(self, value: Checked, derivatives: Sequence[Checked], view: View) -> dict[str, Any]:
        from cgraph_cli.render.sheets.json import number

        by_label = list(zip(self.wrt, derivatives, strict=True))
        return {
            "value": number(value.number, view),
            "status": value.verdict.status,
            "gradient": {label: number(each.number, view) for label, each in by_label},
            "gradient_status": {label: each.verdict.status for label, each in by_label},
            "interval": {
                label: [number(bound, view) for bound in each.verdict.interval]
                for label, each in by_label
                if each.verdict.interval
            },
        }


def _status(headings: Iterable[str], numbers: Iterable[Checked]) -> str:
    said = ((heading, read_status(checked.verdict)) for heading, checked in zip(headings, numbers, strict=True))
    return "; ".join(f"{heading} {status}" for heading, status in said if status)
