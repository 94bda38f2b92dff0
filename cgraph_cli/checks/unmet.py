"""Assertions that do not hold at a point, for commands that compute there and check nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from cgraph_cli.checks.assertions import is_unmet, statement
from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.errors import Span
from cgraph_cli.core.graph import Graph
from cgraph_cli.trust.checked_point import Point

_WORK = 250_000.0
"""The bound on work for the true numbers of all assertions, in the units of `trust.budget`."""

_MOST = 300_000
"""The most nodes that are gone through for the assertions, by their own programs and by sweeps for their gradients."""


class Unmet(NamedTuple):
    """The places of the assertions that do not hold, and the number of those that were not tested."""

    places: list[Span]
    untested: int


def find_unmet(graph: Graph, inputs: Mapping[str, Any]) -> Unmet:
    """Find the assertions of a program that do not hold at a point, as far as a bound on work allows."""
    if isinstance(graph, ArrayGraph):
        from cgraph_cli.checks.array_checks import unmet_assertions

        return Unmet(unmet_assertions(graph, inputs), 0)
    if len(graph) > _MOST:
        return Unmet([], len(graph.assertions))
    point = Point(graph, inputs, work=_WORK)
    found, done = list[Span](), 0
    for at, assertion in enumerate(graph.assertions):
        gradients = sum(len(bound) == 2 for bound in assertion.bindings.values())
        done += len(assertion.graph) + gradients * len(graph)
        if done > _MOST:
            return Unmet(list(dict.fromkeys(found)), len(graph.assertions) - at)
        if is_unmet(assertion, point):
            found.append(statement(assertion))
    return Unmet(list(dict.fromkeys(found)), 0)
