"""The table of rewrites: what may be written in another way, and under which condition.

Each row is data, written in cgraph's own language and read by its parser: a *pattern*, its *replacement*, and the
condition under which the two are the same. In a pattern the names stand for

    x, y, z, c, …   any expression
    n, m            a number
    p, q            a comparison, or what `and`, `or` and `not` make of some: 1 or 0

`when` must be proved from what is known of the range of each subexpression (`RANGES`: `exp(x) > 0` wherever it has
a value); where it cannot be, the row is not used. `defined` lists names that must have a value everywhere, because
the replacement no longer has them: `x - x` is 0, but `log(x) - log(x)` is not, as it is undefined below zero.

A row keeps the value at every finite point where the pattern has one, and has no value where the pattern is outside
its domain. `log(exp(x))` may become `x`, since the domain of both is everywhere (at 1000 the pattern is `inf` for want
of range only); `exp(log(x))`, `sqrt(x)^2` and `x/x` may not, unless the condition says so.

`EXACT` and `REWRITES` are applied where their pattern is found. `LAWS` are those of sums and products, which are not
applied one by one: `sums.py` and `products.py` collect all terms and factors at once, and the tests hold them to
every law. Where nothing may be regrouped (see `simplify`), `EXACT` alone is used: there doubles compute the same by
its two sides, however large or small they are, nan and -0 among them.
"""

from __future__ import annotations


class Rewrite:
    """One row: `pattern` may be written as `replacement` where `when` holds and the `defined` names have a value."""

    __slots__ = ("defined", "pattern", "replacement", "when")

    def __init__(self, pattern: str, replacement: str, *, when: str = "", defined: str = "") -> None:
        self.pattern = pattern
        self.replacement = replacement
        self.when = when
        self.defined = tuple(defined.split())

    def __repr__(self) -> str:
        return f"<Rewrite {self.pattern} to {self.replacement}>"


_Row = Rewrite

# fmt: off
EXACT = [
    # Numbers as operands
    _Row("x - 0", "x"),
    _Row("x + -y", "x - y"),
    _Row("x - -y", "x + y"),
    _Row("-(-x)", "x"),
    _Row("x*1", "x"),
    _Row("1*x", "x"),
    _Row("x*-1", "-x"),
    _Row("-1*x", "-x"),
    _Row("-x*-y", "x*y"),
    _Row("x/1", "x"),
    _Row("x^1", "x"),
    _Row("x^0", "1"),
    _Row("1^x", "1"),
    _Row("x^-1", "1/x"),

    # Branches. An untaken branch is not evaluated, and so may have no value; a condition that is nan holds.
    _Row("where(n, x, y)", "x", when="n != 0"),
    _Row("where(n, x, y)", "y", when="n == 0"),
    _Row("where(c, x, x)", "x"),
    _Row("where(p, 1, 0)", "p"),
    _Row("where(p, 0, 1)", "not p"),
    _Row("where(not c, x, y)", "where(c, y, x)"),
    _Row("where(c, where(c, x, y), z)", "where(c, x, z)"),
    _Row("where(c, x, where(c, y, z))", "where(c, x, z)"),

    # Logic
    _Row("x and n", "0", when="n == 0"),
    _Row("n and x", "0", when="n == 0"),
    _Row("p and n", "p", when="n != 0"),
    _Row("n and p", "p", when="n != 0"),
    _Row("p and p", "p"),
    _Row("x or n", "1", when="n != 0"),
    _Row("n or x", "1", when="n != 0"),
    _Row("p or n", "p", when="n == 0"),
    _Row("n or p", "p", when="n == 0"),
    _Row("p or p", "p"),
    _Row("not (not p)", "p"),
    _Row("x < x", "0"),
    _Row("x > x", "0"),

    # Signs and pieces
    _Row("abs(x)", "x", when="x > 0"),
    _Row("abs(x)", "-x", when="x < 0"),
    _Row("abs(abs(x))", "abs(x)"),
    _Row("abs(-x)", "abs(x)"),
    _Row("sign(sign(x))", "sign(x)"),
    _Row("relu(x)", "x", when="x >= 0"),
    _Row("floor(floor(x))", "floor(x)"),
    _Row("ceil(ceil(x))", "ceil(x)"),
    _Row("round(round(x))", "round(x)"),
    _Row("trunc(trunc(x))", "trunc(x)"),

    # One operand, or one operand twice
    _Row("min(x)", "x"),
    _Row("max(x)", "x"),
    _Row("prod(x)", "x"),
    _Row("norm(x)", "abs(x)"),
    _Row("min(x, x)", "x"),
    _Row("max(x, x)", "x"),
    _Row("hypot(x, 0)", "abs(x)"),
    _Row("hypot(0, x)", "abs(x)"),

    # Even and odd functions
    _Row("sin(-x)", "-sin(x)"),
    _Row("cos(-x)", "cos(x)"),
    _Row("tan(-x)", "-tan(x)"),
    _Row("asin(-x)", "-asin(x)"),
    _Row("atan(-x)", "-atan(x)"),
    _Row("sinh(-x)", "-sinh(x)"),
    _Row("cosh(-x)", "cosh(x)"),
    _Row("tanh(-x)", "-tanh(x)"),
    _Row("sech(-x)", "sech(x)"),
    _Row("asinh(-x)", "-asinh(x)"),
    _Row("atanh(-x)", "-atanh(x)"),
    _Row("erf(-x)", "-erf(x)"),
    _Row("cbrt(-x)", "-cbrt(x)"),

    # Values that are exact
    _Row("exp(0)", "1"),
    _Row("exp2(0)", "1"),
    _Row("expm1(0)", "0"),
    _Row("log(1)", "0"),
    _Row("log2(1)", "0"),
    _Row("log2(2)", "1"),
    _Row("log10(1)", "0"),
    _Row("log10(10)", "1"),
    _Row("log1p(0)", "0"),
    _Row("sin(0)", "0"),
    _Row("cos(0)", "1"),
    _Row("tan(0)", "0"),
    _Row("asin(0)", "0"),
    _Row("acos(1)", "0"),
    _Row("atan(0)", "0"),
    _Row("sinh(0)", "0"),
    _Row("cosh(0)", "1"),
    _Row("tanh(0)", "0"),
    _Row("sech(0)", "1"),
    _Row("asinh(0)", "0"),
    _Row("acosh(1)", "0"),
    _Row("atanh(0)", "0"),
    _Row("cbrt(0)", "0"),
    _Row("cbrt(1)", "1"),
    _Row("erf(0)", "0"),
    _Row("erfc(0)", "1"),
    _Row("gamma(1)", "1"),
    _Row("lgamma(1)", "0"),
    _Row("sigmoid(0)", "0.5"),
]

REWRITES = [
    # A double may be nan, which is not equal to itself
    _Row("x == x", "1", defined="x"),
    _Row("x != x", "0", defined="x"),
    _Row("x <= x", "1", defined="x"),
    _Row("x >= x", "1", defined="x"),

    # A zero has a sign, and an operand may be one
    _Row("abs(x)", "x", when="x >= 0"),
    _Row("abs(x)", "-x", when="x <= 0"),
    _Row("sign(-x)", "-sign(x)"),
    _Row("sum(x)", "x"),
    _Row("mean(x)", "x"),
    _Row("logsumexp(x)", "x"),

    # The exponent of `x^(y - 1)` is rounded, and where x is negative with it whether it is even
    _Row("where(1 <= abs(y) < 2^53 or x == 0, y*x^(y - 1), y*x^y/x)", "y*x^(y - 1)"),

    # A positive number may be too small for a double
    _Row("sign(x)", "1", when="x > 0", defined="x"),
    _Row("sign(x)", "-1", when="x < 0", defined="x"),

    # A function and its inverse
    _Row("log(exp(x))", "x"),
    _Row("log2(exp2(x))", "x"),
    _Row("log1p(expm1(x))", "x"),
    _Row("exp(log(x))", "x", when="x > 0"),
    _Row("exp2(log2(x))", "x", when="x > 0"),
    _Row("asinh(sinh(x))", "x"),
    _Row("sinh(asinh(x))", "x"),
    _Row("tan(atan(x))", "x", defined="x"),
    _Row("sin(asin(x))", "x", when="-1 <= x <= 1"),
    _Row("cos(acos(x))", "x", when="-1 <= x <= 1"),
    _Row("xlogy(x, y)", "x*log(y)", when="x != 0", defined="x"),
    _Row("xlogy(x, y)", "x*log(y)", when="y > 0", defined="y"),
]

LAWS = [
    # Sums
    _Row("x + 0", "x"),
    _Row("0 - x", "-x"),
    _Row("x - x", "0", defined="x"),
    _Row("x + x", "2*x"),
    _Row("3*x + 2*x", "5*x"),
    _Row("x + y - x", "y", defined="x"),
    _Row("-(x - y)", "y - x"),
    _Row("x*y + x*z", "x*(y + z)"),
    _Row("x*(y + 1) - x*y", "x", defined="y"),
    _Row("x*sin(y)^2 + x*cos(y)^2", "x", defined="y"),

    # Products
    _Row("0*x", "0", defined="x"),
    _Row("2*(3*x)", "6*x"),
    _Row("6*x/4", "1.5*x"),
    _Row("x*x", "x^2"),
    _Row("x^2*x^3", "x^5"),
    _Row("1/x/x", "1/x^2"),
    _Row("x/x^2", "1/x"),
    _Row("x/x", "1", when="x != 0", defined="x"),
    _Row("x^3/x", "x^2", when="x != 0"),
    _Row("x*(1/y)", "x/y"),
    _Row("x/y/z", "x/(y*z)"),
    _Row("1/(1/x)", "x"),
    _Row("x/(y/z)", "x*z/y"),

    # Powers
    _Row("x^0.5", "sqrt(x)"),
    _Row("(x^2)^3", "x^6"),
    _Row("(2*x)^3", "8*x^3"),
    _Row("(-x)^2", "x^2"),
    _Row("x*sqrt(x)", "x^1.5"),
    _Row("sqrt(x)/x", "1/sqrt(x)"),
    _Row("sqrt(x)^2", "x", when="x >= 0"),
    _Row("sqrt(x)*sqrt(x)", "x", when="x >= 0"),
    _Row("sqrt(x^2)", "abs(x)"),
    _Row("sqrt(4*x)", "2*sqrt(x)"),

    # A product with a branch that is a number or zero
    _Row("where(c, 1, 0)*x", "where(c, x, 0)", defined="x"),
]

RANGES = {
    "exp": "f > 0",
    "exp2": "f > 0",
    "expm1": "f >= -1",
    "abs": "f >= 0",
    "hypot": "f >= 0",
    "norm": "f >= 0",
    "relu": "f >= 0",
    "sign": "-1 <= f <= 1",
    "sin": "-1 <= f <= 1",
    "cos": "-1 <= f <= 1",
    "acos": "0 <= f <= 3.15",
    "atan": "-1.58 <= f <= 1.58",
    "asin": "-1.58 <= f <= 1.58",
    "cosh": "f >= 1",
    "sech": "0 < f <= 1",
    "tanh": "-1 <= f <= 1",
    "acosh": "f >= 0",
    "erf": "-1 <= f <= 1",
    "erfc": "0 < f <= 2",
    "sigmoid": "0 < f <= 1",
    "softplus": "f > 0",
    "logsigmoid": "f < 0",
    "==": "0 <= f <= 1",
    "!=": "0 <= f <= 1",
    "<": "0 <= f <= 1",
    "<=": "0 <= f <= 1",
    ">": "0 <= f <= 1",
    ">=": "0 <= f <= 1",
    "and": "0 <= f <= 1",
    "or": "0 <= f <= 1",
    "not": "0 <= f <= 1",
}
"""What is known of the result `f` of a primitive wherever it has a value."""
# fmt: on
