"""Habits of NumPy, PyTorch and MATLAB: each is an error whose advice, followed, computes what was meant."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.command import run_here
from tests.hints import Given, follow

POINT = {"A": [[1, 2], [3, 4]], "X": [[1, 2, 3], [4, 5, 6]], "x": [1, 2, 3], "v": [1, 2]}

MEANT: dict[str, Any] = {
    "np.dot(x, x)": 14, "x.dot(x)": 14, "np.matmul(A, v)": [5, 11], "torch.mm(A, A)": [[7, 10], [15, 22]],
    "A.matmul(v)": [5, 11], "A*x": None, "X*v": [[1, 2, 3], [8, 10, 12]], "A ⊙ A": [[1, 4], [9, 16]],
    "A .* A": [[1, 4], [9, 16]], "A ./ A": [[1, 1], [1, 1]], "A \\ v": [0, 0.5],
    "X.t()": [[1, 4], [2, 5], [3, 6]], "X.T()": [[1, 4], [2, 5], [3, 6]], "X.transpose()": [[1, 4], [2, 5], [3, 6]],
    "X'": [[1, 4], [2, 5], [3, 6]], "X^T": [[1, 4], [2, 5], [3, 6]], "X.H": [[1, 4], [2, 5], [3, 6]],
    "X.permute(1, 0)": [[1, 4], [2, 5], [3, 6]],
    "x.sum()": 6, "X.sum(axis=0)": [5, 7, 9], "X.sum(0)": [5, 7, 9], "X.mean(dim=1)": [2, 5],
    "sum(X, dim=0)": [5, 7, 9],
    "np.sum(X, axis=0)": [5, 7, 9], "np.linalg.norm(v)": 5**0.5, "x.max()": 3, "relu(x - 1).sum()": 3,
    "x.shape[0]": 3, "X.shape[1]": 3, "x.size": 3, "X.size(1)": 3, "X.numel()": 6, "len(x)": 3, "numel(X)": 6,
    "zeros((2, 3))": [[0, 0, 0], [0, 0, 0]], "np.ones((2, 1))": [[1], [1]], "np.eye(2)": [[1, 0], [0, 1]],
    "identity(2)": [[1, 0], [0, 1]], "full(2, 7)": [7, 7], "arange(3)*2": [0, 2, 4], "np.arange(3)": [0, 1, 2],
    "x.reshape(3, 1)": [[1], [2], [3]], "x.reshape((3, 1))": [[1], [2], [3]], "reshape(x, (3, 1))": [[1], [2], [3]],
    "x.view(-1, 1)": [[1], [2], [3]], "A.flatten()": [1, 2, 3, 4], "ravel(A)": [1, 2, 3, 4],
    "x.unsqueeze(1)": [[1], [2], [3]], "x.unsqueeze(0)": [[1, 2, 3]], "x.clone()": [1, 2, 3],
    "concatenate([v, v])": [1, 2, 1, 2], "concat([v, v])": [1, 2, 1, 2], "np.stack([v, v])": [[1, 2], [1, 2]],
    "vstack([v, v])": [[1, 2], [1, 2]], "torch.cat([v, v])": [1, 2, 1, 2],
    "softmax(0*X, 0)": [[0.5, 0.5, 0.5], [0.5, 0.5, 0.5]], "softmax(0*A, dim=1)": [[0.5, 0.5], [0.5, 0.5]],
    "torch.softmax(0*A, dim=-1)": [[0.5, 0.5], [0.5, 0.5]], "nn.ReLU(v - 1)": [0, 1],
    "inverse(A)": [[-2, 1], [1.5, -0.5]], "A.inv()": [[-2, 1], [1.5, -0.5]], "np.linalg.inv(A)": [[-2, 1], [1.5, -0.5]],
    "np.linalg.solve(A, v)": [0, 0.5], "cross(x, x)": [0, 0, 0], "tril(A)": [[1, 0], [3, 4]],
    "triu(A)": [[1, 2], [0, 4]],
    "cumprod(x)": [1, 2, 6], "var(x)": 2 / 3, "var(X, axis=1)": [2 / 3, 2 / 3], "X.var(0)": [2.25, 2.25, 2.25],
    "np.var(X, axis=-2, ddof=1)": [4.5, 4.5, 4.5], "2*std(X, axis=0)": [3, 3, 3], "stdev(x)": 1,
    "torch.std(X, dim=1, unbiased=True)": [1, 1], "normalize([[3, 4], [0, 2]], axis=1)": [[0.6, 0.8], [0, 1]],
    "diff(x)": [1, 1], "diff(X, axis=1)": [[1, 1], [1, 1]], "np.diff(X*X, axis=-1)": [[3, 5], [9, 11]],
    "grad(v*v, v)": [[2, 0], [0, 4]], "jacobian(v*v, v)": [[2, 0], [0, 4]],
    "v - solve(jacobian(v^3, v), v^3)": [2 / 3, 4 / 3],
    "x'*x": 14, "x.T*x": 14, "v'*A*v": 27, "A'*v": [7, 10], "A'*A": [[10, 14], [14, 20]], "v*v'": [[1, 2], [2, 4]],
    "2*v'*A*v": 54, "(v - 1)'*inv(A)*(v - 1)": -0.5, "v'*(A*v)": 27, "v'*v*v": [5, 10],
    "clamp(x, min=2, max=5)": [2, 2, 3], "mse(X, 0*X, axis=0)": [8.5, 14.5, 22.5],
    "mse_loss(x, 0*x)": 14 / 3, "(1, 2, 3)": [1, 2, 3], "x @ X": [14, 32],
    "X @ X": [[17, 22, 27], [22, 29, 36], [27, 36, 45]], "X @ v": [9, 12, 15],
    "[1, 2; 3, 4] @ v": [5, 11], "sum(x[i] for i in 0..2)": 6, "for i in range(2): x[i]^2": [1, 4],
    "[a*b for a, b in zip(x, 2*x)]": [2, 8, 18], "sum(b*x for (x, b) in zip(x, x))": 14,
    "[k*a for k, a in enumerate(x)]": [0, 2, 6], "[a[0]*a[1] for a in zip(x, x)]": [1, 4, 9],
    "sum(a for a in x if a > 1)": 5, "prod(a + 1 for a in x if a != 2)": 8, "max(a for a in -x if a < -1)": -2,
    "[a*b for a in v, b in x]": [1, 2, 3, 2, 4, 6], "[x[k]^2 for k in 0:2]": [1, 4, 9],
    "sum([a*b for a in v] for b in x if b > 1)": 15,
    "cumsum(X, axis=1)": [[1, 3, 6], [4, 9, 15]], "cumsum(X + 1, dim=0)": [[2, 3, 4], [7, 9, 11]],
    "conv1d(x, v, stride=2)": [5], "conv2d(X, A, stride=2)": [[37]],
    "A⁻¹ @ v": [0, 0.5], "‖v‖": 5**0.5, "norm(A, 'fro')": 30**0.5, "‖v - 1‖²": 1, "x[end]": 3,
    "sum(x(i+1) for i in range(2))": 5, "A(1, 0)": 3, "sum(A(:,1))": 6, "A(0:1, 1)": [2], "mean(X, axis=None)": 3.5,
    "nll_loss(0*A, [0, 1])": 0.6931471805599453, "conv1d(v, x)": [3, 8, 5, 2],
}  # fmt: skip
"""Programs that are wrong, and what was meant: None where nobody knows."""


@pytest.mark.parametrize("program", MEANT)
def test_the_advice_computes_what_was_meant(program: str) -> None:
    words = [f"--{name}={json.dumps(value)}" for name, value in POINT.items() if re.search(rf"\b{name}\b", program)]
    given = [Given(["eval", f"value = {program}", "--get", "value", *words], "", {})]
    assert run_here(given[0].args).returncode == 2
    for _ in range(4):
        results = [(way, run_here(way.args)) for way in given]
        if right := [done.stdout for _, done in results if done.returncode in (0, 3) and done.stdout]:
            assert MEANT[program] is None or any(near(json.loads(text), MEANT[program]) for text in right), right
            return
        given = [way for had, done in results for followed in follow(had, done.stderr) for way in followed.ways]
    assert MEANT[program] is None, results


def near(found: Any, expected: Any) -> bool:
    if isinstance(expected, list):
        return isinstance(found, list) and len(found) == len(expected) and all(map(near, found, expected))
    return isinstance(found, (int, float)) and abs(found - expected) < 1e-12


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("x[x > 1]", "where(…, x, 0)"), ("argmax(x)", "no derivative"), ("sort(x)", "order"),
        ("kron(A, A)", "elements"),
        ("einsum(i, A)", "elements"), ("rand(3)", "same numbers"), ("svd(A)", "solve inv"),
        ("sum(X, axis=(0, 1))", "one axis"), ("sum(X, axis=1, keepdims=True)", "[:, None]"),
        ("np.einsum('ij,j->i', A, v)", "sum(A[i, j]*x[j]"), ("x.backward()", "leave it out"),
    ],
)  # fmt: skip
def test_what_has_no_counterpart_says_why(program: str, words: str) -> None:
    done = run_here(["eval", program, *(f"--{name}={json.dumps(value)}" for name, value in POINT.items())])
    assert done.returncode == 2
    assert words in done.stderr


@pytest.mark.parametrize(("program", "value"), [("range(1, 3)", "[1, 2]"), ("eye(2)", "[[1, 0], [0, 1]]")])
def test_a_constant_array_by_itself_is_an_output(program: str, value: str) -> None:
    assert run_here(["eval", program, "--get", "value"]).stdout == f"{value}\n"


def test_an_element_is_an_output_in_json() -> None:
    found = json.loads(run_here(["eval", "y = x*2", "--x", "[1, 2]", "--of", "y[1]", "-o", "json"]).stdout)
    assert found["outputs"] == {"y[1]": {"value": 4.0, "gradient": {"x": [0.0, 2.0]}}}
