"""Sizes, axes and places: the static numbers that shapes depend on."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING

from cgraph_cli.core.array_graph import MOST_ELEMENTS
from cgraph_cli.core.errors import ProgramError, Span
from cgraph_cli.core.tensor import Shape, Tensor, check_axes, show_shape
from cgraph_cli.symbolic.arrays.misfits import write_shortly
from cgraph_cli.symbolic.arrays.static import Unknown, whole
from cgraph_cli.symbolic.arrays.values import Copy, Value

if TYPE_CHECKING:
    from cgraph_cli.symbolic.arrays.elaborate import Elaborator


def whole_number(elaborator: Elaborator, frame: Copy, node: int) -> int:
    """Find the whole number of a static node."""
    tensor = elaborator.static(frame, node)
    try:
        return whole(tensor)
    except Unknown:
        shown = show_shape(tensor.shape) if tensor.shape else f"{tensor.item:g}"
        raise ProgramError(
            f"{shown} is no whole number", [frame.graph.span(node)], "sizes, places and axes are whole numbers"
        ) from None


def size_of(elaborator: Elaborator, frame: Copy, node: int) -> int:
    """Find the size of `size(x)`, or of a letter of a shape."""
    details, operands = frame.graph.details[node], frame.graph.operands_of(node)
    if isinstance(details, str):
        return elaborator.letters[details][0]
    value = elaborator.need(frame, operands[0])
    elaborator.node_of(value)
    return value.shape[axis_of(elaborator, frame, node, len(value.shape))] if details else prod(value.shape)


def axis_of(elaborator: Elaborator, frame: Copy, node: int, rank: int, otherwise: int = 0) -> int:
    """Find the axis of a call."""
    graph = frame.graph
    if not graph.details[node]:
        return otherwise
    operands = graph.operands_of(node)
    return _axis(whole_number(elaborator, frame, operands[-1]), frame, operands[-1], operands[0], rank)


def find_axes(elaborator: Elaborator, frame: Copy, node: int, operand: int, rank: int) -> list[int]:
    """Find the axes of an operand that a node names, one or as an array."""
    tensor = elaborator.static(frame, node)
    items = tensor.items if tensor.shape else [float(whole_number(elaborator, frame, node))]
    return [_axis(int(item), frame, node, operand, rank) for item in items]


def _axis(axis: int, frame: Copy, node: int, operand: int, rank: int) -> int:
    if not -rank <= axis < rank:
        shown = write_shortly(frame, operand)
        help = f"axes are counted from 0: the last is {rank - 1}"
        what = f"`{shown}` has {rank} ax{'i' if rank == 1 else 'e'}s, and no axis {axis}"
        if not rank:
            what, help = f"`{shown}` is a number, and has no axis", "leave `axis` out"
        raise ProgramError(what, [frame.graph.span(node)], help)
    return axis % rank


def shape_of(
    elaborator: Elaborator, frame: Copy, node: int, sizes: Sequence[int], whole_size: int | None = None
) -> Shape:
    """Read the sizes of a call's shape, one by one or as an array."""
    found: list[int] = []
    for each in sizes:
        tensor = elaborator.static(frame, each)
        for item in tensor.items:
            size = int(item) if item == item and abs(item) < 1e18 else 0
            if size != item or size < (-1 if whole_size is not None else 0):
                raise ProgramError(
                    f"{item:g} is no size", [frame.graph.span(each)], "a size is a whole number from 0 on"
                )
            found.append(size)
    if whole_size is not None and -1 in found:
        rest = -prod(found)
        if found.count(-1) > 1 or rest == 0 or whole_size % rest:
            what = f"{whole_size} elements do not fit {show_shape(found)}"
            raise ProgramError(
                what, [frame.graph.span(node)], f"the others have to divide {whole_size}, and only one may be -1"
            )
        found[found.index(-1)] = whole_size // rest
    check_axes(len(found), [frame.graph.span(node)])
    check_count(elaborator, prod(found), frame.graph.span(node))
    return tuple(found)


def check_count(elaborator: Elaborator, count: int, span: Span) -> None:
    """Raise `ProgramError` for more elements than an array may have."""
    if count > MOST_ELEMENTS:
        help = f"an array has at most {MOST_ELEMENTS:,} elements"
        raise ProgramError(f"an array of {count:,} elements is too large", [span], help)


def build_size(elaborator: Elaborator, frame: Copy, node: int) -> Value:
    """Elaborate a static operation: `size`, `range`, `zeros`, `ones`, `eye`."""
    return Value(-1, (tensor := static_array(elaborator, frame, node)).shape, tensor, frame.graph.offsets[node])


def static_array(elaborator: Elaborator, frame: Copy, node: int) -> Tensor[float]:
    """Find the numbers of an operation without computed operands."""
    graph, name = frame.graph, frame.graph.operations[node]
    operands = graph.operands_of(node)
    if name == "size":
        return Tensor((), [float(size_of(elaborator, frame, node))])
    if name == "range":
        places = range_of(elaborator, frame, node)
        if len(places) > MOST_ELEMENTS:
            shape_of(elaborator, frame, node, operands)
        return Tensor((len(places),), [float(place) for place in places])
    shape = shape_of(elaborator, frame, node, operands)
    if name == "eye":
        rows, columns = shape if len(shape) == 2 else (shape[0], shape[0])
        check_count(elaborator, rows * columns, graph.span(node))
        items = [0.0] * (rows * columns)
        for at in range(min(rows, columns)):
            items[at * columns + at] = 1.0
        return Tensor((rows, columns), items)
    return Tensor(shape, [float(name == "ones")] * prod(shape))


def range_of(elaborator: Elaborator, frame: Copy, node: int) -> range:
    """Find the whole numbers of a `range`."""
    operands = frame.graph.operands_of(node)
    numbers = [whole_number(elaborator, frame, each) for each in operands]
    if len(numbers) > 3 or (len(numbers) == 3 and numbers[2] == 0):
        what = "`range` takes a stop, or a start, a stop and a step that is not 0"
        raise ProgramError(what, [frame.graph.span(node)], "write `range(n)`, `range(1, n)` or `range(0, n, 2)`")
    return range(*numbers)
