"""Edges of a graph of arrays, along which adjoints go back."""

from __future__ import annotations

from typing import Any, NamedTuple

from cgraph_cli.core.tensor import Shape
from cgraph_cli.symbolic.graph_builder import Value
from cgraph_cli.symbolic.matrices.matrix_builder import MatrixBuilder


class NoArrayForm(Exception):
    """An operation of which no transpose is known as an operation of the language."""


class Link(NamedTuple):
    """The edge from a node to the operand at a position, with the adjoint `value`, which may be of fewer axes.

    `inner` is the operand's shape where the index picks of what is inside a place of it.
    """

    nodes: MatrixBuilder
    node: int
    position: int
    args: tuple[Any, ...]
    value: Value
    inner: Shape | None = None

    @property
    def operands(self) -> list[int]:
        """The node's operands."""
        return list(self.nodes.graph.operands_of(self.node))

    @property
    def operand(self) -> int:
        """The operand that the edge leads to."""
        return self.operands[self.position]

    @property
    def shape(self) -> Shape:
        """The operand's shape."""
        return self.nodes.graph.shapes[self.operand] if self.inner is None else self.inner

    @property
    def full(self) -> int:
        """The adjoint in the shape of the node."""
        return self.nodes.full(self.value, self.nodes.graph.shapes[self.node])
