"""The operations with series: those of a graph, and those in the rules of their derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.reach import ancestors
from cgraph_cli.evaluation.kernels import Algebra
from cgraph_cli.evaluation.rule_parser import Branch, condition, definition, rule

SEED = "seed"
SHIFT = "shift"

_MOST_EXACT = 2.0**53


class Operations:
    """Columns by series: what it is an operation of, whether it moves with t, and its coefficients so far.

    An operation on the same operands is one series. `_owners` are the nodes of the graph that the series are for, and
    `_owner` is the one that the next are for; `_shifts` say by which power of t a series has been divided.
    """

    def __init__(self, algebra: Algebra, owner: int) -> None:
        self.algebra = algebra
        self.zero = algebra.number(0.0, "")
        self._operations: list[str] = []
        self._operands: list[tuple[int, ...]] = []
        self._moving: list[bool] = []
        self._coefficients: list[list[Any]] = []
        self._owners: list[int] = []
        self._owner = owner
        self._partials: dict[int, list[int | None]] = {}
        self._shifts: dict[int, int] = {}
        self._known: dict[tuple[Any, ...], int] = {}

    def __len__(self) -> int:
        return len(self._operations)

    def _append(self, operation: str, operands: tuple[int, ...], moving: bool, coefficients: list[Any]) -> int:
        self._operations.append(operation)
        self._operands.append(operands)
        self._moving.append(moving)
        self._coefficients.append(coefficients)
        self._owners.append(self._owner)
        return len(self._operations) - 1

    def _constant(self, value: Any) -> int:
        key = (CONSTANT, getattr(value, "key", value))
        if key not in self._known:
            self._known[key] = self._append(CONSTANT, (), False, [value])
        return self._known[key]

    def _node(self, operation: str, operands: tuple[int, ...], new: bool = False) -> int:
        """Return the series of an operation; a `new` one for a node of the program, which may get another meaning."""
        row = PRIMITIVES[operation]
        if not any(self._moving[operand] for operand in operands):
            return self._constant(self.algebra.function(operation)(*(self._at(o, 0) for o in operands)))
        if operation == "neg" and self._operations[operands[0]] == "neg" and not new:
            return self._operands[operands[0]][0]  # or `sigmoid`, whose rule has that of -x, would not end
        if row.variadic and rule(row).uses("rest"):  # its `rest` is a series for each operand
            return reduce(lambda first, second: self._node(row.pair, (first, second)), operands)
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
        """Write a power as products, which unlike its rule have no small divisor."""
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

    def _inline(self, graph: Graph, names: dict[str, int], keep: Sequence[int] = ()) -> list[int]:
        """Return the series of a text of the table, with `names` for its inputs; with `keep`, of these nodes alone."""
        became: list[int] = []
        live = ancestors(graph, keep or [graph.output])
        for node, operation in enumerate(graph.operations):
            if node not in live:
                became.append(-1)
            elif operation == INPUT:
                became.append(names[graph.names[node] or ""])
            elif operation == CONSTANT:
                number = self.algebra.number(graph.constant(node), graph.spellings.get(node, ""))
                became.append(self._constant(number))
            else:
                became.append(self._node(operation, tuple(became[o] for o in graph.operands_of(node))))
        return became

    def _rule(self, node: int) -> list[int | None]:
        """Return the series of a node's local partials; None for a constant operand, or one without dependence."""
        if node not in self._partials:
            self._owner = self._owners[node]
            row, operands = PRIMITIVES[self._operations[node]], self._operands[node]
            local = rule(row)
            found: list[int | None] = []
            for at, operand in enumerate(operands):
                names = dict(zip(row.parameters, operands if not row.variadic else (operand,), strict=True))
                if row.variadic:
                    names["n"] = self._constant(self.algebra.number(float(len(operands)), ""))
                branches = local.branches(at)
                if row.name in local.graph.operations:  # the other branches recur without end
                    branches = branches[-1:]
                is_asked = self._moving[operand] and local.depends(at)
                found.append(self._partial(local.graph, branches, names | {"f": node}) if is_asked else None)
            self._partials[node] = found
        return self._partials[node]

    def _partial(self, graph: Graph, branches: Sequence[Branch], names: dict[str, int]) -> int:
        """Return the series of a partial; one of zeros where there is no dependence."""
        became = self._inline(graph, names, [node for branch in branches for node in branch if node is not None])
        zero = self._constant(self.zero)
        chosen = zero
        for asked, partial in reversed(branches):
            here = zero if partial is None else became[partial]
            chosen = here if asked is None else self._node("where", (became[asked], here, chosen))
        return chosen

    def _at(self, series: int, order: int) -> Any:
        coefficients = self._coefficients[series]
        return coefficients[order] if order < len(coefficients) else self.zero

    def _shift(self, series: int, power: int) -> int:
        """Divide a series by t to a power."""
        key = (SHIFT, series, power)
        if key not in self._known:
            self._known[key] = self._append(SHIFT, (series,), True, [])
            self._shifts[self._known[key]] = power
        return self._known[key]
