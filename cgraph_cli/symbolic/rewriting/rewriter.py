"""Rewriting: a primitive of operands by the first law that fits, until none does."""

from __future__ import annotations

from functools import cache
from math import isfinite

from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.rule_parser import text_graph
from cgraph_cli.symbolic.rewriting.algebra_laws import Rewrite
from cgraph_cli.symbolic.rewriting.expressions import NUMBER, SYMBOL, Expressions
from cgraph_cli.symbolic.rewriting.facts import is_exact
from cgraph_cli.symbolic.rewriting.intervals import Interval, sum_interval
from cgraph_cli.symbolic.rewriting.numbers import ONE, ZERO, Exact, exact
from cgraph_cli.symbolic.rewriting.numbers import is_exact as is_exact_number

STEPS = 16
"""The most laws in sequence in one place: each makes it shorter."""

_NUMBERS, _TRUTHS = ("n", "m"), ("p", "q")

Bindings = dict[str, int]


class Law:
    """A row of the table of laws, as graphs."""

    __slots__ = ("defined", "pattern", "replacement", "when")

    def __init__(self, row: Rewrite) -> None:
        name = f"rewrite {row.pattern}"
        self.pattern = text_graph(row.pattern, name)
        self.replacement = text_graph(row.replacement, name)
        self.when = text_graph(row.when, name) if row.when else None
        self.defined = row.defined


@cache
def _read(rows: tuple[Rewrite, ...]) -> dict[str, list[Law]]:
    """Read laws, by the primitive of their pattern."""
    laws: dict[str, list[Law]] = {}
    for row in rows:
        law = Law(row)
        laws.setdefault(law.pattern.operations[law.pattern.output], []).append(law)
    return laws


class Rewriter:
    """A maker of expressions that applies laws."""

    def __init__(self, expressions: Expressions, laws: tuple[Rewrite, ...]) -> None:
        self.expressions = expressions
        self._laws = _read(laws)

    def apply(self, operation: str, operands: tuple[int, ...], steps: int = STEPS) -> int:
        """Return a primitive of operands in the simplest form by the laws."""
        if operation == "identity":
            return operands[0]
        folded = self._fold(operation, operands)
        if folded is not None:
            return folded
        for law in self._laws.get(operation, ()) if steps else ():
            bindings: Bindings = {}
            self.expressions.work += 1
            fits = self._match_operands(law.pattern, law.pattern.output, operands, bindings)
            if fits and self.may_apply(law, bindings):
                return self.instantiate(law.replacement, law.replacement.output, bindings, steps - 1)
        return self.expressions.call(operation, operands)

    def may_apply(self, law: Law, bindings: Bindings) -> bool:
        """Tell whether a law's condition is known to hold."""
        return law.when is None or self._is_proved(law.when, law.when.output, bindings)

    def match(self, pattern: Graph, node: int, expression: int, bindings: Bindings) -> bool:
        """Tell whether an expression matches a pattern's node; binds the names in it."""
        operation = pattern.operations[node]
        if operation == INPUT:
            name = pattern.names[node] or ""
            if name in bindings:
                return bindings[name] == expression
            if name in _NUMBERS and self.expressions.operations[expression] != NUMBER:
                return False
            if name in _TRUTHS and not self.expressions.is_truth(expression):
                return False
            bindings[name] = expression
            return True
        if operation == CONSTANT:
            return self.expressions.value(expression) == exact(pattern.constant(node))
        return self.expressions.operations[expression] == operation and self._match_operands(
            pattern, node, self.expressions.parts[expression], bindings
        )

    def instantiate(self, template: Graph, node: int, bindings: Bindings, steps: int) -> int:
        """Return a node of a law's text with expressions in place of its names."""
        operation = template.operations[node]
        if operation == INPUT:
            return bindings[template.names[node] or ""]
        if operation == CONSTANT:
            return self.expressions.number(exact(template.constant(node)))
        operands = tuple(self.instantiate(template, each, bindings, steps) for each in template.operands_of(node))
        return self.apply(operation, operands, steps)

    def difference(self, one: int, other: int) -> Interval:
        """Return the interval of the difference of two expressions."""
        constant: Exact = ZERO
        terms: list[tuple[Interval, Exact]] = []
        for expression, sign in ((one, ONE), (other, -ONE)):
            number = self.expressions.value(expression)
            if number is None:
                terms.append((self.expressions.intervals[expression], sign))
            else:
                constant += number * sign
        return sum_interval(constant, terms)

    def _match_operands(self, pattern: Graph, node: int, operands: tuple[int, ...], bindings: Bindings) -> bool:
        wanted = pattern.operands_of(node)
        return len(wanted) == len(operands) and all(
            self.match(pattern, want, operand, bindings) for want, operand in zip(wanted, operands, strict=True)
        )

    def _is_proved(self, condition: Graph, node: int, bindings: Bindings) -> bool:
        """Tell whether a condition is proved by the intervals of its sides."""
        operation = condition.operations[node]
        left, right = condition.operands_of(node)
        if operation in ("and", "or"):
            sides = (self._is_proved(condition, side, bindings) for side in (left, right))
            return all(sides) if operation == "and" else any(sides)
        one, other = (self.instantiate(condition, side, bindings, 0) for side in (left, right))
        if operation == "==":
            return one == other
        between = self.difference(one, other)
        if operation in ("<", "<="):
            return between.high <= 0 and (operation == "<=" or not between.zero)
        if operation in (">", ">="):
            return between.low >= 0 and (operation == ">=" or not between.zero)
        return operation == "!=" and not between.zero

    def _fold(self, operation: str, operands: tuple[int, ...]) -> int | None:
        """Return the number of an exact primitive of numbers, as doubles compute it."""
        expressions = self.expressions
        if any(expressions.operations[operand] not in (NUMBER, SYMBOL) for operand in operands):
            return None
        if not is_exact(operation) or any(
            not is_exact_number(expressions.value(operand) or ZERO) for operand in operands
        ):
            return None
        numbers = [float(expressions.parts[operand][0]) for operand in operands]
        result = float(DOUBLE.function(operation)(*numbers))
        if result == 0:
            return expressions.constant(result, "")
        for operand, number in zip(operands, numbers, strict=True):
            if expressions.value(operand) is not None and number == result:
                return operand
        return expressions.number(exact(result)) if isfinite(result) and result == int(result) else None
