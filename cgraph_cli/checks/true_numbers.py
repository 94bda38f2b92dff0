"""True numbers: checked numbers as balls, even those beyond the doubles, and their comparison."""

from __future__ import annotations

from math import inf

from cgraph_cli.checks.outcomes import MOST_DIGITS
from cgraph_cli.evaluation.ball import Ball, Precision
from cgraph_cli.evaluation.ball.number import Arb, magnitude
from cgraph_cli.trust.judge import nearest
from cgraph_cli.trust.verdicts import Checked, Status

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
    if found.arb == true.arb or (found.is_exact and -inf < nearest(true) < inf and bool(found.arb == nearest(true))):
        return True
    with Precision(max(BITS, true.bits)):
        return bool(abs(found.arb - true.arb) <= rtol * abs(true.arb) + atol)


def count_digits(found: Ball, true: Ball) -> int:
    """Count the decimal digits in which two numbers agree."""
    if not (found.is_finite and true.is_finite):
        return MOST_DIGITS
    with Precision(max(BITS, true.bits)):
        apart = found.arb - true.arb
    if apart.is_zero() or (found.is_exact and bool(found.arb == nearest(true))):
        return MOST_DIGITS
    digits = int((magnitude(true.arb) - magnitude(apart)) * _DIGITS_A_BIT)
    return max(0, min(MOST_DIGITS, digits))


def _arb(number: float | str) -> Arb:
    from flint import arb

    return arb(number)
