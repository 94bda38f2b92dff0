"""Derivatives of a program, of any order, named and simplified."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.errors import RequestError
from cgraph_cli.core.graph import INPUT, Graph
from cgraph_cli.core.reach import ancestors
from cgraph_cli.symbolic.differentiate import append_named_derivatives, free_name
from cgraph_cli.symbolic.growth import largest_degree, predict_size
from cgraph_cli.symbolic.isolated_points import find_meets
from cgraph_cli.symbolic.simplify import simplify

MOST_WRITTEN = 100_000
"""The most operations of a derivative that is written out; an operation counts for each use."""

MOST_SIMPLIFIED = 30_000
"""The most nodes of derivatives that are simplified, which takes seconds; larger ones stay as they are."""

MOST_NODES, _MOST_TIMES = 100_000, 16
"""The most nodes of derivatives of a higher order, or the most times the program's; each order multiplies them."""


_SURE = 1.25
"""The factor by which a prediction has to exceed the bound to be believed."""


class Derivative(NamedTuple):
    """A derivative: its name, the labels of its output and its variables, and its own node."""

    name: str
    of: str
    wrt: tuple[str, ...]
    graph: Graph
    node: int


class Derivatives(NamedTuple):
    """Derivatives of a `program`: all in one graph, or, where they are `expanded`, each in a graph of its own.

    `simplified` is False where they were too large for that. `meets` are the nodes of the program at whose breaks the
    derivatives may not be the function's.
    """

    program: Graph
    entries: list[Derivative]
    expanded: bool
    simplified: bool
    meets: Sequence[int] = ()


def derive(
    program: Graph, outputs: Sequence[int], wrt: Sequence[int], order: int = 1, *, expand: bool = False
) -> Derivatives:
    """Find the derivatives of some nodes with respect to others: of the second order, each pair once, and so on.

    With `expand` each is an expression of its own in the inputs. Raises `RequestError` for an expression that would be
    too long, and for a higher order with too many nodes.
    """
    graph, labels = program.copy(), program.labels()
    for node in wrt:  # a name protects a node from simplification
        if graph.names[node] is None:
            graph.name(node, free_name(graph, f"v{labels[node].removeprefix('%')}"), graph.offsets[node])
    variables = list(wrt)
    most = max(MOST_NODES, _MOST_TIMES * len(program))
    sizes, polynomials = [len(graph)], max(largest_degree(program, output, wrt) for output in outputs)
    all_inputs = all(graph.operations[node] == INPUT for node in variables)
    simplified = True
    found: list[tuple[int, tuple[int, ...], int]] = [(output, (), output) for output in outputs]
    for step in range(order):
        following = []
        called = {node: graph.names[node] for *_, node in found}
        if step:  # a lower derivative keeps no name of its own
            own = {*program.nodes, *(graph.names[node] for node in variables)}
            graph.names = [name if name in own else None for name in graph.names]
        for output, path, node in found:
            first = path[-1] if path else 0
            graph.names[node] = called[node]
            derivatives = append_named_derivatives(graph, node, variables[first:], around=True, in_steps=True)
            if step:
                graph.names[node] = None
            following += [(output, (*path, at), derivative) for at, derivative in enumerate(derivatives, first)]
            if step and len(graph) > most:
                raise _too_many(step + 1, most, sizes)
        found = following
        if step == 0:  # the value itself needs no name among its derivatives
            for output in set(outputs).difference(wrt, program.operands, program.inputs()):
                graph.names[output] = None
        simplified = len(graph) <= MOST_SIMPLIFIED
        if simplified and (step == order - 1 or all_inputs):
            graph, kept = simplify(graph, [*variables, *(node for *_, node in found)])
            variables = kept[: len(wrt)]
            found = [(output, path, node) for (output, path, _), node in zip(found, kept[len(wrt) :], strict=True)]
        sizes.append(len(graph))
        tells = polynomials < step + 1 < order and (simplified or not all_inputs)
        if tells and predict_size(sizes, order) > _SURE * most:
            raise _too_many(order, most, sizes)
    entries = []
    for output, path, node in found:
        name, one = graph.names[node] or "", graph
        if expand:
            if simplified:
                one, (node,) = simplify(graph, [node], expand=True)
            check_length(one, node, name)
        entries.append(Derivative(name, labels[output], tuple(labels[wrt[at]] for at in path), one, node))
    return Derivatives(program, entries, expand, simplified, find_meets(program, outputs, wrt))


def _too_many(order: int, most: int, sizes: Sequence[int]) -> RequestError:
    return RequestError(
        f"the derivatives of order {order} have more than {most:,} nodes",
        help=f"those of order {len(sizes) - 1} have {sizes[-1]:,}, and each order multiplies that by about "
        f"{sizes[-1] / sizes[-2]:.2g};\n"
        "`cgraph taylor` has high derivatives in one input at a point, without their formulas",
    )


def wanted(found: Derivatives) -> list[int]:
    """List the nodes to write for derivatives in one graph: the program's named ones that they need, then theirs."""
    graph = found.entries[0].graph
    if isinstance(graph, ArrayGraph):
        return [*graph.inputs(), *_wanted(found)]
    return _wanted(found)


def _wanted(found: Derivatives) -> list[int]:
    graph = found.entries[0].graph
    needed = ancestors(graph, (entry.node for entry in found.entries))
    named = (graph.nodes.get(name) for name in found.program.nodes)
    definitions = [node for node in named if node is not None and node in needed and graph.operations[node] != INPUT]
    return [*definitions, *(entry.node for entry in found.entries)]


def check_length(graph: Graph, node: int, name: str) -> None:
    """Raise `RequestError` for an expression that is too long to be written out."""
    lengths: list[int] = []
    for other in range(node + 1):
        length = 1 + sum(lengths[operand] for operand in graph.operands_of(other))
        lengths.append(min(length, MOST_WRITTEN + 1))
    if lengths[node] > MOST_WRITTEN:
        raise RequestError(
            f"`{name}` written out has more than {MOST_WRITTEN:,} operations",
            help="leave `--expand` out: a part that is used more than once then has a name, and is written once",
        )
