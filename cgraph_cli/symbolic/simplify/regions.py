"""Regions: groups of nodes that are read together, as one sum or as one product."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from math import isfinite
from operator import add, mul, neg, sub

from cgraph_cli.core.graph import CONSTANT, Graph
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.symbolic.rewriting.distinct import DistinctNodes
from cgraph_cli.symbolic.rewriting.facts import carries
from cgraph_cli.symbolic.rewriting.numbers import ONE, Exact, exact, ratio

Signs = Mapping[str, Sequence[int]]

SUMS: Signs = {"+": (ONE, ONE), "-": (ONE, -ONE), "neg": (-ONE,)}
"""The primitives of a sum, with the coefficient of each operand."""
PRODUCTS: Signs = {"*": (ONE, ONE), "/": (ONE, -ONE), "neg": (ONE,)}
"""The primitives of a product, with the exponent of each operand; `neg` turns the coefficient."""

_ON_NUMBERS: Mapping[str, Callable[..., Exact]] = {"+": add, "-": sub, "*": mul, "/": ratio, "neg": neg}
_ROUNDING = Fraction(4, 2**53)
_MOST_BITS = 2000
_KEEPING = frozenset((*SUMS, *PRODUCTS, "^"))
_MOST_ASKED = 3  # the number of operands with which a variadic primitive's kernel is asked


class Regions(DistinctNodes):
    """The distinct nodes of a graph, and the region of each: a sum, or a product, of many operands.

    `of` maps a node to its region; `absorbed` are the nodes that are read together with their only user. `plain` are
    the nodes without any finite result where they are not finite: the difference between infinite and undefined does
    not matter there. `strict` are the parts of sums, whose terms may cancel, and of arguments: a sine's of 1e9 keeps no
    digit beyond 1e-16 of it. Numbers there are those of the doubles.
    """

    def __init__(self, graph: Graph, keep: Sequence[int]) -> None:
        super().__init__(graph, keep)
        self.uses: dict[int, int] = {}
        self.of: dict[int, Signs] = {}
        self.absorbed: set[int] = set()
        self.plain: set[int] = set()
        self.strict: set[int] = set()
        self._count()
        self._find_plain()
        self._find_strict()
        self._divide()

    def is_shared(self, node: int) -> bool:
        """Tell whether a node is used more than once."""
        return self.uses.get(node, 0) > 1

    def _count(self) -> None:
        for node in self.order:
            for operand in self.operands(node):
                self.uses[operand] = self.uses.get(operand, 0) + 1
        for node in self.kept:
            self.uses[self.same[node]] = self.uses.get(self.same[node], 0) + 1

    def _find_plain(self) -> None:
        """Find the `plain` nodes, from the results down."""
        hidden: set[int] = set()
        for node in reversed(self.order):
            if node not in hidden:
                self.plain.add(node)
            hidden.update(
                operand
                for at, operand in enumerate(self.operands(node))
                if node in hidden or not self._carries(node, at)
            )

    def _find_strict(self) -> None:
        """Find the `strict` nodes, from the results down; a product and a power keep the relative error.

        So does a sum of numbers alone that is the same in decimals and in doubles, such as the exponent in `x^(0.1 -
        1)`; the terms of any other may cancel.
        """
        operations = self.graph.operations
        rounded = self._find_rounded()
        summed: set[int] = set()
        for node in reversed(self.order):
            operation = operations[node]
            if operation in SUMS and operation != "neg" and node not in rounded:
                summed.add(node)
            for at, operand in enumerate(self.operands(node)):
                is_argument = operation not in _KEEPING and not (operation == "where" and at > 0)
                if node in self.strict or is_argument:
                    self.strict.add(operand)
                if node in summed and not (operation == "^" and at):
                    summed.add(operand)
        self.strict |= summed

    def _find_rounded(self) -> set[int]:
        """Find the nodes of numbers alone whose decimals make the number of their doubles, to its rounding."""
        both: dict[int, tuple[Exact, Exact]] = {}
        for node in self.order:
            compute, operands = _ON_NUMBERS.get(self.graph.operations[node]), self.operands(node)
            if self.graph.operations[node] == CONSTANT and isfinite(number := self.graph.constant(node)):
                both[node] = exact(number), Fraction(number)
            elif compute is not None and both.keys() >= set(operands):
                decimals, doubles = zip(*(both[each] for each in operands), strict=True)
                with suppress(ZeroDivisionError):
                    decimal, double = compute(*decimals), compute(*doubles)
                    if decimal.denominator.bit_length() + decimal.numerator.bit_length() < _MOST_BITS:
                        both[node] = decimal, double
        return {node for node, (decimal, double) in both.items() if _is_rounded(decimal, double)}

    def _divide(self) -> None:
        """Put a node into the region of its user where their kinds agree, from the results down."""
        operations = self.graph.operations
        for node in reversed(self.order):
            if node not in self.absorbed:
                region = self._region(node)
                if region is None:
                    continue
                self.of[node] = region
            region = self.of[node]
            for operand in self.operands(node):
                if operations[operand] in region and self.uses[operand] == 1 and not self.is_named(operand):
                    self.absorbed.add(operand)
                    self.of[operand] = region

    def _region(self, node: int) -> Signs | None:
        """Return the region that begins at a node; `neg` begins that of its operand."""
        operations = self.graph.operations
        operation = operations[node]
        if operation == "neg":
            (operand,) = self.operands(node)
            return SUMS if operations[operand] in SUMS and operations[operand] != "neg" else PRODUCTS
        return next((region for region in (SUMS, PRODUCTS) if operation in region), None)

    def _carries(self, node: int, at: int) -> bool:
        """Tell whether a node is not finite where its operand at a position is not, and counts."""
        graph, operands = self.graph, self.operands(node)
        operation = graph.operations[node]
        if operation == "where":  # the condition counts, and only the taken branch
            return at > 0
        if PRIMITIVES[operation].variadic:
            return carries(operation, 0, (None,) * min(len(operands), _MOST_ASKED))
        numbers = (graph.numbers[each] if graph.operations[each] == CONSTANT else None for each in operands)
        return carries(operation, at, tuple(numbers))


def _is_rounded(decimal: Exact, double: Exact) -> bool:
    """Tell whether two numbers are the same to the rounding of a double."""
    return abs(Fraction(decimal) - double) <= _ROUNDING * abs(Fraction(double))
