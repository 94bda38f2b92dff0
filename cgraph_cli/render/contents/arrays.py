"""A report on a program of arrays as a sheet: a row an array, with its shape and its elements in the cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from cgraph_cli.core.array_graph import ArrayProgram, program_operands, spell_call
from cgraph_cli.core.graph import CONSTANT, INPUT
from cgraph_cli.core.tensor import Tensor, indices, show_index, show_shape
from cgraph_cli.render.array_text import write_array
from cgraph_cli.render.contents.nodes import NodesSheet
from cgraph_cli.render.numbers import read_checked, read_number, read_status, read_uncertainty
from cgraph_cli.render.view import View
from cgraph_cli.results.report import Column, Report
from cgraph_cli.trust.verdicts import OK, Verdict

if TYPE_CHECKING:
    from cgraph_cli.render.cells import Cells

_MOST_PLACES = 3
"""The most elements with one status that are named."""


class ArraysSheet(NodesSheet):
    """The arrays of a report with their values and derivatives.

    CSV and TSV have a row an element, as the scalar program has; JSON has nested lists.
    """

    def __init__(self, report: Report, arrays: ArrayProgram) -> None:
        super().__init__(report)
        self.arrays = arrays
        self.labels = arrays.graph.labels()

    def _nodes(self, named: bool) -> Iterator[int]:
        """List the arrays to show: the inputs, the constants with a name, and the rest in order."""
        graph = self.arrays.graph
        constants = graph.constant_nodes()
        inner = (
            node
            for node, operation in enumerate(graph.operations)
            if operation not in (INPUT, CONSTANT) and node not in graph.hidden and node not in constants
        )
        if named:
            inner = (node for node in inner if graph.names[node] is not None or node == graph.output)
        return chain(graph.inputs(), (node for node in sorted(constants) if graph.names[node] is not None), inner)

    def _kind(self, node: int) -> str:
        graph = self.arrays.graph
        if graph.operations[node] == INPUT:
            return "input"
        if graph.names[node] in graph.constants or graph.operations[node] == CONSTANT:
            return "constant"
        return "output" if node in self._outputs_of_arrays() else "intermediate"

    def _outputs_of_arrays(self) -> set[int]:
        wanted = set(self.report.request.of)
        if not wanted:
            return {self.arrays.graph.output}
        return {node for node, label in enumerate(self.labels) if label in wanted}

    def _shows_gradient(self, node: int) -> bool:
        elements = self.arrays.elements[node].items
        return self.report.shows_any_gradient(elements) if elements else self.report.asked is None

    def _node_cells(self, view: View) -> Cells:
        """Make the table of arrays: the expression of each, its shape, its value and its derivatives."""
        from cgraph_cli.render.cells import MARKS, CellRow, aligned, ends

        report, graph = self.report, self.arrays.graph
        shown = list(self._nodes(view.named))
        nodes, gap, left_out = ends(shown, len(shown), view)
        has_shapes = any(graph.shapes[node] for node in nodes)
        status = not report.is_ok()
        rows = []
        expressions = self._array_expressions(nodes, view)
        for node in nodes:
            elements = self.arrays.elements[node]
            numbers = [write_array(elements, view, lambda each: read_checked(report.checked(each), view.digits))]
            if report.uncertainties is not None:
                sizes = elements.map(report.uncertainties.__getitem__)
                numbers.append(write_array(sizes, view, lambda u: read_uncertainty(u, view.digits)))
            for column in report.columns():
                is_shown = column in report.tangents or self._shows_gradient(node)
                text = write_array(elements, view, lambda at, c=column: read_checked(c.checked(at), view.digits))  # type: ignore[misc]
                numbers.append(text if is_shown else "")
            if view.errors:
                accuracies = map(elements.map, self._measures())
                numbers += [write_array(each, view, lambda x: read_number(x, 2)) for each in accuracies]
            if status:
                numbers.append(self._said(elements))
            kind = self._kind(node)
            changed = bool(view.changed) and any(map(view.changed.__contains__, elements.items))
            mark = f"{MARKS[kind]:<3} *" if changed else MARKS[kind]
            shape = (show_shape(graph.shapes[node]) if graph.shapes[node] else "",) if has_shapes else ()
            rows.append(CellRow(kind, (mark, self.labels[node], *shape, next(expressions)), tuple(numbers), changed))
        headings = ["value", *(["±"] if report.uncertainties is not None else [])]
        headings += [column.heading for column in report.columns()]
        headings += [*(self._accuracies() if view.errors else []), *(["status"] if status else [])]
        texts_ = ("", "node", *(("shape",) if has_shapes else ()), "expression")
        return aligned(texts_, headings, rows, status, gap, left_out)

    def _array_expressions(self, nodes: Sequence[int], view: View) -> Iterator[str]:
        """Write the expressions of some arrays; a view of `named` arrays has the unnamed ones written out."""
        graph = self.arrays.graph
        if not view.named:
            return map(graph.expression, nodes)
        from cgraph_cli.language.write import write_expression, written_out

        kept = frozenset(self._outputs_of_arrays())
        names: dict[int, str | None] = {
            node: self.labels[node] if node in kept else name for node, name in enumerate(graph.names)
        }
        calls: dict[int, str] = {}
        for node, (called, operands) in graph.calls.items():
            inside = [names[each] or write_expression(graph, each, names) for each in operands]
            calls[node] = spell_call(called, inside)
            names[node] = names[node] or calls[node]
        written = zip(nodes, written_out(graph, nodes, kept, names), strict=True)
        return (calls.get(node, text) for node, text in written)

    def _plain_expressions(self, nodes: Sequence[int]) -> Iterator[str]:
        """Write the expressions of elements; the inner nodes of an operation, such as a product's terms, are written
        out.
        """
        from cgraph_cli.language.write import write_expression

        graph = self.report.graph
        names = {node: None if node in graph.hidden else label for node, label in enumerate(graph.labels())}
        for node in nodes:
            inner = any(operand in graph.hidden for operand in graph.operands_of(node))
            yield write_expression(graph, node, names) if inner else graph.expression(node)

    def _said(self, elements: Tensor[int]) -> str:
        """Write the statuses of an array's numbers, each with the elements that have it."""
        columns = self.report.columns()
        found = [write_statuses("value" * bool(columns), elements, self.report.verdicts)]
        for column in columns:
            found.append(write_statuses(column.heading if len(columns) > 1 else "", elements, column.verdicts))
        return "; ".join(filter(None, found))

    def members(self, view: View) -> Mapping[str, object]:
        """Make the outputs, the arrays, and the notes on numbers that went wrong."""
        return super().members(view)

    def entries(self, view: View) -> Iterator[Mapping[str, Any]]:
        """Make an object an array, with nested lists."""
        graph, report = self.arrays.graph, self.report
        for node in self._nodes(view.named):
            elements = self.arrays.elements[node]
            line, place = graph.place(node)
            called = graph.calls.get(node)
            operation = called[0] if called else graph.operation(node).partition("(")[0]
            entry: dict[str, Any] = {
                "name": self.labels[node],
                "kind": self._kind(node),
                "expression": graph.expression(node),
                "operation": operation if operation not in (INPUT, CONSTANT) else None,
                "operands": [self.labels[operand] for operand in program_operands(graph, node)],
                "shape": list(graph.shapes[node]),
                "value": self.nested(report.values, elements, view),
                "status": _nested_statuses(report.verdicts, elements),
            }
            if report.gradients:
                shown = report.gradients if self._shows_gradient(node) else []
                entry |= self._derivatives("gradient", shown, elements, view)
            if report.tangents:
                entry |= self._derivatives("tangent", report.tangents, elements, view)
            if view.errors:
                error, *conditions = (
                    self.nested(measured, Tensor(elements.shape, range(len(measured))), view)
                    for measured in ([*map(measure, elements.items)] for measure in self._measures())
                )
                entry["error"] = error
                entry["condition"] = dict(zip(self._output_names(), conditions, strict=False))
            if (known := report.uncertainties) is not None:
                entry["u"] = self.nested(known, elements, view)
            entry["line"] = line
            entry["column"] = place
            yield entry

    def _derivatives(self, name: str, columns: Sequence[Column], elements: Tensor[int], view: View) -> dict[str, Any]:
        return {
            name: {column.label: self.nested(column.values, elements, view) for column in columns},
            f"{name}_status": {column.label: _nested_statuses(column.verdicts, elements) for column in columns},
        }

    def nested(self, numbers: Sequence[Any], elements: Tensor[int], view: View) -> Any:
        """Write the numbers of an array as nested lists, with 0 where there is no dependence."""
        from cgraph_cli.render.sheets.json import number

        return elements.map(lambda at: number(0.0 if (x := numbers[at]) is None else x, view)).nested()

    def gradient(self, output: int, node: int, view: View) -> Any:
        """Write the gradient of an output with respect to an array; None where it was not asked for."""
        elements = self.arrays.elements[node]
        found = [self.report.gradient(output, at) for at in elements.items]
        if all(item is None for item in found):
            return None
        return self.nested(found, Tensor(elements.shape, range(len(found))), view)

    def _output_names(self) -> list[str]:
        return list(self.report.request.of) or [self.labels[self.arrays.graph.output]]

    def _outputs(self, view: View) -> dict[str, Any]:
        report, graph = self.report, self.arrays.graph
        outputs = {}
        for name, output in zip(self._output_names(), report.outputs, strict=False):
            elements = self.arrays.find(name)
            assert elements is not None
            gradients = {self.labels[each]: self.gradient(output, each, view) for each in graph.inputs()}
            outputs[name] = {
                "value": self.nested(report.values, elements, view),
                "gradient": {label: gradient for label, gradient in gradients.items() if gradient is not None},
            }
            if report.request.direction:
                outputs[name]["tangent"] = {c.label: self.nested(c.values, elements, view) for c in report.tangents}
        return outputs


def write_statuses(name: str, elements: Tensor[int], verdicts: Mapping[int, Verdict]) -> str:
    """Write the statuses of an array's elements other than ok, with their indices.

    Those of a vector share one pair of brackets, which is no index of a vector: `kink [-1, 1] at [0, 2]`.
    """
    found: dict[str, list[Sequence[int]]] = {}
    for index, each in zip(indices(elements.shape), elements.items, strict=True) if verdicts else ():
        if each in verdicts:
            found.setdefault(read_status(verdicts[each]), []).append(index)
    said = []
    for status, places in found.items():
        if len(places) == len(elements.items):
            said.append(f"{name} {status}".strip())
            continue
        more = f" and {len(places) - _MOST_PLACES} more" if len(places) > _MOST_PLACES else ""
        few = places[:_MOST_PLACES]
        is_vector = len(elements.shape) == 1
        told = str([at for (at,) in few]) if is_vector else ", ".join(map(show_index, few))
        said.append(f"{name} {status} at {told}{more}".strip())
    return "; ".join(said)


def _nested_statuses(verdicts: Mapping[int, Verdict], elements: Tensor[int]) -> Any:
    return elements.map(lambda at: verdicts.get(at, OK).status).nested()
