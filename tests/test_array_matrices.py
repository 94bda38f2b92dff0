"""Jacobians and Hessians of large arrays: they have the answers of their scalar programs."""

from __future__ import annotations

import json
from typing import Any

import pytest

import cgraph_cli.symbolic.arrays as arrays_of_symbols
from tests.command import run_here
from tests.test_large_arrays import LINEAR, MATRIX, NET, SERIES, STEP, TABLE, near

SMOOTH = ["h = tanh(X @ W + b); loss = mean(logsumexp(h @ V, axis=1) - pick(h @ V, k))",
          *("--X", "[[1, 2, 0.7], [0.3, -1.1, 2]]", "--W", "[[0.1, -0.2], [0.3, 0.4], [-0.5, 0.6]]"),
          *("--b", "[0.1, 0.2]", "--V", "[[1, 2, 3], [0.5, -1, 0]]", "--k", "[0, 2]")]  # fmt: skip

COMMANDS = [
    ["jacobian", *NET, "--wrt", "W1,b2"],
    ["jacobian", *NET, "--of", "z,loss", "--wrt", "b1,W2[1,2]", "--mode", "forward"],
    ["jacobian", *NET, "--of", "z[0,1],h", "--wrt", "W1,W2", "--mode", "both"],
    ["jacobian", *MATRIX],
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
