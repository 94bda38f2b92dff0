"""Expectations: the numbers that `--expect` gives for values and gradients, and their cases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from cgraph_cli.checks.outcomes import Case, Failure
from cgraph_cli.checks.phrases import UNSETTLED, name_span, notes_on, program_name
from cgraph_cli.checks.true_numbers import are_same, is_known, true_number
from cgraph_cli.core.array_graph import show_tensor
from cgraph_cli.core.errors import RequestError, name_list
from cgraph_cli.core.graph import Graph, show_number
from cgraph_cli.core.nodes_by_label import check_shape, find_derivative, find_node, spread
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.trust.checked_point import Point
from cgraph_cli.trust.verdicts import Checked


class Expectation(NamedTuple):
    """A number that a node's value, or the output's gradient with respect to it, should have.

    For an array it is a `Tensor`, or one number for all of it.
    """

    label: str
    is_gradient: bool
    number: Any

    @property
    def text(self) -> str:
        """The expectation as the option takes it."""
        name, bracket, index = self.label.partition("[")
        shown = show_tensor(self.number) if isinstance(self.number, Tensor) else show_number(self.number)
        return f"{name}{'.grad' * self.is_gradient}{bracket}{index}={shown}"


class Expectations:
    """Expectations of a program, with their nodes; gradients are those of its one output, or of an array's sum.

    Raises `RequestError` for a name that the program does not have, and for a gradient where there are several outputs.
    """

    def __init__(
        self, graph: Graph, outputs: Sequence[int], of: Sequence[str], expectations: Sequence[Expectation]
    ) -> None:
        self.graph = graph
        self.wanted = [(wanted, self._elements(wanted)) for wanted in expectations]
        gradient = next((wanted for wanted in expectations if wanted.is_gradient), None)
        if gradient:
            outputs = _summed(graph, of) or outputs
        self.output = outputs[0]
        if gradient and len(outputs) > 1:
            labels = graph.labels()
            raise RequestError(
                f"`--expect {gradient.label}.grad` could be the gradient of any of the outputs: "
                f"{name_list([labels[output] for output in outputs])}",
                help="name one with `--of`",
            )

    def gradients(self) -> Iterator[tuple[int, int]]:
        """List the expected gradients, as (output, node)."""
        return ((self.output, node) for wanted, pairs in self.wanted if wanted.is_gradient for node, _ in pairs)

    def _elements(self, wanted: Expectation) -> list[tuple[int, float]]:
        """Pair the elements of an expectation with their numbers."""
        label, graph = wanted.label, self.graph
        pairs = spread(graph, label, wanted.number, "--expect")
        if pairs is not None:
            return list(pairs.items())
        node = find_node(graph, label, "--expect", program_name(graph), self._instead_of(wanted))
        check_shape(label, wanted.number, (), "--expect")
        return [(node, wanted.number)]

    def _instead_of(self, wanted: Expectation) -> str:
        """Advise on `dy/dx=6` and `grad(y, x)=6`; empty for any other text."""
        if wanted.label in ("grad", "gradient"):
            inputs = [self.graph.names[node] or "" for node in self.graph.inputs()]
            of_input = wanted._replace(label=inputs[0] if inputs else "NAME", is_gradient=True)
            return f"for a gradient, name the input: `--expect {of_input.text}`"
        found = find_derivative(wanted.label)
        if found is None:
            return ""
        output, name = found
        if not {output, name} <= self.graph.nodes.keys():
            return "for a gradient, write `--expect NAME.grad=NUMBER`"
        of = "" if self.graph.nodes[output] == self.graph.output else f" --of {output}"
        return f"for the gradient, write `--expect {wanted._replace(label=name, is_gradient=True).text}{of}`"

    def cases(self, point: Point, rtol: float, atol: float) -> Iterator[Case]:
        """Check each number within the tolerances."""
        for wanted, pairs in self.wanted:
            case = Case("expect", f"--expect {wanted.text}", name_span(self.graph, pairs[0][0]) if pairs else None)
            for node, number in pairs:
                self._compare(case, point, wanted.is_gradient, node, number, (rtol, atol))
            yield case

    def _compare(
        self, case: Case, point: Point, is_gradient: bool, node: int, number: float, tolerances: tuple[float, float]
    ) -> None:
        labels, span = self.graph.labels(), name_span(self.graph, node)
        shown = point.gradient(self.output, node) if is_gradient else point.value(node)
        what = f"∂{labels[self.output]}/∂{labels[node]}" if is_gradient else f"`{labels[node]}`"
        same = number == number and are_same(true_number(shown), true_number(Checked(number)), *tolerances)
        if not is_known(shown):
            case.failures.append(Failure(f"{what} {UNSETTLED}", (span,)))
        elif not same:
            rtol, atol = tolerances
            message, tolerance = f"{what} is not {show_number(number)}", atol + rtol * abs(number)
            notes = notes_on(shown, "gradient" if is_gradient else "value")
            case.failures.append(Failure(message, (span,), number, shown.number, tolerance, notes=notes))


def _summed(graph: Graph, of: Sequence[str]) -> list[int]:
    """Give the sum of an array that is the only output; nothing for other outputs."""
    if graph.arrays is None or len(of) > 1:
        return []
    if not of:
        return [graph.output]
    if graph.arrays.node(of[0]) is None:
        return []
    from cgraph_cli.symbolic.arrays.weighted_sum import append_sum

    return [append_sum(graph, of[0])]
