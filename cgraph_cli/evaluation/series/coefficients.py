"""Series: Taylor arithmetic on a graph, every node a truncated power series in the distance t from a point.

Coefficients are computed online, one order after the other, and each when it is asked for. A product and a quotient
have their recurrences; every other operation y = f(x₁, …) follows from its rule in the table of primitives: the
partials pᵢ, which are expressions, run as series too, and y′ = Σ pᵢ·xᵢ′ gives

    k·y_k = Σᵢ Σⱼ j·xᵢⱼ·p_{i,k−j}        (j from 1 to k)

in which only orders of pᵢ below k occur. An operation on the same operands is one series, so that `sin`, whose rule
asks for `cos`, whose rule asks for `sin`, is two series and no more, and a node costs O(order²).

A series is that of a *germ*: the function on one side of the point, t > 0 with `side` 1 or −1. So a comparison at a
tie is decided by the first coefficients that differ, `where`, `min` and `max` become one of their operands, 0/0 is
divided by the lowest power of t that both have, and a function with a kink has a series on each side. What has none
(`log` at 0, `acos` at 1) raises `Irregular`.

Griewank and Walther, *Evaluating Derivatives* (2nd ed.), chapter 13.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from operator import mul
from typing import Any

from cgraph_cli.core.graph import LEAVES, Graph
from cgraph_cli.core.primitives import PRIMITIVES, Primitive
from cgraph_cli.evaluation.kernels import Algebra
from cgraph_cli.evaluation.series.operations import SEED, SHIFT, Operations

LOOK_AHEAD = 16
"""The orders past the requested ones within which a tie is decided or a power of t is found."""


class Irregular(Exception):
    """An error of a missing series: the `node` of the graph, and the `cause`, the condition that holds there."""

    def __init__(self, node: int, cause: str) -> None:
        super().__init__(node, cause)
        self.node = node
        self.cause = cause


class Judgement:
    """The judgement of an algebra's numbers: here as they are."""

    def settle(self, number: Any, terms: Sequence[Any], operation: str) -> Any:
        """Settle a coefficient, the result of an operation on `terms`."""
        return number

    def differ(self, first: Any, second: Any) -> bool:
        """Tell whether two coefficients differ."""
        return bool(first != second)


class Series(Operations):
    """The series of a graph's nodes in t, where the node `wrt` is its value + side·t.

    `values` are the values of all nodes at the point. `order` is the highest requested one. `tied` is true after a tie:
    the other side may differ.
    """

    def __init__(
        self,
        graph: Graph,
        values: Sequence[Any],
        algebra: Algebra,
        wrt: int,
        order: int,
        side: int = 1,
        judgement: Judgement | None = None,
    ) -> None:
        super().__init__(algebra, wrt)
        self._judgement = judgement or Judgement()
        self.tied = False
        self._last = order + LOOK_AHEAD
        self._stands_for: dict[int, int] = {}
        self._powers: dict[int, int] = {}
        self._irregular: dict[int, str] = {}
        self._stack: list[tuple[int, int]] = []
        self._busy: set[int] = set()
        self._of: list[int] = []
        for node, operation in enumerate(graph.operations):
            self._owner = node
            operands = tuple(self._of[operand] for operand in graph.operands_of(node))
            if node == wrt:
                one = algebra.number(float(side), "")
                self._of.append(self._append(SEED, (), True, [values[node], one]))
            elif operation in LEAVES or not any(self._moving[operand] for operand in operands):
                self._of.append(self._constant(values[node]))
            else:
                self._of.append(self._node(operation, operands, new=True))

    def coefficient(self, node: int, order: int) -> Any:
        """Return a coefficient of a node of the graph. Raises `Irregular` where there is none."""
        series = self._of[node]
        self._stack = [(series, order)]
        self._busy = set()
        while self._stack:
            at, wanted = self._stack[-1]
            coefficients = self._coefficients[at]
            if not self._moving[at] or len(coefficients) > wanted:
                self._stack.pop()
                self._busy.discard(at)
                continue
            height = len(self._stack)
            self._busy.add(at)
            found = self._step(at, len(coefficients))
            if len(self._stack) == height:
                terms = [c for operand in self._operands[at] for c in self._coefficients[operand]]
                coefficients.append(self._judgement.settle(found, terms, self._operations[at]))
        return self._at(series, order)

    def _has(self, series: int, order: int) -> bool:
        """Tell whether a coefficient is computed; a missing one is scheduled before its user."""
        if not self._moving[series] or len(self._coefficients[series]) > order:
            return True
        if series in self._busy:  # it depends on itself
            raise Irregular(self._owners[series], "poles")
        self._stack.append((series, order))
        return False

    def _have(self, series: Sequence[int], order: int) -> bool:
        """Tell whether a coefficient of each of some series is computed; all missing ones are scheduled at once."""
        missing = [one for one in series if not self._has(one, order)]
        return not missing

    def _step(self, node: int, order: int) -> Any:
        """Compute one coefficient, or schedule the ones that it needs first, with any value."""
        if node in self._stands_for:
            other = self._stands_for[node]
            return self._at(other, order) if self._has(other, order) else None
        operation, operands = self._operations[node], self._operands[node]
        if operation == SEED:
            return self.zero
        if operation == SHIFT:
            order += self._shifts[node]
            if order < 0:
                return self.zero
            return self._at(operands[0], order) if self._has(operands[0], order) else None
        if operation == "*":
            return self._product(operands, order)
        if operation == "/":
            return self._quotient(node, operands, order)
        row = PRIMITIVES[operation]
        if row.truths or row.is_truth or row.picks:
            return self._choose(node, row, operands)
        if order == 0:
            if not self._have(operands, 0):
                return None
            return self._value(node, row, [self._at(operand, 0) for operand in operands])
        if node in self._irregular:
            return self._at_zero(node, row, operands, order)
        return self._by_rule(node, operands, order)

    def _product(self, operands: Sequence[int], order: int) -> Any:
        a, b = operands
        if not self._have(operands, order):
            return None
        if not self._moving[a]:
            return self._at(a, 0) * self._at(b, order)
        if not self._moving[b]:
            return self._at(a, order) * self._at(b, 0)
        return _convolve(self._coefficients[a][: order + 1], self._coefficients[b][order::-1])

    def _quotient(self, node: int, operands: Sequence[int], order: int) -> Any:
        a, b = operands
        power = self._powers.get(node)
        if power is None:
            power = self._lowest(b)
            if power is None:
                return None
            if power > 0:
                for lower in range(power):
                    if not self._has(a, lower):
                        return None
                    if self._at(a, lower) != 0 or power == self._last:
                        raise Irregular(self._owners[node], "poles")
            self._powers[node] = power
        if not self._have(operands, order + power):
            return None
        divide = self.algebra.function("/")
        top = self._at(a, order + power)
        if self._moving[b] and order > 0:
            top = top - _convolve(
                self._coefficients[b][power + 1 : power + order + 1], self._coefficients[node][order - 1 :: -1]
            )
        return divide(top, self._at(b, power))

    def _by_rule(self, node: int, operands: Sequence[int], order: int) -> Any:
        total, weighted = self.zero, self.zero
        rule = zip(operands, self._rule(node), strict=True)
        terms = [(operand, partial) for operand, partial in rule if partial is not None]
        below = self._have([partial for _, partial in terms], order - 1)
        if not (self._have([operand for operand, _ in terms], order) and below):
            return None
        for operand, partial in terms:
            x, p = self._coefficients[operand], self._coefficients[partial]
            if not self._moving[partial]:
                total += p[0] * x[order]
            else:
                weighted += _convolve(list(map(mul, range(1, order + 1), x[1 : order + 1])), p[order - 1 :: -1])
        return total + weighted / order

    def _value(self, node: int, row: Primitive, numbers: list[Any]) -> Any:
        """Compute the value at the point, and record an irregular point for the orders above."""
        function, cause_of = self.algebra.function(row.name), self.algebra.cause(row.name)
        value = function(*numbers)
        cause = cause_of(value, *numbers) if cause_of else ""
        if cause == "jumps" and len(numbers) == 1:  # a step, which has the value of its next one
            direction = self._sign(self._operands[node][0], self._constant(numbers[0]))
            return None if direction is None else function(numbers[0] + direction / 4)
        if cause in ("jumps", "domain"):
            raise Irregular(self._owners[node], cause)
        if cause in ("poles", "edges") or (cause == "kinks" and row.root):
            self._irregular[node] = cause
        return value

    def _choose(self, node: int, row: Primitive, operands: Sequence[int]) -> Any:
        """Give a node that chooses near the point the series of the chosen operand, or a number."""
        if row.picks:
            if not self._have(operands, 0):
                return None
            chosen, wanted = (
                operands[0],
                1 if self.algebra.function(row.name)(self.zero, self.algebra.number(1.0, "")) else -1,
            )
            for operand in operands[1:]:
                sign = self._sign(operand, chosen)
                if sign is None:
                    return None
                chosen = operand if sign == wanted or sign != sign else chosen
        elif row.is_truth:
            pairs = [(o, self._constant(self.zero)) for o in operands] if row.truths else [operands]
            signs = [self._sign(*pair) for pair in pairs]
            if None in signs:
                return None
            numbers = [self.algebra.number(float(sign or 0), "") for sign in signs]
            if not row.truths:
                numbers.append(self.zero)
            chosen = self._constant(self.algebra.function(row.name)(*numbers))
        else:
            sign = self._sign(operands[0], self._constant(self.zero))
            if sign is None:
                return None
            chosen = operands[1] if sign else operands[2]
        self._stands_for[node] = chosen
        return self._at(chosen, 0) if self._has(chosen, 0) else None

    # Conditions at the point

    def _sign(self, a: int, b: int) -> float | None:
        """Find the sign of a − b for small t > 0, nan for nan; None where more coefficients are needed first."""
        for order in range(self._last + 1):
            if not self._have((a, b), order):
                return None
            if order == 1:
                self.tied = True
            first, second = self._at(a, order), self._at(b, order)
            if self._judgement.differ(first, second):
                return 1.0 if first > second else -1.0 if first < second else float("nan")
            a, b = self._stands_for.get(a, a), self._stands_for.get(b, b)
            if not (self._moving[a] or self._moving[b]):
                break
        return 0.0

    def _lowest(self, series: int) -> int | None:
        """Find the lowest power of t in a series, `_last` without one; None until enough coefficients are computed."""
        for order in range(self._last):
            if not self._has(series, order):
                return None
            if self._at(series, order) != 0:
                return order
            if not self._moving[series]:
                break
        return self._last

    def _at_zero(self, node: int, row: Primitive, operands: Sequence[int], order: int) -> Any:
        """Compute a root, a power or a norm at 0: (tⁿ·u)ᵃ = tⁿᵃ·uᵃ, a series where n·a is a whole number."""
        irregular = Irregular(self._owners[node], self._irregular[node])
        constant = not any(self._moving[operand] for operand in operands[1:])
        self._owner = self._owners[node]
        if self._irregular[node] == "kinks":
            squares = [self._node("*", (operand, operand)) for operand in operands]
            self._stands_for[node] = self._node("sqrt", (self._node("sum", tuple(squares)),))
            return self._step(node, order)
        if not (row.root or row.name == "^") or not constant:
            raise irregular
        power = self._lowest(operands[0])
        if power is None:
            return None
        exponent = row.root or self._at(operands[1], 0)
        if power == self._last or exponent == 0:
            return self.zero
        low = power * exponent
        if low < 0:
            raise irregular
        if row.domain and exponent != int(exponent) and self._at(operands[0], power) < 0:
            return self.algebra.number(nan, "")  # on this side there is no value
        if low == int(low):
            self.tied = self.tied or exponent != int(exponent)
            lowered = self._shift(operands[0], power)
            self._stands_for[node] = self._shift(self._node(row.name, (lowered, *operands[1:])), -int(low))
            return self._step(node, order)
        if order < low:
            return self.zero
        raise irregular


def _convolve(first: Sequence[Any], second: Sequence[Any]) -> Any:
    """Sum the products first·second."""
    return sum(map(mul, first, second))
