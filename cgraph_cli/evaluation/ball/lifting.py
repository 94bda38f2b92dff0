"""Functions of arbs made functions of balls, with values at the infinities and at singular points."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cgraph_cli.evaluation.ball.number import NAN, UNKNOWN, Arb, Ball, Precision, bits_of, is_infinite

Function = Callable[..., Ball]


def real(function: Callable[[Arb], Arb], low: Arb, high: Arb, singular: Mapping[float, Arb] | None = None) -> Function:
    """A function of finite arbs as one of balls: `low` and `high` are its values at -inf and inf."""
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
) -> Function:
    """A monotone function, found from the ends of a ball that is too wide for the function itself."""
    least, most = domain

    def by_ends(a: Arb) -> Arb:
        result = function(a)
        if result.is_finite() or a.is_exact():
            return result
        return function(a.lower()).union(function(a.upper()))

    inside = real(by_ends, low, high, singular)

    def value(x: Ball) -> Ball:
        a = x.arb
        if (least is not None and a < least) or (most is not None and a > most):
            return Ball(NAN, x.bits)
        return inside(x)

    return value


def step(function: Callable[[Arb], Arb]) -> Function:
    """A rounding to whole numbers, given what it makes of exact numbers."""

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
    """The result of an operation that depends on each operand, where one is nan or unknown; else None."""
    if all(x.arb.is_finite() for x in operands):
        return None
    nan = next((x for x in operands if x.is_nan), None)
    return nan if nan is not None else next((x for x in operands if x.is_unknown), None)
