"""Looks into single elements of large arrays whose numbers are in doubt, by their scalar programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.evaluation.arrays.derivatives import fill
from cgraph_cli.evaluation.arrays.slices import MOST_MOVING, NoSlice, Slice, find_sources
from cgraph_cli.evaluation.sweeps import Evaluation
from cgraph_cli.results.report import report
from cgraph_cli.results.request import Request
from cgraph_cli.symbolic.line import along_line
from cgraph_cli.trust.budget import BUDGET_OF_MANY, Budget
from cgraph_cli.trust.verdicts import Checked

MOST_LOOKS = 100
"""The most elements that one answer looks into."""

_MOST_READ = 500_000_000
"""The most elements that all looks go past."""


class Looks:
    """Looks into the elements of an evaluation, up to a bound on their count and their work."""

    def __init__(self, evaluation: Evaluation) -> None:
        assert isinstance(evaluation.graph, ArrayGraph)
        self.evaluation = evaluation
        self.graph = evaluation.graph
        size = sum(map(prod, self.graph.shapes))
        self.left = min(MOST_LOOKS, _MOST_READ // max(size, 1))
        self.budget = Budget(BUDGET_OF_MANY)

    def value(self, node: int, at: int) -> Checked | None:
        """Find the value of an element, where those that it depends on move; None where no look is to be had."""
        if self._is_spent():
            return None
        try:
            sources = find_sources(self.evaluation, node, at)
            part = Slice(self.evaluation, {x: self._named(x, places) for x, places in sources.items()}, node)
            part.graph.output = part.moved[node][at]
        except (NoSlice, KeyError):
            return None
        return report(part.graph, {}, Request(budget=self.budget)).checked(part.graph.output)

    def along(self, direction: Mapping[int, Any], node: int, at: int) -> Checked | None:
        """Find the derivative of an element in a direction; None where no look is to be had."""
        if self._is_spent():
            return None
        steps = {x: np.ravel(fill(step, self.graph.shapes[x])) for x, step in direction.items()}
        places = {x: np.flatnonzero(step).tolist() for x, step in steps.items()}
        if not 0 < sum(map(len, places.values())) <= MOST_MOVING:
            return None
        try:
            part = Slice(self.evaluation, {x: self._named(x, each) for x, each in places.items() if each}, node)
            part.graph.output = part.moved[node][at]
        except (NoSlice, KeyError):
            return None
        speeds = {part.moved[x][place]: float(steps[x][place]) for x, each in places.items() for place in each}
        line = along_line(part.graph, speeds, "step")
        return report(line.graph, {}, Request(wrt=[line.step], budget=self.budget)).gradients[0].checked(0)

    def derivative(self, node: int, at: int, output: int, seed: Any) -> Checked | None:
        """Find the derivative of an output's weighted sum in an element; None where no look is to be had."""
        if self._is_spent():
            return None
        try:
            part = Slice(self.evaluation, {node: self._named(node, [at])}, output)
            part.graph.output = part.total(output, seed)
        except NoSlice:
            return None
        answer = report(part.graph, {}, Request(budget=self.budget))
        return answer.gradients[0].checked(0)

    def _named(self, node: int, places: Sequence[int]) -> dict[int, str]:
        """Name the elements at some places of an array."""
        return {place: f"{self.graph.labels()[node]}[{place}]" for place in places}

    def _is_spent(self) -> bool:
        """Count a look, and tell whether the bound is reached."""
        self.left -= 1
        return self.left < 0 or self.budget.is_spent
