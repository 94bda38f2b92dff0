"""Adjoints of arrays that underflow: they are 0 in doubles, or what is made from them lacks a term."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cgraph_cli.core.array_graph import split
from cgraph_cli.core.graph import CONSTANT
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.evaluation.arrays.algebra import ARRAYS
from cgraph_cli.evaluation.arrays.derivatives import Array, fill, find_dependence
from cgraph_cli.evaluation.arrays.maps import ElementwiseMap, PartialMap, StructuralMap
from cgraph_cli.evaluation.sweeps import Evaluation
from cgraph_cli.trust.array_events import is_of_matrix
from cgraph_cli.trust.array_standings import Standing, Standings
from cgraph_cli.trust.array_underflows import LEAST_NORMAL, MOST_TINY, TINY, find_least
from cgraph_cli.trust.lost_digits import LOST
from cgraph_cli.trust.verdicts import Status

_SMALL = MOST_TINY * TINY
_LOST = LOST * TINY / 5e-324


class LostAdjoints:
    """Bounds of what an output's adjoints have lost by underflows, if doubles count as exact otherwise.

    An underflow counts as `TINY`, which is 2·10²³ times what it may lose.
    """

    def __init__(self, evaluation: Evaluation, standings: Standings, output: int, adjoints: Sequence[Any]) -> None:
        self.graph: Any = evaluation.graph
        self.evaluation = evaluation
        self.standings = standings
        self.adjoints = adjoints
        self.bounds: dict[int, Array] = {}
        self._small: dict[int, Array | None] = {}
        for node in range(output, -1, -1):
            if adjoints[node] is not None:
                self._go_back(node)

    def statuses(self, node: int) -> Mapping[Status, Array]:
        """Tell which elements of a node have a derivative that is too small for doubles, and which an unknown one."""
        if node not in self.bounds:
            return {}
        adjoint, bound = np.abs(fill(self.adjoints[node], self.graph.shapes[node])), self.bounds[node]
        is_lost = bound > _LOST * adjoint
        is_tiny = is_lost & (adjoint == 0) & (bound <= _SMALL)
        return {Status.OVERFLOW: is_tiny, Status.UNKNOWN: is_lost & ~is_tiny}

    def _go_back(self, node: int) -> None:
        """Bound what the operands' adjoints lose by a node."""
        starts, has_lost = self.graph.starts, node in self.bounds or self._is_tiny(node).any()
        numbers: Any = None
        for edge in range(starts[node], starts[node + 1]):
            operand, partial = self.graph.operands[edge], self.evaluation.partials[edge]
            if partial is None or self.graph.operations[operand] == CONSTANT:
                continue
            small = self._find_small(operand)
            if small is None and not has_lost:
                continue
            if numbers is None:
                numbers = np.abs(fill(self.adjoints[node], self.graph.shapes[node]))
            if isinstance(partial.map, ElementwiseMap):
                if not has_lost and not partial.map.axes and not (small & (numbers > 0)).any():
                    continue  # what is small here was so before
                found = self._lost_by_product(node, numbers, partial)
            else:
                found = self._lost_by_structure(node, operand, numbers, partial)
            if found.any():
                self.bounds[operand] = self.bounds.get(operand, 0.0) + found

    def _is_tiny(self, node: int) -> Array:
        return np.asarray(self.standings.of(node) == Standing.TINY)

    def _find_small(self, node: int) -> Array | None:
        """Find the elements of a node whose adjoint is small, None for none: others have lost nothing that counts."""
        if node not in self._small:
            adjoint = self.adjoints[node]
            small = np.abs(fill(adjoint, self.graph.shapes[node])) < _SMALL
            if small.any():
                small = small & find_dependence(adjoint)
            self._small[node] = small if small.any() else None
        return self._small[node]

    def _lost_by_product(self, node: int, numbers: Array, partial: PartialMap) -> Array:
        """Bound what is lost by the map of an elementwise operation."""
        assert isinstance(partial.map, ElementwiseMap)
        own = partial.map.derivative(partial.given)
        sizes = np.abs(fill(own, numbers.shape))
        found = TINY * ((numbers > 0) & (sizes > 0) & (numbers * sizes < LEAST_NORMAL))
        if (tiny := self._is_tiny(node)).any():  # the partial has gone with the value
            found = found + TINY * numbers * (tiny & (sizes == 0) & find_dependence(own))
        if node in self.bounds:
            found = found + np.where(self.bounds[node] > 0, self.bounds[node] * sizes, 0.0)
        return np.asarray(np.add.reduce(found, axis=partial.map.axes).reshape(partial.map.like))

    def _lost_by_structure(self, node: int, operand: int, numbers: Array, partial: PartialMap) -> Array:
        """Bound what is lost by the map of a structural operation; by a solution, anything may be."""
        structure = partial.map
        assert isinstance(structure, StructuralMap)
        graph, like, values = self.graph, self.graph.shapes[operand], self.evaluation.values
        operation, start = graph.operations[node], graph.starts[node]
        small = self._find_small(operand)
        found = np.zeros(like)
        has_two = graph.starts[node + 1] - start == 2  # a recurrence has very many
        if has_two and operation not in PRIMITIVES and not is_of_matrix(operation):
            operands = graph.operands[start : start + 2]
            sizes = [np.abs(values[each]) for each in operands]
            at = operands.index(operand)
            if find_least(numbers) * find_least(sizes[1 - at]) < LEAST_NORMAL:
                ones = ARRAYS.kernel(operation)(*[(size > 0) * 1.0 for size in sizes])[1 + at]
                lost = fill((numbers > 0) * 1.0 * ones, like) != 0
                found = TINY * (lost & (False if small is None else small))
            if node in self.bounds:
                partial = ARRAYS.kernel(operation)(*sizes)[1 + at]
        elif split(operation)[0] in PRIMITIVES and (tiny := self.standings.of(node) == Standing.TINY).any():
            found = fill(structure.reach_back(TINY * numbers * tiny, partial.given), like)
        if node in self.bounds:
            pulled = np.abs(fill(self.bounds[node] * partial, like))
            found = found + (np.maximum(pulled, 2 * _SMALL) if is_of_matrix(operation) else pulled)
        return found
