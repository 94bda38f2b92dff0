"""Formulas: small trees of operations on the program's own names, made for reading and not for computing with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from cgraph_cli.core.errors import Source
from cgraph_cli.core.graph import CONSTANT, LEAVES, Graph, show_number
from cgraph_cli.core.primitives import CONSTANTS
from cgraph_cli.symbolic.simplify import simplify

NAME, NUMBER = "name", "number"

MOST_OPERANDS = 8
"""An operation of more operands than this is written with an ellipsis."""

OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


class Formula(NamedTuple):
    """A name or a number, whose text it is, or an operation on other formulas."""

    operation: str
    operands: tuple[Formula, ...] = ()
    text: str = ""


ELLIPSIS = Formula(NAME, (), "…")


def number(value: float) -> Formula:
    """A number as a formula, rounded to what people read."""
    return Formula(NUMBER, (), show_number(float(f"{value:.12g}") + 0.0))


def leaf(graph: Graph, node: int) -> Formula:
    """What stands for a node in a formula: its name, or the number that it is."""
    label = graph.labels()[node]
    if graph.operations[node] == CONSTANT and graph.names[node] is None and label not in CONSTANTS:
        return Formula(NUMBER, (), label)
    return Formula(NAME, (), label)


def operation_formula(graph: Graph, node: int, show: Callable[[int], str] | None = None) -> Formula:
    """A node's operation on its operands' names; with `show`, on their numbers as it writes them."""

    def write(operand: int) -> Formula:
        return leaf(graph, operand) if show is None else Formula(NUMBER, (), show(operand))

    leaves = leaves_of(graph.operands_of(node), write)
    operation = graph.operations[node]
    return leaves[0] if operation == "identity" else Formula(operation, leaves)


def leaves_of(operands: Sequence[int], write: Callable[[int], Formula]) -> tuple[Formula, ...]:
    """What an operation is written on; an ellipsis stands for the operands in the middle of many."""
    if len(operands) <= MOST_OPERANDS:
        return tuple(map(write, operands))
    return (*map(write, operands[: MOST_OPERANDS - 2]), ELLIPSIS, write(operands[-1]))


def negation(said: Formula) -> Formula:
    """What holds where a condition does not."""
    if said.operation in OPPOSITE:
        return Formula(OPPOSITE[said.operation], said.operands)
    if said.operation in ("and", "or"):
        return Formula("or" if said.operation == "and" else "and", tuple(map(negation, said.operands)))
    return said.operands[0] if said.operation == "not" else Formula("not", (said,))


def is_constant(formula: Formula) -> bool:
    """Whether no node's name stands in a formula."""
    if formula.operation == NAME:
        return formula.text in CONSTANTS
    return all(map(is_constant, formula.operands))


# What a textbook leaves out


def make(operation: str, *operands: Formula) -> Formula:
    """An operation on formulas, in the words in which people know it; the words of the table are for doubles."""
    if operation == "xlogy":
        return Formula("*", (operands[0], Formula("log", operands[1:])))
    if operation == "hypot":
        squares = tuple(Formula("^", (operand, number(2))) for operand in operands)
        return Formula("sqrt", (Formula("+", squares),))
    if operation in ("*", "/"):
        x, y = operands
        if x.operation == "-" and y.operation == "+" and x.operands == y.operands:  # (1 - x)*(1 + x)
            return Formula("-", tuple(make("*", each, each) for each in x.operands))
        if x.operation == y.operation == "sqrt":
            inside = make("*", x.operands[0], y.operands[0])
            return Formula("sqrt", (inside,)) if inside.operation == "-" else Formula(operation, operands)
        power = x.operands[-1] if x.operation == "*" else x
        if operation == "/" and power.operation == "^" and power.operands[0] == y:  # n*x^n/x
            less = Formula("^", (y, Formula("-", (power.operands[1], number(1)))))
            return Formula("*", (*x.operands[:-1], less)) if x.operation == "*" else less
    return Formula(operation, operands)


def tidy(formula: Formula) -> Formula:
    """A formula without what is trivial (`1*x`, `2 - 1`), and with one fraction in place of two."""
    if not formula.operands:
        return formula
    graph = graph_of(formula)
    simplified, (node,) = simplify(graph, [graph.output])
    return formula_of(simplified, node)


def graph_of(formula: Formula, labels: Mapping[str, str] | None = None) -> Graph:
    """A formula as a graph, whose inputs are its names, or what `labels` calls them."""
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
    """A node of a graph that was a formula, written out to its inputs."""
    if graph.operations[node] in LEAVES:
        return leaf(graph, node)
    operands = tuple(formula_of(graph, operand) for operand in graph.operands_of(node))
    return operands[0] if graph.operations[node] == "identity" else Formula(graph.operations[node], operands)
