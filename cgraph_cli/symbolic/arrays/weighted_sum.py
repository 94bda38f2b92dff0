"""Sums over the elements of an array, through which an array is differentiated."""

from __future__ import annotations

from cgraph_cli.core.graph import Graph
from cgraph_cli.core.tensor import Tensor


def append_sum(graph: Graph, name: str, weights: Tensor[float] | None = None) -> int:
    """Append the sum of an array's elements, or that of their products with weights, and return its node."""
    assert graph.arrays is not None
    known = next((node for node in graph.arrays.summed if graph.labels()[node] == f"Σ{name}"), None)
    if known is not None and weights is None:
        return known
    labels = list(graph.labels())
    terms, offset = graph.arrays.nodes(name), graph.offsets[graph.arrays.nodes(name)[-1]]
    if weights is not None:
        weighted = zip(weights.items, terms, strict=True)
        terms = [graph.append("*", (graph.append_constant(x, offset), term), offset) for x, term in weighted]
    start = len(labels)
    node = graph.append("sum", terms, offset)
    graph.hidden.update(range(start, len(graph)))
    graph.arrays.summed[node] = name
    labels += [f"seed.{each}" for each in range(start, node)]
    graph.label([*labels, f"Σ{name}" if weights is None else f"(seed·{name})"])
    return node
