"""IEEE doubles: Python's `math`, with `inf` and `nan` in place of exceptions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from itertools import accumulate
from math import copysign, inf, isfinite, nan

from cgraph_cli.evaluation.kernels import Algebra
from cgraph_cli.evaluation.special import digamma, lgamma, polygamma


def _divide(x: float, y: float) -> float:
    try:
        return x / y
    except ZeroDivisionError:
        return nan if x == 0 or x != x else copysign(inf, x) * copysign(1.0, y)


def _remainder(x: float, y: float) -> float:
    try:
        return x % y
    except ZeroDivisionError:
        return nan


def _power(x: float, y: float) -> float:
    try:
        return math.pow(x, y)
    except OverflowError:
        return -inf if x < 0 and y % 2 == 1 else inf
    except ValueError:
        if x != 0:
            return nan
        return copysign(inf, x) if y % 2 == 1 else inf


def _sign(x: float) -> float:
    return x if x != x else float((x > 0) - (x < 0))


def _floor(x: float) -> float:
    return copysign(float(math.floor(x)), x) if isfinite(x) else x


def _ceil(x: float) -> float:
    return copysign(float(math.ceil(x)), x) if isfinite(x) else x


def _round(x: float) -> float:
    return copysign(float(round(x)), x) if isfinite(x) else x


def _trunc(x: float) -> float:
    return copysign(float(math.trunc(x)), x) if isfinite(x) else x


def _minimum(*operands: float) -> float:
    return next((x for x in operands if x != x), min(operands))


def _maximum(*operands: float) -> float:
    return next((x for x in operands if x != x), max(operands))


def _clip(x: float, lo: float, hi: float) -> float:
    return _minimum(_maximum(x, lo), hi) if lo <= hi else nan


def _sum(*operands: float) -> float:
    return _ratio(operands, 1)


def _mean(*operands: float) -> float:
    return _ratio(operands, len(operands))


def _ratio(operands: Sequence[float], count: int) -> float:
    """Compute Σ operands / count, rounded as one sum and one quotient, even if a partial sum exceeds the largest
    double.
    """
    try:
        return math.fsum(operands) / count
    except OverflowError:
        if inf in operands and -inf in operands:
            return nan
        return math.fsum(x * 2.0**-64 for x in operands) / count * 2.0**64
    except ValueError:  # infinities of both signs
        return nan


def _times(product: tuple[float, int], x: float) -> tuple[float, int]:
    """Compute a product as a fraction and an exponent: no part of it overflows, or loses digits to underflow."""
    fraction, exponent = math.frexp(x)
    fraction, shift = math.frexp(product[0] * fraction)
    return fraction, product[1] + exponent + shift


def _scaled(fraction: float, exponent: int) -> float:
    try:
        return math.ldexp(fraction, exponent)
    except OverflowError:
        return copysign(inf, fraction)


def _prod(*operands: float) -> float:
    return _scaled(*reduce(_times, operands, (1.0, 0)))


def _prod_others(operands: Sequence[float]) -> list[float]:
    before = list(accumulate(operands, _times, initial=(1.0, 0)))
    others, after = [], (1.0, 0)
    for x, (fraction, exponent) in zip(reversed(operands), reversed(before[:-1]), strict=True):
        others.append(_scaled(fraction * after[0], exponent + after[1]))
        after = _times(after, x)
    return others[::-1]


def _logsumexp(*operands: float) -> float:
    most = _maximum(*operands) if operands else -inf
    if not isfinite(most):
        return most
    return most + math.log1p(math.fsum([-1.0, *(math.exp(x - most) for x in operands)]))


def _logsumexp_others(operands: Sequence[float]) -> list[float]:
    most = _maximum(*operands)
    at = operands.index(most)
    others = [most] * len(operands)
    if isfinite(most):
        terms = [math.exp(x - most) for x in operands]
        terms[at] = 0.0
        total = math.fsum(terms)
        others = [most + math.log1p(total - term) for term in terms]
    others[at] = _logsumexp(*operands[:at], *operands[at + 1 :])
    return others


def _logaddexp(x: float, y: float) -> float:
    if x == y:
        return x + math.log(2.0)
    return _maximum(x, y) + math.log1p(math.exp(-abs(x - y)))


def _sqrt(x: float) -> float:
    return math.sqrt(x) if x >= 0 else nan


def _cbrt(x: float) -> float:
    if x == 0 or not isfinite(x):
        return x
    root = math.exp(math.log(abs(x)) / 3)
    root -= (root - abs(x) / root / root) / 3
    root -= (root - abs(x) / root / root) / 3  # Newton's step doubles the digits: after the first, all but a bit
    return copysign(root, x)


def _exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return inf


def _exp2(x: float) -> float:
    return _power(2.0, x)


def _expm1(x: float) -> float:
    try:
        return math.expm1(x)
    except OverflowError:
        return inf


def _log(x: float) -> float:
    return math.log(x) if x > 0 else -inf if x == 0 else nan


def _log2(x: float) -> float:
    return math.log2(x) if x > 0 else -inf if x == 0 else nan


def _log10(x: float) -> float:
    return math.log10(x) if x > 0 else -inf if x == 0 else nan


def _log1p(x: float) -> float:
    return math.log1p(x) if x > -1 else -inf if x == -1 else nan


def _xlogy(x: float, y: float) -> float:
    return 0.0 if x == 0 and y >= 0 else x * _log(y)


def _sin(x: float) -> float:
    return math.sin(x) if isfinite(x) else nan


def _cos(x: float) -> float:
    return math.cos(x) if isfinite(x) else nan


def _tan(x: float) -> float:
    return math.tan(x) if isfinite(x) else nan


def _asin(x: float) -> float:
    return math.asin(x) if -1 <= x <= 1 else nan


def _acos(x: float) -> float:
    return math.acos(x) if -1 <= x <= 1 else nan


def _sinh(x: float) -> float:
    try:
        return math.sinh(x)
    except OverflowError:
        return copysign(inf, x)


def _cosh(x: float) -> float:
    try:
        return math.cosh(x)
    except OverflowError:
        return inf


def _acosh(x: float) -> float:
    return math.acosh(x) if x >= 1 else nan


def _atanh(x: float) -> float:
    return math.atanh(x) if -1 < x < 1 else copysign(inf, x) if abs(x) == 1 else nan


def _gamma(x: float) -> float:
    try:
        return math.gamma(x)
    except OverflowError:
        return copysign(inf, x)
    except ValueError:
        return copysign(inf, x) if x == 0 else nan


def _number(number: float, spelling: str) -> float:
    return float(number)


DOUBLE = Algebra(
    "double",
    {
        "/": _divide,
        "%": _remainder,
        "^": _power,
        "abs": abs,
        "sign": _sign,
        "floor": _floor,
        "ceil": _ceil,
        "round": _round,
        "trunc": _trunc,
        "min": _minimum,
        "max": _maximum,
        "clip": _clip,
        "sum": _sum,
        "mean": _mean,
        "prod": _prod,
        "norm": math.hypot,
        "hypot": math.hypot,
        "logsumexp": _logsumexp,
        "logaddexp": _logaddexp,
        "xlogy": _xlogy,
        "sqrt": _sqrt,
        "cbrt": _cbrt,
        "exp": _exp,
        "exp2": _exp2,
        "expm1": _expm1,
        "log": _log,
        "log2": _log2,
        "log10": _log10,
        "log1p": _log1p,
        "sin": _sin,
        "cos": _cos,
        "tan": _tan,
        "asin": _asin,
        "acos": _acos,
        "atan": math.atan,
        "atan2": math.atan2,
        "sinh": _sinh,
        "cosh": _cosh,
        "tanh": math.tanh,
        "asinh": math.asinh,
        "acosh": _acosh,
        "atanh": _atanh,
        "erf": math.erf,
        "erfc": math.erfc,
        "gamma": _gamma,
        "lgamma": lgamma,
        "digamma": digamma,
        "polygamma": polygamma,
    },
    _number,
    {"prod": _prod_others, "logsumexp": _logsumexp_others},
)
"""The default arithmetic."""
