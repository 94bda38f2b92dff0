"""Sparsity: which entries of a Jacobian can be other than 0, from the graph alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from cgraph_cli.core.graph import LEAVES, Graph
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.evaluation.rules import rule


def pattern(graph: Graph, of: Sequence[int], wrt: Sequence[int]) -> list[list[bool]]:
    """Whether each node of `of` (a row each) can change with each of `wrt` (a column each), at some point.

    A node depends on what its operands do, but for those that the table gives no dependence on: the operands of a
    comparison, say, or the condition of a `where`. Takes one pass, with a set of bits for each node.
    """
    seeds = {node: 1 << at for at, node in enumerate(wrt)}
    found: dict[int, int] = {}
    for node in below(graph, of):
        bits = seeds.get(node, 0)
        operation = graph.operations[node]
        if operation not in LEAVES:
            operands = graph.operands_of(node)
            for operand, counts in zip(operands, _dependence(operation, len(operands)), strict=True):
                if counts:
                    bits |= found[operand]
        found[node] = bits
    return [[bool(found[output] >> at & 1) for at in range(len(wrt))] for output in of]


def below(graph: Graph, nodes: Sequence[int]) -> list[int]:
    """The nodes that some depend on, those among them, in the order of the program."""
    needed = bytearray(len(graph))
    for node in nodes:
        needed[node] = 1
    for node in range(max(nodes, default=-1), -1, -1):
        if needed[node]:
            for operand in graph.operands_of(node):
                needed[operand] = 1
    return [node for node, is_needed in enumerate(needed) if is_needed]


@cache
def _dependence(operation: str, count: int) -> tuple[bool, ...]:
    """Which of its operands an operation's derivative can depend on."""
    partials = rule(PRIMITIVES[operation])
    return tuple(partials.depends(position) for position in range(count))
