"""Rows with inputs that are no numbers: decided at once, and as `eval` decides them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from math import inf, isnan, nan

import pytest
from hypothesis import strategies as st

from cgraph_cli import parse, report
from cgraph_cli.core.errors import Source
from cgraph_cli.core.graph import Graph
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.reach import ancestors
from cgraph_cli.results.rows.engine import Engine
from cgraph_cli.results.rows.kernels import ScalarKernel
from cgraph_cli.results.rows.quantities import Quantities
from cgraph_cli.results.rows.undefined import find_decisive, name_inputs
from cgraph_cli.trust.budget import Budget
from cgraph_cli.trust.verdicts import Status
from tests.conftest import explore
from tests.needs import need_program
from tests.programs import programs


@pytest.mark.parametrize(
    ("program", "decisive"),
    [
        ("exp(-x^2/2)*z", "xz"), ("x^0 + z", "z"), ("1^x*z", "z"), ("x^z", ""), ("where(x > 0, z, w)", ""),
        ("z + where(x > 0, 1, 2)", "z"), ("hypot(x, z) + w", "w"), ("max(x, z)", "xz"), ("0*x", "x"),
        ("a = x + 1; b = a*z; a", "x"), ("sum(x, z, w, v)", "vwxz"), ("not x", ""), ("abs(x) + relu(z)", "xz"),
    ],
)  # fmt: skip
def test_inputs_that_leave_no_number(program: str, decisive: str) -> None:
    graph = parse(program)
    assert "".join(sorted(name_inputs(graph, find_decisive(graph, graph.output)))) == decisive


@pytest.mark.parametrize("arrays", [True, False])
def test_they_take_no_work(arrays: bool) -> None:
    """Not one of very many is unknown, though none may be looked at."""
    size = 50_000
    x: Sequence[float] = [nan, 1.0] * (size // 2)
    quantities = Quantities(parse("y = exp(-x^2/2)*z + log(z)"), [], ["x", "z"])
    engine = Engine(quantities, {}, effort=-1.0, arrays=arrays)
    columns = {"x": x, "z": [2.0] * size}
    computed = engine.compute(columns, size)
    statuses = engine.settle(computed, columns, size, ())
    assert sorted(statuses) == list(range(0, size, 2))
    assert {status for row in statuses.values() for status in row} == {Status.UNDEFINED}
    assert all(isnan(column[at]) for column in computed.numbers for at in (0, size - 2))
    assert engine.take_counts()[Status.UNDEFINED] == size // 2


@explore(150, 5_000, programs(), st.data())
def test_they_are_what_eval_says(text: str, data: st.DataObject) -> None:
    graph = parse(text)
    names = [graph.names[node] or "" for node in graph.inputs()]
    numbers = st.sampled_from([nan, nan, 0.0, 1.0, -2.5, inf])
    point = {name: data.draw(numbers) for name in names}
    decisive = name_inputs(graph, find_decisive(graph, graph.output))
    if not any(isnan(point[name]) for name in decisive):
        return
    answer = report(graph, point)
    (output,) = answer.outputs
    assert isnan(answer.values[output])
    assert answer.checked(output).verdict.status == Status.UNDEFINED
    behind = ancestors(graph, [graph.output])
    for name in names:
        found = answer.gradients[0].checked(graph.nodes[name])
        depends = graph.nodes[name] in behind
        assert isnan(found.number) == depends, name
        assert found.verdict.status == (Status.UNDEFINED if depends else Status.OK)


@explore(150, 1_000, programs(), st.data())
def test_rows_outside_of_a_domain_are_what_eval_says(text: str, data: st.DataObject) -> None:
    graph = parse(text)
    names = [graph.names[node] or "" for node in graph.inputs()]
    if not names:
        return
    numbers = st.sampled_from([-3.0, -1.0, -0.5, 0.0, 0.3, 1.0, 2.0])
    point = {name: data.draw(numbers) for name in names}
    quantities = Quantities(graph, [], names)
    computed = ScalarKernel(quantities).compute([[point[name]] for name in names], 1)
    if not computed.undefined:
        return
    for one, other in zip(quantities.undefined, quantities.look(point, Budget()), strict=True):
        assert one.verdict.status == other.verdict.status
        assert isnan(one.number) == isnan(other.number)


@pytest.mark.parametrize("arrays", [True, False])
def test_logarithms_of_negative_numbers_take_no_work(arrays: bool) -> None:
    columns = {"x": [-2.0, 3.0, 0.0, -1e-300] * 1000, "w": [1.5] * 4000}
    for text in ("y = log(x)*w", "y = exp(-w)*sqrt(x) + w", "y = (x + x)^1.5/w", "y = asin(x + 3*x - 5)*w; z = log(x)"):
        engine = Engine(Quantities(parse(text), [], ["x", "w"]), {}, effort=math.inf, arrays=arrays)
        computed = engine.compute(columns, 4000)
        assert {at for at in range(4000) if columns["x"][at] < 0} == computed.undefined


@pytest.mark.parametrize("name", PRIMITIVES)
def test_no_value_that_is_no_number_is_ok(name: str) -> None:
    names = "xyzw"[: len(PRIMITIVES[name].parameters)]
    for lost in names:
        graph = Graph(Source("", "program"))
        operands = [graph.append_input(each, 0, nan if each == lost else 0.5) for each in names]
        graph.output = graph.append(name, operands, 0)
        answer = report(graph)
        for node in range(len(graph)):
            assert not isnan(answer.values[node]) or answer.checked(node).verdict.status == Status.UNDEFINED


@pytest.mark.parametrize("native", ["never", "always"])
@pytest.mark.parametrize(
    ("program", "point", "status"),
    [
        ("y = b^2 + x", {"x": 1.0, "b": 1e200}, Status.OVERFLOW),
        ("y = x/(1 + b^2)", {"x": 1e300, "b": 1e200}, Status.RECOVERED),
        ("y = x*(a*b)", {"x": 1e300, "a": 1e-200, "b": 1e-200}, Status.RECOVERED),
        ("y = -b*b*x", {"x": 2.0, "b": 1e200}, Status.OVERFLOW),
        ("y = mean(z, x)", {"x": 5e-324, "z": 0.0}, Status.OVERFLOW),
        ("n0 = x^2/coth(x); y = erf(x)*clip(n0, pi, 0.5)", {"x": 1.0}, Status.UNDEFINED),
    ],
)  # fmt: skip
def test_numbers_for_all_rows_are_looked_at_as_columns_are(
    program: str, point: dict[str, float], status: Status, native: str
) -> None:
    """No flag of the processor tells of arithmetic on two of Python's floats."""
    if native == "always":
        need_program("cc")
    quantities = Quantities(parse(program), [], [], gradient=False)
    fixed = {name: number for name, number in point.items() if name != "x"}
    engine = Engine(quantities, fixed, effort=60e6, arrays=True, native=native)
    columns = {"x": [point["x"]] * 3}
    computed = engine.compute(columns, 3)
    statuses = engine.settle(computed, columns, 3, ())
    assert [found for (found,) in statuses.values()] == [status] * 3


def test_a_quotient_to_the_power_0() -> None:
    """Its ratio of errors has no part in the result's."""
    engine = Engine(Quantities(parse("q = a/(b^2 - 3*a); y = q^0 + q"), [], ["a"]), {}, effort=60e6, arrays=True)
    columns = {"a": [1.0], "b": [2.0]}
    computed = engine.compute(columns, 1)
    assert not engine.settle(computed, columns, 1, ())
    assert [float(column[0]) for column in computed.numbers] == [2.0, 4.0]


def test_an_output_of_its_own_has_the_slope_1() -> None:
    engine = Engine(Quantities(parse("y = log(x)"), [], ["y", "x"]), {}, effort=-1.0, arrays=False)
    columns = {"x": [nan]}
    computed = engine.compute(columns, 1)
    assert engine.settle(computed, columns, 1, ()) == {0: [Status.UNDEFINED, Status.OK, Status.UNDEFINED]}
    assert computed.numbers[1] == [1.0]
