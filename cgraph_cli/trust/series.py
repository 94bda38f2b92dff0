"""The judgement of series in balls: coefficients that equal a double, such as 0, or each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.evaluation.ball import Ball
from cgraph_cli.evaluation.series.coefficients import Judgement
from cgraph_cli.trust.growing_precision import ExactPoint, snap


class BallJudgement(Judgement):
    """The judgement of coefficients at a point in a precision; its work is taken off the point's budget.

    A comparison raises `Undecided` where the precision is not enough. A ball becomes a double by the rule of
    `ExactPoint`.
    """

    def __init__(self, point: ExactPoint, bits: int) -> None:
        self.point = point
        self.bits = bits

    def settle(self, number: Any, terms: Sequence[Any], operation: str) -> Any:
        """Replace a coefficient by the double in it, if it is far narrower than its terms allow."""
        budget = self.point.budget
        budget.spend("*", self.bits, len(terms))
        if len(terms) <= 2 and operation in PRIMITIVES:
            budget.spend(operation, self.bits)
        return snap(number, terms) if isinstance(number, Ball) and self.bits >= self.point.whole_bits else number

    def differ(self, first: Any, second: Any) -> bool:
        """Tell whether two coefficients differ."""
        if first is second:
            return False
        if not (first.is_finite and second.is_finite) or self.bits < self.point.whole_bits:
            return bool(first != second)
        return bool(snap(first - second, (first, second)) != 0)
