"""Balls that round: to the double that every point of one rounds to, and to decimal digits."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

import mpmath
import pytest
from flint import arb
from hypothesis import example, given
from hypothesis import strategies as st
from mpmath import mp, mpf

from cgraph_cli.evaluation.ball import Ball, Precision, as_double, show
from tests.test_ball import inf, make, nan
from tests.test_ball_undecided import ABOUT_ZERO, ball_of, value_of

mantissas, exponents = st.integers(-(2**70), 2**70), st.integers(-1200, 1100)


@given(mantissas, exponents, st.integers(0, 2**29), st.integers(-90, 3))
def test_a_double_is_what_every_point_rounds_to(mantissa: int, exponent: int, radius: int, apart: int) -> None:
    ball = Ball(arb((mantissa, exponent), (radius, exponent + apart)), 100)
    two = Fraction(2)
    middle, half = mantissa * two**exponent, radius * two ** (exponent + apart)
    ends = [rounded(middle - half), rounded(middle + half)]
    assert as_double(ball) == (ends[0] if ends[0] == ends[1] else None)


@given(st.floats(2.0**-1074, 2.0**1023), st.sampled_from([-1, 0, 1]), st.sampled_from([-1, 1]))
def test_beside_the_middle_between_two_doubles(x: float, side: int, sign: int) -> None:
    middle = (Fraction(x) + Fraction(math.nextafter(x, inf))) / 2 + side * Fraction(1, 2**1200)
    with Precision(2400):
        a = sign * arb(middle.numerator) / arb(middle.denominator)
    assert as_double(Ball(a, 2400)) == sign * rounded(middle)


def rounded(x: Fraction) -> float:
    try:
        return float(x)
    except OverflowError:
        return inf if x > 0 else -inf


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("exp(-exp(exp(6)))", 0.0),
        ("exp(-2^30000)", 0.0),
        ("sigmoid(-2^30000)", 0.0),
        ("erfc(exp(exp(5)))", 0.0),
        ("tanh(exp(exp(5)))", 1.0),
        ("exp(exp(20))", inf),
        ("-gamma(exp(100))", -inf),
        ("10^10^10", inf),
    ],
)
def test_towers_end_and_are_told(text: str, value: float) -> None:
    assert as_double(value_of(text, {}, 300)) == value


@pytest.mark.parametrize("text", ["exp(exp(exp(10)))", "sin(exp(exp(exp(10))))", "cosh(exp(exp(11)))"])
def test_what_no_precision_reaches_is_not_told(text: str) -> None:
    assert as_double(value_of(text, {}, 300)) is None


def test_signs_and_infinities_out_of_balls() -> None:
    huge, tiny = Ball(arb((3, 5000)), 60), Ball(arb((3, -5000)), 60)
    assert [as_double(huge), as_double(-huge), as_double(tiny)] == [inf, -inf, 0.0]
    assert str(as_double(-tiny)) == "-0.0"
    assert as_double(Ball(arb(0, 1e-300) * arb(1e-300), 60)) == 0.0
    assert as_double(Ball(arb((1, 1024), (1, 971)), 60)) is None
    assert [as_double(x) for x in make(60, inf, -inf)] == [inf, -inf]
    assert str(as_double(make(60, nan)[0])) == "nan"


@example(118, 126, 6480, -10, 1)
@given(mantissas.filter(bool), st.integers(-400, 400), st.integers(0, 2**20), st.integers(-80, -10), st.integers(1, 30))
def test_digits_are_those_of_every_point(mantissa: int, exponent: int, radius: int, apart: int, digits: int) -> None:
    ball = Ball(arb((mantissa, exponent), (radius, exponent + apart)), 100)
    two = Fraction(2)
    middle, half = mantissa * two**exponent, radius * two ** (exponent + apart)
    context = Context(prec=digits, rounding=ROUND_HALF_UP, Emin=-9999, Emax=9999)
    ends = [context.divide(Decimal(end.numerator), Decimal(end.denominator)) for end in (middle - half, middle + half)]
    text = show(ball, digits)
    assert text == (None if ends[0] != ends[1] else text)
    assert text is None or Decimal(text) == ends[0]
    assert text is not None or ends[0] != ends[1] or middle == 0


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(1, 30))
def test_numbers_are_written_as_mpmath_writes_them(x: float, digits: int) -> None:
    with mp.workdps(800):
        assert show(make(60, x)[0], digits) == mpmath.nstr(mpf(x), digits, strip_zeros=True)


def test_numbers_beyond_doubles_are_shown() -> None:
    assert show(value_of("exp(x)", {"x": 1000.0}), 6) == "1.97007e+434"
    assert show(value_of("10^x", {"x": 1e12}), 6) == "1.0e+1000000000000"
    assert show(ABOUT_ZERO, 3) is None
    assert show(ball_of(1, 2), 1) is None
