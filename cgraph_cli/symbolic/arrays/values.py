"""The knowledge of elaboration about the nodes of a program of arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cgraph_cli.core.graph import Graph
from cgraph_cli.core.tensor import Shape, Tensor

if TYPE_CHECKING:
    from cgraph_cli.symbolic.arrays.recurrences import Recurrence


class Value:
    """A node of the graph of arrays: its shape, and its numbers where it is static.

    `node` is negative before its first computed use: a loop's variable may only stand in indices.
    """

    __slots__ = ("known", "node", "offset", "shape")

    def __init__(self, node: int, shape: Shape, known: Tensor[float] | None = None, offset: int = 0) -> None:
        self.node = node
        self.shape = shape
        self.known = known
        self.offset = offset


class Pieces(Value):
    """The elements of a recurrence so far, by index; all of them have one shape.

    `last` is the node of the last assignment that has ended, and `recurrence` the one that is on its way.
    """

    __slots__ = ("elements", "last", "name", "recurrence")

    def __init__(self, name: str, offset: int) -> None:
        super().__init__(-1, (), None, offset)
        self.name = name
        self.elements: dict[tuple[int, ...], Value] = {}
        self.last = -1
        self.recurrence: Recurrence | None = None


class Copy:
    """One copy of a template, or the program itself: the values of its nodes, and the numbers of static ones.

    `outer_nodes` are the nodes of the copy around it, `outer`, that are used in it.
    """

    __slots__ = ("graph", "outer", "outer_nodes", "statics", "values")

    def __init__(
        self,
        graph: Graph,
        bound: Mapping[int, Value],
        outer: Copy | None = None,
        outer_nodes: Mapping[int, int] | None = None,
    ) -> None:
        self.graph = graph
        self.outer = outer
        self.outer_nodes = outer_nodes or {}
        self.values: dict[int, Value] = dict(bound)
        self.statics: dict[int, Tensor[float]] = {}

    def bind(self, node: int, value: Value) -> Copy:
        """Make the same copy with the value of one more node."""
        return Copy(self.graph, {**self.values, node: value}, self.outer, self.outer_nodes)
