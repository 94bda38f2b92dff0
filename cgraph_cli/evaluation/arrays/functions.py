"""The primitives as functions of arrays, element by element equal to those of doubles.

NumPy provides most; some are written here for their speed; the rest are the functions of doubles, called for each
element.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np

from cgraph_cli.core.tensor import Tensor
from cgraph_cli.evaluation.arrays.derivatives import Array, choose, pick
from cgraph_cli.evaluation.arrays.spellings import NUMPY_NAMES
from cgraph_cli.evaluation.double import DOUBLE

Function = Callable[..., Array]


def lift(function: Callable[..., float]) -> Function:
    """Make a function of arrays from one of doubles, by a call for each element."""

    def call(*operands: Array) -> Array:
        wide = np.broadcast_arrays(*operands)
        numbers = np.fromiter(map(function, *(each.ravel().tolist() for each in wide)), float, wide[0].size)
        return numbers.reshape(wide[0].shape)[()]

    return call


def lift_others(function: Callable[[Sequence[float]], list[float]]) -> Callable[[Sequence[Array]], list[Array]]:
    """Make a function of arrays from one that leaves out each of several operands in turn."""

    def call(operands: Sequence[Array]) -> list[Array]:
        wide = np.broadcast_arrays(*operands)
        rows = zip(*(each.ravel().tolist() for each in wide), strict=True)
        numbers = np.array(list(map(function, rows))).reshape(-1, len(wide))
        return [column.reshape(wide[0].shape)[()] for column in numbers.T]

    return call


def _power(x: Array, y: Array) -> Array:
    if isinstance(y, (float, np.longdouble)):  # NumPy's own function takes ten times as long
        if y == 2:
            return x * x
        if y == 1:
            return x * 1.0
        if y == -1:
            return np.divide(1.0, x)
    return np.power(x, y)


def _less(x: Array, y: Array) -> Array:
    return _first(np.minimum(x, y), x, y)


def _greater(x: Array, y: Array) -> Array:
    return _first(np.maximum(x, y), x, y)


def _first(extreme: Array, x: Array, y: Array) -> Array:
    """Take the first of two equal numbers for their extreme: of two zeros, as in doubles."""
    is_same = np.equal(x, y)
    return pick(is_same, x, extreme) if is_same.any() else extreme


def _minimum(*operands: Array) -> Array:
    return reduce(_less, operands) if len(operands) > 1 else +operands[0]


def _maximum(*operands: Array) -> Array:
    return reduce(_greater, operands) if len(operands) > 1 else +operands[0]


def _clip(x: Array, lo: Array, hi: Array) -> Array:
    return pick(np.less_equal(lo, hi), _less(_greater(x, lo), hi), np.nan)


def _xlogy(x: Array, y: Array) -> Array:
    return pick(np.equal(x, 0) & np.greater_equal(y, 0), 0.0, x * np.log(y))


def _ratio(name: str) -> Function:
    """Compute Σ operands, over their count for a mean, in twice the precision (Ogita, Rump, Oishi 2005).

    Elements that need more, or that overflow, are summed as doubles are.
    """
    slowly = lift(DOUBLE.function(name))

    def call(*operands: Array) -> Array:
        total, rest, size = operands[0], 0.0, np.abs(operands[0])
        for x in operands[1:]:
            before, total, size = total, total + x, size + np.abs(x)
            part = total - before
            rest = rest + ((before - (total - part)) + (x - part))
        total = total + rest
        doubt = ~(len(operands) ** 2 * 2.0**-46 * size <= np.abs(total))
        if name == "mean":
            total = total / len(operands)
        if doubt.any():
            wide = [np.broadcast_to(x, doubt.shape)[doubt] for x in operands]
            total = np.array(total)
            total[doubt] = slowly(*wide)
        return np.asarray(total)[()]

    return call


def _prod(*operands: Array) -> Array:
    fraction, exponent = np.frexp(operands[0])
    for x in operands[1:]:
        other, more = np.frexp(x)
        fraction, shift = np.frexp(fraction * other)
        exponent = exponent + more + shift
    return np.ldexp(fraction, exponent)


def _logsumexp(*operands: Array) -> Array:
    most = _maximum(*operands)
    total = most + np.log1p(_SUM(-1.0, *(np.exp(x - most) for x in operands)))
    return pick(np.isfinite(most), total, most)


def _sech(x: Array) -> Array:
    """Find 1/cosh(x) from one exponential that cannot overflow, in a fourth of the time of NumPy's `cosh`."""
    e = np.asarray(np.abs(x))
    np.exp(np.negative(e, out=e), out=e)
    below = e * e
    below += 1.0
    e *= 2.0
    e /= below
    return e[()]


_SUM = _ratio("sum")

FUNCTIONS: Mapping[str, Function] = {
    **{primitive: getattr(np, name) for primitive, name in NUMPY_NAMES.items()},
    "/": np.divide,
    "^": _power,
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "and": np.logical_and,
    "or": np.logical_or,
    "not": np.logical_not,
    "where": choose,
    "min": _minimum,
    "max": _maximum,
    "clip": _clip,
    "sech": _sech,
    "xlogy": _xlogy,
    "sum": _SUM,
    "mean": _ratio("mean"),
    "prod": _prod,
    "logsumexp": _logsumexp,
}
"""The functions with a faster way than one call for each element, by primitive.

No result has the memory of an operand, which may be written over.
"""


def number(number: Any, spelling: str) -> Array:
    """Turn a number of a program, or an array, into doubles."""
    if isinstance(number, Tensor):
        return np.asarray(number.items, dtype=float).reshape(number.shape)
    return np.asarray(number, dtype=float) if isinstance(number, (np.ndarray, list, tuple)) else float(number)
