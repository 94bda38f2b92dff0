"""Second derivatives of arrays: Hessians as matrices and as blocks, against textbooks and element by element."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cgraph_cli.render.derivatives.text import program_text
from cgraph_cli.symbolic.arrays import with_shapes
from cgraph_cli.symbolic.matrices.element_derivatives import derive_elements
from cgraph_cli.symbolic.program import parse
from tests.conftest import Run
from tests.test_matrix_calculus import (
    close,
    derivative,
    numbers,
    programs,
    random_point,
    shapes_at,
)

SECOND = [
    ("A : [m, n]; x : [n]; b : [m]; sum((A @ x - b)^2)", "x", {"d2_dx2": "2*A.T @ A"}),
    ("A : [n, n]; x : [n]; x @ A @ x", "x", {"d2_dx2": "A.T + A"}),
    ("x : [n]; sum(exp(x))", "x", {"d2_dx2": "diag(exp(x))"}),
    ("x : [n]; (x @ x)^2", "x", {"d2_dx2": "4*(x @ x)*eye(n) + 8*outer(x, x)"}),
    ("z : [n]; logsumexp(z)", "z", {"d2_dz2": "diag(softmax(z)) - outer(softmax(z), softmax(z))"}),
    ("X : [n, d]; y : [n]; w : [d]; z = X @ w; sum(softplus(z) - y*z)", "w", {}),
    ("x : [n]; y : [n]; s; s^2*(x @ y) + s*x[0]", "x,y,s", {"d2_dx_dy": "s^2*eye(n)"}),
    ("x : [n]; y : [n]; sin(x @ y)", "x,y", {}),
    ("A : [m, n]; x : [n]; u : [m]; sum(tanh(A @ x)*u^2)", "x,u", {}),
]  # fmt: skip
"""Programs, the inputs, and second derivatives as textbooks have them."""


@pytest.mark.parametrize(("text", "wrt", "expected"), SECOND)
def test_second_derivatives(text: str, wrt: str, expected: dict[str, str]) -> None:
    """The Hessian is the textbook's, and it computes what the derivative of the elements does."""
    found = derivative(text, wrt=wrt.split(","), order=2, expand=True)
    lines = dict(line.split(" = ") for line in found.splitlines() if " = " in line)
    for name, formula in expected.items():
        assert lines[name] == formula
    point = random_point(shapes_at(text, {"m": 2, "n": 3, "d": 2}), 7)
    scalar = with_shapes(parse(text), point)
    assert scalar.arrays is not None
    arrays = scalar.arrays.graph
    by_element = derive_elements(scalar, [arrays.output], [arrays.nodes[name] for name in wrt.split(",")], 2)
    names = [entry.name for entry in by_element.entries]
    expected_numbers = numbers(program_text(by_element), point)
    computed = numbers(derivative(text, point, wrt=wrt.split(","), order=2), point)
    assert names
    for name in names:
        assert close(computed[name], expected_numbers[name]), name


def test_blocks_of_a_hessian(cgraph: Run) -> None:
    """A Hessian of arrays is a block for each pair of inputs; its product with a vector has their shapes."""
    arguments = ["f = k*sum(x^3)", "--x", "[1, 2]", "--k", "3"]
    found = json.loads(cgraph("hessian", *arguments, "-o", "json", "--wrt", "x,k").stdout)
    assert found["blocks"]["x"] == {"x": [[18.0, 0.0], [0.0, 36.0]], "k": [3.0, 12.0]}
    assert found["blocks"]["k"] == {"x": [3.0, 12.0], "k": 0.0}
    product_found = json.loads(cgraph("hessian", *arguments, "-o", "json", "--hvp", "x[1]=2").stdout)
    assert product_found["product"] == {"k": 24.0, "x": [0.0, 72.0]}
    kink = cgraph("jacobian", "y = abs(x)", "--x", "[0, 2]", "-o", "plain").stdout
    assert "kink [-1, 1] at [0,0]" in kink


def test_no_elements() -> None:
    """The second derivatives of an array without elements are an array without elements."""
    assert derivative("A : [2, 0]; sum(A @ A.T)", order=2) == "A : [2, 0]\nd2_dA2 = zeros(2, 0, 2, 0)\n"


def test_blocks_in_arrays_beside_blocks_by_element() -> None:
    """A block with an array form has it, beside any other blocks."""
    found = derivative("x : [2]; A : [2, 2]; x @ A @ x", order=2).splitlines()
    assert "d2_dx2 = A.T + A" in found
    assert "d2_dA2 = zeros(2, 2, 2, 2)" in found
    assert "d2_dx_dA = [[[2*x[0], x[1]], [x[1], 0]], [[0, x[0]], [x[0], 2*x[1]]]]" in found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(programs(), st.integers(0, 10**6))
def test_random_second_derivatives(program: tuple[str, dict[str, tuple[int, ...]]], seed: int) -> None:
    """The Hessian's blocks between vectors and numbers compute what the derivatives of the elements do."""
    text, shapes = program
    point = random_point(shapes, seed)
    scalar = with_shapes(parse(text), point)
    assert scalar.arrays is not None
    arrays = scalar.arrays.graph
    wrt = [name for name in ("x", "y", "s") if name in arrays.nodes]
    by_element = derive_elements(scalar, [arrays.output], [arrays.nodes[name] for name in wrt], 2)
    expected = numbers(program_text(by_element), point)
    found = derivative(text, point, wrt=wrt, order=2)
    computed = numbers(found, point)
    for entry in by_element.entries:
        values = expected[entry.name]
        if all(math.isfinite(x) and abs(x) < 1e6 for x in values):
            assert close(computed[entry.name], values), f"{entry.name} of {text}\n{found}"
