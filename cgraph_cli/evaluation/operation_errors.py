"""Rounding errors of one operation on doubles: of a sum exactly, of a product and a quotient within a bound."""

from __future__ import annotations

from math import frexp

UNIT = 2.0**-53
"""The largest relative error of rounding to nearest."""

TINY = 5e-324
"""The smallest double: the largest loss by an underflow."""

NORMAL = 1e-290
"""The least number whose relative error covers underflow too."""

PI_ERROR = 1.3e-16
"""The distance of the double `pi` from π."""


def sum_error(total: float, x: float, y: float) -> float:
    """Compute the error of a rounded sum, exactly (Knuth's TwoSum)."""
    part = total - x
    return abs((x - (total - part)) + (y - part))


def product_error(product: float, x: float, y: float) -> float:
    """Bound the error of a rounded product: 0 for whole numbers that fit, and for powers of two."""
    size = abs(product)
    if -9.4e7 < x < 9.4e7 and -9.4e7 < y < 9.4e7 and x == x // 1 and y == y // 1:
        return 0.0
    if size > NORMAL and (abs(frexp(x)[0]) == 0.5 or abs(frexp(y)[0]) == 0.5):
        return 0.0
    return UNIT * size if size > NORMAL else UNIT * size + TINY if x and y else 0.0


def quotient_error(quotient: float, x: float, y: float) -> float:
    """Bound the error of a rounded quotient: 0 for whole numbers that divide, and for powers of two."""
    size = abs(quotient)
    if size < 9.4e7 and abs(y) < 9.4e7 and quotient == quotient // 1 and y == y // 1 and quotient * y == x:
        return 0.0
    if size > NORMAL and abs(frexp(y)[0]) == 0.5:
        return 0.0
    return UNIT * size if size > NORMAL else UNIT * size + TINY if x else 0.0
