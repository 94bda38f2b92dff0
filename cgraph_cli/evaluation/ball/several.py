"""Operations on several balls: sums of squares and of exponentials, products, angles."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import reduce

from flint import arb

from cgraph_cli.evaluation.ball.elementary import exp, log1p
from cgraph_cli.evaluation.ball.lifting import BallFunction, special
from cgraph_cli.evaluation.ball.number import INF, Ball, raise_to


def total(*operands: Ball) -> Ball:
    """Compute the sum."""
    return reduce(operator.add, operands)


def mean(*operands: Ball) -> Ball:
    """Compute the arithmetic mean."""
    return total(*operands) / len(operands)


def product(*operands: Ball) -> Ball:
    """Compute the product."""
    return reduce(operator.mul, operands)


def leave_each_out(combine: BallFunction, nothing: Ball) -> Callable[[Sequence[Ball]], list[Ball]]:
    """Apply an associative operation to operands with each left out in turn, in linear time."""

    def others(operands: Sequence[Ball]) -> list[Ball]:
        before = [nothing]
        for x in operands:
            before.append(combine(before[-1], x))
        result, after = [], nothing
        for x, left in zip(reversed(operands), reversed(before[:-1]), strict=True):
            result.append(combine(left, after))
            after = combine(after, x)
        return result[::-1]

    return others


def norm(*operands: Ball) -> Ball:
    """Compute the root of the sum of squares; exactly |x| where the other operands are 0."""
    result = special(operands)
    if result is not None:
        return result
    if any(x.is_infinite for x in operands):
        return Ball(INF, operands[0].bits)
    rest = [x for x in operands if not x.arb.is_zero()]
    if len(rest) < 2:
        return abs(rest[0]) if rest else operands[0]
    squares = sum((raise_to(x.arb, 2) for x in rest), arb(0))
    if squares > 0:
        return Ball(squares.sqrt(), rest[0].bits)
    return Ball(arb(0).union(squares.upper().sqrt()).nonnegative_part(), rest[0].bits)


def logsumexp(*operands: Ball) -> Ball:
    """Compute m + log1p(Σ exp(x - m)) over all operands x but the greatest, m: accurate where the sum is near 1."""
    result = special(operands)
    if result is not None:
        return result
    bits = operands[0].bits
    if any(x.is_infinite and x.arb > 0 for x in operands):
        return Ball(INF, bits)
    rest = [x for x in operands if x.is_finite]
    if not rest:
        return operands[0]
    at = max(range(len(rest)), key=lambda at: rest[at].arb.mid())
    smaller = [exp(x - rest[at]) for x in (*rest[:at], *rest[at + 1 :])]
    return rest[at] + log1p(total(*smaller)) if smaller else rest[at]


def atan2(y: Ball, x: Ball) -> Ball:
    """Compute the angle of the point (x, y), 0 at the origin; on both sides of the cut, all angles."""
    result = special((y, x))
    if result is not None:
        return result
    a, b = x.arb, y.arb
    if a.is_finite() and b.is_finite():
        return Ball(arb.atan2(b, a), x.bits)
    if y.is_infinite:
        eighths = 2 if a.is_finite() else 1 if a > 0 else 3
        return Ball(b.sgn() * eighths * arb.pi() / 4, x.bits)
    if a > 0:
        return Ball(arb(0), x.bits)
    return Ball(arb.pi() if b >= 0 else arb.pi() * b.sgn(), x.bits)
