"""Calls that mean something else elsewhere, as `norm(x, 1)`: beside every result, a remark says what to write."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from tests.command import run_here

X = [3.0, -4.0, 1.5]
MATRIX = [[1.0, 2.0, 4.0], [3.0, -5.0, 0.5]]


def remarks(text: str) -> list[str]:
    """List what remarks in a text say to write."""
    return re.findall(r"note: .* takes \S+ as a number beside each element; for [a-z ]+, write `([^`]+)`", text)


@pytest.mark.parametrize("order", [1, 2, 2.5, 3, np.inf])
def test_the_norm_of_an_order_is_that_of_numpy(order: float) -> None:
    (advice,) = remarks(run_here(["eval", f"norm(x - 1, {order:g})", "--x", json.dumps(X)]).stdout)
    found = float(run_here(["eval", advice, "--x", json.dumps(X), "--get", "value"]).stdout)
    assert found == pytest.approx(np.linalg.norm(np.array(X) - 1, order), rel=1e-12)
    named = run_here(["eval", f"norm(x - 1, ord={order:g})", "--x", json.dumps(X)])
    assert f"write `{advice}`" in named.stderr


@pytest.mark.parametrize(("call", "expected"), [("sum(x, 1)", 0.5), ("mean(x, 2)", 0.5 / 3), ("prod(x, 1)", -18)])
def test_a_number_beyond_the_axes_of_a_vector_means_all_elements(call: str, expected: float) -> None:
    (advice,) = remarks(run_here(["eval", call, "--x", json.dumps(X)]).stdout)
    found = float(run_here(["eval", advice, "--x", json.dumps(X), "--get", "value"]).stdout)
    assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_the_axis_of_a_matrix_is_that_of_numpy(axis: int) -> None:
    (advice,) = remarks(run_here(["eval", f"sum(x, {axis})", "--x", json.dumps(MATRIX)]).stdout)
    found = run_here(["eval", f"sum(x, {advice})", "--x", json.dumps(MATRIX), "--get", "value"]).stdout
    assert json.loads(found) == np.sum(MATRIX, axis=axis).tolist()


@pytest.mark.parametrize("x", [json.dumps(X), "ones(100000)"])
def test_a_remark_is_told_beside_every_output(x: str) -> None:
    words = ["y = sum(norm(x, 1))", "--x", x]
    assert remarks(run_here(["eval", *words]).stdout) == ["sum(abs(x))"]
    for more in (["--get", "y"], ["--get", "y", "-o", "json"], ["-o", "csv"], ["-o", "jsonl"]):
        done = run_here(["eval", *words, *more])
        assert (remarks(done.stderr), remarks(done.stdout), done.returncode) == (["sum(abs(x))"], [], 0)
    done = run_here(["eval", *words, "-o", "json"])
    (told,) = json.loads(done.stdout)["diagnostics"]
    assert remarks(done.stderr) == []
    assert remarks(f"note: {told['message']}; {told['suggestion']}") == ["sum(abs(x))"]
    assert (told["operation"], told["line"], told["column"]) == ("norm", 1, 9)


def test_other_commands_tell_it_too() -> None:
    words = ["y = norm(x, 1)", "--x", json.dumps(X)]
    for command in ("jacobian", "explain"):
        assert remarks(run_here([command, *words]).stdout) == ["sum(abs(x))"]
    told = json.loads(run_here(["jacobian", *words, "-o", "json"]).stdout)["diagnostics"]
    assert [each["operation"] for each in told] == ["norm"]


ORDINARY = ["max(x, 0)", "norm(x)", "sum(x, axis=0)", "norm(x, x)", "norm(x, 0*x[0] + 1)", "sum(x, 7.5)"]


@pytest.mark.parametrize("program", ORDINARY)
def test_an_ordinary_call_gets_none(program: str) -> None:
    done = run_here(["eval", program, "--x", json.dumps(X), "--get", "value"])
    assert done.stdout
    assert "note" not in done.stderr
