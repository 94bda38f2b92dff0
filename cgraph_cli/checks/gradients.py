"""Checks of a program's gradients, expectations and assertions.

Each gradient is checked twice: the sweeps forward and in reverse have to agree, and differences of the value in balls,
independent of the rules, have to agree with them. True numbers are compared, and an unsettled number fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import isfinite
from typing import NamedTuple

from cgraph_cli.checks.assertions import check_assertions, gradients_of
from cgraph_cli.checks.differences import Differences, wrong_partials
from cgraph_cli.checks.expectations import Expectation, Expectations
from cgraph_cli.checks.held_gradients import HeldGradients
from cgraph_cli.checks.outcomes import Case, Condition, ErrorBound, Failure, Outcome, agreed_digits
from cgraph_cli.checks.phrases import UNSETTLED, name_span, notes_on, program_name
from cgraph_cli.checks.sampling import Sampling, check_count, check_ranges, input_names, most_points
from cgraph_cli.checks.true_numbers import BITS, are_same, count_digits, is_known, true_number
from cgraph_cli.core.errors import InputError, RequestError
from cgraph_cli.core.graph import INPUT, Graph, show_number
from cgraph_cli.core.nodes_by_label import check_elements, find_outputs, named_inputs
from cgraph_cli.evaluation.ball import Ball, Precision
from cgraph_cli.trust.budget import BUDGET, OutOfWork
from cgraph_cli.trust.checked_point import Point
from cgraph_cli.trust.events import MOST_NODES
from cgraph_cli.trust.judge import nearest
from cgraph_cli.trust.probe import is_outside
from cgraph_cli.trust.problem_condition import condition_of
from cgraph_cli.trust.verdicts import Checked, Status

LEAST_WORK = 250_000.0
"""The least bound on work for each of many points, in the units of `trust.budget`."""

WORK_A_NODE = 60.0
"""The work for each node of a large program: enough to compare a gradient."""

_MOST_ONE_BY_ONE = 100_000
"""The nodes times the gradients of a program up to which each element of an array is compared by itself."""

_COST = 17.0
"""The microseconds for each node at a point, for each of its gradients."""


def work_of(graph: Graph, points: int) -> float:
    """Find the bound on work for each of so many points of a program."""
    return max(3 * BUDGET / points, LEAST_WORK) + WORK_A_NODE * len(graph)


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
    places = settings.sampling.points(input_names([graph]), fixed | outcome.kept)
    _check_places(checker, places, outcome, progress, "`--range a=0:1` samples an input elsewhere")
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
        outcome.give_up(f"the value is undefined or infinite at all of the {outcome.undefined} points", help)
    elif outcome.silent == outcome.points and outcome.passed:
        outcome.give_up(f"there is no derivative to compare at any of the {outcome.points} points", help)


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
        self.work = work_of(graph, self.count)
        self.held = HeldGradients(settings.rtol, settings.atol)

    @property
    def asks_for_gradients(self) -> bool:
        """True where nothing else is checked."""
        return bool(self.pairs) and not self.expectations.wanted and not self.graph.assertions

    def conclude(self, outcome: Outcome, help: str) -> None:
        """Fail where doubles hold a gradient at no point, and nothing else was asked."""
        if self.asks_for_gradients and outcome.passed:
            self.held.conclude(outcome, self.labels, help)

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
            self.forward(point),
            self.differences(point),
            *check_assertions(self.graph, point),
            *self.expectations.cases(point, self.settings.rtol, self.settings.atol),
        ]

    def forward(self, point: Point) -> Case:
        """Check that the forward sweep agrees with the reverse sweep, within the tolerance."""
        case = Case("forward", "forward = reverse")
        settings = self.settings
        for output, node in self.pairs:
            reverse, forward = point.gradient(output, node), point.tangent(output, node)
            if not (is_known(reverse) and is_known(forward)):
                self._give_up(case, output, node)
            elif not are_same(true_number(forward), true_number(reverse), settings.rtol, settings.atol):
                first, second = reverse.number, forward.number
                message = f"forward and reverse disagree on {self._derivative(output, node)}"
                case.failures.append(
                    Failure(
                        message, (name_span(self.graph, output),), first, second, self._tolerance(first),
                        notes=notes_on(reverse), sides=("reverse", "forward"),
                    )
                )  # fmt: skip
        return case

    def differences(self, point: Point) -> Case:
        """Check that each gradient is the derivative by differences of the value, within the tolerance.

        At a kink the number has to lie between the derivatives from the two sides. Without a derivative (a jump, a
        pole, no value) there is nothing to compare.
        """
        case = Case("differences", "gradients = differences")
        if not point.assessment.is_certified:
            for output, node in self.pairs:
                self._give_up(case, output, node)
            return case
        found = Differences(point.assessment.exact)
        done = set[tuple[int, int]]()
        for output, nodes in self._directions():
            if self._agree_along(point, found, output, nodes, case):
                done.update((output, node) for node in nodes)
        for output, node in done:
            self.held.take((output, node), point.gradient(output, node), point.inputs)
        for output, node in self.pairs:
            if (output, node) in done:
                continue
            try:
                self._compare(point, found, output, node, case)
            except OutOfWork:
                self._give_up(case, output, node)
        return case

    def _directions(self) -> Iterator[tuple[int, list[int]]]:
        """List the arrays whose elements are compared all at once, as one by one would take too long."""
        if self.graph.arrays is None or len(self.pairs) * len(self.graph) <= _MOST_ONE_BY_ONE:
            return
        for output in dict.fromkeys(output for output, _ in self.pairs):
            wanted = {node for other, node in self.pairs if other == output}
            for _, shape, nodes in named_inputs(self.graph):
                if shape and len(nodes) > 1 and wanted.issuperset(nodes):
                    yield output, list(nodes)

    def _agree_along(self, point: Point, found: Differences, output: int, nodes: Sequence[int], case: Case) -> bool:
        """Compare the gradient of an array's elements in one direction; False where they have to be looked at."""
        shown = [point.gradient(output, node) for node in nodes]
        if any(each.verdict.status not in (Status.OK, Status.RECOVERED) for each in shown):
            return False
        direction = {node: 1 + at % 3 for at, node in enumerate(nodes)}
        with Precision(BITS):
            terms = [true_number(each) * part for each, part in zip(shown, direction.values(), strict=True)]
            total = sum(terms[1:], terms[0])
            size = sum(abs(nearest(term)) for term in terms)
        try:
            true = found.along(output, direction, total)
        except OutOfWork:
            return False
        if true is None or not are_same(total, true, 0.0, self.settings.atol + self.settings.rtol * size):
            return False
        with Precision(BITS):
            apart = abs(nearest(total - true))
        case.agree(agreed_digits(apart, size))
        return True

    def _give_up(self, case: Case, output: int, node: int) -> None:
        message = f"{self._derivative(output, node)} {UNSETTLED}"
        reason = "what is not known is not taken for right"
        if len(self.graph) > MOST_NODES:
            reason = f"the program has {len(self.graph):,} nodes, and digits are certified up to {MOST_NODES:,}"
        notes = [reason]
        if self.graph.arrays is not None:
            notes.append("fewer elements or steps are less work, and so is a node before it, by `--of`")
        case.failures.append(Failure(message, (name_span(self.graph, output),), notes=tuple(notes)))

    def _compare(self, point: Point, found: Differences, output: int, node: int, case: Case) -> None:
        shown = point.gradient(output, node)
        status = shown.verdict.status
        is_held = self.held.take((output, node), shown, point.inputs)
        if not is_known(shown):
            self._give_up(case, output, node)
        elif status in (Status.POLE, Status.UNDEFINED) or not isfinite(point.evaluation.values[node]):
            case.note("undefined" if status == Status.UNDEFINED else "at a pole")
        elif status == Status.JUMP:
            case.note("at a jump")
        elif status == Status.KINK:
            case.note("at a kink")
            self._compare_kink(point, found, output, node, case)
        else:
            true = found.central(output, node, true_number(shown))
            if true is None and status == Status.LIMIT:
                true = found.beside(output, node, true_number(shown))
            if true is None:
                true = _one_of(found.sides(output, node))
            if true is None:
                self._give_up(case, output, node)
            elif are_same(true_number(shown), true, self.settings.rtol, self.settings.atol):
                case.agree(count_digits(true_number(shown), true))
                if not is_held:
                    case.note("beyond the doubles")
            else:
                self._fail(point, found, output, node, true, case, self._tolerance(nearest(true)))

    def _compare_kink(self, point: Point, found: Differences, output: int, node: int, case: Case) -> None:
        below, above = found.sides(output, node)
        if below is None or above is None:
            self._give_up(case, output, node)
            return
        case.speak()
        number = point.gradient(output, node).number
        low, high = sorted((below, above), key=nearest)
        end = low if number < nearest(low) else high
        is_between = nearest(low) <= number <= nearest(high)
        if not (is_between or are_same(true_number(Checked(number)), end, self.settings.rtol, self.settings.atol)):
            self._fail(point, found, output, node, end, case, self._tolerance(nearest(end)))

    def _tolerance(self, true: float) -> float:
        return self.settings.atol + self.settings.rtol * abs(true)

    def _fail(
        self, point: Point, found: Differences, output: int, node: int, true: Ball, case: Case, tolerance: float
    ) -> None:
        graph, labels = self.graph, self.labels
        shown = point.gradient(output, node)
        notes, spans = list(notes_on(shown)), (name_span(self.graph, output),)
        if not case.failures:  # the others most likely fail for the same reason
            wrong = wrong_partials(point.evaluation, found.path(output, node), self.settings.rtol)
            for fault, edge, got, partial in wrong:
                expression = f"{labels[fault]} = {graph.short_expression(fault)}"
                notes.append(
                    f"`{graph.operations[fault]}` is at fault: in `{expression}` its partial with respect to "
                    f"`{labels[graph.operands[edge]]}` is {show_number(got)}, "
                    f"and by differences {show_number(partial)}"
                )
                spans = (graph.span(fault),)
            if not wrong:
                notes.append("the partials of each operation by itself are right: the sweep or a status is at fault")
        message = f"{self._derivative(output, node)} is not the derivative"
        case.failures.append(Failure(message, spans, nearest(true), shown.number, tolerance, notes=tuple(notes)))

    def _derivative(self, output: int, node: int) -> str:
        return f"∂{self.labels[output]}/∂{self.labels[node]}"


def _one_of(sides: tuple[Ball | None, Ball | None]) -> Ball | None:
    """Find the derivative from the only side with one; None where both sides have one, or none."""
    below, above = sides
    return above if below is None else below if above is None else None
