"""Expectations: the numbers that `--expect` gives to values and gradients, and the cases that they make."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cgraph_cli.checks.outcomes import Case, Failure
from cgraph_cli.checks.phrases import UNSETTLED, gradient_notes, name_span, program_name
from cgraph_cli.checks.true_numbers import are_same, is_known, true_number
from cgraph_cli.core.errors import RequestError, name_list
from cgraph_cli.core.graph import Graph, show_number
from cgraph_cli.core.nodes_by_label import find_node
from cgraph_cli.trust.checked_point import Point
from cgraph_cli.trust.verdicts import Checked


class Expectation(NamedTuple):
    """A number that a node's value, or the output's gradient with respect to it, is to have."""

    label: str
    is_gradient: bool
    number: float


class Expectations:
    """Expectations of a program, with the nodes that they speak of; gradients are those of its one output.

    Raises `RequestError` for a name that the program does not have, and for a gradient where there are several outputs.
    """

    def __init__(self, graph: Graph, outputs: Sequence[int], expectations: Sequence[Expectation]) -> None:
        self.graph = graph
        self.output = outputs[0]
        program = program_name(graph)
        self.wanted = [(wanted, find_node(graph, wanted.label, "--expect", program)) for wanted in expectations]
        gradient = next((wanted for wanted in expectations if wanted.is_gradient), None)
        if gradient and len(outputs) > 1:
            labels = graph.labels()
            raise RequestError(
                f"`--expect {gradient.label}.grad` could be the gradient of any of the outputs: "
                f"{name_list([labels[output] for output in outputs])}",
                help="name one with `--of`",
            )

    def gradients(self) -> Iterator[tuple[int, int]]:
        """List the gradients that are spoken of, as (output, node)."""
        return ((self.output, node) for wanted, node in self.wanted if wanted.is_gradient)

    def cases(self, point: Point, rtol: float, atol: float) -> Iterator[Case]:
        """Check each number within the tolerances."""
        labels = self.graph.labels()
        for (label, is_gradient, number), node in self.wanted:
            shown = point.gradient(self.output, node) if is_gradient else point.value(node)
            what = f"∂{labels[self.output]}/∂{labels[node]}" if is_gradient else f"`{label}`"
            span = name_span(self.graph, node)
            case = Case("expect", f"--expect {label}{'.grad' * is_gradient}={show_number(number)}", span)
            same = number == number and are_same(true_number(shown), true_number(Checked(number)), rtol, atol)
            if not is_known(shown):
                case.failures.append(Failure(f"{what} {UNSETTLED}", (span,)))
            elif not same:
                message, tolerance = f"{what} is not {show_number(number)}", atol + rtol * abs(number)
                notes = gradient_notes(shown)
                case.failures.append(Failure(message, (span,), number, shown.number, tolerance, notes=notes))
            yield case
