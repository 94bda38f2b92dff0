"""Programs: from text to the graph that is evaluated, swept and drawn."""

from __future__ import annotations

from collections.abc import Callable

from cgraph_cli.core.errors import Source
from cgraph_cli.core.graph import DEFAULT_MAX_NODES, Graph
from cgraph_cli.language.parse import parse as parse_text


def parse(
    text: str | Source, *, max_nodes: int = DEFAULT_MAX_NODES, progress: Callable[[int, int], None] | None = None
) -> Graph:
    """Parse a program into its graph, in which nodes compute each `grad(y, x)`.

    A program of arrays has `details`, from which `symbolic.arrays.with_shapes` makes the scalar program.
    `progress(done, total)` is called now and then, in characters. Raises `ProgramError` for a wrong program, or one of
    more than `max_nodes` nodes.
    """
    return complete(parse_text(text, max_nodes=max_nodes, progress=progress))


def complete(graph: Graph) -> Graph:
    """Compute the ranges of a program as it is written, and append the nodes for each `grad(y, x)`."""
    if graph.ranges:
        from cgraph_cli.symbolic.stated_ranges import compute_ranges

        compute_ranges(graph)
    if graph.details:
        return graph
    if graph.gradients or any(assertion.graph.gradients for assertion in graph.assertions):
        from cgraph_cli.symbolic.grad_nodes import expand

        return expand(graph)[0]
    return graph
