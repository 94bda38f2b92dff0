"""Comparison of two programs of arrays that are too large for their scalar programs, at one point, by NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cgraph_cli.checks.compare import SIDES, shared_outputs
from cgraph_cli.checks.gradients import Settings
from cgraph_cli.checks.outcomes import Case, Failure, Outcome, agreed_digits
from cgraph_cli.checks.phrases import program_name
from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.errors import RequestError
from cgraph_cli.core.nodes_by_label import find_node
from cgraph_cli.core.tensor import show_index, show_shape
from cgraph_cli.evaluation.arrays.algebra import ARRAYS, fill, ieee
from cgraph_cli.evaluation.sweeps import evaluate, sweep_reverse
from cgraph_cli.symbolic.matrices.array_gradients import expand_arrays

_ROUNDING = 1e-12
"""The part of the largest element of an array that two ways to compute it may differ by."""


def compare_arrays(old: ArrayGraph, new: ArrayGraph, inputs: Mapping[str, Any], settings: Settings) -> Outcome:
    """Compare the outputs that two programs share, and the gradients of their sums, element by element.

    An input that only one program has is one on which the other does not depend. Raises as `compare`.
    """
    outcome = Outcome(f"{old.source.name} → {new.source.name}")
    graphs = expand_arrays(old), expand_arrays(new)
    pairs = shared_outputs(*graphs) if not settings.of else {}
    for name in settings.of:
        first, second = (find_node(graph, name, "--of", program_name(graph)) for graph in graphs)
        pairs[name] = first, second
    names = dict.fromkeys(graph.names[node] or "" for graph in graphs for node in graph.inputs())
    with ieee():
        given = [{name: x for name, x in inputs.items() if name in graph.nodes} for graph in graphs]
        points = [evaluate(graph, its, algebra=ARRAYS) for graph, its in zip(graphs, given, strict=True)]
        cases = []
        for name, pair in pairs.items():
            shapes = [graph.shapes[node] for graph, node in zip(graphs, pair, strict=True)]
            if shapes[0] != shapes[1]:
                sizes = [show_shape(shape) for shape in shapes]
                what = f"`{name}` is {sizes[0]} in {old.source.name}, and {sizes[1]} in {new.source.name}"
                raise RequestError(what, help="arrays of one shape are compared")
            case = Case("compare", name)
            spans = tuple(graph.span(node) for graph, node in zip(graphs, pair, strict=True))
            values = [fill(point.values[node], shapes[0]) for point, node in zip(points, pair, strict=True)]
            failures = [_compare(case, f"`{name}", values, settings)]
            adjoints = [
                sweep_reverse(point, {node: np.ones(shapes[0])}) for point, node in zip(points, pair, strict=True)
            ]
            summed = f"Σ{name}" if shapes[0] else name
            for wrt in names:
                shape = next(graph.shapes[graph.nodes[wrt]] for graph in graphs if wrt in graph.nodes)
                gradients = [
                    fill(adjoint[graph.nodes[wrt]] if wrt in graph.nodes else None, shape)
                    for adjoint, graph in zip(adjoints, graphs, strict=True)
                ]
                failures.append(_compare(case, f"∂{summed}/∂{wrt}", gradients, settings))
            case.failures = [found._replace(spans=spans) for found in failures if found is not None]
            cases.append(case)
        outcome.add(cases, {})
    return outcome


def _compare(case: Case, what: str, found: list[Any], settings: Settings) -> Failure | None:
    """Compare two arrays; gives the first element that has changed."""
    old, new = found
    size = np.maximum(np.abs(old), np.abs(new))
    largest = float(size[np.isfinite(size)].max(initial=0.0))
    tolerance = settings.atol + settings.rtol * size + _ROUNDING * largest
    apart = np.abs(old - new)
    same = (old == new) | (np.isnan(old) & np.isnan(new)) | (apart <= tolerance)
    quote = "`" if what.startswith("`") else ""
    if not same.all():
        at = tuple(int(place) for place in np.argwhere(~same)[0])
        label = f"{what}{show_index(at) if at else ''}{quote}"
        return Failure(f"{label} has changed", (), float(old[at]), float(new[at]), float(tolerance[at]), sides=SIDES)
    most = float(apart[np.isfinite(apart)].max(initial=0.0))
    case.agree(agreed_digits(most, largest))
    return None
