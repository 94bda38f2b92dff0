"""Many points of a program of arrays at once: of each array that moves, the numbers at all points in one array.

Their axis is the first one. A point at which a number is not finite, or a condition of the table holds, is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np

from cgraph_cli.core.array_graph import ELEMENTS, ArrayGraph, joined, split
from cgraph_cli.core.graph import CONSTANT
from cgraph_cli.core.primitives import PRIMITIVES
from cgraph_cli.core.reach import ancestors, descendants
from cgraph_cli.core.tensor import Shape
from cgraph_cli.evaluation.arrays.algebra import ARRAYS, fill, ieee
from cgraph_cli.evaluation.arrays.derivatives import Array
from cgraph_cli.evaluation.sweeps import Evaluation, sweep_reverse
from cgraph_cli.trust.array_events import ArrayEvents
from cgraph_cli.trust.events import can_change

_MOST_ELEMENTS = 2_000_000
"""The most elements of all arrays at the points that are computed at once."""

_NODES_FOR_ONE = 4
"""The most nodes that a node of the program has here: with reshapes of its operands and of its result."""

Place = tuple[int, int]
Way = Place | Mapping[int, Any]
"""An element, by its node and its place; or a direction, by node."""

Numbers = list[tuple[float, list[float]]]
"""The value of each output, and its derivatives."""


class NotAtOnce(Exception):
    """An operation, or a number, that is computed point by point."""


class PointLine(NamedTuple):
    """Points of a program of arrays in a line: its outputs, and the elements or the directions of their derivatives.

    `base` has the values at any one point. `move` gives the arrays that move at some points.
    """

    base: Evaluation
    move: Callable[[Array], Mapping[int, Array]]
    outputs: Sequence[Place]
    wrt: Sequence[Way]


def compute_at_once(line: PointLine, xs: Sequence[float]) -> Iterator[tuple[Sequence[float], dict[float, Numbers]]]:
    """Compute some points in parts that fit the memory: each part, and the numbers where nothing is in doubt."""
    graph = line.base.graph
    assert isinstance(graph, ArrayGraph)
    sources = [*line.move(np.zeros(0)), *(node for way in line.wrt for node in _nodes_of(way))]
    behind = _find_behind(graph, [node for node, _ in line.outputs])
    moving = sorted(behind & descendants(graph, sorted(set(sources))))
    count = max(1, _MOST_ELEMENTS // (1 + sum(prod(graph.shapes[node]) for node in moving)))
    is_regular = not graph.gradients or not _has_event(line.base, behind.difference(moving))
    start = 0
    while start < len(xs) and is_regular:
        part = xs[start : start + count]
        try:
            with ieee():
                found = _Points(line, np.array(part), moving).numbers()
        except NotAtOnce:
            break
        yield part, found
        start += count
    yield xs[start:], {}


def _find_behind(graph: ArrayGraph, outputs: Sequence[int]) -> set[int]:
    """Find what outputs are made from, and what the gradients among that are of: their formulas need not have all."""
    found = ancestors(graph, outputs)
    for node in sorted(graph.gradients, reverse=True):
        of, _ = graph.gradients[node]
        if node in found and of not in found:
            found |= ancestors(graph, [of])
    return found


def _has_event(base: Evaluation, nodes: Iterable[int]) -> bool:
    """Tell whether a condition of the table holds at some nodes."""
    graph = base.graph
    events = ArrayEvents(base, range(len(graph)), {})
    causes = (events.causes(node, [base.values[each] for each in graph.operands_of(node)]) for node in sorted(nodes))
    return any(bool(np.any(mask)) for each in causes for _, mask in each)


def _nodes_of(way: Way) -> list[int]:
    return [way[0]] if isinstance(way, tuple) else list(way)


class _Points:
    """A graph of the arrays that move, each with an axis more for the points; other arrays are constants."""

    def __init__(self, line: PointLine, xs: Array, moving: Sequence[int]) -> None:
        assert isinstance(line.base.graph, ArrayGraph)
        self.line = line
        self.xs = xs
        self.arrays = line.base.graph
        self.graph = ArrayGraph(self.arrays.source, _NODES_FOR_ONE * self.arrays.max_nodes)
        self.evaluation = Evaluation(self.graph, ARRAYS, [], [])
        self.doubtful = np.zeros(len(xs), dtype=bool)
        self._varying = set[int]()
        self._holding: dict[int, Array] = {}
        self._events = ArrayEvents(self.evaluation, self._varying, self._holding)
        self._moved: dict[int, int] = {}
        moved = line.move(xs)
        for node in moving:
            shape = self.arrays.shapes[node]
            if node in moved:
                self._moved[node] = self._leaf(moved[node])
            elif any(operand in self._moved for operand in self.arrays.operands_of(node)):
                found = self._append(node)
                wide = (len(xs), *shape)
                self._moved[node] = found if self.graph.shapes[found] == wide else self._reshape(found, shape)
            else:
                self._moved[node] = self._leaf(np.broadcast_to(self._fixed(node), (len(xs), *shape)))

    def numbers(self) -> dict[float, Numbers]:
        """Find the values and the derivatives by points."""
        values, slopes = [], []
        for node, place in self.line.outputs:
            output = self._moved.get(node)
            if output is None:
                raise NotAtOnce
            seed = np.zeros(self.graph.shapes[output])
            self._flat(seed)[:, place] = 1.0
            adjoints = sweep_reverse(self.evaluation, {output: seed})
            values.append(self._flat(self.evaluation.values[output])[:, place])
            slopes.append([self._slope(adjoints, way) for way in self.line.wrt])
        known = np.isfinite([*values, *(slope for each in slopes for slope in each)]).all(axis=0) & ~self.doubtful
        return {
            float(self.xs[at]): [
                (float(value[at]), [float(slope[at]) for slope in each])
                for value, each in zip(values, slopes, strict=True)
            ]
            for at in np.flatnonzero(known).tolist()
        }

    def _slope(self, adjoints: Sequence[Any], way: Way) -> Array:
        """Find the derivative in an element or a direction, at each point."""
        found = np.zeros(len(self.xs))
        for node in _nodes_of(way):
            if node in self._moved:
                moved = self._moved[node]
                adjoint = self._flat(fill(adjoints[moved], self.graph.shapes[moved]))
                if isinstance(way, tuple):
                    found = found + adjoint[:, way[1]]
                else:
                    found = found + adjoint @ fill(way[node], self.arrays.shapes[node]).ravel()
        return found

    def _flat(self, array: Array) -> Array:
        return np.reshape(array, (len(self.xs), -1))

    def _constant(self, numbers: Array) -> int:
        """Append an array that does not move, whose derivatives nobody asks for."""
        node = self._leaf(numbers)
        self._varying.remove(node)
        return node

    def _fixed(self, node: int) -> Array:
        """Give the numbers of an array that does not move."""
        found = fill(self.line.base.values[node], self.arrays.shapes[node])
        if not np.isfinite(found).all():
            raise NotAtOnce
        return found

    def _leaf(self, numbers: Array) -> int:
        self.evaluation.values.append(numbers)
        node = self.graph.append_array(CONSTANT, (), 0, np.shape(numbers), 0.0)
        self._varying.add(node)
        return node

    def _add(self, operation: str, *operands: int, can_turn: bool = True) -> int:
        """Append a node, compute it, and mark the points at which a condition of the table holds, if it can."""
        given = [self.evaluation.values[operand] for operand in operands]
        value, *partials = ARRAYS.kernel(operation)(*given)
        self.evaluation.values.append(value)
        self.evaluation.partials += [
            each if operand in self._varying else None for operand, each in zip(operands, partials, strict=True)
        ]
        node = self.graph.append_array(operation, operands, 0, np.shape(value))
        self._varying.add(node)
        holds = np.zeros(np.shape(value), dtype=bool)
        for _, mask in self._events.causes(node, given) if can_turn else ():
            holds |= mask
        self._holding[node] = holds
        self.doubtful |= self._flat(holds | ~np.isfinite(value)).any(axis=1)
        return node

    def _reshape(self, node: int, shape: Shape) -> int:
        return self._add(joined("reshape", (len(self.xs), *shape)), node)

    def _append(self, node: int) -> int:
        """Append an array of the program for all points; a reshape may be left to do."""
        name, args = split(self.arrays.operations[node])
        operands = self.arrays.operands_of(node)
        if name in PRIMITIVES and not args:
            rank = len(self.arrays.shapes[node])
            wide = [self._operand(each, rank) for each in operands]
            return self._add(name, *wide, can_turn=can_change(self.arrays, node))
        if name == "@":
            return self._product(*operands)
        if name == "solve":
            return self._solution(*operands)
        wide = [self._wide(each) for each in operands]
        if name in PRIMITIVES:
            axes, rank = args
            if len(axes) == rank:
                return self._add(
                    joined(name, ((1,), 2)), self._reshape(wide[0], (prod(self.arrays.shapes[operands[0]]),))
                )
            return self._add(joined(name, ((axes[0] + 1,), rank + 1)), wide[0])
        if name == "outer":
            first, second = (self.arrays.shapes[each] for each in operands)
            columns, rows = self._reshape(wide[0], (*first, 1)), self._reshape(wide[1], (1, *second))
            return self._add("*", columns, rows)
        if name not in _SHIFTED:
            raise NotAtOnce
        return self._add(_SHIFTED[name](len(self.xs), args), *wide)

    def _operand(self, node: int, rank: int) -> int:
        """Give an operand of an elementwise operation, with as many axes as its result where it moves."""
        shape = self.arrays.shapes[node]
        if node not in self._moved:
            return self._constant(self._fixed(node))
        wide = self._moved[node]
        return wide if len(shape) == rank else self._reshape(wide, (*(1,) * (rank - len(shape)), *shape))

    def _wide(self, node: int) -> int:
        """Give an operand with the axis of the points, one that does not move too."""
        if node in self._moved:
            return self._moved[node]
        return self._constant(np.broadcast_to(self._fixed(node), (len(self.xs), *self.arrays.shapes[node])))

    def _solution(self, matrix: int, right: int) -> int:
        """Append the solution of a system; one matrix for all points is solved with all right-hand sides at once."""
        shape, count = self.arrays.shapes[right], len(self.xs)
        if matrix in self._moved:
            sides = self._wide(right)
            if len(shape) == 1:
                sides = self._reshape(sides, (*shape, 1))
            return self._add("solve", self._moved[matrix], sides)
        width = prod(shape[1:])
        to_front = joined("transpose", (1, 0, 2))
        first = self._add(to_front, self._reshape(self._moved[right], (shape[0], width)))
        sides = self._add(joined("reshape", (shape[0], count * width)), first)
        found = self._add("solve", self._constant(self._fixed(matrix)), sides)
        return self._add(to_front, self._add(joined("reshape", (shape[0], count, width)), found))

    def _product(self, left: int, right: int) -> int:
        """Append a matrix product; a matrix that does not move, times a vector, is one product for all points."""
        first, second = self.arrays.shapes[left], self.arrays.shapes[right]
        if len(first) == 2 and len(second) == 1 and left not in self._moved:
            return self._add("@", self._moved[right], self._constant(self._fixed(left).T))
        if len(first) == 1 and len(second) == 2 and right not in self._moved:
            return self._add("@", self._moved[left], self._constant(self._fixed(right)))
        rank = max(len(first), len(second), 2)
        matrices = []
        for node, shape in (
            (left, (1, *first) if len(first) == 1 else first),
            (right, (*second, 1) if len(second) == 1 else second),
        ):
            if node in self._moved:
                matrices.append(self._reshape(self._moved[node], (*(1,) * (rank - len(shape)), *shape)))
            else:
                matrices.append(self._constant(self._fixed(node).reshape(shape)))
        return self._add("@", *matrices)


_SHIFTED: Mapping[str, Callable[[int, tuple[Any, ...]], str]] = {
    "index": lambda count, args: joined("index", ((0, count, 1), *args)),
    "transpose": lambda count, args: joined("transpose", (0, *(axis + 1 for axis in args))),
    "reshape": lambda count, args: joined("reshape", (count, *args)),
    "concat": lambda count, args: joined("concat", (args[0] + 1,)),
    "stack": lambda count, args: joined("stack", (args[0] + 1,)),
    "cumsum": lambda count, args: "cumsum",
    "conv1d": lambda count, args: joined("conv1d", (1,)),
    "conv2d": lambda count, args: joined("conv2d", (1,)),
    "inv": lambda count, args: "inv",
    "det": lambda count, args: "det",
    "logdet": lambda count, args: "logdet",
    "cholesky": lambda count, args: "cholesky",
    "array": lambda count, args: joined("stack", (1,)),
    ELEMENTS: lambda count, args: joined("stack", (1,)),
}
"""The operations where the axis of the points comes first; those on a matrix take a stack of them."""
