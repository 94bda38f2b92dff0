"""The size of a graph of arrays as a scalar program, without writing it."""

from __future__ import annotations

from math import prod

from cgraph_cli.core.array_graph import ELEMENTS, ArrayGraph, split
from cgraph_cli.core.errors import ProgramError
from cgraph_cli.core.reach import between
from cgraph_cli.core.tensor import show_shape

MOST_SCALARS = 50_000
"""The most nodes of a scalar program that stands for one of arrays, where arrays can do what is asked.

Its numbers are certified within half a second of time. Larger ones are computed as arrays, whose digits are not.
"""

_NODES_OF_A_DERIVATIVE = 3
"""The nodes that a gradient comes to, for each one of the program on its way."""


def count_scalars(graph: ArrayGraph) -> int:
    """Count the nodes of the scalar program of a graph of arrays; those of linear algebra and of gradients roughly."""
    counts = [0] * len(graph)
    sources: dict[int, list[int]] = {}
    for of, wrt in graph.gradients.values():
        sources.setdefault(of, []).append(wrt)
    written = set[int]()
    for node in range(len(graph)):
        counts[node] = _count(graph, node)
        if node in graph.gradients:
            of = graph.gradients[node][0]
            if of not in written:
                written.add(of)
                counts[node] += _NODES_OF_A_DERIVATIVE * sum(counts[each] for each in between(graph, sources[of], of))
    return sum(counts)


def check_scalars(graph: ArrayGraph) -> None:
    """Raise `ProgramError` at once for a graph whose scalar program would have too many nodes."""
    count = count_scalars(graph)
    if count > graph.max_nodes:
        sizes = [prod(shape) for shape in graph.shapes]
        largest = sizes.index(max(sizes))
        label, shape = graph.labels()[largest], show_shape(graph.shapes[largest])
        raise ProgramError(
            f"arrays of this size come to {_rounded(count)} numbers one by one, and the bound is {graph.max_nodes:,}",
            [graph.span(largest).noted(f"`{label}` is {shape}")],
            "`cgraph eval`, `explain`, `graph`, `check`, `compare`, `jacobian` and `hessian` take whole arrays;\n"
            "`cgraph sweep` and `cgraph plot` take one element through a range, or a direction;\n"
            "what else there is needs inputs of fewer elements, such as a file's first rows",
        )


def _rounded(count: int) -> str:
    """Write the first two digits of a count."""
    unit = 10 ** max(len(str(count)) - 2, 0)
    return f"{count // unit * unit:,}"


def _count(graph: ArrayGraph, node: int) -> int:
    name, _ = split(graph.operations[node])
    size = prod(graph.shapes[node])
    if name == ELEMENTS:
        return 0
    if name == "@":
        inner = graph.shapes[graph.operands_of(node)[0]][-1]
        return size * (inner + 1)
    if name in ("conv1d", "conv2d"):
        return size * (prod(graph.shapes[graph.operands_of(node)[1]]) + 1)
    if name in ("solve", "inv", "det", "logdet", "cholesky"):
        rows = graph.shapes[graph.operands_of(node)[0]][0]
        return rows * rows * (rows + size // max(rows, 1))
    return size
