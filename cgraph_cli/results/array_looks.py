"""Looks into single elements of large arrays whose numbers are in doubt, by their scalar programs."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.graph import Graph
from cgraph_cli.evaluation.arrays.derivatives import fill
from cgraph_cli.evaluation.arrays.slices import MOST_MOVING, NoSlice, Slice, find_sources
from cgraph_cli.evaluation.sweeps import Evaluation
from cgraph_cli.symbolic.line import along_line
from cgraph_cli.trust.budget import BUDGET_OF_MANY, Budget
from cgraph_cli.trust.checked_point import Point
from cgraph_cli.trust.verdicts import Checked

MOST_LOOKS = 100
"""The most elements that one answer looks into, but for such as are like one that it has looked into."""

_MOST_SLICES = 2000
"""The most elements that one answer makes a scalar program of."""

_MOST_READ = 500_000_000
"""The most elements that all looks go past."""


class Looks:
    """Looks into the elements of an evaluation, up to a bound on their count and their work."""

    def __init__(self, evaluation: Evaluation) -> None:
        assert isinstance(evaluation.graph, ArrayGraph)
        self.evaluation = evaluation
        self.graph = evaluation.graph
        size = sum(map(prod, self.graph.shapes))
        self._left = MOST_LOOKS
        self._slices_left = min(_MOST_SLICES, _MOST_READ // max(size, 1))
        self.budget = Budget(BUDGET_OF_MANY)
        self._found: dict[Hashable, Checked] = {}

    def value(self, known: Evaluation, node: int, at: int) -> Checked | None:
        """Find the value of an element, where those that it depends on move; None where no look is to be had.

        What is in doubt is nan in the `known` evaluation.
        """
        if self._is_spent():
            return None
        try:
            sources = find_sources(known, node, at)
            part = Slice(self.evaluation, {x: self._named(x, places) for x, places in sources.items()}, node)
            part.graph.output = part.moved[node][at]
        except (NoSlice, KeyError):
            return None
        return self._look(part.graph, part.graph.output, lambda point: point.value(part.graph.output))

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
        step = line.graph.nodes[line.step]
        return self._look(line.graph, step, lambda point: point.gradient(line.graph.output, step))

    def derivative(self, node: int, at: int, output: int, seed: Any) -> Checked | None:
        """Find the derivative of an output's weighted sum in an element; None where no look is to be had."""
        if self._is_spent():
            return None
        try:
            part = Slice(self.evaluation, {node: self._named(node, [at])}, output)
            part.graph.output = part.total(output, seed)
        except NoSlice:
            return None
        moved = part.moved[node][at]
        return self._look(part.graph, moved, lambda point: point.gradient(part.graph.output, moved))

    def _look(self, graph: Graph, node: int, find: Callable[[Point], Checked]) -> Checked | None:
        """Look into the output of a scalar program and a node of it, unless one like it is known."""
        like = node, graph.output, *graph.operations, *graph.operands, *map(repr, graph.numbers)
        if like not in self._found:
            self._left -= 1
            if self._left < 0 or self.budget.is_spent:
                return None
            self._found[like] = find(Point(graph, {}, work=self.budget))
        return self._found[like]

    def _named(self, node: int, places: Sequence[int]) -> dict[int, str]:
        """Name the elements at some places of an array."""
        return {place: f"{self.graph.labels()[node]}[{place}]" for place in places}

    @property
    def is_over(self) -> bool:
        """True where no more elements are looked into."""
        return self._slices_left < 0

    @property
    def is_cut_short(self) -> bool:
        """True where an element was not looked into because of a bound."""
        return self.is_over or self._left < 0

    def _is_spent(self) -> bool:
        """Count a slice, and tell whether the bound is reached."""
        self._slices_left -= 1
        return self._slices_left < 0
