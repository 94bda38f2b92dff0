"""Error bounds: doubles are within the bound of the truth, which balls enclose."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
from hypothesis import strategies as st

from cgraph_cli.core.graph import LEAVES
from cgraph_cli.core.primitives import PRIMITIVES, Primitive
from cgraph_cli.evaluation.ball import Ball, Precision, balls
from cgraph_cli.evaluation.bounded import error_of, product_error, slope_errors_of, sum_error
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.sweeps import Evaluation, evaluate, sweep_forward, sweep_reverse
from cgraph_cli.language.parse import parse
from cgraph_cli.trust.lost_digits import Bounds, bound_adjoints, bound_tangents
from tests.conftest import explore
from tests.programs import points, programs

BITS = 1500
ROWS = [row for row in PRIMITIVES.values() if row.name not in LEAVES]
PLACES = [0.0, 1.0, -1.0, 0.5, 2.0, -0.75, 1.4616321, -1.2784645, 0.9999999, 1.0000001, 3.5, -3.5, 12.0, 40.0, -30.0,
          1e-9, -1e-9, 1e-160, 1e9, 710.0]  # fmt: skip


def is_within(number: float, bound: float, true: Ball) -> bool:
    """Tell whether a double is within its bound of the truth, as far as the truth is known."""
    if not math.isfinite(bound) or not math.isfinite(number) or not true.is_finite:
        return True
    with Precision(BITS):
        return bool(abs(true.arb - number) <= bound * (1 + 1e-6) + 5e-324)


def check_row(row: Primitive) -> None:
    """Compare a row with its bounds at exact operands, and at operands with errors."""
    count = 3 if row.variadic else len(row.parameters)
    looked = 0
    for at, first in enumerate(PLACES):
        operands = [first, *(PLACES[(at + 5 * k) % len(PLACES)] for k in range(1, count))]
        if row.name == "polygamma":
            operands = [float(at % 4), first]
        for relative in (0.0, 1e-15, 1e-9):
            off = [abs(x) * relative for x in operands]
            f, *partials = DOUBLE.kernel(row.name)(*operands)
            error = error_of(row.name)(f, partials, operands, off)
            slopes = slope_errors_of(row.name)(f, error, operands, off)
            for sign in (0, 1, -1) if relative else (0,):
                algebra = balls(BITS)
                with Precision(BITS):
                    moved = [
                        algebra.number(x, "") + algebra.number(e, "") * sign for x, e in zip(operands, off, strict=True)
                    ]
                try:
                    true, *rest = algebra.kernel(row.name)(*moved)
                except ArithmeticError:  # the balls do not decide
                    continue
                looked += 1
                assert is_within(f, error, true), (row.name, operands, relative, f, error, true)
                for partial, slope, each in zip(partials, slopes, rest, strict=True):
                    if partial is not None and each is not None:
                        assert is_within(partial, slope, each), (row.name, operands, relative, partial, slope, each)
    assert looked > 20


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_is_within_its_bounds(row: Primitive) -> None:
    check_row(row)


@pytest.fixture
def planted() -> Iterator[None]:
    """Forget the functions compiled from a row, before a test plants a wrong fact in it and after."""
    for compiled in (error_of, slope_errors_of):
        compiled.cache_clear()
    yield
    for compiled in (error_of, slope_errors_of):
        compiled.cache_clear()


@pytest.mark.parametrize(
    "name", ["exp", "sin", "log", "gamma", "lgamma", "digamma", "erf", "cbrt", "prod", "logsumexp"]
)
def test_a_wrong_error_is_found_by_the_rows_name(name: str, planted: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that claims to need no rounding."""
    monkeypatch.setattr(PRIMITIVES[name], "exact", True)
    with pytest.raises(AssertionError, match=name):
        check_row(PRIMITIVES[name])


@pytest.mark.parametrize("row", [row for row in ROWS if not row.variadic], ids=lambda row: row.name)
def test_a_period_is_said_of_each_periodic_row(row: Primitive) -> None:
    """A row has the period it names, half of it is none, and no other row of one operand has the period 2π."""
    if len(row.parameters) != 1:
        assert not row.period
        return
    function = balls(200).function(row.name)
    number, turn = balls(200).number, balls(200).number(math.pi, "pi") + balls(200).number(math.pi, "pi")

    def differs(shift: Ball) -> bool:
        places = [number(x, "") for x in (0.3, 1.1, 2.7, 5.9)]
        pairs = [(function(x), function(x + shift)) for x in places]
        return any(a.is_finite and not (b.is_finite and abs((a - b).arb) < 1e-9) for a, b in pairs)

    if row.period:
        assert row.period in (math.pi, 2 * math.pi)
        period = turn if row.period > 4 else turn * number(0.5, "")
        assert not differs(period)
        assert differs(period * number(0.5, ""))
    elif row.name not in ("sign", "heaviside", "not"):
        assert differs(turn)


@explore(150, 3000, st.data())
def test_values_and_derivatives_are_within_their_bounds(data: st.DataObject) -> None:
    text = data.draw(programs())
    graph = parse(text)
    point = data.draw(points([graph.names[node] or "" for node in graph.inputs()]))
    evaluation = evaluate(graph, point)
    bounds = Bounds(evaluation)
    try:
        with Precision(BITS):
            exact = evaluate(graph, point, algebra=balls(BITS))
    except ArithmeticError:  # a branch that the balls do not decide
        return
    if not same_branches(evaluation, exact):
        return
    for node, (number, bound) in enumerate(zip(evaluation.values, bounds.values, strict=True)):
        assert is_within(number, bound, exact.values[node]), (text, point, graph.expression(node))
    seeds = {graph.output: 1.0}
    start = balls(BITS).number(1.0, "")
    with Precision(BITS):
        adjoints, true = sweep_reverse(evaluation, seeds), sweep_reverse(exact, {graph.output: start})
    compare(text, point, adjoints, bound_adjoints(evaluation, bounds, seeds, adjoints), true)
    for node in graph.inputs():
        with Precision(BITS):
            tangents, true = sweep_forward(evaluation, {node: 1.0}), sweep_forward(exact, {node: start})
        compare(text, point, tangents, bound_tangents(evaluation, bounds, {node: 1.0}, tangents), true)


def compare(text: str, point: object, numbers: list, bounds: list[float], true: list) -> None:
    for number, bound, exact in zip(numbers, bounds, true, strict=True):
        if exact is not None:
            assert is_within(number or 0.0, bound, exact), (text, point, number, bound, exact)


def same_branches(evaluation: Evaluation, exact: Evaluation) -> bool:
    """Tell whether doubles and balls agree on the edges without dependence; where not, a bound is infinite."""
    return all((p is None) == (q is None) for p, q in zip(evaluation.partials, exact.partials, strict=True))


@pytest.mark.parametrize(
    "text", ["y = b/(b*1.5)", "y = b*c/(b*0.75)", "y = (b*1.5)*(c*1e-300)*1e300/b", "y = (b/3)/(b/7)"]
)
def test_the_smallest_doubles_have_bounds(text: str) -> None:
    """The bound of an error that underflows is no 0."""
    graph = parse(text)
    for count in range(1, 40):
        inputs = {"b": count * 5e-324} | ({"c": 1.25} if "c" in text else {})
        evaluation = evaluate(graph, inputs)
        with Precision(BITS):
            exact = evaluate(graph, inputs, algebra=balls(BITS))
        for node, (number, bound) in enumerate(zip(evaluation.values, Bounds(evaluation).values, strict=True)):
            assert is_within(number, bound, exact.values[node]), (count, graph.expression(node))


@explore(200, 2000, st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_sums_and_products_are_off_by_what_is_said(x: float, y: float) -> None:
    from fractions import Fraction

    total, product = x + y, x * y
    if math.isfinite(total):
        true = abs(Fraction(x) + Fraction(y) - Fraction(total))
        assert Fraction(sum_error(total, x, y)) == true or not math.isfinite(sum_error(total, x, y))
    if math.isfinite(product):
        assert abs(Fraction(x) * Fraction(y) - Fraction(product)) <= Fraction(product_error(product, x, y))


def test_whole_numbers_are_exact() -> None:
    graph = parse("c = a + b; d = b + 1; e = c * d; f = e/4 - 2*c")
    bounds = Bounds(evaluate(graph, {"a": 3, "b": 1}))
    assert set(bounds.values) == {0.0}


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("floor(log(1000)/log(10))", {}),
        ("where(sqrt(x)^2 == x, x, 0)", {"x": 2.0}),
        ("abs(sin(pi))", {}),
        ("log(1 - cos(x)^2 - sin(x)^2)", {"x": 0.7}),
    ],
)
def test_a_condition_that_may_hold_is_met(text: str, point: dict[str, float]) -> None:
    """A jump, a pole or an edge within the operands' bounds is an event, though doubles are beside it."""
    assert Bounds(evaluate(parse(text), point)).causes
