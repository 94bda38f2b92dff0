"""The builder of elementwise derivatives of arrays, and of the factors of their products."""

from __future__ import annotations

from collections.abc import Sequence

from cgraph_cli.core.array_graph import joined, split
from cgraph_cli.core.tensor import Shape
from cgraph_cli.symbolic.arrays.operations import broadcast
from cgraph_cli.symbolic.graph_builder import ONE, GraphBuilder, Number, Value
from cgraph_cli.symbolic.matrices.matrix_graph import MatrixGraph

Factor = tuple[Value, int]
"""A number, and the value that it multiplies."""


class ArrayBuilder(GraphBuilder):
    """A builder of graphs of arrays that leaves out operations on values that are 0 or 1 everywhere."""

    graph: MatrixGraph

    def shape(self, value: Value) -> Shape:
        """Give the shape of a value."""
        return self.graph.shapes[value] if isinstance(value, int) else ()

    def number(self, value: Value) -> float | None:
        """Return the number of a value; also of an array of equal numbers."""
        return None if isinstance(value, int) and self.graph.tensor(value) is not None else super().number(value)

    def is_zero(self, value: Value) -> bool:
        """Tell whether a value is 0, or an array of zeros."""
        return self.number(value) == 0 or (isinstance(value, int) and self.name(value) == "zeros")

    def name(self, node: int) -> str:
        """Name the operation of a node without its static arguments."""
        return split(self.graph.operations[node])[0]

    def parts(self, node: int, name: str) -> Sequence[int]:
        """List the operands of a node with the given operation and no name; none for any other node."""
        is_it = self.name(node) == name and self.graph.names[node] is None
        return self.graph.operands_of(node) if is_it else ()

    def emit(self, operation: str, *operands: Value) -> Value:
        """Append an operation on values whose shapes fit."""
        shape = broadcast([self.shape(operand) for operand in operands])
        if operation == "*":
            for factor, other in (operands, operands[::-1]):
                if isinstance(factor, int) and self.name(factor) == "ones" and self.shape(other) == shape:
                    return other
        if operation in ("*", "/") and shape and self.is_zero(operands[0]):
            return self.zeros(shape)
        if operation == "*" and shape and self.is_zero(operands[1]):
            return self.zeros(shape)
        if operation in ("+", "-"):
            first, second = operands
            if self.is_zero(second) and self.shape(first) == shape:
                return first
            if self.is_zero(first) and self.shape(second) == shape:
                return second if operation == "+" else self.emit("neg", second)
        return super().emit(operation, *operands)

    def full(self, value: Value, shape: Shape) -> int:
        """Broadcast a value to a shape."""
        if self.shape(value) == shape:
            return self.node(value)
        if self.is_zero(value):
            return self.zeros(shape)
        return self.node(self.emit("*", value, self.leaf("ones", shape)))

    def zeros(self, shape: Shape) -> int:
        """Make an array of zeros."""
        return self.leaf("zeros", shape) if shape else self.node(Number(0.0))

    def leaf(self, name: str, sizes: Sequence[int]) -> int:
        """Make `ones`, `zeros` or `eye` of some sizes."""
        return self.raw(joined(name, tuple(sizes)))

    def count(self, *sizes: int) -> Value:
        """Make the number of elements of a shape, as a product of letters where these are sizes."""
        found: Value = ONE
        for size in sizes:
            is_letter = size in self.graph.letters
            found = self.emit("*", found, self.raw(joined("size", (size,))) if is_letter else Number(float(size)))
        return found

    def raw(self, operation: str, *operands: int) -> int:
        """Append an operation unchanged, unless it exists."""
        key = operation, operands
        found = self._written.get(key)
        if found is None:
            found = self._written[key] = self.graph.append(operation, operands, self.offset)
        return found

    def factor(self, value: int) -> Factor:
        """Split a value into its scalar factors and the rest."""
        graph = self.graph
        operation, operands = graph.operations[value], graph.operands_of(value)
        if graph.names[value] is not None or not graph.shapes[value]:
            return ONE, value
        if operation == "neg":
            number, rest = self.factor(operands[0])
            return self.emit("neg", number), rest
        if operation == "*":
            left, right = operands
            if not graph.shapes[left] or not graph.shapes[right]:
                scalar, other = (left, right) if not graph.shapes[left] else (right, left)
                number, rest = self.factor(other)
                return self.emit("*", scalar, number), rest
            (first, x), (second, y) = self.factor(left), self.factor(right)
            if (first, second) != (ONE, ONE):
                return self.emit("*", first, second), self.node(self.emit("*", x, y))
        if operation == "/":
            above, below = operands
            if graph.shapes[above]:
                number, rest = self.factor(above)
                if not graph.shapes[below]:
                    return self.emit("/", number, below), rest
                if number != ONE:
                    return number, self.node(self.emit("/", rest, below))
            elif self.number(above) != 1:
                return above, self.node(self.emit("/", ONE, below))
        return ONE, value

    def linear(self, name: str, *operands: int) -> int:
        """Append a multilinear operation, with the scalar factors of its operands before it."""
        factors = [self.factor(operand) for operand in operands]
        rest = getattr(self, f"_{name}")(*(rest for _, rest in factors))
        number: Value = ONE
        for scalar, _ in factors:
            number = self.emit("*", number, scalar)
        return self.node(self.emit("*", number, rest))
