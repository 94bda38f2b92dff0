"""Checks beyond the doubles: conditions are those of true numbers, and a check that doubles say nothing about fails.

The reference is exact: exponents and fractions decide which number is larger.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgraph_cli import parse
from cgraph_cli.checks.assertions import failing_parts
from cgraph_cli.checks.compare import compare
from cgraph_cli.checks.expectations import Expectation
from cgraph_cli.checks.gradients import Settings, check
from cgraph_cli.checks.outcomes import Outcome
from cgraph_cli.checks.sampling import Sampling
from cgraph_cli.trust.checked_point import Point
from tests.conftest import Run, cases_of

FAR = Sampling(9, {"x": (100.0, 200.0)})


def asserts(text: str, condition: str, **inputs: float) -> bool:
    """Tell whether a condition holds; one that is not settled is an error of the test."""
    outcome = check(parse(f"{text}; assert {condition}"), inputs)
    failures = [failure for case in cases_of(outcome, "assert") for failure in case.failures]
    assert not any("settled" in failure.message for failure in failures), failures
    return not failures


SMALL, LARGE = "y = exp(-x^2)", "y = exp(x^2)"
TRUE = [
    (SMALL, "y > 0", 100),
    (SMALL, "y != 0", 100),
    (SMALL, "not y == 0", 100),
    (SMALL, "y == 0 within 1e-9", 100),
    (SMALL, "y", 100),
    (SMALL, "not y < 0", 100),
    (SMALL, "0 < y < 1e-300", 100),
    (SMALL, "y < x*x*1e-300", 100),
    (SMALL, "y > 0 and grad(y, x) < 0", 100),
    (SMALL, "grad(y, x) == -2*x*y", 100),
    (SMALL, "where(y > 0, 3, 4) == 3", 100),
    (SMALL, "log(y) == -x^2", 100),
    (SMALL, "y*1e300 > y", 100),
    (LARGE, "y > 1e300", 100),
    (LARGE, "grad(y, x) == 2*x*y", 100),
    (LARGE, "y > exp(x^2 - 1)", 100),
    (LARGE, "2.7 < y/exp(x^2 - 1) < 2.8", 100),
    (LARGE, "x*x*1e-300 < y", 100),
    ("y = x^2", "y == x*x*1e-300*1e300", 1e-10),
    ("y = x*1e-300", "y*1e-300 < y", 1),
    ("y = 1 + x", "y > 1", 1e-20),
    ("y = 1 + x", "y != 1 within 1e-21", 1e-19),
    ("y = sqrt(x)^2", "x <= y <= x", 2),
    ("y = x + x^2*1e-30", "grad(y, x) > 1", 3),
    ("y = sin(x)*exp(x)", "y/tan(x) + y <= grad(y, x) <= cos(x)*exp(x) + y", 1),
    ("y = tanh(x)", "y < 1", 400),
    ("y = sigmoid(x)", "0 < y < 1 and grad(y, x) > 0", -2000),
    ("y = sin(x)^2 + cos(x)^2", "1 <= y <= 1", 3),
]


@pytest.mark.parametrize(("text", "condition", "x"), TRUE, ids=lambda part: str(part))
def test_conditions_that_are_true(text: str, condition: str, x: float) -> None:
    assert asserts(text, condition, x=x)
    bare, _, tolerance = condition.partition(" within ")
    assert not asserts(text, f"not ({bare}) within {tolerance}" if tolerance else f"not ({bare})", x=x)


@settings(deadline=None, max_examples=40)
@given(
    st.integers(-40, 40), st.integers(-40, 40), st.integers(1, 9), st.integers(1, 9),
    st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
)  # fmt: skip
def test_comparisons_of_powers_far_beyond_the_doubles(first: int, second: int, a: int, b: int, sign: str) -> None:
    """Exact fractions decide on a·2^(100·i) against b·2^(100·j)."""
    left, right = a * Fraction(2) ** (100 * first), b * Fraction(2) ** (100 * second)
    true = {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right,
            "==": left == right, "!=": left != right}[sign]  # fmt: skip
    text = f"p = {a}*2^(100*i); q = {b}*2^(100*j); r = p + q*0"
    assert asserts(text, f"p {sign} q", i=first, j=second) == true


def messages(outcome: Outcome) -> list[str]:
    """List the failures of an outcome."""
    return [failure.message for case in outcome.failed_cases for failure in case.failures]


def test_samples_that_all_underflow_say_nothing() -> None:
    said = "∂y/∂x is beyond the doubles at all of the 9 points"
    assert messages(check(parse("y = exp(-x^2)"), {}, Settings(sampling=FAR))) == [said]
    assert messages(check(parse("y = exp(x^2)"), {}, Settings(sampling=FAR))) == [said]
    assert messages(check(parse("y = exp(-x^2) + z"), {}, Settings(sampling=FAR))) == [said]
    assert messages(check(parse("y = z + 1 + exp(-x^2)"), {}, Settings(sampling=FAR))) == [said]


def test_a_tolerance_and_other_points_allow_it() -> None:
    small = parse("y = exp(-x^2)")
    assert check(small, {}, Settings(sampling=FAR, atol=1e-300)).passed
    assert check(small, {}, Settings(sampling=FAR, rtol=1)).passed
    mixed = check(small, {}, Settings(sampling=FAR._replace(ranges={"x": (0.0, 100.0)}, samples=40)))
    (differences,) = cases_of(mixed, "differences")
    assert mixed.passed
    assert 5 < differences.notes["beyond the doubles"] < 40
    assert not check(parse("y = exp(x^2)"), {}, Settings(sampling=FAR, rtol=5, atol=1e300)).passed


def test_an_assertion_says_something(cgraph: Run) -> None:
    result = cgraph("check", "y = exp(-x^2); assert y > 0", "--samples", "9", "--range", "x=100:200")
    assert result.stdout.startswith("ok    program  9 points, forward = reverse")
    assert "9 gradients beyond the doubles" in result.stdout


@pytest.mark.parametrize("new", ["0*x", "1.5*exp(-x^2)", "exp(-x^2 - 1e-9)", "-exp(-x^2)"])
def test_other_functions_that_underflow_too_are_others(new: str) -> None:
    assert not compare(parse("exp(-x^2)"), parse(new), {"x": 100}).passed
    assert not compare(parse("exp(-x^2)"), parse(new), {}, Settings(sampling=FAR)).passed


def test_the_same_function_is_the_same_where_it_underflows() -> None:
    outcome = compare(parse("exp(-x^2)"), parse("1/exp(x^2)"), {"x": 100})
    assert outcome.passed
    assert outcome.cases[0].notes == {"beyond the doubles": 2}
    assert compare(parse("exp(-x^2)"), parse("0*x"), {"x": 100}, Settings(atol=1e-300)).passed


def test_a_small_number_is_not_expected_to_be_0() -> None:
    graph = parse("y = exp(-x^2)")
    assert not check(graph, {"x": 100}, Settings(expectations=[Expectation("y", False, 0.0)])).passed
    assert check(graph, {"x": 100}, Settings(expectations=[Expectation("y", False, 0.0)], atol=1e-300)).passed


def test_what_neither_doubles_nor_balls_decide_is_not_taken_for_right() -> None:
    """Two equal numbers, whose last digits differ in doubles: with too little work neither side is the larger."""
    graph = parse("y = gamma(x); assert grad(y, x) <= gamma(x)*digamma(x)")
    (assertion,) = graph.assertions
    for work, told in ((1_000_000.0, []), (3_000.0, ["untold"])):
        point = Point(graph, {"x": 1.3}, work=work)
        assert [part.relation for part in failing_parts(assertion, point)] == told
