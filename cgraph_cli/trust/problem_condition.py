"""Conditioning: how much of its accuracy a problem loses by itself, whatever computes it."""

from __future__ import annotations

from math import frexp, inf, isfinite, ldexp, nan


def condition_of(value: float, derivative: float, at: float) -> float:
    """Give the condition number |x·∂y/∂x / y| of a value y in an input x at a number: the growth of a relative error.

    It is nan where y is 0.
    """
    numbers = value, derivative, at
    if not value:
        return nan
    if not all(map(isfinite, numbers)):
        return abs(at * derivative / value)
    (y, below), (slope, above), (x, beside) = map(frexp, numbers)  # a product of doubles may not be one
    try:
        return abs(ldexp(x * slope / y, above + beside - below))
    except OverflowError:
        return inf
