"""Branches: each node's side of its conditions at a point.

Two points with the same branches may have no break between them. Between different branches there is a break, however
small, unless it has no effect. The sides are those of the equations in the conditions of the table (`x == 0`), the
signs of the partials at a kink, and the whole numbers in a rule at a jump.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.rule_parser import condition
from cgraph_cli.evaluation.sweeps import Evaluation

Side = Callable[..., Any]
"""A function of a node's result and its operands."""


@cache
def sides_of(name: str) -> tuple[Side, ...]:
    """List the functions that give a primitive's side of each condition."""
    primitive = PRIMITIVES[name]
    sides: list[Side] = []
    if primitive.variadic:
        return ()
    for column in ("kinks", "jumps"):
        graph = condition(primitive, column)
        for node, operation in enumerate(graph.operations if graph is not None else ()):
            assert graph is not None
            row = PRIMITIVES.get(operation)
            if operation == "==":
                left, right = (_expression(name, column, operand) for operand in graph.operands_of(node))
                sides.append(lambda *given, left=left, right=right: left(*given) > right(*given))
            elif row is not None and row.jumps and not row.is_truth:  # `x == floor(x)`
                sides.append(_expression(name, column, node))
    return tuple(sides)


def _expression(name: str, column: str, node: int) -> Side:
    """Compile a part of a condition."""
    primitive = PRIMITIVES[name]
    graph = condition(primitive, column)
    assert graph is not None
    part = graph.copy()
    part.output = node
    return DOUBLE.expression(primitive, part)


class Branches:
    """The branches of some nodes of a graph."""

    def __init__(self, operations: list[str], nodes: Iterable[int]) -> None:
        self._asked = [
            (node, sides_of(operations[node]))
            for node in nodes
            if (row := PRIMITIVES.get(operations[node])) is not None and (row.kinks or row.jumps)
        ]

    def at(self, evaluation: Evaluation) -> tuple[Any, ...]:
        """Find the branches at a point."""
        graph, values, partials = evaluation.graph, evaluation.values, evaluation.partials
        found: list[Any] = []
        for node, sides in self._asked:
            operands = [values[operand] for operand in graph.operands_of(node)]
            found += [side(values[node], *operands) for side in sides]
            local = partials[graph.starts[node] : graph.starts[node + 1]]
            if PRIMITIVES[graph.operations[node]].kinks:
                found += [(partial or 0.0) > 0 for partial in local]
            else:
                found += [partial for partial in local if partial is not None and partial % 1 == 0]
        return tuple(found)
