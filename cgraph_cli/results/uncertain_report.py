"""Reports with the uncertainty of each value, where inputs have one."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

from cgraph_cli.core.graph import Graph
from cgraph_cli.results.report import Report

if TYPE_CHECKING:
    from cgraph_cli.results.uncertainty.correlations import Correlations


def add_uncertainties(answer: Report, inputs: Mapping[str, Any], correlations: Correlations | None = None) -> None:
    """Find the uncertainties of a report's values, where an input has one or correlations are given.

    Raises `InputError` for correlations of inputs without an uncertainty.
    """
    if correlations is None and not _has_uncertainty(answer.graph, inputs):
        return
    from cgraph_cli.results.uncertainty.node_uncertainties import find_uncertainties

    answer.uncertainties = find_uncertainties(answer.graph, inputs, correlations, answer.request.arithmetic)


def _has_uncertainty(graph: Graph, inputs: Mapping[str, Any]) -> bool:
    """Tell whether an input of a program has an uncertainty, given or by default."""
    kinds = set(map(type, chain(inputs.values(), graph.numbers)))
    if kinds <= {float, type(None)}:
        return False
    from cgraph_cli.core.uncertain_number import UncertainNumber

    return UncertainNumber in kinds
