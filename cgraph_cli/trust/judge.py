"""Judgement: the number that people see for a ball, with its verdict."""

from __future__ import annotations

from math import inf, isfinite, nan

from cgraph_cli.evaluation.ball import Ball, as_double, show
from cgraph_cli.trust.lost_digits import LOST
from cgraph_cli.trust.verdicts import UNDEFINED, Checked, Status, Verdict

SHOWN_DIGITS = 17
"""The digits of a number beyond the doubles: as many as a double's."""


def judge(ball: Ball, before: float, found: Status = Status.RECOVERED) -> Checked:
    """Judge a true number against the double `before`; `found` is its status where the two differ."""
    if ball.is_nan:
        return UNDEFINED
    if ball.is_unknown:
        return unknown(before)
    if ball.is_infinite:
        return Checked(before if before in (inf, -inf) else inf if ball.arb > 0 else -inf, Verdict(Status.POLE))
    number = nearest(ball)
    if not _holds(number, ball):
        return Checked(number, Verdict(Status.OVERFLOW, text=show(ball, SHOWN_DIGITS) or ""))
    is_same = number == before or abs(number - before) <= LOST * abs(number)
    return Checked(number + 0.0, Verdict(Status.OK if is_same else found))


def unknown(before: float) -> Checked:
    """Judge an unsettled number: the double stands, with the status `unknown`."""
    return Checked(before if isfinite(before) else nan, Verdict(Status.UNKNOWN))


def nearest(ball: Ball) -> float:
    """Find the double nearest to a settled number, which past the largest one is an infinity."""
    double = as_double(ball)
    return float(ball.arb.mid()) if double is None else double


def _holds(number: float, ball: Ball) -> bool:
    """Tell whether a double has a true number's digits."""
    if not isfinite(number):
        return False
    return bool(ball.arb == number) or bool(abs(ball.arb - number) <= abs(ball.arb) * LOST)
