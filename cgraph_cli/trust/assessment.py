"""Assessment of the numbers of an evaluation and its sweeps: true, conventional, or absent.

One pass goes over an evaluation in doubles, with bounds of its errors (`lost_digits`), for *events*: a condition of the
table of primitives that holds or may hold, a result that is not finite, a number whose bound allows a wrong digit among
those shown. Without an event every number is `ok`, and the work ends. With one, the values are found in balls
(`values`), and so are the derivatives: by the rules at the point (`growing_precision`), or as one-sided limits in the
variable (`neighbourhood`), for a derivative through a singular node.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from functools import cached_property
from math import isfinite, isnan, nan
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from cgraph_cli.core.reach import ancestors
from cgraph_cli.evaluation.sweeps import Evaluation, restrict, sweep_reverse
from cgraph_cli.trust.events import MOST_NODES, Event, find_events
from cgraph_cli.trust.influence import Influence
from cgraph_cli.trust.lost_digits import Bounds, bound_adjoints, bound_tangents, is_lost
from cgraph_cli.trust.verdicts import OK, UNDEFINED, WITHOUT_VALUE, Cause, Checked, Status, Verdict

if TYPE_CHECKING:
    from cgraph_cli.evaluation.ball import Ball
    from cgraph_cli.trust.budget import Budget
    from cgraph_cli.trust.growing_precision import ExactPoint
    from cgraph_cli.trust.known import KnownValues


_Answer = TypeVar("_Answer")


class _Asked(NamedTuple):
    """A derivative of `target` in a direction in doubles, with the bound of its error.

    `is_through` tells whether it passes through a singular node.
    """

    key: int
    direction: Mapping[int, float]
    target: int
    before: float | None
    error: float
    is_through: bool


class Corrections:
    """Corrected derivatives, and verdicts other than ok, by node."""

    def __init__(self) -> None:
        self.numbers: dict[int, float] = {}
        self.verdicts: dict[int, Verdict] = {}

    def take(self, node: int, checked: Checked) -> None:
        """Set a corrected derivative."""
        self.numbers[node] = checked.number
        if checked.verdict != OK:
            self.verdicts[node] = checked.verdict


class Assessment:
    """The corrected values of an evaluation, with their verdicts, and the verdicts of its derivatives on demand.

    `verdicts` are those other than ok of the values. `causes` are the events, by node. `skipped` counts the numbers
    that were not examined. `only`, where given, limits the work to the values that can change those nodes.
    `is_certified` is true where bounds were computed, which a graph of more than `MOST_NODES` has none of. `work`
    bounds the work, or is the budget of it. With `decimal`, literals and inputs are decimals: `0.1` is a tenth.
    """

    def __init__(
        self,
        evaluation: Evaluation,
        only: Sequence[int] | None = None,
        *,
        work: Budget | float | None = None,
        decimal: bool = False,
    ) -> None:
        self.evaluation = evaluation
        self.graph = evaluation.graph
        self.work = work
        self.decimal = decimal
        self.is_certified = len(self.graph) <= MOST_NODES
        self.bounds = Bounds(evaluation, decimal) if self.is_certified else None
        self.values: list[float] = list(evaluation.values)
        self.influence = Influence(self.graph, self.values)
        self.causes: dict[int, Cause] = dict(find_events(evaluation, self.bounds))
        if only is not None:
            wanted = self.influence.ancestors(only)
            differentiated = [output for node, (output, _) in self.graph.gradients.items() if node in wanted]
            wanted |= self.influence.ancestors(differentiated)  # whose derivative need not be made from it
            self.causes = {node: cause for node, cause in self.causes.items() if node in wanted}
        self.verdicts: dict[int, Verdict] = {}
        self.skipped = 0
        self._leaps: dict[int, set[int]] = {}
        if not self.is_certified:
            self.skipped = len(self.causes)
            self.verdicts = {node: Verdict(Status.UNKNOWN) for node in self.causes}
        elif self.causes:  # without one every gradient within the program is regular
            found = self._found
            self.verdicts, self.causes = found.verdicts, found.causes
            self.skipped = found.skipped
        for node in self.graph.inputs():
            if isnan(self.values[node]):
                self.verdicts[node] = UNDEFINED.verdict

    @cached_property
    def _found(self) -> KnownValues:
        from cgraph_cli.trust.values import correct_values

        assert self.bounds is not None
        return correct_values(self.evaluation, self.bounds, self.causes, self.influence, self.work, self.decimal)

    @property
    def exact(self) -> ExactPoint:
        """The point itself in balls, with limits for the values that are limits."""
        return self._found.point

    @property
    def events(self) -> list[Event]:
        """List the events with no event among their operands."""
        return [
            Event(node, cause)
            for node, cause in sorted(self.causes.items())
            if cause != Cause.INHERITED and not any(isnan(self.values[o]) for o in self.graph.operands_of(node))
        ]

    @cached_property
    def partials(self) -> Sequence[float | None]:
        """The local partials by edge, as corrected; those at a singular node are the rules', and nan is not known."""
        before = self.evaluation.partials
        if self.bounds is None:
            return before
        pairs = zip(before, self.bounds.partials, strict=True)
        lost = {at for at, (partial, error) in enumerate(pairs) if partial is not None and is_lost(partial, error)}
        if not lost:
            return before
        from cgraph_cli.trust.judge import nearest

        corrected, starts = list(before), self.graph.starts
        for node in range(len(self.graph)):
            edges = lost.intersection(range(starts[node], starts[node + 1]))
            if not edges or node in self._singular:
                continue
            found = self._within_budget(lambda node=node: self._found.point.local_partials([node]))  # type: ignore[misc]
            for edge in edges:
                ball = None if found is None else found[node][edge - starts[node]]
                corrected[edge] = nan if ball is None or ball.is_unknown or ball.is_nan else nearest(ball)
        return corrected

    def adjoints_within(self, output: int, inside: Collection[int], ends: Sequence[int]) -> Sequence[float | None]:
        """Compute the derivatives of a node with respect to `ends`, through nodes `inside` alone; nan is not known."""
        within = restrict(self.evaluation, inside)
        adjoints = sweep_reverse(within, {output: 1.0})
        if self.bounds is None:
            return adjoints
        errors = bound_adjoints(within, self.bounds, {output: 1.0}, adjoints)
        lost = [end for end in ends if is_lost(adjoints[end] or 0.0, errors[end])]
        if lost and self._singular.isdisjoint(inside):
            from cgraph_cli.trust.judge import nearest

            found = self._within_budget(lambda: self._found.point.adjoints(output, 1.0, lost, inside)) or {}
            for end in lost:
                ball = found.get(end)
                adjoints[end] = nan if ball is None or ball.is_unknown or ball.is_nan else nearest(ball)
        return adjoints

    # Derivatives

    def correct_adjoints(
        self, output: int, seed: float, adjoints: Sequence[float | None], nodes: Iterable[int]
    ) -> Corrections:
        """Correct a column of adjoints of one output: the derivatives with respect to `nodes`."""
        if self.bounds is None:
            through = self.influence.sources_through(output, self.causes)
            return self._by_face({node: adjoints[node] for node in nodes if node != output}, through)
        errors = bound_adjoints(self.evaluation, self.bounds, {output: seed}, adjoints)
        through = self.influence.sources_through(output, self._singular)
        asked = [
            _Asked(
                node,
                {node: 1.0},
                output,
                adjoints[node],
                errors[node],
                self._is_through(output, {node}, node in through),
            )
            for node in nodes
            if node != output
        ]
        return self._correct(asked, seed, lambda lost: self._found.point.adjoints(output, seed, lost))

    def correct_tangents(
        self, direction: Mapping[int, float], tangents: Sequence[float | None], nodes: Iterable[int]
    ) -> Corrections:
        """Correct a column of tangents in one direction: the derivatives of `nodes`."""
        if self.bounds is None:
            through = self.influence.results_through(direction, self.causes)
            return self._by_face({node: tangents[node] for node in nodes if node not in direction}, through)
        errors = bound_tangents(self.evaluation, self.bounds, direction, tangents)
        through = self.influence.results_through(direction, self._singular)
        asked = [
            _Asked(
                node, direction, node, tangents[node], errors[node], self._is_through(node, direction, node in through)
            )
            for node in nodes
            if node not in direction
        ]
        return self._correct(asked, 1.0, lambda lost: self._found.point.tangents(direction, lost))

    def _correct(
        self, asked: Sequence[_Asked], seed: float, exactly: Callable[[Sequence[int]], Mapping[int, Ball]]
    ) -> Corrections:
        """Judge derivatives: by their bounds, by the rules at the point, or by the function beside it."""
        lost = {one.key for one in asked if not one.is_through and is_lost(one.before or 0.0, one.error)}
        balls = self._within_budget(lambda: exactly(sorted(lost))) if lost else {}
        found = Corrections()
        for one in asked:
            checked = Checked(one.before or 0.0)
            if not self._has_value(one.target) and not self._leaping(one.target).isdisjoint(one.direction):
                checked = UNDEFINED
            elif one.is_through:
                checked = self._by_sides(one, seed)
            elif one.key in lost:
                checked = self._by_rules(one, balls.get(one.key) if balls is not None else None, seed)
            elif not self._has_value(one.target) and self._may_depend(one):
                checked = self._without_value(one)
            if checked.verdict.status in (Status.OK, Status.RECOVERED):
                if self._is_at_pole(one):
                    checked = Checked(checked.number, Verdict(Status.POLE))
                elif self.verdicts.get(one.target, OK).status == Status.LIMIT and self._may_depend(one):
                    checked = Checked(checked.number, Verdict(Status.LIMIT))
            if checked.verdict != OK or one.is_through or one.key in lost:
                found.take(one.key, checked)
        return found

    def _is_through(self, target: int, direction: Collection[int], by_rules: bool) -> bool:
        """Tell whether a derivative passes through a singular node: by its rules, or behind a derivative's formula."""
        return by_rules or self.is_turning(target, direction)

    def is_turning(self, target: int, direction: Collection[int]) -> bool:
        """Tell whether a target is made from a derivative whose formula is that of a single point in this direction."""
        return bool(self.causes and self._found.turning(target, direction))

    def _leaping(self, target: int) -> set[int]:
        """Find what moves a derivative that a target is made from over a jump, where no formula has a slope."""
        if target not in self._leaps:
            below = self.influence.ancestors([target]) if self._jumping else ()
            outputs = {self.graph.gradients[node][0] for node in self._jumping if node in below}
            through = (self.influence.sources_through(output, self._singular) for output in outputs)
            self._leaps[target] = set().union(*through)
        return self._leaps[target]

    @cached_property
    def _jumping(self) -> list[int]:
        """The gradients of the program at a jump of what they are derivatives of."""
        return [node for node in self.graph.gradients if self.verdicts.get(node, OK).status == Status.JUMP]

    def _is_at_pole(self, one: _Asked) -> bool:
        """Tell whether a node that moves is infinite, as `1/x` at 0: a derivative by it is that of no point."""
        moving = (self.verdicts.get(node, OK).status for node in one.direction)
        return Status.POLE in moving and one.before is not None

    def _may_depend(self, one: _Asked) -> bool:
        """Tell whether a target is made from what moves, at the point or elsewhere."""
        return one.before is not None or not ancestors(self.graph, [one.target]).isdisjoint(one.direction)

    @property
    def _singular(self) -> set[int]:
        return self._found.singular if self.causes else set()

    def _by_face(self, derivatives: Mapping[int, float | None], through: Container[int]) -> Corrections:
        """Judge derivatives of a graph too large for balls: those `through` an event are unknown."""
        found = Corrections()
        for node, number in derivatives.items():
            if node in through or not (number is None or isfinite(number)):
                found.verdicts[node] = Verdict(Status.UNKNOWN)
                self.skipped += 1
        return found

    def _has_value(self, node: int) -> bool:
        """Tell whether a node has a value at the point, even one beyond the doubles."""
        return self.verdicts.get(node, OK).status not in WITHOUT_VALUE

    def _without_value(self, one: _Asked) -> Checked:
        """Judge a derivative of a node without a value, or without a known one."""
        is_unknown = self.verdicts.get(one.target, OK).status == Status.UNKNOWN
        return Checked(nan, Verdict(Status.UNKNOWN)) if is_unknown else UNDEFINED

    def _by_rules(self, one: _Asked, ball: Ball | None, seed: float) -> Checked:
        """Judge a derivative that follows from the rules at the point."""
        from cgraph_cli.trust.judge import judge, unknown

        number = one.before or 0.0
        if ball is None:
            self.skipped += 1
            return unknown(number)
        if not ball.is_finite:
            return self._by_sides(one, seed)
        if not self._has_value(one.target):
            return self._without_value(one)
        return judge(ball, number, Status.LIMIT if one.target in self._found.by_limit else Status.RECOVERED)

    def _by_sides(self, one: _Asked, seed: float) -> Checked:
        """Judge a derivative by the function on both sides of the point."""
        from cgraph_cli.trust.classify import classify
        from cgraph_cli.trust.judge import unknown

        number = one.before or 0.0
        if seed == 0:
            return Checked(0.0)
        if not all(isfinite(self.evaluation.values[node]) for node in one.direction):  # it has no points beside it
            if isnan(number) or not self._has_value(one.target):
                return self._without_value(one)
            return Checked(number, OK if isfinite(number) else Verdict(Status.POLE))
        checked = self._within_budget(lambda: classify(self._found, one.direction, one.target, number, seed))
        if checked is None:
            self.skipped += 1
            return unknown(number)
        return checked

    def _within_budget(self, find: Callable[[], _Answer]) -> _Answer | None:
        """Find derivatives within the budget of work; None past it."""
        from cgraph_cli.trust.budget import OutOfWork

        if self._found.point.budget.is_spent:  # walks over the graph count too
            return None
        try:
            return find()
        except OutOfWork:
            return None
