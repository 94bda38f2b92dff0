"""Notes on large arrays: the matrices that are nearly singular, and the first places where a condition holds."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

import numpy as np

from cgraph_cli.core.array_graph import split
from cgraph_cli.core.tensor import show_index
from cgraph_cli.results.array_report import ArrayReport
from cgraph_cli.results.conditioning import MatrixUse, write_conditions

_MOST_NOTES = 5


def array_notes(report: ArrayReport, *, is_ok: bool) -> Iterator[str]:
    """Name the matrices, and the first operations that have a condition, unless all that is shown `is_ok`."""
    judge, graph = report.judge, report.elements.graph
    if judge is None:
        return
    labels = graph.labels()
    places = {node: ":".join(map(str, graph.source.place(graph.offsets[node]))) for node in judge.events}
    for node in judge.conditions:
        places[node] = ":".join(map(str, graph.source.place(graph.offsets[node])))
    yield from write_conditions(
        MatrixUse(node, split(graph.operations[node])[0], places[node], condition)
        for node, condition in judge.conditions.items()
    )
    events = [] if is_ok else list(judge.events)
    for node in events[:_MOST_NOTES]:
        holds = np.argwhere(judge.events[node])
        first = show_index(holds[0].tolist()) if graph.shapes[node] else ""
        more = f" and {len(holds) - 1:,} more" if len(holds) > 1 else ""
        matrix = ""
        if node in judge.conditions:
            condition = judge.conditions[node]
            matrix = " (a singular matrix)" if condition == inf else f" (condition number {condition:.3g})"
        what = f"{graph.expression(node)} at {places[node]}{matrix}"
        yield f"{labels[node]}{first}{more}, {what}: {judge.said[node]}"
    if len(events) > _MOST_NOTES:
        yield f"and {len(events) - _MOST_NOTES:,} more arrays"
