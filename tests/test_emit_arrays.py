"""Emitted code of programs of arrays: it runs, and computes what the sweeps do, in the shapes of the program."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tests.emitted import same
from tests.emitted_arrays import ARRAY_RUNNERS, ArrayCase, Asked, asked

W = [[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]]
S = [[4.0, 1.0, 0.5], [1.0, 3.0, -0.25], [0.5, -0.25, 2.0]]
X = [[0.1, 1.2, -0.3], [2.0, -0.7, 0.4], [0.9, 0.8, -1.6], [1.1, -1.3, 0.6]]

CASES = [
    ArrayCase("y = sum(x^2)", {"x": [1, 2]}),
    ArrayCase("Q = 3*a^3 - b^2", {"a": [2, 3], "b": [6, 4]}),
    ArrayCase("z = x @ w + b; loss = mean(softplus(z) - y*z)", {"x": [0.3, -0.2], "w": W, "b": [0.1, 0.2, 0.3], "y": [0, 1, 0]}),
    ArrayCase("f = sum((A @ x - b)^2)", {"A": X, "x": [1, -2, 0.5], "b": [1, 2, 3, 4]}),
    ArrayCase("y = A.T @ A", {"A": W}),
    ArrayCase("y = [a, b*a, 3]", {"a": 2.5, "b": -1}),
    ArrayCase("y = sum(X, axis=0) * mean(X, axis=0) + max(X, axis=0) - min(X)", {"X": X}),
    ArrayCase("y = prod(X, axis=1) + prod(W)", {"X": X, "W": W}),
    ArrayCase("y = norm(X, axis=1)*logsumexp(X, axis=1) + norm(X)", {"X": X}),
    ArrayCase("y = X[1:3, 0] @ X[-1, ::2] + X[2, 1]", {"X": X}),
    ArrayCase("y = x[:, None]*x[None, :] + outer(x, x) - diag(x)", {"x": [1, 2, 3]}),
    ArrayCase("y = softmax(X) @ W.T", {"X": X, "W": W}),
    ArrayCase("l = cross_entropy(X, [0, 2, 1, 1])", {"X": X}),
    ArrayCase("l = cross_entropy(X[0], 1) + sum(log_softmax(X)*2)", {"X": X}),
    ArrayCase("y = [sum(x^i) for i in range(4)]; sum(y*y)", {"x": [0.5, -0.3]}),
    ArrayCase("h[0] = a; h[t+1] = r*h[t]*(1 - h[t]) for t in range(6)", {"a": 0.3, "r": 2.9}),
    ArrayCase("h[0] = a; h[t+1] = tanh(W @ h[t]) for t in range(3); y = sum(h[3])", {"a": [0.3, 0.1, -0.2], "W": S}),
    ArrayCase("y = solve(A, b) @ b", {"A": S, "b": [1, -1, 2]}),
    ArrayCase("y = solve(A, B)", {"A": S, "B": [[1, 2], [3, 4], [5, 6]]}),
    ArrayCase("y = inv(A)", {"A": S}),
    ArrayCase("y = det(A)*logdet(A)", {"A": S}),
    ArrayCase("y = det(A)", {"A": [[1, 2, 0, 1], [0, 1, 3, 1], [2, 1, 1, 0], [1, 1, 0, 2]]}),
    ArrayCase("y = cholesky(A)", {"A": S}),
    ArrayCase("y = cumsum(x)*x", {"x": [1, 2, 3]}),
    ArrayCase("y = concat(x, 2*x, [1, 2]) ; sum(y^2)", {"x": [1, 2, 3]}),
    ArrayCase("y = stack(x, x^2, axis=1)", {"x": [1, 2, 3]}),
    ArrayCase("y = concat(W, W*W, axis=1)", {"W": W}),
    ArrayCase("y = reshape(W, 3, 2) @ [1, -2]", {"W": W}),
    ArrayCase("y = conv1d(x, w)", {"x": [1, 2, 3, 4, 5], "w": [1, -1]}),
    ArrayCase("y = conv2d(X, w)", {"X": X, "w": [[1, -1], [2, 0.5]]}),
    ArrayCase("y = where(x > 0, sqrt(x), 0)*x", {"x": [-1.0, 2.0, 0.0]}),
    ArrayCase("y = relu(W @ x) + abs(b) + clip(b, 0, a)", {"W": W, "x": [1, 2, 3], "b": [-1, 1], "a": 0.5}),
    ArrayCase("y = max(x, 2) + atan2(x, a) + x % 0.7 + x^y2", {"x": [1.5, 2.5, 0.5], "a": 3, "y2": [1, 2, 0.5]}),
    ArrayCase("y = zeros(2, 3) + W*ones(2, 1) - eye(2) @ W", {"W": W}),
    ArrayCase("x = [1, 2]; w = [[1, 2], [3, 4]]; y = w @ x", {}),
    ArrayCase("y = sum(x) + sum(z) + sum(w)", {"x": [1], "z": [[2]], "w": [[[3, 4]]]}),
    ArrayCase("L = sum((W @ x)^2); W1 = W - 0.1*grad(L, W)", {"W": W, "x": [1, 2, 3]}),
    ArrayCase("y = trace(A @ A) + dot(A[0], A[:, 1])", {"A": S}),
    ArrayCase("lambda = np + 1; np + sum(end*lambda)", {"np": 1, "end": [1, 2]}),
    ArrayCase("k = x[t]; y = k*k", {"x": [1, 2, 3], "t": [0, 2, 0]}),
    ArrayCase("y = transpose(reshape(x, 2, 1, 3))", {"x": [1, 2, 3, 4, 5, 6]}),
]  # fmt: skip


@pytest.mark.parametrize("target", ARRAY_RUNNERS)
def test_array_programs(target: str, tmp_path: Path) -> None:
    """Values and gradients are those of the scalar program."""
    cases = [asked(case, target, f"f{at}") for at, case in enumerate(CASES)]
    assert differences(cases, ARRAY_RUNNERS[target](cases, tmp_path)) == []


def differences(cases: list[Asked], got: list[list[float]]) -> list[str]:
    """What came out otherwise than expected."""
    found = []
    for case, numbers in zip(cases, got, strict=True):
        assert len(numbers) == len(case.expected), case.program
        size = max([abs(x) for x in case.expected if math.isfinite(x)], default=0.0)
        for want, number in zip(case.expected, numbers, strict=True):
            if not same(want, number, 1e-11) and abs(want - number) > 1e-12 * size:
                found.append(f"{case.program!r}: {want!r} expected, {number!r} got")
                break
    return found
