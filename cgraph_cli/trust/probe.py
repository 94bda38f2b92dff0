"""Probes: values and derivatives of outputs at one of many points, as quickly as their statuses allow.

At a regular point the two sweeps suffice. `Point` examines the others, except for stretches outside of a domain: there
the result is undefined, and a search for a limit would repeat that at each point.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from math import inf, isfinite, isnan, nan, ulp
from typing import Any

from cgraph_cli.core.graph import CONSTANT, Graph
from cgraph_cli.core.reach import ancestors, descendants
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.sweeps import Evaluation, evaluate, sweep_reverse
from cgraph_cli.trust.branches import Branches
from cgraph_cli.trust.budget import BUDGET_OF_MANY, Budget
from cgraph_cli.trust.checked_point import Point
from cgraph_cli.trust.events import find_events
from cgraph_cli.trust.influence import Influence
from cgraph_cli.trust.lost_digits import Bounds
from cgraph_cli.trust.verdicts import ROUNDING, UNDEFINED, Cause, Checked

MOST_OPERANDS = 3
"""The most operands of an operation whose whole neighbourhood is tested against its domain."""

THOROUGH = 10
"""The number of looks that one in high precision counts as."""


def is_outside(graph: Graph, inputs: Mapping[str, float], outputs: Sequence[int]) -> bool:
    """Tell quickly whether some output lies in a stretch outside of a domain, where no search would find a value."""
    evaluation = evaluate(graph, inputs)
    values = evaluation.values
    lost = [output for output in outputs if isnan(values[output])]
    if not lost:
        return False
    bounds, influence = Bounds(evaluation), Influence(graph, values)
    return any(
        isnan(values[node]) and _is_surely_outside(evaluation, bounds, node)
        for output in lost
        for node in influence.ancestors([output])
    )


def _is_surely_outside(evaluation: Evaluation, bounds: Bounds, node: int) -> bool:
    """Tell whether the operands of a node, if known, and their neighbourhood, are outside of its domain."""
    graph, values = evaluation.graph, evaluation.values
    operands = graph.operands_of(node)
    cause_of = DOUBLE.cause(graph.operations[node]) if operands else None
    if cause_of is None or len(operands) > MOST_OPERANDS or not all(isfinite(values[o]) for o in operands):
        return False
    ends = []
    for operand in operands:
        value, room = values[operand], bounds.values[operand]
        if graph.operations[operand] != CONSTANT:
            room += ROUNDING * abs(value) + ulp(0.0)
        if not room < inf:
            return False
        ends.append((value - room, value + room))
    return all(cause_of(nan, *corner) == Cause.DOMAIN for corner in product(*ends))


class Probe:
    """A probe of outputs of a graph, and of their derivatives with respect to some nodes.

    `inputs` are the fixed ones. `work` counts the looks, a thorough one as many. `budget` is for all work in balls.
    """

    def __init__(self, graph: Graph, inputs: Mapping[str, float], outputs: Sequence[int], wrt: Sequence[int]) -> None:
        self.graph = graph
        self.size = len(graph)
        self.inputs = inputs
        self.outputs = outputs
        self.wrt = wrt
        self.work = 0
        self.budget = Budget(BUDGET_OF_MANY)
        self._before = [ancestors(graph, [output]) for output in outputs]
        self._after = descendants(graph, wrt)
        self._branches = Branches(graph.operations, sorted(self._after.intersection(set().union(*self._before))))
        self._last: Evaluation | None = None

    def prepare(self, name: str, xs: Sequence[float]) -> None:
        """Do nothing: the points of a program of numbers are computed one by one."""

    def branches(self) -> tuple[Any, ...]:
        """Find the branches at the point of the last look."""
        return () if self._last is None else self._branches.at(self._last)

    def at(self, inputs: Mapping[str, float], *, thorough: bool = False) -> list[tuple[Checked, tuple[Checked, ...]]]:
        """Find for each output its value and its derivatives, with the other inputs given by name.

        A raw value that is undefined because an operand is outside its domain is not examined, except in a `thorough`
        look.
        """
        self.work += 1
        point: Point | None = None
        evaluation = self._last = evaluate(self.graph, {**self.inputs, **inputs})
        causes = dict(find_events(evaluation, None))
        found = []
        for output, before in zip(self.outputs, self._before, strict=True):
            value = evaluation.values[output]
            met = [cause for node, cause in causes.items() if node in before and not self._is_idle(node, cause, value)]
            if value != value and Cause.DOMAIN in met and not thorough:
                found.append((UNDEFINED, (UNDEFINED,) * len(self.wrt)))
                continue
            if not met:
                adjoints = sweep_reverse(evaluation, {output: 1.0}) if self.wrt else []
                derivatives = tuple(Checked(adjoints[node] or 0.0) for node in self.wrt)
                if all(isfinite(derivative.number) for derivative in derivatives):
                    found.append((Checked(value), derivatives))
                    continue
            if point is None:
                self.work += THOROUGH
                point = Point(self.graph, {**self.inputs, **inputs}, work=self.budget.part())
            found.append((point.value(output), tuple(point.gradient(output, node) for node in self.wrt)))
        return found

    def _is_idle(self, node: int, cause: Cause, value: float) -> bool:
        """Tell whether an event at a node changes neither an output's `value` nor a requested derivative."""
        if cause in (Cause.KINKS, Cause.JUMPS):
            return node not in self._after
        return cause == Cause.POLES and not self.wrt and abs(value) == inf
