"""The law of propagation: identities, correlations, arrays, and the second order."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgraph_cli.core.errors import Source
from cgraph_cli.core.uncertain_number import DISTRIBUTIONS, UncertainNumber
from cgraph_cli.results.request import Request
from cgraph_cli.results.uncertainty.correlations import Correlations
from cgraph_cli.results.uncertainty.propagation import propagate
from cgraph_cli.symbolic.program import parse
from tests.budgets import budget, given_as, output
from tests.needs import need_library


def test_correlation_through_the_graph_is_exact() -> None:
    assert output("x - x", *given_as(x="3 ± 1"))["u"] == 0
    assert output("x*x", *given_as(x="3 ± 1"))["u"] == output("x^2", *given_as(x="3 ± 1"))["u"] == 6
    assert output("y = x/(1 + x); y + 1/(1 + x)", *given_as(x="3 ± 1"))["u"] < 1e-15


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.floats(-3, 3), min_size=3, max_size=3), min_size=4, max_size=8, unique_by=tuple))
def test_joint_readings_propagate_as_their_covariance_matrix(rows: list[list[float]]) -> None:
    numpy = need_library("numpy")
    data = numpy.array(rows)
    columns = dict(zip("abc", data.T.tolist(), strict=True))
    if min(numpy.ptp(data, axis=0)) < 1e-3:
        return
    correlations = Correlations()
    correlations.put_readings(columns)
    n = len(rows)
    numbers = {
        name: UncertainNumber(numpy.mean(column), numpy.std(column, ddof=1) / math.sqrt(n), "student", n - 1.0)
        for name, column in columns.items()
    }
    found = propagate(parse(Source("p = a*b + c; q = sin(a) - 2*c")), numbers, Request(["p", "q"]), correlations)
    a, b, _ = data.mean(axis=0)
    jacobian = numpy.array([[b, a, 1], [math.cos(a), 0, -2]])
    covariance = jacobian @ numpy.cov(data.T) @ jacobian.T / n
    size = numpy.abs(covariance).max()
    for i in range(2):
        for j in range(2):
            assert abs(found.covariance(i, j) - covariance[i, j]) <= 1e-9 * max(size, 1e-3)
    for each in found.budgets:
        assert math.isnan(sum(c.share for c in each.contributions)) or sum(
            c.share for c in each.contributions
        ) == pytest.approx(1)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.lists(st.floats(-1, 1), min_size=3, max_size=3), min_size=3, max_size=3))
def test_a_covariance_matrix_of_a_vector_propagates_as_a_product_of_matrices(factor: list[list[float]]) -> None:
    numpy = need_library("numpy")
    root = numpy.array(factor) + 2 * numpy.eye(3)
    matrix = root @ root.T
    matrix = (matrix + matrix.T) / 2
    args = ["y = w[0]*w[1]; z = sin(w[2]) + w[0]", "--of", "y,z", "--w", "[1, 2, 0.5]", "--draws", "0"]
    whole = budget(*args, "--cov", f"w={json.dumps(matrix.tolist())}")
    names = ["w[0]", "w[1]", "w[2]"]
    parts = budget(*args, "--cov", f"{','.join(names)}={json.dumps(matrix.tolist())}")
    assert whole["covariance"] == parts["covariance"]
    assert list(whole["inputs"]) == names
    jacobian = numpy.array([[2, 1, 0], [1, 0, math.cos(0.5)]])
    expected = jacobian @ matrix @ jacobian.T
    assert numpy.array(whole["covariance"]) == pytest.approx(expected, rel=1e-12, abs=1e-12 * numpy.abs(expected).max())


def test_an_output_that_is_an_array_has_a_budget_for_each_element() -> None:
    args = ["y = [a*b, a - b]; z = sum(y)", *given_as(a="2 ± 0.1", b="3 ± 0.2"), "--draws", "0"]
    found = budget(*args, "--of", "y")
    assert found == budget(*args, "--of", "y[0],y[1]") == budget(args[0].split(";")[0], *args[1:])
    assert [each["u"] for each in found["outputs"].values()] == pytest.approx([0.5, math.hypot(0.1, 0.2)])
    assert found["covariance"][0][1] == pytest.approx(3 * 0.1**2 - 2 * 0.2**2)


def test_elements_of_arrays_have_uncertainties(tmp_path: Path) -> None:
    (tmp_path / "in.json").write_text('{"w": ["1.0(1)", {"value": 2, "u": 0.2}, 3]}', encoding="utf-8")
    args = ["y = sum(w*w)", "--corr", "w[0],w[1]=0.5", "--draws", "0"]
    by_option = budget(*args, "--w", "[1.0(1), 2.0 ± 0.2, max(1, 3)]")
    assert by_option == budget(*args, "--inputs", "in.json", cwd=tmp_path)
    assert by_option["outputs"]["y"]["u"] == pytest.approx(math.sqrt(0.2**2 + 0.8**2 + 0.2 * 0.8), rel=1e-14)
    assert by_option["exact"] == ["w[2]"]
    matrix = output("trace(W@W)", "--W", "[[1.0(1), 2], [0, 1]]", "--corr", "W[0,0],W[0,0]=1", "--draws", "0")
    assert matrix["u"] == pytest.approx(0.2)


@given(
    st.lists(st.floats(0.01, 5), min_size=2, max_size=4), st.lists(st.sampled_from(sorted(DISTRIBUTIONS)), min_size=4)
)
@settings(max_examples=20, deadline=None)
def test_second_order_is_exact_for_quadratic_functions(us: list[float], kinds: list[str]) -> None:
    """The mean and the variance of x² + xy + … follow from the moments of each distribution."""
    from cgraph_cli.results.uncertainty.second_order import second_order

    names = [f"x{at}" for at in range(len(us))]
    numbers = {
        name: UncertainNumber(0.5, u, kind, 9.0 if kind == "student" else math.inf)
        for name, u, kind in zip(names, us, kinds, strict=False)
    }
    terms = [f"{name}^2" for name in names] + [f"{x}*{y}" for x, y in pairwise(names)]
    graph = parse(Source("y = " + " + ".join(terms)))
    linear = propagate(graph, numbers, Request(), Correlations()).budgets[0]
    found = second_order(graph, numbers, "y", linear.u, numbers, Correlations())
    assert found is not None
    variance = linear.u**2
    for number in numbers.values():
        variance += (DISTRIBUTIONS[number.distribution].kurtosis - 1) * number.u**4
    for x, y in pairwise(numbers.values()):
        variance += x.u**2 * y.u**2
    assert found.u == pytest.approx(math.sqrt(variance), rel=1e-12)
    assert found.shift == pytest.approx(sum(u * u for u in us), rel=1e-12)
