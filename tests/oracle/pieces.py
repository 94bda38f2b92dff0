"""The primitives of arithmetic, and the piecewise ones, in mpmath; `FUNCTIONS` includes the others."""

from __future__ import annotations

from collections.abc import Callable

from tests.oracle.machine import Machine, NoValue, Number

Operation = Callable[..., Number]
FUNCTIONS: dict[str, Operation] = {}
"""Functions of a machine and the operands, by primitive."""


def define(name: str) -> Callable[[Operation], Operation]:
    def take(operation: Operation) -> Operation:
        FUNCTIONS[name] = operation
        return operation

    return take


@define("+")
def add(m: Machine, x: Number, y: Number) -> Number:
    return m.add(x, y)


@define("-")
def subtract(m: Machine, x: Number, y: Number) -> Number:
    return m.add(x, m.negate(y))


@define("neg")
def negate(m: Machine, x: Number) -> Number:
    return m.negate(x)


@define("*")
def multiply(m: Machine, x: Number, y: Number) -> Number:
    return m.multiply(x, y)


@define("/")
def divide(m: Machine, x: Number, y: Number) -> Number:
    if m.is_zero(y):
        raise NoValue
    return m.each(lambda ctx, a, b: a / b, x, y)


@define("%")
def _modulo(m: Machine, x: Number, y: Number) -> Number:
    quotient = m.floor(divide(m, x, y))
    return subtract(m, x, m.multiply(y, m.exact(quotient)))


def _truth(name: str, holds: Callable[[int], bool]) -> None:
    FUNCTIONS[name] = lambda m, x, y: m.exact(int(holds(m.compare(x, y))))


_truth("==", lambda sign: sign == 0)
_truth("!=", lambda sign: sign != 0)
_truth("<", lambda sign: sign < 0)
_truth("<=", lambda sign: sign <= 0)
_truth(">", lambda sign: sign > 0)
_truth(">=", lambda sign: sign >= 0)
FUNCTIONS["and"] = lambda m, x, y: m.exact(int(not m.is_zero(x) and not m.is_zero(y)))
FUNCTIONS["or"] = lambda m, x, y: m.exact(int(not (m.is_zero(x) and m.is_zero(y))))
FUNCTIONS["not"] = lambda m, x: m.exact(int(m.is_zero(x)))
FUNCTIONS["sign"] = lambda m, x: m.exact(m.sign(x))
FUNCTIONS["floor"] = lambda m, x: m.exact(m.floor(x))
FUNCTIONS["ceil"] = lambda m, x: m.exact(-m.floor(m.negate(x)))
FUNCTIONS["trunc"] = lambda m, x: m.exact(m.floor(x) if m.sign(x) >= 0 else -m.floor(m.negate(x)))


@define("abs")
def absolute(m: Machine, x: Number) -> Number:
    return m.each(lambda ctx, a: abs(a), x)


@define("round")
def _round(m: Machine, x: Number) -> Number:
    below = m.floor(x)
    half = m.compare(m.add(x, m.exact(-below)), m.exact(0.5))
    return m.exact(below + int(half > 0 or (half == 0 and below % 2 == 1)))


@define("heaviside")
def _heaviside(m: Machine, x: Number, h: Number | None = None) -> Number:
    sign = m.sign(x)
    if sign == 0:
        return m.exact(0.5) if h is None else h
    return m.exact(int(sign > 0))


@define("clip")
def _clip(m: Machine, x: Number, lo: Number, hi: Number) -> Number:
    if m.compare(lo, hi) > 0:
        raise NoValue
    return least(m, greatest(m, x, lo), hi)


@define("min")
def least(m: Machine, *xs: Number) -> Number:
    found = xs[0]
    for x in xs[1:]:
        found = x if m.compare(x, found) < 0 else found
    return found


@define("max")
def greatest(m: Machine, *xs: Number) -> Number:
    return m.negate(least(m, *[m.negate(x) for x in xs]))


@define("sum")
def total(m: Machine, *xs: Number) -> Number:
    total = xs[0]
    for x in xs[1:]:
        total = m.add(total, x)
    return total


@define("mean")
def _mean(m: Machine, *xs: Number) -> Number:
    return divide(m, total(m, *xs), m.exact(len(xs)))


@define("prod")
def _prod(m: Machine, *xs: Number) -> Number:
    product = xs[0]
    for x in xs[1:]:
        product = m.multiply(product, x)
    return product


@define("relu")
def _relu(m: Machine, x: Number) -> Number:
    return x if m.sign(x) > 0 else m.exact(0)


@define("leaky_relu")
def _leaky_relu(m: Machine, x: Number, a: Number | None = None) -> Number:
    return x if m.sign(x) > 0 else m.multiply(x, m.exact(0.01) if a is None else a)


@define("elu")
def _elu(m: Machine, x: Number, a: Number | None = None) -> Number:
    if m.sign(x) > 0:
        return x
    scale = m.exact(1) if a is None else a
    return m.multiply(scale, FUNCTIONS["expm1"](m, x))


@define("bce_with_logits")
def _bce_with_logits(m: Machine, z: Number, y: Number) -> Number:
    return subtract(m, FUNCTIONS["softplus"](m, z), m.multiply(z, y))


TRUTHS = ("==", "!=", "<", "<=", ">", ">=", "and", "or", "not")
"""Operations whose result is a truth value."""
DISCRETE = (*TRUTHS, "sign", "floor", "ceil", "round", "trunc")
"""Operations whose result is a whole number."""
ASKING = ("where", "and", "or", "not")
"""Operations that ask whether their first operands are true."""
PICKY = (*DISCRETE, "where", "heaviside", "clip", "min", "max", "relu", "leaky_relu", "elu")
"""Operations that may have a result in the language though an operand is infinite or has no value."""
