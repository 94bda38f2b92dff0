"""Statuses of large arrays against those of their scalar programs, at numbers at the ends of the doubles."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from hypothesis import strategies as st

import cgraph_cli.symbolic.arrays as arrays_of_symbols
from cgraph_cli.core.array_graph import ArrayGraph, ArrayProgram, number_elements
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.results.array_report import report_arrays
from cgraph_cli.results.report import report
from cgraph_cli.results.request import Request
from cgraph_cli.symbolic.arrays.scalarize import scalarize
from cgraph_cli.trust.verdicts import OK, Checked, Status
from tests.array_programs import BINARY, REDUCTIONS, UNARY, array_graphs
from tests.command import run_here
from tests.conftest import explore
from tests.test_array_algebra import scalar_inputs
from tests.test_large_arrays import near

KINDS = (
    *UNARY,
    *BINARY,
    *REDUCTIONS,
    "@",
    "@",
    "*",
    "exp",
    "exp",
    "prod",
    "index",
    "cumsum",
    "conv1d",
    "stack",
    "where",
)
PRODUCTS = tuple(f"value of {each}" for each in ("*", "/", "exp", "tanh", "sigmoid", "softplus", "prod"))
EXTREMES = st.sampled_from((0.0, 1.0, -1.0, 0.5, 2.0, 1e-200, -1e-200, 1e-308, 1e200, 1e308, 1000.0, -1000.0))


class Pair(NamedTuple):
    """A number of the scalar program, and that of the arrays."""

    scalar: Checked
    array: Checked

    def are_same(self) -> bool:
        first, second = self.scalar.number, self.array.number
        if math.isfinite(first) and math.isfinite(second):
            return abs(first - second) <= 1e-9 * max(abs(first), abs(second))
        return repr(first) == repr(second)


def pairs_of(graph: ArrayGraph, given: dict[str, Tensor[float]]) -> Iterator[tuple[str, Pair]]:
    """Compute a program both ways; give every value, and every derivative in an input."""
    scalar, elements = scalarize(graph, given)
    one = report(scalar, scalar_inputs(scalar, graph, elements, given), Request())
    graph.arrays = ArrayProgram(graph, number_elements(graph))
    two = report_arrays(graph, given, Request())
    columns: list[Any] = [("value", one, two)]
    columns += [("gradient", *each) for each in zip(one.gradients, two.gradients, strict=True)]
    for what, first, second in columns:
        for node in range(len(graph)) if what == "value" else graph.inputs():
            for mine, other in zip(two.elements.numbers(node), elements[node].items, strict=True):
                at_scalar = Checked(first.values[other] or 0.0, first.verdicts.get(other, OK))
                at_array = Checked(second.values[mine] or 0.0, second.verdicts.get(mine, OK))
                yield f"{what} of {graph.operations[node]}", Pair(at_scalar, at_array)


RIGHT = (Status.OK, Status.RECOVERED)
"""Statuses of a number that both ways have, or that doubles lose by cancellation, which nothing tells in arrays."""


@explore(60, 2000, array_graphs(KINDS, 2, EXTREMES))
def test_no_number_of_arrays_is_ok_that_is_another_in_scalars(
    program: tuple[ArrayGraph, dict[str, Tensor[float]]],
) -> None:
    for what, pair in pairs_of(*program):
        if pair.array.verdict == OK and pair.scalar.verdict.status not in RIGHT:
            assert pair.are_same(), (what, pair)
            assert not what.endswith(PRODUCTS), (what, pair)


@pytest.mark.parametrize(
    "words",
    [
        ["y = sum(exp(x))", "--x", "[-1000, 1]"],
        ["y = sum(x/exp(1)) + prod(x)*x[0]", "--x", "[1e-308, 1e-308]"],
        ["y = sum(sech(x) + normcdf(-abs(x)) + logsigmoid(x))", "--x", "[1, 1000]"],
        ["y = sum(exp(x - [0, inf, 0]))", "--x", "[1, 2, 3]"],  # a true 0
        ["y = x*1e300*1e300", "--x", "[1e-308, 0]*1e-300"],
        ["y = log(exp(x)) + sqrt(exp(x)*1e-20) + exp(x)/exp(x - 1)", "--x", "[1, -1000]"],
        ["y = (exp(x) > 0) + 1", "--x", "[1, -1000]"],
        ["y = x @ w*1e300", "--x", "[1e-200, 1e-200]", "--w", "[1e-200, 0]"],
        ["y = sum(x @ w)", "--x", "[[1e200, 1e200], [1, 0]]", "--w", "[1e200, -1e200]"],
        ["y = mean(x) + sum(x - 1e308)", "--x", "[1e308, 1e308]"],
        ["P = softmax(x); y = P @ [1, 2, 3]", "--x", "[1, -1e9, 2]"],
    ],
)  # fmt: skip
def test_values_at_the_ends_of_the_doubles_have_the_statuses_of_scalars(
    words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nodes() -> list[Any]:
        found = run_here(["eval", *words, "-o", "json", "--allow-nonfinite"])
        assert found.returncode == 0, found.stderr
        return [(each["name"], each["value"], each["status"]) for each in json.loads(found.stdout)["nodes"]]

    scalars = nodes()
    monkeypatch.setattr(arrays_of_symbols, "MOST_SCALARS", -1)
    for (name, value, status), (_, number, told) in zip(scalars, nodes(), strict=True):
        assert json.dumps(told).replace("recovered", "ok") == json.dumps(status).replace("recovered", "ok"), name
        assert near(number, value), name


@pytest.mark.parametrize(
    ("program", "x"),
    [
        ("y = 1/x*[[0, 1], [1, 1]]", "[0, 1]"),
        ("y = [0, 0, 2]*x[0] + 0/x", "[0, 1, 2]"),
        ("y = x*1/z", "[0, 1]"),
        ("y = sum(x/x*0) + sum(exp(x)/exp(x - 1))", "[0, -2000]"),
        ("y = sum(exp(x)*1e300*x)", "[1, -1000]"),
        ("y = prod(x)*1e200", "[1e-200, 1e-200, 0.5]"),
    ],
)  # fmt: skip
def test_derivatives_beside_limits_and_underflows_have_the_statuses_of_scalars(
    program: str, x: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nodes() -> dict[str, Any]:
        words = ["eval", program, "--x", x, *(["--z", "0"] if "z" in program else [])]
        found = run_here([*words, "-o", "json", "--allow-nonfinite"])
        return {each["name"]: each for each in json.loads(found.stdout)["nodes"]}

    scalars = nodes()
    monkeypatch.setattr(arrays_of_symbols, "MOST_SCALARS", -1)
    arrays = nodes()
    for mine, other in zip(flat(arrays["x"]["gradient"]), flat(scalars["x"]["gradient"]), strict=True):
        assert mine == other or abs(mine - other) <= 1e-12 * abs(other)
    assert flat(arrays["x"]["gradient_status"]) == flat(scalars["x"]["gradient_status"])
    for name, node in scalars.items():
        for mine, other in zip(
            flat(arrays[name].get("gradient_status")), flat(node.get("gradient_status")), strict=True
        ):
            assert mine == other or mine == "unknown" or {mine, other} <= {"ok", "recovered"}, name


def flat(nested: Any) -> list[Any]:
    if isinstance(nested, dict):
        return flat(list(nested.values()))
    return [each for item in nested for each in flat(item)] if isinstance(nested, list) else [nested]
