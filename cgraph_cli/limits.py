"""Limits: what doubles cannot say about a point, found in high precision.

A function of one node, the others held fixed, is followed towards the node's value from each side, at distances
that no two doubles are apart (10⁻⁴⁰⁰ and less), with its exact derivative from the table's rules. At each distance
the digits grow until two precisions agree; over the distances a limit is accepted only where it has settled, and an
infinity only where it grows by a law (a power or a logarithm of the distance). What has done neither is not guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import log10
from typing import Any

from cgraph_cli.algebras.high import high_precision
from cgraph_cli.graph import CONSTANT, INPUT, Graph

DISTANCES = (400, 600, 900)
"""The points lie at ±10⁻ᵏ for these k: nearer than any two doubles, so that nothing a program names is between."""

SLOW = frozenset({"gamma", "lgamma", "digamma", "polygamma", "erf", "erfc", "gelu"})
"""Functions that take seconds in a thousand digits: with one of these in the graph the points lie at ..."""

SLOW_DISTANCES = (40, 60, 90)
"""... these k, nearer than two doubles are but around 0."""

POINT_DIGITS = 60
"""Digits of an evaluation at the point itself."""

_AGREE = 30
"""Digits in which two precisions, or two distances, have to agree."""

UNSETTLED = "unsettled"
"""In place of a limit: the function is there, but has not settled."""


class OutOfWork(Exception):
    """More evaluations were wanted than are allowed."""


class Limits:
    """The neighbourhood of one point of one graph.

    `numbers` are the inputs as doubles, by node. `known` gives values of nodes that have been found as limits, which
    stand in for what evaluation at the point makes of them. `work` is how many evaluations of one node are allowed.
    """

    def __init__(self, graph: Graph, numbers: Mapping[int, float], work: int) -> None:
        self.graph = graph
        self.numbers = numbers
        self.known: dict[int, Any] = {}
        self.work = work
        self.distances = SLOW_DISTANCES if SLOW.intersection(graph.operations) else DISTANCES
        self._users: list[list[int]] | None = None
        self._bases: dict[int, list[Any]] = {}
        self._found: dict[tuple[tuple[int, float], ...], dict[int, list[tuple[Any, Any]]]] = {}

    # The point itself

    def base(self, digits: int) -> list[Any]:
        """Every node's value at the point, in so many digits."""
        known = self._bases.get(digits)
        if known is None:
            known = self._bases[digits] = [None] * len(self.graph)
            for node in range(len(self.graph)):
                known[node] = self.value(node, known, digits)
        return known

    def value(self, node: int, values: Sequence[Any], digits: int) -> Any:
        """A node's value from its operands' values, or the limit that is known for it."""
        graph, algebra = self.graph, high_precision(digits)
        if node in self.known:
            return algebra.number(self.known[node], "")
        operation = graph.operations[node]
        if operation == CONSTANT:
            return algebra.number(graph.numbers[node] or 0.0, graph.spellings.get(node, ""))
        if operation == INPUT:
            return algebra.number(self.numbers[node], "")
        return algebra.kernel(operation)(*(values[operand] for operand in graph.operands_of(node)))[0]

    def here(self, node: int) -> Any:
        """A node's value at the point, in as many digits as the neighbourhood is looked at with."""
        return self.base(4 * self.distances[-1] + 50)[node]

    # Its neighbourhood

    def sides(self, direction: Mapping[int, float], node: int) -> list[tuple[Any, Any]]:
        """From below and from above in a direction: the limit of a node's value, and of its derivative.

        Each limit is a number, an infinity, None where the function is not defined on that side, or `UNSETTLED`.
        Raises `OutOfWork`.
        """
        key = tuple(sorted(direction.items()))
        found = self._found.setdefault(key, {})
        if node not in found:
            path = self._between(direction, node)
            found[node] = [self._side(direction, path, node, side) for side in (-1, 1)]
        return found[node]

    def _side(self, direction: Mapping[int, float], path: Sequence[int], node: int, side: int) -> tuple[Any, Any]:
        points = [self._near(direction, path, node, side, distance) for distance in self.distances]
        values, derivatives = zip(*points, strict=True)
        return settle(values, self.distances), settle(derivatives, self.distances)

    def _near(
        self, direction: Mapping[int, float], path: Sequence[int], node: int, side: int, distance: int
    ) -> tuple[Any, Any]:
        """Value and derivative of a node at one distance, in digits that suffice; None for what is not defined."""
        before: tuple[Any, Any] = (UNSETTLED, UNSETTLED)
        for factor in (2, 4, 8):
            after = self._at(direction, path, node, side, distance, factor * distance + 50)
            agreed = [b is not UNSETTLED and agree(b, a) for b, a in zip(before, after, strict=True)]
            if all(agreed):
                return after
            before = after
        value, derivative = (a if same else UNSETTLED for a, same in zip(after, agreed, strict=True))
        return value, derivative

    def _at(
        self,
        direction: Mapping[int, float],
        path: Sequence[int],
        node: int,
        side: int,
        distance: int,
        digits: int,
    ) -> tuple[Any, Any]:
        self.work -= len(path)
        if self.work < 0:
            raise OutOfWork
        graph, algebra, base = self.graph, high_precision(digits), self.base(digits)
        step = algebra.number(10, "") ** -distance * side
        values: dict[int, Any] = {n: base[n] + step * algebra.number(d, "") for n, d in direction.items()}
        tangents: dict[int, Any] = {n: algebra.number(d, "") for n, d in direction.items()}
        for position in path:
            operands = graph.operands_of(position)
            value, *partials = algebra.kernel(graph.operations[position])(
                *(values[operand] if operand in values else base[operand] for operand in operands)
            )
            values[position] = value
            tangent = None
            for operand, partial in zip(operands, partials, strict=True):
                other = tangents.get(operand)
                if partial is not None and other is not None:
                    tangent = partial * other if tangent is None else tangent + partial * other
            if tangent is not None:
                tangents[position] = tangent
        value, tangent = values[node], tangents.get(node)
        if tangent is None:
            tangent = algebra.number(0, "")
        return (None if value != value else value, None if tangent != tangent or value != value else tangent)

    def _between(self, direction: Mapping[int, float], node: int) -> list[int]:
        """The nodes on the ways from the direction's nodes to a node, in order, without the former."""
        graph = self.graph
        if self._users is None:
            self._users = [[] for _ in range(len(graph))]
            for user in range(len(graph)):
                for operand in graph.operands_of(user):
                    self._users[operand].append(user)
        after = reached(direction, lambda n: (u for u in self._users[n] if u <= node))
        before = reached([node], graph.operands_of)
        return sorted((after & before) - set(direction))


def reached(start: Iterable[int], following: Any) -> set[int]:
    """The nodes that can be reached from some, themselves included."""
    seen = set(start)
    pending = list(seen)
    while pending:
        for other in following(pending.pop()):
            if other not in seen:
                seen.add(other)
                pending.append(other)
    return seen


def agree(first: Any, second: Any) -> bool:
    """Whether two numbers are the same to `_AGREE` digits."""
    if first is None or second is None:
        return first is second
    if first == second:
        return True
    size = max(abs(first), abs(second))
    return bool(size != float("inf") and abs(first - second) <= size * 10.0**-_AGREE)


def settle(points: Sequence[Any], distances: Sequence[int]) -> Any:
    """The limit of a function from its numbers at distances of 10⁻ᵏ; None, or `UNSETTLED`, where there is none."""
    if any(point is UNSETTLED for point in points):
        return UNSETTLED
    if all(point is None for point in points):
        return None
    if any(point is None for point in points):
        return UNSETTLED
    first, second, third = points
    if agree(second, third):
        return third
    early, late = distances[1] - distances[0], distances[2] - distances[1]
    if abs(third) * 10.0 ** (0.1 * late) < abs(second) and abs(second) * 10.0 ** (0.1 * early) < abs(first):
        return third * 0
    slopes = (second - first) / early, (third - second) / late
    if slopes[0] * slopes[1] > 0 and abs(slopes[1] / slopes[0] - 1) < 1e-6:  # a logarithm of the distance
        return _infinity(slopes[1], third)
    if first * second > 0 and second * third > 0 and abs(first) < abs(second) < abs(third):
        orders = _order(second / first) / early, _order(third / second) / late
        if orders[0] > 0.01 and orders[1] > 0.95 * orders[0]:  # a power of the distance, or faster
            return _infinity(third, third)
    return UNSETTLED


def _infinity(sign: Any, like: Any) -> Any:
    return like * 0 + (float("inf") if sign > 0 else float("-inf"))


def _order(ratio: Any) -> float:
    """The decimal logarithm of a positive number, however large."""
    mantissa, exponent = ratio.man_exp
    return float(log10(mantissa) + min(exponent, 10**300) * log10(2))
