"""A program at many points as a sheet: a row a point, with its inputs, its outputs and their derivatives.

The formats for machines write each row at once; those for people first need all numbers of a column.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, NamedTuple

from cgraph_cli.render.contents import Sheet
from cgraph_cli.render.numbers import read_checked, read_number, read_status, write_number
from cgraph_cli.render.view import View

if TYPE_CHECKING:
    from cgraph_cli.render.cells import Cells
    from cgraph_cli.results.report import Report
    from cgraph_cli.trust.verdicts import Checked


class Quantity(NamedTuple):
    """A value or a derivative at a point, by its heading for people and its name for machines."""

    heading: str
    name: str
    found: Checked


class PointsSheet(Sheet):
    """The `size` points of a program: the inputs that change, and the report at each."""

    def __init__(self, reports: Iterator[tuple[Mapping[str, float], Report]], size: int) -> None:
        """Make the first report at once: a wrong request is an error before any output."""
        self.reports = chain(list(islice(reports, 1)), reports)
        self.size = size

    def cells(self, view: View) -> list[Cells]:
        """Make a row a point; a last column has the statuses other than ok."""
        from cgraph_cli.render.cells import CellRow, align, aligned, ends

        found = ((list(point.items()), list(quantities(report))) for point, report in self.reports)
        shown, gap, left_out = ends(found, self.size, view)
        swept = [name for name, _ in shown[0][0]]
        headings = [quantity.heading for quantity in shown[0][1]]
        columns = [align([read_number(point[at][1], view.digits) for point, _ in shown]) for at in range(len(swept))]
        said = [_status(numbers) for _, numbers in shown]
        rows = []
        for at, (_, numbers) in enumerate(shown):
            words = [read_checked(quantity.found, view.digits) for quantity in numbers]
            texts = ("", *(column[at] for column in columns))
            rows.append(CellRow("intermediate", texts, (*words, said[at]) if any(said) else tuple(words)))
        headings += ["status"] if any(said) else []
        return [aligned(("", *swept), headings, rows, any(said), gap, left_out)]

    def notes(self, view: View) -> Iterable[str]:
        """Add nothing: each row has its statuses."""
        return ()

    def rows(self, view: View) -> Iterator[list[str]]:
        """Make the rows, a status beside each number."""
        is_first = True
        for point, report in self.reports:
            found = list(quantities(report))
            if is_first:
                yield [*point, *(word for quantity in found for word in (quantity.name, f"{quantity.name}_status"))]
                is_first = False
            row = [write_number(number, view.digits) for number in point.values()]
            for quantity in found:
                row += [write_number(quantity.found.number, view.digits), quantity.found.verdict.status]
            yield row

    def members(self, view: View) -> Mapping[str, object]:
        """Make one list of all points."""
        return {"rows": self.entries(view)}

    def entries(self, view: View) -> Iterator[Mapping[str, Any]]:
        """Make the rows as objects: `{"inputs": …, "outputs": …}`."""
        for point, report in self.reports:
            yield _entry(point, report, view)


def quantities(report: Report) -> Iterator[Quantity]:
    """List each output's value and then its derivatives."""
    labels = report.graph.labels()
    for output, column in zip(report.outputs, report.gradients, strict=True):
        label = labels[output]
        yield Quantity(label, label, report.checked(output))
        for node in report.wrt:
            heading, name = f"∂{label}/∂{labels[node]}", f"d{label}_d{labels[node]}"
            yield Quantity(heading, name, column.checked(node))


def _status(numbers: Iterable[Quantity]) -> str:
    said = ((quantity.heading, read_status(quantity.found.verdict)) for quantity in numbers)
    return "; ".join(f"{heading} {status}" for heading, status in said if status)


def _entry(point: Mapping[str, float], report: Report, view: View) -> dict[str, Any]:
    from cgraph_cli.render.sheets.json import number

    labels = report.graph.labels()
    outputs = {}
    for output, column in zip(report.outputs, report.gradients, strict=True):
        verdicts = {labels[node]: column.verdict(node) for node in report.wrt}
        outputs[labels[output]] = {
            "value": number(report.values[output], view),
            "status": report.verdict(output).status,
            "gradient": {labels[node]: number(column.at(node), view) for node in report.wrt},
            "gradient_status": {label: verdict.status for label, verdict in verdicts.items()},
            "interval": {
                label: [number(bound, view) for bound in verdict.interval]
                for label, verdict in verdicts.items()
                if verdict.interval
            },
        }
    return {"inputs": {name: number(value, view) for name, value in point.items()}, "outputs": outputs}
