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
from functools import reduce
from operator import mul
from typing import Any

from cgraph_cli.algebras.kernels import Algebra
from cgraph_cli.events import cause_of
from cgraph_cli.graph import CONSTANT, INPUT, LEAVES, Graph
from cgraph_cli.primitives import PRIMITIVES
from cgraph_cli.rules import condition, definition, is_zero, rule, text_graph

LOOK_AHEAD = 16
"""How many orders past those that are asked for a tie or a power of t is looked for."""

_MOST_EXACT = 2.0**53
_SEED = "seed"
_SHIFT = "shift"
_ROOTS = {"sqrt": 1 / 2, "cbrt": 1 / 3}
_NORMS = ("norm", "hypot")
_PARTIALS = {"logsumexp": "exp(x - f)"}
"""In place of a partial that takes the operation on all the other operands, and those on all the others in turn."""

_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
_BY_SIGN = ("sign", "and", "or", "not")
_CHOOSING = ("where", "min", "max", *_COMPARISONS, *_BY_SIGN)


class Irregular(Exception):
    """There is no series: `node` of the graph is where, and `cause` which of its conditions is met there."""

    def __init__(self, node: int, cause: str) -> None:
        super().__init__(node, cause)
        self.node = node
        self.cause = cause


class Series:
    """The series of a graph's nodes in t, where the node `wrt` is its value + side·t.

    `values` are the values of all nodes at the point. `order` is the highest that will be asked for. `tied` says
    whether a tie was met, so that the other side may differ.
    """

    def __init__(
        self, graph: Graph, values: Sequence[Any], algebra: Algebra, wrt: int, order: int, side: int = 1
    ) -> None:
        self.algebra = algebra
        self.tied = False
        self.zero = algebra.number(0.0, "")
        self._last = order + LOOK_AHEAD
        self._operations: list[str] = []
        self._operands: list[tuple[int, ...]] = []
        self._moving: list[bool] = []
        self._coefficients: list[list[Any]] = []
        self._partials: dict[int, list[int | None]] = {}
        self._stands_for: dict[int, int] = {}
        self._shifts: dict[int, int] = {}
        self._powers: dict[int, int] = {}
        self._irregular: dict[int, str] = {}
        self._owners: list[int] = []
        self._owner = wrt
        self._known: dict[tuple[Any, ...], int] = {}
        self._stack: list[tuple[int, int]] = []
        self._busy: set[int] = set()
        self._of: list[int] = []
        for node, operation in enumerate(graph.operations):
            self._owner = node
            operands = tuple(self._of[operand] for operand in graph.operands_of(node))
            if node == wrt:
                one = algebra.number(float(side), "")
                self._of.append(self._append(_SEED, (), True, [values[node], one]))
            elif operation in LEAVES or not any(self._moving[operand] for operand in operands):
                self._of.append(self._constant(values[node]))
            else:
                self._of.append(self._node(operation, operands, new=True))

    def coefficient(self, node: int, order: int) -> Any:
        """A coefficient of a node of the graph. Raises `Irregular` where there is none."""
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
                coefficients.append(found)
        return self._at(series, order)

    # Building

    def _append(self, operation: str, operands: tuple[int, ...], moving: bool, coefficients: list[Any]) -> int:
        self._operations.append(operation)
        self._operands.append(operands)
        self._moving.append(moving)
        self._coefficients.append(coefficients)
        self._owners.append(self._owner)
        return len(self._operations) - 1

    def _constant(self, value: Any) -> int:
        key = (CONSTANT, value)
        if key not in self._known:
            self._known[key] = self._append(CONSTANT, (), False, [value])
        return self._known[key]

    def _node(self, operation: str, operands: tuple[int, ...], new: bool = False) -> int:
        """The series of an operation; a `new` one for a node of the program, which may be given another meaning."""
        row = PRIMITIVES[operation]
        if not any(self._moving[operand] for operand in operands):
            return self._constant(self.algebra.function(operation)(*(self._at(o, 0) for o in operands)))
        if operation == "neg" and self._operations[operands[0]] == "neg" and not new:
            return self._operands[operands[0]][0]  # so that `sigmoid`, whose rule asks for that of -x, comes to an end
        if operation == "prod":
            return reduce(lambda product, operand: self._node("*", (product, operand)), operands)
        if operation == "^" and not self._moving[operands[1]]:
            exponent = self._at(operands[1], 0)
            if abs(exponent) < _MOST_EXACT and exponent == int(exponent):
                return self._whole_power(operands[0], int(exponent))
        if (graph := definition(row)) is not None and (row.kinks or row.jumps):
            names = dict(zip(row.parameters, operands, strict=True))
            inlined = self._inline(graph, names)[graph.output]
            if (domain := condition(row, "domain")) is not None:
                inside, outside = self._inline(domain, names)[domain.output], self.algebra.number(float("nan"), "")
                inlined = self._node("where", (inside, inlined, self._constant(outside)))
            return inlined
        key = (operation, operands)
        if new or key not in self._known:
            node = self._append(operation, operands, True, [])
            self._known.setdefault(key, node)
            return node
        return self._known[key]

    def _whole_power(self, base: int, exponent: int) -> int:
        """A power as products, which unlike its rule divide by nothing that may be small."""
        one = self._constant(self.algebra.number(1.0, ""))
        if exponent < 0:
            return self._node("/", (one, self._whole_power(base, -exponent)))
        power = one
        while exponent:
            if exponent % 2:
                power = base if power == one else self._node("*", (power, base))
            exponent //= 2
            base = self._node("*", (base, base)) if exponent else base
        return power

    def _inline(self, graph: Graph, names: dict[str, int]) -> list[int]:
        """The series of a text of the table, in which `names` stand for its inputs."""
        became: list[int] = []
        for node, operation in enumerate(graph.operations):
            if operation == INPUT:
                became.append(names[graph.names[node] or ""])
            elif operation == CONSTANT:
                number = self.algebra.number(graph.numbers[node] or 0.0, graph.spellings.get(node, ""))
                became.append(self._constant(number))
            else:
                became.append(self._node(operation, tuple(became[o] for o in graph.operands_of(node))))
        return became

    def _rule(self, node: int) -> list[int | None]:
        """The series of a node's local partials, by the table; None where it does not depend on an operand."""
        if node not in self._partials:
            self._owner = self._owners[node]
            row, operands = PRIMITIVES[self._operations[node]], self._operands[node]
            if row.name == "^":  # the row's form for a base other than 0, which comes to an end
                base, exponent = operands
                slope = self._node("/", (self._node("*", (exponent, node)), base))
                by_exponent = self._moving[exponent]
                log = self._node("*", (node, self._node("log", (base,)))) if by_exponent else None
                self._partials[node] = [slope, log]
                return self._partials[node]
            graph = text_graph(_PARTIALS[row.name], row.name) if row.name in _PARTIALS else rule(row)
            partials: list[int | None] = []
            for at, operand in enumerate(operands):
                names = dict(zip(row.parameters, operands, strict=False)) if not row.variadic else {"x": operand}
                if row.variadic and "n" in graph.nodes:
                    names["n"] = self._constant(self.algebra.number(float(len(operands)), ""))
                became = self._inline(graph, names | {"f": node})
                output = graph.outputs[0 if row.variadic else at]
                partials.append(None if is_zero(graph, output) else became[output])
            self._partials[node] = partials
        return self._partials[node]

    # Coefficients

    def _at(self, series: int, order: int) -> Any:
        coefficients = self._coefficients[series]
        return coefficients[order] if order < len(coefficients) else self.zero

    def _has(self, series: int, order: int) -> bool:
        """Whether a coefficient is there; if it is not, it is computed before the one that asks."""
        if not self._moving[series] or len(self._coefficients[series]) > order:
            return True
        if series in self._busy:  # it would take itself
            raise Irregular(self._owners[series], "poles")
        self._stack.append((series, order))
        return False

    def _step(self, node: int, order: int) -> Any:
        """One coefficient; whatever, where another has to come first."""
        if node in self._stands_for:
            other = self._stands_for[node]
            return self._at(other, order) if self._has(other, order) else None
        operation, operands = self._operations[node], self._operands[node]
        if operation == _SEED:
            return self.zero
        if operation == _SHIFT:
            order += self._shifts[node]
            if order < 0:
                return self.zero
            return self._at(operands[0], order) if self._has(operands[0], order) else None
        if operation == "*":
            return self._product(operands, order)
        if operation == "/":
            return self._quotient(node, operands, order)
        if operation in _CHOOSING:
            return self._choose(node, operation, operands)
        if order == 0:
            if not all(self._has(operand, 0) for operand in operands):
                return None
            return self._value(node, operation, [self._at(operand, 0) for operand in operands])
        if node in self._irregular:
            return self._at_zero(node, operation, operands, order)
        return self._by_rule(node, operands, order)

    def _product(self, operands: Sequence[int], order: int) -> Any:
        a, b = operands
        if not (self._has(a, order) and self._has(b, order)):
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
        if not (self._has(a, order + power) and self._has(b, order + power)):
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
        for operand, partial in zip(operands, self._rule(node), strict=True):
            if partial is None or not self._moving[operand]:
                continue
            if not (self._has(operand, order) and self._has(partial, order - 1)):
                return None
            x, p = self._coefficients[operand], self._coefficients[partial]
            if not self._moving[partial]:
                total += p[0] * x[order]
            else:
                weighted += _convolve(list(map(mul, range(1, order + 1), x[1 : order + 1])), p[order - 1 :: -1])
        return total + weighted / order

    def _value(self, node: int, operation: str, numbers: list[Any]) -> Any:
        """The value at the point, and what is to be minded for the orders above."""
        value = self.algebra.function(operation)(*numbers)
        cause = cause_of(self.algebra, operation, value, numbers)
        if operation == "^" and numbers[0] == 0:
            cause = "poles"
        if cause == "jumps" and operation in ("floor", "ceil", "round", "trunc"):
            direction = self._sign(self._operands[node][0], self._constant(numbers[0]))
            return None if direction is None else self.algebra.function(operation)(numbers[0] + direction / 4)
        if cause in ("jumps", "domain"):
            raise Irregular(self._owners[node], cause)
        if cause == "poles" or (cause == "kinks" and operation in _NORMS):
            self._irregular[node] = cause
        return value

    def _choose(self, node: int, operation: str, operands: Sequence[int]) -> Any:
        """Give the series of one operand, or a number, to a node that is the one or the other near the point."""
        if operation == "where":
            sign = self._sign(operands[0], self._constant(self.zero))
            if sign is None:
                return None
            chosen = operands[1] if sign else operands[2]
        elif operation in ("min", "max"):
            chosen, wanted = operands[0], 1 if operation == "max" else -1
            for operand in operands[1:]:
                sign = self._sign(operand, chosen)
                if sign is None:
                    return None
                chosen = operand if sign == wanted or sign != sign else chosen
        else:
            pairs = [operands] if operation in _COMPARISONS else [(o, self._constant(self.zero)) for o in operands]
            signs = [self._sign(*pair) for pair in pairs]
            if None in signs:
                return None
            numbers = [self.algebra.number(float(sign or 0), "") for sign in signs]
            if operation in _COMPARISONS:
                numbers.append(self.zero)
            chosen = self._constant(self.algebra.function(operation)(*numbers))
        self._stands_for[node] = chosen
        return self._at(chosen, 0) if self._has(chosen, 0) else None

    # What happens at the point only

    def _sign(self, a: int, b: int) -> float | None:
        """The sign of a − b for small t > 0, nan where that is; None where more has to be known first."""
        for order in range(self._last + 1):
            if not (self._has(a, order) and self._has(b, order)):
                return None
            if order == 1:
                self.tied = True
            first, second = self._at(a, order), self._at(b, order)
            if first != second:
                return 1.0 if first > second else -1.0 if first < second else float("nan")
            a, b = self._stands_for.get(a, a), self._stands_for.get(b, b)
            if not (self._moving[a] or self._moving[b]):
                break
        return 0.0

    def _lowest(self, series: int) -> int | None:
        """The lowest power of t in a series, `_last` where there is none; None where more has to be known first."""
        for order in range(self._last):
            if not self._has(series, order):
                return None
            if self._at(series, order) != 0:
                return order
            if not self._moving[series]:
                break
        return self._last

    def _at_zero(self, node: int, operation: str, operands: Sequence[int], order: int) -> Any:
        """A root, a power or a norm at 0: (tⁿ·u)ᵃ = tⁿᵃ·uᵃ, a series where n·a is a whole number."""
        irregular = Irregular(self._owners[node], self._irregular[node])
        constant = not any(self._moving[operand] for operand in operands[1:])
        self._owner = self._owners[node]
        if operation in _NORMS and self._irregular[node] == "kinks":
            squares = [self._node("*", (operand, operand)) for operand in operands]
            self._stands_for[node] = self._node("sqrt", (self._node("sum", tuple(squares)),))
            return self._step(node, order)
        if operation not in (*_ROOTS, "^") or not constant:
            raise irregular
        power = self._lowest(operands[0])
        if power is None:
            return None
        exponent = _ROOTS.get(operation) or self._at(operands[1], 0)
        if power == self._last or exponent == 0:
            return self.zero
        low = power * exponent
        if low < 0:
            raise irregular
        if low == int(low):
            self.tied = self.tied or exponent != int(exponent)
            lowered = self._shift(operands[0], power)
            self._stands_for[node] = self._shift(self._node(operation, (lowered, *operands[1:])), -int(low))
            return self._step(node, order)
        if order < low:
            return self.zero
        raise irregular

    def _shift(self, series: int, power: int) -> int:
        """A series divided by t to a power."""
        key = (_SHIFT, series, power)
        if key not in self._known:
            self._known[key] = self._append(_SHIFT, (series,), True, [])
            self._shifts[self._known[key]] = power
        return self._known[key]


def _convolve(first: Sequence[Any], second: Sequence[Any]) -> Any:
    """Σ first·second."""
    return sum(map(mul, first, second))

