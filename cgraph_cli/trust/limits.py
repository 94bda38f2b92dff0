"""Limits: what doubles cannot say about a point, found in high precision.

A function of one node, the others held fixed, is followed towards the node's value from each side, at distances
that no two doubles are apart, with its exact derivative from the table's rules. At each distance the digits grow
until two precisions agree; over the distances a limit is accepted only where it has settled, and an infinity only
where it grows by a law (a power or a logarithm of the distance). What has done neither is not guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import inf, log10
from typing import Any, NamedTuple

from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.core.reach import find_users, reached
from cgraph_cli.evaluation.high import high_precision


class Distances(NamedTuple):
    """Points at factor·10⁻ᵏ from the node's value, for three k; the factors are no round numbers."""

    exponents: tuple[int, int, int]
    relative: bool

    @property
    def gaps(self) -> tuple[float, float]:
        """How many powers of ten lie between the points."""
        near = [k - log10(float(c)) for k, c in zip(self.exponents, FACTORS, strict=True)]
        return near[1] - near[0], near[2] - near[1]


FACTORS = ("0.71828182845904523536", "0.57721566490153286061", "0.91596559417721901505")
"""So that no function that looks at digits sees the same ones at each point."""

FAR = Distances((400, 600, 900), relative=False)
"""Nearer than any two doubles, so that nothing a program names is between."""

NEAR = Distances((40, 60, 90), relative=True)
"""Below 1 as parts of the node's value: nearer than two doubles but around 0, where `FAR` would take too long."""

SLOW = frozenset({"gamma", "lgamma", "digamma", "polygamma", "erf", "erfc", "gelu"})
"""Functions that take seconds in a thousand digits."""

LONG = 40
"""A path of more nodes than this is looked at from `NEAR`."""

_AGREE = 30
"""Digits in which two precisions, or two distances, have to agree."""

_SIZE_DIGITS = 60

_MOST_DIGITS = 10**9
_UNIT = 400
"""Digits in which one evaluation of a node costs one unit of work; more digits cost their ratio to the power 1.5."""

UNSETTLED = "unsettled"
"""In place of a limit: the function is there, but has not settled."""


class BudgetSpent(Exception):
    """More evaluations were wanted than are allowed."""


class Limits:
    """The neighbourhood of one point of one graph.

    `numbers` are the inputs as doubles, by node. `known` gives values of nodes that have been found as limits, which
    stand in for what evaluation at the point makes of them. `work` is how many units of work are allowed.
    """

    def __init__(self, graph: Graph, numbers: Mapping[int, float], work: float) -> None:
        self.graph = graph
        self.numbers = numbers
        self.known: dict[int, Any] = {}
        self.work = work
        self._users: list[list[int]] | None = None
        self._values: dict[int, dict[int, Any]] = {}
        self._direction: tuple[tuple[int, float], ...] = ()
        self._path: list[int] = []
        self._digits = 50
        self._swept: dict[tuple[int, int, int], tuple[dict[int, Any], dict[int, Any], dict[int, Any]]] = {}

    # The point itself

    def at_point(self, nodes: Iterable[int], digits: int, *, charged: bool = False) -> dict[int, Any]:
        """The values at the point, in so many digits, of some nodes and of what they depend on."""
        values = self._values.setdefault(digits, {})
        wanted = [node for node in nodes if node not in values]
        if wanted:
            needed = reached(wanted, lambda n: () if n in values else self.graph.operands_of(n))
            if charged:
                self._spend(len(needed), digits)
            for node in sorted(needed - values.keys()):
                values[node] = self.value(node, values, digits)
        return values

    def learn(self, node: int, limit: Any, digits: int) -> None:
        """Take a limit for a node's value from now on, also in what has been computed in so many digits."""
        self.known[node] = limit
        self._values = {digits: {**self._values[digits], node: limit}}
        self._swept.clear()
        self._direction = ()

    def value(self, node: int, values: Mapping[int, Any], digits: int) -> Any:
        """A node's value from its operands' values, or the limit that is known for it."""
        graph, algebra = self.graph, high_precision(digits)
        if node in self.known:
            return algebra.number(self.known[node], "")
        operation = graph.operations[node]
        if operation == CONSTANT:
            return algebra.number(graph.constant(node), graph.spellings.get(node, ""))
        if operation == INPUT:
            return algebra.number(self.numbers[node], "")
        return algebra.kernel(operation)(*(values[operand] for operand in graph.operands_of(node)))[0]

    def _spend(self, evaluations: float, digits: int) -> None:
        if digits > _MOST_DIGITS:  # and no double tells how much that would be
            raise BudgetSpent
        self.work -= evaluations * max(0.3, (digits / _UNIT) ** 1.5)
        if self.work < 0:
            raise BudgetSpent

    # Its neighbourhood

    def sides(self, direction: Mapping[int, float], node: int) -> list[tuple[Any, Any]]:
        """From below and from above in a direction: the limit of a node's value, and of its derivative.

        Each limit is a number, an infinity, None where the function is not defined on that side, or `UNSETTLED`.
        Raises `BudgetSpent`.
        """
        if self.work <= 0:
            raise BudgetSpent
        key = tuple(sorted(direction.items()))
        if key != self._direction:
            self._direction, self._path = key, self._after(direction)
            self._swept.clear()
            point = self.at_point(direction, _SIZE_DIGITS)
            self._digits = 50 + max(0, *(int(order(abs(point[n]))) for n in direction if point[n] != 0), 0)
        return [self._side(direction, node, side) for side in (-1, 1)]

    def here(self, node: int) -> Any:
        """A node's value at the point, in as many digits as the neighbourhood is looked at with."""
        distances = self._distances()
        digits = 2 * distances.exponents[0] + self._digits
        return self.at_point([node], digits, charged=True)[node]

    def _distances(self) -> Distances:
        operations = self.graph.operations
        long = len(self._path) > LONG or any(operations[node] in SLOW for node in self._path)
        return NEAR if long else FAR

    def _side(self, direction: Mapping[int, float], node: int, side: int) -> tuple[Any, Any]:
        distances = self._distances()
        points = [self._near(direction, node, side, at) for at in range(3)]
        values, derivatives = zip(*points, strict=True)
        return settle(values, distances.gaps), settle(derivatives, distances.gaps)

    def _near(self, direction: Mapping[int, float], node: int, side: int, at: int) -> tuple[Any, Any]:
        """Value and derivative of a node at one distance, in digits that suffice; None for what is not defined."""
        before: tuple[Any, Any] = (UNSETTLED, UNSETTLED)
        for factor in (2, 4, 8):
            after = self._at(direction, node, side, at, factor * self._distances().exponents[at] + self._digits)
            agreed = [b is not UNSETTLED and agree(b, a) for b, a in zip(before, after, strict=True)]
            if all(agreed):
                return after
            before = after
        value, derivative = (a if same else UNSETTLED for a, same in zip(after, agreed, strict=True))
        return value, derivative

    def _at(self, direction: Mapping[int, float], node: int, side: int, at: int, digits: int) -> tuple[Any, Any]:
        key = (side, at, digits)
        if key not in self._swept:
            self._swept[key] = self._sweep(direction, side, at, digits)
        values, tangents, sizes = self._swept[key]
        algebra = high_precision(digits)
        value = values[node] if node in values else self.at_point([node], digits)[node]
        tangent = tangents.get(node, algebra.number(0, ""))
        if value != value:
            return None, None
        if tangent != tangent:
            return value, None
        if abs(tangent) < inf and abs(tangent) <= sizes.get(node, 0) * algebra.number(10, "") ** (20 - digits):
            tangent = algebra.number(0, "")  # what is left of terms that cancel
        return value, tangent

    def _sweep(
        self, direction: Mapping[int, float], side: int, at: int, digits: int
    ) -> tuple[dict[int, Any], dict[int, Any], dict[int, Any]]:
        """Values, tangents, and the sums of the absolute terms of those, of all nodes that a direction moves."""
        graph, algebra, path, distances = self.graph, high_precision(digits), self._path, self._distances()
        self._spend(len(path), digits)
        moving = {*path, *direction}
        outside = {o for node in path for o in graph.operands_of(node)} - moving
        base = self.at_point([*outside, *direction], digits, charged=True)
        ten = algebra.number(10, "")
        step = algebra.number(float(FACTORS[at]), "") * ten ** -distances.exponents[at] * side
        if distances.relative:
            step *= min((abs(base[n]) for n in direction if 0 < abs(base[n]) < 1), default=1)
        values: dict[int, Any] = {n: base[n] + step * algebra.number(d, "") for n, d in direction.items()}
        tangents: dict[int, Any] = {n: algebra.number(d, "") for n, d in direction.items()}
        sizes: dict[int, Any] = {n: abs(tangent) for n, tangent in tangents.items()}
        for node in path:
            operands = graph.operands_of(node)
            value, *partials = algebra.kernel(graph.operations[node])(
                *(values[o] if o in values else base[o] for o in operands)
            )
            values[node] = value
            tangent = size = None
            for operand, partial in zip(operands, partials, strict=True):
                other = tangents.get(operand)
                if partial is not None and other is not None and other != 0:
                    term, part = partial * other, abs(partial) * sizes[operand]
                    tangent, size = (term, part) if tangent is None else (tangent + term, size + part)
            if tangent is not None:
                tangents[node], sizes[node] = tangent, size
        return values, tangents, sizes

    def _after(self, direction: Mapping[int, float]) -> list[int]:
        """The nodes that a direction moves, in order, without its own."""
        if self._users is None:
            self._users = find_users(self.graph)
        found = reached(direction, self._users.__getitem__)
        self.work -= len(found) / 100
        return sorted(found.difference(direction))


def agree(first: Any, second: Any) -> bool:
    """Tell whether two numbers are the same to `_AGREE` digits."""
    if first is None or second is None:
        return first is second
    if first == second:
        return True
    size = max(abs(first), abs(second))
    return bool(size != inf and abs(first - second) <= size * 10.0**-_AGREE)


def is_one_limit(first: Any, second: Any) -> bool:
    """Tell whether two limits are the same to 20 digits."""
    if first == second:
        return True
    size = max(abs(first), abs(second))
    return bool(size != inf and abs(first - second) <= max(size * 10.0**-20, 1e-300))


def settle(points: Sequence[Any], gaps: tuple[float, float]) -> Any:
    """The limit of a function from its numbers at three points, `gaps` powers of ten apart.

    None, or `UNSETTLED`, where there is none.
    """
    if any(point is UNSETTLED for point in points):
        return UNSETTLED
    if all(point is None for point in points):
        return None
    if any(point is None for point in points):
        return UNSETTLED
    first, second, third = points
    if agree(second, third):
        return third
    early, late = gaps
    if abs(third) * 10.0 ** (0.1 * late) < abs(second) and abs(second) * 10.0 ** (0.1 * early) < abs(first):
        return third * 0
    if any(abs(point) == inf for point in points):
        return UNSETTLED
    slopes = (second - first) / early, (third - second) / late
    if (
        slopes[0] * slopes[1] > 0 and abs(slopes[1] / slopes[0] - 1) < 1e-6 and abs(third - second) > abs(third) * 1e-3
    ):  # a logarithm of the distance
        return _infinity(slopes[1], third)
    if first * second > 0 and second * third > 0:
        orders = order(second / first) / early, order(third / second) / late
        if orders[0] * orders[1] > 0 and abs(orders[0]) > 1e-4 and abs(orders[1]) > 0.95 * abs(orders[0]):
            return _infinity(third, third) if orders[0] > 0 else third * 0  # a power of the distance, or faster
    return UNSETTLED


def _infinity(sign: Any, like: Any) -> Any:
    return like * 0 + (inf if sign > 0 else -inf)


def order(ratio: Any) -> float:
    """The decimal logarithm of a positive number, however large or small."""
    mantissa, exponent = ratio.man_exp
    return float(log10(mantissa) + max(-(10**300), min(exponent, 10**300)) * log10(2))
