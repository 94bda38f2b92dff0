"""Classification: the status of a derivative through a singular node, by the function beside the point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf, isfinite, isnan, nan

from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.reach import ancestors
from cgraph_cli.evaluation.ball import Ball, Precision
from cgraph_cli.trust.judge import judge, nearest, unknown
from cgraph_cli.trust.kinks import approach_kinks
from cgraph_cli.trust.known import KnownValues
from cgraph_cli.trust.limits_of_samples import ABSENT, UNSETTLED, agree
from cgraph_cli.trust.lost_digits import LOST
from cgraph_cli.trust.neighbourhood import Approach, Curve, is_line
from cgraph_cli.trust.verdicts import OK, UNDEFINED, Cause, Checked, Status, Verdict, differ_by_rounding


def classify(values: KnownValues, direction: Mapping[int, float], target: int, number: float, seed: float) -> Checked:
    """Judge one derivative, `number` in doubles, by limits. Raises `OutOfWork`."""
    here = values.point.settle([target])[target]
    status = values.verdicts.get(target, OK).status
    if here.is_unknown or status == Status.UNKNOWN:
        return unknown(number)
    if status == Status.UNDEFINED or (here.is_nan and status != Status.POLE):
        return UNDEFINED
    turning = values.turning(target, direction)
    if turning:
        return _beside(values, turning, direction, target, number, seed)
    approaches = approach_kinks(values, direction, target) or [
        values.neighbourhood.approach(direction, target, side) for side in (-1, 1)
    ]
    present = [side for side in approaches if side.value is not ABSENT and side.slope is not ABSENT]
    is_extended = target in values.by_limit or len(present) == 1
    if not present and target in values.singular and target in values.influence.graph.gradients:
        return unknown(number)  # the formula has no value all along, which says nothing of the derivative
    if not present:
        has_limit = status not in (Status.POLE, Status.JUMP)
        return UNDEFINED if not has_limit else _by_extension(values, direction, target, number, seed)
    if any(side.value is UNSETTLED or side.slope is UNSETTLED for side in present):
        return unknown(number)
    with Precision(here.bits):
        finite = [side.value for side in present if isinstance(side.value, Ball) and side.value.is_finite]
        heights = [value.arb - here.arb for value in finite]
        rounding = abs(here.arb) * (0 if _is_exact(values, target) else LOST)
        steps = [height for height in heights if here.is_finite and not (abs(height) <= rounding or height.is_zero())]
    if any(not _is_near(side.value, here) for side in present) and here.is_finite and len(heights) == len(present):
        if steps:
            size = max(abs(float(step.mid())) for step in steps)
            return Checked(_slope_at_jump(present, seed), Verdict(Status.JUMP, size=size))
        present = [side._replace(slope=side.derivative) for side in present]
        if not all(isinstance(side.slope, Ball) for side in present):
            return unknown(number)
    slopes = [_scaled(side.slope, seed) for side in present]
    numbers = [nearest(slope) for slope in slopes]
    if any(slope.is_infinite for slope in slopes):
        agreed = numbers[0] if numbers[0] == numbers[-1] else nan
        return Checked(number if number in (inf, -inf) and isnan(agreed) else agreed, Verdict(Status.POLE))
    if not here.is_finite or status == Status.JUMP:
        return UNDEFINED
    is_one = len(slopes) == 1 or abs(numbers[0] - numbers[1]) <= LOST * abs(numbers[1])  # a turn as small as rounding
    if is_one or agree(slopes[0], slopes[1]):
        return _as_limit(slopes[-1], number) if is_extended else judge(slopes[-1], number)
    left, right = numbers
    middle = (left + right) / 2 if isfinite(left + right) else left / 2 + right / 2
    if _has_limit_at_kink(values, direction, target):
        number = nearest(values.point.tangents(direction, [target])[target]) * seed
    shown = number if min(numbers) <= number <= max(numbers) else middle
    return Checked(shown, Verdict(Status.KINK, (left, right)))


def _has_limit_at_kink(values: KnownValues, direction: Mapping[int, float], target: int) -> bool:
    """Tell whether a derivative passes a kink at a value that is a limit, of which doubles know nothing."""
    influence = values.influence
    kinks = [n for n in influence.ancestors([target]) & values.singular if values.causes.get(n) == Cause.KINKS]
    at_limit = [node for node in kinks if not values.by_limit.isdisjoint(influence.operands_of(node))]
    return any(not influence.ancestors([node]).isdisjoint(direction) for node in at_limit)


def _beside(
    values: KnownValues,
    variables: Sequence[int],
    direction: Mapping[int, float],
    target: int,
    number: float,
    seed: float,
) -> Checked:
    """Judge a derivative of what is made from derivatives in other variables, whose formulas are those of one point.

    It is that of the points beside it, if both sides have the same and tend to the value at the point.
    """
    here = values.numbers[target]
    line = tuple((variable, 1.0 + 0.37 * at, 1.0) for at, variable in enumerate(dict.fromkeys(variables)))
    found = []
    for side in (-1, 1):
        value = values.neighbourhood.value(line, target, side)
        if value is ABSENT:
            continue
        derivative = values.neighbourhood.derivative(line, direction, target, side)
        if not (isinstance(value, Ball) and isinstance(derivative, Ball) and value.is_finite):
            return unknown(number)
        if not differ_by_rounding(nearest(value), here):
            return unknown(number)
        found.append(derivative)
    if not found or not all(agree(derivative, found[0]) for derivative in found):
        return unknown(number)
    return judge(_scaled(found[0], seed), number)


def _by_extension(
    values: KnownValues, direction: Mapping[int, float], target: int, number: float, seed: float
) -> Checked:
    """Judge a derivative as the limit of its neighbours, if the function has no value beside the point either."""
    found = []
    for line, side in _lines_to_limits(values, direction, target):
        derivative = values.neighbourhood.derivative(line, direction, target, side)
        if derivative is UNSETTLED:
            return unknown(number)
        if isinstance(derivative, Ball):
            found.append(derivative)
    if not found:
        return UNDEFINED
    if not all(agree(derivative, found[0]) for derivative in found):
        is_pole = all(derivative.is_infinite for derivative in found)
        return Checked(number if number in (inf, -inf) else nan, Verdict(Status.POLE)) if is_pole else UNDEFINED
    return _as_limit(_scaled(found[0], seed), number)


def _lines_to_limits(values: KnownValues, direction: Mapping[int, float], target: int) -> Sequence[tuple[Curve, int]]:
    """List straight ways to the limits that a target has from a direction, of many the first and the last.

    To those of other limits the target has no value beside the point.
    """
    influence = values.influence
    below = influence.ancestors([target])
    limits = [node for node in values.ways if node in below]
    limits = [node for node in limits if not influence.ancestors([node]).isdisjoint(direction)] or limits
    lines = list(dict.fromkeys(way for node in limits for way in values.ways[node] if is_line(way[0])))
    return list(dict.fromkeys(lines[:2] + lines[-2:]))


def _as_limit(ball: Ball, number: float) -> Checked:
    """Judge a derivative that is a limit, also where doubles happen to have it."""
    checked = judge(ball, number, Status.LIMIT)
    return Checked(checked.number, Verdict(Status.LIMIT)) if checked.verdict == OK else checked


def _is_near(limit: object, here: Ball) -> bool:
    """Tell whether a limit equals the value at the point, as far as that is known."""
    if not isinstance(limit, Ball) or not (limit.is_finite and here.is_finite):
        return isinstance(limit, Ball) and limit.is_infinite and here.is_infinite
    return agree(limit, here) or (not here.is_exact and here.arb.contains(limit.arb))


def _is_exact(values: KnownValues, target: int) -> bool:
    """Tell whether a target is made from a jump of whole height, as that of `floor`, which no rounding makes.

    A condition of `where` has one too, but the height is that between the branches.
    """
    graph, influence = values.influence.graph, values.influence

    def made_from(node: int) -> Sequence[int]:
        return influence.operands_of(node)[1 if graph.operations[node] == "where" else 0 :]

    jumps = [node for node in values.singular if values.causes.get(node) == Cause.JUMPS]
    whole = [node for node in jumps if (row := PRIMITIVES[graph.operations[node]]).exact or row.is_truth]
    return bool(whole) and not ancestors(graph, [target], made_from).isdisjoint(whole)


def _slope_at_jump(sides: Sequence[Approach], seed: float) -> float:
    """Find the common slope of both sides of a jump; nan if they differ."""
    derivatives = [side.derivative for side in sides]
    balls = [derivative for derivative in derivatives if isinstance(derivative, Ball)]
    if len(balls) < len(sides) or not all(agree(ball, balls[0]) for ball in balls):
        return nan
    return nearest(_scaled(balls[0], seed))


def _scaled(slope: object, seed: float) -> Ball:
    assert isinstance(slope, Ball)
    with Precision(slope.bits):
        return slope if seed == 1 else slope * Ball(type(slope.arb)(seed), slope.bits)
