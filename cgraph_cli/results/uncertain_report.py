"""Reports with the uncertainty of each value, where inputs have one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cgraph_cli.core.graph import Graph
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.evaluation.inputs import check_inputs
from cgraph_cli.results.report import Report

if TYPE_CHECKING:
    from cgraph_cli.results.uncertainty.correlations import Correlations


def add_uncertainties(answer: Report, inputs: Mapping[str, Any], correlations: Correlations | None = None) -> str:
    """Find the uncertainties of a report's values, where an input has one or correlations are given.

    Returns a note where that would take too long, and nothing else. Raises `InputError` for correlations of
    inputs without an uncertainty.
    """
    if correlations is None and not _has_uncertainty(answer.graph, inputs):
        return ""
    from cgraph_cli.core.array_graph import ArrayGraph
    from cgraph_cli.results.uncertainty.node_uncertainties import MOST_WORK, find_uncertainties

    if not isinstance(answer.graph, ArrayGraph):
        answer.uncertainties = find_uncertainties(answer.graph, inputs, correlations, answer.request.arithmetic)
        if answer.uncertainties is not None:
            answer.measured = _measured(answer, inputs), tuple(correlations.pairs()) if correlations else ()
            return ""
    return (
        "note: the uncertainties of the nodes are left out: they would take more than "
        f"{MOST_WORK:,} nodes times uncertain inputs; `cgraph budget` has those of the outputs"
    )


def _measured(answer: Report, inputs: Mapping[str, Any]) -> dict[str, float]:
    """Find the standard uncertainty of each uncertain input."""
    given = check_inputs(answer.graph, inputs)
    sizes = ((answer.graph.names[node] or "", getattr(number, "u", 0.0)) for node, number in given.items())
    return {name: u for name, u in sizes if u}


def _has_uncertainty(graph: Graph, inputs: Mapping[str, Any]) -> bool:
    """Tell whether an input of a program, as it is given or by its default, has an uncertainty."""
    numbers = [*inputs.values(), *graph.numbers]
    kinds = set(map(type, numbers))
    if Tensor in kinds:
        lists = [number.items for number in numbers if isinstance(number, Tensor) and isinstance(number.items, list)]
        kinds.update(*(map(type, items) for items in lists))
        kinds.remove(Tensor)
    if kinds <= {float, type(None)}:
        return False
    from cgraph_cli.core.uncertain_number import UncertainNumber

    return UncertainNumber in kinds
