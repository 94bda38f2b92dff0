"""Forward, reverse and a derivative that uses no rule agree, on random programs at special points."""

from __future__ import annotations

from hypothesis import strategies as st

from cgraph_cli.checks.gradients import check
from cgraph_cli.language.parse import parse
from tests.conftest import explore
from tests.programs import points, programs


@explore(40, 1000, st.data())
def test_forward_reverse_and_differences(data: st.DataObject) -> None:
    """Any program can be checked, and what is random in it are the assertions only, which may fail."""
    text = data.draw(programs())
    graph = parse(text)
    point = data.draw(points([graph.names[node] or "" for node in graph.inputs()]))
    outcome = check(graph, point)
    assert outcome.points == 1
    for case in outcome.cases:
        for failure in case.failures:
            assert failure.message
            said = f"{failure.message}: {failure.expected} expected, {failure.got} got, {failure.notes}"
            assert case.kind == "assert", f"{text!r} at {point}: {said}"
