"""Regions: which nodes of a graph are read together, as one sum or as one product."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress

from cgraph_cli.core.graph import CONSTANT, INPUT, Graph

SUMS = "sum"
PRODUCTS = "product"
_OF = {"+": SUMS, "-": SUMS, "*": PRODUCTS, "/": PRODUCTS}

_CARRYING = frozenset(
    {"+", "-", "*", "neg", "identity", "sum", "mean", "prod", "sqrt", "cbrt", "log", "log2", "log10", "sin", "cos",
     "tan", "sinh", "cosh"}
)  # fmt: skip
"""Primitives that give no finite number where an operand is none; so do quotients, of what is above the line."""


class Regions:
    """The nodes that are needed, in order, equal ones once, and the region that each is read in.

    `order` has the nodes that are needed; `of` gives the region of a node; `absorbed` are those that are read with the
    one node that uses them. `plain` are the nodes that, where they are not finite, leave nothing finite that is
    computed from them: whether such a node is infinite or undefined is all the same.
    """

    def __init__(self, graph: Graph, keep: Sequence[int], expand: bool, regroup: bool) -> None:
        self.graph = graph
        self.work = 0
        self.kept = set(keep)
        self.expand = expand
        self.same: dict[int, int] = {}
        self.order: list[int] = []
        self.uses: dict[int, int] = {}
        self.of: dict[int, str] = {}
        self.absorbed: set[int] = set()
        self.plain: set[int] = set()
        self._merge()
        self._count()
        self._tell()
        if regroup:
            self._divide()

    def operands(self, node: int) -> list[int]:
        """A node's operands, each the first that is equal to it."""
        return [self.same[operand] for operand in self.graph.operands_of(node)]

    def is_named(self, node: int) -> bool:
        """Whether a node is a word of its own."""
        name = self.graph.names[node]
        if name is None or self.graph.operations[node] == INPUT:
            return False
        return not self.expand or node in self.kept or name in self.graph.constants

    def is_shared(self, node: int) -> bool:
        """Whether a node is used more than once."""
        return self.uses.get(node, 0) > 1

    def _merge(self) -> None:
        """Find equal nodes among those that are needed; a name without more to it is the node that it names."""
        graph, known = self.graph, dict[object, int]()
        needed = graph.made_from(self.kept)
        for node in compress(range(len(graph)), needed):
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

    def _count(self) -> None:
        for node in self.order:
            for operand in self.operands(node):
                self.uses[operand] = self.uses.get(operand, 0) + 1
        for node in self.kept:
            self.uses[self.same[node]] = self.uses.get(self.same[node], 0) + 1

    def _tell(self) -> None:
        """Find the `plain` nodes, from the results down."""
        hidden: set[int] = set()
        for node in reversed(self.order):
            if node not in hidden:
                self.plain.add(node)
            hidden.update(
                operand
                for at, operand in enumerate(self.operands(node))
                if node in hidden or not self._carries(node, at)
            )

    def _divide(self) -> None:
        """From the results down: a node goes into the region of the one that uses it where their kinds agree."""
        graph = self.graph
        for node in reversed(self.order):
            operation = graph.operations[node]
            if node not in self.absorbed:
                self.of[node] = _OF.get(operation, "")
                if operation == "neg":
                    (operand,) = self.operands(node)
                    self.of[node] = SUMS if _OF.get(graph.operations[operand]) == SUMS else PRODUCTS
            region = self.of[node]
            if not region:
                continue
            for operand in self.operands(node):
                kind = graph.operations[operand]
                alike = kind == "neg" or _OF.get(kind) == region
                if alike and self.uses[operand] == 1 and not self.is_named(operand):
                    self.absorbed.add(operand)
                    self.of[operand] = region

    def _carries(self, node: int, at: int) -> bool:
        """Whether a node is not finite where its operand at a position is not, and counts."""
        operation = self.graph.operations[node]
        if operation == "^":
            exponent = self.operands(node)[1]
            return at == 0 and self.graph.operations[exponent] == CONSTANT and self.graph.constant(exponent) > 0
        return operation in _CARRYING or (operation == "/" and at == 0) or (operation == "where" and at > 0)
