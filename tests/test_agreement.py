"""Forward, reverse and a derivative that uses no rule, on random programs with special points among their inputs.

`CGRAPH_AGREEMENT=10000 python -m pytest -s tests/test_agreement.py` drives that many programs, and prints what
disagrees.
"""

from __future__ import annotations

import os

from hypothesis import given, settings
from hypothesis import strategies as st

from cgraph_cli.checks.gradients import check
from cgraph_cli.language.parse import parse
from tests.programs import points, programs

EXAMPLES = int(os.environ.get("CGRAPH_AGREEMENT", "60"))


def test_forward_reverse_and_differences() -> None:
    disagreements: list[str] = []
    count = 0

    @settings(max_examples=EXAMPLES)
    @given(st.data())
    def drive(data: st.DataObject) -> None:
        nonlocal count
        text = data.draw(programs())
        graph = parse(text)
        graph.assertions.clear()  # which are as random as the rest
        point = data.draw(points([graph.names[node] or "" for node in graph.inputs()]))
        count += 1
        for case in check(graph, point).cases:
            for failure in case.failures:
                said = f"{failure.message}: {failure.expected} expected, {failure.got} got, {failure.notes}"
                disagreements.append(f"{text!r} at {point}: {said}")

    drive()
    print(f"\n{count} programs, {len(disagreements)} disagreements", *disagreements, sep="\n")
    assert not disagreements
