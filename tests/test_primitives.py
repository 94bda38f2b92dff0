"""The table of primitives against the reference, over each row's whole domain: one row without a reference fails."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import pytest
from mpmath import mp, mpf

from cgraph_cli.core.primitives import PRIMITIVES, Primitive
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.kernels import _compile_kernel
from cgraph_cli.evaluation.rule_parser import definition
from cgraph_cli.evaluation.sweeps import evaluate
from tests.conftest import heavy
from tests.reference import (
    COUNT,
    COUNTS,
    PARTIAL_TOLERANCE,
    REFERENCE,
    SUBNORMAL,
    Operands,
    Truth,
    check_partials,
    check_values,
    compare,
    inf,
    nan,
    points_of,
    report,
)

shares = pytest.mark.parametrize("share", [8, pytest.param(1, marks=heavy)])


@shares
@pytest.mark.parametrize("name", PRIMITIVES)
def test_partials_keep_their_digits_over_the_domain(name: str, share: int) -> None:
    assert name in REFERENCE, f"`{name}` has no reference: give its value by mpmath in REFERENCE"
    points = points_of(name, share)
    assert len(points) >= COUNTS.get(name, COUNT) // share, "too few of the points drawn are in the domain"
    assert not report(check_partials(PRIMITIVES[name], DOUBLE.kernel(name), points))


@shares
@pytest.mark.parametrize("name", PRIMITIVES)
def test_values_keep_their_digits_over_the_domain(name: str, share: int) -> None:
    assert name in REFERENCE, f"`{name}` has no reference: give its value by mpmath in REFERENCE"
    assert not report(check_values(PRIMITIVES[name], DOUBLE.kernel(name), points_of(name, share)))


def test_every_reference_is_of_a_row() -> None:
    assert set(REFERENCE) == set(PRIMITIVES)


@pytest.mark.parametrize("name", [name for name, row in PRIMITIVES.items() if row.definition])
def test_definitions_give_the_value(name: str) -> None:
    primitive = PRIMITIVES[name]
    graph = definition(primitive)
    assert graph is not None
    for operands in points_of(name):
        scope = dict(zip(primitive.parameters, operands, strict=True))
        inputs = {graph.names[node]: scope[graph.names[node]] for node in graph.inputs()}
        found = evaluate(graph, inputs).values[graph.output]
        assert found == pytest.approx(DOUBLE.function(name)(*operands), rel=1e-15, abs=SUBNORMAL, nan_ok=True)


# --------------------------------------------------------------------------------------- the tests are tested

WRONG_RULES = [
    ("/", "1/y; f/y"),
    ("/", "1/y; -x/y^2"),
    ("^", "where(y == 0, 0, y*x^(y - 1)); xlogy(f, x)"),
    ("^", "where(y == 0, 0, y*f/x); xlogy(f, x)"),
    ("%", "1; 0"),
    ("where", "0; where(c, 0, 1); where(c, 1, 0)"),
    ("clip", "where(x > lo, 1, 0); where(x < lo, 1, 0); where(x > hi, 1, 0)"),
    ("max", "where(x == f, 1.001, 0)"),
    ("min", "where(x == f, 0, 1)"),
    ("sum", "1.00000000000002"),
    ("mean", "1/(n + 1)"),
    ("prod", "f/x"),
    ("prod", "2.001*rest"),
    ("norm", "f/x"),
    ("logsumexp", "exp(x - f)"),
    ("logsumexp", "sigmoid(rest - x)"),
    ("sqrt", "1/(2.001*f)"),
    ("hypot", "y/f; x/f"),
    ("exp", "1.00000000000002*f"),
    ("logaddexp", "sigmoid(y - x); sigmoid(x - y)"),
    ("xlogy", "log(y); where(x == 0, 0, y/x)"),
    ("atanh", "1/(1 + x)/(1 + x)"),
    ("atan2", "h = hypot(x, y); y/h/h; -x/h/h"),
    ("atan2", "x/(x^2 + y^2); -y/(x^2 + y^2)"),
    ("tanh", "1 - f^2"),
    ("tanh", "0"),
    ("acosh", "1/sqrt(x^2 - 1)"),
    ("asinh", "1/sqrt(1 + x^2) + 1e-20"),
    ("sigmoid", "f*(1 - f)"),
    ("leaky_relu", "where(x > 0, 1, a); x"),
    ("bce_with_logits", "sigmoid(z) - y; z"),
    ("bce_with_logits", "sigmoid(z) - sigmoid(y); -z"),
]


@pytest.mark.parametrize(("name", "rule"), WRONG_RULES)
def test_the_checker_finds_a_wrong_rule(name: str, rule: str) -> None:
    row = PRIMITIVES[name]
    planted = Primitive(row.signature, row.summary, rule, name=name, domain=row.domain)
    assert planted.name == name
    findings = check_partials(planted, _compile_kernel(planted, DOUBLE), points_of(name, 1))
    assert any(finding.wrong for finding in findings)


@pytest.mark.parametrize("name", PRIMITIVES)
def test_a_wrong_rule_in_any_row_is_found(name: str) -> None:
    """2.001 for 2 in any partial of any row, and one half for 0: the checker says which primitive it is."""
    honest = DOUBLE.kernel(name)

    def planted(*operands: float) -> list[float]:
        value, *partials = honest(*operands)
        return [value, *(partial * 1.0005 if partial else 0.5 for partial in partials)]

    found = check_partials(PRIMITIVES[name], planted, points_of(name))
    assert name in next(finding.text for finding in found if finding.wrong)


def test_the_checker_finds_a_wrong_value() -> None:
    def kernel(x: float) -> list[float]:
        return [math.sin(x) * (1 + 1e-12), math.cos(x)]

    assert report(check_values(PRIMITIVES["sin"], kernel, points_of("sin")))
    assert not report(check_partials(PRIMITIVES["sin"], kernel, points_of("sin")))


@pytest.mark.parametrize(
    ("true", "found", "wrong"),
    [
        (mpf(1), 1.0 + 4e-15, False),
        (mpf(1), 1.0 + 4e-14, True),
        (mpf(1), nan, True),
        (mpf(1), inf, True),
        (mpf(0), 0.0, False),
        (mpf(0), 1e-300, True),
        (mpf("1e-320"), 0.0, False),
        (mpf("1e-300"), 0.0, True),
        (mpf("1e309"), inf, False),
        (mpf("1e309"), -inf, True),
        (mpf("1e309"), 1.7e308, True),
        (mpf("-1e309"), -inf, False),
        (mpf("1.7e308"), inf, True),
    ],
)
def test_compare(true: mpf, found: float, wrong: bool) -> None:
    assert compare(found, true, PARTIAL_TOLERANCE, lambda: 1, "").wrong is wrong


def test_conditioning_is_what_excuses_an_error() -> None:
    assert not compare(1.0 + 1e-10, mpf(1), PARTIAL_TOLERANCE, lambda: 1e6, "").wrong
    assert compare(1.0 + 1e-9, mpf(1), PARTIAL_TOLERANCE, lambda: 1e6, "").wrong
    near_root = Truth("log", (1.0 + 1e-10,))
    assert float(near_root.condition_of_value()) == pytest.approx(1e10, rel=1e-5)
    assert float(near_root.condition_of_partial(0)) == pytest.approx(1)
    assert float(Truth("exp", (300.0,)).condition_of_partial(0)) == pytest.approx(300)
    assert float(Truth("sin", (1e300,)).condition_of_partial(0)) > 1e290
    assert float(Truth("*", (3.0, 4.0)).condition_of_partial(1)) == pytest.approx(1)
    assert float(Truth("/", (3.0, 4.0)).condition_of_partial(1)) == pytest.approx(3)


DERIVATIVES: list[tuple[str, float, Callable[..., Any]]] = [
    ("sin", 1e300, lambda x: mp.cos(x)),
    ("exp", -700.0, lambda x: mp.exp(x)),
    ("tanh", 350.0, lambda x: 1 / mp.cosh(x) ** 2),
    ("tanh", 1e-300, lambda x: 1 / mp.cosh(x) ** 2),
    ("log1p", -1 + 2.0**-53, lambda x: 1 / (1 + x)),
    ("acosh", 1 + 2.0**-52, lambda x: 1 / mp.sqrt(x * x - 1)),
    ("softplus", -700.0, lambda x: 1 / (1 + mp.exp(-x))),
    ("atan", 1e150, lambda x: 1 / (1 + x * x)),
    ("erf", 26.0, lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(-x * x)),
    ("lgamma", 1e300, lambda x: mp.psi(0, x)),
    ("gamma", -3.25, lambda x: mp.gamma(x) * mp.psi(0, x)),
    ("digamma", -12.5, lambda x: mp.psi(1, x)),
]


@pytest.mark.parametrize(("name", "x", "derivative"), DERIVATIVES)
def test_the_reference_has_fifty_digits(name: str, x: float, derivative: Callable[..., Any]) -> None:
    found = Truth(name, (x,)).partial(0)
    with mp.workdps(450):
        true = derivative(mpf(x))
        assert abs(found - true) <= abs(true) * mpf(10) ** -50


# -------------------------------------------------------------------------------------------- IEEE arithmetic

SPECIAL = (
    *(0.0, 1.0, 0.5, 2.0, 3.0, inf, 5e-324, 1e-300, 1e-9, 1e300, 1.7e308),
    *(-0.0, -1.0, -0.5, -2.0, -3.0, -inf, -5e-324, -1e-300, -1e-9, -1e300, -1.7e308),
    *(nan, 171.7, 710.0, -745.5, 2.0**53, 2.0**63, -(2.0**53) + 1),
)


@pytest.mark.parametrize("name", PRIMITIVES)
def test_nothing_raises_and_every_number_is_a_double(name: str) -> None:
    primitive = PRIMITIVES[name]
    kernel = DOUBLE.kernel(name)
    for count in (1, 2, 3) if primitive.variadic else (len(primitive.parameters),):
        for operands in itertools.product(SPECIAL if count < 3 else SPECIAL[:24], repeat=count):
            value, *partials = kernel(*operands)
            assert type(value) is float, operands
            assert all(partial is None or type(partial) is float for partial in partials), operands
            assert len(partials) == count


@pytest.mark.parametrize(
    ("name", "operands", "value"),
    [
        ("/", (1.0, 0.0), inf),
        ("/", (1.0, -0.0), -inf),
        ("/", (-1.0, 0.0), -inf),
        ("/", (0.0, 0.0), nan),
        ("%", (1.0, 0.0), nan),
        ("%", (-1.0, 3.0), 2.0),
        ("^", (0.0, 0.0), 1.0),
        ("^", (0.0, -1.0), inf),
        ("^", (-0.0, -1.0), -inf),
        ("^", (-8.0, 1 / 3), nan),
        ("^", (10.0, 309.0), inf),
        ("^", (-10.0, 309.0), -inf),
        ("log", (0.0,), -inf),
        ("log", (-1.0,), nan),
        ("log1p", (-1.0,), -inf),
        ("exp", (1000.0,), inf),
        ("exp", (-1000.0,), 0.0),
        ("expm1", (1000.0,), inf),
        ("exp2", (1024.0,), inf),
        ("sqrt", (-1.0,), nan),
        ("cbrt", (-27.0,), -3.0),
        ("sinh", (-1000.0,), -inf),
        ("cosh", (-1000.0,), inf),
        ("sech", (1000.0,), 0.0),
        ("csch", (-0.0,), -inf),
        ("atanh", (-1.0,), -inf),
        ("acosh", (0.5,), nan),
        ("asin", (1.5,), nan),
        ("sin", (inf,), nan),
        ("round", (2.5,), 2.0),
        ("round", (3.5,), 4.0),
        ("trunc", (-2.5,), -2.0),
        ("floor", (-inf,), -inf),
        ("gamma", (172.0,), inf),
        ("gamma", (-1.0,), nan),
        ("lgamma", (-1.0,), inf),
        ("lgamma", (1e307,), inf),
        ("digamma", (0.0,), -inf),
        ("digamma", (-1.0,), nan),
        ("sum", (inf, -inf), nan),
        ("sum", (1e308, 1e308, -1e308), 1e308),
        ("min", (1.0, nan), nan),
        ("prod", (1e300, 1e300, 1e-300), 1e300),
        ("prod", (1e-300, 1e-300, 1e300), 1e-300),
        ("prod", (1e300, -1e300), -inf),
        ("prod", (inf, 0.0), nan),
        ("norm", (3e300, 4e300), 5e300),
        ("logsumexp", (1000.0, 1000.0), 1000 + math.log(2.0)),
        ("logsumexp", (-inf, -inf), -inf),
        ("logsumexp", (0.0, -100.0), math.exp(-100.0)),
        ("logaddexp", (-inf, 2.0), 2.0),
        ("xlogy", (0.0, 0.0), 0.0),
        ("sigmoid", (-1000.0,), 0.0),
        ("softplus", (1000.0,), 1000.0),
        ("bce_with_logits", (1000.0, 1.0), 0.0),
        ("bce_with_logits", (-1000.0, 1.0), 1000.0),
        ("bce_with_logits", (1e-5, 1e10), math.log(2.0) + 0.5e-5 - 1e5),
    ],
)
def test_values_at_particular_points(name: str, operands: Operands, value: float) -> None:
    assert DOUBLE.kernel(name)(*operands)[0] == pytest.approx(value, rel=1e-15, abs=0, nan_ok=True)
