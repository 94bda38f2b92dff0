"""Slices: the scalar program of few elements that move, in which all other elements of the arrays are constants."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from math import isfinite, prod
from types import MappingProxyType
from typing import Any

import numpy as np

from cgraph_cli.core.array_graph import ArrayGraph, joined, split
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.tensor import Tensor
from cgraph_cli.evaluation.arrays.algebra import ARRAYS
from cgraph_cli.evaluation.arrays.dependence import find_moving, find_needed
from cgraph_cli.evaluation.arrays.derivatives import Array, fill
from cgraph_cli.evaluation.arrays.linear_algebra import invert
from cgraph_cli.evaluation.arrays.reductions import lay_out
from cgraph_cli.evaluation.arrays.sources import (
    GATHERS,
    MOST_MOVING,
    MOST_ROWS,
    SUMS,
    NoSlice,
    find_gathered,
    find_origin,
    number_operands,
)
from cgraph_cli.evaluation.sweeps import Evaluation
from cgraph_cli.symbolic.arrays.linear_algebra import LINEAR_ALGEBRA
from cgraph_cli.symbolic.arrays.scalars import Scalars
from cgraph_cli.trust.array_underflows import find_underflows


class Slice(Scalars):
    """The scalar program of some elements, the `targets`, where few elements move.

    `moving` are the elements that are its inputs, by node, each with its name; the places of a target may be None, for
    all. `moved` maps the elements that depend on them, and that a target is made from, to nodes of the slice's `graph`,
    for each array. No element is made from a single one that is `lost`, a 0 in doubles alone. Raises `NoSlice`.
    """

    def __init__(
        self,
        evaluation: Evaluation,
        moving: Mapping[int, Mapping[int, str]],
        targets: Mapping[int, Collection[int] | None],
        lost: Mapping[int, Array] = MappingProxyType({}),
    ) -> None:
        assert isinstance(evaluation.graph, ArrayGraph)
        graph = evaluation.graph
        self._masks = find_needed(graph, find_moving(graph, moving, max(targets)), moving, targets)
        if sum(int(np.count_nonzero(mask)) for node, mask in self._masks.items() if node not in moving) > MOST_MOVING:
            raise NoSlice
        operations = {split(graph.operations[node])[0] for node in self._masks}
        super().__init__(graph, {}, with_numbers=not operations.isdisjoint(LINEAR_ALGEBRA))
        self.values = evaluation.values
        self._lost = lost
        self.moved: dict[int, dict[int, int]] = {}
        self._known: dict[int, Array] = {}
        for node in sorted({*moving, *self._masks}):
            self.offset = self.arrays.offsets[node]
            if node in moving:
                self.moved[node] = {
                    at: self.append_input(name, self._number(node, at)) for at, name in moving[node].items()
                }
            else:
                self.moved[node] = self._append(node, np.flatnonzero(self._masks[node]).tolist())

    def constant(self, number: float, spelling: str = "") -> int:
        """Append a constant."""
        if not isfinite(number):
            raise NoSlice
        return super().constant(number, spelling)

    def weighted_sum(self, node: int, weights: Any) -> int:
        """Append the sum of the moving elements of an array, each times its weight. Raises `NoSlice` for none."""
        numbers = fill(weights, self.arrays.shapes[node])
        terms = []
        for at, element in self.moved.get(node, {}).items():
            weight = float(numbers.flat[at])
            if weight:
                terms.append(element if weight == 1 else self.append("*", self.constant(weight), element))
        if not terms:
            raise NoSlice
        return self.total(terms)

    def _array(self, node: int) -> Array:
        if node not in self._known:
            self._known[node] = fill(self.values[node], self.arrays.shapes[node])
        return self._known[node]

    def _number(self, node: int, at: int) -> float:
        found = float(self._array(node).flat[at])
        if not isfinite(found) or (node in self._lost and self._lost[node].flat[at]):
            raise NoSlice
        return found

    def element(self, node: int, at: int) -> int:
        """Give the node of an element; one that does not move is a constant."""
        found = self.moved.get(node, {}).get(at)
        return self.constant(self._number(node, at)) if found is None else found

    def _append(self, node: int, places: Sequence[int]) -> dict[int, int]:
        """Append the elements at some places of an array."""
        name, args = split(self.arrays.operations[node])
        if name in PRIMITIVES:
            return self._reduction(node, name, args, places) if args else self._elementwise(node, name, places)
        if name in GATHERS:
            return self._gather(node, places)
        if name in SUMS:
            return self._sums(node, name, places)
        if name == "solve" and self.arrays.operands_of(node)[0] not in self.moved:
            return self._solution(node, places)
        if name in LINEAR_ALGEBRA:
            return self._linear_algebra(node, name, args, places)
        raise NoSlice

    def _indices(self, node: int, places: Sequence[int]) -> list[tuple[Any, ...]]:
        shape = self.arrays.shapes[node]
        return list(zip(*np.unravel_index(places, shape), strict=True)) if shape else [() for _ in places]

    def _elementwise(self, node: int, name: str, places: Sequence[int]) -> dict[int, int]:
        found = {}
        operands = [(operand, self.arrays.shapes[operand]) for operand in self.arrays.operands_of(node)]
        for at, index in zip(places, self._indices(node, places), strict=True):
            origins = [self.element(operand, find_origin(index, shape)) for operand, shape in operands]
            found[at] = self.append(name, *origins)
        return found

    def _gather(self, node: int, places: Sequence[int]) -> dict[int, int]:
        operands, (starts, _) = self.arrays.operands_of(node), number_operands(self.arrays, node)
        found = {}
        for at, number in zip(places, find_gathered(self.arrays, node)[list(places)].tolist(), strict=True):
            which = bisect_right(starts, number) - 1
            found[at] = self.moved[operands[which]][number - starts[which]]
        return found

    def _reduction(self, node: int, name: str, args: tuple[Any, ...], places: Sequence[int]) -> dict[int, int]:
        (operand,), row = self.arrays.operands_of(node), PRIMITIVES[name]
        shape, moved = self.arrays.shapes[operand], self.moved[operand]
        numbers, mask, origins = (
            np.moveaxis(lanes, axis, -1)
            for each in (self._array(operand), self._masks[operand], np.arange(prod(shape)).reshape(shape))
            for lanes, axis in [lay_out(each, *args)]
        )
        found = {}
        for at, index in zip(places, self._indices(node, places), strict=True):
            terms = [moved[origin] for origin in origins[index][mask[index]].tolist()]
            rest = numbers[index][~mask[index]]
            if rest.size and not row.pair:
                raise NoSlice
            if rest.size:
                operation = joined(_summed(name), ((0,), 1))
                whole = np.asarray(ARRAYS.kernel(operation)(rest)[0])
                if not np.isfinite(whole) or find_underflows(operation, whole, [rest]).any():
                    if rest.size > MOST_MOVING:
                        raise NoSlice
                    terms += [self.constant(number) for number in rest.tolist()]
                else:
                    terms.append(self.constant(float(whole)))
            found[at] = self.append(_summed(name), *terms)
            if name == "mean":
                found[at] = self.append("/", found[at], self.constant(float(numbers.shape[-1])))
        return found

    def _sums(self, node: int, name: str, places: Sequence[int]) -> dict[int, int]:
        operands = self.arrays.operands_of(node)
        shapes = [self.arrays.shapes[operand] for operand in operands]
        numbers = [np.ravel(self._array(operand)) for operand in operands]
        masks = [np.ravel(np.broadcast_to(self._masks.get(x, False), self.arrays.shapes[x])) for x in operands]
        found = {}
        for at, index in zip(places, self._indices(node, places), strict=True):
            factors = SUMS[name](index, *shapes)
            moves = np.logical_or.reduce([mask[each] for mask, each in zip(masks, factors, strict=True)])
            terms = []
            for origins in zip(*(each[moves].tolist() for each in factors), strict=True):
                elements = [self.element(operand, origin) for operand, origin in zip(operands, origins, strict=True)]
                terms.append(self.append("*", *elements) if len(elements) > 1 else elements[0])
            if not moves.all():
                rest = [mine[each[~moves]] for mine, each in zip(numbers, factors, strict=True)]
                terms.append(self.constant(float(np.prod(rest, axis=0).sum())))
            found[at] = self.total(terms)
        return found

    def _solution(self, node: int, places: Sequence[int]) -> dict[int, int]:
        """Append the solution of a system with a constant matrix, a sum of the right-hand side's elements."""
        matrix, right = self.arrays.operands_of(node)
        inverse, sides = invert(self._array(matrix)), self._array(right)
        mask, width = self._masks[right], prod(sides.shape[1:])
        found = {}
        for at in places:
            row, column = divmod(at, width)
            lane, side = mask.reshape(-1, width)[:, column], sides.reshape(-1, width)[:, column]
            terms = [
                self.append("*", self.constant(float(inverse[row, each])), self.moved[right][each * width + column])
                for each in np.flatnonzero(lane).tolist()
            ]
            found[at] = self.total([*terms, self.constant(float(inverse[row, ~lane] @ side[~lane]))])
        return found

    def _linear_algebra(self, node: int, name: str, args: tuple[Any, ...], places: Sequence[int]) -> dict[int, int]:
        operands, shape = self.arrays.operands_of(node), self.arrays.shapes[node]
        shapes = [self.arrays.shapes[operand] for operand in operands]
        if max(map(max, shapes)) > MOST_ROWS:
            raise NoSlice
        elements = [
            Tensor(like, [self.element(operand, at) for at in range(prod(like))])
            for operand, like in zip(operands, shapes, strict=True)
        ]
        items = LINEAR_ALGEBRA[name](self, args, elements, shape).items
        return {at: items[at] for at in places}


def _summed(name: str) -> str:
    """Name the reduction of a part of a lane, that goes into the reduction of the whole."""
    return "sum" if name == "mean" else name
