"""Shapes that a formula leaves out: those that a textbook means."""

from __future__ import annotations

import pytest

from cgraph_cli.core.errors import CgraphError
from cgraph_cli.core.tensor import Tensor
from tests.test_matrix_calculus import (
    derivative,
)

UNDECLARED = [
    ("sum((A @ x - b)^2)", ["A : [m, n]", "x : [n]", "b : [m]"]),
    ("x @ A @ x", ["x : [m]", "A : [m, m]"]),
    ("sum(log(1 + exp(-y*(X @ w)))) + k*sum(w^2)", ["y : [m]", "X : [m, n]", "w : [n]"]),
    ("trace(A @ X @ B)", ["A : [m, n]", "X : [n, k]", "B : [k, m]"]),
    ("y @ solve(K, y) + logdet(K)", ["y : [m]", "K : [m, m]"]),
    ("m @ n", ["m : [k]", "n : [k]"]),
    ("A : [n, 3]; sum(A @ (x*y))", ["A : [n, 3]", "x : [3]", "y : [3]"]),
    ("A : [2, 3]; A @ x + u/s", ["A : [2, 3]", "x : [3]", "u : [2]", "s : [2]"]),
    ("A @ A.T @ x", ["A : [m, n]", "x : [m]"]),
    ("log(det(X))", ["X : [m, m]"]),
    ("trace(X^2)", ["X : [m, m]"]),
    ("X : [n, d]; sum(X, axis=0) @ w", ["X : [n, d]", "w : [d]"]),
    ("x @ sum(A, axis=-1) + norm(A, axis=0) @ y", ["x : [m]", "A : [m, n]", "y : [n]"]),
    ("A[:, 0] @ x + A[1] @ y", ["A : [m, n]", "x : [m]", "y : [n]"]),
    ("u @ diag(x) @ A @ v", ["u : [m]", "x : [m]", "A : [m, n]", "v : [n]"]),
    ("x @ (A + 2*eye(3)) @ x", ["x : [3]", "A : [3, 3]"]),
    ("cross_entropy(W @ x + b, 1)", ["W : [m, n]", "x : [n]", "b : [m]"]),
]
"""Formulas without shapes, and the shapes that textbooks mean."""


@pytest.mark.parametrize(("text", "expected"), UNDECLARED)
def test_undeclared_shapes(text: str, expected: list[str]) -> None:
    """Undeclared inputs have the shapes of a textbook, and the result declares them."""
    assert [line for line in derivative(text).splitlines() if " : " in line] == expected


@pytest.mark.parametrize("text", ["x[1:] @ y", "[x, y] @ z", "trace(A*X)", "A : [2, 3]; B : [4, 2]; A @ x + B @ x"])
def test_shapes_that_are_not_clear(text: str) -> None:
    """The error is that of shapes where the convention is not enough."""
    with pytest.raises(
        CgraphError,
        match=r"neither value nor shape|do not fit|has no (axis|matrix product|elements)|for the matrix product",
    ):
        derivative(text)


def test_given_sizes_fit_undeclared_shapes() -> None:
    """Given sizes fix the others."""
    found = derivative("sum((A @ x - b)^2)", {"A": Tensor((2, 3), [1.0] * 6)})
    assert found.splitlines()[1:3] == ["x : [3]", "b : [2]"]


def test_sizes_that_coincide_are_told_apart() -> None:
    """A size that is another letter by chance is not taken for that letter."""
    found = derivative("x : [n]; y : [m]; z = concat(x, y, [1, 2]); sum(z^2)")
    assert found.splitlines()[-2:] == ["d_dx = d_dz[:n]", "d_dy = d_dz[n:n + m]"]
    with pytest.raises(CgraphError, match="depends on sizes"):
        derivative("x : [n]; sum([x[i]^i for i in range(n)])")
