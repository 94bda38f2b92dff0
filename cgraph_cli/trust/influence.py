"""Influence: which nodes can change which others at a point, and which derivatives go through an event."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from math import inf

from cgraph_cli.core.reach import ancestors
from cgraph_cli.evaluation.sweeps import Evaluation
from cgraph_cli.trust.events import SMALLEST

CLEAR, EVENT, SINGULAR = range(3)
"""How far a derivative is in doubt: it meets nothing, an event, or a point where the rules have no number."""


class Influence:
    """The nodes of an evaluation as they can change each other from here: all but the untaken branch of a `where`."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.graph = evaluation.graph
        self.values = evaluation.values
        self.partials = evaluation.partials

    def operands_of(self, node: int) -> Sequence[int]:
        """List the operands that can change a node's value."""
        operands = self.graph.operands_of(node)
        if self.graph.operations[node] == "where":
            condition, first, second = operands
            return (condition, first if self.values[condition] else second)
        return operands

    def ancestors(self, nodes: Iterable[int]) -> set[int]:
        """Find some nodes and all that can change their values."""
        return ancestors(self.graph, nodes, self.operands_of)

    def doubt_in_adjoints(
        self, output: int, adjoints: Sequence[float | None], events: Collection[int], singular: Collection[int]
    ) -> dict[int, int]:
        """Find the nodes whose adjoints go through an event on the way from the output, and how far they are in doubt.

        A product that leaves the range of doubles is an event of its own.
        """
        graph, doubt = self.graph, {output: CLEAR}
        for node in range(output, -1, -1):
            if node not in doubt:
                continue
            passed = max(doubt[node], _doubt_at(node, events, singular))
            influences = self.operands_of(node)
            for edge in range(graph.starts[node], graph.starts[node + 1]):
                operand = graph.operands[edge]
                if operand in influences:
                    lost = EVENT if _is_lost(self.partials[edge], adjoints[node]) else CLEAR
                    doubt[operand] = max(doubt.get(operand, CLEAR), passed, lost)
        return {node: state for node, state in doubt.items() if state != CLEAR}

    def doubt_in_tangents(
        self,
        direction: Mapping[int, float],
        tangents: Sequence[float | None],
        events: Collection[int],
        singular: Collection[int],
    ) -> dict[int, int]:
        """Find the nodes whose tangents go through an event, and how far they are in doubt."""
        graph, doubt = self.graph, dict.fromkeys(direction, CLEAR)
        for node in range(min(direction, default=0), len(graph)):
            influences = self.operands_of(node)
            if node in direction or not any(operand in doubt for operand in influences):
                continue
            state = _doubt_at(node, events, singular)
            for edge in range(graph.starts[node], graph.starts[node + 1]):
                operand = graph.operands[edge]
                if operand in doubt and operand in influences:
                    lost = EVENT if _is_lost(self.partials[edge], tangents[operand]) else CLEAR
                    state = max(state, doubt[operand], lost)
            doubt[node] = state
        return {node: state for node, state in doubt.items() if state != CLEAR}


def _doubt_at(node: int, events: Collection[int], singular: Collection[int]) -> int:
    return SINGULAR if node in singular else EVENT if node in events else CLEAR


def _is_lost(partial: float | None, derivative: float | None) -> bool:
    """Tell whether the product of two factors is outside the range in which a double has all its digits."""
    if not partial or not derivative:
        return False
    return not SMALLEST <= abs(partial * derivative) < inf
