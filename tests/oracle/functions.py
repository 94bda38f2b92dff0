"""The primitives of the language in mpmath, each written from its definition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.oracle.machine import Machine, NoValue, Number, Unsure
from tests.oracle.pieces import (
    FUNCTIONS,
    Operation,
    absolute,
    define,
    greatest,
    subtract,
    total,
)

__all__ = ["FUNCTIONS"]


def _entire(name: str, f: Callable[..., Any], bits: int = 3000) -> None:
    FUNCTIONS[name] = lambda m, x: m.smooth(f, m.within(x, bits))


for _name in ("exp", "sin", "cos", "cosh", "sinh", "tanh", "sech", "expm1", "erf", "erfc", "atan", "asinh"):
    _entire(_name, lambda ctx, x, name=_name: getattr(ctx, name)(x), 60 if _name.startswith("erf") else 3000)
for _name in ("sin", "cos"):
    FUNCTIONS[_name] = lambda m, x, f=FUNCTIONS[_name]: f(m, m.of_few_steps(x))
_entire("sigmoid", lambda ctx, x: 1 / (1 + ctx.exp(-x)))
_entire("softplus", lambda ctx, x: ctx.log1p(ctx.exp(-abs(x))) + max(x, 0))
_entire("logsigmoid", lambda ctx, x: min(x, 0) - ctx.log1p(ctx.exp(-abs(x))))
_entire("silu", lambda ctx, x: x / (1 + ctx.exp(-x)))
_entire("normcdf", lambda ctx, x: ctx.erfc(-x / ctx.sqrt(2)) / 2, 60)
_entire("normpdf", lambda ctx, x: ctx.exp(-x * x / 2) / ctx.sqrt(2 * ctx.pi))
_entire("gelu", lambda ctx, x: x * ctx.erfc(-x / ctx.sqrt(2)) / 2, 60)


@define("^")
def _power(m: Machine, x: Number, y: Number) -> Number:
    exponent = m.whole(y)
    sign = m.sign(x)
    if exponent is None and sign < 0:
        raise NoValue
    if sign == 0:
        above = m.sign(y)
        if above < 0:
            raise NoValue
        return m.exact(0 if above else 1)
    if exponent is not None and abs(exponent) < 1000:
        return m.each(lambda ctx, a, b: a**exponent, x, y)
    m.within(m.each(lambda ctx, a, b: b * ctx.log(abs(a)), x, y), 3000)
    odd = exponent is not None and exponent % 2 and sign < 0
    result = m.smooth(lambda ctx, a, b: ctx.exp(b * ctx.log(abs(a))), x, y)
    return m.negate(result) if odd else result


@define("sqrt")
def _sqrt(m: Machine, x: Number) -> Number:
    sign = m.sign(x)
    if sign < 0:
        raise NoValue
    return m.each(lambda ctx, a: ctx.sqrt(a), x) if sign else m.exact(0)


@define("cbrt")
def _cbrt(m: Machine, x: Number) -> Number:
    sign = m.sign(x)
    return m.each(lambda ctx, a: sign * ctx.cbrt(abs(a)), x) if sign else m.exact(0)


@define("exp2")
def _exp2(m: Machine, x: Number) -> Number:
    exponent = m.whole(m.within(x, 3000))
    if exponent is not None and abs(exponent) < 10**6:
        return m.each(lambda ctx, a: ctx.ldexp(1, exponent), x)
    return m.smooth(lambda ctx, a: ctx.exp(a * ctx.log(2)), x)


def _log_to(base: int) -> Operation:
    def log(m: Machine, x: Number) -> Number:
        if m.sign(x) <= 0:
            raise NoValue
        return m.each(lambda ctx, a: ctx.log(a) / ctx.log(base) if base else ctx.log(a), x)

    return log


FUNCTIONS |= {"log": _log_to(0), "log2": _log_to(2), "log10": _log_to(10)}


@define("log1p")
def _log1p(m: Machine, x: Number) -> Number:
    return FUNCTIONS["log"](m, m.add(x, m.exact(1)))


@define("logaddexp")
def _logaddexp(m: Machine, x: Number, y: Number) -> Number:
    return _logsumexp(m, x, y)


@define("logsumexp")
def _logsumexp(m: Machine, *xs: Number) -> Number:
    largest = greatest(m, *xs)
    terms = [FUNCTIONS["exp"](m, subtract(m, x, largest)) for x in xs]
    return m.add(largest, FUNCTIONS["log"](m, total(m, *terms)))


@define("xlogy")
def _xlogy(m: Machine, x: Number, y: Number) -> Number:
    if m.is_zero(y):
        raise Unsure if m.is_zero(x) else NoValue
    return m.multiply(x, FUNCTIONS["log"](m, y))


def _trigonometric(name: str, f: Callable[..., Any], denominator: str) -> None:
    def operation(m: Machine, x: Number) -> Number:
        if m.is_zero(FUNCTIONS[denominator](m, x)):
            raise NoValue
        return m.smooth(f, x)

    FUNCTIONS[name] = operation


_trigonometric("tan", lambda ctx, x: ctx.tan(x), "cos")
_trigonometric("sec", lambda ctx, x: ctx.sec(x), "cos")
_trigonometric("csc", lambda ctx, x: ctx.csc(x), "sin")
_trigonometric("cot", lambda ctx, x: ctx.cot(x), "sin")
_trigonometric("csch", lambda ctx, x: ctx.csch(x), "sinh")
_trigonometric("coth", lambda ctx, x: ctx.coth(x), "sinh")


def _bounded(name: str, is_open: bool) -> None:
    def operation(m: Machine, x: Number) -> Number:
        beyond = m.compare(absolute(m, x), m.exact(1))
        if beyond > 0 or (is_open and beyond == 0):
            raise NoValue
        if beyond == 0:
            x = m.exact(m.sign(x))
        return m.smooth(lambda ctx, a: getattr(ctx, name)(a), x)

    FUNCTIONS[name] = operation


_bounded("asin", False)
_bounded("acos", False)
_bounded("atanh", True)


FUNCTIONS["degrees"] = lambda m, x: m.each(lambda ctx, a: a * 180 / ctx.pi, x)
FUNCTIONS["radians"] = lambda m, x: m.each(lambda ctx, a: a * ctx.pi / 180, x)


@define("sinc")
def _sinc(m: Machine, x: Number) -> Number:
    if m.is_zero(x):
        return m.exact(1)
    if m.whole(x) is not None:
        return m.exact(0)
    return m.smooth(lambda ctx, a: ctx.sinpi(a) / (ctx.pi * a), m.of_few_steps(x))


@define("logit")
def _logit(m: Machine, x: Number) -> Number:
    return subtract(m, FUNCTIONS["log"](m, x), FUNCTIONS["log"](m, subtract(m, m.exact(1), x)))


@define("acosh")
def _acosh(m: Machine, x: Number) -> Number:
    beyond = m.compare(x, m.exact(1))
    if beyond < 0:
        raise NoValue
    return m.smooth(lambda ctx, a: ctx.acosh(a), x if beyond else m.exact(1))


@define("atan2")
def _atan2(m: Machine, y: Number, x: Number) -> Number:
    above, right = m.sign(y), m.sign(x)
    if above == 0:
        if right == 0:
            raise NoValue
        return m.exact(0) if right > 0 else m.each(lambda ctx: +ctx.pi)
    if right == 0:
        return m.each(lambda ctx: above * ctx.pi / 2)
    return m.smooth(lambda ctx, b, a: ctx.atan2(b, a), y, x)


@define("hypot")
def _hypot(m: Machine, x: Number, y: Number) -> Number:
    return _norm(m, x, y)


@define("norm")
def _norm(m: Machine, *xs: Number) -> Number:
    return _sqrt(m, total(m, *[m.multiply(x, x) for x in xs]))


def _at_poles(m: Machine, x: Number) -> None:
    whole = m.whole(m.within(x, 60))
    if whole is not None and whole <= 0:
        raise NoValue


@define("gamma")
def _gamma(m: Machine, x: Number) -> Number:
    _at_poles(m, x)
    return m.each(lambda ctx, a: ctx.gamma(a), x)


@define("lgamma")
def _lgamma(m: Machine, x: Number) -> Number:
    _at_poles(m, x)
    if m.sign(x) > 0:
        return m.each(lambda ctx, a: ctx.loggamma(a), x)
    return m.smooth(lambda ctx, a: ctx.log(ctx.pi / abs(ctx.sinpi(a))) - ctx.loggamma(1 - a), x)


@define("digamma")
def _digamma(m: Machine, x: Number) -> Number:
    _at_poles(m, x)
    return m.smooth(lambda ctx, a: ctx.psi(0, a), x)


@define("polygamma")
def _polygamma(m: Machine, n: Number, x: Number) -> Number:
    order = m.whole(n)
    if order is None or not 0 <= order <= 1000:
        raise NoValue
    _at_poles(m, x)
    if order > 20 or x.hi < -1000:  # where mpmath takes minutes
        raise Unsure
    return m.each(lambda ctx, a: ctx.psi(order, a), x)
