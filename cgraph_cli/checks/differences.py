"""Derivatives by differences of values alone, in balls: no rule has a part in them.

Two points are 2⁻¹⁰⁰ of their size apart, or less: their quotient of differences has the derivative's first 25 digits,
in a precision that keeps them. It counts once a still smaller distance gives the same number to 25 digits, certainly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import frexp, isfinite
from typing import NamedTuple

from flint import arb

from cgraph_cli.core.graph import INPUT, LEAVES, Graph
from cgraph_cli.core.reach import ancestors, between
from cgraph_cli.evaluation.ball import Ball, Precision, Undecided, accuracy, balls
from cgraph_cli.evaluation.ball.number import UNKNOWN, magnitude
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.sweeps import Evaluation
from cgraph_cli.trust.budget import Budget, OutOfWork
from cgraph_cli.trust.growing_precision import ExactPoint, unify
from cgraph_cli.trust.judge import nearest
from cgraph_cli.trust.verdicts import Cause

LEVELS = (100, 150, 330, 660, 1160, 1500)
"""The distances are 2⁻ᵏ for these k, the small ones only where the others have not settled."""

AGREEMENT_BITS = 83
"""The bits in which two difference quotients have to agree, 25 digits, to be the derivative."""

_AGREEMENT = arb((1, -AGREEMENT_BITS))

ZERO = Ball(arb(0), AGREEMENT_BITS)

MOST_BITS = 1_000_000
"""The most bits of a difference: with more a single operation may take seconds."""

PARTIAL_WORK = 200_000.0
"""The bound on work for one local partial."""

Shifted = Callable[[int, Ball], Ball]
"""The value of a function in so many bits at a small distance from a point."""


class Vicinity(NamedTuple):
    """A point with its surroundings: distances are parts of 2^`scale`, and numbers take `span` bits."""

    scale: int
    span: int


class Differences:
    """Derivatives at a point by differences of its values."""

    def __init__(self, point: ExactPoint) -> None:
        self.point = point
        self.graph: Graph = point.graph
        self._needed: dict[int, set[int]] = {}
        self._paths: dict[tuple[int, int], list[int]] = {}

    def central(self, output: int, node: int, guess: Ball) -> Ball | None:
        """Find the derivative of an output with respect to a node, from points on both sides; None where there is none.

        `guess` approximates the derivative: the precision distinguishes a number of its size from 0. Raises
        `OutOfWork`.
        """
        return central(self._shifted(output, node), self._place(output, node), guess)

    def along(self, output: int, direction: Mapping[int, int], guess: Ball) -> Ball | None:
        """Find the derivative of an output in a direction of several inputs as `central` does in one."""
        places = [self._place(output, node) for node in direction]
        place = Vicinity(min(place.scale for place in places), max(place.span for place in places))
        return central(self._shifted_along(output, direction), place, guess)

    def beside(self, output: int, node: int, guess: Ball) -> Ball | None:
        """Find a derivative like `central`, but a little beside the point in all other inputs.

        It is the limit of the derivative at a point without a value. Raises `OutOfWork`.
        """
        return central(self._shifted_beside(output, node), self._place(output, node), guess)

    def sides(self, output: int, node: int) -> tuple[Ball | None, Ball | None]:
        """Find the derivatives from below and from above; None where there is none. Raises `OutOfWork`."""
        return sides(self._shifted(output, node), self._place(output, node))

    def path(self, output: int, node: int) -> list[int]:
        """List the nodes on the paths from a node to an output, in order, without the node itself."""
        key = (output, node)
        if key not in self._paths:
            self._paths[key] = sorted(between(self.graph, [node], output) - {node})
        return self._paths[key]

    def _place(self, output: int, node: int) -> Vicinity:
        graph = self.graph
        if output not in self._needed:
            self._needed[output] = ancestors(graph, [output])
        leaves = [n for n in self._needed[output] if graph.operations[n] in LEAVES]
        values = self.point.values([*leaves, node], self.point.ladder[0])
        sizes = [magnitude(values[n].arb) for n in leaves if values[n].is_finite and not values[n].contains_zero]
        at = values[node]
        own = magnitude(at.arb) if at.is_finite and not at.contains_zero else min(sizes, default=0)
        return Vicinity(min(own, 0), self.point.whole_bits // 3)

    def _shifted(self, output: int, node: int) -> Shifted:
        return self._shifted_along(output, {node: 1})

    def _shifted_along(self, output: int, direction: Mapping[int, int]) -> Shifted:
        graph, point = self.graph, self.point
        path = sorted(between(graph, list(direction), output).difference(direction))

        def value(bits: int, step: Ball) -> Ball:
            base = point.values([output, *direction], bits)
            values = {node: base[node] + (step if part == 1 else step * part) for node, part in direction.items()}
            for other in path:
                missing = [o for o in graph.operands_of(other) if o not in values and o not in base]
                if missing:
                    base = point.values(missing, bits)
                values[other] = self._apply(
                    other, [values[o] if o in values else base[o] for o in graph.operands_of(other)], bits
                )
            return values[output] if output in values else base[output]

        return value

    def _shifted_beside(self, output: int, node: int) -> Shifted:
        graph, point = self.graph, self.point
        needed = sorted(self._needed.setdefault(output, ancestors(graph, [output])))

        def value(bits: int, step: Ball) -> Ball:
            base = point.values([node, *(n for n in needed if graph.operations[n] in LEAVES)], bits)
            values: dict[int, Ball] = {}
            for at, other in enumerate(needed):
                if other == node:
                    values[other] = base[other] + step
                elif graph.operations[other] == INPUT:
                    values[other] = base[other] + step * step * (at + 1)
                elif graph.operations[other] in LEAVES:
                    values[other] = base[other]
                else:
                    values[other] = self._apply(other, [values[o] for o in graph.operands_of(other)], bits)
            return values[output]

        return value

    def _apply(self, node: int, operands: Sequence[Ball], bits: int) -> Ball:
        operation = self.graph.operations[node]
        self.point.budget.spend(operation, bits, operands=len(operands))
        try:
            return balls(bits).function(operation)(*_unified(operands, bits))  # type: ignore[no-any-return]
        except Undecided:
            return Ball(UNKNOWN, bits)


def _unified(operands: Sequence[Ball], bits: int) -> Sequence[Ball]:
    return unify(operands, bits // 2) if 2 <= len(operands) <= 8 else operands


def wrong_partials(evaluation: Evaluation, nodes: Sequence[int], rtol: float) -> list[tuple[int, int, float, float]]:
    """Find the first of some nodes with a local partial that is not the derivative of its value.

    Gives (node, edge, partial, derivative) for each of its wrong partials, at the values in doubles.
    """
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
            true = partial(operation, operands, position, Ball(arb(number), AGREEMENT_BITS))
            if true is None or number == (double := nearest(true)):
                continue
            if not abs(double - number) <= max(rtol * abs(double), 1e-300):
                found.append((node, edge, number, double))
        if found:
            return found
    return []


def partial(operation: str, operands: Sequence[float], position: int, guess: Ball) -> Ball | None:
    """Find one local partial of an operation, by differences of its value alone; None where there is none."""
    budget = Budget(PARTIAL_WORK)

    def value(bits: int, step: Ball) -> Ball:
        algebra = balls(bits)
        numbers = [algebra.number(x, "") for x in operands]
        numbers[position] = numbers[position] + step
        budget.spend(operation, bits, operands=len(operands))
        try:
            return algebra.function(operation)(*numbers)  # type: ignore[no-any-return]
        except Undecided:
            return Ball(UNKNOWN, bits)

    sizes = [frexp(x)[1] for x in operands if x and isfinite(x)]
    own = frexp(operands[position])[1] if operands[position] else min(sizes, default=0)
    try:
        return central(value, Vicinity(min(own, 0), 128 + max(0, 0, *sizes)), guess)
    except OutOfWork:
        return None


def central(function: Shifted, place: Vicinity, guess: Ball) -> Ball | None:
    """Find a derivative from the values on both sides of a point; None where they give none."""

    def difference(bits: int, step: Ball) -> Ball:
        return (function(bits, step) - function(bits, -step)) / (2 * step)

    return _settle(difference, place, guess)


def sides(function: Shifted, place: Vicinity) -> tuple[Ball | None, Ball | None]:
    """Find the derivatives from the values below a point, and from those above; the point itself is left out."""

    def on(side: int) -> Ball | None:
        def difference(bits: int, step: Ball) -> Ball:
            return (function(bits, 2 * side * step) - function(bits, side * step)) / (side * step)

        return _settle(difference, place, ZERO)

    return on(-1), on(1)


def _settle(difference: Callable[[int, Ball], Ball], place: Vicinity, guess: Ball) -> Ball | None:
    before: Ball | None = None
    shrinks = True
    for level in LEVELS:
        after = _quotient(difference, place, level, guess)
        if after is None:
            return None
        if before is not None:
            with Precision(after.bits):
                if after.arb == before.arb or abs(after.arb - before.arb) <= abs(after.arb) * _AGREEMENT:
                    return after
                shrinks = shrinks and bool(abs(after.arb) <= abs(before.arb) * 0.25)
        before = after
    return ZERO if shrinks and guess.arb.is_zero() else None


def _quotient(difference: Callable[[int, Ball], Ball], place: Vicinity, level: int, guess: Ball) -> Ball | None:
    """Find a difference quotient at one distance, to `AGREEMENT_BITS`, or 0; None where it is not finite.

    It is 0 if it may be, and if it is less than half of the precision allows. Raises `OutOfWork`.
    """
    size = magnitude(guess.arb) if guess.is_finite and not guess.arb.is_zero() else 0
    distance = level + max(0, size)  # a steep function does not turn within it
    first = 3 * distance + place.span
    for bits in (first, 2 * first, 4 * first, 8 * first + 2 * max(0, -size)):
        if bits > MOST_BITS:
            raise OutOfWork
        with Precision(bits):
            quotient = difference(bits, Ball(arb((1, place.scale - distance)), bits))
        if quotient.is_nan or quotient.is_infinite:
            return None
        if quotient.is_finite and (quotient.is_exact or accuracy(quotient) > AGREEMENT_BITS + 4):
            return quotient
    return ZERO if quotient.is_finite and magnitude(quotient.arb) <= min(size, 0) - quotient.bits // 2 else None
