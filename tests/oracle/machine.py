"""Arithmetic at two precisions at once, with decisions that say when they are unsure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from mpmath.ctx_mp import MPContext


class NoValue(Exception):
    """An error of a missing real value: an operand outside the domain of an operation, or at its pole."""


class Coarse(Exception):
    """An error of a decision that takes more digits."""


class Unsure(Exception):
    """An error of a decision beyond the reference."""


class Number(NamedTuple):
    """A real number to two precisions.

    `hidden` is true where a part of it may be lost to both of them, like the exponential in `1 + exp(-1e9)`.
    """

    lo: Any
    hi: Any
    hidden: bool = False


class Machine:
    """Arithmetic to `digits` and to twice as many.

    Two rules decide: a number has the sign that both precisions give it where they agree to nine digits, and it *is*
    0 where it follows the precision: with twice the digits it is smaller by half of the digits (or both are 0), or as
    a sum it is smaller than its terms by four fifths of the digits, and nothing in it was lost to both. That takes
    `ZERO` digits at least.
    """

    ZERO = 200

    def __init__(self, digits: int) -> None:
        self.digits = digits
        self.lo, self.hi = MPContext(), MPContext()
        self.lo.dps, self.hi.dps = digits, 2 * digits
        self._tiny = self.hi.mpf(10) ** -(digits // 2)

    def exact(self, number: float | int) -> Number:
        """Take a double or an integer exactly."""
        return Number(self.lo.mpf(number), self.hi.mpf(number))

    def each(self, f: Callable[..., Any], *operands: Number) -> Number:
        """Compute an arithmetic function in both precisions."""
        lo = f(self.lo, *[x.lo for x in operands])
        hi = f(self.hi, *[x.hi for x in operands])
        return Number(lo, hi, any(x.hidden for x in operands))

    def smooth(self, f: Callable[..., Any], *operands: Number) -> Number:
        """Compute a transcendental function; an equal result in both precisions, except 0 and 1, is saturated."""
        result = self.each(f, *[self.within(x, 10**5) for x in operands])
        if result.lo != result.hi or all(x.hi in (0, 1) for x in operands):
            return result
        saturated = result.hi in (-1, 0, 1, 2) or all(x.lo == x.hi for x in operands)
        return result._replace(hidden=True) if saturated else result

    def add(self, x: Number, y: Number) -> Number:
        """Add; a term below the last digit of the other is lost."""
        result = self.each(lambda ctx, a, b: a + b, x, y)
        lost = x.hi and y.hi and abs(self.hi.mag(x.hi) - self.hi.mag(y.hi)) > self.hi.prec
        if lost:
            return result._replace(hidden=True)
        if result.hidden and self._cancel(result.hi, x.hi, y.hi):
            raise Coarse  # what is left may be nothing but the lost part
        is_residue = self.digits >= self.ZERO and not result.hidden and self.is_residue(result.hi, x.hi, y.hi)
        return self.exact(0) if is_residue else result

    def _cancel(self, total: Any, *terms: Any) -> bool:
        """Tell whether the terms of a sum cancel by half of the digits."""
        most = max(self.hi.mag(term) if term else -self.hi.inf for term in terms)
        return bool(most > -self.hi.inf) and (not total or self.hi.mag(total) < most - self.lo.prec // 2)

    def is_residue(self, total: Any, *terms: Any) -> bool:
        """Tell whether a sum in the higher precision is nothing but its rounding."""
        most = max(self.hi.mag(term) if term else -self.hi.inf for term in terms)
        rounding = most - 4 * self.hi.prec // 5  # whole, as a float has not all the digits
        return bool(total) and self.hi.mag(total) < rounding

    def negate(self, x: Number) -> Number:
        return Number(-x.lo, -x.hi, x.hidden)

    def multiply(self, x: Number, y: Number) -> Number:
        return self.each(lambda ctx, a, b: a * b, x, y)

    def sign(self, x: Number) -> int:
        """Find the sign of a number. Raises `Coarse` where it is not settled."""
        if x.hi and abs(x.lo - x.hi) <= abs(x.hi) * 1e-9:
            return 1 if x.hi > 0 else -1
        if x.hidden:
            raise Coarse
        if not x.hi and not x.lo:
            return 0
        if self.digits >= self.ZERO and abs(x.hi) <= abs(x.lo) * self._tiny:
            return 0
        raise Coarse

    def compare(self, x: Number, y: Number) -> int:
        """Find the sign of a difference."""
        return self.sign(self.add(x, self.negate(y)))

    def is_zero(self, x: Number) -> bool:
        return self.sign(x) == 0

    def whole(self, x: Number) -> int | None:
        """Give the integer that a number is, or None."""
        if x.hi and self.hi.mag(x.hi) > 2000:
            raise Unsure
        nearest = int(self.hi.nint(x.hi))
        return nearest if self.compare(x, self.exact(nearest)) == 0 else None

    def of_few_steps(self, x: Number) -> Number:
        """Give the same number, if a step of a difference passes less than a period of 1. Raises `Coarse`."""
        if x.hi and self.hi.mag(x.hi) > self.lo.prec // 5:
            raise Coarse
        return x

    def floor(self, x: Number) -> int:
        """Find the greatest integer not above a number."""
        self.of_few_steps(x)
        nearest = self.whole(x)
        return int(self.hi.floor(x.hi)) if nearest is None else nearest

    def within(self, x: Number, bits: int) -> Number:
        """Give the same number, if it is below 2^bits and not too small: beyond, a function would take too long."""
        if x.hi and not -(10**5) < self.hi.mag(x.hi) <= bits:
            raise Unsure
        return x
