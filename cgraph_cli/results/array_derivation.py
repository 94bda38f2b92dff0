"""The derivation of gradients of arrays: both sweeps, with a matrix formula for each step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from cgraph_cli.core.array_graph import ArrayProgram, program_operands
from cgraph_cli.core.graph import CONSTANT, INPUT
from cgraph_cli.core.reach import ancestors, descendants
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.results.derivation import Derivation, Shown, choose_ends
from cgraph_cli.results.report import Column, Report
from cgraph_cli.symbolic.matrices.adjoint_terms import ArrayFormula, adjoint_term


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
        """True where each term has a formula."""
        return bool(self.terms) and all(term.formula is not None for term in self.terms)


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
            for operand in dict.fromkeys(derivation.operands_of(node)):
                users.setdefault(operand, []).append(node)
        for node in self.shown.nodes:
            through = users.get(node, []) if node != self.output else []
            terms = tuple(ArrayTerm(user, adjoint_term(derivation.program, user, node)) for user in through)
            yield ArrayStep(node, terms, derivation.arrays.elements[node].map(self.column.at))


class ArrayDerivation:
    """The derivation of the derivatives of a report with respect to the arrays `wrt`."""

    def __init__(self, report: Report, arrays: ArrayProgram, wrt: Sequence[int], all: bool = False) -> None:
        self.report = report
        self.arrays = arrays
        self.program = arrays.graph
        self.wrt = list(wrt)
        self.all = all
        self.depends = descendants(self.program, self.wrt, self.operands_of)
        outputs = [node for name in report.request.of or [""] for node in arrays.arrays_of([name] if name else [])]
        needed = self.without_constants(ancestors(self.program, outputs, self.operands_of))
        operations = self.program.operations
        self.forward: Shown = choose_ends(sorted(needed, key=lambda n: (operations[n] != INPUT, n)), all)
        labels = report.graph.labels()
        self.sweeps = [
            ArraySweep(self, array, labels[output], column)
            for array, output, column in zip(outputs, report.outputs, report.gradients, strict=True)
        ]

    def operands_of(self, node: int) -> Sequence[int]:
        """List the nodes that the program shows as an array's operands."""
        return program_operands(self.program, node)

    def value(self, node: int) -> Tensor[Any]:
        """Give the numbers of an array."""
        return self.arrays.elements[node].map(self.report.values.__getitem__)

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
    report: Report, wrt: Sequence[str], nodes: Sequence[int], all: bool = False
) -> Derivation | ArrayDerivation:
    """Make the derivation of a report with respect to the labels `wrt`, which name `nodes`.

    A program of arrays gets a derivation in matrices, unless an element's gradient is asked for.
    """
    arrays = report.graph.arrays
    if arrays is None or any("[" in label for label in wrt):
        return Derivation(report, nodes, all)
    named = wrt and set(arrays.graph.labels()).issuperset(wrt)
    return ArrayDerivation(report, arrays, arrays.arrays_of(wrt) if named else arrays.holding(nodes), all)
