"""Sparsity: the entries of a Jacobian that can be other than 0, from the graph alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from cgraph_cli.core.graph import LEAVES, Graph
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.reach import ancestors
from cgraph_cli.evaluation.rule_parser import rule


def pattern(graph: Graph, of: Sequence[int], wrt: Sequence[int]) -> list[list[bool]]:
    """Find whether each node of `of` (a row each) can change with each of `wrt` (a column each), at some point.

    A node depends on all that its operands depend on, except for operands without dependence in the table: those of a
    comparison, or the condition of a `where`. It takes one pass, with a set of bits for each node.
    """
    seeds = {node: 1 << at for at, node in enumerate(wrt)}
    found: dict[int, int] = {}
    for node in sorted(ancestors(graph, of)):
        bits = seeds.get(node, 0)
        operation = graph.operations[node]
        if operation not in LEAVES:
            operands = graph.operands_of(node)
            for operand, counts in zip(operands, _dependence(operation, len(operands)), strict=True):
                if counts:
                    bits |= found[operand]
        found[node] = bits
    return [[bool(found[output] >> at & 1) for at in range(len(wrt))] for output in of]


@cache
def _dependence(operation: str, count: int) -> tuple[bool, ...]:
    """Tell for each operand whether an operation depends on it, at some point."""
    partials = rule(PRIMITIVES[operation])
    return tuple(partials.depends(position) for position in range(count))
