"""Operations that no program has, and derivatives are written in: constant arrays, and products with a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cgraph_cli.evaluation.arrays.derivatives import Array
from cgraph_cli.evaluation.arrays.linear import EVERYWHERE, Function, Linear
from cgraph_cli.evaluation.arrays.reductions import VALUES

Found = tuple[Any, ...]


def _constant(make: Callable[[tuple[Any, ...]], Array]) -> Callable[..., Found]:
    return lambda args: (make(args),)


def _outer(args: tuple[Any, ...], x: Array, y: Array) -> Found:
    value = np.multiply.outer(x, y)

    def left() -> tuple[Function, Function]:
        return lambda mask: np.repeat(mask[:, None], len(y), axis=1), lambda mask: mask.any(axis=1)

    def right() -> tuple[Function, Function]:
        return lambda mask: np.repeat(mask[None, :], len(x), axis=0), lambda mask: mask.any(axis=0)

    return (
        value,
        Linear(value.shape, np.shape(x), lambda t: np.multiply.outer(t, y), lambda g: g @ y, left),
        Linear(value.shape, np.shape(y), lambda t: np.multiply.outer(x, t), lambda g: g.T @ x, right),
    )


def _diag(args: tuple[Any, ...], x: Array) -> Found:
    value = np.diag(x).copy()
    return value, Linear(value.shape, np.shape(x), np.diag, np.diag)


def _softmax(args: tuple[Any, ...], x: Array) -> Found:
    shape, axis = np.shape(x), args[0] if args else np.ndim(x) - 1
    value = np.exp(x - np.expand_dims(VALUES["logsumexp"](x, axis), axis))

    def move(t: Array) -> Array:
        return value * (t - (value * t).sum(axis=axis, keepdims=True))

    def reach(mask: Array) -> Array:
        found = mask.any(axis=axis, keepdims=True)
        return EVERYWHERE if found.all() else np.broadcast_to(found, shape)

    return value, Linear(shape, shape, move, move, lambda: (reach, reach), mixes=True)


DERIVED: dict[str, Callable[..., Found]] = {
    "zeros": _constant(np.zeros),
    "ones": _constant(np.ones),
    "eye": _constant(lambda args: np.eye(*args)),
    "range": _constant(lambda args: np.arange(float(args[0]))),
    "outer": _outer,
    "diag": _diag,
    "softmax": _softmax,
}
"""By name, as in `structural.STRUCTURES`."""
