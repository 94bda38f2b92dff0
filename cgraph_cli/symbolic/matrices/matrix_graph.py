"""The graph of derivatives of arrays: each node's shape follows from its operands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cgraph_cli.core.array_graph import ELEMENTS, ArrayGraph, split
from cgraph_cli.core.graph import LEAVES
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.tensor import Shape
from cgraph_cli.symbolic.arrays.operations import broadcast, convolved_shape, product_shape, reduced


class MatrixGraph(ArrayGraph):
    """A graph of arrays with an ordinary `append`: operations find the shapes of their results.

    Calls such as `softmax` are operations here.
    """

    __slots__ = ()

    def append(self, operation: str, operands: Sequence[int], offset: int, number: float | None = None) -> int:
        """Append a node, with the shape of the operation's result; a leaf is a number."""
        node = super().append(operation, operands, offset, number)
        if operation in LEAVES:
            self.shapes.append(())
        else:
            self.shapes.append(result_shape(operation, [self.shapes[operand] for operand in operands]))
        return node

    def append_array(
        self, operation: str, operands: Sequence[int], offset: int, shape: Shape, number: float | None = None
    ) -> int:
        """Append a node of a shape."""
        node = super().append_array(operation, operands, offset, shape, number)
        del self.shapes[node + 1 :]
        self.shapes[node] = shape
        return node


def result_shape(operation: str, shapes: Sequence[Shape]) -> Shape:
    """Find the shape of an operation's result. Raises `Misfit` where the operands do not fit."""
    name, args = split(operation)
    if operation in PRIMITIVES or name.startswith("polygamma_"):  # an order of it, as emitted code has it
        return broadcast(shapes)
    first: Shape = shapes[0] if shapes else ()
    if name in _SAME:
        return first
    if name in PRIMITIVES:
        return reduced(first, args[0])
    if name in ("ones", "zeros", "range", "reshape"):
        return args
    if name == "eye":
        return args[0], args[0]
    if name in ("det", "logdet", "trace", "size", "cross_entropy"):
        return ()
    return _SHAPES[name](args, shapes)


def _joined_shape(args: tuple[Any, ...], shapes: Sequence[Shape]) -> Shape:
    (axis,) = args
    first = shapes[0]
    return (*first[:axis], sum(shape[axis] for shape in shapes), *first[axis + 1 :])


def _index_shape(args: tuple[Any, ...], shapes: Sequence[Shape]) -> Shape:
    sizes = [1 if spec is None else len(spec) if isinstance(spec, list) else spec[1] for spec in args if _stays(spec)]
    return tuple(sizes)


def _stays(spec: Any) -> bool:
    return not isinstance(spec, int)


_SAME = frozenset({"softmax", "log_softmax", "cumsum", "inv", "cholesky"})

_SHAPES: dict[str, Callable[[tuple[Any, ...], Sequence[Shape]], Shape]] = {
    "@": lambda args, shapes: product_shape(*shapes),
    "transpose": lambda args, shapes: tuple(shapes[0][axis] for axis in args),
    "index": _index_shape,
    "outer": lambda args, shapes: (*shapes[0], *shapes[1]),
    "diag": lambda args, shapes: shapes[0] * 2 if len(shapes[0]) == 1 else (min(shapes[0]),),
    "solve": lambda args, shapes: shapes[1],
    "array": lambda args, shapes: (len(shapes), *shapes[0]),
    ELEMENTS: lambda args, shapes: (len(shapes), *shapes[0]),
    "stack": lambda args, shapes: (*shapes[0][: args[0]], len(shapes), *shapes[0][args[0] :]),
    "concat": _joined_shape,
    "conv1d": lambda args, shapes: convolved_shape(*shapes),
    "conv2d": lambda args, shapes: convolved_shape(*shapes),
    "onehot": lambda args, shapes: (*shapes[0], *args),
}
