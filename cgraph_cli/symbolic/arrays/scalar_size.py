"""The size of a graph of arrays as a scalar program, without writing it."""

from __future__ import annotations

from math import prod

from cgraph_cli.core.array_graph import ELEMENTS, ArrayGraph, split

MOST_SCALARS = 50_000
"""The most nodes of a scalar program that stands for one of arrays, where arrays can do what is asked.

Its numbers are certified within half a second of time. Larger ones are computed as arrays, whose digits are not.
"""


def count_scalars(graph: ArrayGraph) -> int:
    """Count the nodes of the scalar program of a graph of arrays; those of linear algebra roughly."""
    return sum(_count(graph, node) for node in range(len(graph)))


def _count(graph: ArrayGraph, node: int) -> int:
    name, _ = split(graph.operations[node])
    size = prod(graph.shapes[node])
    if name == ELEMENTS:
        return 0
    if name == "@":
        inner = graph.shapes[graph.operands_of(node)[0]][-1]
        return size * (inner + 1)
    if name in ("solve", "inv", "det", "logdet", "cholesky"):
        rows = graph.shapes[graph.operands_of(node)[0]][0]
        return rows * rows * (rows + size // max(rows, 1))
    return size
