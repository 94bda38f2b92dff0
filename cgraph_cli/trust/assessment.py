"""Assessment of the numbers of an evaluation and its sweeps: true, conventional, or none at all.

An evaluation in doubles is gone through once with bounds of its errors (`bounds`), and for *events*: a condition of
the table of primitives that holds or may hold, a result that is not finite, a number whose bound says that a shown
digit may be wrong. Where there are none every number is `ok`, and nothing more is done. Where there are, the values
are found in balls (`values`), and so are the derivatives: by the rules at the point (`exact`), or as one-sided limits
in the one node that the derivative is taken in (`neighbourhood`), where it goes through a singular node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from math import isfinite, isnan
from typing import TYPE_CHECKING

from cgraph_cli.evaluation.sweeps import Evaluation
from cgraph_cli.trust.bounds import Bounds, bound_adjoints, bound_tangents, is_lost
from cgraph_cli.trust.events import MOST_NODES, Event, find_events
from cgraph_cli.trust.influence import Influence
from cgraph_cli.trust.verdicts import OK, UNDEFINED, Cause, Checked, Status, Verdict

if TYPE_CHECKING:
    from cgraph_cli.evaluation.ball import Ball
    from cgraph_cli.trust.values import Values


class Corrections:
    """Corrected derivatives, and verdicts that are not ok, by node."""

    def __init__(self) -> None:
        self.numbers: dict[int, float] = {}
        self.verdicts: dict[int, Verdict] = {}

    def take(self, node: int, checked: Checked) -> None:
        """Take a derivative as it was found."""
        self.numbers[node] = checked.number
        if checked.verdict != OK:
            self.verdicts[node] = checked.verdict


class Assessment:
    """An evaluation's values as corrected, with their verdicts, and the verdicts of its derivatives on demand.

    `verdicts` are those of the values that are not ok. `causes` are the events, by node. `skipped` counts the numbers
    that were not looked into. Where `only` is given, no more is looked into than can change the values of those
    nodes. `is_certified` says that bounds were computed: a graph of more than `MOST_NODES` has none.
    """

    def __init__(self, evaluation: Evaluation, only: Sequence[int] | None = None) -> None:
        self.evaluation = evaluation
        self.graph = evaluation.graph
        self.is_certified = len(self.graph) <= MOST_NODES
        self.bounds = Bounds(evaluation) if self.is_certified else None
        self.values: list[float] = list(evaluation.values)
        self.influence = Influence(self.graph, self.values)
        self.causes: dict[int, Cause] = dict(find_events(evaluation, self.bounds))
        if only is not None:
            wanted = self.influence.ancestors(only)
            self.causes = {node: cause for node, cause in self.causes.items() if node in wanted}
        self.verdicts: dict[int, Verdict] = {}
        self.skipped = 0
        if not self.is_certified:
            self.skipped = len(self.causes)
            self.verdicts = {node: Verdict(Status.UNKNOWN) for node in self.causes}
        elif self.causes:
            found = self._found
            self.verdicts, self.causes = found.verdicts, found.causes
            self.skipped = found.skipped
        for node in self.graph.inputs():
            if isnan(self.values[node]):
                self.verdicts[node] = UNDEFINED.verdict

    @cached_property
    def _found(self) -> Values:
        from cgraph_cli.trust.values import Values

        assert self.bounds is not None
        return Values(self.evaluation, self.bounds, self.causes, self.influence)

    @property
    def events(self) -> list[Event]:
        """The events whose operands had nothing wrong with them."""
        return [
            Event(node, cause)
            for node, cause in sorted(self.causes.items())
            if cause != Cause.INHERITED and not any(isnan(self.values[o]) for o in self.graph.operands_of(node))
        ]

    # Derivatives

    def correct_adjoints(
        self, output: int, seed: float, adjoints: Sequence[float | None], nodes: Iterable[int]
    ) -> Corrections:
        """Correct a column of adjoints of one output: the derivatives with respect to `nodes`."""
        if self.bounds is None:
            return self._by_face({node: adjoints[node] for node in nodes if node != output})
        errors = bound_adjoints(self.evaluation, self.bounds, {output: seed}, adjoints)
        through = self.influence.sources_through(output, self._singular)
        found, plain = Corrections(), []
        for node in nodes:
            if node in through and node != output:
                found.take(node, self._by_sides({node: 1.0}, output, adjoints[node], seed))
            elif node == output or not is_lost(adjoints[node] or 0.0, errors[node]):
                if node != output and not self._has_value(output):
                    self._judge_beside_infinity(found, node, adjoints[node])
            else:
                plain.append(node)
        if plain:
            targets = dict.fromkeys(plain, output)
            self._take_exact(found, lambda: self._found.point.adjoints(output, seed, plain), adjoints, targets)
        return found

    def correct_tangents(
        self, direction: Mapping[int, float], tangents: Sequence[float | None], nodes: Iterable[int]
    ) -> Corrections:
        """Correct a column of tangents in one direction: the derivatives of `nodes`."""
        if self.bounds is None:
            return self._by_face({node: tangents[node] for node in nodes if node not in direction})
        errors = bound_tangents(self.evaluation, self.bounds, direction, tangents)
        through = self.influence.results_through(direction, self._singular)
        found, plain = Corrections(), []
        for node in nodes:
            if node in direction:
                continue
            if node in through:
                found.take(node, self._by_sides(direction, node, tangents[node], 1.0))
            elif not is_lost(tangents[node] or 0.0, errors[node]):
                if not self._has_value(node):
                    self._judge_beside_infinity(found, node, tangents[node])
            else:
                plain.append(node)
        if plain:
            targets = {node: node for node in plain}
            self._take_exact(found, lambda: self._found.point.tangents(direction, plain), tangents, targets)
        return found

    @property
    def _singular(self) -> set[int]:
        return self._found.singular if self.causes else set()

    def _by_face(self, derivatives: Mapping[int, float | None]) -> Corrections:
        """Judge derivatives of a graph that was not looked into by nothing but themselves."""
        found = Corrections()
        for node, number in derivatives.items():
            if number is not None and not isfinite(number):
                found.verdicts[node] = Verdict(Status.UNKNOWN)
                self.skipped += 1
        return found

    def _judge_beside_infinity(self, found: Corrections, node: int, derivative: float | None) -> None:
        """Judge a derivative of an output that has no finite value: it has none."""
        if derivative is not None:
            found.take(node, UNDEFINED)

    def _has_value(self, node: int) -> bool:
        """Tell whether a node has a value at the point, be it one that no double can hold."""
        return self.verdicts.get(node, OK).status not in (Status.POLE, Status.UNDEFINED, Status.UNKNOWN)

    def _take_exact(
        self,
        found: Corrections,
        derivatives: Callable[[], Mapping[int, Ball]],
        before: Sequence[float | None],
        targets: Mapping[int, int],
    ) -> None:
        """Take derivatives that the rules have at the point, each of a node of `targets`."""
        from cgraph_cli.trust.exact import OutOfWork
        from cgraph_cli.trust.judge import judge, unknown

        try:
            balls = derivatives()
        except OutOfWork:
            balls = {}
        for node, target in targets.items():
            number = before[node] or 0.0
            if node not in balls:
                self.skipped += 1
                found.take(node, unknown(number))
            else:
                checked = judge(balls[node], number)
                has_slope = self._has_value(target) or not isfinite(checked.number)
                found.take(node, checked if has_slope else UNDEFINED)

    def _by_sides(self, direction: Mapping[int, float], target: int, before: float | None, seed: float) -> Checked:
        """Find one derivative as a limit from both sides."""
        from cgraph_cli.trust.classify import classify
        from cgraph_cli.trust.exact import OutOfWork
        from cgraph_cli.trust.judge import unknown

        number = before or 0.0
        if seed == 0:
            return Checked(0.0)
        if not all(isfinite(self.evaluation.values[node]) for node in direction):  # there are no points beside it
            return UNDEFINED if isnan(number) else Checked(number, OK if isfinite(number) else Verdict(Status.POLE))
        try:
            return classify(self._found, direction, target, number, seed)
        except OutOfWork:
            self.skipped += 1
            return unknown(number)
