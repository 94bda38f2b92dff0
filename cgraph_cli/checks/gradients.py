"""Checks of a program's gradients, expectations and assertions.

Of each gradient two things are asked: that the sweeps forward and in reverse give the same, and that it is
the derivative which differences of the value find in high precision, without any of the rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor, isfinite, log10
from typing import Any, NamedTuple

from cgraph_cli.checks.assertions import Part, describe, failing_parts, gradients_of, statement
from cgraph_cli.checks.differences import MOST_WORK, Differences, wrong_partials
from cgraph_cli.checks.outcomes import MOST_DIGITS, Case, Failure, Outcome
from cgraph_cli.checks.sampling import Sampling, check_ranges, defaults_kept, input_names
from cgraph_cli.core.errors import InputError, RequestError, Span, name_list
from cgraph_cli.core.graph import LEAVES, Graph, show_number
from cgraph_cli.core.lookup import PROGRAM, find_node
from cgraph_cli.evaluation.high import as_double
from cgraph_cli.trust.exact import OutOfWork
from cgraph_cli.trust.point import Point
from cgraph_cli.trust.verdicts import OK, ROUNDING, Checked, Status

SWEEP_ROUNDING = 2.0**-40
"""What the roundings of a sweep may cost, as a part of the sum of the absolute products over all paths: 2⁻⁵²
for each of some thousand operations, or a kernel that is accurate to a few thousand units in the last
place."""

ILL_CONDITIONED = "ill-conditioned"
"""The note on gradients that have fewer digits because roundings of the values before have moved the
derivative."""

_TINY = 1e-300
"""A difference that is nothing to a double: a few of the smallest ones have no digits."""


class Expectation(NamedTuple):
    """A number that a node's value, or the output's gradient with respect to it, is to have."""

    label: str
    is_gradient: bool
    number: float


class Settings(NamedTuple):
    """The things to check, the tolerances, and the points: `sampling` is None for the one point that is given."""

    of: Sequence[str] = ()
    expectations: Sequence[Expectation] = ()
    rtol: float = 1e-9
    atol: float = 0.0
    sampling: Sampling | None = None


def check(graph: Graph, inputs: Mapping[str, float] | None = None, settings: Settings | None = None) -> Outcome:
    """Check a program at a point, or at random ones where neither `inputs` nor a default fixes it.

    A range samples an input that has a default, too.

    Raises `InputError` where inputs are missing or unknown, and `RequestError` where the settings name nodes
    that the program does not have."""
    settings = settings or Settings()
    checker = _Checker(graph, settings)
    outcome = Outcome(graph.source.name, settings.sampling is not None)
    if settings.sampling is None:
        try:
            point = Point(graph, inputs or {})
        except InputError as error:
            first, spans, help = error.diagnostic
            if not spans:
                raise
            raise InputError(first, spans, f"{help}\n`--samples 100` checks at random numbers") from None
        outcome.add(checker.cases(point), point.inputs)
        return outcome
    fixed = dict(inputs or {})
    check_ranges([graph], settings.sampling, fixed)
    sampling, defaults = settings.sampling, defaults_kept(graph, settings.sampling, fixed)
    fixed |= defaults
    outcome.kept = list(defaults)
    if defaults and not [name for name in input_names([graph]) if name not in fixed]:
        sampling = sampling._replace(samples=1)
    for place in sampling.points(input_names([graph]), fixed):
        point = Point(graph, place)
        if point.is_defined(checker.outputs):
            outcome.add(checker.cases(point), place)
        else:
            outcome.undefined += 1
    if not outcome.points:
        outcome.give_up(
            f"the value is undefined or infinite at all of the {outcome.undefined} points",
            "`--range a=0:1` samples an input elsewhere",
        )
    return outcome


class _Checker:
    def __init__(self, graph: Graph, settings: Settings) -> None:
        self.graph = graph
        self.settings = settings
        self.labels = graph.labels()
        program = program_name(graph)
        self.outputs = [find_node(graph, name, "--of", program) for name in settings.of] or graph.default_outputs()
        self.wanted = [
            (wanted, find_node(graph, wanted.label, "--expect", program)) for wanted in settings.expectations
        ]
        gradient = next((wanted for wanted in settings.expectations if wanted.is_gradient), None)
        if gradient and len(self.outputs) > 1:
            raise RequestError(
                f"`--expect {gradient.label}.grad` could be the gradient of any of the outputs: "
                f"{name_list([self.labels[output] for output in self.outputs])}",
                help="name one with `--of`",
            )
        asked = [(output, node) for output in self.outputs for node in graph.inputs()]
        asked += [(self.outputs[0], node) for wanted, node in self.wanted if wanted.is_gradient]
        self.pairs = sorted(dict.fromkeys([*asked, *gradients_of(graph)]), key=lambda pair: pair[::-1])
        points = settings.sampling.samples if settings.sampling else 1
        self.work = max(MOST_WORK / points, 20_000)

    def cases(self, point: Point) -> list[Case]:
        """Check everything at one point."""
        return [
            self.forward(point),
            self.differences(point),
            *self.assertions(point),
            *self.expectations(point),
        ]

    def forward(self, point: Point) -> Case:
        """Check that forward equals reverse, but for the rounding errors of the same products in another order."""
        case = Case("forward", "forward = reverse")
        unit = 2.0**-52 * (16 + len(self.graph.operands))
        for output, node in self.pairs:
            reverse, forward = point.gradient(output, node), point.tangent(output, node)
            first, second = reverse.number, forward.number
            if first == second or (first != first and second != second):
                continue
            tolerance = unit * point.bound(output, node)
            if (reverse.verdict, forward.verdict) != (OK, OK):
                tolerance += ROUNDING * abs(first)
            if not abs(first - second) <= max(tolerance, _TINY):
                message = f"forward and reverse disagree on {self._derivative(output, node)}"
                case.failures.append(
                    Failure(
                        message, (self._span(output),), first, second, tolerance,
                        notes=_notes(reverse), sides=("reverse", "forward"),
                    )
                )  # fmt: skip
        return case

    def differences(self, point: Point) -> Case:
        """Check that each gradient is the derivative that differences of the value find.

        It is right within the tolerance (`rtol`, `atol`) and the roundings of a sweep, `SWEEP_ROUNDING`. Where it
        is not, the program may be ill-conditioned, so that roundings on the way to a node's value, which no
        gradient in doubles can know of, have moved the derivative: then it has to be the derivative of the
        program with these roundings as they are, and what remains is a low number of digits. A rule that is
        wrong, or a sweep that adds up wrongly, fits neither.

        At a kink the number has to lie between the derivatives from the two sides. Where there is no
        derivative (a jump, a pole, no value) there is nothing to compare."""
        case = Case("differences", "gradients = differences")
        found = Differences(point.evaluation, self.work)
        for at, (output, node) in enumerate(self.pairs):
            try:
                self._compare(point, found, output, node, case)
            except OutOfWork:
                case.note("not compared, as the program is large")
                for _ in self.pairs[at + 1 :]:
                    case.note("not compared, as the program is large")
                break
        return case

    def _compare(self, point: Point, found: Differences, output: int, node: int, case: Case) -> None:
        shown = point.gradient(output, node)
        number, status = shown.number, shown.verdict.status
        if status in (Status.POLE, Status.UNDEFINED) or not isfinite(point.evaluation.values[node]):
            case.note("undefined" if status == Status.UNDEFINED else "at a pole")
        elif status in (Status.KINK, Status.JUMP):
            case.note(f"at a {status}")
            below, above = found.sides(output, node)
            if status == Status.JUMP or below is None or above is None:
                return
            low, high = sorted((below, above))
            nearest = low if number < low else high
            if not (low <= number <= high or self._is_near(number, nearest, point.bound(output, node))):
                self._fail(point, found, output, node, nearest, case)
        else:
            bound = point.bound(output, node)
            true = found.central(output, node, number, bound)
            if true is None:
                true = _one_of(found.sides(output, node))
            if true is not None and self._is_near(number, true, bound):
                case.agree(digits_agreed(number, true, bound))
                return
            rounded = found.central(output, node, number, bound, rounded=True)
            if rounded is not None and self._is_near(number, rounded, bound):
                case.agree(0 if true is None else digits_agreed(number, true, bound))
                case.note(ILL_CONDITIONED)
            elif true is None:
                case.note("not compared, as differences settle on no number")
            else:
                self._fail(point, found, output, node, true, case)

    def _is_near(self, number: float, true: Any, bound: float) -> bool:
        if not isfinite(number):  # right only where the true number is past the largest double
            return number == as_double(true)
        return bool(abs(true - number) <= self._tolerance(true, bound))

    def _tolerance(self, true: Any, bound: float) -> Any:
        return max(self.settings.atol, self.settings.rtol * abs(true) + SWEEP_ROUNDING * bound, _TINY)

    def _fail(self, point: Point, found: Differences, output: int, node: int, true: Any, case: Case) -> None:
        graph, labels = self.graph, self.labels
        shown = point.gradient(output, node)
        notes, spans = list(_notes(shown)), (self._span(output),)
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
        tolerance = as_double(self._tolerance(true, point.bound(output, node)))
        message = f"{self._derivative(output, node)} is not the derivative"
        case.failures.append(Failure(message, spans, as_double(true), shown.number, tolerance, notes=tuple(notes)))

    def assertions(self, point: Point) -> list[Case]:
        """Check that each `assert` holds."""
        cases = []
        for assertion in self.graph.assertions:
            span = statement(assertion)
            text = " ".join(span.source.text[span.start : span.end].split())
            case = Case("assert", text, span)
            parts = failing_parts(assertion, point)
            whole = len(parts) == 1 and text.split(" ", 1)[1].partition(" within ")[0] == parts[0].text
            case.failures = [_unmet(part, span if whole else part.span) for part in parts]
            cases.append(case)
        return cases

    def expectations(self, point: Point) -> list[Case]:
        """Check each number of `--expect`, within the tolerance."""
        cases = []
        for (label, is_gradient, number), node in self.wanted:
            shown = point.gradient(self.outputs[0], node) if is_gradient else point.value(node)
            what = self._derivative(self.outputs[0], node) if is_gradient else f"`{label}`"
            name = f"{label}{'.grad' * is_gradient}={show_number(number)}"
            case = Case("expect", f"--expect {name}", self._span(node))
            tolerance = self.settings.atol + self.settings.rtol * abs(number)
            got = shown.number
            if got != number and not abs(got - number) <= tolerance < float("inf"):
                message = f"{what} is not {show_number(number)}"
                case.failures.append(Failure(message, (self._span(node),), number, got, tolerance, notes=_notes(shown)))
            cases.append(case)
        return cases

    def _derivative(self, output: int, node: int) -> str:
        return f"∂{self.labels[output]}/∂{self.labels[node]}"

    def _span(self, node: int) -> Span:
        name = self.graph.names[node]
        if name is None or self.graph.operations[node] in LEAVES:
            return self.graph.span(node)
        start = self.graph.definitions[node]
        return Span(self.graph.source, start, start + len(name))


def program_name(graph: Graph) -> str:
    """Name a program in a message: by its file, where it has one."""
    return PROGRAM if graph.source.name == "program" else graph.source.name


def digits_agreed(number: float, true: Any, bound: float = 0.0) -> int:
    """Count the decimal digits in which a double agrees with the truth, or, where that is 0, with the sum `bound`."""
    difference = abs(true - number) if isfinite(number) else 0
    size = abs(true) or bound
    if difference == 0:
        return MOST_DIGITS
    if not size or not difference < size:
        return 0
    return min(MOST_DIGITS, floor(-log10(float(difference / size) or 1e-300)))


def _unmet(part: Part, span: Span) -> Failure:
    """Turn a part of a condition that does not hold into a failure."""
    if part.relation in ("", "not"):
        what = "true" if part.relation == "" else "false"
        return Failure(f"`{part.text}` should be {what}, and is {show_number(part.got)}", (span,), notes=part.notes)
    negated = part.relation.startswith("not ")
    message = f"`{part.text}` {'should' if negated else 'does'} not hold"
    return Failure(message, (span,), part.expected, part.got, part.tolerance, part.relation, part.notes)


def _notes(known: Checked) -> tuple[str, ...]:
    words = describe(known.verdict)
    return (f"the gradient is {words}",) if words else ()


def _one_of(sides: tuple[Any, Any]) -> Any:
    """Take the derivative from the one side on which there is one; None where there are two or none."""
    below, above = sides
    return above if below is None else below if above is None else None
