"""Undeclared shapes of a formula's inputs, by the convention of textbooks: `A` is a matrix, `x` a vector.

A name with a capital is a matrix. Another is a vector where it is multiplied by `@`, reduced, or combined elementwise
with a vector, and a number elsewhere. Sizes that have to be equal get one letter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.language.array_rules import AT, INDEX, NEW_AXIS, PRODUCT, TRANSPOSE, Sizes

UnknownSize = int
"""An unknown size: a place in the list of sizes."""

_WHOLE = (False, False, False)
"""A slice without ends: all of an axis."""

LETTERS = "mnkpqrs"


class _Underdetermined(Exception):
    """An error of a program whose shapes do not follow from the convention."""


_OF_MATRICES = {PRODUCT, "trace", "det", "logdet", "inv", "cholesky", "solve"}
"""Operations that tell a formula of matrices."""


def list_free_inputs(graph: Graph, given: Mapping[str, Tensor[float]]) -> list[int]:
    """List the inputs that have neither a shape nor a value."""
    free = [node for node in graph.inputs() if graph.numbers[node] is None and node not in graph.details]
    return [node for node in free if graph.names[node] not in given]


def find_conventional_shapes(graph: Graph, given: Mapping[str, Tensor[float]]) -> dict[int, tuple[int | str, ...]]:
    """Find the shapes of inputs that have neither a shape nor a value; none where they stay unknown."""
    free = list_free_inputs(graph, given)
    if not free or _OF_MATRICES.isdisjoint(graph.operations):
        return {}
    try:
        return _Convention(graph, given, free).shapes()
    except _Underdetermined:
        return {}


def with_declarations(graph: Graph, given: Mapping[str, Tensor[float]]) -> Graph:
    """Declare the shapes of inputs that have neither a shape nor a value; the graph itself where they stay unknown."""
    return declare(graph, find_conventional_shapes(graph, given))


def declare(graph: Graph, shapes: Mapping[int, tuple[int | str, ...]]) -> Graph:
    """Declare the shapes of inputs; a number needs no declaration."""
    declared = graph.copy() if any(shapes.values()) else graph
    for node, sizes in shapes.items():
        if sizes:
            declared.details[node] = Sizes(sizes, (graph.offsets[node],) * len(sizes))
    return declared


class _Convention:
    """The shapes of a program's nodes: unified axes, and None for a node that may be a number or a vector."""

    def __init__(self, graph: Graph, given: Mapping[str, Tensor[float]], free: Sequence[int]) -> None:
        self.graph, self.given, self.free = graph, given, set(free)
        self.same: list[int] = []
        self.sizes: dict[int, int | str] = {}
        self.known: dict[int, tuple[UnknownSize, ...] | None] = {}
        self.waiting: dict[int, list[int]] = {}

    def shapes(self) -> dict[int, tuple[int | str, ...]]:
        """Find the shapes of the free inputs. Raises `_Underdetermined`."""
        for node in range(len(self.graph)):
            self.known[node] = self._shape(node)
        letters = self._letters()
        found = {}
        for node in sorted(self.free):
            axes = [self._root(axis) for axis in self.known[node] or ()]
            for axis in axes:
                if axis not in self.sizes:
                    self.sizes[axis] = next(letters)
            found[node] = tuple(self.sizes[axis] for axis in axes)
        return found

    def _letters(self) -> Iterator[str]:
        """List letters that are no names or sizes of the program."""
        taken = {*self.graph.nodes, *map(str, self.sizes.values())}
        yield from (letter for letter in LETTERS if letter not in taken)
        raise _Underdetermined

    def _axis(self, size: int | str | None = None) -> UnknownSize:
        for axis, known in self.sizes.items():
            if known == size and isinstance(size, str):
                return axis
        self.same.append(len(self.same))
        if size is not None:
            self.sizes[len(self.same) - 1] = size
        return len(self.same) - 1

    def _root(self, axis: UnknownSize) -> UnknownSize:
        while self.same[axis] != axis:
            axis = self.same[axis]
        return axis

    def _unify(self, one: UnknownSize, other: UnknownSize) -> None:
        one, other = sorted((self._root(one), self._root(other)))
        if one == other:
            return
        sizes = [self.sizes[axis] for axis in (one, other) if axis in self.sizes]
        if len(sizes) == 2 and sizes[0] != sizes[1]:
            raise _Underdetermined
        self.same[other] = one
        if sizes:
            self.sizes[one] = sizes[0]

    def _decide(self, node: int, shape: tuple[UnknownSize, ...]) -> tuple[UnknownSize, ...]:
        """Give a node that may be a vector or a number a shape, and so all nodes of the same shape."""
        pending = [node]
        while pending:
            each = pending.pop()
            if self.known.get(each) is None:
                self.known[each] = shape
                pending += self.waiting.pop(each, [])
        return shape

    def _vector(self, node: int) -> tuple[UnknownSize, ...]:
        """Give the shape of an operand that is an array."""
        known = self.known[node]
        return self._decide(node, (self._axis(),)) if known is None else known

    def _shape(self, node: int) -> tuple[UnknownSize, ...] | None:
        graph, operation, operands = self.graph, self.graph.operations[node], self.graph.operands_of(node)
        if operation == INPUT:
            return self._input(node)
        if operation == CONSTANT:
            return ()
        if operation == PRODUCT:
            return self._product(self._vector(operands[0]), self._vector(operands[1]))
        if operation == TRANSPOSE:
            return tuple(reversed(self._vector(operands[0])))
        if operation in PRIMITIVES:
            if node in graph.details:
                return self._along_axis(operands)
            if len(operands) == 1 and PRIMITIVES[operation].variadic:
                self._vector(operands[0])
                return ()
            return self._elementwise(node, operands)
        if operation == INDEX:
            return self._part(operands[0], graph.details[node])
        if operation in ("zeros", "ones", "eye"):
            sizes = [self._axis(self._number(each)) for each in operands]
            return tuple(sizes * 2 if operation == "eye" else sizes)
        if operation == "diag":
            vector = self._vector(operands[0])
            if len(vector) == 1:
                return (*vector, *vector)
            raise _Underdetermined
        if operation == "cross_entropy":
            return self._entropy(self._vector(operands[0]), operands[1])
        if operation in ("trace", "det", "logdet", "inv", "cholesky", "solve"):
            return self._square(operation, operands)
        if operation in ("softmax", "log_softmax", "cumsum"):
            return self._vector(operands[0])
        if operation == "outer":
            return (*self._vector(operands[0]), *self._vector(operands[1]))
        if operation == "dot":
            return self._product(self._vector(operands[0]), self._vector(operands[1]))
        raise _Underdetermined

    def _input(self, node: int) -> tuple[UnknownSize, ...] | None:
        graph, name = self.graph, self.graph.names[node] or ""
        details = graph.details.get(node)
        if name in self.given:
            return tuple(map(self._axis, self.given[name].shape))
        if isinstance(details, (Sizes, Tensor)):
            return tuple(map(self._axis, details.sizes if isinstance(details, Sizes) else details.shape))
        if node not in self.free:
            return ()
        return (self._axis(), self._axis()) if name[:1].isupper() else None

    def _number(self, node: int) -> int:
        """Read a whole number that is written as one. Raises `_Underdetermined` for any other operand."""
        number = self.graph.numbers[node]
        if self.graph.operations[node] != CONSTANT or number is None or not float(number).is_integer():
            raise _Underdetermined
        return int(number)

    def _along_axis(self, operands: Sequence[int]) -> tuple[UnknownSize, ...]:
        """Give the shape of a reduction along an axis."""
        shape, axis = [*self._vector(operands[0])], self._number(operands[1])
        if not -len(shape) <= axis < len(shape):
            raise _Underdetermined
        del shape[axis]
        return tuple(shape)

    def _part(self, operand: int, specs: Sequence[object]) -> tuple[UnknownSize, ...]:
        """Give the shape of elements, of rows and of columns."""
        axes, shape = [*self._vector(operand)], []
        for spec in specs:
            if spec == NEW_AXIS:
                shape.append(self._axis(1))
            elif axes and spec in (AT, _WHOLE):
                axis = axes.pop(0)
                shape += [axis] if spec == _WHOLE else []
            else:
                raise _Underdetermined
        return (*shape, *axes)

    def _entropy(self, logits: tuple[UnknownSize, ...], classes: int) -> tuple[UnknownSize, ...]:
        """Give the shape of a cross entropy: its classes are a number for each row."""
        known = self.known[classes]
        rows = logits[:-1] if known is None else known[:1] if len(logits) > 1 else ()
        if known is None:
            self._decide(classes, rows)
        for one, other in zip(logits, rows, strict=False):
            self._unify(one, other)
        return ()

    def _square(self, operation: str, operands: Sequence[int]) -> tuple[UnknownSize, ...]:
        matrix = self._vector(operands[0])
        if len(matrix) != 2:
            raise _Underdetermined
        self._unify(*matrix)
        if operation != "solve":
            return matrix if operation in ("inv", "cholesky") else ()
        right = self._vector(operands[1])
        self._unify(matrix[0], right[0])
        return right

    def _product(self, x: tuple[UnknownSize, ...], y: tuple[UnknownSize, ...]) -> tuple[UnknownSize, ...]:
        if not (0 < len(x) <= 2 and 0 < len(y) <= 2):
            raise _Underdetermined
        self._unify(x[-1], y[0])
        return (*x[:-1], *y[1:])

    def _elementwise(self, node: int, operands: Sequence[int]) -> tuple[UnknownSize, ...] | None:
        known = [shape for each in operands if (shape := self.known[each])]
        open_ones = [each for each in operands if self.known[each] is None]
        if not known:
            for each in open_ones:  # all of them have one shape, still undecided
                self.waiting.setdefault(each, []).extend([node, *open_ones])
                self.waiting.setdefault(node, []).append(each)
            return None if open_ones else ()
        shape = max(known, key=len)
        if (
            self.graph.operations[node] == "*"
            and PRODUCT not in self.graph.operations
            and [len(each) for each in known[:2]] == [2, 2]
        ):
            raise _Underdetermined  # perhaps the product of matrices is meant
        for each in open_ones:
            self._decide(each, shape if len(shape) == 1 else ())
        for other in known:
            for one, same in zip(reversed(shape), reversed(other), strict=False):
                self._unify(one, same)
        return shape
