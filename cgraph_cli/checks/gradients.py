"""Checks of a program's gradients, expectations and assertions.

Each gradient is checked twice: the sweeps forward and in reverse have to agree, and differences of the value in balls,
independent of the rules, have to agree with them. True numbers are compared, and an unsettled number fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isfinite
from typing import NamedTuple

from cgraph_cli.checks.assertions import check_assertions, gradients_of
from cgraph_cli.checks.expectations import Expectation, Expectations
from cgraph_cli.checks.gradient_cases import GradientCases
from cgraph_cli.checks.outcomes import Case, Condition, ErrorBound, Outcome
from cgraph_cli.checks.phrases import everywhere, program_name
from cgraph_cli.checks.sampling import Sampling, check_count, check_ranges, input_names, most_points
from cgraph_cli.core.errors import InputError, RequestError
from cgraph_cli.core.graph import INPUT, Graph
from cgraph_cli.core.nodes_by_label import check_elements, find_outputs
from cgraph_cli.trust.budget import BUDGET
from cgraph_cli.trust.checked_point import Point
from cgraph_cli.trust.probe import is_outside
from cgraph_cli.trust.problem_condition import condition_of

LEAST_WORK = 250_000.0
"""The least bound on work for each of many points, in the units of `trust.budget`."""

WORK_A_NODE = 60.0
"""The work for each node of a large program: enough to compare a gradient."""

_MOST_COMPARISONS = 20
"""The most comparisons of a large program for which the work grows."""

_COST = 17.0
"""The microseconds for each node at a point, for each of its gradients."""


def work_of(graph: Graph, points: int, comparisons: int = 1) -> float:
    """Find the bound on work for each of so many points of a program, with comparisons of the whole of it."""
    return max(3 * BUDGET / points, LEAST_WORK) + WORK_A_NODE * len(graph) * min(comparisons, _MOST_COMPARISONS)


class Settings(NamedTuple):
    """The checks to make, the tolerances, and the points.

    `places` are listed points, None for one that lacks a number. Without these and a `sampling` there is the one given
    point.
    """

    of: Sequence[str] = ()
    expectations: Sequence[Expectation] = ()
    rtol: float = 1e-9
    atol: float = 0.0
    sampling: Sampling | None = None
    places: Sequence[Mapping[str, float] | None] | None = None


def check(
    graph: Graph,
    inputs: Mapping[str, float] | None = None,
    settings: Settings | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Outcome:
    """Check a program at a point, at those that are listed, or at random ones where `inputs` does not fix it.

    Raises `InputError` for missing or unknown inputs, and `RequestError` for settings with nodes that the program
    lacks, or with more points than end soon.
    """
    settings = settings or Settings()
    if settings.sampling:
        sampling = settings.sampling.over_elements([graph]).with_stated([graph], inputs or {})
        settings = settings._replace(sampling=sampling)
    checker = _Checker(graph, settings)
    outcome = Outcome(graph.source.name, settings.sampling is not None or settings.places is not None)
    cost = _COST * (4 + len(graph)) * (2 + len(checker.pairs))
    if settings.places is not None:
        if len(settings.places) > (most := most_points(cost)):
            raise RequestError(
                f"so many rows take too long: this program is tried at {most:,} points at most",
                help=f"a table of its first rows ends soon: `head -{most} FILE`",
            )
        _check_places(checker, settings.places, outcome, progress, "")
        return outcome
    if settings.sampling is None:
        try:
            point = checker.point(inputs or {})
        except InputError as error:
            first, spans, help = error.diagnostic
            if not spans:
                raise
            raise InputError(first, spans, f"{help}\n`--samples 100` checks at random numbers") from None
        outcome.add(checker.cases(point), point.inputs)
        checker.weigh(point, outcome)
        return outcome
    fixed = dict(inputs or {})
    check_ranges([graph], settings.sampling, fixed)
    check_count(settings.sampling, cost)
    outcome.kept = settings.sampling.kept([graph], fixed)
    fixed |= outcome.kept
    names = input_names([graph])
    help = settings.sampling.elsewhere(names, fixed)
    _check_places(checker, settings.sampling.points(names, fixed), outcome, progress, help)
    return outcome


def _check_places(
    checker: _Checker,
    places: Iterable[Mapping[str, float] | None],
    outcome: Outcome,
    progress: Callable[[int, int], None] | None,
    help: str,
) -> None:
    """Check a program at many points; `help` says what to do where there is nothing to compare."""
    for at, place in enumerate(places):
        if progress:
            progress(at, checker.count)
        if place is None or is_outside(checker.graph, place, checker.outputs):
            outcome.undefined += 1
            continue
        point = checker.point(place)
        if point.has_value(checker.outputs):
            outcome.add(checker.cases(point), place)
            checker.weigh(point, outcome)
        else:
            outcome.undefined += 1
    checker.conclude(outcome, help)
    if not outcome.points:
        outcome.give_up(f"the value is undefined or infinite {everywhere(outcome.undefined)}", help)
    elif outcome.silent == outcome.points and outcome.passed:
        outcome.give_up(f"there is no derivative to compare at any of the {outcome.points:,} points", help)


class _Checker:
    def __init__(self, graph: Graph, settings: Settings) -> None:
        self.graph = graph
        self.settings = settings
        self.labels = graph.labels()
        self.outputs = find_outputs(graph, settings.of, program_name(graph))
        if not self.outputs and graph.arrays is not None:
            for array in graph.arrays.arrays_of(settings.of):
                check_elements(graph.arrays.graph.labels()[array], graph.arrays.graph.shapes[array])
        self.expectations = Expectations(graph, self.outputs, settings.of, settings.expectations)
        asked = [(output, node) for output in self.outputs for node in graph.inputs()]
        asked += self.expectations.gradients()
        self.pairs = sorted(dict.fromkeys([*asked, *gradients_of(graph)]), key=lambda pair: pair[::-1])
        listed = 1 if settings.places is None else max(1, len(settings.places))
        self.count = settings.sampling.samples if settings.sampling else listed
        self.gradients = GradientCases(graph, self.pairs, settings.rtol, settings.atol)
        self.work = work_of(graph, self.count, self.gradients.comparisons)

    @property
    def asks_for_gradients(self) -> bool:
        """True where nothing else is checked."""
        return bool(self.pairs) and not self.expectations.wanted and not self.graph.assertions

    def conclude(self, outcome: Outcome, help: str) -> None:
        """Fail where doubles hold a gradient at no point, and nothing else was asked."""
        if self.asks_for_gradients and outcome.passed:
            self.gradients.held.conclude(outcome, self.labels, help)

    def point(self, inputs: Mapping[str, float]) -> Point:
        """Evaluate the program at a point."""
        return Point(self.graph, inputs, work=self.work)

    def weigh(self, point: Point, outcome: Outcome) -> None:
        """Record whether there was a gradient to compare, the errors of doubles, and the conditioning at the point."""
        differences = next(case for case in outcome.cases if case.kind == "differences")
        outcome.silent = outcome.points - differences.spoken if self.asks_for_gradients else 0
        bounds = point.assessment.bounds
        for output in dict.fromkeys(output for output, _ in self.pairs):
            value = point.value(output).number
            if bounds is not None and isfinite(value) and value:
                outcome.bound(self.labels[output], ErrorBound(bounds.values[output], value, point.inputs))
        for output, node in self.pairs:
            if self.graph.operations[node] == INPUT:
                numbers = point.value(output).number, point.gradient(output, node).number, point.evaluation.values[node]
                if all(map(isfinite, numbers)):
                    grown = Condition(condition_of(*numbers), point.inputs)
                    outcome.condition(self.labels[output], self.labels[node], grown)

    def cases(self, point: Point) -> list[Case]:
        """Make all cases at one point."""
        return [
            self.gradients.forward(point),
            self.gradients.differences(point),
            *check_assertions(self.graph, point),
            *self.expectations.cases(point, self.settings.rtol, self.settings.atol),
        ]
