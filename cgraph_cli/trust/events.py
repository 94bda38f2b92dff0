"""Events: nodes where an evaluation in doubles met an irregular point, or left the range of a double."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite, isnan
from typing import NamedTuple

from cgraph_cli.core.graph import CONSTANT, LEAVES, Graph
from cgraph_cli.core.primitives import TRUTHS
from cgraph_cli.core.reach import between
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.sweeps import Evaluation
from cgraph_cli.trust.lost_digits import Bounds, is_inside, is_lost
from cgraph_cli.trust.verdicts import Cause

MOST_NODES = 100_000
"""The most nodes of a graph whose digits are certified, and whose events are examined."""


class Event(NamedTuple):
    """A node, and the cause of its unreliable number."""

    node: int
    cause: Cause


def find_events(evaluation: Evaluation, bounds: Bounds | None) -> Iterator[Event]:
    """Find the nodes whose doubles are uncertain; without bounds, the irregular points alone."""
    graph, values = evaluation.graph, evaluation.values
    starts, operands = graph.starts, graph.operands
    if graph.gradients and any(isinstance(partial, float) and isnan(partial) for partial in evaluation.partials):
        yield from (Event(node, Cause.INHERITED) for node in graph.gradients if find_rough_nodes(evaluation, node))
    causes = _find_causes(evaluation) if bounds is None else bounds.causes
    errors = [0.0] * len(graph) if bounds is None else bounds.values
    for node, (value, error) in enumerate(zip(values, errors, strict=True)):
        if node in causes and can_change(graph, node):
            yield Event(node, Cause(causes[node]))
        elif starts[node] == starts[node + 1]:
            continue
        elif not isfinite(value):
            given = [values[operand] for operand in operands[starts[node] : starts[node + 1]]]
            yield Event(node, Cause.OVERFLOW if all(map(isfinite, given)) else Cause.INHERITED)
        elif error and is_lost(value, error):
            before = operands[starts[node] : starts[node + 1]]
            inherits = any(is_lost(values[operand], errors[operand]) for operand in before)
            yield Event(node, Cause.INHERITED if inherits else Cause.CANCELLED)


def find_rough_nodes(evaluation: Evaluation, gradient: int) -> set[int]:
    """Find the nodes with a value and without a slope, which the formula of a gradient of the program may have lost.

    One is `(-2)^n`, which has no power beside a whole n; the formula of `grad(((-2)^n)^0, n)` is 0.
    """
    graph, values, partials = evaluation.graph, evaluation.values, evaluation.partials
    output, wrt = graph.gradients[gradient]
    path = between(graph, [wrt], output)
    return {
        node
        for node in path
        for edge in range(graph.starts[node], graph.starts[node + 1])
        if isinstance(partial := partials[edge], float) and isnan(partial)
        if isfinite(values[node]) and graph.operands[edge] in path
    }


def _find_causes(evaluation: Evaluation) -> dict[int, str]:
    """Find the conditions of the table that hold, by node, with every double taken as exact."""
    graph, values = evaluation.graph, evaluation.values
    conditions = {name: ask for name in set(graph.operations).difference(LEAVES) if (ask := DOUBLE.cause(name))}
    found = {}
    for node, operation in enumerate(graph.operations):
        if operation in conditions:
            cause = conditions[operation](values[node], *[values[operand] for operand in graph.operands_of(node)])
            if cause and not (cause == Cause.EDGES and is_inside(graph, node)):
                found[node] = cause
    return found


def can_change(graph: Graph, node: int, by_limit: bool = False) -> bool:
    """Tell whether a change of its operands can make a node's conditions hold, and no switch or constant decides.

    `by_limit` tells that its operands have no value at the point, and so no tie.
    """
    operation = graph.operations[node]
    if operation not in TRUTHS and operation != "where":
        return True
    operands = graph.operands_of(node)[:1] if operation == "where" else graph.operands_of(node)
    if operation in ("where", "and", "or", "not"):
        return any(graph.operations[o] not in TRUTHS and graph.operations[o] != CONSTANT for o in operands)
    if operation == "==" and graph.operations[operands[1]] in ("max", "min") and not by_limit:
        return operands[0] not in graph.operands_of(operands[1])  # a tie is a kink of its own
    return operands[0] != operands[1]
