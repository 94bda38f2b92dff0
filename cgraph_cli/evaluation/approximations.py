"""Primitives by other primitives, for targets and algebras that lack them: functions of the language, good to 1e-14.

The table of primitives has definitions for readers (`sigmoid`, `gelu`); here are those for machines. They are straight
lines of arithmetic with `where`: every target can write them, and cgraph can evaluate them, as the tests do.

Formulas: NIST Digital Library of Mathematical Functions (DLMF), chapters 4 (elementary), 5 (gamma) and 7 (error
functions).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import NamedTuple

from cgraph_cli.core.graph import Graph
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.evaluation.rule_parser import text_graph
from cgraph_cli.evaluation.special import BERNOULLI, GAMMA_SERIES, ROOT, ROOT_REST, SERIES

MOST_ORDERS = 12
"""The highest order of `polygamma` that is written out."""


class MissingDefinition(LookupError):
    """An error of a primitive that a target cannot write: it has no template of it, and nothing defines it."""

    def __init__(self, primitive: str) -> None:
        super().__init__(f"a target has no template of `{primitive}`, and neither its row nor this table defines it")


class Definition(NamedTuple):
    """A function of the language: its parameters, and a graph with these as inputs."""

    parameters: Sequence[str]
    graph: Graph


@cache
def defined(name: str) -> Definition:
    """Define a primitive by others; `polygamma_1` is an order of `polygamma`. Raises `MissingDefinition`."""
    kind, _, order = name.partition("_")
    if kind == "polygamma" and order:
        return Definition(("x",), text_graph(_polygamma(int(order)), f"definition of {name}"))
    row = PRIMITIVES[name]
    text = _TEXTS.get(name, row.definition)
    if not text:
        raise MissingDefinition(name)
    parameters = ("x", "y") if row.variadic else row.parameters
    return Definition(parameters, text_graph(text() if callable(text) else text, f"definition of {name}"))


def is_fitted(name: str) -> bool:
    """Tell whether a primitive is defined by a series that is fitted to it, and not by a formula of others."""
    return callable(_TEXTS.get(name)) or name.startswith("polygamma_")


def _horner(variable: str, coefficients: Iterable[float]) -> str:
    """Write a polynomial from its coefficients, the constant first."""
    text = ""
    for coefficient in reversed(list(coefficients)):
        if text:
            sign = "-" if coefficient < 0 else "+"
            text = f"({text})*{variable}" + (f" {sign} {abs(coefficient)!r}" if coefficient else "")
        elif coefficient:
            text = repr(coefficient)
    return text


# (x + 4)·exp(x²)·erfc(x) is smooth in t = (x - 4)/(x + 4), which is -1 at 0 and 1 at ∞: its Chebyshev series, of
# degree 24, as a polynomial.
_ERFC = (
    1.095995661000491, -0.976548729080882, 0.7732087022652369, -0.5408538313132345, 0.33085158787802266,
    -0.17401093723993213, 0.0763815149091835, -0.02637005334070314, 0.00611205565561393, -0.0002809588591250074,
    -0.0004550526714402559, 0.00017681276781310884, -3.6352864144616853e-06, -1.8860655174390427e-05,
    4.6949536005148395e-06, 1.4235437808888834e-06, -8.477202827598295e-07, -7.440134079315679e-08,
    1.2678363974294932e-07, -2.762829273945234e-10, -1.8096905734635933e-08, 7.054882560385151e-10,
    2.282283310732059e-09, -7.652918351368929e-11, -1.791502752209178e-10,
)  # fmt: skip


def _erf_parts() -> str:
    # Near 0 the Taylor series, DLMF 7.6.1. Far out x² in two parts, the first of them exact: exp makes a relative
    # error of an absolute one.
    terms = ((-1) ** k * 2 / math.sqrt(math.pi) / (math.factorial(k) * (2 * k + 1)) for k in range(20))
    return f"""
        s = x*x
        near = x*({_horner("s", terms)})
        a = abs(x)
        t = (a - 4)/(a + 4)
        head = floor(a*1048576)/1048576
        tail = (a - head)*(a + head)
        far = where(a >= 28, 0, exp(-head*head)*exp(-tail)*({_horner("t", _ERFC)})/(a + 4))
    """


def _erf() -> str:
    return f"{_erf_parts()}; where(a < 1, near, where(x > 0, 1 - far, far - 1))"


def _erfc() -> str:
    return f"{_erf_parts()}; where(x >= 0.5, far, where(x <= -0.5, 2 - far, 1 - near))"


_SMALL_GAMMA = """
    a = abs(x)
    steps = clip(ceil(a - 2.5), 0, 6)
    above = {above}
    below = where(a < 0.5, a*(a + 1), where(a < 1.5, a, 1))
    z = where(a < 0.5, a, where(a < 1.5, a - 1, a - 2 - steps))
    series = z*({series})
    r = 1/a
    stirling = r*({stirling})
    nearest = round(x)
    sine = sin(pi*(x - nearest))*where(nearest == 2*floor(nearest/2), 1, -1)
"""
# With Γ(x + 1) = x Γ(x) it is enough to know log Γ(2 + z) for |z| ≤ ½, DLMF 5.7.3, and Stirling's series beyond 8,
# DLMF 5.11.1; the sine is sin(πx), for Γ(x) Γ(-x) = -π/(x sin(πx)), DLMF 5.5.3.


def _gamma_parts() -> str:
    return _SMALL_GAMMA.format(
        above="*".join(f"where(a > {j + 1.5}, a - {j}, 1)" for j in range(1, 7)),
        series=_horner("z", GAMMA_SERIES),
        stirling=_horner("(r*r)", [b / (2 * k + 1) for k, b in enumerate(BERNOULLI)]),
    )


def _gamma() -> str:
    # Half the power twice: all of it would overflow from 144 on.
    return f"""{_gamma_parts()}
        half = a^(a/2 - 0.25)
        large = where(a > 171.7, inf, half*exp(-a)*half*sqrt(2*pi)*exp(stirling))
        size = where(a < 8, above/below*exp(series), large)
        where(x > 0, size, where(x == 0, 1/x, where(x == nearest, inf - inf, -pi/(x*sine*size))))
    """


def _lgamma() -> str:
    return f"""{_gamma_parts()}
        large = (a - 0.5)*(log(a) - 1) + (log(2*pi) - 1)/2 + stirling
        size = where(a < 8, log(above) - log(below) + series, large)
        where(x > 0, size, where(x == nearest, inf, log(pi/abs(x*sine)) - size))
    """


_COTANGENT = """
        nearest = round(x)
        part = x - nearest
        most = 0.5 - abs(part)
        c = where(most > 0.25, 1/tan(pi*part), where(part > 0, 1, -1)*tan(pi*most))
"""
# cot(πx) with its digits around its zero too.


def _digamma() -> str:
    # As `cgraph_cli.evaluation.special` does it.
    steps = " + ".join(f"1/(a + {k})" if k else "1/a" for k in range(12))
    return f"""
        a = where(x > 0, x, 1 - x)
        d = a - {ROOT!r} - {ROOT_REST!r}
        y = where(a < 12, a + 12, a)
        s = 1/y/y
        far = log(y) - 0.5/y - s*({_horner("s", BERNOULLI)}) - where(a < 12, {steps}, 0)
        near = d*({_horner("d", SERIES)})
        size = where(abs(d) < 0.25, near, far)
        {_COTANGENT}
        where(x > 0, size, where(x == 0, -1/x, where(x == nearest, inf - inf, size - pi*c)))
    """


def _polygamma(n: int) -> str:
    # ψ⁽ⁿ⁾ by recurrence, DLMF 5.15.5, its asymptotic series, 5.15.8, and reflection, 5.15.6, in which the n-th
    # derivative of cot(πx) is a polynomial in c = cot(πx), since c′ = -π(1 + c²).
    shift = 14 + 2 * n
    sign, power = "" if n % 2 else "-", f"r^{n}" if n > 1 else "r"
    steps = " + ".join(f"1/(a + {k})^{n + 1}" if k else f"1/a^{n + 1}" for k in range(shift))
    bernoulli = [b * 2 * k * math.factorial(2 * k + n - 1) / math.factorial(2 * k)
                 for k, b in enumerate(BERNOULLI, 1)]  # fmt: skip
    cotangent = [0.0, 1.0]
    for _ in range(n):
        slope = [k * c for k, c in enumerate(cotangent)][1:]
        cotangent = [-math.pi * (low + high) for low, high in zip([*slope, 0, 0], [0, 0, *slope], strict=True)]
    pole = "where(x == -inf, inf - inf, inf)" if n % 2 else "inf - inf"
    return f"""
        a = where(x > 0, x, 1 - x)
        y = where(a < {shift}, a + {shift}, a)
        r = 1/y
        s = r*r
        far = {power}*({float(math.factorial(n - 1))!r} + r*({math.factorial(n) / 2!r} + r*({_horner("s", bernoulli)})))
        size = far + where(a < {shift}, {float(math.factorial(n))!r}*({steps}), 0)
        {_COTANGENT}
        turned = {-math.pi!r}*({_horner("c", cotangent)}) - size
        where(x > 0, {sign}size, where(x == nearest, {pole}, turned))
    """


_TEXTS: dict[str, str | Callable[[], str]] = {
    "sign": "where(x > 0, 1, where(x < 0, -1, x))",
    "trunc": "where(x < 0, ceil(x), floor(x))",
    "min": "where(x < y or x != x, x, y)",
    "max": "where(x > y or x != x, x, y)",
    "clip": "where(lo <= hi, min(max(x, lo), hi), inf - inf)",
    "hypot": "m = max(abs(x), abs(y)); r = min(abs(x), abs(y))/m;"
    "where(abs(x) == inf or abs(y) == inf, inf, where(m == 0, m, m*sqrt(1 + r*r)))",
    "cbrt": "r = sign(x)*abs(x)^(1/3); where(x == 0 or abs(x) == inf, x, r - (r - x/r/r)/3)",
    "exp2": "2^x",
    "expm1": "u = exp(x); where(u == 1, x, where(u - 1 == -1, -1, where(u == inf, u, (u - 1)*x/log(u))))",
    "log1p": "u = 1 + x; where(u == 1, x, where(u == inf, u, log(u)*x/(u - 1)))",
    "logaddexp": "where(x == y, x + log(2), max(x, y) + log1p(exp(-abs(x - y))))",
    "xlogy": "where(x == 0 and y >= 0, 0, x*log(y))",
    "acosh": "t = x - 1; where(x > 1e300, log(x) + log(2), log1p(t + sqrt(t)*sqrt(t + 2)))",
    "atanh": "a = abs(x); sign(x)*log1p(2*a/(1 - a))/2",
    "erf": _erf,
    "erfc": _erfc,
    "gamma": _gamma,
    "lgamma": _lgamma,
    "digamma": _digamma,
}
