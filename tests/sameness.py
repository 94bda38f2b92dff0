"""Equality of two graphs' results, for the tests of the simplifier.

In high precision, at a finite point: where one has a value so has the other, and they agree to many digits; where one
is outside its domain the other has no value. In doubles: the error of the second, against the true value, is that of
the first up to a factor, or explained by the rounding of each operation of the first.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from cgraph_cli.core.graph import CONSTANT, LEAVES, Graph
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.sweeps import Evaluation, evaluate
from tests.mpmath_algebra import high_precision

HIGH = high_precision(60, decimal=True)
EXACT = HIGH.number(2.0, "") ** -190
UNIT = HIGH.number(2.0, "") ** -53
LEAST, MOST = HIGH.number(1e-300, ""), HIGH.number(1e300, "")
Number = Any
_STEEP = ("^", "exp", "exp2", "sinh", "cosh", "gamma", "prod", "/")
"""Primitives whose result a large error of an operand moves by more than the slope says."""


def bounds(evaluation: Evaluation, unit: Number, *, exact: bool = False) -> list[Number]:
    """Bound for each node the effect of rounding, with each operation and each input off by a unit.

    With `exact` the inputs are not, and the bound is infinite where a jump is within it.
    """
    graph, errors = evaluation.graph, []
    ctx = unit.context
    for node, operation in enumerate(graph.operations):
        value = evaluation.values[node]
        if not ctx.isfinite(value):
            errors.append(ctx.mpf(0))
            continue
        size = abs(value)
        if operation in LEAVES:
            errors.append(0 * size if exact else size * unit)
            continue
        error = size * unit
        edges = range(graph.starts[node], graph.starts[node + 1])
        for edge in edges:
            moved = errors[graph.operands[edge]]
            partial = evaluation.partials[edge]
            if moved and partial is not None:
                error += moved * abs(partial) if ctx.isfinite(partial) else ctx.inf
        if operation == "^" and ctx.isfinite(evaluation.values[graph.operands[edges[0]]]):
            log = abs(ctx.log(abs(evaluation.values[graph.operands[edges[0]]]) or 1))
            error += size * unit * log  # an exponent such as y - 1 may be rounded
        if (operation in _STEEP and error > size / 1000) or ctx.isnan(error):
            error = ctx.inf
        if exact and PRIMITIVES[operation].jumps and operation not in ("where", "and", "or", "not"):
            operands = [graph.operands[edge] for edge in edges]
            if any(errors[operand] for operand in operands) and _near_jump(evaluation, operation, operands, errors):
                error = ctx.inf
        errors.append(error)
    return errors


def _near_jump(evaluation: Evaluation, operation: str, operands: list[int], errors: list[Number]) -> bool:
    values = [evaluation.values[operand] for operand in operands]
    moved = sum(errors[operand] for operand in operands) * 4
    ctx = moved.context
    if not all(ctx.isfinite(value) for value in values) or not ctx.isfinite(moved):
        return True
    if operation == "atan2":
        return bool(abs(values[0]) <= moved and values[1] <= moved)
    if operation == "%":
        quotient = values[0] / values[1] if values[1] else ctx.mpf(0)
        slack = moved * (1 + abs(quotient)) / abs(values[1]) if values[1] else moved
        return bool(abs(quotient - ctx.nint(quotient)) <= slack)
    if operation in ("sign", "heaviside"):
        return bool(abs(values[0]) <= moved)
    if len(values) == 2:
        return bool(abs(values[0] - values[1]) <= moved)
    if operation == "round":
        return bool(abs(values[0] - ctx.floor(values[0]) - 0.5) <= moved)
    return bool(abs(values[0] - ctx.nint(values[0])) <= moved)


def how_far(evaluation: Evaluation) -> int:
    """Rate the values on the way: 1 beyond the doubles, 2 beyond the high precision."""
    graph, ctx, far = evaluation.graph, EXACT.context, 0
    for node, value in enumerate(evaluation.values):
        operation = graph.operations[node]
        if operation in LEAVES:
            continue
        operands = [evaluation.values[operand] for operand in graph.operands_of(node)]
        if not ctx.isfinite(value):
            if all(ctx.isfinite(operand) for operand in operands):
                domain = evaluation.algebra.condition(operation, "domain")
                if domain is None or domain(value, *operands):
                    return 2
        elif value and not LEAST < abs(value) < MOST:
            far = 1
            if abs(ctx.mag(value)) > 10**6:
                return 2
        if operation == "^" and abs(operands[1]) > 2**53:
            return 2
    return far


def is_vague(evaluation: Evaluation, errors: list[Number]) -> bool:
    """Tell whether a value on the way may as well be zero: a domain may begin on either side of it."""
    return any(error > abs(value) * 2.0**-60 for value, error in zip(evaluation.values, errors, strict=True))


def has_constant_pole(evaluation: Evaluation) -> bool:
    """Tell whether a program divides by a literal zero, or the like."""
    graph, ctx = evaluation.graph, EXACT.context
    return any(
        not ctx.isfinite(evaluation.values[node])
        and operation not in LEAVES
        and all(graph.operations[operand] == CONSTANT for operand in graph.operands_of(node))
        for node, operation in enumerate(graph.operations)
    )


def through_a_pole(evaluation: Evaluation) -> bool:
    """Tell whether a value on the way is infinite: the result is finite only as 1/(1/0) is."""
    return any(map(EXACT.context.isinf, evaluation.values))


def out_of_place(evaluation: Evaluation) -> bool:
    """Tell whether doubles make a number outside of a domain, as C does of `(-inf)^0.5`."""
    graph, values = evaluation.graph, evaluation.values
    for node, operation in enumerate(graph.operations):
        cause = None if operation in LEAVES else DOUBLE.cause(operation)
        given = [values[operand] for operand in graph.operands_of(node)]
        if cause and not math.isnan(values[node]) and cause(values[node], *given) == "domain":
            return True
    return False


def difference(
    one: Graph, node: int, other: Graph, position: int, point: Mapping[str, float], doubles: bool = True
) -> str:
    """Describe the difference at a finite point; empty where there is none."""
    ctx = EXACT.context
    first = evaluate(one, point, algebra=HIGH)
    given = {name: number for name, number in point.items() if name in other.nodes}
    second = evaluate(other, given, algebra=HIGH)
    far = max(how_far(first), how_far(second))
    truth, found = first.values[node], second.values[position]
    errors = bounds(first, EXACT, exact=True)
    if far == 2 or any(map(ctx.isinf, errors)) or has_constant_pole(first):
        return ""
    if through_a_pole(first):  # where only doubles know the sign of a zero
        return "" if far or not doubles else _difference_at_a_pole(one, node, other, position, point, given)
    if ctx.isfinite(truth) != ctx.isfinite(found):
        return "" if is_vague(first, errors) else f"{truth} became {found}"
    if ctx.isfinite(truth) and not abs(truth - found) <= 2**20 * bounds(first, EXACT)[node]:
        return f"{truth} became {found}"
    if far or not doubles:
        return ""
    old, new = evaluate(one, point).values[node], evaluate(other, given).values[position]
    if not math.isfinite(old) or not ctx.isfinite(truth):
        return ""
    allowed = max(abs(old - truth), bounds(first, UNIT)[node], abs(truth) * UNIT) * 8
    if not abs(new - truth) <= allowed:
        return f"in doubles {old!r} became {new!r}, where {ctx.nstr(allowed, 3)} is allowed"
    return ""


def _difference_at_a_pole(
    one: Graph, node: int, other: Graph, position: int, point: Mapping[str, float], given: Mapping[str, float]
) -> str:
    """Describe the difference in doubles, with infinities on the way."""
    before, after = evaluate(one, point), evaluate(other, given)
    old, new = before.values[node], after.values[position]
    if math.isfinite(old) == math.isfinite(new) and not (math.isfinite(old) and abs(old - new) > 1e-9 * (1 + abs(old))):
        return ""
    errors = bounds(evaluate(one, point, algebra=HIGH), UNIT, exact=True)
    if out_of_place(before) or any(map(EXACT.context.isinf, errors)):
        return ""
    if any(error > abs(value) * 2.0**-20 for error, value in zip(errors, before.values, strict=True)):
        return ""  # digits cancel on the way
    return f"{old!r} became {new!r} in doubles"
