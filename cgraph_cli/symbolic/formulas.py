"""Formulas: small trees of operations on the program's own names, made for reading and not for computing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from cgraph_cli.core.errors import Source
from cgraph_cli.core.graph import CONSTANT, LEAVES, Graph, show_number
from cgraph_cli.core.primitives import CONSTANTS
from cgraph_cli.symbolic.simplify import simplify

NAME, NUMBER = "name", "number"

MOST_OPERANDS = 8
"""The most operands of an operation that is written without an ellipsis."""

OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


class Formula(NamedTuple):
    """A name or a number, as text, or an operation on other formulas."""

    operation: str
    operands: tuple[Formula, ...] = ()
    text: str = ""


ELLIPSIS = Formula(NAME, (), "…")


def number(value: float) -> Formula:
    """Make a number, rounded to the digits that people read."""
    return Formula(NUMBER, (), show_number(float(f"{value:.12g}") + 0.0))


def leaf(graph: Graph, node: int) -> Formula:
    """Make the name of a node, or the number of a constant."""
    label = graph.labels()[node]
    if graph.operations[node] == CONSTANT and graph.names[node] is None and label not in CONSTANTS:
        return Formula(NUMBER, (), label)
    return Formula(NAME, (), label)


def operation_formula(graph: Graph, node: int, show: Callable[[int], str] | None = None) -> Formula:
    """Make a node's operation on its operands' names; with `show`, on their numbers as it writes them."""

    def write(operand: int) -> Formula:
        return leaf(graph, operand) if show is None else Formula(NUMBER, (), show(operand))

    leaves = leaves_of(graph.operands_of(node), write)
    operation = graph.operations[node]
    return leaves[0] if operation == "identity" else Formula(operation, leaves)


def leaves_of(operands: Sequence[int], write: Callable[[int], Formula]) -> tuple[Formula, ...]:
    """Make the operands of an operation; an ellipsis replaces the middle of many."""
    if len(operands) <= MOST_OPERANDS:
        return tuple(map(write, operands))
    return (*map(write, operands[: MOST_OPERANDS - 2]), ELLIPSIS, write(operands[-1]))


def replace_names(formula: Formula, written: Callable[[str], Formula | None]) -> Formula:
    """Replace the names in a formula by what is `written` in their place; None leaves a name."""
    if formula.operation == NAME:
        return written(formula.text) or formula
    return formula._replace(operands=tuple(replace_names(each, written) for each in formula.operands))


def negation(said: Formula) -> Formula:
    """Make the opposite of a condition."""
    if said.operation in OPPOSITE:
        return Formula(OPPOSITE[said.operation], said.operands)
    if said.operation in ("and", "or"):
        return Formula("or" if said.operation == "and" else "and", tuple(map(negation, said.operands)))
    return said.operands[0] if said.operation == "not" else Formula("not", (said,))


def is_constant(formula: Formula) -> bool:
    """Tell whether a formula contains no node's name."""
    if formula.operation == NAME:
        return formula.text in CONSTANTS
    return all(map(is_constant, formula.operands))


# The forms of textbooks


def make(operation: str, *operands: Formula) -> Formula:
    """Make an operation on formulas in the form of textbooks; the table's form is for doubles."""
    law = _TEXTBOOK.get(operation)
    written = None if law is None else law(*operands)
    return Formula(operation, operands) if written is None else written


def _product(x: Formula, y: Formula) -> Formula | None:
    if x.operation == "-" and y.operation == "+" and x.operands == y.operands:  # (1 - x)*(1 + x)
        return Formula("-", tuple(make("*", each, each) for each in x.operands))
    if x.operation == y.operation == "sqrt":  # sqrt(x - 1)*sqrt(x + 1)
        inside = make("*", x.operands[0], y.operands[0])
        return Formula("sqrt", (inside,)) if inside.operation == "-" else None
    return None


def _quotient(x: Formula, y: Formula) -> Formula | None:
    power = x.operands[-1] if x.operation == "*" else x
    if power.operation != "^" or power.operands[0] != y:
        return None
    less = Formula("^", (y, Formula("-", (power.operands[1], number(1)))))  # n*x^n/x
    return Formula("*", (*x.operands[:-1], less)) if x.operation == "*" else less


def _logarithm(x: Formula, y: Formula) -> Formula:
    return Formula("*", (x, Formula("log", (y,))))


def _norm(x: Formula, y: Formula) -> Formula:
    return Formula("sqrt", (Formula("+", tuple(Formula("^", (each, number(2))) for each in (x, y))),))


_TEXTBOOK: Mapping[str, Callable[..., Formula | None]] = {
    "*": _product,
    "/": _quotient,
    "xlogy": _logarithm,
    "hypot": _norm,
}
"""The form of each operation in textbooks, or None where it stays."""


def tidy(formula: Formula) -> Formula:
    """Remove the trivial parts of a formula (`1*x`, `2 - 1`), and write one fraction in place of two."""
    if not formula.operands:
        return formula
    graph = graph_of(formula)
    simplified, (node,) = simplify(graph, [graph.output])
    return formula_of(simplified, node)


def graph_of(formula: Formula, labels: Mapping[str, str] | None = None) -> Graph:
    """Return a formula as a graph, whose inputs are its names, or the `labels` of these."""
    graph = Graph(Source("", "formula"))
    graph.output = _append(graph, formula, labels or {})
    return graph


def _append(graph: Graph, formula: Formula, labels: Mapping[str, str]) -> int:
    operation, operands, text = formula
    if operation == NAME and text not in CONSTANTS:
        name = labels.get(text, text)
        return graph.nodes[name] if name in graph.nodes else graph.append_input(name, 0)
    if not operands:
        return graph.append_constant(CONSTANTS[text] if text in CONSTANTS else float(text), 0, text)
    return graph.append(operation, [_append(graph, operand, labels) for operand in operands], 0)


def formula_of(graph: Graph, node: int) -> Formula:
    """Return a node of a formula's graph as a formula again, written out to its inputs."""
    if graph.operations[node] in LEAVES:
        return leaf(graph, node)
    operands = tuple(formula_of(graph, operand) for operand in graph.operands_of(node))
    return operands[0] if graph.operations[node] == "identity" else Formula(graph.operations[node], operands)
