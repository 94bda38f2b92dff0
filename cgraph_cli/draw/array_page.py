"""The page of a program of arrays: its boxes are arrays, and its program computes with their elements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cgraph_cli.core.array_graph import ArrayGraph, ArrayProgram
from cgraph_cli.core.errors import RequestError, columns_of
from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.draw.array_drawing import number_wires, with_numbers
from cgraph_cli.draw.drawing import ArrayPartial, Drawing, Edge, Node
from cgraph_cli.draw.labels import printable
from cgraph_cli.draw.layout.boxes import shorten
from cgraph_cli.draw.page_data import MOST_HEADING, WIDE, WIDE_PARTIAL, Page
from cgraph_cli.language.written_arrays import Written
from cgraph_cli.render.wording.array_derivation import tell_terms
from cgraph_cli.results.report import Column, Report
from cgraph_cli.trust.verdicts import Checked

MOST_CELLS = 20_000
"""The most numbers that a page computes: more would not follow a slider."""

MOST_SOURCES = 60
"""The most elements that a page sweeps forward from."""


class ArrayPage(Page):
    """A page of a program of arrays; its picture has a box an array."""

    arrays: ArrayProgram
    program: ArrayGraph

    def __init__(
        self, drawing: Drawing, answer: Report, arrays: ArrayProgram, ranges: Mapping[str, tuple[float, float]]
    ) -> None:
        graph = answer.graph
        if len(graph) > MOST_CELLS:
            raise RequestError(
                f"the arrays have {len(graph):,} numbers in all, and a page computes with at most {MOST_CELLS:,}",
                help="the other formats draw them, such as `-o graph.svg`",
            )
        self.arrays = arrays
        self.program = arrays.graph
        super().__init__(drawing, graph, ranges)

    def range_of(self, name: str) -> tuple[float, float] | None:
        """Give the range of an element's slider: its own, or its array's."""
        return self.ranges.get(name) or self.ranges.get(name.partition("[")[0])

    def named_outputs(self) -> list[str]:
        """List the labels of the outputs, in the form of a request."""
        return [self.program.labels()[output] for output in self.outputs]

    def chosen_sources(self, sources: list[int]) -> list[int]:
        """Choose the elements that the page sweeps forward from."""
        return sources[:MOST_SOURCES]

    def computing(self) -> tuple[Graph, list[int]]:
        """Give the graph of the page's program, and the node of its adjoints."""
        twin = self.graph.copy()
        twin.arrays = None
        twin.hidden = set()
        twin.names = [f"x{node}" if twin.operations[node] == INPUT else None for node in range(len(twin))]
        twin.nodes = {name: node for node, name in enumerate(twin.names) if name is not None}
        return twin, self.reverse.outputs[:1]

    def first(self) -> Drawing:
        """Draw with the derivatives that the page starts with."""
        chosen = self.outputs[0] if self.mode == "reverse" else self.wrt
        column = dict(self.columns(self.mode))[chosen]
        answer = self.reverse if self.mode == "reverse" or self.forward is None else self.forward
        nodes = [self._numbered(node, answer, column) for node in self.drawing.nodes]
        return self._with(nodes, self._edges())

    def wide(self) -> Drawing:
        """Draw with the longest texts that the page may show."""
        columns = [column for mode in ("reverse", "forward") for _, column in self.columns(mode)]

        def widened(node: Node) -> Node:
            wide: Any = (
                Tensor(node.shape, [WIDE] * len(self.arrays.elements[node.number].items)) if node.shape else WIDE
            )
            known: Any = None
            if node.is_uncertain:
                known = node.uncertainty.map(lambda _: abs(WIDE)) if node.shape else abs(WIDE)
            headings = [column.heading.replace("∂node", f"∂{node.label}") for column in columns]
            heading = shorten(max(headings, key=columns_of), MOST_HEADING)
            derivatives = ((heading, Checked(wide)),) if node.derivatives else ()
            value = node.value if node.value is None else wide
            return node._replace(value=value, uncertainty=known, derivatives=derivatives)

        edges = [edge if edge.partial is None else edge._replace(partial=WIDE_PARTIAL) for edge in self._edges()]
        return self._with(list(map(widened, self.first().nodes)), edges)

    def _edges(self) -> list[Edge]:
        """List the edges with partials between numbers, which follow the inputs."""
        edges = self.drawing.edges
        return [edge._replace(partial=None) if isinstance(edge.partial, ArrayPartial) else edge for edge in edges]

    def statement(self, position: int) -> str:
        """Write an output as the program does."""
        node = self.drawing.nodes[position]
        if not node.expression:
            return node.label
        return f"{node.label} = {Written(self.program, ()).expression(node.number)}"

    def _numbered(self, node: Node, answer: Report, column: Column) -> Node:
        bare = node._replace(value=None, derivatives=(), said=())
        return with_numbers(bare, self.arrays, answer, [column], self.drawing.shown)

    def data(self) -> dict[str, object]:
        """Collect the data of the scripts: a scalar program's numbers, and the arrays of these elements."""
        program, labels = self.program, self.program.labels()
        arrays: list[list[object]] = []
        drawn = {node.number for node in self.drawing.nodes}
        for node, operation in enumerate(program.operations):
            marks = [
                label if program.operations[at] == CONSTANT else f"\x00{at}\x00" for at, label in enumerate(labels)
            ]
            (expression,) = program.expressions((node,), marks)
            parts = [int(part) if at % 2 else part for at, part in enumerate(expression.split("\x00"))]
            kind = operation if operation in (INPUT, CONSTANT) else "intermediate" if node in drawn else "hidden"
            kind = "output" if node in self.outputs and kind == "intermediate" else kind
            shown = parts if kind in ("intermediate", "output") else []
            arrays.append(
                [printable(labels[node]), kind, shown, list(program.shapes[node]), self.arrays.elements[node].items]
            )
        wires = [[operand, node, self._link(node, operand)] for node, operand in number_wires(program)]
        told = tell_terms(program, drawn, "\x00")
        terms = {f"{operand},{node}": text for (operand, node), text in told.items()}
        seeds = dict(zip(self.outputs, self.reverse.outputs, strict=True))
        return super().data() | {"arrays": arrays, "wires": wires, "seeds": seeds, "terms": terms}

    def _link(self, node: int, operand: int) -> int | None:
        """Find the edge between two numbers; None where there is none, as between arrays."""
        program, elements = self.program, self.arrays.elements
        if program.shapes[node] or program.shapes[operand]:
            return None
        target, source = elements[node].item, elements[operand].item
        edges = range(self.graph.starts[target], self.graph.starts[target + 1])
        found = [edge for edge in edges if self.graph.operands[edge] == source]
        return found[0] if len(found) == 1 else None
