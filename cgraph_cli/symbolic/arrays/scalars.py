"""The scalar program of a graph of arrays, as it is written node by node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.graph import Graph
from cgraph_cli.core.tensor import Tensor, indices, show_index
from cgraph_cli.evaluation.double import DOUBLE

Nodes = Tensor[int]


class Scalars:
    """The scalar program so far.

    `numbers` are its values at the point, where linear algebra needs them to choose its pivots.
    """

    def __init__(self, source: ArrayGraph, given: Mapping[str, Tensor[float]], with_numbers: bool) -> None:
        self.arrays = source
        self.graph = Graph(source.source, source.max_nodes)
        self.given = given
        self.offset = 0
        self.numbers: list[float] | None = [] if with_numbers else None

    def append(self, operation: str, *operands: int) -> int:
        """Append a node."""
        if self.numbers is not None:
            self.numbers.append(DOUBLE.function(operation)(*(self.numbers[operand] for operand in operands)))
        return self.graph.append(operation, operands, self.offset)

    def append_input(self, name: str, number: float) -> int:
        """Append an input with its number at the point."""
        if self.numbers is not None:
            self.numbers.append(number)
        return self.graph.append_input(name, self.offset, number)

    def constant(self, number: float, spelling: str = "") -> int:
        """Append a constant."""
        if self.numbers is not None:
            self.numbers.append(number)
        return self.graph.append_constant(number, self.offset, spelling)

    def number(self, node: int) -> float:
        """Give the number of a node; nan where it is not known."""
        return self.numbers[node] if self.numbers is not None else float("nan")

    def total(self, terms: Sequence[int]) -> int:
        """Append a sum; that of one term is the term itself."""
        if not terms:
            return self.constant(0.0)
        return terms[0] if len(terms) == 1 else self.append("sum", *terms)

    def copied(self, elements: Nodes) -> Nodes:
        """Copy elements to nodes of their own, whose gradient is this array's alone."""
        return elements.map(lambda each: self.append("identity", each))

    def input(self, node: int) -> Nodes:
        """Append an input, an element a node."""
        arrays = self.arrays
        name, shape = arrays.names[node] or "", arrays.shapes[node]
        default = arrays.tensor(node)
        given = self.given.get(name)
        items: list[int] = []
        for at, index in enumerate(indices(shape)):
            number = default.items[at] if default is not None else arrays.numbers[node]
            label = f"{name}{show_index(index)}" if shape else name
            items.append(self.graph.append_input(label, arrays.definitions[node], number))
            if self.numbers is not None:
                known = given.items[at] if given is not None and given.shape == shape else number
                self.numbers.append(float("nan") if known is None else known)
        return Tensor(shape, items)
