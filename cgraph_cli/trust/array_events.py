"""The conditions of the table of primitives in arrays: the elements at which each holds."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from functools import reduce

import numpy as np

from cgraph_cli.core.array_graph import ArrayGraph, split
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.evaluation.arrays.algebra import ARRAYS
from cgraph_cli.evaluation.arrays.derivatives import Array
from cgraph_cli.evaluation.arrays.linear_algebra import estimate_condition
from cgraph_cli.evaluation.kernels import ASKED
from cgraph_cli.evaluation.sweeps import Evaluation
from cgraph_cli.trust.array_underflows import evaluate_condition
from cgraph_cli.trust.events import can_change
from cgraph_cli.trust.verdicts import Cause

_MOST_ROWS = 1000
"""The rows of a matrix whose condition number is found for its own sake."""


class ArrayEvents:
    """The elements of an evaluation's arrays at which a condition of the table holds, by `node`.

    `moving` are the nodes that depend on an input. `conditions` are the condition numbers of the matrices that are
    solved with or inverted.
    """

    def __init__(self, evaluation: Evaluation, moving: Container[int], by_node: Mapping[int, Array]) -> None:
        assert isinstance(evaluation.graph, ArrayGraph)
        self.evaluation = evaluation
        self.graph = evaluation.graph
        self.moving = moving
        self.by_node = by_node
        self.conditions: dict[int, float] = {}

    def causes(self, node: int, operands: Sequence[Array]) -> Iterator[tuple[Cause, Array]]:
        """Find the elements at which each condition holds."""
        graph, value = self.graph, self.evaluation.values[node]
        name, args = split(graph.operations[node])
        if name in PRIMITIVES and operands and can_change(graph, node):
            known = ~reduce(np.logical_or, map(np.isnan, operands)) if not args else ~np.isnan(value)
            ties = self._find_ties(node)
            for column in ASKED:
                if column == Cause.EDGES and (not PRIMITIVES[name].edges or self._is_inside(node)):
                    continue
                found = evaluate_condition(name, args, column, value, operands)
                if found is not None:
                    holds = np.asarray(found) != 0
                    yield Cause(column), known & ~holds if column == "domain" else holds & ties
        elif name in _BY_VALUE and np.isfinite(operands[0]).all():
            if (
                name in ("solve", "inv")
                and operands[0].ndim == 2
                and (len(operands[0]) <= _MOST_ROWS or not np.isfinite(value).all())
            ):
                self.conditions[node] = estimate_condition(operands[0])
            for cause, test in _BY_VALUE[name]:
                yield cause, test(np.asarray(value))

    def _find_ties(self, node: int) -> Array:
        """Tell where an equation can change: one with the greatest or least of several elements, only at their ties."""
        graph = self.graph
        if graph.operations[node] != "==":
            return True
        array, most = graph.operands_of(node)
        moves = []
        while split(graph.operations[most])[0] in ("index", "reshape"):
            moves.append(graph.operations[most])
            (most,) = graph.operands_of(most)
        if split(graph.operations[most])[0] not in ("max", "min") or array not in graph.operands_of(most):
            return True
        ties = np.broadcast_to(self.by_node.get(most, False), graph.shapes[most])
        for move in reversed(moves):
            ties = np.asarray(ARRAYS.kernel(move)(ties * 1.0)[0]) != 0
        return ties

    def _is_inside(self, node: int) -> bool:
        """Tell whether constant whole numbers among a node's operands keep those beside an edge in the domain."""
        values = self.evaluation.values
        constants = [each for each in self.graph.operands_of(node) if each not in self.moving]
        return any(bool(np.all(np.equal(np.mod(values[each], 1), 0))) for each in constants)


def is_of_matrix(operation: str) -> bool:
    """Tell whether an operation has its conditions in the results of linear algebra on a matrix."""
    return split(operation)[0] in _BY_VALUE


_BY_VALUE: Mapping[str, Sequence[tuple[Cause, Callable[[Array], Array]]]] = {
    "solve": [(Cause.POLES, lambda value: ~np.isfinite(value))],
    "inv": [(Cause.POLES, lambda value: ~np.isfinite(value))],
    "logdet": [(Cause.POLES, np.isinf), (Cause.DOMAIN, np.isnan)],
    "cholesky": [(Cause.DOMAIN, np.isnan)],
}
"""The causes of a bad matrix, by the results of linear algebra on it."""
