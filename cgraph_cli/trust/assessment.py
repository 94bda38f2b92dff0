"""Assessment: which numbers of an evaluation and its sweeps are true, which are conventions, and which are none.

An evaluation in doubles is gone through once for *events*: an operand on a kink, a jump, a pole or outside a domain
(the conditions of the table of primitives), a result that is not finite, a product that underflows. Where there are
none every number is `ok`, and nothing more is done. Where there are, the values that an event reaches are corrected
(`values`), and the derivatives that go through one (`influence`) are found anew: by the rules in high precision at the
point (`exact`), or as one-sided limits in the one node that the derivative is taken in (`limits`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from math import inf, isfinite, isnan, nan
from typing import TYPE_CHECKING, Any

from cgraph_cli.evaluation.sweeps import Evaluation
from cgraph_cli.trust.events import MOST_NODES, Event, find_events
from cgraph_cli.trust.influence import SINGULAR, Influence
from cgraph_cli.trust.verdicts import OK, UNDEFINED, Cause, Checked, Status, Verdict, differ_by_rounding

if TYPE_CHECKING:
    from cgraph_cli.trust.exact import ExactDerivatives
    from cgraph_cli.trust.values import Values


class Corrections:
    """Corrected derivatives, and verdicts that are not ok, by node."""

    def __init__(self) -> None:
        self.numbers: dict[int, float] = {}
        self.verdicts: dict[int, Verdict] = {}


class Assessment:
    """An evaluation's values as corrected, with their verdicts, and the verdicts of its derivatives on demand.

    `verdicts` are those of the values that are not ok. `causes` are the events, by node. `skipped` says how many
    numbers were not looked into. Where `only` is given, no more is looked into than can change the values of those
    nodes.
    """

    def __init__(self, evaluation: Evaluation, only: Sequence[int] | None = None) -> None:
        self.evaluation = evaluation
        self.graph = evaluation.graph
        self.influence = Influence(evaluation)
        self.is_too_large = len(self.graph) > MOST_NODES
        self.causes: dict[int, Cause] = dict(find_events(self.graph, evaluation))
        if only is not None:
            wanted = self.influence.ancestors(only)
            self.causes = {node: cause for node, cause in self.causes.items() if node in wanted}
        self.values: list[float] = list(evaluation.values)
        self.verdicts: dict[int, Verdict] = {}
        self.skipped = 0
        if self.is_too_large:
            self.skipped = len(self.causes)
        elif self.causes:
            found = self._corrected
            self.values, self.verdicts, self.causes = found.numbers, found.verdicts, found.causes
            self.skipped = found.skipped
        # Without an event only an input can be other than finite.
        for node in range(len(self.values)) if self.causes else self.graph.inputs():
            value = self.values[node]
            if isnan(value):
                self.verdicts.setdefault(node, UNDEFINED.verdict)
            elif self.is_too_large and abs(value) == inf:
                self.verdicts[node] = Verdict(Status.POLE)

    @cached_property
    def _corrected(self) -> Values:
        from cgraph_cli.trust.values import correct_values

        return correct_values(self.evaluation, self.causes, self.influence)

    @cached_property
    def _exact(self) -> ExactDerivatives:
        from cgraph_cli.trust.exact import ExactDerivatives

        return ExactDerivatives(self.graph, self._corrected.limits, self._corrected.digits)

    @property
    def events(self) -> list[Event]:
        """Where it went wrong first: the events whose operands had nothing wrong with them."""
        return [
            Event(node, cause)
            for node, cause in sorted(self.causes.items())
            if cause != Cause.INHERITED and not any(isnan(self.values[o]) for o in self.graph.operands_of(node))
        ]

    def correct_adjoints(
        self, output: int, seed: float, adjoints: Sequence[float | None], nodes: Iterable[int]
    ) -> Corrections:
        """Correct a column of adjoints of one output: the derivatives with respect to `nodes`."""
        doubt = {} if self.is_too_large else self.influence.doubt_in_adjoints(output, adjoints, *self._met)
        found = Corrections()
        for node in nodes:
            if node != output and _is_suspect(adjoints[node], node in doubt):
                exact = None if doubt.get(node) == SINGULAR else partial(self._adjoint, output, seed, node)
                self._correct(found, node, {node: 1.0}, output, adjoints[node], seed, exact)
        return found

    def correct_tangents(
        self, direction: Mapping[int, float], tangents: Sequence[float | None], nodes: Iterable[int]
    ) -> Corrections:
        """Correct a column of tangents in one direction: the derivatives of `nodes`."""
        doubt = {} if self.is_too_large else self.influence.doubt_in_tangents(direction, tangents, *self._met)
        found = Corrections()
        for node in nodes:
            if node not in direction and _is_suspect(tangents[node], node in doubt):
                exact = None if doubt.get(node) == SINGULAR else partial(self._tangent, direction, node)
                self._correct(found, node, direction, node, tangents[node], 1.0, exact)
        return found

    def _adjoint(self, output: int, seed: float, node: int) -> float | None:
        return self._exact.adjoint(output, seed, node)

    def _tangent(self, direction: Mapping[int, float], node: int) -> float | None:
        return self._exact.tangent(direction, node)

    @property
    def _met(self) -> tuple[set[int], set[int]]:
        """The nodes that met an event or are reached by one, and the singular ones among them."""
        return (self._corrected.events, self._corrected.singular) if self.causes else (set(), set())

    def _correct(
        self,
        found: Corrections,
        key: int,
        direction: Mapping[int, float],
        target: int,
        raw: float | None,
        seed: float,
        exact: Callable[[], float | None] | None,
    ) -> None:
        """Find one derivative, at the point where `exact` can, else as a limit from both sides."""
        number = raw or 0.0
        if seed == 0:
            found.numbers[key] = 0.0
            return
        if self.is_too_large:
            found.verdicts[key] = _verdict_by_face(number)
            self.skipped += 1
            return
        point = self._corrected.limits.at_point(direction, self._corrected.digits)
        there = None
        if all(abs(point[node]) < inf for node in direction):  # else there are no points beside it
            there = exact() if exact is not None else None
            if there is not None:
                found.numbers[key] = there
                if not isfinite(there) or not differ_by_rounding(there, number):
                    found.verdicts[key] = Verdict(Status.LIMIT)
                return
            classified = self._classify(direction, target, number, seed)
            if classified is not None:
                shown, verdict = classified
                if verdict.status == Status.LIMIT and raw is not None and differ_by_rounding(shown, raw):
                    verdict = OK
                found.numbers[key] = shown
                if verdict != OK:
                    found.verdicts[key] = verdict
                return
            self.skipped += 1
        if _verdict_by_face(number) != OK:
            found.verdicts[key] = _verdict_by_face(number)

    def _classify(self, direction: Mapping[int, float], target: int, number: float, seed: float) -> Checked | None:
        """Judge one derivative by the limits from both sides; None where they take more work than is allowed."""
        from cgraph_cli.evaluation.high import as_double
        from cgraph_cli.trust.limits import UNSETTLED, BudgetSpent, is_one_limit

        try:
            below, above = self._corrected.limits.sides(direction, target)
            here = self._corrected.limits.here(target)
        except BudgetSpent:
            return None
        sides = [side for side in (below, above) if side[0] is not None and side[1] is not None]
        if not sides or any(UNSETTLED in side for side in sides) or isnan(self.values[target]):
            slopes = [side[1] for side in sides if side[1] is not UNSETTLED]
            if slopes and not isfinite(self.values[target]) and all(s in (inf, -inf) for s in slopes):
                return Checked(number, Verdict(Status.POLE))
            return UNDEFINED
        slopes = [seed * as_double(slope) for _, slope in sides]
        if any(not isfinite(slope) and slope == slope for slope in (side[1] for side in sides)):
            agreed = slopes[0] if slopes[0] == slopes[-1] else nan
            return Checked(number if number in (inf, -inf) and isnan(agreed) else agreed, Verdict(Status.POLE))
        if any(not _is_value(value, here) for value, _ in sides):
            return Checked(nan if any(slopes) else 0.0, Verdict(Status.JUMP))
        if len(sides) == 1 or is_one_limit(sides[0][1], sides[1][1]):
            return Checked(slopes[-1], Verdict(Status.LIMIT))
        low, high = min(slopes), max(slopes)
        shown = number if low <= number <= high else (low + high) / 2
        return Checked(shown, Verdict(Status.KINK, (low, high)))


def _is_suspect(number: float | None, doubted: bool) -> bool:
    return doubted or not (number is None or -inf < number < inf)


def _verdict_by_face(number: float) -> Verdict:
    """Judge a derivative by nothing but itself."""
    return OK if isfinite(number) else UNDEFINED.verdict if isnan(number) else Verdict(Status.POLE)


def _is_value(limit: Any, here: Any) -> bool:
    """Tell whether a limit is the value at the point."""
    from cgraph_cli.trust.limits import is_one_limit

    return abs(limit) == inf == abs(here) or is_one_limit(limit, here)
