"""Derivatives beside kinks: a function with nothing but kinks moves on each side as the table says, without samples.

Made of smooth functions and of `abs`, `max` and the like, it has a derivative in every direction, and the chain rule
holds for these: A. Shapiro, "On concepts of directional differentiability" (1990).
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from cgraph_cli.core.primitives import PRIMITIVES, Primitive
from cgraph_cli.core.reach import between
from cgraph_cli.evaluation.ball import Ball, Precision, Undecided, accuracy, balls
from cgraph_cli.evaluation.rule_parser import text_graph
from cgraph_cli.evaluation.straight_line import compile_graph
from cgraph_cli.trust.known import KnownValues
from cgraph_cli.trust.limits_of_samples import AGREEMENT_BITS
from cgraph_cli.trust.neighbourhood import Approach
from cgraph_cli.trust.verdicts import Cause

_BITS = 256

_WIDE = 2000
"""The power of ½ of a distance that is nearer than any double to another."""


def approach_kinks(values: KnownValues, direction: Mapping[int, float], target: int) -> list[Approach]:
    """Find the sides of a function in a direction, from below and from above, if kinks alone make it singular there.

    There are none where that is not so, or not certain. Raises `OutOfWork`.
    """
    graph, influence = values.influence.graph, values.influence
    path = sorted(between(graph, list(direction), target, influence.operands_of).difference(direction))
    kinks = values.singular.intersection(path)
    if not kinks or not all(_has_sides(values, node) for node in kinks):
        return []
    apart = (values.by_limit, values.point.doubtful, graph.hidden, graph.gradients.keys())
    if not all(group.isdisjoint(path) for group in apart):
        return []
    numbers = values.point.values([target, *(o for node in path for o in graph.operands_of(node))], _BITS)
    values.point.budget.walk(len(path))
    try:
        with Precision(_BITS):
            slopes = [_slope(values, direction, path, numbers, target, side) for side in (-1, 1)]
    except Undecided:
        return []
    here = values.point.settle([target])[target]  # and of its neighbours: a kink is no jump
    if not all(_is_certain(slope) for slope in slopes) or not here.is_finite:
        return []
    return [Approach(here, slope, slope) for slope in slopes]


def _has_sides(values: KnownValues, node: int) -> bool:
    row = PRIMITIVES[values.influence.graph.operations[node]]
    return bool(row.beside) and values.causes.get(node) == Cause.KINKS


def _is_certain(ball: Ball) -> bool:
    return ball.is_finite and (ball.is_exact or accuracy(ball) >= AGREEMENT_BITS)


def _slope(
    values: KnownValues, direction: Mapping[int, float], path: Sequence[int], numbers: Mapping[int, Ball], target: int,
    side: int,
) -> Ball:  # fmt: skip
    """Find the slope of a target towards one side. Raises `Undecided` and `OutOfWork`."""
    graph, algebra = values.influence.graph, balls(_BITS)
    still = algebra.number(0.0, "")
    motions: dict[int, Ball] = {node: algebra.number(step * side, "") for node, step in direction.items()}
    for node in path:
        operation, operands = graph.operations[node], graph.operands_of(node)
        values.point.budget.spend(operation, _BITS, operands=len(operands))
        given = [numbers[operand] for operand in operands]
        if node in values.singular:
            moved = [motions.get(operand, still) for operand in operands]
            motions[node] = _move_beside(PRIMITIVES[operation], numbers[node], given, moved)
            continue
        within = algebra.condition(operation, "domain")
        if within and not within(
            numbers[node], *(_widen(x) if o in motions else x for o, x in zip(operands, given, strict=True))
        ):
            raise Undecided  # at its end
        total = still
        for operand, partial in zip(operands, algebra.kernel(operation)(*given)[1:], strict=True):
            if partial is not None and operand in motions:
                total = total + partial * motions[operand]
        motions[node] = total
    slope: Ball = motions.get(target, still) * algebra.number(float(side), "")
    return slope


def _widen(ball: Ball) -> Ball:
    kind = type(ball.arb)
    return ball + Ball(kind(0, 1) * kind(2) ** -_WIDE, ball.bits)


def _move_beside(row: Primitive, result: Ball, given: Sequence[Ball], moved: Sequence[Ball]) -> Ball:
    """Find how a result moves from a kink. Raises `Undecided`."""
    held = balls(_BITS).cause(row.name)
    if held is None or held(result, *given) != Cause.KINKS:  # near one, for all that the errors of doubles tell
        raise Undecided
    run, names = _compile_beside(row)
    if row.variadic:
        is_tied = [each.compare(operator.eq, result) for each in given]
        if None in is_tied:
            raise Undecided
        return run(*(motion for motion, tied in zip(moved, is_tied, strict=True) if tied))  # type: ignore[no-any-return]
    scope = dict(zip(row.parameters, given, strict=True))
    scope |= {f"d{name}": motion for name, motion in zip(row.parameters, moved, strict=True)}
    (found,) = run(*(scope[name] for name in names))
    return found  # type: ignore[no-any-return]


@cache
def _compile_beside(row: Primitive) -> tuple[Any, list[str]]:
    graph = text_graph(row.beside, f"beside a kink of {row.name}")
    if row.variadic:
        return balls(_BITS).function(graph.operations[graph.output]), []
    return compile_graph(graph, [graph.output], balls(_BITS)), [graph.names[node] or "" for node in graph.inputs()]
