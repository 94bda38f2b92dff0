"""The neighbourhood of a point: limits of values and derivatives along a path to the point.

A function of one node, the others held fixed, is followed from each side at distances smaller than any between two
doubles, in balls, with its exact derivative from the table's rules. A limit is accepted where the samples obey a law
(`limits_of_samples`), and an enclosure still nearer does not exclude it; or where enclosures of whole stretches shrink
to a number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.reach import find_users, reached
from cgraph_cli.evaluation.ball import Ball, Precision, Undecided, accuracy, balls
from cgraph_cli.evaluation.ball.number import NAN, UNKNOWN, magnitude
from cgraph_cli.trust.growing_precision import ExactPoint, snap, unify
from cgraph_cli.trust.limits_of_samples import ABSENT, AGREEMENT_BITS, UNSETTLED, Sample, find_limit, is_squeezed

FAR = (400, 470, 580, 710, 900)
"""Powers of ten of the distances: nearer than any two doubles, and so than any number of a program."""

NEAR = (40, 47, 58, 71, 90)
"""Powers of ten of the distances in parts of the node's value, where `FAR` would take too long."""

FACTORS = ("0.71828182845904523536", "0.57721566490153286061", "0.91596559417721901505", "0.66274341934918158097",
           "0.83462684167407318628")  # fmt: skip
"""Factors of the distances: a function of digits sees different ones at each."""

LONG = 400
"""The least cost of a path whose samples are taken from `NEAR`."""

_BITS_A_DIGIT = 3.33
_LAW_BITS = 256
_PLENTY_OF_BITS = AGREEMENT_BITS + 40
_ZERO_BITS = 4000
_UNSAFE_BITS = 64
_WIDE = 0.875

_BESIDE = -1
"""A mark in a distance's place: 10⁻³⁰, at which `_ZERO_BITS` hold forty powers of it."""


Curve = tuple[tuple[int, float, float], ...]
"""A path towards the point: each (input, factor, power) moves by factor·distance^power."""


_Turn = tuple[Curve, tuple[tuple[int, float], ...], int]
"""A way, a direction to differentiate in, and how many limits were known."""

_Swept = dict[tuple[Any, ...], tuple[dict[int, Ball], dict[int, Ball]]]
"""Values and tangents by node, at each sample."""

_Operated = dict[tuple[Any, ...], tuple[Ball, Sequence[Ball | None]]]
"""The value and the partials of a node, at each sample."""

MOST_KEPT = 10_000
"""The most ways to keep samples of, times the nodes of the graph."""


def is_line(curve: Curve) -> bool:
    """Tell whether a way towards the point is straight."""
    return all(power == 1 for _, _, power in curve)


class Approach(NamedTuple):
    """The limits of a function on one side: of its value, its derivative, and the slope from the point to it."""

    value: Sample
    derivative: Sample
    slope: Sample


class Neighbourhood:
    """The neighbourhood of a point of a graph."""

    def __init__(self, point: ExactPoint) -> None:
        self.point = point
        self.graph = point.graph
        self._users: list[list[int]] | None = None
        self._curve: Curve = ()
        self._seeds: tuple[tuple[int, float], ...] = ()
        self._path: list[int] = []
        self._moved: list[int] = []
        self._outside: list[int] = []
        self._lost: set[int] | None = None
        self._distances = FAR
        self._turned: _Turn = ((), (), 0)
        self._swept: _Swept = {}
        self._same: dict[int, set[int]] = {}
        self._whole: dict[int, dict[int, Ball]] = {}
        self._known: _Operated = {}
        self._operated: dict[tuple[Any, ...], _Operated] = {}
        self._kept: dict[_Turn, tuple[_Swept, dict[int, set[int]], dict[int, dict[int, Ball]]]] = {}

    def approach(self, direction: Mapping[int, float], node: int, side: int) -> Approach:
        """Follow a node along a direction from below (`side` -1) or above (1). Raises `OutOfWork`."""
        self._turn(tuple((n, step, 1.0) for n, step in sorted(direction.items())), direction)
        samples = [self._sample(node, side, at) for at in range(len(FACTORS))]
        distances = [self._distance(at, _LAW_BITS) for at in range(len(FACTORS))]
        value = self._limit(node, side, [value for value, _ in samples], distances, 0)
        derivative = self._limit(node, side, [derivative for _, derivative in samples], distances, 1)
        slope = derivative
        if value is not ABSENT:
            slope = self._slope(node, side, samples, distances, derivative)
        return Approach(value, derivative, slope)

    def value(self, curve: Curve, node: int, side: int) -> Sample:
        """Follow a node's value along a curve. Raises `OutOfWork`."""
        return self._follow(curve, {}, node, side, 0)

    def derivative(self, curve: Curve, direction: Mapping[int, float], node: int, side: int) -> Sample:
        """Follow a node's derivative in a direction along a curve. Raises `OutOfWork`."""
        return self._follow(curve, direction, node, side, 1)

    def _follow(self, curve: Curve, direction: Mapping[int, float], node: int, side: int, what: int) -> Sample:
        self._turn(curve, direction)
        samples = [self._sample(node, side, at)[what] for at in range(len(FACTORS))]
        return self._limit(node, side, samples, [self._distance(at, _LAW_BITS) for at in range(len(FACTORS))], what)

    def _slope(
        self,
        node: int,
        side: int,
        samples: Sequence[tuple[Sample, Sample]],
        distances: Sequence[Ball],
        derivative: Sample,
    ) -> Sample:
        """Find the limit of the difference quotient, if the derivative has none or the value jumps at the point."""
        exponents = self._distances
        here = self.point.values([node], self._bits(len(exponents) - 1, 2))[node]
        if not here.is_finite:
            return derivative
        quotients = [self._quotient(node, here, side, at) for at in range(len(exponents))]
        found = find_limit(quotients, distances)
        last = quotients[-1]
        if isinstance(found, Ball) and isinstance(last, Ball) and not self._is_excluded(node, side, found, last, 2):
            return found
        squeezed = [self._enclose(node, side, at, 2) for at in (0, 2, 4)]
        if is_squeezed([s for s in squeezed if s is not None], [exponents[at] for at in (0, 2, 4)]):
            return balls(64).number(0.0, "")  # type: ignore[no-any-return]
        return derivative

    def _quotient(self, node: int, here: Ball, side: int, at: int) -> Sample:
        """Compute the slope from the point to one distance, in the bits of its sample where these are plenty."""
        found: Sample = UNSETTLED
        for factor in (1, 2):
            bits = self._bits(at, factor)
            with Precision(bits):
                value, _ = self._at(node, side, at, bits)
                quotient = (value - Ball(here.arb, bits)) / (self._distance(at, bits) * side)
            found = _as_sample(quotient)
            if found is not UNSETTLED and (quotient.is_exact or accuracy(quotient) >= _PLENTY_OF_BITS):
                break
        return found

    def _limit(self, node: int, side: int, samples: Sequence[Sample], distances: Sequence[Ball], what: int) -> Sample:
        found = find_limit(samples, distances)
        last = samples[-1]
        if isinstance(found, Ball) and isinstance(last, Ball) and self._is_excluded(node, side, found, last, what):
            return UNSETTLED
        return found

    def _is_excluded(self, node: int, side: int, limit: Ball, last: Ball, what: int) -> bool:
        """Tell whether an enclosure over a stretch, nearer than the last sample, excludes a limit of a law."""
        around = self._enclose(node, side, len(FACTORS), what)
        if around is None or not around.is_finite:
            return False
        if limit.is_infinite:
            return last.is_finite and magnitude(around.arb) < magnitude(last.arb)
        with Precision(limit.bits):
            apart, before = around.arb - limit.arb, last.arb - limit.arb
        room = max(magnitude(before) + 1, magnitude(limit.arb) - AGREEMENT_BITS // 2)
        return not apart.contains(0) and _least(apart) > room

    def _enclose(self, node: int, side: int, at: int, what: int) -> Ball | None:
        """Enclose the value (0), the derivative (1) or the slope from the point (2) around a distance."""
        bits = self._bits(min(at, len(FACTORS) - 1), 2)
        with Precision(bits):
            value, derivative = self._at(node, side, at, bits, _WIDE)
            if what == 2:
                here = self.point.values([node], bits)[node]
                value = (value - here) / (self._stretch(at, bits, _WIDE) * side)
            found = derivative if what == 1 else value
        return None if found.is_unknown else found

    # Samples

    def _turn(self, curve: Curve, direction: Mapping[int, float]) -> None:
        seeds = tuple(sorted(direction.items()))
        turn = curve, seeds, len(self.point.known)
        if turn == self._turned:
            return
        if self._users is None:
            self._users = find_users(self.graph)
        moved = {node for node, _, _ in curve}.union(direction)
        self._curve, self._seeds, self._turned = curve, seeds, turn
        self._path = sorted(reached(moved, self._users.__getitem__) - moved)
        self._moved = sorted(moved)
        inside = moved.union(self._path)
        self._outside = sorted({o for node in self._path for o in self.graph.operands_of(node)} - inside)
        self._lost = None
        self.point.budget.walk(len(self._path))
        operations = self.graph.operations
        cost = sum(PRIMITIVES[operations[node]].cost for node in self._path)
        self._distances = NEAR if cost > LONG else FAR
        if len(self._kept) * len(self.graph) > MOST_KEPT:
            self._kept.clear()
            self._operated.clear()
        self._swept, self._same, self._whole = self._kept.setdefault(turn, ({}, {}, {}))
        along = reached({node for node, _, _ in curve}, self._users.__getitem__)
        holds = tuple(node for node, _ in seeds if node in along)  # which do not go along the curve
        self._known = self._operated.setdefault((curve, holds, turn[2]), {})

    def _bits(self, at: int, factor: float) -> int:
        values = self.point.values([node for node, _, _ in self._curve], 64)
        sizes = [magnitude(values[node].arb) for node, _, _ in self._curve if values[node].is_finite]
        away = self._distances[at] * _BITS_A_DIGIT - (self._scale if self._distances is NEAR else 0)
        return int(factor * away) + 2 * AGREEMENT_BITS + max(0, *sizes, 0)

    def _distance(self, at: int, bits: int) -> Ball:
        """Choose a distance. The number after the last sample's is still nearer."""
        exponents = self._distances
        if exponents is FAR or at == _BESIDE:
            return _choose_far(at, bits)
        with Precision(bits):
            one = balls(bits).number(1.0, "").arb
            is_nearer = at == len(exponents)
            distance = (one * 10) ** (-2 * exponents[-1] if is_nearer else -exponents[at])
            factor = one if is_nearer else type(one)(FACTORS[at])
            return Ball(factor * distance * (one * 2) ** self._scale, bits)

    @property
    def _scale(self) -> int:
        """The power of two of which the distances of `NEAR` are parts."""
        values = self.point.values([node for node, _, _ in self._curve], 64)
        here = [values[node] for node, _, _ in self._curve]
        return min(0, *(magnitude(ball.arb) for ball in here if ball.is_finite and not ball.contains_zero), 0)

    def _stretch(self, at: int, bits: int, width: float) -> Ball:
        """Make the ball of distances within `width` of one, in parts of it."""
        distance = self._distance(at, bits)
        if not width:
            return distance
        kind = type(distance.arb)
        return Ball(distance.arb * kind(1, width), bits)

    def _sample(self, node: int, side: int, at: int) -> tuple[Sample, Sample]:
        """Compute a node's value and derivative at one distance, in enough bits for `AGREEMENT_BITS`."""
        if node in self._find_lost():
            return ABSENT, ABSENT
        found: list[Sample] = [UNSETTLED, UNSETTLED]
        for factor in (1, 2, 4, 8) if len(self._curve) < 2 else (1, 2, 4, 8, 16):  # x*y is smaller than both
            bits = self._bits(at, factor)
            with Precision(bits):
                for what, ball in enumerate(self._at(node, side, at, bits)):
                    if found[what] is UNSETTLED:
                        found[what] = _as_sample(ball)
            if not any(sample is UNSETTLED for sample in found):
                break
            if factor == 1 and side not in self._same:
                self._look_beside(side)
        for what, sample in enumerate(found):
            if sample is UNSETTLED:
                beside = self._at(node, side, _BESIDE, _ZERO_BITS)[what]
                if beside.is_nan or beside.arb.is_zero():
                    found[what] = _as_sample(Ball(beside.arb, _LAW_BITS))
        return found[0], ABSENT if found[0] is ABSENT else found[1]

    def _look_beside(self, side: int) -> None:
        """Find the nodes with the same operands around the point, and nodes before a jump that are one double there.

        It is so near that no power is lost.
        """
        self._same[side], self._whole[side] = set(), {}
        with Precision(_ZERO_BITS):
            swept = self._sweep(side, _BESIDE, _ZERO_BITS, 0.0)
        if self._same[side] or self._whole[side]:
            for known in (self._swept, self._known):
                for key in [key for key in known if key[0] == side]:
                    del known[key]
        self._swept[side, _BESIDE, _ZERO_BITS, 0.0] = swept

    def _at(self, node: int, side: int, at: int, bits: int, width: float = 0.0) -> tuple[Ball, Ball]:
        key = (side, at, bits, width)
        if key not in self._swept:
            self._swept[key] = self._sweep(side, at, bits, width)
        values, tangents = self._swept[key]
        value = values[node] if node in values else self.point.values([node], bits)[node]
        return value, tangents[node] if node in tangents else balls(bits).number(0.0, "")

    def _sweep(self, side: int, at: int, bits: int, width: float) -> tuple[dict[int, Ball], dict[int, Ball]]:
        """Compute values and tangents of all nodes that the direction moves."""
        graph, algebra, path = self.graph, balls(bits), self._path
        operations, users = graph.operations, self._users or ()
        base = self.point.values([*self._outside, *self._moved], bits)
        step = self._stretch(at, bits, width)
        values: dict[int, Ball] = {node: base[node] for node in self._moved}
        for node, factor, power in self._curve:
            along = step if power == 1 else algebra.function("^")(step, algebra.number(power, ""))
            values[node] = base[node] + along * algebra.number(factor * side, "")
        tangents: dict[int, Ball] = {node: algebra.number(factor, "") for node, factor in self._seeds}
        sizes: dict[int, Ball] = {node: abs(tangent) for node, tangent in tangents.items()}
        for node in path:
            operands = graph.operands_of(node)
            self.point.budget.spend("*", bits, 2)  # the tangents and their sizes
            given = [values[o] if o in values else base[o] for o in operands]
            if at == _BESIDE and len(given) > 1:
                united = unify(given, bits - _UNSAFE_BITS)
                if len(set(map(id, united))) < len(set(map(id, given))):
                    self._same[side].add(node)
                given = united
            elif node in self._same.get(side, ()):
                given = unify(given, 0)
            key = (side, at, bits, width, node)
            if key not in self._known:
                self._known[key] = self._operate(node, given, bits)
            value, partials = self._known[key]
            values[node] = self._whole.get(side, {}).get(node, value)
            if at == _BESIDE:
                values[node] = snap(value, given)
                if values[node] is not value and any(PRIMITIVES[operations[user]].jumps for user in users[node]):
                    self._whole[side][node] = values[node]
            tangent = size = None
            for operand, partial in zip(operands, partials, strict=True):
                other = tangents.get(operand)
                if partial is not None and other is not None and not other.arb.is_zero():
                    term, part = partial * other, abs(partial) * sizes[operand]
                    tangent, size = (term, part) if tangent is None or size is None else (tangent + term, size + part)
            if tangent is not None and size is not None:
                tangents[node], sizes[node] = snap(tangent, [size]) if at == _BESIDE else tangent, size
        return values, tangents

    def _operate(self, node: int, given: Sequence[Ball], bits: int) -> tuple[Ball, Sequence[Ball | None]]:
        """Compute a node's value and its partials; unknown where they are not decided, none beyond a pole."""
        algebra, operation, operands = balls(bits), self.graph.operations[node], self.graph.operands_of(node)
        self.point.budget.spend(operation, bits, operands=len(operands))
        asked = list(zip(operands, given, strict=True))[: 1 if operation == "where" else None]
        if any(self._is_pole(*one) for one in asked):
            return Ball(NAN, bits), [Ball(NAN, bits)] * len(operands)
        unknown = Ball(UNKNOWN, bits)
        partials: Sequence[Ball | None] = [unknown] * len(operands)
        if self._has_poles_all_over(node, given, bits):
            return unknown, partials
        try:
            value, *partials = algebra.kernel(operation)(*given)
            return value, partials
        except Undecided:
            pass
        try:
            return algebra.function(operation)(*given), partials
        except Undecided:
            return unknown, partials

    def _find_lost(self) -> set[int]:
        """Find the nodes without a value at any distance: a pole that does not move goes into them."""
        if self._lost is None:
            self._lost = set()
            here = self.point.values(self._outside, _UNSAFE_BITS)
            poles = {node for node in self._outside if self._is_pole(node, here[node])}
            for node in self._path if poles else ():
                asked = self.graph.operands_of(node)[: 1 if self.graph.operations[node] == "where" else None]
                if not poles.isdisjoint(asked) or not self._lost.difference(self.point.endless).isdisjoint(asked):
                    self._lost.add(node)
        return self._lost

    def _is_pole(self, node: int, ball: Ball) -> bool:
        """Tell whether a sample meets a pole itself, from where on there are no values: `atan(log(0*x))`."""
        if node in self.point.doubtful and node not in self._path:
            return True
        return (ball.is_infinite or ball.is_nan) and node not in self.point.endless

    def _has_poles_all_over(self, node: int, operands: Sequence[Ball], bits: int) -> bool:
        """Tell whether a node's operand goes to infinity through poles, which samples do not meet: `tan(1/x)` at 0."""
        operation = self.graph.operations[node]
        row = PRIMITIVES[operation]
        if not row.poles and (not row.period or row.range):
            return False
        mine = self.graph.operands_of(node)
        far = [at for at, operand in enumerate(mine) if operand in self._path and not operands[at].contains_zero]
        if not far or all(self.point.values([mine[at]], 64)[mine[at]].is_finite for at in far):
            return False
        kind = type(operands[0].arb)
        around = [Ball(ball.arb * kind(1, 0.5), bits) if at in far else ball for at, ball in enumerate(operands)]
        try:
            found = balls(bits).function(operation)(*around)
        except Undecided:
            return True
        return bool(found.is_unknown)


@lru_cache(maxsize=256)
def _choose_far(at: int, bits: int) -> Ball:
    """Choose a distance out of `FAR`, or the one beside the point."""
    with Precision(bits):
        one = balls(bits).number(1.0, "").arb
        if at == len(FAR):
            return Ball((one * 10) ** (-2 * FAR[-1]), bits)
        return Ball(type(one)(FACTORS[max(at, 0)]) * (one * 10) ** -(30 if at == _BESIDE else FAR[at]), bits)


def _as_sample(ball: Ball) -> Sample:
    """Keep a certain ball; any other becomes `ABSENT` or `UNSETTLED`."""
    if ball.is_nan:
        return ABSENT
    if ball.is_unknown:
        return UNSETTLED
    return ball if ball.is_exact or accuracy(ball) >= AGREEMENT_BITS else UNSETTLED


def _least(ball: Any) -> int:
    """Find the order of the least size in a ball without 0."""
    mantissa, exponent = (int(part) for part in ball.abs_lower().man_exp())
    return int(exponent) + mantissa.bit_length() if mantissa else -(10**9)
