"""Paths: a derivative as Olah sums it, over every path from a node to an output.

A path is a chain of edges; its product is that of their local partials, and the derivative is the sum of the products.
The number of paths multiplies along a graph whose edges only add up. So paths are counted by a sweep, exactly, and
listed only up to a bound. An edge whose partial is None (an untaken branch) carries nothing and belongs to no path.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from math import floor, log10
from typing import NamedTuple

from cgraph_cli.core.graph import CONSTANT
from cgraph_cli.core.reach import between
from cgraph_cli.evaluation.sweeps import Evaluation

MOST_PATHS = 12
"""The default number of listed paths."""

_MOST_GROUPED = 10**24
_MOST_DIGITS = 4000
"""The most decimal digits that Python writes of an integer by default."""


class Count(NamedTuple):
    """The number of paths, and the number of edges of all of them together."""

    paths: int
    edges: int

    @property
    def products(self) -> int:
        """Count the products that multiply each path out: of k partials, k − 1."""
        return self.edges - self.paths


class Path(NamedTuple):
    """A path: its edges, from the source to the output, and the product of their partials."""

    edges: tuple[int, ...]
    product: float


class Reach:
    """The part of a graph that carries a derivative from `sources` to `output`. `nodes` are those on a path."""

    def __init__(self, evaluation: Evaluation, sources: Collection[int], output: int) -> None:
        self.evaluation = evaluation
        self.output = output
        variable = [source for source in sources if evaluation.graph.operations[source] != CONSTANT]
        self.nodes = between(evaluation.graph, variable, output, self._carrying)

    def _carrying(self, node: int) -> list[int]:
        graph, partials = self.evaluation.graph, self.evaluation.partials
        edges = range(graph.starts[node], graph.starts[node + 1])
        return [graph.operands[edge] for edge in edges if partials[edge] is not None]

    def edges_into(self, node: int) -> Iterator[int]:
        """List the edges between nodes on paths that lead to a node."""
        graph, partials = self.evaluation.graph, self.evaluation.partials
        for edge in range(graph.starts[node], graph.starts[node + 1]):
            if partials[edge] is not None and graph.operands[edge] in self.nodes:
                yield edge

    def products(self) -> int:
        """Count the products of the reverse sweep: one an edge, and none for edges into the output."""
        return sum(1 for node in self.nodes if node != self.output for _ in self.edges_into(node))


def count_paths(evaluation: Evaluation, sources: Collection[int], output: int) -> dict[int, Count]:
    """Count the paths from each source to the output, by one sweep in reverse; only active counts are in memory."""
    reach, operands = Reach(evaluation, sources, output), evaluation.graph.operands
    frontier = {output: Count(1, 0)}
    found = dict.fromkeys(sources, Count(0, 0))
    for node in range(output, min(sources, default=output) - 1, -1):
        count = frontier.pop(node, None)
        if count is None:
            continue
        if node in found:
            found[node] = count
        for edge in reach.edges_into(node):
            before = frontier.get(operands[edge], Count(0, 0))
            frontier[operands[edge]] = Count(before.paths + count.paths, before.edges + count.edges + count.paths)
    return found


def list_paths(evaluation: Evaluation, source: int, output: int, most: int = MOST_PATHS) -> list[Path]:
    """List the first `most` paths from a node to an output, in the order of their operands."""
    reach, operands = Reach(evaluation, [source], output), evaluation.graph.operands
    if output not in reach.nodes or source == output:
        return []
    found: list[Path] = []
    trail: list[int] = []
    open_nodes = [reach.edges_into(output)]
    while open_nodes and len(found) < most:
        edge = next(open_nodes[-1], None)
        if edge is None:
            open_nodes.pop()
            if trail:
                trail.pop()
        elif operands[edge] == source:
            edges = (edge, *reversed(trail))
            found.append(Path(edges, _product([evaluation.partials[each] for each in edges])))
        else:
            trail.append(edge)
            open_nodes.append(reach.edges_into(operands[edge]))
    return found


def show_count(count: int) -> str:
    """Write a count for a person: all its digits, or a power of ten for a long one."""
    if count < _MOST_GROUPED:
        return f"{count:,}"
    mantissa, exponent = _scientific(count, 3)
    return f"about {mantissa}·10^{exponent:,}"


def write_count(count: int) -> int | str:
    """Write a count for a machine: a number that a double holds, else its digits as a string.

    Past 4,000 digits the string is like `1.0715086071e301029`.
    """
    if count <= 2**53:
        return count
    if count < 10**_MOST_DIGITS:
        return str(count)
    mantissa, exponent = _scientific(count, 10)
    return f"{mantissa}e{exponent}"


def _scientific(count: int, digits: int) -> tuple[str, int]:
    size = log10(count)
    exponent = floor(size)
    return f"{10 ** (size - exponent):.{digits}g}", exponent


def _product(partials: Sequence[float]) -> float:
    product = partials[0]
    for partial in partials[1:]:
        product = product * partial
    return product
