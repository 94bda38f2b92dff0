"""The derivation of gradients of arrays in words: `∂L/∂W = xᵀ · ∂L/∂z, because z = x @ W`, with the numbers below."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from typing import Any

from cgraph_cli.core.array_graph import ELEMENTS, ArrayGraph, program_operands
from cgraph_cli.core.graph import INPUT, Graph
from cgraph_cli.core.tensor import Tensor, show_shape
from cgraph_cli.render.array_text import write_array, write_on_a_line
from cgraph_cli.render.contents.arrays import write_statuses
from cgraph_cli.render.numbers import read_uncertainty
from cgraph_cli.render.view import View
from cgraph_cli.render.wording.derivation import Equation, Narrator, Passage, Section, with_gap
from cgraph_cli.render.wording.notation import LatexNotation, Notation
from cgraph_cli.results.array_derivation import ArrayDerivation, ArrayStep, ArraySweep
from cgraph_cli.results.derivation import Derivation
from cgraph_cli.symbolic.matrices.adjoint_terms import ADJOINT, ArrayFormula, adjoint_term, operation_formula_of

MOST_TERM = 90
"""The most characters of a term's formula; a longer one is left out."""

_MOST_CELLS = 6
"""The most rows or columns of a matrix that LaTeX shows in full; a larger one shows its ends."""


def sections_of(derivation: Derivation | ArrayDerivation, notation: Notation, most_paths: int) -> Iterator[Section]:
    """Tell a derivation in a notation, with arrays as matrices."""
    if isinstance(derivation, ArrayDerivation):
        return ArrayNarrator(derivation, notation).sections()
    return Narrator(derivation, notation, most_paths).sections()


def program_of(derivation: Derivation | ArrayDerivation) -> Graph:
    """Give the graph that provides a derivation's names."""
    return derivation.program if isinstance(derivation, ArrayDerivation) else derivation.graph


class ArrayNarrator:
    """A narrator of derivations of arrays in a notation."""

    def __init__(self, derivation: ArrayDerivation, notation: Notation) -> None:
        self.derivation = derivation
        self.notation = notation
        self.labels = derivation.program.labels()

    def sections(self) -> Iterator[Section]:
        """Tell the whole derivation."""
        derivation = self.derivation
        names = " and ".join(self.notation.inline(self.name(sweep.output)) for sweep in derivation.sweeps)
        forward = derivation.forward
        values = with_gap([self._value(node) for node in forward.nodes], forward)
        yield Section(f"Forward sweep: the values up to {names}", values)
        for sweep in derivation.sweeps:
            steps = with_gap([self._step(sweep, step) for step in sweep.steps()], sweep.shown)
            yield Section(f"Backward sweep: the gradients of {self.notation.inline(self.of(sweep))}", steps)

    def name(self, node: int) -> str:
        """Write an array's name."""
        return self.notation.name(self.labels[node])

    def of(self, sweep: ArraySweep) -> str:
        """Write the subject of the derivatives: an output, or the sum of an array."""
        if sweep.label.startswith("Σ"):
            return f"{self.notation.sigma}{self.notation.name(sweep.label[1:])}"
        return self.notation.name(sweep.label)

    def _value(self, node: int) -> Passage:
        program = self.derivation.program
        parts = [] if program.operations[node] == INPUT else [self._operation(node)]
        elements, report = self.derivation.arrays.elements[node], self.derivation.report
        said = write_statuses("", elements, report.verdicts)
        after = f": {said}" if said else ""
        if report.uncertainties is not None and any(map(report.uncertainties.__getitem__, elements.items)):
            digits = self.notation.digits
            sizes = elements.map(report.uncertainties.__getitem__)
            after = f", with the uncertainty {write_on_a_line(sizes, lambda u: read_uncertainty(u, digits))}{after}"
        return self._with_numbers(self.name(node), parts, after, self.derivation.value(node))

    def _operation(self, node: int) -> str:
        program, notation = self.derivation.program, self.notation
        text = self.derivation.written.expression(node)
        if not isinstance(notation, LatexNotation):
            return text
        formula = None if text != program.expression(node) else operation_formula_of(program, node)
        return notation.words(text) if formula is None else self._formula(formula, "")

    def _step(self, sweep: ArraySweep, step: ArrayStep) -> Passage:
        notation, derivation = self.notation, self.derivation
        left = notation.derivative(self.of(sweep), self.name(step.node))
        said = write_statuses("", derivation.arrays.elements[step.node], sweep.column.verdicts)
        remark = f": {said}" if said else ""
        if step.node == sweep.output:
            return self._with_numbers(left, [], f", where the sweep starts{remark}", step.gradient)
        if not step.terms:
            why = f"{notation.inline(self.of(sweep))} does not depend on {notation.inline(self.name(step.node))}"
            return self._with_numbers(left, [], f": {why}", step.gradient)
        if derivation.program.operations[step.node] == ELEMENTS:
            return self._step_of_elements(sweep, step, left, remark)
        users = [f"{self.name(term.through)}{notation.equals}{self._operation(term.through)}" for term in step.terms]
        because = f", because {' and '.join(map(notation.inline, users))}{remark}"
        parts = []
        if step.is_told:
            terms = [
                self._formula(term.formula, notation.derivative(self.of(sweep), self.name(term.through)))
                for term in step.terms
                if term.formula is not None
            ]
            terms += [notation.ellipsis()] * (len(terms) < len(step.terms))
            if max(map(len, terms)) <= MOST_TERM * (1 + isinstance(notation, LatexNotation)):
                parts = [re.sub(r" \+ -", " - ", " + ".join(terms))]
        return self._with_numbers(left, parts, because, step.gradient)

    def _step_of_elements(self, sweep: ArraySweep, step: ArrayStep, left: str, remark: str) -> Passage:
        """Tell the gradient at the array of a recurrence, which is those at its elements."""
        notation, program = self.notation, self.derivation.program
        each = [notation.derivative(self.of(sweep), self.name(node)) for node in program.operands_of(step.node)]
        if len(each) > _MOST_CELLS:
            each = [each[0], notation.ellipsis(), each[-1]]
        because = f"{self.name(step.node)}{notation.equals}{self._operation(step.node)}"
        return self._with_numbers(
            left, [f"[{', '.join(each)}]"], f", because {notation.inline(because)}{remark}", step.gradient
        )

    def _formula(self, formula: ArrayFormula, adjoint: str) -> str:
        names = {sign: self.name(node) for sign, node in formula.signs.items()}
        if isinstance(self.notation, LatexNotation):
            return _latex(formula, names, adjoint)
        program, user = self.derivation.program, max(formula.signs.values())
        return _text(formula, names, adjoint, bool(program.shapes[user]), program.operations[user] == "@")

    def _with_numbers(self, left: str, parts: list[str], after: str, numbers: Tensor[Any]) -> Passage:
        """Write an equation with its numbers at its end; a matrix in lines of text stands below."""
        notation = self.notation
        if isinstance(notation, LatexNotation):
            return Passage(Equation(left, (*parts, _matrix(numbers, notation)), after))
        lines = write_array(numbers, View(), notation.number).split("\n")
        if len(lines) == 1:
            return Passage(Equation(left, (*parts, lines[0]), after))
        below = tuple(Passage(line) for line in lines)
        if not parts:
            return Passage(f"{left}, an array of {show_shape(numbers.shape)}{after}:", below)
        return Passage(Equation(left, tuple(parts), after), below)


def tell_terms(program: ArrayGraph, nodes: Container[int], adjoint: str) -> dict[tuple[int, int], str]:
    """Write the terms that some arrays pass on to the gradients of their operands.

    `adjoint` names the gradient at the array. The result maps (operand, array) to a formula, and has none where it is
    unknown or long.
    """
    labels = program.labels()
    found = {}
    for node in filter(nodes.__contains__, range(len(program))):
        for operand in filter(nodes.__contains__, dict.fromkeys(program_operands(program, node))):
            formula = adjoint_term(program, node, operand)
            if formula is not None:
                names = {sign: labels[each] for sign, each in formula.signs.items()}
                text = _text(formula, names, adjoint, bool(program.shapes[node]), program.operations[node] == "@")
                if len(text) <= MOST_TERM:
                    found[operand, node] = text
    return found


def _text(formula: ArrayFormula, names: dict[str, str], adjoint: str, is_array: bool, is_product: bool) -> str:
    """Write a formula with the signs of print: `·` between matrices, `⊙` between elements, `ᵀ`.

    The adjoint of a product is a row where that of its first operand, a vector, is.
    """
    text = _with_outer(formula.text(), is_product)
    text = re.sub(r"inv\((.)\)\.T", "\\1⁻ᵀ", text)
    text = re.sub(r"inv\((.)\)", "\\1⁻¹", text)
    text = text.replace(".T", "ᵀ").replace(" @ ", " · ")
    text = re.sub(r"(?<![\w.])(\d[\d.e]*)\*", r"\1·", text).replace("*", " ⊙ " if is_array else "·")
    text = re.sub(f"{ADJOINT}(?=[ᵀ\\[/^])", f"({adjoint})", text).replace(ADJOINT, adjoint)
    return _called(text, names)


def _with_outer(text: str, is_product: bool) -> str:
    """Write outer products as products of a column and a row: `outer(g, x)` is `g · xᵀ`, of a row times a matrix
    `xᵀ · g`."""
    at = text.find("outer(")
    if at < 0:
        return text
    depth, parts, start = 0, [], at + len("outer(")
    end = start
    for end in range(start, len(text)):
        depth += (text[end] in "([") - (text[end] in ")]")
        if depth < 0 or (depth == 0 and text[end] == ","):
            parts.append(text[start:end].strip())
            start = end + 1
        if depth < 0:
            break
    if len(parts) != 2:
        return text
    first, second = (f"({part})" if " " in part else part for part in parts)
    is_row = is_product and second == ADJOINT
    product = f"{first}.T @ {second}" if is_row else f"{first} @ {second}.T"
    return text[:at] + product + text[end + 1 :]


def _latex(formula: ArrayFormula, names: dict[str, str], adjoint: str) -> str:
    wrapped = rf"\left({adjoint}\right)"
    text = re.sub(rf"{ADJOINT}(?=[\^_])", lambda _: wrapped, formula.latex()).replace(ADJOINT, adjoint)
    return _called(text, names)


def _called(text: str, names: dict[str, str]) -> str:
    for sign, name in names.items():
        text = text.replace(sign, name)
    return text


def _matrix(numbers: Tensor[Any], notation: Notation) -> str:
    """Write numbers as a column or a matrix, and with more axes in brackets."""
    if not numbers.shape:
        return notation.number(numbers.item)
    if len(numbers.shape) > 2 or 0 in numbers.shape:
        return notation.words(write_array(numbers, View(), notation.number).replace("\n", " "))
    rows = numbers.nested() if len(numbers.shape) == 2 else [[item] for item in numbers.items]
    cells = [_ends([notation.number(item) for item in row], r"\cdots") for row in rows]
    dots = [r"\vdots"] * len(cells[0])
    lines = [" & ".join(row) for row in _ends(cells, dots)]
    return r"\begin{pmatrix} " + r" \\ ".join(lines) + r" \end{pmatrix}"


def _ends(items: list[Any], dots: Any) -> list[Any]:
    return items if len(items) <= _MOST_CELLS else [*items[:2], dots, *items[-2:]]
