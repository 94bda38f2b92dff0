"""Intervals: the bounds of a value wherever it exists, and whether it may be zero."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

from cgraph_cli.symbolic.rewriting.numbers import Exact, as_float


class Interval(NamedTuple):
    """The numbers from `low` to `high`, both included, without zero unless `zero` is set."""

    low: float
    high: float
    zero: bool


ANY = Interval(-inf, inf, True)


def between(low: float, high: float, zero: bool = True) -> Interval:
    """Return the interval from `low` to `high`, where `nan` is an unknown bound."""
    low = -inf if low != low else low
    high = inf if high != high else high
    return Interval(low, high, zero and low <= 0 <= high)


def sum_interval(constant: Exact, terms: Sequence[tuple[Interval, Exact]]) -> Interval:
    """Return the interval of a constant and terms, each with its coefficient."""
    low = high = as_float(constant)
    apart = constant != 0
    for part, number in terms:
        ends = sorted((_times(part.low, as_float(number)), _times(part.high, as_float(number))))
        low, high = low + ends[0], high + ends[1]
        apart = apart or not part.zero
    # a sum of nonnegative terms is zero only where all of them are; rounding must not decide
    if _one_sided(constant, terms):
        return between(low, high, not apart)
    return between(low - 1e-9 * abs(low), high + 1e-9 * abs(high))


def _one_sided(constant: Exact, terms: Sequence[tuple[Interval, Exact]]) -> bool:
    signs = {constant > 0} if constant else set()
    for part, number in terms:
        if part.low >= 0:
            signs.add(number > 0)
        elif part.high <= 0:
            signs.add(number < 0)
        else:
            return False
    return len(signs) == 1


def product_interval(coefficient: Exact, factors: Sequence[Interval]) -> Interval:
    """Return the interval of a coefficient times factors."""
    low = high = as_float(coefficient)
    zero = coefficient == 0
    for part in factors:
        ends = [_times(a, b) for a in (low, high) for b in (part.low, part.high)]
        low, high = min(ends), max(ends)
        zero = zero or part.zero
    return between(low, high, zero)


def power_interval(base: Interval, exponent: Exact) -> Interval:
    """Return the interval of a power, wherever it has a value."""
    if exponent == 1:
        return base
    zero = base.zero and exponent > 0
    if exponent.denominator == 1 and exponent % 2 and base.low < 0:
        return between(-inf, 0.0 if base.high <= 0 else inf, zero)
    if exponent.denominator == 1 and base.low < 0:
        return between(0.0, inf, zero)
    low, high = max(base.low, 0.0), max(base.high, 0.0)
    if exponent > 0:
        return between(_power(low, exponent), _power(high, exponent), zero)
    return between(_power(high, exponent), _power(low, exponent), zero)


def _times(x: float, y: float) -> float:
    return 0.0 if x == 0 or y == 0 else x * y


def _power(x: float, exponent: Exact) -> float:
    try:
        return float(x ** as_float(exponent))
    except ZeroDivisionError:
        return inf
    except OverflowError:
        return inf
