"""Slices: the scalar program of few elements that move, in which all other elements of the arrays are constants."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from math import isfinite, prod
from typing import Any

import numpy as np

from cgraph_cli.core.array_graph import ELEMENTS, ArrayGraph, joined, split
from cgraph_cli.core.graph import INPUT, LEAVES, Graph
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.tensor import Shape
from cgraph_cli.evaluation.arrays.algebra import ARRAYS
from cgraph_cli.evaluation.arrays.derivatives import fill
from cgraph_cli.evaluation.arrays.reductions import lay_out
from cgraph_cli.evaluation.sweeps import Evaluation

MOST_MOVING = 1000
"""The most elements of a slice."""

_GATHERS = ("index", "transpose", "reshape", "array", ELEMENTS, "concat", "stack")
"""The operations whose results are elements of their operands, in other places."""


class NoSlice(Exception):
    """Elements whose scalar program is too large, goes through linear algebra, or has no finite constants."""


class Slice:
    """The scalar program of some arrays where few elements move.

    `moving` are the elements that are its inputs, by node, each with its name. `moved` maps the elements that depend
    on them to nodes of the slice's `graph`, for each array. Raises `NoSlice`.
    """

    def __init__(self, evaluation: Evaluation, moving: Mapping[int, Mapping[int, str]], last: int) -> None:
        assert isinstance(evaluation.graph, ArrayGraph)
        self.arrays = evaluation.graph
        self.values = evaluation.values
        self.graph = Graph(self.arrays.source, self.arrays.max_nodes)
        self.moved: dict[int, dict[int, int]] = {}
        self._offset = 0
        self._count = 0
        for node in range(min(moving), last + 1):
            self._offset = self.arrays.offsets[node]
            if node in moving:
                self.moved[node] = {
                    at: self.graph.append_input(name, self._offset, self._number(node, at))
                    for at, name in moving[node].items()
                }
            elif any(operand in self.moved for operand in self.arrays.operands_of(node)):
                self._append(node)

    def append(self, operation: str, operands: Sequence[int]) -> int:
        """Append a node to the slice."""
        return self.graph.append(operation, operands, self._offset)

    def constant(self, number: float) -> int:
        """Append a constant."""
        if not isfinite(number):
            raise NoSlice
        return self.graph.append_constant(number, self._offset)

    def total(self, node: int, weights: Any) -> int:
        """Append the sum of the moving elements of an array, each times its weight. Raises `NoSlice` for none."""
        numbers = fill(weights, self.arrays.shapes[node])
        terms = []
        for at, element in self.moved.get(node, {}).items():
            weight = float(numbers.flat[at])
            if weight:
                terms.append(element if weight == 1 else self.append("*", (self.constant(weight), element)))
        if not terms:
            raise NoSlice
        return terms[0] if len(terms) == 1 else self.append("sum", terms)

    def _number(self, node: int, at: int) -> float:
        found = float(fill(self.values[node], self.arrays.shapes[node]).flat[at])
        if not isfinite(found):
            raise NoSlice
        return found

    def element(self, node: int, at: int) -> int:
        """Give the node of an element; one that does not move is a constant."""
        found = self.moved.get(node, {}).get(at)
        return self.constant(self._number(node, at)) if found is None else found

    def _append(self, node: int) -> None:
        """Append the elements of an array that depend on what moves."""
        name, args = split(self.arrays.operations[node])
        if name in PRIMITIVES:
            found = self._reduction(node, name, args) if args else self._elementwise(node, name)
        elif name in _GATHERS:
            found = self._gather(node)
        elif name == "@":
            found = self._product(node)
        else:
            raise NoSlice
        if found:
            self.moved[node] = found

    def _take(self, count: int) -> None:
        """Count elements that depend on what moves."""
        self._count += count
        if self._count > MOST_MOVING:
            raise NoSlice

    def _elementwise(self, node: int, name: str) -> dict[int, int]:
        shape, operands = self.arrays.shapes[node], self.arrays.operands_of(node)
        places = set[int]()
        for operand in operands:
            for at in self.moved.get(operand, ()):
                copies = _copies(at, self.arrays.shapes[operand], shape)
                self._take(prod(len(axis) for axis in copies))
                places.update(np.ravel_multi_index(np.ix_(*copies), shape).ravel().tolist() if shape else [0])
        found = {}
        for at in sorted(places):
            index = np.unravel_index(at, shape) if shape else ()
            origins = (self.element(operand, _origin(index, self.arrays.shapes[operand])) for operand in operands)
            found[at] = self.append(name, list(origins))
        return found

    def _gather(self, node: int) -> dict[int, int]:
        operands = self.arrays.operands_of(node)
        numbers, start, sources = [], 0, dict[int, int]()
        for operand in operands:
            shape = self.arrays.shapes[operand]
            numbers.append(np.arange(start, start + prod(shape), dtype=float).reshape(shape))
            sources |= {start + at: element for at, element in self.moved.get(operand, {}).items()}
            start += prod(shape)
        origins = np.ravel(ARRAYS.kernel(self.arrays.operations[node])(*numbers)[0])
        places = np.flatnonzero(np.isin(origins, list(sources)))
        self._take(len(places))
        return {at: sources[int(origins[at])] for at in places.tolist()}

    def _reduction(self, node: int, name: str, args: tuple[Any, ...]) -> dict[int, int]:
        (operand,), (axes, _) = self.arrays.operands_of(node), args
        shape, row = self.arrays.shapes[operand], PRIMITIVES[name]
        like = tuple(size for axis, size in enumerate(shape) if axis not in axes)
        lanes: dict[int, list[tuple[int, int]]] = {}
        for at, element in self.moved[operand].items():
            index = np.unravel_index(at, shape)
            kept = [int(place) for axis, place in enumerate(index) if axis not in axes]
            inside = np.ravel_multi_index([index[axis] for axis in axes], [shape[axis] for axis in axes])
            lanes.setdefault(_ravel(kept, like), []).append((int(inside), element))
        self._take(len(lanes))
        found = {}
        numbers = np.moveaxis(fill(self.values[operand], shape), axes, range(-len(axes), 0)).reshape(*like, -1)
        for at, inside in lanes.items():
            terms = [element for _, element in inside]
            rest = np.delete(numbers[np.unravel_index(at, like)] if like else numbers, [place for place, _ in inside])
            if rest.size and row.pair:
                whole = ARRAYS.kernel(joined(_summed(name), ((0,), 1)))
                terms.append(self.constant(float(whole(rest)[0])))
            elif rest.size:
                raise NoSlice
            found[at] = self.append(_summed(name), terms)
            if name == "mean":
                found[at] = self.append("/", (found[at], self.constant(float(len(inside) + rest.size))))
        return found

    def _product(self, node: int) -> dict[int, int]:
        first, second = self.arrays.operands_of(node)
        left, right = (fill(self.values[each], self.arrays.shapes[each]) for each in (first, second))
        if left.ndim > 2 or right.ndim > 2:
            raise NoSlice
        rows = left.reshape(-1, left.shape[-1])
        columns = right.reshape(right.shape[0], -1)
        (count, inner), width = rows.shape, columns.shape[1]
        terms: dict[tuple[int, int], set[int]] = {}
        for at in self.moved.get(first, ()):
            row, between = divmod(at, inner)
            self._take(width)
            for column in range(width):
                terms.setdefault((row, column), set()).add(between)
        for at in self.moved.get(second, ()):
            between, column = divmod(at, width)
            self._take(count)
            for row in range(count):
                terms.setdefault((row, column), set()).add(between)
        found = {}
        for (row, column), inside in terms.items():
            picked = sorted(inside)
            rest = np.delete(rows[row], picked) @ np.delete(columns[:, column], picked)
            parts = [
                self.append("*", (self.element(first, row * inner + at), self.element(second, at * width + column)))
                for at in picked
            ]
            found[row * width + column] = self.append("sum", [*parts, self.constant(float(rest))])
        return found


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
    index = np.unravel_index(at, shape) if shape else ()
    if name in PRIMITIVES and not args:
        yield from ((operand, _origin(index, graph.shapes[operand])) for operand in operands)
        return
    starts = [0, *accumulate(prod(graph.shapes[operand]) for operand in operands)]
    numbers = [
        np.arange(start, end, dtype=float).reshape(graph.shapes[operand])
        for operand, start, end in zip(operands, starts, starts[1:], strict=False)
    ]
    if name in PRIMITIVES:
        lanes, axis = lay_out(numbers[0], *args)
        picked = np.moveaxis(lanes, axis, -1)[index]
    elif name in _GATHERS:
        picked = np.ravel(ARRAYS.kernel(graph.operations[node])(*numbers)[0])[[at]]
    elif name == "@" and max(each.ndim for each in numbers) <= 2:
        left, right = numbers
        row = left[index[0]] if left.ndim == 2 else left
        column = right[:, index[-1]] if right.ndim == 2 else right
        picked = np.concatenate([row, column])
    else:
        raise NoSlice
    for number in np.ravel(picked).astype(int).tolist():
        which = bisect_right(starts, number) - 1
        yield operands[which], number - starts[which]


def _summed(name: str) -> str:
    """Name the reduction of a part of a lane, that goes into the reduction of the whole."""
    return "sum" if name == "mean" else name


def _copies(at: int, like: Shape, shape: Shape) -> list[Sequence[int]]:
    """List for each axis the places at which an element of an operand is in the result of a shape."""
    index = np.unravel_index(at, like) if like else ()
    ahead = len(shape) - len(like)
    return [
        range(size) if axis < ahead or like[axis - ahead] != size else (int(index[axis - ahead]),)
        for axis, size in enumerate(shape)
    ]


def _origin(index: Sequence[Any], like: Shape) -> int:
    """Find the element of an operand that is at an index of the result."""
    own = index[len(index) - len(like) :]
    places = [int(place) if size != 1 else 0 for place, size in zip(own, like, strict=True)]
    return _ravel(places, like)


def _ravel(index: Sequence[int], shape: Shape) -> int:
    return int(np.ravel_multi_index(tuple(index), shape)) if shape else 0
