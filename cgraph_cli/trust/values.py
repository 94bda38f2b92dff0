"""Values at a point whose doubles are uncertain, corrected in balls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import product
from math import isfinite, isnan, log2, nan, ulp

from cgraph_cli.core.graph import INPUT, LEAVES
from cgraph_cli.core.reach import descendants, find_users, reached
from cgraph_cli.evaluation.ball import Ball, Undecided
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.rule_parser import CONDITIONS
from cgraph_cli.evaluation.sweeps import Evaluation
from cgraph_cli.evaluation.undefined_operands import passes_on_nan
from cgraph_cli.trust.budget import Budget, OutOfWork
from cgraph_cli.trust.classify import classify
from cgraph_cli.trust.events import can_change, find_rough_nodes
from cgraph_cli.trust.growing_precision import ExactPoint
from cgraph_cli.trust.influence import Influence
from cgraph_cli.trust.judge import judge, unknown
from cgraph_cli.trust.known import KnownValues
from cgraph_cli.trust.limits_of_samples import ABSENT, UNSETTLED, Sample, agree
from cgraph_cli.trust.lost_digits import Bounds
from cgraph_cli.trust.neighbourhood import Curve, is_line
from cgraph_cli.trust.verdicts import OK, ROUNDING, UNDEFINED, WITHOUT_VALUE, Cause, Checked, Status, Verdict

MOST_LINES = 12
"""The most inputs for whose lines a limit of several inputs is tested."""


def correct_values(
    evaluation: Evaluation,
    bounds: Bounds,
    causes: Mapping[int, Cause],
    influence: Influence,
    work: Budget | float | None = None,
    decimal: bool = False,
) -> KnownValues:
    """Correct the values whose doubles are uncertain, each from the corrected ones before it.

    `work` is the budget. With `decimal`, literals are decimals and no doubles.
    """
    inputs = {node: evaluation.values[node] for node in evaluation.graph.inputs()}
    budget = work if isinstance(work, Budget) else Budget() if work is None else Budget(work)
    point = ExactPoint(evaluation.graph, inputs, budget, _span(evaluation.values), decimal=decimal)
    return _Corrector(evaluation, bounds, KnownValues(influence, dict(causes), point)).known


class _Sources:
    """The nodes that can change an output by way of singular nodes, of which more and more are found."""

    def __init__(self, below: set[int]) -> None:
        self.below = below
        self.passed: set[int] = set()
        self.sources: set[int] = set()

    def through(self, singular: set[int], influence: Influence) -> set[int]:
        """Find the nodes, given all singular ones so far."""
        fresh = (singular & self.below) - self.passed
        if fresh:
            self.passed |= fresh
            starts = {operand for node in fresh for operand in influence.operands_of(node)} - self.sources
            self.sources |= reached(
                starts, lambda node: [each for each in influence.operands_of(node) if each not in self.sources]
            )
        return self.sources


class _Corrector:
    """A pass over the nodes with an event."""

    def __init__(self, evaluation: Evaluation, bounds: Bounds, known: KnownValues) -> None:
        self.evaluation = evaluation
        self.graph = evaluation.graph
        self.bounds = bounds
        self.known = known
        self.influence = known.influence
        self.point = known.point
        self.conventional: dict[int, Status] = {}
        self._nowhere = {node for node in self.graph.inputs() if isnan(evaluation.values[node])}
        self._sources: dict[int, _Sources] = {}
        causes = dict(known.causes)
        if not {Cause.OVERFLOW, Cause.CANCELLED, Cause.INHERITED}.isdisjoint(causes.values()):
            with suppress(OutOfWork):
                self.point.widen(self.point.span(causes))
        for node in causes.keys() & self.graph.gradients.keys():
            known.singular |= find_rough_nodes(evaluation, node)
        self.pending = set(causes).union(self.graph.gradients)
        for node in range(min(self.pending, default=len(self.graph)), len(self.graph)):
            if node not in self.pending:
                continue
            doubts = {self.conventional.get(operand, Status.OK) for operand in self.influence.operands_of(node)}
            if self._is_singular_gradient(node):  # whatever its formula is made from
                self._correct_gradient(node)
                self.pending |= descendants(self.graph, [node])
            elif self._is_made_from_nowhere(node):
                self._inherit(node)
                self.known.singular.add(node)
                self._nowhere.add(node)
                self._leave_undefined(node, Status.UNDEFINED)
            elif Status.UNKNOWN in doubts:
                self._lose(node)
            elif Status.UNDEFINED in doubts or Status.JUMP in doubts:
                self._correct_doubtful(node, Status.UNDEFINED if Status.UNDEFINED in doubts else Status.JUMP)
            elif node in self.graph.gradients and self._status(self.graph.gradients[node][0]) in WITHOUT_VALUE:
                self._lose_gradient(node)
                self.pending |= descendants(self.graph, [node])
            elif node in self.known.causes or node not in self.graph.gradients:
                self._correct(node)
                if isnan(self.known.numbers[node]) and not isnan(self.evaluation.values[node]):
                    following = descendants(self.graph, [node], self.influence.operands_of)
                    self.pending |= following  # as IEEE has a number there
        for node, (output, wrt) in self.graph.gradients.items():
            if self._status(output) == Status.LIMIT and wrt in self.influence.ancestors([output]):
                self.known.by_limit |= descendants(self.graph, [node], self.influence.operands_of)
        for node in self.known.by_limit.difference(self.known.verdicts):
            self.known.verdicts[node] = Verdict(Status.LIMIT)

    def _mark_convention(self, node: int) -> None:
        """Mark a value that is none, whatever doubles make of it, as `exp(-1/x)` at 0, for what it goes into."""
        self.conventional[node] = self._status(node)
        self.point.doubtful.add(node)
        self.pending |= descendants(self.graph, [node], self.influence.operands_of)

    def _correct_doubtful(self, node: int, status: Status) -> None:
        """Judge a value that is made from one that is none: by its limit, if any, as that of `x*atan(1/x)` at 0."""
        self._inherit(node)
        self.known.singular.add(node)
        try:
            limit = self._limit_at(node)
        except (OutOfWork, Undecided):
            self._lose(node)
            return
        if isinstance(limit, Ball) and limit.is_finite:
            self.point.learn(node, limit)
            checked = judge(limit, self.evaluation.values[node], Status.LIMIT)
            self.known.take(node, Checked(checked.number, Verdict(Status.LIMIT)) if checked.verdict == OK else checked)
            return
        self._leave_undefined(node, status)

    def _leave_undefined(self, node: int, status: Status) -> None:
        if status == Status.UNDEFINED:
            self.known.numbers[node] = nan
        self.known.verdicts[node] = Verdict(status)
        self.conventional[node] = status
        self.point.doubtful.add(node)

    def _is_nowhere(self, node: int, held: str) -> bool:
        """Tell whether a node outside of its domain is so all around the point: its operands have values there."""
        if held != Cause.DOMAIN:
            return False
        below = self.influence.ancestors([node])
        self.point.budget.walk(len(below))
        if not self.known.singular.isdisjoint(below - {node}):
            return False
        with suppress(Undecided):
            return self.point.is_far_outside(node)
        return False

    def _is_made_from_nowhere(self, node: int) -> bool:
        """Tell whether a node has no value all around the point, since an operand has none."""
        operands = self.graph.operands_of(node)
        if self._nowhere.isdisjoint(operands):
            return False
        if self.graph.operations[node] == "where":
            condition, taken = self.influence.operands_of(node)
            return taken in self._nowhere and self.influence.ancestors([condition]).isdisjoint(self.known.singular)
        return any(each in self._nowhere and passes_on_nan(self.graph, node, at) for at, each in enumerate(operands))

    def _lose(self, node: int) -> None:
        """Say of a value that it is unknown, as are those that it goes into."""
        self.known.causes.setdefault(node, Cause.INHERITED)
        self.known.skipped += 1
        self.known.singular.add(node)
        self.known.take(node, unknown(self.evaluation.values[node]))
        self.conventional[node] = Status.UNKNOWN
        self.point.doubtful.add(node)
        self.pending.update(user for user in self._users[node] if node in self.influence.operands_of(user))

    @cached_property
    def _users(self) -> list[list[int]]:
        return find_users(self.graph)

    def _is_singular_gradient(self, node: int) -> bool:
        """Tell whether a node is the derivative of an output through a singular node."""
        if node not in self.graph.gradients or self.graph.operations[node] in LEAVES:
            return False
        output, wrt = self.graph.gradients[node]
        if self.known.turning(output, [wrt]):
            return True
        known = self._sources.get(output)
        if known is None:
            known = self._sources[output] = _Sources(self.influence.ancestors([output]))
        return wrt in known.through(self.known.singular, self.influence)

    def _correct_gradient(self, node: int) -> None:
        """Take the known derivative of the output in place of its formula's value at the point."""
        output, wrt = self.graph.gradients[node]
        self.known.singular.add(node)
        before = self.evaluation.values[node]
        try:
            checked = classify(self.known, {wrt: 1.0}, output, before, 1.0)
            turning = self._turning(output, wrt)
            if turning and checked.verdict.status in (Status.OK, Status.RECOVERED, Status.LIMIT):
                self.known.turned[node] = wrt, turning
        except OutOfWork:
            self.known.skipped += 1
            checked = unknown(before)
        self.known.take(node, checked)
        if isnan(checked.number):
            self._inherit(node)
        if checked.verdict.status == Status.JUMP:
            self._mark_convention(node)
        if checked.is_finite:
            self.point.learn(node, self.point.ball(checked.number))

    def _turning(self, output: int, wrt: int) -> list[int]:
        """List the conditions below an output that may turn where the variable stands, as `x == 0` at 0."""
        graph, below = self.graph, self.influence.ancestors([output])
        conditions = [graph.operands_of(node)[0] for node in below if graph.operations[node] == "where"]
        singular = [c for c in conditions if not self.known.singular.isdisjoint(self.influence.ancestors([c]))]
        return [c for c in singular if wrt in self.influence.ancestors([c])]

    def _inherit(self, node: int) -> None:
        """Say of a value without digits of its own that another before it is the cause."""
        if self.known.causes.get(node, Cause.CANCELLED) == Cause.CANCELLED:
            self.known.causes[node] = Cause.INHERITED

    def _status(self, node: int) -> Status:
        return self.known.verdicts.get(node, OK).status

    def _lose_gradient(self, node: int) -> None:
        """Say of the derivative of an output without a value that there is none, whatever its formula gives."""
        is_unknown = self._status(self.graph.gradients[node][0]) == Status.UNKNOWN
        self._inherit(node)
        self.known.take(node, unknown(nan) if is_unknown else UNDEFINED)
        self.point.learn(node, self.point.ball(nan))

    def _correct(self, node: int) -> None:
        """Correct a value, from the corrected ones before it."""
        cause = self.known.causes.setdefault(node, Cause.INHERITED)
        operands = self.influence.operands_of(node)
        is_exact = node not in self.known.by_limit and not any(
            self.bounds.values[o] for o in self.graph.operands_of(node)
        )
        is_number = self.evaluation.values[node] == self.evaluation.values[node]
        if is_exact and is_number and cause in (Cause.KINKS, Cause.JUMPS):
            self.known.singular.add(node)  # at exact operands; its value is right
            return
        try:
            self._correct_in_balls(node, operands)
        except (OutOfWork, Undecided):
            self._lose(node)

    def _correct_in_balls(self, node: int, operands: Sequence[int]) -> None:
        point = self.point
        found = point.settle([node, *operands])
        value = found[node]
        by_limit = node in self.known.by_limit
        may_change = self.graph.operations[node] not in LEAVES and can_change(self.graph, node, by_limit)
        try:
            held = point.cause(node) if may_change else ""
            blurred = by_limit and (value.is_unknown or held == Cause.JUMPS)
        except Undecided:  # a limit is known to some digits, which cancel here, or lies at the end of a domain
            if not by_limit:
                raise
            held, blurred = "", True
        if held:
            self.known.causes[node] = Cause(held)
        infinite = [operand for operand in operands if found[operand].is_infinite]
        beyond = not point.endless.issuperset(infinite)
        if value.is_infinite and infinite and not held and not beyond:
            point.endless.add(node)
        if self._is_nowhere(node, held):
            self._nowhere.add(node)
        if held:
            self.known.singular.add(node)
        outside = held == Cause.DOMAIN or value.is_nan or (value.is_finite and self._is_alone(node, operands))
        if outside or blurred or (beyond and value.is_finite):
            self.known.singular.add(node)
            limit = ABSENT if node in self._nowhere else self._limit_at(node)
            if isinstance(limit, Ball):
                point.learn(node, limit)
                value = limit
                checked = judge(value, self.evaluation.values[node], Status.LIMIT)
                is_limit = checked.verdict == OK  # a double that happens to be the limit is no value either
                self.known.take(node, Checked(checked.number, Verdict(Status.LIMIT)) if is_limit else checked)
                return
            if outside or blurred:
                status = Status.UNKNOWN if limit is UNSETTLED else Status.POLE if limit is None else Status.UNDEFINED
                self._inherit(node)
                self.known.take(node, Checked(nan, Verdict(status)))
                if status != Status.UNKNOWN:
                    self._mark_convention(node)
                    self.conventional[node] = Status.UNDEFINED
                point.learn(node, point.ball(nan))
                return
            self.known.verdicts[node] = Verdict(Status.JUMP)
            self._mark_convention(node)
            return
        self._set(node, value, Status.LIMIT if node in self.known.by_limit else Status.RECOVERED)
        if not value.is_finite and node not in point.endless:
            self.known.singular.add(node)
        if not held and not self._explains(node):
            del self.known.causes[node]

    def _is_alone(self, node: int, operands: Sequence[int]) -> bool:
        """Tell whether the value of a limit has none beside it, where the limit comes from: `(-x/x)^x` at 0."""
        cause_of = DOUBLE.cause(self.graph.operations[node])
        if cause_of is None or len(operands) > MOST_LINES or self.known.by_limit.isdisjoint(operands):
            return False
        sources = {
            source
            for origin in self.influence.ancestors(operands) & self.known.ways.keys()
            for curve, _ in self.known.ways[origin]
            for source, _, _ in curve
        }
        ends = []
        for operand in self.graph.operands_of(node):
            number = self.known.numbers[operand]
            moves = not sources.isdisjoint(self.influence.ancestors([operand]))
            room = ROUNDING * abs(number) + ulp(0.0) if moves and operand not in self.known.by_limit else 0.0
            ends.append((number - room, number + room))
        if all(low == high for low, high in ends):
            return False
        return all(cause_of(nan, *corner) == Cause.DOMAIN for corner in product(*ends))

    def _explains(self, node: int) -> bool:
        """Name the cause that made doubles lose a regular value, if any."""
        status = self.known.verdicts.get(node, OK).status
        if status == Status.OK:
            return False
        before = self.known.causes[node]
        if any(operand in self.known.verdicts for operand in self.influence.operands_of(node)):
            self.known.causes[node] = Cause.INHERITED
        elif status == Status.OVERFLOW:
            self.known.causes[node] = Cause.OVERFLOW if abs(self.known.numbers[node]) > 1 else Cause.UNDERFLOW
        elif before in CONDITIONS:
            self.known.causes[node] = Cause.CANCELLED
        return True

    def _set(self, node: int, value: Ball, status: Status) -> None:
        self.known.take(node, judge(value, self.evaluation.values[node], status))

    def _limit_at(self, node: int) -> Sample | None:
        """Find the limit of a node's value from every side: along each of its inputs, across them, along curves.

        `ABSENT` where there is none, None where it is infinite with both signs.
        """
        found = {
            (curve, side): self.known.neighbourhood.value(curve, node, side)
            for curve in self._curves(node)
            for side in ((-1, 1) if is_line(curve) else (1,))
        }
        ways = [way for way, limit in found.items() if limit is not ABSENT]
        present = [found[way] for way in ways]
        if not present:
            return ABSENT
        if any(limit is UNSETTLED for limit in present):
            return UNSETTLED
        balls = [limit for limit in present if isinstance(limit, Ball)]
        if all(agree(limit, balls[0]) for limit in balls):
            self.known.ways[node] = ways
            self.known.by_limit = descendants(self.graph, self.known.ways, self.influence.operands_of)
            return balls[0]
        return None if all(limit.is_infinite for limit in balls) else ABSENT

    def _curves(self, node: int) -> list[Curve]:
        inputs = [
            other
            for other in sorted(self.influence.ancestors([node]))
            if self.graph.operations[other] == INPUT and isfinite(self.known.numbers[other])
        ][:MOST_LINES]
        curves: list[Curve] = [((other, 1.0, 1.0),) for other in inputs]
        if len(inputs) > 1:
            across = [(1 + 0.37 * at) for at in range(len(inputs))]
            for sign in (1, -1):
                curves.append(
                    tuple((o, c * sign**at, 1.0) for at, (o, c) in enumerate(zip(inputs, across, strict=True)))
                )
            for power in (0.5, 2.0, 3.0):
                for turn in range(2):
                    curves.append(
                        tuple(
                            (o, c, power if at % 2 == turn else 1.0)
                            for at, (o, c) in enumerate(zip(inputs, across, strict=True))
                        )
                    )
        return curves


def _span(values: Sequence[float]) -> float:
    """Compute the base-2 logarithm of the largest number over the smallest, 1 among them."""
    sizes = [1.0, *(abs(value) for value in values if value and isfinite(value))]
    return log2(max(sizes)) - log2(min(sizes))
