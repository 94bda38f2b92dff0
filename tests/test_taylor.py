"""Taylor polynomials: against mpmath for every primitive, to high order, and at points where there are none."""

from __future__ import annotations

import json
from math import cos, inf, isfinite, sin
from pathlib import Path
from typing import Any

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgraph_cli import evaluate, parse
from cgraph_cli.core.primitives import PRIMITIVES, Primitive
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.series.coefficients import Series
from cgraph_cli.results.report import report
from cgraph_cli.results.request import Request
from cgraph_cli.results.taylor import Expansion, taylor
from tests.conftest import SCALAR_EXAMPLES, Run
from tests.mpmath_algebra import high_precision
from tests.programs import programs

POINTS = (0.37, 1.7, -0.62, 3.3)

MPMATH = {
    "exp(sin(x))": lambda x: mpmath.exp(mpmath.sin(x)),
    "log(1 + x^2)": lambda x: mpmath.log(1 + x**2),
    "tanh(x)/(1 + x)": lambda x: mpmath.tanh(x) / (1 + x),
    "erf(x)*sqrt(2 + x)": lambda x: mpmath.erf(x) * mpmath.sqrt(2 + x),
    "(1 + x)^x": lambda x: (1 + x) ** x,
    "atan(x)^3": lambda x: mpmath.atan(x) ** 3,
    "sigmoid(3*x)": lambda x: 1 / (1 + mpmath.exp(-3 * x)),
    "1/(2 + cos(x))": lambda x: 1 / (2 + mpmath.cos(x)),
}


def expand(program: str, order: int, **inputs: float) -> Expansion:
    (expansion,) = taylor(parse(program), inputs, Request(wrt=["x"]), order).expansions
    return expansion


def numbers(program: str, order: int, **inputs: float) -> list[Any]:
    return [coefficient.number for coefficient in expand(program, order, **inputs).coefficients]


def statuses(program: str, order: int, **inputs: float) -> list[str]:
    return [coefficient.verdict.status for coefficient in expand(program, order, **inputs).coefficients]


def call_of(row: Primitive) -> str:
    """Apply a primitive to operands that all move with x."""
    if row.variadic:
        operands = ["x", "x^2 + 0.1", "2 - x"]
    elif row.name == "polygamma":
        operands = ["2", "x"]
    else:
        operands = [["x"], ["x", "1.5 - x/3"], ["x", "x - 1", "x + 0.7"]][len(row.parameters) - 1]
    if row.notation == "infix":
        return f"({operands[0]}) {row.name} ({operands[1]})"
    if row.notation == "prefix":
        return {"neg": "-x", "not": "not x"}.get(row.name, "x")
    return f"{row.name}({', '.join(operands)})"


@pytest.mark.parametrize("row", PRIMITIVES.values(), ids=lambda row: row.name)
def test_every_primitive_agrees_with_differences_of_its_values(row: Primitive) -> None:
    """The reference is mpmath's `taylor`, by differences of values in high precision, without rules."""
    graph = parse(call_of(row))
    algebra = high_precision(60)
    context = algebra.number(0.0, "").context
    slow = row.group == "special functions" or row.name == "sinc"  # which takes differences of digammas
    order = 6 if slow else 12
    tried = 0
    for x in POINTS[1:3] if slow else POINTS:
        value = evaluate(graph, {"x": x}).values[graph.output]
        if not isfinite(value):
            continue
        found = numbers(graph.source.text, order, x=x)
        truth = context.taylor(
            lambda t: evaluate(graph, {"x": t}, algebra=algebra).values[graph.output],
            context.mpf(x),
            order,
        )
        radius = float(max(abs(c) ** (context.mpf(1) / k) for k, c in enumerate(truth) if k)) or 1.0
        series = Series(graph, evaluate(graph, {"x": x}).values, DOUBLE, graph.find("x"), order)
        for k, (number, exact) in enumerate(zip(found, truth, strict=True)):
            assert number == pytest.approx(float(exact), rel=1e-15, abs=1e-30)
            if row.name == "sinc":  # the rule takes differences of digammas, and loses digits with each order
                continue
            # In doubles a small coefficient has the rounding of the larger ones.
            rough = series.coefficient(graph.output, k)
            assert rough == pytest.approx(number, rel=1e-12, abs=1e-14 * max(1.0, abs(value)) * radius**k)
        tried += 1
    assert tried


@pytest.mark.parametrize("program", MPMATH)
@pytest.mark.parametrize("x", [0.0, 0.3])
def test_high_orders(program: str, x: float) -> None:
    with mpmath.workdps(60):
        truth = mpmath.taylor(MPMATH[program], mpmath.mpf(x), 30)
    for number, exact in zip(numbers(program, 30, x=x), truth, strict=True):
        assert number == pytest.approx(float(exact), rel=1e-15, abs=1e-30)


def test_order_fifty_of_exp_of_sin() -> None:
    """Digits are lost neither to high orders nor to a small quotient."""
    with mpmath.workdps(70):
        truth = mpmath.taylor(MPMATH["exp(sin(x))"], mpmath.mpf(0.3), 50)
    for number, exact in zip(numbers("exp(sin(x))", 50, x=0.3), truth, strict=True):
        assert number == pytest.approx(float(exact), rel=1e-15, abs=0)


def test_digits_beside_a_quotient_of_zeros() -> None:
    """Doubles lose two digits an order here, and have none left at the eighth."""
    with mpmath.workdps(60):
        truth = mpmath.taylor(lambda x: mpmath.sin(x) / x, mpmath.mpf(0.01), 12)
    for number, exact in zip(numbers("sin(x)/x", 12, x=0.01), truth, strict=True):
        assert number == pytest.approx(float(exact), rel=1e-15, abs=0)


def test_precision() -> None:
    graph = parse("exp(sin(x))")
    request = Request(wrt=["x"], precision=50)
    (expansion,) = taylor(graph, {"x": 0.3}, request, 20).expansions
    with mpmath.workdps(90):
        truth = mpmath.taylor(MPMATH["exp(sin(x))"], mpmath.mpf("0.3"), 20)
        for coefficient, exact in zip(expansion.coefficients, truth, strict=True):
            found = mpmath.mpf(str(coefficient.number))
            assert abs(found - exact) <= abs(exact) * mpmath.mpf(10) ** -49


@pytest.mark.parametrize("path", SCALAR_EXAMPLES, ids=lambda path: path.stem)
def test_examples_agree_with_the_sweeps(path: Path) -> None:
    graph = parse(path.read_text(encoding="utf-8"))
    for node in graph.inputs():
        name = graph.names[node] or ""
        found = taylor(graph, {}, Request(wrt=[name]), 1)
        answer = report(graph, {}, Request(wrt=[name]))
        value, slope = (coefficient.number for coefficient in found.expansions[0].coefficients)
        assert value == pytest.approx(answer.values[graph.output], rel=1e-14)
        assert slope == pytest.approx(answer.gradients[0].at(node), rel=1e-11, abs=1e-12)


@settings(max_examples=40)
@given(programs(), st.lists(st.floats(-4, 4), min_size=11, max_size=11))
def test_random_programs_agree_with_the_sweeps(program: str, values: list[float]) -> None:
    """Value and slope are what a report says of them, wherever that finds an ordinary point or a kink."""
    graph = parse(program)
    inputs = {graph.names[node] or "": value for node, value in zip(graph.inputs(), values, strict=False)}
    for name in list(inputs)[:1]:
        found = taylor(graph, inputs, Request(wrt=[name]), 3)
        (tangent,) = found.report.tangents
        value, slope, *_ = found.expansions[0].coefficients
        node = graph.output
        if not found.report.is_ok() or not (abs(found.report.values[node]) < inf and abs(tangent.at(node)) < inf):
            continue
        assert value.number == pytest.approx(found.report.values[node], rel=1e-12)
        if slope.verdict.status in ("ok", "limit"):
            size = max((abs(t or 0.0) for t in tangent.values), default=0.0)
            assert slope.number == pytest.approx(tangent.at(node), rel=1e-9, abs=1e-12 * min(size, 1e300))


# At points where rules and doubles fail


@pytest.mark.parametrize(
    ("program", "x", "expected"),
    [
        ("sin(x)/x", 0, [1, 0, -1 / 6, 0, 1 / 120]),
        ("(1 - cos(x))/x^2", 0, [1 / 2, 0, -1 / 24, 0, 1 / 720]),
        ("(exp(x) - 1 - x)/x^2", 0, [1 / 2, 1 / 6, 1 / 24, 1 / 120, 1 / 720]),
        ("where(x == 0, 1, sin(x)/x)", 0, [1, 0, -1 / 6, 0, 1 / 120]),
        ("(x^2 - 1)/(x - 1)", 1, [2, 1, 0, 0, 0]),
        ("where(x > 0, log(x), 0)", -1, [0, 0, 0, 0, 0]),
        ("where(x > 1, log(x - 2), x^2)", 0.5, [0.25, 1, 1, 0, 0]),
        ("x^3", 0, [0, 0, 0, 1, 0]),
        ("x^0", 0, [1, 0, 0, 0, 0]),
        ("(x^2)^1.5*0 + x^4", 0, [0, 0, 0, 0, 1]),
        ("sqrt(x^4)", 0, [0, 0, 1, 0, 0]),
        ("cbrt(x^3)", 0, [0, 1, 0, 0, 0]),
        ("hypot(x^2, 0)", 0, [0, 0, 1, 0, 0]),
        ("xlogy(x, 1 + x)", 0, [0, 0, 1, -1 / 2, 1 / 3]),
        ("max(x, x^3 + x)", 0, [0, 1, 0, None, 0]),
        ("abs(x)*x*0 + abs(x)^2", 0, [0, 0, 1, 0, 0]),
        ("log(1 + exp(x + 1000))", 0, [1000, 1, 0, 0, 0]),
        ("exp(x + 800)/exp(800)", 0, [1, 1, 1 / 2, 1 / 6, 1 / 24]),
        ("(x % 2)^2", 0.5, [0.25, 1, 1, 0, 0]),
        ("floor(x)*x", 0.5, [0, 0, 0, 0, 0]),
        ("-2^x", 0, None),
        ("prod(x, x, x + 1)", 0, [0, 0, 1, 1, 0]),
        ("sin(x)^2 + cos(x)^2", 0.3, [1, 0, 0, 0, 0]),
        ("0.1*3 - x", 0.3, [0.1 * 3 - 0.3, -1, 0, 0, 0]),
        ("where(x < 0, 2*x, sin(x)*x/sin(x) + x)", 0, [0, 2, 0, 0, 0]),
        ("where(x < 1, tan(x), sin(x)/cos(x))*0 + x", 1, [1, 1, 0, 0, 0]),
    ],
)
def test_coefficients_at_special_points(program: str, x: float, expected: list[float | None] | None) -> None:
    if expected is None:
        with mpmath.workdps(40):
            expected = [float(-(mpmath.log(2) ** k) / mpmath.factorial(k)) for k in range(5)]
    for number, exact in zip(numbers(program, 4, x=x), expected, strict=True):
        assert exact is None or number == pytest.approx(exact, rel=1e-14, abs=1e-16)


@pytest.mark.parametrize(
    ("program", "x", "expected"),
    [
        ("abs(x)", 0, "ok kink kink kink"),
        ("abs(x)^3", 0, "ok ok ok kink"),
        ("abs(x)^2", 0, "ok ok ok ok"),
        ("sqrt(x^2)", 0, "ok kink kink kink"),
        ("relu(x)", 0, "ok kink kink kink"),
        ("elu(x)", 0, "ok ok kink kink"),
        ("clip(x, 0, 1)", 1, "ok kink kink kink"),
        ("max(x, x^2)", 1, "ok kink kink kink"),
        ("where(abs(x) < 1, x^2/2, abs(x) - 0.5)", 1, "ok ok kink kink"),
        ("abs(x - 1) + exp(1000*(x - 1))", 1, "ok kink kink kink"),
        ("where(x < 1, tan(x), sin(x)/cos(x))", 1, "ok ok ok ok"),
        ("abs(10*x - 3)", 0.3, "recovered recovered ok ok"),
        ("floor(x)", 2, "jump jump jump jump"),
        ("sign(x)", 0, "jump jump jump jump"),
        ("round(x)", 2.5, "jump jump jump jump"),
        ("heaviside(x)", 0, "jump jump jump jump"),
        ("where(x == 0, 5, x)", 0, "jump jump jump jump"),
        ("x % 1", 2, "ok jump jump jump"),
        ("sqrt(x)", 0, "ok pole undefined undefined"),
        ("log(x)", 0, "pole pole undefined undefined"),
        ("1/x", 0, "pole pole undefined undefined"),
        ("x^1.5", 0, "ok limit undefined undefined"),
        ("x^2.5", 0, "ok limit limit undefined"),
        ("(x^2)^1.5", 0, "ok ok ok kink"),
        ("(-x^2)^1.5", 0, "ok undefined undefined undefined"),
        ("sqrt(x^4 - x^2)", 0, "ok undefined undefined undefined"),
        ("cbrt(x)^4", 0, "ok recovered undefined undefined"),
        ("asin(x)", 1, "ok pole undefined undefined"),
        ("acosh(x)", 1, "ok pole undefined undefined"),
        ("log(x)", -1, "undefined undefined undefined undefined"),
        ("clip(x, 1, 0)", 0.5, "undefined undefined undefined undefined"),
        ("sin(x)/x", 0, "limit limit ok ok"),
        ("log(1 + exp(x))", 1000, "recovered recovered overflow overflow"),
    ],
)
def test_statuses(program: str, x: float, expected: str) -> None:
    assert " ".join(statuses(program, 3, x=x)) == expected


def test_both_sides_of_a_kink() -> None:
    expansion = expand("abs(x)^3", 4, x=0)
    assert [c.verdict.interval for c in expansion.coefficients] == [None, None, None, (-1.0, 1.0), None]
    assert expansion.sides == ([0, 0, 0, -1, 0], [0, 0, 0, 1, 0])
    assert expand("relu(x)", 1, x=0).coefficients[1].number == 0  # the table's convention, as `eval` has it


def test_nothing_recurses() -> None:
    chain = "y0 = sin(x)\n" + "\n".join(f"y{k} = sin(y{k - 1})" for k in range(1, 10_000))
    found = numbers(chain, 1, x=0.5)
    value, slope = 0.5, 1.0
    for _ in range(10_000):
        value, slope = sin(value), slope * cos(value)
    assert found[:2] == pytest.approx([value, slope], rel=1e-9)


def test_work_is_quadratic_in_the_order() -> None:
    """Rules close on one another: the series of a node are few, and no more at higher orders."""
    for row in PRIMITIVES.values():
        if row.name in ("gamma", "lgamma", "digamma", "polygamma", "sinc"):  # whose derivatives have no end
            continue
        graph = parse(call_of(row))
        evaluation = evaluate(graph, {"x": 1.7 if row.name in ("acosh", "coth") else 0.37})
        counts = []
        for order in (6, 24):
            series = Series(graph, evaluation.values, DOUBLE, graph.find("x"), order)
            series.coefficient(graph.output, order)
            counts.append(len(series))
        assert counts[0] == counts[1] < 50, row.name


# What is printed


def polynomial_of(done: Any, output: str) -> str:
    return str(json.loads(done.stdout)["outputs"][output]["polynomial"])


@pytest.mark.parametrize(("program", "x"), [("exp(sin(x))", -0.5), ("abs(x)^3 + cos(x)", 0.0), ("1/(1 + x)", 0.25)])
def test_the_polynomial_is_a_program(program: str, x: float, cgraph: Run) -> None:
    done = cgraph("taylor", f"y = {program}", f"--x={x}", "--order", "12", "-o", "json")
    text = polynomial_of(done, "y")
    for step in (-0.01, 0.01):
        point = {"x": x + step}
        mine, truth = (evaluate(graph, point).values[graph.output] for graph in (parse(text), parse(program)))
        assert mine == pytest.approx(truth, rel=1e-15, abs=1e-15)


def test_formats(cgraph: Run) -> None:
    args = ("taylor", "y = exp(x); z = x^2", "--of", "y,z", "--x", "0", "--order", "2")
    assert cgraph(*args, "-o", "csv").stdout == (
        "order,coefficient_y,coefficient_status_y,coefficient_z,coefficient_status_z\n"
        "0,1,ok,0,ok\n1,1,ok,0,ok\n2,0.5,ok,1,ok\n"
    )
    lines = cgraph(*args, "-o", "jsonl").stdout.splitlines()
    assert json.loads(lines[2]) == {
        "order": 2,
        "coefficient": {"y": 0.5, "z": 1.0},
        "status": {"y": "ok", "z": "ok"},
        "intervals": {},
    }
    assert cgraph(*args, "-o", "plain").stdout == (
        "order  coefficient of y  coefficient of z\n"
        "0                   1                   0\n"
        "1                   1                   0\n"
        "2                   0.5                 1\n"
        "y = 1 + x + 0.5*x^2\n"
        "z = x^2\n"
    )
    assert cgraph(*args, "-o", "markdown").stdout.startswith("| order | coefficient of y | coefficient of z |\n")
    whole = json.loads(cgraph(*args, "-o", "json").stdout)
    assert (whole["wrt"], whole["center"], whole["order"], list(whole["outputs"])) == ("x", 0.0, 2, ["y", "z"])


def test_exit_status(cgraph: Run) -> None:
    assert cgraph("taylor", "exp(x)", "--x", "0").returncode == 0
    done = cgraph("taylor", "(x^2)^1.25", "--x", "0", "-o", "plain")
    assert done.returncode == 3
    assert "note: `^` at 1:6 has no power series here beyond these terms" in done.stdout
    assert cgraph("taylor", "x^1.5", "--x", "0", "--allow-nonfinite").returncode == 0


def test_an_intermediate_is_a_variable(cgraph: Run) -> None:
    found = taylor(parse("u = a + 1; y = u^2*a"), {"a": 2.0}, Request(wrt=["u"]), 3)
    assert [c.number for c in found.expansions[0].coefficients] == [18, 12, 2, 0]


def test_gradients_in_the_language() -> None:
    """The series of a derivative is the derivative of the series."""
    whole = numbers("exp(sin(x))", 8, x=0.3)
    (expansion,) = taylor(parse("y = exp(sin(x)); grad(grad(y, x), x)"), {"x": 0.3}, Request(), 6).expansions
    for k, coefficient in enumerate(expansion.coefficients):
        assert coefficient.number == pytest.approx((k + 1) * (k + 2) * whole[k + 2], rel=1e-14)


@pytest.mark.parametrize(
    ("program", "coefficients"),
    [
        ("coth(x) - 1/x", [0, 1 / 3, 0]),
        ("digamma(x) + 1/x", [-0.5772156649015329, 1.6449340668482264, -1.2020569031595942]),
        ("log(x*gamma(x))", [0, -0.5772156649015329, 0.8224670334241132]),
        ("sqrt(x)^2*x", [0, 0, 1]),
        ("exp(-1/x^2)", [0, 0, 0]),
    ],
)
def test_the_second_coefficient_is_there_where_the_series_of_a_node_is_not(
    program: str, coefficients: list[float]
) -> None:
    (expansion,) = taylor(parse(f"y = {program}"), {"x": 0.0}, Request(), 3).expansions
    assert [found.number for found in expansion.coefficients[:3]] == pytest.approx(coefficients, rel=1e-14)
    assert [str(found.verdict.status) for found in expansion.coefficients[2:]] == ["limit", "unknown"]
