"""Drawings: the nodes, edges and texts of a graph for every format, with the numbers of a report or without."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.core.reach import reached, shown_operands
from cgraph_cli.core.tensor import Shape, Tensor, show_shape
from cgraph_cli.language.write import written_out
from cgraph_cli.render.array_text import ROOM, write_array, write_on_a_line
from cgraph_cli.render.numbers import read_number, read_status
from cgraph_cli.render.view import View
from cgraph_cli.results.notes import notes
from cgraph_cli.results.report import Report
from cgraph_cli.trust.verdicts import OK, Checked, Verdict

VALUES, PARTIALS, GRADIENTS = "values", "partials", "gradients"
SHOWN = (VALUES, PARTIALS, GRADIENTS)
"""The numbers that a drawing can show."""


class Node(NamedTuple):
    """A node of a drawing.

    `number` is its position in the graph, `key` its name within a format. `kind` is `input`, `intermediate` or
    `output`. `value` is None where it is not shown, `uncertainty` where no input has one. Each of the `derivatives`
    has a heading in symbols, `∂e/∂c`. `hidden` counts the operands that are left out. An array has a `shape`, tensors
    for numbers, and the statuses of its elements in `said`.
    """

    number: int
    key: str
    label: str
    expression: str
    kind: str
    value: Any = None
    verdict: Verdict = OK
    uncertainty: Any = None
    derivatives: tuple[tuple[str, Checked], ...] = ()
    hidden: int = 0
    shape: Shape = ()
    said: tuple[str, ...] = ()

    @property
    def is_uncertain(self) -> bool:
        """Tell whether the value, or an element of it, has an uncertainty other than 0."""
        return any(self.uncertainty.items) if isinstance(self.uncertainty, Tensor) else bool(self.uncertainty)

    def statement(self) -> str:
        """Write the node as a statement, `c = a + b`, or just `a`; the shape of an array follows."""
        shape = f" : {show_shape(self.shape)}" if self.shape else ""
        return (f"{self.label} = {self.expression}" if self.expression else self.label) + shape

    def statuses(self) -> list[str]:
        """Write the statuses of the node's numbers, each with its derivative unless there is only one."""
        if self.said:
            return list(self.said)
        several = len(self.derivatives) > 1
        known = [("value ", self.verdict)]
        known += [(f"{heading} " * several, found.verdict) for heading, found in self.derivatives]
        return [f"{number}{status}" for number, verdict in known if (status := read_status(verdict))]


class ArrayPartial(NamedTuple):
    """A linear map, the local partial between arrays: from arrays of the shape `source` to those of the shape `target`.

    An `is_diagonal` one multiplies element by element. Its `numbers` are then those of the diagonal, and otherwise the
    derivative of each element of the result by each of the operand; None where there are many.
    """

    source: Shape
    target: Shape
    is_diagonal: bool = False
    numbers: Tensor[Any] | None = None


class Edge(NamedTuple):
    """An edge of a drawing, from an operand to the node that uses it; both are positions in the drawing's nodes.

    `number` is the edge's in the graph. `partial` is the local partial, a number or an `ArrayPartial`, None in a bare
    drawing. `heading` is that partial in symbols, `∂c/∂a`.
    """

    number: int
    key: str
    source: int
    target: int
    heading: str
    partial: Any = None


class Drawing:
    """Nodes in topological order and edges, with the `digits` of their numbers.

    `headings` name the columns of derivatives, such as `∂e/∂node`. `outputs` are positions in `nodes`. `notes` name
    the places where numbers went wrong. `report` is the source of the numbers, None in a bare drawing.
    """

    __slots__ = ("digits", "edges", "graph", "headings", "nodes", "notes", "outputs", "report", "shown")

    def __init__(self, graph: Graph, shown: Sequence[str], digits: int | None) -> None:
        self.graph = graph
        self.shown = shown
        self.digits = digits
        self.nodes: list[Node] = []
        self.edges: list[Edge] = []
        self.headings: list[str] = []
        self.outputs: list[int] = []
        self.notes: list[str] = []
        self.report: Report | None = None

    def number(self, number: Any, room: int = ROOM) -> str:
        """Write a number, or an array or a map on one line with so much room, for people."""
        if isinstance(number, ArrayPartial):
            if number.numbers is None:
                return f"{show_shape(number.target)} ← {show_shape(number.source)}"
            sign = "⊙ " if number.is_diagonal else ""
            return sign + self.number(number.numbers, room - len(sign))
        if isinstance(number, Tensor):
            return write_on_a_line(number, lambda x: read_number(x, self.digits), room)
        return read_number(number, self.digits)

    def value(self, node: Node) -> str:
        """Write the value of a node for people, with its uncertainty, if any."""
        return self.number(node.value) + (f" ± {self.number(node.uncertainty)}" if node.is_uncertain else "")

    def grid(self, number: Tensor[Any]) -> str:
        """Write an array for people, a row a line."""
        return write_array(number, View(), lambda x: read_number(x, self.digits))

    def operands(self) -> list[list[int]]:
        """List for each node the edges that lead to it."""
        found: list[list[int]] = [[] for _ in self.nodes]
        for position, edge in enumerate(self.edges):
            found[edge.target].append(position)
        return found


def draw(
    graph: Graph,
    outputs: Sequence[int],
    report: Report | None = None,
    *,
    shown: Sequence[str] = SHOWN,
    whole: bool = True,
    depth: int | None = None,
    digits: int | None = None,
    named: bool = False,
) -> Drawing:
    """Draw a graph, with the kinds of numbers of `report` that are in `shown`.

    `whole` draws every node, else `outputs` and all that they depend on; `depth`, where given, only what is at most
    so many edges away from them. Constants, and unnamed nodes that depend on constants alone, are written out in the
    expressions of their users, and drawn only where they are an output. With `named` all unnamed nodes are written out
    so; an edge then leads past them, with the derivative along all paths past.
    """
    drawing = Drawing(graph, shown if report else (), digits)
    drawing.report = report
    chosen: Sequence[int] = range(len(graph))
    if not whole or depth is not None:
        chosen = sorted(reached(outputs, lambda node: shown_operands(graph, node), depth))
    labels = graph.labels()
    columns = report.columns() if report and GRADIENTS in shown else []
    if report:
        drawing.notes = list(notes(report))
    drawing.headings = [column.heading for column in columns]
    position: dict[int, int] = {}
    constants = graph.constant_nodes().union(_fixed(graph))
    expressions = _expressions(graph, outputs, constants, named)
    for node in chosen:
        if node in graph.hidden or (node in constants and node not in outputs):
            continue
        if named and graph.names[node] is None and node not in outputs:
            continue
        position[node] = len(drawing.nodes)
        kind = INPUT if graph.operations[node] == INPUT else "output" if node in outputs else "intermediate"
        fields: dict[str, Any] = {}
        if report and VALUES in shown:
            fields = {"value": report.values[node], "verdict": report.verdict(node)}
            if report.uncertainties is not None:
                fields["uncertainty"] = report.uncertainties[node]
        if report and columns:
            fields["derivatives"] = _derivatives(report, node, labels[node])
        expression = expressions[node]
        edges = list(_edges(graph, node, report if PARTIALS in shown else None))
        if named:
            edges = _past_unnamed(graph, node, edges, outputs, report if PARTIALS in shown else None)
        operands = [operand for _, _, operand, _ in edges if operand not in constants]
        hidden = sum(operand not in position for operand in operands)
        drawing.nodes.append(Node(node, f"n{node}", labels[node], expression, kind, hidden=hidden, **fields))
        for edge, key, operand, partial in edges:
            if operand in position:
                heading = f"∂{labels[node]}/∂{labels[operand]}"
                drawing.edges.append(Edge(edge, key, position[operand], position[node], heading, partial))
    drawing.outputs = [position[output] for output in outputs]
    return drawing


def _fixed(graph: Graph) -> set[int]:
    """Find the constants, and the unnamed nodes that depend on constants alone."""
    found: set[int] = set()
    for node, operation in enumerate(graph.operations):
        operands = graph.operands_of(node)
        computed = operands and graph.names[node] is None and node not in graph.hidden and found.issuperset(operands)
        if operation == CONSTANT or computed:
            found.add(node)
    return found


def _expressions(graph: Graph, outputs: Sequence[int], constants: set[int], named: bool) -> dict[int, str]:
    """Write the expressions of all nodes, with constants written out, and the unnamed operands of `named` nodes."""
    nodes = [node for node, operation in enumerate(graph.operations) if operation != CONSTANT]
    kept = set(outputs) if named else set(range(len(graph))).difference(constants.difference(outputs))
    return {**dict.fromkeys(constants, ""), **dict(zip(nodes, written_out(graph, nodes, kept), strict=True))}


_Edge = tuple[int, str, int, Any]


def _past_unnamed(
    graph: Graph, node: int, edges: Sequence[_Edge], outputs: Sequence[int], report: Report | None
) -> list[_Edge]:
    """Lead edges from named nodes past unnamed ones to the named ones behind.

    The partial of such an edge is the sum over all paths of the products of their partials.
    """
    found: dict[int, _Edge] = {}
    pending: dict[int, Any] = {}

    def add(edge: int, key: str, operand: int, partial: Any) -> None:
        if graph.names[operand] is not None or operand in outputs or not shown_operands(graph, operand):
            first, name, _, sum_ = found.get(operand, (edge, key, operand, None))
            found[operand] = (first, name, operand, partial if sum_ is None else sum_ + partial)
        else:
            known = pending.get(operand)
            pending[operand] = partial if known is None or partial is None else known + partial

    for each in edges:
        add(*each)
    while pending:
        inner = max(pending)
        adjoint = pending.pop(inner)
        for edge, key, operand, partial in _edges(graph, inner, report):
            add(edge, key, operand, None if adjoint is None or partial is None else adjoint * partial)
    return list(found.values())


def _edges(graph: Graph, node: int, report: Report | None) -> Iterator[tuple[int, str, int, Any]]:
    """List the edges to a node: number, key, operand, and local partial, None without a report.

    The edges of a `grad(y, x)` pass through hidden nodes, and have the number of the last edge of the path.
    """
    first = graph.starts[node]
    local = report.local(node) if report else [(operand, None) for operand in shown_operands(graph, node)]
    for at, (operand, partial) in enumerate(local):
        if node in graph.gradients:
            yield first, f"e{first}_{at + 1}", operand, partial
        else:
            yield first + at, f"e{first + at}", operand, partial


def _derivatives(report: Report, node: int, label: str) -> tuple[tuple[str, Checked], ...]:
    found = []
    for column in report.gradients if report.shows_gradient(node) else ():
        found.append((column, column.heading.replace("∂node", f"∂{label}")))
    for column in report.tangents:
        direction = f"d{label}" if report.request.direction else column.heading.replace("∂node", f"∂{label}")
        found.append((column, direction))
    return tuple((heading, column.checked(node)) for column, heading in found)
