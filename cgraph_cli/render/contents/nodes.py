"""A report as a sheet: a row a node, and a row an edge where a view asks for edges."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from cgraph_cli.core.graph import LEAVES
from cgraph_cli.render.contents import Sheet
from cgraph_cli.render.numbers import (
    read_checked,
    read_number,
    read_status,
    read_uncertainty,
    write_number,
    write_numbers,
)
from cgraph_cli.render.view import View
from cgraph_cli.results.report import Column, Report
from cgraph_cli.trust.verdicts import OK, Verdict

if TYPE_CHECKING:
    from cgraph_cli.render.cells import Cells

_ROWS_AT_ONCE = 4096
"""Rows that are made together, column by column: faster than one by one."""


class NodesSheet(Sheet):
    """The nodes of a report with their values and derivatives.

    CSV and TSV hold one table: the edges, where a view asks for them, in place of the nodes.
    """

    def __init__(self, report: Report) -> None:
        self.report = report

    def cells(self, view: View) -> list[Cells]:
        """Make the table of nodes, and that of edges where a view asks for it."""
        return [self._node_cells(view), *([self._edge_cells(view)] if view.edges else [])]

    def _node_cells(self, view: View) -> Cells:
        """Make the table of nodes: the expression of each, its value and its derivatives."""
        from cgraph_cli.render.cells import MARKS, CellRow, aligned, ends

        report = self.report
        labels = report.graph.labels()
        nodes, gap, left_out = ends(report.rows(view.named), sum(1 for _ in report.rows(view.named)), view)
        rows = []
        expressions = self._expressions(nodes, view)
        status = not report.is_ok()
        for node in nodes:
            numbers = [read_checked(report.checked(node), view.digits)]
            if report.uncertainties is not None:
                numbers.append(read_uncertainty(report.uncertainties[node], view.digits))
            for column in report.gradients:
                shown = report.shows_gradient(node)
                numbers.append(read_checked(column.checked(node), view.digits) if shown else "")
            numbers += [read_checked(column.checked(node), view.digits) for column in report.tangents]
            if view.errors:
                numbers += [read_number(number, 2) for number in self._accuracy(node)]
            if status:
                numbers.append(self._status(node))
            kind = report.kind(node)
            changed = node in view.changed
            mark = f"{MARKS[kind]:<3} *" if changed else MARKS[kind]
            rows.append(CellRow(kind, (mark, labels[node], next(expressions)), tuple(numbers), changed))
        headings = ["value", *(["±"] if report.uncertainties is not None else [])]
        headings += [column.heading for column in report.columns()]
        headings += [*(self._accuracies() if view.errors else []), *(["status"] if status else [])]
        return aligned(("", "node", "expression"), headings, rows, status, gap, left_out)

    def _expressions(self, nodes: Iterable[int], view: View) -> Iterator[str]:
        """Write the expressions of some nodes for people; a view of `named` nodes has the unnamed ones written out."""
        graph = self.report.graph
        if not view.named:
            return map(graph.short_expression, nodes)
        from cgraph_cli.language.write import written_out

        return written_out(graph, nodes, frozenset(self.report.outputs))

    def _plain_expressions(self, nodes: Sequence[int]) -> Iterator[str]:
        """Write the expressions of some nodes for machines."""
        return self.report.graph.expressions(nodes)

    def _accuracies(self) -> list[str]:
        """List the headings of the columns of `--errors`: the bound of the error in doubles, and the condition of each
        output."""
        labels = self.report.graph.labels()
        return ["error in doubles", *(f"condition of {labels[output]}" for output in self.report.outputs)]

    def _measures(self) -> list[Callable[[int], float]]:
        """List the functions of a node that give the numbers under `_accuracies`."""
        report = self.report
        return [report.error, *(partial(report.condition, output) for output in report.outputs)]

    def _accuracy(self, node: int) -> list[float]:
        return [measure(node) for measure in self._measures()]

    def _status(self, node: int) -> str:
        """Write the status of each number of a row that is not ok, and whose it is where there are several."""
        said = [("value", read_status(self.report.verdict(node)))]
        columns = self.report.columns()
        for column in columns:
            name = column.heading if len(columns) > 1 else ""
            said.append((name, read_status(column.verdict(node))))
        return "; ".join(f"{name} {status}".strip() for name, status in said if status)

    def _edge_cells(self, view: View) -> Cells:
        """Make the table of edges: an operand, the node that uses it, and the local partial."""
        from cgraph_cli.render.cells import CellRow, aligned, ends

        report, labels = self.report, self.report.graph.labels()
        edges, gap, left_out = ends(report.edges(), sum(1 for _ in report.edges()), view)
        rows = []
        for operand, node, local in edges:
            number = read_number(local, view.digits)
            rows.append(CellRow("intermediate", ("", labels[operand], labels[node]), (number,)))
        return aligned(("", "from", "to"), ("∂to/∂from",), rows, False, gap, left_out)

    def notes(self, view: View) -> Iterable[str]:
        """Name the places where the numbers went wrong."""
        from cgraph_cli.results.notes import notes

        return notes(self.report)

    def rows(self, view: View) -> Iterator[list[str]]:
        """Make the headings, and the rows of edges; the nodes come in `blocks`."""
        report, labels = self.report, self.report.graph.labels()
        if not view.edges:
            yield [
                *("node", "kind", "expression", "value", "status"),
                *(f"{what}_{column.label}" for column in report.gradients for what in ("gradient", "gradient_status")),
                *(f"{what}_{column.label}" for column in report.tangents for what in ("tangent", "tangent_status")),
                *(heading.replace(" ", "_") for heading in (self._accuracies() if view.errors else ())),
                *(["u"] if report.uncertainties is not None else []),
            ]
            return
        yield ["from", "to", "partial"]
        for operand, node, local in report.edges():
            yield [labels[operand], labels[node], write_number(0.0 if local is None else local, view.digits)]

    def blocks(self, view: View, delimiter: str) -> Iterator[list[list[str]]]:
        """Make the columns of some nodes at a time; only expressions can hold a delimiter."""
        report = self.report
        labels, values, digits = report.graph.labels(), report.values, view.digits
        verdicts = report.verdicts
        rows = iter(()) if view.edges else report.rows(view.named)
        while nodes := list(islice(rows, _ROWS_AT_ONCE)):
            expressions = self._expressions(nodes, view) if view.named else self._plain_expressions(nodes)
            columns = [
                [labels[node] for node in nodes],
                report.kinds(nodes),
                [f'"{text}"' if delimiter in text else text for text in expressions],
                write_numbers([values[node] for node in nodes], digits),
                _statuses(verdicts, nodes),
            ]
            for column in report.columns():
                numbers = column.values
                columns.append(write_numbers([0.0 if (n := numbers[node]) is None else n for node in nodes], digits))
                columns.append(_statuses(column.verdicts, nodes))
            if report.asked is not None or report.constants:
                shown = [report.shows_gradient(node) for node in nodes]
                for at in range(5, 5 + 2 * len(report.gradients)):
                    columns[at] = [text if show else "" for show, text in zip(shown, columns[at], strict=True)]
            if view.errors:
                accuracies = zip(*map(self._accuracy, nodes), strict=True)
                columns += [write_numbers(numbers, digits) for numbers in accuracies]
            if report.uncertainties is not None:
                columns.append(write_numbers([report.uncertainties[node] for node in nodes], digits))
            yield columns

    def members(self, view: View) -> Mapping[str, object]:
        """Make the outputs, the nodes, and the notes on numbers that went wrong."""
        return {
            "certified": self.report.is_certified,
            "outputs": self._outputs(view),
            "nodes": self.entries(view),
            "diagnostics": self._diagnostics(view),
        }

    def _diagnostics(self, view: View) -> Iterator[dict[str, Any]]:
        from cgraph_cli.render.sheets.json import remark_entries, trouble_entry

        yield from remark_entries(self.report.graph)
        if self.report.is_ok() and self.report.is_finite():
            return
        from cgraph_cli.results.notes import find_troubles

        yield from (trouble_entry(trouble, view) for trouble in find_troubles(self.report))

    def _outputs(self, view: View) -> dict[str, Any]:
        from cgraph_cli.render.sheets.json import number

        report, labels = self.report, self.report.graph.labels()
        outputs = {}
        for output in report.outputs:
            derivatives = {labels[node]: report.gradient(output, node) for node in report.wrt}
            entry = {
                "value": number(report.values[output], view),
                "gradient": {name: number(d, view) for name, d in derivatives.items() if d is not None},
            }
            if report.request.direction:
                entry["tangent"] = {c.label: number(c.at(output), view) for c in report.tangents}
            outputs[labels[output]] = entry
        return outputs

    def entries(self, view: View) -> Iterator[Mapping[str, Any]]:
        """Make an object a node."""
        from cgraph_cli.render.sheets.json import number

        report = self.report
        graph, labels = report.graph, report.graph.labels()
        expressions = self._expressions(report.rows(view.named), view) if view.named else None
        for node in report.rows(view.named):
            operation, local = graph.operation(node), report.local(node)
            line, column = graph.place(node)
            entry: dict[str, Any] = {
                "name": labels[node],
                "kind": report.kind(node),
                "expression": next(expressions) if expressions else graph.expression(node),
                "operation": operation if operation not in LEAVES else None,
                "operands": [labels[operand] for operand, _ in local],
                "partials": [number(0.0 if slope is None else slope, view) for _, slope in local],
                "value": number(report.values[node], view),
                "status": report.verdict(node).status,
            }
            if report.gradients:
                shown = report.gradients if report.shows_gradient(node) else []
                entry |= _derivatives("gradient", "interval", shown, node, view)
            if report.tangents:
                entry |= _derivatives("tangent", "tangent_interval", report.tangents, node, view)
            if view.errors:
                entry["error"] = number(report.error(node), view)
                entry["condition"] = {
                    labels[output]: number(report.condition(output, node), view) for output in report.outputs
                }
            if report.uncertainties is not None:
                entry["u"] = number(report.uncertainties[node], view)
            entry["line"] = line
            entry["column"] = column
            yield entry


def _statuses(verdicts: Mapping[int, Verdict], nodes: Sequence[int]) -> list[str]:
    if not verdicts:
        return [OK.status] * len(nodes)
    return [verdicts.get(node, OK).status for node in nodes]


def _derivatives(name: str, intervals: str, columns: Sequence[Column], node: int, view: View) -> dict[str, Any]:
    """Collect the derivatives of a row: numbers, statuses, and the intervals at a kink."""
    from cgraph_cli.render.sheets.json import number

    known = {column.label: column.verdict(node) for column in columns}
    return {
        name: {column.label: number(column.at(node), view) for column in columns},
        f"{name}_status": {label: verdict.status for label, verdict in known.items()},
        intervals: {
            label: [number(bound, view) for bound in verdict.interval]
            for label, verdict in known.items()
            if verdict.interval
        },
    }
