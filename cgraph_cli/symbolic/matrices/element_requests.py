"""Requests for derivatives of elements of arrays, and with respect to them: `--of Q[0]`, `--wrt x[1]`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import combinations_with_replacement
from typing import NamedTuple

from cgraph_cli.core.array_graph import ArrayGraph
from cgraph_cli.core.errors import ProgramError
from cgraph_cli.core.graph import INPUT, Graph
from cgraph_cli.core.tensor import show_shape
from cgraph_cli.language.array_rules import AT, INDEX
from cgraph_cli.symbolic.derivative_programs import Derivative, Derivatives, check_length
from cgraph_cli.symbolic.differentiate import free_name
from cgraph_cli.symbolic.matrices.element_builder import ElementBuilder
from cgraph_cli.symbolic.matrices.matrix_builder import MatrixBuilder
from cgraph_cli.symbolic.matrices.matrix_derivatives import with_factors
from cgraph_cli.symbolic.matrices.matrix_graph import MatrixGraph
from cgraph_cli.symbolic.matrices.matrix_simplify import simplify_arrays


class Variable(NamedTuple):
    """A variable: the position of its array among all, the rank of that, and the places of an element of it."""

    label: str
    array: int
    rank: int
    places: tuple[int, ...]


def read_element(label: str) -> tuple[str, tuple[int, ...]] | None:
    """Split the label of an element, such as `W[0,1]`, into its array and its places; None for any other label."""
    found = re.fullmatch(r"(\w+)\[\s*(\d+(?:\s*,\s*\d+)*)\s*\]", label)
    return (found[1], tuple(map(int, found[2].split(",")))) if found else None


def with_elements(graph: Graph, labels: Sequence[str]) -> tuple[Graph, list[str], dict[str, str]]:
    """Give the elements among some labels a node each, in a program whose shapes are not known.

    Returns the program, the names to ask for, and the labels that the new names stand for.
    """
    result, wanted, called = graph, list[str](), dict[str, str]()
    for label in labels:
        element = read_element(label)
        if element is None or element[0] not in graph.nodes:
            wanted.append(label)
            continue
        if result is graph:
            result = graph.copy()
        array, places = element
        node = result.nodes[array]
        offset = graph.offsets[node]
        constants = [result.append_constant(float(place), offset) for place in places]
        picked = result.append(INDEX, (node, *constants), offset)
        result.details[picked] = (AT,) * len(places)
        name = free_name(result, "_".join([array, *map(str, places)]))
        result.name(picked, name, offset)
        called[name] = f"{array}[{','.join(map(str, places))}]"
        wanted.append(name)
    return result, wanted, called


def check_element(arrays: ArrayGraph, node: int, places: Sequence[int]) -> None:
    """Raise `ProgramError` where an array has no element at some places."""
    shape, name = arrays.shapes[node], arrays.names[node] or ""
    if len(places) != len(shape) or any(at >= size for at, size in zip(places, shape, strict=True)):
        what = f"`{name}` is {show_shape(shape)}, and has no element `{name}[{','.join(map(str, places))}]`"
        last = ",".join(str(size - 1) for size in shape)
        help = f"elements are counted from 0: the last is `{name}[{last}]`" if all(shape) and shape else ""
        raise ProgramError(what, [arrays.span(node)], help or f"write `{name}`")


def pick_elements(found: Derivatives, variables: Sequence[Variable], order: int) -> Derivatives:
    """Take from derivatives with respect to arrays those with respect to the elements that were asked for."""
    graph = found.entries[0].graph
    assert isinstance(graph, MatrixGraph)
    for entry in found.entries:
        name = graph.names[entry.node]
        if name is not None and graph.operations[entry.node] != INPUT:
            graph.names[entry.node] = None
            del graph.nodes[name]
    nodes, entries = MatrixBuilder(graph), list[Derivative]()
    paths = list(combinations_with_replacement(range(1 + max(each.array for each in variables)), order))
    for start in range(0, len(found.entries), len(paths)):
        by_arrays = dict(zip(paths, found.entries[start : start + len(paths)], strict=True))
        of = found.entries[start].of
        output = of.removeprefix("Σ")
        word = output if output in found.program.nodes else ""
        for path in combinations_with_replacement(variables, order):
            node = _pick(nodes, by_arrays, path)
            words = "".join(f"_d{_word(each.label)}" for each in path)
            name = free_name(graph, f"d{order if order > 1 else ''}{word}{words}")
            if not found.expanded:
                node = graph.append("identity", (node,), 0)
                graph.name(node, name, 0)
            entries.append(Derivative(name, of, tuple(each.label for each in path), graph, node))
    kept = [node for node in graph.inputs() if graph.names[node]]
    simple, places = with_factors(*simplify_arrays(graph, [*kept, *(entry.node for entry in entries)]))
    for at, node in enumerate(places[len(kept) :]):
        if found.expanded:
            check_length(simple, node, entries[at].name)
        entries[at] = entries[at]._replace(graph=simple, node=node)
    return Derivatives(found.program, entries, found.expanded, found.simplified)


def _word(label: str) -> str:
    """Write a label as a part of a name: `x_0` for `x[0]`."""
    return re.sub(r"\W+", "_", label.removeprefix("%")).rstrip("_")


def _pick(nodes: MatrixBuilder, by_arrays: Mapping[tuple[int, ...], Derivative], path: Sequence[Variable]) -> int:
    """Pick the places of elements from a derivative, whose axes are those of its arrays in their order."""
    inside = sorted(range(len(path)), key=lambda at: path[at].array)
    block = by_arrays[tuple(path[at].array for at in inside)].node
    sizes = iter(nodes.shape(block))
    specs, axes = list[object](), dict[int, list[int]]()
    for at in inside:
        variable, rank = path[at], path[at].rank
        whole = [(0, next(sizes), 1) for _ in range(rank)]
        specs += variable.places or whole
        if not variable.places:
            count = sum(map(len, axes.values()))
            axes[at] = list(range(count, count + rank))
    places = [spec for spec in specs if isinstance(spec, int)]
    if len(places) == len(specs):
        return ElementBuilder(nodes).pick(block, tuple(places))
    picked = nodes.index(block, specs)
    return nodes.permuted(picked, [axis for at in sorted(axes) for axis in axes[at]])
