"""Derivatives of arrays in a direction: forward beside reverse, which no rounding keeps from agreeing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import prod
from typing import Any, NamedTuple

import numpy as np

from cgraph_cli.core.tensor import Shape
from cgraph_cli.evaluation.arrays.derivatives import fill
from cgraph_cli.evaluation.sweeps import Evaluation, sweep_forward
from cgraph_cli.trust.array_elements import Elements

ROUNDING = 1e-10
"""The part of a sum of products over paths that forward and reverse may differ by."""


class Slopes(NamedTuple):
    """A derivative of an output in a direction, from adjoints and from tangents.

    `size` is the largest sum of products that any one node has: rounding is a part of it.
    """

    reverse: float
    forward: float
    size: float

    @property
    def agree(self) -> bool:
        """True where the two are the same but for rounding, or unknown."""
        return self.size != self.size or abs(self.reverse - self.forward) <= ROUNDING * self.size


def all_move(shape: Shape) -> Any:
    """Make a direction in which all elements move, each by another number."""
    return np.cos(np.arange(prod(shape), dtype=float) + 1).reshape(shape)


def _without(values: Elements, node: int, step: Any, told: Collection[int]) -> Any:
    """Set the steps of some elements to 0."""
    start, steps = values.starts[node], np.array(fill(step, values.graph.shapes[node]), dtype=float)
    steps.flat[[at - start for at in told if start <= at < start + steps.size]] = 0.0
    return steps


def find_slopes(
    evaluation: Evaluation,
    values: Elements,
    direction: Mapping[int, Any],
    output: int,
    seed: Any,
    adjoints: Elements,
    told: Collection[int] = (),
) -> Slopes:
    """Find the derivative of an output that its adjoints give in a direction of some nodes, and that tangents give.

    Elements whose adjoints are `told` not to be those of the doubles stay where they are.
    """
    direction = {x: _without(values, x, step, told) for x, step in direction.items()} if told else direction
    tangents = Elements(values.graph, sweep_forward(evaluation, direction))
    pairs = [float(np.abs(adjoints.array(node) * tangents.array(node)).sum()) for node in range(output + 1)]
    graph = values.graph
    reverse = sum(float((adjoints.array(x) * fill(step, graph.shapes[x])).sum()) for x, step in direction.items())
    forward = float((fill(seed, graph.shapes[output]) * tangents.array(output)).sum())
    return Slopes(reverse, forward, max(pairs))
