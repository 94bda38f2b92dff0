"""The builder of derivatives of arrays: structural operations, shortened by laws."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

from cgraph_cli.core.array_graph import is_reversal, joined, split
from cgraph_cli.core.graph import CONSTANT
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.tensor import Shape
from cgraph_cli.symbolic.arrays.operations import Misfit, broadcast, reduced
from cgraph_cli.symbolic.graph_builder import ONE, Number, Value
from cgraph_cli.symbolic.matrices.array_builder import ArrayBuilder

_SUMMED = frozenset({"eye", "diag", "outer"})
"""Matrices with known vectors for their sums along an axis."""


class MatrixBuilder(ArrayBuilder):
    """A builder of graphs of arrays that moves the scalar factors of a product out of structural operations."""

    def emit(self, operation: str, *operands: Value) -> Value:
        """Append an operation; operands of unequal ranks get the axes that they lack."""
        try:
            broadcast([self.shape(operand) for operand in operands])
        except Misfit:
            rank = max(len(self.shape(operand)) for operand in operands)
            operands = tuple(self.lifted(operand, rank) for operand in operands)
        joint = self._joint(operation, *operands) if operation in ("+", "-") else None
        return super().emit(operation, *operands) if joint is None else joint

    def lifted(self, value: Value, rank: int) -> Value:
        """Put axes of one place before an array's own, up to a rank."""
        shape = self.shape(value)
        if not shape or len(shape) == rank:
            return value
        return self.index(self.node(value), [None] * (rank - len(shape)) + self.whole(shape))

    # Structural operations

    def product(self, x: int, y: int) -> int:
        """Write `x @ y`."""
        return self.linear("product", x, y)

    def outer(self, x: int, y: int) -> int:
        """Write the products of two vectors."""
        return self.linear("outer", x, y)

    def transpose(self, x: int) -> int:
        """Write `x.T`."""
        return self.linear("transpose", x)

    def permuted(self, x: int, axes: Sequence[int]) -> int:
        """Write the axes in another order."""
        axes = tuple(axes)
        if axes == tuple(range(len(axes))):
            return x
        if is_reversal(axes):
            return self.transpose(x)
        number, rest = self.factor(x)
        if number != ONE:
            return self.node(self.emit("*", number, self.permuted(rest, axes)))
        if self.is_zero(x) or self.name(x) == "ones":
            return self.leaf(self.name(x), [self.shape(x)[axis] for axis in axes])
        for inner in self.parts(x, "transpose"):
            first = split(self.graph.operations[x])[1]
            return self.permuted(inner, [first[axis] for axis in axes])
        return self.raw(joined("transpose", axes), x)

    def flipped(self, x: int) -> int:
        """Write the transposes of the matrices of a stack."""
        last = len(self.shape(x))
        return self.permuted(x, [*range(last - 2), last - 1, last - 2])

    def diag(self, x: int) -> int:
        """Write the diagonal of a matrix, or the matrix of a diagonal."""
        return self.linear("diag", x)

    def total(self, x: Value, axis: int | None = None) -> Value:
        """Sum over an axis, or over all."""
        shape = self.shape(x)
        if not shape:
            return x
        number, rest = self.factor(self.node(x))
        return self.emit("*", number, self._total(rest, None if len(shape) == 1 else axis))

    def narrowed(self, value: Value, shape: Shape, to: Shape) -> Value:
        """Sum a value, broadcast to a shape, over the axes along which an operand of another shape was repeated."""
        repeated = list(range(len(shape) - len(to)))
        wide = len(repeated)
        repeated += [at + wide for at, size in enumerate(to) if size == 1 != shape[at + wide]]
        missing = len(shape) - len(self.shape(value))
        idle = [shape[at] for at in repeated if at < missing or self.shape(value)[at - missing] != shape[at]]
        busy = [at - missing for at in repeated if at >= missing and self.shape(value)[at - missing] == shape[at]]
        kept = [at for at in repeated if at >= wide]
        if len(busy) == len(self.shape(value)):
            value = self.total(value)
        else:
            for axis in reversed(busy):
                value = self.total(value, axis)
            if self.shape(value) and kept:  # an axis of one place stays
                whole = self.full(value, reduced(shape, repeated))
                value = self.index(whole, [None if at + wide in kept else (0, size, 1) for at, size in enumerate(to)])
        return self.emit("*", value, self.count(*idle)) if idle else value

    def reshape(self, x: int, shape: Shape) -> int:
        """Write the elements in another shape."""
        if self.shape(x) == shape:
            return x
        number, rest = self.factor(x)
        if number != ONE:
            return self.node(self.emit("*", number, self.reshape(rest, shape)))
        for inner in self.parts(x, "reshape"):
            return self.reshape(inner, shape)
        if self.is_zero(x) or self.name(x) == "ones":
            return self.leaf(self.name(x), shape) if shape else self.node(Number(float(self.name(x) == "ones")))
        return self.raw(joined("reshape", shape), x) if shape else self.index(x, [0] * len(self.shape(x)))

    def index(self, x: int, specs: Sequence[object]) -> int:
        """Write the elements at an index."""
        if list(specs) == self.whole(self.shape(x)):
            return x
        number, rest = self.factor(x)
        if number != ONE:
            return self.node(self.emit("*", number, self.index(rest, specs)))
        if specs and isinstance(specs[0], int) and self.name(x) in ("array", "elements"):
            parts = self.parts(x, self.name(x))
            if parts:
                return self.index(parts[specs[0]], specs[1:]) if len(specs) > 1 else parts[specs[0]]
        if len(specs) == 2 and None not in specs and any(isinstance(spec, int) for spec in specs):
            for inner in self.parts(x, "transpose"):
                return self.index(inner, specs[::-1])
        for inner in self.parts(x, "index"):
            joint = compose(split(self.graph.operations[x])[1], self.shape(x), specs)
            if joint is not None:
                return self.index(inner, joint)
        result = self.raw(joined("index", tuple(specs)), x)
        if self.name(x) in ("zeros", "ones"):
            shape = self.shape(result)
            return self.leaf(self.name(x), shape) if shape else self.node(Number(float(self.name(x) == "ones")))
        return result

    def whole(self, shape: Shape) -> list[object]:
        """Give the index of whole axes."""
        return [(0, size, 1) for size in shape]

    def column(self, x: Value, axis: int, shape: Shape) -> Value:
        """Restore an axis that a value lacks, with one place: the value then broadcasts to a shape."""
        if not self.shape(x) or axis == 0:
            return x
        own = self.whole(self.shape(x))
        at = axis - (len(shape) - 1 - len(own))
        return self.index(self.node(x), [*own[:at], None, *own[at:]])

    def unit(self, x: int, size: int, at: int) -> Value:
        """Put an array at a place of a new first axis, among zeros."""
        row = self.index(self.leaf("eye", (size,)), [at, (0, size, 1)])
        own = self.shape(x)
        return self.emit("*", self.index(row, [(0, size, 1), *[None] * len(own)]) if own else row, x)

    # Laws

    def _joint(self, operation: str, x: Value, y: Value) -> Value | None:
        """Write `A @ x + A @ y` as `A @ (x + y)`; None for any other sum."""
        if not (isinstance(x, int) and isinstance(y, int)):
            return None
        (first, left), (second, right) = self.factor(x), self.factor(y)
        one, other = self.parts(left, "@"), self.parts(right, "@")
        if not one or not other or one[0] != other[0] or self.shape(one[1]) != self.shape(other[1]):
            return None
        inner = self.emit(operation, self.emit("*", first, one[1]), self.emit("*", second, other[1]))
        return self.product(one[0], self.node(inner))

    def _product(self, x: int, y: int) -> int:
        a, b = self.shape(x), self.shape(y)
        if self.is_zero(x) or self.is_zero(y):
            return self.zeros(self.graph.shapes[self.raw("@", x, y)])
        if self.name(x) == "eye":
            return y
        if self.name(y) == "eye":
            return x
        if len(a) > 2 or len(b) > 2:
            return self.raw("@", x, y)
        if len(a) == 1 and len(b) == 2:
            return self.product(self.transpose(y), x)
        if len(b) == 1 and self.name(y) == "ones" and len(a) <= 2:
            return self.node(self.total(x, len(a) - 1))
        if len(a) == 1 and self.name(x) == "ones":
            return self.node(self.total(y))
        if pair := self.parts(x, "outer"):
            left, right = pair
            inner = self.product(right, y)
            return self.outer(left, inner) if len(b) == 2 else self.node(self.emit("*", inner, left))
        if (pair := self.parts(y, "outer")) and len(a) == 2:
            left, right = pair
            return self.outer(self.product(x, left), right)
        for vector in self.parts(x, "diag"):
            if len(self.shape(vector)) == 1:
                return self.node(self.emit("*", self.column(vector, 1, b) if len(b) == 2 else vector, y))
        for vector in self.parts(y, "diag"):
            if len(self.shape(vector)) == 1 and len(a) == 2:
                return self.node(self.emit("*", x, vector))
        return self.raw("@", x, y)

    def _outer(self, x: int, y: int) -> int:
        if self.is_zero(x) or self.is_zero(y):
            return self.zeros((*self.shape(x), *self.shape(y)))
        if self.name(x) == self.name(y) == "ones":
            return self.leaf("ones", (*self.shape(x), *self.shape(y)))
        return self.raw("outer", x, y)

    def _transpose(self, x: int) -> int:
        name, shape = self.name(x), self.shape(x)
        if name in ("ones", "zeros"):
            return self.leaf(name, shape[::-1])
        if self.is_symmetric(x):
            return x
        if name == "transpose":
            for inner in self.parts(x, name):
                first = split(self.graph.operations[x])[1]
                return self.permuted(inner, list(reversed(first)))
        if len(shape) == 2:
            if pair := self.parts(x, "outer"):
                left, right = pair
                return self.outer(right, left)
            pair = self.parts(x, "@")
            if pair and all(len(self.shape(each)) == 2 for each in pair):  # and no vector with a stack
                left, right = pair
                return self.product(self.transpose(right), self.transpose(left))
            if self.graph.operations[x] in PRIMITIVES and self.graph.names[x] is None and self._flips(x):
                flipped = [
                    self.transpose(each) if len(self.shape(each)) == 2 else each for each in self.graph.operands_of(x)
                ]
                return self.node(self.emit(self.graph.operations[x], *flipped))
        return self.raw(joined("transpose", tuple(reversed(range(len(shape))))), x)

    def is_symmetric(self, x: int) -> bool:
        """Tell whether a matrix is its own transpose by its operation."""
        graph, name, shape = self.graph, self.name(x), self.shape(x)
        if len(shape) != 2 or shape[0] != shape[1]:
            return False
        operands = graph.operands_of(x)
        if name in ("eye", "diag"):
            return True
        if name in ("inv", "identity", "transpose"):
            return self.is_symmetric(operands[0])
        if name == "outer":
            return operands[0] == operands[1]
        if name == "@":
            left, right = operands
            if self.name(left) == "@":  # P @ S @ P.T
                left, middle = graph.operands_of(left)
                return self._are_transposes(left, right) and self.is_symmetric(middle)
            return self._are_transposes(left, right)
        if graph.operations[x] in PRIMITIVES and operands:
            return all(not self.shape(each) or self.is_symmetric(each) for each in operands)
        return False

    def _are_transposes(self, x: int, y: int) -> bool:
        return any(
            self.name(one) == "transpose" and self.graph.operands_of(one)[0] == other for one, other in ((x, y), (y, x))
        )

    def _flips(self, x: int) -> bool:
        """Tell whether an elementwise operation is shorter with its operands transposed."""
        operands = self.graph.operands_of(x)
        if any(len(self.shape(each)) == 1 for each in operands):
            return False
        matrices = [each for each in operands if len(self.shape(each)) == 2]
        gains = sum(self._is_flipped(each) for each in matrices)
        return 2 * gains >= len(matrices)

    def _is_flipped(self, x: int) -> bool:
        graph = self.graph
        if graph.names[x] is not None:
            return False
        if graph.operations[x] in PRIMITIVES and graph.operands_of(x):
            return self._flips(x)
        if self.name(x) == "@":
            return all(self._is_flipped(each) for each in graph.operands_of(x))
        return self.name(x) in ("transpose", "eye", "outer", "diag", "ones", "zeros")

    def _diag(self, x: int) -> int:
        shape = self.shape(x)
        if self.is_zero(x):
            return self.zeros(shape * 2 if len(shape) == 1 else (min(shape),))
        if len(shape) == 1 and self.name(x) == "ones":
            return self.leaf("eye", shape)
        if len(shape) == 2:
            if self.name(x) in ("eye", "ones"):
                return self.leaf("ones", (min(shape),))
            if (pair := self.parts(x, "outer")) and shape[0] == shape[1]:
                left, right = pair
                return self.node(self.emit("*", left, right))
            for inner in self.parts(x, "diag"):
                return inner
        return self.raw("diag", x)

    def _total(self, x: int, axis: int | None) -> Value:
        shape, name = self.shape(x), self.name(x)
        if name == "ones":
            if axis is None:
                return self.count(*shape)
            return self.emit("*", self.count(shape[axis]), self.leaf("ones", reduced(shape, [axis])))
        if name == "zeros":
            return self.zeros(() if axis is None else reduced(shape, [axis]))
        if name == "eye":
            return self.count(shape[0]) if axis is None else self.leaf("ones", shape[:1])
        if name == "diag" and len(shape) == 2:
            for vector in self.parts(x, name):
                return self.total(vector) if axis is None else vector
        if name in ("+", "-") and self.graph.names[x] is None:
            terms = self.graph.operands_of(x)
            known = any(self.name(self.factor(each)[1]) in _SUMMED for each in terms)
            if known and all(self.shape(each) == shape for each in terms):
                return self.emit(name, *(self.total(each, axis) for each in terms))
        if axis is None:
            if name == "*" and self.graph.names[x] is None:
                for one, other in permutations(self.graph.operands_of(x)):
                    if self.name(one) == "eye" and self.shape(other) == shape:
                        return self.apply("trace", [other])
            if pair := self.parts(x, "outer"):
                left, right = pair
                return self.emit("*", self.total(left), self.total(right))
            for inner in self.parts(x, "transpose"):
                return self.total(inner)
        elif len(shape) == 2:
            if pair := self.parts(x, "outer"):
                left, right = pair
                return self.emit("*", *((self.total(left), right) if axis == 0 else (left, self.total(right))))
            for inner in self.parts(x, "transpose"):
                return self.total(inner, 1 - axis)
        axes = tuple(range(len(shape))) if axis is None else (axis,)
        return self.raw(joined("sum", (axes, len(shape))), x)

    # Rebuilding

    def apply(self, operation: str, operands: Sequence[int]) -> int:
        """Append an operation by its laws."""
        name, args = split(operation)
        if operation == CONSTANT:
            raise AssertionError("a constant has no laws")
        if operation in PRIMITIVES:
            return self.node(self.emit(operation, *operands))
        if name == "@":
            return self.product(*operands)
        if name == "outer":
            return self.outer(*operands)
        if name == "diag":
            return self.diag(*operands)
        if name == "transpose":
            return self.permuted(operands[0], args)
        if name == "sum" and (len(args[0]) == args[1] or len(args[0]) == 1):
            return self.node(self.total(operands[0], args[0][0] if len(args[0]) < args[1] else None))
        if name == "reshape":
            return self.reshape(operands[0], args)
        if name == "index":
            return self.index(operands[0], args)
        if name == "inv":
            for inner in self.parts(operands[0], "transpose"):
                return self.transpose(self.raw("inv", inner))
        if name == "trace" and (pair := self.parts(operands[0], "outer")):
            return self.product(*pair)
        return self.raw(operation, *operands)


def compose(inner: Sequence[object], shape: Shape, outer: Sequence[object]) -> list[object] | None:
    """Join two indices into one; the first, with a result of a `shape`, has only places, whole and new axes."""
    found: list[object] = []
    following = list(outer)
    sizes = iter(shape)
    for spec in inner:
        if isinstance(spec, int):
            found.append(spec)
            continue
        size = next(sizes)
        while following and following[0] is None:
            found.append(following.pop(0))
        taken = following.pop(0)
        if spec is None:
            if taken not in (0, (0, 1, 1)):
                return None
            if taken != 0:
                found.append(None)
        elif spec == (0, size, 1):
            found.append(taken)
        else:
            return None
    return [*found, *following]
