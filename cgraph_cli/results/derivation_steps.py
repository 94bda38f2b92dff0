"""The steps that a derivation goes by: each node, or only those with names, with what lies between written out."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Container
from functools import cached_property
from typing import NamedTuple

from cgraph_cli.core.graph import LEAVES, Graph
from cgraph_cli.evaluation.sweeps import Evaluation
from cgraph_cli.language.write import MOST_WRITTEN, written_out
from cgraph_cli.results.report import Report
from cgraph_cli.symbolic.formulas import NUMBER, Formula, leaf, leaves_of, make, operation_formula, replace_names, tidy
from cgraph_cli.symbolic.local_partials import LocalPartial, LocalPartials


class Steps:
    """The nodes of a report, with an edge from each operand: `graph` and `evaluation` are the report's."""

    def __init__(self, report: Report) -> None:
        self.graph: Graph = report.graph
        self.evaluation: Evaluation = report.corrected
        self.locals = LocalPartials(report.graph, report.values)

    def formula(self, node: int, show: Callable[[int], str] | None = None) -> Formula:
        """Make a node's operation on names; with `show`, on numbers as it writes them."""
        return operation_formula(self.graph, node, show)

    def expression(self, node: int) -> str:
        """Write a node's operation as a program does."""
        return self.graph.expression(node)

    def local_partial(self, node: int, edge: int) -> LocalPartial:
        """Give the local partial on an edge to a node, in names."""
        return self.locals.at(node, edge - self.graph.starts[node])


class _Way(NamedTuple):
    """The derivative along all ways between two nodes: a number, None where nothing is carried, and the same in names,
    where that is asked for."""

    number: float | None
    partial: LocalPartial | None = None

    def times(self, other: _Way) -> _Way:
        """Go on along another."""
        both = None if self.number is None or other.number is None else self.number * other.number
        if self.partial is None or other.partial is None:
            return _Way(both)
        return _Way(both, _combined("*", self.partial, other.partial))

    def plus(self, other: _Way) -> _Way:
        """Add another one that leads to the same node; one that carries nothing is not told."""
        if self.number is None or other.number is None:
            return self if other.number is None else other
        both = self.number + other.number
        if self.partial is None or other.partial is None:
            return _Way(both)
        return _Way(both, _combined("+", self.partial, other.partial))


def _combined(operation: str, first: LocalPartial, second: LocalPartial) -> LocalPartial:
    reasons = list(dict.fromkeys(each.reason for each in (first, second) if each.reason is not None))
    reason = Formula("and", tuple(reasons)) if len(reasons) > 1 else reasons[0] if reasons else None
    return LocalPartial(make(operation, first.formula, second.formula), reason)


class NamedSteps(Steps):
    """The nodes of a report that have names, those that are `asked` for, and those that are too long to write out.

    `graph` has the report's nodes in their places; its edges lead past the others, with the derivative along all ways
    past.
    """

    def __init__(self, report: Report, asked: Container[int]) -> None:
        super().__init__(report)
        self.whole = report.graph
        self.partials = report.partials
        self.kept = self._keep(asked)
        self.graph = self.whole.copy()
        self.graph.label(self.whole.labels())
        self.graph.starts, self.graph.operands = array("I", [0]), array("I")
        partials: list[float | None] = []
        for node in range(len(self.whole)):
            found = self._ways(node) if node in self.kept else {}
            self.graph.operands.extend(found)
            partials += [way.number for way in found.values()]
            self.graph.starts.append(len(self.graph.operands))
        known = report.corrected
        self.evaluation = Evaluation(self.graph, known.algebra, known.values, partials)
        self._written: dict[int, dict[int, _Way]] = {}

    def _keep(self, asked: Container[int]) -> set[int]:
        kept: set[int] = set()
        sizes: list[int] = []
        for node, name in enumerate(self.whole.names):
            size = 1 + sum(1 if operand in kept else sizes[operand] for operand in self.whole.operands_of(node))
            sizes.append(size)
            has_label = self.whole.operations[node] in LEAVES or name is not None or node in self.whole.gradients
            if has_label or node in asked or size > MOST_WRITTEN:
                kept.add(node)
        return kept

    def _ways(self, node: int, in_names: bool = False) -> dict[int, _Way]:
        """Find the derivatives of a node with respect to the kept ones behind it."""
        starts, operands = self.whole.starts, self.whole.operands
        found: dict[int, _Way] = {}
        pending: dict[int, _Way] = {}

        def go_on(inner: int, way: _Way | None) -> None:
            for edge in range(starts[inner], starts[inner + 1]):
                partial = self.locals.at(inner, edge - starts[inner]) if in_names else None
                step = _Way(self.partials[edge], partial)
                step = step if way is None else way.times(step)
                place = found if operands[edge] in self.kept else pending
                before = place.get(operands[edge])
                place[operands[edge]] = step if before is None else before.plus(step)

        go_on(node, None)
        while pending:
            inner = max(pending)
            go_on(inner, pending.pop(inner))
        return found

    def formula(self, node: int, show: Callable[[int], str] | None = None) -> Formula:
        """Make the expression of a node, in which what has no name is written out."""

        def write(operand: int) -> Formula:
            if operand not in self.kept:
                return self.formula(operand, show)
            return leaf(self.whole, operand) if show is None else Formula(NUMBER, (), show(operand))

        leaves = leaves_of(self.whole.operands_of(node), write)
        operation = self.whole.operations[node]
        return leaves[0] if operation == "identity" else Formula(operation, leaves)

    def expression(self, node: int) -> str:
        """Write the expression of a node, in which what has no name is written out."""
        return next(written_out(self.whole, [node], self.kept))

    def local_partial(self, node: int, edge: int) -> LocalPartial:
        """Give the derivative along an edge in names."""
        if node not in self._written:
            self._written[node] = self._ways(node, in_names=True)
        partial = self._written[node][self.graph.operands[edge]].partial
        assert partial is not None
        reason = None if partial.reason is None else replace_names(partial.reason, self._written_out)
        return LocalPartial(tidy(replace_names(partial.formula, self._written_out)), reason)

    def _written_out(self, label: str) -> Formula | None:
        """Find what is written in place of a label: the expression of a node that is no step."""
        node = self._by_label.get(label)
        return None if node is None else self.formula(node)

    @cached_property
    def _by_label(self) -> dict[str, int]:
        labels = self.whole.labels()
        return {labels[node]: node for node in range(len(labels)) if node not in self.kept}
