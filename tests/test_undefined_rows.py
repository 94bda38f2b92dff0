"""Rows with inputs that are no numbers: decided at once, and as `eval` decides them."""

from __future__ import annotations

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
from cgraph_cli.results.rows.quantities import Quantities
from cgraph_cli.results.rows.undefined import find_decisive
from cgraph_cli.trust.verdicts import Status
from tests.conftest import explore
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
    assert "".join(sorted(find_decisive(graph, graph.output))) == decisive


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
    decisive = find_decisive(graph, graph.output)
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
