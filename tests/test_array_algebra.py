"""Structural operations in NumPy against the scalar programs of graphs of arrays, in both modes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy
import pytest
from hypothesis import given, settings

from cgraph_cli.core.array_graph import ELEMENTS, ArrayGraph
from cgraph_cli.core.graph import Graph
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.evaluation.arrays.algebra import ARRAYS, fill, ieee
from cgraph_cli.evaluation.arrays.reductions import VALUES
from cgraph_cli.evaluation.arrays.structural import STRUCTURES
from cgraph_cli.evaluation.sweeps import Evaluation, evaluate, sweep_forward, sweep_reverse
from cgraph_cli.symbolic.arrays.operations import GATHERS
from cgraph_cli.symbolic.arrays.scalarize import STRUCTURES as SCALAR_STRUCTURES
from cgraph_cli.symbolic.arrays.scalarize import Nodes, scalarize
from tests.array_programs import BINARY, REDUCTIONS, UNARY, array_graphs
from tests.conftest import explore, heavy

KINDS = (*UNARY, *BINARY, *REDUCTIONS, *STRUCTURES, "where")
Inputs = Mapping[str, Tensor[float]]


def arrays_of(given: Inputs) -> dict[str, Any]:
    return dict(given)


def scalar_inputs(scalar: Graph, graph: ArrayGraph, elements: list[Nodes], given: Inputs) -> dict[str, float]:
    return {
        scalar.names[each] or "": number
        for name, tensor in given.items()
        for each, number in zip(elements[graph.nodes[name]].items, tensor.items, strict=True)
    }


def sizes_of(scalars: Evaluation, output: int) -> list[float]:
    """Sum the absolute products over all paths: the size of which rounding is a part."""
    sizes = [None if partial is None else abs(partial) for partial in scalars.partials]
    return [x or 0.0 for x in sweep_reverse(Evaluation(scalars.graph, scalars.algebra, [], sizes), {output: 1.0})]


def check_same(found: Any, shape: Any, numbers: list[float | None], sizes: list[float], what: str) -> None:
    for mine, number, size in zip(fill(found, shape).ravel().tolist(), numbers, sizes, strict=True):
        if number is None and not math.isfinite(size):
            continue  # an empty sum depends on nothing, which arrays of zeros times an infinite slope do not tell
        expected = 0.0 if number is None else number
        if not math.isfinite(expected):
            assert repr(mine) == repr(expected) or not math.isfinite(mine), what
            continue
        assert abs(mine - expected) <= 1e-12 * max(abs(expected), size, 1.0), (what, mine, expected, size)


def check(graph: ArrayGraph, given: Inputs) -> None:
    """Compare a graph in NumPy with its scalar program."""
    scalar, elements = scalarize(graph, given)
    scalars = evaluate(scalar, scalar_inputs(scalar, graph, elements, given))
    (output,) = elements[graph.output].items
    sizes, adjoints = sizes_of(scalars, output), sweep_reverse(scalars, {output: 1.0})
    direction = {each: 0.25 + at % 3 for node in graph.inputs() for at, each in enumerate(elements[node].items)}
    tangents = sweep_forward(scalars, direction)
    with ieee():
        found = evaluate(graph, arrays_of(given), algebra=ARRAYS)
        back = sweep_reverse(found, {graph.output: 1.0})
        seeds = {
            node: numpy.array([direction[each] for each in elements[node].items]).reshape(graph.shapes[node])
            for node in graph.inputs()
        }
        ahead = sweep_forward(found, seeds)
        for node, mine in enumerate(elements):
            shape, what = graph.shapes[node], f"{graph.operations[node]} {graph.shapes[node]}"
            assert numpy.shape(found.values[node]) == shape or not shape, what
            large = [max(1.0, abs(scalars.values[each])) for each in mine.items]
            check_same(found.values[node], shape, [scalars.values[each] for each in mine.items], large, what)
            check_same(ahead[node], shape, [tangents[each] for each in mine.items], [1e2 * x for x in large], what)
            if graph.operations[node] != ELEMENTS:  # with nodes of other arrays for elements
                numbers = [adjoints[each] for each in mine.items]
                check_same(back[node], shape, numbers, [sizes[each] for each in mine.items], f"adjoint: {what}")


def test_every_structural_operation_has_its_scalar_meaning() -> None:
    assert set(STRUCTURES) == set(SCALAR_STRUCTURES) | GATHERS
    assert set(VALUES) == {name for name, row in PRIMITIVES.items() if row.variadic}


@pytest.mark.parametrize("examples", [12, pytest.param(40, marks=heavy)])
@pytest.mark.parametrize("kind", KINDS)
def test_each_operation_is_what_its_scalars_are(kind: str, examples: int) -> None:
    @settings(max_examples=examples)
    @given(array_graphs([kind, kind, "relu", "where"], most=4))
    def is_what_its_scalars_are(program: tuple[ArrayGraph, dict[str, Tensor[float]]]) -> None:
        check(*program)

    is_what_its_scalars_are()


@explore(120, 400, array_graphs(KINDS))
def test_random_programs_are_their_scalar_programs(program: tuple[ArrayGraph, dict[str, Tensor[float]]]) -> None:
    check(*program)
