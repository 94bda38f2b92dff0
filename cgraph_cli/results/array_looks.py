"""Looks into single elements of large arrays whose numbers are in doubt, by their scalar programs."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.graph import Graph
from cgraph_cli.evaluation.arrays.dependence import find_moving, find_needed
from cgraph_cli.evaluation.arrays.derivatives import Array, fill
from cgraph_cli.evaluation.arrays.sources import MOST_MOVING, NoSlice, find_sources
from cgraph_cli.evaluation.sweeps import Evaluation
from cgraph_cli.results.array_slices import Slice
from cgraph_cli.results.matrices import hessian
from cgraph_cli.results.request import Request
from cgraph_cli.symbolic.line import along_line
from cgraph_cli.trust.budget import BUDGET_OF_MANY, Budget
from cgraph_cli.trust.checked_point import Point
from cgraph_cli.trust.verdicts import Checked

MOST_LOOKS = 100
"""The most elements that one answer looks into, but for such as are like one that it has looked into."""

_MOST_SLICES = 2000
"""The most elements that one answer makes a scalar program of."""

_MOST_READ = 500_000_000
"""The most elements that all looks go past, with the nodes of each."""

_NODE = 1000
"""The elements that are gone past in the time of a node."""


class Looks:
    """Looks into the elements of an evaluation, up to a bound on their count and on their work.

    The reports of several points may share the bound on work.
    """

    def __init__(self, evaluation: Evaluation, budget: Budget | None = None) -> None:
        assert isinstance(evaluation.graph, ArrayGraph)
        self.evaluation = evaluation
        self.graph = evaluation.graph
        size = sum(map(prod, self.graph.shapes)) + _NODE * len(self.graph)
        self._left = MOST_LOOKS
        self._slices_left = min(_MOST_SLICES, _MOST_READ // max(size, 1))
        self.budget = budget or Budget(BUDGET_OF_MANY)
        self._moving: tuple[Any, dict[int, Array]] = (None, {})  # the last direction, and what moves with it
        self._found: dict[Hashable, Checked] = {}
        self._lost: dict[int, Array] = {}

    def leave_out(self, node: int, lost: Array) -> None:
        """Leave out the elements of an array that are 0 in doubles alone: they are no constants of a scalar program."""
        self._lost[node] = lost

    def value(self, known: Evaluation, node: int, at: int) -> Checked | None:
        """Find the value of an element, where those that it depends on move; None where no look is to be had.

        What is in doubt is nan in the `known` evaluation.
        """
        if self._is_spent():
            return None
        try:
            sources = find_sources(known, node, at)
            if sum(map(len, sources.values())) > MOST_MOVING:
                return None
            moving = {x: self._named(x, places) for x, places in sources.items()}
            part = Slice(self.evaluation, moving, {node: [at]}, self._lost)
            part.graph.output = part.moved[node][at]
        except (NoSlice, KeyError):
            return None
        return self._look(("value",), part.graph, lambda: self._point(part.graph).value(part.graph.output))

    def along(self, direction: Mapping[int, Any], node: int, at: int) -> Checked | None:
        """Find the derivative of an element in a direction; None where no look is to be had."""
        if self._is_spent():
            return None
        steps = {x: np.ravel(fill(step, self.graph.shapes[x])) for x, step in direction.items()}
        if self._moving[0] is not direction:
            moving = {x: np.flatnonzero(step) for x, step in steps.items()}
            self._moving = direction, find_moving(self.graph, moving, len(self.graph) - 1)
        masks = find_needed(self.graph, self._moving[1], steps, {node: [at]})
        places = {x: np.flatnonzero(masks[x]).tolist() for x in steps if x in masks}
        if not 0 < sum(map(len, places.values())) <= MOST_MOVING:
            return None
        try:
            names = {x: self._named(x, each) for x, each in places.items()}
            part = Slice(self.evaluation, names, {node: [at]}, self._lost)
            part.graph.output = part.moved[node][at]
        except (NoSlice, KeyError):
            return None
        speeds = {part.moved[x][place]: float(steps[x][place]) for x, each in places.items() for place in each}
        line = along_line(part.graph, speeds, "step")
        step = line.graph.nodes[line.step]
        return self._look(
            ("slope", step), line.graph, lambda: self._point(line.graph).gradient(line.graph.output, step)
        )

    def derivative(self, node: int, at: int, output: int, seed: Any) -> Checked | None:
        """Find the derivative of an output's weighted sum in an element; None where no look is to be had."""
        if self._is_spent():
            return None
        try:
            part = Slice(self.evaluation, {node: self._named(node, [at])}, {output: None}, self._lost)
            part.graph.output = part.weighted_sum(output, seed)
        except NoSlice:
            return None
        moved = part.moved[node][at]
        return self._look(
            ("slope", moved), part.graph, lambda: self._point(part.graph).gradient(part.graph.output, moved)
        )

    def _slope(self, graph: Graph, node: int) -> Checked | None:
        return self._look(("slope", node), graph, lambda: self._point(graph).gradient(graph.output, node))

    def _point(self, graph: Graph) -> Point:
        return Point(graph, {}, work=self.budget)

    def _look(self, what: tuple[Any, ...], graph: Graph, find: Callable[[], Checked]) -> Checked | None:
        """Look into something about the output of a scalar program, unless the same of one like it is known."""
        like = (*what, graph.output, *graph.operations, *graph.operands, *map(repr, graph.numbers))
        if like not in self._found:
            self._left -= 1
            if self._left < 0 or self.budget.is_spent:
                return None
            self._found[like] = find()
        return self._found[like]

    def second(self, output: int, first: tuple[int, int], second: tuple[int, int]) -> Checked | None:
        """Find the second derivative of an output in two elements, each a node and a place."""
        moving: dict[int, set[int]] = {}
        for node, at in (first, second):
            moving.setdefault(node, set()).add(at)
        names = [self._named(node, [at])[at] for node, at in (first, second)]
        return self._second(output, moving, Request(wrt=list(dict.fromkeys(names)), budget=self.budget))

    def product(self, output: int, first: tuple[int, int], direction: Mapping[int, Any]) -> Checked | None:
        """Find the derivative in a direction of an output's derivative in an element."""
        steps = {x: np.ravel(fill(step, self.graph.shapes[x])) for x, step in direction.items() if x <= output}
        moving = {x: set(np.flatnonzero(step).tolist()) for x, step in steps.items()}
        if sum(map(len, moving.values())) >= MOST_MOVING:
            return None
        along = {self._named(x, [at])[at]: float(steps[x][at]) for x, places in moving.items() for at in places}
        node, at = first
        moving.setdefault(node, set()).add(at)
        wrt = [self._named(node, [at])[at]]
        return self._second(output, moving, Request(wrt=wrt, direction=along, budget=self.budget))

    def _second(self, output: int, moving: Mapping[int, set[int]], request: Request) -> Checked | None:
        """Find the last entry of the Hessian of a scalar program, or of its product."""
        if self._is_spent():
            return None
        try:
            part = Slice(
                self.evaluation, {x: self._named(x, sorted(places)) for x, places in moving.items()}, {output: None}
            )
            part.graph.output = part.moved[output][0]
        except (NoSlice, KeyError):
            return None
        ends = [part.graph.nodes[name] for name in (*request.wrt, *request.direction)]
        what = "second", *ends, *request.direction.values()
        return self._look(what, part.graph, lambda: hessian(part.graph, {}, request).entries[0][-1])

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
