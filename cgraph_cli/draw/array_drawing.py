"""The drawing of a program of arrays: a node an array, with tensors for numbers."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from cgraph_cli.core.array_graph import ELEMENTS, ArrayGraph, ArrayProgram, operands_behind, program_operands
from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.core.nodes_by_label import find_outputs
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.reach import reached
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.draw.drawing import GRADIENTS, PARTIALS, SHOWN, VALUES, ArrayPartial, Drawing, Edge, Node, draw
from cgraph_cli.language.written_arrays import Written
from cgraph_cli.render.contents.arrays import write_statuses
from cgraph_cli.results.array_edges import find_partials
from cgraph_cli.results.notes import notes
from cgraph_cli.results.report import Column, Report
from cgraph_cli.trust.verdicts import Checked

MOST_PARTIALS = 6
"""The most numbers of a partial that an edge shows; it shows the shapes of a larger one."""


def draw_program(
    graph: Graph,
    of: Sequence[str],
    report: Report | None = None,
    *,
    shown: Sequence[str] = SHOWN,
    depth: int | None = None,
    digits: int | None = None,
    named: bool = False,
) -> Drawing:
    """Draw a program of numbers or of arrays: the outputs `of` with all that they depend on, or the whole."""
    outputs = report.outputs if report else find_outputs(graph, of)
    if graph.arrays is not None:
        return draw_arrays(graph.arrays, of, report, shown=shown, depth=depth, digits=digits, named=named)
    return draw(graph, outputs, report, shown=shown, whole=not of, depth=depth, digits=digits, named=named)


def draw_arrays(
    arrays: ArrayProgram,
    of: Sequence[str],
    report: Report | None = None,
    *,
    shown: Sequence[str],
    depth: int | None = None,
    digits: int | None = None,
    named: bool = False,
) -> Drawing:
    """Draw a program of arrays like `draw` one of numbers; the labels `of` name its outputs.

    The partial of an edge to or from an array is a linear map, whose numbers are shown where they are few.
    """
    program = arrays.graph
    outputs = arrays.arrays_of(of)
    drawing = Drawing(program, shown if report else (), digits)
    drawing.report = report
    columns = report.columns() if report and GRADIENTS in shown else []
    if report:
        drawing.notes = list(notes(report))
    drawing.headings = [column.heading for column in columns]
    near = set(range(len(program)))
    if depth is not None or of:
        near = reached(outputs, lambda node: program_operands(program, node), depth)
    constants = program.constant_nodes().union(n for n, each in enumerate(program.operations) if each == CONSTANT)
    chosen = [n for n in sorted(near) if n in outputs or not (n in program.hidden or n in constants)]
    if named:
        chosen = [n for n in chosen if program.names[n] is not None or n in outputs]
    written = Written(program, set(chosen) if named else range(len(program)))
    position: dict[int, int] = {}
    wires = number_wires(program)
    for node in chosen:
        position[node] = len(drawing.nodes)
        behind = (
            operands_behind(program, node, set(chosen)) if named else dict.fromkeys(program_operands(program, node))
        )
        operands = [each for each in behind if each not in constants]
        kind = INPUT if program.operations[node] == INPUT else "output" if node in outputs else "intermediate"
        expression = written.expression(node)
        hidden = sum(operand not in position for operand in operands)
        made = Node(node, f"n{node}", program.labels()[node], expression, kind, hidden=hidden)
        drawing.nodes.append(with_numbers(made, arrays, report, columns, shown))
        for operand in operands:
            if operand in position:
                partial = None
                if report and PARTIALS in shown and operand in program_operands(program, node):
                    partial = _partial(arrays, node, operand, report)
                heading = f"∂{program.labels()[node]}/∂{program.labels()[operand]}"
                number = wires.setdefault((node, operand), len(wires))
                drawing.edges.append(Edge(number, f"e{number}", position[operand], position[node], heading, partial))
    drawing.outputs = [position[output] for output in outputs]
    return drawing


def derivative(column: Column, report: Report, label: str) -> str:
    """Name the derivative of a column at a node, in symbols."""
    if column in report.tangents and report.request.direction:
        return f"d{label}"
    return column.heading.replace("∂node", f"∂{label}")


def with_numbers(
    node: Node, arrays: ArrayProgram, report: Report | None, columns: Sequence[Column], shown: Sequence[str]
) -> Node:
    """Give a node its shape, and the numbers and the statuses of its elements."""
    elements = arrays.elements[node.number]
    node = node._replace(shape=elements.shape)
    if report is None:
        return node
    if VALUES in shown:
        value = Tensor(elements.shape, report.values_of(elements.items))
        node = node._replace(value=value if value.shape else value.item)
        if report.uncertainties is not None:
            uncertainty = elements.map(report.uncertainties.__getitem__)
            node = node._replace(uncertainty=uncertainty if uncertainty.shape else uncertainty.item)
    derivatives = []
    said = [write_statuses("value" if columns else "", elements, report.verdicts)] if VALUES in shown else []
    for column in columns:
        if column in report.tangents or report.shows_any_gradient(elements.items):
            numbers = Tensor(elements.shape, column.of(elements.items))
            heading = derivative(column, report, node.label)
            shown_number: Any = numbers if numbers.shape else numbers.item
            derivatives.append((heading, Checked(shown_number)))
            said.append(write_statuses(heading if len(columns) > 1 else "", elements, column.verdicts))
    return node._replace(derivatives=tuple(derivatives), said=tuple(filter(None, said)))


def _partial(arrays: ArrayProgram, node: int, operand: int, report: Report) -> Any:
    """Give the partial of an array with respect to an operand: a number between numbers, or else a linear map.

    None for a gradient, and for the array of a recurrence.
    """
    program = arrays.graph
    target, source = arrays.elements[node], arrays.elements[operand]
    if node in program.gradients or program.operations[node] == ELEMENTS:
        return None
    is_elementwise = program.operations[node] in PRIMITIVES and node not in program.calls
    is_diagonal = is_elementwise and target.shape == source.shape != ()
    places = Tensor(target.shape, range(prod(target.shape)))
    map = ArrayPartial(source.shape, target.shape, is_diagonal)
    size = prod(target.shape) * (1 if is_diagonal else prod(source.shape))
    if not 0 < size <= MOST_PARTIALS or report.graph is program:
        return map
    ends = {end for each in program_operands(program, node) for end in arrays.elements[each].items}
    rows = [find_partials(report, target.items[at], ends.__contains__) for at in places.items]
    if is_diagonal:
        return map._replace(numbers=places.map(lambda at: rows[at].get(source.items[at], 0.0)))
    numbers = [row.get(each, 0.0) for row in rows for each in source.items]
    if not target.shape and not source.shape:
        return numbers[0]
    return map._replace(numbers=Tensor((*target.shape, *source.shape), numbers))


def number_wires(program: ArrayGraph) -> dict[tuple[int, int], int]:
    """Number the edges of the drawing of a whole program, by array and operand."""
    pairs = ((node, operand) for node in range(len(program)) for operand in program_operands(program, node))
    return {pair: number for number, pair in enumerate(dict.fromkeys(pairs))}
