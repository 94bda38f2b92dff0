"""Standings of the elements of arrays: how far a value can be told from what it is computed from."""

from __future__ import annotations

from collections.abc import Collection
from functools import reduce
from typing import Any

import numpy as np

from cgraph_cli.core.array_graph import ArrayGraph, split
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.evaluation.arrays.algebra import ARRAYS
from cgraph_cli.evaluation.arrays.derivatives import Array, fill
from cgraph_cli.evaluation.arrays.maps import StructuralMap
from cgraph_cli.evaluation.arrays.reductions import lay_out
from cgraph_cli.evaluation.sweeps import Evaluation
from cgraph_cli.trust.array_underflows import MOST_TINY, TINY, find_underflows, replace_tiny
from cgraph_cli.trust.verdicts import Checked, Status


class Standing:
    """The standing of a value, as a number: the worse, the larger."""

    FINE, TINY, BY_LIMIT, ENDLESS, OVERFLOW, POLE, JUMP, UNKNOWN, UNDEFINED = range(9)
    """A tiny value is 0 in doubles alone. An endless one is infinite because an input or a constant is."""


STATUS_OF_STANDING = {
    Standing.TINY: Status.OVERFLOW,
    Standing.BY_LIMIT: Status.LIMIT,
    Standing.ENDLESS: Status.POLE,
    Standing.OVERFLOW: Status.OVERFLOW,
    Standing.POLE: Status.POLE,
    Standing.JUMP: Status.JUMP,
    Standing.UNKNOWN: Status.UNKNOWN,
    Standing.UNDEFINED: Status.UNDEFINED,
}
"""The status of a value of each standing."""

_STANDING_OF = {status: standing for standing, status in STATUS_OF_STANDING.items()}  # a pole is no endless value

_LARGEST = float(np.finfo(float).max)
_SAME, _NOTHING = 1e-12, 1e-300


def find_standing(checked: Checked) -> int:
    """Find the standing of a value that was looked into."""
    status = checked.verdict.status
    if status == Status.OVERFLOW:
        return Standing.OVERFLOW if np.isinf(checked.number) else Standing.TINY
    return _STANDING_OF.get(status, Standing.FINE)


class Standings:
    """The standings of the elements of an evaluation's arrays, by node; a node without any has fine ones alone."""

    def __init__(self, evaluation: Evaluation) -> None:
        assert isinstance(evaluation.graph, ArrayGraph)
        self.graph = evaluation.graph
        self.values = evaluation.values
        self._of: dict[int, Array] = {}

    def nodes(self) -> Collection[int]:
        """List the nodes with an element whose standing is not fine."""
        return self._of.keys()

    def set(self, node: int, standings: Array) -> None:
        """Set the standings of a node's elements."""
        if standings.any():
            self._of[node] = standings

    def of(self, node: int) -> Array:
        """Give the standings of a node's elements; 0 where all are fine."""
        return self._of.get(node, np.int8(Standing.FINE))

    def find_worst(self, node: int) -> Array:
        """Find for each element of a node the worst standing of the elements that it is computed from."""
        operands = self.graph.operands_of(node)
        if self._of.keys().isdisjoint(operands):
            return Standing.FINE
        shape = self.graph.shapes[node]
        name, args = split(self.graph.operations[node])
        if name not in PRIMITIVES:
            found: Array = self._through_structure(node)
        elif args:
            lanes, axis = lay_out(self._of[operands[0]], *args)
            found = lanes.max(axis=axis, initial=Standing.FINE)
        elif name == "where":
            condition, first, second = operands
            taken = np.where(np.asarray(self.values[condition]) != 0, self.of(first), self.of(second))
            found = np.maximum(self.of(condition), taken)
        else:
            found = reduce(np.maximum, map(self.of, operands))
        return np.broadcast_to(found, shape)

    def _through_structure(self, node: int) -> Array:
        operands = self.graph.operands_of(node)
        _, *partials = ARRAYS.kernel(self.graph.operations[node])(*[self.values[operand] for operand in operands])
        found: Any = np.zeros(self.graph.shapes[node], dtype=np.int8)
        for operand, partial in zip(operands, partials, strict=True):
            if operand not in self._of or partial is None:
                continue
            for standing in np.unique(self._of[operand]):
                if standing != Standing.FINE:
                    mask = (self._of[operand] == standing) * 1.0
                    if isinstance(partial.map, StructuralMap):
                        mask = partial.map.reach_forward(mask, partial.given)
                    reached = fill(mask, found.shape) != 0
                    found = np.maximum(found, np.where(reached, standing, Standing.FINE))
        return found

    def settle_overflow(self, node: int, worst: Array) -> Array:
        """Tell which finite values are the same for any operands beyond the doubles, as `1/(1 + exp(x))`."""
        name, args = split(self.graph.operations[node])
        if name not in PRIMITIVES or args or not (worst == Standing.OVERFLOW).any():
            return np.zeros(np.shape(worst), dtype=bool)
        value = np.asarray(self.values[node])
        operands = [np.clip(self.values[operand], -_LARGEST, _LARGEST) for operand in self.graph.operands_of(node)]
        other = np.asarray(ARRAYS.kernel(self.graph.operations[node])(*operands)[0])
        near = np.abs(other - value) <= _SAME * np.abs(value) + _NOTHING
        return np.asarray((worst == Standing.OVERFLOW) & near)

    def find_tiny(self, node: int, worst: Array) -> Array:
        """Find the standings of finite values, the worst of whose operands are tiny: they may be no longer so."""
        operation, operands = self.graph.operations[node], self.graph.operands_of(node)
        value = np.asarray(self.values[node])
        found = np.zeros(value.shape, dtype=np.int8)
        places = (worst == Standing.TINY) & np.isfinite(value)
        if not places.any():
            return found
        given = [replace_tiny(self.values[each], self.of(each) == Standing.TINY) for each in operands]
        other = np.asarray(ARRAYS.kernel(operation)(*given)[0])
        changed = places & ~(np.abs(other - value) <= _SAME * np.abs(value))
        is_tiny = (value == 0) & (np.abs(other) <= MOST_TINY * TINY)
        found[changed] = Standing.UNKNOWN
        found[(changed & is_tiny) | (places & (value == 0) & find_underflows(operation, other, given))] = Standing.TINY
        return found

    def find_annulled(self, node: int) -> Array:
        """Tell which values are 0 whatever an undefined operand is, and so may have a limit: `0*(x/x)` at 0."""
        values = [self.values[each] for each in self.graph.operands_of(node)]
        given = [np.where(np.isnan(value), 1.0, value) for value in values]
        return np.asarray(ARRAYS.kernel(self.graph.operations[node])(*given)[0] == 0)

    def hide(self, node: int) -> Array:
        """Give a node's values, nan where they are in doubt: what a value in doubt comes from."""
        standings = self._of.get(node)
        if standings is None:
            return self.values[node]
        return np.where((standings == Standing.FINE) | (standings == Standing.ENDLESS), self.values[node], np.nan)
