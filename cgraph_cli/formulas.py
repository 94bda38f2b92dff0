"""Formulas: small trees of operations on the program's own names, made for reading and not for computing with.

`make` writes an operation as a textbook would: without what is trivial (`1*x`, `x^1`, `2 - 1`), and with one fraction
in place of two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from cgraph_cli.graph import CONSTANT, Graph, show_number
from cgraph_cli.primitives import CONSTANTS

NAME, NUMBER = "name", "number"

MOST_OPERANDS = 8
"""An operation of more operands than this is written with an ellipsis."""

OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
TRUTHS = (*OPPOSITE, "and", "or", "not")
"""Operations whose result is 1 or 0."""


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
    if graph.operations[node] == CONSTANT and label not in CONSTANTS:
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
    """An operation on formulas, in the form in which people write it."""
    folded = _folded(operation, operands)
    if folded is not None:
        return folded
    if operation == "neg":
        return _negative(operands[0])
    if operation in _MAKERS:
        return _MAKERS[operation](*operands)
    return Formula(operation, operands)


def _value(formula: Formula) -> float | None:
    return float(formula.text) if formula.operation == NUMBER else None


def _folded(operation: str, operands: Sequence[Formula]) -> Formula | None:
    """Sums, differences and products of numbers, and quotients without a remainder."""
    values = [_value(operand) for operand in operands]
    numbers = [value for value in values if value is not None]
    if len(numbers) < len(values):
        return None
    if operation == "neg":
        return number(-numbers[0])
    if operation == "+":
        return number(numbers[0] + numbers[1])
    if operation == "-":
        return number(numbers[0] - numbers[1])
    if operation == "*":
        return number(numbers[0] * numbers[1])
    if operation == "/" and numbers[1] and numbers[0] % numbers[1] == 0:
        return number(numbers[0] / numbers[1])
    return None


def _negative(x: Formula) -> Formula:
    if x.operation == "neg":
        return x.operands[0]
    if x.operation in ("*", "/") and (value := _value(x.operands[0])) is not None:
        return make(x.operation, number(-value), x.operands[1])
    return Formula("neg", (x,))


def _sum(x: Formula, y: Formula) -> Formula:
    if _value(x) == 0:
        return y
    if _value(y) == 0:
        return x
    if y.operation == "neg":
        return _difference(x, y.operands[0])
    return Formula("+", (x, y))


def _difference(x: Formula, y: Formula) -> Formula:
    if _value(y) == 0:
        return x
    if _value(x) == 0:
        return _negative(y)
    if y.operation == "neg":
        return _sum(x, y.operands[0])
    return Formula("-", (x, y))


def _times(x: Formula, y: Formula) -> Formula:
    for one, other in ((x, y), (y, x)):
        if _value(one) == 1:
            return other
        if _value(one) == 0:
            return number(0)
        if _value(one) == -1:
            return _negative(other)
        if one.operation == "neg":
            return _negative(_times(*((one.operands[0], y) if one is x else (x, one.operands[0]))))
    if y.operation == "/" and _value(y.operands[0]) == 1:
        return _quotient(x, y.operands[1])
    if x.operation == "-" and y.operation == "+" and x.operands == y.operands:  # (1 - x)*(1 + x)
        return _difference(*(_power(each, number(2)) for each in x.operands))
    if x.operation == y.operation == "sqrt" and x.operands[0].operation == "-" and y.operands[0].operation == "+":
        return Formula("sqrt", (_times(x.operands[0], y.operands[0]),))
    if x == y:
        return _power(x, number(2))
    return Formula("*", (x, y))


def _quotient(x: Formula, y: Formula) -> Formula:
    if _value(y) == 1:
        return x
    if x.operation == "neg":
        return _negative(_quotient(x.operands[0], y))
    if y.operation == "neg":
        return _negative(_quotient(x, y.operands[0]))
    if x.operation == "/":
        return _quotient(x.operands[0], _times(x.operands[1], y))
    if x.operation == "^" and x.operands[0] == y:  # x^n/x
        return _power(y, make("-", x.operands[1], number(1)))
    if x.operation == "*" and x.operands[1].operation == "^" and x.operands[1].operands[0] == y:
        return _times(x.operands[0], _quotient(x.operands[1], y))
    return Formula("/", (x, y))


def _power(x: Formula, y: Formula) -> Formula:
    if _value(y) == 1:
        return x
    if _value(y) == 0 or _value(x) == 1:
        return number(1)
    if x.operation == "sqrt" and _value(y) == 2:
        return x.operands[0]
    return Formula("^", (x, y))


def _x_log_y(x: Formula, y: Formula) -> Formula:
    return _times(x, Formula("log", (y,)))


def _hypotenuse(x: Formula, y: Formula) -> Formula:
    return Formula("sqrt", (_sum(_power(x, number(2)), _power(y, number(2))),))


_MAKERS = {
    "+": _sum,
    "-": _difference,
    "*": _times,
    "/": _quotient,
    "^": _power,
    "xlogy": _x_log_y,
    "hypot": _hypotenuse,
}
