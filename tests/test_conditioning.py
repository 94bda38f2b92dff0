"""Condition numbers of matrices: exact, and told where numbers are lost or infinite."""

from __future__ import annotations

import json
import math
from fractions import Fraction

import numpy
from hypothesis import strategies as st

from cgraph_cli.results.conditioning import condition_number
from tests.conftest import Run, explore

LAYER = "s = softmax(W @ x + b); L = -log(s[1])"
POINT = {"W": [[1, 2], [3, 4], [0, -1]], "x": [1, 0.5], "b": [0, 0, 0]}
WORDS = [f"--{name}={value}" for name, value in POINT.items()]


@st.composite
def matrices(draw: st.DrawFn) -> list[list[float]]:
    size = draw(st.integers(1, 4))
    number = st.integers(-5, 5).map(float)
    return draw(st.lists(st.lists(number, min_size=size, max_size=size), min_size=size, max_size=size))


@explore(100, 5_000, matrices())
def test_condition_numbers(rows: list[list[float]]) -> None:
    """Exact where NumPy's are of doubles: infinite for just those whose determinant is 0."""
    found = condition_number(rows)

    def determinant(matrix: list[list[Fraction]]) -> Fraction:
        if not matrix:
            return Fraction(1)
        first, *rest = matrix
        minors = ([[*row[:at], *row[at + 1 :]] for row in rest] for at in range(len(first)))
        return sum(
            ((-1) ** at * x * determinant(m) for at, (x, m) in enumerate(zip(first, minors, strict=True))), Fraction(0)
        )

    assert (found == math.inf) == (determinant([[Fraction(x) for x in row] for row in rows]) == 0)
    if found < 1e8:
        assert math.isclose(found, numpy.linalg.cond(numpy.array(rows), 1), rel_tol=1e-6)


def test_a_large_matrix_and_the_hilbert_matrix() -> None:
    numbers = numpy.random.default_rng(3).normal(size=(40, 40))
    assert math.isclose(condition_number(numbers.tolist()), numpy.linalg.cond(numbers, 1), rel_tol=1e-9)
    hilbert = [[1 / (i + j + 1) for j in range(5)] for i in range(5)]
    assert math.isclose(condition_number(hilbert), 943656, rel_tol=1e-6)  # known to be 943,656


def test_singular_and_nearly_singular_matrices(cgraph: Run) -> None:
    for program in ("y = inv(A)", "y = solve(A, [1, 1])", "y = solve(A, [1, 2])"):
        done = cgraph("eval", program, "--A=[[1, 2], [2, 4]]")
        assert done.returncode == 3
        assert "of a singular matrix is at a pole" in done.stdout
        found = json.loads(cgraph("eval", program, "--A=[[1, 2], [2, 4]]", "-o", "json").stdout)
        (node,) = [each for each in found["nodes"] if each["name"] == "y"]
        assert set(numpy.ravel(node["status"])) == {"pole"}
        (matrix,) = [each for each in found["nodes"] if each["name"] == "A"]
        assert set(numpy.ravel(matrix["gradient_status"]["y"])) == {"pole"}
    large = "[[1, 2, 3, 4], [2, 4, 6, 8], [1, 0, 0, 1], [0, 0, 1, 1]]"
    assert "value pole; pole" in cgraph("eval", "y = inv(A)", f"--A={large}").stdout
    near = cgraph("eval", "y = inv(A)", "--A=[[1, 2], [2, 4.00000001]]").stdout
    assert "note: `inv` at 1:5 is of a matrix with the condition number 3.6e+09" in near
    assert "condition number" not in cgraph("eval", "y = inv(A)", "--A=[[1, 2], [2, 5]]").stdout
    assert "of a matrix that is not positive definite" in cgraph("eval", "cholesky(A)", "--A=[[1, 2], [2, 1]]").stdout
    assert "with a negative determinant" in cgraph("eval", "logdet(A)", "--A=[[1, 2], [2, 1]]").stdout


def test_a_note_calls_a_product_of_arrays_by_its_sign(cgraph: Run) -> None:
    said = cgraph("eval", "y = x @ w", "--x", "[0.1, 0.2, 0.3]", "--w", "[1e15, 1e15, -1e15]").stdout
    assert "note: `@` at 1:7 cancels: doubles keep 0 of 16 digits here" in said


def test_errors_and_conditions_of_arrays_are_those_of_their_elements(cgraph: Run) -> None:
    of_arrays = cgraph("eval", "y = 3*a^2; z = sum(y) - 15", "--a", "[1, 2.00000001]", "--errors", "-o", "json").stdout
    of_numbers = cgraph(
        *("eval", "y0 = 3*p^2; y1 = 3*q^2; z = (y0 + y1) - 15", "--p", "1", "--q", "2.00000001", "--errors"),
        *("-o", "json"),
    ).stdout
    arrays = {node["name"]: node for node in json.loads(of_arrays)["nodes"]}
    numbers = {node["name"]: node for node in json.loads(of_numbers)["nodes"]}
    for name, elements in {"a": ["p", "q"], "y": ["y0", "y1"]}.items():
        assert arrays[name]["error"] == [numbers[each]["error"] for each in elements]
        assert arrays[name]["condition"]["z"] == [numbers[each]["condition"]["z"] for each in elements]
    assert arrays["z"]["condition"] == numbers["z"]["condition"] == {"z": 1.0}
    x = 2.00000001
    assert math.isclose(arrays["a"]["condition"]["z"][1], 6 * x * x / (3 * x * x - 12), rel_tol=1e-6)
