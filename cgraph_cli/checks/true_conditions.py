"""Conditions of assertions in balls, of growing precision: for numbers beyond the doubles, or too near for these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flint import arb

from cgraph_cli.checks.true_numbers import true_number
from cgraph_cli.core.graph import Assertion
from cgraph_cli.evaluation.ball import Ball, Precision, balls, show
from cgraph_cli.evaluation.sweeps import sweep_reverse
from cgraph_cli.trust.budget import OutOfWork
from cgraph_cli.trust.checked_point import Point
from cgraph_cli.trust.growing_precision import ExactPoint, is_settled, unify
from cgraph_cli.trust.lost_digits import LOST
from cgraph_cli.trust.verdicts import Checked, Status

RELATIVE = 1e-9
"""The relative difference within which two sides of `==` without a `within` are equal."""

_COMPUTED = (Status.OK, Status.RECOVERED, Status.OVERFLOW, Status.LIMIT)
"""Statuses of a number that the rules give; any other number is a convention."""


class TrueCondition:
    """A condition at a point of its program, whose numbers it has as balls; `known` are these as they are shown."""

    def __init__(self, assertion: Assertion, program: Point, known: Mapping[int, Checked]) -> None:
        self.assertion = assertion
        self.program = program
        self.known = known
        source = program.assessment.exact
        self._point = ExactPoint(assertion.graph, {}, source.budget, 0.0)
        self._point.ladder, self._point.whole_bits = source.ladder, source.whole_bits
        self._gradients: dict[tuple[int, int], list[Ball | None]] = {}
        self.apart: dict[int, str] = {}
        """The difference of the two sides of each decided comparison, where there is one."""

    def compare(self, node: int) -> bool | None:
        """Decide a comparison in the first precision that can, and remember it; None where none can."""
        operation, tolerance = self.assertion.graph.operations[node], self.assertion.tolerance
        left, right = self.assertion.graph.operands_of(node)
        try:
            for bits in self._point.ladder:
                values = self._values((left, right), bits)
                with Precision(bits):
                    first, second = values[left], values[right]
                    if bits >= self._point.whole_bits:
                        first, second = unify([first, second], bits // 2)
                    found = _compare(operation, first, second, tolerance)
                    if found is not None:
                        apart = Ball(abs(first.arb - second.arb), bits)
                        self.apart[node] = "" if apart.contains_zero else show(apart, 3) or ""
                if found is not None:
                    self._point.learn(node, Ball(arb(int(found)), bits))
                    return found
        except OutOfWork:
            pass
        return None

    def number(self, node: int) -> Ball | None:
        """Find the number of a node in the first precision that settles it; None where none does."""
        try:
            for bits in self._point.ladder:
                found = self._values((node,), bits)[node]
                if is_settled(found):
                    return found
        except OutOfWork:
            pass
        return None

    def _values(self, nodes: Sequence[int], bits: int) -> Mapping[int, Ball]:
        bindings = self.assertion.bindings
        self._point.numbers = {node: self._bound(node, bound, bits) for node, bound in bindings.items()}
        return self._point.values(nodes, bits)

    def _bound(self, node: int, bound: tuple[int] | tuple[int, int], bits: int) -> Ball:
        """Give a number of the program, a value or a gradient, in so many bits."""
        shown = self.known[node]
        if shown.verdict.status not in _COMPUTED or (shown.number == 0 and shown.verdict.status != Status.OVERFLOW):
            return Ball(arb(shown.number), bits)
        exact = self.program.assessment.exact
        if len(bound) == 1:
            return exact.values(bound, bits)[bound[0]]
        (of, wrt), true = bound, true_number(shown)
        if (of, bits) not in self._gradients:
            with Precision(bits):
                one = balls(bits).number(1.0, "")
                self._gradients[of, bits] = sweep_reverse(exact.evaluation([of], bits), {of: one})
        found = self._gradients[of, bits][wrt]
        if found is None:
            return Ball(arb(0), bits)
        is_near = found.is_finite and not abs(found.arb - true.arb) > abs(true.arb) * LOST
        # beside a kink, say, the rules at the point do not apply, and the gradient is known to the shown digits
        return found if is_near else Ball(true.arb * arb(1, LOST), bits)


def _compare(operation: str, left: Ball, right: Ball, tolerance: float | None) -> bool | None:
    """Compare two numbers; None where their balls leave it open."""
    if not (left.is_finite and right.is_finite):
        return None
    apart = arb(0) if left is right else left.arb - right.arb
    if operation in ("==", "!="):
        most = abs(left.arb).max(abs(right.arb)) * RELATIVE if tolerance is None else arb(tolerance)
        if not (apart.is_zero() or abs(apart) <= most or abs(apart) > most):
            return None
        return (not abs(apart) > most) == (operation == "==")
    if not (apart.is_zero() or apart < 0 or apart > 0):
        return None
    if apart.is_zero():
        return operation in ("<=", ">=")
    return bool(apart < 0) == (operation in ("<", "<="))
