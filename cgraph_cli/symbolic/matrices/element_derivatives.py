"""Derivatives element by element, as a program of arrays: for operations without a transpose in the language."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement, product
from math import prod

from cgraph_cli.core.array_graph import ArrayProgram, joined
from cgraph_cli.core.derivative_names import name_derivative
from cgraph_cli.core.errors import RequestError
from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.core.reach import ancestors
from cgraph_cli.core.tensor import Tensor, indices
from cgraph_cli.symbolic.arrays.weighted_sum import append_sum
from cgraph_cli.symbolic.derivative_programs import Derivative, Derivatives, check_length, derive
from cgraph_cli.symbolic.differentiate import free_name
from cgraph_cli.symbolic.matrices.matrix_graph import MatrixGraph

MOST_ENTRIES = 20_000
"""The most elements of derivatives that are written one by one."""


def derive_elements(
    scalar: Graph, outputs: Sequence[int], wrt: Sequence[int], order: int, *, expand: bool = False
) -> Derivatives:
    """Find the derivatives of some arrays, or of the sums of their elements, with respect to others, by element.

    `outputs` and `wrt` are nodes of the graph of arrays. Raises `RequestError` for too many elements.
    """
    arrays = scalar.arrays
    assert arrays is not None
    count = sum(prod(arrays.graph.shapes[node]) for node in wrt) ** order * len(outputs)
    if count > MOST_ENTRIES:
        raise RequestError(
            f"the derivatives of order {order} have {count:,} elements that have to be written one by one",
            help=f"at most {MOST_ENTRIES:,} are; `--wrt` asks for fewer inputs",
        )
    labels, starts = arrays.graph.labels(), list[int]()
    for output in outputs:
        items = arrays.elements[output].items
        starts.append(items[0] if not arrays.graph.shapes[output] else append_sum(scalar, labels[output]))
    places = [each for node in wrt for each in arrays.elements[node].items]
    found = derive(scalar, starts, places, order) if places else Derivatives(scalar, [], False, True)
    entries = iter(found.entries)
    result = _Gathering(arrays, found.entries[0].graph if found.entries else scalar)
    said = []
    for output in outputs:
        of = f"Σ{labels[output]}" if arrays.graph.shapes[output] else labels[output]
        by_place = {path: next(entries).node for path in combinations_with_replacement(range(len(places)), order)}
        for path in combinations_with_replacement(range(len(wrt)), order):
            offsets = [sum(len(arrays.elements[node].items) for node in wrt[:at]) for at in path]
            sizes = [range(len(arrays.elements[wrt[at]].items)) for at in path]
            nodes = [
                by_place[tuple(sorted(start + at for start, at in zip(offsets, each, strict=True)))]
                for each in product(*sizes)
            ]
            shape = tuple(size for at in path for size in arrays.graph.shapes[wrt[at]])
            variables = tuple(labels[wrt[at]] for at in path)
            name = name_derivative(arrays.graph.names[output] or "", *(each.removeprefix("%") for each in variables))
            node = result.gather(name, Tensor(shape, nodes))
            if expand:
                check_length(result.graph, node, name)
            said.append(Derivative(name, of, variables, result.graph, node))
    return Derivatives(arrays.graph, said, expand, found.simplified)


class _Gathering:
    """A scalar program of elements, written over their arrays."""

    def __init__(self, arrays: ArrayProgram, scalar: Graph) -> None:
        self.scalar = scalar
        self.graph = MatrixGraph(scalar.source, scalar.max_nodes)
        self.became: dict[int, int] = {}
        self.places: dict[str, tuple[int, tuple[int, ...]]] = {}
        for node in arrays.graph.inputs():
            shape, name = arrays.graph.shapes[node], arrays.graph.names[node] or ""
            copy = self.graph.append_array(INPUT, (), arrays.graph.offsets[node], shape, arrays.graph.numbers[node])
            self.graph.name(copy, name, arrays.graph.definitions[node])
            for index in indices(shape):
                label = f"{name}[{','.join(map(str, index))}]" if index else name
                self.places[label] = copy, index

    def gather(self, name: str, nodes: Tensor[int]) -> int:
        """Append the array of some scalar nodes, under a name."""
        node = self._stack(nodes)
        if self.graph.names[node] is not None or self.graph.operations[node] in (INPUT, CONSTANT):
            node = self.graph.append("identity", (node,), 0)
        self.graph.name(node, free_name(self.graph, name), 0)
        return node

    def _stack(self, nodes: Tensor[int]) -> int:
        if not nodes.shape:
            return self._copy(nodes.item)
        if all(self._is_zero(node) for node in nodes.items):
            return self.graph.append(joined("zeros", nodes.shape), (), 0)
        size = len(nodes.items) // nodes.shape[0] if nodes.shape[0] else 0
        parts = [
            self._stack(Tensor(nodes.shape[1:], nodes.items[at * size : (at + 1) * size]))
            for at in range(nodes.shape[0])
        ]
        return self.graph.append("array", parts, 0)

    def _is_zero(self, node: int) -> bool:
        scalar = self.scalar
        while scalar.operations[node] == "identity":
            (node,) = scalar.operands_of(node)
        return scalar.operations[node] == CONSTANT and scalar.numbers[node] == 0

    def _copy(self, wanted: int) -> int:
        """Copy the nodes behind a scalar node; elements lose their names, and inputs are picked from arrays."""
        scalar, graph, became = self.scalar, self.graph, self.became
        for node in sorted(
            ancestors(scalar, [wanted], lambda n: [o for o in scalar.operands_of(n) if o not in became])
        ):
            if node in became:
                continue
            operation, offset = scalar.operations[node], scalar.offsets[node]
            if operation == INPUT:
                array, index = self.places[scalar.names[node] or ""]
                became[node] = graph.append(joined("index", index), (array,), offset) if index else array
            elif operation == CONSTANT:
                became[node] = graph.append_constant(scalar.constant(node), offset, scalar.spellings.get(node, ""))
            elif operation == "identity":
                became[node] = became[scalar.operands_of(node)[0]]
            else:
                operands = [became[each] for each in scalar.operands_of(node)]
                became[node] = graph.append(operation, operands, offset)
        return became[wanted]
