"""Functions of arbs lifted to balls, with values at the infinities and at singular points."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cgraph_cli.evaluation.ball.number import NAN, UNKNOWN, Arb, Ball, Precision, bits_of, is_infinite

BallFunction = Callable[..., Ball]

NARROW_BITS = 32
"""The least certain bits of a ball that a monotone function takes as one."""


def real(
    function: Callable[[Arb], Arb], low: Arb, high: Arb, singular: Mapping[float, Arb] | None = None
) -> BallFunction:
    """Lift a function of finite arbs to balls: `low` and `high` are its values at -inf and inf."""
    points = (singular or {}).items()

    def value(x: Ball) -> Ball:
        a = x.arb
        if a.is_finite():
            result = function(a)
            if not result.is_finite():
                result = next((there for point, there in points if a == point), UNKNOWN)
            return Ball(result, x.bits)
        if is_infinite(a):
            return Ball(high if a > 0 else low, x.bits)
        return x

    return value


def monotone(
    function: Callable[[Arb], Arb],
    low: Arb,
    high: Arb,
    domain: tuple[float | None, float | None] = (None, None),
    singular: Mapping[float, Arb] | None = None,
) -> BallFunction:
    """Lift a monotone function, by the ends of a ball that is too wide for the function itself.

    Arb's gamma functions take seconds for one.
    """
    least, most = domain

    def by_ends(a: Arb) -> Arb:
        if a.is_exact() or a.rel_accuracy_bits() >= NARROW_BITS:
            result = function(a)
            if result.is_finite() or a.is_exact():
                return result
        ends = function(a.lower()), function(a.upper())
        both = ends[0].union(ends[1])
        return both.nonnegative_part() if ends[0] >= 0 and ends[1] >= 0 else both  # which rounds beyond the ends

    inside = real(by_ends, low, high, singular)

    def value(x: Ball) -> Ball:
        a = x.arb
        if (least is not None and a < least) or (most is not None and a > most):
            return Ball(NAN, x.bits)
        return inside(x)

    return value


def step(function: Callable[[Arb], Arb]) -> BallFunction:
    """Lift a rounding to whole numbers from exact numbers to balls."""

    def value(x: Ball) -> Ball:
        a = x.arb
        if not a.is_finite():
            return x
        if not a.is_exact():
            return Ball(function(a.lower()).union(function(a.upper())), x.bits)
        with Precision(max(x.bits, bits_of(a) + 2)):
            return Ball(function(a), x.bits)

    return value


def special(operands: Sequence[Ball]) -> Ball | None:
    """Find the result of an operation, dependent on each operand, with a nan or unknown operand; else None."""
    if all(x.arb.is_finite() for x in operands):
        return None
    nan = next((x for x in operands if x.is_nan), None)
    return nan if nan is not None else next((x for x in operands if x.is_unknown), None)
