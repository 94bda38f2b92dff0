"""Taylor polynomials of large arrays: of the scalar program of the elements that move, and of what depends on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from cgraph_cli.core.array_graph import ArrayGraph, part_at
from cgraph_cli.core.errors import RequestError
from cgraph_cli.core.graph import Graph
from cgraph_cli.core.tensor import show_index, show_shape
from cgraph_cli.evaluation.arrays.algebra import ARRAYS, fill, ieee
from cgraph_cli.evaluation.arrays.sources import MOST_MOVING, MOST_ROWS, NoSlice
from cgraph_cli.evaluation.sweeps import evaluate
from cgraph_cli.results.array_ends import End, find_ends
from cgraph_cli.results.array_report import find_directions
from cgraph_cli.results.array_slices import Slice
from cgraph_cli.results.report import Stage
from cgraph_cli.symbolic.matrices.array_gradients import expand_arrays

_MOST_OUTPUTS = 100


class ScalarSlice(NamedTuple):
    """A scalar program of large arrays: its outputs, and the nodes that move, each with its speed."""

    graph: Graph
    outputs: list[str]
    direction: dict[int, float]


def slice_program(
    graph: ArrayGraph,
    inputs: Mapping[str, Any],
    of: Sequence[str],
    wrt: Sequence[str],
    direction: Mapping[str, Any],
    stage: Stage | None = None,
) -> ScalarSlice:
    """Write the scalar program of what depends on an element, or on those that move in a direction.

    Raises `RequestError` for too many elements, and where a larger matrix is factored.
    """
    graph = expand_arrays(graph)
    outputs = [
        (end, place, label)
        for end in find_ends(graph, of or [graph.labels()[graph.output]], "--of")
        for place, label in zip(end.places, end.labels(), strict=True)
    ]
    if len(outputs) > _MOST_OUTPUTS:
        what = f"a Taylor polynomial is of one number, and the outputs have {len(outputs):,}"
        raise RequestError(what, help=f"write `--of {outputs[0][2]}`, or up to {_MOST_OUTPUTS} of them")
    moving = _find_moving(graph, wrt, find_directions(graph, direction, "--tangent"))
    with ieee():
        evaluation = evaluate(graph, inputs, algebra=ARRAYS, progress=stage("evaluating") if stage else None)
    names = {node: {at: _label(graph, node, at) for at in steps} for node, steps in moving.items()}
    try:
        targets: dict[int, set[int]] = {}
        for end, place, _ in outputs:
            targets.setdefault(end.node, set()).add(place)
        found = Slice(evaluation, names, targets)
        for end, place, label in outputs:
            _name_output(found, end, place, label)
    except NoSlice:
        first = next(name for each in names.values() for name in each.values())
        raise RequestError(
            f"arrays of this size have a Taylor polynomial where at most {MOST_MOVING:,} numbers move, and none of a"
            f" factored matrix of more than {MOST_ROWS} rows",
            help=f"`cgraph eval --tangent` has the slope, `cgraph hessian --wrt {first}` the curvature;\n"
            "`cgraph plot --over` follows an element or a direction",
        ) from None
    nodes = {found.moved[node][at]: step for node, steps in moving.items() for at, step in steps.items()}
    return ScalarSlice(found.graph, [label for _, _, label in outputs], nodes)


def _find_moving(graph: ArrayGraph, wrt: Sequence[str], direction: Mapping[int, Any]) -> dict[int, dict[int, float]]:
    """Find the elements that move, by node, each with its speed."""
    if direction:
        steps = {node: fill(step, graph.shapes[node]).ravel() for node, step in direction.items()}
        moving = {node: {int(at): float(step[at]) for at in np.flatnonzero(step)} for node, step in steps.items()}
        return {node: each for node, each in moving.items() if each}
    labels = graph.labels()
    ends = list(find_ends(graph, wrt or [labels[node] for node in graph.inputs()], "--wrt"))
    if len(ends) != 1 or (ends[0].place is None and ends[0].shape):
        end = ends[0]
        is_array = f"`{end.label}` is an array of {show_shape(end.shape)}"
        raise RequestError(
            f"a Taylor polynomial is in one variable, and {is_array if len(ends) == 1 else f'here are {len(ends)}'}",
            help=f"write `--wrt {next(end.labels())}`, or give a direction by `--tangent`",
        )
    node, place = part_at(graph, ends[0].node, ends[0].place or 0)
    return {node: {place: 1.0}}


def _label(graph: ArrayGraph, node: int, at: int) -> str:
    """Label an element."""
    label, shape = graph.labels()[node], graph.shapes[node]
    return f"{label}{show_index(tuple(map(int, np.unravel_index(at, shape))))}" if shape else label


def _name_output(found: Slice, end: End, place: int, label: str) -> None:
    """Give an element of an output its name; one that does not move is a constant."""
    node = found.element(end.node, place)
    if label not in found.graph.nodes:
        if found.graph.names[node] is not None or not found.graph.operands_of(node):
            node = found.append("identity", node)
        found.graph.name(node, label, found.arrays.definitions[end.node])
