"""Values at a point where doubles met an event, corrected in high precision."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from math import inf, isfinite, isnan, log10, nan
from typing import Any

from cgraph_cli.core.graph import INPUT, LEAVES
from cgraph_cli.evaluation.high import as_double, high_precision
from cgraph_cli.evaluation.kernels import Algebra
from cgraph_cli.evaluation.rules import CONDITIONS
from cgraph_cli.evaluation.sweeps import Evaluation
from cgraph_cli.trust.events import MOST_NODES, can_change
from cgraph_cli.trust.influence import Influence
from cgraph_cli.trust.limits import SLOW, UNSETTLED, BudgetSpent, Limits, is_one_limit, order
from cgraph_cli.trust.verdicts import Cause, Status, Verdict, differ_by_rounding

MOST_WORK = 60_000
"""How many evaluations of one node in hundreds of digits are spent on limits: some seconds."""

POINT_DIGITS = (60, 700)
"""Digits of an evaluation at the point itself, at least and at most: the last hold a sum of any two doubles."""

FAR_DIGITS = 1500
"""The most digits where a number is too large or too small for a double: `exp(x) + 1 - exp(x)` at 3000 has 1303."""

_LOST = frozenset({Cause.POLES, Cause.DOMAIN, Cause.OVERFLOW, Cause.UNDERFLOW})
"""Causes at which a value in doubles is not to be relied on."""


class Values:
    """The values of an evaluation, as corrected in so many digits.

    `numbers` are the values of all nodes, `verdicts` those that are not ok. `causes` are the events, as high precision
    sees them. `reached_by_event` are the nodes whose values were found anew, `singular` those at which the rules have
    no derivative. `limits` knows the corrected values. `skipped` counts the limits that were not looked for.
    """

    def __init__(
        self, evaluation: Evaluation, causes: Mapping[int, Cause], influence: Influence, limits: Limits, digits: int
    ) -> None:
        self.evaluation = evaluation
        self.graph = evaluation.graph
        self.influence = influence
        self.limits = limits
        self.digits = digits
        self.numbers: list[float] = list(evaluation.values)
        self.verdicts: dict[int, Verdict] = {}
        self.causes = dict(causes)
        self.reached_by_event: set[int] = set()
        self.singular: set[int] = set()
        self.skipped = 0
        failing = {node for node, cause in causes.items() if cause in _LOST}
        for node in range(len(self.graph)):
            if node in failing or not self.reached_by_event.isdisjoint(influence.operands_of(node)):
                self._correct(node)
            elif self.causes.get(node) in CONDITIONS:
                self.singular.add(node)

    @cached_property
    def events(self) -> set[int]:
        """The nodes that met an event or are reached by one."""
        return self.reached_by_event.union(self.causes)

    def _correct(self, node: int) -> None:
        """Find a value anew, from the corrected ones before it."""
        self.reached_by_event.add(node)
        operands = self.influence.operands_of(node)
        exact = self.limits.at_point([node, *self.graph.operands_of(node)], self.digits)
        value = exact[node]
        cause = self._cause_in(high_precision(self.digits), node, exact)
        if cause is not None:
            self.singular.add(node)
            self.causes[node] = cause
        elif self.causes.get(node) in CONDITIONS:
            self.causes[node] = Cause.UNDERFLOW
        beyond = any(not abs(exact[operand]) < inf for operand in operands)
        outside = cause == Cause.DOMAIN or value != value
        if outside or (beyond and abs(value) < inf):
            value = self._limit_at(node, value, outside)
            self.limits.learn(node, value, self.digits)
        if node not in self.verdicts:  # else it was found by limits
            self._set(node, as_double(value), value)
        if not abs(value) < inf:
            self.singular.add(node)

    def _cause_in(self, algebra: Algebra, node: int, values: Mapping[int, Any]) -> Cause | None:
        operation = self.graph.operations[node]
        if operation in LEAVES or not can_change(self.graph, node, operation):
            return None
        find_cause = algebra.cause(operation)
        found = find_cause(values[node], *[values[o] for o in self.graph.operands_of(node)]) if find_cause else ""
        return Cause(found) if found else None

    def _set(self, node: int, number: float, exact: Any) -> None:
        before = self.evaluation.values[node]
        if isnan(number):
            self.numbers[node] = nan
            self.verdicts[node] = Verdict(Status.UNDEFINED)
        elif abs(exact) == inf:
            self.numbers[node] = before if before in (inf, -inf) else number
            self.verdicts[node] = Verdict(Status.POLE)
        elif abs(number) == inf or not differ_by_rounding(number, before):
            self.numbers[node] = number
            self.verdicts[node] = Verdict(Status.LIMIT)

    def _limit_at(self, node: int, value: Any, outside: bool) -> Any:
        """Find the value that a node comes to along lines from every side: along each of its inputs, and across them.

        Without one, `value` stays, or is nan `outside` of the domain.
        """
        self.singular.add(node)
        found = self._limits_of_lines(node)
        kept = value * nan if outside else value
        if not found or any(limit is UNSETTLED for limit in found):
            return kept
        if all(is_one_limit(limit, found[0]) for limit in found):
            self.numbers[node] = as_double(found[0])
            if abs(found[0]) == inf:
                self.verdicts[node] = Verdict(Status.POLE)
            elif not differ_by_rounding(self.numbers[node], self.evaluation.values[node]):
                self.verdicts[node] = Verdict(Status.LIMIT)
            return found[0]
        if all(abs(limit) == inf for limit in found):
            self.verdicts[node] = Verdict(Status.POLE)
        elif not outside:
            self.verdicts[node] = Verdict(Status.JUMP)
        return kept

    def _limits_of_lines(self, node: int) -> list[Any]:
        inputs = [
            other
            for other in sorted(self.influence.ancestors([node]))
            if self.graph.operations[other] == INPUT and isfinite(self.numbers[other])
        ]
        lines = [{other: 1.0} for other in inputs]
        if len(inputs) > 1:
            lines += [
                {other: (-1) ** (at * sign) * (1 + 0.37 * at) for at, other in enumerate(inputs)} for sign in (0, 1)
            ]
        found = []
        for line in lines:
            try:
                found += [value for value, _ in self.limits.sides(line, node) if value is not None]
            except BudgetSpent:
                self.skipped += 1
                found.append(UNSETTLED)
        return found

    def settle(self) -> list[int]:
        """Take what is left of terms that cancel for 0, and list the nodes that twice the digits say otherwise of."""
        return [node for node in sorted(self.reached_by_event) if not self._is_settled(node)]

    def _is_settled(self, node: int) -> bool:
        coarse, fine = (self.limits.at_point([node], digits)[node] for digits in (self.digits, 2 * self.digits))
        if coarse == fine or coarse != coarse or abs(coarse) == inf:
            return True
        if as_double(coarse) == as_double(fine) in (inf, -inf):  # 2^1e300, to whatever digits of its exponent
            return True
        if abs(fine) <= abs(coarse) * 10.0**-20:  # terms that cancel
            self.numbers[node] = 0.0
            return True
        return bool(abs(coarse - fine) <= abs(fine) * 10.0**-20)


def correct_values(evaluation: Evaluation, causes: Mapping[int, Cause], influence: Influence) -> Values:
    """Correct the values that an event reaches, in digits that are enough for all of them."""
    least = choose_digits(evaluation, causes)
    skipped = 0
    for digits in sorted({least, max(least, POINT_DIGITS[1])}):
        found = Values(evaluation, causes, influence, _limits_of(evaluation), digits)
        unsettled = found.settle()
        found.skipped = skipped = skipped + found.skipped
        if not unsettled:
            break
    for node in unsettled:
        found.numbers[node], found.verdicts[node] = nan, Verdict(Status.UNDEFINED)
    return found


def choose_digits(evaluation: Evaluation, causes: Mapping[int, Cause]) -> int:
    """Choose the digits that a sum of products of any three numbers, 1 among them, has: none is lost by cancelling.

    In a large graph they are no more than take the time that the largest does.
    """
    graph = evaluation.graph
    least, most = POINT_DIGITS
    sizes = [1.0, *(abs(value) for value in evaluation.values if value and isfinite(value))]
    orders = log10(min(sizes)), log10(max(sizes))
    if not {Cause.OVERFLOW, Cause.UNDERFLOW}.isdisjoint(causes.values()):
        found = _limits_of(evaluation).at_point(range(len(graph)), least).values()
        beyond = [order(abs(value)) for value in found if 0 < abs(value) < inf]
        orders = min(orders[0], *beyond), max(orders[1], *beyond)
        most = most if not SLOW.isdisjoint(graph.operations) else FAR_DIGITS
    wanted = 20 + 3 * int(min(orders[1] - orders[0], most))
    return max(least, min(most, wanted, int(least * (MOST_NODES / len(graph)) ** (2 / 3))))


def _limits_of(evaluation: Evaluation) -> Limits:
    graph, values = evaluation.graph, evaluation.values
    return Limits(graph, {node: values[node] for node in graph.inputs()}, MOST_WORK)
