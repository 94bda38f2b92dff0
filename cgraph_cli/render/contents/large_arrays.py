"""A report on arrays too large for their scalar program, as a sheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.tensor import Tensor, indices, show_index
from cgraph_cli.render.contents.arrays import ArraysSheet
from cgraph_cli.render.numbers import write_numbers
from cgraph_cli.render.sheets.json import remark_entries
from cgraph_cli.render.view import View
from cgraph_cli.results.array_notes import array_notes
from cgraph_cli.results.array_report import ArrayReport
from cgraph_cli.results.notes import remark_lines
from cgraph_cli.results.report import Report
from cgraph_cli.trust.array_elements import Elements
from cgraph_cli.trust.verdicts import OK

_ROWS_AT_ONCE = 4096


class LargeArraysSheet(ArraysSheet):
    """The arrays of a report whose numbers come from NumPy."""

    report: ArrayReport

    def __init__(self, report: ArrayReport, graph: ArrayGraph) -> None:
        assert graph.arrays is not None
        super().__init__(report, graph.arrays)

    def _shows_gradient(self, node: int) -> bool:
        report = self.report
        return node not in report.constants and (report.asked_of_arrays is None or node in report.asked_of_arrays)

    def nested(self, numbers: Sequence[Any], elements: Tensor[int], view: View) -> Any:
        """Write the numbers of an array as nested lists."""
        if not elements.items or view.digits is not None or not isinstance(numbers, Elements):
            return super().nested(numbers, elements, view)
        array = numbers.array(numbers.node(elements.items[0]))
        return array.tolist() if np.isfinite(array).all() else super().nested(numbers, elements, view)

    def gradient(self, output: int, node: int, view: View) -> Any:
        """Give the gradient of an output with respect to an array; None where it was not asked for."""
        if not self.report.gradients or not self._shows_gradient(node):
            return None
        column = self.report.gradients[self.report.outputs.index(output)]
        return self.nested(column.values, self.arrays.elements[node], view)

    def notes(self, view: View) -> Iterator[str]:
        """Name the first operations that produced numbers of a condition, such as `nan`."""
        yield from remark_lines(self.report.graph)
        yield from array_notes(self.report, is_ok=self.report.is_ok())

    def _diagnostics(self, view: View) -> Iterator[dict[str, Any]]:
        yield from remark_entries(self.report.graph)
        for note in array_notes(self.report, is_ok=self.report.is_ok()):
            yield {"message": note}

    def blocks(self, view: View, delimiter: str) -> Iterator[list[list[str]]]:
        """Make the rows of the elements, array after array."""
        graph, report = self.arrays.graph, self.report
        for node in self._nodes(view.named):
            expression = graph.expression(node)
            text = f'"{expression}"' if delimiter in expression else expression
            shows = self._shows_gradient(node)
            places = indices(graph.shapes[node])
            elements = self.arrays.elements[node].items
            for start in range(0, len(elements), _ROWS_AT_ONCE):
                ids = elements[start : start + _ROWS_AT_ONCE]
                labels = [self.labels[node] + (show_index(at) if at else "") for at in islice(places, len(ids))]
                columns: list[list[str]] = [
                    [f'"{label}"' if delimiter in label else label for label in labels],
                    [self._kind(node)] * len(ids),
                    [text] * len(ids),
                    self._written(report.values, node, start, view),
                    [report.verdicts.get(at, OK).status for at in ids],
                ]
                for column in report.columns():
                    shown = column in report.tangents or shows
                    columns.append(self._written(column.values, node, start, view) if shown else [""] * len(ids))
                    columns.append([column.verdict(at).status if shown else "" for at in ids])
                yield columns

    @staticmethod
    def _written(numbers: Any, node: int, start: int, view: View) -> list[str]:
        return write_numbers(numbers.array(node).ravel()[start : start + _ROWS_AT_ONCE].tolist(), view.digits)


def large_sheet_of(report: Report) -> LargeArraysSheet:
    """Make the sheet of a report on large arrays."""
    assert isinstance(report, ArrayReport)
    assert isinstance(report.graph, ArrayGraph)
    return LargeArraysSheet(report, report.graph)
