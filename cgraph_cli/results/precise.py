"""Precise numbers: a program at a point with every number to a given number of certain decimal digits.

Literals and inputs are decimals: `0.1` is a tenth. A number without a value, or an infinite one, is a double.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from functools import cached_property
from math import ceil, log2, nan
from typing import Any

from cgraph_cli.core.graph import LEAVES, Graph
from cgraph_cli.evaluation.ball import Ball, as_decimal, balls
from cgraph_cli.evaluation.ball.number import UNKNOWN
from cgraph_cli.evaluation.inputs import check_inputs
from cgraph_cli.evaluation.kernels import Algebra
from cgraph_cli.evaluation.sweeps import Evaluation
from cgraph_cli.trust.budget import Budget, OutOfWork
from cgraph_cli.trust.growing_precision import MOST_BITS, ExactPoint, is_settled
from cgraph_cli.trust.verdicts import Status, Verdict

WORK = 5_000_000.0
"""The bound on work for all numbers of a report, in the units of `trust.budget`: some seconds."""

_GUARD_BITS = 8


def inputs_algebra(digits: int) -> Algebra:
    """Choose the algebra of inputs: of far more digits than the result's."""
    return balls(max(MOST_BITS, 16 * _bits(digits)), decimal=True)


def _bits(digits: int) -> int:
    return ceil(digits * log2(10)) + _GUARD_BITS


class Precise:
    """A program at a point, to so many certain `digits`; the `verdicts` are those of unsettled values."""

    def __init__(self, graph: Graph, inputs: Mapping[str, Any], digits: int) -> None:
        self.graph = graph
        self.digits = digits
        numbers = check_inputs(graph, inputs)
        self.point = ExactPoint(graph, numbers, Budget(WORK), 0.0, settled=_bits(digits), decimal=True)
        self.verdicts: dict[int, Verdict] = {}
        with suppress(OutOfWork):
            self.point.widen(self.point.span(range(len(graph))))
        self.values = self._numbers(lambda: self.point.settle(range(len(graph))), range(len(graph)), self.verdicts)

    def evaluation(self) -> Evaluation:
        """Make an evaluation of the values; the partials are computed on demand."""
        return Evaluation(self.graph, balls(self.point.whole_bits, decimal=True), self.values, [])

    @property
    def _algebra(self) -> Algebra:
        return inputs_algebra(self.digits)

    def exactly(self, number: Any) -> Ball:
        """Turn a rounded number, or one that a person gave, into a ball."""
        ball: Ball = self._algebra.number(number, str(number))
        return ball

    def are_same(self, first: Ball, second: Ball) -> bool:
        """Tell whether two numbers agree in all but the last digit."""
        if first.is_finite and second.is_finite:
            apart = abs(first - second)
            return bool(apart.arb <= (abs(first) * self._algebra.number(0.0, f"1e{2 - self.digits}")).arb)
        return (first.is_nan and second.is_nan) or bool(first.arb == second.arb)

    def adjoints(self, output: int, seed: float) -> tuple[list[Any], dict[int, Verdict]]:
        """Find the derivatives of seed·output with respect to every node, and the verdicts of unsettled ones."""
        nodes, verdicts = range(output + 1), dict[int, Verdict]()
        start = self.exactly(seed)
        found = self._numbers(lambda: self.point.adjoints(output, start, nodes), nodes, verdicts)
        return [*found, *[None] * (len(self.graph) - len(nodes))], verdicts

    def tangents(self, direction: Mapping[int, float]) -> tuple[list[Any], dict[int, Verdict]]:
        """Find the derivatives of every node in a direction, and the verdicts of unsettled ones."""
        nodes, verdicts = range(len(self.graph)), dict[int, Verdict]()
        exact = {node: self.exactly(step) for node, step in direction.items()}
        return self._numbers(lambda: self.point.tangents(exact, nodes), nodes, verdicts), verdicts

    def round(self, ball: Ball) -> Decimal | float:
        """Round a number to the digits; nan where they are not certain."""
        return as_decimal(ball, self.digits) if is_settled(ball, self.point.settled) else nan

    @cached_property
    def partials(self) -> list[Ball | None]:
        """The local partials by edge, precise enough to recognize a zero; unknown past the bound on work."""
        graph = self.graph
        tops = [node for node, operation in enumerate(graph.operations) if operation not in LEAVES]
        try:
            found = self.point.local_partials(tops)
        except OutOfWork:
            return [Ball(UNKNOWN, self.point.whole_bits)] * len(graph.operands)
        return [partial for node in tops for partial in found[node]]

    @property
    def is_cut_short(self) -> bool:
        """True where the bound on work was reached."""
        return self.point.budget.is_spent

    def _numbers(
        self, find: Callable[[], Mapping[int, Ball]], nodes: Sequence[int], verdicts: dict[int, Verdict]
    ) -> list[Any]:
        """Round the settled numbers, and collect the others."""
        try:
            found = find()
        except OutOfWork:
            found = {}
        numbers: list[Any] = []
        for node in nodes:
            if node not in found or found[node].is_unknown:
                verdicts[node] = Verdict(Status.UNKNOWN)
                numbers.append(nan)
            else:
                numbers.append(as_decimal(found[node], self.digits))
        return numbers
