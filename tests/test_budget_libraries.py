"""`cgraph budget` against two other implementations of the GUM."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgraph_cli.core.errors import Source
from cgraph_cli.core.uncertain_number import UncertainNumber
from cgraph_cli.results.request import Request
from cgraph_cli.results.uncertainty.correlations import Correlations
from cgraph_cli.results.uncertainty.propagation import Budgets, propagate
from cgraph_cli.symbolic.program import parse
from tests.budgets import given_as, output
from tests.needs import need_library

EXPRESSIONS = [
    "x + y", "x - y", "x*y", "x/y", "x**y", "x**2", "2**x", "x*x", "x - x", "x/x", "sin(x)", "cos(x)*y", "tan(x/y)",
    "exp(-x**2)", "log(x*y)", "log10(x)", "sqrt(x + y)", "sinh(x/3)", "cosh(y/3)", "tanh(x - y)", "asin(x/9)",
    "acos(y/9)", "atan(x*y)", "asinh(x)", "acosh(y)", "atanh(x/9)", "atan2(x, y)", "4*pi**2*x/y**2",
    "exp(-x)*cos(y*z) + z**3", "sqrt(x**2 + y**2 - 2*x*y*cos(z))", "x*y*z/(x + y + z)", "log(1 + exp(x - y))*z",
]  # fmt: skip
POINT = {"x": (1.37, 0.013), "y": (2.41, 0.027), "z": (0.83, 0.004)}


def ours(expression: str, r: float) -> tuple[float, float]:
    names = [name for name in POINT if name in expression.replace("exp", "")]
    corr = ["--corr", f"x,y={r}"] if r and {"x", "y"} <= set(names) else []
    inputs = given_as(**{name: f"{POINT[name][0]} ± {POINT[name][1]}" for name in names})
    found = output(expression, *inputs, *corr, "--draws", "0")
    return found["value"], found["u"]


@pytest.mark.parametrize("expression", EXPRESSIONS)
@pytest.mark.parametrize("r", [0.0, -0.6])
def test_the_library_uncertainties_finds_the_same(expression: str, r: float) -> None:
    library, umath = need_library("uncertainties"), need_library("uncertainties.umath")
    values = [library.ufloat(*numbers) for numbers in POINT.values()]
    if r:
        pairs = list(POINT.values())
        values = library.correlated_values_norm(pairs, [[1, r, 0], [r, 1, 0], [0, 0, 1]])
    found = eval(expression, {**vars(umath), "pi": math.pi}, dict(zip(POINT, values, strict=True)))
    value, u = ours(expression, r)
    assert value == pytest.approx(found.n, rel=1e-12)
    assert u == pytest.approx(found.s, rel=1e-12, abs=1e-16)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("expression", EXPRESSIONS)
@pytest.mark.parametrize("r", [0.0, -0.6])
def test_gtc_finds_the_same(expression: str, r: float) -> None:
    gtc = need_library("GTC")
    values = {name: gtc.ureal(*numbers, independent=not r) for name, numbers in POINT.items()}
    if r:
        gtc.set_correlation(r, values["x"], values["y"])
    found = eval(expression, {**vars(gtc), "pi": math.pi}, values)
    value, u = ours(expression, r)
    assert value == pytest.approx(gtc.value(found), rel=1e-12)
    assert u == pytest.approx(gtc.uncertainty(found), rel=1e-12, abs=1e-16)


@pytest.mark.filterwarnings("ignore")
@given(
    st.lists(st.tuples(st.floats(0.01, 10), st.floats(1, 100)), min_size=1, max_size=5),
    st.sampled_from((0.9, 0.95, 0.99)),
)
def test_the_effective_degrees_of_freedom_are_those_of_gtc(parts: list[tuple[float, float]], level: float) -> None:
    gtc = need_library("GTC")
    found = sum((gtc.ureal(1, u, dof) for u, dof in parts), start=0)
    budgets = of_sum([UncertainNumber(1, u, "student", dof) for u, dof in parts], level)
    assert budgets.budgets[0].dof == pytest.approx(gtc.dof(found), rel=1e-9)


def of_sum(numbers: Sequence[UncertainNumber], level: float = 0.95) -> Budgets:
    names = [f"x{at}" for at in range(len(numbers))]
    graph = parse(Source(" + ".join(names)))
    return propagate(graph, dict(zip(names, numbers, strict=True)), Request(), Correlations(), level)
