"""Derivatives by differences of values alone, in high precision, so that no rule has a part in them.

The difference of a function's values at two points so close together that their distance, 10⁻³⁰ of where they
are and less, is all that is between it and the derivative; in three times as many digits as that distance
has, so that rounding is nothing. It counts once the next distance, nearer still, gives the same number to 20
digits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import ceil, isfinite, log10
from typing import Any, NamedTuple

from cgraph_cli.core.graph import CONSTANT, INPUT, LEAVES
from cgraph_cli.core.reach import ancestors, between
from cgraph_cli.evaluation.high import high_precision
from cgraph_cli.evaluation.kernels import Algebra
from cgraph_cli.evaluation.sweeps import Evaluation
from cgraph_cli.trust.exact import OutOfWork
from cgraph_cli.trust.verdicts import Cause

LEVELS = (30, 45, 100, 200, 350, 450)
"""The distances are 10⁻ᵏ for these k, the near ones only where the others have not settled."""

SLOW = frozenset({"gamma", "lgamma", "digamma", "polygamma"})
"""Functions that take seconds in a thousand digits, and ..."""

SLOW_LEVELS = LEVELS[:4]
"""... the distances with these."""

MOST_WORK = 1_000_000
"""How many evaluations of one node, in 90 digits, may be spent on a point: some seconds."""

Shifted = Callable[[Algebra, Any], Any]
"""A function's value at a small distance from a point, in an algebra."""


class Nearby(NamedTuple):
    """The surroundings of a point: a `scale` for small distances, and the `digits` that the numbers there take.

    `bounded` says that all of them are finite, so that a difference of 0 can be told from one that is lost beside
    larger numbers.
    """

    scale: float
    digits: int
    bounded: bool


def nearby(at: float, leaves: Iterable[float], values: Iterable[float]) -> Nearby:
    """Measure the surroundings of `at`, or, where that is 0, of the leaves that it meets on the way to `values`."""
    scale = min(abs(at), 1.0)
    if at == 0 or not isfinite(at):
        scale = min((1.0, *(abs(leaf) for leaf in leaves if leaf and isfinite(leaf))))
    sizes = [abs(value) for value in values]
    largest = max((size for size in sizes if isfinite(size)), default=0.0)
    return Nearby(scale, 0 if largest < 1e15 else ceil(log10(largest)), all(map(isfinite, sizes)))


class Differences:
    """Derivatives at the point of an evaluation, by differences.

    With `rounded` they are those of the program as doubles run it: each operation gives what it gave in
    doubles, off by a rounding error that stays the same next to the point. Such a derivative is what exact
    rules and an exact sweep make of the values in doubles; where it is far from the true one, the program is
    ill-conditioned."""

    def __init__(self, evaluation: Evaluation, work: float = MOST_WORK) -> None:
        self.graph = evaluation.graph
        self.numbers: list[float] = evaluation.values
        self.work = work
        slow = not SLOW.isdisjoint(self.graph.operations)
        self.levels = SLOW_LEVELS if slow else LEVELS
        self._ancestors: dict[int, list[int]] = {}
        self._paths: dict[tuple[int, int], list[int]] = {}
        self._bases: dict[tuple[int, str, bool], tuple[dict[int, Any], dict[int, Any]]] = {}

    def central(self, output: int, node: int, guess: float, bound: float = 0.0, rounded: bool = False) -> Any:
        """Find the derivative of an output with respect to a node from points on both sides; None where there is none.

        `guess` only says how much work a 0 is worth: where it is not 0, smaller distances are tried before, unless it
        is itself no more than rounding beside `bound`, the size of the terms that the derivative is a sum of.
        """
        shifted, near = self._shifted(output, node, rounded), self._nearby(output, node)
        return central(shifted, near, guess, self.levels, bound * 1e-25 if abs(guess) <= bound * 1e-12 else 0.0)

    def sides(self, output: int, node: int) -> tuple[Any, Any]:
        """Find the derivatives from below and from above; None where there is none."""
        return sides(self._shifted(output, node, False), self._nearby(output, node), self.levels)

    def _nearby(self, output: int, node: int) -> Nearby:
        needed, numbers = self._needed(output), self.numbers
        leaves = (numbers[n] for n in needed if self.graph.operations[n] in LEAVES)
        return nearby(numbers[node], leaves, (numbers[n] for n in needed))

    def _shifted(self, output: int, node: int, rounded: bool) -> Shifted:
        path = self.path(output, node)
        graph = self.graph

        def value(algebra: Algebra, step: Any) -> Any:
            self._spend(len(path), algebra)
            base, errors = self._base(output, algebra, rounded)
            if node not in base:
                return base[output]  # the output does not depend on it
            values = {node: base[node] + step}
            for other in path:
                operands = [values[o] if o in values else base[o] for o in graph.operands_of(other)]
                values[other] = algebra.function(graph.operations[other])(*operands)
                if other in errors:
                    values[other] += errors[other]
            return values[output]

        return value

    def _base(self, output: int, algebra: Algebra, rounded: bool) -> tuple[dict[int, Any], dict[int, Any]]:
        """Compute the values at the point of the nodes that the output depends on, and their rounding errors."""
        key = (output, algebra.name, rounded)
        if key in self._bases:
            return self._bases[key]
        graph, numbers = self.graph, self.numbers
        base: dict[int, Any] = {}
        errors: dict[int, Any] = {}
        ancestors = self._needed(output)
        self._spend(len(ancestors), algebra)
        for node in ancestors:
            operation = graph.operations[node]
            if operation == CONSTANT:
                base[node] = algebra.number(numbers[node], graph.spellings.get(node, ""))
            elif operation == INPUT:
                base[node] = algebra.number(numbers[node], "")
            else:
                base[node] = algebra.function(operation)(*(base[o] for o in graph.operands_of(node)))
                if rounded:
                    errors[node] = algebra.number(numbers[node], "") - base[node]
                    base[node] = algebra.number(numbers[node], "")
        self._bases[key] = base, errors
        return base, errors

    def _spend(self, nodes: int, algebra: Algebra) -> None:
        digits = int(algebra.name.split()[0])
        self.work -= nodes * digits / 90
        if self.work < 0:
            raise OutOfWork

    def _needed(self, output: int) -> list[int]:
        """List the nodes that an output depends on, itself included, in order."""
        if output not in self._ancestors:
            self._ancestors[output] = sorted(ancestors(self.graph, [output]))
        return self._ancestors[output]

    def path(self, output: int, node: int) -> list[int]:
        """List the nodes on the ways from a node to an output, in order, without the former."""
        key = (output, node)
        if key not in self._paths:
            self._paths[key] = sorted(between(self.graph, [node], output) - {node})
        return self._paths[key]


def partial(operation: str, operands: Sequence[float], position: int, guess: float) -> Any:
    """Find one local partial of an operation by differences of its value alone; None where there is none."""

    def value(algebra: Algebra, step: Any) -> Any:
        numbers = [algebra.number(x, "") for x in operands]
        numbers[position] += step
        return algebra.function(operation)(*numbers)

    near = nearby(operands[position], operands, operands)
    return central(value, near, guess, SLOW_LEVELS if operation in SLOW else LEVELS)


def wrong_partials(evaluation: Evaluation, nodes: Sequence[int], rtol: float) -> list[tuple[int, int, float, float]]:
    """Find the first of some nodes whose local partials are not the derivatives of its value.

    Gives (node, edge, partial, derivative) for each of its partials that is wrong, at the values in doubles.
    """
    from cgraph_cli.evaluation.double import DOUBLE
    from cgraph_cli.evaluation.high import as_double

    graph, values = evaluation.graph, evaluation.values
    for node in nodes:
        operation = graph.operations[node]
        if operation in LEAVES:
            continue
        operands = [values[o] for o in graph.operands_of(node)]
        conditions = [DOUBLE.condition(operation, column) for column in (Cause.KINKS, Cause.JUMPS, Cause.POLES)]
        if any(holds is not None and holds(values[node], *operands) for holds in conditions):
            continue
        found = []
        for position, edge in enumerate(range(graph.starts[node], graph.starts[node + 1])):
            number = evaluation.partials[edge] or 0.0
            true = partial(operation, operands, position, number)
            if true is None or number == as_double(true):
                continue
            if not abs(true - number) <= max(rtol * abs(true), 1e-300):
                found.append((node, edge, number, as_double(true)))
        if found:
            return found
    return []


def central(function: Shifted, near: Nearby, guess: float, levels: Sequence[int] = LEVELS, nothing: float = 0.0) -> Any:
    """Find a derivative from the values on both sides of a point; None where they give none."""

    def difference(algebra: Algebra, step: Any) -> Any:
        return (function(algebra, step) - function(algebra, -step)) / (2 * step)

    return _settled(difference, near, guess, levels, nothing)


def sides(function: Shifted, near: Nearby, levels: Sequence[int] = LEVELS) -> tuple[Any, Any]:
    """Find the derivatives from the values below a point, and from those above; the point itself is left out."""

    def one(side: int) -> Any:
        return _settled(
            lambda algebra, h: (function(algebra, 2 * side * h) - function(algebra, side * h)) / (side * h),
            near,
            0.0,
            levels,
        )

    return one(-1), one(1)


def _settled(
    difference: Callable[[Algebra, Any], Any], near: Nearby, guess: float, levels: Sequence[int], nothing: float = 0.0
) -> Any:
    before: Any = None
    after: Any = None
    for level in levels:
        algebra = high_precision(3 * level + near.digits)
        step = algebra.number(near.scale, "") * algebra.number(10, "") ** -level
        before, after = after, difference(algebra, step)
        if not abs(after) < float("inf"):
            return None
        if before is None:
            continue
        if abs(after - before) <= 10.0**-20 * abs(after) and (after != 0 or guess == 0):
            return after
        if max(abs(after), abs(before)) < nothing:
            return after * 0
    tiny = high_precision(30).number(10, "") ** (40 - 2 * levels[-1])
    shrinks = abs(after) <= 10.0**-10 * abs(before)  # what remains of terms that cancel is rounding
    return after * 0 if near.bounded and (shrinks or abs(after) <= tiny) else None
