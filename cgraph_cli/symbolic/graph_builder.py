"""The builder of derivatives: values that become nodes on their first use, each operation once.

An operation on constants is computed here if it is exact: `x^3` brings no `3 - 1`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cgraph_cli.core.graph import CONSTANT, Graph, show_number
from cgraph_cli.symbolic.guards import Guard, Literal

_MOST_EXACT = 2.0**53


class Number(NamedTuple):
    """A number before its first use as a node."""

    number: float
    spelling: str = ""


Value = int | Number
"""A node, or a number."""

ZERO, ONE = Number(0.0), Number(1.0)


class GraphBuilder:
    """A builder of graphs that appends each operation once, and folds exact arithmetic into constants."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.first = len(graph)
        self.offset = 0
        self._written: dict[tuple[str, tuple[int, ...]], int] = {}
        self._constants: dict[str, int] = {}
        self._guards: dict[Guard, int] = {}

    def node(self, value: Value) -> int:
        """Make a value a node."""
        if isinstance(value, int):
            return value
        text = spelled(value)  # -0 and 0 are equal
        found = self._constants.get(text)
        if found is None:
            found = self._constants[text] = self.graph.append_constant(value.number, self.offset, value.spelling)
        return found

    def number(self, value: Value) -> float | None:
        """Return the number of a value, or None where it depends on the inputs."""
        if isinstance(value, Number):
            return value.number
        return self.graph.numbers[value] if self.graph.operations[value] == CONSTANT else None

    def emit(self, operation: str, *operands: Value) -> Value:
        """Append an operation on values, unless it exists or folds to a number."""
        numbers = [self.number(operand) for operand in operands]
        folded = fold(operation, numbers)
        if folded is not None:
            return Number(folded)
        if operation in ("and", "or"):
            for number, other in zip(numbers, reversed(operands), strict=True):
                if number is not None:
                    return other if (number != 0) == (operation == "and") else Number(float(operation == "or"))
        if operation == "*" and 1.0 in numbers:
            return operands[1 - numbers.index(1.0)]
        if operation in ("/", "^") and numbers[1] == 1:
            return operands[0]
        key = operation, tuple(self.node(operand) for operand in operands)
        found = self._written.get(key)
        if found is None:
            found = self._written[key] = self.graph.append(operation, key[1], self.offset)
        return found

    def signed(self, value: Value, negative: bool) -> Value:
        """Make the sign a part of a value."""
        return self.emit("neg", value) if negative else value

    def add(self, first: tuple[Value, bool], second: tuple[Value, bool]) -> tuple[Value, bool]:
        """Add two values with signs."""
        (left, minus), (right, also) = first, second
        if minus == also:
            return self.emit("+", left, right), minus
        return (self.emit("-", left, right) if also else self.emit("-", right, left)), False

    def divided(self, value: Value, factor: int, depth: int = 8) -> Value | None:
        """Divide a value by a node that is a factor of all its terms; None where it is not, or too deep inside."""
        if value == factor:
            return ONE
        if not isinstance(value, int) or not depth:
            return None
        operation, operands = self.graph.operations[value], self.graph.operands_of(value)
        if operation in ("+", "-"):
            terms = [self.divided(operand, factor, depth - 1) for operand in operands]
            return None if None in terms else self.emit(operation, *(term for term in terms if term is not None))
        if operation in ("*", "/", "neg"):
            for at, operand in enumerate(operands[: 2 if operation == "*" else 1]):
                rest = self.divided(operand, factor, depth - 1)
                if rest is not None:
                    return self.emit(operation, *operands[:at], rest, *operands[at + 1 :])
        if operation == "^" and operands[0] == factor:
            exponent = self.number(operands[1])
            if exponent is not None and exponent >= 1:
                return ONE if exponent == 1 else self.emit("^", factor, Number(exponent - 1))
        return None

    def literal(self, literal: Literal) -> int:
        """Make a literal a node, which is true where it holds."""
        condition = literal.condition
        if isinstance(condition, tuple):
            condition = self.node(self.emit("or", *(self.guard(guard) for guard in condition)))
        return condition if literal.holds else self.node(self.emit("not", condition))

    def guard(self, guard: Guard) -> int:
        """Make a guard a node, which is true where it holds."""
        pending = [guard]
        while pending:
            here = pending[-1]
            missing = [part for part in here.parts() if part not in self._guards]
            if missing and here not in self._guards:
                pending += missing
                continue
            if here.before is None or here.literal is None:
                self._guards[here] = self.node(ONE)
            elif here not in self._guards:
                literal = self.literal(here.literal)
                is_first = here.before.before is None
                self._guards[here] = (
                    literal if is_first else self.node(self.emit("and", self._guards[here.before], literal))
                )
            pending.pop()
        return self._guards[guard]

    def only_where(self, literals: Sequence[Literal], value: Value) -> Value:
        """Keep a value where all of some literals hold; it is 0 elsewhere."""
        if len(literals) == 1 and not literals[0].holds and isinstance(literals[0].condition, int):
            return self.emit("where", literals[0].condition, ZERO, value)
        return self.emit("where", self.all_of(literals), value, ZERO)

    def all_of(self, literals: Sequence[Literal]) -> Value:
        """Join literals into a condition: all of them hold."""
        condition: Value = self.literal(literals[0])
        for literal in literals[1:]:
            condition = self.emit("and", condition, self.literal(literal))
        return condition


def fold(operation: str, numbers: Sequence[float | None]) -> float | None:
    """Compute an operation on constants if it is exact in every arithmetic; else give None."""
    known = [number for number in numbers if number is not None]
    if not known or len(known) != len(numbers):
        return None
    x, y = known[0], known[-1]
    found = {
        "==": x == y, "!=": x != y, "<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y,
        "and": x != 0 and y != 0, "or": x != 0 or y != 0, "not": x == 0,
    }.get(operation)  # fmt: skip
    if found is not None:
        return float(found)
    if operation == "abs":
        return abs(x)
    if not all(number.is_integer() and abs(number) <= _MOST_EXACT for number in known):
        return None
    if operation == "^":
        exact = 0 <= y <= 64 and abs(x) <= 16
        result = x**y if exact else _MOST_EXACT * 2
    elif operation == "neg":
        result = -x
    elif operation in ("+", "-", "*"):
        result = {"+": x + y, "-": x - y, "*": x * y}[operation]
    else:
        return None
    return result if abs(result) <= _MOST_EXACT else None


def spelled(number: Number) -> str:
    """Write a number in the spelling of programs."""
    return number.spelling or show_number(number.number)
