"""An algebra of mpmath's numbers, of any number of digits: a reference that shares no arithmetic with the package.

Real arithmetic with IEEE's manners: outside of a function's domain it is `nan`, and nothing is raised.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from mpmath import MPContext

from cgraph_cli.core.primitives import CONSTANTS
from cgraph_cli.evaluation.kernels import Algebra

Number = Any
"""An `mpf` of the algebra's own context."""

_MOST_MAGNITUDE = 20_000
"""The most magnitude of an argument 2^this of an exponential or a trigonometric function, which takes as many bits."""


@cache
def high_precision(digits: int, *, decimal: bool = False) -> Algebra:
    """Make the algebra of `digits` decimal digits.

    With `decimal` a literal such as `0.1` is a tenth; without it, it is the double: the same point as in doubles. `pi`
    is π in both.
    """
    return _High(digits, decimal).algebra()


class _High:
    """The primitives in one context of mpmath; each method named after a primitive computes it."""

    def __init__(self, digits: int, decimal: bool) -> None:
        self.ctx = MPContext()
        self.ctx.dps = digits
        self.decimal = decimal
        self.nan, self.inf = self.ctx.mpf("nan"), self.ctx.mpf("inf")
        self.zero, self.one = self.ctx.mpf(0), self.ctx.mpf(1)

    def algebra(self) -> Algebra:
        """Make the algebra over this context."""
        ctx = self.ctx
        within = self.within
        functions: dict[str, Callable[..., Number]] = {
            "/": self.divide,
            "%": self.remainder,
            "^": self.power,
            "abs": abs,
            "sign": lambda x: x if ctx.isnan(x) else ctx.sign(x),
            "floor": self.whole(ctx.floor),
            "ceil": self.whole(ctx.ceil),
            "round": self.whole(ctx.nint),
            "trunc": self.whole(lambda x: ctx.floor(x) if x >= 0 else ctx.ceil(x)),
            "min": lambda *xs: next((x for x in xs if ctx.isnan(x)), min(xs)),
            "max": lambda *xs: next((x for x in xs if ctx.isnan(x)), max(xs)),
            "clip": lambda x, lo, hi: min(max(x, lo), hi) if lo <= hi and not ctx.isnan(x) else self.nan,
            "sum": lambda *xs: sum(xs, self.zero),
            "mean": lambda *xs: sum(xs, self.zero) / len(xs),
            "prod": self.product,
            "norm": self.norm,
            "hypot": self.norm,
            "logsumexp": self.logsumexp,
            "logaddexp": self.logsumexp,
            "xlogy": lambda x, y: self.zero if x == 0 and y >= 0 else x * self.log(y),
            "sqrt": lambda x: ctx.sqrt(x) if x >= 0 else self.nan,
            "cbrt": lambda x: x if x == 0 or not ctx.isfinite(x) else ctx.sign(x) * ctx.cbrt(abs(x)),
            "exp": self.exp,
            "exp2": lambda x: self.exp(x * ctx.ln2),
            "expm1": lambda x: ctx.expm1(x) if ctx.isfinite(x) and ctx.mag(x) < 1 else self.exp(x) - 1,
            "log": self.log,
            "log2": lambda x: self.log(x) / ctx.ln2,
            "log10": lambda x: self.log(x) / ctx.ln10,
            "log1p": lambda x: ctx.log1p(x) if x > -1 and x != self.inf else self.log(1 + x),
            "sin": within(ctx.sin),
            "cos": within(ctx.cos),
            "tan": within(lambda x: self.divide(ctx.sin(x), ctx.cos(x))),
            "asin": lambda x: ctx.asin(x) if -1 <= x <= 1 else self.nan,
            "acos": lambda x: ctx.acos(x) if -1 <= x <= 1 else self.nan,
            "atan": lambda x: x if ctx.isnan(x) else ctx.atan(x),
            "atan2": self.atan2,
            "sinh": lambda x: ctx.sinh(x) if self.is_small(x, 10) else (self.exp(x) - self.exp(-x)) / 2,
            "cosh": lambda x: (self.exp(x) + self.exp(-x)) / 2,
            "tanh": lambda x: ctx.tanh(x) if self.is_small(x, 64) else x if ctx.isnan(x) else ctx.sign(x),
            "asinh": lambda x: ctx.asinh(x) if ctx.isfinite(x) else x,
            "acosh": lambda x: ctx.acosh(x) if x >= 1 and x != self.inf else self.inf if x > 1 else self.nan,
            "atanh": self.atanh,
            "erf": lambda x: ctx.erf(x) if self.is_small(x, 40) else x if ctx.isnan(x) else ctx.sign(x),
            "erfc": self.erfc,
            "gamma": self.gamma,
            "lgamma": self.lgamma,
            "digamma": lambda x: self.polygamma(self.zero, x),
            "polygamma": self.polygamma,
        }
        others = {
            "prod": self.others(self.product, self.one),
            "logsumexp": self.others(self.logsumexp, -self.inf),
        }
        return Algebra(f"{ctx.dps} digits", functions, self.number, others)

    def number(self, number: Any, spelling: str) -> Number:
        """Turn a double, or a literal of a program, into a number of this context."""
        if spelling in ("pi", "π"):
            return +self.ctx.pi
        if self.decimal and spelling not in CONSTANTS and not isinstance(number, self.ctx.mpf):
            return self.ctx.mpf(spelling.replace("_", "") if spelling else repr(number))
        return self.ctx.mpf(number)

    def is_small(self, x: Number, magnitude: int = _MOST_MAGNITUDE) -> bool:
        """Tell whether x is finite and below 2^magnitude."""
        return bool(self.ctx.isfinite(x)) and (x == 0 or self.ctx.mag(x) < magnitude)

    def within(self, function: Callable[[Number], Number]) -> Callable[[Number], Number]:
        """Make a function that takes as many bits as its argument has, and gives nan where those are too many."""
        return lambda x: function(x) if self.is_small(x) else self.nan

    def whole(self, function: Callable[[Number], Number]) -> Callable[[Number], Number]:
        """Make a rounding that leaves infinities and nan unchanged."""
        return lambda x: function(x) if self.ctx.isfinite(x) else x

    def divide(self, x: Number, y: Number) -> Number:
        if y == 0:
            return self.nan if x == 0 or self.ctx.isnan(x) else self.inf * self.ctx.sign(x)
        return x / y

    def remainder(self, x: Number, y: Number) -> Number:
        if y == 0 or not self.ctx.isfinite(x) or self.ctx.isnan(y):
            return self.nan
        if self.ctx.isinf(y):
            return x if x == 0 or (x > 0) == (y > 0) else y
        apart = self.ctx.mag(x) - self.ctx.mag(y) if x != 0 else 0
        if apart > _MOST_MAGNITUDE:
            return self.nan
        with self.ctx.workprec(self.ctx.prec + max(0, apart) + 10):
            return x - y * self.ctx.floor(x / y)

    def power(self, x: Number, y: Number) -> Number:
        if y == 0 or x == 1:
            return self.one
        if self.ctx.isnan(x) or self.ctx.isnan(y):
            return self.nan
        whole = bool(self.ctx.isfinite(y)) and self.ctx.isint(y)
        odd = whole and y % 2 == 1
        if x == 0:
            return self.zero if y > 0 else self.inf
        if x < 0 and not whole:
            return self.nan if not self.ctx.isinf(y) else self.power(-x, y)
        if whole and abs(y) <= 64 and self.ctx.isfinite(x):  # mpmath's own takes as long as the exponent is
            size = self.product(*[x] * int(abs(y)))
            return size if y > 0 else self.divide(self.one, size)
        size = self.exp(y * self.log(abs(x))) if abs(x) != 1 else self.one
        return -size if x < 0 and odd else size

    def exp(self, x: Number) -> Number:
        if self.is_small(x, 64):
            return self.ctx.exp(x)
        if self.is_small(x):  # mpmath's own takes thousands of steps where a huge x is a whole number
            ctx = self.ctx
            with ctx.workprec(ctx.prec + ctx.mag(x) + 20):
                twos = int(ctx.floor(x / ctx.ln2))
                rest = x - twos * ctx.ln2
            return ctx.ldexp(ctx.exp(rest), twos)
        return self.inf if x == self.inf else self.zero if x == -self.inf else self.nan

    def log(self, x: Number) -> Number:
        if x > 0:
            return self.ctx.ln(x)
        return -self.inf if x == 0 else self.nan

    def atan2(self, y: Number, x: Number) -> Number:
        if self.ctx.isnan(x) or self.ctx.isnan(y):
            return self.nan
        return self.zero if x == 0 == y else self.ctx.atan2(y, x)

    def atanh(self, x: Number) -> Number:
        if -1 < x < 1:
            return self.ctx.atanh(x)
        return self.inf * x if abs(x) == 1 else self.nan

    def erfc(self, x: Number) -> Number:
        if self.is_small(x, 40):
            return self.ctx.erfc(x)
        return x if self.ctx.isnan(x) else self.zero if x > 0 else 2 * self.one

    def product(self, *operands: Number) -> Number:
        result = self.one
        for x in operands:
            result *= x
        return result

    def others(self, combine: Callable[..., Number], nothing: Number) -> Callable[[Sequence[Number]], list[Number]]:
        """Apply an associative operation to operands with each left out in turn, in linear time."""

        def leave_each_out(operands: Sequence[Number]) -> list[Number]:
            before = [nothing]
            for x in operands:
                before.append(combine(before[-1], x))
            result, after = [], nothing
            for x, left in zip(reversed(operands), reversed(before[:-1]), strict=True):
                result.append(combine(left, after))
                after = combine(after, x)
            return result[::-1]

        return leave_each_out

    def norm(self, *operands: Number) -> Number:
        return self.ctx.sqrt(sum((x * x for x in operands), self.zero))

    def logsumexp(self, *operands: Number) -> Number:
        most = next((x for x in operands if self.ctx.isnan(x)), max(operands))
        if not self.ctx.isfinite(most):
            return most
        return most + self.log(sum((self.exp(x - most) for x in operands), self.zero))

    def is_pole(self, x: Number) -> bool:
        """Tell whether Γ has a pole at x."""
        return bool(x <= 0 and self.ctx.isint(x))

    def gamma(self, x: Number) -> Number:
        if self.is_small(x, 200) and not self.is_pole(x):
            return self.ctx.gamma(x)
        return self.inf if x >= 0 else self.nan

    def lgamma(self, x: Number) -> Number:
        ctx = self.ctx
        if not ctx.isfinite(x) or self.is_pole(x):
            return x if ctx.isnan(x) else self.inf
        if x > 0:
            return ctx.loggamma(x)
        return self.log(ctx.pi / abs(ctx.sinpi(x))) - ctx.loggamma(1 - x)

    def polygamma(self, order: Number, x: Number) -> Number:
        ctx = self.ctx
        if not 0 <= order <= 1000 or not ctx.isint(order) or not ctx.isfinite(x):
            return self.nan
        if self.is_pole(x):
            return self.inf if order % 2 == 1 else self.nan
        return polygamma_of(ctx, int(order), x)


def polygamma_of(ctx: MPContext, n: int, x: Number) -> Number:
    """Compute ψ⁽ⁿ⁾(x) in a context of mpmath, for x away from the poles.

    Far from 0 it is the first term of DLMF 5.11.2 and 5.15.8, the next being too small to count; mpmath's own fails
    there for want of room. Below 0 mpmath's own recurrence takes |x| steps. There it is, for n = 0, by reflection, DLMF
    5.5.4; for the others by the series in 1/(x + k)ⁿ⁺¹, DLMF 5.15.1, whose terms with x + k > 0 are those of the
    fraction above the integer below, and the rest those of its complement.
    """
    if x > 0 and ctx.mag(x) > ctx.prec + n.bit_length():
        return ctx.ln(x) if n == 0 else (-1) ** (n + 1) * ctx.factorial(n - 1) * x**-n
    if x > 0:
        return ctx.psi(n, x)
    if n == 0:
        return ctx.psi(0, 1 - x) - ctx.pi * ctx.cospi(x) / ctx.sinpi(x)
    above = ctx.psi(n, x - ctx.floor(x))
    below = ctx.psi(n, ctx.ceil(x) - x) - ctx.psi(n, 1 - x)
    return above + below if n % 2 else above - below


def as_double(number: Number) -> float:
    """Give the double nearest to a number of any precision; past the largest one, an infinity."""
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")
