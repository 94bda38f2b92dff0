"""Programs of arrays: from the inputs' shapes to the graph of arrays, and to its scalar program.

Imports `language`, `evaluation` and the rooms below them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cgraph_cli.core.array_graph import ArrayGraph, ArrayProgram, number_elements
from cgraph_cli.core.errors import InputError
from cgraph_cli.core.graph import CONSTANT, Graph
from cgraph_cli.core.nodes_by_label import settled_inputs
from cgraph_cli.core.tensor import Tensor, indices, show_index, show_shape
from cgraph_cli.evaluation.inputs import check_settable, is_settled_as
from cgraph_cli.symbolic.arrays.elaborate import elaborate
from cgraph_cli.symbolic.arrays.scalar_size import MOST_SCALARS, check_scalars, count_scalars
from cgraph_cli.symbolic.arrays.scalarize import scalarize

_NOTHING: Mapping[str, float] = {}


def large_arrays(
    graph: Graph,
    given: Mapping[str, Tensor[float]],
    start: Mapping[str, float] = _NOTHING,
    *,
    always: bool = False,
) -> ArrayGraph | None:
    """Make the graph of arrays of a program, where that is too large for its scalar program; None otherwise.

    With `always`, of a small one too. Its elements are numbered. Shapes and places may hang on the numbers that inputs
    `start` with. Raises `ProgramError` where shapes do not fit.
    """
    arrays = elaborate(graph, _with_numbers(graph, given, start))
    if not always and count_scalars(arrays) <= MOST_SCALARS:
        return None
    arrays.arrays = ArrayProgram(arrays, number_elements(arrays))
    return arrays


def with_shapes(graph: Graph, given: Mapping[str, Tensor[float]], start: Mapping[str, float] = _NOTHING) -> Graph:
    """Make the scalar program of a program of arrays, with the inputs' shapes from the numbers `given` by name.

    Its `arrays` are the graph of arrays, with the nodes of each element. Shapes and places may hang on the numbers that
    inputs `start` with. Raises `ProgramError` where shapes do not fit.
    """
    arrays = elaborate(graph, _with_numbers(graph, given, start))
    check_scalars(arrays)
    scalar, elements = scalarize(arrays, given)
    if scalar.gradients or any(assertion.graph.gradients for assertion in scalar.assertions):
        from cgraph_cli.symbolic.grad_nodes import expand

        before = scalar
        scalar, became = expand(before)
        scalar.hidden.update(became[node] for node in before.hidden)
        scalar.nodes.update({name: became[node] for name, node in before.nodes.items()})
        elements = [each.map(became.__getitem__) for each in elements]
    scalar.arrays = ArrayProgram(arrays, elements)
    labels = _labels(scalar, scalar.arrays)
    if scalar.output in scalar.hidden:
        labels[scalar.output] = f"Σ{arrays.labels()[arrays.output]}"
        scalar.arrays.summed[scalar.output] = arrays.labels()[arrays.output]
    scalar.label(labels)
    return scalar


def _with_numbers(
    graph: Graph, given: Mapping[str, Tensor[float]], numbers: Mapping[str, float]
) -> Mapping[str, Tensor[float]]:
    """Put numbers, by the labels of inputs or of their elements, among the given inputs of a program.

    Given numbers and arrays of the same name stay.
    """
    if not numbers:
        return given
    found = dict(given)
    for label, number in numbers.items():
        name, bracket, _ = label.partition("[")
        known = found.get(name) or graph.details.get(graph.nodes.get(name, -1))
        is_number = known is None or (isinstance(known, Tensor) and not known.shape)
        if is_number and not bracket and name not in given:
            found[name] = Tensor((), [number])
        elif bracket and isinstance(known, Tensor):
            places = (name + show_index(index) for index in indices(known.shape))
            items = [number if place == label else item for place, item in zip(places, known.items, strict=True)]
            found[name] = Tensor(known.shape, items)
    return found


def element_inputs(graph: Graph, name: str, given: Any, number: Callable[[float], Any] = float) -> dict[str, Any]:
    """Give the elements of an input by their labels, as `number` makes them; a plain number by its name.

    Nothing is left to give of an input whose number shapes or places hang on. Raises `InputError` for another number
    of it, and for an array in place of a number.
    """
    if name in settled_inputs(graph):
        if not is_settled_as(graph, name, given):
            check_settable(graph, name)
        return {}
    if not isinstance(given, Tensor) or isinstance(graph, ArrayGraph):
        return {name: given}
    node = None if graph.arrays is None else graph.arrays.graph.nodes.get(name)
    if graph.arrays is None or node is None:
        help = f"give a number, such as `--{name} 1`"
        raise InputError(f"`{name}` is a number, and given is {show_shape(given.shape)}", help=help)
    labels = graph.labels()
    elements = graph.arrays.elements[node].items
    return {labels[each]: number(item) for each, item in zip(elements, given.items, strict=True)}


def _labels(graph: Graph, arrays: ArrayProgram) -> list[str]:
    """Label the nodes of a scalar program as elements of their arrays."""
    labels = ["" if name is None else name for name in graph.names]
    for node, label in enumerate(arrays.graph.labels()):
        elements = arrays.elements[node]
        for index, each in zip(indices(elements.shape), elements.items, strict=True):
            if not labels[each]:
                is_constant = graph.operations[each] == CONSTANT
                labels[each] = graph.written(each) if is_constant else f"{label}{show_index(index) if index else ''}"
    inner = 0
    for node, label in enumerate(labels):
        if not label:
            inner += graph.operations[node] != CONSTANT
            labels[node] = graph.written(node) if graph.operations[node] == CONSTANT else f"inner.{inner}"
    return labels
