"""The builder of single elements: `(A @ x)[0]` as `A[0] @ x`."""

from __future__ import annotations

from cgraph_cli.core.array_graph import ELEMENTS, split
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.symbolic.graph_builder import ZERO, Number, Value
from cgraph_cli.symbolic.matrices.matrix_builder import MatrixBuilder


class ElementBuilder:
    """Writes elements of arrays by those of what the arrays are computed from."""

    def __init__(self, nodes: MatrixBuilder) -> None:
        self.nodes = nodes
        self.found: dict[tuple[int, tuple[int, ...]], int] = {}

    def pick(self, node: int, places: tuple[int, ...]) -> int:
        """Write the element at some places, as a node that is a number."""
        if not places:
            return node
        key = node, places
        if key not in self.found:
            named = self.nodes.graph.names[node] is not None
            self.found[key] = self.nodes.index(node, places) if named else self.nodes.node(self.written(node, places))
        return self.found[key]

    def written(self, node: int, places: tuple[int, ...]) -> Value:
        """Write the element by what computes the array, of an array with a name too."""
        nodes, graph = self.nodes, self.nodes.graph
        operation, operands = graph.operations[node], graph.operands_of(node)
        name, args = split(operation)
        if operation in PRIMITIVES:
            return nodes.emit(operation, *(self._spread(each, places) for each in operands))
        if name in ("array", ELEMENTS):
            return self.pick(operands[places[0]], places[1:])
        if name == "eye":
            return Number(float(places[0] == places[1]))
        if name == "transpose":
            return self.pick(operands[0], tuple(places[args.index(axis)] for axis in range(len(args))))
        if name == "outer":
            return nodes.emit("*", self.pick(operands[0], places[:1]), self.pick(operands[1], places[1:]))
        if name == "diag" and len(places) == 2:
            return self.pick(operands[0], places[:1]) if places[0] == places[1] else ZERO
        if name == "index" and all(spec is None or isinstance(spec, (int, tuple)) for spec in args):
            rest, inner = list(places), list[int]()
            for spec in args:
                at = spec if isinstance(spec, int) else rest.pop(0)
                if isinstance(spec, int):
                    inner.append(spec)
                elif spec is not None:
                    inner.append(spec[0] + at * spec[2])
            return self.pick(operands[0], tuple(inner))
        if name == "@" and all(len(nodes.shape(each)) <= 2 for each in operands):
            left, right = operands
            if len(nodes.shape(left)) == 2:
                left = nodes.index(left, [places[0], *nodes.whole(nodes.shape(left)[1:])])
            if len(nodes.shape(right)) == 2:
                right = nodes.index(right, [*nodes.whole(nodes.shape(right)[:1]), places[-1]])
            return nodes.product(left, right)
        return nodes.index(node, places)

    def _spread(self, node: int, places: tuple[int, ...]) -> int:
        """Pick from an operand, which an elementwise operation broadcasts."""
        shape = self.nodes.shape(node)
        own = places[len(places) - len(shape) :]
        return self.pick(node, tuple(0 if size == 1 else at for at, size in zip(own, shape, strict=True)))
