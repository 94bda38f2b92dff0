"""Rounds: a rewriting repeated until it changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cgraph_cli.core.graph import Graph

_MOST_ROUNDS = 20

Rewriting = Callable[[Graph, Sequence[int]], tuple[Graph, list[int]]]
"""One round: from a graph and the nodes to keep to a new graph and their places in it."""


def settle(rewrite: Rewriting, graph: Graph, keep: Sequence[int]) -> tuple[Graph, list[int]]:
    """Rewrite a graph until a round changes nothing; returns it, and the places of the nodes `keep` in it."""
    keep = list(keep)
    for _ in range(_MOST_ROUNDS):
        rewritten, positions = rewrite(graph, keep)
        done = _are_same(rewritten, graph) and positions == keep
        graph, keep = rewritten, positions
        if done:
            break
    return graph, keep


def _are_same(one: Graph, other: Graph) -> bool:
    return one.operations == other.operations and one.operands == other.operands and one.numbers == other.numbers
