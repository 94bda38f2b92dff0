"""Jacobians and Hessians of large arrays: they have the answers of their scalar programs."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

import cgraph_cli.symbolic.arrays as arrays_of_symbols
from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.graph import INPUT
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.evaluation.arrays import element_patterns, element_sets
from cgraph_cli.evaluation.sparsity import pattern
from cgraph_cli.results import array_patterns
from cgraph_cli.symbolic.arrays.scalarize import scalarize
from tests.array_programs import BINARY, REDUCTIONS, UNARY, array_graphs
from tests.command import run_here
from tests.conftest import explore
from tests.test_large_arrays import LINEAR, MATRIX, NET, SERIES, STEP, TABLE, near

SMOOTH = ["h = tanh(X @ W + b); loss = mean(logsumexp(h @ V, axis=1) - pick(h @ V, k))",
          *("--X", "[[1, 2, 0.7], [0.3, -1.1, 2]]", "--W", "[[0.1, -0.2], [0.3, 0.4], [-0.5, 0.6]]"),
          *("--b", "[0.1, 0.2]", "--V", "[[1, 2, 3], [0.5, -1, 0]]", "--k", "[0, 2]")]  # fmt: skip

COMMANDS = [
    ["jacobian", *NET, "--wrt", "W1,b2"],
    ["jacobian", *NET, "--of", "z,loss", "--wrt", "b1,W2[1,2]", "--mode", "forward"],
    ["jacobian", *NET, "--of", "z[0,1],h", "--wrt", "W1,W2", "--mode", "both"],
    ["jacobian", *MATRIX],
    ["jacobian", *NET, "--of", "z[0]", "--wrt", "W1[:,1],b2[::2],b1"],
    ["jacobian", *LINEAR, "--of", "x"],
    ["jacobian", *STEP, "--of", "b", "--wrt", "b2,W1"],
    ["jacobian", *TABLE, "--of", "a", "--wrt", "x", "--mode", "reverse"],
    ["jacobian", *SERIES, "--of", "y", "--wrt", "h", "--mode", "forward"],
    ["jacobian", *SERIES, "--of", "y,s", "--wrt", "h,x", "--mode", "reverse"],
    ["jacobian", "y = W @ relu(x - 1)", "--W", "[[1, 2, 3], [4, 5, 6]]", "--x", "[0, 1, 2]", "--wrt", "x"],
    ["jacobian", "y = sqrt(x)^3*x[0]", "--x", "[1, 0, 2]", "--mode", "forward"],
    ["hessian", *SMOOTH, "--wrt", "W,b"],
    ["hessian", *SMOOTH, "--wrt", "V[0,1],h,b"],
    ["hessian", *SMOOTH, "--of", "h[1,0]", "--wrt", "W"],
    ["hessian", *SMOOTH, "--hvp", "b=[1, 2],W=0.5"],
    ["hessian", *MATRIX, "--of", "s[1]"],
    ["hessian", *LINEAR],
    ["hessian", *STEP, "--wrt", "b2"],
    ["hessian", *SERIES, "--of", "y", "--wrt", "x,w"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_arrays_have_the_derivatives_of_scalars(command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    scalars, table = run_here([*command, "-o", "json"]), run_here(command)
    monkeypatch.setattr(arrays_of_symbols, "MOST_SCALARS", -1)
    found = run_here([*command, "-o", "json"])
    assert scalars.returncode == found.returncode == 0, found.stderr
    assert "not certified" in found.stderr
    first, second = json.loads(scalars.stdout), json.loads(found.stdout)
    assert (first.pop("certified"), second.pop("certified")) == (True, False)
    told = first.pop("diagnostics"), second.pop("diagnostics")
    first.pop("remarks")
    assert bool(second.pop("remarks")) == bool(told[0])
    assert near(second, first), second
    assert told[0] or run_here(command).stdout == table.stdout


@pytest.mark.parametrize(
    "program",
    [
        "y = sum(relu(x - 1)^2)", "y = sum(relu(x - 1)^3)", "y = sum(abs(x)*x[1])", "y = sum(sqrt(x))",
        "y = prod(x)*x[0]", "y = max(x[1:] - [1, 2])*x[0]", "y = sum(where(x > 1, x^2, 2*x - 1))",
        "y = sum(min(x, 1)^2)",
        "y = norm(x*[1, 0, 0])", "y = sum(W @ relu(x))^2", "y = sum(exp(-1/x^2))", "y = sum(x*log(x))",
        "y = sum(grad(sum(relu(x)^3), x))",
    ],
)  # fmt: skip
@pytest.mark.parametrize("way", [[], ["--hvp", "x=[1, 0, 2]"]], ids=["whole", "product"])
def test_second_derivatives_in_doubt_have_the_statuses_of_scalars(
    program: str, way: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["hessian", program, "--x", "[0, 1, 2]", "--wrt", "x", *way, "-o", "json"]
    if "W" in program:
        command += ["--W", "[[1, 2, 3], [4, 5, 6]]"]
    scalars = run_here(command)
    monkeypatch.setattr(arrays_of_symbols, "MOST_SCALARS", -1)
    arrays = run_here(command)
    assert scalars.returncode == arrays.returncode
    first, second = json.loads(scalars.stdout), json.loads(arrays.stdout)
    for key in first.keys() - {"certified", "mode", "diagnostics", "remarks"}:
        assert near(second[key], first[key]), key


def test_rows_and_columns_are_named_in_options_as_elements_are() -> None:
    program = ["x : [2, 3]; y = tanh(x)*[1, 2, 3]; s = sum(y)", "--x", "[[1, 2, 3], [4, 5, 6]]"]

    def told(*words: str) -> list[Any]:
        done = run_here(list(words))
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    (whole,) = told("eval", *program, "--get", "x.grad")
    assert told("eval", *program, "--get", "x[1].grad,x[:, 0].grad") == [whole[1], [row[0] for row in whole]]
    assert told("eval", *program, "--wrt", "x[1]", "--get", "grad") == [whole[1]]
    assert told("eval", *program, "--wrt", "x[1,0]", "--get", "grad") == [whole[1][0]]
    rows = run_here(["jacobian", *program, "--of", "y[1]", "--wrt", "x[:,2],x[1,*]", "-o", "csv"]).stdout.splitlines()
    assert rows[0] == 'node,"x[0,2]","x[1,2]","x[1,0]","x[1,1]",status'
    assert [row.split('"')[1] for row in rows[1:]] == ["y[1,0]", "y[1,1]", "y[1,2]"]
    for words in (["--of", "y[2]"], ["--wrt", "x[0,5]"], ["--wrt", "x[0][1]"]):
        done = run_here(["jacobian", *program, *words])
        assert (done.returncode, "which the program does not have" in done.stderr) == (2, True)


PATTERNS = [
    ["y = tanh(W @ x + b); z = where(y > 0, y, x[0:2])", "--W", "ones(2, 3)", "--x", "ones(3)", "--b", "ones(2)"],
    ["y = cumsum(x*eye(4)[2]) + x[::-1]; z = sum(outer(x, x), axis=0)", "--x", "ones(4)"],
    ["y = conv1d(x, w); z = softmax([[x[0], x[1]], [w[0], 1]])", "--x", "ones(5)", "--w", "ones(2)"],
    ["y = conv1d(x, [1, 0, 1]); z = concat(conv1d([0, 1, 0, 2, 1, 3], w), reshape(conv2d(A, eye(2)), 4))",
     *("--x", "ones(6)", "--w", "ones(3)", "--A", "ones(3, 3)")],
    ["c = reshape([1, 0, 0, 1, 2, 0, 0, 2], 2, 2, 2); y = c @ A; z = B @ c",
     *("--A", "ones(2, 2)", "--B", "ones(2, 2)")],
    ["y = cholesky(A @ A.T + eye(3)); z = eye(3) @ B; u = B @ [[0, 1, 0], [0, 0, 0], [1, 0, 1]]",
     *("--A", "eye(3)", "--B", "ones(3, 3)")],
    ["y = cholesky(A + eye(4)); z = solve([[1, 2, 3, 4], [2, 5, 1, 3], [3, 1, 8, 2], [4, 3, 2, 9]], B)",
     *("--A", "eye(4)", "--B", "ones(4, 2)")],
    ["h[0] = x; h[t + 1] = tanh(W @ h[t]) for t in range(3); y = h[1]; z = h", "--x", "ones(2)", "--W", "ones(2, 2)"],
]  # fmt: skip
CURVATURES = [
    ["f = sum(x[0:4:2]^2) + trace(outer(x, x)) + x[1]*y[0]", "--x", "ones(4)", "--y", "ones(2)"],
    ["f = sum(tanh(X @ W)^2)", "--X", "[[1, 0, 2], [3, 4, 0]]", "--W", "ones(3, 2)", "--wrt", "W"],
]


@pytest.mark.parametrize("command", PATTERNS + CURVATURES, ids=" ".join)
def test_patterns_of_arrays_are_those_of_scalars(command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ["hessian", *command] if command in CURVATURES else ["jacobian", *command, "--of", "y,z"]
    header, *rows = csv.reader(io.StringIO(run_here([*arguments, "--sparsity", "-o", "csv"]).stdout))
    pairs = [[row[0], label] for row in rows for label, entry in zip(header[1:], row[1:], strict=True) if entry == "1"]
    monkeypatch.setattr(array_patterns, "MOST_ENTRIES", -1)
    assert list(csv.reader(io.StringIO(run_here([*arguments, "--sparsity", "-o", "csv"]).stdout)))[1:] == pairs
    found = json.loads(run_here([*arguments, "--sparsity", "-o", "json"]).stdout)
    assert [[rows[row][0], header[1 + column]] for row, column in found["entries"]] == pairs
    assert found["count"] == sum(sum(each.values()) for each in found["counts"].values()) == len(pairs)
    lines = map(json.loads, run_here([*arguments, "--sparsity", "-o", "jsonl"]).stdout.splitlines())
    assert [[line["node"], label] for line in lines for label in line["pattern"]] == pairs


@pytest.mark.parametrize(("most_bits", "most_pairs"), [(0, 2_000_000), (2_000_000_000, 1), (3000, 50)])
def test_patterns_within_little_memory(most_bits: int, most_pairs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(element_sets, "_MOST_BITS", most_bits)
    monkeypatch.setattr(element_patterns, "_MOST_PAIRS", most_pairs)
    monkeypatch.setattr(element_sets, "_FEW", 2)
    monkeypatch.setattr(array_patterns, "MOST_ENTRIES", -1)
    done = run_here(["jacobian", "B = A @ A; y = B @ A[:, 0]", "--A", "ones(6, 6)", "--of", "B,y", "--sparsity",
                     "-o", "json"])  # fmt: skip
    found = json.loads(done.stdout)
    assert found["counts"] == {"B": {"A": 6 * 6 * 11}, "y": {"A": 6 * 36}}
    entries = {(6 * i + j, 6 * p + q) for i in range(6) for j in range(6) for p in range(6) for q in range(6)
               if p == i or q == j} | {(36 + i, at) for i in range(6) for at in range(36)}  # fmt: skip
    assert list(map(tuple, found["entries"])) == sorted(entries)


def test_a_pattern_of_many_entries_takes_no_matrix() -> None:
    done = run_here(["jacobian", "y = x[1:] - x[:99999]", "--x", "ones(100000)", "--sparsity", "-o", "plain"])
    assert "199,998 of 9,999,900,000" in done.stdout
    assert done.stdout.splitlines()[-2] == "199,998 of 9,999,900,000 can be other than 0 (density 2e-05)"


KINDS = (*UNARY, *BINARY, *REDUCTIONS, "where", "index", "transpose", "reshape", "array", "stack", "concat", "cumsum",
         "conv1d", "conv2d", "@")  # fmt: skip


@explore(60, 1000, array_graphs(KINDS, most=4))
def test_patterns_of_random_arrays_are_those_of_scalars(made: tuple[ArrayGraph, dict[str, Tensor[float]]]) -> None:
    graph, numbers = made
    scalar, elements = scalarize(graph, numbers)
    of = [(node, at) for node in range(len(graph)) for at in range(len(elements[node].items))]
    wrt = [each for each in of if graph.operations[each[0]] == INPUT]
    found = pattern(scalar, *([elements[node].items[at] for node, at in ends] for ends in (of, wrt)))
    entries = [(row, column) for row, each in enumerate(found) for column, holds in enumerate(each) if holds]
    assert list(element_patterns.find_pattern(graph, of, wrt)) == entries
