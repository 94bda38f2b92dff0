"""Cases of gradients: the forward sweep against the reverse one, and both against differences of the value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite

from cgraph_cli.checks.differences import Differences, wrong_partials
from cgraph_cli.checks.held_gradients import HeldGradients, Pair
from cgraph_cli.checks.outcomes import Case, Failure, agreed_digits
from cgraph_cli.checks.phrases import UNSETTLED, name_span, notes_on
from cgraph_cli.checks.true_numbers import BITS, are_same, count_digits, is_known, true_number
from cgraph_cli.core.graph import Graph, show_number
from cgraph_cli.core.nodes_by_label import named_inputs
from cgraph_cli.evaluation.ball import Ball, Precision
from cgraph_cli.trust.budget import OutOfWork
from cgraph_cli.trust.checked_point import Point
from cgraph_cli.trust.events import MOST_NODES
from cgraph_cli.trust.judge import nearest
from cgraph_cli.trust.verdicts import Checked, Status

_MOST_ONE_BY_ONE = 100_000
"""The nodes times the gradients of a program up to which each element of an array is compared by itself."""


class GradientCases:
    """A maker of the cases of a program's gradients, the `pairs` of an output and a node, within tolerances.

    `held` records the gradients that doubles hold.
    """

    def __init__(self, graph: Graph, pairs: Sequence[Pair], rtol: float, atol: float) -> None:
        self.graph = graph
        self.pairs = pairs
        self.rtol = rtol
        self.atol = atol
        self.labels = graph.labels()
        self.held = HeldGradients(rtol, atol)

    def forward(self, point: Point) -> Case:
        """Check that the forward sweep agrees with the reverse sweep, within the tolerance."""
        case = Case("forward", "forward = reverse")
        for output, node in self.pairs:
            reverse, forward = point.gradient(output, node), point.tangent(output, node)
            if not (is_known(reverse) and is_known(forward)):
                self._give_up(case, output, node)
            elif not are_same(true_number(forward), true_number(reverse), self.rtol, self.atol):
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
        done = set[Pair]()
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

    @property
    def comparisons(self) -> int:
        """The number of derivatives to compare: a program with many elements has one for each array."""
        directions = list(self._directions())
        return len(self.pairs) - sum(len(nodes) - 1 for _, nodes in directions) if directions else 1

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
        if true is None or not are_same(total, true, 0.0, self.atol + self.rtol * size):
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
            is_apart = point.assessment.is_turning(output, [node])
            true = None if is_apart else found.central(output, node, true_number(shown))
            if true is None and (is_apart or status == Status.LIMIT):
                true = found.beside(output, node, true_number(shown))
            if true is None:
                true = _one_of(found.sides(output, node))
            if true is None:
                self._give_up(case, output, node)
            elif are_same(true_number(shown), true, self.rtol, self.atol):
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
        if not (is_between or are_same(true_number(Checked(number)), end, self.rtol, self.atol)):
            self._fail(point, found, output, node, end, case, self._tolerance(nearest(end)))

    def _tolerance(self, true: float) -> float:
        return self.atol + self.rtol * abs(true)

    def _fail(
        self, point: Point, found: Differences, output: int, node: int, true: Ball, case: Case, tolerance: float
    ) -> None:
        graph, labels = self.graph, self.labels
        shown = point.gradient(output, node)
        notes, spans = list(notes_on(shown)), (name_span(self.graph, output),)
        if not case.failures:  # the others most likely fail for the same reason
            wrong = wrong_partials(point.evaluation, found.path(output, node), self.rtol)
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
