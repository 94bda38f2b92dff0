"""Derivatives of elements of arrays and with respect to them: the entries of the derivatives of the arrays."""

from __future__ import annotations

import json
import random
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cgraph_cli.core.tensor import Shape, indices, show_index
from tests.conftest import Run
from tests.test_matrix_calculus import close, derivative, gradients, numbers, programs, random_point

FORMULAS = [
    ("x : [n]; y = x[0]^2 + x[1]", {"wrt": ["x[0]"]}, {"dy_dx_0": "2*x[0]"}),
    ("A : [m, n]; x : [n]; y = A @ x", {"of": ["y[1]"], "wrt": ["x[2]"]}, {"dy_1_dx_2": "A[1, 2]"}),
    ("A : [m, n]; x : [n]; y = A @ x", {"of": ["y[1]"], "wrt": ["x"]}, {"dy_1_dx": "A[1]"}),
    ("A : [m, n]; x : [n]; b : [m]; sum((A @ x - b)^2)", {"wrt": ["A[0,1]", "x[1]"]},
     {"d_dA_0_1": "2*x[1]*(A[0] @ x - b[0])", "d_dx_1": "2*(A[:, 1] @ (A @ x - b))"}),
    ("A : [m, n]; x : [n]; sum((A @ x)^2)", {"wrt": ["x[0]", "x"], "order": 2},
     {"d2_dx_0_dx_0": "2*(A[:, 0] @ A[:, 0])", "d2_dx_0_dx": "2*(A.T @ A)[0]", "d2_dx_dx": "2*(A.T @ A)"}),
    ("x : [n]; sum(exp(x)*x)", {"wrt": ["x[0]", "x[1]"], "order": 2},
     {"d2_dx_0_dx_0": "exp(x[0])*(x[0] + 2)", "d2_dx_0_dx_1": "0"}),
    ("h[0] = a; h[t + 1] = r*h[t] for t in range(3)", {"of": ["h[2]"]}, {"dh_2_da": "r^2", "dh_2_dr": "2*a*r"}),
    ("h[0] = a; h[t + 1] = r*h[t] for t in range(3)", {"of": ["h[3]"], "wrt": ["h[1]"]}, {"dh_3_dh_1": "r^2"}),
    ("X : [2, 2]; sum(X^4)", {"wrt": ["X[0,1]"], "order": 3}, {"d3_dX_0_1_dX_0_1_dX_0_1": "24*X[0, 1]"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "asked", "expected"), FORMULAS)
def test_formulas(text: str, asked: dict[str, list[str]], expected: dict[str, str]) -> None:
    """The formula of an element is written with elements, for any sizes."""
    lines = dict(line.split(" = ") for line in derivative(text, expand=True, **asked).splitlines() if " = " in line)
    assert {name: lines[name] for name in expected} == expected


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(programs(), st.integers(0, 10**6))
def test_elements_are_entries(program: tuple[str, dict[str, Shape]], seed: int) -> None:
    """The derivative with respect to an element is that entry of the gradient, which the sweep computes."""
    text, shapes = program
    point, chance = random_point(shapes, seed), random.Random(seed)
    expected = gradients(text, point)
    asked = {}
    for name, values in expected.items():
        index, value = chance.choice(list(zip(indices(shapes[name]), values, strict=True)))
        asked[f"{name}{show_index(index)}" if index else name] = value
    if not asked or not all(abs(value) < 1e6 for value in asked.values()):
        return
    computed = numbers(derivative(text, point, wrt=list(asked)), point)
    for label, value in asked.items():
        name = label.replace("[", "_").replace(",", "_").rstrip("]")
        (found,) = (each for key, each in computed.items() if re.fullmatch(rf"d\w*_d{name}", key))
        assert close(found, [value]), (text, label)


def test_output_elements_are_entries() -> None:
    """The derivatives of the elements of an output add up to that of its sum, element by element."""
    text = "A : [2, 3]; x : [3]; b : [2]; y = tanh(A @ x + b)*cumsum(b)"
    point = random_point({"A": (2, 3), "x": (3,), "b": (2,)}, 5)
    parts = [numbers(derivative(text, point, of=[f"y[{at}]"]), point) for at in range(2)]
    for name, values in gradients(text, point).items():
        first, second = (part[f"dy_{at}_d{name}"] for at, part in enumerate(parts))
        assert close([x + y for x, y in zip(first, second, strict=True)], values)


def test_labels(cgraph: Run) -> None:
    """JSON has the labels as they are asked for."""
    found = json.loads(cgraph("diff", "Q = A @ x", "--of", "Q[0]", "--wrt", "x[1],A[0, 1]", "-o", "json").stdout)
    assert [(each["of"], each["wrt"], each["expression"]) for each in found["derivatives"]] == [
        ("Q[0]", ["x[1]"], "A[0, 1]"),
        ("Q[0]", ["A[0,1]"], "x[1]"),
    ]


@pytest.mark.parametrize("wrt", [(), ("--wrt", "a*")])
def test_a_derivative_takes_the_inputs_of_its_program(cgraph: Run, wrt: tuple[str, ...]) -> None:
    inputs = ("--x", "[1, 2]", "--a1", "3", "--a2", "5", "--z", "7")
    found = cgraph("diff", "x : [2]; y = sum(x)*a1 + a2*size(x) + z", *wrt)
    assert ("dy_dx" in found.stdout) == (not wrt)
    again = cgraph("eval", "-", *inputs, "--get", "dy_da1", stdin=found.stdout)
    assert (again.returncode, again.stdout) == (0, "3\n")


def test_a_sum_of_nothing_has_its_value(cgraph: Run) -> None:
    done = cgraph("eval", "sum(x*y)", "--x", "zeros(0)", "--y", "3", "--get", "value", "--get", "y.grad")
    assert (done.returncode, done.stdout) == (0, "0\n0\n")
