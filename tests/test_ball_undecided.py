"""Balls that do not decide: edges of domains, choices, ties."""

from __future__ import annotations

import math
from typing import Any

import pytest
from flint import arb

from cgraph_cli.core.errors import Source
from cgraph_cli.evaluation.ball import Ball, Undecided, as_double, balls, hull
from cgraph_cli.evaluation.sweeps import evaluate
from cgraph_cli.language.parse import parse
from tests.test_ball import make, nan


def ball_of(low: float, high: float, bits: int = 100) -> Ball:
    return hull(*make(bits, low, high))


ABOUT_ZERO = ball_of(-(2.0**-80), 2.0**-80)


@pytest.mark.parametrize(
    ("text", "operands"),
    [
        ("sqrt(x)", {"x": ABOUT_ZERO}),
        ("log(x)", {"x": ABOUT_ZERO}),
        ("1/x", {"x": ABOUT_ZERO}),
        ("x/x", {"x": ABOUT_ZERO}),
        ("asin(x)", {"x": ball_of(1, 1 + 2.0**-40)}),
        ("acosh(x)", {"x": ball_of(1 - 2.0**-40, 1)}),
        ("atanh(x)", {"x": ball_of(1 - 2.0**-40, 1)}),
        ("gamma(x)", {"x": ball_of(-2.0001, -1.9999)}),
        ("polygamma(2, x)", {"x": ball_of(-2.0001, -1.9999)}),
        ("tan(x)", {"x": ball_of(1.57, 1.58)}),
        ("x^0.5", {"x": ABOUT_ZERO}),
        ("(-2)^x", {"x": ball_of(2.9, 3.1)}),
        ("inf*x", {"x": ABOUT_ZERO}),
        ("3 % x", {"x": ABOUT_ZERO}),
        ("log(x) - log(x)", {"x": ABOUT_ZERO}),
        ("0*log(x)", {"x": ABOUT_ZERO}),
        ("sin(log(x))", {"x": ABOUT_ZERO}),
        ("where(log(x) > 0, 1/x, 2)", {"x": ABOUT_ZERO}),
    ],
)
def test_at_an_edge_the_answer_is_unknown(text: str, operands: dict[str, Ball]) -> None:
    assert value_of(text, operands).is_unknown


def value_of(text: str, operands: dict[str, Any], bits: int = 100) -> Ball:
    graph = parse(Source(text, "a test"))
    return evaluate(graph, operands, algebra=balls(bits)).values[graph.output]


@pytest.mark.parametrize(
    "text", ["sqrt(x)", "log(x)", "asin(x - 3)", "acosh(x)", "x^0.5", "gamma(x/x - 3) + x", "0/(x - x)"]
)
def test_outside_the_domain_it_is_nan(text: str) -> None:
    assert value_of(text, {"x": -2.0}).is_nan


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("x > 0", 0, 1),
        ("not x", 0, 1),
        ("x and 1", 0, 1),
        ("x or 0", 0, 1),
        ("x == 0", 0, 1),
        ("sign(x)", -1, 1),
        ("floor(x)", -1, 0),
        ("ceil(x)", 0, 1),
        ("round(x + 0.5)", 0, 1),
        ("where(x < 0, 5, 7)", 5, 7),
        ("heaviside(x)", 0, 1),
        ("atan2(x, -1)", -math.pi, math.pi),
    ],
)
def test_an_undecided_choice_encloses_both(text: str, low: float, high: float) -> None:
    found = value_of(text, {"x": ABOUT_ZERO})
    assert as_double(found) is None
    assert found.arb.contains(arb(low)) or low == -math.pi
    assert found.arb.contains(arb(high)) or high == math.pi
    assert found.arb.overlaps(arb(low, 1e-9))
    assert found.arb.overlaps(arb(high, 1e-9))
    assert found.arb.abs_upper() <= max(abs(low), abs(high)) + 1


@pytest.mark.parametrize("text", ["x and 0", "x or 1", "x < 1", "where(x == x, 1, 0)", "where(x > 0, 2, 2)", "x != 1"])
def test_what_does_not_depend_on_the_undecided_is_decided(text: str) -> None:
    assert as_double(value_of(text, {"x": ABOUT_ZERO})) in (0.0, 1.0, 2.0)


@pytest.mark.parametrize(
    "text", ["relu(x)", "max(x, 0)", "abs(x)", "hypot(x, 0)", "sqrt(hypot(x, x))", "sqrt(relu(x))"]
)
def test_the_value_at_a_tie_is_a_small_ball(text: str) -> None:
    found = value_of(text, {"x": ABOUT_ZERO})
    assert found.arb >= 0
    assert found.arb.abs_upper() < 2.0**-38


@pytest.mark.parametrize(("name", "operands"), [("relu", 1), ("max", 2), ("min", 2), ("abs", 1), ("leaky_relu", 2)])
def test_the_partial_at_a_tie_is_undecided(name: str, operands: int) -> None:
    partial = balls(100).kernel(name)(ABOUT_ZERO, *make(100, 0.0)[: operands - 1])[1]
    assert partial.arb.contains(arb(1))
    assert partial.arb.contains(arb(0))


def test_the_partial_at_an_exact_tie_is_shared() -> None:
    third = balls(100).number(1.0, "") / 3
    partials = balls(100).kernel("max")(third, *make(100, 0.25), third)[1:]
    assert [as_double(partial) if partial is not None else None for partial in partials] == [0.5, None, 0.5]


def test_an_undecided_branch_is_no_dependence_only_where_both_branches_are() -> None:
    _, condition, first, second = balls(100).kernel("where")(ABOUT_ZERO, *make(100, 5.0, 7.0))
    assert condition is None
    assert all(partial.arb.contains(arb(0)) and partial.arb.contains(arb(1)) for partial in (first, second))
    assert balls(100).kernel("where")(*make(100, 1.0, 5.0, 7.0))[3] is None


def test_an_operator_and_a_cause_raise_what_is_undecided() -> None:
    with pytest.raises(Undecided):
        bool(ABOUT_ZERO)
    with pytest.raises(Undecided):
        _ = ABOUT_ZERO > 0
    cause = balls(100).cause("log")
    assert cause is not None
    with pytest.raises(Undecided):
        cause(ABOUT_ZERO, ABOUT_ZERO)
    for x, expected in ((0.0, "poles"), (-1.0, "domain"), (2.0, ""), (nan, "")):
        (operand,) = make(100, x)
        assert cause(balls(100).function("log")(operand), operand) == expected
