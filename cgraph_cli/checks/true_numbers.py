"""True numbers: checked numbers as balls, even those beyond the doubles, and their comparison."""

from __future__ import annotations

from math import inf, isfinite

from cgraph_cli.checks.outcomes import MOST_DIGITS
from cgraph_cli.evaluation.ball import Ball, Precision
from cgraph_cli.evaluation.ball.number import Arb, magnitude
from cgraph_cli.trust.judge import nearest
from cgraph_cli.trust.verdicts import Checked, Status

SMALLEST = 2.0**-1022
"""The smallest double with all its digits."""

BITS = 128
"""The precision of comparisons: twice the digits of the numbers themselves."""

_DIGITS_A_BIT = 0.30103


def is_known(number: Checked) -> bool:
    """Tell whether a number was settled, or settled not to exist, and can be written."""
    status, text = number.verdict.status, number.verdict.text
    return status != Status.UNKNOWN and (status != Status.OVERFLOW or bool(text))


def true_number(number: Checked) -> Ball:
    """Find the true number behind a shown one: from its text, if it is beyond the doubles."""
    with Precision(BITS):
        text = number.verdict.text if number.verdict.status == Status.OVERFLOW else ""
        return Ball(_arb(text) if text else _arb(number.number), BITS)


def are_same(found: Ball, true: Ball, rtol: float, atol: float) -> bool:
    """Tell whether a number is certainly within a tolerance of a true one, or the double nearest to it."""
    if not (found.is_finite and true.is_finite):
        return (found.is_nan and true.is_nan) or (
            found.is_infinite and true.is_infinite and bool(found.arb == true.arb)
        )
    if found.arb == true.arb or _is_nearest(found, true):
        return True
    with Precision(max(BITS, true.bits)):
        return bool(abs(found.arb - true.arb) <= rtol * abs(true.arb) + atol)


def _is_nearest(found: Ball, true: Ball) -> bool:
    """Tell whether a number is the double nearest to a true one, and has its digits: no 0 in place of 3e-4343."""
    if not found.is_exact or found.arb != (double := nearest(true)):
        return False
    return SMALLEST <= abs(double) < inf or (double == 0 and true.contains_zero)


def is_held(number: Checked, rtol: float, atol: float) -> bool:
    """Tell whether the double of a number is within a tolerance of the true number, which it may not hold."""
    if number.verdict.status != Status.OVERFLOW:
        return True
    if not isfinite(number.number):
        return False
    true = true_number(number)
    with Precision(BITS):
        return not abs(true.arb - number.number) > rtol * abs(true.arb) + atol


def count_digits(found: Ball, true: Ball) -> int:
    """Count the decimal digits in which two numbers agree."""
    if not (found.is_finite and true.is_finite):
        return MOST_DIGITS
    with Precision(max(BITS, true.bits)):
        apart = found.arb - true.arb
    if apart.is_zero() or _is_nearest(found, true):
        return MOST_DIGITS
    digits = int((magnitude(true.arb) - magnitude(apart)) * _DIGITS_A_BIT)
    return max(0, min(MOST_DIGITS, digits))


def _arb(number: float | str) -> Arb:
    from flint import arb

    return arb(number)
