"""Sparsity: the entries of a Jacobian that can be other than 0, from the graph alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from cgraph_cli.core.graph import CONSTANT, INPUT, LEAVES, Graph
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.reach import ancestors
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.rule_parser import rule


def pattern(graph: Graph, of: Sequence[int], wrt: Sequence[int]) -> list[list[bool]]:
    """Find whether each node of `of` (a row each) can change with each of `wrt` (a column each), at some point.

    A node depends on all that its operands depend on, except for operands without dependence in the table: those of a
    comparison, or the condition of a `where`; and except for what is multiplied by a constant 0. It takes one pass,
    with a set of bits for each node.
    """
    seeds = {node: 1 << at for at, node in enumerate(wrt)}
    found: dict[int, int] = {}
    numbers: dict[int, float] = {}
    for node in sorted(ancestors(graph, of)):
        bits = seeds.get(node, 0)
        operation, operands = graph.operations[node], graph.operands_of(node)
        if operation == CONSTANT:
            numbers[node] = graph.constant(node)
        elif operation not in LEAVES:
            if is_exact(operation) and all(operand in numbers for operand in operands):
                numbers[node] = DOUBLE.kernel(operation)(*(numbers[operand] for operand in operands))[0]
            for at, counts in enumerate(find_dependence(operation, len(operands))):
                factor = find_factor(operation, at)
                if counts and (factor is None or numbers.get(operands[factor]) != 0):
                    bits |= found[operands[at]]
        found[node] = bits
    return [[bool(found[output] >> at & 1) for at in range(len(wrt))] for output in of]


@cache
def is_exact(operation: str) -> bool:
    """Tell whether doubles compute an operation of known numbers without rounding: a 0 is one then."""
    primitive = PRIMITIVES[operation]
    return primitive.exact or primitive.is_truth


@cache
def find_dependence(operation: str, count: int) -> tuple[bool, ...]:
    """Tell for each operand whether an operation depends on it, at some point."""
    partials = rule(PRIMITIVES[operation])
    return tuple(partials.depends(position) for position in range(count))


@cache
def find_factor(operation: str, position: int) -> int | None:
    """Find the operand that is the partial with respect to another one, as in a product; None where none is."""
    primitive = PRIMITIVES[operation]
    partials = rule(primitive)
    partial, *others = [branch.partial for branch in partials.branches(position)]
    if primitive.variadic or others or partial is None or partials.graph.operations[partial] != INPUT:
        return None
    name = partials.graph.names[partial]
    return primitive.parameters.index(name) if name in primitive.parameters else None
