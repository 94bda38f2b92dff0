"""Growth: predictions of the nodes of derivatives of a high order.

The derivatives of most functions grow by a factor with each order. Those of a polynomial grow first and vanish past its
degree: below the degree their growth predicts nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from math import exp, inf, log

from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.reach import between
from cgraph_cli.evaluation.rule_parser import rule

_LEAST = 150
"""The least nodes of a graph whose growth predicts its further growth."""

_MOST = 600.0
"""The logarithm of a factor beyond any size."""


def predict_size(sizes: Sequence[int], order: int) -> float:
    """Predict the size of the derivatives of an order from those of the orders 0, 1, … so far; 0 where these are few.

    A power of the order grows at rates that fall as 1/order. Rates that fall less than half as fast go on as they are.
    Others go on as those of a power do, the smaller of the last two.
    """
    last = len(sizes) - 1
    if last < 3:
        return 0.0
    rates = [log(max(1.0, after / before)) for before, after in pairwise(sizes[-4:])]
    steady = rates[0] > 0 and all(after >= before * (1 - 0.5 / last) for before, after in pairwise(rates))
    if last > 3 and steady and sizes[last] >= _LEAST:
        return sizes[last] * exp(min(_MOST, min(rates) * (order - last)))
    return sizes[last] * exp(min(_MOST, min(last * rates[-1], (last - 1) * rates[-2]) * log(order / last)))


def largest_degree(graph: Graph, node: int, wrt: Collection[int]) -> float:
    """Find the largest degree of any node that is a polynomial in others.

    Past that order all such polynomials have vanished. A degree may be found too large, where terms cancel.
    """
    degrees = dict.fromkeys(wrt, 1.0)
    for other in sorted(between(graph, wrt, node)):
        if other not in degrees:
            degrees[other] = _degree_of(graph, other, degrees, frozenset())
    return max(each for each in degrees.values() if each < inf)


def _degree_of(graph: Graph, node: int, degrees: Mapping[int, float], above: frozenset[str]) -> float:
    """Find the degree of an operation as a polynomial, from those of its operands; infinite for any other function.

    `above` are the operations whose rules led to it.
    """
    operation, operands = graph.operations[node], graph.operands_of(node)
    known = [degrees.get(operand, 0.0) for operand in operands]
    if operation in (INPUT, CONSTANT) or not any(known):
        return 0.0
    if operation == "^" and graph.operations[operands[1]] == CONSTANT:
        exponent = graph.constant(operands[1])
        return exponent * known[0] if exponent > 0 and exponent.is_integer() else inf
    if operation in above:
        return inf
    rules = rule(PRIMITIVES[operation])
    found = 0.0
    for position, own in enumerate(known):
        if own and rules.depends(position):
            scope = _scope(operation, known, position)
            parts: dict[int, float] = {}
            for part in range(len(rules.graph)):
                name = rules.graph.names[part]
                if name is not None and rules.graph.operations[part] == INPUT:
                    parts[part] = scope.get(name, 0.0)
                else:
                    parts[part] = _degree_of(rules.graph, part, parts, above | {operation})
            partials = (branch.partial for branch in rules.branches(position))
            found = max(found, *(own + parts[partial] for partial in partials if partial is not None))
    return found


def _scope(operation: str, known: Sequence[float], position: int) -> dict[str, float]:
    """Give the degrees of the names in a rule's scope."""
    primitive = PRIMITIVES[operation]
    if primitive.variadic:
        (parameter,) = primitive.parameters
        return {"f": inf, parameter: known[position], "rest": sum(known) - known[position]}
    return {"f": inf, **dict(zip(primitive.parameters, known, strict=True))}
