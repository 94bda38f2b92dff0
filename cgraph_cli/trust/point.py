"""A program at a point, with values and derivatives as people are shown them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite

from cgraph_cli.core.graph import Graph
from cgraph_cli.evaluation.inputs import check_inputs
from cgraph_cli.evaluation.sweeps import Evaluation, evaluate, sweep_forward, sweep_reverse
from cgraph_cli.trust.assessment import Assessment
from cgraph_cli.trust.verdicts import OK, Checked


def _number(derivative: float | None) -> float:
    """Take a derivative for 0 where there is no dependence at all."""
    return 0.0 if derivative is None else derivative


class Point:
    """A program at a point: values and derivatives, corrected, each found when it is first asked for."""

    def __init__(self, graph: Graph, inputs: Mapping[str, float]) -> None:
        self.graph = graph
        self.inputs = {graph.names[node] or "": x for node, x in check_inputs(graph, inputs).items()}
        self.evaluation = evaluate(graph, inputs)
        self.assessment = Assessment(self.evaluation)
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

    def bound(self, output: int, node: int) -> float:
        """Add up the absolute products of local partials over all paths from a node to an output.

        A sweep adds these products up, so its rounding errors are in proportion to this sum and not to the
        derivative, which can be far smaller. 0 where the sum is not finite.
        """
        if output not in self._bounds:
            sizes = [None if partial is None else abs(partial) for partial in self.evaluation.partials]
            sized = Evaluation(self.graph, self.evaluation.algebra, self.evaluation.values, sizes)
            self._bounds[output] = sweep_reverse(sized, {output: 1.0})
        bound = self._bounds[output][node] or 0.0
        return bound if isfinite(bound) else 0.0

    def is_defined(self, outputs: Sequence[int]) -> bool:
        """Tell whether the outputs have finite values here."""
        return all(isfinite(self.assessment.values[output]) for output in outputs)
