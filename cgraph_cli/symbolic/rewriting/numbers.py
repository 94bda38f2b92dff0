"""Exact numbers: an integer or a fraction; a literal means its decimal."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import inf

Exact = int | Fraction

ZERO, ONE, HALF = 0, 1, Fraction(1, 2)


@lru_cache(4096)
def exact(number: float) -> Exact:
    """Return a double as the decimal of its shortest text: `0.1` is a tenth."""
    return whole(Fraction(repr(number)))


def whole(number: Exact) -> Exact:
    """Return a whole number as an integer, and any other unchanged."""
    return number.numerator if number.denominator == 1 else number


def ratio(number: Exact, other: Exact) -> Exact:
    """Return the quotient of two numbers."""
    return number if other == 1 else whole(Fraction(number) / other)


def as_float(number: Exact) -> float:
    """Return a number as a double."""
    try:
        return float(number)
    except OverflowError:
        return inf if number > 0 else -inf


def as_decimal(number: Exact) -> float | None:
    """Return the double whose decimal is exactly this number, or None."""
    value = as_float(number)
    if isinstance(number, int) and abs(number) <= 2**53:
        return value
    return value if abs(value) < inf and exact(value) == number else None


def is_exact(number: Exact) -> bool:
    """Tell whether a number can be written, as a literal or a quotient of two, far from the ends of the doubles."""
    number = whole(number)
    if isinstance(number, int) and abs(number) <= 2**53:
        return True
    if not 1e-290 < abs(as_float(number)) < 1e290:
        return False
    return max(abs(number.numerator), number.denominator) <= 2**53 or as_decimal(number) is not None


def as_literal(number: Exact, decimals: bool) -> float | None:
    """Return the double to write for a number, or None: without `decimals` a tenth is `1/10`, which 0.1 is not."""
    halves = number.denominator & (number.denominator - 1) == 0
    return as_decimal(number) if decimals or halves else None


def as_written(number: Exact, decimals: bool) -> Exact:
    """Return what a number says where it is written: of a literal its double, which no tenth is."""
    decimal = as_literal(number, decimals)
    if decimal is not None:
        return whole(Fraction(decimal))
    above, below = quotient(number, decimals)
    return number if isinstance(below, int) else ratio(above, Fraction(as_float(below)))


def spell(coefficient: Exact, numerator: bool, decimals: bool = False) -> tuple[bool, Exact | None, Exact | None]:
    """Split a coefficient as it is written: a minus before the product, a factor, and a divisor.

    `numerator` tells whether there are other factors above: `-x`, `x/2`, `-2*x`, `2*x/3`, `0.1*x`, but `-1/x` and
    `1/(2*x)`. With `decimals` the divisor may be one, as in `x/8.314`.
    """
    if coefficient.denominator != 1 and as_literal(coefficient, decimals) is not None:
        halves = coefficient.denominator & (coefficient.denominator - 1) == 0
        if not halves or (numerator and abs(coefficient.numerator) != 1):
            return False, coefficient, None
    above, below = quotient(coefficient, decimals)
    over = None if below == 1 else below
    if numerator and abs(above) == 1:
        return above < 0, None, over
    return False, above, over


def quotient(number: Exact, decimals: bool) -> tuple[Exact, Exact]:
    """Write a number as a quotient of integers, or with `decimals` by a decimal where that is no longer."""
    above, below = number.numerator, number.denominator
    if not decimals or below == 1:
        return above, below
    kept = above
    for prime in (2, 5):
        while kept % prime == 0:
            kept //= prime
    divisor = whole(Fraction(below * kept, above))
    decimal = as_decimal(divisor)
    if decimal is None or isinstance(divisor, int):
        return above, below
    length = len(repr(decimal)) + (len(str(abs(kept))) if abs(kept) != 1 else 0)
    return (kept, divisor) if length <= len(f"{abs(above)}{below}") else (above, below)
