"""Derivatives by differences of values alone: no rule of differentiation is used."""

from __future__ import annotations

from typing import Any, NamedTuple

from mpmath import nstr

from tests.oracle.machine import Coarse, Machine, Number
from tests.oracle.points import NOTHING, Moves, Point


class Truth(NamedTuple):
    """A true number, or the reason why there is none.

    `kind` is `number`; `none`, where certainly there is no such number (`why`); or `unsure`. `edge` is true for a
    one-sided derivative, at the edge of a domain.
    """

    kind: str
    number: Any = None
    why: str = ""
    edge: bool = False

    @property
    def is_number(self) -> bool:
        return self.kind == "number"

    def digits(self, count: int = 17) -> str:
        """Write the number in decimal digits."""
        return str(nstr(self.number, count))


class Quotients(NamedTuple):
    """The difference quotients from the two sides for a longer and a shorter step; None without a value."""

    left: tuple[Any, Any] | None
    right: tuple[Any, Any] | None
    middle: tuple[Any, Any] | None
    ratio: float


def first_quotients(at: Point, node: int, wrt: int) -> Quotients:
    moves, m = Moves(at, node), at.machine
    here = at.number(node)
    if m.sign(here) == 0:
        here = m.exact(0) if here.hi else here
    steps = [moves.step(wrt, share) for share in (0.25, 0.3)]
    sides: list[list[Number | None]] = [[moves.value((wrt, sign * step)) for step in steps] for sign in (-1, 1)]

    def quotient(side: int, k: int) -> Number:
        x = sides[side][k]
        assert x is not None
        sign = 2 * side - 1
        return moves.combine([(sign, x), (-sign, here)], steps[k])

    left, right = ([quotient(side, k) for k in (0, 1)] if None not in sides[side] else None for side in (0, 1))
    middle = None
    if left and right:
        middle = [m.each(lambda ctx, a, b: (a + b) / 2, left[k], right[k]) for k in (0, 1)]
    ratio = float(steps[1] / steps[0])
    return Quotients(_certain(m, left), _certain(m, right), _certain(m, middle), ratio)


def second_quotients(at: Point, node: int, one: int, other: int) -> list[Quotients]:
    """Form quotients of second differences: those of both sides in one direction, for each side of the other."""
    moves, m = Moves(at, node), at.machine
    here = at.number(node)
    if m.sign(here) == 0:
        here = m.exact(0) if here.hi else here
    found = []
    for side in (-1, 1):
        pairs: list[list[Number | None]] = [[], []]
        lengths = []
        for share in (0.28, 0.31):
            a, b = moves.step(one, share) * side, moves.step(other, share * 0.95)
            lengths.append(b)
            for k, sign in enumerate((-1, 1)):
                corner, edge, end = (
                    moves.value((one, a), (other, sign * b)),
                    moves.value((one, a)),
                    moves.value((other, sign * b)),
                )
                if corner is None or edge is None or end is None:
                    pairs[k].append(None)
                    continue
                terms = [(1, corner), (-1, edge), (-1, end), (1, here)]
                pairs[k].append(moves.combine(terms, sign * a * b))
        left, right = (None if None in pair else pair for pair in pairs)
        middle = None
        if left and right:
            middle = [m.each(lambda ctx, x, y: (x + y) / 2, left[k], right[k]) for k in (0, 1)]  # type: ignore[arg-type]
        ratio = float(lengths[1] / lengths[0])
        found.append(Quotients(_certain(m, left), _certain(m, right), _certain(m, middle), ratio))
    return found


def _certain(m: Machine, pair: list[Any] | None) -> tuple[Any, Any] | None:
    """Find two quotients on which both precisions agree. Raises `Coarse`."""
    if pair is None:
        return None
    numbers = []
    for x in pair:
        if x.lo != x.hi and abs(x.lo - x.hi) > abs(x.hi) * 1e-25:
            is_noise = m.digits >= m.ZERO and abs(x.hi) <= abs(x.lo) * m.hi.mpf(10) ** -(m.digits // 2)
            if not is_noise or abs(x.hi) > NOTHING:
                raise Coarse
            x = m.exact(0)._replace(hidden=x.hidden)
        if x.hidden and not x.hi:
            raise Coarse
        numbers.append(x.hi)
    return numbers[0], numbers[1]


def judge(m: Machine, quotients: Quotients) -> Truth:
    """Judge the derivative by its quotients. Raises `Coarse`."""
    sides = [side for side in (quotients.left, quotients.right) if side is not None]
    if not sides:
        return Truth("none", why="no value on either side")
    if any(_grows(side, quotients.ratio) for side in sides):
        return Truth("none", why="the quotients grow as the step shrinks")
    if quotients.middle is None:
        return Truth("number", _limit(m, sides[0], quotients.ratio, 1e-15), edge=True)
    gaps = [abs(a - b) for a, b in zip(*sides, strict=True)]
    sizes = [max(abs(a), abs(b)) for a, b in zip(*sides, strict=True)]
    if gaps[1] > 1e-18 * sizes[1] and gaps[1] > gaps[0] * quotients.ratio**0.3:
        if abs(gaps[1] - gaps[0]) <= gaps[0] * 1e-9:
            return Truth("none", why=f"from {m.hi.nstr(sides[0][1], 17)} to {m.hi.nstr(sides[1][1], 17)}")
        raise Coarse
    return Truth("number", _limit(m, quotients.middle, quotients.ratio, 1e-20))


def _grows(pair: tuple[Any, Any], ratio: float) -> bool:
    return bool(abs(pair[1]) > abs(pair[0]) * ratio**-0.05 and abs(pair[1]) > 0)


def _limit(m: Machine, pair: tuple[Any, Any], ratio: float, tolerance: float) -> Any:
    """Find the limit of two quotients: 0 where they shrink with the step. Raises `Coarse`."""
    before, after = pair
    if abs(before - after) <= abs(after) * tolerance:
        return after
    if abs(after) <= NOTHING and abs(after) <= abs(before) * ratio**0.3:
        return m.hi.zero
    raise Coarse
