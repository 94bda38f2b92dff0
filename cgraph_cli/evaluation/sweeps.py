"""The sweeps: values and local partials in one pass, then tangents forward or adjoints in reverse.

Each is one loop over the columns of the graph: linear in time and memory, without recursion. An absent derivative is
None, unlike a computed zero: it means no dependence at all, and blocks all numbers from there (an untaken branch of a
`where`, say, with its `nan`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any

from cgraph_cli.core.graph import CONSTANT, INPUT, Graph
from cgraph_cli.evaluation.double import DOUBLE
from cgraph_cli.evaluation.inputs import check_inputs
from cgraph_cli.evaluation.kernels import Algebra

Progress = Callable[[int, int], None]

_NODES_A_REPORT = 16384


class Evaluation:
    """The values of a graph at a point.

    `values` has a number for each node, and `partials` one for each edge: the derivative of the node at its end with
    respect to the operand at its start, or None where there is no dependence.
    """

    __slots__ = ("algebra", "graph", "partials", "values")

    def __init__(self, graph: Graph, algebra: Algebra, values: list[Any], partials: list[Any]) -> None:
        self.graph = graph
        self.algebra = algebra
        self.values = values
        self.partials = partials

    def value(self, label: str) -> Any:
        """Give the value of the node called `label`. Raises `KeyError` where there is none."""
        return self.values[self.graph.find(label)]


def restrict(evaluation: Evaluation, nodes: Iterable[int]) -> Evaluation:
    """Leave out the edges into all but some nodes: what these are made from is held fixed."""
    partials: list[Any] = [None] * len(evaluation.partials)
    starts = evaluation.graph.starts
    for node in nodes:
        edges = slice(starts[node], starts[node + 1])
        partials[edges] = evaluation.partials[edges]
    return Evaluation(evaluation.graph, evaluation.algebra, evaluation.values, partials)


def evaluate(
    graph: Graph,
    inputs: Mapping[str, float] | None = None,
    *,
    algebra: Algebra = DOUBLE,
    progress: Progress | None = None,
) -> Evaluation:
    """Compute every node's value, and every edge's local partial, with `inputs` given by name.

    Arithmetic is IEEE: `1/0` is `inf`, `log(-1)` is `nan`, and nothing is raised for it. Raises `InputError` for an
    input with neither number nor default, and for a name that is no input of the program.
    """
    given = check_inputs(graph, inputs or {})
    values: list[Any] = []
    partials: list[Any] = []
    operands, starts = graph.operands, graph.starts
    numbers: list[Any] = graph.numbers
    kernels = {name: algebra.kernel(name) for name in set(graph.operations) - {INPUT, CONSTANT}}
    number, spelling = algebra.number, graph.spellings.get
    append, append_partial, extend, value_of = values.append, partials.append, partials.extend, values.__getitem__
    start, due = 0, 0 if progress else -1
    for node, (operation, end) in enumerate(zip(graph.operations, islice(starts, 1, None), strict=True)):
        count = end - start
        if count == 2:  # most nodes have one operand or two, and are twice as fast without a slice
            value, left, right = kernels[operation](values[operands[start]], values[operands[start + 1]])
            append(value)
            append_partial(left)
            append_partial(right)
        elif count == 1:
            value, local = kernels[operation](values[operands[start]])
            append(value)
            append_partial(local)
        elif operation == CONSTANT:
            append(number(numbers[node], spelling(node, "")))
        elif operation == INPUT:
            append(number(given[node], ""))
        else:
            value, *locals_ = kernels[operation](*map(value_of, operands[start:end]))
            append(value)
            extend(locals_)
        start = end
        if node == due and progress:
            progress(node, len(graph))
            due += _NODES_A_REPORT
    return Evaluation(graph, algebra, values, partials)


def sweep_reverse(evaluation: Evaluation, seeds: Mapping[int, Any], *, progress: Progress | None = None) -> list[Any]:
    """Compute adjoints: for each node, the derivative of Σ seed·output with respect to it (a VJP).

    `seeds` maps nodes to their initial adjoint. The result has an entry for each node, None where no seeded node
    depends on it.
    """
    graph, partials = evaluation.graph, evaluation.partials
    operands, starts = graph.operands, graph.starts
    adjoints: list[Any] = [None] * len(graph)
    for node, seed in seeds.items():
        adjoints[node] = seed
    last = max(seeds, default=-1)
    end, due = starts[last + 1], last if progress else -1
    for node in range(last, -1, -1):
        adjoint = adjoints[node]
        start = edge = starts[node]
        if adjoint is not None:
            while edge < end:  # two thirds of the time of a range
                partial = partials[edge]
                if partial is not None:
                    operand = operands[edge]
                    before = adjoints[operand]
                    adjoints[operand] = adjoint * partial if before is None else before + adjoint * partial
                edge += 1
        end = start
        if node == due and progress:
            progress(last - node, last + 1)
            due -= _NODES_A_REPORT
    return adjoints


def sweep_forward(evaluation: Evaluation, seeds: Mapping[int, Any], *, progress: Progress | None = None) -> list[Any]:
    """Compute tangents: for each node, its derivative in the direction of `seeds` (a JVP).

    `seeds` maps nodes to their tangent, which replaces the tangent from their operands. The result has an entry for
    each node, None where it depends on no seeded node.
    """
    graph, partials = evaluation.graph, evaluation.partials
    operands, starts = graph.operands, graph.starts
    tangents: list[Any] = []
    append = tangents.append
    edge, due = 0, 0 if progress else -1
    for node, end in enumerate(islice(starts, 1, None)):
        tangent = seeds.get(node)
        if tangent is None:
            while edge < end:
                partial, other = partials[edge], tangents[operands[edge]]
                if partial is not None and other is not None:
                    tangent = partial * other if tangent is None else tangent + partial * other
                edge += 1
        append(tangent)
        edge = end
        if node == due and progress:
            progress(node, len(graph))
            due += _NODES_A_REPORT
    return tangents
