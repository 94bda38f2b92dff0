"""The standard uncertainty of every node of a graph."""

from __future__ import annotations

from collections.abc import Mapping

from cgraph_cli.core.graph import Graph
from cgraph_cli.core.uncertain_number import UncertainNumber
from cgraph_cli.evaluation.inputs import check_inputs
from cgraph_cli.results.report import report
from cgraph_cli.results.request import Request
from cgraph_cli.results.uncertainty.correlations import Correlations
from cgraph_cli.results.uncertainty.propagation import combine

MOST_WORK = 2_000_000
"""The most nodes times inputs for which uncertainties of nodes are computed."""


def find_uncertainties(
    graph: Graph, inputs: Mapping[str, float], correlations: Correlations | None = None, arithmetic: str = "checked"
) -> list[float] | None:
    """Find the standard uncertainty of each node, by a forward sweep for each uncertain input.

    None where that would take too long. Raises the errors of `report`.
    """
    given, correlations = check_inputs(graph, inputs), correlations or Correlations()
    uncertain = {
        graph.names[node] or "": number for node, number in given.items() if isinstance(number, UncertainNumber)
    }
    correlations.check({graph.names[node] or "" for node in given}, uncertain)
    moving = {name: number for name, number in uncertain.items() if number.u}
    if len(graph) * len(moving) > MOST_WORK:
        return None
    if not moving:
        return [0.0] * len(graph)
    answer = report(graph, inputs, Request(wrt=list(moving), mode="forward", arithmetic=arithmetic))
    columns = dict(zip(moving, answer.tangents, strict=True))
    return [
        combine({name: column.at(node) * moving[name].u for name, column in columns.items()}, correlations)[0]
        for node in range(len(graph))
    ]
