"""Operations that no program has, and derivatives are written in: constant arrays, and products with a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cgraph_cli.evaluation.arrays.derivatives import Array, Shape
from cgraph_cli.evaluation.arrays.maps import EVERYWHERE, Bound, StructuralMap
from cgraph_cli.evaluation.arrays.reductions import softmax


def _constant(make: Callable[[tuple[Any, ...]], Array]) -> Callable[..., Bound]:
    return lambda args: Bound(lambda: (make(args), ()), [])


def _outer(args: tuple[Any, ...], left: Shape, right: Shape) -> Bound:
    shape = (*left, *right)
    of_left = (
        lambda mask: np.repeat(mask[:, None], right[0], axis=1),
        lambda mask: mask.any(axis=1),
    )
    of_right = (
        lambda mask: np.repeat(mask[None, :], left[0], axis=0),
        lambda mask: mask.any(axis=0),
    )
    maps = [
        StructuralMap(shape, left, lambda t, x, y: np.multiply.outer(t, y), lambda g, x, y: g @ y, of_left),
        StructuralMap(shape, right, lambda t, x, y: np.multiply.outer(x, t), lambda g, x, y: g.T @ x, of_right),
    ]
    return Bound(lambda x, y: (np.multiply.outer(x, y), (x, y)), maps)


def _diag(args: tuple[Any, ...], like: Shape) -> Bound:
    shape = (like[0], like[0]) if len(like) == 1 else (min(like),)
    return Bound(lambda x: (np.diag(x).copy(), ()), [StructuralMap(shape, like, np.diag, np.diag)])


def _softmax(args: tuple[Any, ...], shape: Shape) -> Bound:
    axis = args[0] if args else len(shape) - 1

    def compute(x: Array) -> tuple[Array, tuple[Array]]:
        value = softmax(x, axis)
        return value, (value,)

    def move(t: Array, value: Array) -> Array:
        return value * (t - (value * t).sum(axis=axis, keepdims=True))

    def reach(mask: Array) -> Array:
        found = mask.any(axis=axis, keepdims=True)
        return EVERYWHERE if found.all() else np.broadcast_to(found, shape)

    return Bound(compute, [StructuralMap(shape, shape, move, move, (reach, reach), mixes=True)])


DERIVED: dict[str, Callable[..., Bound]] = {
    "zeros": _constant(np.zeros),
    "ones": _constant(np.ones),
    "eye": _constant(lambda args: np.eye(*args)),
    "range": _constant(lambda args: np.arange(float(args[0]))),
    "outer": _outer,
    "diag": _diag,
    "softmax": _softmax,
}
"""By name, as in `structural.STRUCTURES`."""
