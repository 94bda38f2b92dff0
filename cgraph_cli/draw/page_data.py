"""The data of a page's scripts: a drawing, with the derivatives of every mode at its point."""

from __future__ import annotations

from collections.abc import Mapping

from cgraph_cli.core.errors import columns_of
from cgraph_cli.core.graph import CONSTANT, Graph
from cgraph_cli.core.nodes_by_label import find_nodes, named_inputs
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.draw.drawing import GRADIENTS, Drawing, Edge, Node
from cgraph_cli.draw.labels import printable
from cgraph_cli.draw.layout.boxes import shorten
from cgraph_cli.evaluation.rule_parser import rule
from cgraph_cli.language.write import written_out
from cgraph_cli.render.numbers import read_status
from cgraph_cli.render.sheets.json import number
from cgraph_cli.render.view import View
from cgraph_cli.results.report import Column, Report, report
from cgraph_cli.results.request import Request
from cgraph_cli.trust.verdicts import OK, Checked, Verdict

START = 1.0
"""The starting number of an input without a default."""

WIDE, WIDE_PARTIAL = -0.123457, -0.12345
"""The columns of the widest texts in boxes and labels; a longer one is set closer in the page."""

MOST_HEADING = 24
"""The most columns of a derivative that is neither set closer nor cut short."""


def starting_inputs(graph: Graph) -> dict[str, float]:
    """Give each input without a default its starting number, in the middle of its range where that leaves it out."""
    starts = {graph.names[node] or "": START for node in graph.inputs() if graph.numbers[node] is None}
    for name, _, nodes in named_inputs(graph) if graph.ranges else ():
        low, high = graph.ranges[name].bounds if name in graph.ranges else (START, START)
        if not low <= START <= high:
            starts |= {label: (low + high) / 2 for node in nodes if (label := graph.names[node] or "") in starts}
    return starts


class Page:
    """A page: a drawing, with the derivatives of every mode at its point, and `ranges` of sliders by input."""

    def __init__(self, drawing: Drawing, graph: Graph, ranges: Mapping[str, tuple[float, float]]) -> None:
        self.drawing = drawing
        self.ranges = ranges
        self.graph = graph
        self.outputs = [drawing.nodes[position].number for position in drawing.outputs]
        asked = drawing.report.request if drawing.report else Request()
        labels = graph.labels()
        if drawing.report:
            values = drawing.report.values
            start = {labels[node]: values[node] for node in graph.inputs()}
        else:
            start = starting_inputs(graph)
        of = self.named_outputs()
        self.reverse = report(graph, start, Request(of))
        wanted = find_nodes(graph, asked.wrt, "--wrt")
        self.sources = self.chosen_sources(
            list(dict.fromkeys([*wanted, *self.reverse.wrt] if wanted else self.reverse.wrt))
        )
        wrt = [labels[source] for source in self.sources]
        self.forward: Report | None = report(graph, start, Request(of, wrt, "forward")) if wrt else None
        self.mode = asked.mode if self.forward else "reverse"
        self.wrt = wanted[0] if wanted else next(iter(self.sources), -1)

    def range_of(self, name: str) -> tuple[float, float] | None:
        """Give the range of an input's slider, if one was asked for."""
        return self.ranges.get(name)

    def named_outputs(self) -> list[str]:
        """List the labels of the outputs, in the form of a request."""
        return [self.graph.labels()[output] for output in self.outputs]

    def chosen_sources(self, sources: list[int]) -> list[int]:
        """Choose the nodes that the page sweeps forward from."""
        return sources

    def computing(self) -> tuple[Graph, list[int]]:
        """Give the graph of the page's program, and the node of its adjoints."""
        return self.graph, self.outputs[:1]

    def columns(self, mode: str) -> list[tuple[int, Column]]:
        """List the columns of a mode, each with its output or its source."""
        if mode == "reverse":
            return list(zip(self.outputs, self.reverse.gradients, strict=True))
        return list(zip(self.sources, self.forward.tangents, strict=True)) if self.forward else []

    def first(self) -> Drawing:
        """Draw with the derivatives that the page starts with."""
        chosen = self.outputs[0] if self.mode == "reverse" else self.wrt
        column = dict(self.columns(self.mode))[chosen]

        def derivative(node: Node) -> tuple[str, Checked]:
            heading = column.heading.replace("∂node", f"∂{node.label}")
            return heading, column.checked(node.number)

        return self._with([self._node(node, derivative(node)) for node in self.drawing.nodes], self.drawing.edges)

    def wide(self) -> Drawing:
        """Draw with the longest texts that the page may show."""
        columns = [column for mode in ("reverse", "forward") for _, column in self.columns(mode)]

        def derivative(node: Node) -> tuple[str, Checked]:
            headings = [column.heading.replace("∂node", f"∂{node.label}") for column in columns]
            verdicts = [column.verdict(node.number) for column in columns]
            longest: Verdict = max(verdicts, key=lambda verdict: len(read_status(verdict)))
            return shorten(max(headings, key=columns_of), MOST_HEADING), Checked(WIDE, longest)

        def widened(node: Node) -> Node:
            node = self._node(node, derivative(node))
            constant = self.graph.operations[node.number] == CONSTANT or node.value is None
            known = None if node.uncertainty is None else abs(WIDE)
            return node if constant else node._replace(value=WIDE, uncertainty=known)

        def labelled(edge: Edge) -> Edge:
            if edge.partial is None or self._is_fixed(edge):
                return edge
            return edge._replace(partial=WIDE_PARTIAL)

        return self._with(list(map(widened, self.drawing.nodes)), list(map(labelled, self.drawing.edges)))

    def statement(self, position: int) -> str:
        """Write an output as the program does; unnamed operands are written out unless that is too long."""
        graph, node = self.graph, self.drawing.nodes[position]
        if graph.names[node.number] is None:
            return node.statement()
        (expression,) = written_out(graph, [node.number])
        return f"{node.label} = {expression}" if expression else node.label

    def counted(self) -> Drawing:
        """Copy the drawing without its numbers."""
        twin = self._with(self.drawing.nodes, self.drawing.edges)
        twin.shown = ()
        return twin

    def _node(self, node: Node, derivative: tuple[str, Checked]) -> Node:
        return node._replace(derivatives=(derivative,) if GRADIENTS in self.drawing.shown else ())

    def _with(self, nodes: list[Node], edges: list[Edge]) -> Drawing:
        twin = Drawing(self.graph, self.drawing.shown, self.drawing.digits)
        twin.nodes, twin.edges, twin.outputs = nodes, edges, self.drawing.outputs
        return twin

    def _is_fixed(self, edge: Edge) -> bool:
        """Tell whether an edge has the same local partial at every point, like a sum's."""
        target = self.drawing.nodes[edge.target].number
        local = rule(PRIMITIVES[self.graph.operations[target]])
        (_, node), *others = local.branches(edge.number - self.graph.starts[target])
        while node is not None and local.graph.operations[node] == "neg":
            (node,) = local.graph.operands_of(node)
        return not others and (node is None or local.graph.operations[node] == CONSTANT)

    def data(self) -> dict[str, object]:
        """Collect the data of the scripts: the program's graph, and the numbers at the starting point."""
        graph, labels, view = self.graph, self.graph.labels(), View()
        marks = [
            labels[node] if operation == CONSTANT else f"\x00{node}\x00"
            for node, operation in enumerate(graph.operations)
        ]
        expressions = graph.expressions(range(len(graph)), marks)
        nodes = []
        for node, (operation, expression) in enumerate(zip(graph.operations, expressions, strict=True)):
            parts = [int(part) if at % 2 else part for at, part in enumerate(expression.split("\x00"))]
            kind = operation if operation == CONSTANT else self.reverse.kind(node)
            nodes.append([printable(labels[node]), kind, parts if kind not in (CONSTANT, "input") else []])
        known = {
            node: [number(self.reverse.values[node], view), read_status(verdict)]
            for node in range(len(graph))
            if (verdict := self.reverse.verdict(node)) != OK
        }
        return {
            "nodes": nodes,
            "starts": list(graph.starts),
            "operands": list(graph.operands),
            "inputs": [
                [node, number(self.reverse.values[node], view), name := graph.names[node] or "", self.range_of(name)]
                for node in graph.inputs()
            ],
            "outputs": self.outputs,
            "sources": self.sources,
            "mode": self.mode,
            "wrt": self.wrt,
            "digits": self.drawing.digits,
            "values": known,
            "derivatives": {
                mode: {which: self._known(column, view) for which, column in self.columns(mode)}
                for mode in ("reverse", "forward")
            },
            "uncertain": self._uncertain(view),
            "notes": [printable(note) for note in self.drawing.notes],
        }

    def _uncertain(self, view: View) -> dict[str, object] | None:
        """Collect the uncertain inputs, their correlations, and the uncertainties at the start; None without any."""
        answer = self.drawing.report
        if answer is None or answer.uncertainties is None:
            return None
        sizes, pairs = answer.measured
        places = {name: at for at, name in enumerate(sizes)}
        return {
            "inputs": [[self.graph.nodes[name], u] for name, u in sizes.items()],
            "pairs": [[places[first], places[second], r] for first, second, r in pairs],
            "values": [number(u, view) for u in answer.uncertainties],
        }

    @staticmethod
    def _known(column: Column, view: View) -> dict[int, list[object]]:
        return {
            node: [number(column.at(node), view), read_status(verdict)] for node, verdict in column.verdicts.items()
        }
