"""The primitives in balls.

Each function holds flint's precision while it runs. It encloses its values at all points of the operands that lie
in its domain. Where all of an operand lies outside the domain the result is nan, where a part of it does, or where
the operand touches a pole without being it, unknown.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

from flint import arb, ctx

from cgraph_cli.core.primitives import CONSTANTS
from cgraph_cli.evaluation.ball import gamma
from cgraph_cli.evaluation.ball.number import (
    INF,
    NAN,
    UNKNOWN,
    Arb,
    Ball,
    hull,
    is_infinite,
    magnitude,
    precision,
    raise_to,
)

MOST_MAGNITUDE = 20_000
"""Past 2^this an exponential, a power and a remainder would need as many bits of their operands."""

Function = Callable[..., Ball]


class Functions:
    """The primitives at one precision; each method named after a primitive computes it."""

    def __init__(self, bits: int, decimal: bool) -> None:
        self.bits = bits
        self.decimal = decimal
        self.nan, self.inf, self.unknown = (Ball(a, bits) for a in (NAN, INF, UNKNOWN))
        self.zero, self.one = Ball(arb(0), bits), Ball(arb(1), bits)
        self.either = Ball(arb(0.5, 0.5), bits)

    def table(self) -> dict[str, Function]:
        """The primitives by name, each holding the precision."""
        return {name: self.held(function) for name, function in self._functions().items()}

    def _functions(self) -> dict[str, Function]:
        nan, inf, zero, one = self.nan, self.inf, self.zero, self.one
        real, monotone = self.real, self.monotone
        right = Ball(arb.pi() / 2, self.bits)
        return {
            "==": self.comparison(operator.eq),
            "!=": self.comparison(operator.ne),
            "<": self.comparison(operator.lt),
            "<=": self.comparison(operator.le),
            ">": self.comparison(operator.gt),
            ">=": self.comparison(operator.ge),
            "and": self.both,
            "or": lambda x, y: self.negation(self.both(self.negation(x), self.negation(y))),
            "not": self.negation,
            "where": self.where,
            "/": operator.truediv,
            "%": self.remainder,
            "^": self.power,
            "abs": abs,
            "sign": real(arb.sgn, -one, one),
            "floor": self.step(arb.floor),
            "ceil": self.step(arb.ceil),
            "round": self.step(_round_exact),
            "trunc": self.step(lambda a: a.floor() if a >= 0 else a.ceil()),
            "min": self.extreme(operator.lt, arb.min),
            "max": self.extreme(operator.gt, arb.max),
            "clip": self.clip,
            "sum": lambda *xs: reduce(operator.add, xs),
            "mean": lambda *xs: reduce(operator.add, xs) / len(xs),
            "prod": product,
            "norm": self.norm,
            "hypot": self.norm,
            "logsumexp": self.logsumexp,
            "logaddexp": self.logsumexp,
            "xlogy": self.xlogy,
            "sqrt": monotone(arb.sqrt, nan, inf, (0, None)),
            "cbrt": monotone(_cube_root, -inf, inf),
            "exp": monotone(self.exponential, zero, inf),
            "exp2": lambda x: self.power(one + one, x),
            "expm1": monotone(lambda a: _or_else(a.expm1(), lambda: self.exponential(a) - 1), -one, inf),
            "log": self.log,
            "log2": monotone(lambda a: a.log_base(2), nan, inf, (0, None), {0: -inf}),
            "log10": monotone(lambda a: a.log_base(10), nan, inf, (0, None), {0: -inf}),
            "log1p": self.log1p,
            "sin": real(arb.sin, nan, nan),
            "cos": real(arb.cos, nan, nan),
            "tan": real(arb.tan, nan, nan),
            "asin": monotone(arb.asin, nan, nan, (-1, 1)),
            "acos": monotone(arb.acos, nan, nan, (-1, 1)),
            "atan": monotone(arb.atan, -right, right),
            "atan2": self.atan2,
            "sinh": monotone(lambda a: _or_else(a.sinh(), lambda: self.half_sum(a, -1)), -inf, inf),
            "cosh": real(lambda a: _or_else(a.cosh(), lambda: self.half_sum(a, 1)), inf, inf),
            "tanh": monotone(arb.tanh, -one, one),
            "asinh": monotone(arb.asinh, -inf, inf),
            "acosh": monotone(arb.acosh, nan, inf, (1, None)),
            "atanh": monotone(arb.atanh, nan, nan, (-1, 1), {-1: -inf, 1: inf}),
            "erf": monotone(arb.erf, -one, one),
            "erfc": monotone(self.complement, one + one, zero),
            "gamma": self.gamma,
            "lgamma": self.lgamma,
            "digamma": lambda x: self.polygamma(zero, x),
            "polygamma": self.polygamma,
        }

    def number(self, number: Any, spelling: str) -> Ball:
        """A double, or what a program writes, as a ball; π is π."""
        with precision(self.bits):
            if isinstance(number, Ball):
                return Ball(number.arb, self.bits)
            if spelling in ("pi", "π"):
                return Ball(arb.pi(), self.bits)
            if spelling == "tau":
                return Ball(2 * arb.pi(), self.bits)
            if self.decimal and spelling not in CONSTANTS:
                return Ball(arb(spelling.replace("_", "") if spelling else repr(number)), self.bits)
            return Ball(arb(number), self.bits)

    def held(self, function: Function) -> Function:
        """A function that runs in the precision of these balls."""

        def call(*operands: Ball) -> Ball:
            if ctx.prec == self.bits:
                return function(*operands)
            with precision(self.bits):
                return function(*operands)

        return call

    # Functions of one operand

    def real(
        self, function: Callable[[Arb], Arb], low: Ball, high: Ball, singular: Mapping[float, Ball] | None = None
    ) -> Function:
        """A function of arbs as one of balls: `low` and `high` are its values at -inf and inf."""

        def value(x: Ball) -> Ball:
            a = x.arb
            if a.is_finite():
                result = function(a)
                if result.is_finite():
                    return Ball(result, self.bits)
                return next((there for point, there in (singular or {}).items() if a == point), self.unknown)
            if is_infinite(a):
                return high if a > 0 else low
            return x

        return value

    def monotone(
        self,
        function: Callable[[Arb], Arb],
        low: Ball,
        high: Ball,
        domain: tuple[float | None, float | None] = (None, None),
        singular: Mapping[float, Ball] | None = None,
    ) -> Function:
        """A monotone function, found from the ends of a ball that is too wide for the function itself."""
        least, most = domain

        def by_ends(a: Arb) -> Arb:
            result = function(a)
            if result.is_finite() or a.is_exact():
                return result
            return function(a.lower()).union(function(a.upper()))

        inside = self.real(by_ends, low, high, singular)

        def value(x: Ball) -> Ball:
            a = x.arb
            if (least is not None and a < least) or (most is not None and a > most):
                return self.nan
            return inside(x)

        return value

    def step(self, function: Callable[[Arb], Arb]) -> Function:
        """A rounding to whole numbers, from an exact one of exact numbers."""

        def value(x: Ball) -> Ball:
            a = x.arb
            if not a.is_finite():
                return x
            if not a.is_exact():
                return Ball(function(a.lower()).union(function(a.upper())), self.bits)
            with precision(max(self.bits, a.bits() + 2)):
                return Ball(function(a), self.bits)

        return value

    # Comparisons

    def comparison(self, comparison: Callable[[Any, Any], Any]) -> Function:
        """A comparison as 1 or 0, or the ball of both."""
        return lambda x, y: self.as_number(x.compare(comparison, y))

    def as_number(self, truth: bool | None) -> Ball:
        """1, 0, or the ball of both where it is undecided."""
        return self.either if truth is None else self.one if truth else self.zero

    def negation(self, x: Ball) -> Ball:
        truth = x.truth()
        return self.as_number(None if truth is None else not truth)

    def both(self, x: Ball, y: Ball) -> Ball:
        truths = (x.truth(), y.truth())
        return self.as_number(False if False in truths else None if None in truths else True)

    def where(self, condition: Ball, x: Ball | None, y: Ball | None) -> Ball | None:
        """x where the condition holds, y where it does not, the hull of both where that is undecided.

        Of partials None says that there is no dependence, which an undecided condition makes a 0.
        """
        truth = condition.truth()
        if truth is not None:
            return x if truth else y
        if x is None and y is None:
            return None
        return hull(self.zero if x is None else x, self.zero if y is None else y)

    def extreme(self, comparison: Callable[[Any, Any], Any], combine: Callable[[Arb, Arb], Arb]) -> Function:
        """The first operand that a comparison finds before the others; a hull where it cannot say."""

        def value(*operands: Ball) -> Ball:
            special = self.special(operands)
            if special is not None:
                return special
            best = operands[0]
            for x in operands[1:]:
                better = x.compare(comparison, best)
                if better is None:
                    best = Ball(combine(best.arb, x.arb), self.bits)
                elif better:
                    best = x
            return best

        return value

    def special(self, operands: Sequence[Ball]) -> Ball | None:
        """What nan or unknown operands make of a result that depends on each; None where there are none."""
        if all(x.arb.is_finite() for x in operands):
            return None
        nan = next((x for x in operands if x.is_nan), None)
        return nan if nan is not None else next((x for x in operands if x.is_unknown), None)

    def clip(self, x: Ball, lo: Ball, hi: Ball) -> Ball:
        special = self.special((x, lo, hi))
        if special is not None:
            return special
        ordered = lo.compare(operator.le, hi)
        if not ordered:
            return self.unknown if ordered is None else self.nan
        least, most = self.extreme(operator.lt, arb.min), self.extreme(operator.gt, arb.max)
        return least(most(x, lo), hi)

    # Arithmetic

    def remainder(self, x: Ball, y: Ball) -> Ball:
        special = self.special((x, y))
        if special is not None:
            return special
        a, b = x.arb, y.arb
        if is_infinite(a) or b.is_zero():
            return self.nan
        if b.contains(0):
            return self.unknown
        if is_infinite(b):
            same = a.is_zero() or (None if a.contains(0) else (a > 0) == (b > 0))
            return self.unknown if same is None else x if same else y
        apart = max(0, magnitude(a) - magnitude(b))
        within = arb(0).union(b)
        if apart > MOST_MAGNITUDE:
            return Ball(within, self.bits)
        with precision(max(self.bits, a.bits(), b.bits()) + a.bits() + apart + 64):
            result = a - b * (a / b).floor()
            return Ball(result if result.is_exact() else result.intersection(within), self.bits)

    def power(self, x: Ball, y: Ball) -> Ball:
        a, b = x.arb, y.arb
        if b.is_zero() or a == 1:
            return self.one
        special = self.special((x, y))
        if special is not None:
            return special
        whole = b.is_finite() and b.is_integer()
        if a.is_zero():
            return self.unknown if b.contains(0) else self.zero if b > 0 else self.inf
        if whole and a.is_finite() and (a.contains(0) or abs(b) <= 64):
            exponent = int(b.unique_fmpz()) if abs(b) < 2**60 else 0
            if exponent:
                size = Ball(raise_to(a, abs(exponent)), self.bits)
                return size if exponent > 0 else self.one / size
        if a > 0:
            return self.positive_power(x, y)
        if a < 0:
            if whole:
                size = self.positive_power(abs(x), y)
                return -size if not (b / 2).is_integer() else size
            if is_infinite(b):
                return self.positive_power(abs(x), y)
            return self.unknown if b.contains_integer() else self.nan
        if a >= 0 and b > 0:
            return hull(self.zero, self.positive_power(Ball(a.upper(), self.bits), y))
        return self.unknown

    def positive_power(self, x: Ball, y: Ball) -> Ball:
        """x^y for x > 0, from the exponential of y*log(x) where flint's own does not reach."""
        if x.arb == 1:
            return self.one
        if x.is_finite and y.is_finite:
            result = x.arb**y.arb
            if result > 0 and result.is_finite():
                return Ball(result, self.bits)
            mantissa, twos = x.arb.mid().man_exp()
            if mantissa == 1 and x.is_exact and y.arb.is_integer() and magnitude(y.arb) < MOST_MAGNITUDE:
                return Ball(arb((1, int(twos) * int(y.arb.unique_fmpz()))), self.bits)
            size = magnitude(y.arb) + magnitude(x.arb.log())
            with precision(self.bits + min(MOST_MAGNITUDE, max(0, size)) + 64):
                return self.exp(Ball(y.arb * x.arb.log(), self.bits))
        return self.exp(y * self.log(x))

    def exp(self, x: Ball) -> Ball:
        return self.monotone(self.exponential, self.zero, self.inf)(x)

    def exponential(self, a: Arb) -> Arb:
        """exp(a), which flint's own gives up for large a."""
        result = a.exp()
        if result.is_finite() and result > 0:
            return result
        size = magnitude(a)
        if not a.is_exact():
            if a.rad() < 1 and size <= MOST_MAGNITUDE:
                return self._reduced(a, size)
            lower, upper = self.exponential(a.lower()), self.exponential(a.upper())
            return lower.union(upper).nonnegative_part()
        if size <= MOST_MAGNITUDE:
            return self._reduced(a, size)
        return result.nonnegative_part() if a < 0 else UNKNOWN

    def _reduced(self, a: Arb, size: int) -> Arb:
        with precision(ctx.prec + max(0, size) + 20):
            log2 = arb(2).log()
            twos = (a.mid() / log2).mid().floor().unique_fmpz()
            rest = a - twos * log2
        return rest.exp() * arb((1, twos))

    def half_sum(self, a: Arb, sign: int) -> Arb:
        """cosh(a) or sinh(a) far out."""
        return (self.exponential(a) + sign * self.exponential(-a)) / 2

    def complement(self, a: Arb) -> Arb:
        """erfc(a), with as many more bits as its exponent has."""
        result = a.erfc()
        if result > 0 or not a > 0:
            return result
        size = magnitude(a)
        if size < MOST_MAGNITUDE // 2 and a.is_exact():
            with precision(ctx.prec + 2 * max(0, size) + 64):
                result = a.erfc()
        return result.nonnegative_part()

    def log(self, x: Ball) -> Ball:
        return self.monotone(arb.log, self.nan, self.inf, (0, None), {0: -self.inf})(x)

    def xlogy(self, x: Ball, y: Ball) -> Ball:
        if x.arb.is_zero() and y.arb >= 0:
            return self.zero
        if x.contains_zero and y.arb.contains(0) and not x.arb.is_zero():
            return self.unknown
        return x * self.log(y)

    def norm(self, *operands: Ball) -> Ball:
        special = self.special(operands)
        if special is not None:
            return special
        if any(x.is_infinite for x in operands):
            return self.inf
        rest = [x for x in operands if not x.arb.is_zero()]
        if len(rest) < 2:
            return abs(rest[0]) if rest else self.zero
        total = sum((raise_to(x.arb, 2) for x in rest), arb(0))
        if total > 0:
            return Ball(total.sqrt(), self.bits)
        return Ball(arb(0).union(total.nonnegative_part().upper().sqrt()).nonnegative_part(), self.bits)

    def logsumexp(self, *operands: Ball) -> Ball:
        special = self.special(operands)
        if special is not None:
            return special
        if any(x.is_infinite and x.arb > 0 for x in operands):
            return self.inf
        rest = [x.arb for x in operands if x.is_finite]
        if not rest:
            return -self.inf
        most = max(range(len(rest)), key=lambda at: float(rest[at].mid()))
        total = self.zero
        for at, a in enumerate(rest):
            if at != most:
                total = total + self.exp(Ball(a - rest[most], self.bits))
        return Ball(rest[most], self.bits) + self.log1p(total)

    def log1p(self, x: Ball) -> Ball:
        return self.monotone(arb.log1p, self.nan, self.inf, (-1, None), {-1: -self.inf})(x)

    def atan2(self, y: Ball, x: Ball) -> Ball:
        special = self.special((y, x))
        if special is not None:
            return special
        if x.is_finite and y.is_finite:
            return Ball(arb.atan2(y.arb, x.arb), self.bits)
        side = y.arb.sgn()
        if y.is_infinite:
            eighths = 2 if x.is_finite else 1 if x.arb > 0 else 3
            return Ball(side * eighths * arb.pi() / 4, self.bits)
        if x.arb > 0:
            return self.zero
        return Ball(arb.pi() * (1 if y.arb.is_zero() else side), self.bits)

    # The gamma function

    def gamma(self, x: Ball) -> Ball:
        if gamma.is_pole(x.arb):
            return self.inf if x.arb.is_zero() else self.nan
        found = self.real(gamma.gamma, self.nan, self.inf)(x)
        if found.is_unknown and x.is_finite and x.arb > 2:
            return self.exp(self.lgamma(x))
        return found

    def lgamma(self, x: Ball) -> Ball:
        return self.inf if gamma.is_pole(x.arb) else self.real(gamma.lgamma, self.inf, self.inf)(x)

    def polygamma(self, order: Ball, x: Ball) -> Ball:
        special = self.special((order, x))
        if special is not None:
            return special
        n = gamma.order_of(order.arb)
        if n is None:
            return self.unknown if gamma.may_be_order(order.arb) else self.nan
        if gamma.is_pole(x.arb):
            return self.inf if n % 2 else self.nan
        far = self.inf if n == 0 else self.zero
        return self.real(lambda a: gamma.polygamma(n, a), self.nan, far)(x)


def product(*operands: Ball) -> Ball:
    """The product of any number of balls."""
    return reduce(operator.mul, operands)


def leave_each_out(combine: Function, nothing: Ball) -> Callable[[Sequence[Ball]], list[Ball]]:
    """An associative operation on operands with each left out in turn, in linear time."""

    def others(operands: Sequence[Ball]) -> list[Ball]:
        before = [nothing]
        for x in operands:
            before.append(combine(before[-1], x))
        result, after = [], nothing
        for x, left in zip(reversed(operands), reversed(before[:-1]), strict=True):
            result.append(combine(left, after))
            after = combine(after, x)
        return result[::-1]

    return others


def _or_else(result: Arb, other: Callable[[], Arb]) -> Arb:
    return result if result.is_finite() else other()


def _round_exact(a: Arb) -> Arb:
    below = a.floor()
    above = a - below
    up = above > 0.5 or (above == 0.5 and not (below / 2).is_integer())
    return below + 1 if up else below


def _cube_root(a: Arb) -> Arb:
    """The real cube root, exact where it is a double."""
    if a < 0:
        return -_cube_root(-a)
    if a.contains(0):
        if a.is_zero():
            return a
        return (_cube_root(a.lower()) if a.lower() < 0 else arb(0)).union(a.upper().root(3))
    root = a.root(3)
    if a.is_exact():
        short = arb(float(root.mid()))
        if short.is_finite() and short**3 == a:
            return short
    return root
