"""Reading: the nodes of a graph as expressions."""

from __future__ import annotations

from math import isfinite

from cgraph_cli.core.graph import CONSTANT, INPUT
from cgraph_cli.symbolic.rewriting.distinct import DistinctNodes
from cgraph_cli.symbolic.rewriting.expressions import NAMED, NUMBER, SYMBOL
from cgraph_cli.symbolic.rewriting.numbers import exact
from cgraph_cli.symbolic.rewriting.rewriter import Rewriter


class Reader:
    """A reader of distinct nodes that rewrites as it reads.

    `became` maps each node to its expression, and `named` each named node to the meaning of its word.
    """

    def __init__(self, nodes: DistinctNodes, rewriter: Rewriter) -> None:
        self.graph = nodes.graph
        self.nodes = nodes
        self.rewriter = rewriter
        self.expressions = rewriter.expressions
        columns = zip(nodes.graph.operations, nodes.graph.numbers, strict=True)
        literals = (n for operation, n in columns if operation == CONSTANT and n is not None and isfinite(n))
        self.expressions.decimals = any(exact(number) != number for number in literals)
        self.became: dict[int, int] = {}
        self.named: dict[int, int] = {}

    def read(self) -> None:
        """Read all nodes."""
        for node in self.nodes.order:
            self.read_node(node)

    def read_node(self, node: int) -> None:
        """Read a node after its operands."""
        expressions = self.expressions
        expressions.offset = self.graph.offsets[node]
        expression = self.rewrite(node)
        is_word = expressions.operations[expression] not in (NUMBER, SYMBOL, INPUT, NAMED)
        if self.nodes.is_named(node) and (is_word or self.graph.names[node] in self.graph.constants):
            self.named[node] = expression
            expression = expressions.word(node, expression)
        self.became[node] = expression

    def rewrite(self, node: int) -> int:
        """Return a node's expression, rewritten."""
        operation = self.graph.operations[node]
        if operation == INPUT:
            return self.expressions.leaf(INPUT, node)
        if operation == CONSTANT:
            return self.expressions.constant(self.graph.constant(node), self.graph.spellings.get(node, ""))
        return self.rewriter.apply(operation, tuple(self.became[operand] for operand in self.nodes.operands(node)))
