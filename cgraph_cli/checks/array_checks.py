"""Checks of programs of arrays that are too large for their scalar program, by NumPy.

Every input moves in a direction of its own, by another number for each element. The tangents have to give what the
adjoints give, and so do differences of the value, as far as doubles go. Assertions and expectations are tested for
every element.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf
from typing import Any

import numpy as np

from cgraph_cli.checks.assertions import MIRRORED, count_elements, statement
from cgraph_cli.checks.expectations import Expectation
from cgraph_cli.checks.gradients import Settings
from cgraph_cli.checks.outcomes import Case, Failure, Outcome, agreed_digits
from cgraph_cli.checks.phrases import UNSETTLED, name_span, program_name
from cgraph_cli.checks.sampled_elements import check_elements
from cgraph_cli.checks.true_conditions import RELATIVE
from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.errors import RequestError, Span
from cgraph_cli.core.graph import CONSTANT, INPUT, Assertion
from cgraph_cli.core.nodes_by_label import check_shape, find_node
from cgraph_cli.core.tensor import Shape, Tensor, show_index
from cgraph_cli.evaluation.arrays.algebra import ARRAYS, fill, ieee
from cgraph_cli.evaluation.arrays.derivatives import gather_elements
from cgraph_cli.evaluation.sweeps import evaluate, sweep_reverse
from cgraph_cli.symbolic.matrices.array_gradients import expand_arrays
from cgraph_cli.trust.array_assessment import ArrayAssessment
from cgraph_cli.trust.array_directions import ROUNDING, all_move, find_slopes
from cgraph_cli.trust.array_elements import Elements

_STEPS = (6e-6, 2e-7, 6e-9)
"""The distances of two values whose difference is a derivative, as parts of the largest element: ∛ε, and nearer ones
where a kink or a jump lies between."""

_NEAR = 1e-5
"""The part of the same sum that a difference may be off by: its own rounding, and the kinks that it steps over."""


def check_arrays(graph: ArrayGraph, inputs: Mapping[str, Any], settings: Settings | None = None) -> Outcome:
    """Check a large program at a point. Raises as `gradients.check`, and for random points."""
    settings = settings or Settings()
    if settings.sampling is not None:
        raise RequestError(
            "arrays of this size are checked at one point", help="leave `--samples` out, and set every input"
        )
    graph = expand_arrays(graph)
    outcome = Outcome(graph.source.name)
    with ieee():
        checker = _ArrayChecker(graph, inputs, settings)
        elements = check_elements(graph, checker.evaluation.values)
        outcome.add([*checker.directions(), elements, *checker.assertions(), *checker.expectations()], {})
    return outcome


def unmet_assertions(graph: ArrayGraph, inputs: Mapping[str, Any]) -> list[Span]:
    """Find the assertions of a large program that do not hold at a point."""
    graph = expand_arrays(graph)
    with ieee():
        cases = _ArrayChecker(graph, inputs, Settings()).assertions()
        return [statement(each) for each, case in zip(graph.assertions, cases, strict=True) if case.failures]


class _ArrayChecker:
    def __init__(self, graph: ArrayGraph, inputs: Mapping[str, Any], settings: Settings) -> None:
        self.graph = graph
        self.settings = settings
        self.labels = graph.labels()
        self.evaluation = evaluate(graph, inputs, algebra=ARRAYS)
        self.values = Elements(graph, self.evaluation.values)
        self.assessment = ArrayAssessment(self.values, self.evaluation)
        name = program_name(graph)
        self.outputs = [find_node(graph, each, "--of", name) for each in settings.of] or [graph.output]
        self._adjoints: dict[int, list[Any]] = {}

    def adjoints(self, output: int) -> list[Any]:
        """Find the adjoints of the sum of an output."""
        if output not in self._adjoints:
            seed = np.ones(self.graph.shapes[output])
            found = self._adjoints[output] = sweep_reverse(self.evaluation, {output: seed})
            gather_elements(self.graph, found)
        return self._adjoints[output]

    def directions(self) -> list[Case]:
        """Check the gradients with respect to each input in a direction, forward and by differences."""
        forward, differences = Case("forward", "forward = reverse"), Case("differences", "gradients = differences")
        for output in self.outputs:
            adjoints = self.adjoints(output)
            told = self.assessment.derivatives.judge_adjoints(output, adjoints)
            doubtful = {self.values.node(at) for at in told}
            for node in self.graph.inputs():
                step = all_move(self.graph.shapes[node])
                back = Elements(self.graph, adjoints)
                slopes = find_slopes(self.evaluation, self.values, {node: step}, output, 1.0, back)
                what = f"∂{self._name(output)}/∂{self.labels[node]} in a direction"
                if node in doubtful or slopes.size != slopes.size:
                    differences.note("at a kink")
                    continue
                most, near = ROUNDING * slopes.size, _NEAR * slopes.size
                self._compare(forward, what, output, (slopes.reverse, slopes.forward), most, ("reverse", "forward"))
                slope = self._difference(output, node, step, slopes.reverse, near)
                self._compare(differences, what, output, (slope, slopes.reverse), near, ("differences", "gradient"))
        return [forward, differences]

    def _name(self, node: int) -> str:
        return f"Σ{self.labels[node]}" if self.graph.shapes[node] else self.labels[node]

    def _compare(
        self, case: Case, what: str, output: int, numbers: tuple[float, float], most: float, sides: tuple[str, str]
    ) -> None:
        expected, got = numbers
        apart = abs(expected - got)
        if not apart <= most:
            message = f"{' and '.join(sides)} disagree on {what}"
            case.failures.append(Failure(message, (name_span(self.graph, output),), expected, got, most, sides=sides))
        elif case.kind == "forward":  # in digits of what rounding is a part of
            case.agree(agreed_digits(apart, most / ROUNDING))
        else:
            case.speak()

    def _difference(self, output: int, node: int, step: Any, guess: float, near: float) -> float:
        """Find the derivative of the sum of an output in a direction, from two values; the first that is near a guess,
        or else the nearest."""
        at = fill(self.evaluation.values[node], self.graph.shapes[node])
        largest = float(np.abs(at).max(initial=0.0)) or 1.0
        found: list[float] = []
        for part in _STEPS:
            distance = part * largest
            ends = [self._value_at(output, node, at + side * step) for side in (distance, -distance)]
            found.append(float(np.sum(ends[0] - ends[1]) / (2 * distance)))
            if abs(found[-1] - guess) <= near:
                break
        return min(found, key=lambda slope: abs(slope - guess))

    def _value_at(self, output: int, node: int, numbers: Any) -> Any:
        """Find an output's value where one input has other numbers."""
        given = {self.graph.names[each] or "": self.evaluation.values[each] for each in self.graph.inputs()}
        given[self.graph.names[node] or ""] = numbers
        return np.asarray(evaluate(self.graph, given, algebra=ARRAYS).values[output])

    # Assertions and expectations

    def assertions(self) -> Iterator[Case]:
        """Check that each `assert` holds for every element."""
        for assertion in self.graph.assertions:
            span = statement(assertion)
            text = " ".join(span.source.text[span.start : span.end].split())
            case = Case("assert", text, span)
            graph, values = assertion.graph, self._evaluated(assertion)
            holds = np.asarray((np.asarray(values[graph.output]) != 0) & ~np.isnan(values[graph.output]))
            if not holds.all():
                case.failures.append(
                    _worst(assertion, text.split(" ", 1)[-1].partition(" within ")[0], span, values, holds)
                )
            yield case

    def _evaluated(self, assertion: Assertion) -> list[Any]:
        """Compute the nodes of a condition, whose inputs are the program's numbers."""
        graph = assertion.graph
        assert isinstance(graph, ArrayGraph)
        values: list[Any] = []
        numbers: list[Any] = graph.numbers
        for node, operation in enumerate(graph.operations):
            operands = [values[each] for each in graph.operands_of(node)]
            if operation == INPUT:
                of, *wrt = assertion.bindings[node]
                shape = self.graph.shapes[wrt[0] if wrt else of]
                values.append(fill(self.adjoints(of)[wrt[0]] if wrt else self.evaluation.values[of], shape))
            elif operation == CONSTANT:
                values.append(ARRAYS.number(numbers[node], ""))
            elif operation in ("==", "!="):
                same = _are_close(operands[0], operands[1], assertion.tolerance)
                values.append((same if operation == "==" else ~same) * 1.0)
            else:
                values.append(ARRAYS.kernel(operation)(*operands)[0])
        return values

    def expectations(self) -> Iterator[Case]:
        """Check each number that is expected, of an array each element."""
        for wanted in self.settings.expectations:
            yield self._expectation(wanted)

    def _expectation(self, wanted: Expectation) -> Case:
        graph, label = self.graph, wanted.label
        assert graph.arrays is not None
        node = find_node(graph, label.partition("[")[0], "--expect", program_name(graph))
        elements = graph.arrays.find(label)
        if elements is None:
            raise RequestError(f"`--expect` names `{label}`, which is no element of `{self.labels[node]}`")
        check_shape(label, wanted.number, elements.shape, "--expect")
        numbers = self.adjoints(self.outputs[0])[node] if wanted.is_gradient else self.evaluation.values[node]
        flat = fill(numbers, graph.shapes[node]).ravel()
        start = self.values.starts[node]
        got = flat if len(elements.items) == len(flat) else flat[[at - start for at in elements.items]]
        expected = np.asarray(wanted.number.items if isinstance(wanted.number, Tensor) else wanted.number, dtype=float)
        expected = np.broadcast_to(expected, got.shape)
        case = Case("expect", f"--expect {wanted.text}", name_span(graph, node))
        tolerances = self.settings.atol + self.settings.rtol * np.abs(expected)
        wrong = np.flatnonzero(~((got == expected) | (np.abs(got - expected) <= tolerances)))
        if wrong.size:
            at = int(wrong[0])
            named = label + (_index_of(at, elements.shape) if elements.shape else "")
            what = f"∂{self._name(self.outputs[0])}/∂{named}" if wanted.is_gradient else f"`{named}`"
            message = f"{what} is not {float(expected[at])!r}" if got[at] == got[at] else f"{what} {UNSETTLED}"
            numbers_ = float(expected[at]), float(got[at]), float(tolerances[at])
            case.failures.append(Failure(message, (name_span(graph, node),), *numbers_))
        return case


def _worst(assertion: Assertion, text: str, span: Span, values: Sequence[Any], holds: Any) -> Failure:
    """Make the failure of an assertion at the element that is off by the most of its tolerance."""
    graph, places = assertion.graph, np.argwhere(~holds)
    relation, operands = graph.operations[graph.output], graph.operands_of(graph.output)
    notes = count_elements(len(places), holds.size)
    if relation not in MIRRORED:
        where = f" at {show_index(places[0].tolist())}" if holds.ndim else ""
        return Failure(f"`{text}` does not hold{where}", (span,), relation=relation, notes=notes)
    got, expected = (np.broadcast_to(values[each], holds.shape)[~holds] for each in operands)
    tolerances = np.broadcast_to(assertion.tolerance or 0.0, got.shape)
    if assertion.tolerance is None:
        tolerances = RELATIVE * np.maximum(np.abs(got), np.abs(expected))
    off = np.abs(got - expected) / tolerances
    at = int(np.argmax(np.where(np.isnan(off), inf, off)))
    where = f" at {show_index(places[at].tolist())}" if holds.ndim else ""
    numbers = float(expected[at]), float(got[at]), float(tolerances[at])
    return Failure(f"`{text}` does not hold{where}", (span,), *numbers, relation, notes)


def _index_of(at: int, shape: Shape) -> str:
    return show_index([int(place) for place in np.unravel_index(at, shape)])


def _are_close(left: Any, right: Any, tolerance: float | None) -> Any:
    """Judge `==` element by element as `assertions.are_close` does."""
    most = RELATIVE * np.maximum(np.abs(left), np.abs(right)) if tolerance is None else tolerance
    return (np.equal(left, right)) | ((np.abs(np.subtract(left, right)) <= most) & np.isfinite(most))
