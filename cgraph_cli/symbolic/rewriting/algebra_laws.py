"""The table of laws: expressions with equivalent ones, and the condition of the equivalence.

Each row is data, written in cgraph's own language and read by its parser: a *pattern*, its *replacement*, and the
condition under which the two are the same. In a pattern the names stand for

    x, y, z, c, …   any expression
    n, m            a number
    p, q            a truth: a comparison, or one of `and`, `or` and `not` on truths

`when` must be proved from the intervals of the subexpressions (`exp(x) > 0` wherever it has a value); where it cannot
be, the row is not used. `defined` lists names that must have a value everywhere, because the replacement no longer has
them: `x - x` is 0, but `log(x) - log(x)` is not, as it is undefined below zero.

A row keeps the value at every finite point where the pattern has one, and has no value where the pattern is outside
its domain. `log(exp(x))` may become `x`, since the domain of both is everywhere (at 1000 the pattern is `inf` for want
of range only); `exp(log(x))`, `sqrt(x)^2` and `x/x` may not, unless the condition says so.

`EXACT` and `REWRITES` are applied where their pattern is found, and so are the laws of even and odd functions, which
follow from the table of primitives. Both sides of an exact law are equal in doubles, however large or small, nan and −0
included. `LAWS` and `SQUARES` are those of sums and products, which are not applied one by one:
`symbolic/simplify/sums.py` and `symbolic/simplify/products.py` collect all terms and factors at once, and the tests
hold them to every law.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.symbolic.rewriting.facts import keeps_parity


class Rewrite:
    """A row: `pattern` may be written as `replacement` where `when` holds and the `defined` names have a value."""

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

SQUARES = [
    _Row("cos(x)^2 + sin(x)^2", "1", defined="x"),
    _Row("cosh(x)^2 - sinh(x)^2", "1", defined="x"),
]
# fmt: on


@cache
def exact_laws() -> tuple[Rewrite, ...]:
    """List the laws by which every double stays what it was."""
    return (*EXACT, *(law for name, law in _parities() if keeps_parity(name)))


@cache
def all_laws() -> tuple[Rewrite, ...]:
    """List the laws that are applied where their pattern is found."""
    return (*exact_laws(), *REWRITES, *(law for name, law in _parities() if not keeps_parity(name)))


def _parities() -> Iterator[tuple[str, Rewrite]]:
    """Yield the law of each even and each odd function: `sin(-x)` is `-sin(x)`."""
    for row in PRIMITIVES.values():
        if row.parity:
            sign = "-" if row.parity == "odd" else ""
            yield row.name, _Row(f"{row.name}(-x)", f"{sign}{row.name}(x)")
