"""Sources: the elements that an element of an array is made of."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from math import prod
from typing import Any

import numpy as np

from cgraph_cli.core.array_graph import ELEMENTS, ArrayGraph, split
from cgraph_cli.core.graph import INPUT, LEAVES
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.tensor import Shape
from cgraph_cli.evaluation.arrays.algebra import ARRAYS
from cgraph_cli.evaluation.arrays.derivatives import Array, fill
from cgraph_cli.evaluation.arrays.linear_algebra import LINEAR_ALGEBRA
from cgraph_cli.evaluation.arrays.reductions import lay_out
from cgraph_cli.evaluation.sweeps import Evaluation

MOST_MOVING = 1000
"""The most elements of a slice."""

MOST_ROWS = 10
"""The most rows of a matrix whose factors are in a scalar program."""

GATHERS = ("index", "transpose", "reshape", "array", ELEMENTS, "concat", "stack")
"""The operations whose results are elements of their operands, in other places."""


class NoSlice(Exception):
    """Elements whose scalar program is too large, or has no finite constants."""


def _product_terms(index: Sequence[int], x: Shape, y: Shape) -> Sequence[Array]:
    """Find the places of a matrix product's factors, of one of a stack where the index has more axes."""
    columns = y[-1] if len(y) > 1 else 1
    batch = index[: len(index) - (len(x) > 1) - (len(y) > 1)]
    first = find_origin((*batch, index[len(batch)], 0), x) if len(x) > 1 else 0
    second = find_origin((*batch, 0, index[-1]), y) if len(y) > 1 else 0
    steps = np.arange(x[-1])
    return first + steps, second + steps * columns


def _convolution_terms(index: Sequence[int], x: Shape, w: Shape) -> Sequence[Array]:
    window = np.ix_(*(place + np.arange(size) for place, size in zip(index, w, strict=True)))
    return np.ravel(np.ravel_multi_index(window, x)), np.arange(prod(w))


SUMS: Mapping[str, Callable[..., Sequence[Array]]] = {
    "@": _product_terms,
    "conv1d": _convolution_terms,
    "conv2d": _convolution_terms,
    "cumsum": lambda index, x: [np.arange(index[0] + 1)],
}
"""The sums of products: the places of each operand's factors, by the index of an element and the operands' shapes."""


def number_operands(graph: ArrayGraph, node: int) -> tuple[list[int], list[Array]]:
    """Number the elements of a node's operands one after another: the first number of each, and the arrays of them."""
    shapes = [graph.shapes[operand] for operand in graph.operands_of(node)]
    starts = [0, *accumulate(map(prod, shapes))]
    numbers = [
        np.arange(start, start + prod(shape)).reshape(shape) for start, shape in zip(starts, shapes, strict=False)
    ]
    return starts, numbers


def find_gathered(graph: ArrayGraph, node: int) -> Array:
    """Find the number of the source of each element of a gather, among those of all operands."""
    _, numbers = number_operands(graph, node)
    found = ARRAYS.kernel(graph.operations[node])(*(each * 1.0 for each in numbers))[0]
    return np.ravel(found).astype(int)


def find_sources(evaluation: Evaluation, node: int, at: int) -> dict[int, list[int]]:
    """Find the inputs' elements behind an element in doubt, by node.

    Of a sum and the like, only the terms that are not finite count, if there are any. Raises `NoSlice` for too many.
    """
    graph = evaluation.graph
    assert isinstance(graph, ArrayGraph)
    found: dict[int, list[int]] = {}
    pending, seen = [(node, at)], {(node, at)}
    while pending:
        node, at = pending.pop()
        if graph.operations[node] in LEAVES:
            if graph.operations[node] == INPUT:
                found.setdefault(node, []).append(at)
            continue
        origins = list(_origins(graph, node, at))
        finite = [np.isfinite(fill(evaluation.values[x], graph.shapes[x]).flat[y]) for x, y in origins]
        is_local = graph.operations[node] in PRIMITIVES
        behind = [each for each, known in zip(origins, finite, strict=True) if is_local or not known] or origins
        if len(behind) + len(seen) > MOST_MOVING:
            raise NoSlice
        pending += [each for each in behind if each not in seen]
        seen.update(behind)
    return found


def _origins(graph: ArrayGraph, node: int, at: int) -> Iterator[tuple[int, int]]:
    """List the elements that one is made of."""
    name, args = split(graph.operations[node])
    shape, operands = graph.shapes[node], graph.operands_of(node)
    shapes = [graph.shapes[operand] for operand in operands]
    index = np.unravel_index(at, shape) if shape else ()
    if name in PRIMITIVES and not args:
        yield from ((operand, find_origin(index, like)) for operand, like in zip(operands, shapes, strict=True))
    elif name in SUMS:
        for operand, places in zip(operands, SUMS[name](index, *shapes), strict=True):
            yield from ((operand, place) for place in places.tolist())
    elif name in LINEAR_ALGEBRA:
        if sum(map(prod, shapes)) > MOST_MOVING:
            raise NoSlice
        yield from ((operand, at) for operand, like in zip(operands, shapes, strict=True) for at in range(prod(like)))
    elif name in PRIMITIVES:
        lanes, axis = lay_out(np.arange(prod(shapes[0])).reshape(shapes[0]), *args)
        yield from ((operands[0], place) for place in np.moveaxis(lanes, axis, -1)[index].tolist())
    elif name in GATHERS:
        starts, _ = number_operands(graph, node)
        number = int(find_gathered(graph, node)[at])
        which = bisect_right(starts, number) - 1
        yield operands[which], number - starts[which]
    else:
        raise NoSlice


def find_origin(index: Sequence[Any], like: Shape) -> int:
    """Find the element of an operand that is at an index of the result."""
    own = index[len(index) - len(like) :]
    places = tuple(int(place) if size != 1 else 0 for place, size in zip(own, like, strict=True))
    return int(np.ravel_multi_index(places, like)) if prod(like) and like else 0
