"""Distinct nodes: the needed nodes of a graph, equal ones once."""

from __future__ import annotations

from collections.abc import Sequence

from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.core.reach import ancestors


class DistinctNodes:
    """The nodes that some nodes of a graph need, in `order`; `same` maps each to the first equal one.

    A named node is equal to no other. `work` counts the visited nodes.
    """

    def __init__(self, graph: Graph, keep: Sequence[int]) -> None:
        self.graph = graph
        self.kept = set(keep)
        self.same: dict[int, int] = {}
        self.order: list[int] = []
        self.work = 0
        self._merge()

    def operands(self, node: int) -> list[int]:
        """List a node's operands, each as the first equal one."""
        return [self.same[operand] for operand in self.graph.operands_of(node)]

    def is_named(self, node: int) -> bool:
        """Tell whether a node is kept as a name."""
        return self.graph.names[node] is not None and self.graph.operations[node] != INPUT

    def _merge(self) -> None:
        """Find equal nodes among the needed ones; an identity without a name is its operand."""
        graph, known = self.graph, dict[object, int]()
        for node in sorted(ancestors(graph, self.kept)):
            self.work += 1
            operation = graph.operations[node]
            key: object = node
            if operation == CONSTANT and not self.is_named(node):
                key = (str(graph.constant(node)), graph.spellings.get(node))  # 0 is equal to -0
            elif operation == "identity" and not self.is_named(node):
                self.same[node] = self.same[graph.operands_of(node)[0]]
                continue
            elif operation != INPUT and not self.is_named(node):
                key = (operation, *self.operands(node))
            self.same[node] = known.setdefault(key, node)
            if self.same[node] == node:
                self.order.append(node)
