"""The structural operations in NumPy: the value of each, and its partials as linear maps.

A row takes the static arguments that stand in an operation's name and the operands, and gives the value and a partial
for each operand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from math import prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cgraph_cli.core.array_graph import ELEMENTS
from cgraph_cli.evaluation.arrays.derivatives import Array, Scattered, Shape
from cgraph_cli.evaluation.arrays.linear import EVERYWHERE, Function, Inclusion, Linear, Rearrangement
from cgraph_cli.evaluation.arrays.linear_algebra import LINEAR_ALGEBRA

Found = Sequence[Any]
Operation = Callable[..., Found]


# Gathers: elements of the operand in other places


def _reshape(args: tuple[Any, ...], x: Array) -> Found:
    like = np.shape(x)
    return np.reshape(x, args), Rearrangement(args, like, lambda t: np.reshape(t, args), lambda g: np.reshape(g, like))


def _transpose(args: tuple[Any, ...], x: Array) -> Found:
    value, back = np.transpose(x, args), tuple(int(axis) for axis in np.argsort(args))
    shape = value.shape
    return value, Rearrangement(shape, np.shape(x), lambda t: np.transpose(t, args), lambda g: np.transpose(g, back))


def _index(args: tuple[Any, ...], x: Array) -> Found:
    like = np.shape(x)
    place = _place(args, like)
    lists = [at for at, each in enumerate(args) if isinstance(each, np.ndarray)]
    if len(lists) <= 1 and (not lists or not any(isinstance(each, int) or each is None for each in args)):
        value = np.asarray(x)[place]
        return value[()], Linear(value.shape, like, lambda t: t[place], lambda g: Scattered(like, place, g))
    places = np.arange(np.size(x)).reshape(like)
    for axis in reversed(range(len(like))):
        places = np.take(places, _along(args, axis, like[axis]), axis=axis)
    picked = [spec for spec in args if spec is not None]
    shape = tuple(1 if spec is None else _count(spec) for spec in args if not isinstance(spec, int))
    flat = places.reshape(tuple(_count(spec) for spec in picked)).reshape(shape)
    value = np.reshape(x, -1)[flat]

    def pull(g: Array) -> Array:
        found: Array = np.bincount(flat.ravel(), np.ravel(g), np.size(x))
        return found.reshape(like)

    return value[()], Linear(shape, like, lambda t: np.reshape(t, -1)[flat], pull)


def _place(args: tuple[Any, ...], shape: Shape) -> tuple[Any, ...]:
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
    spec = [each for each in args if each is not None][axis]
    if isinstance(spec, tuple):
        start, count, step = spec
        return start + step * np.arange(count)
    return np.atleast_1d(spec)


def _count(spec: Any) -> int:
    return 1 if isinstance(spec, int) else len(spec) if isinstance(spec, np.ndarray) else int(spec[1])


def _cumsum(args: tuple[Any, ...], x: Array) -> Found:
    shape = np.shape(x)
    return np.cumsum(x), Linear(shape, shape, np.cumsum, lambda g: np.cumsum(g[::-1])[::-1])


# Joins: several operands in one array


def _array(args: tuple[Any, ...], *operands: Array) -> Found:
    like = np.shape(operands[0])
    value = np.array(operands, dtype=float).reshape(len(operands), *like)
    return value, *(Inclusion(value.shape, like, (at, ...)) for at in range(len(operands)))


def _stack(args: tuple[Any, ...], *operands: Array) -> Found:
    (axis,) = args
    value, ahead = np.stack(operands, axis=axis), (slice(None),) * axis
    return value, *(Inclusion(value.shape, np.shape(x), (*ahead, at, ...)) for at, x in enumerate(operands))


def _concat(args: tuple[Any, ...], *operands: Array) -> Found:
    (axis,) = args
    value, ahead = np.concatenate(operands, axis=axis), (slice(None),) * axis
    ends = list(accumulate(np.shape(x)[axis] for x in operands))
    places = [(*ahead, slice(end - np.shape(x)[axis], end), ...) for x, end in zip(operands, ends, strict=True)]
    return value, *(Inclusion(value.shape, np.shape(x), at) for x, at in zip(operands, places, strict=True))


# The matrix product


def _product(args: tuple[Any, ...], x: Array, y: Array) -> Found:
    left, right = np.shape(x), np.shape(y)
    value = np.matmul(x, y)
    shape = np.shape(value)
    row, column = (left if len(left) > 1 else (1, *left)), (right if len(right) > 1 else (*right, 1))
    whole = (*np.broadcast_shapes(left[:-2], right[:-2]), row[-2], column[-1])

    def pull_left(g: Array) -> Array:
        return _fold(np.matmul(g.reshape(whole), np.swapaxes(y.reshape(column), -1, -2)), row).reshape(left)

    def pull_right(g: Array) -> Array:
        if len(column) == 2:  # the rows of a batch of matrices are those of one matrix
            rows = prod(row[:-1])
            return np.matmul(g.reshape(rows, column[-1]).T, x.reshape(rows, row[-1])).T.reshape(right)
        return _fold(np.matmul(np.swapaxes(x.reshape(row), -1, -2), g.reshape(whole)), column).reshape(right)

    def reach(like: Shape, matrix: Shape, axis: int) -> tuple[Function, Function]:
        """Map dependence: a row of the result depends on a row of the left operand, a column on a column."""
        line = (*matrix[:-2], *((matrix[-2], 1) if axis == -1 else (1, matrix[-1])))

        def push(mask: Array) -> Array:
            found = mask.reshape(matrix).any(axis=axis, keepdims=True)
            return EVERYWHERE if found.all() else np.broadcast_to(found, whole).reshape(shape)

        def pull(mask: Array) -> Array:
            found = mask.reshape(whole).any(axis=axis, keepdims=True)
            return EVERYWHERE if found.all() else np.broadcast_to(_fold(found * 1, line) > 0, matrix).reshape(like)

        return push, pull

    return (
        value,
        Linear(shape, left, lambda t: np.matmul(t, y), pull_left, lambda: reach(left, row, -1), mixes=True),
        Linear(shape, right, lambda t: np.matmul(x, t), pull_right, lambda: reach(right, column, -2), mixes=True),
    )


# Convolutions


def _convolve(x: Array, w: Array) -> Array:
    """Sum the products of an array with each stretch of another, which is never copied."""
    windows, axes = sliding_window_view(x, np.shape(w)), np.ndim(w)
    letters = list(range(2 * axes))
    return np.einsum(windows, letters, w, letters[axes:], letters[:axes])


def _spread(g: Array, w: Array) -> Array:
    """Map an adjoint of a convolution to one of the larger operand: each term goes back to its place."""
    return _convolve(np.pad(g, [(size - 1, size - 1) for size in np.shape(w)]), np.flip(w))


def _convolution(args: tuple[Any, ...], x: Array, w: Array) -> Found:
    value = _convolve(x, w)
    ones, whole = np.ones(np.shape(w)), np.ones(np.shape(x))
    return (
        value,
        Linear(
            value.shape,
            np.shape(x),
            lambda t: _convolve(t, w),
            lambda g: _spread(g, w),
            lambda: (lambda mask: _convolve(mask, ones), lambda mask: _spread(mask, ones)),
        ),
        Linear(
            value.shape,
            np.shape(w),
            lambda t: _convolve(x, t),
            lambda g: _convolve(x, g),
            lambda: (lambda mask: _convolve(whole, mask), lambda mask: _convolve(whole, mask)),
        ),
    )


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
