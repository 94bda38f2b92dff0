"""Second derivatives of a number with respect to vectors and numbers, as blocks of the Hessian.

The gradient's product with a vector is differentiated: it is linear in that vector, and its matrix is the block.
"""

from __future__ import annotations

from collections.abc import Sequence

from cgraph_cli.core.array_graph import joined, split
from cgraph_cli.core.graph import INPUT
from cgraph_cli.core.reach import between
from cgraph_cli.symbolic.graph_builder import ONE, ZERO, Value
from cgraph_cli.symbolic.matrices.links import NoArrayForm
from cgraph_cli.symbolic.matrices.matrix_builder import MatrixBuilder
from cgraph_cli.symbolic.matrices.matrix_graph import MatrixGraph
from cgraph_cli.symbolic.matrices.matrix_sweep import MatrixSweep


def append_block(graph: MatrixGraph, gradient: int, wrt: int, is_symmetric: bool) -> int:
    """Append the derivative of a gradient, a vector or a number, with respect to a vector or a number.

    It `is_symmetric` where the gradient is with respect to the same.
    """
    nodes = MatrixBuilder(graph)
    nodes.offset = graph.offsets[wrt]
    rows, columns = graph.shapes[gradient], graph.shapes[wrt]
    if not between(graph, [wrt], gradient):
        return nodes.zeros((*rows, *columns))
    if len(rows) > 1 or len(columns) > 1:
        raise NoArrayForm("a second derivative with more than two axes")
    if not rows:
        (found,) = _swept(graph, gradient, [wrt])
        return found
    direction = graph.append_array(INPUT, (), nodes.offset, rows)
    product = graph.append(
        joined("sum", ((0,), 1)), [graph.append("*", (direction, gradient), nodes.offset)], nodes.offset
    )
    (found,) = _swept(graph, product, [wrt])
    block = LinearMap(nodes, direction).matrix(found)
    return nodes.transpose(block) if columns and not is_symmetric else block


def _swept(graph: MatrixGraph, of: int, wrt: list[int]) -> list[int]:
    sweep = MatrixSweep(graph, of, wrt)
    sweep.run()
    return [sweep.derivative(node) for node in wrt]


class LinearMap:
    """The matrices of nodes that are linear in a vector v:

    `M` for the vector `M @ v`, and `a` for the number `a @ v`.
    """

    def __init__(self, nodes: MatrixBuilder, vector: int) -> None:
        self.nodes = nodes
        self.vector = vector
        self.depends: set[int] = set()
        self.known: dict[int, int] = {}

    def matrix(self, node: int) -> int:
        """Find the matrix of a node. Raises `NoArrayForm` where there is none, or none is found."""
        nodes = self.nodes
        self.depends = between(nodes.graph, [self.vector], node)
        self.known[self.vector] = nodes.leaf("eye", nodes.shape(self.vector))
        for each in sorted(self.depends - {self.vector}):
            self.known[each] = self._build(each)
        return self._wide(node, nodes.shape(node))

    def _build(self, node: int) -> int:
        nodes, graph = self.nodes, self.nodes.graph
        operation, operands = graph.operations[node], list(graph.operands_of(node))
        shape = graph.shapes[node]
        if len(shape) > 1:
            raise NoArrayForm("a matrix that depends on the direction")
        moving = [each in self.depends for each in operands]
        if operation in ("+", "-"):
            parts: list[Value] = [self._wide(each, shape) for each in operands]
            return nodes.node(nodes.emit(operation, *parts))
        if operation in ("neg", "identity"):
            found = self.known[operands[0]]
            return nodes.node(nodes.emit("neg", found)) if operation == "neg" else found
        if operation == "*" and sum(moving) == 1:
            at = moving.index(True)
            return self._times(operands[at], operands[1 - at], shape)
        if operation == "/" and moving == [True, False]:
            return self._times(operands[0], nodes.node(nodes.emit("/", ONE, operands[1])), shape)
        if operation == "where" and not moving[0]:
            sides: list[Value] = [
                self._wide(each, shape) if m else ZERO for each, m in zip(operands, moving, strict=True)
            ]
            if any(not m and not nodes.is_zero(each) for each, m in zip(operands[1:], moving[1:], strict=True)):
                raise NoArrayForm("a term that is not linear")
            condition: Value = operands[0]
            if len(nodes.shape(condition)) == 1:
                condition = nodes.column(condition, 1, (*shape, 1))
            return nodes.full(nodes.emit("where", condition, *sides[1:]), (*shape, *nodes.shape(self.vector)))
        return self._structural(node, operands, moving)

    def _wide(self, node: int, shape: tuple[int, ...]) -> int:
        """Find the matrix of an operand that is repeated to a shape."""
        if node not in self.depends:
            if not self.nodes.is_zero(node):
                raise NoArrayForm("a term that is not linear")
            return self.nodes.zeros((*shape, *self.nodes.shape(self.vector)))
        found = self.known[node]
        if shape == self.nodes.shape(node):
            return found
        if self.nodes.shape(node):
            raise NoArrayForm("a vector of one element that is repeated")
        return self.nodes.outer(self.nodes.leaf("ones", shape), found)

    def _times(self, node: int, factor: int, shape: tuple[int, ...]) -> int:
        """Find the matrix of a product with a factor that is independent of the vector."""
        nodes = self.nodes
        found, own = self.known[node], nodes.shape(node)
        if not nodes.shape(factor):
            return nodes.node(nodes.emit("*", factor, found))
        if not own:
            return nodes.outer(factor, found)
        if own != nodes.shape(factor):
            raise NoArrayForm("a vector of one element that is repeated")
        return self._rows(factor, found)

    def _rows(self, factor: int, matrix: int) -> int:
        """Multiply the rows of a matrix by the elements of a vector."""
        nodes = self.nodes
        number, rest = nodes.factor(matrix)
        if number != ONE:
            return nodes.node(nodes.emit("*", number, self._rows(factor, rest)))
        for sign in ("+", "-"):
            if parts := nodes.parts(matrix, sign):
                return nodes.node(nodes.emit(sign, *(self._rows(factor, each) for each in parts)))
        if nodes.name(matrix) == "eye":
            return nodes.diag(factor)
        if pair := nodes.parts(matrix, "outer"):
            return nodes.outer(nodes.node(nodes.emit("*", factor, pair[0])), pair[1])
        if inner := nodes.parts(matrix, "diag"):
            return nodes.diag(nodes.node(nodes.emit("*", factor, inner[0])))
        return nodes.node(nodes.emit("*", nodes.column(factor, 1, nodes.shape(matrix)), matrix))

    def _structural(self, node: int, operands: Sequence[int], moving: Sequence[bool]) -> int:
        nodes, graph = self.nodes, self.nodes.graph
        name, args = split(graph.operations[node])
        first = operands[0] if operands else -1
        if name == "@" and sum(moving) == 1:
            at = moving.index(True)
            vector, other = operands[at], operands[1 - at]
            if len(nodes.shape(vector)) == 1:
                if len(nodes.shape(other)) == 1:
                    return nodes.product(nodes.transpose(self.known[vector]), other)
                return nodes.product(nodes.transpose(other) if at == 0 else other, self.known[vector])
        if name in ("sum", "mean") and args == ((0,), 1):
            if name == "sum":
                return nodes.node(nodes.total(self.known[first], 0))
            return nodes.raw(joined("mean", ((0,), 2)), self.known[first])
        if name == "solve" and moving == [False, True]:
            return nodes.raw(graph.operations[node], first, self.known[operands[1]])
        if name == "index" and len(args) == 1 and args[0] is not None:
            return nodes.index(self.known[first], [*args, *nodes.whole(nodes.shape(self.vector))])
        if name == "concat" or (name == "array" and not nodes.shape(first)):
            parts = [self._wide(each, nodes.shape(each)) for each in operands]
            return nodes.raw(graph.operations[node], *parts)
        raise NoArrayForm("an operation whose matrix is not known")
