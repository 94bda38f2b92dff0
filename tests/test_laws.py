"""Limits by laws: those of functions of known behaviour, and none for the others."""

from __future__ import annotations

import json
import math

import pytest

from cgraph_cli.language.parse import parse
from cgraph_cli.results.report import report
from cgraph_cli.results.request import Request

INF, NAN = math.inf, math.nan

SLOPES = [
    ("x*log(abs(x))", -INF, "pole"),
    ("x^2*log(abs(x))", 0.0, "limit"),
    ("1/log(x)", -INF, "pole"),
    ("sqrt(x)*log(x)", -INF, "pole"),
    ("x^1.5*log(x)^3", 0.0, "limit"),
    ("x^2*sin(1/x)", 0.0, "limit"),
    ("x^2*sin(1/x^2)", 0.0, "limit"),
    ("where(x == 0, 0, x^2*sin(1/x))", 0.0, "ok"),
    ("where(x == 0, 0, 1/x)", INF, "pole"),
    ("where(x == 0, 0, x)", 1.0, "recovered"),
    ("where(sqrt(x + 4)^2 == x + 4, x, 0)", 1.0, "ok"),
    ("(x - sin(x))/x^3", 0.0, "limit"),
    ("(exp(x) - 1 - x)/x^2", 1 / 6, "limit"),
    ("(1 + x)^(1/x)", -math.e / 2, "limit"),
    ("exp(-1/x^2)", 0.0, "limit"),
]
"""Functions of x at 0, their derivatives there, and the statuses."""

NONE = [
    "sin(log(33*x))", "2 + cos(21/x)", "2 + cos(22/x)", "x*(2 + cos(1.4*log(x)))", "x*sin(1/x)^2", "x*sin(log(abs(x)))",
    "cos(1/x)", "sin(1/x)/x", "x*sin(1/x)", "x*(100 + cos(log(x)))", "where(x == 0, 0, x*sin(1/x))",
]  # fmt: skip
"""Functions of x that have no derivative at 0, and no infinite one."""

VALUES = [
    ("sin(x)/x", 1.0, "limit"),
    ("log(x)/log(2*x)", 1.0, "limit"),
    ("log(1 + x)/log(x)", 0.0, "limit"),
    ("x^x", 1.0, "ok"),
    ("(1 + x)^(1/x)", math.e, "limit"),
    ("exp(-1/x)", 0.0, "jump"),
    ("1/x - 1/sin(x)", 0.0, "limit"),
    ("(1 - cos(x))/x^2", 0.5, "limit"),
]
"""Functions of x at 0, their limits, and the statuses."""

SEVERAL = [
    ("x^2*y/(x^4 + y^2)", NAN),
    ("x*y^2/(x^2 + y^4)", NAN),
    ("x*y/(x^2 + y^2)", NAN),
    ("x^2*y^2/(x^2 + y^2)", 0.0),
    ("sin(x*y)/(x*y)", 1.0),
    ("x^3/(x^2 + y^2)", 0.0),
]
"""Functions of x and y at (0, 0), with the limit where there is one along every curve."""


def same(number: float, true: float) -> bool:
    return math.isnan(number) if math.isnan(true) else number == true or math.isclose(number, true, rel_tol=1e-12)


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize(("text", "slope", "status"), SLOPES)
def test_slopes(text: str, slope: float, status: str, mode: str) -> None:
    graph = parse(text)
    answer = report(graph, {"x": 0.0}, Request(mode=mode))
    found = answer.checked_gradient(graph.output, graph.find("x"))
    assert found is not None
    assert same(found.number, slope), found
    assert found.verdict.status == status


@pytest.mark.parametrize("text", NONE)
def test_nothing_is_invented(text: str) -> None:
    graph = parse(text)
    answer = report(graph, {"x": 0.0}, Request())
    found = answer.checked_gradient(graph.output, graph.find("x"))
    assert found is not None
    assert found.verdict.status in ("unknown", "undefined")


@pytest.mark.parametrize(("text", "value", "status"), VALUES)
def test_values(text: str, value: float, status: str) -> None:
    graph = parse(text)
    found = report(graph, {"x": 0.0}, Request()).checked(graph.output)
    assert same(found.number, value), found
    assert found.verdict.status == status


@pytest.mark.parametrize(("text", "value"), SEVERAL)
def test_values_of_several_inputs(text: str, value: float) -> None:
    graph = parse(text)
    found = report(graph, {"x": 0.0, "y": 0.0}, Request()).checked(graph.output)
    assert same(found.number, value), found
    assert found.verdict.status == ("undefined" if math.isnan(value) else "limit")


@pytest.mark.parametrize(
    ("text", "point", "slopes"),
    [
        ("a*x/x", {"a": 2.0, "x": 0.0}, {"a": 1.0, "x": 0.0}),
        ("a*(x/x)", {"a": 2.0, "x": 0.0}, {"a": 1.0, "x": 0.0}),
        ("x*sin(y)/y", {"x": 3.0, "y": 0.0}, {"x": 1.0, "y": 0.0}),
        ("sin(x*y)/x", {"x": 0.0, "y": 2.0}, {"x": 0.0, "y": 1.0}),
        ("log(1 + x*y)/x", {"x": 0.0, "y": 2.0}, {"x": -2.0, "y": 1.0}),
        ("c*(1 - (1 + y)^(-n))/y", {"c": 5.0, "n": 10.0, "y": 0.0}, {"c": 10.0, "n": 5.0, "y": -275.0}),
    ],
)
def test_grouping_does_not_change_the_answer(text: str, point: dict[str, float], slopes: dict[str, float]) -> None:
    """A value that is a limit in one input has limits for derivatives in the others."""
    graph = parse(text)
    answer = report(graph, point, Request())
    for name, slope in slopes.items():
        found = answer.checked_gradient(graph.output, graph.find(name))
        assert found is not None
        assert same(found.number, slope), (name, found)
        assert found.verdict.status == "limit"


@pytest.mark.parametrize(
    ("text", "point", "value", "status"),
    [
        ("grad(where(x == 0, 0, x), x)", {"x": 0.0}, 1.0, "recovered"),
        ("grad(where(x > 2, log2(x), 2*x), x)", {"x": 2.0}, NAN, "jump"),
        ("y = relu(x); 3*grad(y, x)", {"x": 0.0}, 0.0, "ok"),
        ("grad(sin(x)/x, x)", {"x": 0.0}, 0.0, "limit"),
        ("grad(abs(x), x)", {"x": 1.0}, 1.0, "ok"),
    ],
)
def test_grad_is_what_the_table_says(text: str, point: dict[str, float], value: float, status: str) -> None:
    graph = parse_program(text)
    found = report(graph, point, Request()).checked(graph.output)
    assert same(found.number, value), found
    assert found.verdict.status == status


def parse_program(text: str):
    from cgraph_cli.symbolic.program import parse as parse_with_gradients

    return parse_with_gradients(text)


@pytest.mark.parametrize(
    ("text", "point", "matrix", "statuses"),
    [
        ("where(x == 1, 1, x^2)", {"x": 1}, [[2.0]], [["recovered"]]),
        ("(x^2 - 1)/(x - 1)", {"x": 1}, [[0.0]], [["limit"]]),
        ("x*relu(y)", {"x": 1, "y": 0}, [[0.0, 0.0], [0.0, 0.0]], [["ok", "kink"], ["kink", "jump"]]),
    ],
)
def test_hessians_at_singular_points(cgraph, text: str, point: dict[str, int], matrix: list, statuses: list) -> None:
    settings = [word for name, number in point.items() for word in (f"--{name}", str(number))]
    answer = json.loads(cgraph("hessian", text, *settings, "-o", "json").stdout)
    assert (answer["matrix"], answer["status"]) == (matrix, statuses)
