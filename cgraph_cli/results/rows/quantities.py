"""The quantities of a row: values and derivatives by name, as one program, and as a report on one point."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from cgraph_cli.core.derivative_names import name_derivative
from cgraph_cli.core.errors import RequestError
from cgraph_cli.core.graph import Graph
from cgraph_cli.core.nodes_by_label import find_outputs
from cgraph_cli.core.reach import ancestors
from cgraph_cli.evaluation.straight_line import compile_graph
from cgraph_cli.results.matrices import hessian
from cgraph_cli.results.report import report
from cgraph_cli.results.request import Request, find_asked
from cgraph_cli.results.rows.undefined import find_decisive
from cgraph_cli.symbolic.differentiate import differentiate
from cgraph_cli.trust.budget import Budget
from cgraph_cli.trust.verdicts import UNDEFINED, Checked

if TYPE_CHECKING:
    from cgraph_cli.evaluation.ball import Ball

_UNITS_A_NODE = 15
"""The units of work that a report on a point costs for each node: about a microsecond each."""

_BITS = 192
"""The bits of the balls that look first, where it is digits alone that are lost."""

_UNITS_IN_BALLS = 1
"""The units of work that they cost for each node."""


class Quantities:
    """The outputs of a program, their gradients and, on request, their Hessians.

    `names` are those of columns: `e`, `de_da`, `d2e_da_db`. `program` computes all of them, at its nodes `nodes`;
    `derived` are its nodes of first derivatives. The last of the names are `hidden`: derivatives with respect to the
    inputs `moving` that nobody asked to see. `slopes` are the positions of each output's derivatives by these inputs.
    """

    def __init__(
        self, graph: Graph, of: Sequence[str], wrt: Sequence[str], *, gradient: bool = True, second: bool = False,
        moving: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.graph = graph
        self.gradient = gradient or second
        self.second = second
        of = [graph.labels()[node] for node in find_outputs(graph, of)]  # the elements of an array
        asked = find_asked(graph, Request(of, wrt))
        labels = graph.labels()
        self.outputs, self.wrt = asked.outputs, asked.wrt if self.gradient else []
        self._of = [labels[output] for output in self.outputs]
        self._wrt = [labels[node] for node in self.wrt]
        unseen = [name for name in moving if name not in self._wrt]
        if self.gradient and not self.wrt:
            raise RequestError("the program has no inputs to differentiate with respect to", help="add `--no-gradient`")
        self.names: list[str] = []
        self.nodes: list[int] = []
        self.program = graph
        all_wrt = [*self.wrt, *(graph.nodes[name] for name in unseen)]
        slopes = [self._differentiate(output, all_wrt) if all_wrt else [] for output in self.outputs]
        self.derived = range(len(graph), len(self.program))
        shown = len(self.wrt)
        for output, label, row in zip(self.outputs, self._of, slopes, strict=True):
            self._add(label, output)
            for name, slope in zip(self._wrt, row, strict=False):
                self._add(name_derivative(label, name), slope)
            for at, slope in enumerate(row[:shown] if second else ()):
                for name, node in zip(self._wrt[at:], self._differentiate(slope, self.wrt[at:]), strict=True):
                    self._add(name_derivative(label, self._wrt[at], name), node)
        self.hidden = len(unseen) * len(self.outputs)
        for label, row in zip(self._of, slopes, strict=True):
            for name, slope in zip(unseen, row[shown:], strict=True):
                self._add(name_derivative(label, name), slope)
        self._unseen = unseen
        self.slopes = [[self.names.index(name_derivative(label, name)) for name in moving] for label in self._of]
        if second:  # its slopes may differ where a rule's branches join
            self.derived = range(0)

    @cached_property
    def decisive(self) -> list[frozenset[int]]:
        """The nodes that leave an output without a number where they have none, for each output; none for Hessians."""
        return [] if self.second else [find_decisive(self.graph, output) for output in self.outputs]

    @property
    def shown(self) -> list[str]:
        """List the names of the requested columns."""
        return self.names[: len(self.names) - self.hidden]

    @property
    def output_labels(self) -> list[str]:
        """List the labels of the outputs."""
        return self._of

    def _add(self, name: str, node: int) -> None:
        self.names.append(name)
        self.nodes.append(node)

    def _differentiate(self, output: int, wrt: Sequence[int]) -> list[int]:
        self.program = differentiate(self.program, output, wrt)
        return list(self.program.outputs)

    @cached_property
    def _in_balls(self) -> Callable[..., tuple[Ball, ...]]:
        from cgraph_cli.evaluation.ball import balls

        return compile_graph(self.program, self.nodes, balls(_BITS))

    @cached_property
    def undefined(self) -> list[Checked]:
        """The quantities of a row in which no output has a value: nothing has the slope 0, and nothing else any."""
        unseen = [self.graph.nodes[name] for name in self._unseen]
        behind = [ancestors(self.graph, [output]) for output in self.outputs]
        found = []
        for wanted in (self.wrt, unseen):
            for output, its in zip(self.outputs, behind, strict=True):
                found += [UNDEFINED] if wanted is self.wrt else []
                found += [
                    Checked(1.0) if each == output else UNDEFINED if each in its else Checked(0.0) for each in wanted
                ]
        return found

    def look_in_balls(
        self, point: Mapping[str, float], before: Sequence[float], budget: Budget
    ) -> list[Checked] | None:
        """Find the quantities at a point that is regular, where doubles gave the numbers `before`.

        It is None where balls of a few bits do not settle them.
        """
        from cgraph_cli.evaluation.ball import balls
        from cgraph_cli.evaluation.ball.number import Precision, Undecided
        from cgraph_cli.trust.growing_precision import is_settled
        from cgraph_cli.trust.judge import judge

        budget.left -= _UNITS_IN_BALLS * len(self.program)
        number = balls(_BITS).number
        inputs = (number(point[self.graph.names[node] or ""], "") for node in self.graph.inputs())
        try:
            with Precision(_BITS):
                found = self._in_balls(*inputs)
        except Undecided:
            return None
        if not all(ball.is_finite and is_settled(ball) for ball in found):
            return None
        return [judge(ball, number) for ball, number in zip(found, before, strict=True)]

    def look(self, point: Mapping[str, float], budget: Budget) -> list[Checked]:
        """Find the quantities at a point as `eval` does, within a shared budget."""
        budget.left -= _UNITS_A_NODE * len(self.program)
        request = Request(self._of, [*self._wrt, *self._unseen], budget=budget)
        answer = report(self.graph, point, request)
        found = []
        for at, (output, label) in enumerate(zip(self.outputs, self._of, strict=True)):
            found.append(answer.checked(output))
            found += [answer.gradients[at].checked(node) for node in self.wrt]
            if self.second:
                matrix = hessian(self.graph, point, Request([label], self._wrt, budget=budget))
                found += [entry for row, entries in enumerate(matrix.entries) for entry in entries[row:]]
        unseen = [self.graph.nodes[name] for name in self._unseen]
        return found + [gradients.checked(node) for gradients in answer.gradients for node in unseen]
