"""Distinct expressions, each kept once, with an interval of its value."""

from __future__ import annotations

from math import inf, isfinite

from cgraph_cli.core.primitives import CONSTANTS, TRUTHS
from cgraph_cli.symbolic.rewriting.intervals import Interval
from cgraph_cli.symbolic.rewriting.numbers import Exact, as_float, exact
from cgraph_cli.symbolic.rewriting.ranges import result_interval

NUMBER = "number"
SYMBOL = "symbol"
"""A constant with a name, or one that is no fraction: `pi`, `inf`."""
NAMED = "named"
"""A named node of the program: opaque, a name for its meaning."""


class Expressions:
    """All expressions of one graph; an expression is a number, the index of its columns.

    Columns: `operations` (a primitive's name, or the kind of a leaf), `parts` (the operands, or the content of the
    leaf), `intervals` and `offsets` (the place in the source). `offset` is the place of the next expression. `work`
    counts the expressions that were made. `decimals` is true where the graph has any, so that they may be written.
    """

    def __init__(self) -> None:
        self.decimals = False
        self.operations: list[str] = []
        self.parts: list[tuple] = []  # type: ignore[type-arg]
        self.intervals: list[Interval] = []
        self.offsets: list[int] = []
        self.offset = 0
        self.work = 0
        self._known: dict[object, int] = {}

    def leaf(self, operation: str, *parts: object) -> int:
        """Make an input, a symbol or a named node."""
        interval = Interval(-inf, inf, True)
        if operation == SYMBOL:
            value = float(parts[0])  # type: ignore[arg-type]
            interval = Interval(value, value, value == 0)
        return self._intern((operation, parts), operation, parts, interval)

    def constant(self, number: float, spelling: str) -> int:
        """Make a constant in the program's spelling, without the sign of a zero."""
        if spelling in CONSTANTS or not isfinite(number):
            return self.leaf(SYMBOL, number, spelling)
        return self.number(exact(number))

    def number(self, number: Exact) -> int:
        """Make a number."""
        value = as_float(number)
        return self._intern((NUMBER, number), NUMBER, (number,), Interval(value, value, number == 0))

    def word(self, node: int, meaning: int) -> int:
        """Make a word for a named node of the graph, with the interval of its meaning."""
        word = self.leaf(NAMED, node)
        self.intervals[word] = self.intervals[meaning]
        return word

    def call(self, operation: str, operands: tuple[int, ...]) -> int:
        """Make a primitive of operands, unchanged."""
        key = (operation, operands)
        if key in self._known:
            return self._known[key]
        interval = result_interval(operation, [self.intervals[operand] for operand in operands])
        return self._intern(key, operation, operands, interval)

    def value(self, expression: int) -> Exact | None:
        """Return the number of an expression, or None."""
        return self.parts[expression][0] if self.operations[expression] == NUMBER else None

    def is_truth(self, expression: int) -> bool:
        """Tell whether an expression is 1 or 0 for any operands."""
        return self.operations[expression] in TRUTHS

    def _intern(self, key: object, operation: str, parts: tuple, interval: Interval) -> int:  # type: ignore[type-arg]
        expression = self._known.get(key)
        if expression is None:
            expression = self._known[key] = len(self.operations)
            self.work += 1
            self.operations.append(operation)
            self.parts.append(parts)
            self.intervals.append(interval)
            self.offsets.append(self.offset)
        return expression
