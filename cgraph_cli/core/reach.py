"""Reach: ancestors, descendants and users of nodes in a graph.

Every answer is a set of nodes. Each walk is linear in the nodes and edges that it meets, and needs no recursion.
`following` gives the operands of a node that count, if not all do.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from cgraph_cli.core.graph import Graph

Following = Callable[[int], Iterable[int]]
"""A function from a node to the next nodes of a walk."""


def reached(start: Iterable[int], following: Following, steps: int | None = None) -> set[int]:
    """Find the nodes of a walk from some nodes, in at most `steps` steps; the start is among them."""
    found = set(start)
    front = list(found)
    while front and steps != 0:
        beyond = []
        for node in front:
            for other in following(node):
                if other not in found:
                    found.add(other)
                    beyond.append(other)
        front = beyond
        steps = None if steps is None else steps - 1
    return found


def ancestors(graph: Graph, nodes: Iterable[int], following: Following | None = None) -> set[int]:
    """Find some nodes and all that they depend on."""
    return reached(nodes, following or graph.operands_of)


def descendants(
    graph: Graph, nodes: Collection[int], following: Following | None = None, among: Iterable[int] | None = None
) -> set[int]:
    """Find some nodes and all that depends on them; `among`, in topological order, are the candidates."""
    found, operands_of = set(nodes), following or graph.operands_of
    for node in range(min(nodes, default=len(graph)), len(graph)) if among is None else among:
        if not found.isdisjoint(operands_of(node)):
            found.add(node)
    return found


def between(graph: Graph, sources: Collection[int], output: int, following: Following | None = None) -> set[int]:
    """Find the nodes on the paths from some nodes to an output, both ends included; none without a path."""
    first, operands_of = min(sources, default=len(graph)), following or graph.operands_of
    if output < first:
        return set()
    below = ancestors(graph, [output], lambda node: [o for o in operands_of(node) if o >= first])
    return descendants(graph, below.intersection(sources), operands_of, sorted(below))


def find_users(graph: Graph) -> list[list[int]]:
    """List for each node its users, for many walks from operands to users."""
    users: list[list[int]] = [[] for _ in range(len(graph))]
    for node in range(len(graph)):
        for operand in graph.operands_of(node):
            users[operand].append(node)
    return users


def split_gradient(graph: Graph, node: int) -> tuple[list[int], list[int]]:
    """Split the ancestors of a `grad(y, x)` into its hidden nodes, itself last, and the shown nodes behind these."""
    inside = sorted(ancestors(graph, [node], lambda n: graph.hidden.intersection(graph.operands_of(n))))
    ends = {operand for each in inside for operand in graph.operands_of(each)} - graph.hidden
    return inside, sorted(ends)


def shown_operands(graph: Graph, node: int) -> Sequence[int]:
    """Find a node's operands in the program: for a `grad(y, x)`, the nodes that its derivative depends on."""
    return split_gradient(graph, node)[1] if node in graph.gradients else graph.operands_of(node)
