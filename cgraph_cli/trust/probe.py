"""Probes: values and derivatives of outputs at one of many points, as quickly as their statuses allow.

A point that meets nothing irregular is what the two sweeps say. Elsewhere `Point` looks into it, but for a stretch
outside of a domain, where the result is undefined and a search for a limit would find that out anew at each point.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf, isfinite

from cgraph_cli.core.graph import Graph
from cgraph_cli.core.reach import ancestors, descendants
from cgraph_cli.evaluation.sweeps import evaluate, sweep_reverse
from cgraph_cli.trust.events import find_events
from cgraph_cli.trust.point import Point
from cgraph_cli.trust.verdicts import UNDEFINED, Cause, Checked

THOROUGH = 10
"""How many looks one is worth that goes into high precision."""


class Probe:
    """A probe of outputs of a graph, and of their derivatives with respect to some nodes.

    `inputs` are those that stay as they are. `work` counts the looks, a thorough one as many.
    """

    def __init__(self, graph: Graph, inputs: Mapping[str, float], outputs: Sequence[int], wrt: Sequence[int]) -> None:
        self.graph = graph
        self.inputs = inputs
        self.outputs = outputs
        self.wrt = wrt
        self.work = 0
        self._before = [ancestors(graph, [output]) for output in outputs]
        self._after = descendants(graph, wrt)

    def at(self, inputs: Mapping[str, float], *, thorough: bool = False) -> list[tuple[Checked, tuple[Checked, ...]]]:
        """Find for each output its value and its derivatives, with the other inputs given by name.

        Where the raw value is undefined because an operand is outside its domain it is taken for that, unless the
        look is to be `thorough`.
        """
        self.work += 1
        point: Point | None = None
        evaluation = evaluate(self.graph, {**self.inputs, **inputs})
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
                point = Point(self.graph, {**self.inputs, **inputs})
            found.append((point.value(output), tuple(point.gradient(output, node) for node in self.wrt)))
        return found

    def _is_idle(self, node: int, cause: Cause, value: float) -> bool:
        """Tell whether an event at a node changes neither an output's `value` nor a derivative that is looked at."""
        if cause in (Cause.KINKS, Cause.JUMPS):
            return node not in self._after
        return cause == Cause.POLES and not self.wrt and abs(value) == inf
