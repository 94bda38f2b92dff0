"""A program at a point, with values and derivatives as people see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING

from cgraph_cli.core.graph import Graph
from cgraph_cli.evaluation.inputs import check_inputs
from cgraph_cli.evaluation.sweeps import evaluate, sweep_forward, sweep_reverse
from cgraph_cli.trust.assessment import Assessment
from cgraph_cli.trust.verdicts import OK, Checked, Status

if TYPE_CHECKING:
    from cgraph_cli.trust.budget import Budget


def _number(derivative: float | None) -> float:
    """Give a derivative as a number: 0 where there is no dependence."""
    return 0.0 if derivative is None else derivative


class Point:
    """A program at a point: values and derivatives, corrected, each on demand."""

    def __init__(
        self, graph: Graph, inputs: Mapping[str, float], *, work: Budget | float | None = None, decimal: bool = False
    ) -> None:
        """Evaluate at the point. `work` bounds all later questions. With `decimal`, 0.1 is a tenth and no double."""
        self.graph = graph
        self.inputs = {graph.names[node] or "": x for node, x in check_inputs(graph, inputs).items()}
        self.evaluation = evaluate(graph, inputs)
        self.assessment = Assessment(self.evaluation, work=work, decimal=decimal)
        self._gradients: dict[int, dict[int, Checked]] = {}
        self._adjoints: dict[int, list[float | None]] = {}
        self._tangents: dict[int, list[float | None]] = {}
        self._bounds: dict[int, list[float | None]] = {}

    def value(self, node: int) -> Checked:
        """Give a node's value."""
        return Checked(self.assessment.values[node], self.assessment.verdicts.get(node, OK))

    def gradient(self, output: int, node: int) -> Checked:
        """Find the derivative of an output with respect to a node, by a sweep in reverse."""
        known = self._gradients.setdefault(output, {})
        if node not in known:
            nodes = [node] if known else list(dict.fromkeys((node, *self.graph.inputs())))
            if output not in self._adjoints:
                self._adjoints[output] = sweep_reverse(self.evaluation, {output: 1.0})
            adjoints = self._adjoints[output]
            found = self.assessment.correct_adjoints(output, 1.0, adjoints, nodes)
            for other in nodes:
                number = found.numbers.get(other, _number(adjoints[other]))
                known[other] = Checked(number, found.verdicts.get(other, OK))
        return known[node]

    def tangent(self, output: int, node: int) -> Checked:
        """Find the same derivative by a sweep forward."""
        if node not in self._tangents:
            self._tangents = {node: sweep_forward(self.evaluation, {node: 1.0})}  # one column at a time
        tangents = self._tangents[node]
        found = self.assessment.correct_tangents({node: 1.0}, tangents, [output])
        return Checked(found.numbers.get(output, _number(tangents[output])), found.verdicts.get(output, OK))

    def has_value(self, outputs: Sequence[int]) -> bool:
        """Tell whether every output may have a finite value here."""
        known = [self.value(output) for output in outputs]
        settled = (Status.UNKNOWN, Status.OVERFLOW)
        return all(isfinite(number) or verdict.status in settled for number, verdict in known)
