"""Balls: real numbers with certain bounds, in any precision, by Arb (python-flint).

An operation on balls encloses its results on the numbers in them that lie in its domain: an answer is certain to as
many digits as its ball is small. Where all of an operand lies outside, the result is nan. An undecided result is a
wider ball (a comparison is both 1 and 0, and a `where` on it the hull of its branches). Where an operand touches a pole
or the edge of a domain it is unknown; more precision may decide it.

Imports `core`, the kernels, and flint, which takes as long as all the rest of a short answer: import it late.
"""

from __future__ import annotations

import operator
from functools import cache
from typing import Any

from flint import arb, ctx

from cgraph_cli.core.primitives import CONSTANTS
from cgraph_cli.evaluation.ball import elementary, gamma, logic, several
from cgraph_cli.evaluation.ball.lifting import BallFunction, monotone, real, step
from cgraph_cli.evaluation.ball.number import INF, NAN, Ball, Precision, Undecided, hull
from cgraph_cli.evaluation.ball.rounding import accuracy, as_decimal, as_double, show, write_decimal
from cgraph_cli.evaluation.kernels import Algebra

__all__ = [
    "Ball",
    "Precision",
    "Undecided",
    "accuracy",
    "as_decimal",
    "as_double",
    "balls",
    "hull",
    "show",
    "write_decimal",
]


@cache
def balls(bits: int, *, decimal: bool = False) -> Algebra:
    """Make the algebra of balls of `bits` bits.

    With `decimal` a literal such as `0.1` is a tenth; without it, it is the double: the same point as in doubles. `pi`
    is π in both.
    """

    def number(number: Any, spelling: str) -> Ball:
        return _number(number, spelling, bits, decimal)

    with Precision(bits):
        functions = {name: _hold(function, bits) for name, function in _functions().items()}
    others = {
        "prod": several.leave_each_out(functions["prod"], number(1.0, "")),
        "logsumexp": several.leave_each_out(functions["logsumexp"], Ball(-INF, bits)),
    }
    return Algebra(f"{bits} bits", functions, number, others)


def _number(number: Any, spelling: str, bits: int, decimal: bool) -> Ball:
    """Turn a double, or a literal of a program, into a ball."""
    if isinstance(number, Ball):
        return Ball(number.arb, bits)
    with Precision(bits):
        if spelling in ("pi", "π"):
            return Ball(arb.pi(), bits)
        if decimal and spelling not in CONSTANTS:
            return Ball(arb(spelling.replace("_", "") if spelling else str(number)), bits)
        return Ball(arb(number), bits)


def _hold(function: BallFunction, bits: int) -> BallFunction:
    """Make a function run in a precision, whatever flint's is."""

    def call(*operands: Ball) -> Ball:
        if ctx.prec == bits:
            return function(*operands)
        with Precision(bits):
            return function(*operands)

    return call


def _functions() -> dict[str, Any]:
    """Map the primitives to functions in the current precision."""
    one, right = arb(1), arb.pi() / 2
    return {
        "==": logic.comparison(operator.eq),
        "!=": logic.comparison(operator.ne),
        "<": logic.comparison(operator.lt),
        "<=": logic.comparison(operator.le),
        ">": logic.comparison(operator.gt),
        ">=": logic.comparison(operator.ge),
        "and": logic.join,
        "or": lambda x, y: logic.negate(logic.join(logic.negate(x), logic.negate(y))),
        "not": logic.negate,
        "where": logic.choose,
        "/": operator.truediv,
        "%": elementary.remainder,
        "^": elementary.power,
        "abs": abs,
        "sign": real(arb.sgn, -one, one),
        "floor": step(arb.floor),
        "ceil": step(arb.ceil),
        "round": step(logic.round_exact),
        "trunc": step(lambda a: a.floor() if a >= 0 else a.ceil()),
        "clip": logic.clip,
        "min": logic.least,
        "max": logic.most,
        "sum": several.total,
        "mean": several.mean,
        "prod": several.product,
        "norm": several.norm,
        "hypot": several.norm,
        "logsumexp": several.logsumexp,
        "logaddexp": several.logsumexp,
        "sqrt": monotone(arb.sqrt, NAN, INF, (0, None)),
        "cbrt": monotone(elementary.cube_root, -INF, INF),
        "exp": elementary.exp,
        "exp2": elementary.exp2,
        "expm1": elementary.expm1,
        "log": elementary.log,
        "log2": elementary.log2,
        "log10": elementary.log10,
        "log1p": elementary.log1p,
        "xlogy": elementary.xlogy,
        "sin": real(arb.sin, NAN, NAN),
        "cos": real(arb.cos, NAN, NAN),
        "tan": real(arb.tan, NAN, NAN),
        "sinc": real(arb.sinc_pi, NAN, NAN),
        "asin": monotone(arb.asin, NAN, NAN, (-1, 1)),
        "acos": monotone(arb.acos, NAN, NAN, (-1, 1)),
        "atan": monotone(arb.atan, -right, right),
        "atan2": several.atan2,
        "sinh": monotone(elementary.or_else(arb.sinh, elementary.half_sum(-1)), -INF, INF),
        "cosh": real(elementary.or_else(arb.cosh, elementary.half_sum(1)), INF, INF),
        "tanh": monotone(arb.tanh, -one, one),
        "asinh": monotone(arb.asinh, -INF, INF),
        "acosh": monotone(arb.acosh, NAN, INF, (1, None)),
        "atanh": monotone(arb.atanh, NAN, NAN, (-1, 1), {-1: -INF, 1: INF}),
        "erf": monotone(arb.erf, -one, one),
        "erfc": monotone(elementary.complementary_error, arb(2), arb(0)),
        "normcdf": monotone(elementary.normal_distribution, arb(0), one),
        "sigmoid": monotone(elementary.sigmoid, arb(0), one),
        "gamma": gamma.gamma,
        "lgamma": gamma.lgamma,
        "digamma": gamma.digamma,
        "polygamma": gamma.polygamma,
    }
