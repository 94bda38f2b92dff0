"""A ball: a real number known to lie between two bounds, with IEEE's infinities and nan beside it.

A ball is one of four things, told apart by its `arb`:

    finite     [midpoint ± radius], both finite; exact where the radius is 0
    infinite   ±inf, exact
    nan        undefined for certain
    unknown    [0 ± inf]: the precision does not suffice to tell even which of the above the number is

An operation on balls encloses the results of the operation on every choice of numbers out of them.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from flint import arb, ctx

Arb = Any
"""An `arb` of python-flint."""

NAN, INF, UNKNOWN = arb.nan(), arb.pos_inf(), arb(0, arb.pos_inf())
NEGATIONS = {
    operator.eq: operator.ne,
    operator.ne: operator.eq,
    operator.lt: operator.ge,
    operator.le: operator.gt,
    operator.gt: operator.le,
    operator.ge: operator.lt,
}
"""Each comparison with its negation, which holds where it certainly fails."""


class Undecided(ArithmeticError):
    """An error of a question that the balls do not decide: more precision may."""


class Precision:
    """The context of a precision in bits. Flint's, which is one for the whole process, is restored on leaving."""

    __slots__ = ("before", "bits")

    def __init__(self, bits: int) -> None:
        self.bits = bits

    def __enter__(self) -> None:
        self.before = ctx.prec
        ctx.prec = self.bits

    def __exit__(self, *_: object) -> None:
        ctx.prec = self.before


def is_infinite(a: Arb) -> bool:
    """Tell whether a is +inf or -inf, exactly."""
    return bool(a.is_exact() and not a.is_finite() and not a.is_nan())


def bits_of(a: Arb) -> int:
    """Count the bits of a finite ball's midpoint."""
    return int(a.mid().man_exp()[0].bit_length())


def magnitude(a: Arb) -> int:
    """Find an e such that |a| <= 2^e for every a of a finite ball; very small for 0."""
    mantissa, exponent = (int(part) for part in a.abs_upper().man_exp())
    return exponent + mantissa.bit_length() if mantissa else -(10**9)


Operation = Callable[[Arb, Arb], Arb]


def _operator(operation: Operation, special: Operation) -> Callable[[Ball, Any], Ball]:
    """Make an operator of balls, by the short way where both are finite in the precision that holds."""

    def apply(self: Ball, other: Any) -> Ball:
        if type(other) is Ball and ctx.prec == self.bits:
            result = operation(self.arb, other.arb)
            if result.is_finite():
                return Ball(result, self.bits)
        return self._apply(operation, special, other)

    return apply


class Ball:
    """A ball of numbers with `bits` bits.

    The operators compute in that precision, whatever flint's is; inside `with Precision(bits)` they take less time. A
    comparison by an operator, and the truth of a ball, is a bool or raises `Undecided`.
    """

    __slots__ = ("arb", "bits")

    def __init__(self, arb: Arb, bits: int) -> None:
        self.arb = arb
        self.bits = bits

    def _apply(self, operation: Operation, special: Operation, other: Any) -> Ball:
        if ctx.prec != self.bits:
            with Precision(self.bits):
                return self._apply(operation, special, other)
        x, y = self.arb, other.arb if isinstance(other, Ball) else arb(other)
        result = operation(x, y)
        if not result.is_finite():
            result = special(x, y)
        return Ball(result, self.bits)

    __add__ = _operator(operator.add, lambda x, y: _add_special(x, y))
    __sub__ = _operator(operator.sub, lambda x, y: _subtract_special(x, y))
    __mul__ = _operator(operator.mul, lambda x, y: _multiply_special(x, y))
    __truediv__ = _operator(operator.truediv, lambda x, y: _divide_special(x, y))

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: Any) -> Ball:
        return -self.__sub__(other)

    def __rtruediv__(self, other: Any) -> Ball:
        return Ball(arb(other), self.bits).__truediv__(self)

    def __pow__(self, exponent: int) -> Ball:
        if exponent < 0:
            return 1 / self**-exponent
        with Precision(self.bits):
            return Ball(raise_to(self.arb, exponent), self.bits)

    def __pos__(self) -> Ball:
        return self

    def __neg__(self) -> Ball:
        if ctx.prec == self.bits:
            return Ball(-self.arb, self.bits)
        with Precision(self.bits):  # a negative is rounded like every result
            return Ball(-self.arb, self.bits)

    def __abs__(self) -> Ball:
        if self.arb >= 0 or self.is_nan or self.is_unknown:
            return self
        if self.arb < 0:
            return -self
        with Precision(self.bits):
            return Ball(abs(self.arb).nonnegative_part(), self.bits)

    def __int__(self) -> int:
        return int(self.arb.mid().floor().unique_fmpz())

    def __repr__(self) -> str:
        return f"<Ball {'unknown' if self.is_unknown else self.arb.str(20)}>"

    # Kinds

    @property
    def is_finite(self) -> bool:
        """Tell whether both bounds are finite."""
        return bool(self.arb.is_finite())

    @property
    def is_exact(self) -> bool:
        """Tell whether the ball is a single number, or an infinity."""
        return bool(self.arb.is_exact())

    @property
    def is_infinite(self) -> bool:
        """Tell whether the number is +inf or -inf."""
        return is_infinite(self.arb)

    @property
    def is_nan(self) -> bool:
        """Tell whether the number is certainly undefined."""
        return bool(self.arb.is_nan())

    @property
    def is_unknown(self) -> bool:
        """Tell whether nothing is known of the number, not even its existence."""
        return not (self.arb.is_finite() or self.arb.is_exact() or self.arb.is_nan())

    @property
    def contains_zero(self) -> bool:
        """Tell whether the number may be 0."""
        return bool(self.arb.contains(0))

    @property
    def key(self) -> tuple[Any, ...]:
        """Make a key of the ball itself, for a dictionary: a ball has no hash, as its equality may be undecided."""
        if not self.is_finite:
            return (str(self.arb),)
        return (*self.arb.mid().man_exp(), *self.arb.rad().man_exp())

    # Comparisons

    def compare(self, comparison: Callable[[Any, Any], Any], other: Any) -> bool | None:
        """Decide whether a comparison (of `operator`) holds; None where it is undecided.

        A ball stands for one number, and so equals itself. With nan only `!=` holds.
        """
        x, y = self.arb, other.arb if isinstance(other, Ball) else arb(other)
        if x.is_nan() or y.is_nan():
            return comparison is operator.ne
        if self is other and not self.is_unknown:
            return bool(comparison(0, 0))
        if comparison(x, y):
            return True
        return False if NEGATIONS[comparison](x, y) else None

    def truth(self) -> bool | None:
        """Decide whether the number is not 0, as nan is not; None where it is undecided."""
        if self.arb.is_zero():
            return False
        return True if self.arb != 0 or self.arb.is_nan() else None

    def __eq__(self, other: object) -> bool:
        return self._decide(operator.eq, other)

    def __ne__(self, other: object) -> bool:
        return self._decide(operator.ne, other)

    def __lt__(self, other: Any) -> bool:
        return self._decide(operator.lt, other)

    def __le__(self, other: Any) -> bool:
        return self._decide(operator.le, other)

    def __gt__(self, other: Any) -> bool:
        return self._decide(operator.gt, other)

    def __ge__(self, other: Any) -> bool:
        return self._decide(operator.ge, other)

    __hash__ = None  # type: ignore[assignment]

    def _decide(self, comparison: Callable[[Any, Any], Any], other: Any) -> bool:
        decided = self.compare(comparison, other)
        if decided is None:
            raise Undecided(f"{self} and {other}")
        return decided

    def __bool__(self) -> bool:
        truth = self.truth()
        if truth is None:
            raise Undecided(f"{self} may be 0")
        return truth


def raise_to(a: Arb, exponent: int) -> Arb:
    """Compute a^exponent for a whole exponent ≥ 0; a ball that holds 0 by its ends."""
    if exponent == 0:
        return arb(1)
    if a.is_finite():
        if not a.contains(0):
            return a**exponent
        lower, upper = (end**exponent if end != 0 else arb(0) for end in (a.lower(), a.upper()))
        return lower.union(upper) if exponent % 2 else lower.union(upper).union(0).nonnegative_part()
    return a if exponent % 2 or not is_infinite(a) else INF


def hull(x: Ball, y: Ball) -> Ball:
    """Make the ball of everything in two balls."""
    if x is y:
        return x
    if x.arb.is_finite() and y.arb.is_finite():
        with Precision(x.bits):
            return Ball(x.arb.union(y.arb), x.bits)
    same = (x.is_nan and y.is_nan) or (x.is_infinite and bool(x.arb == y.arb))
    return x if same else Ball(UNKNOWN, x.bits)


def _any_special(x: Arb, y: Arb) -> Arb | None:
    """Give the result of an operation with nan, or with an unknown operand."""
    if x.is_nan() or y.is_nan():
        return NAN
    known = all(a.is_finite() or a.is_exact() for a in (x, y))
    return None if known else UNKNOWN


def _add_special(x: Arb, y: Arb) -> Arb:
    special = _any_special(x, y)
    if special is not None:
        return special
    if is_infinite(x) and is_infinite(y):
        return x if x == y else NAN
    return next((a for a in (x, y) if is_infinite(a)), UNKNOWN)


def _subtract_special(x: Arb, y: Arb) -> Arb:
    return _add_special(x, -y)


def _multiply_special(x: Arb, y: Arb) -> Arb:
    special = _any_special(x, y)
    if special is not None:
        return special
    if x.is_zero() or y.is_zero():
        return NAN
    if x.contains(0) or y.contains(0):
        return UNKNOWN
    return INF if (x > 0) == (y > 0) else -INF


def _divide_special(x: Arb, y: Arb) -> Arb:
    special = _any_special(x, y)
    if special is not None:
        return special
    if y.is_zero():
        if x.is_zero():
            return NAN
        return UNKNOWN if x.contains(0) else INF * x.sgn()
    if y.contains(0):
        return UNKNOWN
    if is_infinite(y):
        return NAN if is_infinite(x) else arb(0)
    return INF if (x > 0) == (y > 0) else -INF
