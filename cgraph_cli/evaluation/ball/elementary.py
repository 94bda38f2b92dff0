"""Exponentials, logarithms, powers and remainders, also of huge arguments, on which Arb's own fail."""

from __future__ import annotations

from collections.abc import Callable

from flint import arb, ctx

from cgraph_cli.evaluation.ball.lifting import monotone, special
from cgraph_cli.evaluation.ball.number import (
    INF,
    NAN,
    UNKNOWN,
    Arb,
    Ball,
    Precision,
    bits_of,
    hull,
    is_infinite,
    magnitude,
)

MOST_MAGNITUDE = 20_000
"""The largest exponent e of an operand 2^e whose exponential, power or remainder is computed: it takes as many bits."""


def exponential(a: Arb) -> Arb:
    """Compute exp(a); for a large a by the quotient and the remainder of a and log(2)."""
    result = a.exp()
    if result.is_finite() and result > 0:
        return result
    size = magnitude(a)
    if size > MOST_MAGNITUDE and a.is_exact():
        return arb(0).union(arb((1, -(2**64)))).nonnegative_part() if a < 0 else UNKNOWN
    if size > MOST_MAGNITUDE or not a.rad() < 1:
        return exponential(a.lower()).union(exponential(a.upper())).nonnegative_part()
    with Precision(ctx.prec + max(0, size) + 20):
        log2 = arb(2).log()
        twos = (a.mid() / log2).mid().floor().unique_fmpz()
        rest = a - twos * log2
    return rest.exp() * arb((1, twos))


def sigmoid(a: Arb) -> Arb:
    """Compute 1/(1 + exp(-a)); below 0 by exp(a), against overflow."""
    if a < 0:
        size = exponential(a)
        return size / (1 + size)
    return 1 / (1 + exponential(-a))


def or_else(function: Callable[[Arb], Arb], far: Callable[[Arb], Arb]) -> Callable[[Arb], Arb]:
    """Make a function that is computed in another way where its own fails."""

    def value(a: Arb) -> Arb:
        result = function(a)
        return result if result.is_finite() else far(a)

    return value


def half_sum(sign: int) -> Callable[[Arb], Arb]:
    """Compute cosh or sinh, from exponentials."""
    return lambda a: (exponential(a) + sign * exponential(-a)) / 2


def complementary_error(a: Arb) -> Arb:
    """Compute erfc(a); far out with as many more bits as its exponent has."""
    result = a.erfc()
    if result > 0 or not a > 0:
        return result
    if not a.is_exact():
        return complementary_error(a.lower()).union(complementary_error(a.upper())).nonnegative_part()
    size = 2 * magnitude(a)
    if size < MOST_MAGNITUDE:
        with Precision(ctx.prec + max(0, size) + 64):
            result = a.erfc()
    return result.nonnegative_part()


def normal_distribution(a: Arb) -> Arb:
    """Compute Φ(a); far out with as many more bits as its exponent has."""
    size = min(2 * magnitude(a), MOST_MAGNITUDE)
    with Precision(ctx.prec + max(0, size) + 20):
        return complementary_error(-a / arb(2).sqrt()) / 2


def cube_root(a: Arb) -> Arb:
    """Compute the real cube root, exactly where it is a double."""
    if a.is_zero():
        return a
    if a < 0:
        return -cube_root(-a)
    if a.contains(0):
        return cube_root(a.lower()).union(cube_root(a.upper()))
    if a.is_exact():
        short = arb(float(a.root(3).mid()))
        if short.is_finite() and short**3 == a:
            return short
    return a.root(3)


exp = monotone(exponential, arb(0), INF)
expm1 = monotone(or_else(arb.expm1, lambda a: exponential(a) - 1), arb(-1), INF)
log = monotone(arb.log, NAN, INF, (0, None), {0: -INF})
log2 = monotone(lambda a: a.log_base(2), NAN, INF, (0, None), {0: -INF})
log10 = monotone(lambda a: a.log_base(10), NAN, INF, (0, None), {0: -INF})
log1p = monotone(arb.log1p, NAN, INF, (-1, None), {-1: -INF})


def exp2(x: Ball) -> Ball:
    """Compute 2^x, exactly for whole numbers."""
    return power(Ball(arb(2), x.bits), x)


def xlogy(x: Ball, y: Ball) -> Ball:
    """Compute x*log(y), which is 0 where x is 0."""
    result = special((x, y))
    if result is not None:
        return result
    if x.arb.is_zero() and y.arb >= 0:
        return x
    if x.contains_zero and y.contains_zero and not x.arb.is_zero():
        return Ball(UNKNOWN, x.bits)
    return x * log(y)


def power(x: Ball, y: Ball) -> Ball:
    """Compute x^y: 1 for y = 0 and any x; below 0 only for whole y, which an exact ball is known to be."""
    a, b = x.arb, y.arb
    if b.is_zero() or a == 1:
        return Ball(arb(1), x.bits)
    result = special((x, y))
    if result is not None:
        return result
    if a.is_zero():
        return Ball(UNKNOWN if b.contains(0) else arb(0) if b > 0 else INF, x.bits)
    whole = bool(b.is_finite() and b.is_integer())
    if whole and a.is_finite() and (a.contains(0) or abs(b) <= 64) and abs(b) < 2**60:
        return x ** int(b.unique_fmpz())
    if a > 0:
        return _power_of_positive(x, y)
    if a < 0:
        if not whole and b.is_finite():
            return Ball(UNKNOWN if b.contains_integer() else NAN, x.bits)
        size = _power_of_positive(abs(x), y)
        return -size if whole and not (b / 2).is_integer() else size
    if a >= 0 and b > 0:  # [0, u]
        return hull(Ball(arb(0), x.bits), _power_of_positive(Ball(a.upper(), x.bits), y))
    return Ball(UNKNOWN, x.bits)


def _power_of_positive(x: Ball, y: Ball) -> Ball:
    """Compute x^y for x > 0: a large one as the exponential of y*log(x) in as many more bits."""
    a, b = x.arb, y.arb
    if a == 1:
        return x
    if not (a.is_finite() and b.is_finite()):
        return exp(y * log(x))
    size = magnitude(b) + magnitude(a.log())
    mantissa, twos = a.mid().man_exp()
    if mantissa == 1 and a.is_exact() and b.is_integer() and size < MOST_MAGNITUDE:
        return Ball(arb((1, twos * b.unique_fmpz())), x.bits)
    if size < 16:
        return Ball(a**b, x.bits)
    with Precision(x.bits + min(MOST_MAGNITUDE, size) + 64):
        exponent = b * a.log()
    return exp(Ball(exponent, x.bits))


def remainder(x: Ball, y: Ball, quotient: Ball | None = None) -> Ball:
    """Compute x - y*floor(x/y), in as many more bits as the quotient has; an undecided floor gives all from 0 to y.

    `quotient` is x/y, where more is known of it.
    """
    result = special((x, y))
    if result is not None:
        return result
    a, b = x.arb, y.arb
    if is_infinite(a) or b.is_zero():
        return Ball(NAN, x.bits)
    if b.contains(0):
        return Ball(UNKNOWN, x.bits)
    if is_infinite(b):
        if a.is_zero():
            return x
        if a.contains(0):
            return Ball(UNKNOWN, x.bits)
        return x if (a > 0) == (b > 0) else y
    apart = max(0, magnitude(a) - magnitude(b))
    within = arb(0).union(b)
    if apart > MOST_MAGNITUDE:
        return Ball(within, x.bits)
    with Precision(max(x.bits, bits_of(a)) + bits_of(b) + apart + 64):
        found = a - b * (a / b if quotient is None else quotient.arb).floor()
        return Ball(found if found.is_exact() else found.intersection(within), x.bits)
