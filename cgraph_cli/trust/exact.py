"""Exact derivatives: sweeps in high precision at the point itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import Any

from cgraph_cli.core.graph import LEAVES, Graph
from cgraph_cli.evaluation.high import as_double, high_precision
from cgraph_cli.evaluation.sweeps import Evaluation, sweep_forward, sweep_reverse
from cgraph_cli.trust.limits import Limits


class ExactDerivatives:
    """Derivatives by the rules, to the last digit of a double; each sweep is made when it is first asked for."""

    def __init__(self, graph: Graph, limits: Limits, digits: int) -> None:
        self.graph = graph
        self.limits = limits
        self.digits = digits
        self._columns: dict[tuple[Any, ...], list[list[Any]]] = {}

    def adjoint(self, output: int, seed: float, node: int) -> float | None:
        """Find the adjoint of a node; None where it cannot be had at the point."""
        return self._find(("adjoint", output), node, lambda point: sweep_reverse(point, {output: seed}))

    def tangent(self, direction: Mapping[int, float], node: int) -> float | None:
        """Find the tangent of a node; None where it cannot be had at the point."""
        key = ("tangent", *sorted(direction.items()))
        return self._find(key, node, lambda point: sweep_forward(point, dict(direction)))

    def _find(self, key: tuple[Any, ...], node: int, sweep: Callable[[Evaluation], list[Any]]) -> float | None:
        if key not in self._columns:
            coarse_point, fine_point = self._evaluate(self.digits), self._evaluate(2 * self.digits)
            sizes = [None if partial is None else abs(partial) for partial in coarse_point.partials]
            sized = Evaluation(self.graph, coarse_point.algebra, coarse_point.values, sizes)
            self._columns[key] = [sweep(point) for point in (coarse_point, fine_point, sized)]
        coarse, fine, size = (column[node] for column in self._columns[key])
        if coarse is None or fine is None:
            return 0.0
        if not all(abs(number) < inf for number in (coarse, fine)):
            return None
        if abs(coarse - fine) <= abs(fine) * 10.0**-20:
            return as_double(fine)
        noise = abs(size) * (coarse * 0 + 10) ** (20 - self.digits)
        return 0.0 if abs(coarse) <= noise and abs(fine) <= noise else None  # terms that cancel

    def _evaluate(self, digits: int) -> Evaluation:
        graph, algebra = self.graph, high_precision(digits)
        found = self.limits.at_point(range(len(graph)), digits)
        values = [found[node] for node in range(len(graph))]
        partials: list[Any] = []
        for node, operation in enumerate(graph.operations):
            if operation not in LEAVES:
                partials += algebra.kernel(operation)(*(values[o] for o in graph.operands_of(node)))[1:]
        return Evaluation(graph, algebra, values, partials)
