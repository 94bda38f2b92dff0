"""Edges of a graph of arrays, for adjoints to go back along."""

from __future__ import annotations

from typing import Any, NamedTuple

from cgraph_cli.core.tensor import Shape
from cgraph_cli.symbolic.graph_builder import Value
from cgraph_cli.symbolic.matrices.matrix_builder import MatrixBuilder


class NoArrayForm(Exception):
    """An error of an operation whose transpose is no operation of the language."""


class Link(NamedTuple):
    """The edge from a node to the operand at a position, with the adjoint `value`, which may have fewer axes.

    `inner` is the operand's shape for an index into an element of the operand.
    """

    nodes: MatrixBuilder
    node: int
    position: int
    args: tuple[Any, ...]
    value: Value
    inner: Shape | None = None

    @property
    def operands(self) -> list[int]:
        """List the node's operands."""
        return list(self.nodes.graph.operands_of(self.node))

    @property
    def operand(self) -> int:
        """Give the operand at the end of the edge."""
        return self.operands[self.position]

    @property
    def shape(self) -> Shape:
        """Give the operand's shape."""
        return self.nodes.graph.shapes[self.operand] if self.inner is None else self.inner

    @property
    def full(self) -> int:
        """Give the adjoint in the shape of the node."""
        return self.nodes.full(self.value, self.nodes.graph.shapes[self.node])
