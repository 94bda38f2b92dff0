"""The derivation of gradients of arrays: both sweeps, with a matrix formula for each step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cgraph_cli.core.array_graph import ELEMENTS, ArrayGraph, ArrayProgram, operands_behind, program_operands
from cgraph_cli.core.graph import CONSTANT, INPUT
from cgraph_cli.core.nodes_by_label import find_nodes
from cgraph_cli.core.reach import ancestors, descendants
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.language.written_arrays import Written
from cgraph_cli.results.derivation import Derivation, Shown, choose_ends
from cgraph_cli.results.report import Column, Report, Stage
from cgraph_cli.results.request import Request
from cgraph_cli.symbolic.matrices.adjoint_terms import ArrayFormula, adjoint_term
from cgraph_cli.symbolic.matrices.gradient_terms import gradient_terms


class ArrayTerm(NamedTuple):
    """The term of a gradient that comes through one array; `formula` is None where the language has no form of it."""

    through: int
    formula: ArrayFormula | None


class ArrayStep(NamedTuple):
    """The gradient at one array: the sum of its terms, of which the output's has none."""

    node: int
    terms: tuple[ArrayTerm, ...]
    gradient: Tensor[Any]

    @property
    def is_told(self) -> bool:
        """True where a term has a formula."""
        return any(term.formula is not None for term in self.terms)


class ArraySweep:
    """The backward sweep of one output, an array or one of its elements; `label` is the report's."""

    def __init__(self, derivation: ArrayDerivation, output: int, label: str, column: Column) -> None:
        self.derivation = derivation
        self.output = output
        self.label = label
        self.column = column
        program = derivation.program
        self.ancestors = ancestors(program, [output], derivation.operands_of)
        told = self.ancestors.intersection(derivation.depends).union(derivation.wrt)
        self.shown = choose_ends(sorted(derivation.without_constants(told), reverse=True), derivation.all)

    def steps(self) -> Iterator[ArrayStep]:
        """Make the steps, from the output down."""
        derivation = self.derivation
        users: dict[int, list[int]] = {}
        for node in sorted(self.ancestors):
            for operand in self._used_by(node):
                users.setdefault(operand, []).append(node)
        for node in self.shown.nodes:
            through = users.get(node, []) if node != self.output else []
            terms = tuple(term for user in through for term in self._terms(user, node, users))
            elements = derivation.arrays.elements[node]
            yield ArrayStep(node, terms, Tensor(elements.shape, self.column.of(elements.items)))

    def _used_by(self, node: int) -> Iterable[int]:
        """List the arrays that one is computed from: of a gradient those that its terms lead to.

        Where those are not known, they are among all that lies between its two ends, and the operands of these.
        """
        derivation = self.derivation
        program, operands_of = derivation.program, derivation.operands_of
        if node not in program.gradients:
            return dict.fromkeys(operands_of(node))
        terms = derivation.gradient_terms(node)
        if terms is not None:
            return terms
        of, wrt = program.gradients[node]
        inside = ancestors(program, [of], operands_of) & descendants(program, [wrt], operands_of)
        behind = {operand for each in inside if each != wrt for operand in operands_of(each)}
        return sorted({*operands_of(node), *inside, *behind})

    def _terms(self, user: int, node: int, users: Mapping[int, Sequence[int]]) -> Iterator[ArrayTerm]:
        """List the terms that come through a user; through the array of a recurrence those of its own users."""
        program = self.derivation.program
        if program.operations[user] != ELEMENTS or user == self.output:
            yield ArrayTerm(user, self.derivation.term(user, node))
            return
        places = [place for place, each in enumerate(program.operands_of(user)) if each == node]
        for each in users.get(user, ()):
            place = places[0] if len(places) == 1 else None
            yield ArrayTerm(each, self.derivation.term(each, user, place))


class ArrayDerivation:
    """The derivation of the derivatives of a report with respect to the arrays `wrt`.

    Where only `named` arrays are told, the others are written out.
    """

    def __init__(
        self, report: Report, arrays: ArrayProgram, wrt: Sequence[int], all: bool = False, named: bool = False
    ) -> None:
        self.report = report
        self.arrays = arrays
        self.program = arrays.graph
        kept = {*arrays.arrays_of(report.request.of), *wrt} if named else range(len(self.program))
        self.written = Written(self.program, kept)
        self.wrt = list(wrt)
        self.all = all
        self._gradient_terms: dict[int, dict[int, ArrayFormula] | None] = {}
        self.depends = descendants(self.program, self.wrt, self.operands_of)
        outputs = [node for name in report.request.of or [""] for node in arrays.arrays_of([name] if name else [])]
        needed = self.without_constants(ancestors(self.program, outputs, self.operands_of))
        operations = self.program.operations
        self.forward: Shown = choose_ends(sorted(needed, key=lambda n: (operations[n] != INPUT, n)), all)
        labels = report.graph.labels()
        self.sweeps = [
            ArraySweep(self, array, self._label(labels[output], array, column), column)
            for array, output, column in zip(outputs, report.outputs, report.gradients, strict=True)
        ]

    def _label(self, label: str, output: int, column: Column) -> str:
        """Write the label of an output; a report of arrays has no node for the sum of one."""
        if self.report.graph is not self.program:
            return label
        return f"Σ{label}" if self.program.shapes[output] and column.label == label else column.label

    def operands_of(self, node: int) -> Sequence[int]:
        """List the arrays that are told as an array's operands."""
        if not self.written.opened:
            return program_operands(self.program, node)
        told = set(range(len(self.program))).difference(self.written.opened)
        return list(operands_behind(self.program, node, told))

    def term(self, user: int, node: int, place: int | None = None) -> ArrayFormula | None:
        """Find the term of an operand's gradient, or of its element's at a place, in the names of told arrays."""
        hidden = self.written.opened
        if user in self.program.gradients:
            return (self.gradient_terms(user) or {}).get(node)
        if hidden and node not in program_operands(self.program, user):
            return None
        formula = adjoint_term(self.program, user, node, place)
        return None if formula is None or not hidden.keys().isdisjoint(formula.signs.values()) else formula

    def gradient_terms(self, user: int) -> dict[int, ArrayFormula] | None:
        """Find the terms that come through a `grad(y, x)`; None where they have no form, or name an array that is not
        told.
        """
        if user not in self._gradient_terms:
            opened = self.written.opened
            self._gradient_terms[user] = None if opened else gradient_terms(self.program, user, self.gradient_terms)
        return self._gradient_terms[user]

    def value(self, node: int) -> Tensor[Any]:
        """Give the numbers of an array."""
        elements = self.arrays.elements[node]
        return Tensor(elements.shape, self.report.values_of(elements.items))

    def without_constants(self, nodes: set[int]) -> list[int]:
        """Leave out the constants."""
        return [node for node in nodes if self.program.operations[node] != CONSTANT]

    def is_finite(self) -> bool:
        """Tell whether every requested number is finite and known."""
        asked = [each for node in self.wrt for each in self.arrays.elements[node].items]
        derivatives = (sweep.column.checked(node) for sweep in self.sweeps for node in asked)
        values = (
            self.report.checked(each) for sweep in self.sweeps for each in self.arrays.elements[sweep.output].items
        )
        return all(checked.is_finite for checked in (*values, *derivatives))


def tell_derivation(
    report: Report, wrt: Sequence[str], nodes: Sequence[int], all: bool = False, named: bool = False
) -> Derivation | ArrayDerivation:
    """Make the derivation of a report with respect to the labels `wrt`, which name `nodes`.

    A program of arrays gets a derivation in matrices, unless an element's gradient is asked for.
    """
    arrays = report.graph.arrays
    if arrays is None or any("[" in label for label in wrt):
        return Derivation(report, nodes, all, named)
    are_arrays = wrt and set(arrays.graph.labels()).issuperset(wrt)
    asked = arrays.arrays_of(wrt) if are_arrays else arrays.holding(nodes)
    return ArrayDerivation(report, arrays, asked, all, named)


def tell_arrays(
    graph: ArrayGraph,
    inputs: Mapping[str, Any],
    of: Sequence[str],
    wrt: Sequence[str],
    *,
    everything: bool = False,
    named: bool = False,
    stage: Stage | None = None,
) -> ArrayDerivation:
    """Make the derivation of a program of arrays that is too large for its scalar program."""
    from cgraph_cli.results.array_report import report_arrays

    nodes = find_nodes(graph, wrt, "--wrt") or list(graph.inputs())
    answer = report_arrays(graph, inputs, Request(of), stage)
    assert answer.graph.arrays is not None
    return ArrayDerivation(answer, answer.graph.arrays, nodes, everything, named)
