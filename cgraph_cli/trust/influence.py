"""Influence of nodes on each other at a point, and of singular nodes on derivatives."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from cgraph_cli.core.graph import Graph
from cgraph_cli.core.reach import ancestors


class Influence:
    """The nodes of a graph with their possible influence on each other from here: all except the untaken branch of a
    `where`.

    `values` are the nodes' numbers so far.
    """

    def __init__(self, graph: Graph, values: list[float]) -> None:
        self.graph = graph
        self.values = values

    def operands_of(self, node: int) -> Sequence[int]:
        """List the operands that can change a node's value."""
        operands = self.graph.operands_of(node)
        if self.graph.operations[node] == "where":
            condition, first, second = operands
            return (condition, first if self.values[condition] else second)
        return operands

    def ancestors(self, nodes: Iterable[int]) -> set[int]:
        """Find some nodes and all that can change their values."""
        return ancestors(self.graph, nodes, self.operands_of)

    def sources_through(self, output: int, singular: Collection[int]) -> set[int]:
        """Find the nodes that can change an output by way of a singular node."""
        if not singular:
            return set()
        below, through = bytearray(output + 1), bytearray(output + 1)  # a set of all nodes of a large graph is large
        below[output] = 1
        for node in range(output, -1, -1):
            if below[node]:
                is_through = through[node] or node in singular
                for operand in self.operands_of(node):
                    below[operand] = 1
                    if is_through:
                        through[operand] = 1
        return {node for node, mark in enumerate(through) if mark}

    def results_through(self, sources: Iterable[int], singular: Collection[int]) -> set[int]:
        """Find the nodes that some others can change by way of a singular node."""
        moved, through = set(sources), set[int]()
        for node in range(min(moved, default=len(self.graph)), len(self.graph)):
            operands = self.operands_of(node)
            if not moved.isdisjoint(operands):
                moved.add(node)
                if node in singular or not through.isdisjoint(operands):
                    through.add(node)
        return through
