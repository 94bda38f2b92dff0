"""The derivation of a gradient: the forward sweep, the backward sweep and the sum over paths, step by step.

A derivation is a report in order. Its steps carry formulas and numbers and no words, for every format to tell the same.
Steps are made on demand.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.core.reach import ancestors, descendants
from cgraph_cli.evaluation.paths import Count, Path, Reach, count_paths, list_paths
from cgraph_cli.results.derivation_steps import NamedSteps, Steps
from cgraph_cli.results.report import Column, Report
from cgraph_cli.symbolic.local_partials import LocalPartial
from cgraph_cli.trust.verdicts import Verdict, differ_by_rounding

MOST_STEPS = 200
"""The most steps of a sweep that are all told; a longer one shows its ends."""

END_STEPS = 20
"""The steps at each end of a shortened sweep."""

MOST_SOURCES = 12
"""The most nodes whose paths are listed."""

MOST_SHARES = 12
"""The most users of a node that are told one by one."""


class Share(NamedTuple):
    """The part of a node's gradient that comes through one of its users, `node`.

    `partials` are the local partials in names, one an edge; `partial` is their sum, None where the edges carry nothing.
    `outer` is the gradient at the user, and `product` that of the two.
    """

    node: int
    partials: tuple[LocalPartial, ...]
    partial: float | None
    outer: float
    product: float


class Step(NamedTuple):
    """The gradient at one node: the sum of the shares.

    `left_out` counts the shares that are not told one by one. With `differs` the products do not add up to the shown
    gradient, which was found in another way.
    """

    node: int
    shares: tuple[Share, ...]
    left_out: int
    gradient: float
    verdict: Verdict
    differs: bool

    @property
    def carrying(self) -> list[Share]:
        """The shares with a partial."""
        return [share for share in self.shares if share.partial is not None]


class PathSum(NamedTuple):
    """The sum over the paths from one node to the output: their number, the first of them, and the gradient."""

    source: int
    counted: Count
    paths: list[Path]
    gradient: float

    @property
    def is_whole(self) -> bool:
        """True where every path is listed, and their products add up to the gradient."""
        products = [path.product for path in self.paths]
        return len(products) == self.counted.paths and _add_up(products, self.gradient)


class Products(NamedTuple):
    """The numbers of products path by path, and edge by edge."""

    paths: int
    by_paths: int
    by_edges: int


class Shown(NamedTuple):
    """The nodes that a sweep tells, in its order; `left_out` more are missing after the first `gap`."""

    nodes: Sequence[int]
    gap: int
    left_out: int


def choose_ends(nodes: Sequence[int], all: bool) -> Shown:
    """Choose the nodes of a sweep that are told."""
    if all or len(nodes) <= MOST_STEPS:
        return Shown(nodes, 0, 0)
    return Shown([*nodes[:END_STEPS], *nodes[-END_STEPS:]], END_STEPS, len(nodes) - 2 * END_STEPS)


class Sweep:
    """The backward sweep of one output: `steps`, `path_sums` and `products`.

    `ancestors` are the nodes that the output depends on; `idle` are the nodes of `wrt` that it does not depend on.
    """

    def __init__(self, derivation: Derivation, output: int, column: Column) -> None:
        self.derivation = derivation
        self.output = output
        self.column = column
        self.reach = Reach(derivation.steps.evaluation, derivation.wrt, output)
        self.ancestors = ancestors(derivation.graph, [output])
        self.shown = derivation.ends(self._nodes())
        self._counts: dict[int, Count] | None = None
        self.idle = [node for node in derivation.wrt if node not in self.reach.nodes]

    def _nodes(self) -> list[int]:
        """List the nodes that the sweep reaches, with the operands at which it stops for want of a partial."""
        graph, depends, asked = self.derivation.graph, self.derivation.depends, set(self.derivation.wrt)
        told = set(asked)
        for node in range(self.output, -1, -1):
            if node in self.reach.nodes:
                told.add(node)
                told.update(operand for operand in graph.operands_of(node) if operand in depends)
        if self.output in depends:
            told.update(operand for operand in graph.operands_of(self.output) if operand in depends)
        return sorted((node for node in told if node <= self.output or node in asked), reverse=True)

    def steps(self) -> Iterator[Step]:
        """Make the steps, from the output down."""
        for node in self.shown.nodes:
            yield self.step(node)

    def step(self, node: int) -> Step:
        """Make the step at a node."""
        derivation, column = self.derivation, self.column
        into = derivation.edges_from(node)
        users = [user for user in into if user <= self.output and column.values[user] is not None]
        most = len(users) if derivation.all else MOST_SHARES
        shares = tuple(self._share(user, into[user]) for user in users[:most])
        products = [share.product for share in shares if share.partial is not None]
        gradient = column.at(node)
        differs = node != self.output and len(users) <= most and not _add_up(products, gradient)
        return Step(node, shares, max(0, len(users) - most), gradient, column.verdict(node), differs)

    def _share(self, user: int, edges: Sequence[int]) -> Share:
        partials = self.derivation.steps.evaluation.partials
        carrying = [edge for edge in edges if partials[edge] is not None]
        told = carrying or edges[:1]
        rules = tuple(self.derivation.steps.local_partial(user, edge) for edge in told[:MOST_SHARES])
        partial = sum(partials[edge] for edge in carrying) if carrying else None
        outer = self.column.at(user)
        return Share(user, rules, partial, outer, outer * partial if partial is not None else 0.0)

    def path_sums(self, most: int) -> Iterator[PathSum]:
        """Make the sum over paths of each node of `wrt`, with `most` of its paths."""
        for source in self.sources():
            paths = list_paths(self.derivation.steps.evaluation, source, self.output, most)
            yield PathSum(source, self.counts()[source], paths, self.column.at(source))

    def counts(self) -> dict[int, Count]:
        """Count the paths from each node of `wrt`, once."""
        if self._counts is None:
            sources = [node for node in self.derivation.wrt if node != self.output]
            self._counts = count_paths(self.derivation.steps.evaluation, sources, self.output)
        return self._counts

    def sources(self) -> list[int]:
        """List the nodes whose paths are told."""
        sources = [node for node in self.derivation.wrt if node in self.reach.nodes and node != self.output]
        return sources if self.derivation.all else sources[:MOST_SOURCES]

    def products(self) -> Products:
        """Count the products with and without factoring, over all nodes of `wrt`."""
        counts = self.counts().values()
        by_paths = sum(count.products for count in counts)
        return Products(sum(count.paths for count in counts), by_paths, self.reach.products())


class Derivation:
    """The derivation of the derivatives of a report with respect to the nodes `wrt`.

    The report is of a reverse sweep over every node. `all` tells every step, however many. Where only `named` nodes are
    told, the others are written out; `steps` are the nodes and edges that are told, and `graph` their graph.
    """

    def __init__(self, report: Report, wrt: Sequence[int], all: bool = False, named: bool = False) -> None:
        self.report = report
        self.steps = _choose_steps(report, wrt, named=named)
        self.graph: Graph = self.steps.graph
        self.wrt = list(wrt)
        self.all = all
        self.depends = descendants(self.graph, self.wrt)
        self._edges: tuple[array[int], array[int]] | None = None
        self.forward = self.ends(self._needed())
        self.sweeps = [Sweep(self, output, c) for output, c in zip(report.outputs, report.gradients, strict=True)]

    def value(self, node: int) -> float:
        """Give the value of a node."""
        number: float = self.report.values[node]
        return number

    def edges_from(self, node: int) -> Mapping[int, list[int]]:
        """List the users of a node in the order of the program, each with its edges."""
        if self._edges is None:
            self._edges = _edges_by_operand(self.graph)
        first, edges = self._edges
        found: dict[int, list[int]] = {}
        for edge in edges[first[node] : first[node + 1]]:
            found.setdefault(self.target_of(edge), []).append(edge)
        return found

    def target_of(self, edge: int) -> int:
        """Find the user at the end of an edge."""
        return bisect_right(self.graph.starts, edge) - 1

    def ends(self, nodes: Sequence[int]) -> Shown:
        """Choose the nodes of a sweep that are told."""
        return choose_ends(nodes, self.all)

    def is_finite(self) -> bool:
        """Tell whether every requested number is finite and known."""
        derivatives = (sweep.column.checked(node) for sweep in self.sweeps for node in self.wrt)
        values = (self.report.checked(output) for output in self.report.outputs)
        return all(checked.is_finite for checked in (*values, *derivatives))

    def _needed(self) -> list[int]:
        """List the nodes that the outputs depend on, inputs first, without constants.

        The hidden nodes of a `grad(y, x)` are among them. With respect to elements of arrays, these are the nodes that
        depend on them, and their operands.
        """
        operations = self.graph.operations
        needed = [node for node in sorted(ancestors(self.graph, self.report.outputs)) if operations[node] != CONSTANT]
        if self.graph.arrays is not None:
            told = {each for node in self.depends for each in (node, *self.graph.operands_of(node))}
            needed = [node for node in needed if node in told or node in self.report.outputs]
        return sorted(needed, key=lambda node: operations[node] != INPUT)


def _choose_steps(report: Report, wrt: Sequence[int], *, named: bool) -> Steps:
    """Choose the nodes that are told: of a program of arrays no parts of an operation, which have no names."""
    graph = report.graph
    if named:
        return NamedSteps(report, {*report.outputs, *wrt})
    if graph.arrays is not None:
        return NamedSteps(report, {*range(len(graph))} - graph.hidden)
    return Steps(report)


def _add_up(products: Iterable[float], gradient: float) -> bool:
    """Tell whether products add up to a gradient, within rounding; nan equals nan."""
    total = sum(products)
    return differ_by_rounding(total, gradient) or (total != total and gradient != gradient)


def _edges_by_operand(graph: Graph) -> tuple[array[int], array[int]]:
    """Sort the edges by their operands, and find the first edge of each operand."""
    first = array("Q", bytes(8 * (len(graph) + 1)))
    for operand in graph.operands:
        first[operand + 1] += 1
    for node in range(len(graph)):
        first[node + 1] += first[node]
    place, edges = first[:], array("Q", bytes(8 * len(graph.operands)))
    for edge, operand in enumerate(graph.operands):
        edges[place[operand]] = edge
        place[operand] += 1
    return first, edges
