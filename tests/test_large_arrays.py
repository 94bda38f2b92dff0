"""Large programs of arrays: as arrays, they have the answers of their scalar programs."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import Any

import numpy
import pytest
from hypothesis import given, settings

import cgraph_cli.symbolic.arrays as arrays_of_symbols
from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.errors import Source
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.symbolic.arrays.elaborate import elaborate
from cgraph_cli.symbolic.arrays.scalar_size import count_scalars
from cgraph_cli.symbolic.arrays.scalarize import scalarize
from cgraph_cli.symbolic.program import parse
from tests.array_programs import array_graphs
from tests.command import run_here
from tests.needs import need_library
from tests.test_array_algebra import KINDS

NET = [
    "h = relu(X @ W1 + b1); z = h @ W2 + b2; loss = cross_entropy(z, k)",
    *("--X", "[[1, 2, 0.7], [0.3, -1.1, 2]]", "--W1", "[[0.1, -0.2], [0.3, 0.4], [-0.5, 0.6]]", "--b1", "[0.1, 0.2]"),
    *("--W2", "[[1, 2, 3], [0.5, -1, 0]]", "--b2", "zeros(3)", "--k", "[0, 2]"),
]
MATRIX = ["Q = 3*a^3 - b^2; s = sum(Q, axis=0)", "--a", "[[2, 3], [1, 0.5]]", "--b", "[[6, 4], [1, 2]]"]
LINEAR = ["x = solve(A, b); y = x @ x + logdet(A) + sum(cholesky(A)[:, 0])", "--A", "[[4, 1], [1, 3]]", "--b", "[1, 2]"]

COMMANDS = [
    NET,
    [*NET, "--wrt", "W1,b2"],
    [*NET, "--tangent", "W1=[[1, 0], [0, 1], [0, 0]],b2=0.5"],
    [*NET, "--of", "z"],
    [*NET, "--of", "loss,h"],
    MATRIX,
    [*MATRIX, "--of", "Q", "--seed", "Q=[[1, 2], [3, 4]]"],
    [*MATRIX, "--of", "s", "--seed", "s=2"],
    LINEAR,
    [*LINEAR, "--arithmetic", "double"],
]


@pytest.fixture
def as_arrays(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make every program of arrays count as a large one."""
    return lambda: monkeypatch.setattr(arrays_of_symbols, "MOST_SCALARS", -1)


def near(found: Any, expected: Any) -> bool:
    if isinstance(expected, dict):
        return found.keys() == expected.keys() and all(near(found[key], expected[key]) for key in expected)
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(near, found, expected))
    if isinstance(expected, float) and isinstance(found, float):
        return abs(found - expected) <= 1e-12 * max(1.0, abs(expected))
    return bool(found == expected)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_arrays_answer_what_scalars_answer(command: list[str], as_arrays: Any) -> None:
    scalars = run_here(["eval", *command, "-o", "json"])
    table = run_here(["eval", *command])
    as_arrays()
    found = run_here(["eval", *command, "-o", "json"])
    assert scalars.returncode == found.returncode == 0, found.stderr
    assert ("not certified" in found.stderr) == ("double" not in command)
    first, second = json.loads(scalars.stdout), json.loads(found.stdout)
    assert second.pop("certified") is False
    first.pop("certified")
    assert near(second, first), second
    assert run_here(["eval", *command]).stdout == table.stdout


@pytest.mark.parametrize(
    "get",
    ["value", "grad", "W1.grad", "W1.grad[0,1]", "h", "h[0,1]", "loss", "loss.grad", "b1.grad[1]", "q", "W1.grad[7,7]"],
)
def test_numbers_are_got_by_the_same_names(get: str, as_arrays: Any) -> None:
    command = ["eval", *NET, "--get", get]
    scalars = run_here(command)
    as_arrays()
    found = run_here(command)
    assert found.returncode == scalars.returncode
    if not scalars.returncode:
        numbers = [json.loads(line) for line in found.stdout.splitlines()]
        assert near(numbers, [json.loads(line) for line in scalars.stdout.splitlines()])
    else:
        assert scalars.stderr.splitlines()[0] in found.stderr


def test_a_row_of_csv_is_an_element(as_arrays: Any) -> None:
    as_arrays()
    rows = run_here(["eval", *MATRIX, "-o", "csv"]).stdout.splitlines()
    assert rows[0] == "node,kind,expression,value,status,gradient_s,gradient_status_s"
    assert rows[1] == '"a[0,0]",input,,2,ok,36,ok'
    assert len(rows) == 1 + 4 * 6 + 2  # a, b, a^3, 3*a^3, b^2, Q; s
    assert rows[-1].startswith("s[1],output,")


@pytest.mark.parametrize(
    ("command", "status", "array", "exit_status"),
    [
        (["y = sum(log(x))", "--x", "[1, 0, -1]"], ["ok", "pole", "undefined"], "%1", 3),
        (["y = sum(floor(x))", "--x", "[1.5, 2, 0.5]"], ["ok", "jump", "ok"], "%1", 0),
        (["y = sum(exp(x))", "--x", "[1, 1000, 0]"], ["ok", "overflow", "ok"], "%1", 3),
        (["y = sum(relu(x))", "--x", "[1, 0, -1]"], ["ok", "ok", "ok"], "%1", 3),
        (["y = sum(relu(x))", "--x", "[1, 2, -1]"], ["ok", "ok", "ok"], "%1", 0),
        (["y = cholesky(A); s = sum(y)", "--A", "[[1, 2], [2, 1]]"], [["undefined"] * 2] * 2, "y", 3),
        (["y = inv(A); s = sum(y)", "--A", "[[1, 2], [2, 4]]"], [["pole"] * 2] * 2, "y", 3),
    ],
)
def test_elements_have_their_status(
    command: list[str], status: Any, array: str, exit_status: int, as_arrays: Any
) -> None:
    as_arrays()
    found = run_here(["eval", *command, "-o", "json"])
    nodes = {node["name"]: node for node in json.loads(found.stdout)["nodes"]}
    assert nodes[array]["status"] == status
    assert found.returncode == exit_status
    table = run_here(["eval", *command])
    assert table.returncode == exit_status


def test_a_derivative_through_a_kink_is_unknown_and_no_other_is(as_arrays: Any) -> None:
    as_arrays()
    found = run_here(
        ["eval", "y = sum(W @ relu(x)) + z", "--x", "[1, 0, -1]", "--W", "ones(2, 3)", "--z", "2", "-o", "json"]
    )
    nodes = {node["name"]: node for node in json.loads(found.stdout)["nodes"]}
    assert nodes["x"]["gradient_status"]["y"] == ["ok", "unknown", "ok"]
    assert nodes["z"]["gradient_status"]["y"] == "ok"
    assert nodes["W"]["gradient_status"]["y"] == [["ok"] * 3] * 2


@settings(max_examples=150)
@given(array_graphs(KINDS))
def test_scalars_are_counted_without_being_written(program: tuple[ArrayGraph, dict[str, Tensor[float]]]) -> None:
    graph, given_inputs = program
    scalar, _ = scalarize(graph, given_inputs)
    linear = {"solve", "inv", "det", "logdet", "cholesky"}
    if linear.isdisjoint(graph.operations):
        assert len(scalar) <= count_scalars(graph) + len(graph)
        assert count_scalars(graph) <= 2 * len(scalar) + 20


def test_a_large_program_takes_no_scalars() -> None:
    graph = parse(Source("y = sum(tanh(A @ B))", "program"))
    shape = (1000, 1000)
    start = time.perf_counter()
    found = arrays_of_symbols.large_arrays(graph, dict.fromkeys("AB", Tensor(shape, range(10**6))))
    assert found is not None
    assert time.perf_counter() - start < 1
    assert len(found) == 5
    assert count_scalars(elaborate(graph, dict.fromkeys("AB", Tensor(shape, range(10**6))))) > 10**9


def test_inputs_are_read_from_numpy_files(tmp_path: Path) -> None:
    x = numpy.random.default_rng(0).normal(size=(400, 30))
    numpy.save(tmp_path / "x.npy", x)
    found = run_here(
        [
            "eval",
            "z = X @ w; loss = mean(softplus(z))",
            "--X",
            f"@{tmp_path / 'x.npy'}",
            "--w",
            "ones(30)/10",
            "--get",
            "w.grad",
        ]
    )
    z = x @ numpy.full(30, 0.1)
    expected = x.T @ (1 / (1 + numpy.exp(-z))) / 400
    assert numpy.allclose(json.loads(found.stdout), expected, rtol=1e-12)


def test_a_network_has_the_gradients_of_pytorch() -> None:
    torch = need_library("torch")
    rng = numpy.random.default_rng(1)
    given_arrays = {
        "X": rng.normal(size=(40, 60)),
        "W1": rng.normal(size=(60, 30)) * 0.1,
        "b1": rng.normal(size=30),
        "W2": rng.normal(size=(30, 10)) * 0.1,
        "b2": rng.normal(size=10),
    }
    k = rng.integers(0, 10, 40)
    tensors = {name: torch.tensor(x, requires_grad=True) for name, x in given_arrays.items()}
    hidden = torch.relu(tensors["X"] @ tensors["W1"] + tensors["b1"])
    loss = torch.nn.functional.cross_entropy(hidden @ tensors["W2"] + tensors["b2"], torch.tensor(k))
    loss.backward()
    options = [word for name, x in {**given_arrays, "k": k}.items() for word in (f"--{name}", json.dumps(x.tolist()))]
    found = run_here(["eval", NET[0], *options, "-o", "json"])
    nodes = {node["name"]: node for node in json.loads(found.stdout)["nodes"]}
    assert math.isclose(nodes["loss"]["value"], loss.item(), rel_tol=1e-12)
    for name, tensor in tensors.items():
        assert numpy.allclose(nodes[name]["gradient"]["loss"], tensor.grad.numpy(), rtol=1e-11, atol=1e-14)
