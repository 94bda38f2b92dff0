"""Looks into elements of large arrays: single ones have the statuses of their scalar programs."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

import cgraph_cli.symbolic.arrays as arrays_of_symbols
from cgraph_cli.results import array_looks
from tests.command import run_here
from tests.test_large_arrays import near

PROGRAMS = [
    "y = sum(x^1.5)", "y = sum(sqrt(x)^3)", "y = sum(relu(x - 1))", "y = sum(W @ relu(x - 1))^2", "y = mean(sqrt(x))",
    "y = logsumexp(abs(x)) + x[0]", "y = sum(sqrt(x)^3*W)", "y = prod(sqrt(x) + 1)*max(x)", "y = norm(floor(x)*x)",
    "y = max(x - x) + sum(where(x > 0, x, 0))", "y = sum(min(x, 1))", "y = 1/x[0]", "y = sum(W @ abs(x)) + max(x)",
    "y = sum(max(W*sqrt(x), axis=0)*x)", "y = sum(abs(W @ (x - x)))", "y = sum(relu(W @ (x*[0, 0, 0])))",
    "y = sum(sin(x)/x)", "y = exp(sum(sin(x)/x))", "y = sum(x*log(x))^2", "y = sum(1/(1 + x*log(x)))",
    "y = sum(reshape(concat(abs(x - 1), x), 2, 3).T @ [1, 2])", "y = sum(log(x - 1))",
    "y = sum(x/x) + sum(log(-x - 1))",
    "y[0] = abs(x); y[t + 1] = y[t]*sqrt(x) for t in range(2); z = sum(y[2])", "y = sum(softmax(abs(x))*x)",
    "y = sum(where(x > 0, log(x), 2))", "y = sum(where(x > 0, x, 0))", "y = sum(where(x > 0 and x < 2, x^2, 0))",
    "y = sum(where(not (x <= 1), x^2, 2*x - 1))", "y = sum(where(x == 1, x^2, 2*x - 1))", "y = sum(x*(x > 1))",
    "y = sum(where(x > 0, [1, 2, 3], 2))", "y = sum(where(x > 0, x, [5, 6, 7])*x)",
    "y = sum([where(i <= 1, x[i], 0) for i in range(3)])^2",
    "y = exp(-1/x^2)", "y = sum(exp(-1/x))", "y = 1/(1 + 1/x)", "y = min(1/x^2, 3)", "y = W @ sigmoid(log(x))",
    "y = tanh(1/x)*x[1]", "y = max(log(x), -5)", "y = (1/x)^0", "y = sign(1/x)", "y = log(x) > 0", "y = min(1/x)",
    "y = exp(logsumexp(log(x)))", "y = 1/norm(1/x[1:] - 1)", "y = 2*(exp(-1/x^2) + x)^2", "y = floor(exp(-1/x^2))",
    "y = abs(exp(-1/x^2)*[1, 2, 3])", "y = softmax(x - [inf, 0, 0])*[1, 2, 3]", "y = max(where(x > 0.5, x, -inf))*x",
    "y = exp(cumsum(sin(x)/x))", "y = cumsum(log(x))", "y = sum(abs(cumsum(x - [0, 1, 2])))",
    "y = conv1d(sqrt(x)^3, x[1:])", "y = conv1d([1, 2, 3], relu(x[:2]))", "y = conv1d(log(x), [2, 3])",
    "y = conv2d(sqrt(outer(x, [1, 2, 3]))^3, [[1, 2], [3, 4]])",
    "y = conv2d(outer(x, x + 1), relu(outer(x, [1, 2]) - 1))",
    "m = stack(outer(abs(x), [1, 2, 3]), outer(x, [3, 2, 1])); y = sum(m @ m.T[:2, :, :2])",
    "m = stack(outer(sqrt(x), [1, 2, 3]), outer(x, [3, 2, 1]))^3; y = [1, 2, 3] @ m @ [1, 2, 3]",
    "m = stack(W, W - x); y = sum((m @ relu(x - 1))^2) + sum(abs(x) @ transpose(m, 0, 2, 1))",
    "y = solve(eye(3)*2 - 0.5, sin(x)/x)", "y = solve(eye(3)*2 - 0.5, outer(abs(x), x))",
    "y = solve(diag(relu(x - 1) + 1), x)",
    "y = solve(diag(x), [1, 2, 3])", "y = inv(diag(abs(x) + 1) + 0.1)", "y = abs(det(diag(x)))", "y = 1/det(diag(x))",
    "y = logdet(diag(sin(x)/x))", "y = cholesky(diag(abs(x) + 1))", "y = cholesky(diag(x - 1))",
]  # fmt: skip


def nodes_of(command: list[str]) -> dict[str, Any]:
    found = run_here([*command, "-o", "json"])
    assert found.returncode in (0, 3), found.stderr
    return {node["name"]: node for node in json.loads(found.stdout)["nodes"]}


@pytest.mark.parametrize("program", PROGRAMS)
def test_elements_in_doubt_have_the_statuses_of_scalars(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    command = ["eval", program, "--x", "[0, 1, 2]", "--wrt", "x"]
    if "W" in program:
        command += ["--W", "[[1, 2, 3], [4, 5, 6]]"]
    scalars = nodes_of(command)
    monkeypatch.setattr(arrays_of_symbols, "MOST_SCALARS", -1)
    arrays = nodes_of(command)
    for name, node in scalars.items():
        for key in ("value", "status", "gradient", "gradient_status"):
            assert near(arrays[name].get(key), node.get(key)), (name, key, arrays[name], node)


@pytest.mark.parametrize(
    "program",
    [
        "g = grad(sum(abs(x)), x); y = sum(g*x)", "g = grad(sum(W @ relu(x)), x); y = x - g",
        "g = grad(sum(max(x, 1)*x), x); y = sum(g[1:])",
        "g = grad(max(x[1:] - [1, 2])*x[0], x)", "g = grad(sum(where(x > 1, x^2, 2*x - 1)), x)",
        "g = grad(sum(x^1.5), x)", "g = grad(sum(log(x - 1)), x)", "g = grad(sum((x + 0.5*W[0]) % 2), x)",
        "g = grad(sum(x*floor(x/2 + 0.25)), x)", "g = grad(prod((x + [0.5, 1, 0.25]) % 2), x)",
    ],
)  # fmt: skip
def test_gradients_of_a_program_have_the_statuses_of_scalars(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    command = ["eval", program, "--x", "[0, 1, 2]"] + (["--W", "[[1, 2, 3], [4, 5, 6]]"] if "W" in program else [])
    scalars = nodes_of(command)
    monkeypatch.setattr(arrays_of_symbols, "MOST_SCALARS", -1)
    arrays = nodes_of(command)
    for key in ("value", "status"):
        assert near(arrays["g"][key], scalars["g"][key])
        assert "y" not in scalars or near(arrays["y"][key], scalars["y"][key])
    assert near(arrays["x"]["gradient_status"], scalars["x"]["gradient_status"])


def test_a_look_takes_less_work_than_scalars(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays_of_symbols, "MOST_SCALARS", -1)
    found = nodes_of(["eval", "g = grad(norm(x - x), x)", "--x", "[0, 1, 2]"])  # which is unknown in scalars
    assert (found["g"]["value"], found["g"]["status"]) == ([0.0] * 3, ["ok"] * 3)


@pytest.mark.parametrize(
    ("words", "node", "key", "status"),
    [
        (["y = cumsum(abs(x))[3]^2 + x[0]", "--wrt", "x[0]"], "x", "gradient_status", "kink"),
        (["y = sum(relu(x)*conv1d(ones(60001), [1]))", "--wrt", "x[0]"], "x", "gradient_status", "kink"),
        (["y = conv1d(relu(x), [1, 2, 3])[:2]", "--tangent", "x=1", "--of", "y"], "y", "tangent_status", "kink"),
        (["A = 100*eye(250) + 1; y = solve(A, sqrt(x[:250])^3)", "--of", "y"], "x", "gradient_status", "limit"),
    ],
)  # fmt: skip
def test_a_look_has_only_what_its_element_depends_on(words: list[str], node: str, key: str, status: str) -> None:
    found = nodes_of(["eval", *words, "--x", "concat([0], ones(60000))"])[node][key]
    statuses = next(iter(found.values()))
    assert statuses[0] == status
    assert set(statuses[1:]) == {"ok"}


def test_so_many_elements_are_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays_of_symbols, "MOST_SCALARS", -1)
    monkeypatch.setattr(array_looks, "MOST_LOOKS", 3)
    command = ["eval", "y = sum(sqrt(x)^3*[1, 1, 2, 3, 4, 5, 1])", "--x", "zeros(7)"]
    assert nodes_of(command)["x"]["gradient_status"]["y"] == ["limit"] * 4 + ["unknown"] * 2 + ["limit"]
    assert re.search("2 numbers are unknown: the bound on work", run_here(command).stderr)


def test_elements_like_one_that_is_known_take_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays_of_symbols, "MOST_SCALARS", -1)
    found = nodes_of(["eval", "y = sum(exp(-1/x^2)*x)", "--x", "concat(zeros(150), [1])"])
    assert found["x"]["gradient_status"]["y"] == ["limit"] * 151
    assert found["y"]["status"] == "limit"


def test_a_value_that_went_through_an_overflow_is_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    command = ["eval", "z = 1/log(exp(1000*x)); s = sum(z); p = 1/(1 + exp(1000*x))", "--x", "[0.5, 1, 2]"]
    scalars = nodes_of(command)
    monkeypatch.setattr(arrays_of_symbols, "MOST_SCALARS", -1)
    arrays = nodes_of([*command, "--of", "s,p"])
    for name in ("z", "s", "p"):
        assert near(arrays[name]["value"], scalars[name]["value"])
    assert arrays["p"]["status"] == ["ok"] * 3


@pytest.mark.parametrize(
    "words",
    [
        ["y = sum(tanh(W @ x)^2) + x[0]", "--W", "[[1, 2], [3, 4]]", "--x", "[0.5, -0.2]", "--wrt", "x[0]"],
        [
            "h = tanh(W @ x); y = mean(h)",
            "--W",
            "[[1, 2], [3, 4]]",
            "--x",
            "[1, -0.2]",
            "--of",
            "h[1],y",
            "--wrt",
            "W[0,1]",
        ],
        ["y = prod(x)*exp(-norm(x))", "--x", "[0.5, -0.2, 2]", "--tangent", "x=[1, 0, 2]"],
        [
            "h[0] = x; h[t + 1] = sin(h[t]*w) for t in range(3); y = sum(h)",
            "--x",
            "[1, 2]",
            "--w",
            "2",
            "--wrt",
            "h[1,0]",
        ],
        ["y = sum(abs(x)[None]*x[:, None])", "--x", "[0, 1, 2]", "--wrt", "x[0]"],
        [
            "y = logsumexp(x*w, axis=0); h = w*2; z = h",
            "--x",
            "[[0, 1], [2, 1]]",
            "--w",
            "2",
            "--of",
            "y[1],h",
            "--wrt",
            "w",
        ],
    ],
    ids=" ".join,
)
def test_a_polynomial_of_few_elements_is_that_of_scalars(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    command = ["taylor", *words, "--order", "4", "-o", "json"]
    scalars = json.loads(run_here(command).stdout)
    monkeypatch.setattr(arrays_of_symbols, "MOST_SCALARS", -1)
    found = run_here(command)
    assert "not certified" in found.stderr
    arrays = json.loads(found.stdout)
    assert (scalars.pop("certified"), arrays.pop("certified")) == (True, False)
    for label, output in scalars["outputs"].items():
        assert near(arrays["outputs"][label]["coefficients"], output["coefficients"]), label
        assert arrays["outputs"][label]["status"] == output["status"]


@pytest.mark.parametrize(
    ("program", "direction"),
    [
        ("y = sum(relu(x - 1)*[1, 2, 3])", "x=[1, -2, 1]"), ("y = abs(x - 1)*x[0]", "x[0]=2,x[1]=3"),
        ("y = sum(sqrt(x)^3) + max(x, 1)", "x=[1, 1, 0]"), ("y = W @ abs(x)", "x=1"), ("y = floor(x)", "x[1]=1"),
        ("y = sum(where(x > 1 and x < 3, [1, 2, 3], 2))", "x=[1, 1, 0]"), ("y = where(x > 0, x, 0)", "x=1"),
        ("z = relu(x - 1); y = z*w", "x=1,w=2"),
    ],
)  # fmt: skip
def test_a_direction_in_doubt_has_the_status_of_scalars(
    program: str, direction: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["eval", program, "--x", "[0, 1, 2]", "--tangent", direction]
    command += ["--W", "[[1, 2, 3], [4, 5, 6]]"] * ("W" in program) + ["--w", "3"] * ("*w" in program)
    scalar = nodes_of(command)["y"]
    monkeypatch.setattr(arrays_of_symbols, "MOST_SCALARS", -1)
    array = nodes_of(command)["y"]
    for key in ("tangent", "tangent_status"):
        assert near(array[key], scalar[key]), (array, scalar)
