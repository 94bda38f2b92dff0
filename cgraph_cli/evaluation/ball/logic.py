"""Comparisons, choices and roundings of balls: an undecided result encloses its possibilities."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from flint import arb

from cgraph_cli.evaluation.ball.lifting import BallFunction, special
from cgraph_cli.evaluation.ball.number import NAN, UNKNOWN, Arb, Ball, hull

EITHER = arb(0.5, 0.5)


def truth_ball(truth: bool | None, bits: int) -> Ball:
    """Make a truth a ball: 1, 0, or the ball of both where it is undecided."""
    return Ball(EITHER if truth is None else arb(int(truth)), bits)


def comparison(compare: Callable[[Any, Any], Any]) -> BallFunction:
    """Make a comparison a function of balls."""
    return lambda x, y: truth_ball(x.compare(compare, y), x.bits)


def negate(x: Ball) -> Ball:
    """Compute whether x is 0."""
    truth = x.truth()
    return truth_ball(None if truth is None else not truth, x.bits)


def join(x: Ball, y: Ball) -> Ball:
    """Compute whether both are true."""
    truths = (x.truth(), y.truth())
    return truth_ball(False if False in truths else None if None in truths else True, x.bits)


def choose(condition: Ball, x: Ball | None, y: Ball | None) -> Ball | None:
    """Choose x where the condition holds, else y; the hull of both where that is undecided.

    None among partials is no dependence; an undecided condition makes it a 0.
    """
    truth = condition.truth()
    if truth is not None:
        return x if truth else y
    if x is None and y is None:
        return None
    zero = Ball(arb(0), condition.bits)
    return hull(zero if x is None else x, zero if y is None else y)


def extreme(compare: Callable[[Any, Any], Any], combine: Callable[[Arb, Arb], Arb]) -> BallFunction:
    """Choose the operand that a comparison puts first; where it is undecided, the ball of the least or greatest.

    A decided result is the operand itself, and so equals it.
    """

    def value(*operands: Ball) -> Ball:
        result = special(operands)
        if result is not None:
            return result
        best = operands[0]
        for x in operands[1:]:
            better = x.compare(compare, best)
            if better is None:
                best = Ball(combine(best.arb, x.arb), best.bits)
            elif better:
                best = x
        return best

    return value


def _most(a: Arb, b: Arb) -> Arb:
    return a.max(b).nonnegative_part() if a >= 0 or b >= 0 else a.max(b)


least, most = extreme(operator.lt, lambda a, b: -_most(-a, -b)), extreme(operator.gt, _most)


def clip(x: Ball, lo: Ball, hi: Ball) -> Ball:
    """Clamp x between lo and hi; nan where those are in the wrong order."""
    result = special((x, lo, hi))
    if result is not None:
        return result
    ordered = lo.compare(operator.le, hi)
    if not ordered:
        return Ball(UNKNOWN if ordered is None else NAN, x.bits)
    return least(most(x, lo), hi)


def round_exact(a: Arb) -> Arb:
    """Round an exact number to the nearest whole one, halves to even."""
    below = a.floor()
    above = a - below
    up = above > 0.5 or (above == 0.5 and not (below / 2).is_integer())
    return below + 1 if up else below
