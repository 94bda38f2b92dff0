"""Simplification of arrays: elementwise regions by the laws of numbers, structural operations by the builder's.

The laws of numbers hold for the elements of arrays. An elementwise region is simplified as a scalar expression, whose
inputs are the structural operations; these are then rebuilt over the result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cgraph_cli.core.array_graph import split
from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.reach import ancestors
from cgraph_cli.symbolic.graph_builder import Number
from cgraph_cli.symbolic.matrices.matrix_builder import MatrixBuilder
from cgraph_cli.symbolic.matrices.matrix_graph import MatrixGraph
from cgraph_cli.symbolic.rewriting.rounds import settle
from cgraph_cli.symbolic.simplify import simplify

Simplify = Callable[[Graph, Sequence[int]], tuple[Graph, list[int]]]


def simplify_arrays(graph: MatrixGraph, keep: Sequence[int], by: Simplify = simplify) -> tuple[MatrixGraph, list[int]]:
    """Return a smaller graph that computes the nodes `keep`, and their places in it.

    `by` simplifies the elementwise regions.
    """

    def simplify_once(graph: Graph, keep: Sequence[int]) -> tuple[Graph, list[int]]:
        assert isinstance(graph, MatrixGraph)
        return _Round(graph, keep, by).run()

    found, positions = settle(simplify_once, graph, keep)
    assert isinstance(found, MatrixGraph)
    return found, positions


class _Round:
    """One round: `flat` has a number for each array; its inputs are the operations that are not elementwise."""

    def __init__(self, graph: MatrixGraph, keep: Sequence[int], by: Simplify) -> None:
        self.old, self.keep, self.simplify = graph, keep, by
        self.new = MatrixGraph(graph.source, graph.max_nodes)
        self.new.letters, self.new.constants = graph.letters, graph.constants
        self.nodes = MatrixBuilder(self.new)
        self.needed = sorted(ancestors(graph, [*keep, *(node for node in graph.inputs() if graph.names[node])]))
        self.atoms: dict[str, int] = {}
        self.built: dict[int, int] = {}
        self.rebuilt: dict[int, int] = {}

    def run(self) -> tuple[MatrixGraph, list[int]]:
        """Simplify, and rebuild."""
        old, wanted = self.old, list(self.keep)
        flat, became = self._flatten()
        for node in self.atoms.values():
            wanted += old.operands_of(node)
        self.flat, found = self.simplify(flat, [became[node] for node in wanted])
        place = dict(zip(wanted, found, strict=True))
        for node in sorted(self.atoms.values()):
            self.nodes.offset = old.offsets[node]
            operands = [self.nodes.full(self._build(place[each]), old.shapes[each]) for each in old.operands_of(node)]
            self.rebuilt[node] = self._rebuild(node, operands)
        positions = []
        for node in self.keep:
            position, name = self._build(place[node]), old.names[node]
            if self.new.shapes[position] != old.shapes[node]:
                if name is not None and self.new.names[position] == name:
                    self.new.names[position] = None
                position = self.nodes.full(position, old.shapes[node])
            if name is not None and self.new.names[position] != name:
                position = self._named(position, name, old.definitions[node])
            positions.append(position)
        self.new.output, self.new.outputs = positions[-1], list(positions)
        return self.new, positions

    def _flatten(self) -> tuple[Graph, dict[int, int]]:
        """Write the elementwise operations as a scalar program."""
        old, became = self.old, dict[int, int]()
        flat = Graph(old.source, old.max_nodes)
        for node in self.needed:
            operation, offset, name = old.operations[node], old.offsets[node], old.names[node]
            if operation in PRIMITIVES:
                became[node] = flat.append(operation, [became[each] for each in old.operands_of(node)], offset)
                if name is not None:
                    flat.name(became[node], name, old.definitions[node])
            elif operation == CONSTANT and old.tensor(node) is None:
                became[node] = flat.append_constant(old.constant(node), offset, old.spellings.get(node, ""))
                if name is not None:
                    flat.name(became[node], name, old.definitions[node])
            else:
                label = f".{node}"
                became[node] = flat.append_input(label, offset)
                self.atoms[label] = node
        return flat, became

    def _build(self, at: int) -> int:
        """Build a node of the simplified scalar program."""
        flat, built = self.flat, self.built
        pending = [at]
        while pending:
            node = pending[-1]
            if node in built:
                pending.pop()
                continue
            missing = [each for each in flat.operands_of(node) if each not in built]
            if missing:
                pending += reversed(missing)
                continue
            pending.pop()
            built[node] = self._one(node)
        return built[at]

    def _one(self, node: int) -> int:
        flat, operation, name = self.flat, self.flat.operations[node], self.flat.names[node]
        self.nodes.offset = flat.offsets[node]
        if operation == INPUT:
            return self.rebuilt[self.atoms[name or ""]]
        if operation == CONSTANT:
            position = self.nodes.node(Number(flat.constant(node), flat.spellings.get(node, "")))
        elif operation == "identity" and name is not None:
            position = self.built[flat.operands_of(node)[0]]
        else:
            position = self.nodes.apply(operation, [self.built[each] for each in flat.operands_of(node)])
        return position if name is None else self._named(position, name, flat.definitions[node])

    def _rebuild(self, node: int, operands: list[int]) -> int:
        """Rebuild a structural operation by its laws, or copy a leaf."""
        old, new, operation = self.old, self.new, self.old.operations[node]
        name = old.names[node]
        if operation == INPUT or old.tensor(node) is not None:
            copy = new.append_array(operation, (), old.offsets[node], old.shapes[node], old.numbers[node])
            if name is not None:
                new.name(copy, name, old.definitions[node])
            return copy
        if split(operation)[0] == "array":
            position = self.nodes.raw(operation, *operands)
        else:
            position = self.nodes.apply(operation, operands)
        return position if name is None else self._named(position, name, old.definitions[node])

    def _named(self, position: int, name: str, definition: int) -> int:
        """Name a node; a node with a name, or from elsewhere, gets a named identity."""
        new = self.new
        if new.names[position] is not None or new.operations[position] in (CONSTANT, INPUT):
            position = new.append("identity", (position,), new.offsets[position])
        new.name(position, name, definition)
        return position
