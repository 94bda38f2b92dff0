"""The derivatives of lgamma: digamma and polygamma, of any order and anywhere."""

from __future__ import annotations

import time

import pytest
from mpmath import mp, mpf

from cgraph_cli.evaluation.special import digamma, polygamma
from tests.mpmath_algebra import high_precision
from tests.reference import PARTIAL_TOLERANCE, Truth, compare, inf, nan, report, true_polygamma


@pytest.mark.parametrize("order", [0, 1, 2, 3, 4, 5, 170])
@pytest.mark.parametrize(
    "x",
    [
        *(0.5, 1.0, 2.0, 10.0, 11.999, 1e-5, 1e-300, 1e5, 1e300),
        *(1.4616, 1.4616321449683622, 1.4616321449683625, 1.211, 1.7117),
        *(-0.5, -1.5, -1e-9, -1 + 1e-9, -2 - 2.0**-40, -0.5040830082644554, -20.25, -999.5),
    ],
)
def test_digamma_and_polygamma(order: int, x: float) -> None:
    with mp.workdps(60 + 4 * order):
        true = true_polygamma(mpf(order), mpf(x))
    truth = Truth("polygamma", (float(order), x))
    found = compare(polygamma(float(order), x), true, PARTIAL_TOLERANCE, truth.condition_of_value, "")
    assert not report([found])
    if order == 0:
        assert digamma(x) == polygamma(0.0, x)


@pytest.mark.parametrize("order", [0, 1, 2, 40])
def test_digamma_and_polygamma_far_out_in_high_precision(order: int) -> None:
    """The points are beyond mpmath's own range, and on both sides of the place where one term is enough."""
    algebra = high_precision(50)
    ctx = algebra.number(1.0, "").context
    psi = algebra.function("polygamma")
    for magnitude in (ctx.prec - 1, ctx.prec + 1, ctx.prec + 8, 400):
        x = ctx.ldexp(ctx.mpf("1.37"), magnitude)
        with ctx.workprec(600):
            true = ctx.psi(order, x)
        assert abs(psi(ctx.mpf(order), x) - true) <= abs(true) * ctx.mpf(10) ** -49
    assert psi(ctx.mpf(0), ctx.ldexp(1, 10**40)) == ctx.ln2 * 10**40


@pytest.mark.parametrize("order", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("x", [-1e5 - 0.125, -1e12 - 0.375, -(2.0**51) - 0.5])
def test_digamma_and_polygamma_far_below_zero(order: int, x: float) -> None:
    with mp.workdps(100):
        at = mpf(x)  # by the cotangent: (−1)ⁿψ⁽ⁿ⁾(1 − x) − ψ⁽ⁿ⁾(x) = π dⁿ/dxⁿ cot(πx)
        slope = mp.diff(lambda t: mp.cot(mp.pi * t), at % 1, order) if at % 1 != 0.5 or order % 2 else 0
        true = (-1) ** order * true_polygamma(mpf(order), 1 - at) - mp.pi * slope
    assert not report([compare(polygamma(float(order), x), true, PARTIAL_TOLERANCE, lambda: 0, "")])


@pytest.mark.parametrize(
    ("order", "x", "value"),
    [
        (1.0, -1e300, inf),
        (2.0, -1e300, nan),
        (1.0, 0.0, inf),
        (1.0, inf, 0.0),
        (2.0, inf, -0.0),
        (1.0, -inf, nan),
        (1.0, nan, nan),
        (nan, 1.0, nan),
        (inf, 1.0, nan),
        (0.5, 1.0, nan),
        (-1.0, 1.0, nan),
        (1e300, 1.0, nan),
        (1000.0, 1e-300, -inf),
        (1000.0, 5e-324, -inf),
        (1000.0, -1e-300, inf),
        (1000.0, -0.3, inf),
        (999.0, -0.3, inf),
        (1000.0, 1e300, 0.0),
        (1000.0, 1.7e308, 0.0),
        (500.0, -20.5, -inf),
        (1000.0, -4e15 - 0.5, 0.0),
        (1000.0, 1000.5, None),
        (1001.0, 400.0, None),
    ],
)
def test_polygamma_is_bounded_in_time(order: float, x: float, value: float | None) -> None:
    start = time.perf_counter()
    found = polygamma(order, x)
    assert time.perf_counter() - start < 2
    assert value is None or found == pytest.approx(value, nan_ok=True)
