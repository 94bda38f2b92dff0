"""Balls: real numbers with certain bounds, of any precision, by Arb (python-flint).

An operation on balls encloses what it makes of the numbers in them, so that an answer is certain to as many digits as
its ball is small. What the balls do not decide is a wider ball (a comparison is both 1 and 0, and a `where` on it the
hull of its branches), or unknown at a pole and at the edge of a domain; more precision may decide it.

Imports `core`, and the kernels; flint is loaded with it, which takes as long as all the rest of a short answer.
"""

from __future__ import annotations

from functools import cache

from cgraph_cli.evaluation.ball.functions import Functions, leave_each_out
from cgraph_cli.evaluation.ball.number import Ball, Undecided, hull, precision
from cgraph_cli.evaluation.ball.rounding import accuracy, as_double, show
from cgraph_cli.evaluation.kernels import Algebra

__all__ = ["Ball", "Undecided", "accuracy", "as_double", "balls", "hull", "precision", "show"]


@cache
def balls(bits: int, *, decimal: bool = False) -> Algebra:
    """The algebra of balls of `bits` bits.

    With `decimal` a literal such as `0.1` means what it says; without it, the double that it is evaluated as, so that
    a point is the same point in this algebra as in doubles. `pi` is π in both.
    """
    with precision(bits):
        functions = Functions(bits, decimal)
        table = functions.table()
        others = {
            "prod": leave_each_out(table["prod"], functions.one),
            "logsumexp": leave_each_out(table["logsumexp"], -functions.inf),
        }
        return Algebra(f"{bits} bits", table, functions.number, others)
