"""The structural operations: the shapes of their operands and results, and the sources of a gather's elements."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from cgraph_cli.core.tensor import Shape, gather, picked, strides, transposed


class Misfit(Exception):
    """An error of operands whose shapes do not fit, with advice."""

    def __init__(self, what: str, help: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.help = help


def broadcast(shapes: Sequence[Shape]) -> Shape:
    """Find the shape that elementwise operands broadcast to. Raises `Misfit` where there is none.

    Shapes of equal rank broadcast as NumPy's. Of two ranks, the lower must equal the trailing axes of the higher.
    """
    result: Shape = ()
    for shape in shapes:
        low, high = (shape, result) if len(shape) <= len(result) else (result, shape)
        if len(low) == len(high):
            if any(a != b and a != 1 and b != 1 for a, b in zip(low, high, strict=True)):
                raise Misfit("do not fit element by element")
            result = tuple(b if a == 1 else a for a, b in zip(low, high, strict=True))
        elif low and low != high[len(high) - len(low) :]:
            raise Misfit("do not fit element by element")
        else:
            result = high
    return result


def product_shape(x: Shape, y: Shape) -> Shape:
    """Find the shape of a matrix product, of vectors, matrices, or stacks of these. Raises `Misfit`."""
    if not x or not y:
        raise Misfit("have no matrix product", "the product with a number is written with `*`")
    inner = y[-2] if len(y) > 1 else y[0]
    if x[-1] != inner:
        raise Misfit("do not fit in a matrix product")
    batch = broadcast([x[:-2], y[:-2]]) if len(x) > 2 and len(y) > 2 else x[:-2] or y[:-2]
    return (*batch, *(x[-2:-1] if len(x) > 1 else ()), *(y[-1:] if len(y) > 1 else ()))


def convolved_shape(x: Shape, w: Shape) -> Shape:
    """Find the shape of a convolution: the places of an array in another."""
    return tuple(room - size + 1 for room, size in zip(x, w, strict=True))


def reduced(shape: Shape, axes: Sequence[int]) -> Shape:
    """Remove some axes from a shape."""
    return tuple(size for at, size in enumerate(shape) if at not in axes)


def arranged(name: str, args: tuple[Any, ...], shape: Shape) -> tuple[Shape, list[int]]:
    """Find the shape of a gather of one operand, and the source of each element."""
    if name == "index":
        return picked(shape, args)
    if name == "transpose":
        return transposed(shape, args)
    assert name == "reshape", name
    return args, list(range(prod(shape)))


GATHERS = frozenset({"index", "transpose", "reshape"})


def joined_positions(shapes: Sequence[Shape], axis: int) -> tuple[Shape, list[tuple[int, int]]]:
    """Find the shape of arrays one after another along an axis, and each element's operand and position."""
    lengths = [shape[axis] for shape in shapes]
    shape = (*shapes[0][:axis], sum(lengths), *shapes[0][axis + 1 :])
    outer, inner = prod(shape[:axis]), prod(shape[axis + 1 :])
    places = [
        (at, (block * length + k) * inner + rest)
        for block in range(outer)
        for at, length in enumerate(lengths)
        for k in range(length)
        for rest in range(inner)
    ]
    return shape, places


def lanes(shape: Shape, axes: Sequence[int]) -> list[list[int]]:
    """Find for each element of a reduction over some axes the positions that it reduces."""
    steps = strides(shape)
    others = [at for at in range(len(shape)) if at not in axes]
    _, inner = gather([shape[at] for at in axes], [steps[at] for at in axes])
    _, starts = gather([shape[at] for at in others], [steps[at] for at in others])
    return [[start + step for step in inner] for start in starts]
