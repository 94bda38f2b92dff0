"""The structural operations in NumPy: the value of each, and its partials as linear maps.

A row takes the static arguments that stand in an operation's name and the shapes of the operands. It gives the function
of the value, and a map for each operand.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from math import prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cgraph_cli.core.array_graph import ELEMENTS
from cgraph_cli.evaluation.arrays.derivatives import Array, Scattered, Shape
from cgraph_cli.evaluation.arrays.linear_algebra import LINEAR_ALGEBRA
from cgraph_cli.evaluation.arrays.maps import EVERYWHERE, Bound, Function, Inclusion, Rearrangement, StructuralMap

Operation = Callable[..., Bound]


# Gathers: elements of the operand in other places


def _reshape(args: tuple[Any, ...], like: Shape) -> Bound:
    rearranged = Rearrangement(args, like, lambda t: np.reshape(t, args), lambda g: np.reshape(g, like))
    return Bound(lambda x: (np.reshape(x, args), ()), [rearranged])


def _transpose(args: tuple[Any, ...], like: Shape) -> Bound:
    shape, back = tuple(like[axis] for axis in args), tuple(int(axis) for axis in np.argsort(args))
    rearranged = Rearrangement(shape, like, lambda t: np.transpose(t, args), lambda g: np.transpose(g, back))
    return Bound(lambda x: (np.transpose(x, args), ()), [rearranged])


def _index(args: tuple[Any, ...], like: Shape) -> Bound:
    place = _place(args)
    shape = tuple(1 if spec is None else _count(spec) for spec in args if not isinstance(spec, int))
    shape += like[sum(spec is not None for spec in args) :]
    lists = [at for at, each in enumerate(args) if isinstance(each, np.ndarray)]
    if len(lists) <= 1 and (not lists or not any(isinstance(each, int) or each is None for each in args)):
        picked = StructuralMap(shape, like, lambda t: t[place], lambda g: Scattered(like, place, g))
        return Bound(lambda x: (np.asarray(x)[place][()], ()), [picked])
    places = np.arange(prod(like)).reshape(like)
    for axis in reversed(range(len(like))):
        places = np.take(places, _along(args, axis, like[axis]), axis=axis)
    flat = places.reshape(shape)

    def gather(x: Array) -> Array:
        return np.reshape(x, -1)[flat]

    def pull(g: Array) -> Array:
        found: Array = np.bincount(flat.ravel(), np.ravel(g), prod(like))
        return found.reshape(like)

    return Bound(lambda x: (gather(x)[()], ()), [StructuralMap(shape, like, gather, pull)])


def _place(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Write an index as NumPy's; it ends in dots, which make its result a view."""
    place: list[Any] = []
    for spec in args:
        if spec is None or isinstance(spec, (int, np.ndarray)):
            place.append(spec)
            continue
        start, count, step = spec
        stop = start + count * step
        place.append(slice(start, stop if stop >= 0 else None, step) if count else slice(0, 0))
    return (*place, ...)


def _along(args: tuple[Any, ...], axis: int, size: int) -> Any:
    """List the places of an index along an axis of the operand."""
    picked = [each for each in args if each is not None]
    if axis >= len(picked):
        return np.arange(size)
    spec = picked[axis]
    if isinstance(spec, tuple):
        start, count, step = spec
        return start + step * np.arange(count)
    return np.atleast_1d(spec)


def _count(spec: Any) -> int:
    return len(spec) if isinstance(spec, np.ndarray) else int(spec[1])


def _cumsum(args: tuple[Any, ...], shape: Shape) -> Bound:
    def total(t: Array) -> Array:
        return np.cumsum(t, axis=-1)

    summed = StructuralMap(shape, shape, total, lambda g: total(g[..., ::-1])[..., ::-1])
    return Bound(lambda x: (total(x), ()), [summed])


# Joins: several operands in one array


def _array(args: tuple[Any, ...], *likes: Shape) -> Bound:
    shape = (len(likes), *likes[0])
    maps = [Inclusion(shape, likes[0], (at, ...)) for at in range(len(likes))]
    return Bound(lambda *operands: (np.array(operands, dtype=float).reshape(shape), ()), maps)


def _stack(args: tuple[Any, ...], *likes: Shape) -> Bound:
    (axis,) = args
    ahead, like = (slice(None),) * axis, likes[0]
    shape = (*like[:axis], len(likes), *like[axis:])
    maps = [Inclusion(shape, like, (*ahead, at, ...)) for at in range(len(likes))]
    return Bound(lambda *operands: (np.stack(operands, axis=axis), ()), maps)


def _concat(args: tuple[Any, ...], *likes: Shape) -> Bound:
    (axis,) = args
    ahead = (slice(None),) * axis
    ends = list(accumulate(like[axis] for like in likes))
    shape = (*likes[0][:axis], ends[-1], *likes[0][axis + 1 :])
    places = [(*ahead, slice(end - like[axis], end), ...) for like, end in zip(likes, ends, strict=True)]
    maps = [Inclusion(shape, like, place) for like, place in zip(likes, places, strict=True)]
    return Bound(lambda *operands: (np.concatenate(operands, axis=axis), ()), maps)


# The matrix product


_PULLS: dict[tuple[int, int], tuple[Function, Function]] = {
    (2, 2): (lambda g, x, y: np.matmul(g, y.T), lambda g, x, y: np.matmul(g.T, x).T),
    (2, 1): (lambda g, x, y: np.multiply.outer(g, y), lambda g, x, y: np.matmul(g, x)),
    (1, 2): (lambda g, x, y: np.matmul(y, g), lambda g, x, y: np.multiply.outer(x, g)),
    (1, 1): (lambda g, x, y: g * y, lambda g, x, y: g * x),
}
"""The transposes of a product by the ranks of its operands; batches have those of `_product`."""


def _product(args: tuple[Any, ...], left: Shape, right: Shape) -> Bound:
    row, column = (left if len(left) > 1 else (1, *left)), (right if len(right) > 1 else (*right, 1))
    batch = np.broadcast_shapes(left[:-2], right[:-2])
    whole = (*batch, row[-2], column[-1])
    shape = (*batch, *left[-2:-1], *(right[-1:] if len(right) > 1 else ()))

    def compute(x: Array, y: Array) -> tuple[Array, tuple[Array, Array]]:
        return np.matmul(x, y), (x, y)

    def pull_left(g: Array, x: Array, y: Array) -> Array:
        return _fold(np.matmul(g.reshape(whole), np.swapaxes(y.reshape(column), -1, -2)), row).reshape(left)

    def pull_right(g: Array, x: Array, y: Array) -> Array:
        if len(column) == 2:  # the rows of a batch of matrices are those of one matrix
            rows = prod(row[:-1])
            return np.matmul(g.reshape(rows, column[-1]).T, x.reshape(rows, row[-1])).T.reshape(right)
        return _fold(np.matmul(np.swapaxes(x.reshape(row), -1, -2), g.reshape(whole)), column).reshape(right)

    pulls = _PULLS.get((len(left), len(right)), (pull_left, pull_right))
    reaches = _reach_lines(shape, whole, left, row, -1), _reach_lines(shape, whole, right, column, -2)
    maps = [
        StructuralMap(shape, left, lambda t, x, y: np.matmul(t, y), pulls[0], reaches[0], mixes=True),
        StructuralMap(shape, right, lambda t, x, y: np.matmul(x, t), pulls[1], reaches[1], mixes=True),
    ]
    return Bound(compute, maps)


def _reach_lines(shape: Shape, whole: Shape, like: Shape, matrix: Shape, axis: int) -> tuple[Function, Function]:
    """Make the maps of dependence between a product and an operand.

    A row of the product depends on a row of the left operand, a column on a column of the right one. `whole` and
    `matrix` are the `shape` of the product and that of the operand, `like`, as stacks of matrices.
    """
    if len(whole) == len(like) == len(shape) == 2:

        def lines(mask: Array) -> Array:
            found = np.logical_or.reduce(mask, axis=axis, keepdims=True)
            return EVERYWHERE if found.all() else found

        return lines, lines

    line = (*matrix[:-2], *((matrix[-2], 1) if axis == -1 else (1, matrix[-1])))

    def push(mask: Array) -> Array:
        found = mask.reshape(matrix).any(axis=axis, keepdims=True)
        return EVERYWHERE if found.all() else np.broadcast_to(found, whole).reshape(shape)

    def pull(mask: Array) -> Array:
        found = mask.reshape(whole).any(axis=axis, keepdims=True)
        return EVERYWHERE if found.all() else np.broadcast_to(_fold(found * 1, line) > 0, matrix).reshape(like)

    return push, pull


# Convolutions


def _convolve(x: Array, w: Array, stack: int = 0) -> Array:
    """Sum the products of an array with each stretch of another, which is never copied."""
    windows = sliding_window_view(x, np.shape(w)[stack:], axis=tuple(range(stack, np.ndim(x))))
    letters = list(range(windows.ndim))
    own, inner = letters[:stack], letters[np.ndim(x) :]
    return np.einsum(windows, letters, w, own + inner, letters[: np.ndim(x)])


def _spread(g: Array, w: Array, stack: int = 0) -> Array:
    """Map an adjoint of a convolution to one of the larger operand: each term goes back to its place."""
    edges = [(0, 0) if axis < stack else (size - 1, size - 1) for axis, size in enumerate(np.shape(w))]
    return _convolve(np.pad(g, edges), np.flip(w, tuple(range(stack, np.ndim(w)))), stack)


def _convolution(args: tuple[Any, ...], whole: Shape, window: Shape) -> Bound:
    """Convolve along all axes but the first ones, whose number is the argument, if there is any."""
    (stack,) = args or (0,)
    inside = zip(whole[stack:], window[stack:], strict=True)
    shape = (*whole[:stack], *(size - part + 1 for size, part in inside))

    def push_window(mask: Array) -> Array:
        return _convolve(np.ones(whole), mask, stack)

    maps = [
        StructuralMap(
            shape,
            whole,
            lambda t, x, w: _convolve(t, w, stack),
            lambda g, x, w: _spread(g, w, stack),
            (lambda mask: _convolve(mask, np.ones(window), stack), lambda mask: _spread(mask, np.ones(window), stack)),
        ),
        StructuralMap(
            shape,
            window,
            lambda t, x, w: _convolve(x, t, stack),
            lambda g, x, w: _convolve(x, g, stack),
            (push_window, push_window),
        ),
    ]
    return Bound(lambda x, w: (_convolve(x, w, stack), (x, w)), maps)


def _fold(x: Array, like: Shape) -> Array:
    """Sum over the leading axes that a product repeats."""
    extra = x.ndim - len(like)
    axes = (*range(extra), *(at for at in range(extra, x.ndim) if like[at - extra] == 1 != x.shape[at]))
    return x.sum(axis=axes).reshape(like) if axes else x.reshape(like)


STRUCTURES: dict[str, Operation] = {
    "index": _index,
    "transpose": _transpose,
    "reshape": _reshape,
    "array": _array,
    ELEMENTS: _array,
    "concat": _concat,
    "stack": _stack,
    "cumsum": _cumsum,
    "@": _product,
    "conv1d": _convolution,
    "conv2d": _convolution,
    **LINEAR_ALGEBRA,
}
"""The structural operations beside the reductions, by name."""
