"""Isolated points: branches that hold at single points of a variable, as the first of `where(x == 0, 1, sin(x)/x)`.

The derivative in that variable is that of the points around, and not that of the branch.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from cgraph_cli.core.graph import CONSTANT, Graph
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.reach import ancestors, between, descendants
from cgraph_cli.evaluation.double import DOUBLE

MOST_POWER = 64

_MAY_HOLD_AT_POINTS = ("==", "!=", "not", "and", "or")
"""The operations whose result may be another at single points."""


def find_followed(graph: Graph, outputs: Collection[int], wrt: Collection[int]) -> dict[int, dict[int, int]]:
    """Find for each variable the `where` below some nodes of which one branch holds at single points of it alone.

    For each stands the position of the branch that holds around these points.
    """
    found: dict[int, dict[int, int]] = {variable: {} for variable in wrt}
    for node in ancestors(graph, outputs):
        condition = graph.operands_of(node)[0] if graph.operations[node] == "where" else -1
        if condition < 0 or graph.operations[condition] not in _MAY_HOLD_AT_POINTS:
            continue
        for variable in ancestors(graph, [condition]).intersection(wrt):
            if _is_isolated(graph, condition, variable, True):
                found[variable][node] = 2
            elif _is_isolated(graph, condition, variable, False):
                found[variable][node] = 1
    return found


def share_followed(graph: Graph, followed: dict[int, dict[int, int]]) -> dict[int, dict[int, int]]:
    """Give all variables the branches of each, so that one sweep serves them; unless they disagree on a `where`."""
    every = {node: position for nodes in followed.values() for node, position in nodes.items()}
    for node, position in every.items():
        if any(followed[each].get(node) != position for each in ancestors(graph, [node]).intersection(followed)):
            return followed
    return dict.fromkeys(followed, every)


def find_meets(graph: Graph, outputs: Sequence[int], wrt: Sequence[int]) -> list[int]:
    """Find the nodes at whose breaks a derivative in the rules' words need not be the function's.

    They are the `where` whose branches may meet, and the jumps; where there are several, also the kinks, which may
    cancel each other: the rules give `relu(x) - relu(-x)` the slope 0 at 0, which is 1.
    """
    branches, jumps, kinks = set[int](), set[int](), set[int]()
    moving, followed = descendants(graph, wrt), find_followed(graph, outputs, wrt)
    around = {node for nodes in followed.values() for node in nodes}
    for node in moving & ancestors(graph, outputs):
        row = PRIMITIVES.get(graph.operations[node])
        if graph.operations[node] == "where":
            condition = graph.operands_of(node)[0]
            within = ancestors(graph, [condition]).intersection(wrt) if node in around else wrt
            if condition in moving and any(node not in followed[variable] for variable in within):
                branches.add(node)
        elif row is not None and row.kinks:
            several = not (row.variadic or row.root) and not moving.isdisjoint(graph.operands_of(node)[1:])
            (branches if several else kinks).add(node)
        elif row is not None and row.jumps and not row.is_truth:
            jumps.add(node)
    breaks = branches | jumps
    return sorted(breaks | kinks if len(breaks | kinks) > 1 else breaks)


def _is_isolated(graph: Graph, condition: int, variable: int, holds: bool) -> bool:
    """Tell whether a condition holds, or does not, at single points of a variable at most."""
    operation, operands = graph.operations[condition], graph.operands_of(condition)
    if operation == "not":
        return _is_isolated(graph, operands[0], variable, not holds)
    if operation in ("and", "or"):
        parts = (_is_isolated(graph, operand, variable, holds) for operand in operands)
        return any(parts) if (operation == "and") == holds else all(parts)
    return operation == ("==" if holds else "!=") and _has_roots(graph, condition, variable)


def _has_roots(graph: Graph, comparison: int, variable: int) -> bool:
    """Tell whether the difference of two sides is a polynomial in a variable, whose leading coefficient is never 0."""
    known: dict[int, tuple[int, float | None]] = {variable: (1, 1.0)}
    for node in sorted(between(graph, [variable], comparison)):
        if node not in (variable, comparison):
            lead = _lead(graph, node, known)
            if lead is None:
                return False
            known[node] = lead
    left, right = (known.get(operand, _constant(graph, operand)) for operand in graph.operands_of(comparison))
    degree, factor = _sum(left, right, -1)
    return degree > 0 and bool(factor)


def _constant(graph: Graph, node: int) -> tuple[int, float | None]:
    return 0, graph.numbers[node] if graph.operations[node] == CONSTANT else None


def _lead(graph: Graph, node: int, known: Mapping[int, tuple[int, float | None]]) -> tuple[int, float | None] | None:
    """Find the degree of a polynomial and its leading coefficient, None for no number; None for other functions."""
    operation = graph.operations[node]
    given = [known.get(operand, _constant(graph, operand)) for operand in graph.operands_of(node)]
    (degree, factor), (other, by) = given[0], given[-1]
    if operation in ("identity", "neg"):
        return degree, factor if operation == "identity" or factor is None else -factor
    if operation in ("+", "-"):
        return _sum(given[0], given[1], 1 if operation == "+" else -1)
    if operation == "*":
        return degree + other, None if factor is None or by is None else factor * by
    if operation == "/" and other == 0:
        return degree, None if factor is None or not by else factor / by
    if operation == "^" and other == 0 and by is not None and by.is_integer() and 1 <= by <= MOST_POWER:
        return degree * int(by), None if factor is None else DOUBLE.function("^")(factor, by)
    return None


def _sum(left: tuple[int, float | None], right: tuple[int, float | None], sign: int) -> tuple[int, float | None]:
    (degree, factor), (other, by) = left, right
    if degree != other:
        return (degree, factor) if degree > other else (other, None if by is None else sign * by)
    return degree, None if factor is None or by is None else factor + sign * by
